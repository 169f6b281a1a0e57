"""Texts by their label: "Headline: Piano Lessons", "Name: Lena Vogt, Table: 4", "Date: 12 March"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span, TextRole

_TITLES = word_set("title headline heading header")
_TEXTS = word_set("subtitle subheading tagline slogan caption text message name names greeting footer motto") | {
    f"{where}{what}" for where in ("below", "under", "beneath", "above") for what in ("", " it", " that", " this")
}
_LISTED = word_set("ingredients contains directions warning allergens")  # with all that follows them, as one text
_PARTICULARS = word_set(  # written with their label
    """
    date dates time times place venue location where when price prices cost entry admission phone tel telephone address contact
    company table seat room host speaker speakers email website doors dress deadline age ages duration
    """
)
_FIELD = re.compile(
    r"\b(?P<label>(?:[Bb]elow|[Uu]nder|[Bb]eneath|[Aa]bove) (?:it|that|this)|[A-Za-z]+)\s*:\s+"
    r"(?P<said>[^\x00:;\n.,]+(?:[.,:](?=\d)[^\x00:;\n.,]+|\.(?=[a-z])[^\x00:;\n.,]+)*"
    r"(?:, (?=[A-Z0-9])(?![A-Za-z]+\s*:)[^\x00:;\n.,]+(?:[.:](?=\d)[^\x00:;\n.,]+)*)*)"
)
_ALL = re.compile(r"[^\x00:;\n.]+")
_SCENE_GOES_ON = re.compile(
    r"\s+(?:with|and|showing|next to|above|below|on) (?:an?|the|some|two|three|four|\d+)\b.*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """``span`` with its label, ``said`` what is written of it."""

    span: Span
    said: Span
    role: TextRole


def fields(plain: str) -> Iterator[Field]:
    """Labelled texts in order; quotations are masked in ``plain`` and left to the reader of quotations."""
    for found in _FIELD.finditer(plain):
        label = found["label"].lower()
        if label not in _TITLES | _TEXTS | _PARTICULARS | _LISTED:
            continue
        said = _ALL.match(plain, found.start("said")) if label in _LISTED else None
        end = found.start("said") + len(_SCENE_GOES_ON.sub("", said[0] if said else found["said"]).rstrip(" ,"))
        start = found.start("label") if label in _PARTICULARS | _LISTED else found.start("said")
        role = TextRole.TITLE if label in _TITLES else TextRole.LABEL
        if end > found.start("said"):
            yield Field(span=Span(start=found.start(), end=end), said=Span(start=start, end=end), role=role)
