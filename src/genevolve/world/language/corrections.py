"""Misspelt words of a free request, read as the known word that is one slip of the fingers away ("buterfly", "purpel").

A word counts as misspelt when neither this house nor an English dictionary (that of pyspellchecker, 160,000 words) has it.
It is read in place; the ledger says so. Deterministic: the commonest of the candidates wins, then the alphabet.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from string import ascii_lowercase

from genevolve.world.language import colours, inventory
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.tokens import Kind, Token
from genevolve.world.language.vocabulary import Vocabulary

_SHORTEST = 3  # letters of a word that may be misspelt
_TWO_SLIPS = 7  # letters from which two slips are allowed
_LONG = 10  # letters of a word of an occasion that may have two slips
_HARDLY = 50  # times that a word was met: the least that the dictionary tells
_SHORTHAND = {"pls": "please", "plz": "please", "plss": "please", "pic": "picture"}
_SOUNDS = (("f", "ph"), ("x", "cks"))


def corrected(tokens: Sequence[Token]) -> tuple[tuple[Token, ...], tuple[Correction, ...]]:
    """The tokens with misspelt words replaced, and what was replaced. Names (capitals) are left as they are."""
    read: list[Token] = []
    corrections: list[Correction] = []
    for token in tokens:
        meant = correction(token.lower) if token.kind is Kind.WORD and not token.capitalised else None
        if meant is None:
            read.append(token)
            continue
        read.append(replace(token, text=meant, lower=meant))
        corrections.append(Correction(span=Span(start=token.start, end=token.end), word=meant))
    return tuple(read), tuple(corrections)


@lru_cache(maxsize=4096)
def correction(word: str) -> str | None:
    """What ``word`` (lower case) was meant to be; None where it is a word, or where nothing is near."""
    if word in _SHORTHAND:
        return _SHORTHAND[word]
    if len(word) < _SHORTEST or not word.isascii() or not word.isalpha():
        return None
    if _is_word(word):
        return _doubled(word)
    singular = inventory.singular_of(word, Vocabulary.ICONS)
    if singular is not None and _is_word(singular):
        one = _doubled(singular)
        return inventory.plural_of(one) if one is not None else None
    near = {other for other in _heard(word) if _is_word(other)}
    near = near or {other for other in _slips(word) if other in _nouns()}
    if not near and len(word) >= _TWO_SLIPS:
        near = {
            further
            for other in _slips(word)
            for further in _slips(other)
            if further in _drawable() or (len(further) >= _LONG and further in _nouns())
        }
    if not near and len(word) == _SHORTEST:
        return None
    near = near or {other for other in _slips(word) if other in _grammar() and len(word) > _SHORTEST}
    spoken = _consonants(word)
    return min(
        near,
        key=lambda other: (_consonants(other) != spoken, other[0] != word[0], -_dictionary().get(other, 0), other),
        default=None,
    )


def _doubled(word: str) -> str | None:
    """ "ballon": a word that hardly anybody writes, and one of ours with a letter of it doubled or single."""
    if word in _grammar() or word in _drawable() or _dictionary().get(word, 0) > _HARDLY:
        return None
    near = {other for other in _slips(word) if other in _drawable() and _single(other) == _single(word)}
    return max(near, key=lambda other: (_dictionary().get(other, 0), other), default=None)


def _single(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))


def _consonants(word: str) -> str:
    return "".join(
        letter for letter, before in zip(word, f" {word}", strict=False) if letter not in "aeiou" and letter != before
    )


def _is_word(word: str) -> bool:
    rare = len(word) == _SHORTEST and _dictionary().get(word, 0) < 500 and word not in _drawable()
    return word in _grammar() or word in _drawable() or word in _of_names() or (word in _dictionary() and not rare)


def _slips(word: str) -> Iterator[str]:
    """Every string one deletion, swap, replacement or insertion away."""
    for at in range(len(word) + 1):
        left, right = word[:at], word[at:]
        if right:
            yield left + right[1:]
            yield from (left + letter + right[1:] for letter in ascii_lowercase)
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        yield from (left + letter + right for letter in ascii_lowercase)


def _heard(word: str) -> Iterator[str]:
    """The word with one sound spelt in another way: "foto", "fone"."""
    yield from (word.replace(heard, spelt, 1) for heard, spelt in _SOUNDS if heard in word)


@cache
def _dictionary() -> dict[str, int]:
    """English words with how often they were met; empty when the package is not installed: then nothing is corrected."""
    try:
        packed = (files("spellchecker") / "resources" / "en.json.gz").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError):
        return {}
    words: dict[str, int] = json.loads(gzip.decompress(packed))
    return words


@cache
def _drawable() -> frozenset[str]:
    """Single words that name an object or a colour, plurals included."""
    if not _dictionary():
        return frozenset()
    names = {part for name in inventory.names(Vocabulary.ICONS) for part in [name] if " " not in name and len(name) > 2}
    plurals = {inventory.plural_of(name) for name in names}
    shades = {word for name in (*colours.PALETTE, *colours.SYNONYMS) for word in name.split()}
    return frozenset(names | plurals | shades)


@cache
def _of_names() -> frozenset[str]:
    """Words of names of several words: "taj" is no misspelt tap."""
    return frozenset(word for name in inventory.names(Vocabulary.ICONS) if " " in name for word in name.split())


@cache
def _nouns() -> frozenset[str]:
    """What can be drawn or celebrated, and who is greeted."""
    spoken = lexicon().words["occasions"] | lexicon().words["kin"]
    return _drawable() | {word for word in spoken if len(word) > _SHORTEST} if _drawable() else frozenset()


@cache
def _grammar() -> frozenset[str]:
    known = lexicon()
    listed = {part for group in known.words.values() for word in group for part in word.replace("-", " ").split()}
    tables = (known.styles, known.relations, known.particles, known.places, known.arrangements)
    return frozenset(
        listed | set(known.numbers) | known.verb_forms | {w for t in tables for words, _ in t.entries() for w in words}
    )
