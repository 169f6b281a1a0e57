"""What stands on something touches it, piles lie on each other, and several behind one thing are all seen."""

from itertools import combinations, pairwise

import pytest

from genevolve.core.claim import Piling
from genevolve.world.expert.skill_edits import SKILL_EDITS, with_skill_edits
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.plan import LayoutPlan, PixelBox
from genevolve.world.sketch.resting import outline


def planned(text: str) -> LayoutPlan:
    """As it is planned when nothing is left open."""
    told = surface_text(with_skill_edits(read(text, Vocabulary.ICONS), SKILL_EDITS))
    return plan(read(told, Vocabulary.ICONS), (), (640, 640), 1)


def boxes(layout: LayoutPlan, key: str) -> list[PixelBox]:
    return [figure.box for figure in layout.of(key)]


@pytest.mark.parametrize(
    ("request_", "key", "host"),
    [
        ("a bird on a mug", "bird", "cup"),  # not on its steam
        ("a cat on a rug", "cat", "rug"),
        ("a turtle on a rock", "turtle", "rock"),
        ("five owls on a branch", "owl", "branch"),
        ("a teddy bear on a sled", "teddy bear", "sled"),
    ],
)
def test_feet_are_at_the_upper_edge(request_: str, key: str, host: str) -> None:
    layout = planned(request_)
    (under,) = layout.of(host)
    for figure in layout.of(key):
        tops = outline(under.source).top
        columns = range(len(tops))
        near = [
            under.box.y + tops[at] * under.box.h
            for at in columns
            if figure.box.x < under.box.x + (at + 0.5) / len(tops) * under.box.w < figure.box.right and tops[at] == tops[at]
        ]
        assert min(near) - 0.02 * figure.box.h < figure.box.bottom < max(near) + 0.12 * figure.box.h


def test_a_chain_has_no_gap_when_its_things_are_made_alike() -> None:
    layout = planned("a pink pillow on top of a green pillow on top of a white pillow")
    ordered = sorted((figure.box for figure in layout.figures), key=lambda box: box.y)
    assert all(upper.bottom > lower.y - 1 for upper, lower in pairwise(ordered))
    assert len({round(box.h) for box in ordered}) == 1


@pytest.mark.parametrize(
    ("request_", "key", "arrangement"),
    [
        ("a stack of five plates", "plate", Piling.STACK),
        ("four stacked boxes", "package", Piling.STACK),
        ("three suitcases stacked on top of each other", "suitcase", Piling.STACK),
        ("a pile of six gifts", "gift", Piling.PILE),
        ("a heap of ten apples", "apple", Piling.PILE),
    ],
)
def test_piled_things_touch(request_: str, key: str, arrangement: Piling) -> None:
    (obj,) = read(request_, Vocabulary.ICONS).objects
    assert obj.arrangement is arrangement
    ordered = sorted(boxes(planned(request_), key), key=lambda box: -box.bottom)
    for number, box in enumerate(ordered):
        lower = [other for other in ordered[:number] if other.bottom > box.bottom + 0.3 * box.h]
        assert not lower or any(box.overlap(other) > 0 for other in lower)


def test_what_is_on_top_of_a_stack_is_over_all_of_it() -> None:
    layout = planned("a stack of five plates with a teapot on top")
    (teapot,) = boxes(layout, "teapot")
    highest = min(box.y for box in boxes(layout, "plate"))
    assert teapot.y < highest < teapot.bottom + 2 < highest + 0.2 * teapot.h


@pytest.mark.parametrize(
    ("request_", "several", "single"),
    [
        ("two tents behind a campfire", "tent", "fire"),
        ("three penguins behind a snowman", "penguin", "snowman"),
        ("a lion in front of three trees", "tree", "lion"),
        ("two dogs in front of a house", "dog", "house"),
    ],
)
def test_most_of_each_is_seen(request_: str, several: str, single: str) -> None:
    layout = planned(request_)
    row, (one,) = boxes(layout, several), boxes(layout, single)
    assert all(box.overlap(one) < 0.45 * box.w * box.h for box in row)
    assert sum(box.overlap(one) for box in row) < 0.6 * one.w * one.h
    assert any(box.overlap(one) > 0 for box in row)
    assert not any(first.overlap(second) for first, second in combinations(row, 2))


def test_as_many_on_as_many_have_one_each() -> None:
    layout = planned("three birds on three rocks")
    rocks = sorted(boxes(layout, "rock"), key=lambda box: box.x)
    birds = sorted(boxes(layout, "bird"), key=lambda box: box.x)
    assert all(rock.x < bird.cx < rock.right and bird.y < rock.y for bird, rock in zip(birds, rocks, strict=True))


@pytest.mark.parametrize("host", ["table", "chair", "desk", "stool", "bench"])
def test_what_is_under_furniture_stands_on_its_ground(host: str) -> None:
    layout = planned(f"a rabbit under a {host}")
    (rabbit,), (over,) = boxes(layout, "rabbit"), boxes(layout, host)
    assert over.x < rabbit.cx < over.right and rabbit.y > over.y + 0.15 * over.h
    assert abs(rabbit.bottom - over.bottom) < 0.1 * over.h


def test_two_under_one_table_are_beside_each_other() -> None:
    layout = planned("a dog and a cat under a table")
    assert boxes(layout, "dog")[0].overlap(boxes(layout, "cat")[0]) == 0


@pytest.mark.parametrize(
    "request_", ["six chairs around a table", "mushrooms around a frog", "a crab in the middle of five shells"]
)
def test_a_ring_has_the_other_in_its_middle(request_: str) -> None:
    layout = planned(request_)
    keys = {figure.key for figure in layout.figures}
    single = next(key for key in keys if len(layout.of(key)) == 1)
    ((middle,), ring) = boxes(layout, single), [figure.box for figure in layout.figures if figure.key != single]
    assert len(ring) >= 5
    assert min(box.cx for box in ring) < middle.cx < max(box.cx for box in ring)
    assert min(box.cy for box in ring) < middle.cy < max(box.cy for box in ring)
