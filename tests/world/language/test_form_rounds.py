"""Bingo cards, loyalty cards and months without a year: equal fields, and what is not as asked for is said."""

import pytest

from genevolve.world.language.model import FormKind
from tests.world.language.test_made_often import Rows, free, lost, rows

_CUP = ["[cup]"]


@pytest.mark.parametrize(
    ("request_", "kind", "slots", "gone"),
    [
        ("a loyalty card for a tea house with four cups, the last one says Free", FormKind.GRID,
         [_CUP, _CUP, _CUP, ["Free", "[cup]"]], set()),
        ("stamp card with three red hearts", FormKind.GRID, [["[heart]"]] * 3, set()),
        ("punch card with 4 circles, the fourth is a gift", FormKind.GRID, None, {"circles"}),
        ("a loyalty card with 4 cups, the tenth one is free", FormKind.GRID, [_CUP] * 4, {"tenth", "free"}),
        ("vegetable bingo card", FormKind.GRID, None, set()),
        ("a 4x4 bingo card with birds", FormKind.GRID, None, set()),
        ("fruit bingo sheet 4x4", FormKind.GRID, None, set()),
        ("bingo card with numbers", FormKind.TABLE, None, set()),
        ("calendar for April", FormKind.TABLE, None, {"calendar"}),
    ],
)  # fmt: skip
def test_fields(request_: str, kind: FormKind, slots: Rows | None, gone: set[str]) -> None:
    scene = free(request_)
    assert scene.form is not None and scene.form.kind is kind
    assert slots is None or rows(scene) == slots
    assert gone <= set(lost(scene)) and bool(gone) is bool(lost(scene))
    assert not [obj.noun for obj in scene.objects if obj.key not in scene.form.keys]


def test_a_bingo_card_has_every_number_once_and_in_its_column() -> None:
    head, *lines = rows(free("a bingo card"))
    assert "".join(head) == "BINGO" and lines[2][2] == "Free"
    numbers = [[int(said) for said in column if said != "Free"] for column in zip(*lines, strict=True)]
    assert all(len({*column}) == len(column) for column in numbers)
    assert all(15 * n < number <= 15 * n + 15 for n, column in enumerate(numbers) for number in column)


def test_a_month_without_a_year_has_its_days() -> None:
    said = rows(free("february calendar"))
    assert [day for row in said for day in row] == [str(day) for day in range(1, 29)]
