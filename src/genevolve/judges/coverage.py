"""How much of a request a judge's constraints answer for: laid onto its words, in any language, without any grammar.

A constraint answers for the words of the request that it copies, and for those that its own wording repeats.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genevolve.judges.content import Unit, UnitKind, content

_LEAST_STEM = 4  # letters
_ENDING = 2  # letters that one form of a word may have more than another
# Chinese, Japanese, Thai, Lao, Burmese and Khmer are written without spaces: there each character is a word.
_UNSPACED = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\\W_])+")
_MARKS = "[\"'“”„«»‘’.,!?]*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a judge has checked. ``words`` are those of the request that it copied, empty where it copied none."""

    requirement: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """``share``, 0 to 1, of the content of a request that constraints answer for; ``open`` is the rest, in its order."""

    share: float
    open: tuple[str, ...]


def laid(request: str, constraints: Sequence[Constraint]) -> Coverage:
    """``constraints`` laid onto ``request``. A request that asks for nothing is covered."""
    units = [part for unit in content(request) for part in _parts(unit)]
    marked = {place for constraint in constraints for place in _marked(request, constraint.words)}
    said = _Said(f"{constraint.requirement} . {constraint.words}" for constraint in constraints)
    left = [unit for unit in units if not (marked.issuperset(range(unit.start, unit.end)) or said.says(unit))]
    return Coverage(share=round(1 - len(left) / len(units), 4) if units else 1.0, open=tuple(_phrases(request, left)))


def _parts(unit: Unit) -> Iterator[Unit]:
    """``unit``; of a word in a script without spaces its characters."""
    if unit.kind not in (UnitKind.WORD, UnitKind.NAME) or not _unspaced(unit.text):
        yield unit
        return
    for piece in _PIECE.finditer(unit.text):
        start = unit.start + piece.start()
        yield Unit(kind=unit.kind, start=start, end=start + len(piece[0]), text=piece[0])


def _marked(request: str, words: str) -> Iterator[int]:
    """The places of ``request`` at which ``words`` stand, as whole words, with quotation marks around them."""
    pieces = _PIECE.findall(_folded(words))
    if not pieces:
        return
    copied = re.escape(pieces[0])
    for before, piece in itertools.pairwise(pieces):
        copied += rf"[\W_]{'*' if _unspaced(before) or _unspaced(piece) else '+'}{re.escape(piece)}"
    first = "" if _unspaced(pieces[0]) else r"(?<![^\W_])"
    last = "" if _unspaced(pieces[-1]) else r"(?![^\W_])"
    for found in re.finditer(f"{_MARKS}{first}{copied}{last}{_MARKS}", _folded(request)):
        yield from range(found.start(), found.end())


def _unspaced(text: str) -> bool:
    return re.search(f"[{_UNSPACED}]", text) is not None


def _folded(text: str) -> str:
    """Small letters, each at its place."""
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)


class _Said:
    """The words of all constraints."""

    def __init__(self, texts: Iterator[str]) -> None:
        self.text = " ".join(_folded(" ; ".join(texts)).split())
        self.words = frozenset(_PIECE.findall(self.text))
        self.negates = any(unit.kind is UnitKind.NEGATION for unit in content(self.text))

    def says(self, unit: Unit) -> bool:
        folded = " ".join(_folded(unit.text).split())
        if unit.kind in (UnitKind.QUOTE, UnitKind.SIGN, UnitKind.NUMBER):
            return folded in self.text if unit.kind is not UnitKind.NUMBER else _whole(folded, self.text)
        if unit.kind is UnitKind.NEGATION:
            return self.negates
        return all(any(_alike(piece, word) for word in self.words) for piece in _PIECE.findall(folded))


def _whole(number: str, text: str) -> bool:
    return re.search(rf"(?<![\w.,]){re.escape(number)}(?!\w|[.,]\d)", text) is not None


def _alike(one: str, other: str) -> bool:
    """The same word, or two forms of it that differ in a short ending."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _LEAST_STEM and len(long) - len(short) <= _ENDING and long.startswith(short))


def _phrases(request: str, units: Sequence[Unit]) -> Iterator[str]:
    """Neighbouring units as one phrase."""
    start = end = -1
    for unit in units:
        if end >= 0 and not request[end : unit.start].strip():
            end = unit.end
            continue
        if end >= 0:
            yield request[start:end]
        start, end = unit.start, unit.end
    if end >= 0:
        yield request[start:end]
