"""What stands before the adjectives of a noun phrase: determiner, number, vague amount, group and arrangement."""

from dataclasses import dataclass

from genevolve.core.claim import Arrangement, Arranging, Piling
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_ARRANGED = {
    "row": Arrangement.ROW,
    "line": Arrangement.ROW,
    "column": Arrangement.COLUMN,
    "stack": Arrangement.COLUMN,
    "tower": Arrangement.COLUMN,
    "grid": Arrangement.GRID,
    "circle": Arrangement.CIRCLE,
    "ring": Arrangement.CIRCLE,
}
_PILED = {"stack": Piling.STACK, "tower": Piling.STACK, "pile": Piling.PILE, "heap": Piling.PILE}
_UNITS = word_set("pm am cm mm px percent o'clock")
_MOST_STEPS = 8
_GROUPS = {"couple": 2, "pair": 2, "pairs": 2, "trio": 3, "quartet": 4}
_POSSESSIVE = word_set("my our your its their his her")


@dataclass(slots=True)
class Quantity:
    """``number`` None and not ``vague``: nothing was said."""

    number: int | None = None
    vague: bool = False
    exact: bool = False
    article: bool = False
    definite: bool = False
    universal: bool = False
    possessive: bool = False
    another: bool = False
    arrangement: Arranging | None = None
    columns: int | None = None

    @property
    def said(self) -> bool:
        return self.article or self.definite or self.universal or self.vague or self.number is not None


class Quantities:
    def __init__(self, words: Words) -> None:
        self.words = words

    def at(self, here: int) -> tuple[Quantity, int]:
        """The quantity that starts at ``here`` and where it ends (``here`` itself when there is none)."""
        quantity = Quantity()
        for _ in range(_MOST_STEPS):
            end = self._step(here, quantity)
            if end == here:
                break
            here = end
        return quantity, here

    def _step(self, here: int, quantity: Quantity) -> int:
        words = self.words
        if words.kind(here) is Kind.NUMBER:
            return self._digits(here, quantity)
        if not words.is_word(here):
            return here
        word = words.lower(here)
        if words.has("exact", here) and not (word == "only" and quantity.article):
            quantity.exact = True
        elif words.has("articles", here):
            quantity.article = True
        elif words.has("universal", here):
            quantity.universal = True
        elif words.has("definite", here) and not self._relative(here):
            self._determine(word, quantity)
        elif word in {"another", "other"} and words.is_word(here + 1):
            quantity.article = quantity.another = True
        elif word == "of" and quantity.universal:  # "each of the dogs"
            return here + 1
        else:
            return self._amount(here, quantity)
        return here + 1

    def _relative(self, here: int) -> bool:
        """ "that" and "this" are determiners only before a noun: not in "a sign that says", "that is"."""
        if self.words.lower(here) not in {"that", "this", "these", "those"}:
            return False
        after = self.words.lower(here + 1)
        if self.words.free and self.words.is_word(here - 1) and self.words.has("verbs", here + 1):
            return not self.words.has("stops", here - 1)  # "birds that fly": no insect
        verb = after in self.words.lexicon.verb_forms or self.words.has("text_verbs", here + 1)
        return not self.words.is_word(here + 1) or verb or self.words.has("stops", here + 1)

    def _determine(self, word: str, quantity: Quantity) -> None:
        quantity.definite = True
        quantity.possessive = word in _POSSESSIVE
        quantity.number = 2 if word == "both" else quantity.number

    def _amount(self, here: int, quantity: Quantity) -> int:
        words = self.words
        word = words.lower(here)
        if words.has("rough", here) and words.number(here + 1) is not None:
            return here + 1
        if words.number(here) is not None:
            tied = words.joined(here) and words.number(here + 1) is None  # "three-letter"
            return here if tied else self._number(here, quantity)
        if word == "half" and words.words(here + 1, here + 3) == "a dozen":
            quantity.number = 6
            return here + 3
        if self._names_object(here):
            return here
        if words.free and word in {"stacked", "piled"} and (quantity.number or 0) > 1 and words.is_word(here + 1):
            quantity.arrangement = Piling.STACK if word == "stacked" else Piling.PILE
            return here + 1
        if words.has("vague", here):
            quantity.vague = True
            return here + 1 + (words.lower(here + 1) == "of")
        if word == "dozen":
            quantity.number = (quantity.number or 1) * 12
            return here + 1 + (words.lower(here + 1) == "of")
        if words.free and word in {"pair", "pairs"} and self._one_pair(here):
            return here + 2
        if word in _GROUPS and words.lower(here + 1) == "of":
            quantity.number = (quantity.number or 1) * _GROUPS[word]
            return here + 2
        return self._grouped(here, quantity)

    def _names_object(self, here: int) -> bool:
        """An object whose name holds the group word: "stack of books", "pair of scissors"."""
        last = min(here + 5, len(self.words))
        return self.words.lower(here + 1) == "of" and any(
            self.words.entry_of(self.words.words(here, end)) is not None for end in range(here + 3, last + 1)
        )

    def _one_pair(self, here: int) -> bool:
        """ "a pair of red scissors": one thing, whose own name is a pair of them."""
        words = self.words
        end = here + 2
        while end < here + 5 and words.is_word(end) and words.adjective(end):
            end += 1
        entry = words.entry_of(words.lower(end)) if words.lower(here + 1) == "of" else None
        return entry is not None and words.entry_of(f"pair of {entry.noun}") is not None

    def _grouped(self, here: int, quantity: Quantity) -> int:
        """ "a row of", "two neat rows of three", "a small group of", "a slice of"."""
        words, at = self.words, here
        while at < here + 2 and words.adjective(at) and words.lower(at + 1) != "of":
            at += 1
        if words.lower(at + 1) != "of" or not words.is_word(at):
            return here
        word = words.lower(at)
        piled = _PILED.get(word) if words.free else None
        arranged = piled or _ARRANGED.get(word) or _ARRANGED.get(word.removesuffix("s"))
        if arranged is not None:
            self._arrange(at + 2, word, arranged, quantity)
            return at + 2
        kin = words.free and word == "family" and words.lower(at + 2) in words.lexicon.words["definite"] | {"a", "an"}
        if words.has("herds", at) or (words.free and word == "family" and not kin):  # "a family of ducks"
            quantity.vague = quantity.number is None
            return at + 2
        return at + 2 if words.has("portions", at) and words.is_word(at + 2) else here

    def _arrange(self, after: int, word: str, arranged: Arranging, quantity: Quantity) -> None:
        rows = quantity.number
        each = self.words.number(after)
        quantity.arrangement = arranged
        if quantity.columns:  # "a 3 by 3 grid of stars": the number is known
            return
        if rows is not None and word in {"rows", "columns", "lines"}:
            quantity.arrangement = Arrangement.GRID
            quantity.columns = rows if word == "columns" else each
            quantity.number = rows * each if each else None
        quantity.vague = quantity.number is None and each is None

    def _number(self, here: int, quantity: Quantity) -> int:
        words = self.words
        value = words.number(here) or 0
        here += 1
        units = words.number(here)
        if value >= 20 and value % 10 == 0 and units is not None and 0 < units < 10:  # twenty-five
            value, here = value + units, here + 1
        if quantity.columns and quantity.number is not None:  # "two rows of three": multiplied already
            return here
        quantity.number, quantity.vague = value, False
        columns = words.number(here + 1) if words.lower(here) in {"by", "times"} else None
        if columns:
            quantity.number, quantity.columns, quantity.arrangement = value * columns, columns, Arrangement.GRID
            here += 2
        if words.lower(here) == "of" and words.has("definite", here + 1):  # "two of the dogs"
            here += 1
        return here

    def _digits(self, here: int, quantity: Quantity) -> int:
        """A number in digits counts something when words follow: "3 oranges"; not "40th", "3D", "8 pm"."""
        words = self.words
        after = words.tokens[here + 1] if here + 1 < len(words) else None
        if words.number(here) is None or after is None or after.kind not in {Kind.WORD, Kind.NUMBER}:
            return here
        tied = after.start == words.tokens[here].end and after.lower != "by"
        return here if tied or after.lower in _UNITS else self._number(here, quantity)
