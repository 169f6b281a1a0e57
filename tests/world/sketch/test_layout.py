"""The layout of the sketch generator, measured on its plan: counts, places, relations, arrangements, margins."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.world.language.model import Scene, SceneObject, Size, TextRole
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import MAX_INSTANCES, MAX_KINDS, plan
from genevolve.world.sketch.order import column_of, row_of
from genevolve.world.sketch.plan import LayoutPlan, PixelBox
from tests.world.sketch.sketch_scenes import obj, scene, words

CANVASES = [(512, 512), (64, 64), (2048, 2048), (1024, 512), (400, 900), (64, 2048), (2048, 64)]


def planned(drawn: Scene, size: tuple[int, int] = (512, 512)) -> LayoutPlan:
    return plan(drawn, (), size, 0)


def boxes(found: LayoutPlan, key: str) -> list[PixelBox]:
    return [figure.box for figure in found.of(key)]


def one(found: LayoutPlan, key: str) -> PixelBox:
    (box,) = boxes(found, key)
    return box


def tidy(found: LayoutPlan) -> None:
    """No two objects or texts overlap, and all are on the canvas."""
    placed = [figure.box for figure in found.figures] + [text.box for text in found.texts]
    for box in placed:
        assert box.x >= -0.5 and box.y >= -0.5, box
        assert box.right <= found.size[0] + 0.5 and box.bottom <= found.size[1] + 0.5, box
    for a, b in itertools.combinations(placed, 2):
        assert a.overlap(b) <= 0.02 * min(a.w * a.h, b.w * b.h), (a, b)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 11, 12, 20, 37, 100])
def test_exactly_as_many_as_asked(count: int) -> None:
    found = planned(scene(obj("dog", count)))
    assert len(found.of("dog")) == count
    tidy(found)


@pytest.mark.parametrize("size", CANVASES)
@pytest.mark.parametrize("place", Place)
def test_a_placed_thing_lies_in_its_ninth(place: Place, size: tuple[int, int]) -> None:
    box = one(planned(scene(obj("cat", place=place), obj("rose", place=_across(place))), size), "cat")
    assert int(3 * box.cx / size[0]) == column_of(place)
    assert int(3 * box.cy / size[1]) == row_of(place)


def _across(place: Place) -> Place:
    return Place.BOTTOM_RIGHT if place is not Place.BOTTOM_RIGHT else Place.TOP_LEFT


@pytest.mark.parametrize("place", Place)
def test_titles_do_not_push_things_out_of_their_place(place: Place) -> None:
    titled = scene(obj("cat", place=place), texts=[words("A Title"), words("and a caption", TextRole.CAPTION, Place.BOTTOM)])
    found = planned(titled)
    box = one(found, "cat")
    assert (int(3 * box.cx / 512), int(3 * box.cy / 512)) == (column_of(place), row_of(place))
    tidy(found)


@pytest.mark.parametrize(
    "direction, holds",
    [
        (Direction.LEFT_OF, lambda a, b: a.right <= b.x and abs(a.cy - b.cy) < b.cx - a.cx),
        (Direction.RIGHT_OF, lambda a, b: a.x >= b.right and abs(a.cy - b.cy) < a.cx - b.cx),
        (Direction.ABOVE, lambda a, b: a.bottom <= b.y and abs(a.cx - b.cx) < 0.2 * (b.cy - a.cy)),
        (Direction.BELOW, lambda a, b: a.y >= b.bottom and abs(a.cx - b.cx) < 0.2 * (a.cy - b.cy)),
        (Direction.NEXT_TO, lambda a, b: a.overlap(b) == 0 and abs(a.cy - b.cy) < abs(a.cx - b.cx)),
        (Direction.ON, lambda a, b: b.y <= a.bottom < b.cy and b.x < a.cx < b.right),
        (Direction.INSIDE, lambda a, b: a.overlap(b) > 0.99 * a.w * a.h and a.w < b.w),
        (Direction.BEHIND, lambda a, b: 0.05 < a.overlap(b) / (a.w * a.h) < 0.6 and a.bottom < b.bottom),
        (Direction.IN_FRONT_OF, lambda a, b: 0.05 < a.overlap(b) / (b.w * b.h) < 0.6 and a.bottom > b.bottom),
    ],
)
@pytest.mark.parametrize("background", ["white", "meadow"])
@pytest.mark.parametrize("placed", [None, Place.BOTTOM_RIGHT])
def test_relations(direction, holds, background, placed) -> None:  # type: ignore[no-untyped-def]
    related = scene(obj("cat", rel=[(direction, ["box"])]), obj("box", place=placed), background=background)
    found = planned(related)
    assert holds(one(found, "cat"), one(found, "box"))
    nearer = [figure.key for figure in found.figures]
    if direction in (Direction.IN_FRONT_OF, Direction.INSIDE):
        assert nearer == ["box", "cat"]
    if direction is Direction.BEHIND:
        assert nearer == ["cat", "box"]


@pytest.mark.parametrize("first, second", [(Place.LEFT, Place.RIGHT), (Place.TOP, Place.BOTTOM), (None, None)])
def test_between(first: Place | None, second: Place | None) -> None:
    dog = obj("dog", rel=[(Direction.BETWEEN, ["cat", "horse"])])
    found = planned(scene(dog, obj("cat", place=first), obj("horse", place=second)))
    dog_box, cat, horse = one(found, "dog"), one(found, "cat"), one(found, "horse")
    across = first is not Place.TOP
    values = [(box.cx if across else box.cy) for box in (cat, dog_box, horse)]
    assert values == sorted(values)
    tidy(found)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_between_the_instances_of_one_thing(count: int) -> None:
    amid = obj("dog", rel=[(Direction.BETWEEN, ["tree", "tree"])])
    found = planned(scene(amid, obj("tree", count, arrangement=Arrangement.ROW)))
    dog, trees = one(found, "dog"), boxes(found, "tree")
    assert any(tree.right <= dog.x for tree in trees) and any(tree.x >= dog.right for tree in trees)
    tidy(found)


def test_inside_of_a_circle() -> None:
    ring = scene(obj("cake", rel=[(Direction.INSIDE, ["candle"])]), obj("candle", 9, arrangement=Arrangement.CIRCLE))
    found = planned(ring)
    cake, candles = one(found, "cake"), boxes(found, "candle")
    assert abs(cake.cx - sum(box.cx for box in candles) / 9) < 2
    tidy(found)


def test_said_to_be_larger() -> None:
    found = planned(scene(obj("ant", larger_than=("whale",), place=Place.LEFT), obj("whale", place=Place.RIGHT)))
    ant, whale = one(found, "ant"), one(found, "whale")
    assert ant.w * ant.h > 1.5 * whale.w * whale.h


def test_chains_of_relations() -> None:
    found = planned(
        scene(
            obj("dog", rel=[(Direction.LEFT_OF, ["cat"])]),
            obj("cat", rel=[(Direction.LEFT_OF, ["tree"])]),
            obj("tree"),
            obj("sun", rel=[(Direction.ABOVE, ["tree"])]),
            obj("rose", rel=[(Direction.BELOW, ["dog"])]),
        )
    )
    dog, cat, tree, sun, rose = (one(found, key) for key in ("dog", "cat", "tree", "sun", "rose"))
    assert dog.right <= cat.x and cat.right <= tree.x
    assert sun.bottom <= tree.y and abs(sun.cx - tree.cx) < 30
    assert rose.y >= dog.bottom and abs(rose.cx - dog.cx) < 30
    tidy(found)


def test_a_tower_of_three() -> None:
    tower = scene(obj("cat", rel=[(Direction.ON, ["box"])]), obj("box", rel=[(Direction.ON, ["bed"])]), obj("bed"))
    found = planned(tower)
    cat, box, bed = one(found, "cat"), one(found, "box"), one(found, "bed")
    assert cat.cy < box.cy < bed.cy and cat.bottom >= box.y and box.bottom >= bed.y


def test_two_riders_share_their_host() -> None:
    found = planned(scene(obj("cat", rel=[(Direction.ON, ["bed"])]), obj("dog", rel=[(Direction.ON, ["bed"])]), obj("bed")))
    cat, dog, bed = one(found, "cat"), one(found, "dog"), one(found, "bed")
    assert cat.overlap(dog) == 0
    assert bed.x <= min(cat.x, dog.x) and max(cat.right, dog.right) <= bed.right


def test_contradictory_relations_are_survived() -> None:
    circular = scene(
        obj("cat", rel=[(Direction.LEFT_OF, ["dog"]), (Direction.ON, ["dog"])]),
        obj("dog", rel=[(Direction.LEFT_OF, ["cat"]), (Direction.ON, ["cat"]), (Direction.ABOVE, ["dog"])]),
    )
    assert len(planned(circular).figures) == 2


@pytest.mark.parametrize("count", [3, 4, 8])
def test_arrangements(count: int) -> None:
    def arranged(how: Arrangement, columns: int | None = None) -> list[PixelBox]:
        return boxes(planned(scene(obj("apple", count, arrangement=how, columns=columns))), "apple")

    row = arranged(Arrangement.ROW)
    assert len({round(box.cy) for box in row}) == 1 and len({round(box.cx) for box in row}) == count
    column = arranged(Arrangement.COLUMN)
    assert len({round(box.cx) for box in column}) == 1 and len({round(box.cy) for box in column}) == count
    circle = arranged(Arrangement.CIRCLE)
    middle = sum(box.cx for box in circle) / count, sum(box.cy for box in circle) / count
    radii = [math.dist((box.cx, box.cy), middle) for box in circle]
    assert max(radii) - min(radii) < 1 and min(radii) > 40
    grid = arranged(Arrangement.GRID, columns=2)
    assert len({round(box.cy) for box in grid}) == math.ceil(count / 2)


def test_sizes_are_told_apart() -> None:
    ranked = [Size.TINY, Size.SMALL, Size.MEDIUM, Size.LARGE, Size.HUGE]
    sides = []
    for size in ranked:
        box = one(planned(scene(obj("apple", size=size))), "apple")
        sides.append(math.sqrt(box.w * box.h))
    assert all(b > 1.15 * a for a, b in itertools.pairwise(sides))


def test_a_large_single_thing_is_larger_than_each_of_a_small_many() -> None:
    mixed = scene(
        obj("ant", 10, size=Size.SMALL, arrangement=Arrangement.ROW), obj("bee", size=Size.LARGE, place=Place.TOP_LEFT)
    )
    found = planned(mixed)
    bee = one(found, "bee")
    assert all(bee.w * bee.h > 1.5 * box.w * box.h for box in boxes(found, "ant"))


def test_a_thing_without_a_place_is_large_and_in_the_middle() -> None:
    box = one(planned(scene(obj("apple"))), "apple")
    assert abs(box.cx - 256) < 2 and abs(box.cy - 256) < 40
    assert min(box.w, box.h) > 0.5 * 512


def test_a_poster() -> None:
    """A title over a large object over a row of four."""
    found = planned(
        scene(
            obj("car", size=Size.LARGE),
            obj("camel", 4, arrangement=Arrangement.ROW, rel=[(Direction.BELOW, ["car"])]),
            texts=[words("VISIT BURKINA", bold=True)],
        )
    )
    (title,) = found.texts
    car, camels = one(found, "car"), boxes(found, "camel")
    assert title.box.bottom < car.y < car.bottom < min(camel.y for camel in camels)
    assert title.px >= 40
    used = sum(box.w * box.h for box in (car, *camels)) / 512**2
    assert used > 0.25
    tidy(found)


def test_labels_stand_with_their_things() -> None:
    apple = words("Apple", TextRole.LABEL, None, relations=obj("x", rel=[(Direction.BELOW, ["apple"])]).relations)
    found = planned(scene(obj("apple", place=Place.LEFT), obj("dog", place=Place.RIGHT), texts=[apple]))
    (label,) = found.texts
    box = one(found, "apple")
    assert label.box.y >= box.bottom and abs(label.box.cx - box.cx) < 20
    tidy(found)


def test_text_in_the_middle_of_a_circle() -> None:
    ring = scene(obj("star", 8, arrangement=Arrangement.CIRCLE), texts=[words("Eight Stars", place=Place.CENTER)])
    found = planned(ring)
    (text,) = found.texts
    middle = sum(box.cx for box in boxes(found, "star")) / 8
    assert abs(text.box.cx - middle) < 3 and text.px > 20
    tidy(found)


def test_too_many_things_are_capped_and_said() -> None:
    found = planned(scene(obj("ant", 5000)))
    assert len(found.figures) == MAX_INSTANCES
    assert "5000" in " ".join(found.notes) and str(MAX_INSTANCES) in " ".join(found.notes)


def test_too_many_kinds_are_capped_and_said() -> None:
    found = planned(scene(*(obj(f"k{number}", noun="dog") for number in range(40))))
    assert len(found.figures) == MAX_KINDS
    assert "40 kinds" in " ".join(found.notes)


_PLACES = st.sampled_from([None, *Place])
_SIDE = (Direction.LEFT_OF, Direction.RIGHT_OF, Direction.ABOVE, Direction.BELOW, Direction.NEXT_TO)


@st.composite
def tidy_scenes(draw: st.DrawFn) -> Scene:
    objects: list[SceneObject] = []
    for number in range(draw(st.integers(1, 5))):
        related = bool(objects) and draw(st.booleans())
        rel = [(draw(st.sampled_from(_SIDE)), [objects[-1].key])] if related else []
        objects.append(
            obj(
                f"t{number}",
                draw(st.integers(1, 6)),
                rel,
                noun=draw(st.sampled_from(["dog", "apple", "snake", "giraffe", "bus"])),
                size=draw(st.sampled_from([None, *Size])),
                arrangement=draw(st.sampled_from([None, *Arrangement])),
                place=None if related else draw(_PLACES),
            )
        )
    texts = []
    if draw(st.booleans()):
        texts.append(words(draw(st.sampled_from(["Hi", "A rather longer title than most"])), place=draw(_PLACES)))
    return scene(*objects, texts=texts, background=draw(st.sampled_from(["white", "meadow", "sky"])))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(tidy_scenes(), st.sampled_from([(512, 512), (768, 512), (512, 900)]))
def test_nothing_overlaps_unless_asked(drawn: Scene, size: tuple[int, int]) -> None:
    tidy(planned(drawn, size))


def _boxes(request: str, vocabulary: Vocabulary = Vocabulary.ICONS) -> dict[str, list[PixelBox]]:
    drawn: dict[str, list[PixelBox]] = {}
    for figure in plan(read(request, vocabulary), (), (512, 512), 0).figures:
        drawn.setdefault(figure.key, []).append(figure.box)
    return drawn


def test_animals_on_one_thing_stand_side_by_side() -> None:
    for vocabulary, rows in ((Vocabulary.ICONS, 1), (Vocabulary.EVERYDAY, 2)):
        cats = _boxes("three cats on a tent", vocabulary)["cat"]
        assert len({round(box.bottom) for box in cats}) == rows


def test_flowers_come_out_of_their_vase_and_the_vase_stays_on_its_table() -> None:
    drawn = _boxes("tulips in a vase on a table")
    (vase,), (table,) = drawn["vase"], drawn["table"]
    assert all(tulip.cy < vase.y and vase.x <= tulip.cx <= vase.right for tulip in drawn["tulip"])
    assert vase.y < table.y < vase.bottom < table.bottom


@pytest.mark.parametrize(
    ("request_", "floor"),
    [
        ("A taxi is on the left side of the image. A van is on the right side of the image. The background is a street.", 0.74),
        (
            "A bed is on the left. A lamp is in the bottom right corner. A box is in the center. The background is a bedroom.",
            0.72,
        ),
        ("A desk is in the image. A clock is at the top of the image, above the desk. The background is a wall.", 0.72),
    ],
)
def test_what_is_only_left_or_right_stands_on_the_floor(request_: str, floor: float) -> None:
    drawn = read(request_, Vocabulary.ICONS)
    feet = [figure.box.bottom / 512 for figure in planned(drawn).figures if figure.key != "clock"]
    assert feet and min(feet) > floor


def test_policies_that_were_trained_see_the_left_as_it_was() -> None:
    request_ = "A taxi is on the left side of the image. A van is on the right side of the image. The background is a street."
    assert min(figure.box.bottom / 512 for figure in planned(read(request_)).figures) < 0.7


def test_who_is_on_the_window_sill_is_before_its_panes() -> None:
    found = planned(read("a cat on the windowsill", Vocabulary.ICONS))
    (cat,), (sill,) = boxes(found, "cat"), boxes(found, "windowsill")
    assert sill.y < cat.y and cat.bottom < sill.bottom


@pytest.mark.parametrize(("said", "upper"), [("above", "text 2"), ("below", "text")])
def test_a_text_above_another_one_stands_before_it(said: str, upper: str) -> None:
    found = planned(read(f'the word "HELLO" in big letters with "good morning" {said} it', Vocabulary.ICONS))
    assert min(found.texts, key=lambda text: text.box.y).key == upper
