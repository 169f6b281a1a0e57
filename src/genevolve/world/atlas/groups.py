"""Several countries by one description: "the flags of the two countries that border Austria to the south"."""

import re
from collections.abc import Iterator
from functools import cache

from genevolve.world.atlas.countries import by_code
from genevolve.world.atlas.descriptions import one
from genevolve.world.atlas.entities import table
from genevolve.world.language.model import AskedFact, Span

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_NUMBER = rf"(?:(?:{'|'.join(_NUMBERS)}|[2-9])\b)"
_SIDE = r"(?:north|south|east|west)"
_SIDES = (
    rf"(?:,? (?:to|in|on) (?:the|its) (?P<sides>{_SIDE}(?:(?:,? and|,)(?: (?:to|in|on))?(?: the| its)? {_SIDE})*)(?: of it)?)"
)
_BESIDE = (
    r"(?:(?:countries|nations|states)(?: that| which)?(?: (?:directly|all))? (?:border(?:ing)?(?: on)?|touch(?:ing)?"
    r"|neighbou?r(?:ing)?|surround(?:ing)?|(?:share|sharing) a (?:land )?border with|around|next to)"
    r"|neighbou?ring (?:countries|nations|states) of|neighbou?rs of)"
)
_NAMES = (
    r"(?P<names>,? (?:each |all )?(?:with|and|and have|plus) (?:their |the |its |each )?(?:country )?names?"
    r"(?: (?:below|underneath|under|beneath)(?: (?:it|them|each|each one))?)?)?"
)
_GROUP = re.compile(
    rf"(?:all )?(?:the )?(?:(?P<flags>{_NUMBER}) )?flags of (?:all )?(?:the )?(?:(?P<number>{_NUMBER}) )?{_BESIDE}"
    rf" (?P<of>[^,.;:!?]{{2,60}}?){_SIDES}?{_NAMES}"
    r"(?=$|[.,;:!?]| (?:on|in|with|and|next|beside|above|below|under|around|over|at)\b)",
    re.IGNORECASE,
)
_MOST = 9  # flags


def flags_in(text: str) -> Iterator[AskedFact]:
    """The flags of the neighbours of a country; none where their number is not the one that is said."""
    for found in _GROUP.finditer(text):
        names = _neighbours(found["of"], re.findall(_SIDE, (found["sides"] or "").lower()))
        said = {number_said(number) for number in (found["number"], found["flags"]) if number}
        if 1 < len(names) <= _MOST and said <= {len(names)}:
            span = Span(start=found.start(), end=found.end())
            yield AskedFact(span=span, question=found[0], noun="flag", each=names, named=bool(found["names"]))


def number_said(number: str) -> int:
    return _NUMBERS.get(number.lower()) or int(number)


def _neighbours(of: str, sides: list[str]) -> tuple[str, ...]:
    entity = one(of)
    if entity is None or not entity.id.startswith("country:"):
        return ()
    country = by_code()[entity.id.removeprefix("country:")]
    codes = [code for side in sides for code in _sides().get(f"{country.iso2} {side}", "").split() or [""]]
    beside = codes if sides else country.borders
    held = [by_code().get(code) for code in dict.fromkeys(beside)]
    return tuple(other.name for other in held if other is not None and other.sovereign) if None not in held else ()


@cache
def _sides() -> dict[str, str]:
    return dict(table("known.toml")["sides"])
