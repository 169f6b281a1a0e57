"""Ablations: the plan, its jobs, what is run again and what not, and the page of all arms."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from genevolve.app.ablate import ArmJob, last_words, prepare, run_jobs
from genevolve.app.profile import load_profile
from genevolve.app.report import load_ablation, report
from genevolve.app.suites import open_suite
from genevolve.bench.ablation import CURVES, Training
from genevolve.cli.main import cli
from genevolve.core.errors import UsageError
from genevolve.train.ablation import ABLATIONS, load_plan
from genevolve.train.recipe import load_recipe
from genevolve.world.suites.adaptation import UNSEEN
from tests.paths import ROOT

RAW = """
training = "atlas-smoke"
rows = 2
profile = "offline"
seeds = [0]
steps = 2

[policy]
model = "tiny"

[arms.raw]
stage = "raw"
seeds = {seeds}
"""


def test_the_file_beside_the_code_is_the_shipped_plan() -> None:
    assert load_plan(str(ROOT / "recipes" / "ablation-atlas.toml")) == load_plan("ablation-atlas")


def test_the_arms_of_the_docs_start_from_the_committed_cold_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    plan = load_plan("recipes/ablation-quirks.toml")
    assert plan.adapter is not None and (ROOT / plan.adapter / "adapter_model.safetensors").is_file()
    assert plan.arms == load_plan("ablation-quirks").arms and (plan.rows, plan.skip) == (200, 96)
    recipe = load_recipe(plan.training)
    assert recipe.model.dtype == "bfloat16" and recipe.sft.bf16 and recipe.evolve.bf16
    assert recipe.experience == load_recipe("quirks").experience


def test_a_plan_says_which_hidden_habits_the_generator_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training and test meet the same ones, and nothing of it stands in the files of a plan without any."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "quirks-cold" / "adapter").mkdir(parents=True)
    plan = load_plan("ablation-quirks")
    assert plan.quirks is not None and plan.quirks >= UNSEEN
    jobs = prepare(plan, tmp_path / "quirks")
    trained = {
        name: load_recipe(str(tmp_path / "quirks" / "arms" / name / "seed-3" / "recipe.toml")) for name in ("grpo", "ved")
    }
    assert {recipe.evolve.quirks for recipe in trained.values()} == {plan.quirks}
    tests = [job for job in jobs if job.name.startswith("test")]
    assert tests and all(("--quirks", str(plan.quirks)) in zip(job.command, job.command[1:], strict=False) for job in tests)
    prepare(load_plan("ablation-smoke"), tmp_path / "smoke")
    assert not any("quirks" in path.read_text(encoding="utf-8") for path in (tmp_path / "smoke").rglob("recipe.toml"))


def written(folder: Path, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return str(folder / "plan.toml")


def test_every_shipped_ablation_has_jobs_that_depend_on_the_cold_start(tmp_path: Path) -> None:
    assert set(ABLATIONS.shipped()) == {"ablation-atlas", "ablation-smoke", "ablation-quirks"}
    for name in ("ablation-atlas", "ablation-smoke"):
        jobs = prepare(load_plan(name), tmp_path / name)
        assert jobs[0].name == "cold start"
        assert len({job.name for job in jobs}) == len(jobs)
        trains = [job for job in jobs if job.name.startswith("train")]
        assert trains and all(job.needs == (jobs[0].result,) for job in trains)
        tests = {job.name: job for job in jobs if job.name.startswith("test")}
        assert tests["test raw 0"].needs == ()
        assert tests["test ved 0"].needs == (next(job.result for job in trains if job.name == "train ved 0"),)


def test_the_arms_differ_in_what_the_plan_says_and_in_nothing_else(tmp_path: Path) -> None:
    prepare(load_plan("ablation-atlas"), tmp_path)
    folder = tmp_path / "arms"
    recipes = {
        name: load_recipe(str(folder / name / "seed-0" / "recipe.toml")).model_dump(exclude={"name"})
        for name in ("grpo", "ved", "ved-mismatched", "ved-alone")
    }

    def differing(one: str) -> dict[str, Any]:
        return {
            f"{table}.{key}": recipes[one][table][key]
            for table in recipes[one]
            for key in recipes[one][table]
            if recipes[one][table][key] != recipes["ved"][table][key]
        }

    assert differing("grpo") == {"sdl.lambda_": 0.0}
    assert differing("ved-mismatched") == {"experience.mismatch": True}
    assert differing("ved-alone") == {"evolve.policy_weight": 0.0}
    other = load_recipe(str(folder / "ved" / "seed-1" / "recipe.toml"))
    assert other.evolve.seed == 1
    assert other.model.adapter == recipes["ved"]["model"]["adapter"] == str(tmp_path / "cold" / "adapter")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('training = "atlas"\nstep = 3\n[arms.raw]\nstage = "raw"\n', "step"),
        ('training = "atlas"\n[arms.raw]\nstage = "rew"\n', "stage"),
        ('training = "atlas"\n[arms.raw]\nstage = "raw"\nchanges = { sdl = { lambda = 0 } }\n', "changes"),
        ('training = "atlas"\n[arms.a]\nstage = "evolve"\nchanges = { sld = { lambda = 0 } }\n', "sld"),
        ('training = "atlas"\n[arms.a]\nstage = "evolve"\nchanges = { sdl = { lamda = 0 } }\n', "lamda"),
        ('training = "atlas"\n[arms."../x"]\nstage = "raw"\n', "names are small letters"),
        ('training = "atlas"\n[arms]\n', "at least one arm"),
        ('training = "nowhere"\n[arms.a]\nstage = "evolve"\n', "nowhere"),
        ('training = "atlas"\n[arms.a]\nstage = "cold_start"\nmemory = "b"\n', "memory is 'b', which is no arm that evolves"),
        (
            'training = "atlas"\n[arms.a]\nstage = "cold_start"\nmemory = "b"\n[arms.b]\nstage = "evolve"\nseeds = [0, 1]\n',
            "'b' is not trained with seed 2",
        ),
        ("training = [", "not valid TOML"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_plan(written(tmp_path, text))


def test_an_arm_keeps_its_settings(tmp_path: Path) -> None:
    text = 'training = "atlas-smoke"\nseeds = [0]\n[arms.a]\nstage = "evolve"\nchanges = {{ sdl = {{ lambda = {} }} }}\n'
    prepare(load_plan(written(tmp_path, text.format(0.5))), tmp_path / "out")
    prepare(load_plan(written(tmp_path, text.format(0.5))), tmp_path / "out")
    with pytest.raises(UsageError, match=r"arms/a/seed-0/recipe.toml was written for other settings"):
        prepare(load_plan(written(tmp_path, text.format(0.7))), tmp_path / "out")


def test_an_arm_reads_what_another_has_remembered(tmp_path: Path) -> None:
    """Its test waits for the end of that training, and its weights are those of its own stage."""
    text = (
        'training = "atlas"\nseeds = [0, 1]\n[arms.ved]\nstage = "evolve"\n'
        '[arms.reading]\nstage = "cold_start"\nmemory = "ved"\nseeds = [1]\n'
    )
    jobs = {job.name: job for job in prepare(load_plan(written(tmp_path, text)), tmp_path / "out")}
    trained = tmp_path / "out" / "arms" / "ved" / "seed-1" / "train"
    assert jobs["test reading 1"].needs == (jobs["cold start"].result, trained / "adapter")
    profile = load_profile(str(tmp_path / "out" / "arms" / "reading" / "seed-1" / "profile.toml"))
    assert profile.memory is not None
    assert profile.memory.file == str(trained / "experience.sqlite")
    assert profile.memory.characters == load_recipe("atlas").experience.guide_characters
    assert profile.choice("policy").settings["adapter"] == str(jobs["cold start"].result)
    assert load_profile(str(tmp_path / "out" / "arms" / "ved" / "seed-1" / "profile.toml")).memory is None


def test_arms_start_from_a_cold_start_that_is_there(tmp_path: Path) -> None:
    arms = '[arms.sft]\nstage = "cold_start"\n[arms.grpo]\nstage = "evolve"\n'
    plan = load_plan(written(tmp_path, f'training = "atlas-smoke"\nadapter = "{tmp_path / "mine"}"\nseeds = [0]\n{arms}'))
    with pytest.raises(UsageError, match="mine': there is no such folder"):
        prepare(plan, tmp_path / "out")
    (tmp_path / "mine").mkdir()
    jobs = {job.name: job for job in prepare(plan, tmp_path / "out")}
    assert list(jobs) == ["test sft 0", "train grpo 0", "test grpo 0"], "nothing to train before"
    assert jobs["train grpo 0"].needs == jobs["test sft 0"].needs == (tmp_path / "mine",)
    recipe = load_recipe(str(tmp_path / "out" / "arms" / "grpo" / "seed-0" / "recipe.toml"))
    assert recipe.model.adapter == str(tmp_path / "mine")


def test_a_test_that_is_asked_for_more_rows_goes_on(tmp_path: Path) -> None:
    out, text = tmp_path / "out", RAW.format(seeds="[0]")
    first = CliRunner().invoke(cli, ["ablate", written(tmp_path, text), "--out", str(out)])
    assert first.exit_code == 0, first.output
    plan = written(tmp_path, text.replace("rows = 2", "rows = 3"))
    dry = CliRunner().invoke(cli, ["ablate", plan, "--out", str(out), "--dry-run"])
    assert dry.stdout.startswith("to do\ttest raw 0")
    second = CliRunner().invoke(cli, ["ablate", plan, "--out", str(out)])
    assert second.exit_code == 0, second.output
    assert [len(run.rows) for run in load_ablation(out).runs] == [3]
    assert "2 of them earlier" in (out / "arms" / "raw" / "seed-0" / "test.log").read_text()
    third = CliRunner().invoke(cli, ["ablate", plan, "--out", str(out), "--dry-run"])
    assert third.stdout.startswith("done\ttest raw 0")


def test_a_locked_part_of_the_suite_is_tested_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    plan = written(tmp_path, RAW.format(seeds="[0]").replace("rows = 2", "rows = 3\nskip = 2"))
    done = CliRunner().invoke(cli, ["ablate", plan, "--out", str(out)])
    assert done.exit_code == 0, done.output
    (run,) = load_ablation(out).runs
    assert [row.case for row in run.rows] == [open_suite("atlas", rows=3).items[2].id]


def test_what_needs_a_failed_job_waits_and_the_rest_runs(tmp_path: Path) -> None:
    def job(name: str, *command: str, needs: tuple[Path, ...] = ()) -> ArmJob:
        return ArmJob(
            name=name, command=command, log=tmp_path / f"{name}.log", result=tmp_path / name / "run.json", needs=needs
        )

    bad = job("bad", "bench", "nosuch", "--out", str(tmp_path / "bad"))
    after = job("after", "bench", "atlas", needs=(bad.result,))
    good = job("good", "bench", "atlas", "--rows", "1", "--policy", "raw", "--out", str(tmp_path / "good"))
    states: list[tuple[str, str]] = []
    failed = run_jobs((bad, after, good), on_job=lambda job, state: states.append((job.name, state)))
    assert failed == (bad,)
    assert states == [("bad", "starts"), ("bad", "failed"), ("good", "starts"), ("good", "done")]
    assert "nosuch" in str(last_words(bad)) and "genevolve bench nosuch" in str(last_words(bad))


def test_a_seed_is_added_without_running_the_others_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = CliRunner().invoke(cli, ["ablate", written(tmp_path, RAW.format(seeds="[0]")), "--out", str(out)])
    assert first.exit_code == 0, first.output
    kept = (out / "arms" / "raw" / "seed-0" / "test" / "bench.json").stat().st_mtime_ns
    plan = written(tmp_path, RAW.format(seeds="[0, 1]"))
    dry = CliRunner().invoke(cli, ["ablate", plan, "--out", str(out), "--dry-run"])
    assert [line.split("\t")[:2] for line in dry.stdout.splitlines()] == [["done", "test raw 0"], ["to do", "test raw 1"]]
    second = CliRunner().invoke(cli, ["ablate", plan, "--out", str(out)])
    assert second.exit_code == 0, second.output
    assert (out / "arms" / "raw" / "seed-0" / "test" / "bench.json").stat().st_mtime_ns == kept
    found = load_ablation(out)
    assert [(run.name, len(run.rows)) for run in found.runs] == [("raw", 4)]
    asked = Counter(row.case for row in found.runs[0].rows)
    assert sorted(asked.values()) == [2, 2] and {row.repeat for row in found.runs[0].rows} == {0, 1}
    page = report([out])
    assert "Seeds of training and sampling" in page.html and "| raw | 2 |" in page.markdown
    assert {row.repeat: row.folder.parent.name for row in found.runs[0].rows} == {0: "seed-0", 1: "seed-1"}
    shutil.rmtree(out / "arms" / "raw" / "seed-0" / "test" / "images")
    assert "background-image:url(data:image/webp" in report([out]).html, "images of the later seed come from its own folder"


def test_learning_curves_are_means_over_seeds(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(cli, ["ablate", written(tmp_path, RAW.format(seeds="[0, 1]")), "--out", str(out)])
    assert done.exit_code == 0, done.output
    for seed, rewards in ((0, (0.2, 0.4, 0.9)), (1, (0.4, 0.8))):  # where only one seed has got to there is no mean
        train = out / "arms" / "raw" / f"seed-{seed}" / "train"
        train.mkdir()
        steps = [{"step": n + 1, "time": 10.0 * n, "loss": 1.0, "rollout/reward": reward} for n, reward in enumerate(rewards)]
        steps[-1]["entropy"] = float("nan")
        (train / "log.jsonl").write_text("".join(json.dumps(step) + "\n" for step in [*steps, {"step": 2, "time": 99.0}]))
        tried = [{"step": step, "means": {"reward": reward}} for step, reward in ((0, 0.1 + seed), (20, 0.3 + seed))]
        tried += [{"step": 30, "means": {"reward": 0.9}}] if seed == 0 else []
        (train / "evaluations.jsonl").write_text("".join(json.dumps(one) + "\n" for one in tried))
    found = load_ablation(out)
    held_out = found._held_out("raw", 0)
    assert held_out is not None and held_out.steps == (0, 20)
    assert [value for _, value in held_out.points] == pytest.approx([0.6, 0.8])
    line = found._line("raw", "rollout/reward", 0)
    assert line is not None and line.values == pytest.approx((0.3, 0.6))
    (training,) = [table for table in found.tables() if table.title.startswith("Training")]
    assert [row[:4] for row in training.rows] == [("raw 0", "3", "0.5", "0.5"), ("raw 1", "2", "0.6", "0.6")]
    assert training.rows[0][training.columns.index("whole step, s")] == "10"
    page = report([out]).html
    assert page.count("<polyline") == 2 and "Reward on held-out requests during training" in page
    late = Training(arm="late", seed=0, logs=({"rollout/reward": 0.5}, {"rollout/reward": 0.6}))
    more = replace(found, trainings=(*found.trainings, late))
    (above,) = [plot for plot in more.plots() if "above that of raw, on the same requests" in plot.caption]
    assert "late" in above.svg() and "raw</title>" not in above.svg()
    line = more._above("late", "raw", 1)
    assert line is not None and line.values == pytest.approx((0.3, 0.2)), "of the seed that both have"
    (reward,) = [plot for plot in more.plots() if "at each step" in plot.caption]
    assert "raw" in reward.svg() and "late" in reward.svg(), "an arm has a curve before it is tested"


def test_an_ablation_without_a_tested_arm_says_so(tmp_path: Path) -> None:
    (tmp_path / "ablation.json").write_text('{"arms": {"raw": {"stage": "raw"}}, "seeds": [0]}')
    with pytest.raises(UsageError, match="no arm of this ablation was tested yet"):
        report([tmp_path])
    (tmp_path / "ablation.json").write_text("[]")
    with pytest.raises(UsageError, match="cannot be read"):
        report([tmp_path])


@pytest.mark.slow
def test_the_smoke_ablation_from_cold_start_to_page(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["ablate", "ablation-smoke", "--out", str(tmp_path), "--workers", "2"])
    assert done.exit_code == 0, done.output
    found = load_ablation(tmp_path)
    assert [run.name for run in found.runs] == ["raw", "sft", "grpo", "ved"]
    assert [(one.arm, len(one.logs)) for one in found.trainings] == [("grpo", 2), ("ved", 2)]
    assert set(CURVES) <= {name for log in found.trainings[1].logs for name in log}, (
        "every curve is of something that training logs"
    )
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(caption in page for caption in CURVES.values())
    assert "Rollouts: is the reward learnt?" in (tmp_path / "report.md").read_text(encoding="utf-8")
