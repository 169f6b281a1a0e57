"""What has been mentioned so far, what the clause is about, and what a pronoun stands for."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from itertools import pairwise

from genevolve.core.claim import Arrangement, Arranging, Direction, Piling, Place
from genevolve.world.language.drafts import Draft, GroundDraft, ObjectDraft, TextDraft
from genevolve.world.language.lexicon import word_set

MOST_THINGS = 60
_REMEMBERED = 20
_PLURAL = word_set("them they themselves both these those")

Topic = Draft | GroundDraft


_EACH_TO_LAST: dict[Arranging, Direction] = {
    Arrangement.ROW: Direction.NEXT_TO,
    Arrangement.COLUMN: Direction.BELOW,
    Piling.STACK: Direction.ON,
    Piling.PILE: Direction.ON,
}


class Last(Enum):
    """The kind of phrase that came just before; it decides what the next phrase is about."""

    START = auto()  # the clause has just begun
    FRONTED = auto()  # "On the left, …": what it speaks of comes next
    NOUN = auto()
    PLACE = auto()
    OBJECT = auto()  # what a relation pointed to
    AFTER_OBJECT = auto()  # the same, after a comma or "and"
    CAST = auto()  # "a soft shadow": where it lies says nothing about the object
    RELATION = auto()  # a relation to a pronoun


class Discourse:
    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.subject: list[Topic] = []
        self.group: list[Topic] = []  # the latest mentions, coordinated
        self.last = Last.START
        self.joining = False  # "and" or a comma came since
        self.settled = False  # it was said where the latest are: what comes next stands elsewhere
        self.clause = 0
        self.sentence: list[ObjectDraft] = []  # objects that this sentence is about
        self._pending: list[Callable[[Draft], None]] = []
        self._recent: list[Draft] = []  # latest last
        self._leading: list[Draft] = []  # those that were what a clause was about

    # ---- clauses ---------------------------------------------------------------------------------------------

    def end_clause(self) -> None:
        self.clause += 1
        self.last, self.joining, self.settled = Last.START, False, False
        self.group, self.subject, self._pending = [], [], []

    def end_sentence(self) -> None:
        self.end_clause()
        self.sentence = []

    def join(self) -> None:
        """ "and" or a comma."""
        self.joining = True
        if self.last is Last.OBJECT:
            self.last = Last.AFTER_OBJECT

    def part(self) -> None:
        """ "with": what comes is not coordinated with what was."""
        self.joining = False
        if self.last is Last.NOUN:
            self.last = Last.PLACE

    def await_next(self, apply: Callable[[Draft], None]) -> None:
        """Something was said in front of the object or text that it is about."""
        self._pending.append(apply)
        self.group, self.last = [], Last.FRONTED

    def expect(self, apply: Callable[[Draft], None]) -> None:
        self._pending.append(apply)

    # ---- mentions --------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        return len(self.drafts) >= MOST_THINGS

    @property
    def objects(self) -> list[ObjectDraft]:
        return [draft for draft in self.drafts if isinstance(draft, ObjectDraft)]

    @property
    def texts(self) -> list[TextDraft]:
        return [draft for draft in self.drafts if isinstance(draft, TextDraft)]

    @property
    def recent_objects(self) -> list[ObjectDraft]:
        """Latest first."""
        return [draft for draft in reversed(self._recent) if isinstance(draft, ObjectDraft)]

    def kind_named(self) -> tuple[str, bool] | None:
        """The noun of the latest thing that the inventory knows, and whether it is living."""
        latest = next((obj for obj in self.recent_objects if obj.known), None)
        return None if latest is None else (latest.noun, latest.living)

    def add(self, draft: Draft) -> None:
        self.drafts.append(draft)
        self.touch(draft)

    def touch(self, draft: Draft) -> None:
        self._recent = [other for other in self._recent if other is not draft][-_REMEMBERED:]
        self._recent.append(draft)

    def drop(self, draft: Draft) -> None:
        self.drafts.remove(draft)
        for remembered in (self._recent, self._leading, self.sentence, self.group, self.subject):
            if draft in remembered:
                remembered.remove(draft)  # type: ignore[arg-type]

    def mention(self, drafts: Sequence[Draft]) -> None:
        """These are (part of) what the clause is about; new ones are added."""
        for draft in drafts:
            if draft not in self.drafts:
                self.drafts.append(draft)
            self.touch(draft)
            self._lead(draft)
            for apply in self._pending:
                apply(draft)
        joins = self.joining and self.last is Last.NOUN and not self._pending and not self.settled
        self.settled = False
        self._pending = []
        alike = [topic for topic in self.group if type(topic) is type(drafts[-1])] if drafts else []
        earlier = [topic for topic in alike if topic not in drafts] if joins else []
        self.group = [*earlier, *drafts]
        self.subject = list(self.group)
        self._leading = [led for led in self._leading if led not in drafts][-_REMEMBERED:] + list(drafts)
        self.last, self.joining = Last.NOUN, False

    def _lead(self, draft: Draft) -> None:
        if isinstance(draft, ObjectDraft) and draft not in self.sentence:
            self.sentence.append(draft)

    def turn_to(self, topics: Sequence[Topic]) -> None:
        """The clause is about objects, texts or the background that were named before."""
        self.group, self.subject = list(topics), list(topics)
        for topic in topics:
            if not isinstance(topic, GroundDraft):
                self.touch(topic)
                self._lead(topic)
        self.last, self.joining = Last.NOUN, False

    # ---- what a phrase is about ------------------------------------------------------------------------------

    @property
    def active(self) -> list[Topic]:
        return list(self.group or self.subject)

    @property
    def laid_out(self) -> list[Topic]:
        """The same for relations and places: of "a sign that says STOP next to a door" they are the sign's."""
        carriers = [topic.carrier for topic in self.active if isinstance(topic, TextDraft) and topic.carrier is not None]
        return list(carriers) or self.active

    @property
    def related(self) -> list[Topic]:
        """What a relation is about: the latest mention, or the clause's subject after "and" or a comma."""
        after = self.last is Last.AFTER_OBJECT or (self.joining and self.last in {Last.PLACE, Last.OBJECT, Last.RELATION})
        return list(self.subject) if after else [_borne(topic) for topic in self.laid_out]

    @property
    def placed(self) -> list[Draft]:
        """What a place is about: what the clause is about, unless it has a place and something else was mentioned since."""
        about = self.subject if self.last in {Last.OBJECT, Last.AFTER_OBJECT, Last.RELATION} else self.laid_out
        if all(isinstance(topic, TextDraft) for topic in about):
            about = about[-1:]
        free = [draft for draft in about if not isinstance(draft, GroundDraft) and draft.place is None]
        return free or [draft for draft in self.group if not isinstance(draft, GroundDraft) and draft.place is None]

    def antecedents(self, pronoun: str, besides: Sequence[Topic]) -> list[Draft]:
        """What a pronoun stands for: the latest mention that a clause was about, several for "them"."""
        others = [draft for draft in self._recent if draft not in besides]
        if not others:
            return []
        if pronoun in _PLURAL:
            return self._several(others)
        leading = [draft for draft in others if draft in self._leading]
        first_named_as_target = isinstance(others[-1], ObjectDraft) and others[-1].target
        return leading[-1:] if first_named_as_target and leading else others[-1:]

    def latest(self, besides: Sequence[Topic]) -> list[Draft]:
        """The latest mention of all, as a list of at most one."""
        return [draft for draft in self._recent if draft not in besides][-1:]

    def _several(self, others: list[Draft]) -> list[Draft]:
        objects = [draft for draft in others if isinstance(draft, ObjectDraft)]
        leading = [obj for obj in objects if not obj.target] or objects
        if leading and leading[-1].number != 1:
            return [leading[-1]]
        return list(leading[-2:]) or others[-1:]

    # ---- relations -------------------------------------------------------------------------------------------

    def relate(self, subjects: Sequence[Topic], direction: Direction, targets: Sequence[Draft]) -> None:
        """``between`` takes two targets (one kind of which there are several counts twice); the others one each."""
        between = direction is Direction.BETWEEN
        if not targets:
            return
        pair = (targets[0], targets[1] if len(targets) > 1 else targets[0])
        for subject in subjects:
            if isinstance(subject, GroundDraft) or subject in targets:
                continue
            if direction is Direction.ON and isinstance(targets[0], TextDraft):  # "write … on it": on the picture
                continue
            subject.links.extend([(direction, pair)] if between else [(direction, (target,)) for target in targets[:2]])
            on_object = direction is Direction.ON and any(isinstance(target, ObjectDraft) for target in targets)
            if isinstance(subject, ObjectDraft) and on_object:
                subject.grounded = True

    def arrange(self, objects: Sequence[ObjectDraft], arrangement: Arranging) -> None:
        """Several single objects in a row stand next to each other; in a column each is below the one before."""
        if len(objects) > 1 and all(obj.number == 1 for obj in objects):
            direction = _EACH_TO_LAST.get(arrangement)
            if direction is not None:
                for before, obj in pairwise(objects):
                    obj.links.append((direction, (before,)))
                return
        several = [obj for obj in objects if obj.number != 1]
        for obj in several or objects:
            obj.arrangement = obj.arrangement or arrangement


def _borne(topic: Topic) -> Topic:
    """Of "a cake with the words “Hi” on a plate" it is the cake that stands there."""
    return topic.bearer if isinstance(topic, TextDraft) and topic.bearer is not None else topic


def put(draft: Draft, place: Place) -> None:
    if draft.place is None:
        draft.place = place


def objects_in(topics: Sequence[Topic]) -> list[ObjectDraft]:
    return [topic for topic in topics if isinstance(topic, ObjectDraft)]
