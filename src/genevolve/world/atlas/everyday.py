"""Facts of everyday life, from ``everyday.toml``: the legs of an animal, the sides of a shape, which animal gives what, what
two paints make, which colour grass has."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from genevolve.world.atlas.entities import table
from genevolve.world.atlas.text import fold, singular
from genevolve.world.language.asked import MIXING, SHADE
from genevolve.world.language.model import AskedFact, Span

_COUNT = r"(?:the |a )?(?:(?:right|correct|exact|proper) )?(?:number of|how many) (?:its |their )?(?P<part>legs|sides|corners)"
_PARTS = re.compile(
    rf"{_COUNT} (?:(?:of|does|do|has|have|on) )?(?:an? |the |all )?(?P<owner>[a-z]+)(?: (?:has|have|got))?",
    re.IGNORECASE,
)
_NUMBERS = {"three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
_WITH_SIDES = re.compile(
    rf"(?:the |a |an )?(?:(?:geometric|flat|regular|closed) )?(?:shape|polygon|figure) (?:with|that has|which has|having)"
    rf" (?P<number>[3-8]|{'|'.join(_NUMBERS)}) (?:equal |straight )?(?:sides|corners|edges)"
    rf"|(?:the |a |an )?(?P<sided>{'|'.join(_NUMBERS)})[- ]sided (?:shape|polygon|figure)",
    re.IGNORECASE,
)
_SHADE = re.compile(
    r"(?:the )?(?:same )?colou?r (?:of|as|that) (?:(?:an?|the|some|fresh|ripe) )*(?P<thing>[a-z]+)(?: (?:has|have|is))?\b",
    re.IGNORECASE,
)
_THAT_COLOUR = re.compile(r"(?:that|this|the resulting|the mixed|the same|the new) colou?r\b(?! of)", re.IGNORECASE)
_MIX = re.compile(
    r"(?:what(?: colou?r)? (?:do|would|will) (?:you|we|i) get (?:when|if) (?:you|we|i) )?"
    r"\bmix(?:ing)? (?P<one>[a-z]+) (?:and|with) (?P<other>[a-z]+)(?: paints?| together)*",
    re.IGNORECASE,
)
_GIVES = re.compile(
    r"(?:the|an|which|what) (?:farm )?(?:animal|creature|insect) (?:(?:that|which) )?(?:gives?|makes?|provides?|produces?)"
    r" (?:us |you |people |me )?(?:our )?(?P<thing>[a-z]+)"
    r"|(?:the|which|what) (?:farm )?(?:animal|creature|insect) (?:that |from which )?(?:we get (?P<got>[a-z]+)(?: from)?"
    r"|(?P<comes>[a-z]+) comes from)"
)
_TWO = r"(?P<one>[a-z]+) (?:and|with|plus) (?P<other>[a-z]+)(?: paints?)?"
_MIXED = re.compile(
    r"(?:what|which)(?: colou?r)? (?:do|would|will) (?:you|we|i|one) get (?:from|by|if|when) (?:you |we |i |one )?"
    rf"(?:mix|mixing|combine|combining) (?:the colou?rs )?{_TWO}(?: together)?"
    rf"|(?:what|which)(?: colou?r)? (?:do|does) {_TWO.replace('one>', 'first>').replace('other>', 'second>')}"
    r" (?:make|give)(?: when (?:mixed|you mix them))?"
    rf"|(?:the )?(?:colou?r|mixture) (?:of|from mixing|(?:that )?you get (?:from|by) mixing)"
    rf" {_TWO.replace('one>', 'left>').replace('other>', 'right>')}"
)


@cache
def _legs() -> Mapping[str, str]:
    return {animal: number for number, names in table("everyday.toml")["legs"].items() for animal in names.split()}


@cache
def _yields() -> Mapping[str, str]:
    return dict(table("everyday.toml")["yields"])


@cache
def _mixtures() -> Mapping[frozenset[str], str]:
    return {frozenset(pair.split()): colour for colour, pair in table("everyday.toml")["mixtures"].items()}


@cache
def _sides() -> Mapping[str, str]:
    return {shape: str(number) for shape, number in table("everyday.toml")["sides"].items()}


@cache
def _shades() -> Mapping[str, str]:
    return {thing: colour for colour, things in table("everyday.toml")["shades"].items() for thing in things.split()}


def everyday(question: str) -> str | None:
    """The answer, where the whole question is one of these: "how many legs has a spider" → "8"."""
    plain = fold(question)
    if (parts := _PARTS.fullmatch(plain)) is not None:
        return _parts_of(parts["part"], parts["owner"])
    if (sides := _WITH_SIDES.fullmatch(plain)) is not None:
        return _with_sides(sides)
    if (gives := _GIVES.fullmatch(plain)) is not None:
        return _yields().get(next(filter(None, gives.groups())))
    if (mixed := _MIXED.fullmatch(plain)) is not None:
        return _mixtures().get(frozenset(filter(None, mixed.groups())))
    return None


def is_animal(name: str) -> bool:
    """Whether the answer is one that gives something, and so a thing to be shown."""
    return name in _yields().values()


def is_shape(name: str) -> bool:
    return name in _sides()


def _parts_of(part: str, name: str) -> str | None:
    known = _legs() if part.lower() == "legs" else _sides()
    return known.get(name) or known.get(singular(name))


def _with_sides(found: re.Match[str]) -> str | None:
    """The one shape with so many sides; four have two names that a child knows."""
    said = (found["number"] or found["sided"]).lower()
    shapes = [shape for shape, number in _sides().items() if number == _NUMBERS.get(said, said)]
    return shapes[0] if len(shapes) == 1 else None


def shapes_in(text: str) -> Iterator[AskedFact]:
    """ "a shape with five sides" is a pentagon, and nothing more has to be found out."""
    for found in _WITH_SIDES.finditer(text):
        if (shape := _with_sides(found)) is not None:
            yield AskedFact(span=Span(start=found.start(), end=found.end()), question="", noun=shape)


def shades_in(text: str) -> Iterator[AskedFact]:
    """ "in the colour of grass", "mix yellow and blue: a car in that colour": the question is the name of the colour."""
    for found in _SHADE.finditer(text):
        if (colour := _shades().get(fold(found["thing"]))) is not None:
            yield AskedFact(span=Span(start=found.start(), end=found.end()), question=colour, noun=SHADE)
    for mixed in _MIX.finditer(text):
        colour = _mixtures().get(frozenset((mixed["one"].lower(), mixed["other"].lower())))
        taken_up = _THAT_COLOUR.search(text, mixed.end()) if colour is not None else None
        if colour is not None and taken_up is not None:
            for hit, noun in ((mixed, MIXING), (taken_up, SHADE)):
                yield AskedFact(span=Span(start=hit.start(), end=hit.end()), question=colour, noun=noun)
