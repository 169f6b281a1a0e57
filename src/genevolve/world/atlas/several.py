"""One value of several places or elements: "the currency signs of the UK, the US and India"."""

from collections.abc import Iterator

from genevolve.world.atlas.answers import answer
from genevolve.world.language.form_several import SEVERAL, asked_of_each, single
from genevolve.world.language.model import AskedFact, Span


def several_in(text: str) -> Iterator[AskedFact]:
    """A fact of each; of countries one that is not known is asked for all the same where another is."""
    for found in SEVERAL.finditer(text):
        asked = asked_of_each(found)
        known = [answer(question) is not None for _, question in asked]
        named = all(question.rpartition(" of ")[2].removeprefix("the ")[:1].isupper() for _, question in asked)
        plural = single(found["value"]) != found["value"]
        if known and (all(known) or (any(known) and named and plural)):
            for number, (span, question) in enumerate(asked):
                yield AskedFact(span=span if number else Span(start=found.start(), end=span.end), question=question)
