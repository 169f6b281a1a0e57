"""The content of a request by its words alone: what an image or a program must answer for. No grammar is read here.

Every word that is not in the closed list of function words is content, in any script; so are numbers, quoted strings, currency
signs, pictograms and negations. Linear in the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class UnitKind(StrEnum):
    WORD = "word"
    NAME = "name"  # a capitalised word inside a sentence
    NUMBER = "number"
    QUOTE = "quote"
    SIGN = "sign"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """The characters [start, end); ``text`` is what stands there, of a quotation without its marks."""

    kind: UnitKind
    start: int
    end: int
    text: str


_FUNCTION = """
  a an the this that these those my our your his her its their mine ours yours and or but so yet if then than as at by for
  from in into on onto of off to toward towards up upon with within while when where which who whom whose what why how i
  you he she it we they them us me him is are was were be been being am has have had having do does did done can could
  will would shall should may might must there here very also too just still already again please thanks thank ok okay yes
  both all each every either any some most more less such it's there's that's let's i'd i'm we'd we're i've we've i'll we'll s
  t d m re ve ll etc e g i make makes making create creates creating draw draws drawing drawn paint design generate
  generates render show shows showing depict depicts depicting feature features featuring contain contains containing
  include includes including give gives want wants need needs like see put have get got use using visible image images
  picture pictures itself themselves one's own about called named titled entitled saying says said reads via per
  vs
"""
_NEGATIONS = "no not without never none nothing neither nor nobody except minus avoid avoiding excluding exclude omit instead"
_MARKED = re.compile(
    r"\"([^\"\n]{1,400})\"|“([^”“\"\n]{1,400})[”\"“]|„([^“”\n]{1,400})[“”]|«([^»\n]{1,400})»"
    r"|(?<![^\W_])['‘]([^'’\n]{2,400}?)['’](?![^\W_])"
)
_TOKEN = re.compile(r"(?P<number>\d+(?:[.,:/-]\d+)*[^\W\d_]*)|(?P<word>[^\W_]+(?:['’-][^\W_]+)*)|(?P<other>\S)")
_ANNOUNCED = re.compile(r"\s*(?:[:\"“„«'‘]|[A-Z])")
_SENTENCE_END = re.compile(r"[.!?:;\n]\s*$|^\s*$")


@cache
def function_words() -> frozenset[str]:
    """The words that ask for nothing by themselves."""
    return frozenset(_FUNCTION.split())


@cache
def _negations() -> frozenset[str]:
    return frozenset(_NEGATIONS.split())


def content(request: str) -> tuple[Unit, ...]:
    """The units of ``request`` in its order; they do not overlap."""
    return tuple(_units(request))


def _units(text: str) -> Iterator[Unit]:
    start = 0
    for quote in _MARKED.finditer(text):
        inner = next(group for group in quote.groups() if group is not None)
        if not inner.strip():
            continue
        yield from _plain(text, start, quote.start())
        yield Unit(kind=UnitKind.QUOTE, start=quote.start(), end=quote.end(), text=inner)
        start = quote.end()
    yield from _plain(text, start, len(text))


def _plain(text: str, start: int, end: int) -> Iterator[Unit]:
    for token in _TOKEN.finditer(text, start, end):
        kind = _kind(text, token)
        if kind is not None:
            yield Unit(kind=kind, start=token.start(), end=token.end(), text=token[0])


def _kind(text: str, token: re.Match[str]) -> UnitKind | None:
    if token["number"]:
        return UnitKind.NUMBER
    if token["other"]:
        return UnitKind.SIGN if unicodedata.category(token[0]) in {"Sc", "So"} or token[0] in "%&+=" else None
    word = token[0].lower().replace("’", "'")
    if word in _negations() or word.endswith("n't"):
        return UnitKind.NEGATION
    if word == "reading" and _ANNOUNCED.match(text, token.end()):  # "a sign reading “Open”", but "an owl reading a book"
        return None
    if word in function_words() and not (len(token[0]) > 1 and token[0].isupper()):
        return None
    name = token[0][:1].isupper() and not _SENTENCE_END.search(text[max(0, token.start() - 3) : token.start()])
    return UnitKind.NAME if name else UnitKind.WORD
