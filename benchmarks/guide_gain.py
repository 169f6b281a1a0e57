"""Does a policy act better with a lesson in its prompt? What distillation can give at most, before it is trained.

    python benchmarks/guide_gain.py atlas --adapter runs/cold/adapter [--requests 16] [--generations 4] [--seed 0] [--control]

Requests of self-evolution, drawn for ``--seed``: the policy makes ``--generations`` attempts at each, as a student; the best
and the worst give a lesson, as in a training step; then it makes as many attempts with that lesson in its prompt, as a teacher
would. Requests without a lesson are left out. Printed: both mean rewards and the paired difference over requests. ``--control``
makes as many attempts again with the lesson of a request of another family: does it matter what a lesson says? Every family
shares a generator's habits, so with the recipe ``quirks`` the question is ``--misled``: the same lessons, telling other habits.
``--audit N`` reads the attempts at the first N requests again under right and wrong lessons: does the teacher prefer, token by
token, what earned more (see ``guide_audit.py``)?
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TypeAlias

import guide_audit
from genevolve.app.data_members import request_source
from genevolve.app.evolve import put_together
from genevolve.bench.statistics import compare
from genevolve.core.case import Case
from genevolve.experience.bundle import Bundle
from genevolve.experience.teacher_view import teacher_system
from genevolve.policies.local.merged import merged
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.train.attempt import Attempt, in_groups
from genevolve.train.cases import attempted, generated
from genevolve.train.components import TrainingComponents
from genevolve.train.recipe import Recipe, changed, load_recipe
from genevolve.train.reward import reward_rule
from genevolve.world.quirks.misled import misled as told_wrong

Pupils: TypeAlias = Sequence[tuple[Case, float, Bundle]]
WrongLesson: TypeAlias = Callable[[Case, Pupils], Bundle | None]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe")
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--requests", type=int, default=16)
    parser.add_argument("--generations", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    control = parser.add_mutually_exclusive_group()
    control.add_argument("--control", action="store_true")
    control.add_argument("--misled", action="store_true")
    parser.add_argument("--audit", type=int, default=0, metavar="N", help="requests whose attempts are read again")
    parser.add_argument("--quirks", type=int, help="profile of quirks, in place of the one that the recipe's profile has")
    chosen = parser.parse_args()
    own = {"model": {"adapter": chosen.adapter}, "experience": {"max_pairs": chosen.requests}}
    habits = {} if chosen.quirks is None else {"evolve": {"quirks": chosen.quirks}}
    recipe = changed(changed(load_recipe(chosen.recipe), own), habits)
    cases = generated(request_source(recipe.data.source), chosen.requests, chosen.seed, validation=False)
    with (
        tempfile.TemporaryDirectory() as scratch,
        put_together(recipe, RunFolder(Path(scratch))) as members,
        merged(members.loaded.model),
    ):
        wrong = of_another_family if chosen.control else misled if chosen.misled else None
        members.runner.run(measure(members, recipe, cases, chosen.generations, wrong=wrong, audit=chosen.audit))


async def measure(
    members: TrainingComponents,
    recipe: Recipe,
    cases: Sequence[Case],
    size: int,
    *,
    wrong: WrongLesson | None,
    audit: int = 0,
) -> None:
    assert members.experience is not None, "sdl.lambda is 0: there are no lessons"
    alone = await asyncio.gather(*(group(members, members.setup, recipe, case, size, "alone") for case in cases))
    numbered = [replace(one, group=number) for number, own in enumerate(alone) for one in own]
    found = in_groups((await members.experience.teach(0, numbered)).attempts)
    pupils = [(own[0].case, mean(own), own[0].lesson.bundle) for own in found if own[0].lesson]
    print(f"{len(cases)} requests, {size} attempts each; {len(pupils)} got a lesson; all alone: {fmean(map(mean, alone)):.3f}")
    if not pupils:
        return
    right = {case.id: bundle for case, _, bundle in pupils}
    foreign = {case.id: other for case, _, _ in pupils if wrong is not None and (other := wrong(case, pupils)) is not None}
    if audit:
        both = [own for own in found if own[0].case.id in right and own[0].case.id in foreign]
        print("\n".join(guide_audit.audited(members, recipe, both[:audit], right, foreign)), flush=True)
    before = {case.id: reward for case, reward, _ in pupils}
    guided = await under(members, recipe, cases, right, size, "guided")
    print_difference("guided", guided, before, "alone")
    if wrong is not None:
        mistaught = await under(members, recipe, cases, foreign, size, "mistaught")
        print_difference("under a wrong lesson", mistaught, before, "alone")
        print_difference("guided", guided, mistaught, "under a wrong lesson")


def misled(case: Case, pupils: Pupils) -> Bundle:
    """Its own lesson, telling other habits of the generator."""
    return told_wrong(next(bundle for one, _, bundle in pupils if one.id == case.id))


def of_another_family(case: Case, pupils: Pupils) -> Bundle | None:
    """The next lesson in the list, from its start again, that was made from a request of another family."""
    place = next(number for number, (one, _, _) in enumerate(pupils) if one.id == case.id)
    around = [*pupils[place + 1 :], *pupils[:place]]
    return next((bundle for one, _, bundle in around if one.hidden.family != case.hidden.family), None)


async def under(
    members: TrainingComponents,
    recipe: Recipe,
    cases: Sequence[Case],
    lessons: Mapping[str, Bundle],
    size: int,
    kind: str,
) -> dict[str, float]:
    """The mean reward of the attempts at each case that has a lesson, with the lesson in the prompt."""
    most = recipe.experience.guide_characters
    taught = [case for case in cases if case.id in lessons]
    setups = [
        replace(members.setup, system=teacher_system(members.setup.system, lessons[case.id], max_characters=most))
        for case in taught
    ]
    found = await asyncio.gather(
        *(group(members, setup, recipe, case, size, kind) for setup, case in zip(setups, taught, strict=True))
    )
    return {case.id: mean(own) for case, own in zip(taught, found, strict=True)}


def print_difference(name: str, rewards: Mapping[str, float], others: Mapping[str, float], other: str) -> None:
    """One line: both means and the paired difference over the requests that both have."""
    both = [case for case in rewards if case in others]
    if not both:
        return
    mine, theirs = [rewards[case] for case in both], [others[case] for case in both]
    found = compare(mine, theirs)
    means = f"{other} {fmean(theirs):.3f}, {name} {fmean(mine):.3f}"
    print(f"{means}, difference {found.difference}, p = {found.p:.4f}, {len(both)} requests", flush=True)


async def group(
    members: TrainingComponents, setup: Components, recipe: Recipe, case: Case, size: int, kind: str
) -> list[Attempt]:
    rule = reward_rule(recipe)

    async def one(number: int) -> Attempt:
        name = f"{kind}.{case.id}.{number}"
        episode = await attempted(case, name, setup, seed=recipe.evolve.seed)
        trace = members.sampler.take(name)
        return Attempt(name=name, case=case, episode=episode, reward=rule.reward(episode, setup), trace=trace)

    return list(await asyncio.gather(*map(one, range(size))))


def mean(own: Sequence[Attempt]) -> float:
    """Of what could be scored; offline judges score everything."""
    return fmean(one.value for one in own if one.value is not None)


if __name__ == "__main__":
    main()
