"""What is filled or charged to a part: glasses, batteries, progress bars, fuel gauges, thermometers; and what lacks a part."""

import re
from collections.abc import Callable, Iterator, Sequence

from genevolve.world.language.dial_numbers import NUMBER, PART, PER_CENT, WHERE, Rule, number, share, stands_apart
from genevolve.world.language.dials import LIQUIDS, Dial

_LINK = (
    r"\s*(?:,|:)?\s*(?:(?:that|which|it)\s+)?(?:(?:is|are|at|with|on|of|showing|shows|show|reading|reads|saying|says|displaying"
    r"|charged|filled|standing|stands|about|exactly|up|to|the|its|level|needle|pointing|points|only)\s+){0,4}"
)
_TAIL = (
    r"(?:\s+(?:full|charged?|filled|complete[d]?|done|left|remaining|battery|progress|of\s+charge|charge\s+left|on\s+it|mark))?"
)
_LEVEL = rf"(?P<level>{PER_CENT}|{PART}|(?:nearly|almost)\s+(?:full|empty)|completely\s+full|full|(?:completely\s+)?empty)"
_ABOUT = r"(?:(?:nearly|almost)\s+)?(?:full|empty)"
_ENDS = r"(?![\w%°])"
_DIALS = (
    ("battery", r"(?:(?:phone|mobile|laptop|car)\s+)?(?:battery|batteries)(?:\s+(?:icons?|symbols?|indicators?|levels?))?"),
    ("progress bar", r"(?:(?:progress|loading|download|upload|status)\s+bars?)"),
    ("fuel gauge", r"(?:(?:fuel|gas|petrol|tank)\s+(?:gauges?|meters?|indicators?))"),
)
_LIQUID = "|".join(sorted(LIQUIDS, key=len, reverse=True))
_SCALES = {"c": (-30, 50), "f": (-20, 120)}
_DEGREES = r"\s?(?:degrees?|°)(?:\s?(?P<scale>c|f|celsius|centigrade|fahrenheit)\b)?"
_EATEN = r"(?:missing|gone|eaten|taken(?:\s+(?:out|away))?|cut\s+(?:out|away|off)|removed|bitten\s+off|less|already\s+eaten)"
_PIECES = (
    r"(?P<pieces>(?:a|one|two|three|four|1|2|3|4)(?:\s+(?:single|big|small))?\s+(?:slices?|pieces?)"
    r"|(?:a|one)\s+(?:quarter|half|third)|half)"
)
_FOOD = r"(?:pizzas?|pies?|cakes?|cheese\s+wheels?|wheels?\s+of\s+cheese)"


def _level(match: re.Match[str]) -> int | None:
    return share(re.sub(r"^completely\s+", "", match["level"].lower()))


def _of(kind: str) -> Callable[[re.Match[str]], Sequence[Dial] | None]:
    def dials(match: re.Match[str]) -> Sequence[Dial] | None:
        level = _level(match)
        return None if level is None or not stands_apart(match) else [Dial(kind=kind, value=str(level))]

    return dials


def _glass(match: re.Match[str]) -> Sequence[Dial] | None:
    level = _level(match)
    liquid = next((match[name] for name in ("liquid", "value_liquid") if match.groupdict().get(name)), None)
    if level is None or not stands_apart(match):
        return None
    return [Dial(kind="glass", value=str(level), of=" ".join((liquid or "water").lower().split()))]


def _thermometer(match: re.Match[str]) -> Sequence[Dial] | None:
    said, scale = number(match["number"]), (match["scale"] or "c")[0].lower()
    cold = match["minus"] or match["below"]
    degrees = None if said is None else -said if cold else said
    scale = "c" if scale == "c" else "f"
    low, high = _SCALES[scale]
    if degrees is None or not low <= degrees <= high:
        return None
    return [Dial(kind="thermometer", value=f"{degrees} °{scale}")]


def _without(match: re.Match[str]) -> Sequence[Dial] | None:
    said = re.sub(r"\s+", " ", match["pieces"].lower())
    head = match["head"].lower()
    of = next(food for food in ("pizza", "pie", "cake", "cheese") if food in head)
    if not stands_apart(match):
        return None
    parts = {"half": "4 of 8", "quarter": "2 of 8", "third": "2 of 6"}
    part = next((value for word, value in parts.items() if word in said), None)
    if part is None:
        count = number(said.split()[0]) or 1
        part = f"{count} of 8"
    return [Dial(kind="round", value=part, of=of)]


def _rules() -> Iterator[Rule]:
    for kind, head in _DIALS:
        yield _compiled(rf"(?P<head>\b{head}\b){WHERE}(?P<value>{_LINK}{_LEVEL}{_ENDS}{_TAIL})"), _of(kind)
        level = rf"(?P<value>(?P<level>{PER_CENT}|{PART}|{_ABOUT}|low)(?:[\s-]+(?:full|charged|filled))?\s+)"
        yield _compiled(rf"{level}(?P<head>\b{head}\b)"), _of(kind)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_GLASS = rf"(?P<head>\bglass(?:es)?(?:\s+of\s+(?P<liquid>{_LIQUID}))?\b)"
_FULL = r"(?:(?<=empty)|[\s-]+(?:full|filled))"
LEVELS: tuple[Rule, ...] = (
    *_rules(),
    (
        _compiled(
            rf"{_GLASS}(?P<value>\s*,?\s*(?:(?:that|which|is|are|about|only|exactly)\s+){{0,3}}(?P<level>{PER_CENT}|{PART}){_FULL}"
            rf"(?:\s+(?:of|with|up\s+with)\s+(?P<value_liquid>{_LIQUID}))?)(?!\s+(?:of|with)\b)"
        ),
        _glass,
    ),
    (
        _compiled(
            rf"{_GLASS}(?P<value>\s*,?\s*(?:(?:that|which)\s+)?(?:is|are)\s+(?P<level>(?:completely\s+)?(?:empty|full)))"
            r"(?!\s+(?:of|with)\b)"
        ),
        _glass,
    ),
    (
        _compiled(
            rf"(?P<value>\b(?P<level>{PER_CENT}|{PART}|completely\s+full|{_ABOUT}){_FULL}?\s+)(?:drinking\s+)?{_GLASS}(?!\s+of\b)"
        ),
        _glass,
    ),
    (
        _compiled(
            r"(?P<head>\b(?:(?:outdoor|wall|weather)\s+)?thermometers?\b)"
            rf"{WHERE}(?P<value>{_LINK}(?P<minus>minus\s+|-|−)?(?P<number>{NUMBER}){_DEGREES}{_ENDS}(?P<below>\s+below\s+zero)?)"
        ),
        _thermometer,
    ),
    (
        _compiled(
            rf"(?P<head>\b{_FOOD}\b)(?P<value>\s*,?\s*(?:(?:which|that|is|has|with|where|just|only)\s+){{0,3}}{_PIECES}\s+"
            rf"(?:of\s+it\s+)?(?:(?:is|has\s+been|are)\s+)?{_EATEN}\b)"
        ),
        _without,
    ),
    (
        _compiled(
            rf"(?P<head>\b{_FOOD}\b)(?P<value>\s*,?\s*(?:(?:that|which)\s+is\s+)?(?:missing|without|minus|lacking)\s+{_PIECES})(?!\w)"
        ),
        _without,
    ),
    (_compiled(rf"(?P<value>\b(?P<pieces>half)(?:\s+of)?\s+(?:a|the)\s+)(?P<head>{_FOOD}\b)"), _without),
    (_compiled(rf"(?P<value>\b(?P<pieces>half)[\s-]eaten\s+)(?P<head>{_FOOD}\b)"), _without),
)
