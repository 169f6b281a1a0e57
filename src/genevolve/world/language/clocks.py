"""The time that a clock shows: "a clock showing half past four" is a picture of its own, by whole and half hours."""

import re

from genevolve.world.language.discourse import Discourse
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.words import Words

_HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_HOUR = rf"(?P<hour>\d{{1,2}}|{'|'.join(_HOURS)})"
_TIME = re.compile(
    r"\s*(?:on the wall\s+)?(?:(?:that|which)\s+)?(?:is\s+)?"
    r"(?:showing|shows|at|set\s+(?:to|at)|says|saying|reads|reading|tells|pointing\s+to|striking|with\s+(?:its\s+|the\s+)?hands\s+at)\s+"
    r"(?:the\s+time\s+(?:of\s+)?)?"
    rf"(?P<time>(?P<half>half\s+past\s+)?(?:{_HOUR}(?P<minutes>:(?:00|30))?(?P<oclock>\s*o['’]?\s?clock)?(?:\s*[ap]\.?m\b\.?)?"
    r"|(?P<noon>noon|midnight|midday)))(?![\w:])",
    re.IGNORECASE,
)
_CLOCKS = frozenset({"clock"})  # an alarm clock has a picture without hands to set


class Clocks:
    """Reads the time behind a clock; ``corrections`` are the words that were read so."""

    def __init__(self, words: Words, discourse: Discourse) -> None:
        self.words = words
        self.discourse = discourse
        self.corrections: list[Correction] = []

    def read(self, here: int) -> int:
        """The end of "showing 3 o'clock" at token ``here``, right behind a clock, which becomes the clock at that time."""
        words, latest = self.words, self.discourse.recent_objects[:1]
        if not words.free or not latest or latest[0].noun not in _CLOCKS:
            return here
        (obj,) = latest
        said = _TIME.match(words.text, obj.span.end)
        hour = _hour(said) if said is not None and words.tokens[here].start < said.end() else None
        if said is None or hour is None or words.tokens[here].start < obj.span.end:
            return here
        half = said["half"] is not None or said["minutes"] == ":30"
        obj.noun = f"clock at half past {hour}" if half else f"clock at {hour} o'clock"
        self.corrections.append(Correction(span=obj.span, word=obj.noun))
        self.corrections.append(Correction(span=Span(start=said.start("time"), end=said.end("time")), word=obj.noun))
        obj.span = Span(start=obj.span.start, end=said.end())
        return words.past(said.end(), here)


def _hour(said: re.Match[str]) -> str | None:
    if said["noon"] is not None:
        return "twelve"
    told = said["hour"].lower()
    if said["half"] is None and said["minutes"] is None and said["oclock"] is None and not told.isdigit():
        return None  # "a clock at one side"
    if told in _HOURS:
        return told
    number = int(told) % 12 or 12
    return _HOURS[number - 1] if int(told) <= 24 else None
