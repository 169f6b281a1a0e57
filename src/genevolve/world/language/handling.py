"""What somebody does with a thing that its place shows: read or played, it is before the body; a kite is on its string."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from genevolve.core.claim import Direction
from genevolve.world.language.lexicon import word_set


@cache
def _table() -> tuple[tuple[Direction, frozenset[str], frozenset[str]], ...]:
    data = tomllib.loads(files(__package__).joinpath("handled.toml").read_text("utf-8"))
    return tuple((Direction(row["way"]), word_set(row["verbs"]), word_set(row["things"])) for row in data.values())


@cache
def verbs() -> Mapping[Direction, frozenset[str]]:
    """How a thing is borne → the verbs that say so."""
    found: dict[Direction, frozenset[str]] = {}
    for way, said, _ in _table():
        found[way] = found.get(way, frozenset()) | said
    return found


def is_handling(verb: str) -> bool:
    return any(verb in said for _, said, _ in _table())


def handled(verb: str, noun: str) -> Direction | None:
    """How a thing called ``noun`` is borne by who does ``verb`` with it; None where no place shows it."""
    last = noun.lower().rpartition(" ")[2]
    return next((way for way, said, things in _table() if verb in said and last in things), None)
