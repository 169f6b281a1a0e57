"""Where and when a free request is set, in everyday words: "at the zoo", "in winter", "under the stars", "hills and a lake"."""

from genevolve.core.claim import Direction, Place
from genevolve.world.language.discourse import Discourse, Last, objects_in, put
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.phrases import NounPhrases
from genevolve.world.language.relations import Relations
from genevolve.world.language.tokens import Kind
from genevolve.world.language.weather import WeatherReader
from genevolve.world.language.whole_image import JOINING, WholeImage
from genevolve.world.language.words import Words

_SEASONS = {
    "winter": "winter", "wintertime": "winter", "autumn": "autumn", "fall": "autumn", "spring": "spring",
    "springtime": "spring", "summer": "summer", "summertime": "summer",
}  # fmt: skip
_SEASON_LEADS = word_set("in during the early late a cold warm")
_SCENES = word_set("landscape scene scenery day morning afternoon season time weather vibe vibes mood")
_TREES = frozenset({"tree", "oak tree", "maple tree", "birch", "birch tree", "oak", "maple", "bush"})
_ALOFT = frozenset({"sun", "moon", "full moon", "half moon", "rainbow"})
_LAND = word_set(
    """
    mountain mountains hill hills lake river stream sea ocean forest forests woods meadow meadows field fields valley trees
    beach
    """
)
_RANGE = word_set("mountains hills woods trees fields meadows forests")
_BETWEEN = JOINING | {","}
_VIEWED = word_set("landscape scene scenery view panorama wallpaper painting picture")
_UNDER = word_set("under beneath below")
_LOOKED = word_set("looking looks look staring stares stare gazing smiling laughing barking waving pointing throwing shouting")


class Whereabouts:
    """``corrections``: other words for a season, and which it is."""

    def __init__(
        self,
        words: Words,
        phrases: NounPhrases,
        relations: Relations,
        discourse: Discourse,
        whole: WholeImage,
        weather: WeatherReader,
    ) -> None:
        self.words = words
        self.phrases = phrases
        self.relations = relations
        self.discourse = discourse
        self.whole = whole
        self.weather = weather
        self.corrections: list[Correction] = []
        self._season = ""

    def read_time(self, here: int) -> int:
        """A season or a starlit night; ``here`` where none is named."""
        if not self.words.free:
            return here
        return self._season_at(here) or self._stars(here) or here

    def read_place(self, here: int) -> int:
        """ "at the beach", "at a bus stop", and landscapes of several parts."""
        if not self.words.free:
            return here
        return self._landscape(here) or self._at(here) or here

    def settle(self) -> None:
        """At the end: the season of wherever the scene is set, and what is in its sky."""
        if self.words.free:
            self._raise_to_the_sky()
            self._go_indoors()
        place = self.whole.background
        if not self._season:
            return
        if place is None or self.whole.background_of_hour():
            self.whole.background = self._season if self._season != "summer" else "summer meadow"
        elif self._season not in place.split():
            self.whole.background = f"{place} in {self._season}"
        for obj in self.discourse.objects:
            if self._season == "autumn" and obj.noun in _TREES and obj.colour is None:
                obj.colour = "orange"

    def _raise_to_the_sky(self) -> None:
        """ "(a castle) with a full moon", "looking at the moon": it is up, where nobody says where it is."""
        objects = self.discourse.objects
        others = [obj for obj in objects if obj.noun not in _ALOFT]
        for obj in objects if others else ():
            if obj.noun not in _ALOFT or obj.place is not None or obj.links:
                continue
            before = self.words.text[: obj.span.start].lower().split()[-3:]
            beheld = [one for one in objects if (Direction.NEXT_TO, (obj,)) in one.links and "at" in before]
            for one in beheld:
                one.links = [(Direction.BELOW, to) if to == (obj,) else (way, to) for way, to in one.links]
            related = any(obj in targets for one in objects for _, targets in one.links)
            if (
                not related
                and self._in_a_scene()
                and ("with" in before[-2:] or any(word.endswith(",") for word in before[-2:]))
            ):
                put(obj, Place.TOP)
            if "moon" in obj.noun and (related or obj.place is not None) and self.whole.light is None:
                self.whole.light = "at night"

    def _go_indoors(self) -> None:
        """ "by the window on a rainy day": one is in a room, where no rain falls."""
        windows = [obj for obj in self.discourse.objects if obj.noun == "window"]
        beside = any(way is Direction.NEXT_TO and to[0] in windows for obj in self.discourse.objects for way, to in obj.links)
        if beside and self.whole.background is None:
            self.whole.background = "room"
            self.weather.kinds.clear()

    def _in_a_scene(self) -> bool:
        return self.whole.background is not None or self.whole.light is not None

    def _season_at(self, here: int) -> int:
        """ "in (the) autumn", "…, winter"; no "fall" that falls, no "spring" of metal."""
        words = self.words
        at = words.after(here, _SEASON_LEADS, most=3)
        season = _SEASONS.get(words.lower(at))
        led = words.lower(here) in {"in", "during"}
        apart = here == 0 or words.kind(here - 1) in {Kind.COMMA, Kind.STOP}
        end = at + 1 + (words.lower(at + 1) in _SCENES)
        alone = not words.is_word(end) or words.has("stops", end)
        if season is None or not (led or (apart and at == here)) or not alone or (words.lower(at) == "fall" and not led):
            return 0
        self._season = self._season or season
        if words.lower(at) != season:
            span = Span(start=words.tokens[at].start, end=words.tokens[at].end)
            self.corrections.append(Correction(span=span, word=season))
        return end

    def _stars(self, here: int) -> int:
        """ "under the stars", "by starlight": that it is night, and no stars to be counted."""
        words = self.words
        at = words.after(here + 1, {"the"}, most=1)
        alone = not words.is_word(at + 1) or words.has("stops", at + 1)
        if words.lower(here) not in _UNDER or words.lower(at) != "stars" or not alone:
            return 0
        if self.whole.light is not None and not self.whole.settings.is_night(self.whole.light):
            return 0
        self.whole.light = "starry night"
        span = Span(start=words.tokens[at].start, end=words.tokens[at].end)
        self.corrections.append(Correction(span=span, word="starry"))
        return at + 1

    def _at(self, here: int) -> int:
        words, discourse = self.words, self.discourse
        if words.lower(here) != "at" or words.lower(here - 1) in _LOOKED:
            return 0
        phrase = self.phrases.any_at(here + 1)
        if phrase is None or not phrase.quantity.said or phrase.quantity.number not in {None, 1}:
            return 0
        settings = self.whole.settings
        if settings.is_setting(phrase, within=True, direction=Direction.INSIDE):
            end = self.relations.to(here, Direction.INSIDE, here + 1)
            return end if end > here else 0
        beside = (phrase.known or phrase.compound) and discourse.last is Last.NOUN and bool(objects_in(discourse.active))
        if not beside or words.has("light_nouns", phrase.end - 1) or words.has("features", phrase.end - 1):
            return 0
        end = self.relations.to(here, Direction.NEXT_TO, here + 1)
        return end if end > here else 0

    def _landscape(self, here: int) -> int:
        """ "mountains and a lake", "(a landscape with) hills, a river and woods": one picture of the land, and no things."""
        words = self.words
        begins = here == 0 or (words.lower(here - 1) in {"of", "with"} and words.lower(here - 2) in _VIEWED)
        if not begins or self.discourse.objects:
            return 0
        parts: list[str] = []
        at = end = here
        while (part := self._land(at)) > at:
            parts.append(words.lower(part - 1))
            end = part
            at = part
            while words.lower(at) in _BETWEEN or words.kind(at) is Kind.COMMA:
                at += 1
            if at == part:
                break
        whole = len(set(parts)) > 1 and (not words.is_word(end) or words.has("stops", end))
        if not whole:
            return 0
        self.whole.background = words.words(words.after_determiners(here), end).replace(" ,", " and")
        self.discourse.last = Last.PLACE
        return end

    def _land(self, here: int) -> int:
        """The end of a part of a landscape, in the plural or with an article; ``here`` where none stands."""
        words = self.words
        at = words.after_determiners(here)
        start = at
        while at < start + 2 and words.adjective(at) and words.lower(at) not in _LAND:
            at += 1
        ranged = words.lower(at) in _RANGE
        return at + 1 if words.lower(at) in _LAND and (ranged or start > here or here == 0) else here
