"""Phrases about the whole image: its style, its light and its background."""

from dataclasses import dataclass

from genevolve.scene import colours
from genevolve.scene.lexicon import Found
from genevolve.scene.model import Style
from genevolve.scene.phrases import NounPhrases
from genevolve.scene.tokens import Kind

_STYLE_NOUNS = frozenset(
    "style styles look aesthetic art artwork painting drawing illustration image picture photo photograph photography print effect tones "
    "tone technique rendering design colours colors vibe sketch wash paint paints filter theme glow finish poster feel".split()
)
_SURE = frozenset({Style.WATERCOLOR, Style.PIXEL_ART, Style.SEPIA, Style.POP_ART})
_BEFORE = frozenset("in as like a an the all entirely fully completely of into using with style".split())
_BACKGROUNDS = frozenset("background backdrop backgrounds".split())
_PREPOSITIONS = frozenset("with in under by at during on from against bathed amid through".split())
_LIT_BY = frozenset("by from with in".split())
_MOST_ADJECTIVES = 6


@dataclass(frozen=True, slots=True)
class Background:
    """A background phrase: its palette colour, or the words that describe it."""

    description: str


class Settings:
    """Matches phrases about the whole image at a token."""

    def __init__(self, phrases: NounPhrases) -> None:
        self.phrases = phrases
        self.tokens = phrases.tokens
        self.lexicon = phrases.lexicon

    # ---- style ---------------------------------------------------------------------------------------------------------

    def style_at(self, index: int) -> Found[Style] | None:
        """A style's name, with evidence around it that it is one: "in pixel art", "neon style"; not "a neon sign"."""
        found = self.lexicon.styles.at(self.tokens, index)
        if found is None:
            return None
        after, before = self.phrases.lower(found.end), self.phrases.lower(index - 1)
        if after in _STYLE_NOUNS:
            end = found.end + 1
            while self.phrases.lower(end) in _STYLE_NOUNS and end < found.end + 3:
                end += 1
            return Found(found.meaning, end)
        alone = not self.phrases.is_word(found.end) or self.phrases.in_group("stops", found.end)
        if found.meaning in _SURE and (alone or before in _BEFORE):
            return found if self._not_counted(index, found.meaning) else None
        several_words = found.end > index + 1
        if several_words and found.meaning is not Style.BLACK_AND_WHITE:
            return found
        if before in _BEFORE - {"a", "an", "the", "with", "of"} and alone:
            return found
        article_before = before in {"a", "an"} and self.phrases.lower(index - 2) in {"as", "like", "of", "into"}
        drawn = found.meaning is Style.BLUEPRINT and (after == "of" or article_before)
        return found if drawn or (found.meaning is Style.BLACK_AND_WHITE and not several_words) else None

    def _not_counted(self, index: int, style: Style) -> bool:
        """ "A set of watercolors" is a thing; so are "pixels" when counted."""
        return self.phrases.lower(index - 1) not in {"set", "box"} and not self.phrases._is_number(index - 1)

    # ---- light ---------------------------------------------------------------------------------------------------------

    def light_at(self, index: int) -> Found[str] | None:
        """A phrase about light that starts here: "at sunset", "soft light from the left", "brightly lit"."""
        here = index
        if self.phrases.lower(here) in _PREPOSITIONS:
            here += 1
        while self.phrases.in_group("articles", here) or self.phrases.lower(here) == "the":
            here += 1
        start = here
        while here - start < _MOST_ADJECTIVES and self._light_adjective(here):
            here += 1
        if self.phrases.lower(here) == "golden" and self.phrases.lower(here + 1) == "hour":
            return Found(self.phrases.written(index, here + 2), here + 2)
        if here > start and self.phrases.lower(here - 1) == "golden" and self.phrases.lower(here) == "hour":
            return Found(self.phrases.written(index, here + 1), here + 1)
        if not self.phrases.in_group("light_nouns", here) or self._thing_or_colour(start, here):
            return None
        end = self._light_tail(here + 1)
        return Found(self.phrases.written(index, end), end)

    def _light_adjective(self, here: int) -> bool:
        token_is_comma = here < len(self.tokens) and self.tokens[here].kind is Kind.COMMA
        if token_is_comma or self.phrases.lower(here) == "and":
            return self._light_adjective(here + 1) if here + 1 < len(self.tokens) else False
        if self.phrases.lower(here) == "light" and self.phrases.in_group("light_nouns", here + 1):
            return True
        if self.phrases.in_group("light_nouns", here):
            return self.phrases.in_group("light_nouns", here + 1)
        word = self.phrases.lower(here)
        return (
            word in self.lexicon.words["light_adjectives"]
            or word in self.lexicon.words["manner"]
            or (word.endswith("ly") and len(word) > 4)
            or colours.named(word) is not None
        )

    def _thing_or_colour(self, start: int, here: int) -> bool:
        """ "light" as part of another word's phrase: "a light blue car", "a traffic light", "a light bulb"."""
        word = self.phrases.lower(here)
        if word not in {"light", "lights", "spotlight", "spotlights", "glow", "lit"}:
            return False
        if word == "light" and self.phrases.is_word(here + 1) and not self.phrases.in_group("stops", here + 1):
            return not self.phrases.lower(here + 1).startswith(("com", "stream", "shin", "fall", "fill"))
        return any(self.phrases.entry(self.phrases.words(first, here + 1)) for first in range(max(0, start - 2), here))

    def _light_tail(self, end: int) -> int:
        """ "… from the left", "… from above", "lit by the setting sun"."""
        if self.phrases.lower(end) not in _LIT_BY or (self.phrases.lower(end) in {"with", "in"}):
            return end
        here = end + 1
        while here < end + 5 and self.phrases.is_word(here) and not self.phrases.in_group("verbs", here):
            word = self.phrases.lower(here)
            here += 1
            if word in {"left", "right", "above", "below", "behind", "front", "side", "window", "sun", "moon", "top"}:
                return here
        return end

    # ---- background ----------------------------------------------------------------------------------------------------

    def background_at(self, index: int) -> Found[Background] | None:
        """ "a light green background", "starry night sky background", "background: dark blue", "blue sky in the background"."""
        here = index
        while self.phrases.in_group("articles", here) or self.phrases.in_group("definite", here):
            here += 1
        start = here
        while here - start < _MOST_ADJECTIVES and self.phrases.is_word(here) and self.phrases.lower(here) not in _BACKGROUNDS:
            if self.phrases.in_group("stops", here) and self.phrases.lower(here) not in {"and"}:
                return None
            here += 1
        if self.phrases.lower(here) not in _BACKGROUNDS:
            return None
        if here > start:
            return Found(Background(self._describe(start, here)), here + 1)
        return None

    def _describe(self, start: int, end: int) -> str:
        """The palette colour in these words if there is one, else the words."""
        for words in (3, 2, 1):
            for first in range(start, end - words + 1):
                if colour := colours.named(self.phrases.words(first, first + words)):
                    return colour
        skip = {"plain", "solid", "simple", "clean", "single", "uniform", "clear", "flat", "smooth", "soft", "blurred", "blurry"}
        return " ".join(self.phrases.lower(k) for k in range(start, end) if self.phrases.lower(k) not in skip)

    def setting_of(self, noun: str) -> bool:
        words = noun.lower().split()
        return bool(words) and (words[-1] in self.lexicon.words["settings"] or noun in self.lexicon.words["settings"])

    def is_background(self, index: int) -> bool:
        return self.phrases.lower(index) in _BACKGROUNDS
