"""The small words that tie two things of a request together ("with", "in", "on", "that shows"): what became of each.

By kind, over any English: wherever such a word stands between two things, the scene must hold a relation of the second to one
before it. Where it holds none, both are only drawn beside each other, and the tie is lost.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from genevolve.core.claim import Direction
from genevolve.core.ledger import Fate
from genevolve.judges.content import Unit, UnitKind
from genevolve.world.language import bodies, colours
from genevolve.world.language.acting import of_action_sign
from genevolve.world.language.actions import sign_of
from genevolve.world.language.activities import activities
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.bodies import Spot
from genevolve.world.language.doing import EATING, LOOKING, WATCHING
from genevolve.world.language.entered import of_setting
from genevolve.world.language.fate import FateOfWords
from genevolve.world.language.handling import handled, verbs
from genevolve.world.language.inventory import lookup, of_group
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Relation, Scene, SceneObject
from genevolve.world.language.senses import is_vessel
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.young import owns_young

_TIES = (
    "with in into within on onto upon has have having show shows showing depict depicts depicting feature features featuring "
    "contain contains containing include includes including from by at to toward towards off up via its"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TIE = word_set(_TIES)
_BESIDE = word_set("by at with to toward towards from")  # standing beside each other may be all that they say
_ENDS = re.compile(r"[.;:!?\n]")
_AND = re.compile(r"\band\b|,")
_JOINS = re.compile(r"\band\b|,", re.IGNORECASE)
_WEARING = word_set("wearing wears wear dressed sporting donning worn")
_HOLDING = word_set("holding holds hold carrying carries carry clutching gripping waving held carried")
_HANDS = word_set("hand hands paw paws arm arms wing fist")
_HEADS = word_set("head heads neck necks eyes nose")
_UNDER = word_set("under underneath beneath")
_LOW = frozenset({"armchair", "sofa", "couch", "bed", "bench", "sofa bed", "rocking chair", "throne"})
_AROUND = word_set("around round over")
_MEMBERS = word_set("one other first last left right leftmost rightmost middle central another rest others remaining half")
_REST = word_set("other rest others remaining half")
_RIDING = word_set("riding rides ride")
_PARTS = {Spot.HAND: "hands", Spot.MOUTH: "mouth", Spot.SHOULDER: "shoulder"}
_MOUTHS = word_set("mouth mouths beak beaks jaws teeth")
_SHOULDERS = word_set("shoulder shoulders")
_IN_THE_OTHER = re.compile(r"\bin (?:one|the other)(?: hand| paw| wing| arm)?\b", re.IGNORECASE)
_MEETING = re.compile(r"\b(?:each other|one another|face to face|nose to nose|eye to eye|beak to beak)\b", re.IGNORECASE)
_PUT_ON = re.compile(r"\s+on\b(?=\s*(?:[,.;!]|and\b|$))", re.IGNORECASE)
_NOT_PUT_ON = "the {} is only drawn beside who was to wear it"
_BUST = re.compile(
    r"1F46[6-9]|1F9D[1-4]|1F9D9|1F47[4-8]|1F934|1FAC5"  # people
    r"|1F428|1F42[D-F]|1F43[0-24-9A-C]|1F981|1F984|1F98A"  # faces of animals
)
_SAID_BEFORE = {
    Direction.WORN: _WEARING,
    Direction.HELD: _HOLDING | verbs()[Direction.HELD],
    Direction.AT_MOUTH: EATING | _HOLDING,
    Direction.HELD_BEFORE: verbs()[Direction.HELD_BEFORE],
    Direction.PULLED: verbs()[Direction.PULLED],
}
_SAID_AFTER = {
    Direction.HELD: _HANDS, Direction.WORN: _HEADS, Direction.AT_MOUTH: _MOUTHS, Direction.AT_SHOULDER: _SHOULDERS,
    Direction.PULLED: word_set("pulled towed dragged hauled"),
}  # fmt: skip
_SWIMMERS = frozenset({"fish", "goldfish", "tropical fish", "shark", "whale", "dolphin", "octopus", "blowfish"})
_CROWDED = {"boat": "only put behind the sail of its picture"}


def ties(scene: Scene) -> Iterator[tuple[Unit, FateOfWords]]:
    """Every tie between two things of a free request, in order, and what became of it."""
    if scene.vocabulary is not Vocabulary.ICONS:
        return
    slotted = scene.form.keys if scene.form is not None else frozenset()
    things = sorted(
        (obj for obj in scene.objects if obj.key not in slotted and sign_of(obj.noun) is None), key=lambda obj: obj.span.start
    )
    for number, after in enumerate(things[1:], start=1):
        start, end = _past_texts(scene, things[number - 1].span.end, after.span.start), after.span.start
        gap = scene.text[start:end] if start < end else ""
        if not gap or _ENDS.search(gap) or _excluded(scene, start, end) or _is_shade(after, scene):
            continue
        said = [word for word in _WORD.finditer(gap) if word[0].lower() in _TIE and not owns_young(word[0], after, scene)]
        if said and not _AND.search(gap[said[-1].end() :]):
            word = said[-1]
            unit = Unit(kind=UnitKind.WORD, start=start + word.start(), end=start + word.end(), text=word[0])
            if of_setting(word[0], gap[: word.start()], gap[word.end() :], scene):
                yield unit, FateOfWords(Fate.APPLIED, "in the same place", "present", after.key)
                continue
            yield unit, _tied(unit.text.lower(), after, things[:number], scene)
        elif (
            (joint := _JOINS.search(gap)) is not None
            and (not said or _is_put_on(after, scene))
            and (lacking := _borne_badly(after, scene) or _dressed_along(things[: number + 1], scene))
        ):
            unit = Unit(kind=UnitKind.WORD, start=start + joint.start(), end=start + joint.end(), text=joint[0])
            yield unit, FateOfWords(Fate.NOT_POSSIBLE, lacking, "related", after.key)


def _borne_badly(obj: SceneObject, scene: Scene) -> str:
    """What the bearer lacks of "(with glasses) and a hat", which no small word but "and" ties to it."""
    for relation in obj.relations:
        other = _target(relation, scene)
        if relation.direction in BORNE and other is not None and (lacking := _lacking(obj, other, relation.direction)):
            return lacking
    if _is_put_on(obj, scene):
        return _NOT_PUT_ON.format(obj.noun)
    begun = {one.key for one in scene.objects if any(each.direction is Direction.WORN for each in one.relations)}
    if not obj.relations and begun and bodies.spot_of(obj.noun) is not None:
        return _NOT_PUT_ON.format(obj.noun)
    return ""


def _dressed_along(things: Sequence[SceneObject], scene: Scene) -> str:
    """What goes on behind "(a bear with a bell) and boots": nobody wears it either."""
    bearer, first, after = (None, None, *things)[-3:]
    if bearer is None or first is None or after is None or after.relations or not bodies.is_wear(after.noun):
        return ""
    led = _WORD.findall(scene.text[bearer.span.end : first.span.start].lower())[-1:]
    return _NOT_PUT_ON.format(after.noun) if bearer.living and led and led[0] in _WEARING | {"with", "in"} else ""


def _is_put_on(obj: SceneObject, scene: Scene) -> bool:
    """ "(a dog with) slippers on": nobody wears what has no relation."""
    return not obj.relations and _PUT_ON.match(scene.text, obj.span.end) is not None


def _is_shade(obj: SceneObject, scene: Scene) -> bool:
    """Whether its phrase is but a colour: "three balloons in | red, green and blue"."""
    return colours.named(scene.text[obj.span.start : obj.span.end]) is not None


def _past_texts(scene: Scene, start: int, end: int) -> int:
    """Where the gap from ``start`` to ``end`` goes on behind the texts that a thing bears: "a sign that says “OPEN” | with"."""
    borne = [text for text in scene.texts if any(relation.direction is Direction.ON for relation in text.relations)]
    return max([start, *(text.span.end for text in borne if start <= text.span.start and text.span.end <= end)])


def _excluded(scene: Scene, start: int, end: int) -> bool:
    spans = (*scene.excluded, *scene.asides, *(text.span for text in scene.texts), *(fact.span for fact in scene.facts))
    return any(span.start < end and start < span.end for span in spans)


def _tied(word: str, after: SceneObject, earlier: Sequence[SceneObject], scene: Scene) -> FateOfWords:
    """By the relation between ``after`` and one of the things before it."""
    keys = {obj.key for obj in earlier}
    found = [(after, relation) for relation in after.relations if keys & set(relation.targets)]
    found += [(obj, relation) for obj in earlier for relation in obj.relations if after.key in relation.targets]
    nearest = earlier[-1]
    for obj, relation in found:
        if relation.direction is not Direction.NEXT_TO:
            return of_relation(obj, relation, scene)
    if _is_put_on(after, scene):
        return FateOfWords(Fate.NOT_POSSIBLE, _NOT_PUT_ON.format(after.noun), "related", after.key)
    beside = any(relation.direction is Direction.NEXT_TO for _, relation in found)
    if word == "with" and not beside and nearest.living and bodies.is_wear(after.noun):
        return FateOfWords(Fate.NOT_POSSIBLE, _NOT_PUT_ON.format(after.noun), "related", after.key)
    if word in _BESIDE and (beside or (word == "with" and (nearest.living or _keep_company(nearest, after)))):
        return FateOfWords(Fate.APPLIED, "beside each other", "present", after.key)
    if after.place is not None and not found:
        return FateOfWords(Fate.APPLIED, "says where it is", "placed", after.key)
    return FateOfWords(Fate.NOT_POSSIBLE, f"the {after.noun} is only drawn beside the {nearest.noun}", "related", after.key)


def _keep_company(one: SceneObject, other: SceneObject) -> bool:
    """ "a cup of tea with a biscuit", "a castle with a dragon": that they are there together is all that it says.

    What is not counted ("with mushrooms") and fruit and vegetables belong in or on the dish.
    """
    food = {noun for group in ("fruit", "vegetable", "dish", "sweet", "drink") for noun in of_group(group)}
    served = food.difference(of_group("fruit"), of_group("vegetable"))
    side_dish = one.noun in food and other.noun in served and other.count.number is not None
    return side_dish or (other.living and one.noun in of_group("building"))


def of_relation(obj: SceneObject, relation: Relation, scene: Scene) -> FateOfWords:
    """What becomes of a relation of ``obj`` as it is drawn here."""
    other = _target(relation, scene)
    lacking = _lacking(obj, other, relation.direction) or _too_much(obj, other, relation, scene) if other is not None else ""
    if lacking:
        return FateOfWords(Fate.NOT_POSSIBLE, lacking, "related", obj.key)
    return FateOfWords(Fate.DRAWN, relation.direction.value, "related", obj.key)


def _target(relation: Relation, scene: Scene) -> SceneObject | None:
    return next((obj for obj in scene.objects if obj.key == relation.targets[0]), None)


def _lacking(obj: SceneObject, other: SceneObject, direction: Direction) -> str:
    """What the picture of ``other`` has no place for, in words; empty where it has one."""
    spot = bodies.spot_for(direction, obj.noun)
    if other.reference is not None or other.of:
        return "how its picture looks is not known" if spot is not None else ""
    if spot is not None and any(part.name in activities() for part in other.parts):
        return f"the picture shows the {other.noun} from afar"
    if spot is not None and not bodies.bears(other.noun, spot):
        part = _PARTS.get(spot, "place")
        return f"only put on it: the picture of the {other.noun} shows no free {part} for it"
    if direction is Direction.PULLED and not (bodies.heads(other.noun) and other.count.number == 1):
        return f"one rope only to one {other.noun}, of which a picture must show where it goes"
    if direction is Direction.INSIDE and bodies.is_wear(other.noun) and other.count.number != 1:
        return _NOT_PUT_ON.format(other.noun)  # "a cat in boots"; "a mouse in a boot" is in it
    if direction is Direction.INSIDE and is_vessel(other.noun):
        if obj.noun in _SWIMMERS:
            return f"only put into it from above: the picture of the {other.noun} is not to be seen through"
        return _CROWDED.get(other.noun, "")
    return ""


def _too_much(obj: SceneObject, other: SceneObject, relation: Relation, scene: Scene) -> str:
    """What the one picture that is drawn lacks, though others show it: no picture of a cat has its side and its eyes."""
    if relation.direction is Direction.TURNED_TO:
        look = bodies.drawn_look(obj, scene)
        return "" if look is not None and bodies.side_of(look) else f"the picture shows the {obj.noun} from the front"
    spot, look = bodies.spot_for(relation.direction, obj.noun), bodies.drawn_look(other, scene)
    shown = spot is None or look is None or spot in bodies.body_of(look)
    return "" if shown else f"no picture of the {other.noun} shows all that it is to bear"


def of_bearing(unit: Unit, scene: Scene) -> FateOfWords | None:
    """By what is worn or held, for the words that say so: "wearing", "holding", "(in her) hand", "(the) other"."""
    if scene.vocabulary is not Vocabulary.ICONS:
        return None
    if (signed := of_action_sign(unit, scene)) is not None:
        return signed
    word = unit.text.lower()
    if word in _AROUND:
        worn = [one for one in _borne(scene, Direction.WORN) if not scene.text[one[0].span.end : unit.start].strip()]
        if worn:
            return of_relation(*worn[-1], scene)
    if word in LOOKING | WATCHING or _within(_MEETING, unit, scene):
        looking = [found for found in _borne(scene, Direction.TURNED_TO) if found[0].span.start < unit.start]
        if looking:
            return of_relation(*looking[-1], scene)
    if word in _UNDER and (lacking := _no_room(unit, scene)):
        return FateOfWords(Fate.NOT_POSSIBLE, lacking, "related")
    after = [found for way in _said(word, _SAID_BEFORE) for found in _borne(scene, way) if found[0].span.start >= unit.end]
    if after:
        return of_relation(*min(after, key=lambda found: found[0].span.start), scene)
    if (loose := _let_go(unit, scene)) is not None:
        return loose
    parts = _said(word, _SAID_AFTER) or ([Direction.HELD] if _within(_IN_THE_OTHER, unit, scene) else [])
    before = [found for way in parts for found in _borne(scene, way) if found[0].span.end <= unit.start]
    if before:
        return of_relation(*before[-1], scene)
    if word in _RIDING:
        riders = [obj for obj in scene.objects if obj.span.end <= unit.start]
        half = bool(riders) and _is_bust(riders[-1])
        return (
            FateOfWords(Fate.NOT_POSSIBLE, "only its head or its upper half is put on top", "related", riders[-1].key)
            if half
            else None
        )
    return _of_member(unit, scene) if word in _MEMBERS else None


def _let_go(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "(a boy) | flying a kite over a house": one that nobody is seen to hold."""
    follows = [obj for obj in scene.objects if obj.span.start >= unit.end]
    thing = min(follows, key=lambda obj: obj.span.start, default=None)
    if thing is None or scene.text[unit.end : thing.span.start].strip() or not any(obj.living for obj in scene.objects):
        return None
    if handled(unit.text.lower(), thing.noun) is not Direction.HELD:
        return None
    return FateOfWords(Fate.NOT_POSSIBLE, f"nobody is seen to hold the {thing.noun}", "related", thing.key)


def _no_room(unit: Unit, scene: Scene) -> str:
    """What a piece of furniture lacks that somebody is to be under."""
    for obj, relation in _borne(scene, Direction.BELOW):
        other = _target(relation, scene)
        if obj.span.end <= unit.start and other is not None and other.span.start >= unit.end and other.noun in _LOW:
            return f"only drawn below it: the picture of the {other.noun} has no room under it"
    return ""


def _said(word: str, table: Mapping[Direction, frozenset[str]]) -> list[Direction]:
    return [way for way, said in table.items() if word in said]


def _within(said: re.Pattern[str], unit: Unit, scene: Scene) -> bool:
    return any(found.start() <= unit.start and unit.end <= found.end() for found in said.finditer(scene.text))


def _is_bust(obj: SceneObject) -> bool:
    """Whether its picture ends at the chest."""
    entry = lookup(obj.noun, Vocabulary.ICONS) if obj.living else None
    return entry is not None and _BUST.match(entry.looks[0].rpartition(":")[2]) is not None


def _borne(scene: Scene, way: Direction) -> list[tuple[SceneObject, Relation]]:
    return [(obj, relation) for obj in scene.objects for relation in obj.relations if relation.direction is way]


def _of_member(unit: Unit, scene: Scene) -> FateOfWords | None:
    """ "the other": one of several that became a thing of its own."""
    for obj in scene.objects:
        if unit.text.lower() in obj.noun.split():  # "an arrow pointing left": a left arrow
            continue
        if (
            obj.span.start <= unit.start
            and unit.end <= obj.span.end
            and obj.noun not in scene.text[obj.span.start : obj.span.end]
        ):
            ordered = unit.text.lower() in {"one", "other", "another", "half"}
            sides = (Direction.LEFT_OF, Direction.RIGHT_OF, Direction.BETWEEN)
            relation = next((one for one in obj.relations if one.direction in sides), None)
            if relation is None and not ordered:
                return FateOfWords(Fate.NOT_POSSIBLE, "which of them it is has no place in the picture", "related", obj.key)
            if relation is not None:
                return FateOfWords(Fate.DRAWN, relation.direction.value, "related", obj.key)
            return FateOfWords(Fate.DRAWN, f"one {obj.noun}", "counted", obj.key)
    nouns = [obj.noun for obj in scene.objects]
    twin = next((obj for obj in scene.objects if nouns.count(obj.noun) > 1 and obj.span.end <= unit.start), None)
    mutual = scene.text[: unit.start].rstrip().lower().endswith("each")  # "facing each other"
    if twin is None or mutual or unit.text.lower() not in _REST:
        return None
    return FateOfWords(Fate.DRAWN, f"the rest of {twin.noun}", "counted", twin.key)
