"""Planted defects: what was right is moved by hand, hidden by half or lifted a little, and the judge finds it."""

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
from genevolve.world.sketch.plan import Shadow, Sprite

FREE = PixelJudge(knowledge=AtlasKnowledge(Vocabulary.ICONS), template=raster, vocabulary=Vocabulary.ICONS)
Defect = Callable[[list[Sprite]], list[Sprite]]


def failed(request: str, defect: Defect | None = None) -> tuple[Score, str]:
    """The score of the picture of ``request`` with the defect, and all that it failed."""
    scene = read(surface_text(with_skill_edits(read(request, Vocabulary.ICONS), SKILL_EDITS)), Vocabulary.ICONS)
    planned = plan(scene, (), (512, 512), 3)
    if defect is not None:
        planned = replace(planned, figures=tuple(defect(list(planned.figures))))
    score = asyncio.run(FREE.judge_image(ImageCase(request=request, image=encoded(paint(scene, planned, (), 3).image))))
    assert isinstance(score, Score)
    return score, "; ".join(one.requirement for one in score.diagnostics if not one.passed)


def moved(key: str, across: float, down: float, nth: int = 0) -> Defect:
    """The ``nth`` figure of ``key`` moved by these shares of its own size, in front of everything."""

    def apply(figures: list[Sprite]) -> list[Sprite]:
        at = [number for number, one in enumerate(figures) if one.key == key][nth]
        box = figures[at].box
        figures[at] = replace(figures[at], box=box.moved(across * box.w, down * box.h), shadow=Shadow.NONE)
        return figures

    return apply


def hidden(key: str, by: str, share: float) -> Defect:
    """``share`` of the first figure of ``key`` behind the figure of ``by``, which covers it from its left edge."""

    def apply(figures: list[Sprite]) -> list[Sprite]:
        one = next(figure for figure in figures if figure.key == key)
        for at, figure in enumerate(figures):
            if figure.key == by:
                x = one.box.x + share * one.box.w - figure.box.w
                box = replace(figure.box, x=x, y=one.box.bottom - figure.box.h)
                figures[at] = replace(figure, box=box, z=99)
        return sorted(figures, key=lambda figure: figure.z)

    return apply


@pytest.mark.parametrize(
    ("request_", "defect", "finds"),
    [
        ("a cat on a rug", moved("cat", 0, -0.1), "cat on rug"),
        ("a teapot on a table", moved("teapot", 0, -0.08), "teapot on table"),
        ("a stack of four gifts", moved("gift", 0, -0.1, nth=3), "gift in a stack"),
        ("a ball under a table", moved("ball", 0, 0.7), "ball below table"),
        ("two tents behind a campfire", hidden("tent", "fire", 0.75), "tent"),
    ],
)
def test_a_defect_is_found(request_: str, defect: Defect, finds: str) -> None:
    right, nothing = failed(request_)
    assert (right.faithfulness, right.visual_correctness, nothing) == (1.0, 1.0, "")
    wrong, said = failed(request_, defect)
    assert finds in said
    assert wrong.faithfulness < 1 and wrong.visual_correctness < 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_", "defect", "finds"),
    [
        ("a frog on a lily pad", moved("frog", 0, -0.16), "frog on lily pad"),
        ("a turtle on a rock", moved("turtle", 0, 0.8), "turtle on rock"),
        ("a rooster on a donkey on a truck", moved("rooster", 0, -0.25), "rooster on donkey"),
        ("a dog and a rock", moved("dog", 0, 0), ""),
    ],
)
def test_more_defects_are_found(request_: str, defect: Defect, finds: str) -> None:
    wrong, said = failed(request_, defect)
    assert finds in said and (wrong.faithfulness < 1) == bool(finds)


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_",
    ["a penguin on a snowboard", "a dog wearing sunglasses on a surfboard"],
)
def test_a_board_on_its_edge_is_nothing_to_stand_on(request_: str) -> None:
    assert failed(request_)[0].faithfulness < 1


def test_who_stands_where_it_was_not_asked_to_is_found() -> None:
    """ "A duck, and a frog on a lily pad": the duck on the pad, too."""

    def onto_the_pad(figures: list[Sprite]) -> list[Sprite]:
        frog, pad = (next(one.box for one in figures if one.key == key) for key in ("frog", "lily pad"))
        for at, one in enumerate(figures):
            if one.key == "duck":
                box = replace(one.box, w=0.6 * frog.w, h=0.6 * frog.w * one.box.h / one.box.w)
                figures[at] = replace(one, box=replace(box, x=pad.x, y=frog.bottom - box.h), z=9)
            if one.key == "frog":
                figures[at] = replace(one, box=replace(frog.shrunk(0.4), x=pad.right - 0.4 * frog.w))
        return figures

    request = "a duck in a pond, a frog on a lily pad to the right"
    assert "not asked to stand on" not in failed(request)[1]
    assert "not asked to stand on" in failed(request, onto_the_pad)[1]


def test_who_is_between_two_others_is_behind_the_one_and_before_the_other() -> None:
    score, said = failed("a lion in front of a tiger in front of a bear")
    assert (score.faithfulness, said) == (1.0, "")
