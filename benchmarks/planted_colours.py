"""Does the pixel judge see colours? Recoloured pictograms, Game Icons and thin things included, right and wrong ones.

``python benchmarks/planted_colours.py``: false alarms (the colour is right and the judge says no) and misses (it is wrong and
the judge says yes).
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from itertools import count

from genevolve.core.claim import Claim, Coloured, Counted, Present, Subject
from genevolve.core.protocols import ImageCase
from genevolve.core.score import Unscored
from genevolve.world.atlas.raster import raster
from genevolve.world.language.inventory import lookup
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel.judge import PixelJudge
from genevolve.world.sketch import draw

SOLID = (
    "cat car hat vase desk cube bus bear chair boat fish owl teapot balloon train sofa house guitar bench acorn key umbrella"
)
THIN = "skateboard scissors bicycle fork needle pencil ladder broom"
COLOURS = ("black", "white", "red", "yellow", "blue", "green", "brown", "pink")
WRONG = {
    "black": "brown",
    "white": "blue",
    "red": "green",
    "yellow": "blue",
    "blue": "red",
    "green": "purple",
    "brown": "green",
    "pink": "green",
}
GROUNDS = ("light blue", "cream", "lavender", "light green")
"""The calm backgrounds that the offline expert chooses from."""


def cases(nouns: list[str]) -> Iterator[tuple[str, str, str]]:
    turn = count()
    for noun in nouns:
        for colour in COLOURS:
            yield noun, colour, GROUNDS[next(turn) % len(GROUNDS)]


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="look at every n-th case")
    step = parser.parse_args().every
    judge = PixelJudge(NoKnowledge(), raster, Vocabulary.ICONS)
    alarms = misses = total = unseen = 0
    for noun, colour, ground in list(cases(f"{SOLID} {THIN}".split()))[::step]:
        entry = lookup(noun, Vocabulary.ICONS)
        if entry is None:
            raise SystemExit(f"{noun} is not in the inventory")
        setting = f"The background is plain {ground}. Soft daylight falls from the upper left."
        prompt = f"A {colour} {noun} is in the center of the image, standing on the ground. {setting}"
        picture = draw(read(prompt, Vocabulary.ICONS), (), (512, 512), 0)
        right, seen = await verdict(judge, picture.data, noun, entry.looks, colour)
        wrong, _ = await verdict(judge, picture.data, noun, entry.looks, WRONG[colour])
        total += 1
        unseen += not seen
        alarms += seen and not right
        misses += seen and wrong
        if seen and not right:
            print(f"false alarm: {colour} {noun} on {ground}: {right!r}")
        if seen and wrong:
            print(f"missed: {colour} {noun} passes as {WRONG[colour]}")
        if not seen:
            print(f"not recognised: {colour} {noun}")
    print(f"{total} pictures: {alarms} false alarms, {misses} misses, {unseen} not recognised")
    return 0


class NoKnowledge:
    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        return ()

    def wording(self, describes: str) -> str | None:
        return None


async def verdict(judge: PixelJudge, data: bytes, noun: str, looks: tuple[str, ...], colour: str) -> tuple[bool, bool]:
    """(has the colour, was recognised)."""
    subject = Subject(key=noun, label=noun, looks=looks)
    claims: tuple[Claim, ...] = (
        Present(subject=subject),
        Counted(subject=subject, count=1),
        Coloured(subject=subject, colour=colour),
    )
    score = await judge.judge_image(ImageCase(request=noun, image=data, claims=claims))
    assert not isinstance(score, Unscored), score.reason
    met = {diagnostic.requirement: diagnostic.passed for diagnostic in score.diagnostics}
    return met[f"{noun} is {colour}"], met[f"{noun} is there and recognisable"]


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
