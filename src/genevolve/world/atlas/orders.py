"""What comes after or before what, of the months, the days of the week, the seasons, the letters and the planets."""

import calendar
import re
from collections.abc import Callable, Sequence
from string import ascii_uppercase

from genevolve.world.atlas.known import Known
from genevolve.world.atlas.planets import planets
from genevolve.world.atlas.text import MONTHS, fold

_MONTHS = tuple(month.capitalize() for month in MONTHS)
_DAYS = tuple(calendar.day_name)
_SEASONS = ("Spring", "Summer", "Autumn", "Winter")
_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth")
_UNIT = r"(?P<unit>month|week ?day|day|season|letter|planet)(?: of the (?:year|week|alphabet|solar system))?"
_BESIDE = re.compile(
    r"(?:(?:going|counting) (?:outwards?|out) from the sun,? )?(?:(?:what|which|the) )?"
    rf"{_UNIT}(?: that| which)?(?: (?:comes|is|stands|lies|orbits|follows next))?"
    r"(?: (?:right|just|directly|immediately|straight|next))?"
    r" (?P<way>after|behind|before|follows|following|precedes|preceding)"
    r" (?:the (?:month|day|season|letter|planet)(?: of)? )?(?P<of>.{1,80})"
)
_BETWEEN = re.compile(
    rf"(?:(?:what|which|the) )?{_UNIT}(?: that| which)?(?: (?:comes|is|lies))? between (?P<one>\w+) and (?P<other>\w+)"
)
_PLACE = re.compile(
    rf"(?:(?:what|which|the) )?(?:(?:is|one is) the )?(?P<nth>{'|'.join(_NTH)}|last) (?P<unit>month|letter)"
    r"(?: (?:of|in) (?:the|a) (?:year|alphabet))"
)
_BACKWARDS = {"before", "precedes", "preceding"}


def following(question: str, resolve: Callable[[str], str]) -> Known | None:
    """ "The month after June" → July. Behind the last month comes the first one; behind the last letter or planet nothing."""
    plain = " ".join(fold(question).split()).strip(" .,!?")
    if (found := _PLACE.fullmatch(plain)) is not None:
        return _nth(_row(found["unit"]), found["nth"])
    if (found := _BETWEEN.fullmatch(plain)) is not None:
        return _among(found["unit"], _at(found["unit"], found["one"]), _at(found["unit"], found["other"]))
    if (found := _BESIDE.fullmatch(plain)) is None:
        return None
    here = _at(found["unit"], found["of"])
    if here is None and len(found["of"].split()) > 2:
        here = _at(found["unit"], fold(resolve(found["of"])))
    return _told(found["unit"], here + (-1 if found["way"] in _BACKWARDS else 1)) if here is not None else None


def _nth(row: Sequence[str], nth: str) -> Known | None:
    at = len(row) - 1 if nth == "last" else _NTH.index(nth)
    return Known(text=row[at]) if at < len(row) else None


def _row(unit: str) -> Sequence[str]:
    rows: dict[str, Sequence[str]] = {"month": _MONTHS, "season": _SEASONS, "letter": ascii_uppercase}
    return tuple(one.name for one in planets()) if unit == "planet" else rows.get(unit, _DAYS)


def _at(unit: str, said: str) -> int | None:
    name = {"fall": "autumn", "the earth": "earth"}.get(said, said)
    return next((n for n, one in enumerate(_row(unit)) if one.lower() == name), None)


def _among(unit: str, one: int | None, other: int | None) -> Known | None:
    return _told(unit, min(one, other) + 1) if one is not None and other is not None and abs(one - other) == 2 else None


def _told(unit: str, at: int) -> Known | None:
    row = _row(unit)
    if unit in {"letter", "planet"} and not 0 <= at < len(row):
        return None
    return Known(text=row[at % len(row)], kind="planet" if unit == "planet" else "")
