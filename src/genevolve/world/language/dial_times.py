"""Times of the day on clocks and watches: "showing ten past four", "quarter to nine", "3:25", "at half past seven"."""

import re
from collections.abc import Sequence

from genevolve.world.language.dial_numbers import WHERE, Rule, number, stands_apart
from genevolve.world.language.dials import Dial

_HOUR = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_HALF_DAY = r"(?:\s*(?:[ap]\.?\s?m\b\.?|in\s+the\s+(?:morning|afternoon|evening)))?"
_MINUTES = r"(?:(?:a\s+)?quarter|half|twenty[\s-]five|\d{1,2}|five|ten|fifteen|twenty)(?:\s+min(?:ute)?s?)?"
_LATE = r"(?:oh?[\s-](?:one|two|three|four|five|six|seven|eight|nine)|ten|fifteen|twenty|thirty|forty|fifty)"
TIME = (
    r"(?:exactly\s+)?[\"“']?(?P<time>"
    rf"(?P<digits>\d{{1,2}}\s?[:.h]\s?\d{{2}}){_HALF_DAY}"
    rf"|(?P<minutes>{_MINUTES})\s+(?P<side>past|after|to|before|till|until)\s+(?P<next>{_HOUR})(?:\s*o['’]?\s?clock)?{_HALF_DAY}"
    rf"|(?P<spoken>{_HOUR}(?<!\d))\s+(?P<late>{_LATE}(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?){_HALF_DAY}"
    rf"|(?P<whole>{_HOUR})(?P<oclock>\s*o['’]?\s?clock)?{_HALF_DAY}"
    r"|(?P<noon>noon|midnight|midday)"
    r")[\"”']?(?![\w:.]\w|\w|[:%°]|\s?%|\s+(?:minutes?|hours?)\b)"
)
_VERB = (
    r"\s*(?:,|;|:|-|–|\.\s+(?=it\b|its\b|the\b))?\s*(?:(?:that|which|and|where|when)\s+)?"
    r"(?:(?:it|its|the|whose|with|is|are|has|have|display|hands?|time|that)\s+){0,4}"
    r"(?P<verb>showing|shows?|at|set\s+(?:to|at|for)|say(?:s|ing)|reads?|reading|tell(?:s|ing)|point(?:s|ing)?\s+(?:to|at)|striking"
    r"|strikes|stopped\s+at|displaying|displays|with\s+(?:its\s+|the\s+)?hands\s+(?:at|on|showing)"
    r"|(?<=\bit\s)is|[,:–-](?=\s)|(?=\d{1,2}:\d\d)|\((?=\d))\s*"
    r"(?<![a-z])(?:(?:that\s+)?it(?:['’]s|\s+is)\s+)?(?:the\s+)?(?:time\s+)?(?:of\s+|as\s+)?"
)
_ANALOGUE = (
    r"(?:wall|kitchen|station|school|mantel|analogue|analog)\s+clocks?|clock\s+faces?"
    r"|(?<!grandfather )(?<!cuckoo )(?<!alarm )clocks?"
)
_HEAD = (
    r"(?P<head>\b(?:digital\s+(?:alarm\s+|wall\s+|kitchen\s+)?(?:clocks?|displays?)|clock\s+radios?|led\s+clocks?"
    rf"|(?:analogue\s+|analog\s+)?alarm\s+clocks?|wrist\s?watch(?:es)?|(?<!to\s)(?<!they\s)(?<!people\s)(?<!we\s)(?<!kids\s)watch(?:es)?|{_ANALOGUE})\b)"
)


def _time(match: re.Match[str]) -> tuple[int, int] | None:
    """(hour 0 to 24, minute); None for no time of the day."""
    if match["noon"] is not None:
        return (0 if match["noon"].lower() == "midnight" else 12), 0
    if match["digits"] is not None:
        hour, minute = (int(part) for part in re.split(r"\s?[:.h]\s?", match["digits"].lower()))
    elif match["minutes"] is not None:
        hour, minute = _beside(match)
    elif match["spoken"] is not None:
        hour, minute = number(match["spoken"]) or 0, number(re.sub(r"^oh?[\s-]", "", match["late"].lower())) or -1
    else:
        hour, minute = number(match["whole"]) or 0, 0
    if not (0 <= hour <= 24 and 0 <= minute < 60):
        return None
    if re.search(r"p\.?\s?m|afternoon|evening", match["time"], re.IGNORECASE) and hour < 12:
        hour += 12
    return hour, minute


def _beside(match: re.Match[str]) -> tuple[int, int]:
    said = re.sub(r"^a\s+|\s+min(?:ute)?s?$", "", match["minutes"].lower())
    minute = {"quarter": 15, "half": 30}.get(said) or number(said) or -1
    hour = number(match["next"]) or 0
    if match["side"].lower() in {"past", "after"} or not 0 < minute < 60:
        return hour, minute
    return ((hour - 2) % 12 + 1 if hour <= 12 else hour - 1), 60 - minute


def _clock(match: re.Match[str]) -> Sequence[Dial] | None:
    bare = match["whole"] is not None and match["oclock"] is None and match["time"].strip() == match["whole"]
    verb = (match.groupdict().get("verb") or "").lower()
    if bare and not stands_apart(match):
        return None  # "a clock with 12 numbers"
    if bare and (not verb or verb in {",", ":", "-", "–"} or (verb == "at" and not match["whole"].isdigit())):
        return None  # "a clock at one side", "clocks, 3"
    told = _time(match)
    if told is None:
        return None
    hour, minute = told
    head = match["head"].lower()
    if re.search(r"digital|radio|led", head):
        return [Dial(kind="digital clock", value=f"{hour % 24:02}:{minute:02}")]
    kind = "alarm clock" if "alarm" in head else "watch" if "watch" in head else "clock"
    return [Dial(kind=kind, value=f"{(hour - 1) % 12 + 1}:{minute:02}")]


TIMES: tuple[Rule, ...] = (
    (re.compile(rf"{_HEAD}{WHERE}(?P<value>{_VERB}{TIME})", re.IGNORECASE), _clock),
    (
        re.compile(rf"(?P<value>\b{TIME}\s+(?:shown\s+)?(?:on|by)\s+)(?:the|a|an)\s+(?:[a-z]+\s+)??{_HEAD}", re.IGNORECASE),
        _clock,
    ),
)
