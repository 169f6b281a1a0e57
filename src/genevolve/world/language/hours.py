"""Times of the day that a free request names by themselves: "…, evening", "a foggy morning", "in the afternoon"."""

from dataclasses import replace

from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.tokens import Kind
from genevolve.world.language.weather import WeatherReader, weather_of
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

_SAID = {  # how the light of the scene is said, and the word that the hour is read as
    "sunrise": ("at sunrise", word_set("sunrise dawn daybreak")),
    "dusk": ("at dusk", word_set("evening dusk twilight nightfall")),
    "sunset": ("at sunset", word_set("sunset")),
    "night": ("at night", word_set("night nighttime midnight")),
    "morning light": ("in soft morning light", word_set("morning")),
    "afternoon light": ("in warm afternoon light", word_set("afternoon")),
    "daylight": ("in soft daylight", word_set("day daytime")),
}
_ALONE = word_set("evening nightfall daybreak daytime midnight nighttime morning afternoon")  # others need a comma before them
_LEADS = word_set("in on at during it it's is its this")
_ARTICLES = word_set("the a an one")
_QUALITIES = word_set("quiet calm peaceful early late mild warm cool summer summer's spring")
_GREETED = word_set("good happy")
_MARKS = frozenset({Kind.COMMA, Kind.STOP, Kind.COLON, Kind.SEMICOLON})


class Hours:
    """``corrections`` are the words that were read as an hour, and as which."""

    def __init__(self, words: Words, whole: WholeImage, weather: WeatherReader) -> None:
        self.words = words
        self.whole = whole
        self.weather = weather
        self.corrections: list[Correction] = []

    def read(self, here: int) -> int:
        """The end of an hour that stands by itself; ``here`` where none does."""
        words = self.words
        if not words.free or words.lower(here - 1) in _GREETED:
            return here
        led = words.after(here, _LEADS, most=2)
        noun = words.after(led, _ARTICLES, most=1)
        noun = words.after(noun, _QUALITIES, most=2)
        falls = weather_of(words.lower(noun)) if words.is_word(noun + 1) else None
        noun += falls is not None
        apart = here == 0 or led > here or words.kind(here - 1) in _MARKS
        if not apart or not self._stands_alone(here, led, noun, weathered=falls is not None):
            return here
        self.set(here, noun)
        if falls is not None:
            self.weather.add(falls)
        return noun + 1

    def at(self, here: int) -> int:
        """The end of any hour at ``here``, which takes the place of the one that was said before; ``here`` where none is."""
        led = self.words.after(here, _LEADS | _ARTICLES | _QUALITIES, most=4)
        if self._name(led) is None or self._goes_on(led + 1):
            return here
        self.whole.light = None
        if self.whole.background_of_hour():
            self.whole.background = None
        self.set(here, led)
        return led + 1

    def set(self, here: int, noun: int) -> None:
        words = self.words
        early = {words.lower(index) for index in range(here, noun)}
        name = self._name(noun) or ""
        name = "sunrise" if name == "morning light" and "early" in early else name
        name = "sunset" if name == "afternoon light" and "late" in early else name
        if self.whole.light in {None, _SAID["daylight"][0]}:  # "rainy day in the city, evening"
            self.whole.light = _SAID[name][0]
            self.corrections = [replace(one, word=name) for one in self.corrections]
        start = next((at for at in range(here, noun) if words.lower(at) in {"early", "late"}), noun)
        span = Span(start=words.tokens[start].start, end=words.tokens[noun].end)
        self.corrections.append(Correction(span=span, word=name))

    def _name(self, here: int) -> str | None:
        return next((name for name, (_, said) in _SAID.items() if self.words.lower(here) in said), None)

    def _goes_on(self, end: int) -> bool:
        return self.words.is_word(end) and not self.words.has("stops", end)

    def _stands_alone(self, here: int, led: int, noun: int, *, weathered: bool) -> bool:
        words = self.words
        word = words.lower(noun)
        if self._name(noun) is None or self._goes_on(noun + 1) or (word == "day" and not weathered):
            return False
        between_commas = led == here and words.kind(here - 1) in _MARKS and words.kind(noun + 1) in {*_MARKS, None}
        return word in _ALONE or word == "day" or between_commas
