"""Layouts as the pixel judge sees them: pictures drawn with Pillow, one defect each. No generator and no OCR is involved."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from genevolve.core.claim import Arranged, Arrangement, Claim, Direction, Subject, TextRelated
from genevolve.world.language.model import FormPart, Scene
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel.checks import check
from genevolve.world.pixel.detect import Instance, Templates
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.match import Agreement, Pose
from genevolve.world.pixel.ocr import TextLine
from genevolve.world.pixel.slots import located, slots_laid_out
from tests.world.pixel.judge_pictures import page

At = tuple[int, int]


def _instance(pose: Pose) -> Instance:
    square = np.full((64, 64, 4), 255, np.uint8)
    square[:, :32, 0] = 0
    agreement = Agreement(pose=pose, structure=1.0, colour=1.0, regions=1.0, tones=1.0)
    return Instance(template=Templates(lambda look, side: square).of("book")[0], agreement=agreement)


def seen(canvas: Image.Image, texts: Mapping[str, At]) -> Detections:
    """``texts`` as if they were read at their middles."""
    lines = tuple(
        TextLine(text=text, box=(x - 6 * len(text), y - 9, x + 6 * len(text), y + 9), confidence=0.99)
        for text, (x, y) in texts.items()
    )
    return Detections(image=np.asarray(canvas, np.float32), read=lines, text_lines=lines, required=lines, instances={})


def faults(request: str, canvas: Image.Image, texts: Mapping[str, At], scene: Scene | None = None) -> list[str]:
    scene = scene or read(request, Vocabulary.ICONS)
    assert scene.form is not None and scene.form.parts
    wordings = {text.key: text.content for text in scene.texts}
    return [one.requirement for one in slots_laid_out(scene.form, request, wordings, seen(canvas, texts)) if not one.passed]


BARS = "bar chart: tea 4, milk 2, juice 3"


def bars(*heights: int) -> Image.Image:
    canvas = page()
    pen = ImageDraw.Draw(canvas)
    for number, height in enumerate(heights):
        pen.rectangle(
            (60 + 150 * number, 420 - height, 140 + 150 * number, 420), fill=("#2050b0", "#c04020", "#208040")[number]
        )
    pen.line((20, 421, 500, 421), fill="#202020", width=3)
    return canvas


@pytest.mark.parametrize(
    ("heights", "names", "passed"),
    [
        ((320, 160, 240), ("Tea", "Milk", "Juice"), True),
        ((320, 160, 240), ("Milk", "Tea", "Juice"), False),
        ((320, 0, 240), ("Tea", "Milk", "Juice"), False),
        ((320, 220, 240), ("Tea", "Milk", "Juice"), False),
        ((160, 320, 240), ("Tea", "Milk", "Juice"), False),
        ((0, 0, 0), ("Tea", "Milk", "Juice"), False),
    ],
)
def test_bars(heights: tuple[int, ...], names: tuple[str, ...], passed: bool) -> None:
    texts = {name: (100 + 150 * number, 440) for number, name in enumerate(names)}
    assert (not faults(BARS, bars(*heights), texts)) is passed


def test_a_slip_of_the_reader_is_found_by_the_words() -> None:
    scene = read("bar chart: tea 2, milk 4, juice 3", Vocabulary.ICONS)  # not what is asked for
    texts = {"Tea": (100, 440), "Milk": (250, 440), "Juice": (400, 440)}
    assert not faults("bar chart: tea 2, milk 4, juice 3", bars(160, 320, 240), texts, scene)
    assert len(faults(BARS, bars(160, 320, 240), texts, scene)) == 2


TIMELINE = "timeline: 1901 opened, 1950 fire, 1999 sold"


@pytest.mark.parametrize(
    ("dates", "notes", "line", "passed"),
    [
        ((90, 250, 420), (90, 250, 420), True, True),
        ((250, 90, 420), (90, 250, 420), True, False),
        ((90, 250, 420), (250, 90, 420), True, False),
        ((90, 250, 420), (90, 250, 420), False, False),
    ],
)
def test_a_timeline(dates: tuple[int, ...], notes: tuple[int, ...], line: bool, passed: bool) -> None:
    canvas = page()
    if line:
        ImageDraw.Draw(canvas).line((40, 250, 480, 250), fill="#202020", width=4)
    texts = {date: (x, 220) for date, x in zip(("1901", "1950", "1999"), dates, strict=True)}
    texts |= {note: (x, 285) for note, x in zip(("Opened", "Fire", "Sold"), notes, strict=True)}
    assert (not faults(TIMELINE, canvas, texts)) is passed


@pytest.mark.parametrize(
    ("arrows", "order", "passed"),
    [
        (((140, 210), (300, 370)), ("Mix", "Bake", "Eat"), True),
        (((210, 140), (300, 370)), ("Mix", "Bake", "Eat"), False),
        (((140, 210),), ("Mix", "Bake", "Eat"), False),
        (((140, 210), (300, 370)), ("Bake", "Mix", "Eat"), False),
    ],
)
def test_steps(arrows: tuple[At, ...], order: tuple[str, ...], passed: bool) -> None:
    canvas = page()
    pen = ImageDraw.Draw(canvas)
    for start, end in arrows:
        back = 1 if end > start else -1
        pen.line((start, 256, end - 14 * back, 256), fill="#202020", width=5)
        pen.polygon([(end, 256), (end - 16 * back, 246), (end - 16 * back, 266)], fill="#202020")
    texts = {word: (95 + 160 * number, 256) for number, word in enumerate(order)}
    assert (not faults("flowchart: mix → bake → eat", canvas, texts)) is passed


@pytest.mark.parametrize(
    ("request_", "right", "wrong"),
    [
        ("comparison: Ada: calm, kind; Ben: loud",
         {"Ada": (120, 60), "Calm": (120, 150), "Kind": (120, 220), "Ben": (380, 60), "Loud": (380, 150)},
         {"Ada": (120, 60), "Calm": (120, 150), "Kind": (380, 220), "Ben": (380, 60), "Loud": (380, 150)}),
        ("menu: soup £4, tea £2", {"Soup": (100, 200), "£4": (400, 200), "Tea": (100, 260), "£2": (400, 260)},
         {"Soup": (100, 200), "£4": (400, 260), "Tea": (100, 260), "£2": (400, 200)}),
        ("a cycle: sun day, rain day, snow day", {"Sun day": (256, 90), "Rain day": (400, 400), "Snow day": (110, 400)},
         {"Sun day": (256, 90), "Snow day": (400, 400), "Rain day": (110, 400)}),
        ("1 by 2 grid: aa, bb", {"Aa": (120, 250), "Bb": (380, 250)}, {"Bb": (120, 250), "Aa": (380, 250)}),
        ("element tile for Iron with symbol Fe and number 26", {"26": (256, 90), "Fe": (256, 250), "Iron": (256, 400)},
         {"Fe": (256, 90), "26": (256, 250), "Iron": (256, 400)}),
    ],
)  # fmt: skip
def test_texts_in_their_slots(request_: str, right: Mapping[str, At], wrong: Mapping[str, At]) -> None:
    arrows = "the layout: an arrow from each to the next"  # this page has none
    assert set(faults(request_, page(), right)) <= {arrows}
    assert set(faults(request_, page(), wrong)) - {arrows}


def test_what_is_not_found_fails() -> None:
    assert faults("menu: soup £4, tea £2", page(), {"Soup": (100, 200), "£4": (400, 200), "Tea": (100, 260)})


def test_parts_keep_their_place_in_the_request() -> None:
    scene = read(BARS, Vocabulary.ICONS)
    parts: tuple[FormPart, ...] = scene.form.parts if scene.form else ()
    assert [BARS[part.span.start : part.span.end] for part in parts] == ["tea 4", "milk 2", "juice 3"]


@pytest.mark.parametrize(("at", "direction", "passed"), [
    ((150, 150), Direction.ON, True), ((150, 330), Direction.ON, False),
    ((150, 330), Direction.BELOW, True), ((150, 150), Direction.BELOW, False),
])  # fmt: skip
def test_a_text_stands_where_it_was_asked_for(at: At, direction: Direction, passed: bool) -> None:
    book = Subject(key="book", label="book", looks=("book",))
    instance = _instance(Pose(x=50, y=50, width=200, height=200))
    picture = replace(seen(page(), {"Tides": at}), instances={"book": (instance,)})
    claim = TextRelated(text="Tides", direction=direction, subject=book)
    assert [verdict.passed for verdict in check(claim, picture, [claim])] == [passed]


@pytest.mark.parametrize(("request_", "read_as", "faulty"), [
    ("scoreboard: Foxes 3 - 2 Hares", "scoreboard: Foxes 3, Hares 2", False),
    ("scoreboard: Foxes 3 - 2 Hares", "scoreboard: Foxes 2, Hares 3", True),
])  # fmt: skip
def test_a_score_may_be_written_with_its_numbers_together(request_: str, read_as: str, faulty: bool) -> None:
    wrong = faults(request_, page(), {}, read(read_as, Vocabulary.ICONS))
    assert ("the layout: its entries are those of the request, in this order" in wrong) is faulty


@pytest.mark.parametrize(("rows", "faulty"), [((150, 350), False), ((350, 150), True)])
def test_pictures_of_a_list_stand_in_the_rows_of_their_names(rows: At, faulty: bool) -> None:
    request = "menu: book £2, vase £3, with a picture next to each"
    scene = read(request, Vocabulary.ICONS)
    assert scene.form is not None
    said = {"Book": (250, 150), "£2": (400, 150), "Vase": (250, 350), "£3": (400, 350)}
    keys = [part.picture or "" for part in scene.form.parts]
    shown = {key: (_instance(Pose(x=100, y=y, width=80, height=80)),) for key, y in zip(keys, rows, strict=True)}
    picture = replace(seen(page(), said), instances=shown)
    wordings = {text.key: text.content for text in scene.texts}
    wrong = [one.requirement for one in slots_laid_out(scene.form, request, wordings, picture) if not one.passed]
    assert ("the layout: each picture in the row of its name" in wrong) is faulty


@pytest.mark.parametrize(("at", "passed"), [((250, 250), True), ((250, 480), False)])
def test_a_text_in_a_ring_stands_amid_all_of_it(at: At, passed: bool) -> None:
    star = Subject(key="star", label="star", looks=("book",))
    places = [(250, 80), (420, 250), (250, 420), (80, 250)]
    ring = tuple(_instance(Pose(x=x, y=y, width=60, height=60)) for x, y in places)
    picture = replace(seen(page(), {"Tides": at}), instances={"star": ring})
    claim = TextRelated(text="Tides", direction=Direction.INSIDE, subject=star)
    claims: list[Claim] = [claim, Arranged(subject=star, arrangement=Arrangement.CIRCLE)]
    assert [verdict.passed for verdict in check(claim, picture, claims)] == [passed]


def test_what_a_slot_was_to_show_and_has_no_picture_fails() -> None:
    said = {"Book": (250, 150), "£2": (400, 150), "Quokka": (250, 350), "£3": (400, 350)}
    wrong = faults("menu: book £2, quokka £3, with a picture next to each", page(), said)
    assert any(requirement.startswith("the layout") for requirement in wrong)


def test_a_number_is_found_with_its_own_sign() -> None:
    lines = [line for said, at in {"-5 0 5": (256, 200)}.items() for line in seen(page(), {said: at}).read]
    minus, plus = located("-5", lines), located("5", lines)
    assert minus is not None and plus is not None and minus[2] < plus[0]
