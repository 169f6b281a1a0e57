"""The named rules of a valid program."""

import pytest

from genevolve.core.program import Program, Rule, Selection, faults, ordinal_phrases

IDS = ("IMG_001", "IMG_002", "IMG_003")


def rules(prompt: str, *img_ids: str, max_references: int = 2) -> set[Rule]:
    program = Program(prompt=prompt, references=tuple(Selection(img_id=img_id) for img_id in img_ids))
    return {fault.rule for fault in faults(program, known_ids=IDS, max_references=max_references)}


GOOD = "The first reference image on the left and the second reference image on the right of a table."


def test_valid_programs() -> None:
    assert rules(GOOD, "IMG_001", "IMG_003") == set()
    assert rules("A red apple on a wooden table in soft light.") == set()
    assert rules("Place the first and second reference images side by side on a white wall.", "IMG_001", "IMG_002") == set()
    assert rules("Copy the 1st reference image as a logo in the top left corner.", "IMG_002") == set()


@pytest.mark.parametrize(
    ("rule", "prompt", "img_ids"),
    [
        (Rule.EMPTY_PROMPT, " … ", ()),
        (Rule.UNDERSPECIFIED_PROMPT, "a red apple", ()),
        (Rule.TOO_MANY_REFERENCES, GOOD + " Also the third reference image.", ("IMG_001", "IMG_002", "IMG_003")),
        (Rule.UNKNOWN_REFERENCE, "The first reference image in the center of a plain page.", ("IMG_007",)),
        (Rule.DUPLICATE_REFERENCE, GOOD, ("IMG_001", "IMG_001")),
        (Rule.UNSORTED_REFERENCES, GOOD, ("IMG_002", "IMG_001")),
        (Rule.MISSING_ORDINAL, "A flag waving over a castle on a sunny day.", ("IMG_001",)),
        (Rule.DANGLING_ORDINAL, GOOD, ("IMG_001",)),
        (
            Rule.ORDINAL_ORDER,
            "The second reference image left of the first reference image on a table.",
            ("IMG_001", "IMG_002"),
        ),
        (Rule.LEAKED_ID, "The first reference image (IMG_001) in the center of a page.", ("IMG_001",)),
        (Rule.LEAKED_URL, "A poster with the logo from https://example.org/logo in the center.", ()),
        (Rule.LEAKED_URL, "A poster with the logo from www.example.org/logo in the center.", ()),
        (Rule.LEAKED_PATH, "A poster with the logo from /home/me/logo in the center of it.", ()),
        (Rule.LEAKED_PATH, "A poster with the logo from images/logo.png in the center of it.", ()),
        (Rule.LEAKED_PATH, "A poster with the logo from logo.jpeg in the center of it.", ()),
    ],
)
def test_each_rule_is_named(rule: Rule, prompt: str, img_ids: tuple[str, ...]) -> None:
    assert rules(prompt, *img_ids) == {rule}


@pytest.mark.parametrize(
    "prompt",
    [
        'A poster with the words "AND/OR" and "24/7" in bold letters at the top.',
        'A price tag that reads "5 €/kg" on a wooden market stall with apples.',
        "The first of May: a calendar page, the second week marked in red ink.",
        "A runner wins the first prize, the image is bright and the crowd cheers.",
    ],
)
def test_ordinary_words_are_no_leaks_and_no_ordinals(prompt: str) -> None:
    assert rules(prompt) == set()


def test_ordinals_are_found_in_order() -> None:
    found = ordinal_phrases("Use the second reference image, then the first and third reference images.")
    assert [mention.ordinal for mention in found] == [2, 1, 3]
    assert [mention.ordinal for mention in ordinal_phrases("Reference image 2 beside reference #1.")] == [2, 1]
