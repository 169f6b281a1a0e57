"""Weather that falls over a scene: rain, snow and fog. Snow that lies is a setting; wind, calm and heat are not drawn."""

from collections.abc import Iterable

from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Weather
from genevolve.world.language.words import Words

_WORDS = {
    Weather.RAIN: word_set(
        "rain raining rains rainy rainstorm drizzle drizzling downpour shower showers storm stormy thunderstorm"
    ),
    Weather.SNOW: word_set("snow snowing snows snowfall snowstorm blizzard snowflakes snowy"),
    Weather.FOG: word_set("fog foggy mist misty haze hazy"),
}
_QUALITIES = word_set("rainy stormy foggy misty hazy")
_ALONE = (
    word_set(
        """rains snows raining drizzling snowing snowfall blizzard snowstorm rain downpour drizzle rainstorm storm
        thunderstorm fog mist haze"""
    )
    | _QUALITIES
)
_LEADS = word_set(
    "in with under through amid during on while it is it's its and the a an heavy heavily light thick dense gentle soft"
)
_FALLING = word_set("falling falls fall pouring pours is are down heavily softly gently outside everywhere around all")
_FALLS = word_set("falling falls fall pouring pours")
_DAYTIMES = word_set("day morning afternoon evening weather scene mood atmosphere sky")
_SAID = {
    Weather.RAIN: "It is raining.",
    Weather.SNOW: "Snow is falling.",
    Weather.FOG: "There is fog.",
}
SETTINGS = {Weather.RAIN: "meadow", Weather.SNOW: "snow", Weather.FOG: "meadow"}
"""Where it falls when nobody says where."""


def weather_of(word: str) -> Weather | None:
    """The weather that a word names ("misty": fog)."""
    return next((kind for kind, words in _WORDS.items() if word in words), None)


def accounts(word: str, kinds: Iterable[Weather]) -> Weather | None:
    """The one of ``kinds`` that the word of a request was read as: "rainy", and "falling" of "snow falling"."""
    found = tuple(kinds)
    named = weather_of(word)
    if named is not None:
        return named if named in found else None
    return next((kind for kind in found if kind is not Weather.FOG and word in _FALLS), None)


def sentences(kinds: Iterable[Weather]) -> list[str]:
    return [_SAID[kind] for kind in kinds]


class WeatherReader:
    def __init__(self, words: Words) -> None:
        self.words = words
        self.kinds: list[Weather] = []

    def read(self, here: int) -> int:
        """ "in the rain", "it is snowing", "snow falling", "misty, …"; ``here`` where no such words stand."""
        words = self.words
        if not words.free:
            return here
        at = words.after(here, _LEADS, most=5)
        falls = words.lower(at) in _FALLS  # "falling snow"
        at += falls
        kind = weather_of(words.lower(at))
        if kind is None or (
            at > here and not falls and words.lower(here) == "and" and at == here + 1 and not self._ends(at + 1)
        ):
            return here
        end = self._past_falling(at + 1)
        falls = falls or any(words.lower(index) in _FALLS for index in range(at + 1, end))
        if words.lower(at) not in _ALONE and not falls:
            return here
        if words.lower(at) in _QUALITIES and words.lower(end) in _DAYTIMES:
            end += 1
        dark = words.lower(at) in _QUALITIES and words.lower(end) == "night" and self._ends(end + 1)
        if not (self._ends(end) or dark):
            return here
        self.add(kind)
        return end

    def _past_falling(self, end: int) -> int:
        most = end + 4
        while end < most and self.words.lower(end) in _FALLING:
            end += 1
        return end

    def _ends(self, here: int) -> bool:
        return not self.words.is_word(here) or self.words.has("stops", here)

    def add(self, kind: Weather) -> None:
        if kind not in self.kinds:
            self.kinds.append(kind)

    def without_weather(self, background: str | None) -> str | None:
        """ "foggy forest" is a forest in fog; the rain itself is no place."""
        if background is None or not self.words.free:
            return background
        rest = []
        for word in background.split():
            kind = weather_of(word.lower())
            if kind is None or kind is Weather.SNOW:
                rest.append(word)
            else:
                self.add(kind)
        return " ".join(rest) if any(word.lower() not in _LEADS for word in rest) else None
