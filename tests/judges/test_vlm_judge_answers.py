"""Judges' answers: exactly the allowed levels become numbers, everything else is no score."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.score import IMAGE_LEVELS, PROGRAM_LEVELS, Dimension, NotApplicable, Score, kscore
from genevolve.judges.vlm.answer import BadAnswer, JudgeAnswer, image_verdict, program_verdict
from genevolve.judges.vlm.votes import combine

GOOD: dict[str, Any] = {
    "faithfulness": 1,
    "visual_correctness": 0.5,
    "text_accuracy": 0.0,
    "text_accuracy_na": False,
    "aesthetics": 1.0,
    "rationale": "Fine.",
}


def written(**changes: Any) -> str:
    return json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value is not ...})


def scored(verdict: JudgeAnswer) -> Score:
    return Score(**verdict.levels, judge="j")  # type: ignore[arg-type]


def test_a_good_answer() -> None:
    verdict = image_verdict(f"  \n{written()}\n ")
    assert verdict == JudgeAnswer(
        levels={"faithfulness": 1.0, "visual_correctness": 0.5, "text_accuracy": 0.0, "aesthetics": 1.0},
        diagnostics=(),
        rationale="Fine.",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("I would say 1.", "JSON alone"),
        (f"Here it is: {written()}", "JSON alone"),
        (f"{written()}\nI hope that this helps.", "JSON alone"),
        (f"```json\n{written()}\n```", "allow_fence"),
        (f"{written()}</think>", "JSON alone"),
        (f"<think>{written()}</think>", "empty"),
        (written() + written(), "JSON alone"),
        (f"[{written()}]", "not a JSON object"),
        ("1", "not a JSON object"),
        (written()[:-1], "JSON alone"),
        ("[" * 5000, "nested|JSON"),
        ('{"faithfulness": ' + "1" * 5000 + "}", "too large"),
        ("{" + " " * 200_000 + "}", "characters"),
        (written(faithfulness=...), "faithfulness is missing"),
        (written(text_accuracy=...), "text_accuracy is missing"),
        (written(text_accuracy_na=...), "text_accuracy_na is missing"),
        ("{}", "missing"),
        (written(aesthetics=0.7), "aesthetics is 0.7"),
        (written(aesthetics=0.25), "aesthetics is 0.25"),
        (written(aesthetics=2), "aesthetics is 2"),
        (written(aesthetics=-1), "aesthetics is -1"),
        (written(aesthetics="1"), 'aesthetics is "1"'),
        (written(aesthetics=True), "aesthetics is true"),
        (written(aesthetics=None), "aesthetics is null"),
        (written(aesthetics=[1]), "aesthetics is"),
        (written(aesthetics=math.nan), "NaN"),
        (written(aesthetics=math.inf), "Infinity"),
        (written(confidence=math.nan), "NaN is not a JSON value"),
        (written(aesthetics=-math.inf), "-Infinity"),
        (written().replace('"aesthetics": 1.0', '"aesthetics": 1e999'), "aesthetics"),
        (written(text_accuracy=None), "text_accuracy is null"),
        (written(text_accuracy_na=True, text_accuracy=0.7), "text_accuracy is 0.7"),
        (written(text_accuracy_na="false"), "text_accuracy_na is"),
        (written(text_accuracy_na=0), "text_accuracy_na is 0"),
        (written(rationale=5), "rationale is 5"),
        (written().replace('"aesthetics": 1.0', '"aesthetics": 1.0, "aesthetics": 0'), "'aesthetics' more than once"),
    ],
)
def test_no_score_comes_of(text: str, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        image_verdict(text)


@pytest.mark.parametrize("given_value", [None, 0, 0.5, 1])
def test_not_applicable_is_none_whatever_number_stands_beside_it(given_value: float | None) -> None:
    score = scored(image_verdict(written(text_accuracy_na=True, text_accuracy=given_value)))
    assert score.text_accuracy is None
    assert kscore(score) == pytest.approx(0.1 + 0.2 + 0.2 + 0.1)
    assert kscore(score, NotApplicable.RENORMALIZED) == pytest.approx((0.1 + 0.2 + 0.1) / 0.6)


def test_thinking_in_front_of_an_answer_is_no_part_of_it() -> None:
    """Servers without a reasoning parser leave it there, and templates swallow its opening tag."""
    for opening in ("<think>", ""):
        assert image_verdict(f"{opening}At first 0, {{no}}.</think>\n\n{written()}") == image_verdict(written())
    quoted = written(rationale="It says </think> on the wall.")
    assert image_verdict(quoted).rationale == "It says </think> on the wall."


def test_one_fence_around_the_whole_answer_is_taken_where_it_is_allowed() -> None:
    for fenced in (f"```json\n{written()}\n```", f"```\n{written()}\n```"):
        assert image_verdict(fenced, allow_fence=True) == image_verdict(written())
    for loose in (f"So:\n```json\n{written()}\n```", f"```json\n{written()}\n``` done", f"```json\n{written()}"):
        with pytest.raises(BadAnswer):
            image_verdict(loose, allow_fence=True)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.floats() | st.sampled_from(IMAGE_LEVELS) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
likely = st.sampled_from([0, 1, 0.0, 0.5, 1.0])
keys = ("faithfulness", "visual_correctness", "text_accuracy", "aesthetics")
answers = st.fixed_dictionaries(
    {},
    optional={**dict.fromkeys(keys, likely | anything), "text_accuracy_na": st.booleans() | anything, "rationale": st.text()},
)


def is_level(value: object) -> bool:
    return type(value) in (int, float) and value in (0, 0.5, 1)


@given(answers | st.fixed_dictionaries({**dict.fromkeys(keys, likely), "text_accuracy_na": st.booleans()}))
def test_random_answers_give_the_numbers_of_the_formulas_or_nothing(value: dict[str, Any]) -> None:
    """The oracle is written out by hand: what is not exactly right has no score, what is right has exactly this one."""
    na = value.get("text_accuracy_na")
    valid = type(na) is bool and all(is_level(value.get(key)) for key in keys if key != "text_accuracy")
    valid = valid and "text_accuracy" in value
    valid = valid and (is_level(value.get("text_accuracy")) or (na is True and value["text_accuracy"] is None))
    text = json.dumps(value)
    if not valid or "NaN" in text or "Infinity" in text:
        with pytest.raises(BadAnswer):
            image_verdict(text)
        return
    score = scored(image_verdict(text))
    f, v, t, a = (value[key] for key in keys)
    release = 0.1 * f + 0.4 * v + 0.4 * (0.5 if na else t) + 0.1 * a
    assert kscore(score) == pytest.approx(release, abs=1e-12)
    renormalized = (0.1 * f + 0.4 * v + 0.1 * a) / 0.6 if na else release
    assert kscore(score, NotApplicable.RENORMALIZED) == pytest.approx(renormalized, abs=1e-12)
    assert score.aesthetics == a
    assert math.copysign(1, score.aesthetics) == 1


@given(st.text() | st.text(alphabet='{}[]":,01.5enul tf`\n', max_size=60))
def test_no_text_at_all_makes_the_reader_stumble(text: str) -> None:
    for read in (image_verdict, program_verdict):
        try:
            read(text, allow_fence=True)
        except BadAnswer:
            continue


@given(likely | anything | st.sampled_from([0.25, 0.75]))
def test_sufficiency_is_on_its_levels_or_not_at_all(value: Any) -> None:
    text = json.dumps({"sufficiency": value})
    if type(value) in (int, float) and value in PROGRAM_LEVELS:
        assert program_verdict(text).levels["sufficiency"] == value
    else:
        with pytest.raises(BadAnswer):
            program_verdict(text)


def test_constraints_become_diagnostics_and_loose_entries_are_left_out() -> None:
    good = {"requirement": "7 apples", "skill": "quantity_counting", "dimension": "faithfulness", "met": False, "seen": "6"}
    loose = [
        {**good, "skill": "counting"},
        {**good, "dimension": "x"},
        {**good, "met": 1},
        {**good, "requirement": " "},
        "text",
        5,
    ]
    (found,) = image_verdict(written(hard_constraints=[*loose, good])).diagnostics
    assert (found.skill, found.dimension, found.requirement, found.passed, found.detail) == (
        "quantity_counting",
        Dimension.FAITHFULNESS,
        "7 apples",
        False,
        "6",
    )
    assert image_verdict(written(hard_constraints="none")).diagnostics == ()


def test_half_characters_are_made_storable() -> None:
    verdict = image_verdict(written().replace('"Fine."', '"\\ud83d"'))
    verdict.rationale.encode()


# ---- votes


def vote(f: float, t: float | None, rationale: str) -> JudgeAnswer:
    return image_verdict(written(faithfulness=f, text_accuracy=t, text_accuracy_na=t is None, rationale=rationale))


def test_the_median_of_each_dimension_and_the_agreement_are_reported() -> None:
    combined = combine([vote(0, 1, "a"), vote(1, 0, "b"), vote(0.5, 1, "c")])
    assert combined.levels["faithfulness"] == 0.5
    assert combined.levels["text_accuracy"] == 1
    assert combined.rationale == (
        "[3 votes; agreement: faithfulness 0.33, visual_correctness 1.00, text_accuracy 0.67, aesthetics 1.00] c"
    )
    single = vote(0, 1, "a")
    assert combine([single]) is single


def test_not_applicable_needs_a_majority() -> None:
    assert combine([vote(1, None, ""), vote(1, None, ""), vote(1, 1, "")]).levels["text_accuracy"] is None
    assert combine([vote(1, None, ""), vote(1, 0, ""), vote(1, 1, "")]).levels["text_accuracy"] == 0


@given(st.lists(st.tuples(st.sampled_from(IMAGE_LEVELS), st.none() | st.sampled_from(IMAGE_LEVELS)), min_size=1, max_size=9))
def test_combined_votes_stay_on_the_levels(votes: list[tuple[float, float | None]]) -> None:
    combined = combine([vote(f, t, "") for f, t in votes])
    assert combined.levels["faithfulness"] in [f for f, _ in votes]
    assert combined.levels["text_accuracy"] in [t for _, t in votes]
    scored(combined)
