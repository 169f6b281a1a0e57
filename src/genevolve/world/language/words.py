"""A row of tokens with the small looks at them that every part of the reader needs. Any index may be asked for."""

from collections.abc import Collection, Sequence
from functools import lru_cache

from genevolve.world.language import colours, inventory
from genevolve.world.language.lexicon import Lexicon, lexicon
from genevolve.world.language.model import Size
from genevolve.world.language.tokens import Kind, Token
from genevolve.world.language.vocabulary import Vocabulary

MOST_TOKENS = 3000
_ADJECTIVE_ENDINGS = ("ful", "ous", "ish", "less", "ive", "ed", "est")
_NOUN_ENDINGS = ("ish", "est", "ive")
_SENTENCE = 80


class Words:
    def __init__(self, text: str, tokens: Sequence[Token], vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.tokens = _calm(tokens[:MOST_TOKENS])
        self.lexicon: Lexicon = lexicon()

    def __len__(self) -> int:
        return len(self.tokens)

    def lower(self, index: int) -> str:
        return self.tokens[index].lower if 0 <= index < len(self.tokens) else ""

    def kind(self, index: int) -> Kind | None:
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else None

    def is_word(self, index: int) -> bool:
        return self.kind(index) is Kind.WORD

    def capitalised(self, index: int) -> bool:
        return self.is_word(index) and self.tokens[index].capitalised

    def shouted(self, index: int) -> bool:
        """A word in capitals that is no abbreviation."""
        return (
            self.is_word(index)
            and self.tokens[index].shouted
            and not self.has("acronyms", index)
            and len(self.lower(index)) > 2
        )

    def joined(self, index: int) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].joined

    def has(self, group: str, index: int) -> bool:
        """Whether the token's word is in a word list of the lexicon."""
        return self.lower(index) in self.lexicon.words[group]

    def is_place(self, index: int) -> bool:
        """Whether the token's word is a setting that things can be in."""
        return self.has("settings", index) or (self.free and self.has("free_settings", index))

    def words(self, start: int, end: int) -> str:
        return " ".join(self.lower(index) for index in range(start, end))

    def written(self, start: int, end: int) -> str:
        """The text of tokens [start, end) as it stands in the source, on one line."""
        if start >= end:
            return ""
        return " ".join(self.text[self.tokens[start].start : self.tokens[end - 1].end].split())

    def past(self, position: int, here: int) -> int:
        """The first index from ``here`` whose token begins at character ``position`` of the source or behind it."""
        return next((at for at in range(here, len(self)) if self.tokens[at].start >= position), len(self))

    def after(self, here: int, skipped: Collection[str], most: int = 4) -> int:
        """The first index from ``here`` whose word is none of ``skipped``."""
        end = here
        while end < here + most and self.lower(end) in skipped and self.lower(end):
            end += 1
        return end

    def size(self, index: int) -> Size | None:
        """The size that the word names; of a free request also "short"."""
        word = self.lower(index)
        return Size.SMALL if self.free and word == "short" else self.lexicon.sizes.get(word)

    def after_determiners(self, here: int) -> int:
        end = here
        while end < here + 3 and (self.has("articles", end) or self.has("definite", end)):
            end += 1
        return end

    def refers_soon(self, end: int) -> bool:
        """Whether a reference image is named within the next words."""
        return any(self.kind(index) is Kind.REFERENCE for index in range(end, end + 6))

    def after_modifiers(self, here: int) -> int:
        """The first index after determiners and up to six adjectives."""
        end = start = self.after_determiners(here)
        while end < start + 6 and self.adjective(end):
            end += 1
        return end

    def sentence(self, here: int) -> frozenset[str]:
        """The words of the sentence around ``here`` (at most 80 tokens each way)."""
        start = end = here
        while start > 0 and self.kind(start - 1) is not Kind.STOP and here - start < _SENTENCE:
            start -= 1
        while end < len(self) and self.kind(end) is not Kind.STOP and end - here < _SENTENCE:
            end += 1
        return frozenset(self.lower(index) for index in range(start, end))

    def entry_of(self, name: str) -> inventory.InventoryEntry | None:
        """The inventory entry of a name, remembered."""
        return _entry_of(name, self.vocabulary)

    def singular_of(self, noun: str) -> str | None:
        return inventory.singular_of(noun, self.vocabulary)

    def number(self, here: int) -> int | None:
        """The value of a number in digits or words; "single" and "dozen" are no numbers by themselves."""
        word = self.lower(here)
        if self.kind(here) is Kind.NUMBER:
            digits = self.tokens[here].text.replace(",", "")
            return int(digits[:6]) if digits.isdigit() else None
        return self.lexicon.numbers.get(word) if word not in {"single", "dozen"} else None

    def colour(self, here: int, words: int) -> str | None:
        """The palette colour that the ``words`` words from ``here`` name."""
        if not all(self.is_word(here + k) for k in range(words)):
            return None
        return _colour_named(self.words(here, here + words))

    def longest_colour(self, here: int, end: int) -> tuple[str, int] | None:
        """The colour that starts at ``here`` in the most words, and where it ends."""
        for words in range(min(colours.MAX_WORDS, end - here), 0, -1):
            if colour := self.colour(here, words):
                return colour, here + words
        return None

    def colour_in(self, start: int, end: int) -> str | None:
        """The first colour within [start, end)."""
        return next((found[0] for index in range(start, end) if (found := self.longest_colour(index, end))), None)

    def adjective(self, here: int) -> bool:
        """Whether the word can stand before a noun and say nothing but a quality."""
        if not self.is_word(here):
            return False
        word = self.lower(here)
        groups = self.lexicon.words
        if word in groups["settings"]:  # "a cat in a forest": a place, however it ends
            return False
        if word in groups["adjectives"] or word in self.lexicon.sizes or word in groups["manner"]:
            return True
        if _colour_named(word) or (word in self.lexicon.verb_forms and word.endswith("ing")):
            return True
        if self.free and word.endswith(_NOUN_ENDINGS) and self._ends_phrase(here + 1):
            return False  # "a lionfish above …": a noun, however it ends
        return len(word) > 4 and word.endswith(_ADJECTIVE_ENDINGS) and self.entry_of(word) is None

    @property
    def free(self) -> bool:
        """A free request: suites and recipes keep the reading that policies were trained with."""
        return self.vocabulary is Vocabulary.ICONS

    def _ends_phrase(self, here: int) -> bool:
        ends = not self.is_word(here) or self.has("stops", here) or self.lower(here) in self.lexicon.verb_forms
        return ends and self.lower(here) != "one"

    def compared(self, here: int) -> bool:
        """ "bigger than", "as big as": a comparison, not an adjective of the noun that follows."""
        return self.has("comparatives", here) and self.lower(here + 1) in {"than", "as"}


@lru_cache(maxsize=20_000)
def _entry_of(name: str, vocabulary: Vocabulary) -> inventory.InventoryEntry | None:
    return inventory.lookup(name, vocabulary)


@lru_cache(maxsize=20_000)
def _colour_named(words: str) -> str | None:
    return colours.named(words)


def _calm(tokens: Sequence[Token]) -> Sequence[Token]:
    """A text that is wholly in capitals stresses nothing: its words are read as ordinary ones."""
    words = [token for token in tokens if token.kind is Kind.WORD and len(token.text) > 1]
    if len(words) < 4 or sum(token.shouted for token in words) < 0.7 * len(words):
        return tokens
    return [token.calm() if token.kind is Kind.WORD else token for token in tokens]
