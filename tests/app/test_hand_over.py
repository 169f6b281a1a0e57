"""From a cold start to self-evolution: what ``--model`` takes, and the way of docs/reproduce.md with tiny models."""

import json
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.evolve import evolve
from genevolve.app.sft import sft
from genevolve.app.training import chosen_recipe, handed_over
from genevolve.core.errors import UsageError
from genevolve.run.folder import RunFolder
from genevolve.train.continuing import check_run
from genevolve.train.recipe import Recipe, changed, load_recipe
from tests.train import test_sft_vision as vision


def made(folder: Path, *parts: str, base: str | None = None) -> Path:
    for part in parts:
        (folder / part).mkdir(parents=True)
    if base is not None:
        (folder / "run.json").write_text(json.dumps({"recipe": {"model": {"name": base}}}))
    return folder


def test_a_run_weights_an_adapter_or_a_name(tmp_path: Path) -> None:
    whole = made(tmp_path / "whole", "model", base="tiny")
    assert handed_over(whole) == {"name": str(whole / "model")}
    adapted = made(tmp_path / "adapted", "adapter", base="owner/base")
    assert handed_over(str(adapted)) == {"name": "owner/base", "adapter": str(adapted / "adapter")}
    (adapted / "adapter" / "adapter_config.json").write_text("{}")
    assert handed_over(adapted / "adapter") == {"adapter": str(adapted / "adapter")}
    assert handed_over("Qwen/Qwen3-VL-8B-Instruct") == {"name": "Qwen/Qwen3-VL-8B-Instruct"}
    assert handed_over(made(tmp_path / "weights", ".")) == {"name": str(tmp_path / "weights")}
    with pytest.raises(UsageError, match="has not ended"):
        handed_over(made(tmp_path / "begun", "checkpoints", base="tiny"))


def test_it_takes_the_place_of_the_recipes_model(tmp_path: Path) -> None:
    recipe = chosen_recipe("paper", model="owner/other")
    assert recipe.model == load_recipe("paper").model.model_copy(update={"name": "owner/other"})
    adapted = made(tmp_path, "adapter", base="owner/base")
    assert chosen_recipe("atlas", model=adapted).model.adapter == str(adapted / "adapter")
    with pytest.raises(UsageError, match="give one of them"):
        chosen_recipe("atlas", Path("other"), model=adapted)
    assert chosen_recipe("atlas", Path("other"), model="owner/base").model.name == "owner/base"


def test_stages_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.about.write_text(json.dumps({"input": {"sft": {"epochs": 2}}}))
    with pytest.raises(UsageError, match=r"holds a run of `genevolve sft`; choose another directory .*--model"):
        check_run(folder, {"evolve": {"steps": 3}})
    folder.about.write_text(json.dumps({"input": {"evolve": {"steps": 3}}}))
    check_run(folder, {"evolve": {"steps": 3}})


def small(recipe: str, **tables: dict[str, Any]) -> Recipe:
    return changed(load_recipe(recipe), tables)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 4])
def test_what_a_cold_start_learnt_is_where_evolution_starts(tmp_path: Path, rank: int) -> None:
    """All weights and LoRA. With a learning rate of next to nothing, what comes out is what went in."""
    import torch
    from safetensors.torch import load_file

    recipe = small("atlas-smoke", lora={"r": rank}, evolve={"learning_rate": 1e-12, "steps": 1, "kl_interval": 0})
    start = sft(recipe, out=tmp_path / "sft").weights
    with pytest.raises(UsageError, match="holds a run of `genevolve sft`"):
        evolve(recipe, model=tmp_path / "sft", out=tmp_path / "sft")
    found = evolve(recipe, model=tmp_path / "sft", out=tmp_path / "evolved").weights
    assert found.name == start.name == ("adapter" if rank else "model")
    name = "adapter_model.safetensors" if rank else "model.safetensors"
    before, after = load_file(start / name), load_file(found / name)
    assert before.keys() == after.keys()
    assert all(torch.allclose(before[key].float(), after[key].float(), atol=1e-4) for key in before)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_the_papers_way_with_a_tiny_model_that_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its real processor needs a package that is not here; everything else is what the paper's recipe does."""
    import transformers

    loaded = vision.loaded()
    base = tmp_path / "base"
    loaded.model.save_pretrained(base)
    loaded.tokenizer.save_pretrained(base)
    usual = transformers.AutoProcessor.from_pretrained

    def ours(name: Any, *more: Any, **named: Any) -> Any:
        return vision.loaded().processor if Path(name).is_relative_to(tmp_path) else usual(name, *more, **named)

    monkeypatch.setattr(transformers.AutoProcessor, "from_pretrained", ours)
    quick = {"gradient_checkpointing": False, "report_to": ()}
    recipe = small(
        "paper",
        model={"dtype": "float32"},
        data={"validation": 1, "path": str(vision.data(tmp_path / "data")), "detail": "brief"},
        sft={**quick, "bf16": False, "batch": 2, "micro_batch": 1, "epochs": 1},
        evolve={"profile": "offline"},
    )
    assert sft(recipe, model=base, out=tmp_path / "sft").weights == tmp_path / "sft" / "model"
    evolved = {"requests": 2, "generations": 2, "steps": 1, "max_tokens": 4, "max_prompt": None, "eval_at_start": False}
    world = {"profile": "offline", "bf16": False, "show_images": 1}
    recipe = changed(recipe, {"data": {"path": None, "requests": 2}, "evolve": {**quick, **evolved, **world}})
    recipe = changed(recipe, {"experience": {"embedder": {"member": "minilm"}, "summariser": {"member": "contrast"}}})
    found = evolve(recipe, model=tmp_path / "sft", out=tmp_path / "evolved")
    assert found.weights == tmp_path / "evolved" / "model" and found.steps == 1
