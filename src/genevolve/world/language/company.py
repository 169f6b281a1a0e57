"""Who sits or stands somewhere: who has something, and not only what it has."""

from genevolve.core.claim import Direction
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.laid import SURFACES
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.phrases import NounPhrases
from genevolve.world.language.words import Words

_PLATES = word_set("plate dish saucer stand cushion pillow stove oven wall easel")
_PUTTING = word_set("putting placing setting painting drawing writing pouring serving spreading hanging taking dropping")
_SAT = word_set("sitting standing lying sleeping resting perched seated perching")


class Company:
    def __init__(self, words: Words, phrases: NounPhrases, discourse: Discourse) -> None:
        self.words = words
        self.phrases = phrases
        self.discourse = discourse

    def read_posture(self, here: int) -> int:
        """ "an owl with a cap sitting on a pile of books": who has a body sits, not what it has."""
        words, discourse = self.words, self.discourse
        borne = objects_in(discourse.group)[-1:]
        if not words.free or words.lower(here) not in _SAT or discourse.last is not Last.NOUN or not borne or borne[0].living:
            return here
        before = [obj for obj in discourse.sentence if obj.living and obj.span.start < borne[0].span.start][-1:]
        between = words.text[before[0].span.end : borne[0].span.start].strip().lower() if before else ""
        if between not in {"with", "wearing", "in"}:
            return here
        discourse.group = list(before)
        return here + 1

    def read_company(self, here: int) -> int:
        """ "a penguin with an umbrella | on an iceberg": both are there, and not the umbrella alone. Takes no word."""
        words, discourse = self.words, self.discourse
        found = words.lexicon.relations.at(words.tokens, here) if words.free else None
        latest = objects_in(discourse.active)[-1:]
        if found is None or found.meaning is not Direction.ON or not latest or latest[0].living or latest[0].links:
            return here
        target = self.phrases.at(found.end)
        if target is None or not target.quantity.article or target.noun.split()[-1] in SURFACES | _PLATES:
            return here
        before = [obj for obj in discourse.objects if obj.living and obj.span.end <= latest[0].span.start][-1:]
        between = words.text[before[0].span.end : latest[0].span.start].lower() if before else ""
        verb = between.split()[-1:]
        acting = bool(verb) and verb[0].endswith("ing") and verb[0] not in _PUTTING
        if verb == ["with"] or (acting and "," not in between):
            discourse.group = [before[0], latest[0]]
            discourse.last = Last.NOUN
        return here
