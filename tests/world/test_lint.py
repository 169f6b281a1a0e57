"""Program sufficiency: a whole program is 1, each loss is named under its skill and costs."""

import asyncio

import pytest

from genevolve.core.event import SKILLS, TextHit
from genevolve.core.picture import Picture
from genevolve.core.program import Program, Selection
from genevolve.core.protocols import ProgramCase
from genevolve.core.score import ProgramScore, Unscored
from genevolve.world.language.model import AmbiguityKind
from genevolve.world.lint import SKILL_OF, LintJudge

REQUEST = (
    "The flag of the country whose capital is Ouagadougou, with exactly four camels in a row under it "
    'and the title "VISIT BURKINA"'
)
PROGRAM = (
    "A clean poster. The flag from the first reference image stands in the center, with a soft contact shadow. Below the flag, "
    "exactly four camels in a horizontal row, each with a complete, undistorted body, standing on the ground with soft contact "
    'shadows. The title "VISIT BURKINA" in bold, large letters at the top. Plain light blue background, soft even light.'
)
FACT = TextHit(title="Burkina Faso", url="", snippet="The capital of Burkina Faso is Ouagadougou.")


def judged(prompt: str, *titles: str, request: str = REQUEST, facts: tuple[TextHit, ...] = (FACT,)) -> ProgramScore | Unscored:
    pictures = tuple(Picture(title=title, digest="0", source="openmoji") for title in titles)
    selections = tuple(Selection(img_id=f"IMG_{position + 1:03d}") for position in range(len(titles)))
    program = Program(prompt=prompt, references=selections)
    case = ProgramCase(request=request, program=program, references=pictures, facts=facts)
    return asyncio.run(LintJudge().judge_program(case))


def scored(prompt: str, *titles: str, request: str = REQUEST) -> ProgramScore:
    score = judged(prompt, *titles, request=request)
    assert isinstance(score, ProgramScore)
    return score


def lost(score: ProgramScore) -> set[str]:
    return {diagnostic.skill for diagnostic in score.diagnostics if not diagnostic.passed}


def test_a_sufficient_program_is_whole() -> None:
    score = scored(PROGRAM, "flag: Burkina Faso")
    assert (score.value, lost(score)) == (1.0, set())


def test_the_bare_request_is_not_sufficient() -> None:
    score = scored(REQUEST)
    assert score.value <= 0.25
    assert {"attribute_binding", "anatomy_body_coherence", "aesthetic_drawing", "text_rendering"} <= lost(score)


@pytest.mark.parametrize(
    ("old", "new", "skill", "most"),
    [
        ("exactly four", "three", "quantity_counting", 0.75),
        ("VISIT BURKINA", "VISIT BURKNA", "text_rendering", 0.5),
        (" at the top", "", "text_rendering", 0.75),
        ("Below the flag, exactly", "Exactly", "spatial_layout", 0.75),
        ("horizontal row", "bunch", "spatial_layout", 0.75),
        (", each with a complete, undistorted body", "", "anatomy_body_coherence", 0.75),
        (" Plain light blue background, soft even light.", "", "aesthetic_drawing", 0.75),
        ("first reference image", "picture", "attribute_binding", 0.5),
    ],
)
def test_each_loss_is_named_and_costs(old: str, new: str, skill: str, most: float) -> None:
    assert old in PROGRAM
    score = scored(PROGRAM.replace(old, new), "flag: Burkina Faso")
    assert skill in lost(score)
    assert score.value <= most


def test_a_reference_must_fit_the_description_through_a_fact() -> None:
    assert scored(PROGRAM, "flag: Mali").value <= 0.5
    assert "attribute_binding" in lost(scored(PROGRAM, "flag: Mali"))


def test_described_text_must_become_a_quoted_text_that_the_facts_know() -> None:
    request = "A poster with an apple and the name of the capital of Burkina Faso as its title"
    told = 'One red apple in the center on a table with a soft shadow. The title "{}" in large letters at the top. {}'
    rest = "Plain cream background, soft light."
    assert scored(told.format("Ouagadougou", rest), request=request).value >= 0.75
    wrong = scored(told.format("Bamako", rest), request=request)
    assert wrong.value <= 0.5 and "text_rendering" in lost(wrong)


def test_colours_and_places_survive() -> None:
    request = "A photo of a red apple on the left and a green cup on the right"
    told = (
        "On the left, one {} apple with a contact shadow. On the {}, one green cup with a contact shadow. "
        "Plain white background, soft light."
    )
    assert scored(told.format("red", "right"), request=request).value == 1.0
    assert "attribute_binding" in lost(scored(told.format("green", "right"), request=request))
    assert "spatial_layout" in lost(scored(told.format("red", "left"), request=request))


def test_nothing_to_check_is_unscored_and_nothing_told_is_zero() -> None:
    assert isinstance(judged(PROGRAM, request="surprise me"), Unscored)
    assert scored("").value == 0.0
    assert scored("Something really very nice and quite beautiful indeed.").value == 0.0


def test_every_way_of_leaving_open_has_its_skill() -> None:
    assert set(SKILL_OF) == set(AmbiguityKind)
    assert set(SKILL_OF.values()) <= set(SKILLS)


@pytest.mark.parametrize(
    ("request_", "prompt", "gone"),
    [
        ("a chart with apples 4 and pears 7", "Five apples and five pears.", ["4", "7"]),
        ("a menu with coffee and “Daily 9 to 5” below", "A cup of coffee.", ["Daily 9 to 5"]),
        ("a dog, and nearby a red kite", "A dog beside a tree.", ["red", "kite"]),
    ],
)
def test_tangible_words_in_neither_program_nor_facts_fail(request_: str, prompt: str, gone: list[str]) -> None:
    score = judged(prompt, request=request_, facts=())
    assert isinstance(score, ProgramScore) and score.version
    words = [d.requirement.split("”")[0][1:] for d in score.diagnostics if "program or the facts" in d.requirement]
    assert words == gone
    assert score.coverage is not None and score.coverage < 1
    assert all(f"“{word}”" in score.rationale for word in gone)


@pytest.mark.parametrize(
    ("request_", "prompt"),
    [
        ("two crimson apples by a rubbish bin", "Exactly 2 red apples stand next to a trash can."),
        ("for our school fair: a lovely card with a dog", "A dog on light blue."),
        ("the capital of the country whose phone code is +226 as a title", 'The title "Ouagadougou".'),
        ("a dog, no cat", "A dog, without a cat."),
    ],
)
def test_other_words_for_the_same_are_found(request_: str, prompt: str) -> None:
    facts = (
        TextHit(
            title="Burkina Faso",
            url="",
            snippet="The phone code of the country Burkina Faso is +226. Its capital is Ouagadougou.",
        ),
    )
    score = judged(prompt, request=request_, facts=facts)
    assert not isinstance(score, ProgramScore) or "in neither" not in score.rationale
