"""The judge looks for the sign at the head, mouth or back of the right creature; elsewhere it does not count."""

import asyncio
from collections.abc import Callable
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
WHOLE = " The background is plain cream. Soft daylight falls from the upper left."
Change = Callable[[LayoutPlan], LayoutPlan]


def as_drawn(layout: LayoutPlan) -> LayoutPlan:
    return layout


def moved(key: str, dx: float, dy: float) -> Change:
    def change(layout: LayoutPlan) -> LayoutPlan:
        figures = [replace(one, box=one.box.moved(dx, dy)) if one.key == key else one for one in layout.figures]
        return replace(layout, figures=tuple(figures))

    return change


def to_the_other(key: str, own: str, other: str) -> Change:
    """The sign as it would be at the ``other`` one."""

    def change(layout: LayoutPlan) -> LayoutPlan:
        (one,), (two,) = layout.of(own), layout.of(other)
        return moved(key, two.box.cx - one.box.cx, two.box.y - one.box.y)(layout)

    return change


def gone(key: str) -> Change:
    return lambda layout: replace(layout, figures=tuple(one for one in layout.figures if one.key != key))


def holds(request: str, told: str, change: Change = as_drawn) -> bool:
    wanted = with_skill_edits(read(request, Vocabulary.ICONS), SKILL_EDITS)
    scene = read(surface_text(wanted) + WHOLE, Vocabulary.ICONS)
    planned = change(plan(scene, (), (512, 512), 3))
    score = asyncio.run(FREE.judge_image(ImageCase(request=request, image=encoded(paint(scene, planned, (), 3).image))))
    assert isinstance(score, Score)
    verdicts = [one for one in score.diagnostics if told in one.requirement]
    assert len(verdicts) == 1
    return verdicts[0].passed


def test_a_zzz_is_at_the_head_of_who_sleeps() -> None:
    request, told = "a sleeping dog next to a cow", "a Zzz at the head"
    assert holds(request, told)
    assert not holds(request, told, to_the_other("zzz", "dog", "cow"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_", "told", "change"),
    [
        ("a sleeping cat", "a Zzz at the head", moved("zzz", 0, 190)),
        ("a sleeping cat", "a Zzz at the head", gone("zzz")),
        ("a horse running", "a puff of dust", moved("dashpuff", -330, 0)),
        ("a penguin singing", "notes at the mouth", moved("songnote", -60, 260)),
        ("a crying child", "tears at the eyes", moved("teardrop", 0, -110)),
        ("a cat jumping", "off the ground", moved("cat", 0, 60)),
        ("an angry robot", "the comic mark of anger", moved("angermark", -60, 250)),
        ("a dog thinking of a bone", "a thought bubble", moved("thoughtcloud", 150, 260)),
    ],
)
def test_signs_hold_as_drawn_and_fail_elsewhere(request_: str, told: str, change: Change) -> None:
    assert holds(request_, told)
    assert not holds(request_, told, change)


@pytest.mark.slow
def test_two_signs_of_a_kind_are_told_apart_by_where_they_are() -> None:
    request = 'a cow says "Moo" and a duck says "Quack"'
    assert holds(request, "a speech bubble at the mouth: of cow")
    assert holds(request, "a speech bubble at the mouth: of duck")


def without_strings(layout: LayoutPlan) -> LayoutPlan:
    return replace(layout, marks=())


def test_a_balloon_is_held_by_its_string() -> None:
    request, told = "a boy holding three balloons", "held by"
    assert holds(request, told)
    assert not holds(request, told, without_strings)
