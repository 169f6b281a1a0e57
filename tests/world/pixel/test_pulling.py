"""A thing is pulled only where a rope is seen between it and who pulls it, and where it is behind them."""

import asyncio
from dataclasses import replace

import pytest

from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import raster
from genevolve.world.expert.skill_edits import SKILL_EDITS, with_skill_edits
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import PixelJudge
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.paint import encoded, paint
from genevolve.world.sketch.plan import LayoutPlan

FREE = PixelJudge(knowledge=AtlasKnowledge(Vocabulary.ICONS), template=raster, vocabulary=Vocabulary.ICONS)


def as_drawn(layout: LayoutPlan) -> LayoutPlan:
    return layout


def without_rope(layout: LayoutPlan) -> LayoutPlan:
    return replace(layout, marks=())


def the_other_way(layout: LayoutPlan) -> LayoutPlan:
    """The horse looks at the cart."""
    turned = [replace(one, source=replace(one.source, mirrored=one.key == "horse")) for one in layout.figures]
    return replace(layout, figures=tuple(turned))


@pytest.mark.parametrize(("change", "right"), [(as_drawn, True), (without_rope, False), (the_other_way, False)])
def test_only_with_a_rope_and_behind(change: object, right: bool) -> None:
    assert callable(change)
    wanted = with_skill_edits(read("a horse pulling a cart", Vocabulary.ICONS), SKILL_EDITS)
    scene = read(surface_text(wanted), Vocabulary.ICONS)
    planned = change(plan(scene, (), (768, 768), 3))
    image = encoded(paint(scene, planned, (), 3).image)
    score = asyncio.run(FREE.judge_image(ImageCase(request="a horse pulling a cart", image=image)))
    assert isinstance(score, Score)
    (told,) = [one for one in score.diagnostics if " pulled by " in one.requirement and one.skill == "spatial_layout"][:1]
    assert told.passed is right
    assert "not recognised" not in told.detail
