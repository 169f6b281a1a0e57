"""What a request for a form (a menu, a chart, a timeline) was read as: its texts, its slots, and the words they came from."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from genevolve.world.language.model import Form, Span, TextRole

_WEB = re.compile(r"\S+@\S+$|www\.|https?:")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormLine:
    """A text of the form, and where it stands in the request."""

    content: str
    span: Span
    role: TextRole = TextRole.LABEL
    describes: str = ""  # what it should say, where that has to be looked up
    quoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSlot:
    """What fills one slot: ``lines`` with the heading first, the noun of its ``picture`` and that one's colour, and the
    ``value`` of a bar with the words that give it (``said``, or the words that say where a picture stands). ``span``: all of it
    in the request; ``under`` and ``skip`` as in ``FormPart``."""

    span: Span
    lines: tuple[FormLine, ...] = ()
    picture: str = ""
    colour: str | None = None
    value: float | None = None
    said: str = ""
    under: int | None = None
    skip: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMatch:
    """``masked``: what the rest of the reader passes over; ``lines`` and ``slots``: what is written, in its order."""

    form: Form | None = None
    lines: tuple[FormLine, ...] = ()
    slots: tuple[FormSlot, ...] = ()
    masked: tuple[Span, ...] = ()
    asides: tuple[Span, ...] = ()


def with_preposition(plain: str, span: Span) -> Span:
    """The words that only lead to it: "for", "on", "at", "and the"."""
    lead = re.search(
        r"(?:\b(?:for|to|on|at|in|by|and|with|from|of|the|about|an?|our|my)\s+)+$",
        plain[max(0, span.start - 20) : span.start],
        re.I,
    )
    return Span(start=span.start - len(lead[0]) if lead else span.start, end=span.end)


def written_order(lines: Sequence[FormLine]) -> tuple[FormLine, ...]:
    """The title first, then as they stand in the request."""
    return tuple(sorted(lines, key=lambda line: (line.role is not TextRole.TITLE, line.span.start)))


def span_of(found: re.Match[str], group: int | str = 0) -> Span:
    return Span(start=found.start(group), end=found.end(group))


def apart(span: Span, others: Iterable[Span]) -> bool:
    """Whether it overlaps none of ``others``."""
    return not any(span.start < other.end and other.start < span.end for other in others)


def capital(words: str) -> str:
    """With a capital, unless it is an address of the web."""
    if _WEB.match(words) is not None:
        return words
    return words[:1].upper() + words[1:]


def shown(words: str) -> str:
    """As it is written in the image."""
    return capital(" ".join(words.split()).strip(" ,"))
