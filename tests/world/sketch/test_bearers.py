"""Where worn, held, pictured and contained things are drawn."""

import pytest

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.plan import LayoutPlan, Shadow, Sprite


def planned(text: str) -> LayoutPlan:
    return plan(read(text, Vocabulary.ICONS), (), (640, 640), 1)


def only(layout: LayoutPlan, key: str) -> Sprite:
    (figure,) = layout.of(key)
    return figure


def test_a_hat_is_on_the_head_of_a_face() -> None:
    layout = planned("A cat. A hat is worn by the cat.")
    cat, hat = only(layout, "cat"), only(layout, "hat")
    assert cat.source.look == "openmoji:1F431"
    assert abs(hat.box.cx - cat.box.cx) < 0.05 * cat.box.w
    assert cat.box.y < hat.box.bottom < cat.box.y + 0.35 * cat.box.h
    assert hat.z > cat.z and hat.shadow is Shadow.NONE


def test_each_of_several_has_its_own() -> None:
    layout = planned("Three bears. Three hats are worn by the three bears.")
    assert len(layout.of("hat")) == len(layout.of("bear")) == 3
    for hat in layout.of("hat"):
        assert (
            sum(abs(hat.box.cx - bear.box.cx) < 0.1 * bear.box.w and hat.box.y < bear.box.y for bear in layout.of("bear")) >= 1
        )


def test_what_is_held_is_at_the_side_and_the_next_at_the_other() -> None:
    layout = planned("A woman. A cake is held by the woman. An apple is held by the woman.")
    woman, cake, apple = (only(layout, key) for key in ("woman", "cake", "apple"))
    assert cake.box.overlap(woman.box) > 0 and apple.box.overlap(woman.box) > 0
    assert cake.box.cx > woman.box.cx > apple.box.cx


def test_what_is_pictured_stays_within() -> None:
    layout = planned("A t-shirt stands on the ground with a soft contact shadow. A heart is pictured on the t-shirt.")
    shirt, heart = only(layout, "t-shirt"), only(layout, "heart")
    assert heart.box.overlap(shirt.box) == pytest.approx(heart.box.w * heart.box.h)


def test_what_is_in_a_vessel_comes_out_behind_its_front() -> None:
    layout = planned("A barrel. A monkey is inside the barrel.")
    barrel, monkey = only(layout, "barrel"), only(layout, "monkey")
    assert monkey.z < barrel.z and monkey.box.y < barrel.box.y < monkey.box.bottom


def test_what_is_borne_follows_a_bearer_that_is_made_smaller() -> None:
    layout = planned("A small cat next to a huge dog. A hat is worn by the cat.")
    cat, hat = only(layout, "cat"), only(layout, "hat")
    assert cat.box.y < hat.box.bottom < cat.box.y + 0.35 * cat.box.h


def test_what_stands_on_a_small_thing_does_not_hover() -> None:
    layout = planned("An elephant on a tiny ball next to a huge tree.")
    elephant, ball = only(layout, "elephant"), only(layout, "ball")
    assert ball.box.y - 2 <= elephant.box.bottom <= ball.box.bottom


def test_everyday_scenes_know_no_vessels() -> None:
    layout = plan(read("A basket. A rabbit is inside the basket."), (), (640, 640), 1)
    assert only(layout, "rabbit").z > only(layout, "basket").z
