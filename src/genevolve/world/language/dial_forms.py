"""Layouts and things that show a value, found in one text: neither takes the words of the other for its own."""

from collections.abc import Sequence

from genevolve.world.language.dial_reader import Shown, shown_in
from genevolve.world.language.form_blanks import with_blanks
from genevolve.world.language.form_lines import FormMatch
from genevolve.world.language.model import Span


def forms_and_dials(text: str, facts: Sequence[Span]) -> tuple[FormMatch, tuple[Shown, ...]]:
    """What stands in a slot is of the layout ("a bar chart: battery 20 %"); any other value is no line of a card."""
    found, shown = with_blanks(text, facts), shown_in(text)
    slots = [slot.span for slot in found.slots]
    apart = tuple(one for one in shown if not any(_meet(one.head, slot) for slot in slots))
    return (with_blanks(_blanked(text, apart), facts) if apart else found), apart


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _blanked(text: str, shown: Sequence[Shown]) -> str:
    """``text`` with blanks for the words of the values."""
    for one in shown:
        sign = one.nouns[0].startswith(("speed limit", "playing card"))  # no sheet that is written on
        for span in (one.head, *one.values) if sign else one.values:
            if sign or not _meet(span, one.head):
                text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text
