"""A flag that is told by what is on it, where only one country has it: "the flag with a cedar tree on it"."""

import re
from collections.abc import Iterator

from genevolve.world.atlas.answers import answer
from genevolve.world.language.model import AskedFact, Span

_FLAG = re.compile(
    r"\b(?:the|that|which|what) (?:only )?(?:national |country )?flag "
    r"(?:(?:with|that has|which has|has|that bears|bearing|that shows|showing) )"
    r"(?P<what>(?:an?|the|one) [^,.;:!?\"“”]{2,40}?)(?: (?:on it|in it|(?:in|at) (?:its|the) (?:middle|centre|center)))"
    r"(?=\s*(?:$|[.,;:!?]|\b(?:and|with|next|beside|above|below|on|in|over|under|plus|together|as|by)\b))",
    re.IGNORECASE,
)


def flags_told(text: str) -> Iterator[AskedFact]:
    for found in _FLAG.finditer(text):
        question = f"the country whose flag has {found['what']} on it"
        told = answer(question)
        if told is not None and told.entity is not None and told.entity.kind == "country":
            yield AskedFact(span=Span(start=found.start(), end=found.end()), question=question, noun="flag")
