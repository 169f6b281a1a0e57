"""The self-check: the finished prompt, read back, must say what was meant and leave nothing open that a read skill closes."""

from collections.abc import Collection, Iterator

from genevolve.world.expert.skill_edits import SKILL_OF
from genevolve.world.expert.words import fold
from genevolve.world.language.model import Scene, SceneObject, TextElement
from genevolve.world.language.reader import read


def losses(target: Scene, prompt: str, skills: Collection[str] = ()) -> list[str]:
    """What of ``target`` does not survive in ``prompt``, what the prompt adds, and what it leaves open; one sentence each."""
    seen = read(prompt)
    return [*_things(target, seen), *_texts(target, seen), *_setting(target, seen), *_opens(seen, skills)]


def _things(target: Scene, seen: Scene) -> Iterator[str]:
    waiting = list(seen.things)
    for thing in target.things:
        alike = [other for other in waiting if fold(other.noun) == fold(thing.noun)]
        if not alike:
            yield f"The {thing.noun} may not be understood."
            continue
        closest = min(alike, key=lambda other: len(_differences(thing, other)))
        waiting.remove(closest)
        yield from (f"The {aspect} of the {thing.noun} may not be followed." for aspect in _differences(thing, closest))
    yield from (f"The words may suggest a further {other.noun}." for other in waiting)


def _differences(thing: SceneObject, other: SceneObject) -> list[str]:
    pairs = {
        "number": (thing.count.number, other.count.number),
        "colour": (thing.colour, other.colour),
        "size": (thing.size, other.size),
        "place": (thing.place, other.place),
        "reference": (thing.reference, other.reference),
        "arrangement": (thing.arrangement, other.arrangement),
        "position": (_directions(thing), _directions(other)),
    }
    return [aspect for aspect, (meant, read_back) in pairs.items() if meant != read_back]


def _directions(thing: SceneObject) -> list[tuple[str, int]]:
    return sorted((relation.direction.value, len(relation.targets)) for relation in thing.relations)


def _texts(target: Scene, seen: Scene) -> Iterator[str]:
    places = {text.content: text for text in seen.letterings}
    for text in target.letterings:
        if not text.content:
            continue
        found = places.pop(text.content, None)
        if found is None:
            yield f"The text {text.content} may not be taken as text."
        elif (differs := _text_difference(text, found)) is not None:
            yield f"The {differs} of the text {text.content} may not be followed."
    yield from (f"The words may suggest the further text {content}." for content in places if content)


def _text_difference(text: TextElement, found: TextElement) -> str | None:
    if text.quoted and not found.quoted:
        return "wording"
    if text.place != found.place:
        return "place"
    return "colour" if text.colour != found.colour else None


def _setting(target: Scene, seen: Scene) -> Iterator[str]:
    if target.style != seen.style:
        yield "The style may not be followed."
    if target.backdrop != seen.backdrop:
        yield "The background may not be followed."


def _opens(seen: Scene, skills: Collection[str]) -> Iterator[str]:
    for hole in seen.opens:
        if SKILL_OF.get(hole.kind) in skills:
            yield f"Left open: {hole.kind.value.replace('_', ' ')} {hole.words}".strip() + "."
