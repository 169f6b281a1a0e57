"""Numbers and shares as words write them: "thirty-five", "three quarters full", "20 percent"."""

import re
from collections.abc import Callable, Sequence

from genevolve.world.language.dials import Dial

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], Sequence[Dial] | None]]  # groups "head" and "value…", and what they say

WHERE = r"(?:\s+(?:on|over|above|in|by|near|beside)\s+(?:the|a|an|my|our|your)\s+(?:[a-z]+\s+)?[a-z]+)?"
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: value for value, word in enumerate(_UNITS.split())}
_LARGE = {word: 10 * (at + 2) for at, word in enumerate(_TENS.split())}
_WORD = (
    rf"(?:(?:{_TENS.replace(' ', '|')})(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|{_UNITS.replace(' ', '|')})"
)
NUMBER = rf"(?:\d{{1,3}}|{_WORD}|(?:a|one)\s+hundred)"
_SHARES = {
    "empty": 0,
    "full": 100,
    "half": 50,
    "half empty": 50,
    "nearly empty": 10,
    "almost empty": 10,
    "nearly full": 90,
    "almost full": 90,
    "low": 10,
    "quarter": 25,
    "third": 33,
    "two thirds": 67,
    "three quarters": 75,
}
PART = (
    r"(?:half[\s-]empty|half(?:way)?|(?:a|one)[\s-]quarter|(?:a|one)[\s-]third|two[\s-]thirds|three[\s-]quarters"
    r"|1/2|1/4|3/4|1/3|2/3)"
)
PER_CENT = rf"(?:{NUMBER}\s?(?:%|per\s?cent\b))"
_FRACTIONS = {"1/2": 50, "1/4": 25, "3/4": 75, "1/3": 33, "2/3": 67}


def number(said: str) -> int | None:
    """ "35", "thirty-five", "a hundred"; None for other words."""
    plain = re.sub(r"[\s-]+", " ", said.strip().lower())
    if plain.isdigit():
        return int(plain)
    if plain.endswith("hundred"):
        return 100
    first, _, rest = plain.partition(" ")
    if first in _LARGE:
        return _LARGE[first] + _SMALL.get(rest, 0)
    return _SMALL.get(plain)


def share(said: str) -> int | None:
    """A part of the whole in per cent; None for what is no part of it."""
    plain = re.sub(r"[\s-]+", " ", said.strip().lower())
    if (found := re.match(rf"{PER_CENT}", plain)) is not None:
        value = number(re.sub(r"\s?(?:%|per\s?cent)$", "", found[0]))
        return value if value is not None and value <= 100 else None
    if plain in _FRACTIONS:
        return _FRACTIONS[plain]
    plain = re.sub(r"^(?:a|one) ", "", plain.replace("halfway", "half"))
    return _SHARES.get(plain)


_APART = re.compile(
    r"\s*(?:[.,;:!?()\"“”–—/]|$)|\s+(?:and|or|but|with|without|on|in|at|next|beside|besides|near|under|over|above|behind|below|from|to|by|of|that"
    r"|which|who|while|for|as|between|left|right|held|against|inside|outside|left|each|both|please|when|where|before|after|into|onto|\(|-"
    r"|is|are|was|were|has|have|stands?|standing|sits?|sitting|lies|lying|hangs?|hanging|floats?|floating|falls?|face|up|side|around|"
    r"there|a|an|the|its|it|only)\b",
    re.IGNORECASE,
)


def stands_apart(match: re.Match[str]) -> bool:
    """Whether no further noun follows: "an empty glass | jar" is no glass, and "12 numbers" no time."""
    return _APART.match(match.string, match.end()) is not None
