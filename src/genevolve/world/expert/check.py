"""The self-check: the finished prompt, read back, must say what was meant and leave nothing open that a read skill closes."""

from collections.abc import Collection, Iterator

from genevolve.world.expert.skill_edits import SKILL_OF
from genevolve.world.expert.words import fold
from genevolve.world.language.model import Scene, SceneObject, TextElement
from genevolve.world.language.reader import read


def differences(target: Scene, prompt: str, skills: Collection[str] = ()) -> list[str]:
    """What of ``target`` does not survive in ``prompt``, what the prompt adds, and what it leaves open; one sentence each."""
    seen = read(prompt, target.vocabulary)
    return [*_objects(target, seen), *_texts(target, seen), *_setting(target, seen), *_ambiguities(seen, skills)]


def _objects(target: Scene, seen: Scene) -> Iterator[str]:
    waiting = list(seen.objects)
    for obj in target.objects:
        alike = [other for other in waiting if fold(other.noun) == fold(obj.noun)]
        if not alike:
            yield f"The {obj.noun} may not be understood."
            continue
        closest = min(alike, key=lambda other: len(_differences(obj, other)))
        waiting.remove(closest)
        yield from (f"The {aspect} of the {obj.noun} may not be followed." for aspect in _differences(obj, closest))
    yield from (f"The words may suggest a further {other.noun}." for other in waiting)


def _differences(obj: SceneObject, other: SceneObject) -> list[str]:
    pairs = {
        "number": (obj.count.number, other.count.number),
        "colour": (obj.colour, other.colour),
        "size": (obj.size, other.size),
        "place": (obj.place, other.place),
        "reference": (obj.reference, other.reference),
        "arrangement": (obj.arrangement, other.arrangement),
        "position": (_directions(obj), _directions(other)),
    }
    return [aspect for aspect, (meant, read_back) in pairs.items() if meant != read_back]


def _directions(obj: SceneObject) -> list[tuple[str, int]]:
    return sorted((relation.direction.value, len(relation.targets)) for relation in obj.relations)


def _texts(target: Scene, seen: Scene) -> Iterator[str]:
    places = {text.content: text for text in seen.texts}
    for text in target.texts:
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
    if target.weather != seen.weather:
        yield "The weather may not be followed."
    if target.background != seen.background:
        yield "The background may not be followed."


def _ambiguities(seen: Scene, skills: Collection[str]) -> Iterator[str]:
    for hole in seen.ambiguities:
        if SKILL_OF.get(hole.kind) in skills:
            yield f"Left open: {hole.kind.value.replace('_', ' ')} {hole.words}".strip() + "."
