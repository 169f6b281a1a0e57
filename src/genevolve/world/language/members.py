"""One or some of several things: "the middle one is larger", "one of them wearing a hat", "all red except one", "the rest"."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Arrangement, Direction
from genevolve.world.language.bearing import Bearing
from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import Draft, ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Size, Span
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_WHICH = {
    "first": Direction.LEFT_OF, "left": Direction.LEFT_OF, "leftmost": Direction.LEFT_OF,
    "last": Direction.RIGHT_OF, "right": Direction.RIGHT_OF, "rightmost": Direction.RIGHT_OF,
    "middle": Direction.BETWEEN, "central": Direction.BETWEEN, "centre": Direction.BETWEEN, "center": Direction.BETWEEN,
}  # fmt: skip
_OTHER = word_set("other another second third")
_REST = word_set("rest others remaining")
_OF_THEM = word_set("them which these those whom")
_LEADS = word_set("the and but only just with while")
_EXCEPT = word_set("except but save excluding")
_IS = word_set("is are being painted coloured colored in")
_MUCH = word_set("much slightly clearly noticeably far twice a very bit")
_AUXILIARIES = word_set("do does did are is have has")
_DENYING = word_set("not without none nothing")
_DENIED = word_set("don't doesn't didn't aren't isn't haven't hasn't without")
_FEWEST = 2  # colours that are told apart
_SMALL = word_set("smaller shorter tinier small tiny little")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Which:
    """Which of several: ``number`` of them, ``where`` they stand; ``rest``: what nothing was said of yet."""

    start: int
    end: int
    number: int = 1
    where: Direction | None = None
    rest: bool = False
    of_them: bool = False  # no other thing can be meant: "two of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What is said of them: up to token ``end``."""

    end: int
    colour: str | None = None
    size: Size | None = None
    compared: bool = False


class Members:
    def __init__(self, words: Words, bearing: Bearing, discourse: Discourse, excluded: list[Span]) -> None:
        self.words = words
        self.bearing = bearing
        self.discourse = discourse
        self._excluded = excluded
        self._rest: ObjectDraft | None = None  # what is left of several: "the other"

    def read(self, here: int) -> int:
        """The end of what is said of some of several things; ``here`` where nothing is."""
        words = self.words
        if not words.free:
            return here
        if (end := max(self._each_its_colour(here), self._all_in_one(here))) > here:
            return end
        lead = self._except(here)
        at = lead if lead > here else words.after(here, _LEADS, most=3)
        which = self._which(at)
        whole = self._whole(which) if which is not None else None
        if which is None or whole is None:
            return here
        if which.rest and (end := self._denied(which.end, whole)) > which.end:
            self._excluded.append(Span(start=words.tokens[which.end].start, end=words.tokens[end - 1].end))
            return end
        said = self._said(which.end, left_out=lead > here)
        bears = self.bearing.verb(which.end)[0] > which.end
        if said is None and not bears:
            return max(here, self._past_quality(which.end)) if which.of_them else here
        if lead > here:
            self._excluded.append(Span(start=words.tokens[here].start, end=words.tokens[lead - 1].end))
        further = said is not None and self._further(whole, which, said)
        member = self._beside(whole, which) if further else whole if which.rest else self._taken_out(whole, which)
        if lead > here and whole.colour is not None and (said is None or said.colour is None):
            member.avoided.append(whole.colour)  # "all white except one"
        if said is not None:
            self._describe(member, whole, said)
            if member is not whole:  # "two black ones"
                member.span = replace(member.span, end=words.tokens[said.end - 1].end)
        self.discourse.turn_to([whole, member] if further else [member])
        return said.end if said is not None else which.end

    def _each_its_colour(self, here: int) -> int:
        """ "three candles: red, green and blue": as many colours as there are of them, one for each."""
        words = self.words
        led = words.lower(here) in {"in", "are", "coloured", "colored"}
        if not led and words.kind(here - 1) not in {Kind.COLON, Kind.COMMA}:
            return here
        found, end = self._colours(here + led)
        whole = next(iter(self.discourse.recent_objects), None)
        ends = not words.is_word(end) or words.has("stops", end)
        if whole is None or not ends or len(found) < _FEWEST or whole.number != len(found) or whole.split or whole.colour:
            return here
        members, in_row = [], whole.arrangement is Arrangement.ROW
        for colour, start, past in found:
            member = self._taken_out(whole, _Which(start=start, end=past)) if (whole.number or 0) > 1 else whole
            member.colour, member.colour_clause = colour, None
            members.append(member)
        if in_row:  # from left to right as they are told
            for before, after in itertools.pairwise(members):
                before.links = [link for link in before.links if whole not in link[1]]
                self.discourse.relate([after], Direction.RIGHT_OF, [before])
        self.discourse.turn_to(members)
        return end

    def _all_in_one(self, here: int) -> int:
        """ "(twelve roses in a vase,) all white": said of the several things, and not of the latest one."""
        words = self.words
        found = words.longest_colour(here + 1, here + 4) if words.lower(here) == "all" else None
        latest = self.discourse.recent_objects
        whole = next((obj for obj in latest if (obj.number or 0) > 1), None)
        ends = found is not None and (not words.is_word(found[1]) or words.lower(found[1]) in _EXCEPT | {"apart", "aside"})
        if found is None or whole is None or whole.colour is not None or not ends or latest[0] is whole:
            return here
        whole.colour, whole.colour_clause = found[0], self.discourse.clause
        self.discourse.turn_to([whole])
        return found[1]

    def _denied(self, here: int, whole: ObjectDraft) -> int:
        """ "(the others) don't", "are not", "without one": what is said of the first ones is not true of the rest."""
        words = self.words
        end = here + (words.lower(here) in _AUXILIARIES)
        denied = words.lower(here).replace("’", "'") in _DENIED or words.lower(end) in _DENYING
        end += words.lower(end) in _DENYING or end == here
        end = words.after(end, {"one", "any", "it", "them", "have", "wear"}, most=2)
        if not denied or (words.is_word(end) and not words.has("stops", end)):
            return here
        taken = [obj for obj in self.discourse.recent_objects if obj.noun == whole.noun and obj is not whole]
        whole.avoided += [obj.colour for obj in taken[:1] if obj.colour is not None and whole.colour is None]
        return end

    def _colours(self, here: int) -> tuple[list[tuple[str, int, int]], int]:
        """The colours of "red, green and blue", each with its tokens, and where they end."""
        words = self.words
        found: list[tuple[str, int, int]] = []
        end = here
        while (colour := words.longest_colour(here, here + 3)) is not None:
            found.append((colour[0], here, colour[1]))
            end = here = colour[1]
            here += words.kind(here) is Kind.COMMA
            here += words.lower(here) == "and"
            if here == end:
                break
        return found, end

    def read_shared_noun(self, here: int) -> int:
        """ "two big and three small fish": the noun is said once for both."""
        words, objects = self.words, self.bearing.objects
        at = here + 1 if words.number(here) is not None or words.has("articles", here) else here
        size = words.size(at) if at > here and words.free else None
        phrase = objects.phrases.at(at + 2) if size is not None and words.lower(at + 1) == "and" else None
        if phrase is None or phrase.size in {None, size} or not phrase.known or not phrase.quantity.said:
            return here
        draft = objects.draft(phrase)
        draft.number, draft.size, draft.colour = words.number(here) or 1, size, None
        draft.span = Span(start=words.tokens[here].start, end=words.tokens[at].end)
        self.discourse.mention([draft])
        return at + 1

    def _except(self, here: int) -> int:
        """The end of "except (for)", "but" where it leaves some of them out."""
        words = self.words
        aside = words.words(here, here + 2) in {"apart from", "aside from"}
        if words.lower(here) not in _EXCEPT and not aside:
            return here
        at = here + 1 + (aside or words.lower(here + 1) == "for")
        led = words.lower(here) != "but" or any(words.lower(here - back) in {"all", "every", "each"} for back in (1, 2, 3))
        return at + (words.lower(at) == "the") if led else here

    def _which(self, at: int) -> _Which | None:
        words, word = self.words, self.words.lower(at)
        single = word in _WHICH or word in _OTHER
        number = 1 if single else words.number(at)
        if word == "half" and (even := self._half()):
            return _Which(start=at, end=self._past_them(at + 1), number=even, of_them=True)
        if word == "other" and words.lower(at + 1) == "half" and self._rest is not None:
            return _Which(start=at, end=self._past_them(at + 2), rest=True)
        if word in _REST:
            end = at + 1 + (words.lower(at + 1) in {"ones"})
            return _Which(start=at, end=self._past_them(end), rest=True)
        if number is None:
            return None
        end = at + 1
        if single and words.lower(end) in {"one", "ones"}:
            end += 1
        elif word in _WHICH and words.number(end) is not None and words.lower(end + 1) == "ones":  # "the last two ones"
            number, end = words.number(end), end + 2
        past = self._past_them(end)
        past = self._past_noun(past) if single and past == end == at + 1 else past
        where = _WHICH.get(word)
        if word == "one" and (side := self._on_side(end)) is not None:
            return _Which(start=at, end=end + 3, where=side, of_them=True)
        of_them = past > end or single
        return _Which(start=at, end=past, number=number or 1, where=where, of_them=of_them)

    def _past_noun(self, end: int) -> int:
        """ "the middle | candle", of three candles that were named before."""
        entry = self.words.entry_of(self.words.lower(end))
        latest = self.discourse.recent_objects[:1]
        return end + 1 if entry is not None and any(obj.noun == entry.noun for obj in latest) else end

    def _half(self) -> int:
        """Half of the latest things, where they are an even number; else 0."""
        number = next((obj.number for obj in self.discourse.recent_objects if (obj.number or 0) > 1), 0) or 0
        return number // 2 if number % 2 == 0 else 0

    def _on_side(self, end: int) -> Direction | None:
        """ "the one | in the middle", "… on the left"."""
        words = self.words
        led = words.lower(end) in {"in", "on", "at"} and words.lower(end + 1) == "the"
        ends = self.bearing.verb(end + 3)[0] > end + 3 or self._said(end + 3, left_out=False) is not None
        return _WHICH.get(words.lower(end + 2)) if led and ends else None

    def _past_them(self, end: int) -> int:
        words = self.words
        return end + 2 if words.lower(end) == "of" and words.lower(end + 1) in _OF_THEM else end

    def _past_quality(self, here: int) -> int:
        """ "(two of them) lit": a quality that is not drawn is nobody's else, either."""
        words = self.words
        end = at = words.after(here, _IS, most=1)
        while words.adjective(end) or words.lower(end) == "lit":
            end += 1
        ends = not words.is_word(end) or words.has("stops", end)
        return end if end > at and ends else -1

    def _whole(self, which: _Which) -> ObjectDraft | None:
        """The things that they are some of, which are enough for that."""
        recent = self.discourse.recent_objects
        rest = self._rest
        several = next((obj for obj in recent if rest is not None and ((obj.number or 0) > 1 or obj.noun == rest.noun)), None)
        if rest is not None and several is not None and several.noun == rest.noun:
            return rest if which.rest or which.number <= (rest.number or 0) else None
        return next((obj for obj in recent if (obj.number or 0) > max(1, which.number) and not which.rest), None)

    def _said(self, here: int, *, left_out: bool) -> _Said | None:
        """Colour and size: "(is) red", "much larger", "big (ones)"; None where another word follows, which they belong to."""
        words = self.words
        at = words.after(here, {"that", "is", "which"}, most=2) if left_out else here
        at = words.after(at, _IS, most=2)
        at = words.after(at, {"a", *_MUCH}, most=2)
        colour, size, compared = None, None, False
        start = at
        while words.is_word(at):
            if (found := words.longest_colour(at, at + 3)) is not None:
                colour, at = found
            elif words.has("comparatives", at) and words.lower(at).endswith("er"):
                size = Size.SMALL if words.lower(at) in _SMALL else Size.LARGE
                compared, at = True, at + 1
            elif (told := words.size(at)) is not None:
                size, at = told, at + 1
            else:
                break
        if at > start and words.lower(at) in {"one", "ones"}:
            at += 1
        ends = not words.is_word(at) or words.has("stops", at)
        nothing = colour is None and size is None
        if not ends or words.lower(at) == "than" or (nothing and not left_out):
            return None
        return _Said(end=at, colour=colour, size=size, compared=compared)

    def _describe(self, member: ObjectDraft, whole: ObjectDraft, said: _Said) -> None:
        if said.colour is not None:
            member.colour, member.colour_clause = said.colour, None
        if said.size is not None:
            member.size = said.size
        if said.compared and member is not whole:
            other = Size.LARGE if said.size is Size.SMALL else Size.SMALL
            whole.size = whole.size or other
            large, small = (whole, member) if said.size is Size.SMALL else (member, whole)
            large.larger_than.append(small)

    def _further(self, whole: ObjectDraft, which: _Which, said: _Said) -> bool:
        """ "seven white sheep | and one black one": what the several are already, these are not, so they are others."""
        other = (said.colour is not None and whole.colour not in (None, said.colour)) or (
            said.size is not None and whole.size not in (None, said.size) and not said.compared
        )
        return other and not which.of_them and not whole.split and self.words.lower(which.start - 1) == "and"

    def _beside(self, whole: ObjectDraft, which: _Which) -> ObjectDraft:
        """As many more of the kind of ``whole``."""
        member = self._alike(whole, which)
        self.discourse.add(member)
        return member

    def _alike(self, whole: ObjectDraft, which: _Which) -> ObjectDraft:
        """Things of the same kind in the same place, of which nothing else is known."""
        return replace(
            whole, number=which.number, span=self._span(which), links=list(_standing(whole.links)), larger_than=[],
            modifiers=[], avoided=[], colour=None, size=None, arrangement=whole.arrangement if which.number > 1 else None,
        )  # fmt: skip

    def _span(self, which: _Which) -> Span:
        return Span(start=self.words.tokens[which.start].start, end=self.words.tokens[which.end - 1].end)

    def _taken_out(self, whole: ObjectDraft, which: _Which) -> ObjectDraft:
        """Some of ``whole``, which loses them; the last ones are ``whole`` itself."""
        if which.number == whole.number and (whole is self._rest or whole.split):
            self._rest = None
            return whole
        member = replace(self._alike(whole, which), exact=False)
        whole.number, whole.split = (whole.number or 2) - which.number, True
        self._rest = whole
        in_row = whole.arrangement is Arrangement.ROW
        if whole.number == 1:
            whole.arrangement = None
        self.discourse.add(member)
        if which.where is Direction.BETWEEN:
            self.discourse.relate([member], which.where, [whole])
        elif which.where is not None or in_row:
            self.discourse.relate([member], which.where or Direction.NEXT_TO, [whole])
        return member


def _standing(links: Sequence[tuple[Direction, tuple[Draft, ...]]]) -> list[tuple[Direction, tuple[Draft, ...]]]:
    """Where all of them stand, each of them does."""
    return [link for link in links if link[0] in (Direction.ON, Direction.INSIDE, Direction.HELD)]
