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


def test_a_garment_hangs_under_a_face_and_carries_its_shadow() -> None:
    layout = planned("A fox stands on the ground with a soft contact shadow. A coat is worn by the fox.")
    fox, coat = only(layout, "fox"), only(layout, "coat")
    assert coat.z < fox.z and fox.box.y < coat.box.y < fox.box.bottom < coat.box.cy
    assert (fox.shadow, coat.shadow) == (Shadow.NONE, Shadow.CONTACT)


def test_what_is_printed_on_a_garment_and_what_stands_on_the_head_stay_there() -> None:
    layout = planned("A dog. A t-shirt is worn by the dog. A heart is pictured on the t-shirt. A bone is on the dog.")
    dog, shirt, heart, bone = (only(layout, key) for key in ("dog", "t-shirt", "heart", "bone"))
    assert heart.box.overlap(shirt.box) == pytest.approx(heart.box.w * heart.box.h) and heart.z > shirt.z
    assert dog.box.y < shirt.box.y < dog.box.bottom and bone.box.bottom < dog.box.cy


def test_a_garment_covers_the_shoulders_of_a_bust() -> None:
    layout = planned("A woman. A t-shirt is worn by the woman.")
    woman, shirt = only(layout, "woman"), only(layout, "t-shirt")
    assert shirt.z > woman.z and shirt.box.w > woman.box.w and shirt.box.y > woman.box.y + 0.6 * woman.box.h


def test_each_of_several_who_wear_garments_has_room_for_it() -> None:
    shirts = planned("Two pandas. Two t-shirts are worn by the two pandas.").of("t-shirt")
    assert shirts[0].box.overlap(shirts[1].box) == 0


@pytest.mark.parametrize(("eater", "side"), [("mouse", -1), ("dinosaur", 1), ("boy", 0)])
def test_what_is_eaten_is_at_the_mouth(eater: str, side: int) -> None:
    layout = planned(f"A {eater}. A cookie is held at the mouth of the {eater}.")
    one, food = only(layout, eater), only(layout, "cookie")
    assert food.z > one.z and food.box.overlap(one.box) > 0
    assert (food.box.cx > one.box.cx + 0.3 * one.box.w) - (food.box.cx < one.box.cx - 0.3 * one.box.w) == side


def test_who_sits_on_a_shoulder_leaves_the_face_free() -> None:
    layout = planned("A boy. A parrot is at the shoulder of the boy. Everything is grounded, with soft contact shadows.")
    boy, parrot = only(layout, "boy"), only(layout, "parrot")
    assert parrot.box.cx < boy.box.x + 0.25 * boy.box.w
    assert boy.box.cy < parrot.box.bottom < boy.box.bottom


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


def test_who_is_on_a_sofa_sits_on_its_seat() -> None:
    layout = planned("A sofa is in the image. A dog is on the sofa.")
    sofa, dog = only(layout, "sofa"), only(layout, "dog")
    assert 0.5 < (dog.box.bottom - sofa.box.y) / sofa.box.h < 0.7
    assert dog.z > sofa.z and dog.box.h < 0.7 * sofa.box.h


@pytest.mark.parametrize("said", ["A tree. A dog is below the tree.", "A dog. A tree is above the dog."])
def test_who_is_under_a_tree_stands_on_the_same_ground(said: str) -> None:
    layout = planned(said)
    tree, dog = only(layout, "tree"), only(layout, "dog")
    assert abs(tree.box.bottom - dog.box.bottom) < 0.1 * tree.box.h
    assert tree.box.h > 1.8 * dog.box.h and tree.box.x < dog.box.cx < tree.box.right


def test_what_is_under_a_cloud_is_below_it() -> None:
    layout = planned("A cloud. A dog is below the cloud.")
    assert only(layout, "dog").box.y > only(layout, "cloud").box.bottom


def test_two_kinds_in_one_bowl_hide_none_of_each_other() -> None:
    layout = planned("A bowl. Three lemons are inside the bowl. Two limes are inside the bowl.")
    fruits = [*layout.of("lemon"), *layout.of("lime")]
    assert len(fruits) == 5
    assert all(one is other or one.box.overlap(other.box) < 1 for one in fruits for other in fruits)


def test_three_before_a_barn_stand_side_by_side() -> None:
    layout = planned("A barn. A cow is in front of the barn. A pig is in front of the barn. A goat is in front of the barn.")
    animals = [only(layout, key) for key in ("cow", "pig", "goat")]
    assert all(one is other or one.box.overlap(other.box) < 0.2 * one.box.w * one.box.h for one in animals for other in animals)


def test_what_is_between_two_tents_has_them_at_its_sides() -> None:
    layout = planned("A fire is between two tents.")
    left, right = sorted(layout.of("tent"), key=lambda tent: tent.box.x)
    assert left.box.right <= only(layout, "fire").box.cx <= right.box.x


def test_the_stems_of_flowers_are_hidden_by_their_vase() -> None:
    layout = planned("A vase. Two tulips are inside the vase.")
    vase = only(layout, "vase")
    for tulip in layout.of("tulip"):
        assert tulip.z < vase.z and vase.box.y < tulip.box.bottom < vase.box.y + 0.4 * vase.box.h
        assert vase.box.x < tulip.box.x and tulip.box.right < vase.box.right


def test_what_somebody_small_wears_does_not_make_them_smaller() -> None:
    alone, dressed = only(planned("A small cat."), "cat"), only(planned("A small cat. A hat is worn by the cat."), "cat")
    assert dressed.box.w > 0.4 * alone.box.w
