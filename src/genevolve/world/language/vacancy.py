"""Parts of the picture that a free request wants empty: "leave the middle empty for text", "keep the top free"."""

from genevolve.core.claim import Place
from genevolve.world.language.discourse import Discourse, put
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.words import Words

_KEEP = word_set("leave leaving keep keeping with have")
_EMPTY = word_set("empty free clear blank open")
_PARTS = word_set("part side area section half third space of the image picture banner page")
_FOR = word_set(
    "for a an the my our your some text title titles words wording writing lettering logo headline caption message name"
)
_ROOM = word_set("space room")
_WHERE = {
    "middle": Place.CENTER, "centre": Place.CENTER, "center": Place.CENTER, "top": Place.TOP, "bottom": Place.BOTTOM,
    "left": Place.LEFT, "right": Place.RIGHT,
}  # fmt: skip
_ELSEWHERE = {Place.TOP: Place.BOTTOM, Place.BOTTOM: Place.TOP, Place.LEFT: Place.RIGHT, Place.RIGHT: Place.LEFT}


class Vacancy:
    """``corrections``: the words of such a wish, once everything stands elsewhere."""

    def __init__(self, words: Words, discourse: Discourse) -> None:
        self.words = words
        self.discourse = discourse
        self.corrections: list[Correction] = []
        self._empty: Place | None = None
        self._span = Span(start=0, end=0)

    def read(self, here: int) -> int:
        """The end of the wish; ``here`` where none is."""
        words = self.words
        if not words.free or words.lower(here) not in _KEEP:
            return here
        end = self._part_empty(here + 1) or self._room_at(here + 1)
        if not end:
            return here
        self._span = Span(start=words.tokens[here].start, end=words.tokens[end - 1].end)
        return end

    def _part_empty(self, here: int) -> int:
        """ "the middle (of the banner) empty (for the title)"."""
        words = self.words
        at = words.after(here, {"the", "its"}, most=1)
        place = _WHERE.get(words.lower(at))
        end = words.after(at + 1, _PARTS, most=4)
        if place is None or words.lower(end) not in _EMPTY:
            return 0
        self._empty = place
        return words.after(end + 1, _FOR, most=4) if words.lower(end + 1) == "for" else end + 1

    def _room_at(self, here: int) -> int:
        """ "(some) space for text at the top", "an empty space in the middle"."""
        words = self.words
        at = words.after(here, {"some", "a", "an", "enough"} | _EMPTY, most=3)
        if words.lower(at) not in _ROOM:
            return 0
        at = words.after(at + 1, _FOR, most=4)
        led = words.after(at, {"at", "in", "on", "the"}, most=2)
        place = _WHERE.get(words.lower(led))
        if place is None or led == at:
            return 0
        self._empty = place
        end = words.after(led + 1, {"part", "side"}, most=1)
        return words.after(end, _FOR, most=4) if words.lower(end) == "for" else end

    def settle(self) -> None:
        """At the end: what nobody placed goes elsewhere; of a single thing the middle cannot be free."""
        loose = [obj for obj in self.discourse.objects if obj.place is None and not obj.links]
        others = [obj for obj in self.discourse.objects if obj not in loose and not obj.links]
        taken = any(obj.place is self._empty for obj in others)
        sideways = self._empty in {Place.LEFT, Place.RIGHT}  # where there is room for one
        if self._empty is None or not loose or taken or (sideways and len(loose) > 1):
            return
        if self._empty is Place.CENTER and len(loose) < 2:
            return
        for number, obj in enumerate(loose):
            put(obj, _ELSEWHERE.get(self._empty, Place.RIGHT if number % 2 else Place.LEFT))
        self.corrections.append(Correction(span=self._span, word="the other side"))
