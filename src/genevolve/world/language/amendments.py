"""What a free request takes back: "two rabbits, no wait, make it three", "OPEN DAY – sorry, I meant OPEN EVENING"."""

from collections.abc import Callable

from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import ObjectDraft, TextDraft
from genevolve.world.language.hours import Hours
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span
from genevolve.world.language.phrases import NounPhrases
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_TAKES_BACK = word_set("sorry oops wait actually meant mean scratch correction rather")
_ALONG = word_set("no i that it make should be have been or better uh um hang on not a an the wrong")
_LONGEST = 10  # words of a remark that takes something back
_MARKS = frozenset({Kind.COMMA, Kind.COLON, Kind.SEMICOLON, Kind.STOP})


class Amendments:
    """``excluded`` takes the words that no longer hold, with those that say so."""

    def __init__(self, words: Words, phrases: NounPhrases, discourse: Discourse, excluded: list[Span], hours: Hours) -> None:
        self.words = words
        self.hours = hours
        self.phrases = phrases
        self.discourse = discourse
        self.excluded = excluded

    def read(self, here: int, read_text: Callable[[int], int]) -> int:
        """The end of the remark and of the number, the colour or the text that holds instead."""
        at = self._remark_end(here)
        if at == here:
            return here
        if (hour := self._hour(here, at)) > 0 or not self.discourse.drafts:
            return hour or here
        return (
            self._number(here, at) or self._colour(here, at) or self._text(here, at, read_text) or self._noun(here, at) or here
        )

    def _remark_end(self, here: int) -> int:
        words, at, taken_back = self.words, here, False
        if not words.free or words.kind(here - 1) not in _MARKS | {Kind.QUOTE}:
            return here
        while at < here + _LONGEST and (words.lower(at) in _TAKES_BACK | _ALONG or words.kind(at) in _MARKS):
            if words.number(at) is not None:
                break
            making = words.words(at, at + 2) in {"make it", "make that"} and words.number(at + 2) is not None
            taken_back = taken_back or words.lower(at) in _TAKES_BACK or making
            at += 1
        return at if taken_back else here

    def _hour(self, here: int, at: int) -> int:
        """ "at night, no wait, make it early morning": of the hour that was said before."""
        words = self.words
        said = self.hours.whole.light
        end = self.hours.at(at) if said is not None else at
        if end == at:
            return 0
        told = set((said or "").lower().split())
        self.excluded.append(self._span(here, at))
        self.excluded += [self._span(index, index + 1) for index in range(here) if words.lower(index) in told]
        return end

    def _number(self, here: int, at: int) -> int:
        """ "…, make it three": of what was named last."""
        words = self.words
        number = words.number(at)
        objects = self.discourse.recent_objects
        if number is None or not objects or (words.is_word(at + 1) and not words.has("stops", at + 1)):
            return 0
        counted = next((obj for obj in objects if obj.number != 1), objects[0])
        self._take_back_in(counted, here, at, lambda index: words.number(index) is not None)
        counted.number = number
        self.discourse.turn_to([counted])
        return at + 1

    def _colour(self, here: int, at: int) -> int:
        words = self.words
        found = words.longest_colour(at, at + 3)
        objects = self.discourse.recent_objects
        if found is None or not objects or (words.is_word(found[1]) and not words.has("stops", found[1])):
            return 0
        painted = next((obj for obj in objects if obj.colour is not None), objects[0])
        self._take_back_in(painted, here, at, lambda index: words.colour(index, 1) is not None)
        painted.colour = found[0]
        self.discourse.turn_to([painted])
        return found[1]

    def _noun(self, here: int, at: int) -> int:
        """ "two dogs, sorry, cats": as many of another kind."""
        phrase, objects = self.phrases.at(at), self.discourse.recent_objects
        if phrase is None or not phrase.known or phrase.quantity.number is not None or not objects:
            return 0
        obj = objects[0]
        said_before = phrase.noun == obj.noun or phrase.plural  # "two red dogs, sorry, cats"
        kept = phrase.colour is None and obj.colour is not None and said_before
        self._take_back_in(obj, here, at, lambda index: self.words.number(index) is None and not (kept and self._shade(index)))
        if phrase.quantity.article or self.words.lower(at - 1) in {"a", "an"}:
            obj.number = 1
        tokens = self.words.tokens
        obj.noun, obj.known, obj.living, obj.of = phrase.noun, True, phrase.living, ""
        obj.colour, obj.size = phrase.colour or (obj.colour if said_before else None), phrase.size or obj.size
        obj.span = Span(start=obj.span.start, end=tokens[phrase.end - 1].end)
        self.discourse.turn_to([obj])
        return phrase.end

    def _shade(self, index: int) -> bool:
        return self.words.colour(index, 1) is not None

    def _text(self, here: int, at: int, read_text: Callable[[int], int]) -> int:
        """Another text in the place of the last one, which keeps its role and its look."""
        words, texts = self.words, self.discourse.texts
        if not texts or not (words.kind(at) is Kind.QUOTE or words.shouted(at)):
            return 0
        before = texts[-1]
        end = read_text(at)
        after = self.discourse.texts[-1]
        if end == at or after is before or not isinstance(after, TextDraft):
            return 0
        after.role, after.place = before.role, before.place
        after.colour, after.bold, after.large = before.colour, before.bold, before.large
        self.excluded += [before.span, self._span(here, at)]
        self.discourse.drop(before)
        return end

    def _take_back_in(self, obj: ObjectDraft, here: int, at: int, holds: Callable[[int], bool]) -> None:
        """The remark, and the words of the object's phrase for which something else holds now."""
        tokens = self.words.tokens
        self.excluded.append(self._span(here, at))
        for index in range(here):
            if obj.span.start <= tokens[index].start < obj.span.end and holds(index):
                self.excluded.append(self._span(index, index + 1))

    def _span(self, start: int, end: int) -> Span:
        return Span(start=self.words.tokens[start].start, end=self.words.tokens[end - 1].end)
