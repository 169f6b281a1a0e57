"""Cases: a request with what a judge may know about it. Made from a seed alone, and the same on every machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from genevolve.core.claim import Claim
from genevolve.core.event import SKILLS
from genevolve.core.picture import Picture as Reference
from genevolve.core.protocols import ReferenceImage, RenderOrder
from genevolve.core.request import DEFAULT_SIZE
from genevolve.data.recipe import Difficulty, RequestRecipe, Track
from genevolve.data.splits import Split
from genevolve.world.recipes.claims import claims_of
from genevolve.world.recipes.from_seed import recipe
from genevolve.world.recipes.ground_truth import GroundTruth, ground_truth_of
from genevolve.world.recipes.realise import realise

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_KNOWLEDGE_SHARE = 3, 5  # three of five cases, as in the published pool
_TRIES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Only ``request`` may be shown to an agent; everything else is for judges, statistics and splits."""

    id: str
    request: str
    track: Track
    category: str
    difficulty: Difficulty
    recipe: RequestRecipe
    entities: tuple[str, ...]
    claims: tuple[Claim, ...]
    truth: GroundTruth

    @property
    def skills(self) -> tuple[str, ...]:
        """The skills that the requirements of the recipe name."""
        named = {self.recipe.dominant.value, *(requirement.value for requirement in self.recipe.secondary)}
        return tuple(skill for skill in SKILLS if skill in named)


def make_case(seed: int, split: Split, track: Track) -> Case:
    """One case; its wording and its content come from separate streams of ``seed``."""
    made = recipe(seed, split, track)
    return Case(
        id=f"{split.value}-{seed}",
        request=realise(made.picture, Random(f"wording {split.value} {seed}")),
        track=made.track,
        category=made.category,
        difficulty=made.difficulty,
        recipe=made,
        entities=made.entities,
        claims=claims_of(made.picture),
        truth=ground_truth_of(made.picture, seed),
    )


def cases(count: int, seed: int, split: Split) -> Iterator[Case]:
    """``count`` cases with different requests, three of five Knowledge-Anchored."""
    seen: set[str] = set()
    own, whole = _KNOWLEDGE_SHARE
    for position in range(count):
        track = Track.KNOWLEDGE if position % whole < own else Track.QUALITY
        for attempt in range(_TRIES):
            case = make_case((seed * 1_000_003 + position) * _TRIES + attempt, split, track)
            if case.request.lower() not in seen:
                break
        else:
            raise ValueError(f"no new request was found for case {position} of seed {seed}: ask for fewer cases")
        seen.add(case.request.lower())
        yield case


def heldout_cases(count: int, seed: int = 0) -> list[Case]:
    """Cases about entities that no training or validation case shows or names."""
    return list(cases(count, seed, Split.HELDOUT))


async def render_ground_truth(case: Case, size: tuple[int, int] = DEFAULT_SIZE) -> bytes:
    """The ground-truth image of ``case`` as a PNG file, drawn by the sketch generator from the case alone."""
    from genevolve.world.sketch import Sketch

    references = tuple(_reference(look) for look in case.truth.references)
    order = RenderOrder(prompt=case.truth.prompt, references=references, size=size, seed=case.truth.seed)
    return (await Sketch().generate(order)).data


def _reference(look: str) -> ReferenceImage:
    import io

    from PIL import Image

    from genevolve.world.atlas.raster import raster

    file = io.BytesIO()
    Image.fromarray(raster(look, 512)).save(file, "PNG")
    return ReferenceImage(picture=Reference(title=look, digest="", source="openmoji"), note="", data=file.getvalue())


@cache
def _adapter() -> "TypeAdapter[Case]":
    from pydantic import TypeAdapter

    return TypeAdapter(Case)


def case_to_json(case: Case) -> dict[str, Any]:
    value: dict[str, Any] = _adapter().dump_python(case, mode="json")
    return value


def case_from_json(value: object) -> Case:
    """Raises ``pydantic.ValidationError`` naming the field that is wrong."""
    return _adapter().validate_python(value)
