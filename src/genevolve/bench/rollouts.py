"""What the rollouts of trainings say about learning: requests differ more than arms do, so like is held against like."""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from genevolve.bench.statistics import Estimate, compare, mean_interval, trend
from genevolve.bench.tables import NONE
from genevolve.core.errors import UsageError
from genevolve.report.table import Table
from genevolve.store.user_file import json_of_ours


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutGroup:
    """The attempts at a request in one step (from 1 on); ``number`` tells groups of a step apart. ``reward`` is the mean.

    ``judge``: who scored them, with versions; empty in trainings from before that was kept."""

    step: int
    number: tuple[int, int]
    case: str
    family: str
    reward: float
    judge: str = ""


def read_groups(steps: Path) -> tuple[RolloutGroup, ...]:
    """The groups in ``steps/NUMBER/episodes.PROCESS.jsonl.gz`` of a training. Attempts that nobody scored are left out.

    Raises ``UsageError`` naming a file that cannot be read.
    """
    found: list[RolloutGroup] = []
    for path in sorted(steps.glob("*/episodes.*.jsonl.gz")):
        try:
            found += _groups(path)
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}: these episodes cannot be read ({type(error).__name__}: {error})") from None
    return tuple(found)


def _groups(path: Path) -> Iterator[RolloutGroup]:
    step, process = int(path.parent.name) + 1, int(path.name.split(".")[1])
    about: dict[int, tuple[str, str]] = {}
    judges: dict[int, str] = {}
    rewards: dict[int, list[float]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            episode = json_of_ours(line)
            about[episode["group"]] = (episode["case"], episode["family"])
            if (reward := episode["reward"]["value"]) is not None:
                rewards.setdefault(episode["group"], []).append(reward)
                judges[episode["group"]] = ", ".join(map(str, episode.get("judges") or ()))
    for group, values in rewards.items():
        case, family = about[group]
        number, judge = (process, group), judges[group]
        yield RolloutGroup(step=step, number=number, case=case, family=family, reward=fmean(values), judge=judge)


Trainings = Mapping[str, Mapping[int, Sequence[RolloutGroup]]]


def rollout_tables(trainings: Trainings) -> tuple[Table, ...]:
    """One table for each judge: rewards of two judges, or of two versions of one, are not on one scale."""
    judges = sorted({group.judge for seeds in trainings.values() for groups in seeds.values() for group in groups})
    found = []
    for judge in judges:
        own: dict[str, dict[int, Sequence[RolloutGroup]]] = {}
        for arm, seeds in trainings.items():
            held = {seed: [group for group in groups if group.judge == judge] for seed, groups in seeds.items()}
            if any(held.values()):
                own[arm] = {seed: groups for seed, groups in held.items() if groups}
        if (table := rollout_table(own)) is not None:
            found.append(replace(table, title=f"{table.title} (judges {judge})") if judge else table)
    return tuple(found)


def rollout_table(trainings: Trainings) -> Table | None:
    """``trainings`` are the groups of each arm and seed; None where there are none. The others stand beside the first arm."""
    ends = [max(group.step for group in groups) for seeds in trainings.values() for groups in seeds.values() if groups]
    if not ends:
        return None
    cut = {
        arm: {seed: [group for group in groups if group.step <= min(ends)] for seed, groups in seeds.items()}
        for arm, seeds in trainings.items()
    }
    base = next(iter(cut))
    return Table(
        title="Rollouts: is the reward learnt?",
        columns=("arm", "groups", "reward", "gain over the steps, family by family", f"above {base}, same requests", "p"),
        rows=tuple((arm, *_row(seeds, cut[base] if arm != base else {})) for arm, seeds in cut.items()),
        notes=(
            f"the {min(ends)} steps that all trainings have, all seeds of an arm together; a group is all attempts at one "
            "request in one step, and intervals are over groups",
            "gain: the slope of the reward over the steps with the mean of each family of requests taken out, from the first "
            f"step to the last; above {base}: groups of the same seed, step and request",
        ),
    )


def _row(seeds: Mapping[int, Sequence[RolloutGroup]], base: Mapping[int, Sequence[RolloutGroup]]) -> tuple[str, ...]:
    groups = [group for found in seeds.values() for group in found]
    if not groups:
        return ("0", NONE, NONE, NONE, NONE)
    mean = mean_interval([group.reward for group in groups])
    return (str(len(groups)), str(mean), _signed(gain(groups)), *_above(seeds, base))


def gain(groups: Sequence[RolloutGroup]) -> Estimate | None:
    """From the first step to the last; None where no family was met at two steps."""
    span = max(group.step for group in groups) - min(group.step for group in groups)
    if not span:
        return None
    places = [group.step / span for group in groups]
    return trend(places, [group.reward for group in groups], [group.family for group in groups])


def _above(seeds: Mapping[int, Sequence[RolloutGroup]], base: Mapping[int, Sequence[RolloutGroup]]) -> tuple[str, str]:
    other = {_key(seed, group): group.reward for seed, groups in base.items() for group in groups}
    pairs = [
        (group.reward, other[key]) for seed, groups in seeds.items() for group in groups if (key := _key(seed, group)) in other
    ]
    if not pairs:
        return NONE, NONE
    found = compare([own for own, _ in pairs], [theirs for _, theirs in pairs])
    return found.difference.signed, f"{found.p:.4f}"


def _key(seed: int, group: RolloutGroup) -> tuple[int, int, tuple[int, int], str]:
    return seed, group.step, group.number, group.case


def _signed(found: Estimate | None) -> str:
    return found.signed if found else NONE
