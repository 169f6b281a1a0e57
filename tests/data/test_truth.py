"""Ground truth: reproducible images that leave nothing open, and that the judge finds right."""

import asyncio
from functools import cache

import pytest

from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score
from genevolve.data.splits import EntitySplit
from genevolve.world.atlas.raster import raster
from genevolve.world.language.reader import read
from genevolve.world.pixel import PixelJudge
from genevolve.world.recipes.case import RecipeCase, cases, render_ground_truth


class NoKnowledge:
    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        return ()

    def wording(self, describes: str) -> str | None:
        return None


@cache
def sample() -> tuple[RecipeCase, ...]:
    return tuple(cases(16, 11, EntitySplit.TRAIN))


def test_images_are_the_same_every_time() -> None:
    for case in sample()[:3]:
        assert asyncio.run(render_ground_truth(case.truth)) == asyncio.run(render_ground_truth(case.truth))


def test_the_prompt_leaves_nothing_open() -> None:
    for case in cases(60, 12, EntitySplit.HELDOUT):
        assert read(case.truth.prompt).ambiguities == (), case.truth.prompt


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_judge_finds_them_right() -> None:
    """The claims and the picture were made from the same recipe by different paths: they must agree."""
    judge = PixelJudge(NoKnowledge(), raster)

    async def judged(case: RecipeCase) -> Score:
        image = await render_ground_truth(case.truth)
        score = await judge.judge_image(ImageCase(request=case.text, image=image, claims=case.claims))
        assert isinstance(score, Score), score
        return score

    scores = [asyncio.run(judged(case)) for case in sample()]
    right = [score.faithfulness == score.visual_correctness == 1.0 and score.text_accuracy in (None, 1.0) for score in scores]
    assert sum(right) >= len(right) - 1, [score.diagnostics for score, fine in zip(scores, right, strict=True) if not fine]
