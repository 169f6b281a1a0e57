"""Nouns of several senses: which one is meant, by the company they keep in a free request ("a mouse" beside a keyboard)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sense:
    """``means`` is the name in the inventory that ``noun`` stands for where one of ``near`` is in the request, too."""

    noun: str
    means: str
    near: frozenset[str]
    living: bool = False


_BALL_GAME = word_set("baseball glove helmet pitcher ball cap stadium player")
_SENSES = (
    _Sense(
        noun="mouse",
        means="computer mouse",
        near=word_set("keyboard monitor laptop computer screen printer usb cable mousepad"),
    ),
    _Sense(noun="bat", means="baseball bat", near=_BALL_GAME),
    _Sense(noun="ball", means="baseball", near=word_set("baseball bat pitcher")),
    _Sense(noun="ball", means="basketball", near=word_set("basketball hoop dunk dunking")),
    _Sense(noun="ball", means="tennis ball", near=word_set("tennis racket racquet")),
)
_WORD = re.compile(r"[a-z]+")


def settle(objects: Sequence[ObjectDraft], text: str) -> Iterator[Correction]:
    """Renames objects whose sense the rest of ``text`` tells, and says which words were read so."""
    said = set(_WORD.findall(text.lower()))
    for obj in objects:
        sense = next((sense for sense in _SENSES if sense.noun == obj.noun and sense.near & (said - {obj.noun})), None)
        if sense is None:
            continue
        word = re.compile(rf"\b{sense.noun}s?\b", re.IGNORECASE).search(text, obj.span.start, obj.span.end)
        obj.noun, obj.living = sense.means, sense.living
        if word is not None:
            yield Correction(span=Span(start=word.start(), end=word.end()), word=sense.means)
