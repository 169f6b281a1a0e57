"""Bundles: the schema, the rules of wording, and the texts that the offline summariser draws on."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.experience.bundle import (
    PARTS,
    BadBundle,
    Bullet,
    Slot,
    bullets,
    bundle_from_json,
    bundle_to_json,
    check,
)
from genevolve.experience.wording import Names, faults_of, is_general, is_instruction, names_of, tokens
from genevolve.world.contrast.differences import focuses, lessons
from tests.experience.bundles import bundle

GOOD = "Call search first to learn which subject is meant, and only then call image_search with its name."


def reasons(value: object, **more: Any) -> str:
    with pytest.raises(BadBundle) as caught:
        bundle_from_json(value, **more)
    return "\n".join(caught.value.reasons)


def with_bullet(part: str, text: str, *, standard: bool = False) -> dict[str, Any]:
    value = bundle_to_json(bundle())
    value["decision_guidance"][part] = [{"text": text, "standard": standard}]
    return value


def test_a_bundle_survives_json() -> None:
    made = bundle()
    assert bundle_from_json(json.loads(json.dumps(bundle_to_json(made)))) == made


def test_every_fault_of_the_shape_is_named_at_once() -> None:
    value = bundle_to_json(bundle())
    value["retrieval_key"]["extra"] = 1
    value["retrieval_key"]["trigger"] = 7
    del value["decision_guidance"]["focus"]
    value["decision_guidance"]["failure_guards"] = [{"text": GOOD, "standard": "yes"}]
    said = reasons(value)
    for place in ("retrieval_key.extra", "retrieval_key.trigger", "decision_guidance.focus", "failure_guards.0.standard"):
        assert place in said


@pytest.mark.parametrize("value", [None, 7, "text", [], {"a": {1, 2}}, float("nan")])
def test_what_is_no_bundle_is_refused(value: object) -> None:
    reasons(value)


def test_empty_and_long_lists_are_refused() -> None:
    value = bundle_to_json(bundle())
    value["decision_guidance"]["search_query_guidance"] = []
    value["decision_guidance"]["focus"] = [{"text": GOOD}, {"text": GOOD.replace("subject", "text")}]
    said = reasons(value)
    assert "search_query_guidance has 0 bullets" in said
    assert "focus has 2 bullets" in said


def test_slots_that_do_not_differ_must_be_marked() -> None:
    value = with_bullet(
        "prompt_program_guidance", "Describe the whole image in complete sentences, with every object in its own place."
    )
    assert "must be marked as standard" in reasons(value, same={Slot.PROMPT})
    bundle_from_json(value)
    value = with_bullet("focus", GOOD)  # the focus belongs to no slot
    bundle_from_json(value, same=set(Slot) - {Slot.FAILURES})


def test_a_bundle_without_a_lesson_is_refused() -> None:
    made = bundle()
    marked = {p: tuple(replace(b, standard=True) for b in getattr(made.decision_guidance, p)) for p in PARTS}
    with pytest.raises(BadBundle, match="no lesson"):
        check(replace(made, decision_guidance=replace(made.decision_guidance, **marked)))


def test_the_same_bullet_twice_is_refused() -> None:
    value = with_bullet("failure_guards", GOOD)
    value["decision_guidance"]["focus"] = [{"text": GOOD}]
    assert "stands there twice" in reasons(value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Call search first.", "3 words"),
        (GOOD + " " + GOOD, "a bullet has 12 to 22"),
        ("The search tool is called first to learn which subject is meant before anything else happens.", "not an instruction"),
        ("Searching first is a good idea because the name of the subject is then known early on.", "not an instruction"),
        ("Search for the tallest tower of Dubai before writing anything about its shape or its colours.", "“Dubai”"),
        ("Search for the logo of the IBM company before you select any picture for the program at all.", "“IBM”"),
        ("Select the picture called IMG_003 whenever its title holds the name that the request asks for.", "IMG_003"),
        ("Open https://example.org/flag before selecting any picture, and copy the address into the first query.", "https"),
        ("Avoid what the worst trajectory did, and copy every text letter by letter between straight quotes.", "reports"),
        ("Describe the year 1984 with care, and let every object of the request have its own place.", "1984"),
        ("Search for the flag of 日本 before writing about its shape or its colours in the prompt.", "日本"),
        ("Copy the words “happy birthday tatiana” letter by letter and place them at the top of everything.", "tatiana"),
        (
            "Call search first,\nthen call image_search, and write the answer only when both have returned something.",
            "line breaks",
        ),
        (
            "Call search first\u202e, then call image_search, and write the answer only when both have returned something.",
            "invisible",
        ),
    ],
)
def test_bad_bullets_are_named_with_their_reason(text: str, fault: str) -> None:
    assert fault in reasons(with_bullet("failure_guards", text))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "When words must be readable, copy them letter by letter in straight double quotes, with their capitals.",
        "Never select a picture whose title names another subject of the same kind; compare all titles first.",
        "Do not leave the background open; state one calm colour that differs clearly from all objects.",
        "First resolve the description, then look for pictures, and keep one call for a second wording.",
    ],
)
def test_good_bullets_pass(text: str) -> None:
    assert list(faults_of(text, Names())) == []


def test_names_of_the_source_are_refused_even_in_small_letters() -> None:
    names = names_of(
        ['a poster of the burj khalifa with the title "GRAND PICNIC"', "Flag of Tajikistan"], ["Its coin is the Somoni."]
    )
    for text, name in (
        ("Select the burj khalifa picture whose title says so, and copy its outline and its light.", "burj"),
        ("Search for the flag of tajikistan first, and select the picture whose title names that country.", "tajikistan"),
        ("Quote the grand picnic title letter by letter, and place it at the top of the image.", "picnic"),
        ("Write the somoni sign in large letters, and place it at the top of the image please.", "somoni"),
    ):
        assert any(name in fault for fault in faults_of(text, names)), text
    assert list(faults_of(GOOD, names)) == []


def test_general_words_of_a_request_may_be_shared() -> None:
    names = names_of(["Two flags at the top, a quoted title and exactly four objects on a plain background."])
    assert names.words == frozenset()


def test_the_key_must_be_general_too() -> None:
    value = bundle_to_json(bundle())
    value["retrieval_key"]["source_prompt_summary"] = "A request for the flag of Norway."
    assert "Norway" in reasons(value)


@pytest.mark.parametrize("name", [*lessons(), *(f"focus {kind}" for kind in focuses())])
def test_our_own_sentences_are_valid_bullets(name: str) -> None:
    texts = [focuses()[name[6:]]] if name.startswith("focus ") else [lessons()[name].advice, lessons()[name].guard]
    for text in filter(None, texts):
        assert list(faults_of(text, Names())) == [], text
        assert all(is_general(word) for word in tokens(text))


def test_every_lesson_names_a_focus_and_a_part() -> None:
    for lesson in lessons().values():
        assert lesson.about[0] in focuses()
        assert lesson.part in PARTS
        assert lesson.advice or lesson.part == "failure_guards"


def test_no_sentence_is_used_for_two_lessons() -> None:
    texts = [text for lesson in lessons().values() for text in (lesson.advice, lesson.guard) if text] + list(focuses().values())
    assert len(texts) == len(set(texts))


@given(st.text(max_size=300))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    list(faults_of(text, names_of([text])))
    is_instruction(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda v: st.lists(v) | st.dictionaries(st.text(max_size=9), v),
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    with pytest.raises(BadBundle):
        bundle_from_json(value)


def test_bullets_come_in_reading_order() -> None:
    assert [part for part, _ in bullets(bundle())] == list(PARTS)
    assert all(isinstance(bullet, Bullet) for _, bullet in bullets(bundle()))
