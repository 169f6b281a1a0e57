"""What a description leaves open. The generator goes wrong exactly there, and the lint judge counts the same list."""

from collections.abc import Iterator, Sequence

from genevolve.world.language import inventory
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import Ambiguity, AmbiguityKind, SceneObject, Style, TextElement

LOOSE_FROM = 4


def opens(
    things: Sequence[SceneObject],
    letterings: Sequence[TextElement],
    *,
    backdrop: str | None,
    light: str | None,
    style: Style | None,
    style_thorough: bool,
    text: str = "",
) -> tuple[Ambiguity, ...]:
    """Everything left open, things first. A scene with neither things nor letterings leaves nothing open."""
    if not things and not letterings:
        return ()
    return (
        *_things(things, text),
        *_letterings(letterings, text),
        *_scene(backdrop, light, style, style_thorough, bool(things)),
    )


def _things(things: Sequence[SceneObject], text: str) -> Iterator[Ambiguity]:
    targets = {target for thing in things for relation in thing.relations for target in relation.targets}
    for thing in things:
        for kind in _thing_kinds(thing, related=thing.key in targets, alone=len(things) == 1):
            yield Ambiguity(kind=kind, key=thing.key, words=text[thing.span.start : thing.span.end])


def _thing_kinds(thing: SceneObject, *, related: bool, alone: bool) -> Iterator[AmbiguityKind]:
    number = thing.count.number
    if number is None:
        yield AmbiguityKind.VAGUE_COUNT
    elif number >= LOOSE_FROM and not thing.count.exact and thing.arrangement is None:
        yield AmbiguityKind.LOOSE_COUNT
    if thing.colour_shared:
        yield AmbiguityKind.SHARED_COLOUR
    if not alone and thing.place is None and not thing.relations and not related:
        yield AmbiguityKind.UNPLACED_THING
    if thing.reference is None and not drawable(thing):
        yield AmbiguityKind.UNKNOWN_THING
    if thing.living and not thing.body_described:
        yield AmbiguityKind.LOOSE_BODY
    if not thing.grounded and stands(thing):
        yield AmbiguityKind.FLOATING


def drawable(thing: SceneObject) -> bool:
    """Whether the thing is an everyday object, so that no reference is needed."""
    return not thing.of and inventory.lookup(thing.noun) is not None


def stands(thing: SceneObject) -> bool:
    """Whether the thing would stand on something in life: not the sun, a balloon, a fish or a flag."""
    return thing.noun.lower() not in lexicon().words["airborne"]


def _letterings(letterings: Sequence[TextElement], text: str) -> Iterator[Ambiguity]:
    for lettering in letterings:
        words = text[lettering.span.start : lettering.span.end]
        if not lettering.quoted:
            yield Ambiguity(kind=AmbiguityKind.UNQUOTED_TEXT, key=lettering.key, words=words)
        if lettering.place is None and not lettering.relations:
            yield Ambiguity(kind=AmbiguityKind.UNPLACED_TEXT, key=lettering.key, words=words)


def _scene(
    backdrop: str | None, light: str | None, style: Style | None, style_thorough: bool, has_things: bool
) -> Iterator[Ambiguity]:
    if light is None and has_things:
        yield Ambiguity(kind=AmbiguityKind.UNLIT)
    if backdrop is None:
        yield Ambiguity(kind=AmbiguityKind.NO_BACKDROP)
    if style is not None and not style_thorough:
        yield Ambiguity(kind=AmbiguityKind.WEAK_STYLE, words=style.value)
