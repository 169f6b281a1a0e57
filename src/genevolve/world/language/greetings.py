"""A greeting that begins a request without naming a card is what is written: "Merry Christmas from Ann, with a tree"."""

import re

from genevolve.world.language.discourse import Discourse, Last
from genevolve.world.language.drafts import TextDraft
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_WHOM = (
    r"(?:(?i:to you|mum|mom|mummy|mommy|dad|daddy|grandma|grandad|grandpa|granny|nan|nana|auntie|everyone|everybody|team|friend"
    r"|my love|sweetheart)\b|[A-Z][\w'’-]*)"
)
_GREETING = re.compile(
    r"^\s*(?P<said>(?i:(?:Merry|Happy) (?:Christmas|Xmas|Birthday|Easter|Halloween|New Year(?: \d{4})?|Anniversary|Holidays"
    r"|Diwali|Eid|Hanukkah|Thanksgiving|Graduation|Retirement|(?:Mother|Father|Valentine|Women)['’]?s['’]? Day)"
    r"|Congratulations|Congrats|Get well(?: soon)?|Season['’]s greetings|Best wishes|Bon voyage|Good luck"
    r"|Thank you(?: so much)?|Welcome (?:home|back)|(?:I )?(?:love|miss) you|Well done|Good night|Good morning|See you soon)"
    rf"(?P<whom>(?:,? (?i:(?:my )?dear )?{_WHOM}(?: (?:and|&) {_WHOM})?)?))",
)
_SIGNED = re.compile(
    r",?\s*(?P<from>(?:from|to|for|love from)\s+(?:the\s+|my\s+|our\s+|all\s+(?:of\s+)?)?[A-Z][\w'’-]*"
    r"(?:\s(?:and|&|family|team|[A-Z][\w'’-]*))*)"
)


def begins_with_greeting(text: str) -> list[Span]:
    """The greeting at the start of ``text`` and, behind it, whom it is from or to; empty where there is none."""
    said = _GREETING.match(text)
    if said is None:
        return []
    ends = re.match(r"\s*(?:$|[,.!;:]|(?:with|from|to|for|love|and|on|in|written)\b)", text[said.end() :])
    if ends is None:  # "Thank you note", "Happy Birthday balloons"
        return []
    signed = _SIGNED.match(text, said.end())
    found = [Span(start=said.start("said"), end=said.end())]
    return found if signed is None else [*found, Span(start=signed.start("from"), end=signed.end())]


class Greetings:
    """``spans``: what ``begins_with_greeting`` found, where no card is asked for."""

    def __init__(self, words: Words, discourse: Discourse, spans: list[Span]) -> None:
        self.words = words
        self.discourse = discourse
        self.spans = spans

    def read(self, here: int) -> int:
        """The end of a greeting that begins at token ``here``: a text of the image."""
        span = next((one for one in self.spans if one.start == self.words.tokens[here].start), None)
        if span is None:
            return here
        said = self.words.text[span.start : span.end].strip(" ,")
        first = span is self.spans[0]
        written = said[0].upper() + said[1:]
        role = TextRole.TITLE if first else TextRole.CAPTION
        self.discourse.add(TextDraft(span=span, content=written, role=role))
        self.discourse.last = Last.START
        end = self.words.past(span.end, here)
        return end + (self.words.kind(end) is Kind.STOP)
