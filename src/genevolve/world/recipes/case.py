"""Cases of the offline world: made from a seed alone, and the same on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from genevolve.core.case import Case, Hidden, TruthProgram
from genevolve.core.claim import Claim
from genevolve.core.errors import UsageError
from genevolve.core.picture import Picture as Reference
from genevolve.core.protocols import ReferenceImage, RenderOrder
from genevolve.core.request import DEFAULT_SIZE
from genevolve.data.labels import Track
from genevolve.data.splits import ENTITY_SPLIT, EntitySplit, Split, splits_of
from genevolve.world.recipes.claims import claims_of
from genevolve.world.recipes.from_seed import recipe
from genevolve.world.recipes.ground_truth import ground_truth_of
from genevolve.world.recipes.realise import realise
from genevolve.world.recipes.recipe import RequestRecipe

_KNOWLEDGE_SHARE = 3, 5  # three of five cases, as in the published pool
_TRIES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeCase(Case):
    """A case with the recipe that it was made from."""

    recipe: RequestRecipe

    @property
    def claims(self) -> tuple[Claim, ...]:
        assert self.hidden.claims is not None
        return self.hidden.claims

    @property
    def truth(self) -> TruthProgram:
        assert isinstance(self.hidden.truth, TruthProgram)
        return self.hidden.truth


def make_case(seed: int, split: EntitySplit, track: Track) -> RecipeCase:
    """One case; its wording and its content come from separate streams of ``seed``."""
    made = recipe(seed, split, track)
    hidden = Hidden(
        track=made.track.value,
        category=made.category,
        difficulty=made.difficulty.value,
        family=made.family,
        entities=made.entities,
        claims=claims_of(made.picture),
        truth=ground_truth_of(made.picture, seed),
        needs=made.needs,
        fields={"family": made.family, "dominant": made.dominant.value},
    )
    text = realise(made.picture, Random(f"wording {split.value} {seed}"))
    return RecipeCase(id=f"{split.value}-{seed}", text=text, hidden=hidden, recipe=made)


def cases(count: int, seed: int, split: EntitySplit) -> Iterator[RecipeCase]:
    """``count`` cases with different requests, three of five Knowledge-Anchored."""
    seen: set[str] = set()
    own, whole = _KNOWLEDGE_SHARE
    for position in range(count):
        track = Track.KNOWLEDGE if position % whole < own else Track.QUALITY
        for attempt in range(_TRIES):
            case = make_case((seed * 1_000_003 + position) * _TRIES + attempt, split, track)
            if case.text.lower() not in seen:
                break
        else:
            raise ValueError(f"no new request was found for case {position} of seed {seed}: ask for fewer cases")
        seen.add(case.text.lower())
        yield case


def cases_of_split(
    count: int, seed: int, wanted: Split, *, knowledge: tuple[int, int] = _KNOWLEDGE_SHARE
) -> tuple[RecipeCase, ...]:
    """``count`` cases about entities of one split of a data set alone; ``knowledge`` (m, n): the first m of each n are
    Knowledge-Anchored. Raises ``UsageError`` when there are not so many."""
    split, (own, whole) = ENTITY_SPLIT[wanted], knowledge
    found: dict[str, RecipeCase] = {}
    for position in range(count * _TRIES):
        if len(found) == count:
            break
        track = Track.KNOWLEDGE if len(found) % whole < own else Track.QUALITY
        number = seed * 1_000_003 + position
        if splits_of(recipe(number, split, track).entities) <= {wanted}:
            case = make_case(number, split, track)
            found.setdefault(case.text.lower(), case)
    if len(found) < count:
        raise UsageError(f"only {len(found)} requests of their own were found for data.seed = {seed}; {count} are wanted")
    return tuple(found.values())


def heldout_cases(count: int, seed: int = 0) -> list[RecipeCase]:
    """Cases about entities that no training or validation case shows or names."""
    return list(cases(count, seed, EntitySplit.HELDOUT))


async def render_ground_truth(truth: TruthProgram, size: tuple[int, int] = DEFAULT_SIZE) -> bytes:
    """The ground-truth image of a case as a PNG file, drawn by the sketch generator from the program alone."""
    from genevolve.world.sketch import Sketch

    references = tuple(_reference(look) for look in truth.references)
    order = RenderOrder(prompt=truth.prompt, references=references, size=size, seed=truth.seed)
    return (await Sketch().generate(order)).data


def _reference(look: str) -> ReferenceImage:
    import io

    from PIL import Image

    from genevolve.world.atlas.raster import raster

    file = io.BytesIO()
    Image.fromarray(raster(look, 512)).save(file, "PNG")
    return ReferenceImage(picture=Reference(title=look, digest="", source="openmoji"), note="", data=file.getvalue())
