"""From a scene to a plan: what is drawn, where, and with which flaws; and in plain words what cannot be drawn."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.program import ORDINALS
from genevolve.core.protocols import ReferenceImage
from genevolve.world.language.ambiguities import BORNE, stands
from genevolve.world.language.bodies import Spot, bearing_look, is_turned, spots_of
from genevolve.world.language.built import filled_look
from genevolve.world.language.claims import above_vessels
from genevolve.world.language.colours import PALETTE
from genevolve.world.language.inventory import lookup
from genevolve.world.language.model import AmbiguityKind, Relation, Scene, SceneObject
from genevolve.world.language.part_looks import can_show, painted_look
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch import background, figures, light
from genevolve.world.sketch.bands import PLATES, Page, Text, as_part, default_place, into_box, set_bands
from genevolve.world.sketch.bearers import bearers, follow, hides_below, is_dressed, joined_by_kind, nested, sheltered
from genevolve.world.sketch.blocks import Block, attach, block, object_block
from genevolve.world.sketch.boards import board_of
from genevolve.world.sketch.border import Rim, rim
from genevolve.world.sketch.crowds import crowded
from genevolve.world.sketch.cuts import on_cut_sheet
from genevolve.world.sketch.edging import edged
from genevolve.world.sketch.flaws import Flaws, by_key, clump, hover
from genevolve.world.sketch.held import held_by_each, held_in_all, strings
from genevolve.world.sketch.layout import Room, as_large_as_their_kind, keep_sizes, place_blocks, shadow_of
from genevolve.world.sketch.layout import figures as parts_in_pixels
from genevolve.world.sketch.order import Link, row_of
from genevolve.world.sketch.plan import (
    RGB,
    Board,
    ImageSource,
    LayoutPlan,
    Mark,
    MarkKind,
    Origin,
    PixelBox,
    Sprite,
    TextBlock,
)
from genevolve.world.sketch.pulled import ropes
from genevolve.world.sketch.resting import settled
from genevolve.world.sketch.slot_sheet import DrawnForm, FilledSlot, Sheet
from genevolve.world.sketch.slots import drawn as slots_drawn
from genevolve.world.sketch.text import MAX_CHARACTERS, clean, garble, gibberish
from genevolve.world.sketch.text_notes import fit_notes, glyph_notes, limited
from genevolve.world.sketch.turning import turned

PAPER: RGB = (252, 251, 247)
MAX_KINDS = 16
MAX_INSTANCES = 120
MAX_TEXTS = 12
COMPOSED = (Direction.ON, Direction.INSIDE, Direction.BEHIND, Direction.IN_FRONT_OF, *BORNE)
_SIDE_BY_SIDE = (Direction.ON, Direction.INSIDE, Direction.BELOW)
LONE = 3  # characters of a text that is as large as a thing
SOME = 4  # how many a number that nobody gave is taken for
_CLOTH = re.compile(r"\b(?:flag|banner|ensign|pennant|tricolou?r)s?\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The objects that are drawn, the picture and the number of each, and what had to be said about them."""

    objects: tuple[SceneObject, ...]
    sources: Mapping[str, ImageSource]
    counts: Mapping[str, int]
    notes: tuple[str, ...]
    in_rows: bool = False  # several things on one stand side by side


def plan(scene: Scene, references: Sequence[ReferenceImage], size: tuple[int, int], seed: int) -> LayoutPlan:
    """The layout of ``scene`` on a canvas of ``size``. Raises ``ServiceError`` when a reference's bytes are no usable image."""
    flaws = Flaws(scene, seed)
    cast = _cast(scene, references, flaws)
    every, text_notes = _texts(scene, flaws)
    slotted = scene.form.keys if scene.form is not None else frozenset()
    texts = {key: text for key, text in every.items() if key not in slotted}
    seen = scene.vocabulary is Vocabulary.ICONS  # what policies are trained with stays as it was
    free, around = _in_the_middle(scene, cast, size)
    objects = {obj.key: obj for obj in free.objects}
    loose, banded = _divided(texts, objects)
    standing = len(objects) + len(loose) + len(slotted)
    page = _page([(text, default_place(text, texts, standing)) for text in banded], size, standing, around if seen else None)
    chosen = background.choose(scene.background)
    form_area, area = shared(page.area, free.objects) if slotted else (page.area, page.area)
    room = Room(width=size[0], height=size[1], area=area, ground=None if slotted else chosen.ground, across=seen)
    blocks, relation_notes = _blocks(free, loose, texts, room)
    drawn, set_texts = _placed(blocks, free, loose, room)
    drawn = turned(drawn, objects) if seen else drawn
    form = _form(scene, cast, every, form_area, size)
    alike = as_large_as_their_kind(objects, drawn) if seen else drawn
    sized = follow(drawn, keep_sizes(objects, alike), bearers(objects) if seen else {})
    sized = settled(sized, objects) if seen else sized
    drawn = [*_flawed(sized, scene, area, flaws), *form.figures, *around.figures]
    colours = flaws.colours(cast.objects)
    drawn = [replace(figure, colour=_colour(figure, colours[figure.key]), warp=flaws.warp(figure.key)) for figure in drawn]
    lit = light.choose(scene.light)[1]
    notes = (*cast.notes, *_size_notes(drawn, references), *_colour_notes(cast, colours), *text_notes, *relation_notes)
    setting = tuple(note for note in (chosen.note, lit) if note)
    return LayoutPlan(
        size=size,
        marks=(*around.marks, *form.marks, *((*strings(drawn, objects), *ropes(drawn, objects)) if seen else ())),
        figures=tuple(sorted(drawn, key=lambda figure: figure.z)),
        texts=(written := (*page.texts, *set_texts, *form.texts)),
        notes=tuple(dict.fromkeys((*notes, *setting, *fit_notes(written, every)))),
    )


def _in_the_middle(scene: Scene, cast: Cast, size: tuple[int, int]) -> tuple[Cast, Rim]:
    """What stands in no slot and not all around the sheet; and what is all around it."""
    slotted = scene.form.keys if scene.form is not None else frozenset()
    seen = scene.vocabulary is Vocabulary.ICONS
    unslotted = [above_vessels(scene, obj) if seen else obj for obj in cast.objects if obj.key not in slotted]
    around = on_cut_sheet(rim(unslotted, cast.sources, size), scene.sheet, size) if seen else Rim()
    around = edged(around, scene.edging, size)
    return replace(cast, objects=tuple(obj for obj in unslotted if obj.key not in around.keys), in_rows=seen), around


def _page(texts: Sequence[tuple[Text, Place]], size: tuple[int, int], standing: int, around: Rim | None) -> Page:
    """The bands of the page, within what is ``around`` on the sheet of a free request."""
    if around is None:
        return set_bands(texts, size, standing)
    lone = len(texts) == 1 and not standing and len(texts[0][0].content) <= LONE
    return around.page(set_bands(texts, around.inner(size), standing, side=around.letters(size), lone=lone))


def shared(area: PixelBox, objects: Sequence[SceneObject]) -> tuple[PixelBox, PixelBox]:
    """The space of a form, and the strip beside it for the ``objects`` that stand in none of its slots."""
    if not objects:
        return area, area
    places = {obj.place for obj in objects if obj.place is not None}
    gap = 0.03 * min(area.w, area.h)
    if places and places <= {Place.LEFT, Place.RIGHT}:
        strip = 0.28 * area.w
        left = places == {Place.LEFT}
        rest = replace(area, x=area.x + strip + gap if left else area.x, w=area.w - strip - gap)
        return rest, replace(area, x=area.x if left else area.right - strip, w=strip)
    strip = 0.28 * area.h
    above = any(row_of(place) == 0 for place in places)
    rest = replace(area, y=area.y + strip + gap if above else area.y, h=area.h - strip - gap)
    return rest, replace(area, y=area.y if above else area.bottom - strip, h=strip)


def _form(scene: Scene, cast: Cast, texts: Mapping[str, Text], area: PixelBox, size: tuple[int, int]) -> DrawnForm:
    """What fills the slots of the scene's form, on a panel where the setting is not plain."""
    if scene.form is None or not scene.form.parts:
        return DrawnForm()
    chosen = background.choose(scene.background)
    slots = [
        FilledSlot(
            texts=tuple(texts[key] for key in part.texts if key in texts),
            key=part.picture or "",
            source=cast.sources.get(part.picture or ""),
            value=part.value,
            said=clean(part.said),
            under=part.under,
            skip=part.skip,
        )
        for part in scene.form.parts
    ]
    side = float(min(size))
    if chosen.scenery is None:
        return slots_drawn(scene.form, slots, Sheet(area=area, ground=chosen.colour, side=side))
    pad = 0.025 * side
    inner = PixelBox(x=area.x + pad, y=area.y + pad, w=area.w - 2 * pad, h=area.h - 2 * pad)
    made = slots_drawn(scene.form, slots, Sheet(area=inner, ground=PAPER, side=side))
    made.marks.insert(0, Mark(kind=MarkKind.FRAME, fill=PAPER, ink=PAPER, box=area, width=pad / 3))
    return made


def _cast(scene: Scene, references: Sequence[ReferenceImage], flaws: Flaws) -> Cast:
    notes: list[str] = []
    sources, counts = {}, {}
    left = MAX_INSTANCES
    carriers = _carriers(scene)
    for obj in scene.objects[:MAX_KINDS]:
        wanted = flaws.count(obj, _meant(obj))
        counts[obj.key] = max(0, min(wanted, left))
        if wanted > left:
            notes.append(
                f"{wanted} × {_name(obj)}: at most {MAX_INSTANCES} things fit in one image, so {counts[obj.key]} are drawn"
            )
        left -= counts[obj.key]
        if counts[obj.key]:
            source = _source(obj, references, flaws, scene.vocabulary, notes, spots_of(obj, scene))
            written_on = obj.key in carriers and source.origin is Origin.PICTOGRAM
            sources[obj.key] = replace(source, board=board_of(source.look)) if written_on else source
    if len(scene.objects) > MAX_KINDS:
        rest = ", ".join(_name(obj) for obj in scene.objects[MAX_KINDS : MAX_KINDS + 8])
        notes.append(
            f"{len(scene.objects)} kinds of things are too many for one image: only the first {MAX_KINDS} are drawn, not {rest}"
        )
    drawn = tuple(obj for obj in scene.objects[:MAX_KINDS] if counts[obj.key])
    return Cast(objects=drawn, sources=sources, counts=counts, notes=tuple(notes))


def _carriers(scene: Scene) -> frozenset[str]:
    """What a text is written on. What policies are trained with stays as it was: there texts stand on the middle of things."""
    if scene.vocabulary is not Vocabulary.ICONS:
        return frozenset()
    relations = [relation for text in scene.texts for relation in text.relations if relation.direction in PLATES]
    relations += [one for obj in scene.objects for one in obj.relations if one.direction is Direction.PICTURED]
    return frozenset(key for relation in relations for key in relation.targets)


def _meant(obj: SceneObject) -> int:
    return SOME if obj.count.number is None else max(0, obj.count.number)


def _name(obj: SceneObject) -> str:
    return f"{obj.noun} of {obj.of}"[:80] if obj.of else obj.noun[:80]


def _source(
    obj: SceneObject,
    references: Sequence[ReferenceImage],
    flaws: Flaws,
    vocabulary: Vocabulary,
    notes: list[str],
    spots: Sequence[Spot] = (),
) -> ImageSource:
    if obj.reference is not None:
        if 1 <= obj.reference <= len(references):
            source, _ = figures.reference(references[obj.reference - 1], obj.reference)
            cloth = source.origin is Origin.PHOTO and _CLOTH.search(obj.noun.lower())
            return replace(source, airborne=not stands(obj), origin=Origin.CLOTH if cloth else source.origin)
        notes.append(f"{_ordinal(obj.reference)} is named for “{_name(obj)}”, but {len(references)} were given")
    entry = None if flaws.has(AmbiguityKind.UNKNOWN_OBJECT, obj.key) else lookup(obj.noun, vocabulary)
    if entry is None:
        why = "no reference image shows it" if obj.reference is None else "its reference image is missing"
        notes.append(f"“{_name(obj)}” is not among the everyday objects that can be drawn, and {why}: a grey shape stands in")
        return ImageSource(origin=Origin.GENERIC, aspect=1.15)
    if obj.of or obj.reference is not None:
        notes.append(
            f"which {obj.noun[:60]} is meant cannot be drawn without its reference image: a plain {entry.noun} stands in"
        )
    looks = [look for look in entry.looks if all(can_show(look, part) for part in obj.parts)] or entry.looks
    look = bearing_look(looks, spots, turned=is_turned(obj)) or bearing_look(looks, spots) or looks[0]
    drawn = filled_look(look, obj.made_of) or painted_look(look, obj.parts) or look
    source = replace(figures.pictogram(drawn), airborne=not stands(obj))
    return figures.to_stand_on(source) if vocabulary is Vocabulary.ICONS else source


def _ordinal(number: int) -> str:
    word = ORDINALS[number - 1] if 1 <= number <= len(ORDINALS) else f"{number}th"
    return f"the {word} reference image"


def _texts(scene: Scene, flaws: Flaws) -> tuple[dict[str, Text], list[str]]:
    texts, notes = {}, []
    most = MAX_TEXTS + (len(scene.form.keys) if scene.form is not None else 0)
    for element in scene.texts[:most]:
        content = clean(element.content or ("" if element.quoted else element.describes))[: MAX_CHARACTERS * 4]
        unknown = scene.vocabulary is Vocabulary.ICONS and not (element.content or element.quoted)
        if flaws.garbled(element.key) and not unknown:  # of a free request no letters stand for what was not found
            dice = flaws.dice(f"text {element.key}")
            content = garble(content[:40], dice) if content else gibberish(dice)
        elif not element.content:
            notes.append(f"the words of the lettering “{element.describes[:60]}” are not given: nothing is written there")
            continue
        if not content:
            notes.append("a lettering has no characters that can be drawn: nothing is written there")
            continue
        texts[element.key] = Text(element=element, content=limited(content, notes))
        notes += glyph_notes(element, content)
    if len(scene.texts) > most:
        notes.append(f"{len(scene.texts)} letterings are too many for one image: only the first {most} are written")
    return texts, notes


def _divided(texts: Mapping[str, Text], objects: Mapping[str, SceneObject]) -> tuple[dict[str, Text], list[Text]]:
    """Texts that stand among the objects, and texts of the page's bands."""
    loose: dict[str, Text] = {}
    banded = []
    for text in texts.values():
        relations = [relation for relation in text.element.relations if any(key in objects for key in relation.targets)]
        place = text.element.place
        plate = any(relation.direction in PLATES for relation in relations)
        page = place in (Place.TOP, Place.BOTTOM) or (place is None and not relations)
        if objects and (plate or not page):
            loose[text.key] = text
        else:
            banded.append(text)
    return loose, banded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Groups:
    blocks: tuple[Block, ...]
    places: Mapping[str, Place | None]
    links: tuple[Link, ...]


def _blocks(cast: Cast, loose: Mapping[str, Text], texts: Mapping[str, Text], room: Room) -> tuple[_Groups, list[str]]:
    """Objects and loose texts as blocks; what stands on, in, behind or before another joins its block."""
    aspect = room.area.w / room.area.h
    made = {
        obj.key: object_block(obj, cast.sources[obj.key], cast.counts[obj.key], aspect, standing=_stands(obj, cast, room))
        for obj in cast.objects
    }
    made |= {key: block(key, [as_part(text)]) for key, text in loose.items()}
    relations = told = _relations(cast, loose)
    if cast.in_rows:
        told = sheltered(told, {obj.key: obj for obj in cast.objects})
        relations = sorted(told, key=lambda one: -_depth(one[0], told))  # the flowers are in the vase before it is on the table
    home, waiting, notes = _composed_blocks(
        made, relations, texts, {obj.key: obj for obj in cast.objects} if cast.in_rows else {}
    )
    links = [
        Link(one=home[key], direction=direction, others=tuple(home[target] for target in targets))
        for key, direction, targets in waiting
        if all(home[target] != home[key] for target in targets)
    ]
    hosts = {obj.key: obj.place for obj in cast.objects} | {key: text.element.place for key, text in loose.items()}
    members: dict[str, Place | None] = {
        host: hosts[host] or next((hosts[key] for key in home if home[key] == host and hosts[key]), None) for host in made
    }
    kept = tuple(made[key] for key in made if home[key] == key)
    return _Groups(blocks=kept, places={one.key: members[one.key] for one in kept}, links=tuple(links)), notes


def _depth(key: str, relations: Sequence[tuple[str, Relation]], most: int = MAX_KINDS) -> int:
    """On how many things, one on another, it stands."""
    below = (relation.targets[0] for one, relation in relations if one == key and relation.direction in COMPOSED)
    under = next(below, None)
    return 0 if under is None or most == 0 else 1 + _depth(under, relations, most - 1)


def _composed_blocks(
    made: dict[str, Block],
    relations: Sequence[tuple[str, Relation]],
    texts: Mapping[str, Text],
    objects: Mapping[str, SceneObject],
) -> tuple[dict[str, str], list[tuple[str, Direction, tuple[str, ...]]], list[str]]:
    """Joins in ``made`` what touches. Which block each key is in now, the relations that are left, and the notes."""
    home = {key: key for key in made}
    notes: list[str] = []
    guests = held_in_all(made, relations)
    waiting = []
    for key, relation in relations:
        targets = tuple(target for target in relation.targets if target in made and target != key)
        if not targets:
            if not any(target in texts for target in relation.targets):
                notes.append(f"“{relation.direction}” names something that is not drawn: that relation is left out")
        elif _composed(relation.direction, targets, made, objects) and home[key] == key and home[targets[0]] != key:
            host = home[targets[0]]
            pair = (objects.get(key), objects.get(targets[0]))
            made[host] = _joined(made[key], made[host], targets[0], relation.direction, guests, pair)
            home = {member: host if its == key else its for member, its in home.items()}
        else:
            waiting.append((key, relation.direction, targets))
    return home, waiting, notes


def _relations(cast: Cast, loose: Mapping[str, Text]) -> list[tuple[str, Relation]]:
    """Every relation that was said, and the one that is meant by a text in the center of objects in a circle."""
    relations = [(obj.key, relation) for obj in cast.objects for relation in obj.relations]
    relations += [(key, relation) for key, text in loose.items() for relation in text.element.relations]
    ring = [obj.key for obj in cast.objects if obj.arrangement is Arrangement.CIRCLE and cast.counts[obj.key] > 2]
    centred = [key for key, text in loose.items() if text.element.place is Place.CENTER and not text.element.relations]
    if len(ring) == 1 and len(centred) == 1:
        relations.append((centred[0], Relation(direction=Direction.INSIDE, targets=(ring[0],))))
    return relations


def _composed(
    direction: Direction, targets: tuple[str, ...], made: Mapping[str, Block], objects: Mapping[str, SceneObject]
) -> bool:
    """Whether a relation makes one block of two: also "between two trees", where the trees are one target named twice, and
    "under a tree"."""
    if direction is Direction.BELOW and targets[0] in objects:
        return hides_below(objects[targets[0]].noun) and objects[targets[0]].count.number == 1
    amid = direction is Direction.BETWEEN and len(set(targets)) == 1
    return direction in COMPOSED or (amid and sum(part.key == targets[0] for part in made[targets[0]].parts) > 1)


def _stands(obj: SceneObject, cast: Cast, room: Room) -> bool:
    if cast.in_rows and any(relation.direction in _SIDE_BY_SIDE for relation in obj.relations):
        return True  # three cats on a sofa: none of them over another
    if cast.in_rows and is_dressed(obj, cast.objects):
        return True
    pairs = (one for other in cast.objects for one in other.relations if one.direction is Direction.BETWEEN)
    if cast.in_rows and obj.place is None and any(set(one.targets) == {obj.key} for one in pairs):
        return True  # "between two tents"
    return room.ground is not None and not cast.sources[obj.key].airborne and obj.place is None


def _joined(
    child: Block,
    host: Block,
    target: str,
    direction: Direction,
    guests: dict[str, int],
    pair: tuple[SceneObject | None, SceneObject | None] = (None, None),
) -> Block:
    """``child`` attached to the member ``target`` of ``host``; ``pair``: what the two are, in free requests."""
    nth = guests.get(f"{target} {direction}", 0)
    guests[f"{target} {direction}"] = nth + (held_by_each(child, host, target) if direction is Direction.HELD else 1)
    one, other = pair
    if one is not None and other is not None:
        borne = joined_by_kind(child, replace(host, key=target), direction, (one, other), nth, guests.get(f"all {target}", 1))
        if borne is not None:
            return replace(borne, key=host.key)
    joined = crowded(child, replace(host, key=target), direction) if one is not None else None
    joined = joined or attach(child, replace(host, key=target), direction, nth, whole=one is not None)
    return replace(joined, key=host.key)


def _placed(groups: _Groups, cast: Cast, loose: Mapping[str, Text], room: Room) -> tuple[list[Sprite], list[TextBlock]]:
    drawn: list[Sprite] = []
    texts: list[TextBlock] = []
    if not groups.blocks:
        return drawn, texts
    boxes, _ = place_blocks(groups.blocks, groups.places, groups.links, room)
    objects = {obj.key: obj for obj in cast.objects}
    for one in groups.blocks:
        for key, source, box, z in parts_in_pixels(one, boxes[one.key]):
            if source.origin is Origin.LETTERING:
                carrier = _carrier(loose[key], cast)
                texts.append(replace(into_box(loose[key], box), wipes=box.grown(0.11) if carrier and carrier.wiped else None))
            else:
                box = _contained(box, source)
                drawn.append(
                    Sprite(key=key, source=source, box=box, z=z, shadow=shadow_of(objects[key], source, floating=False))
                )
    return nested(drawn, objects, free=cast.in_rows), texts


def _carrier(text: Text, cast: Cast) -> Board | None:
    """The board that a text is written on."""
    keys = [key for relation in text.element.relations if relation.direction in PLATES for key in relation.targets]
    found = (cast.sources[key].board for key in keys if cast.counts.get(key) == 1)
    return next((board for board in found if board is not None), None)


def _contained(box: PixelBox, source: ImageSource) -> PixelBox:
    """The part of ``box`` that a picture takes which is too wide or too tall to fill it."""
    if source.true_aspect is None:
        return box
    w, h = max(1.0, min(box.w, box.h * source.true_aspect)), max(1.0, min(box.h, box.w / source.true_aspect))
    return PixelBox(x=box.cx - w / 2, y=box.cy - h / 2, w=w, h=h)


def _flawed(drawn: list[Sprite], scene: Scene, area: PixelBox, flaws: Flaws) -> list[Sprite]:
    loose = [obj.key for obj in scene.objects if flaws.has(AmbiguityKind.UNPLACED_OBJECT, obj.key)]
    drawn = clump(drawn, loose, area, flaws)
    floating = [key for key in by_key(drawn) if flaws.has(AmbiguityKind.FLOATING, key)]
    return [
        hover(figure, [other for other in drawn if other is not figure], area) if figure.key in floating else figure
        for figure in drawn
    ]


def _colour(figure: Sprite, colour: str | None) -> str | None:
    """Photos and flags keep the colours of their reference; so does what has a colour that is not in the palette."""
    kept = figure.source.origin in (Origin.PHOTO, Origin.CLOTH, Origin.GENERIC)
    return None if kept or colour not in PALETTE else colour


def _colour_notes(cast: Cast, colours: Mapping[str, str | None]) -> list[str]:
    notes = []
    for obj in cast.objects:
        if obj.colour and obj.colour not in PALETTE:
            notes.append(f"the colour “{obj.colour[:40]}” of the {obj.noun[:40]} is not known: its own colours stay")
        elif obj.colour and cast.sources[obj.key].origin in (Origin.PHOTO, Origin.CLOTH):
            notes.append(f"the {obj.noun[:40]} keeps the colours of its reference image instead of {colours[obj.key]}")
    return notes


def _size_notes(drawn: Sequence[Sprite], references: Sequence[ReferenceImage]) -> list[str]:
    notes = []
    for ordinal in sorted({figure.source.reference for figure in drawn if figure.source.reference}):
        _, (width, height) = figures.reference(references[ordinal - 1], ordinal)
        largest = max(figure.box.w for figure in drawn if figure.source.reference == ordinal)
        thinnest = min(min(figure.box.w, figure.box.h) for figure in drawn if figure.source.reference == ordinal)
        if thinnest < 4:
            notes.append(
                f"{_ordinal(ordinal)} ({width}×{height} pixels) is so narrow that it is drawn only {thinnest:.0f} pixels thick"
            )
        if largest > 4 * width:
            notes.append(f"{_ordinal(ordinal)} has only {width}×{height} pixels: enlarged it looks soft")
    return notes
