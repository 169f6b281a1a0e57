"""What is a place for those in it and a thing for those beside it: "in the garage", "against a brick wall", "on an island"."""

import re

from genevolve.core.claim import Direction
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Scene
from genevolve.world.language.phrases import NounPhrase
from genevolve.world.language.words import Words

_ENTERED = word_set("hospital garage circus cave canyon barn stable gym station vineyard restaurant museum gallery") | {
    "circus tent"
}
_STOOD_ON = frozenset({"island", "desert island", "tropical island"})
_WALLS = frozenset({"brick wall"})
_PLAIN_WALLS = word_set("wall walls sky sea")
_WITHIN = word_set("in at on")
_LEANT_ON = word_set("against before")


def entered(words: Words, phrase: NounPhrase, direction: Direction | None) -> bool:
    """Whether ``phrase``, of a thing that has a picture, is where the scene is set."""
    if not words.free or phrase.quantity.number not in {None, 1} or phrase.owner:
        return False
    if phrase.noun in _WALLS:
        return direction is Direction.IN_FRONT_OF or words.lower(phrase.start - 1) in _LEANT_ON
    if phrase.noun in _STOOD_ON:
        return direction in {Direction.ON, Direction.INSIDE}
    return direction is Direction.INSIDE and phrase.noun in _ENTERED and phrase.colour is None


def of_setting(tie: str, before: str, behind: str, scene: Scene) -> bool:
    """Whether the ``tie`` belongs to the setting, by the words right ``before`` it ("in the woods with a fire") or ``behind``
    it ("in a garden full of flowers")."""
    place = (scene.background or "").lower().split()[-1:]
    said, follows = (re.findall(r"[^\W_]+", words.lower()) for words in (before, behind))
    if not place or place[0] in _PLAIN_WALLS:  # "a bicycle against a wall with a basket": of the bicycle
        return False
    return (
        said[-1:] == place
        if tie.lower() == "with"
        else tie.lower() in _WITHIN and follows[-3:-2] == place and "full" in follows
    )
