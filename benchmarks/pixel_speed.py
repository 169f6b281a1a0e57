"""How long the pixel judge takes for a 512 × 512 picture on one core, warm: median and 95th percentile over several scenes."""

import asyncio
import os
import statistics
import time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2

from genevolve.core.protocols import ImageCase
from genevolve.world.atlas.raster import raster
from genevolve.world.pixel import PixelJudge
from planted_defects import NoKnowledge
from planted_sketch import sketched


async def main() -> None:
    cv2.setNumThreads(1)
    judge = PixelJudge(knowledge=NoKnowledge(), template=raster)
    cases = [sketched(defect, seed, "test") for seed in range(10) for defect in ("", "wrong count", "overlap")]
    seconds = []
    for case in (cases[0], *cases):
        start = time.process_time()
        await judge.judge_image(ImageCase(request="", image=case.image, claims=case.claims))
        seconds.append(time.process_time() - start)
    first, *warm = seconds
    late = sorted(warm)[int(0.95 * len(warm))]
    print(f"first picture, with loading: {first:.2f} s of CPU")
    print(f"warm, {len(warm)} pictures: median {statistics.median(warm):.2f} s, 95th percentile {late:.2f} s")


if __name__ == "__main__":
    asyncio.run(main())
