"""Texts without quotation marks: "a sheep, labelled", "the OPEN side", "Happy birthday Leo written on a cake"."""

import re
from collections.abc import Sequence

from genevolve.core.claim import Direction
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import ObjectDraft, TextDraft
from genevolve.world.language.form_clauses import names_things, of_image
from genevolve.world.language.form_lines import apart
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.name_labels import EACH, has_own_name, named_each
from genevolve.world.language.tokens import Kind, Token
from genevolve.world.language.words import Words

_READ = 4000  # characters
_WRITTEN = re.compile(
    r"(?:^|[.,;:]\s+|\bwith\s+|\band\s+)(?P<said>[A-Z](?:(?!\b(?:with|and an?)\b)[^,.;:\"“”„«\n]){1,60}?),? (?:is |are )?"
    r"(?:written|printed|painted|embroidered|engraved|spelled out|iced|carved|stitched|scrawled)"
    r"(?= (?:in|on|across|above|below|under|over|along|inside|around)\b)"
)
_WISHES = re.compile(
    r"(?:Happy|Merry|Good|Best|Get well|Thank|Thanks|Welcome|Congratulations|Well done|I love|Love|Hello|Dear)\b"
)
_DETERMINED = re.compile(
    r"(?:An?|The|Its|Their|Some|One|Two|Three|Four|Five|Draw|Show|Make|Create|Put|Add|Write|Name|Words?|Text)\b"
)
_ENDS = frozenset({Kind.STOP, Kind.COMMA, Kind.SEMICOLON, None})
_LONE = 3  # characters
_QUOTE_OF = re.compile(
    r"[\"”“]?\s+(?:(?!on|in|at|and|with|under|above|below|by)[a-z]+\s+){0,2}?(?P<head>[A-Za-z-]+)(?=\s*(?:[,.;:!]|$)|\s[a-z])"
)
_BEARERS = lexicon().words["carriers"]
_BEARS_ONE_WORD = word_set("side button sticker label key")


def labelled_alone(words: Words, discourse: Discourse, start: int, here: int) -> int | None:
    """ "…, labelled" at ``start``, with nothing behind it: each thing has the name of what it is below it."""
    every = start < len(words) and words.tokens[start].value == EACH
    named = named_each(discourse.objects) if every else objects_in(discourse.active)
    if every and any(obj.number != 1 or has_own_name(obj.noun) for obj in named):
        return None  # what two cats or a girl are called is not known
    if not words.free or words.lower(start) not in {"labelled", "labeled"} or words.kind(here) not in _ENDS or not named:
        return None
    span = Span(start=words.tokens[start].start, end=words.tokens[start].end)
    for obj in named:
        name = obj.of if obj.of[:1].isupper() else "" if obj.of else obj.noun.capitalize()  # "the flag of Peru" bears "Peru"
        draft = TextDraft(span=span, content=name, role=TextRole.LABEL)
        draft.describes = f"the name of {obj.of}" if obj.of and not name else ""
        draft.links.append((Direction.BELOW, (obj,)))
        discourse.add(draft)
    return here


def before_what_bears(words: Words, here: int) -> bool:
    """Whether the word in capitals behind the article at ``here`` stands on what follows: "a PUSH button"."""
    determined = words.has("definite", here) or words.has("articles", here)
    return words.free and determined and words.shouted(here + 1) and words.lower(here + 2) in _BEARS_ONE_WORD


def borne_by_what_follows(texts: Sequence[TextDraft], objects: Sequence[ObjectDraft], request: str) -> None:
    """ "a “For Rent” sign on a fence", "a “Best Dad” mug": the words stand on the thing that they stand before."""
    for text in texts:
        lone = len(text.content) <= _LONE and text.content.isalnum()  # "number 8 balloon"
        if not (text.quoted or lone) or text.bearer is not None or text.links or text.place is not None:
            continue
        for obj in objects:
            joint = _QUOTE_OF.match(request, text.span.end)
            head = joint["head"].lower() if joint is not None else ""
            if joint is not None and obj.span.start <= joint.start("head") < obj.span.end and (lone or head in _BEARERS):
                text.bearer = obj


def with_wordings(tokens: Sequence[Token], text: str, taken: Sequence[Span]) -> tuple[Token, ...]:
    """One quotation in place of the words that are to be written somewhere; what is ``taken`` is a fact or a form's."""
    kept = list(tokens)
    for found in _WRITTEN.finditer(text[:_READ]):
        said, span = found["said"], Span(start=found.start("said"), end=found.end("said"))
        several = len(said.split()) > 1 and not (_DETERMINED.match(said) or of_image(said) or names_things(said))
        if not (several or _WISHES.match(said)) or not apart(span, taken):
            continue
        inside = [token for token in kept if span.start <= token.start < span.end]
        if not inside or any(token.kind is Kind.QUOTE for token in inside):
            continue
        at = kept.index(inside[0])
        kept[at : at + len(inside)] = [Token(Kind.QUOTE, said, span.start, span.end, value=said)]
    return tuple(kept)
