"""Nouns as free requests have them: a name that comes first, a part with a colour of its own, a verb that looks like a noun."""

from collections.abc import Sequence

from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.phrases import NounPhrase, NounPhrases
from genevolve.world.language.words import Words


def is_verb(words: Words, here: int) -> bool:
    """ "birds that fly": no insect."""
    return words.free and words.lower(here - 1) in {"that", "who", "which"} and words.has("verbs", here)


def name_first(words: Words, phrases: NounPhrases, here: int) -> NounPhrase | None:
    """ "Mars to the left of Venus": a name that begins the request, before a relation."""
    if not words.free or here != 0 or not words.capitalised(here):
        return None
    phrase = phrases.any_at(here)
    tied = phrase is not None and (
        words.lexicon.relations.at(words.tokens, phrase.end) is not None or words.lower(phrase.end) in {"and", "with"}
    )
    if phrase is None or not tied or phrase.known:
        return None
    phrase.noun, phrase.proper, phrase.plural = words.written(phrase.start, phrase.end), True, False
    return phrase


def take_feature(words: Words, phrase: NounPhrase, objects: Sequence[ObjectDraft]) -> bool:
    """ "a house with a red roof": said of the latest of ``objects``; the roof is not the house."""
    part = words.free and words.has("features", phrase.end - 1) and not (phrase.known or phrase.compound)
    if not part or not objects or words.lower(phrase.start - 1) != "with":
        return False
    objects[-1].modifiers.append(words.written(phrase.start, phrase.end))
    return True
