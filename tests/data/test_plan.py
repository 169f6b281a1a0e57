"""The TOML of ``genevolve data build``: strict, and every refusal names the value."""

from pathlib import Path

import pytest

from genevolve.core.errors import UsageError
from genevolve.data.plan import read_plan
from tests.paths import ROOT


def plan(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


def test_the_example_is_a_plan() -> None:
    chosen = read_plan(ROOT / "examples" / "data-atlas.toml")
    assert (chosen.recipes.count, chosen.teach.policy, chosen.render.generator) == (24, "expert", "sketch")


def test_nothing_is_a_plan_too(tmp_path: Path) -> None:
    assert read_plan(plan(tmp_path, "")) == read_plan(None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("counts = 3", "counts is not a setting"),
        ("[recipes]\ncounts = 3", "recipes.counts is not a setting"),
        ('[recipes]\ncount = "many"', "recipes.count = 'many'"),
        ("[recipes]\ncount = 0", "recipes.count = 0"),
        ("[recipes]\ncount = 1.5", "recipes.count = 1.5"),
        ("[recipes]\ncount = true", "recipes.count = True"),
        ("[recipes]\nknowledge = 1.2", "recipes.knowledge = 1.2"),
        ("[recipes]\nshares = { sft = 0.5, heldout = 0.4 }", "add up to 0.9"),
        ("[recipes]\nshares = { sft = 0.5, test = 0.5 }", "'test' is not a part"),
        ("[recipes]\nshares = { sft = 1.5, heldout = -0.5 }", "sft is 1.5"),
        ('[prompts]\nrealiser = "gpt"', "prompts.realiser = 'gpt'"),
        ("[prompts]\nnear_duplicates = 0.3", "prompts.near_duplicates = 0.3"),
        ("[prompts]\nmin_words = 90\nmax_words = 9", "min_words is 90"),
        ('[prompts.llm]\napi_key = "sk-1"', "prompts.llm.api_key is not a setting"),
        ('[teach]\nviews = ["train"]', "choose one or more of sft"),
        ("[teach]\ntrajectories = 0", "teach.trajectories = 0"),
        ('[audit]\njudge = "human"', "audit.judge = 'human'"),
        ("[audit]\neach = 2", "audit.each = 2"),
        ('[export]\nimages = "all"', "export.images = 'all'"),
        ("[limits.audit]\nmax_tries = 3", "limits"),
        ("[limits.audit]\nmax_attempts = 0", "max_attempts is 0"),
        ("[limits.teacher]\nmax_attempts = 2", "limits.teacher"),
        ("[prompts.llm]\nprice = { per_call = -1 }", "per_call is -1"),
        ("recipes = 3", "recipes = 3"),
        ("[recipes", "not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_plan(plan(tmp_path, text))
    assert told in str(raised.value) and "plan.toml" in str(raised.value)


def test_single_values_are_replaced(tmp_path: Path) -> None:
    path = plan(tmp_path, "seed = 3\n[recipes]\ncount = 5\nknowledge = 0.5")
    chosen = read_plan(path, {"": {"seed": 4}, "recipes": {"count": 9}, "teach": {"policy": "raw"}})
    assert (chosen.seed, chosen.recipes.count, chosen.recipes.knowledge, chosen.teach.policy) == (4, 9, 0.5, "raw")


def test_files_are_relative_to_the_plan(tmp_path: Path) -> None:
    path = plan(tmp_path, 'profile = "lab.toml"\n[teach]\nsystem_prompt = "s.md"\n[prompts]\ninput = "/q.jsonl"')
    chosen = read_plan(path)
    assert (chosen.profile, chosen.teach.system_prompt) == (str(tmp_path / "lab.toml"), str(tmp_path / "s.md"))
    assert chosen.prompts.input == "/q.jsonl"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: the file cannot be read"):
        read_plan(tmp_path / "nowhere.toml")
