"""The directory of an ablation read back: each arm as one run over all its seeds, and what its training looked like."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from statistics import fmean, stdev

from genevolve.bench.measure import FindMeasure
from genevolve.bench.rollouts import RolloutGroup, read_groups, rollout_tables
from genevolve.bench.runs import Run, load_run
from genevolve.bench.tables import NONE
from genevolve.bench.training_seeds import Trained, seed_table
from genevolve.core.episode import Episode
from genevolve.core.errors import UsageError
from genevolve.data.records import Json
from genevolve.report.plots import Line, Plot, lines
from genevolve.report.table import Table
from genevolve.store.journal import records
from genevolve.store.user_file import json_of_ours

PLAN = "ablation.json"
CURVES = {
    "rollout/reward": "Reward of the rollouts at each step",
    "rollout/skills": "Skills that a rollout reads",
    "rollout/experience/hit_rate": "Share of requests that get a lesson from memory",
    "entropy": "Entropy of sampled tokens (nats)",
    "kl_to_start/sequence_sum": "Distance from the start (KL, nats an episode)",
}
_EDGE = 3  # steps at the beginning and the end that are compared
_LOOKED_AT = {
    "episodes, s": "rollout/time/episodes",
    "whole step, s": "step_seconds",
    "tokens sampled": "rollout/tokens/sampled",
    "groups without spread": "rollout/level_groups",
    "guided rows": "rollout/guided_share",
    "entropy": "entropy",
    "SDL, sum over a row": "sdl/sequence_sum_all",
    "SDL, mean of tokens": "sdl/token_mean",
    "kept |ℓ|": "sdl/kept_gap",
    "kept |ℓ| of rounding alone": "sdl/noise_kept_gap",
    "gradient of GRPO": "gradient/policy",
    "gradient of SDL": "gradient/sdl",
    "KL to the start, sum over a row": "kl_to_start/sequence_sum",
    "sampled against scored": "rollout/sampled_scored_gap",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """``logs`` are the steps of one seed, ``groups`` what its rollouts were worth; ``held_out`` the mean reward on its held-out
    requests after so many steps.
    """

    arm: str
    seed: int
    logs: tuple[Mapping[str, float], ...]
    held_out: Mapping[int, float] = field(default_factory=dict)
    groups: tuple[RolloutGroup, ...] = ()

    def series(self, name: str) -> list[float]:
        return list(self.points(name).values())

    def points(self, name: str) -> dict[int, float]:
        """Each step at which it was logged, from 1 on, and the value."""
        return {int(log.get("step", place)): float(log[name]) for place, log in enumerate(self.logs, start=1) if name in log}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """``runs`` are the arms that were tested, in the plan's order; a repeat of a request is a seed."""

    folder: Path
    runs: tuple[Run, ...]
    seeds: Mapping[str, Mapping[int, Run]]
    trainings: tuple[Training, ...]
    waiting: tuple[str, ...]

    def tables(self) -> tuple[Table, ...]:
        training, against = self._training(), seed_table(self.trained)
        others = (table for table in (against, *rollout_tables(self._groups()), training) if table is not None)
        return (*self._by_seed(), *others)

    @property
    def trained(self) -> tuple[Trained, ...]:
        """The tests of each arm, told apart from those of other directories."""
        name = self.folder.name
        return tuple(
            Trained(arm=arm, tests={(name, seed): run for seed, run in runs.items()}) for arm, runs in self.seeds.items()
        )

    def plots(self) -> tuple[Plot, ...]:
        """Mean over seeds at each step that all seeds of an arm have reached, one line an arm."""
        arms = tuple(dict.fromkeys((*self.seeds, *(training.arm for training in self.trainings))))  # tested ones first
        held_out = [line for number, arm in enumerate(arms) if (line := self._held_out(arm, number)) is not None]
        drawn = [lines(held_out, caption="Reward on held-out requests during training")] if held_out else []
        trained = [arm for arm in arms if any(training.arm == arm for training in self.trainings)]
        if above := [line for arm in trained[1:] if (line := self._above(arm, trained[0], arms.index(arm))) is not None]:
            drawn.append(lines(above, caption=f"Reward of the rollouts above that of {trained[0]}, on the same requests"))
        for name, caption in CURVES.items():
            curves = [line for number, arm in enumerate(arms) if (line := self._line(arm, name, number)) is not None]
            if curves:
                drawn.append(lines(curves, caption=caption))
        return tuple(drawn)

    def _groups(self) -> Mapping[str, Mapping[int, tuple[RolloutGroup, ...]]]:
        found: dict[str, dict[int, tuple[RolloutGroup, ...]]] = {}
        for training in self.trainings:
            if training.groups:
                found.setdefault(training.arm, {})[training.seed] = training.groups
        return found

    def _line(self, arm: str, name: str, number: int) -> Line | None:
        return _mean_line(arm, [training.points(name) for training in self.trainings if training.arm == arm], number)

    def _above(self, arm: str, base: str, number: int) -> Line | None:
        """Mean over the seeds of both: arms of one seed meet the same requests, which differ more than arms do."""
        rewards = {(one.arm, one.seed): one.points("rollout/reward") for one in self.trainings}
        both = [(own, rewards[base, seed]) for (of, seed), own in rewards.items() if of == arm and (base, seed) in rewards]
        found = [{step: own[step] - other[step] for step in own if step in other} for own, other in both]
        return _mean_line(arm, found, number)

    def _held_out(self, arm: str, number: int) -> Line | None:
        line = _mean_line(arm, [training.held_out for training in self.trainings if training.arm == arm], number)
        return line if line is not None and len(line.values) > 1 else None  # a single point is no curve

    def _by_seed(self) -> Iterator[Table]:
        """The mean of each seed: how far training itself scatters. A table for each judge."""
        judges = sorted({row.judge for runs in self.seeds.values() for run in runs.values() for row in run.rows if row.judge})
        for judge in judges or [""]:
            if (table := self._scatter(judge)) is not None:
                yield table if len(judges) < 2 else replace(table, title=f"{table.title}, judge {judge}")

    def _scatter(self, judge: str) -> Table | None:
        rows = []
        for arm, runs in self.seeds.items():
            means = {seed: mean for seed, run in runs.items() if (mean := _mean(run, judge)) is not None}
            if means:
                each = ", ".join(f"{seed}: {mean:.3f}" for seed, mean in means.items())
                spread = f"{stdev(means.values()):.3f}" if len(means) > 1 else NONE
                rows.append((arm, str(len(means)), f"{fmean(means.values()):.3f}", spread, each))
        if not rows:
            return None
        return Table(
            title="Seeds of training and sampling",
            columns=("arm", "seeds", "mean of seeds", "standard deviation between seeds", "each seed"),
            rows=tuple(rows),
            notes=(
                "a row without a valid program counts 0 here; the intervals of the other tables are over requests and leave "
                "the scatter between seeds out",
                *(f"not finished: {name}" for name in self.waiting),
            ),
        )

    def _training(self) -> Table | None:
        if not self.trainings:
            return None
        return Table(
            title="Training, looked into",
            columns=("arm and seed", "steps", "reward, first steps", "reward, last steps", *_LOOKED_AT),
            rows=tuple(self._looked_into(training) for training in self.trainings),
            notes=(
                f"first and last: means of {_EDGE} steps; other figures are means over all steps; ℓ is the difference of "
                "student and teacher on the tokens that distillation selects, held against the same for a student read twice",
            ),
        )

    def _looked_into(self, training: Training) -> tuple[str, ...]:
        rewards = training.series("rollout/reward")
        ends = (_shown(rewards[:_EDGE]), _shown(rewards[-_EDGE:]))
        others = (_shown(training.series(name)) for name in _LOOKED_AT.values())
        return (f"{training.arm} {training.seed}", str(len(rewards)), *ends, *others)


def _mean_line(arm: str, found: Sequence[Mapping[int, float]], number: int) -> Line | None:
    """Mean over the seeds that have points (step → value), at the steps that all of them have; None where there are none."""
    seeds = [points for points in found if points]
    steps = sorted(set.intersection(*map(set, seeds))) if seeds else []
    means = tuple(fmean(points[step] for points in seeds) for step in steps)
    return Line(label=arm, values=means, series=number, steps=tuple(steps)) if means else None


def is_ablation(folder: Path) -> bool:
    return (folder / PLAN).is_file()


def load_ablation(folder: Path, find_measure: FindMeasure, *, include_degraded: bool = False) -> Ablation:
    """What is finished of it; ``include_degraded`` as in ``load_run``. Raises ``UsageError`` where that is nothing, or where
    the plan cannot be read."""
    try:
        plan = json_of_ours((folder / PLAN).read_bytes())
        arms = dict(plan["arms"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{folder / PLAN}: it cannot be read ({error})") from None
    tested: dict[str, dict[int, Run]] = {}
    trainings: list[Training] = []
    waiting: list[str] = []
    for arm, about in arms.items():
        for place in _places(folder, arm):
            seed = int(place.name.partition("-")[2])
            trainings += _training_of(arm, seed, place)
            if (place / "test" / "bench.json").is_file():
                tested.setdefault(arm, {})[seed] = load_run(place / "test", find_measure, include_degraded=include_degraded)
        waiting += [f"{arm} {seed}" for seed in about.get("seeds") or () if seed not in tested.get(arm, {})]
    if not tested:
        raise UsageError(f"{folder}: no arm of this ablation was tested yet; `genevolve ablate` goes on with it")
    runs = tuple(together(arm, runs) for arm, runs in tested.items())
    return Ablation(folder=folder, runs=runs, seeds=tested, trainings=tuple(trainings), waiting=tuple(waiting))


def _places(folder: Path, arm: str) -> list[Path]:
    return sorted((folder / "arms" / arm).glob("seed-*"), key=lambda place: (len(place.name), place.name))


def together(arm: str, runs: Mapping[int, Run]) -> Run:
    """One run of all seeds, told apart as repeats of a request."""
    first = next(iter(runs.values()))
    if len(runs) == 1:
        return replace(first, name=arm)
    rows = tuple(replace(row, key=f"{row.key}~{seed}", repeat=seed) for seed, run in runs.items() for row in run.rows)
    trajectories: dict[str, Episode] = {
        f"{key}~{seed}": one for seed, run in runs.items() for key, one in run.trajectories.items()
    }
    return replace(first, name=arm, rows=rows, trajectories=trajectories)


def _training_of(arm: str, seed: int, place: Path) -> Iterator[Training]:
    log = place / "train" / "log.jsonl"
    if log.is_file():
        steps = [_timed(record) for record in _steps(log)]
        held_out = _held_out(log.with_name("evaluations.jsonl"))
        groups = read_groups(log.with_name("steps"))
        yield Training(arm=arm, seed=seed, logs=tuple(_with_seconds(steps)), held_out=held_out, groups=groups)


def _held_out(path: Path) -> Mapping[int, float]:
    """The mean reward of each evaluation by its step."""
    if not path.is_file():
        return {}
    return {int(record["step"]): float(record["means"]["reward"]) for record in records(path) if record.get("means")}


def _steps(log: Path) -> list[Json]:
    return [record for record in records(log) if "rollout/reward" in record]


def _timed(record: Json) -> dict[str, float]:
    """The figures of a record; what is no number (a trainer may log NaN) is left out."""
    return {name: float(value) for name, value in record.items() if isinstance(value, int | float) and isfinite(value)}


def _with_seconds(steps: Sequence[dict[str, float]]) -> Iterator[Mapping[str, float]]:
    """Each step with the seconds since the one before; the first, and one after a pause, has none."""
    for number, step in enumerate(steps):
        taken = step.get("time", 0.0) - steps[number - 1].get("time", 0.0) if number else 0.0
        yield {**step, "step_seconds": taken} if taken > 0 else step


def _mean(run: Run, judge: str) -> float | None:
    """Of the rows that ``judge`` scored, and those that nobody could score for want of a program."""
    own = [row for row in run.rows if row.judge in ("", judge)]
    values = [value for row in own if (value := row.value(run.measure.main_column)) is not None]
    return fmean(values) if values else None


def _shown(values: Sequence[float]) -> str:
    return f"{fmean(values):.3g}" if values else NONE
