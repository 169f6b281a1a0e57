"""Where objects and texts are on the canvas: the nine places, and rows, columns, grids and circles."""

import math

from genevolve.core.claim import Arrangement, Arranging, Direction, Piling, Place
from genevolve.world.language.discourse import Discourse, Last, objects_in, put
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import PhraseMatch, word_set
from genevolve.world.language.phrases import NounPhrases
from genevolve.world.language.relations import Relations
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_LEADS = word_set("at on in near to toward towards along across over up down into high low right way")
_PARTS = word_set("corner side edge half third area part section quarter quadrant portion margin border")
_PREDICATE = word_set("is are be placed positioned position placement goes")
_BEFORE_NEXT = word_set("there is are stands sits we see put place add draw write comes has should must be")
_SIDES = {Place.LEFT: Direction.LEFT_OF, Place.RIGHT: Direction.RIGHT_OF, Place.BOTTOM: Direction.BELOW}
_STACKED = word_set("stack stacked top")
_WHOLE = word_set("everything view sky it")


class Layout:
    def __init__(self, words: Words, phrases: NounPhrases, relations: Relations, discourse: Discourse) -> None:
        self.words = words
        self.phrases = phrases
        self.relations = relations
        self.discourse = discourse

    # ---- places ----------------------------------------------------------------------------------------------

    def read_place(self, here: int) -> int:
        found = self._place_at(here)
        if found is None or self._rests_on_other(here):
            return here
        place, end = found.meaning, found.end
        if self._of_object(end):  # "at the top of the tower"
            return self.relations.to(here, _SIDES.get(place, Direction.ON), end + 1)
        end = self._after_canvas(end)
        if self._speaks_of_next(here, end):
            self.discourse.await_next(lambda draft: put(draft, place))
            return end
        for draft in self._listed_last(here) or self.discourse.placed:
            put(draft, place)
        self.discourse.last = Last.PLACE
        return end

    def _listed_last(self, here: int) -> list[ObjectDraft]:
        """ "a bed, a lamp | in the corner": of a list that only commas join, the last thing alone is there."""
        words, listed = self.words, objects_in(self.discourse.active)
        if not words.free or len(listed) < 2 or self.discourse.last is not Last.NOUN:
            return []
        gap = words.text[listed[-2].span.end : listed[-1].span.start].split()
        return listed[-1:] if gap == [","] and listed[-1].place is None else []

    def _rests_on_other(self, here: int) -> bool:
        """ "a tree with a bird on top", "a cake with the name “Lena” on top": of the tree, of the cake."""
        words = self.words
        on_top = words.words(here, here + 2) == "on top" and words.lower(here + 2) != "of"
        if on_top and words.free and self.discourse.active and self.discourse.active[-1:] == self.discourse.texts[-1:]:
            return self.discourse.texts[-1].bearer is not None
        return on_top and bool(objects_in(self.discourse.active)) and bool(self.discourse.latest(self.discourse.active))

    def _place_at(self, here: int) -> PhraseMatch[Place] | None:
        words = self.words
        if words.lower(here) in {"centered", "centred", "centrally"}:
            return PhraseMatch(Place.CENTER, here + 1)
        at = words.after(here, _LEADS, most=3)
        led = at > here
        at = words.after(at, {"the", "very", "far"}) if led else at
        found = words.lexicon.places.at(words.tokens, at)
        if words.free and led and words.lower(at) == "corner" and words.lower(at + 1) != "of":
            return PhraseMatch(Place.BOTTOM_RIGHT, at + 1)  # any will do
        if found is None and led:  # "Right: a dog", where "right in the middle" begins alike
            at, led = here, False
            found = words.lexicon.places.at(words.tokens, at)
        if found is None:
            return None
        part = words.lower(found.end) in _PARTS
        end = found.end + part
        names = words.is_word(end) and not words.has("stops", end) and words.lower(end) not in words.lexicon.verb_forms
        if not led:
            several = found.end > at + 1 or part
            heading = self.discourse.last is Last.START and words.kind(end) is Kind.COLON  # "Left: a cat."
            predicate = heading or words.lower(here - 1) in _PREDICATE or words.kind(here - 1) is Kind.COLON
            return PhraseMatch(found.meaning, end) if (several or predicate) and not names else None
        noun_goes_on = names and not part and not words.has("verbs", end) and self.phrases.at(end) is None
        return None if noun_goes_on else PhraseMatch(found.meaning, end)

    def _of_object(self, end: int) -> bool:
        """Whether "of" and an object follow, not the canvas."""
        words = self.words
        if words.lower(end) != "of":
            return False
        at = words.after_modifiers(end + 1)
        return not words.has("canvas", at) and words.lower(at) not in _WHOLE - {"it"}

    def _after_canvas(self, end: int) -> int:
        words = self.words
        if words.lower(end) not in {"of", "in", "on"}:
            return end
        at = words.after_modifiers(end + 1)
        return at + 1 if words.has("canvas", at) or words.lower(at) in _WHOLE - {"it"} else end

    def _speaks_of_next(self, here: int, end: int) -> bool:
        """Whether the place is of what comes next: "On the left, a dog", "… and on the right a cat"."""
        words, discourse = self.words, self.discourse
        if discourse.last is Last.START and not discourse.subject:
            return True
        before = words.lower(here - 1)
        if not discourse.joining and before not in {"while", "with"}:
            return False
        at = words.after(end, _BEFORE_NEXT)
        if words.kind(at) is Kind.QUOTE or (at < len(words) and self.phrases.at(at) is not None):
            return True
        placed = all(getattr(topic, "place", True) is not None for topic in discourse.active)
        return placed and words.kind(at) is Kind.COMMA and self.phrases.at(at + 1) is not None

    # ---- arrangements ----------------------------------------------------------------------------------------

    def read_arrangement(self, here: int) -> int:
        found = self.words.lexicon.arrangements.at(self.words.tokens, here)
        objects = self._arranged()
        grid = self._sized_grid(here) if objects else None
        if grid is not None:
            end, rows, columns = grid
            for obj in objects:
                obj.arrangement, obj.columns = Arrangement.GRID, columns
                obj.number = rows * columns if obj.number in {None, 1} else obj.number
            return end
        if found is None:
            return here
        if self.words.lower(found.end) == "of" and self._count_after(found.end + 1, objects):
            self.discourse.arrange(objects, found.meaning)
            return found.end + 2
        self.discourse.arrange(objects, self._piled(here, found))
        if found.meaning is Arrangement.CIRCLE and self.words.lower(found.end) in {"around", "round"}:
            return self.relations.circle_around(found.end + 1, objects)
        return found.end

    def _piled(self, here: int, found: PhraseMatch[Arranging]) -> Arranging:
        """ "stacked", "on top of each other", "in a pile": one on another, where a column leaves gaps."""
        said = self.words.words(here, found.end).split()
        column = found.meaning is Arrangement.COLUMN and self.words.free
        if column and {"pile", "heap"} & {*said}:
            return Piling.PILE
        return Piling.STACK if column and _STACKED & {*said} else found.meaning

    def _arranged(self) -> list[ObjectDraft]:
        discourse = self.discourse
        nearest = objects_in(discourse.active)
        if discourse.last is Last.OBJECT and all(obj.number == 1 for obj in nearest):
            nearest = []  # "two dogs next to a tree in a row": the dogs
        return nearest or objects_in(discourse.subject) or discourse.recent_objects[:1]

    def _count_after(self, here: int, objects: list[ObjectDraft]) -> bool:
        """ "in a row of five"."""
        number = self.words.number(here)
        for obj in objects:
            obj.number = number if obj.number is None else obj.number
        return number is not None

    def _sized_grid(self, here: int) -> tuple[int, int, int] | None:
        """ "3 by 3", "in a grid of two rows and three columns", "in three rows of four": the end, rows and columns."""
        words = self.words
        at = words.after(here, {"in", "a", "an", "as", "arranged", "grid", "of", "neat", "with", "evenly", "into"}, most=7)
        rows = words.number(at)
        if rows is None:
            return None
        known = self._arranged()[0].number
        if words.lower(at + 1) in {"rows", "columns"} and words.number(at + 3) is None and known and rows:
            across = math.ceil(known / rows) if words.lower(at + 1) == "rows" else rows
            return at + 2, math.ceil(known / across), across
        columns = words.number(at + 2)
        if words.lower(at + 1) in {"by", "times"} and columns:
            return at + 3 + (words.lower(at + 3) in {"grid", "arrangement", "pattern", "layout"}), rows, columns
        if words.lower(at + 1) not in {"rows", "row", "columns", "column"} or words.number(at + 3) is None:
            return None
        other = words.number(at + 3) or 1
        if words.lower(at + 2) in {"of", "with"}:
            across = words.lower(at + 1).startswith("row")
            return at + 4 + (words.lower(at + 4) == "each"), *((rows, other) if across else (other, rows))
        if words.lower(at + 2) in {"and", "by"}:
            return at + 5, *((rows, other) if words.lower(at + 1).startswith("row") else (other, rows))
        return None
