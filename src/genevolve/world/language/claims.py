"""Checkable claims of a free request, derived from its scene. What cannot be checked is listed, never guessed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from genevolve.core import claim as kinds
from genevolve.core.claim import Arrangement, Claim, Direction, Subject
from genevolve.world.language import colours
from genevolve.world.language.actions import label_of, sign_of
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.built import filled_looks
from genevolve.world.language.dials import dial_of
from genevolve.world.language.model import Cut, Relation, Scene, SceneObject, Size, TextElement
from genevolve.world.language.part_looks import is_variant, painted_looks
from genevolve.world.language.senses import is_vessel, sticks_out
from genevolve.world.language.vocabulary import Vocabulary

_NO_TEXT = frozenset(("text", "texts", "words", "word", "letters", "lettering", "writing"))
_SEEN = frozenset(
    {
        Direction.LEFT_OF,
        Direction.RIGHT_OF,
        Direction.ABOVE,
        Direction.BELOW,
        Direction.BETWEEN,
        Direction.NEXT_TO,
        Direction.ON,
        Direction.INSIDE,
        Direction.TURNED_TO,
        *BORNE,
    }
)
_DEEP = frozenset({Direction.BEHIND, Direction.IN_FRONT_OF})  # in free requests by what is covered
_TEXT_SEEN = _SEEN - {Direction.BETWEEN, Direction.TURNED_TO}


class Knowledge(Protocol):
    """Exact facts from tables; both answers may be empty, which means unknown."""

    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        """Looks that count as ``noun`` (``of`` fixes which one: "flag", "Burkina Faso"); () when it is not known."""
        ...

    def wording(self, describes: str) -> str | None:
        """The exact text that ``describes`` ("the name of the capital of Mongolia") stands for; None when it is not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """``unclaimed`` says in words what the request asks for and no claim covers. ``wordings``: the text that is claimed for the
    text of this key; ``unworded``: texts that are asked for and whose wording is not known."""

    claims: tuple[Claim, ...]
    unclaimed: tuple[str, ...]
    wordings: Mapping[str, str] = field(default_factory=dict)
    unworded: tuple[str, ...] = ()


def claims(scene: Scene, knowledge: Knowledge) -> tuple[Claim, ...]:
    """What must be visible in an image of ``scene``, as far as it can be checked on pixels."""
    return derive(scene, knowledge).claims


def unclaimed(scene: Scene, knowledge: Knowledge) -> tuple[str, ...]:
    """What the request asks for and no claim covers, in words for a report."""
    return derive(scene, knowledge).unclaimed


def derive(scene: Scene, knowledge: Knowledge) -> Derived:
    found: list[Claim] = []
    missing: list[str] = []
    subjects: dict[str, Subject] = {}
    wordings = {text.key: wording for text in scene.texts if (wording := _wording(text, knowledge))}
    for obj in scene.objects:
        looks = painted_looks(filled_looks(knowledge.looks(obj.noun, obj.of), obj.made_of), obj.parts)
        if looks:
            subjects[obj.key] = Subject(key=obj.key, label=label(obj), looks=looks)
        else:
            missing.append(f"what {label(obj)} looks like is not known, so nothing about it is checked")
    free = scene.vocabulary is Vocabulary.ICONS
    for obj in scene.objects:
        if obj.key in subjects:
            _add(
                _object(above_vessels(scene, obj) if free else obj, subjects, _SEEN | _DEEP if free else _SEEN), found, missing
            )
    for obj in scene.objects if free else ():
        if obj.key in subjects and obj.columns and obj.arrangement is Arrangement.GRID:
            found.append(kinds.InColumns(subject=subjects[obj.key], columns=obj.columns))
    found += [kinds.Shows(subject=subjects[obj.key]) for obj in scene.objects if obj.key in subjects and dial_of(obj.noun)]
    for one, other in by_size(scene.objects) if free else ():
        if one.key in subjects and other.key in subjects:
            found.append(kinds.Larger(subject=subjects[one.key], other=subjects[other.key]))
    for text in scene.texts:
        _add(_text(text, wordings.get(text.key), subjects if free else {}), found, missing)
    _add(_whole(scene, subjects), found, missing)
    _add(_absences(scene, subjects, knowledge), found, missing)
    unworded = tuple(text.describes or "a text" for text in scene.texts if text.key not in wordings)
    return Derived(claims=tuple(found), unclaimed=tuple(missing), wordings=wordings, unworded=unworded)


def above_vessels(scene: Scene, obj: SceneObject) -> SceneObject:
    """``obj`` with the relations that are seen of it: flowers in a vase stand on it, and what is in a bowl casts no shadow."""
    nouns = {other.key: other.noun for other in scene.objects}
    relations = tuple(
        replace(relation, direction=Direction.ON)
        if relation.direction is Direction.INSIDE and sticks_out(obj.noun, nouns.get(relation.targets[0], "text"))
        else relation
        for relation in obj.relations
    )
    carried = any(one.direction in BORNE - {Direction.PULLED} or _in_vessel(one, nouns) for one in relations)
    return replace(obj, relations=relations, grounded=obj.grounded and not carried)


def _in_vessel(relation: Relation, nouns: Mapping[str, str]) -> bool:
    return relation.direction is Direction.INSIDE and is_vessel(nouns.get(relation.targets[0], "text"))


def by_size(objects: Sequence[SceneObject]) -> list[tuple[SceneObject, SceneObject]]:
    """(larger, smaller) for objects that are told apart by their sizes: "a tiny house under a huge tree"."""
    sizes = tuple(Size)
    sized = [obj for obj in objects if obj.size is not None]
    return [
        (one, other)
        for one in sized
        for other in sized
        if one.size and other.size and sizes.index(one.size) > sizes.index(other.size) and other.key not in one.larger_than
    ]


def _wording(text: TextElement, knowledge: Knowledge) -> str | None:
    return text.content or (knowledge.wording(text.describes) if text.describes else None)


def label(obj: SceneObject) -> str:
    """The object in words: "flag of Chad", "reference image 2"."""
    if sign_of(obj.noun) is not None:
        return label_of(obj.noun)
    name = f"{obj.noun} of {obj.of}" if obj.of and not obj.of.startswith(("that ", "which ", "whose ")) else obj.noun
    if obj.of and name == obj.noun:
        name = f"{obj.noun} {obj.of}"
    if obj.reference is not None:
        name = f"{name} (reference {obj.reference})"
    return name


def _add(source: Iterator[Claim | str], found: list[Claim], missing: list[str]) -> None:
    for item in source:
        if isinstance(item, str):
            missing.append(item)
        else:
            found.append(item)


def _object(obj: SceneObject, subjects: dict[str, Subject], seen: frozenset[Direction]) -> Iterator[Claim | str]:
    subject = subjects[obj.key]
    number = obj.count.number
    yield kinds.Present(subject=subject)
    if number is None:
        yield f"how many {subject.label} there are is left open"
    elif number > 0:
        yield kinds.Counted(subject=subject, count=number)
    if obj.colour is not None:
        yield kinds.Coloured(subject=subject, colour=obj.colour)
    yield from (kinds.NotColoured(subject=subject, colour=colour) for colour in obj.avoided)
    for part in {(part.name, part.colour): part for part in obj.parts}.values():
        if part.colour:
            yield kinds.PartColoured(subject=subject, part=part.name, colour=part.colour)
        if is_variant(part):
            yield kinds.PartShown(subject=subject, part=part.name)
    if obj.place is not None:
        yield kinds.Placed(subject=subject, place=obj.place)
    for relation in obj.relations:
        yield _related(subject, relation, subjects, seen)
    for other in obj.larger_than:
        if other in subjects:
            yield kinds.Larger(subject=subject, other=subjects[other])
        else:
            yield f"{subject.label} larger than {other}: what {other} looks like is not known"
    if obj.arrangement is not None and (number is None or number > 1):
        yield kinds.Arranged(subject=subject, arrangement=obj.arrangement)
    if obj.grounded:
        yield kinds.Grounded(subject=subject)
    if obj.living:
        yield kinds.Intact(subject=subject)
    yield from (f"“{word}” said of {subject.label} is not checked" for word in obj.modifiers)


def _related(subject: Subject, relation: Relation, subjects: dict[str, Subject], seen: frozenset[Direction]) -> Claim | str:
    said = f"{subject.label} {relation.direction.value} {' and '.join(relation.targets)}"
    if any(target not in subjects for target in relation.targets):
        return f"{said}: it relates to something that cannot be found by its look"
    if relation.direction not in seen:
        return f"{said}: depth cannot be seen in a flat drawing"
    targets = tuple(subjects[target] for target in dict.fromkeys(relation.targets))
    if relation.direction is Direction.BETWEEN and len(targets) == 1 and not seen & _DEEP:
        return f"{said}: two instances of one kind are not told apart"
    return kinds.Related(subject=subject, direction=relation.direction, targets=targets)


def _text(text: TextElement, wording: str | None, subjects: Mapping[str, Subject]) -> Iterator[Claim | str]:
    if not wording:
        yield f"the wording of “{text.describes or 'a text'}” is not known"
        return
    yield kinds.TextShown(text=wording, place=text.place, colour=text.colour)
    for relation in text.relations:
        if len(set(relation.targets)) == 1 and relation.targets[0] in subjects and relation.direction in _TEXT_SEEN:
            yield kinds.TextRelated(text=wording, direction=relation.direction, subject=subjects[relation.targets[0]])
            continue
        yield f"the text “{wording}” {relation.direction.value} {' and '.join(relation.targets)} is not checked"


def _absences(scene: Scene, subjects: Mapping[str, Subject], knowledge: Knowledge) -> Iterator[Claim | str]:
    """What must not be there. A part ("a snowman without a hat") cannot be told from the look of the whole."""
    taken = {look for subject in subjects.values() for look in subject.looks}
    for noun in scene.absent:
        looks = knowledge.looks(noun, "")
        part = without(scene, noun)
        if noun.lower() in _NO_TEXT and not scene.texts:
            yield kinds.NoText()
        elif looks and not part and not pictured_with(scene, noun) and not taken & set(looks):
            yield kinds.Absent(subject=Subject(key=f"no {noun}", label=noun, looks=looks))
        else:
            yield f"that there is no {noun} is not checked by its look"


_PICTURED_WITH = {
    "aquarium": frozenset({"fish", "goldfish"}),
    "fish tank": frozenset({"fish", "goldfish"}),
    "christmas tree": frozenset({"light", "bauble", "ornament", "decoration", "star", "candle"}),
    "birthday cake": frozenset({"candle"}),
    "snowman": frozenset({"hat", "arm", "button"}),
}
"""What the pictures of things have in them or on them."""


def pictured_with(scene: Scene, noun: str) -> str:
    """The thing of ``scene`` whose picture cannot be had without a ``noun``; empty where there is none."""
    return next((obj.noun for obj in scene.objects if noun.lower() in _PICTURED_WITH.get(obj.noun, ())), "")


def without(scene: Scene, noun: str) -> re.Match[str] | None:
    """Where the request says "without a ``noun``", from the end of what it is said of: a part of that, as often as not."""
    said = rf"\s*\b(?:without|minus|with no)\s+(?:an?\s+|any\s+|the\s+|its\s+)?{re.escape(noun)}"
    return re.search(said, scene.text, re.IGNORECASE)


def _whole(scene: Scene, subjects: dict[str, Subject]) -> Iterator[Claim | str]:
    if scene.background is not None:
        if scene.background in colours.PALETTE:
            yield kinds.BackgroundColour(colour=scene.background)
        else:
            yield f"the setting “{scene.background}” is not checked"
    if scene.style is not None:
        yield kinds.Styled(style=scene.style.value)
    if scene.light is not None:
        yield f"the light “{scene.light}” is not checked"
    holed = scene.sheet is not None and scene.sheet.cut is Cut.HOLED
    marked = holed or (scene.form is not None and scene.form.parts)  # bars, and the hole of a tag, are no strangers
    known = len(subjects) == len(scene.objects) and not marked
    if known and ((scene.texts and not scene.objects) or (scene.nothing_else and (scene.objects or scene.texts))):
        yield kinds.NothingElse(subjects=tuple(subjects.values()))
