"""Recipes and the prompts that say them: the first two stages.

Recipes are drawn for a split of the data set at a time, family by family, and of several candidates the one is taken whose
category and difficulty are rarest so far: coverage is steered here and nowhere else.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

from genevolve.core.errors import UsageError
from genevolve.data.labels import Difficulty, Labels, Track
from genevolve.data.records import Json, Prompt, RecipeKnowledge, RowId
from genevolve.data.requests import DrawnRecipe, RequestSource
from genevolve.data.splits import ENTITY_SPLIT, Split
from genevolve.data.stage import OnRow, Rejected, Stage, rows_of

_CANDIDATES = 3
_TRIES = 3000
_WANTED = {Difficulty.EASY: 0.03, Difficulty.MEDIUM: 0.37, Difficulty.HARD: 0.60}  # the published pool has 67 % hard


def make_recipes(
    stage: Stage,
    source: RequestSource,
    *,
    count: int,
    seed: int,
    knowledge: float,
    shares: dict[Split, float],
    provenance: Json,
    on_row: OnRow,
) -> None:
    """Fill ``stage`` with ``count`` recipes."""
    coverage = _Coverage(source)
    for row in map(Prompt.from_json, rows_of(stage.path)):
        assert row.split is not None
        coverage.add(row.split, recipe_of(row, source))
    for position in range(stage.done, count):
        split, track = plan(position, seed, knowledge, shares)
        made = coverage.choose(split, track, position, seed)
        coverage.add(split, made)
        stage.put(RowId(), recipe_row(f"{split}-{seed}-{position:06d}", split, made, provenance))
        on_row(1)


def plan(position: int, seed: int, knowledge: float, shares: dict[Split, float]) -> tuple[Split, Track]:
    """Split and track of a recipe; over any long run the shares are as asked for."""
    dice = Random(f"plan {seed} {position}")
    split = dice.choices(list(shares), weights=list(shares.values()))[0]
    return split, Track.KNOWLEDGE if dice.random() < knowledge else Track.QUALITY


class _Coverage:
    """How often each category, family and difficulty was drawn, for each split."""

    def __init__(self, source: RequestSource) -> None:
        self.source = source
        self.categories: Counter[tuple[Split, Track, str]] = Counter()
        self.families: Counter[tuple[Split, str]] = Counter()
        self.difficulties: Counter[tuple[Split, Difficulty]] = Counter()

    def add(self, split: Split, made: DrawnRecipe) -> None:
        self.categories[split, made.track, made.category] += 1
        self.families[split, made.family] += 1
        self.difficulties[split, made.difficulty] += 1

    def choose(self, split: Split, track: Track, position: int, seed: int) -> DrawnRecipe:
        """Of some candidates, each of its own family and with entities of ``split`` only, the one that is rarest so far."""
        total = 1 + sum(self.difficulties[split, difficulty] for difficulty in Difficulty)
        families = self.source.families(track)

        def crowded(made: DrawnRecipe) -> float:
            drawn = self.categories[split, track, made.category] + self.families[split, made.family]
            hardness = self.difficulties[split, made.difficulty] / _WANTED[made.difficulty]
            return (drawn * len(families) + hardness) / total

        first = position + Random(f"families {seed}").randrange(len(families))
        names = [families[(first + 3 * step) % len(families)] for step in range(_CANDIDATES)]
        base = (seed * 1_000_003 + position) * _TRIES
        drawn = (self.source.draw(split, track, name, base, _TRIES) for name in names)
        found = [made for made in drawn if made is not None]
        if not found:
            raise UsageError(f"no recipe whose entities all belong to {split} was found for row {position} of seed {seed}")
        return min(found, key=crowded)


def recipe_row(key: str, split: Split, made: DrawnRecipe, provenance: Json) -> Prompt:
    """The recipe itself is hidden: never shown to an agent."""
    return Prompt(
        id=key,
        split=split,
        labels=Labels(eval_type=made.track.value, category=made.category, difficulty=made.difficulty.value),
        entities=made.entities,
        hidden=RecipeKnowledge(recipe=made.to_json()),
        provenance={"recipe": f"{made.family}/{ENTITY_SPLIT[split].value}/{made.seed}", **provenance},
    )


def recipe_of(row: Prompt, source: RequestSource) -> DrawnRecipe:
    """Raises ``UsageError`` for a row that holds no recipe of this version."""
    try:
        return source.read(row.hidden.recipe)
    except ValueError as error:
        raise UsageError(f"row {row.id!r} holds no recipe of this version ({str(error)[:120]})") from None


def worded(row: Prompt, made: DrawnRecipe, prompt: str, source: RequestSource, *, realiser: str) -> Prompt:
    """The row with a wording of its recipe, and with what a judge may know."""
    return Prompt(
        id=row.id,
        prompt=prompt,
        split=row.split,
        labels=row.labels,
        entities=row.entities,
        more=row.more,
        seed=made.seed % 2**31,
        hidden=source.known(made),
        provenance={**row.provenance, "realiser": realiser},
    )


def wording_by(source: RequestSource) -> Callable[[Prompt], Prompt | Rejected]:
    """The source's own wording as the work of a stage."""

    def word(row: Prompt) -> Prompt | Rejected:
        made = recipe_of(row, source)
        try:
            text = source.word(made, Random(f"wording {row.id} {made.seed}"))
        except ValueError as problem:
            return Rejected(rule="realiser_failed", detail=str(problem)[:200])
        return worded(row, made, text, source, realiser=source.realiser)

    return word
