"""Pictures of the user's own libraries: looked up for every object before a pictogram, recognised by captions."""

import re
from collections.abc import Iterable
from dataclasses import replace

from genevolve.world.expert.references import ACCEPTED, Choice, Wish, fit, is_own
from genevolve.world.expert.transcript import SeenPicture
from genevolve.world.expert.words import tokens
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import Scene, SceneObject

_LEADING = re.compile(
    r"^(?:(?:a|an|the|my|our|your|his|her|their|this|that|these|those|some|several|one|exactly|another"
    r"|pair of|photo of|picture of)\s+|\d+\s+)+",
    re.IGNORECASE,
)
# What a caption is about ends here: "Magellanic penguin on a beach" shows a penguin, "mug (blue)" a mug.
_REST = re.compile(
    r"\b(?:with|on|in|at|next to|beside|near|and|under|over|behind|by|for|from|of)\b|[,(\[;:|–—]| - ", re.IGNORECASE
)
_MOST_WORDS = 6


def phrase(scene: Scene, obj: SceneObject) -> str:
    """The object in the request's own words, without articles, numbers and its colour: "VW Beetle"."""
    said = " ".join(scene.text[obj.span.start : obj.span.end].split())
    said = _LEADING.sub("", said)
    kept = [word for word in said.split() if word.lower() != obj.colour and word.lower() not in lexicon().numbers]
    if not kept or len(kept) > _MOST_WORDS or not set(tokens(" ".join(kept))):
        kept = [*obj.modifiers, obj.noun]
    return " ".join(kept).strip(" .,;:")


def own_wish(scene: Scene, obj: SceneObject) -> Wish:
    said = phrase(scene, obj)
    return Wish(key=obj.key, noun=said if not obj.of or obj.of in said else f"{said} of {obj.of}")


def own_choice(wish: Wish, obj: SceneObject, pictures: Iterable[SeenPicture]) -> Choice | None:
    """The user's picture whose caption is about just this; None rather than one that merely mentions it."""
    fitting = [
        Choice(shown=shown, fit=agreement)
        for shown in pictures
        if shown.query and is_own(shown) and (agreement := caption_fit(shown.picture.title, wish.noun, obj.colour)) >= ACCEPTED
    ]
    return max(fitting, key=lambda choice: choice.fit, default=None)


def caption_fit(caption: str, said: str, colour: str | None) -> float:
    """In [0, 1]: how well a caption in one language or several ("Lampe / lamp") agrees with a phrase."""
    return max((_fit(part, said, colour) for part in re.split(r" [/|] ", caption)), default=0.0)


def _fit(caption: str, said: str, colour: str | None) -> float:
    about, wanted = tokens(_REST.split(caption)[0]), tokens(said)
    if not about or not wanted or (about[-1] != wanted[-1] and not set(about) <= set(wanted)):
        return 0.0
    foreign = set(about) - set(wanted)
    if colour and colour not in tokens(caption) and foreign:
        return 0.0  # a photo is not recoloured: "a red apple" is not a Granny Smith
    if any(word[:1].isupper() and not set(tokens(word)) <= set(tokens(caption)) for word in said.split()):
        return 0.0  # "a Humboldt penguin" is not any penguin
    return fit(" ".join(about), Wish(key="", noun=said))


def named(obj: SceneObject, wish: Wish) -> SceneObject:
    """``obj`` called by the words that its picture was found by; a proper name is one of its kind."""
    count = obj.count
    if count.number is None and re.search(r"\b[A-Z]", wish.noun):
        count = replace(count, number=1)
    return replace(obj, noun=wish.noun, count=count, modifiers=())
