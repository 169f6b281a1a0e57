"""Noun phrases: determiner, quantity, adjectives, noun, and the description that an "of" phrase or a relative clause adds."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from genevolve.core.claim import Arrangement
from genevolve.scene import colours, inventory
from genevolve.scene.lexicon import Lexicon
from genevolve.scene.model import Size
from genevolve.scene.tokens import Kind, Token

_MAX_RUN = 8
_ROWS = {
    "row": Arrangement.ROW,
    "line": Arrangement.ROW,
    "column": Arrangement.COLUMN,
    "stack": Arrangement.COLUMN,
    "tower": Arrangement.COLUMN,
    "grid": Arrangement.GRID,
    "circle": Arrangement.CIRCLE,
    "ring": Arrangement.CIRCLE,
}
_GROUPS = {"couple": 2, "pair": 2, "pairs": 2, "trio": 3, "quartet": 4, "dozen": 12}
_ADJECTIVE_ENDINGS = ("ful", "ous", "ish", "less", "ive", "ed", "est")


@dataclass(slots=True)
class Quantity:
    """What precedes the adjectives. ``number`` None and not ``vague``: nothing was said."""

    number: int | None = None
    vague: bool = False
    exact: bool = False
    article: bool = False
    definite: bool = False
    universal: bool = False
    possessive: bool = False
    another: bool = False
    arrangement: Arrangement | None = None
    columns: int | None = None
    plural: bool = False


@dataclass(slots=True)
class NounPhrase:
    """Tokens [start, end). ``noun`` is singular; ``known`` says that the inventory has it; ``of`` is the text as written."""

    start: int
    end: int
    noun: str
    quantity: Quantity
    known: bool = False
    living: bool = False
    plural: bool = False
    colour: str | None = None
    size: Size | None = None
    of: str = ""
    modifiers: list[str] = field(default_factory=list)
    proper: bool = False

    @property
    def number(self) -> int | None:
        """How many; None for a vague quantity or an uncounted plural."""
        quantity = self.quantity
        if quantity.number is not None:
            return quantity.number
        return None if quantity.vague or self.plural else 1

    @property
    def determined(self) -> bool:
        quantity = self.quantity
        return (
            quantity.article or quantity.definite or quantity.universal or quantity.vague or quantity.number is not None
        )


class NounPhrases:
    """Reads noun phrases from ``tokens`` of ``text``."""

    def __init__(self, text: str, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        self.text = text
        self.tokens = tokens
        self.lexicon = lexicon
        self._entries: dict[str, inventory.Entry | None] = {}

    # ---- small looks at tokens -----------------------------------------------------------------------------------------

    def lower(self, index: int) -> str:
        return self.tokens[index].lower if 0 <= index < len(self.tokens) else ""

    def is_word(self, index: int) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].kind is Kind.WORD

    def in_group(self, group: str, index: int) -> bool:
        return self.lower(index) in self.lexicon.words[group]

    def words(self, start: int, end: int) -> str:
        return " ".join(self.lower(index) for index in range(start, end))

    def written(self, start: int, end: int) -> str:
        """The text of tokens [start, end), as it stands in the source."""
        if start >= end:
            return ""
        return " ".join(self.text[self.tokens[start].start : self.tokens[end - 1].end].split())

    def entry(self, name: str) -> inventory.Entry | None:
        if name not in self._entries:
            self._entries[name] = inventory.lookup(name)
        return self._entries[name]

    # ---- the phrase ----------------------------------------------------------------------------------------------------

    def at(self, index: int, *, bare: bool = True) -> NounPhrase | None:
        """The noun phrase that starts at token ``index``. ``bare``: an inventory noun without a determiner will do."""
        quantity = Quantity()
        here = self._quantity(index, quantity)
        end = self._run(here, quantity)
        if end <= here:
            return None
        compound = self._compound_of(here, end)
        if compound is not None:
            end, entry = compound
            phrase = self._known(index, here, end, entry, quantity)
        else:
            found = self._noun(index, here, end, quantity)
            if found is None:
                return None
            phrase = found
        if phrase.determined or phrase.known or phrase.proper or not bare:
            return phrase if phrase.determined or bare else None
        return None

    def _known(self, start: int, at: int, end: int, entry: inventory.Entry, quantity: Quantity) -> NounPhrase:
        name = self.words(at, end)
        single = inventory.singular_of(name)
        plural = single is not None and (name != entry.noun) and name not in entry.also
        return NounPhrase(
            start=start, end=end, noun=entry.noun, quantity=quantity, known=True, living=entry.living, plural=plural
        )

    def _compound_of(self, start: int, end: int) -> tuple[int, inventory.Entry] | None:
        """A name with "of" in it ("cup of coffee", "bunch of grapes") that starts at ``start`` (no adjectives before it)."""
        if self.lower(end) != "of":
            return None
        for first in range(start, end):
            for last in range(min(end + 4, len(self.tokens)), end + 1, -1):
                if all(self.is_word(index) for index in range(end, last)):
                    entry = self.entry(self.words(first, last))
                    if entry is not None and first == start:
                        return last, entry
        return None

    def _run(self, start: int, quantity: Quantity) -> int:
        """The end of the adjectives and nouns that start at ``start``."""
        end = start
        while end < len(self.tokens) and end - start < _MAX_RUN and not self._ends_run(start, end, quantity):
            end += 1
        return end

    def _ends_run(self, start: int, here: int, quantity: Quantity) -> bool:
        token = self.tokens[here]
        if token.kind is Kind.COMMA:  # "a big, red apple"
            return not (here > start and self._adjective(here - 1) and self._adjective(here + 1) and self.is_word(here + 2))
        if token.kind is not Kind.WORD:
            return True
        if here > start and self.tokens[here - 1].joined:
            return False
        if token.lower == "and":  # "black and white cat"
            return not (here > start and self._colour(here - 1, 1) and self._colour(here + 1, 1) and self.is_word(here + 2)
                        and not self._stops(here + 2))  # fmt: skip
        if self._stops(here):
            return True
        if here == start:
            return False
        return self._verb_ends(start, here, quantity)

    def _stops(self, index: int) -> bool:
        word = self.lower(index)
        if word in self.lexicon.words["stops"]:
            return True
        if word in self.lexicon.words["text_verbs"] and self.tokens[index + 1 : index + 2] and (
            self.tokens[index + 1].kind is Kind.QUOTE
        ):
            return True
        relation = self.lexicon.relations.at(self.tokens, index)
        return relation is not None and relation.end > index + 1

    def _verb_ends(self, start: int, here: int, quantity: Quantity) -> bool:
        """Whether the word after a noun is a verb: "a cat sits", "two dogs play", but "a washing machine", "a pencil case"."""
        word = self.lower(here)
        before = self.words(start, here)
        if all(self._adjective(index) for index in range(start, here)):
            return False
        if any(self.entry(self.words(first, here + 1)) for first in range(start, here)):
            return False
        if word in self.lexicon.verb_forms:
            return True
        if word.endswith("ly") and self.entry(word) is None:
            return True
        several = (quantity.number or 1) > 1 or quantity.vague or inventory.singular_of(before) is not None
        return several and word in self.lexicon.words["verbs"]

    # ---- quantity ------------------------------------------------------------------------------------------------------

    def _quantity(self, index: int, quantity: Quantity) -> int:
        here = index
        while here < len(self.tokens):
            step = self._quantity_word(here, quantity)
            if step == here:
                break
            here = step
        return here

    def _quantity_word(self, here: int, quantity: Quantity) -> int:
        token = self.tokens[here]
        word = token.lower
        lexicon = self.lexicon
        if token.kind is Kind.NUMBER:
            return self._digits(here, quantity)
        if token.kind is not Kind.WORD:
            return here
        if word in lexicon.words["exact"] and not (word == "only" and quantity.article):
            quantity.exact = True
        elif word in lexicon.words["articles"]:
            quantity.article = True
        elif word in lexicon.words["universal"]:
            quantity.universal = True
        elif word in lexicon.words["definite"] and not (word in {"that", "this"} and not self.is_word(here + 1)):
            quantity.definite = True
            quantity.possessive = word in {"my", "our", "your", "its", "their", "his", "her"}
            quantity.number = 2 if word == "both" else quantity.number
        elif word in {"another", "other"} and self.is_word(here + 1):
            quantity.article = quantity.another = True
        else:
            return self._amount(here, quantity)
        return here + 1

    def _amount(self, here: int, quantity: Quantity) -> int:
        """Number words, vague amounts, and groups that stand before "of"."""
        word = self.lower(here)
        if word in self.lexicon.words["rough"] and self._is_number(here + 1):
            return here + 1
        if self._is_number(here):
            return self._number(here, quantity)
        if word == "half" and self.lower(here + 1) == "a" and self.lower(here + 2) == "dozen":
            quantity.number = 6
            return here + 3
        if self._names_thing(here):
            return here
        if word in self.lexicon.words["vague"]:
            quantity.vague = True
            return here + (2 if self.lower(here + 1) == "of" else 1)
        if word in _GROUPS and self.lower(here + 1) == "of":
            quantity.number = (quantity.number or 1) * _GROUPS[word]
            return here + 2
        if word == "dozen":
            quantity.number = (quantity.number or 1) * 12
            return here + (2 if self.lower(here + 1) == "of" else 1)
        return self._grouped(here, quantity)

    def _grouped(self, here: int, quantity: Quantity) -> int:
        """ "a row of", "two rows of three", "a small group of", "a slice of"."""
        at = here
        while at < here + 2 and self._adjective(at) and not self._names_thing(at):
            at += 1
        word = self.lower(at)
        if self.lower(at + 1) != "of" or not self.is_word(at):
            return here
        arranged = _ROWS.get(word) or _ROWS.get(word.removesuffix("s"))
        if arranged is not None:
            self._arrange(at + 2, word, arranged, quantity)
            return at + 2
        if word in self.lexicon.words["herds"]:
            quantity.vague = quantity.number is None
            return at + 2
        if word in self.lexicon.words["portions"] and self.is_word(at + 2):
            return at + 2
        return here

    def _arrange(self, after: int, word: str, arranged: Arrangement, quantity: Quantity) -> None:
        rows, quantity.number = quantity.number, None
        quantity.arrangement = arranged
        if rows and rows > 1 and word in {"rows", "columns", "lines"}:
            each = self._number_at(after)
            quantity.arrangement = Arrangement.GRID
            if each:
                quantity.columns = each if word != "columns" else rows
                quantity.number = rows * each
        elif quantity.columns and rows:
            quantity.number = rows
        quantity.vague = quantity.number is None and not self._is_number(after)

    def _names_thing(self, here: int) -> bool:
        """A thing whose name holds the group word: "stack of books", "pair of scissors"."""
        return self.lower(here + 1) == "of" and any(
            self.entry(self.words(here, last)) is not None for last in range(here + 3, min(here + 5, len(self.tokens)) + 1)
        )

    def _is_number(self, here: int) -> bool:
        return self._number_at(here) is not None

    def _number_at(self, here: int) -> int | None:
        if not 0 <= here < len(self.tokens):
            return None
        token = self.tokens[here]
        if token.kind is Kind.NUMBER:
            return int(token.text.replace(",", "")[:6]) if token.text.replace(",", "").isdigit() else None
        return self.lexicon.numbers.get(token.lower) if token.lower not in {"single", "dozen"} else None

    def _number(self, here: int, quantity: Quantity) -> int:
        value = self._number_at(here) or 0
        here += 1
        if value >= 20 and 0 < (self._number_at(here) or 0) < 10:  # twenty-five
            value += self._number_at(here) or 0
            here += 1
        if quantity.number is not None and quantity.columns:  # "two rows of three": already multiplied
            return here
        quantity.number = value
        if self.lower(here) in {"by", "x", "×"} and (columns := self._number_at(here + 1)):
            quantity.columns, quantity.number = columns, value * columns
            quantity.arrangement = Arrangement.GRID
            here += 2
        if self.lower(here) == "of" and self.in_group("definite", here + 1):  # "two of the dogs"
            here += 1
        return here

    def _digits(self, here: int, quantity: Quantity) -> int:
        token = self.tokens[here]
        following = self.tokens[here + 1] if here + 1 < len(self.tokens) else None
        if following is None or not token.text.replace(",", "").isdigit() or following.kind not in {Kind.WORD, Kind.NUMBER}:
            return here
        if following.start == token.end and following.lower not in {"x", "×"}:  # "3D", "40th"
            return here
        return self._number(here, quantity)

    # ---- adjectives and noun -------------------------------------------------------------------------------------------

    def _adjective(self, index: int) -> bool:
        if not self.is_word(index):
            return False
        word = self.lower(index)
        if word in self.lexicon.words["adjectives"] or word in self.lexicon.sizes or word in self.lexicon.words["manner"]:
            return True
        if colours.named(word) or word in self.lexicon.verb_forms and word.endswith("ing"):
            return True
        return len(word) > 4 and word.endswith(_ADJECTIVE_ENDINGS) and self.entry(word) is None

    def _colour(self, index: int, words: int) -> str | None:
        if not all(self.is_word(index + k) for k in range(words)):
            return None
        return colours.named(self.words(index, index + words))

    def _noun(self, start: int, here: int, end: int, quantity: Quantity) -> NounPhrase | None:
        phrase = NounPhrase(start=start, end=end, noun="", quantity=quantity)
        head = self._head(here, end)
        if head is None:  # an unknown noun: everything after the adjectives
            head = here
            while head < end - 1 and (self._adjective(head) or self.tokens[head].kind is Kind.COMMA):
                head += 1
            if self._adjective(head) and self.tokens[head].lower != "orange":
                return None
            self._name_unknown(phrase, head, end)
        else:
            name = self.words(head, end)
            entry = self.entry(name)
            if entry is not None:
                known = self._known(start, head, end, entry, quantity)
                phrase.noun, phrase.known, phrase.living, phrase.plural = known.noun, True, known.living, known.plural
            else:
                self._name_unknown(phrase, head, end)
        self._describe(phrase, here, head)
        return phrase

    def _head(self, here: int, end: int) -> int | None:
        """Where the longest known noun that ends the run begins; a noun of two words beats an adjective and a noun."""
        for first in range(here, end):
            if self.tokens[first].kind is not Kind.WORD:
                continue
            name = self.words(first, end)
            if name in self.lexicon.words["compounds"] or (inventory.singular_of(name) or "") in self.lexicon.words["compounds"]:
                return first
            if self.entry(name) is not None and not (first == here and end - first == 1 and self._only_adjective(first)):
                return first
        return None

    def _only_adjective(self, index: int) -> bool:
        """A colour or adjective that is also a noun cannot be told alone: "orange" is a noun, "glass" and "gold" are not."""
        return self.lower(index) in {"gold", "silver", "right", "left"}

    def _name_unknown(self, phrase: NounPhrase, head: int, end: int) -> None:
        written = self.written(head, end)
        lower = self.words(head, end)
        phrase.proper = self.tokens[head].capitalised and not self.tokens[head].shouted
        last = inventory.singular_of(self.lower(end - 1))
        if last is not None and not phrase.proper and not phrase.quantity.article and self.lower(end - 1) != "glasses":
            phrase.plural = True
            lower = f"{self.words(head, end - 1)} {last}".strip()
        phrase.noun = written if phrase.proper else lower
        phrase.living = lower.split()[-1] in self.lexicon.words["people_words"]

    def _describe(self, phrase: NounPhrase, here: int, head: int) -> None:
        """Colour, size and other modifiers from the words [here, head) before the noun."""
        while here < head:
            if self.tokens[here].kind is not Kind.WORD or self.lower(here) == "and":
                here += 1
                continue
            for words in (3, 2, 1):
                if here + words <= head and (colour := self._colour(here, words)):
                    joined = self.tokens[here + words - 1].joined and here + words < head
                    if joined or phrase.colour is not None:
                        phrase.modifiers.append(self.written(here, here + words))
                        phrase.colour = phrase.colour if joined else None
                    else:
                        phrase.colour = colour
                    here += words
                    break
            else:
                word = self.lower(here)
                phrase.size = self.lexicon.sizes.get(word, phrase.size)
                if word not in self.lexicon.sizes and word not in self.lexicon.words["manner"]:
                    phrase.modifiers.append(self.tokens[here].text)
                here += 1
