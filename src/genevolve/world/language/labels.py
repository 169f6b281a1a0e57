"""Texts that one word asks for: "a sheep, labelled", "the OPEN side"."""

from genevolve.core.claim import Direction
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import TextDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_ENDS = frozenset({Kind.STOP, Kind.COMMA, Kind.SEMICOLON, None})
_BEARS_ONE_WORD = word_set("side button sticker label key")


def labelled_alone(words: Words, discourse: Discourse, start: int, here: int) -> int | None:
    """ "…, labelled" at ``start``, with nothing behind it: each thing has the name of what it is below it."""
    named = objects_in(discourse.active)
    if not words.free or words.lower(start) not in {"labelled", "labeled"} or words.kind(here) not in _ENDS or not named:
        return None
    span = Span(start=words.tokens[start].start, end=words.tokens[start].end)
    for obj in named:
        draft = TextDraft(span=span, content="" if obj.of else obj.noun.capitalize(), role=TextRole.LABEL)
        draft.describes = f"the name of {obj.of}" if obj.of else ""
        draft.links.append((Direction.BELOW, (obj,)))
        discourse.add(draft)
    return here


def before_what_bears(words: Words, here: int) -> bool:
    """Whether the word in capitals behind the article at ``here`` stands on what follows: "a PUSH button"."""
    determined = words.has("definite", here) or words.has("articles", here)
    return words.free and determined and words.shouted(here + 1) and words.lower(here + 2) in _BEARS_ONE_WORD
