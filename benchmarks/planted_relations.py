"""Does the pixel judge see that what should be worn, held, pictured on it or in it is only beside it? Free requests with one
planted defect each, and clean ones.

``python benchmarks/planted_relations.py --each 20``. The requests are made up from lists by a seed; the defect is planted in
what is painted, behind reader, prompt and layout. It counts as found when the diagnostic of the relation fails; a clean picture
whose relation fails is a false alarm. ``--misses DIR`` keeps the pictures that were judged wrongly.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

os.environ.setdefault("OMP_NUM_THREADS", "1")

from genevolve.core.claim import Direction
from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import raster
from genevolve.world.expert.skill_edits import SKILL_EDITS, with_skill_edits
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import PixelJudge
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.paint import encoded, paint
from genevolve.world.sketch.plan import LayoutPlan, Sprite

HEADS = ("cat", "dog", "lion", "bear", "panda", "pig", "fox", "tiger", "monkey", "owl", "teddy bear", "hamster", "woman", "boy")
HANDS = ("woman", "man", "girl", "boy", "person", "squirrel", "teddy bear", "ghost")
KINDS: dict[str, Callable[[Random], str]] = {
    "worn on the head": lambda dice: f"a {dice.choice(HEADS)} wearing a {dice.choice(('crown', 'top hat', 'cap'))}",
    "worn at the eyes": lambda dice: f"a {dice.choice(HEADS)} with {dice.choice(('sunglasses', 'glasses'))}",
    "worn at the neck": lambda dice: f"a {dice.choice(HEADS)} in a {dice.choice(('scarf', 'red scarf', 'bow tie'))}",
    "held": lambda dice: f"a {dice.choice(HANDS)} holding {dice.choice(('a cake', 'an umbrella', 'a book', 'an apple'))}",
    "pictured": lambda dice: f"a T-shirt with a {dice.choice(('cat', 'heart', 'star', 'tree', 'rose', 'fish'))} on it",
    "in a vessel": lambda dice: f"a {dice.choice(HEADS[:10])} in a {dice.choice(('box', 'barrel', 'bucket'))}",
    "looking out": lambda dice: f"a {dice.choice(HEADS[:8])} in a car",
}  # fmt: skip


def beside(planned: LayoutPlan, thing: Sequence[Sprite], bearer: Sprite) -> LayoutPlan:
    """All of it moved to the free side of its bearer."""
    width = planned.size[0]
    left = bearer.box.x > width - bearer.box.right
    moved = []
    for one in thing:
        x = bearer.box.x - one.box.w - 0.03 * width if left else bearer.box.right + 0.03 * width
        moved.append(replace(one, box=replace(one.box, x=x, y=bearer.box.bottom - one.box.h), z=bearer.z + 1))
    return _with(planned, moved)


def below(planned: LayoutPlan, thing: Sequence[Sprite], bearer: Sprite) -> LayoutPlan:
    """On the wrong end: right under its bearer."""
    moved = [replace(one, box=replace(one.box, x=bearer.box.cx - one.box.w / 2, y=bearer.box.bottom + 4)) for one in thing]
    return _with(planned, moved)


def _with(planned: LayoutPlan, moved: Sequence[Sprite]) -> LayoutPlan:
    keys = {one.key for one in moved}
    return replace(planned, figures=(*(one for one in planned.figures if one.key not in keys), *moved))


PLANTS = {"": None, "beside": beside, "below": below}


async def judged(judge: PixelJudge, kind: str, defect: str, seed: int) -> tuple[bool | None, str, bytes]:
    """Whether the relation failed (None: nothing of it was judged), the request and the image."""
    dice = Random(f"{kind} {defect} {seed}")
    request = KINDS[kind](dice)
    scene = with_skill_edits(read(request, Vocabulary.ICONS), SKILL_EDITS)
    scene = read(surface_text(scene), Vocabulary.ICONS)
    borne = next(obj for obj in scene.objects if obj.relations)
    planned = plan(scene, (), (768, 768), seed)
    thing = [figure for figure in planned.figures if figure.key == borne.key]
    bearer = next(figure for figure in planned.figures if figure.key == borne.relations[0].targets[0])
    plant = PLANTS[defect]
    image = encoded(paint(scene, plant(planned, thing, bearer) if plant else planned, (), seed))
    score = await judge.judge_image(ImageCase(request=request, image=image))
    words = {direction.value for direction in (*BORNE, Direction.INSIDE)}
    every = score.diagnostics if isinstance(score, Score) else ()
    said = [one for one in every if any(f" {word} " in one.requirement for word in words)]
    return (not all(one.passed for one in said) if said else None), request, image


async def measure(arguments: argparse.Namespace) -> None:
    judge = PixelJudge(knowledge=AtlasKnowledge(Vocabulary.ICONS), template=raster, vocabulary=Vocabulary.ICONS)
    for kind in KINDS:
        for defect in PLANTS:
            outcomes = [(seed, *(await judged(judge, kind, defect, seed))) for seed in range(arguments.each)]
            failed = sum(bool(found) for _, found, _, _ in outcomes)
            print(f"{kind:18} {defect or 'clean':8} {'found' if defect else 'false alarms':13} {failed:3}/{len(outcomes):3}")
            for seed, found, request, image in outcomes:
                if bool(found) != bool(defect) and arguments.misses:
                    arguments.misses.mkdir(parents=True, exist_ok=True)
                    name = f"{kind}-{defect or 'clean'}-{seed}-{request}".replace(" ", "_")
                    (arguments.misses / f"{name}.png").write_bytes(image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=20, help="pictures of each kind and defect")
    parser.add_argument("--misses", type=Path, help="keep pictures that were judged wrongly here")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
