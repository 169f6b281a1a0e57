"""Phrases about the whole image: its style, its light and its background. Pure matching; nothing is remembered."""

from genevolve.core.claim import Direction
from genevolve.world.language import colours, inventory
from genevolve.world.language.entered import entered
from genevolve.world.language.lexicon import PhraseMatch, word_set
from genevolve.world.language.model import Style
from genevolve.world.language.phrases import NounPhrase
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_STYLE_NOUNS = word_set(
    """
    style styles styled look aesthetic art artwork painting drawing illustration image picture photo photograph
    photography print effect tones tone technique rendering design colours colors vibe sketch wash paint paints
    filter theme glow finish feel
    """
)
_STYLE_LEADS = word_set(
    """
    in as like a an the all entirely fully completely of into using with style old real done made painted drawn
    """
)
_LEADS_ENOUGH = word_set("in as like into using all entirely fully completely style")
_SURE = frozenset({Style.WATERCOLOR, Style.PIXEL_ART, Style.SEPIA, Style.POP_ART})
_LINES = frozenset({"line drawing", "line art", "ink drawing", "pen drawing", "line sketch"})
_BACKGROUNDS = word_set("background backdrop backgrounds")
_LIGHT_LEADS = word_set("with in under by at during on from against bathed amid through")
_LIGHT_VERBS = ("com", "stream", "shin", "fall", "fill", "pour", "from")
_LIGHT_FROM = word_set("left right above below behind front side window sun moon top")
_PLAIN = word_set("plain solid simple clean single uniform clear flat smooth soft blurred blurry neutral")
_MOST_ADJECTIVES = 6
_GROUNDS = word_set("grass road river swamp valley path")
_RANGES = word_set("mountains hills woods")
_SKIES = word_set(
    "starry moonlit sunny bright clear blue cloudless summer summer's spring warm hot lovely beautiful dark starlit perfect"
)
_DARK = word_set("starry moonlit starlit dark")
_HOURS = word_set("sky skies night day afternoon morning evening")
_SKY_LEADS = word_set("on under beneath below during")
_BY_DAY = word_set("day afternoon morning sky skies")
_AT_NIGHT = word_set("night nighttime nighttimes midnight")
_BY_MOON = word_set("moonlight moonlit starlight starlit")
_WATERS = word_set("sea ocean water waves lake river surface pond")
_STREAMS = word_set("river lake canal stream")  # whose bank is no house of money
_SURFACES = word_set("water ice")  # "in the water", "on the ice": where something is, and no object
UNDERWATER, NIGHT, SUNSET, MOON = "underwater", "outdoors at night", "sunset", "moon surface"


class Settings:
    def __init__(self, words: Words) -> None:
        self.words = words

    # ---- style -----------------------------------------------------------------------------------------------

    def style_at(self, here: int) -> PhraseMatch[Style] | None:
        """A style with the words that lead to it: "in the style of a watercolor", "as pixel art", "neon style".

        What may as well be an object ("a pencil", "a neon sign", "a blueprint") counts only with such words around it.
        """
        at = self.words.after(here, _STYLE_LEADS, most=7)
        if self.words.free and self.words.words(at, at + 2) in _LINES:  # strokes without fills
            return PhraseMatch(Style.PENCIL, at + 2)
        for start in range(at, here - 1, -1):
            found = self.words.lexicon.styles.at(self.words.tokens, start)
            if found is not None:
                return self._in_earnest(found, {self.words.lower(index) for index in range(here, start)}, start)
        return None

    def _in_earnest(self, found: PhraseMatch[Style], leads: set[str], start: int) -> PhraseMatch[Style] | None:
        words = self.words
        end = found.end
        while words.lower(end) in _STYLE_NOUNS and end < found.end + 3:
            end += 1
        if words.free and found.end == start + 1 and words.colour(end, 1) is not None:
            return None  # "neon green"
        alone = not words.is_word(end) or words.has("stops", end)
        several_words = found.end > start + 1
        led = bool(leads & _LEADS_ENOUGH) and alone
        drawn = found.meaning is Style.BLUEPRINT and words.lower(found.end) == "of"
        bare = found.meaning in _SURE and alone and words.lower(start - 1) not in {"set", "of", "box"}
        named = several_words and found.meaning is not Style.BLACK_AND_WHITE
        closing = words.free and alone and words.kind(start - 1) is Kind.COMMA  # "a tiger, black and white only"
        named = named or (several_words and closing)
        return PhraseMatch(found.meaning, end) if end > found.end or led or drawn or bare or named else None

    # ---- light -----------------------------------------------------------------------------------------------

    def light_at(self, here: int) -> PhraseMatch[str] | None:
        """A phrase about light: "at sunset", "soft light from the left", "brightly lit"."""
        words = self.words
        if words.free and (sky := self._sky_at(here)) is not None:
            return sky
        at = here + (words.lower(here) in _LIGHT_LEADS)
        at = words.after_determiners(at)
        start = at
        while at - start < _MOST_ADJECTIVES and self._describes_light(at):
            at += 1
        if words.lower(at) == "hour" and words.lower(at - 1) == "golden" and at > start:
            return PhraseMatch(words.written(here, at + 1), at + 1)
        night = words.lower(at) == "night" and words.lower(here) in {"at", "by", "during"} and at == start
        if not night and (not words.has("light_nouns", at) or self._part_of_noun(start, at)):
            return None
        if words.free and at == start and self._switched(at + 1):
            return None  # "a house with a light on": of the house
        if night and words.is_word(at + 1) and not words.has("stops", at + 1):
            return None
        end = self._origin(at + 1)
        return PhraseMatch(words.written(here, end), end)

    def _switched(self, here: int) -> bool:
        words = self.words
        last = not words.is_word(here + 1) or (words.has("stops", here + 1) and not words.has("definite", here + 1))
        return words.lower(here) in {"on", "off"} and last and not words.has("articles", here + 1)

    def _sky_at(self, here: int) -> PhraseMatch[str] | None:
        """ "starry night", "on a sunny day", "blue sky": the hour that it is, where it stands by itself."""
        words = self.words
        at = words.after_determiners(here + (words.lower(here) in _SKY_LEADS))
        start = at
        while words.lower(at) in _SKIES and at < start + 3:
            at += 1
        known = at > start and words.lower(at) in _HOURS
        apart = here == 0 or words.kind(here - 1) in {Kind.COMMA, Kind.STOP} or words.lower(here) in _SKY_LEADS
        alone = not words.is_word(at + 1) or words.has("stops", at + 1) or words.words(at + 1, at + 4) == "fills the scene"
        background = self.is_background(at + 1)
        if words.lower(at + 1) == "sky" and words.lower(at) == "night":  # "a starry night sky"
            at, alone = at + 1, not words.is_word(at + 2) or words.has("stops", at + 2)
        if not (known and apart and alone) or background:
            return None
        told = {words.lower(one) for one in range(start, at + 1)}
        said = words.written(start, at + 1)
        dark = bool(told & _DARK) and "night" not in told
        return PhraseMatch(f"{said} at night" if dark else said, at + 1)

    def _describes_light(self, at: int) -> bool:
        words = self.words
        if words.kind(at) is Kind.COMMA or words.lower(at) == "and":
            return words.is_word(at + 1) and words.lower(at + 1) != "and" and self._describes_light(at + 1)
        if words.has("light_nouns", at):
            return words.has("light_nouns", at + 1)
        word = words.lower(at)
        told = words.has("light_adjectives", at) or words.has("manner", at) or (word.endswith("ly") and len(word) > 4)
        return words.is_word(at) and (told or colours.named(word) is not None)

    def _part_of_noun(self, start: int, at: int) -> bool:
        """ "light" in another phrase: "a light blue car", "a traffic light", "a light bulb"."""
        words = self.words
        if words.lower(at) not in {"light", "spotlight", "spotlights", "glow", "lit"}:
            return False
        follows = words.is_word(at + 1) and not words.has("stops", at + 1)
        if words.lower(at) == "light" and follows:
            return not words.lower(at + 1).startswith(_LIGHT_VERBS)
        return any(words.entry_of(words.words(first, at + 1)) for first in range(max(0, start - 2), at))

    def _origin(self, end: int) -> int:
        """ "… from the left", "… by the setting sun"."""
        if self.words.lower(end) not in {"from", "by"}:
            return end
        for at in range(end + 1, end + 5):
            if self.words.lower(at) in _LIGHT_FROM:
                return at + 1
        return end

    # ---- background ------------------------------------------------------------------------------------------

    def background_at(self, here: int) -> PhraseMatch[str] | None:
        """ "a light green background", "starry night sky background": the palette colour, else the words."""
        words = self.words
        start = at = words.after_determiners(here)
        while at - start < _MOST_ADJECTIVES and words.is_word(at) and not self.is_background(at):
            if words.has("stops", at) and words.lower(at) != "and" and not words.joined(at):
                return None
            at += 1
        if not self.is_background(at) or at == start:
            return None
        return PhraseMatch(self.describe(start, at), at + 1)

    def describe(self, start: int, end: int) -> str:
        setting = self.words.free and self.words.has("settings", end - 1)  # "a green hill" is a hill
        if not setting and (colour := self.words.colour_in(start, end)):
            return colour
        return " ".join(word for word in self.words.words(start, end).split() if word not in _PLAIN)

    def is_night(self, light: str) -> bool:
        """ "at night": no colour of light alone, but a time at which one is outdoors."""
        said = set(light.lower().split())
        return bool(_AT_NIGHT & said) or (self.words.free and bool(_BY_MOON & said))

    def is_day(self, light: str) -> bool:
        """ "a sunny day", "blue sky": one is outdoors."""
        said = light.lower().split()
        return bool(said) and said[-1] in _BY_DAY and bool(_SKIES & set(said[:-1]))

    def under_water(self, phrase: NounPhrase, direction: Direction | None) -> bool:
        """ "under the sea", "below the surface"."""
        return direction is Direction.BELOW and phrase.head in _WATERS and not phrase.known

    def on_the_moon(self, phrase: NounPhrase, direction: Direction | None) -> bool:
        """ "an astronaut on the moon": its ground, and no crescent."""
        plain = phrase.noun == "moon" and phrase.quantity.definite and not phrase.modifiers and phrase.colour is None
        return self.words.free and plain and direction is Direction.ON

    def underwater_at(self, here: int) -> int:
        """Where "underwater" or "under water" ends, as words of their own: not in "an underwater camera"."""
        words = self.words
        end = here + (1 if words.lower(here) == "underwater" else 2 if words.words(here, here + 2) == "under water" else 0)
        return here if words.is_word(end) and not words.has("stops", end) else end

    def is_background(self, here: int) -> bool:
        return self.words.lower(here) in _BACKGROUNDS

    def is_setting(self, phrase: NounPhrase, *, within: bool = False, direction: Direction | None = None) -> bool:
        """A place that objects can be in, such as "a sandy beach"; not an object of the inventory.

        ``within``: something is said to be there, so that a shape of a place ("on the road", "on the grass") is none, either;
        ``direction``: how.
        """
        if within and entered(self.words, phrase, direction):
            return True
        if self.words.free and phrase.noun == "bank" and self.words.lower(phrase.end - 2) in _STREAMS:
            return True
        if within and self.words.free and phrase.noun in _SURFACES and phrase.quantity.number is None:
            return True
        shape = phrase.head in _GROUNDS and inventory.lookup(phrase.noun) is None
        range_of = self.words.lower(phrase.end - 1) in _RANGES and phrase.quantity.number is None  # "in the mountains"
        known = phrase.known and not (within and (shape or range_of))
        return not known and (
            self.words.is_place(phrase.end - 1) or phrase.noun.lower() in self.words.lexicon.words["settings"]
        )
