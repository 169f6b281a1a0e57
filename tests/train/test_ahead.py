"""Rollouts of the next step during the update of this one: in the order of the run, corrected, and never counted twice."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from accelerate.data_loader import BatchSamplerShard
from torch.utils.data import BatchSampler
from trl.trainer.utils import RepeatSampler

from genevolve.app.evolve import evolve
from genevolve.core.errors import ServiceError, UsageError
from genevolve.policies.local.tiny import tiny_model
from genevolve.policies.served.engine import ServedEngine
from genevolve.train import losses
from genevolve.train.ahead import RolloutAhead
from genevolve.train.evolve import known_identity
from genevolve.train.loop import SharedLoop
from genevolve.train.order import Upcoming
from genevolve.train.recipe import changed, load_recipe
from genevolve.train.reward import Reward
from genevolve.train.rollout import Rolled, StepWork
from genevolve.train.scoring import scored_logprobs
from genevolve.train.settings import SdlSettings
from genevolve.train.trainer import EvolveTrainer
from tests.services.thread import serving
from tests.services.vllm import TinyVllm
from tests.train.launched import ENVIRONMENT
from tests.train.tiny_policies import GROUP, Sample, episode, llama, trainer, weights

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
PATIENCE = 60.0  # seconds, after which two things do not go on at once


# ---- what comes next


@pytest.mark.parametrize("count", [1, 2])
def test_the_rows_of_later_steps_are_those_that_the_trainer_asks_for(count: int) -> None:
    """TRL's sampler, cut up by accelerate for each process, over three epochs whose last requests fill no step."""
    rows, repeats, epochs = 6, 3, 3

    def sampler() -> RepeatSampler:
        return RepeatSampler(range(11), mini_repeat_count=2, batch_size=rows * count // 2, repeat_count=repeats, seed=4)

    asked = sampler()
    for process in range(count):
        asked = sampler()
        batches = [
            batch
            for _ in range(epochs)
            for batch in BatchSamplerShard(BatchSampler(asked, rows, drop_last=False), count, process, even_batches=False)
        ]
        upcoming = Upcoming(sampler(), process, rows)
        assert [upcoming.of(step) for step in range(len(batches) // repeats)] == batches[::repeats]
        later = Upcoming(sampler(), process, rows)
        assert later.of(2) == batches[2 * repeats]  # as in a run that goes on
        with pytest.raises(ValueError, match="step 1 comes before step 3"):
            later.of(1)


def test_a_trainer_tells_its_rows_beforehand(tmp_path: Path) -> None:
    found: list[tuple[Any, Any]] = []
    run = trainer(tmp_path, shuffle_dataset=True, max_steps=10)
    roll = run.roll

    def noted(rows: Any, own: EvolveTrainer) -> Any:
        found.append((own.upcoming(own.state.global_step), list(rows)))
        return roll(rows, own)

    run.roll = noted
    run.train()
    assert len(found) == 10 and all(told == asked for told, asked in found)
    assert len({rows[0]["number"] for _, rows in found}) > 1


# ---- the correction


def stale(request: int, member: int) -> Sample:
    """Sampled by other weights than those in training."""
    return episode(request * GROUP + member, reward=float(member % 3) / 2, model=llama(seed=5))


def corrected(model: Any, low: float, high: float) -> dict[str, torch.Tensor]:
    """Weights after one step on ``stale`` attempts: -min(ρ·A, clip(ρ)·A), ρ to what was noted while sampling."""
    samples = [stale(0, member) for member in range(GROUP)]
    gains = losses.advantages(torch.tensor([one.reward or 0.0 for one in samples]), GROUP)
    total = torch.zeros(())
    for one, gain in zip(samples, gains, strict=True):
        logits = model(torch.tensor([[*one.prompt_ids, *one.completion_ids]])).logits[0, len(one.prompt_ids) - 1 : -1] / 0.7
        own = logits.log_softmax(-1).gather(-1, torch.tensor(one.completion_ids).unsqueeze(-1)).squeeze(-1)
        ratio = (own - torch.tensor(one.logprobs)).exp()
        assert {0, 1} == set((ratio[torch.tensor(one.mask).bool()].detach() - 1.04).abs().gt(0.24).long().tolist())
        terms = torch.minimum(ratio * gain, ratio.clamp(1 - low, 1 + high) * gain)
        total = total - terms[torch.tensor(one.mask, dtype=torch.bool)].sum() / GROUP
    total.backward()
    return {name: p.detach() - 0.05 * p.grad for name, p in model.named_parameters()}


def test_the_step_is_that_of_a_dense_reference_with_importance(tmp_path: Path) -> None:
    """Written out by hand from the noted log-probabilities; without ``ahead`` the same attempts give another step."""
    expected = corrected(llama(), 0.2, 0.28)
    found = {}
    for ahead in (True, False):
        run = trainer(tmp_path, stale, sdl=SdlSettings(lambda_=0.0), ahead=ahead, epsilon=0.2, epsilon_high=0.28)
        run.train()
        found[ahead] = weights(run.model)
    assert max(float((found[True][name] - expected[name]).abs().max()) for name in expected) < 1e-5
    assert max(float((found[False][name] - expected[name]).abs().max()) for name in expected) > 1e-3


def test_attempts_of_the_moment_need_no_correction(tmp_path: Path) -> None:
    def fresh(request: int, member: int) -> Sample:
        one = stale(request, member)
        noted = scored_logprobs(llama(), one.prompt_ids, one.completion_ids, temperature=0.7).tolist()
        return replace(one, logprobs=tuple(score * own for score, own in zip(noted, one.mask, strict=True)))

    runs = [trainer(tmp_path, fresh, sdl=SdlSettings(lambda_=0.0), ahead=ahead) for ahead in (True, False)]
    for run in runs:
        run.train()
    ahead, usual = (weights(run.model) for run in runs)
    assert max(float((ahead[name] - usual[name]).abs().max()) for name in usual) < 1e-5


# ---- one loop for two threads


def test_work_goes_on_beside_this_thread_and_is_over_before_more_is_run() -> None:
    free, said = threading.Event(), []

    async def long() -> str:
        await asyncio.to_thread(free.wait, PATIENCE)
        said.append("long")
        return "done"

    async def short() -> int:
        said.append("short")
        return threading.get_ident()

    with SharedLoop() as loop:
        begun = loop.begin(long())
        assert not begun.done()
        threading.Timer(0.05, free.set).start()
        assert loop.run(short()) == threading.get_ident()
        assert said == ["long", "short"] and begun.result() == "done"


def test_what_is_begun_can_be_stopped_and_its_failure_is_kept() -> None:
    ended = []

    async def endless() -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            ended.append(True)

    async def failing() -> None:
        raise UsageError("no")

    with SharedLoop() as loop:
        failed = loop.begin(failing())
        begun = loop.begin(endless())
        time.sleep(0.05)
        loop.stop()
        assert ended == [True] and begun.done()
        with pytest.raises((CancelledError, asyncio.CancelledError)):
            begun.result()
        with pytest.raises(UsageError, match="no"):
            failed.result()


class Asked:
    """A trainer that begins a step."""

    def __init__(self, step: int, then: int) -> None:
        self.state = SimpleNamespace(global_step=step, max_steps=3)
        self.model = SimpleNamespace(training=True)
        self._then = then

    def upcoming(self, step: int) -> list[dict[str, Any]]:
        return [{"case": self._then}]


class Noting:
    """A rollout that makes one attempt of each step, which says with which weights it was made."""

    def __init__(self) -> None:
        self.weights = -1
        self.learnt_from: list[tuple[int, int]] = []

    def work(self, step: int, rows: Any, trainer: Any) -> Any:
        return StepWork(step=step, cases=tuple(row["case"] for row in rows), size=1)

    async def hand_over(self) -> None:
        self.weights += 1

    async def rolled(self, work: StepWork) -> Rolled:
        await asyncio.sleep(0.01)
        made: Any = (work.step, self.weights)
        return Rolled(attempts=[made], times={})

    async def afresh(self, work: StepWork) -> Rolled:
        await self.hand_over()
        return await self.rolled(work)

    async def learnt(self, work: StepWork, rolled: Rolled) -> Any:
        self.learnt_from.extend(rolled.attempts)  # type: ignore[arg-type]
        return rolled.attempts


def test_each_step_is_made_once_with_the_weights_before_the_last_update() -> None:
    rollout: Any = Noting()
    with SharedLoop() as loop:
        roll = RolloutAhead(rollout, loop)
        for step in range(3):
            trainer: Any = Asked(step, then=step + 1)
            roll([{"case": step}], trainer)
    assert rollout.learnt_from == [(0, 0), (1, 0), (2, 1)] and rollout.weights == 1


def test_other_requests_than_those_sampled_ahead_are_not_learnt_from() -> None:
    rollout: Any = Noting()
    with SharedLoop() as loop:
        roll = RolloutAhead(rollout, loop)
        first: Any = Asked(0, then=7)
        roll([{"case": 0}], first)
        second: Any = Asked(1, then=2)
        with pytest.raises(ServiceError, match="step 2: the trainer asks for other requests"):
            roll([{"case": 1}], second)
    assert rollout.learnt_from == [(0, 0)]


# ---- whole runs


def recipe_of(url: str, **evolving: Any) -> Any:
    keys = {"learning_rate": 0.05, "server": url, "server_model": "tiny", "ahead": 1, "kl_interval": 0, **evolving}
    return changed(
        load_recipe("atlas-smoke"),
        {"data": {"validation": 1}, "sdl": {"lambda": 0.0}, "evolve": {"max_sampling_gap": 5, **keys}},
    )


def logged(out: Path, name: str) -> list[float]:
    records = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [record[name] for record in records if name in record]


@pytest.mark.slow
def test_the_next_step_is_sampled_while_this_one_is_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trainer waits in the update of each step, but the last, until the server is asked for the next one; the server is
    asked with the weights from which the update starts, and in evaluations with those after it."""
    earned = iter(range(10**6))
    monkeypatch.setattr("genevolve.train.reward.reward_of", lambda *_, **__: Reward(value=(0.0, 1.0, 0.3)[next(earned) % 3]))
    vllm, steps = TinyVllm(name="tiny", base=tiny_model()[0].eval()), 3
    usual = EvolveTrainer._compute_loss
    waited: list[bool] = []

    def compute_loss(self: Any, model: Any, inputs: Any) -> Any:
        step = self.state.global_step
        if len(waited) == step and step + 1 < steps:
            deadline = time.monotonic() + PATIENCE
            wanted = f"step{step + 1}."
            while not any(one.startswith(wanted) for one in speaking) and time.monotonic() < deadline:
                time.sleep(0.01)
            waited.append(any(one.startswith(wanted) for one in speaking))
        return usual(self, model, inputs)

    speaking: list[str] = []
    versions: dict[str, set[str]] = {}
    sample = ServedEngine.sample

    async def noted(self: Any, key: str, *more: Any) -> Any:
        speaking.append(key)
        found = await sample(self, key, *more)
        versions.setdefault(key.partition(".process")[0].partition(".")[0], set()).add(self._version.name)
        return found

    monkeypatch.setattr(ServedEngine, "sample", noted)
    monkeypatch.setattr(EvolveTrainer, "_compute_loss", compute_loss)
    with serving(vllm) as (server,):
        evolve(recipe_of(server.url, steps=steps, eval_steps=1, eval_at_start=False), out=tmp_path / "run")
    assert waited == [True, True]
    by = {step: versions[f"step{step}"] for step in range(steps)}
    assert all(len(one) == 1 for one in by.values()), "a step is sampled with one set of weights"
    assert by[0] == by[1] != by[2], "step 1 is sampled with the weights before the first update, step 2 with those after it"
    assert len(versions["evaluation"]) == steps and not versions["evaluation"] & (by[0] | by[2])
    gaps = logged(tmp_path / "run", "rollout/sampled_scored_gap")
    assert gaps[0] < 1e-5 < min(gaps[1:])
    assert len(logged(tmp_path / "run", "rollout/time/waiting")) == steps - 1


@pytest.mark.slow
def test_killed_while_two_steps_are_under_way_it_counts_none_twice(tmp_path: Path) -> None:
    """SIGKILL as the second step is written down, with the third under way; the same command makes the steps that are left."""
    vllm, out, recipe, steps = TinyVllm(name="tiny", base=tiny_model()[0].eval()), tmp_path / "run", tmp_path / "recipe.toml", 4
    with serving(vllm) as (server,):
        evolving = [f'server = "{server.url}"', "ahead = 1", f"steps = {steps}", "save_steps = 1"]
        recipe.write_text("\n".join(['extends = "atlas-smoke"', "[data]", "validation = 0", "[evolve]", *evolving, ""]))
        words = [sys.executable, "-W", "ignore", "-m", "genevolve", "evolve", str(recipe), "--out", str(out)]
        first = subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 400
        while not (out / "steps" / "000002").exists() and first.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(first.pid, signal.SIGKILL)
        first.wait(30)
        done = len(list((out / "checkpoints").glob("checkpoint-*/whole.json")))
        assert not (out / "adapter").exists() and done
        second = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    assert second.returncode == 0, second.stderr[-3000:]
    records = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records if "loss" in record] == [1, 2, 3, 4]
    assert sorted(path.name for path in (out / "steps").iterdir()) == [f"{step:06d}" for step in range(steps)]
    gaps = logged(out, "rollout/sampled_scored_gap")
    assert len(gaps) == steps and max(gaps) < 0.1
    events = [json.loads(line) for line in (out / "attempts.0.jsonl").read_text().splitlines()]
    assert {one["step"] for one in events if "row" in one} == set(range(steps))


def test_ahead_needs_a_server_and_says_so() -> None:
    with pytest.raises(UsageError, match=r"ahead = 1 samples the next step .* \(evolve.server\), or leave ahead at 0"):
        changed(load_recipe("atlas-smoke"), {"evolve": {"ahead": 1}})


def test_a_run_without_it_is_what_it_was_before_there_was_the_key() -> None:
    usual = load_recipe("atlas-smoke")
    assert "ahead" not in known_identity(usual, [])["evolve"]
    served = changed(usual, {"evolve": {"server": "http://127.0.0.1:9", "ahead": 1}})
    assert known_identity(served, [])["evolve"]["ahead"] == 1
