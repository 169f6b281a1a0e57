"""What a run will need, worked out: the figures of docs/scale.md."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from genevolve.app.plan import plan_of
from genevolve.cli.main import cli
from genevolve.train.plan import KNOWN, memory, planned, shape_of
from genevolve.train.recipe import changed, load_recipe
from tests.paths import ROOT

PAPER = load_recipe("paper")
QWEN = KNOWN["Qwen/Qwen3-VL-8B-Instruct"]


def test_the_paper_fits_as_the_page_says() -> None:
    assert QWEN.language / 1e9 == pytest.approx(8.19, abs=0.01)
    whole = sum(memory(PAPER, QWEN, 8).values())
    assert f"**{whole:.0f} GB**" in (ROOT / "docs" / "scale.md").read_text()
    adapted = memory(changed(PAPER, {"lora": {"r": 32}}), QWEN, 8)
    assert sum(adapted.values()) == pytest.approx(25.2, abs=0.2) and "reference policy of the KL term" not in adapted
    assert sum(memory(PAPER, QWEN, 64).values()) < whole


def test_time_calls_and_disk_follow_the_recipe() -> None:
    plan = planned(PAPER, 8, {"generator": 8, "image_judge": 32})
    assert sum(plan.step.values()) == pytest.approx(365, abs=1)
    assert plan.episodes == 200 * 48 + 11 * 16 == plan.calls["generator"]
    assert plan.calls["summariser"] == 200 * 8
    more = planned(PAPER, 8, {"generator": 16, "image_judge": 32})
    assert more.step["rendering"] == plan.step["rendering"] / 2
    alone = planned(changed(PAPER, {"sdl": {"lambda": 0}, "evolve": {"beta": 0}}), 8, {})
    assert alone.step["learning"] == pytest.approx(plan.step["learning"] * 4 / 6) and alone.calls["summariser"] == 0


def test_a_rollout_ahead_hides_the_shorter_part_of_a_step() -> None:
    ahead = changed(PAPER, {"evolve": {"server": "http://127.0.0.1:9", "ahead": 1}})
    for gpus, at_once in ((8, 8), (1, 48)):  # the rollout is the longer part, and then learning
        usual, found = (planned(one, gpus, {"generator": at_once, "image_judge": 96}) for one in (PAPER, ahead))
        learning = usual.step["learning"]
        assert (learning > sum(usual.step.values()) / 2) is (gpus == 1)
        saved = min(learning, sum(usual.step.values()) - learning)
        assert usual.seconds - found.seconds == pytest.approx(200 * saved) and found.step == usual.step
    assert "beside the next rollout (evolve.ahead = 1)" in plan_of(ahead, 8) and "beside the next" not in plan_of(PAPER, 8)


def test_a_plan_that_the_run_would_refuse_says_so() -> None:
    assert "refused as it is: requests = 8 do not split over 16 processes" in plan_of(PAPER, 16)
    assert not any("refused" in plan_of(PAPER, gpus) for gpus in (1, 2, 4, 8))
    assert "refused" not in plan_of(changed(PAPER, {"evolve": {"requests": 16}}), 16)


def test_a_shape_is_read_from_a_folder(tmp_path: Path) -> None:
    text = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 1024,
        "tie_word_embeddings": True,
    }
    (tmp_path / "config.json").write_text(json.dumps(text))
    assert shape_of(str(tmp_path)) == KNOWN["tiny"]
    (tmp_path / "config.json").write_text(json.dumps({"text_config": text, "vision_config": {"depth": 1, "hidden_size": 4}}))
    assert shape_of(str(tmp_path)).vision == 64  # type: ignore[union-attr]
    assert shape_of("owner/model") is None
    said = plan_of(changed(PAPER, {"model": {"name": "owner/model"}}), 8)
    assert "not known: only the hub knows the shape of owner/model" in said


def test_the_dry_run_says_it_beside_the_recipe(tmp_path: Path) -> None:
    """The recipe stays what standard output holds."""
    done = CliRunner().invoke(cli, ["evolve", "paper", "--dry-run", "--gpus", "16"])
    assert done.exit_code == 0 and json.loads(done.stdout)["evolve"]["max_prompt"] == 6144
    for part in ("memory of each of 16 GPUs", "time of 200 steps", "disk:", "serper", "no price is set (search.price)"):
        assert part in done.stderr
    profile = tmp_path / "priced.toml"
    profile.write_text("""extends = "paper"\n[generator.price]\nper_image = 0.5\n""")
    assert "4,888.00" in plan_of(changed(PAPER, {"evolve": {"profile": str(profile)}}), 8)
