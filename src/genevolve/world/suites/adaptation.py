"""``adaptation``: held-out requests for a generator with quirks. How well does an agent know its generator, and how soon?

Nothing must be looked up: what is asked for are everyday things in numbers, colours, places, texts and styles, and what decides
is how they are worded (docs/quirks.md). The numbers of quirk profiles from 1,000 on are for tests alone: whatever is trained or
chosen uses others.
"""

from pathlib import Path

from genevolve.bench.measures.kscore import KScore
from genevolve.bench.suite import Suite
from genevolve.core.errors import UsageError
from genevolve.data.labels import Track
from genevolve.data.splits import EntitySplit
from genevolve.world.recipes.case import RecipeCase, make_case, render_ground_truth

ROWS = 200
UNSEEN = 1000  # the first number of a profile of quirks that nothing is trained in


def adaptation_cases(count: int, split: EntitySplit = EntitySplit.HELDOUT, seed: int = 0) -> list[RecipeCase]:
    """``count`` different requests of the quality track that need no reference. The same seed gives the same list, longer."""
    found: dict[str, RecipeCase] = {}
    number = seed * 1_000_003
    while len(found) < count:
        case = make_case(number, split, Track.QUALITY)
        if not case.truth.references:
            found.setdefault(case.text.lower(), case)
        number += 1
    return list(found.values())


def adaptation_suite(*, data: Path | None = None, rows: int | None = None) -> Suite:
    """The first ``rows`` of the list. Give the generator its habits with ``--quirks``."""
    if data is not None:
        raise UsageError("--data: the suite adaptation brings its own requests; leave the option out")
    cases = adaptation_cases(rows or ROWS)
    return Suite(name="adaptation", measure=KScore(), items=tuple(cases), draw=render_ground_truth)
