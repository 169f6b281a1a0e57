"""The list of what the suite ``atlas`` must hold (``bench/suites/atlas.tsv``): checked against what its recipes give here.

python benchmarks/atlas_digests.py --rows 300            # compare; exit status 1 where anything differs
python benchmarks/atlas_digests.py --rows 300 --write    # write it anew, after a deliberate change of recipes or renderer
"""

import argparse
import asyncio
import sys
from pathlib import Path

from genevolve.world.recipes.case import RecipeCase, heldout_cases, render_ground_truth
from genevolve.world.suites import atlas

LIST = Path(atlas.__file__).with_name("atlas.tsv")
HEAD = "# id\trequest: SHA-256 of its text, first 16 digits\tground truth: of its size and RGB pixels\n"


def digests(case: RecipeCase) -> tuple[str, str]:
    return atlas.request_digest(case), atlas.pixels_digest(asyncio.run(render_ground_truth(case.truth)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=atlas.ROWS)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    found = {case.id: digests(case) for case in heldout_cases(options.rows)}
    if options.write:
        LIST.write_text(HEAD + "".join(f"{key}\t{request}\t{truth}\n" for key, (request, truth) in found.items()), "utf-8")
    differing = [key for key, pair in found.items() if atlas.listed().get(key) != pair]
    print(f"{len(found)} cases, {len(differing)} differ from the list{': ' if differing else ''}{', '.join(differing[:20])}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
