"""Recipes and the prompts that say them: the first two stages.

Recipes are drawn for a view of the data set at a time, family by family, and of several candidates the one is taken whose
category and difficulty are rarest so far: coverage is steered here and nowhere else.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from genevolve.core.errors import UsageError
from genevolve.data.recipe import Difficulty, RequestRecipe, Track
from genevolve.data.stage import OnRow, Record, Rejected, Stage, rows_of
from genevolve.data.views import SPLIT_OF, View, views_of
from genevolve.world.recipes.claims import claims_of
from genevolve.world.recipes.from_seed import FAMILIES, recipe
from genevolve.world.recipes.ground_truth import ground_truth_of
from genevolve.world.recipes.realise import realise

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_CANDIDATES = 3
_TRIES = 3000
_WANTED = {Difficulty.EASY: 0.03, Difficulty.MEDIUM: 0.37, Difficulty.HARD: 0.60}  # the published pool has 67 % hard
REALISER = "offline"


def make_recipes(
    stage: Stage, *, count: int, seed: int, knowledge: float, shares: dict[View, float], provenance: Record, on_row: OnRow
) -> None:
    """Fill ``stage`` with ``count`` recipes."""
    coverage = _Coverage()
    for row in rows_of(stage.path):
        coverage.add(View(row["view"]), recipe_of(row))
    for position in range(stage.done, count):
        view, track = plan(position, seed, knowledge, shares)
        made = coverage.choose(view, track, position, seed)
        coverage.add(view, made)
        stage.put({}, recipe_row(f"{view}-{seed}-{position:06d}", view, made, provenance))
        on_row(1)


def plan(position: int, seed: int, knowledge: float, shares: dict[View, float]) -> tuple[View, Track]:
    """View and track of a recipe; over any long run the shares are as asked for."""
    dice = Random(f"plan {seed} {position}")
    view = dice.choices(list(shares), weights=list(shares.values()))[0]
    return view, Track.KNOWLEDGE if dice.random() < knowledge else Track.QUALITY


class _Coverage:
    """How often each category, family and difficulty was drawn, for each view."""

    def __init__(self) -> None:
        self.categories: Counter[tuple[View, Track, str]] = Counter()
        self.families: Counter[tuple[View, str]] = Counter()
        self.difficulties: Counter[tuple[View, Difficulty]] = Counter()

    def add(self, view: View, made: RequestRecipe) -> None:
        self.categories[view, made.track, made.category] += 1
        self.families[view, made.family] += 1
        self.difficulties[view, made.difficulty] += 1

    def choose(self, view: View, track: Track, position: int, seed: int) -> RequestRecipe:
        """Of some candidates, each of its own family and with entities of ``view`` only, the one that is rarest so far."""
        total = 1 + sum(self.difficulties[view, difficulty] for difficulty in Difficulty)

        def crowded(made: RequestRecipe) -> float:
            drawn = self.categories[view, track, made.category] + self.families[view, made.family]
            hardness = self.difficulties[view, made.difficulty] / _WANTED[made.difficulty]
            return (drawn * len(FAMILIES[track]) + hardness) / total

        families = FAMILIES[track]
        first = position + Random(f"families {seed}").randrange(len(families))
        names = [families[(first + 3 * step) % len(families)].__name__ for step in range(_CANDIDATES)]
        found = [drawn for name in names if (drawn := _drawn(view, track, name, position, seed)) is not None]
        if not found:
            raise UsageError(f"no recipe whose entities all belong to {view} was found for row {position} of seed {seed}")
        return min(found, key=crowded)


def _drawn(view: View, track: Track, family: str, position: int, seed: int) -> RequestRecipe | None:
    """The first recipe of ``family`` that is about entities of ``view`` alone."""
    names = [each.__name__ for each in FAMILIES[track]]
    base = (seed * 1_000_003 + position) * _TRIES
    for attempt in range(_TRIES):
        number = base + attempt
        # the choice that ``recipe`` will make, known before the costly rest is drawn
        if Random(f"family {SPLIT_OF[view].value} {number}").choice(names) != family:
            continue
        made = recipe(number, SPLIT_OF[view], track)
        if views_of(made.entities) == {view}:
            return made
    return None


def recipe_row(key: str, view: View, made: RequestRecipe, provenance: Record) -> Record:
    """``hidden`` is never shown to an agent."""
    return {
        "id": key,
        "view": view.value,
        "eval_type": made.track.value,
        "category": made.category,
        "difficulty": made.difficulty.value,
        "entities": list(made.entities),
        "hidden": {"recipe": _recipes().dump_python(made, mode="json")},
        "provenance": {"recipe": f"{made.family}/{SPLIT_OF[view].value}/{made.seed}", **provenance},
    }


def with_prompt(row: Record) -> Record:
    """The row with an offline wording of its recipe, and with what a judge may know."""
    made = recipe_of(row)
    text = realise(made.picture, Random(f"wording {row['id']} {made.seed}"))
    return worded(row, made, text, realiser=REALISER)


def worded(row: Record, made: RequestRecipe, prompt: str, *, realiser: str) -> Record:
    from genevolve.data.hidden import claims_to_json

    truth = ground_truth_of(made.picture, made.seed)
    hidden = {
        **row["hidden"],
        "claims": claims_to_json(claims_of(made.picture)),
        "program": {"prompt": truth.prompt, "references": list(truth.references)},
        "answers": sorted(answers(made)),
    }
    return {
        "id": row["id"],
        "prompt": prompt,
        **{key: value for key, value in row.items() if key not in ("id", "hidden", "provenance")},
        "seed": made.seed % 2**31,
        "hidden": hidden,
        "provenance": {**row["provenance"], "realiser": realiser},
    }


def answers(made: RequestRecipe) -> Iterator[str]:
    """What an agent has to find out, and what a request therefore must not say."""
    for figure in made.picture.figures:
        if figure.said and figure.name and figure.name.casefold() not in figure.said.casefold():
            of = figure.name.rpartition(" of ")[2].removeprefix("the ")
            if of.casefold() not in figure.said.casefold():
                yield of
    for words in made.picture.words:
        if words.described:
            yield words.text


def recipe_of(row: Record) -> RequestRecipe:
    """Raises ``UsageError`` for a row that holds no recipe of this version."""
    from pydantic import ValidationError

    try:
        return _recipes().validate_python(row["hidden"]["recipe"])
    except (KeyError, TypeError, ValidationError) as error:
        raise UsageError(f"row {row.get('id')!r} holds no recipe of this version ({str(error)[:120]})") from None


def realised(row: Record) -> Record | Rejected:
    """The offline realiser as the work of a stage."""
    try:
        return with_prompt(row)
    except ValueError as problem:
        return Rejected(rule="realiser_failed", detail=str(problem)[:200])


@cache
def _recipes() -> "TypeAdapter[RequestRecipe]":
    from pydantic import TypeAdapter

    return TypeAdapter(RequestRecipe)


def coverage_table(rows: Iterator[Record]) -> list[dict[str, Any]]:
    """One line for each category: rows by track and difficulty."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        counts[str(row.get("category")), str(row.get("eval_type")), str(row.get("difficulty"))] += 1
    tracks, levels = sorted({key[1] for key in counts}), [level.value for level in Difficulty]
    table = []
    for category in sorted({key[0] for key in counts}):
        cells = {f"{track} {level}": counts[category, track, level] for track in tracks for level in levels}
        table.append({"category": category, **cells, "all": sum(cells.values())})
    return table
