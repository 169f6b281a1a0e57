"""Slices, points, circles, tables, trees, pyramids and frames with one defect each, as the pixel judge sees them."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import tables
from genevolve.world.pixel.slots import slots_laid_out
from tests.world.pixel.judge_pictures import page
from tests.world.pixel.test_slots import At, faults, seen

COLOURS = ("#2050b0", "#c04020", "#208040")


def pie(*degrees: float, colours: tuple[str, ...] = COLOURS) -> Image.Image:
    canvas, turn = page(), -90.0
    pen = ImageDraw.Draw(canvas)
    for number, share in enumerate(degrees):
        pen.pieslice((120, 30, 390, 300), turn, turn + share, fill=colours[number])
        turn += share
        pen.rectangle((100, 342 + 50 * number, 122, 364 + 50 * number), fill=COLOURS[number])
    return canvas


@pytest.mark.parametrize(
    ("canvas", "names", "passed"),
    [
        (pie(180, 120, 60), ("Tea", "Milk", "Juice"), True),
        (pie(180, 120, 60), ("Milk", "Tea", "Juice"), False),
        (pie(120, 180, 60), ("Tea", "Milk", "Juice"), False),
        (pie(180, 120), ("Tea", "Milk", "Juice"), False),
        (pie(180, 120, 60, colours=(COLOURS[1], COLOURS[0], COLOURS[2])), ("Tea", "Milk", "Juice"), False),
        (page(), ("Tea", "Milk", "Juice"), False),
    ],
)
def test_slices(canvas: Image.Image, names: tuple[str, ...], passed: bool) -> None:
    texts = {name: (142 + 6 * len(name), 353 + 50 * number) for number, name in enumerate(names)}
    assert (not faults("pie chart: tea 3, milk 2, juice 1", canvas, texts)) is passed


def graph(*heights: int, joined: int = 2) -> Image.Image:
    canvas = page()
    pen = ImageDraw.Draw(canvas)
    points = [(100 + 150 * number, 420 - height) for number, height in enumerate(heights)]
    for start, end in list(itertools.pairwise(points))[:joined]:
        pen.line((*start, *end), fill="#2050b0", width=4)
    for x, y in points:
        pen.ellipse((x - 9, y - 9, x + 9, y + 9), fill="#2050b0")
    pen.line((20, 420, 500, 420), fill="#202020", width=3)
    return canvas


@pytest.mark.parametrize(
    ("canvas", "passed"),
    [(graph(320, 160, 240), True), (graph(320, 220, 240), False), (graph(160, 320, 240), False),
     (graph(320, 160, 240, joined=1), False), (page(), False)],
)  # fmt: skip
def test_points_of_a_line(canvas: Image.Image, passed: bool) -> None:
    texts: dict[str, At] = {name: (100 + 150 * number, 446) for number, name in enumerate(("Tea", "Milk", "Juice"))}
    assert (not faults("line graph: tea 4, milk 2, juice 3", canvas, texts)) is passed


def circles(*middles: At) -> Image.Image:
    canvas = page()
    for number, (x, y) in enumerate(middles):
        over = Image.new("RGB", canvas.size, COLOURS[number])
        mask = Image.new("L", canvas.size)
        ImageDraw.Draw(mask).ellipse((x - 130, y - 130, x + 130, y + 130), fill=90)
        canvas = Image.composite(over, canvas, Image.eval(mask, lambda value: value))
    return canvas


VENN = "Venn diagram: cats: purr; dogs: bark; both: fur"


@pytest.mark.parametrize(
    ("canvas", "places", "passed"),
    [
        (circles((180, 256), (330, 256)), {"Purr": (130, 280), "Bark": (380, 280), "Fur": (256, 256)}, True),
        (circles((180, 256), (330, 256)), {"Purr": (256, 280), "Bark": (380, 280), "Fur": (130, 226)}, False),
        (circles((180, 256)), {"Purr": (130, 280), "Bark": (380, 280), "Fur": (256, 256)}, False),
        (page(), {"Purr": (130, 280), "Bark": (380, 280), "Fur": (256, 256)}, False),
    ],
)
def test_circles(canvas: Image.Image, places: dict[str, At], passed: bool) -> None:
    assert (not faults(VENN, canvas, {"Cats": (120, 240), "Dogs": (390, 240), **places})) is passed


def grid(rows: int, columns: int, *, lines: bool = True) -> Image.Image:
    canvas = page()
    pen = ImageDraw.Draw(canvas)
    width, height = 400 // columns, 300 // rows
    for row in range(rows):
        for column in range(columns):
            x, y = 56 + column * width + width // 2, 100 + row * height + height // 2
            pen.rectangle((x - 8, y - 6, x + 8, y + 6), fill="#202020")  # something to be read
    for row in range(rows + 1 if lines else 0):
        pen.line((56, 100 + row * height, 56 + columns * width, 100 + row * height), fill="#202020", width=4)
    for column in range(columns + 1):
        pen.line((56 + column * width, 100, 56 + column * width, 100 + rows * height), fill="#202020", width=4)
    return canvas


@pytest.mark.parametrize(
    ("canvas", "cells", "passed"),
    [
        (grid(2, 2), ["Name", "Age", "Ann", "34"], True),
        (grid(2, 2), ["Name", "Age", "34", "Ann"], False),
        (grid(2, 2), ["Name", "Age", "Ann", "35"], False),
        (grid(3, 2), ["Name", "Age", "Ann", "34", "Ben", "1"], False),
        (grid(2, 2, lines=False), ["Name", "Age", "Ann", "34"], False),
    ],
)
def test_cells_of_a_table(canvas: Image.Image, cells: list[str], passed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    said: Iterator[str] = iter(cells)
    monkeypatch.setattr(tables, "read_cell", lambda part: next(said))
    assert (not faults("table: Name, Age; Ann, 34", canvas, {})) is passed


@pytest.mark.parametrize(("rows", "columns", "found"), [(1, 3, True), (3, 1, True), (1, 2, True), (1, 1, False)])
def test_a_row_or_a_column_is_a_table_and_a_frame_is_none(
    rows: int, columns: int, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "read_cell", lambda part: "")
    table = tables.ruled_table(np.asarray(grid(rows, columns).convert("RGB")))
    assert (table is not None and [len(row) for row in table.rows] == [columns] * rows) is found


@pytest.mark.slow
def test_single_figures_in_cells_are_read() -> None:
    from genevolve.world.expert.skill_edits import SKILL_EDITS, with_skill_edits
    from genevolve.world.language.surface_text import surface_text
    from genevolve.world.sketch.compose import plan
    from genevolve.world.sketch.paint import paint

    asked = "multiplication table up to 3"
    scene = with_skill_edits(read(asked, Vocabulary.ICONS), set(SKILL_EDITS))
    told = read(surface_text(scene), Vocabulary.ICONS)
    found = tables.ruled_table(np.asarray(paint(told, plan(told, (), (512, 512), 0), (), 0).image.convert("RGB")))
    assert found is not None
    assert [[cell.text for cell in row] for row in found.rows][1:] == [
        ["1", "1", "2", "3"],
        ["2", "2", "4", "6"],
        ["3", "3", "6", "9"],
    ]


def boxes(*middles: At, lines: tuple[tuple[int, int], ...] = (), widths: tuple[int, ...] = ()) -> Image.Image:
    canvas = page()
    pen = ImageDraw.Draw(canvas)
    for one, other in lines:
        (ax, ay), (bx, by) = middles[one], middles[other]
        pen.line((ax, ay + 30, bx, by - 30), fill="#202020", width=4)
    for number, (x, y) in enumerate(middles):
        half = (widths[number] if widths else 120) // 2
        pen.rectangle((x - half, y - 30, x + half, y + 30), fill="#ffffff", outline="#202020", width=4)
    return canvas


@pytest.mark.parametrize(
    ("lines", "order", "passed"),
    [
        (((0, 1), (0, 2)), ("Pets", "Dogs", "Cats"), True),
        (((0, 1),), ("Pets", "Dogs", "Cats"), False),
        (((0, 1), (0, 2)), ("Dogs", "Pets", "Cats"), False),
        (((0, 1), (1, 2)), ("Pets", "Dogs", "Cats"), False),
    ],
)
def test_boxes_of_a_tree(lines: tuple[tuple[int, int], ...], order: tuple[str, ...], passed: bool) -> None:
    middles = ((256, 100), (130, 320), (380, 320))
    texts = dict(zip(order, middles, strict=True))
    assert (not faults("tree diagram: pets -> dogs, cats", boxes(*middles, lines=lines), texts)) is passed


@pytest.mark.parametrize(("widths", "passed"), [((120, 220, 320), True), ((220, 120, 320), False), ((220, 220, 220), False)])
def test_levels_of_a_pyramid(widths: tuple[int, ...], passed: bool) -> None:
    middles = ((256, 100), (256, 200), (256, 300))
    texts = dict(zip(("One", "Some", "Many"), middles, strict=True))
    assert (not faults("pyramid with three levels: one, some, many", boxes(*middles, widths=widths), texts)) is passed


@pytest.mark.parametrize(
    ("frame", "order", "passed"),
    [(True, ("Train ticket", "3 May", "Seat 12"), True), (False, ("Train ticket", "3 May", "Seat 12"), False),
     (True, ("Seat 12", "3 May", "Train ticket"), False)],
)  # fmt: skip
def test_texts_in_a_frame(frame: bool, order: tuple[str, ...], passed: bool) -> None:
    canvas = page()
    if frame:
        ImageDraw.Draw(canvas).rectangle((40, 60, 470, 440), outline="#202020", width=4)
    texts: dict[str, At] = {said: (256, 140 + 100 * number) for number, said in enumerate(order)}
    assert (not faults("train ticket, 3 May, seat 12", canvas, texts)) is passed


def test_what_is_worked_out_need_not_be_said() -> None:
    scene = read("calendar for May 2026", Vocabulary.ICONS)
    assert scene.form is not None and scene.form.worked_out
    wordings = {text.key: text.content for text in scene.texts}
    found = slots_laid_out(scene.form, "calendar for May 2026", wordings, seen(page(), {}))
    assert [verdict.passed for verdict in found] == [True, False]  # the entries; no table is there
