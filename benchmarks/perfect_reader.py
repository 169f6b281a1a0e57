"""What could a lesson be worth at most? ``python benchmarks/perfect_reader.py [--requests 16] [--attempts 8] [--seed 5]``

A writer who knows no habit of its generator words each attempt by the rules of another profile of quirks, drawn at random. Of
the attempts at a request the best and the worst, where they are far enough apart, give a lesson: up to three rules that the
best prompt keeps, the worst one breaks, and that explain what only the worst got wrong. A writer who follows each rule that it
reads to the letter then writes three more. Printed: mean KScore without a lesson, under the lesson, under one that tells other
options of the same habits, under the rules that all these lessons support most (``experience.pooled``), also those of further
pairs (``experience.nested_pairs``), with the options that were met most often in all attempts, and with all rules; and how many
of the rules told are true. No policy that reads lessons can gain more by such lessons than this one does.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean

from adaptation import Learner, drawn
from genevolve.core.score import Score, kscore
from genevolve.experience.pooling import MOST
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import raster
from genevolve.world.contrast.differences import failed_kinds
from genevolve.world.pixel import PixelJudge
from genevolve.world.quirks.misled import next_option
from genevolve.world.quirks.profile import QUIRKS, QuirkProfile, kept_rules
from genevolve.world.recipes.case import RecipeCase
from genevolve.world.suites.adaptation import UNSEEN, adaptation_cases

GAP, TOLD, AGAIN = 0.2, 3, 3  # of rewards; rules in a lesson; attempts under each
Options = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    prompt: str
    score: Score


def lesson(best: Tried, worst: Tried) -> Options:
    """Rules that explain why ``best`` is better than ``worst``; none where they are too near each other."""
    if gap(best, worst) < GAP:
        return {}
    failing = {(found.skill, found.requirement) for found in best.score.diagnostics if not found.passed}
    own = (found for found in worst.score.diagnostics if (found.skill, found.requirement) not in failing)
    failed = failed_kinds(own)
    kept = sorted(kept_rules(best.prompt) - kept_rules(worst.prompt))
    told = [(name, option) for name, option in kept if not failed or set(QUIRKS[name].about) & failed]
    return dict(sorted(told, key=lambda rule: QUIRKS[rule[0]].about[0] not in failed)[:TOLD])


def gap(best: Tried, worst: Tried) -> float:
    return kscore(best.score) - kscore(worst.score)


def pairs(tried: Sequence[Tried], most: int) -> list[tuple[Tried, Tried]]:
    """The best with the worst, the second best with the second worst, and so on (``experience.nested_pairs``)."""
    ranked = sorted(tried, key=lambda one: -kscore(one.score))
    return list(zip(ranked, reversed(ranked), strict=True))[: min(most, len(ranked) // 2)]


def supported(groups: Sequence[Sequence[Tried]], nested: int) -> Options:
    """Of each habit the option that the lessons with the widest gaps tell, for as many habits as a pooled lesson has rules."""
    support = Counter[tuple[str, str]]()
    for tried in groups:
        for best, worst in pairs(tried, nested):
            for rule in lesson(best, worst).items():
                support[rule] += round(1000 * gap(best, worst))
    best_of = {name: option for (name, option), _ in reversed(support.most_common())}
    widest = sorted(best_of, key=lambda name: -support[name, best_of[name]])
    return {name: best_of[name] for name in widest[:MOST]}


def others(told: Options) -> Options:
    """The next option of each habit."""
    return {quirk: next_option(QUIRKS[quirk], option) for quirk, option in told.items()}


def most_met(groups: Sequence[Sequence[Tried]]) -> Options:
    """Of each habit the option that failed least, over all attempts."""
    counted = Learner(0)
    for one in (one for tried in groups for one in tried):
        counted.seen(one.prompt, one.score)

    def hope(name: str, option: str) -> float:
        met, failed = counted.met[name, option], counted.failed[name, option]
        return (1 + met) / (2 + met + failed)

    return {name: max(quirk.options, key=lambda option: hope(name, option)) for name, quirk in QUIRKS.items()}


async def measure(cases: Sequence[RecipeCase], attempts: int, quirks: int, seed: int) -> None:
    judge, dice, true = PixelJudge(AtlasKnowledge(), raster), Random(seed), QuirkProfile.drawn(quirks).chosen

    async def write(case: RecipeCase, options: Options) -> Tried:
        prompt = QuirkProfile.drawn(dice.randrange(UNSEEN)).reworded(case.truth.prompt)
        prompt = QuirkProfile(chosen=options).reworded(prompt)
        return Tried(prompt, await drawn(case, prompt, quirks, 7, judge))

    groups = [[await write(case, {}) for _ in range(attempts)] for case in cases]
    lessons = [lesson(*pairs(tried, 1)[0]) for tried in groups]
    taught = [number for number, told in enumerate(lessons) if told]
    print(f"{len(taught)} of {len(cases)} requests give a lesson")
    if not taught:
        return
    print(f"no lesson: {fmean(fmean(kscore(one.score) for one in groups[number]) for number in taught):.3f}")
    everyone, pooled, nested = most_met(groups), supported(groups, 1), supported(groups, attempts)
    kinds = {"the lesson": lessons.__getitem__, "another lesson": lambda number: others(lessons[number])}
    kinds |= {"pooled lessons": lambda _: pooled, "pooled, nested pairs": lambda _: nested}
    kinds |= {"met most often": lambda _: everyone, "all rules": lambda _: true}
    for name, options in kinds.items():
        earned = [kscore((await write(cases[number], options(number))).score) for number in taught for _ in range(AGAIN)]
        print(f"{name}: {fmean(earned):.3f}")
    told = [rule for number in taught for rule in lessons[number].items()]
    right = sum(true[name] == option for name, option in told)
    print(f"{len(told) / len(taught):.1f} rules a lesson, {right} of {len(told)} true")
    for kind, found in (("pooled", pooled), ("pooled of nested pairs", nested), ("met most often", everyone)):
        print(f"{kind}: {sum(true[name] == option for name, option in found.items())} of {len(found)} true")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=16)
    parser.add_argument("--attempts", type=int, default=8)
    parser.add_argument("--quirks", type=int, default=UNSEEN)
    parser.add_argument("--seed", type=int, default=5)
    chosen = parser.parse_args()
    cases = adaptation_cases(chosen.requests, seed=chosen.seed)
    asyncio.run(measure(cases, chosen.attempts, chosen.quirks, chosen.seed))


if __name__ == "__main__":
    main()
