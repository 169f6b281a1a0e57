"""What a description leaves open. The generator goes wrong exactly there, and the lint judge counts the same list."""

from collections.abc import Iterator, Sequence

from genevolve.core.claim import Direction
from genevolve.world.language import inventory
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import Ambiguity, AmbiguityKind, SceneObject, Style, TextElement
from genevolve.world.language.part_looks import CROSSED_OUT
from genevolve.world.language.vocabulary import Vocabulary

LOOSE_FROM = 4
BORNE = frozenset(  # by somebody, or on something
    {
        Direction.WORN,
        Direction.HELD,
        Direction.PICTURED,
        Direction.AT_MOUTH,
        Direction.AT_SHOULDER,
        Direction.HELD_BEFORE,
        Direction.PULLED,
        Direction.SIGN,
    }
)


def ambiguities_of(
    objects: Sequence[SceneObject],
    texts: Sequence[TextElement],
    *,
    background: str | None,
    light: str | None,
    style: Style | None,
    style_thorough: bool,
    text: str = "",
    vocabulary: Vocabulary = Vocabulary.EVERYDAY,
) -> tuple[Ambiguity, ...]:
    """Everything left open, objects first. A scene with neither objects nor texts leaves nothing open."""
    if not objects and not texts:
        return ()
    return (
        *_objects(objects, text, vocabulary),
        *_texts(texts, text),
        *_scene(background, light, style, style_thorough, bool(objects)),
    )


def _objects(objects: Sequence[SceneObject], text: str, vocabulary: Vocabulary) -> Iterator[Ambiguity]:
    targets = {target for obj in objects for relation in obj.relations for target in relation.targets}
    for obj in objects:
        for kind in _object_kinds(obj, related=obj.key in targets, alone=len(objects) == 1, vocabulary=vocabulary):
            yield Ambiguity(kind=kind, key=obj.key, words=text[obj.span.start : obj.span.end])


def _object_kinds(obj: SceneObject, *, related: bool, alone: bool, vocabulary: Vocabulary) -> Iterator[AmbiguityKind]:
    number = obj.count.number
    if number is None:
        yield AmbiguityKind.VAGUE_COUNT
    elif number >= LOOSE_FROM and not obj.count.exact and obj.arrangement is None:
        yield AmbiguityKind.LOOSE_COUNT
    if obj.colour_shared:
        yield AmbiguityKind.SHARED_COLOUR
    if not alone and obj.place is None and not obj.relations and not related:
        yield AmbiguityKind.UNPLACED_OBJECT
    if obj.reference is None and not drawable(obj, vocabulary):
        yield AmbiguityKind.UNKNOWN_OBJECT
    if obj.living and not obj.body_described:
        yield AmbiguityKind.LOOSE_BODY
    if not obj.grounded and stands(obj):
        yield AmbiguityKind.FLOATING


def drawable(obj: SceneObject, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> bool:
    """Whether the object is in ``vocabulary``, so that no reference is needed."""
    return not obj.of and inventory.lookup(obj.noun, vocabulary) is not None


def stands(obj: SceneObject) -> bool:
    """Whether the object would stand on something in life: not the sun, a balloon, a fish, a flag, or what somebody bears."""
    borne = any(relation.direction in BORNE - {Direction.PULLED} for relation in obj.relations)
    borne = borne or any(part.name == CROSSED_OUT for part in obj.parts)  # on the disc of a sign
    return not borne and obj.noun.lower() not in lexicon().words["airborne"]


def _texts(texts: Sequence[TextElement], text: str) -> Iterator[Ambiguity]:
    for element in texts:
        words = text[element.span.start : element.span.end]
        if not element.quoted:
            yield Ambiguity(kind=AmbiguityKind.UNQUOTED_TEXT, key=element.key, words=words)
        if element.place is None and not element.relations:
            yield Ambiguity(kind=AmbiguityKind.UNPLACED_TEXT, key=element.key, words=words)


def _scene(
    background: str | None, light: str | None, style: Style | None, style_thorough: bool, has_objects: bool
) -> Iterator[Ambiguity]:
    if light is None and has_objects:
        yield Ambiguity(kind=AmbiguityKind.UNLIT)
    if background is None:
        yield Ambiguity(kind=AmbiguityKind.NO_BACKGROUND)
    if style is not None and not style_thorough:
        yield Ambiguity(kind=AmbiguityKind.WEAK_STYLE, words=style.value)
