"""Relations between two things in one picture: met as they were drawn, failed where the same things are beside each other."""

import asyncio
from dataclasses import replace

import pytest

from genevolve.core.claim import Direction
from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import raster
from genevolve.world.expert.skill_edits import SKILL_EDITS, with_skill_edits
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import PixelJudge
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.paint import encoded, paint

FREE = PixelJudge(knowledge=AtlasKnowledge(Vocabulary.ICONS), template=raster, vocabulary=Vocabulary.ICONS)

WHOLE = (
    " All bodies are complete and undistorted, with natural proportions. Everything is firmly grounded, with soft contact"
    " shadows. The background is plain cream. Soft daylight falls from the upper left."
)


def relation_holds(request: str, key: str, *, beside: bool) -> bool:
    """What the judge says of the one relation; ``beside`` moves the thing ``key`` out of its bearer before it is painted."""
    wanted = with_skill_edits(read(request, Vocabulary.ICONS), SKILL_EDITS)
    scene = read(surface_text(wanted), Vocabulary.ICONS)
    planned = plan(scene, (), (512, 512), 3)
    if beside:
        moved = [
            replace(one, box=replace(one.box, x=4, y=500 - one.box.h), z=9) if one.key == key else one
            for one in planned.figures
        ]
        planned = replace(planned, figures=tuple(moved))
    score = asyncio.run(FREE.judge_image(ImageCase(request=request, image=encoded(paint(scene, planned, (), 3).image))))
    assert isinstance(score, Score)
    words = [f" {direction.value} " for direction in (*BORNE, Direction.INSIDE)]
    (told,) = [one for one in score.diagnostics if any(word in one.requirement for word in words)]
    return told.passed


def test_a_crown_is_worn_as_drawn_and_not_beside() -> None:
    assert relation_holds("a lion wearing a crown", "crown", beside=False)
    assert not relation_holds("a lion wearing a crown", "crown", beside=True)


def test_a_book_is_read_before_the_reader_and_not_beside() -> None:
    assert relation_holds("a bear reading a book", "book", beside=False)
    assert not relation_holds("a bear reading a book", "book", beside=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_", "key"),
    [
        ("an owl reading a newspaper", "newspaper"),
        ("a woman playing the guitar", "guitar"),
        ("a boy flying a kite", "kite"),
        ("a horse pulling a cart", "cart"),
        ("a dog with sunglasses", "sunglasses"),
        ("a T-shirt with a heart on it", "heart"),
        ("a monkey in a barrel", "monkey"),
        ("a penguin in a red scarf", "scarf"),
        ("a woman holding an umbrella", "umbrella"),
        ("a kitten in a box", "cat"),
    ],
)
def test_relations_hold_as_drawn_and_fail_beside(request_: str, key: str) -> None:
    assert relation_holds(request_, key, beside=False)
    assert not relation_holds(request_, key, beside=True)


def test_what_hangs_beside_a_hollow_picture_is_not_on_it() -> None:
    request = "a lighthouse on a cliff"
    scene = read(surface_text(with_skill_edits(read(request, Vocabulary.ICONS), SKILL_EDITS)), Vocabulary.ICONS)
    planned = plan(scene, (), (512, 512), 3)
    verdicts = []
    for shift in (0.0, -0.38):  # into the empty corner of the cliff's box
        cliff = next(one for one in planned.figures if one.key == "cliff").box
        moved = tuple(
            replace(one, box=one.box.moved(shift * cliff.w, 0.0)) if one.key == "lighthouse" else one for one in planned.figures
        )
        image = encoded(paint(scene, replace(planned, figures=moved), (), 3).image)
        score = asyncio.run(FREE.judge_image(ImageCase(request=request, image=image)))
        assert isinstance(score, Score)
        verdicts += [one.passed for one in score.diagnostics if " on cliff" in one.requirement]
    assert verdicts == [True, False]


def verdict(request: str, said: str, words: str) -> bool:
    """What the judge says of the requirement with ``words`` in a picture of what is ``said``."""
    scene = read(said, Vocabulary.ICONS)
    planned = plan(scene, (), (512, 512), 3)
    score = asyncio.run(FREE.judge_image(ImageCase(request=request, image=encoded(paint(scene, planned, (), 3).image))))
    assert isinstance(score, Score)
    (told,) = [one for one in score.diagnostics if words in one.requirement]
    return told.passed


@pytest.mark.parametrize(
    ("request_", "as_asked", "otherwise", "words"),
    [
        (
            "a rabbit eating a carrot",
            "A rabbit. A carrot is held at the mouth of the rabbit.",
            "A rabbit. A carrot is to the right of the rabbit.",
            "held at the mouth of",
        ),
        (
            "a boy with a parrot on his shoulder",
            "A boy. A parrot is at the shoulder of the boy.",
            "A boy. A parrot is on the boy.",
            "at the shoulder of",
        ),
        (
            "a fox in a shirt",
            "A fox. A t-shirt is worn by the fox.",
            "A t-shirt. A fox is to the left of the t-shirt.",
            "worn by",
        ),
        (
            "a goat looking at a duck",
            "A duck. A goat is turned towards the duck.",
            "A duck. A goat is to the left of the duck.",
            "turned towards",
        ),
        ("a castle made of sandwiches", "A castle made of sandwiches.", "A castle.", "castle is there"),
    ],
)
def test_what_somebody_does_is_met_as_drawn_and_not_otherwise(request_: str, as_asked: str, otherwise: str, words: str) -> None:
    assert verdict(request_, as_asked + WHOLE, words)
    assert not verdict(request_, otherwise + WHOLE, words)


@pytest.mark.slow
def test_two_of_a_kind_look_at_each_other_only_where_one_is_mirrored() -> None:
    assert verdict("two cats facing each other", "Two cats are turned towards each other." + WHOLE, "turned towards")
    assert not verdict("two cats facing each other", "Two cats are arranged in one row." + WHOLE, "turned towards")


def test_a_colour_that_was_ruled_out_fails() -> None:
    end = "car stands on the ground with a soft contact shadow. The background is plain cream. Soft daylight."
    assert verdict("a car that isn't red", f"A green {end}", "is not red")
    assert not verdict("a car that isn't red", f"A red {end}", "is not red")


def test_who_stands_on_the_back_of_a_sofa_is_not_on_it() -> None:
    wanted = with_skill_edits(read("a dog on a sofa", Vocabulary.ICONS), SKILL_EDITS)
    scene = read(surface_text(wanted), Vocabulary.ICONS)
    planned = plan(scene, (), (512, 512), 3)
    (sofa,) = planned.of("sofa")
    raised = [
        replace(one, box=replace(one.box, y=sofa.box.y - 0.95 * one.box.h)) if one.key == "dog" else one
        for one in planned.figures
    ]
    told = []
    for shown in (planned, replace(planned, figures=tuple(raised))):
        image = encoded(paint(scene, shown, (), 3).image)
        score = asyncio.run(FREE.judge_image(ImageCase(request="a dog on a sofa", image=image)))
        assert isinstance(score, Score)
        told += [one.passed for one in score.diagnostics if one.requirement == "dog on sofa"]
    assert told == [True, False]


@pytest.mark.parametrize("request_", ["a plate and a fork on a table", "Jupiter"])
def test_a_likeness_in_other_colours_is_no_second_one(request_: str) -> None:
    assert verdict(request_, request_ + WHOLE, "exactly 1 of " + request_.lower().split()[request_.startswith("a")])
