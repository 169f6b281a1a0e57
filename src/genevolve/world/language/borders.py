"""What goes all around a sheet or a text: "flowers round the edge", "a rose in each corner", "stars around it"."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import Draft, ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span
from genevolve.world.language.rims import CORNERS, EDGE
from genevolve.world.language.tokens import Kind, Token
from genevolve.world.language.words import Words

_LEADS = word_set("around round along on at in by all of the its each every both outside four very whole")
_EDGES = word_set("edge edges border borders margin margins outside sides rim")
_BORDER = word_set("border edging")
_FRAMES = frozenset({"framed with", "framed by", "bordered with", "bordered by", "edged with", "trimmed with"})
_SHEET = word_set("it this card page poster picture image sheet sign invitation paper flyer notice certificate menu")
_TEXTS = word_set("it letter word words text title number name lettering writing")
_BEHIND_ROUND = word_set("the it its them this all each both")
_NOTHING = Token(Kind.STOP, "", 0, 0)
_RING = 8  # things around a text where no number is said
_MOST_LEADS = 5


def around(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """ "flowers round the edge": no shape, but where they are."""
    return tuple(
        replace(token, text="around", lower="around") if token.lower == "round" and behind.lower in _BEHIND_ROUND else token
        for token, behind in pairwise([*tokens, _NOTHING])
    )


class Borders:
    def __init__(self, words: Words, discourse: Discourse) -> None:
        self.words = words
        self.discourse = discourse
        self._around: list[tuple[ObjectDraft, tuple[Place, ...]]] = []

    def read(self, here: int) -> int:
        if not self.words.free:
            return here
        readings = (self._named_border, self._around_sheet, self._around_text)
        return next((end for reading in readings if (end := reading(here)) > here), here)

    def _named_border(self, here: int) -> int:
        """ "a border of stars", "a holly border", "framed by leaves"."""
        words = self.words
        at = words.after_determiners(here)
        ends = words.words(here, here + 2) in _FRAMES
        if ends or (words.lower(at) in _BORDER and words.lower(at + 1) in {"of", "with"}):
            self.discourse.await_next(self._mark_edge)
            return here + 2 if ends else at + 2
        start = at
        while at < start + 3 and (words.colour(at, 1) is not None or words.adjective(at)):
            at += 1
        entry = words.entry_of(words.words(at, at + 1)) if words.lower(at + 1) in _BORDER else None
        if entry is None:
            return here
        draft = ObjectDraft(
            noun=entry.noun,
            span=Span(start=words.tokens[at].start, end=words.tokens[at].end),
            number=None,
            known=True,
            colour=words.colour_in(start, at),
        )
        self.discourse.mention([draft])
        self._mark_edge(draft)
        return at + 2

    def _mark_edge(self, draft: Draft) -> None:
        if isinstance(draft, ObjectDraft):
            self._around.append((draft, EDGE))

    def _around_sheet(self, here: int) -> int:
        """ "… around the edges", "… in the corners of the card": of what was named last."""
        words = self.words
        at = words.after(here, _LEADS, most=_MOST_LEADS)
        named = objects_in(self.discourse.active)
        each = {"each", "every"} & {words.lower(index) for index in range(here, at)}
        corners = words.lower(at) == "corners" or (words.lower(at) == "corner" and bool(each))
        if at == here or not named or not (corners or words.lower(at) in _EDGES):
            return here
        end = at + 1
        if words.lower(end) == "of":
            canvas = words.after_determiners(end + 1)
            if words.lower(canvas) not in _SHEET:
                return here
            end = canvas + 1
        self._around += [(draft, CORNERS if corners else EDGE) for draft in named]
        return end

    def _around_text(self, here: int) -> int:
        """ "a K with stars around it": a ring of them."""
        words = self.words
        at = words.after_determiners(here + 1)
        ring = [obj for obj in objects_in(self.discourse.active) if obj.number is None or obj.number > 2]
        text = self.discourse.texts[-1:]
        if words.lower(here) not in {"around", "round"} or words.lower(at) not in _TEXTS or not (ring and text):
            return here
        if words.lower(at) == "it" and any(obj not in ring for obj in self.discourse.objects):
            return here
        for obj in ring[-1:]:
            obj.number, obj.arrangement = obj.number or _RING, Arrangement.CIRCLE
        self.discourse.relate(text, Direction.INSIDE, ring[-1:])
        return at + 1

    def spread(self) -> None:
        """One of each kind in every place, instead of some of them somewhere."""
        for draft, places in self._around:
            alike = draft.number in {None, 1, len(places)}
            if draft in self.discourse.drafts and alike and not _linked(draft, self.discourse.drafts):
                at = self.discourse.drafts.index(draft)
                self.discourse.drafts[at : at + 1] = [_placed(draft, place) for place in places]


def _linked(draft: ObjectDraft, drafts: Sequence[Draft]) -> bool:
    """Whether its place is said by others, or theirs by it."""
    return bool(draft.links) or any(draft in targets for other in drafts for _, targets in other.links)


def _placed(draft: ObjectDraft, place: Place) -> ObjectDraft:
    one = copy(draft)
    one.number, one.place, one.arrangement, one.rim = 1, place, None, True
    return one
