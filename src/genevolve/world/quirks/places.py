"""Quirks of how places are heard: what they are measured on, and where relations are told."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from genevolve.core.claim import Direction, Place
from genevolve.world.language.model import Relation, Scene, SceneObject, TextElement
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import capital, name_of, relation_words
from genevolve.world.quirks.quirk import Dice, QuirkRule
from genevolve.world.quirks.told import Told, introduces, outside_quotes, sentences

_OTHER_SIDE = {
    Place.TOP: Place.BOTTOM,
    Place.LEFT: Place.RIGHT,
    Place.TOP_LEFT: Place.BOTTOM_RIGHT,
    Place.TOP_RIGHT: Place.BOTTOM_LEFT,
}
_OPPOSITE = {
    Direction.LEFT_OF: Direction.RIGHT_OF,
    Direction.ABOVE: Direction.BELOW,
    Direction.IN_FRONT_OF: Direction.BEHIND,
}
_OTHER_SIDE |= {other: one for one, other in _OTHER_SIDE.items()}
_OPPOSITE |= {other: one for one, other in _OPPOSITE.items()}


def mirrored(place: Place | None) -> Place | None:
    """The other side of the canvas; the middle goes to the top."""
    return Place.TOP if place is Place.CENTER else _OTHER_SIDE.get(place) if place else None


class Frame:
    """Of what places are the left, the top, the corner; else things come out on the other side."""

    name = "measure"
    about: tuple[str, ...] = ("place", "text")
    options: Mapping[str, QuirkRule] = {
        "image": QuirkRule(
            "Write every place as one of the image, such as the top of the image.",
            "Never tell a place without the image; write the left side of the image, for example.",
        ),
        "canvas": QuirkRule(
            "Write every place as one of the canvas, such as the top of the canvas.",
            "Never tell a place without the canvas; write the left side of the canvas, for example.",
        ),
        "frame": QuirkRule(
            "Write every place as one of the frame, such as the top of the frame.",
            "Never tell a place without the frame; write the left side of the frame, for example.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        word = re.compile(rf"\bof the {option}\b", re.IGNORECASE)

        def place(element: SceneObject | TextElement) -> Place | None:
            return element.place if word.search(told.sentence(element.span)) else mirrored(element.place)

        return told.but(
            [replace(obj, place=place(obj)) for obj in told.scene.objects],
            [replace(text, place=place(text)) for text in told.scene.texts],
        )

    def reword(self, prompt: str, option: str) -> str:
        return outside_quotes(prompt, lambda part: re.sub(r"\bof the (?:image|canvas|frame)\b", f"of the {option}", part))


class RelationSentence:
    """Whether a relation stands in its object's sentence or in one of its own; else it comes out the other way round."""

    name = "relations"
    about: tuple[str, ...] = ("place",)
    options: Mapping[str, QuirkRule] = {
        "together": QuirkRule(
            "Tell how an object relates to another in the same sentence that introduces it, behind a comma.",
            "Never close the sentence of an object without its relation; tell it there, behind a comma.",
        ),
        "apart": QuirkRule(
            "Tell how an object relates to another in a separate sentence, after the one that introduces it.",
            "Never mix a relation with anything else; tell each relation in a separate sentence of its own.",
        ),
    }

    def hear(self, told: Told, option: str, dice: Dice) -> Told:
        def heard(obj: SceneObject) -> SceneObject:
            together = any(_names(told.scene, key, told.sentence(obj.span)) for rel in obj.relations for key in rel.targets)
            if not obj.relations or together == (option == "together"):
                return obj
            turned = tuple(replace(rel, direction=_OPPOSITE.get(rel.direction, rel.direction)) for rel in obj.relations)
            return replace(obj, relations=turned)

        return told.but(objects=[heard(obj) for obj in told.scene.objects])

    def reword(self, prompt: str, option: str) -> str:
        return _apart(prompt) if option == "apart" else _together(prompt)


def _names(scene: Scene, key: str, sentence: str) -> bool:
    """Whether ``sentence`` speaks of what ``key`` is: by its noun, or by what tells it from others of that noun."""
    obj = next((obj for obj in scene.objects if obj.key == key), None)
    if obj is None:
        return key in sentence
    alike = sum(other.noun == obj.noun for other in scene.objects) > 1
    word = (obj.of or obj.colour or obj.noun) if alike else obj.noun
    return re.search(rf"\b{re.escape(word.removesuffix('y'))}", sentence, re.IGNORECASE) is not None


def _apart(prompt: str) -> str:
    """Every relation of an object in a sentence of its own, behind the last sentence that introduces an object."""
    scene = read(prompt)
    parts, moved = sentences(prompt), []
    for obj, relation, at in _related(prompt, scene, parts):
        words = relation_words(scene, relation)
        if words in parts[at]:
            parts[at] = _without(parts[at], words)
            moved.append(_own_sentence(scene, obj, words))
    last = max((n for n, part in enumerate(parts) if introduces(part)), default=len(parts) - 1)
    return " ".join([*parts[: last + 1], *moved, *parts[last + 1 :]])


def _together(prompt: str) -> str:
    """Every relation of an object in the sentence that introduces it, which then follows those of what it relates to."""
    scene = read(prompt)
    parts = sentences(prompt)
    for obj, relation, at in _related(prompt, scene, parts):
        words = relation_words(scene, relation)
        own = _own_sentence(scene, obj, words)
        if own in parts:
            parts[parts.index(own)] = f"{parts[at].rstrip('.')}, {words}."
            parts.pop(at)
    return " ".join(parts)


def _related(prompt: str, scene: Scene, parts: list[str]) -> Iterator[tuple[SceneObject, Relation, int]]:
    """Each relation with its object and the number of the sentence in ``parts`` that introduces it."""
    for obj in scene.objects:
        for relation in obj.relations:
            introduced = prompt[obj.span.start : obj.span.end]
            at = next((n for n, part in enumerate(parts) if introduced in part), None)
            if at is not None:
                yield obj, relation, at


def _own_sentence(scene: Scene, obj: SceneObject, words: str) -> str:
    return f"{capital(name_of(scene, obj.key))} {'is' if obj.count.number == 1 else 'are'} {words}."


def _without(part: str, words: str) -> str:
    """ "A mouse is next to the frisbee." as "A mouse is in the image."."""
    part = re.sub(rf",? {re.escape(words)}", "", part, count=1)
    return re.sub(r" (is|are)(?=[,.])", r" \1 in the image", part, count=1)
