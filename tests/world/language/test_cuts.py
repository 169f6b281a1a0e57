"""Stamps, tickets, tags and badges that are the image itself: their sheet, what stands on it, and how a prompt says it."""

import pytest

from genevolve.world.language.cuts import sheet_of
from genevolve.world.language.model import Cut
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from tests.world.language.test_made_often import free, lost

SHEETS: list[tuple[str, Cut, str | None, list[str], list[str]]] = [
    ("a stamp with a swan", Cut.PERFORATED, None, ["swan"], []),
    ("please draw a blue postage stamp showing a bridge, 75c", Cut.PERFORATED, "blue", ["bridge"], ["75c"]),
    ("a badge with a star on it", Cut.ROUND, None, ["star"], []),
    ("a round sticker with a pig", Cut.ROUND, None, ["pig"], []),
    ('circular logo with a tent and "Camp Nine"', Cut.ROUND, None, ["tent"], ["Camp Nine"]),
    ("a green gift tag with a bell", Cut.HOLED, "green", ["bell"], []),
    ("gift tag with a bell for Grandpa", Cut.HOLED, None, ["bell"], ["Grandpa"]),
    ("a luggage tag with a bus for Ida Holm", Cut.HOLED, None, ["bus"], ["Ida Holm"]),
    ("a badge for best baker with a pie", Cut.ROUND, None, ["pie"], ["Best baker"]),
    ("door hanger that says come in", Cut.HOLED, None, [], ["come in"]),
    ("bookmark with a fox and the words Turn On", Cut.HOLED, None, ["fox"], ["Turn On"]),
    ("price tag with 4.50", Cut.HOLED, None, [], ["4.50"]),
    ("a coupon for a free cake", Cut.NOTCHED, None, [], ["Free cake"]),
    ("train ticket, seat B2", Cut.NOTCHED, None, [], ["Train ticket", "Seat B2"]),
]


@pytest.mark.parametrize(("request_", "cut", "colour", "things", "texts"), SHEETS)
def test_the_thing_is_the_sheet_and_what_is_told_stands_on_it(
    request_: str, cut: Cut, colour: str | None, things: list[str], texts: list[str]
) -> None:
    scene = free(request_)
    assert scene.sheet is not None and (scene.sheet.cut, scene.sheet.colour) == (cut, colour)
    assert ([obj.noun for obj in scene.objects], sorted(text.content for text in scene.texts)) == (things, sorted(texts))
    assert not lost(scene)
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert again.sheet is not None and (again.sheet.cut, again.sheet.colour) == (cut, colour)
    assert [obj.noun for obj in again.objects] == things


@pytest.mark.parametrize(
    "request_",
    [
        "a stamp on a letter", "a girl with a badge", "a heart-shaped badge with a dog", "two tickets", "a ticket to Rome",
        "a name tag that says Ann", "a cat", "a rubber stamp with a bee", "a rubber duck beside a price tag", "",
    ],
)  # fmt: skip
def test_what_stands_in_a_picture_is_no_sheet(request_: str) -> None:
    assert sheet_of(request_) is None


@pytest.mark.parametrize("paper", ["badge", "bookmark"])
def test_a_paper_in_a_picture_is_never_silently_left_out(paper: str) -> None:
    assert paper in lost(free(f"a girl holding a {paper}"))
    assert paper in lost(free(f"a birthday card with a {paper} on it"))


def test_the_looks_of_a_price_tag_are_no_title() -> None:
    assert [text.content for text in free("a yellow price tag with $12").texts] == ["$12"]
