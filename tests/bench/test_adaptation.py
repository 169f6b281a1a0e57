"""The suite for generators with quirks, and the yardstick of a writer who learns their rules from what failed."""

import runpy
from pathlib import Path

import pytest

from genevolve.app.data_members import request_source
from genevolve.core.case import TruthProgram
from genevolve.core.errors import UsageError
from genevolve.core.score import Diagnostic, Dimension, Score
from genevolve.data.labels import Track
from genevolve.data.splits import EntitySplit, Split
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.quirks.profile import QUIRKS, QuirkProfile
from genevolve.world.suites.adaptation import adaptation_cases, adaptation_suite
from tests.paths import ROOT

LEARNER = runpy.run_path(str(ROOT / "benchmarks" / "adaptation.py"))["Learner"]
PROMPT = 'Exactly four red cars are on the left side of the image. The title "Fair" is written at the top of the image.'


def test_the_suite_asks_for_everyday_things_and_grows_at_its_end() -> None:
    few, more = adaptation_suite(rows=5), adaptation_suite(rows=9)
    assert few.items == more.items[:5] and len({case.text for case in more.items}) == 9
    assert not any(case.truth.references for case in adaptation_cases(9))
    assert {case.id for case in few.items}.isdisjoint(case.id for case in adaptation_cases(9, EntitySplit.TRAIN))
    with pytest.raises(UsageError, match="brings its own requests"):
        adaptation_suite(data=Path())


def test_what_is_trained_on_needs_no_search_either() -> None:
    cases = request_source("everyday").cases(6, 0, Split.EVOLVE)
    assert len({case.text for case in cases}) == 6
    for case in cases:
        assert isinstance(case.hidden.truth, TruthProgram) and not case.hidden.truth.references
        assert case.hidden.track == Track.QUALITY


def judged(profile: QuirkProfile, prompt: str) -> Score:
    """What a perfect judge says of the picture that such a generator makes: of numbers and texts."""
    told, heard = read(prompt), profile.heard(prompt, Vocabulary.EVERYDAY, 0)
    number = [obj.count for obj in told.objects] == [obj.count for obj in heard.objects]
    text = [one.content for one in told.texts] == [one.content for one in heard.texts]
    checks = [("quantity_counting", Dimension.FAITHFULNESS, number), ("text_rendering", Dimension.TEXT_ACCURACY, text)]
    found = tuple(Diagnostic(skill=skill, dimension=kind, requirement=skill, passed=passed) for skill, kind, passed in checks)
    return Score(faithfulness=1.0, visual_correctness=1.0, text_accuracy=1.0, aesthetics=1.0, judge="exact", diagnostics=found)


def test_a_learner_finds_the_rules_out_from_what_failed() -> None:
    profile = QuirkProfile(chosen={"numbers": "digits", "quotes": "curly", "naming": "lettering"})
    learner = LEARNER(0)
    for _ in range(60):
        prompt = learner.profile().reworded(PROMPT)
        learner.seen(prompt, judged(profile, prompt))
    last = [learner.profile() for _ in range(20)]
    for name, option in profile.chosen.items():
        assert sum(one.chosen[name] == option for one in last) >= 16, name
    assert set(last[0].chosen) == set(QUIRKS)
