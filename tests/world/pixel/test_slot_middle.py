"""What stands around a middle, boxes to tick and marked cells, with one defect each, as the pixel judge sees them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import tables
from genevolve.world.pixel.detect import Instance, Templates
from genevolve.world.pixel.match import Agreement, Pose
from genevolve.world.pixel.slots import slots_laid_out
from tests.world.pixel.judge_pictures import page
from tests.world.pixel.test_slots import At, faults, seen

Line = tuple[At, At]


def pose(x: float, y: float, side: float) -> Instance:
    """A thing with its middle at (x, y)."""
    square = np.full((64, 64, 4), 255, np.uint8)
    square[:, :32, 0] = 0
    agreement = Agreement(
        pose=Pose(x=x - side / 2, y=y - side / 2, width=side, height=side), structure=1.0, colour=1.0, regions=1.0, tones=1.0
    )
    return Instance(template=Templates(lambda look, side: square).of("book")[0], agreement=agreement)


def shown(request: str, canvas: Image.Image, texts: Mapping[str, At], pictures: Mapping[str, Instance]) -> list[str]:
    scene = read(request, Vocabulary.ICONS)
    assert scene.form is not None and scene.form.parts
    wordings = {text.key: text.content for text in scene.texts}
    looked = replace(seen(canvas, texts), instances={key: (one,) for key, one in pictures.items()})
    return [one.detail for one in slots_laid_out(scene.form, request, wordings, looked) if not one.passed]


def drawn(*lines: Line) -> Image.Image:
    canvas = page()
    for start, end in lines:
        ImageDraw.Draw(canvas).line((*start, *end), fill="#202020", width=4)
    return canvas


TO_LEFT, TO_RIGHT = ((110, 200), (256, 256)), ((400, 300), (256, 256))


@pytest.mark.parametrize(
    ("canvas", "shell", "passed"),
    [
        (drawn(TO_LEFT, TO_RIGHT), (70, 200), True),
        (drawn(TO_LEFT), (70, 200), False),
        (drawn(TO_LEFT, TO_RIGHT), (256, 256), False),
    ],
)
def test_labels_beside_a_thing(canvas: Image.Image, shell: At, passed: bool) -> None:
    texts = {"Shell": shell, "Foot": (430, 300)}
    assert (not shown("labelled diagram of a snail: shell, foot", canvas, texts, {"snail": pose(256, 256, 140)})) is passed


ARMS = (((256, 256), (110, 120)), ((256, 256), (400, 120)), ((256, 256), (256, 430)))


@pytest.mark.parametrize(
    ("canvas", "topic", "passed"),
    [(drawn(*ARMS), (256, 256), True), (drawn(*ARMS[:2]), (256, 256), False), (drawn(*ARMS), (256, 470), False)],
)
def test_ideas_around_a_topic(canvas: Image.Image, topic: At, passed: bool) -> None:
    texts = {"Fun": topic, "Ada": (110, 120), "Ben": (400, 120), "Cleo": (256, 430)}
    assert (not faults("mind map of Fun: Ada, Ben, Cleo", canvas, texts)) is passed


def boxes(*tops: int, filled: bool = False) -> Image.Image:
    canvas = page()
    for top in tops:
        ImageDraw.Draw(canvas).rectangle(
            (150, top, 178, top + 28), fill="#202020" if filled else "#ffffff", outline="#202020", width=4
        )
    return canvas


@pytest.mark.parametrize(
    ("canvas", "tick", "passed"),
    [
        (boxes(136, 236), 150, True),
        (boxes(136), 150, False),
        (boxes(136, 236, filled=True), 150, False),
        (boxes(136, 236), 250, False),
    ],
)
def test_a_box_before_each_entry_and_the_tick_at_its_own(canvas: Image.Image, tick: int, passed: bool) -> None:
    texts = {"Pump": (220, 150), "Rope": (220, 250)}
    found = shown("checklist: pump, rope, with the pump ticked", canvas, texts, {"check mark": pose(164, tick, 20)})
    assert (not found) is passed


@pytest.mark.parametrize(("place", "passed"), [((196, 205), True), ((316, 205), False)])
def test_the_picture_of_a_marked_cell(place: At, passed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    request = "calendar for February 2027 with a star on the 3rd"
    canvas = page()
    pen = ImageDraw.Draw(canvas)
    for n in range(6):
        pen.line((46, 100 + 60 * n, 466, 100 + 60 * n), fill="#202020", width=4)
    for n in range(8):
        pen.line((46 + 60 * n, 100, 46 + 60 * n, 400), fill="#202020", width=4)
    scene = read(request, Vocabulary.ICONS)
    said = [text.content for text in scene.texts if scene.form is not None and text.key in scene.form.keys]
    for number in range(len(said)):
        x, y = 46 + 60 * (number % 7), 100 + 60 * (number // 7)
        pen.rectangle((x + 20, y + 12, x + 34, y + 20), fill="#202020")
    read_out: Iterator[str] = iter(said)
    monkeypatch.setattr(tables, "read_cell", lambda part: next(read_out))
    found = shown(request, canvas, {}, {"star": pose(place[0], place[1], 30)})
    assert (not found) is passed


@pytest.mark.parametrize(("places", "passed"), [(((130, 130), (380, 130), (130, 380), (380, 380)), True),
                                                (((130, 130), (380, 130), (130, 380), (300, 130)), False)])  # fmt: skip
def test_any_of_the_things_that_the_same_words_ask_for_may_fill_a_cell(places: tuple[At, ...], passed: bool) -> None:
    keys = ("cup 3", "cup", "cup 4", "cup 2")
    pictures = {key: pose(*at, 80) for key, at in zip(keys, places, strict=True)}
    assert (not shown("loyalty card with four cups", page(), {}, pictures)) is passed
