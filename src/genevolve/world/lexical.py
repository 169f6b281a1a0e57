"""What of a request's words is neither in the program nor in the facts: compared by words, without the scene reader.

Reader, expert and image judge share one reading of the request; a word that all of them overlook is found only here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from genevolve.core.picture import Picture
from genevolve.core.protocols import ProgramCase
from genevolve.judges.content import Unit, UnitKind, content, function_words
from genevolve.world.language import colours
from genevolve.world.language.dial_reader import shown_in
from genevolve.world.language.dials import dial_of, noun_of, nouns_in
from genevolve.world.language.fate import stem
from genevolve.world.language.fates import asks_nothing
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.young import young_in

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Of its use, not of the image: "for our school fair", "about recycling", and sentences of the person who asks.
_PURPOSE = re.compile(
    r"\b(?:for|about)\b[^,.;:!?\"“«]*?(?=\b(?:with|showing|featuring|that|which|titled|saying|called)\b|[,.;:!?\"“«]|$)",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(?:^|(?<=[.!?]))\s*(?:i|i'm|i'll|i'd|we|we're|we'll|our|my|thanks?|hi|hello|it will|people|the kids)\b[^.!?\"“]*[.!?]",
    re.IGNORECASE,
)
_NEXT_WORD = re.compile(r"[ -]([^\W\d_]+)")
_LONGEST = 3  # words of a name in the inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Units of the request that neither program nor facts contain, in order; ``compared``: how many were looked for.

    ``tangible`` are those of them that a picture surely lacks then: quotations, numbers, colours and everyday objects.
    """

    units: tuple[Unit, ...]
    tangible: tuple[Unit, ...]
    compared: int

    @property
    def coverage(self) -> float:
        return 1.0 if not self.compared else 1 - len(self.units) / self.compared


def missing(case: ProgramCase, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> Missing:
    """Compares the words of the request with those of the program, of the titles of its references, and of the facts."""
    asides = [(found.start(), found.end()) for pattern in (_PURPOSE, _REMARK) for found in pattern.finditer(case.request)]
    units = [
        unit
        for unit in content(case.request)
        if not any(start <= unit.start < end for start, end in asides) and not asks_nothing(unit)
    ]
    told = _Told(case, vocabulary)
    covered = told.named_in(case.request)
    lost = [unit for unit in units if not told.says(unit) and not any(start <= unit.start < end for start, end in covered)]
    tangible = tuple(unit for unit in lost if _is_tangible(unit, case.request, vocabulary))
    return Missing(units=tuple(lost), tangible=tangible, compared=len(units))


def _is_tangible(unit: Unit, request: str, vocabulary: Vocabulary) -> bool:
    if unit.kind in {UnitKind.QUOTE, UnitKind.NUMBER}:
        return True
    if unit.kind is not UnitKind.WORD or lexicon().has("carriers", unit.text.lower()):
        return False
    if colours.named(unit.text) is not None:
        return True
    follows = _NEXT_WORD.match(request, unit.end)
    if follows and follows[1].lower() not in function_words() | _spatial():
        return False  # "phone" of "a phone code", "star" of "a star sign"
    return lookup(unit.text, vocabulary) is not None


_FIGURE = re.compile(r"\d{1,3}(?:[,  ]\d{3})+(?!\d)|\d+(?:\.\d+)?|[a-z]+", re.IGNORECASE)
_ENTRY_ENDS = re.compile(r"[,;\n]|\.(?=\s|$)|\band\b|:\s*\Z")


def value_beside(request: str, name: str) -> float | None:
    """The number that stands beside ``name`` in the request, in the same entry of its list: behind it, else before it."""
    for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", request, re.IGNORECASE):
        behind = _ENTRY_ENDS.split(request[found.end() :], maxsplit=1)[0]
        before = re.split(r"[,;:\n]|\band\b", request[: found.start()])[-1]
        for part in (behind, before):
            for figure in _FIGURE.findall(part):
                value = lexicon().numbers.get(figure.lower()) if figure.isalpha() else float(re.sub(r"[,\s]", "", figure))
                if value is not None:
                    return float(value)
    return None


def in_order(request: str, names: Sequence[str]) -> bool:
    """Whether ``names`` can be found in the request one after another."""
    at, folded = 0, request.casefold()
    for name in names:
        found = folded.find(name.casefold(), at)
        if found < 0:
            return False
        at = found + len(name)
    return True


class _Told:
    """The words of a program, of the titles of its references, and of the facts."""

    def __init__(self, case: ProgramCase, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        notes = [selection.note for selection in case.program.references]
        self.prompt = case.program.prompt
        shown = " . ".join((self.prompt, *notes, *_titles(case.references)))
        self.facts = " . ".join(f"{fact.title} {fact.snippet}" for fact in case.facts)
        self.roots = {_root(word) for word in _words(f"{shown} . {self.facts}")}
        self.shown = {_root(word) for word in _words(shown)}
        self.numbers = {number for word in _WORD.findall(self.prompt) if (number := _number(word)) is not None}
        self.colours = set(_colours(self.prompt))
        self.entries = {noun for _, _, noun in _entries(self.prompt, self.vocabulary)}
        self.sizes = {lexicon().sizes[word] for word in map(str.lower, _words(self.prompt)) if word in lexicon().sizes}
        self.folded = " ".join(self.prompt.split()).casefold()

    def named_in(self, request: str) -> list[tuple[int, int]]:
        """Where the request names, in whatever words, an everyday object that the prompt names."""
        things = [(start, end) for start, end, noun in _entries(request, self.vocabulary) if noun in self.entries]
        young = young_in(request) if self.vocabulary is Vocabulary.ICONS and len(self.sizes) > 1 else []
        return things + young + list(self._values_in(request))

    def _values_in(self, request: str) -> Iterator[tuple[int, int]]:
        """Where it says in whatever words what a thing shows that the prompt says: "ten past four" for 4:10."""
        free = self.vocabulary is Vocabulary.ICONS
        told = {noun_of(dial) for _, _, dial in nouns_in(self.prompt)} if free else set()
        for shown in shown_in(request) if told else ():
            if told.issuperset(noun_of(dial) for noun in shown.nouns if (dial := dial_of(noun)) is not None):
                yield from ((span.start, span.end) for span in (shown.head, *shown.values))

    def says(self, unit: Unit) -> bool:
        if unit.kind is UnitKind.QUOTE:
            return " ".join(unit.text.split()).casefold() in self.folded
        if unit.kind is UnitKind.SIGN:
            return unit.text in self.prompt or unit.text in self.facts
        if unit.kind is UnitKind.NEGATION:
            return bool({"no", "without", "only", "nothing", "free", "exactly"} & self.shown)
        number = _number(unit.text)
        if number is not None:
            return number in self.numbers or unit.text in self.prompt or unit.text in self.facts
        if unit.kind is UnitKind.NUMBER:  # "26th", "9am", "555-0199"
            return unit.text in self.prompt or unit.text in self.facts or (not unit.text.isdecimal() and _is_date(unit.text))
        return self._says_word(unit.text)

    def _says_word(self, word: str) -> bool:
        root, plain = _root(word), word.lower()
        if root in self.roots or root.rstrip("i") in self.roots:
            return True
        named = colours.named(word)
        if named is not None and any(colours.akin(named, colour) for colour in self.colours):
            return True
        if plain in lexicon().sizes:
            return lexicon().sizes[plain] in self.sizes
        return plain in _spatial() and bool(self.shown & _spatial())


def _is_date(word: str) -> bool:
    """ "26th": a day, which facts write in other ways."""
    return word[-2:].lower() in {"st", "nd", "rd", "th"}


def _titles(references: Sequence[Picture]) -> Iterator[str]:
    return (picture.title for picture in references)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


@cache
def _root(word: str) -> str:
    """A word without the endings of verbs and plurals."""
    plain = stem(word)
    for ending in ("ing", "ed", "es", "ly", "s", "e"):
        if plain.endswith(ending) and len(plain) - len(ending) >= 3:
            plain = plain[: -len(ending)]
            break
    return plain[:-1] if len(plain) > 3 and plain[-1] == plain[-2] else plain


def _number(word: str) -> int | None:
    digits = word.replace(",", "")
    return int(digits[:9]) if digits.isascii() and digits.isdigit() else lexicon().numbers.get(word.lower())


def _colours(text: str) -> Iterator[str]:
    words = _words(text)
    for start in range(len(words)):
        for length in range(1, colours.MAX_WORDS + 1):
            if named := colours.named(" ".join(words[start : start + length])):
                yield named


def _entries(text: str, vocabulary: Vocabulary) -> Iterator[tuple[int, int, str]]:
    """Every name of an everyday object in ``text``, longest first at each word, with the noun that it stands for."""
    words: list[re.Match[str]] = list(_WORD.finditer(text))
    for at, first in enumerate(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            last = words[at + length - 1]
            entry = lookup(_joined(words[at : at + length]), vocabulary)
            if entry is not None:
                yield first.start(), last.end(), entry.noun
                break


def _joined(words: Iterable[re.Match[str]]) -> str:
    return " ".join(word[0] for word in words)


@cache
def _spatial() -> frozenset[str]:
    tables = (lexicon().relations, lexicon().particles, lexicon().places, lexicon().arrangements)
    return frozenset(word for table in tables for words, _ in table.entries() for word in words)
