"""Does a policy act better with a lesson in its prompt? What distillation can give at most, before it is trained.

    python benchmarks/guide_gain.py atlas --adapter runs/cold/adapter [--requests 16] [--generations 4] [--seed 0]

Requests of self-evolution, drawn for ``--seed``: the policy makes ``--generations`` attempts at each, as a student; the best
and the worst give a lesson, as in a training step; then it makes as many attempts with that lesson in its prompt, as a teacher
would. Requests without a lesson are left out. Printed: both mean rewards and the paired difference over requests.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from genevolve.bench.statistics import compare
from genevolve.core.trajectory import Trajectory
from genevolve.evolution import put_together
from genevolve.experience.teacher_view import teacher_system
from genevolve.policies.local.merged import merged
from genevolve.run.folder import RunFolder
from genevolve.run.setup import Setup
from genevolve.train.cases import TrainingCase, generated
from genevolve.train.evolve import Members
from genevolve.train.recipe import Recipe, changed, load_recipe
from genevolve.train.reward import reward_rule

Tried = tuple[Trajectory, float | None]  # an attempt and its reward


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe")
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--requests", type=int, default=16)
    parser.add_argument("--generations", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    recipe = changed(load_recipe(chosen.recipe), {"model": {"adapter": chosen.adapter}})
    cases = generated(chosen.requests, chosen.seed, validation=False)
    with (
        tempfile.TemporaryDirectory() as scratch,
        put_together(recipe, RunFolder(Path(scratch))) as members,
        merged(members.loaded.model),
    ):
        members.runner.run(measure(members, recipe, cases, chosen.generations))


async def measure(members: Members, recipe: Recipe, cases: Sequence[TrainingCase], size: int) -> None:
    assert members.school is not None, "sdl.lambda is 0: there are no lessons"
    alone = await asyncio.gather(*(group(members, members.setup, recipe, case, size, "alone") for case in cases))
    attempts, rewards = [[one for one, _ in own] for own in alone], [[reward for _, reward in own] for own in alone]
    taught = await members.school.teach(0, cases, attempts, rewards)
    pairs = [(case, own, lesson) for case, own, lesson in zip(cases, alone, taught.lessons, strict=True) if lesson]
    systems = [
        teacher_system(members.setup.system, lesson.bundle, max_characters=recipe.experience.guide_characters)
        for _, _, lesson in pairs
    ]
    guided = await asyncio.gather(
        *(
            group(members, replace(members.setup, system=system), recipe, case, size, "guided")
            for system, (case, _, _) in zip(systems, pairs, strict=True)
        )
    )
    print(f"{len(cases)} requests, {size} attempts each; {len(pairs)} got a lesson; all alone: {fmean(map(mean, alone)):.3f}")
    if not pairs:
        return
    before = [mean(own) for _, own, _ in pairs]
    after = [mean(own) for own in guided]
    found = compare(after, before)
    print(f"alone {fmean(before):.3f}, guided {fmean(after):.3f}, difference {found.difference}, p = {found.p:.3f}")


async def group(members: Members, setup: Setup, recipe: Recipe, case: TrainingCase, size: int, kind: str) -> list[Tried]:
    names = [f"{kind}.{case.id}.{number}" for number in range(size)]
    tried = await asyncio.gather(*(case.attempt(name, setup, seed=recipe.evolve.seed) for name in names))
    for name in names:
        members.speaker.take(name)  # the ids, which nothing learns from here
    rule = reward_rule(recipe)
    return [(one, rule.reward(one, setup).value) for one in tried]


def mean(own: Sequence[Tried]) -> float:
    """Of what could be scored; offline judges score everything."""
    return fmean(reward for _, reward in own if reward is not None)


if __name__ == "__main__":
    main()
