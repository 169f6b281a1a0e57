"""Numbers that are only compared: "more cats than dogs", "twice as many roses as tulips", "as many pears as apples"."""

from dataclasses import replace

from genevolve.world.language.discourse import Discourse
from genevolve.world.language.objects import Objects
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_MANY, _FEW, _SAME = 4, 2, 3  # of a free request: the ledger says that they were chosen


class More:
    def __init__(self, words: Words, objects: Objects, discourse: Discourse) -> None:
        self.words = words
        self.objects = objects
        self.discourse = discourse

    def read(self, here: int) -> int:
        """The end of the comparison, whose two things get numbers; ``here`` where there is none."""
        words = self.words
        more, fewer = words.lower(here) == "more", words.lower(here) in {"fewer", "less"}
        twice = words.words(here, here + 3) in {"twice as many", "double as many"}
        same = not twice and words.words(here, here + 2) == "as many" and words.words(here - 1, here) not in {"twice", "double"}
        start, joint = (here + 3, "as") if twice else (here + 2, "as") if same else (here + 1, "than")
        one = self.objects.phrases.at(start) if words.free and (more or fewer or twice or same) else None
        if one is None or not one.plural or one.quantity.number is not None or words.lower(one.end) != joint:
            return here
        other = self.objects.phrases.at(one.end + 1)
        if other is None or not other.plural or other.quantity.number is not None or words.kind(other.end) is Kind.COLON:
            return here
        drafts = [self.objects.draft(one), self.objects.draft(other)]
        numbers = (_SAME, _SAME) if same else (_FEW, _MANY) if fewer else (_MANY, _FEW)
        drafts[0].number, drafts[1].number = numbers
        drafts[0].span = replace(drafts[0].span, start=words.tokens[here].start)
        self.discourse.mention(drafts)
        return other.end
