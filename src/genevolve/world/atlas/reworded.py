"""The same question in the words of the tables: "which animal is the fastest on land" is "the fastest animal on land"."""

import re
from collections.abc import Iterator

_KINDS = (
    "animal|bird|fish|mammal|creature|beast|reptile|insect|cat|dog|rodent|planet|river|mountain|ocean|sea|lake|country|city"
    "|continent|island|desert|building|tower|bone|organ|metal|element"
)
_WHICH = re.compile(rf"(?:which|what) (?P<kind>{_KINDS}) (?P<rest>[a-z]+s\b.*)", re.IGNORECASE)
_THE_MOST = re.compile(
    rf"(?:the )?(?P<kind>{_KINDS})(?: (?:that|which))? is (?:the )?(?P<most>[a-z]+est)(?: alive| living)?"
    r"(?P<where> (?:on|in|of|at) .+)?",
    re.IGNORECASE,
)


def reworded(question: str) -> Iterator[str]:
    """Other wordings of ``question``; each asks for the same."""
    plain = question.strip(" ?")
    if (which := _WHICH.fullmatch(plain)) is not None:
        plain = f"the {which['kind']} that {which['rest']}"
        yield plain
    if (most := _THE_MOST.fullmatch(plain)) is not None:
        yield f"the {most['most']} {most['kind']}{most['where'] or ''}"
