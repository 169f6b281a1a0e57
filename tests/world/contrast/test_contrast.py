"""The offline summariser: its guidance comes from the difference, is true, and is general. And which pairs it is given."""

import asyncio
import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest

from genevolve.core.episode import Episode, step
from genevolve.core.errors import UsageError
from genevolve.core.event import Boundary, Event, Failed, ImageScored, Replied
from genevolve.core.program import Rule
from genevolve.core.score import Unscored
from genevolve.experience.bundle import PARTS, Bullet, Bundle, Slot, bullets, check
from genevolve.experience.evidence import source_names
from genevolve.experience.pairing import LeftOut, PairRule
from genevolve.experience.summariser import NotSummarised
from genevolve.experience.wording import Names, faults_of
from genevolve.tools.search import search_call
from genevolve.world.contrast.differences import _FAULTS, focuses, lessons
from genevolve.world.contrast.summarise import Contrast, difference
from genevolve.world.language.model import AmbiguityKind
from genevolve.world.quirks.misled import misled
from genevolve.world.quirks.profile import QUIRKS
from tests.experience import bundles as made
from tests.experience.bundles import IDENTITY, PROMPT, REQUEST, answer, attempt, good, images, pair, reply, search, skill

SEARCH, IMAGES, SKILL = search("country whose capital is Oslo"), images("flag of Norway"), skill("text_rendering")


def compared(worst: Episode, best: Episode | None = None) -> Bundle:
    found = Contrast().compare(pair(best or good(), worst))
    assert isinstance(found, Bundle), found
    return found


def taught(bundle: Bundle) -> set[str]:
    """The names of the lessons behind the bullets that are not standard, the focus left out."""
    names = {text: name for name, lesson in lessons().items() for text in (lesson.advice, lesson.guard) if text}
    return {names[bullet.text] for part, bullet in bullets(bundle) if part != "focus" and not bullet.standard}


def changed(pattern: str, text: str) -> str:
    prompt = re.sub(pattern, text, PROMPT)
    assert prompt != PROMPT
    return prompt


def worded(pattern: str, text: str, *failed: Any) -> Episode:
    return attempt(SEARCH, IMAGES, SKILL, answer(changed(pattern, text)), failed=failed)


ONE_RESPECT: dict[str, Callable[[], Episode]] = {
    "reference_later": lambda: attempt(SEARCH, IMAGES, SKILL, answer(references=["IMG_002"]), failed=[IDENTITY]),
    "reference_note": lambda: attempt(SEARCH, IMAGES, SKILL, answer(note=""), failed=[IDENTITY]),
    "skill_text_rendering": lambda: attempt(SEARCH, IMAGES, answer(), failed=[made.TEXT]),
    "query_short": lambda: attempt(
        SEARCH,
        images("a large flag of Norway with four camels below it and a bold title on top", made.OFFERED[:1]),
        SKILL,
        answer(),
        failed=[IDENTITY],
    ),
    "query_other_images": lambda: attempt(
        search("country whose capital is Oslo", title="Norway"),
        images("flag of Norway Iceland"),
        SKILL,
        answer(),
        failed=[IDENTITY],
    ),
    "query_repeat": lambda: attempt(SEARCH, SEARCH, IMAGES, SKILL, answer(), failed=[IDENTITY]),
    "plan_order": lambda: attempt(IMAGES, SEARCH, SKILL, answer(), failed=[IDENTITY]),
    "open_unquoted_text": lambda: worded('"', "", made.TEXT),
    "kept_texts": lambda: worded("VISIT NORWAY", "VISIT NOWRAY", made.TEXT),
    "open_unplaced_text": lambda: worded(" at the top of the image", "", made.TEXT),
    "open_vague_count": lambda: worded("Exactly four", "Several", made.COUNT),
    "kept_counts": lambda: worded("Exactly four", "Exactly five", made.COUNT),
    "kept_arrangements": lambda: worded("in one row", "in a circle", made.PLACE),
    "open_unlit": lambda: worded(r"Soft daylight.*", "", made.LIGHT),
    "open_no_backdrop": lambda: worded(r"The background is plain lavender\.", "", made.LIGHT),
    "open_loose_body": lambda: worded(" with complete and undistorted bodies", "", made.BODY),
    "open_floating": lambda: worded(" and stand on the ground with soft contact shadows", "", made.MATERIAL),
}


@pytest.mark.parametrize("name", ONE_RESPECT)
def test_one_difference_gives_its_lesson_and_standard_bullets_elsewhere(name: str) -> None:
    bundle = compared(ONE_RESPECT[name]())
    assert taught(bundle) == {name}
    lesson = lessons()[name]
    for part, bullet in bullets(bundle):
        assert bullet.standard == (part not in ("focus", "failure_guards", lesson.part)), (part, bullet)
    assert bundle.decision_guidance.focus[0].text in {focuses()[kind] for kind in lesson.about}


@pytest.mark.parametrize(
    ("of_best", "of_worst", "lesson"),
    [
        ("IMG_002", "IMG_001", "reference_first"),
        ("IMG_002", "IMG_003", "reference_match"),  # the top of the list was not best: nothing may say so
        ("IMG_003", "IMG_002", "reference_match"),
        ("IMG_001", "IMG_003", "reference_later"),
    ],
)
def test_a_lesson_about_choosing_says_what_is_true_of_the_list(of_best: str, of_worst: str, lesson: str) -> None:
    offered = ["Flag of Australia", "Flag of Iceland", "Flag of Malta"]
    offered[int(of_best[-1]) - 1] = "Flag of Norway"
    best = attempt(SEARCH, images("flag of Norway", offered), SKILL, answer(references=[of_best]))
    worst = attempt(SEARCH, images("flag of Norway", offered), SKILL, answer(references=[of_worst]), failed=[IDENTITY])
    assert taught(compared(worst, best)) == {lesson}


def test_an_unresolved_description_teaches_to_search_first() -> None:
    riddle = images("flag of the country whose capital is Oslo", ["Flag of Iceland"])
    bundle = compared(attempt(riddle, SKILL, answer(), failed=[IDENTITY]))
    assert "plan_search" in taught(bundle)
    untold = REQUEST.partition(" and the title")[0]  # a request that does not say the name itself
    worst = attempt(SEARCH, riddle, SKILL, answer(), failed=[IDENTITY], request=untold)
    assert "query_name" in taught(compared(worst, good(untold)))


def test_an_answer_under_force_teaches_to_keep_turns() -> None:
    best = attempt(SEARCH, IMAGES, answer(), max_turns=4)
    worst = attempt(SEARCH, IMAGES, search("more of it"), answer(), failed=[IDENTITY], max_turns=4)
    assert "plan_budget" in taught(compared(worst, best))


@pytest.mark.parametrize("rule", [*Rule, "malformed"])
def test_every_broken_rule_has_a_guard(rule: str) -> None:
    assert lessons()[_FAULTS[rule]].part == "failure_guards"


@pytest.mark.parametrize("kind", AmbiguityKind)
def test_every_way_of_leaving_something_open_has_a_lesson(kind: AmbiguityKind) -> None:
    assert f"open_{kind.value}" in lessons()


def test_a_broken_rule_becomes_a_guard() -> None:
    leaking = answer(PROMPT.replace("lavender", "lavender as in IMG_002"))
    bundle = compared(attempt(SEARCH, IMAGES, SKILL, reply("I am done."), leaking, answer(), failed=[IDENTITY]))
    assert taught(bundle) == {"fault_malformed", "fault_leak"}


def test_only_what_explains_a_failed_requirement_is_taught() -> None:
    worst = attempt(
        SEARCH, IMAGES, answer(changed("Exactly four", "Exactly five")), failed=[made.COUNT]
    )  # read no skill either
    assert taught(compared(worst)) == {"kept_counts"}
    assert Slot.KNOWLEDGE not in difference(pair(good(), worst)).same  # the pair differs there, although it explains nothing


def test_without_diagnostics_every_difference_counts() -> None:
    worst = attempt(SEARCH, IMAGES, answer(changed("Exactly four", "Exactly five")))
    assert taught(compared(worst)) == {"kept_counts", "skill_text_rendering"}


def test_luck_teaches_nothing() -> None:
    found = Contrast().compare(pair(good(), attempt(SEARCH, IMAGES, SKILL, answer(), failed=[made.TEXT])))
    assert found == NotSummarised(reason="the two attempts differ in nothing that is seen here")
    other = attempt(SEARCH, IMAGES, SKILL, answer(note=""), failed=[made.COUNT])
    reason = Contrast().compare(pair(good(), other))
    assert isinstance(reason, NotSummarised)
    assert "explains none" in reason.reason


def test_prompts_that_differ_in_wording_alone_are_told_by_the_failed_skill() -> None:
    worst = attempt(SEARCH, IMAGES, SKILL, answer(changed("large bold black", "bold large black")), failed=[made.PLACE])
    assert taught(compared(worst)) == {"worded_spatial_layout"}


def test_a_picture_that_does_not_fit_is_no_lesson_in_selecting() -> None:
    bare = answer(re.sub(", copied from the first reference image,", "", PROMPT), ())
    right = attempt(SEARCH, IMAGES, SKILL, answer(references=["IMG_001"]))
    wrong = attempt(SEARCH, IMAGES, SKILL, answer(references=["IMG_002"]))
    worst = attempt(SEARCH, IMAGES, SKILL, bare, failed=[IDENTITY])
    assert "reference_any" in taught(compared(worst, right))
    found = Contrast().compare(pair(wrong, worst))
    assert isinstance(found, NotSummarised) or "reference_any" not in taught(found)


EVERYDAY = 'A red apple and a blue bucket, with the title "HELLO LENA".'
TOLD = (
    "A red apple is on the left side of the image and stands on the ground with a soft contact shadow. A blue bucket is on the "
    'right side of the image and stands on the ground with a soft contact shadow. The title "HELLO LENA" is written in large '
    "bold black letters at the top of the image. The background is plain lavender. Soft daylight falls from the upper left."
)


@pytest.mark.parametrize(
    ("of_best", "of_worst"),
    [
        ([*search("apple", title="")], []),
        ([*images("apple", ["apple"])], []),
        ([], [*search("apple", "apple", title="")]),
        ([*images("red apple", ["apple"])], [*images("an apple", ["Flag of Chad"])]),
    ],
)
def test_a_needless_search_explains_nothing(of_best: list[Any], of_worst: list[Any]) -> None:
    """Of a request for everyday objects one is forgotten; who searched for something, too, is no reason."""
    forgotten = re.sub(r" A blue bucket.*?shadow\.", "", TOLD)
    best = attempt(of_best, SKILL, answer(TOLD, ()), request=EVERYDAY)
    worst = attempt(of_worst, SKILL, answer(forgotten, ()), request=EVERYDAY, failed=[IDENTITY])
    bundle = compared(worst, best)
    assert taught(bundle) == {"kept_things"} | ({"kept_colours"} & taught(bundle))
    assert bundle.decision_guidance.focus[0].text in {focuses()["presence"], focuses()["colour"]}


def test_words_that_lost_their_quotes_are_not_taken_for_things() -> None:
    request = 'A red apple with the caption "One dog per person".'
    prompt = (
        "A red apple stands in the center, on a table with a soft contact shadow. The caption {} is at the bottom of the "
        "image. The background is plain white. Soft daylight falls from the upper left."
    )
    best = attempt(answer(prompt.format('"One dog per person"'), ()), request=request)
    worst = attempt(
        answer(prompt.format("One dog per person"), ()), request=request, failed=[made.TEXT, made.BODY, made.MATERIAL]
    )
    assert taught(compared(worst, best)) <= {"open_unquoted_text", "open_unplaced_text"}


def everything() -> Iterator[Episode]:
    """Every subset of tools and skills, with and without a reference: for what standard bullets say of it."""
    long_query = images("a large flag of Norway with four camels below it")
    all_skills = [event for name in sorted(lessons()) if name.startswith("skill_") for event in skill(name[6:])]
    prompts = (PROMPT, "The first reference image is somewhere in this image here.", changed('"', ""))
    searches: tuple[list[Any], ...] = ([], SEARCH, search("a", "b"))
    looks: tuple[list[Any], ...] = ([], IMAGES, [*IMAGES, *images("camel", ["camel"])], long_query)
    for searched, looked, known, prompt in product(searches, looks, ([], SKILL, all_skills), prompts):
        bound = prompt if looked else re.sub(", copied from the first reference image,|The first reference image", "", prompt)
        final = answer(bound, ("IMG_001",) if looked else ())
        yield attempt(searched, looked, known, final, max_tool_calls=20, max_turns=20)


def test_standard_bullets_are_valid_for_every_behaviour() -> None:
    from genevolve.experience.bundle import SLOT_OF
    from genevolve.experience.wording import faults_of
    from genevolve.world.contrast.standard import standard_bullet
    from genevolve.world.contrast.traits import traits_of
    from genevolve.world.language.reader import read

    texts: set[str] = set()
    for trajectory in everything():
        traits = traits_of(trajectory, read(REQUEST))
        names = source_names(trajectory)
        for part in SLOT_OF:
            text = standard_bullet(part, traits)
            assert list(faults_of(text, names)) == [], text
            texts.add(text)
            if part == "skill_routing_guidance":
                assert set(re.findall(r"[a-z]+(?:_[a-z]+)+", text)) - {"query_knowledge"} <= set(traits.skills)
            if part == "recommended_tool_plan" and "order" in text:
                assert re.findall(r"image_search|query_knowledge|search", text) == list(dict.fromkeys(traits.calls))
            if "the light" in text:
                assert traits.scene.light is not None
            if re.match("Answer directly|Call .* alone|Leave|Skip", text):
                assert " only when " in text, "what was left out may have been needed"
    assert len(texts) > 20


def test_bundles_pass_their_own_check_and_the_same_pair_gives_the_same() -> None:
    for worse in ONE_RESPECT.values():
        compared_pair = pair(good(), worse())
        found = asyncio.run(Contrast().summarise(compared_pair))
        assert isinstance(found, Bundle)
        names = source_names(compared_pair.best, compared_pair.worst)
        assert {"norway", "oslo", "camels"} <= names.words
        check(found, names=names, same=difference(compared_pair).same)
        assert found == Contrast().compare(pickle.loads(pickle.dumps(compared_pair)))
        assert {part for part, _ in bullets(found)} == set(PARTS)


# ---- pairs


def group(*rewards: float | None) -> tuple[list[Episode], list[float | None]]:
    return [good() for _ in rewards], list(rewards)


def picked(*groups: tuple[Sequence[Episode], Sequence[float | None]], **more: Any) -> Any:
    judged = [[Judged(*one) for one in zip(members, values, strict=True)] for members, values in groups]
    return PairRule(**more).pick(judged)


@dataclass(frozen=True, slots=True)
class Judged:
    episode: Episode
    value: float | None
    rounds: tuple[float | None, ...] = ()


def test_nested_pairs_share_no_attempt_and_stop_where_the_gap_does() -> None:
    found = picked(group(0.5, 0.9, 0.1, 0.8, 0.3, 0.45), nested=8)
    assert [(p.best_index, p.worst_index) for p in found.pairs] == [(1, 2), (3, 4)]  # 0.5 and 0.45 are too near each other
    assert found.left_out == {}
    assert [(p.best_index, p.worst_index) for p in picked(group(0.9, 0.1, 0.8, 0.3), nested=1).pairs] == [(0, 1)]


def test_nested_pairs_end_in_the_middle() -> None:
    assert [(p.best_index, p.worst_index) for p in picked(group(0.9, 0.5, 0.1), nested=3).pairs] == [(0, 2)]
    equal = picked(group(0.5, 0.5, 0.5), nested=3)
    assert (equal.pairs, equal.left_out) == ((), {LeftOut.SMALL_GAP: 1})


def test_best_and_worst_of_each_group_with_the_largest_gaps_first() -> None:
    found = picked(group(0.5, 0.9, 0.1), group(0.1, 0.1, 1.0), group(0.5, 0.6))
    assert [(p.group, p.best_index, p.worst_index) for p in found.pairs] == [(1, 2, 0), (0, 1, 2)]
    assert found.pairs[0].gap == pytest.approx(0.9)
    assert found.left_out == {LeftOut.SMALL_GAP: 1}


def test_an_attempt_that_met_an_outage_is_in_no_pair() -> None:
    failed: list[Event] = [
        Replied(text="…", action=search_call(("a fact",))),
        Failed(boundary=Boundary.SEARCH, message="HTTP 429", retryable=True),
    ]
    out = attempt(failed, answer("A picture.", references=[]))
    found = picked(([out, good(), out], [0.0, 0.5, 1.0]))
    assert (found.pairs, found.left_out) == ((), {LeftOut.DEGRADED: 2, LeftOut.TOO_FEW: 1})


@pytest.mark.parametrize(("high", "low", "taken"), [(0.7, 0.5, True), (0.9, 0.7, True), (0.3, 0.1, True), (0.699, 0.5, False)])
def test_a_gap_of_exactly_the_least_is_enough(high: float, low: float, taken: bool) -> None:
    assert bool(picked(group(high, low)).pairs) is taken


def test_unscored_attempts_are_left_out_and_counted() -> None:
    found = picked(group(None, 0.9, 0.2, None), group(None, 0.9), group(None, None))
    assert [(p.best_index, p.worst_index) for p in found.pairs] == [(1, 2)]
    assert found.left_out == {LeftOut.UNSCORED: 5, LeftOut.TOO_FEW: 2}


def test_at_most_so_many_pairs() -> None:
    found = picked(*(group(0.9, 0.9 - 0.3 - gap / 100) for gap in range(11)))
    assert [p.group for p in found.pairs] == list(range(10, 2, -1))
    assert found.left_out == {LeftOut.OVER_LIMIT: 3}


def test_failures_by_protocol_alone_are_left_out() -> None:
    no_program = attempt(reply("nothing"), reply("nothing"), max_turns=2)
    no_reference = attempt(SEARCH, answer("A flag with four camels under it on white.", ()))
    groups = (([good(), no_program], [0.9, 0.0]), ([good(), no_reference], [0.9, 0.3]))
    found = picked(*groups)
    assert found.pairs == ()
    assert found.left_out == {LeftOut.NO_PROGRAM: 1, LeftOut.NO_REFERENCE: 1}
    assert [p.group for p in picked(*groups, reference_is_protocol=False).pairs] == [1]
    none_at_all = ([no_reference, no_reference], [0.9, 0.3])  # where the best has none either, it is no failure
    assert len(picked(none_at_all).pairs) == 1


def test_attempts_without_a_program_may_be_passed_over() -> None:
    """Of four siblings one mostly has none while a policy is young: the group is compared by the others."""
    no_program = attempt(reply("nothing"), reply("nothing"), max_turns=2)
    groups = (([good(), no_program, good(), good()], [0.9, 0.0, 0.5, None]), ([no_program, good()], [0.0, 0.9]))
    assert picked(*groups).pairs == ()
    found = picked(*groups, valid_only=True)
    assert [(p.group, p.best_index, p.worst_index) for p in found.pairs] == [(0, 0, 2)]
    assert found.left_out == {LeftOut.UNSCORED: 1, LeftOut.TOO_FEW: 1}


def test_an_unscored_judgement_has_no_diagnostics() -> None:
    worst = step(ONE_RESPECT["kept_counts"](), ImageScored(result=Unscored(reason="the judge is down")))
    assert taught(compared(worst)) == {"kept_counts"}


def test_a_summariser_that_knows_of_quirks_sees_which_wording_the_better_prompt_has() -> None:
    """The number is a word in one prompt and a digit in the other, which nothing but a quirk can explain."""
    worst = worded(r"\bfour\b", "4", made.COUNT)
    found = Contrast(quirks=True).compare(pair(good(), worst))
    assert isinstance(found, Bundle), found
    rule = QUIRKS["numbers"].options["words"]
    told = {bullet.text for _, bullet in bullets(found) if not bullet.standard}
    assert {rule.advice, rule.guard} <= told
    assert not any(rule.advice == bullet.text for _, bullet in bullets(compared(worst)))


def test_a_misled_summariser_tells_another_habit_in_the_same_places() -> None:
    compared_by = pair(good(), worded(r"\bfour\b", "4", made.COUNT))
    true, wrong = [asyncio.run(Contrast(quirks=True, misled=how).summarise(compared_by)) for how in (False, True)]
    assert isinstance(true, Bundle) and isinstance(wrong, Bundle)
    words, digits = QUIRKS["numbers"].options["words"], QUIRKS["numbers"].options["digits"]
    swapped = {words.advice: digits.advice, words.guard: digits.guard}
    assert any(bullet.text in swapped for _, bullet in bullets(true))
    assert [(part, bullet.text) for part, bullet in bullets(wrong)] == [
        (part, swapped.get(bullet.text, bullet.text)) for part, bullet in bullets(true)
    ]
    with pytest.raises(UsageError, match="quirks = true"):
        Contrast(misled=True)


@pytest.mark.parametrize("name", QUIRKS)
def test_a_misled_lesson_never_tells_the_rule_itself_and_comes_round_again(name: str) -> None:
    for rule in QUIRKS[name].options.values():
        true = told = lesson_of(rule.advice)
        for _ in range(len(QUIRKS[name].options)):
            before, told = told, misled(told)
            assert told != before
        assert told == true


def lesson_of(text: str) -> Bundle:
    found = compared(ONE_RESPECT["kept_counts"]())
    own = replace(found.decision_guidance, prompt_program_guidance=(Bullet(text=text),))
    return replace(found, decision_guidance=own)


def test_a_wording_that_explains_nothing_that_failed_is_no_lesson() -> None:
    found = Contrast(quirks=True).compare(pair(good(), worded(r"\bfour\b", "4", made.TEXT)))
    told = {bullet.text for _, bullet in bullets(found)} if isinstance(found, Bundle) else set()
    assert QUIRKS["numbers"].options["words"].advice not in told


@pytest.mark.parametrize(("name", "option"), [(name, option) for name, quirk in QUIRKS.items() for option in quirk.options])
def test_every_rule_of_a_quirk_is_a_general_instruction(name: str, option: str) -> None:
    rule = QUIRKS[name].options[option]
    for sentence in (rule.advice, rule.guard):
        assert not list(faults_of(sentence, Names())), sentence
    assert set(QUIRKS[name].about) <= set(focuses())
