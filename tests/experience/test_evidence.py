"""The comparison of two attempts: it sees what was done, in any language, and nothing of what words mean."""

import pytest

from genevolve.core.episode import Episode
from genevolve.experience.bundle import Slot
from genevolve.experience.evidence import compare, evidence_of
from tests.experience.bundles import COUNT, IDENTITY, PROMPT, answer, attempt, good, images, pair, reply, search, skill

CHINESE = "挪威的国旗在画面中央，照着 the first reference image 画；下面一排正好四只骆驼，标题写着 “VISIT NORWAY”。"


def slots(best: Episode, worst: Episode) -> set[Slot]:
    return {slot for slot, _ in compare(pair(best, worst)).differences}


def test_an_attempt_against_itself_differs_in_nothing() -> None:
    found = compare(pair(good(), good()))
    assert (found.differences, found.failed) == ((), ())
    assert found.same == frozenset(Slot)


CALLS = (search("country whose capital is Oslo"), images("flag of Norway"), skill("text_rendering"))


@pytest.mark.parametrize(
    ("worst", "differing"),
    [
        (attempt(CALLS[1], CALLS[2], answer()), {Slot.SEARCH}),
        (attempt(CALLS[0], images("Norges flagg"), CALLS[2], answer()), {Slot.SEARCH}),
        (attempt(search("Country whose  capital is OSLO"), *CALLS[1:], answer()), set()),
        (attempt(*CALLS[:2], answer()), {Slot.KNOWLEDGE}),
        (attempt(*CALLS, skill("quantity_counting"), answer()), {Slot.KNOWLEDGE}),
        (attempt(*CALLS, answer(references=["IMG_002"])), {Slot.REFERENCES}),
        (attempt(*CALLS, answer(note="")), {Slot.REFERENCES}),
        (attempt(*CALLS, answer(CHINESE)), {Slot.PROMPT}),
        (attempt(*CALLS, answer(PROMPT.replace(" ", "  "))), set()),
        (attempt(*CALLS, reply("nothing that can be read"), answer()), {Slot.FAILURES}),
    ],
    ids=["tools", "query", "case", "skill left out", "skill more", "reference", "note", "prompt", "spaces", "rule"],
)
def test_each_slot_differs_by_what_was_done(worst: Episode, differing: set[Slot]) -> None:
    assert slots(good(), worst) == differing


def test_only_what_the_worse_one_failed_is_told() -> None:
    best, worst = good(), attempt(*CALLS, answer(), failed=[IDENTITY, COUNT])
    assert [one.skill for one in compare(pair(best, worst)).failed] == ["attribute_binding", "quantity_counting"]
    assert compare(pair(worst, worst)).failed == ()


def test_a_chosen_reference_is_told_by_its_place_among_the_results() -> None:
    found = evidence_of(attempt(*CALLS, answer(references=["IMG_003"])))
    assert (found.references, found.places) == ((("Flag of Iceland", "copy its colours"),), ((2, 3),))


def test_an_attempt_without_a_program_has_no_prompt() -> None:
    found = evidence_of(attempt(CALLS[0], reply("no"), max_turns=2))
    assert (found.prompt, found.references, found.out_of_budget) == ("", (), True)
    assert found.mistakes == ("malformed",)
