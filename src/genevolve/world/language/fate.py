"""What became of one word, and how words are compared."""

import re
from functools import cache
from typing import NamedTuple, Protocol

from genevolve.core.ledger import Fate
from genevolve.world.language.inventory import singular_of


class FateOfWords(NamedTuple):
    fate: Fate
    becomes: str = ""
    aspect: str = ""
    key: str = ""


@cache
def stem(word: str) -> str:
    """A word as it is compared: lower case, singular, without a possessive."""
    plain = re.sub(r"['’]s?$", "", word.casefold()).strip('.,;:!?()"“”')
    return singular_of(plain) or plain


@cache
def stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text)) | frozenset(
        stem(word) for word in re.findall(r"[^\W_]+", text)
    )


class DrawnSettings(Protocol):
    """Whether a setting can be drawn, and, with a ``word`` of its description, whether the picture shows what that says."""

    def __call__(self, words: str, word: str = "") -> bool: ...


def every_setting(words: str, word: str = "") -> bool:
    """Where nobody says what can be drawn."""
    del words, word
    return True
