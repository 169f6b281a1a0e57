"""Rows that everybody knows, lives on a timeline, before and after, strips: what is known is laid out, the rest is said."""

import pytest

from genevolve.world.language.inventory import of_group
from genevolve.world.language.model import FormKind
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from tests.world.language.test_made_often import Rows, free, lost, rows

_MOTH = [["Egg", "[egg]"], ["Caterpillar", "[caterpillar]"], ["Cocoon"], ["Moth", "[moth]"]]
_YEAR = [["Spring", "[cherry blossom]"], ["Summer", "[sun]"], ["Autumn", "[autumn leaf]"], ["Winter", "[snowflake]"]]
KNOWN: list[tuple[str, FormKind, Rows]] = [
    ("timeline of a moth's life from egg to adult", FormKind.TIMELINE, _MOTH),
    ("a timeline of the life of a moth, 4 stages", FormKind.TIMELINE, _MOTH),
    ("poster of the four seasons", FormKind.GRID, _YEAR),
    ("the seasons in a ring", FormKind.CYCLE, _YEAR),
    ("circular diagram of the seasons", FormKind.CYCLE, _YEAR),
    ("the 4 seasons in boxes with arrows", FormKind.STEPS, _YEAR),
    ("life cycle of a hen in a ring", FormKind.CYCLE,
     [["Egg", "[egg]"], ["Chick", "[chick]"], ["Hen", "[chicken]"]]),
    ("a simple food chain with arrows and pictures", FormKind.STEPS,
     [["Grass", "[grass]"], ["Rabbit", "[rabbit]"], ["Fox", "[fox]"]]),
    ("1x2 grid of vegetable emojis", FormKind.GRID, [["[tomato]"], ["[carrot]"]]),
    ("timeline of my trip, Monday train, Friday boat", FormKind.TIMELINE, [["Monday", "Train"], ["Friday", "Boat"]]),
    ("dish rota for my two kids Ida and Per, Friday to Saturday", FormKind.TABLE, [["Friday", "Saturday"], ["Ida"], ["Per"]]),
    ("chore chart for the kids: Ida and Per", FormKind.TABLE,
     [["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["Ida"], ["Per"]]),
    ("number line from -2 to 1", FormKind.TIMELINE, [["-2"], ["-1"], ["0"], ["1"]]),
    ("element tile for argon with its symbol and atomic number", FormKind.TILE,
     [["the atomic number of argon", "the chemical symbol of argon", "Argon"]]),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "kind", "slots"), KNOWN)
def test_what_every_schoolbook_has_need_not_be_told(request_: str, kind: FormKind, slots: Rows) -> None:
    scene = free(request_)
    assert scene.form is not None and (scene.form.kind, rows(scene)) == (kind, slots)
    assert not [obj.noun for obj in scene.objects if obj.key not in scene.form.keys]
    assert not lost(scene)
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert again.form is not None and (kind is FormKind.TILE or rows(again) == slots)


@pytest.mark.parametrize(
    ("request_", "slots", "words"),
    [
        ("timeline of the great race from start to finish", [["Start"], ["Finish"]], {"timeline"}),
        ("timeline of the stone age", [], {"timeline"}),
        ("timeline of a moth's life in 7 steps", _MOTH, {"7", "steps"}),
        ("the three seasons in boxes", _YEAR, {"three"}),
        ("chart of the planets with pictures", None, {"with pictures"}),
        ("the phases of the moon in a row", None, {"row"}),
        ("chores rota for three kids, Ida and Per", None, {"three"}),
        ("before and after photo of a dirty car and a shiny car",
         [["Before", "Dirty car", "[car]"], ["After", "Shiny car", "[car]"]], {"dirty", "shiny"}),
        ("before/after: bare shelf, full shelf", None, {"bare", "full"}),
        ("comic strip in two panels: an owl reads a map, it flies off", [["An owl reads a map", "[owl]"], ["It flies off"]],
         {"comic", "strip"}),
        ("3 panel cartoon: cat eats, cat naps, cat leaves",
         [["Cat eats", "[cat]"], ["Cat naps", "[cat]"], ["Cat leaves", "[cat]"]], {"cartoon"}),
        ("how to wash a dog in three boxes", [["Step 1"], ["Step 2"], ["Step 3"]], {"how to wash a dog in three boxes"}),
        ("compare a bee and a wasp", [["Bee", "[bee]"], ["Wasp"]], {"wasp"}),
        ("before and after photo of a dog getting a haircut", [["Before", "[dog]"], ["After", "[dog]"]],
         {"after", "getting", "haircut"}),
        ("comparison of a crocodile and an alligator", [["Crocodile", "[crocodile]"], ["Alligator", "[crocodile]"]],
         {"alligator"}),
    ],
)  # fmt: skip
def test_what_is_not_known_is_left_open_and_said(request_: str, slots: Rows | None, words: set[str]) -> None:
    scene = free(request_)
    assert scene.form is not None and (slots is None or rows(scene) == slots)
    assert set(lost(scene)) == words or " ".join(words) == request_
    assert not [obj.noun for obj in scene.objects if obj.key not in scene.form.keys] or " ".join(words) == request_


@pytest.mark.parametrize(
    "request_",
    ["a house in four seasons", "the solar system with all eight planets labelled", "a cat and the seasons in a row"],
)
def test_a_set_within_a_picture_of_something_else_is_no_layout(request_: str) -> None:
    assert free(request_).form is None


def test_farm_animals_are_those_of_a_farm() -> None:
    assert {"cow", "pig", "sheep"} <= set(of_group("farm animals"))
    assert not {"poodle", "hamster", "rat"} & set(of_group("farm animals"))
