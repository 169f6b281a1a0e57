"""Search results as documents: title, sentences, names, and days of the year."""

import re

from genevolve.core.event import TextHit

PROPER = re.compile(r"\b[A-Z][\w’'.-]*(?:(?:\s+(?:of|the|and|de|da|do|du|la|le|el|al|&))*\s+[A-Z][\w’'.-]*)*")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[^\sa-z])")
_SITE = re.compile(r"\s+[-–—|·]\s+.*$|\s*\([^)]*\)\s*$")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]*"
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})\b|\b(?P<month2>{_MONTH}) (?P<day2>\d{{1,2}})\b",
    re.IGNORECASE,
)


def sentences(hit: TextHit) -> tuple[str, ...]:
    return tuple(sentence for sentence in _SENTENCE.split(hit.snippet) if sentence)


def plain_title(hit: TextHit) -> str:
    """The title without the name of the site or a trailing bracket."""
    return _SITE.sub("", hit.title).strip()


def day_in_range(asked: str, sentence: str) -> str:
    """The day named in ``asked``, as written, where it lies in the range "from 20 April to 20 May" of ``sentence``."""
    written, limits = list(_DATE.finditer(asked)), [_day(match) for match in _DATE.finditer(sentence)]
    if len(written) != 1 or len(limits) != 2:
        return ""
    day, (first, last) = _day(written[0]), limits
    within = first <= day <= last if first <= last else day >= first or day <= last
    return written[0][0] if within else ""


def _day(match: re.Match[str]) -> tuple[int, int]:
    """(month, day)."""
    day, month = (match["day"], match["month"]) if match["day"] else (match["day2"], match["month2"])
    return _MONTHS.index(month[:3].lower()) + 1, int(day)
