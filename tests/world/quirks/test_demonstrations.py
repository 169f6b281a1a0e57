"""Demonstrations for a policy that is to read lessons: what a lesson says is what the answer under it does."""

import asyncio
import importlib
import json

import pytest

from genevolve.data.splits import EntitySplit
from genevolve.world.quirks.profile import QUIRKS, kept_rules
from genevolve.world.suites.adaptation import adaptation_cases
from tests.paths import ROOT

HEADING = "# Decision guide"


def test_no_rule_of_a_lesson_is_broken_by_its_answer_and_most_make_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    script = importlib.import_module("quirk_demonstrations")
    cases = adaptation_cases(8, EntitySplit.TRAIN, 5)
    made = asyncio.run(script.rows(cases, 1000, 0.5))
    taught = [row for row, lesson in made if lesson]
    assert 0 < len(taught) < len(made)
    said = telling = 0
    for row, lesson in made:
        system, _, answer = (message["content"] for message in row["messages"])
        assert (HEADING in system) == lesson
        prompt = json.loads(answer.split("<answer>")[1].split("</answer>")[0])["gen_prompt"]
        kept = kept_rules(prompt)
        for name, quirk in QUIRKS.items():
            for option, rule in quirk.options.items():
                if rule.advice in system or rule.guard in system:
                    said += 1
                    telling += (name, option) in kept
                    assert (name, option) in kept or name not in dict(kept), (name, option, prompt)
    assert said >= telling > 2 * len(taught)
    assert telling > said / 2
    everything = asyncio.run(script.rows(cases[:2], 1000, 1.0))
    assert all(lesson for _, lesson in everything)


def test_one_rule_is_turned_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    script = importlib.import_module("rules_read")
    numbers, order = QUIRKS["numbers"].options, QUIRKS["order"].options
    system = f"- Prompt: {numbers['digits'].advice}\n- Avoid: {numbers['digits'].guard}\n- Prompt: {order['texts last'].advice}"
    assert script.told(system) == [("numbers", "digits"), ("order", "texts last")]
    turned = script.turned(system, "numbers", "digits")
    assert script.told(turned) == [("numbers", "words"), ("order", "texts last")]
    assert numbers["words"].guard in turned
