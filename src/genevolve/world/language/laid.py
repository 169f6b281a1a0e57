"""What stands on something that bears things: "a table with a teapot", "a cake with candles", "a sofa with a cat"."""

from genevolve.core.claim import Direction
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.objects import Objects
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

SURFACES = word_set("table desk shelf bookshelf counter bench tray nightstand workbench windowsill mantelpiece sideboard")
_SEATS = word_set("chair armchair sofa bench bed throne stool hammock swing")
_CAKES = word_set("cake cupcake muffin pie")


class Laid:
    def __init__(self, words: Words, objects: Objects, discourse: Discourse) -> None:
        self.words = words
        self.objects = objects
        self.discourse = discourse

    def read(self, here: int) -> int:
        """ "a table with a teapot and two cups", "a cake with five candles", "a sofa with a cat": they are on it."""
        words = self.words
        holders = objects_in(self.discourse.active)[-1:]
        if not words.free or words.lower(here) != "with" or not holders or not self._carries(holders[0].noun, here + 1):
            return here
        laid, end = self._listed(here + 1)
        if not laid:
            return here
        self.discourse.relate(laid, Direction.ON, holders)
        self.discourse.group, self.discourse.last = list(laid[-1:]), Last.OBJECT
        return end

    def _carries(self, noun: str, here: int) -> bool:
        if noun in SURFACES:
            return True
        phrase = self.objects.phrases.at(here)
        seated = phrase is not None and phrase.living and noun in _SEATS
        return seated or (phrase is not None and phrase.noun == "candle" and noun.split()[-1] in _CAKES)

    def _listed(self, here: int) -> tuple[list[ObjectDraft], int]:
        """The things of "a teapot, two cups and a plate", and where they end: before one that has a relation of its own."""
        found: list[ObjectDraft] = []
        end = here
        while (
            (phrase := self.objects.phrases.at(here)) is not None and phrase.known and (phrase.quantity.said or phrase.plural)
        ):
            if found and self.words.lexicon.relations.at(self.words.tokens, phrase.end) is not None:
                break
            drafts, end = self.objects.resolve(phrase, as_target=True)
            found += drafts
            here = end
            while self.words.kind(here) is Kind.COMMA or self.words.lower(here) == "and":
                here += 1
            if here == end:
                break
        return found, end
