"""The closed classes of English that the scene reader knows, and longest-match lookup of phrases in a row of tokens."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Generic, TypeVar

from genevolve.core.claim import Arrangement, Arranging, Direction, Piling, Place
from genevolve.world.language.model import Size, Style
from genevolve.world.language.tokens import Token

Meaning = TypeVar("Meaning")
_CHOICE = re.compile(r"\[([^][]*)\]")


@dataclass(frozen=True, slots=True)
class PhraseMatch(Generic[Meaning]):
    """``meaning`` of the tokens up to (not including) ``end``."""

    meaning: Meaning
    end: int


class PhraseTable(Generic[Meaning]):
    """PhraseTable of words, each with a meaning; ``at`` finds the longest one that starts at a token."""

    def __init__(self, phrases: Iterable[tuple[str, Meaning]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Meaning]]] = {}
        for phrase, meaning in phrases:
            words = tuple(phrase.split())
            self._by_first.setdefault(words[0], []).append((words, meaning))
        for options in self._by_first.values():
            options.sort(key=lambda option: -len(option[0]))

    def entries(self) -> Iterator[tuple[tuple[str, ...], Meaning]]:
        """Every phrase, as its words, with its meaning."""
        for options in self._by_first.values():
            yield from options

    def at(self, tokens: Sequence[Token], index: int) -> PhraseMatch[Meaning] | None:
        if index >= len(tokens):
            return None
        for words, meaning in self._by_first.get(tokens[index].lower, ()):
            end = index + len(words)
            if end <= len(tokens) and all(tokens[index + k].lower == word for k, word in enumerate(words)):
                return PhraseMatch(meaning, end)
        return None


def expand(pattern: str) -> Iterator[str]:
    """Every phrase that ``pattern`` stands for: "[a|b] c" is "a c" and "b c"; an empty choice leaves the word out."""
    choice = _CHOICE.search(pattern)
    if choice is None:
        yield " ".join(pattern.split())
        return
    for option in choice[1].split("|"):
        yield from expand(pattern[: choice.start()] + option + pattern[choice.end() :])


@dataclass(frozen=True, slots=True)
class Lexicon:
    words: Mapping[str, frozenset[str]]
    numbers: Mapping[str, int]
    sizes: Mapping[str, Size]
    verb_forms: frozenset[str]
    styles: PhraseTable[Style]
    relations: PhraseTable[Direction]
    particles: PhraseTable[Direction]
    places: PhraseTable[Place]
    arrangements: PhraseTable[Arranging]

    def has(self, group: str, word: str) -> bool:
        return word in self.words[group]


@cache
def lexicon() -> Lexicon:
    table = tomllib.loads((files("genevolve.world.language") / "lexicon.toml").read_text("utf-8"))
    words = {
        name: frozenset(
            word.replace("-", " ") if name in {"airborne", "compounds", "carriers"} else word for word in text.split()
        )
        for name, text in table["words"].items()
    }
    numbers = {word: value for value, word in enumerate(table["words"]["numbers"].split())}
    numbers.update({"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100, "dozen": 12, "single": 1})
    return Lexicon(
        words=words,
        numbers=numbers,
        sizes={word: size for size in Size for word in words[size.value]},
        verb_forms=frozenset(_verb_forms(words["verbs"])),
        styles=PhraseTable(
            (phrase.replace("-", " "), Style(style)) for style, text in table["styles"].items() for phrase in text.split()
        ),
        relations=_phrases(table["relations"], Direction),
        particles=_phrases(table["particles"], Direction),
        places=_phrases(table["places"], Place),
        arrangements=_phrases(table["arrangements"], _arrangement),
    )


def _phrases(table: Mapping[str, Sequence[str]], meaning: Callable[[str], Meaning]) -> PhraseTable[Meaning]:
    return PhraseTable(
        (phrase, meaning(name)) for name, patterns in table.items() for pattern in patterns for phrase in expand(pattern)
    )


def _arrangement(name: str) -> Arranging:
    return Piling(name) if name in set(Piling) else Arrangement(name)


def _verb_forms(verbs: Iterable[str]) -> Iterator[str]:
    for verb in verbs:
        stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
        if verb.endswith(("lie", "die")):
            stem = f"{verb[:-2]}y"
        doubled = verb + verb[-1] if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", verb) else stem
        third = f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "o")) else f"{verb}s"
        yield from (
            third if not verb.endswith("y") or verb[-2] in "aeiou" else f"{verb[:-1]}ies",
            f"{doubled}ing",
            f"{stem}ing",
        )


def word_set(words: str) -> frozenset[str]:
    """A list of words as a set."""
    return frozenset(words.split())
