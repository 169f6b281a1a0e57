"""Which subjects are where: proposals from scanning, verified by fine comparison, conflicts settled by quality."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from genevolve.core.claim import Subject
from genevolve.world.language.icons import DIAL, PICTOGRAMS
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.match import Agreement, Pose, match_template
from genevolve.world.pixel.proposals import Proposal, propose
from genevolve.world.pixel.templates import RASTER, Raster, Template, cut_template

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes, Floats


SURE = 0.80  # structure from which a detailed look counts as recognised
SURE_SIMPLE = 0.88  # … a look with few edges, which other objects have too
CERTAIN = 0.93  # structure that no mere likeness reaches
SIMPLE = 11.0  # edge length (in sides) under which a look is simple
FLAG_COLOUR, FLAG_REGIONS = 0.62, 0.60  # what flags and photos need on top of structure
FLAG_TONES = 0.5  # … where the style leaves no colours
ITS_COLOURS, OTHER_COLOURS = 0.9, 0.6  # share of its area in the colours of its look: the thing itself; something else
ROUGH = 0.9  # structure
WHOLE = 0.97  # share that is seen of what nothing covers
FILLED_COLOUR = 0.84  # what a thing made of other things needs on top: the plain thing has the same outline
SURE_STYLED = 0.7  # where the style leaves only lines
SURE_HELPED = 0.6  # … and what colours are left agree
VISIBLE = 0.3  # share of an object that must be seen to know it
LOOSE = 0.62  # structure of a body that is bent but still the object
SPECK = 0.1  # side of a mere likeness, in sides of the largest sighting of the same subject, under which it counts as none
FLOOR = 0.58  # coarse response under which nothing is looked at
PATIENCE = 7  # disappointments in a row after which a look's weaker proposals are left alone
_TEMPLATES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One sighting of a look. ``intact`` is False when it was only recognised with its shape bent; ``behind``: it was
    found by what shows from behind others."""

    template: Template
    agreement: Agreement
    intact: bool = True
    behind: bool = False

    @property
    def pose(self) -> Pose:
        return self.agreement.pose

    @property
    def quality(self) -> float:
        weight = 0.3 if self.template.painted else 0.06
        return self.agreement.structure + weight * self.agreement.colour


class Templates:
    """Templates by look, the least recently used dropped first. Safe between threads."""

    def __init__(self, raster: Raster) -> None:
        self._raster = raster
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[Template, ...]] = OrderedDict()

    def of(self, look: str) -> tuple[Template, ...]:
        """The template and, where facing the other way is the same object, its mirror image. () for an unknown look."""
        with self._lock:
            if look in self._held:
                self._held.move_to_end(look)
                return self._held[look]
        return self._keep(look, self._make(look))

    def add(self, look: str, rgba: "Bytes") -> None:
        """A look that does not come from the raster: the user's own reference."""
        self._keep(look, self._cut(look, rgba))

    def _keep(self, look: str, made: tuple[Template, ...]) -> tuple[Template, ...]:
        with self._lock:
            self._held[look] = made
            while len(self._held) > _TEMPLATES:
                self._held.popitem(last=False)
        return made

    def _make(self, look: str) -> tuple[Template, ...]:
        try:
            return self._cut(look, self._raster(look, RASTER))
        except KeyError:
            return ()

    def _cut(self, look: str, rgba: "Bytes") -> tuple[Template, ...]:
        template = cut_template(look, rgba)
        if template.painted or look.startswith(DIAL) or not look.startswith(PICTOGRAMS):
            return (template,)
        return (template, cut_template(look, rgba, mirrored=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Subjects that share a look are found together. ``count`` is how many are expected in all."""

    keys: tuple[str, ...]
    templates: tuple[Template, ...]
    count: int
    body: bool  # a bent body should be recognised as such, not be missing


class Rigour(StrEnum):
    """How much of a look a picture can keep: everything, its tones, or only its lines."""

    COLOURS = "colours"
    TONES = "tones"
    LINES = "lines"


def detect(
    image: "Floats", wanted: Sequence[Wanted], text_boxes: Sequence[Box], rigour: Rigour = Rigour.COLOURS
) -> list[tuple[Wanted, list[Instance]]]:
    """The instances of each entry of ``wanted``. ``image`` is RGB in 0…255; ``text_boxes`` are boxes of text."""
    bank = [template for want in wanted for template in want.templates]
    most = max((want.count for want in wanted), default=1)
    proposals = propose(image, bank, keep=min(8 + most, 24), floor=FLOOR)
    proposals = [p for p in proposals if not _is_letter(p, text_boxes)]
    found: list[tuple[int, Instance]] = []
    first = 0
    piles: list[list[Proposal]] = []
    for index, want in enumerate(wanted):
        pile = [p for p in proposals if first <= p.template < first + len(want.templates)]
        piles.append(sorted(pile, key=lambda p: -p.response))
        first += len(want.templates)
        found += [(index, instance) for instance in _verified(image, piles[-1], bank, want.templates, rigour)]
    chosen = _settle(found)
    for index, want in enumerate(wanted):
        if chosen and sum(1 for at, _ in chosen if at == index) < want.count:
            things = [instance for _, instance in chosen]
            cover, near = covered(image.shape, things), [thing.pose.box for thing in things]
            chosen = _settle_more(chosen, [(index, i) for i in _hidden_ones(image, want, cover, near, rigour)])
        if text_boxes and sum(1 for at, _ in chosen if at == index) < want.count:
            written = _written(image.shape, text_boxes)
            chosen = _settle_more(chosen, [(index, i) for i in _hidden_ones(image, want, written, text_boxes, rigour)])
    for index, want in enumerate(wanted):
        short = want.count - sum(1 for at, _ in chosen if at == index)
        if want.body and short > 0:
            bent = [(index, i) for i in _bent_ones(image, piles[index], bank)]
            chosen = _settle_more(chosen, bent)[: len(chosen) + short]
    return [(want, _without_specks([instance for at, instance in chosen if at == index])) for index, want in enumerate(wanted)]


def _without_specks(seen: Sequence[Instance]) -> list[Instance]:
    """A likeness a tenth as large as the thing itself is a piece of a shadow or a line, and no second one; nor is one in other
    colours and of rough outline beside the thing itself (the stripes of a planet, an oval shadow that is no plate)."""
    largest = max((one.pose.side for one in seen), default=0.0)
    itself = any(one.agreement.structure >= CERTAIN and one.agreement.colour >= ITS_COLOURS for one in seen)
    return [
        one
        for one in seen
        if one.agreement.structure >= CERTAIN
        or (one.pose.side >= SPECK * largest and not (itself and one.intact and _rough(one.agreement)))
    ]


def _rough(agreement: Agreement) -> bool:
    return agreement.structure < ROUGH and agreement.colour < OTHER_COLOURS and agreement.visible > WHOLE


def recognised(template: Template, agreement: Agreement, rigour: Rigour = Rigour.COLOURS) -> bool:
    """Whether this is the object: edges for all, colours too where edges say little."""
    if agreement.visible < VISIBLE:
        return False
    if rigour is Rigour.LINES:
        helped = agreement.structure >= SURE_HELPED and agreement.regions >= 0.5
        return agreement.structure >= SURE_STYLED or helped
    if rigour is Rigour.TONES:
        return agreement.structure >= SURE and (not template.painted or agreement.tones >= FLAG_TONES)
    if template.painted:
        return agreement.structure >= SURE and agreement.colour >= FLAG_COLOUR and agreement.regions >= FLAG_REGIONS
    if template.filled:
        return agreement.structure >= SURE_SIMPLE and agreement.colour >= FILLED_COLOUR
    if template.detail < SIMPLE:
        return agreement.structure >= SURE_SIMPLE and (agreement.colour >= 0.45 or agreement.regions >= 0.7)
    return agreement.structure >= SURE


def _verified(
    image: "Floats", pile: Iterable[Proposal], bank: Sequence[Template], choices: Sequence[Template], rigour: Rigour
) -> list[Instance]:
    accepted: list[Instance] = []
    disappointments = 0
    for proposal in pile:
        if any(_inside(proposal.x, proposal.y, i.pose, 0.25) and 0.7 < proposal.side / i.pose.side < 1.4 for i in accepted):
            continue
        template = bank[proposal.template]
        agreement = match_template(image, template, proposal.x, proposal.y, proposal.side)
        if agreement is not None and recognised(template, agreement, rigour):
            accepted.append(_best_look(image, Instance(template=template, agreement=agreement), choices, rigour))
            disappointments = 0
        else:
            disappointments += 1
            if disappointments >= PATIENCE:
                break
    return accepted


def _best_look(image: "Floats", first: Instance, choices: Sequence[Template], rigour: Rigour) -> Instance:
    """The look of the same subject that fits best there: the first that passes may be a mere likeness."""
    if first.agreement.structure >= CERTAIN:
        return first
    best = first
    for template in choices:
        agreement = match_template(image, template, *first.pose.centre, first.pose.side)
        if agreement is not None and recognised(template, agreement, rigour):
            best = max(best, Instance(template=template, agreement=agreement), key=lambda instance: instance.quality)
    return best


def _settle(found: list[tuple[int, Instance]]) -> list[tuple[int, Instance]]:
    """Best first; what lies where something better was seen is dropped."""
    return _settle_more([], sorted(found, key=lambda entry: -entry[1].quality))


def _settle_more(chosen: list[tuple[int, Instance]], more: list[tuple[int, Instance]]) -> list[tuple[int, Instance]]:
    kept = list(chosen)
    for index, instance in more:
        if not any(_same_place(instance, other, same=index == at) for at, other in kept):
            kept.append((index, instance))
    return kept


def _same_place(one: Instance, other: Instance, *, same: bool) -> bool:
    shared = overlap(one.pose.box, other.pose.box)
    smaller = min(_area(one.pose.box), _area(other.pose.box))
    larger = max(_area(one.pose.box), _area(other.pose.box))
    if shared / (_area(one.pose.box) + _area(other.pose.box) - shared) > (0.25 if same else 0.45):
        return not one.behind or shared / smaller > 0.8
    inside = shared > 0.75 * smaller and smaller < 0.5 * larger
    return inside and (same or min(one.agreement.structure, other.agreement.structure) < 0.9)


def _hidden_ones(image: "Floats", want: Wanted, cover: "Floats", near: Sequence[Box], rigour: Rigour) -> list[Instance]:
    """Instances partly behind what is at ``near`` and covers the picture where ``cover`` (H, W) is 1: that does not count."""
    import numpy as np

    proposals = propose(image, want.templates, keep=8, floor=FLOOR, hidden=cover)
    accepted: list[Instance] = []
    for proposal in sorted(proposals, key=lambda p: -p.response)[:14]:
        if not any(overlap(_box(proposal), box) > 0 for box in near):
            continue
        template = want.templates[proposal.template]
        agreement = match_template(image, template, proposal.x, proposal.y, proposal.side, cover)
        if agreement is None or agreement.visible > 0.97:
            continue
        if recognised(template, agreement, rigour):
            accepted.append(Instance(template=template, agreement=agreement, behind=True))
            cover = np.maximum(cover, covered(image.shape, accepted))
    return accepted


def _written(shape: tuple[int, ...], boxes: Sequence[Box]) -> "Floats":
    """(H, W) map, 1 where a text stands."""
    import numpy as np

    cover = np.zeros(shape[:2], np.float32)
    for left, top, right, bottom in boxes:
        cover[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))] = 1.0
    return cover


def _bent_ones(image: "Floats", pile: Iterable[Proposal], bank: Sequence[Template]) -> list[Instance]:
    """The best place where a body is still itself by outline and colours together, though bent out of shape."""
    bent: list[Instance] = []
    for proposal in list(pile)[:10]:
        template = bank[proposal.template]
        agreement = match_template(image, template, proposal.x, proposal.y, proposal.side) if not template.filled else None
        if agreement is not None and agreement.structure >= LOOSE and (agreement.colour > 0.5 or agreement.regions > 0.5):
            bent.append(Instance(template=template, agreement=agreement, intact=False))
    return sorted(bent, key=lambda instance: -instance.quality)


def covered(shape: tuple[int, ...], instances: Iterable[Instance]) -> "Floats":
    """(H, W) map, 1 where one of the instances is."""
    import cv2
    import numpy as np

    cover = np.zeros(shape[:2], np.float32)
    for instance in instances:
        pose, mask = instance.pose, instance.template.mask
        factor = pose.width / mask.shape[1]
        matrix = np.array([[factor, 0, pose.x], [0, pose.height / mask.shape[0], pose.y]])
        cover = np.maximum(cover, cv2.warpAffine(mask, matrix, (shape[1], shape[0]), flags=cv2.INTER_LINEAR))
    return cover


def overlap(one: Box, other: Box) -> float:
    """Shared area of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _box(proposal: Proposal) -> Box:
    half = proposal.side / 2
    return proposal.x - half, proposal.y - half, proposal.x + half, proposal.y + half


def _inside(x: float, y: float, pose: Pose, share: float) -> bool:
    cx, cy = pose.centre
    return abs(x - cx) < share * pose.side and abs(y - cy) < share * pose.side


def _is_letter(proposal: Proposal, text_boxes: Sequence[Box]) -> bool:
    """Letters have edges like small simple objects."""
    return any(
        left <= proposal.x <= right and top <= proposal.y <= bottom and proposal.side < 1.7 * (bottom - top)
        for left, top, right, bottom in text_boxes
    )


def wanted_of(subjects: Sequence[Subject], templates: Templates, counts: Mapping[str, int], bodies: set[str]) -> list[Wanted]:
    """Subjects that share any look become one entry, because pixels alone cannot tell them apart."""
    groups: list[Wanted] = []
    looks: list[set[str]] = []
    for subject in subjects:
        known = tuple(template for look in subject.looks for template in templates.of(look))
        if not known:
            continue
        same = next((i for i, seen in enumerate(looks) if seen & set(subject.looks)), None)
        if same is None:
            groups.append(
                Wanted(keys=(subject.key,), templates=known, count=counts.get(subject.key, 1), body=subject.key in bodies)
            )
            looks.append(set(subject.looks))
            continue
        old = groups[same]
        extra = tuple(template for template in known if template.look not in looks[same])
        groups[same] = replace(
            old,
            keys=(*old.keys, subject.key),
            templates=(*old.templates, *extra),
            count=old.count + counts.get(subject.key, 1),
            body=old.body or subject.key in bodies,
        )
        looks[same] |= set(subject.looks)
    return groups
