"""English text as tokens: words, numbers, quoted texts, mentions of references, pictograms and the marks that end clauses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from genevolve.core.program import ordinal_phrases

MAX_CHARACTERS = 20_000
MAX_QUOTE = 200


class Kind(StrEnum):
    WORD = "word"
    NUMBER = "number"
    QUOTE = "quote"  # ``value`` is what stands between the marks
    REFERENCE = "reference"  # ``ordinals`` of "the first and second reference images"
    ASKED = "asked"  # a thing that has to be found out: ``value`` is its kind, ``describes`` says which
    PICTOGRAM = "pictogram"  # ``value`` is its hexcode
    COMMA = "comma"
    COLON = "colon"  # also dashes and brackets: a new phrase about the same clause
    SEMICOLON = "semicolon"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text at [start, end). ``lower`` is for comparison. ``joined``: a hyphen ties it to the next word."""

    kind: Kind
    text: str
    start: int
    end: int
    lower: str = ""
    value: str = ""
    ordinals: tuple[int, ...] = ()
    joined: bool = False
    describes: str = ""  # of a fact that has to be found out: the question

    @property
    def capitalised(self) -> bool:
        return self.text[:1].isupper()

    @property
    def shouted(self) -> bool:
        """All capitals, at least two letters."""
        letters = [char for char in self.text if char.isalpha()]
        return len(letters) >= 2 and all(char.isupper() for char in letters)

    def calm(self) -> "Token":
        """The same token in lower case."""
        return Token(self.kind, self.text.lower(), self.start, self.end, self.lower, self.value, self.ordinals, self.joined)


# Each opening mark with the marks that may close it. Straight and single marks need care: see ``_opens`` and ``_closes``.
_CLOSERS = {
    '"': '"”“',
    "“": '”"',
    "„": '“”"',
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "'": "'’",
    "‘": "’'",
    "‚": "‘’",
    "`": "`'´",
}
_SINGLE = frozenset("'‘‚`")
_PIECE = re.compile(
    r"(?P<number>\d+(?:[.,:]\d+)*)"
    r"|(?P<times>(?<=\d)\s?[x×]\s?(?=\d))"
    r"|(?P<word>(?:(?<=\s)\.(?=[a-z]{2,3}\b))?[^\W\d_][^\W_]*(?:['’][^\W\d_]+)*(?:\.(?=[^\W\d_]\b)[^\W\d_]\b)*)"
    r"|(?P<comma>,|、|，)"
    r"|(?P<semicolon>;|；)"
    r"|(?P<colon>:|：|[–—()\[\]{}]|\s-+\s|\|)"
    r"|(?P<stop>[.!?。！？…]+|\n\s*\n|\n\s*[-*•]|\n)",
)
_ABBREVIATIONS = frozenset("st mt dr mr mrs ms no vs etc approx prof jr sr ft".split())  # noqa: SIM905
_SKIN_AND_VARIANTS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of the first ``MAX_CHARACTERS`` characters, in order; what is none of them is skipped. Linear time."""
    text = text[:MAX_CHARACTERS]
    mentions: dict[int, list[int]] = {}
    ends: dict[int, int] = {}
    for mention in ordinal_phrases(text):
        mentions.setdefault(mention.start, []).append(mention.ordinal)
        ends[mention.start] = mention.end
    return tuple(_scan(text, mentions, ends))


def _scan(text: str, mentions: dict[int, list[int]], ends: dict[int, int]) -> Iterator[Token]:
    position = 0
    while position < len(text):
        if position in mentions:
            end = ends[position]
            yield Token(Kind.REFERENCE, text[position:end], position, end, ordinals=tuple(mentions[position]))
            position = end
        elif (quote := _quote(text, position)) is not None:
            yield quote
            position = quote.end
        elif (found := _PIECE.match(text, position)) and not _within(text, found):
            yield from _piece(text, found)
            position = found.end()
        elif ord(text[position]) >= 0x2190 and (pictogram := _pictogram(text, position)):
            yield pictogram
            position = pictogram.end
        else:
            position += 1


def _within(text: str, found: re.Match[str]) -> bool:
    """A full stop that ends no sentence: of an abbreviation, or between digits and letters of one name."""
    if found.lastgroup != "stop" or found[0] != ".":
        return False
    if text[found.end() : found.end() + 1].isalnum():
        return True
    last = re.search(r"[^\W\d_]+$", text[max(0, found.start() - 8) : found.start()])
    following = text[found.end() :][:2].strip()
    return last is not None and last[0].lower() in _ABBREVIATIONS and bool(following) and following[0].isalnum()


def _piece(text: str, found: re.Match[str]) -> Iterator[Token]:
    times = found.lastgroup == "times"
    kind = Kind.WORD if times else Kind(found.lastgroup or "stop")
    word = found[0]
    joined = kind in {Kind.WORD, Kind.NUMBER} and re.match(r"[-‐‑]\w", text[found.end() : found.end() + 2]) is not None
    lower = "by" if times else word.lower().replace("’", "'")  # "3x4" is read as "3 by 4"
    if kind is Kind.COLON and found.start() and re.match(r"\d\D?\d", text[found.start() - 1 : found.end() + 1]):
        return
    yield Token(kind, word, found.start(), found.end(), lower=lower, joined=joined)


def _quote(text: str, position: int) -> Token | None:
    closers = _CLOSERS.get(text[position])
    if closers is None or not _opens(text, position):
        return None
    limit = min(len(text), position + MAX_QUOTE + 2)
    paragraph = text.find("\n\n", position, limit)
    limit = paragraph if paragraph >= 0 else limit
    end = _next_of(closers, text, position + 1, limit)
    while end is not None and not _closes(text, position, end):
        end = _next_of(closers, text, end + 1, limit)
    content = " ".join(text[position + 1 : end].split()) if end is not None else ""
    if end is None or not content or (text[position] in _SINGLE and content.lower() == "n"):  # rock 'n' roll
        return None
    return Token(Kind.QUOTE, text[position : end + 1], position, end + 1, value=content)


def _next_of(marks: str, text: str, start: int, limit: int) -> int | None:
    found = [at for mark in marks if (at := text.find(mark, start, limit)) >= 0]
    return min(found, default=None)


def _opens(text: str, position: int) -> bool:
    before, after = text[position - 1 : position], text[position + 1 : position + 2]
    if before.isalnum() or not after or after.isspace():
        return False
    if text[position] in _SINGLE:  # an apostrophe such as 'n' or '90s is no quotation when nothing closes it: see _quote
        return not before or before.isspace() or before in '([{:,-–—/«“"'
    return True


def _closes(text: str, start: int, end: int) -> bool:
    before, after = text[end - 1], text[end + 1 : end + 2]
    if text[start] in _SINGLE:  # not the apostrophe of "don't"
        return not after.isalnum() and not before.isspace()
    return text[end] != '"' or not after.isalnum() or before.isspace()


def _pictogram(text: str, position: int) -> Token | None:
    """One emoji with its joiners and variation selectors."""
    end = position + 1
    while end < len(text) and end - position < 12:
        if text[end] not in "\u200d\ufe0f" and not 0x1F3FB <= ord(text[end]) <= 0x1F3FF and text[end - 1] != "\u200d":
            break
        end += 1
    plain = _SKIN_AND_VARIANTS.sub("", text[position:end]).strip("\u200d")
    hexcode = "-".join(f"{ord(char):04X}" for char in plain)
    return Token(Kind.PICTOGRAM, text[position:end], position, end, value=hexcode) if plain else None
