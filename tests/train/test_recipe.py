"""Recipes of training: strict keys and values, inheritance, and the values of the shipped ones."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from genevolve.cli.main import cli
from genevolve.core.errors import UsageError
from genevolve.train.recipe import RECIPES, Recipe, load_recipe


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_shipped_recipes_load() -> None:
    assert set(RECIPES.shipped()) >= {"atlas", "atlas-grpo", "atlas-guided", "atlas-list", "atlas-smoke", "paper", "quirks"}
    assert load_recipe("atlas-grpo").sdl.lambda_ == 0
    for name in RECIPES.shipped():
        assert load_recipe(name).name == name


@pytest.mark.parametrize("command", ["sft", "evolve"])
def test_both_stages_start_from_the_adapter_they_are_given(command: str) -> None:
    import json

    own = json.loads(CliRunner().invoke(cli, [command, "atlas-guided", "--dry-run"]).stdout)["model"]
    assert own["adapter"] is None
    given = CliRunner().invoke(cli, [command, "atlas-guided", "--adapter", "runs/cold/adapter", "--dry-run"])
    assert given.exit_code == 0, given.output
    assert json.loads(given.stdout)["model"] == {**own, "adapter": "runs/cold/adapter"}


def test_the_paper_recipe_has_the_papers_values() -> None:
    """Method, section 4."""
    recipe = load_recipe("paper")
    sft = recipe.sft
    assert recipe.model.name == "Qwen/Qwen3-VL-8B-Instruct" and recipe.lora.r == 0
    assert (sft.epochs, sft.batch, sft.micro_batch, sft.cutoff) == (2, 32, 2, 32768)
    assert (sft.learning_rate, sft.schedule, sft.warmup_ratio, sft.weight_decay) == (1e-5, "cosine", 0.02, 1e-6)
    assert sft.bf16 and sft.gradient_checkpointing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sft]\nlearning_rat = 1e-3", r"sft\.learning_rat is not a setting; did you mean 'learning_rate'\?"),
        ("[stf]\nepochs = 1", r"stf is not a setting; did you mean 'sft'\?"),
        ("[lora]\nzzz = 1", r"lora\.zzz is not a setting; known are r, alpha, upper_layers"),
        ("[sft]\nepochs = 0", r"sft\.epochs = 0: .*greater than 0"),
        ("[sft]\nlearning_rate = inf", r"sft\.learning_rate = inf: .*finite"),
        ('[sft]\nschedule = "sometimes"', r"sft\.schedule = 'sometimes': .*cosine"),
        ("[sft]\nbatch = 4\nmicro_batch = 3", r"sft: micro_batch = 3 does not divide batch = 4"),
        ('[sft]\nreport_to = ["paper"]', r"sft\.report_to\.0 = 'paper'"),
        ('[model]\ndtype = "int8"', r"model\.dtype = 'int8'"),
        ("[sft\n", "not valid TOML"),
        ("sft = 3", r"sft = 3: .*SftSettings"),
        ("extends = 3", "'extends' must be the name"),
        ('name = "x"', "'name' is not a setting"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_recipe(written(tmp_path, text))


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"RECIPE atlus: .*did you mean 'atlas'\?"):
        load_recipe("atlus")


def test_a_file_may_extend_a_recipe(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, 'extends = "atlas"\n[sft]\nepochs = 5'))
    atlas = load_recipe("atlas")
    assert recipe.sft == atlas.sft.model_copy(update={"epochs": 5.0}) and recipe.lora == atlas.lora


def test_a_circle_of_recipes_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    Path(path).write_text(f'extends = "{path}"')
    with pytest.raises(UsageError, match="circle"):
        load_recipe(path)


def test_defaults_are_complete() -> None:
    assert Recipe(name="empty").sft.cutoff == 32768
