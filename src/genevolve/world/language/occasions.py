"""What a free request leaves to be chosen: "something cheerful", and "a football match", of which ball and ground are drawn."""

from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

_GAMES = word_set("match game final tournament cup")
_SPORTS = {  # the sport: what it is played with, and where
    "football": ("football", "football pitch"),
    "soccer": ("football", "football pitch"),
    "tennis": ("tennis ball", "tennis court"),
    "volleyball": ("volleyball", "volleyball court"),
    "badminton": ("badminton racket", "badminton court"),
    "basketball": ("basketball", None),
    "baseball": ("baseball", None),
    "ping pong": ("ping pong", None),
    "table tennis": ("ping pong", None),
    "chess": ("chessboard", None),
    "boxing": ("boxing glove", None),
}
_OUTINGS = word_set("picnic outing")
_WATERS = word_set("lake river canal stream pond sea")
_SOMETHING = word_set("something anything")
_CHOSEN = {  # what stands for a quality, where only that was said
    "smiley": word_set("cheerful happy joyful cheery jolly fun uplifting positive"),
    "clown": word_set("funny silly goofy"),
    "kitten": word_set("cute adorable sweet cuddly"),
    "ghost": word_set("spooky scary creepy"),
    "heart": word_set("romantic loving"),
    "party popper": word_set("festive celebratory"),
    "cake": word_set("yummy tasty delicious"),
    "bouquet": word_set("flowery floral"),
    "snowman": word_set("wintry christmassy"),
    "palm tree": word_set("tropical summery"),
    "maple leaf": word_set("autumnal"),
    "rainbow": word_set("colourful colorful"),
}


class Occasions:
    """``corrections`` are the words for which something was chosen, and what that is."""

    def __init__(self, words: Words, discourse: Discourse, whole: WholeImage) -> None:
        self.words = words
        self.discourse = discourse
        self.whole = whole
        self.corrections: list[Correction] = []
        self._left_open: tuple[str, int, int] | None = None  # what would stand for "something …", and the tokens of that

    def read(self, here: int) -> int:
        if not self.words.free:
            return here
        return self._match(here) or self._something(here) or self._outing(here) or here

    def _outing(self, here: int) -> int:
        """ "Picnic in the park: a blanket, …": what it all is, and no thing."""
        words = self.words
        at = words.after(here, {"a", "an", "our", "the"}, most=1)
        led = here == 0 or words.lower(here - 1) in {"of", "at", "on"}
        ends = not words.is_word(at + 1) or words.lower(at + 1) in {"in", "at", "on", "by", "with"}
        if words.lower(at) not in _OUTINGS or not led or not ends:
            return 0
        if words.words(at + 1, at + 3) in {"by the", "beside the"} and words.lower(at + 3) in _WATERS:
            self.whole.set_background(f"{words.lower(at + 3)} shore")
            return at + 4
        return at + 1

    def _match(self, here: int) -> int:
        """ "(a) tennis match": the players are not drawn, and "match" is told as lost."""
        words = self.words
        at = words.after(here, {"a", "an", "the", "our", "my"}, most=1)
        length = next((size for size in (2, 1) if words.words(at, at + size) in _SPORTS), 0)
        end = at + length
        goes_on = words.is_word(end + 1) and not words.has("stops", end + 1)
        if not length or words.lower(end) not in _GAMES or goes_on:
            return 0
        noun, ground = _SPORTS[words.words(at, end)]
        self._mention(noun, at, end)
        if ground is not None and self.whole.background is None:
            self.whole.background = ground
        return end + 1

    def _something(self, here: int) -> int:
        words = self.words
        at = words.after(here + 1, words.lexicon.words["manner"], most=1)
        noun = next((noun for noun, said in _CHOSEN.items() if words.lower(at) in said), None)
        goes_on = words.is_word(at + 1) and not words.has("stops", at + 1)
        if noun is None or goes_on or words.lower(here) not in _SOMETHING or self._left_open is not None:
            return 0
        self._left_open = (noun, here, at + 1)
        return at + 1

    def settle(self) -> None:
        """At the end: where nothing else is named, something is chosen."""
        if self._left_open is not None and not self.discourse.objects:
            self._mention(*self._left_open)

    def _mention(self, noun: str, start: int, end: int) -> None:
        span = Span(start=self.words.tokens[start].start, end=self.words.tokens[end - 1].end)
        entry = lookup(noun, Vocabulary.ICONS)
        known, living = entry is not None, entry is not None and entry.living
        self.discourse.mention([ObjectDraft(noun=entry.noun if entry else noun, span=span, known=known, living=living)])
        self.corrections.append(Correction(span=span, word=entry.noun if entry else noun))
