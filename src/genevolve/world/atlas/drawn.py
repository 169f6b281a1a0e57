"""What "one" and "it" stand for behind a question about a thing: "how many sides has a heptagon, draw one"."""

import re
from collections.abc import Iterator

from genevolve.world.language.inventory import lookup
from genevolve.world.language.model import AskedFact, Span
from genevolve.world.language.vocabulary import Vocabulary

_ASKED = re.compile(
    r"\bhow many (?P<part>[a-z]+) (?:(?:does|do|has|have|are (?:there )?(?:on|in)) )(?:an? |the )?(?P<owner>[a-z]+(?: [a-z]+)?)"
    r"(?: have| got| has)?\s*[?.,;:!–-]*\s*(?:and |then |please |also )*"
    r"(?:draw|show|paint|sketch|make|picture|illustrate)(?: me)? (?P<one>one|it)\b",
    re.IGNORECASE,
)


def drawn_in(text: str) -> Iterator[AskedFact]:
    """The thing itself at the word that takes it up; nothing more has to be found out."""
    for found in _ASKED.finditer(text):
        owner = re.sub(r" (?:have|has|got)$", "", found["owner"].lower())
        if lookup(owner, Vocabulary.ICONS) is not None:
            yield AskedFact(span=Span(start=found.start("one"), end=found.end("one")), question="", noun=owner)
