"""Where the signs of what somebody does are drawn: at the head, the mouth, the eyes, behind the back."""

import pytest

from genevolve.world.language.actions import At, signs
from genevolve.world.language.bodies import Side, Spot, body_of, heading_of
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.plan import LayoutPlan, Shadow, Sprite


def planned(text: str) -> LayoutPlan:
    return plan(read(text, Vocabulary.ICONS), (), (640, 640), 1)


def only(layout: LayoutPlan, key: str) -> Sprite:
    (figure,) = layout.of(key)
    return figure


@pytest.mark.parametrize("noun", ["cat", "dog", "owl", "penguin", "man", "lion", "giraffe", "turtle", "robot", "pig"])
def test_who_sleeps_has_the_zzz_over_its_head(noun: str) -> None:
    layout = planned(f"A {noun}. The {noun} is sleeping.")
    figure, sign = only(layout, noun), only(layout, "zzz")
    assert sign.box.cy < figure.box.y + 0.35 * figure.box.h and sign.shadow is Shadow.NONE
    assert sign.box.overlap(figure.box) < 0.55 * sign.box.w * sign.box.h


@pytest.mark.parametrize("noun", ["horse", "penguin", "car", "zebra", "snail"])
def test_the_dust_is_behind_who_runs(noun: str) -> None:
    layout = planned(f"A {noun}. The {noun} is running.")
    figure, sign = only(layout, noun), only(layout, "dashpuff")
    left = heading_of(figure.source.look) is Side.LEFT
    assert (sign.box.cx > figure.box.cx) is left
    assert sign.source.mirrored is not left


@pytest.mark.parametrize("noun", ["boy", "cat", "teddy bear", "frog"])
def test_tears_are_below_the_eyes(noun: str) -> None:
    layout = planned(f"A {noun}. The {noun} is crying.")
    figure, sign = only(layout, noun), only(layout, "teardrop")
    eyes = body_of(figure.source.look)[Spot.EYES]
    assert abs(sign.box.cx - figure.box.x - eyes.x * figure.box.w) < 0.05 * figure.box.w
    assert sign.box.cy > figure.box.y + eyes.y * figure.box.h


@pytest.mark.parametrize("noun", ["cat", "penguin", "rabbit"])
def test_who_jumps_is_off_the_ground_and_over_its_shadow(noun: str) -> None:
    layout = planned(f"A {noun}. The {noun} is jumping.")
    figure, sign = only(layout, noun), only(layout, "leapmark")
    assert sign.box.y > figure.box.bottom + 0.03 * figure.box.h and figure.shadow is Shadow.NONE
    assert abs(sign.box.cx - figure.box.cx) < 0.05 * figure.box.w


def test_each_of_several_has_a_sign_and_a_second_one_is_elsewhere() -> None:
    layout = planned("Three cats. The cats are sleeping.")
    assert len(layout.of("zzz")) == 3
    both = planned("A man. The man is sweating. The man is confused.")
    mark, query = only(both, "sweatbead"), only(both, "querymark")
    assert mark.box.overlap(query.box) == 0


def test_what_is_thought_of_is_drawn_inside_its_bubble() -> None:
    layout = planned("A dog. The dog is dreaming of a bone.")
    bubble, bone = only(layout, "thoughtcloud").box, only(layout, "bone").box
    assert bubble.x < bone.x and bone.right < bubble.right and bubble.y < bone.y and bone.bottom < bubble.bottom


def test_what_is_thought_of_by_somebody_small_stays_in_its_bubble() -> None:
    layout = planned("A small girl. The small girl is dreaming of a unicorn.")
    bubble, unicorn = only(layout, "thoughtcloud").box, only(layout, "unicorn").box
    assert bubble.overlap(unicorn) > 0.9 * unicorn.w * unicorn.h


def test_places_are_those_that_the_table_names() -> None:
    assert {sign.at for sign in signs().values()} == set(At)
