"""Does the pixel judge find what is wrong, and leave alone what is right? Pictures with one planted defect each, and clean
ones.

A defect counts as found only when the diagnostic of the spoilt requirement fails; a clean picture counts as a false alarm
when any diagnostic fails. ``--split test`` uses entities, titles and seeds that were never used for tuning.
"""

import argparse
import asyncio
import os
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score
from genevolve.world.atlas.raster import raster
from genevolve.world.pixel import PixelJudge
from planted_case import DEFECTS, SKETCH_DEFECTS, Planted
from planted_pasted import pasted
from planted_sketch import sketched

SOURCES: dict[str, Callable[[str, int, str], Planted]] = {"sketch": sketched, "pasted": pasted}


class NoKnowledge:
    """Every case brings its claims."""

    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        return ()

    def wording(self, describes: str) -> str | None:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("tune", "test"), default="test")
    parser.add_argument("--source", choices=(*SOURCES, "all"), default="all")
    parser.add_argument(
        "--each", type=int, default=40, help="pictures of each defect type and source; three times as many clean"
    )
    parser.add_argument("--only", default="", help="one defect type, or 'clean'")
    parser.add_argument("--misses", type=Path, help="keep pictures that were judged wrongly here")
    arguments = parser.parse_args()
    for source in SOURCES if arguments.source == "all" else (arguments.source,):
        report(source, asyncio.run(measure(source, arguments)))


async def measure(source: str, arguments: argparse.Namespace) -> dict[str, list[bool]]:
    judge = PixelJudge(knowledge=NoKnowledge(), template=raster)
    outcomes: dict[str, list[bool]] = defaultdict(list)
    for defect in ("", *DEFECTS, *(SKETCH_DEFECTS if source == "sketch" else ())):
        if arguments.only and arguments.only != (defect or "clean"):
            continue
        for seed in range(arguments.each if defect else 3 * arguments.each):
            case = SOURCES[source](defect, seed, arguments.split)
            score = await judge.judge_image(ImageCase(request="", image=case.image, claims=case.claims))
            assert isinstance(score, Score), score
            noticed = case.found(score.diagnostics) if defect else not all(d.passed for d in score.diagnostics)
            outcomes[defect or "clean"].append(noticed)
            if noticed != bool(defect) and arguments.misses:
                keep(arguments.misses / f"{source}-{defect or 'clean'}-{seed}".replace(" ", "_"), case, score)
    return outcomes


def keep(path: Path, case: Planted, score: Score) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    suffix = ".jpg" if case.image[:2] == b"\xff\xd8" else ".png"
    path.with_suffix(suffix).write_bytes(case.image)
    lines = [f"{'ok  ' if d.passed else 'FAIL'} {d.skill}: {d.requirement} {d.detail}" for d in score.diagnostics]
    path.with_suffix(".txt").write_text("\n".join([f"must fail: {case.skill} {case.notices}", *lines]))


def report(source: str, outcomes: dict[str, list[bool]]) -> None:
    print(f"\nsource {source}: {sum(map(len, outcomes.values()))} pictures")
    for name, noticed in outcomes.items():
        low, high = wilson(sum(noticed), len(noticed))
        what = "false alarms" if name == "clean" else "found"
        hits, total = sum(noticed), len(noticed)
        print(f"  {name:16} {what:12} {hits:3}/{total:3} = {hits / total:6.1%}  [{low:.1%}, {high:.1%}]")


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share, right near 0 and 1 too."""
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


if __name__ == "__main__":
    main()
