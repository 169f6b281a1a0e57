"""Misspelt words of occasions and cards are mended before a card is looked for, and what was found is laid back onto the text.

"hapy brithday gran", "baby shower invitaion": forms and greetings know these by their words, which a slip of the fingers hides.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

from genevolve.world.language.corrections import correction
from genevolve.world.language.form_lines import FormLine, FormMatch
from genevolve.world.language.form_pieces import QUOTES
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import Correction, Span

_READ = 4000  # characters
_WORD = re.compile(r"[A-Za-z]{4,20}(?![\w'’])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """``text`` with the words of ``corrections`` written right; their spans are those of the text that was given."""

    text: str
    corrections: tuple[Correction, ...] = ()

    def back(self, span: Span) -> Span:
        """A span of ``text`` in the text that was given."""
        return Span(start=self._moved(span.start, end=False), end=self._moved(span.end, end=True))

    def onto(self, span: Span) -> Span:
        """A span of the text that was given, in ``text``."""
        longer = [(fix.span.end, len(fix.word) - (fix.span.end - fix.span.start)) for fix in self.corrections]
        start, end = (at + sum(by for stop, by in longer if stop <= at) for at in (span.start, span.end))
        return Span(start=start, end=end)

    def _moved(self, at: int, *, end: bool) -> int:
        for fix in self.corrections:  # in order: each lies where those before it have put it
            extra = len(fix.word) - (fix.span.end - fix.span.start)
            if at >= fix.span.start + len(fix.word):
                at -= extra
            elif at > fix.span.start:
                return fix.span.end if end else fix.span.start
            else:
                break
        return at

    def laid_back(self, found: FormMatch) -> FormMatch:
        """What was found in ``text`` with its places in the text that was given."""
        if not self.corrections:
            return found
        slots = tuple(
            replace(slot, span=self.back(slot.span), lines=tuple(map(self._line, slot.lines))) for slot in found.slots
        )
        gaps = tuple(replace(gap, span=self.back(gap.span)) for gap in found.form.gaps) if found.form is not None else ()
        return replace(
            found,
            form=found.form and replace(found.form, gaps=gaps),
            lines=tuple(map(self._line, found.lines)),
            slots=slots,
            masked=tuple(map(self.back, found.masked)),
            asides=tuple(map(self.back, found.asides)),
        )

    def _line(self, line: FormLine) -> FormLine:
        return replace(line, span=self.back(line.span))


def mended(text: str) -> Mended:
    """``text`` with its misspelt words written right, of those with a capital only occasions and kinds of cards; quotations
    stay as they are."""
    quotes = [quote.span() for quote in QUOTES.finditer(text[:_READ])]
    fixes, kept, at = [], [], 0
    for found in _WORD.finditer(text[:_READ]):
        if any(start <= found.start() < end for start, end in quotes):
            continue
        meant = correction(found[0].lower())
        if meant is None or (found[0][0].isupper() and not _no_name(found[0], meant)):
            continue
        meant = meant.capitalize() if found[0][0].isupper() else meant
        fixes.append(Correction(span=Span(start=found.start(), end=found.end()), word=meant))
        kept += [text[at : found.start()], meant]
        at = found.end()
    return Mended(text="".join([*kept, text[at:]]), corrections=tuple(fixes))


def _no_name(word: str, meant: str) -> bool:
    """Whether a word with a capital is one of an occasion misspelt, and no name that is only like it."""
    return word[0].lower() == meant[0] and not word.isupper() and meant in _of_cards() and meant not in lexicon().words["kin"]


@cache
def _of_cards() -> frozenset[str]:
    known = lexicon().words
    return known["occasions"] | known["kin"] | known["canvas"]
