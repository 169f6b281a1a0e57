"""A single letter or number as what is shown: "a big white P on blue", "a yellow 7", "number 8 balloon"."""

from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import Draft, ObjectDraft, TextDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Size, Span, TextRole
from genevolve.world.language.texts import BEARING
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_NAMED = word_set("letter number numeral digit initial")
_SEVERAL = word_set("letters numbers numerals digits initials")
_SORTS = word_set("capital bold bubble block fancy huge upper-case uppercase")
_GOES_ON = word_set("on in with and at made surrounded next under above below over covered beside inside for as or underneath")
_BREAKS = frozenset({None, Kind.COMMA, Kind.STOP, Kind.COLON, Kind.SEMICOLON})
_LEADS = word_set("with and or showing plus draw make says saying a an the of")
_LONGEST = 4  # digits of a number


class Characters:
    def __init__(self, words: Words, discourse: Discourse) -> None:
        self.words = words
        self.discourse = discourse

    def read(self, here: int) -> int:
        """The end of a letter or number that begins with its article or its look at ``here``."""
        words = self.words
        looks = words.after_determiners(here)
        at = looks
        while at < looks + 4 and (words.colour(at, 1) is not None or words.size(at) is not None or words.lower(at) in _SORTS):
            at += 1
        named = words.lower(at) in _NAMED or (words.lower(at) in _SEVERAL and words.kind(at + 1) is Kind.QUOTE)
        sign = self._sign(at + named, named=named)
        if not words.free or not sign or not (named or at > here) or (named and self._of_another(here, bare=at == here)):
            return here
        end = at + named + 1
        bears = named and words.entry_of(words.words(end, end + 1)) is not None
        if not bears and words.kind(end) not in _BREAKS and words.lower(end) not in _GOES_ON:
            return here
        self._write(here, looks, end, sign, bears=bears)
        return end

    def _of_another(self, here: int, *, bare: bool) -> bool:
        """Whether it is said of a thing ("a whiteboard with the letter Q"), or of a number that is none to be shown ("atomic
        number 6")."""
        before = self.words.lower(here - 1) if here > 0 else ""
        borne = before in BEARING and bool(self.discourse.objects)
        return (borne and not bare) or (bare and before not in _LEADS and self.words.kind(here - 1) not in _BREAKS)

    def _sign(self, at: int, *, named: bool) -> str:
        """The letter or the digits at ``at``; only what was ``named`` one may be small or a word."""
        words = self.words
        if words.kind(at) is Kind.QUOTE and named:
            return words.tokens[at].value
        if words.kind(at) is Kind.NUMBER:
            said = words.tokens[at].text
            return said if said.isdecimal() and len(said) <= _LONGEST else ""
        if words.kind(at) is not Kind.WORD:
            return ""
        said, number = words.tokens[at].text, words.number(at)
        if named and number is not None:
            return str(number)
        small = named and said.isalpha() and said != "a"
        alone = said.isupper() and (named or said not in {"A", "I"})
        return said if len(said) == 1 and (small or alone) else ""

    def _write(self, here: int, looks: int, end: int, sign: str, *, bears: bool) -> None:
        words = self.words
        span = Span(start=words.tokens[here].start, end=words.tokens[end - 1].end)
        colour = words.colour_in(looks, end)
        large = any(words.size(at) in {Size.LARGE, Size.HUGE} for at in range(looks, end)) or None
        draft = TextDraft(span=span, content=sign, role=TextRole.TITLE, colour=None if bears else colour, large=large)
        draft.quoted = words.kind(end - 1) is Kind.QUOTE
        self.discourse.mention([draft])
        if bears and colour is not None:  # "a gold number 3 balloon"
            self.discourse.expect(lambda other: _paint(other, colour))


def _paint(draft: Draft, colour: str) -> None:
    if isinstance(draft, ObjectDraft):
        draft.colour = draft.colour or colour
