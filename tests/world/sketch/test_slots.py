"""Forms with slots on the canvas: nothing outside, nothing over another text, bars to scale."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.plan import LayoutPlan, MarkKind

NAMES = st.lists(
    st.sampled_from(["ada", "ben", "cleo", "dan", "eva", "finn", "gus", "hana", "ivo"]), min_size=3, max_size=8, unique=True
)
SIZES = st.sampled_from([(512, 512), (1024, 512), (400, 700), (256, 256)])
WORDINGS = (
    "bar chart of points: {valued}", "timeline of the mill: {dated}", "flowchart: {chain}", "a cycle: {listed}",
    "menu: {priced}", "comparison of two: Left: {listed}; Right: {listed}", "bar chart: {valued}. With a star at the bottom",
    "timeline: {dated}. With a bell on the left", "checklist: {listed}, with the {first} ticked", "mind map of Fun: {listed}",
    "labelled diagram of a dog: {listed}",
)  # fmt: skip


def request(wording: str, names: list[str]) -> str:
    return wording.format(
        valued=", ".join(f"{name} {7 * number % 19 + 1}" for number, name in enumerate(names)),
        dated=", ".join(f"{1900 + 9 * number} {name}" for number, name in enumerate(names)),
        priced=", ".join(f"{name} £{number + 2}.50" for number, name in enumerate(names)),
        chain=" → ".join(names),
        listed=", ".join(names),
        first=names[0],
    )


def planned(asked: str, size: tuple[int, int] = (512, 512)) -> LayoutPlan:
    scene = read(asked, Vocabulary.ICONS)
    assert scene.form is not None and scene.form.parts
    return plan(read(surface_text(scene), Vocabulary.ICONS), (), size, 0)


@pytest.mark.parametrize("wording", WORDINGS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(names=NAMES, size=SIZES)
def test_nothing_is_cut_and_no_text_lies_on_another(wording: str, names: list[str], size: tuple[int, int]) -> None:
    found = planned(request(wording, names), size)
    boxes = [text.box for text in found.texts]
    for box in (*boxes, *(figure.box for figure in found.figures), *(mark.box for mark in found.marks if mark.box)):
        assert box.x >= -0.5 and box.y >= -0.5 and box.right <= size[0] + 0.5 and box.bottom <= size[1] + 0.5
    for one, other in itertools.combinations(boxes, 2):
        assert one.overlap(other) <= 0.02 * min(one.w * one.h, other.w * other.h)


def test_bars_are_to_scale() -> None:
    bars = [mark.box for mark in planned("bar chart: a1 4, b1 1, c1 2").marks if mark.kind is MarkKind.BAR]
    heights = [box.h for box in bars if box is not None]
    assert [height / heights[0] for height in heights] == pytest.approx([1, 0.25, 0.5])
    assert len({round(box.bottom, 3) for box in bars if box is not None}) == 1


@pytest.mark.parametrize(("asked", "arrows"), [("flowchart: a → b → c → d", 3), ("a cycle: sun, moon, star", 3)])
def test_an_arrow_from_each_to_the_next(asked: str, arrows: int) -> None:
    assert sum(mark.kind is MarkKind.ARROW for mark in planned(asked).marks) == arrows


def test_a_marked_day_stands_under_its_number_in_its_cell() -> None:
    found = planned("calendar for June 2026 with a star on the 9th")
    star = found.figures[0].box
    number = next(text.box for text in found.texts if text.lines == ("9",))
    before, after = (next(text.box for text in found.texts if text.lines == (day,)) for day in ("8", "10"))
    assert before.right < star.x and star.right < after.x
    assert number.bottom <= star.y and abs(number.cx - star.cx) < 2


def test_a_tick_stands_in_its_box() -> None:
    found = planned("checklist: pump, rope, with the rope ticked")
    boxes = [mark.box for mark in found.marks if mark.kind is MarkKind.FRAME and mark.box is not None]
    (tick,) = found.figures
    assert len(boxes) == 2
    assert [box.x < tick.box.x and tick.box.right < box.right and box.y < tick.box.y < box.bottom for box in boxes] == [
        False,
        True,
    ]


def test_a_symbol_is_larger_than_the_name_under_it() -> None:
    found = plan(
        read('A square tile with a number over a large symbol over a name: "Ne", "Neon".', Vocabulary.ICONS), (), (512, 512), 0
    )
    symbol, name = found.texts
    assert symbol.px > 1.5 * name.px and symbol.box.bottom <= name.box.y
