"""What a sheet is to leave blank or have torn off, and what of a recipe nobody told: named, and neither written nor drawn."""

import pytest

from genevolve.world.language.model import FormKind
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("request_", "left_open"),
    [
        ("flyer for dog walking, £9 a walk, with tear-off phone numbers at the bottom", "tear-off phone numbers at the bottom"),
        ("flyer: room to rent, 450 euros, with a bed, phone strips to tear off", "strips to tear off"),
        ("certificate for the best singer with a blank line for the name", "a blank line for the name"),
        ("family tree with grandparents, parents and one child, empty name boxes", "empty name boxes"),
        ("recipe card for soup with leeks, milk and four easy steps", "four easy steps"),
        ("recipe card for soup with leeks, milk and instructions", "instructions"),
        ("recipe card for soup with leeks, milk and a little picture", "a little picture"),
    ],
)
def test_a_blank_or_untold_part_is_a_gap(request_: str, left_open: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is not None
    gaps = [request_[gap.span.start : gap.span.end] for gap in scene.form.gaps]
    assert any(gap.endswith(left_open) for gap in gaps)
    assert not any(left_open.split()[-1] in text.content for text in scene.texts)
    assert {obj.noun for obj in scene.objects} <= {"bed"}


@pytest.mark.parametrize(
    "request_",
    [
        "shopping list with milk, eggs and bread, with empty boxes to tick",
        "weekly planner with empty boxes for notes",
        "poster saying “leave a blank line”, 4 May",
        "tear-off flyer: piano lessons, 30 dollars an hour",
    ],
)
def test_boxes_of_a_table_and_quotations_are_none(request_: str) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is None or scene.form.gaps == ()


@pytest.mark.parametrize(
    ("request_", "people"),
    [
        ("family tree with grandparents, parents and two children", ["Grandparents", "Parents", "Child", "Child"]),
        ("family tree with grandma and grandpa, mum and dad, three kids", ["Grandma and grandpa", "Mum and dad", *["Kid"] * 3]),
        ("family tree with 2 grandparents, 2 parents and a daughter", ["Grandparents", "Parents", "Daughter"]),
    ],
)
def test_counted_children_have_a_box_each(request_: str, people: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is not None
    assert scene.form.kind is FormKind.TREE
    assert [text.content for text in scene.texts][1:] == people


def test_what_a_clause_says_is_written_without_its_verb() -> None:
    assert [text.content for text in read("name tag, row 4, saying Hello", Vocabulary.ICONS).texts] == ["Row 4", "Hello"]


def test_how_a_cycle_is_laid_out_is_no_part_of_its_last_step() -> None:
    scene = read("life cycle of a moth: egg, larva, pupa, moth in a circle with arrows", Vocabulary.ICONS)
    assert [text.content for text in scene.texts][1:] == ["Egg", "Larva", "Pupa", "Moth"]
