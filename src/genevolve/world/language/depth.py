"""What is far and what is near: "hills in the background", "a tiger in the foreground and a waterfall in the distance"."""

from genevolve.core.claim import Direction
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.phrases import NounPhrases
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

_FAR, _NEAR = word_set("background backdrop distance horizon"), word_set("foreground")
_RANGES = word_set("mountains hills woods trees dunes clouds houses")
_BEFORE_MOUNTAINS = word_set("field meadow lake village park garden countryside farm")


class Depth:
    """``corrections`` are the words for near and far, and how they were read."""

    def __init__(self, words: Words, phrases: NounPhrases, discourse: Discourse, whole: WholeImage) -> None:
        self.words = words
        self.phrases = phrases
        self.discourse = discourse
        self.whole = whole
        self.corrections: list[Correction] = []
        self._placed: list[tuple[ObjectDraft, bool, int]] = []

    def read(self, here: int) -> int:
        """The end of words that say how near the last thing is, or of a landscape in the background."""
        if not self.words.free:
            return here
        return self._landscape(here) or self._thing(here) or here

    def _phrase_end(self, here: int) -> int:
        """The end of "in the (far) background", "on the horizon"; 0 where no such words stand."""
        words = self.words
        at = words.after(here + 1, {"the", "far", "very", "misty"}, most=3)
        led = words.lower(here) in {"in", "on"} and words.lower(here + 1) == "the"
        return at + 1 if led and words.lower(at) in _FAR | _NEAR and words.lower(at + 1) != "of" else 0

    def _landscape(self, here: int) -> int:
        """ "mountains in the background" of a field: where the scene is set, and no things in it."""
        words = self.words
        phrase = self.phrases.any_at(here)
        end = self._phrase_end(phrase.end) if phrase is not None else 0
        if phrase is None or not end or words.lower(end - 1) in _NEAR or phrase.quantity.number is not None:
            return 0
        wide = words.lower(phrase.end - 1) in _RANGES or (words.is_place(phrase.end - 1) and not phrase.known)
        named = self.whole.background
        if not wide or not self._joins(named, words.lower(phrase.end - 1)):
            return 0
        seen = words.words(words.after_determiners(phrase.start), phrase.end)
        self.whole.background = f"mountain {named}" if named is not None else seen
        self._say(end - 1, "background")
        self.discourse.last = Last.PLACE
        return end

    def _joins(self, named: str | None, word: str) -> bool:
        """Whether the picture of what the scene is set in can have ``word`` behind it."""
        return named is None or (word == "mountains" and named in _BEFORE_MOUNTAINS)

    def _thing(self, here: int) -> int:
        end = self._phrase_end(here)
        things = objects_in(self.discourse.active)[-1:]
        if not end or not things:
            return 0
        self._placed.append((things[0], self.words.lower(end - 1) in _NEAR, end - 1))
        self.discourse.last = Last.PLACE
        return end

    def settle(self) -> None:
        """At the end: each is behind or before the first other thing, where nothing else was said of the two."""
        for thing, near, at in sorted(self._placed, key=lambda one: one[1]):  # the far ones first
            other = next((obj for obj in self.discourse.objects if obj is not thing and not _tied(obj, thing)), None)
            twin = next((obj for obj, nigh, _ in self._placed if nigh is not near), None)
            other = twin or other
            if other is None:
                continue
            if not _tied(thing, other):
                thing.links.append((Direction.IN_FRONT_OF if near else Direction.BEHIND, (other,)))
            before = (Direction.IN_FRONT_OF, (other,)) in thing.links
            self._say(at, "in front" if before else "behind")

    def _say(self, at: int, word: str) -> None:
        token = self.words.tokens[at]
        self.corrections.append(Correction(span=Span(start=token.start, end=token.end), word=word))


def _tied(one: ObjectDraft, other: ObjectDraft) -> bool:
    return any(other in targets for _, targets in one.links) or any(one in targets for _, targets in other.links)
