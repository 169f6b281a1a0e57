"""How soon can an agent learn its generator? ``python benchmarks/adaptation.py [--profiles 3] [--requests 48] [--seed 0]``

Three writers make one picture for each request of the suite ``adaptation``, under generators with quirks: one who does not
know the rules, one who knows them all, and one who learns. The learner tries wordings by what it has seen: for each option
of each quirk it counts how often the requirements that the quirk is about were met and failed, and draws the option from
those counts (Thompson sampling). Nobody tells it the rules. Printed: mean KScore of each writer in each quarter of the
requests, over profiles that nothing is trained in. It is a yardstick for agents that learn by experience: not one of them,
since it is told which quirks exist.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from statistics import fmean

from genevolve.core.protocols import ImageCase, RenderOrder
from genevolve.core.score import Score, kscore
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import raster
from genevolve.world.contrast.differences import failed_kinds
from genevolve.world.pixel import PixelJudge
from genevolve.world.quirks.profile import QUIRKS, QuirkProfile, kept_rules
from genevolve.world.recipes.case import RecipeCase
from genevolve.world.sketch import Sketch
from genevolve.world.suites.adaptation import UNSEEN, adaptation_cases

SIZE = (384, 384)


class Learner:
    """Counts of (quirk, option) that were met and that failed."""

    def __init__(self, seed: int) -> None:
        self.met: Counter[tuple[str, str]] = Counter()
        self.failed: Counter[tuple[str, str]] = Counter()
        self.dice = Random(f"learner {seed}")

    def profile(self) -> QuirkProfile:
        """What it tries next."""
        return QuirkProfile(
            chosen={name: max(quirk.options, key=lambda option: self.hope(name, option)) for name, quirk in QUIRKS.items()}
        )

    def hope(self, name: str, option: str) -> float:
        return self.dice.betavariate(1 + self.met[name, option], 1 + self.failed[name, option])

    def seen(self, prompt: str, score: Score) -> None:
        """Only a wording that tells options apart is evidence."""
        failed = failed_kinds(score.diagnostics)
        for name, option in kept_rules(prompt):
            counts = self.failed if failed & set(QUIRKS[name].about[:1]) else self.met
            counts[name, option] += 1


async def drawn(case: RecipeCase, prompt: str, quirks: int, seed: int, judge: PixelJudge) -> Score:
    rendering = await Sketch(quirks=quirks).generate(RenderOrder(prompt=prompt, references=(), size=SIZE, seed=seed))
    score = await judge.judge_image(ImageCase(request=case.text, image=rendering.data, claims=case.claims))
    assert isinstance(score, Score), score
    return score


async def scores(cases: Sequence[RecipeCase], quirks: int, seed: int) -> dict[str, list[float]]:
    """KScore of each request in order, by writer."""
    judge, learner, known = PixelJudge(AtlasKnowledge(), raster), Learner(seed), QuirkProfile.drawn(quirks)
    writers: dict[str, Callable[[str], str]] = {
        "does not know": lambda prompt: prompt,
        "learns": lambda prompt: learner.profile().reworded(prompt),
        "knows": known.reworded,
    }
    found: dict[str, list[float]] = {name: [] for name in writers}
    for number, case in enumerate(cases):
        for name, write in writers.items():
            prompt = write(case.truth.prompt)
            score = await drawn(case, prompt, quirks, number, judge)
            found[name].append(kscore(score))
            if name == "learns":
                learner.seen(prompt, score)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", type=int, default=3)
    parser.add_argument("--requests", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    cases = adaptation_cases(chosen.requests)
    found = [asyncio.run(scores(cases, UNSEEN + number, chosen.seed)) for number in range(chosen.profiles)]
    quarter = max(1, len(cases) // 4)
    for name in found[0]:
        means = [
            fmean(value for own in found for value in own[name][start : start + quarter])
            for start in range(0, len(cases) - quarter + 1, quarter)
        ]
        print(f"{name}: {' '.join(f'{mean:.3f}' for mean in means)}")


if __name__ == "__main__":
    main()
