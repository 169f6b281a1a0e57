"""Does the pixel judge see of what colour a thing is, and that a pair is one thing? Recoloured pictograms and Game Icons.

Names are split in halves by a hash of their look: rules are made on ``--split tune``, figures come from ``test``. A defect
counts as found when the colour's diagnostic fails; a clean picture is a false alarm when it does. A thing that is not
recognised and a claim that is left unchecked are counted by themselves: neither is a pass. No picture has writing, so the judge
does not read here.
"""

import argparse
import asyncio
import hashlib
import math
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PIL import Image

import planted_composed as composed
from genevolve.core.claim import Claim, Coloured, Counted, Present, Subject
from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score
from genevolve.world.atlas.raster import raster
from genevolve.world.language.colours import PALETTE, akin, nearest, oklab
from genevolve.world.language.icons import icon_names
from genevolve.world.language.inventory import InventoryEntry, entries, lookup
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import PixelJudge
from genevolve.world.pixel import judge as judge_module
from genevolve.world.sketch import draw, figures
from planted_defects import NoKnowledge, wilson

_USED = (
    "cat car hat vase desk cube bus bear chair boat fish owl teapot balloon train sofa house guitar bench acorn key umbrella "
    "skateboard scissors bicycle fork needle pencil ladder broom dog apple clock"
)
"""Names on which the rules of versions 1 and 2 were made, or that tests use."""
PAIRS = (
    "scissors glasses sunglasses goggles shoe sneaker boot sock glove trousers shorts cherry headphones skis chopsticks "
    "maracas sandal flip-flop bikini swimsuit roller_skate ice_skate banknote bean key chain earring handcuffs pincers"
)
COLOURS = ("black", "white", "grey", "brown", "red", "orange", "yellow", "green", "blue", "purple", "pink")
PLAIN = ("light blue", "cream", "lavender", "light green", "white", "peach", "light grey", "navy", "teal")
SETTINGS = ("beach", "meadow", "forest", "night sky", "street", "kitchen", "snow", "desert")
ROOM = 640  # pixels of a picture that is pasted together
Sprite = Image.Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture, what is claimed of it, and the requirement that tells: it must fail where ``planted``."""

    image: bytes
    claims: tuple[Claim, ...]
    tells: str
    planted: bool
    group: str


def pick(rng: random.Random, split: str) -> InventoryEntry:
    """One of the half; thin things more often than they come."""
    found = rng.sample(cast(split), 6)
    return next((entry for entry in found if thin(entry.looks[0])), found[0]) if rng.random() < 0.35 else found[0]


@cache
def cast(split: str) -> tuple[InventoryEntry, ...]:
    """The things of a half, everyday objects and shapes of Game Icons, one for each look."""
    shapes = (lookup(row.names[0], Vocabulary.ICONS) for row in icon_names() if not row.look.startswith("="))
    found = {entry.looks[0]: entry for entry in (*entries(), *filter(None, shapes)) if not used(entry)}
    return tuple(found[look] for look in sorted(found) if half(look) == split)


def used(entry: InventoryEntry) -> bool:
    return bool(set(names(entry)) & set(_USED.split()))


def names(entry: InventoryEntry) -> tuple[str, ...]:
    return (entry.noun, *entry.also)


def half(look: str) -> str:
    return "test" if hashlib.sha256(look.encode()).digest()[0] % 2 else "tune"


# ---- sprites ----------------------------------------------------------------------------------------------------------


def inner(pixels: np.ndarray) -> np.ndarray:
    """(H, W): all that is neither clear nor a dark line."""
    rgb = pixels[..., :3].astype(int)
    fill = (pixels[..., 3] > 200) & ((rgb.max(axis=2) > 60) | (np.ptp(rgb, axis=2) > 40))
    return fill if fill.sum() > 0.06 * (pixels[..., 3] > 200).sum() else pixels[..., 3] > 200


def fills(pixels: np.ndarray) -> list[np.ndarray]:
    """The flat areas of one colour, the largest first."""
    left, found = inner(pixels), []
    while left.sum() > 30:
        codes = (pixels[..., :3] // 16).astype(int) @ (256, 16, 1)
        common = np.bincount(codes[left]).argmax()
        middle = np.median(pixels[left & (codes == common), :3], axis=0)
        same = left & (np.abs(pixels[..., :3] - middle).max(axis=2) < 24)
        if not same.any():
            break
        found.append(same)
        left = left & ~same
    return found


def tones(look: str) -> dict[tuple[int, int, int], float]:
    """The colours of a look's fills as they are, and the share of each."""
    pixels = np.asarray(raster(look, 144))
    shares: Counter[tuple[int, int, int]] = Counter()
    for area in fills(pixels):
        red, green, blue = (int(value) for value in np.median(pixels[area, :3], axis=0))
        shares[red, green, blue] += int(area.sum())
    total = max(1, sum(shares.values()))
    return {colour: count / total for colour, count in shares.items()}


def unlike(look: str, asked: str) -> bool:
    """Whether nobody would say that it has the colour by itself: no part of it is near."""
    return all(share < 0.04 or far(colour, asked) > 0.2 for colour, share in tones(look).items())


def far(colour: tuple[int, int, int], name: str) -> float:
    return math.dist(oklab(colour), oklab(PALETTE[name]))


def tight(pixels: np.ndarray, side: int) -> Sprite:
    picture = Image.fromarray(pixels)
    cut = picture.crop(picture.getchannel("A").point(lambda value: 255 if value > 30 else 0).getbbox())
    factor = side / max(cut.size)
    size = (max(1, round(cut.width * factor)), max(1, round(cut.height * factor)))
    return cut.resize(size, Image.Resampling.LANCZOS)


def repainted(look: str, side: int, colour: str | None, areas: slice = slice(None)) -> tuple[Sprite, float]:
    """``look`` with some of its fills in a colour, shading kept between fills; and their share of all fills."""
    pixels = np.array(raster(look, max(160, 2 * side)))
    if colour is None:
        return tight(pixels, side), 0.0
    found = fills(pixels)
    chosen = found[areas]
    bright = max((float(pixels[area, :3].max(axis=1).mean()) for area in found), default=1.0)
    target = np.array(tuple(max(value, 34) for value in PALETTE[colour]), float)
    for area in chosen:
        factor = min(1.0, max(0.75, float(pixels[area, :3].max(axis=1).mean()) / bright))
        pixels[area, :3] = (target * factor).astype(np.uint8)
    return tight(pixels, side), sum(int(a.sum()) for a in chosen) / max(1, sum(int(a.sum()) for a in found))


@cache
def thin(look: str) -> bool:
    """Whether most of its fill is nearer than a fortieth of its side to something else."""
    from cv2 import erode

    fill = inner(np.asarray(raster(look, 144))).astype(np.uint8)
    return float(erode(fill, np.ones((7, 7), np.uint8)).sum()) < 0.3 * float(fill.sum())


# ---- pictures ---------------------------------------------------------------------------------------------------------


def pasted(sprites: list[tuple[Sprite, float, float]], rng: random.Random, ground: str) -> bytes:
    """Sprites at (x, y), shares of the side, on a colour or a setting; then scaled and often JPEG."""
    from genevolve.world.sketch.background import flat, painted

    back = flat(ground, (ROOM, ROOM))[0] if ground in PALETTE else painted(ground, (ROOM, ROOM), rng.randrange(4)).copy()
    canvas = back.convert("RGB")
    for sprite, x, y in sprites:
        at = (round(x * ROOM - sprite.width / 2), round(y * ROOM - sprite.height / 2))
        composed._shadow(canvas, (at[0] + sprite.width / 2, at[1] + sprite.height), sprite.width)
        canvas.paste(sprite, at, sprite)
    return composed.encode(canvas, rng)


def drawn(entry: InventoryEntry, colour: str | None, ground: str) -> bytes:
    """As the product draws it: through the words of a program."""
    noun = next(name for name in names(entry) if (found := lookup(name, Vocabulary.ICONS)) and found.looks == entry.looks)
    body = ", with a complete, undistorted body" if entry.living else ""
    where = f"The background is plain {ground}" if ground in PALETTE else f"The background is a {ground}"
    prompt = f"A {colour or ''} {noun} is in the center of the image, standing on the ground{body}. {where}. Soft daylight."
    return draw(read(prompt.replace("  ", " "), Vocabulary.ICONS), (), (512, 512), 0).data


def subject(entry: InventoryEntry) -> Subject:
    return Subject(key=entry.noun, label=entry.noun, looks=entry.looks)


def about(entry: InventoryEntry, colour: str, image: bytes, *, planted: bool) -> Shown:
    who = subject(entry)
    claims = (Present(subject=who), Counted(subject=who, count=1), Coloured(subject=who, colour=colour))
    kind = "thin" if thin(entry.looks[0]) else "several tones" if len(tones(entry.looks[0])) > 2 else "solid"
    return Shown(image=image, claims=claims, tells=f"{entry.noun} is {colour}", planted=planted, group=kind)


def other(rng: random.Random, *than: str) -> str:
    return rng.choice([name for name in COLOURS if not any(akin(name, one) for one in than)])


def place(rng: random.Random) -> tuple[float, float, int]:
    """Middle, in shares of the side, and long side in pixels."""
    return rng.uniform(0.4, 0.6), rng.uniform(0.42, 0.58), round(rng.uniform(0.22, 0.6) * ROOM)


# ---- clean pictures and planted defects: (random numbers, half) → a picture, None where the thing will not do ---------------


def right(rng: random.Random, split: str) -> Shown | None:
    """In the colour that is asked for, on any ground, of either source."""
    entry, colour = pick(rng, split), rng.choice(COLOURS)
    ground = rng.choice((*PLAIN, *SETTINGS))
    if rng.random() < 0.5:
        return about(entry, colour, drawn(entry, colour, ground), planted=False) if well_painted(entry, colour) else None
    x, y, side = place(rng)
    sprite, _ = repainted(entry.looks[0], side, colour)
    return about(entry, colour, pasted([(sprite, x, y)], rng, ground), planted=False)


def own(rng: random.Random, split: str) -> Shown | None:
    """In its own colours, of which one makes up most of it."""
    entry = pick(rng, split)
    colour, share = max(tones(entry.looks[0]).items(), key=lambda item: item[1])
    name = nearest(colour)
    if share < 0.6 or far(colour, name) > 0.07 or wet(entry):
        return None
    x, y, side = place(rng)
    sprite, _ = repainted(entry.looks[0], side, None)
    return about(entry, name, pasted([(sprite, x, y)], rng, rng.choice((*PLAIN, *SETTINGS))), planted=False)


def another(rng: random.Random, split: str) -> Shown | None:
    """In another colour than asked, of either source."""
    entry, painted_in = pick(rng, split), rng.choice(COLOURS)
    ground, asked = rng.choice((*PLAIN, *SETTINGS)), other(rng, painted_in)
    if rng.random() < 0.5:
        known = well_painted(entry, painted_in) and unlike(entry.looks[0], asked)
        return about(entry, asked, drawn(entry, painted_in, ground), planted=True) if known else None
    x, y, side = place(rng)
    sprite, _ = repainted(entry.looks[0], side, painted_in)
    return about(entry, asked, pasted([(sprite, x, y)], rng, ground), planted=True)


def behind(rng: random.Random, split: str) -> Shown | None:
    """What lies behind it has the colour that is asked for."""
    entry, painted_in = pick(rng, split), rng.choice(COLOURS)
    asked = other(rng, painted_in)
    x, y, side = place(rng)
    sprite, _ = repainted(entry.looks[0], side, painted_in)
    return about(entry, asked, pasted([(sprite, x, y)], rng, asked), planted=True)


def plainly(rng: random.Random, split: str) -> Shown | None:
    """Nobody painted it: its own colours, none of which is asked for."""
    entry, asked = pick(rng, split), rng.choice(COLOURS)
    if not unlike(entry.looks[0], asked):
        return None
    x, y, side = place(rng)
    sprite, _ = repainted(entry.looks[0], side, None)
    return about(entry, asked, pasted([(sprite, x, y)], rng, rng.choice(PLAIN)), planted=True)


def part(rng: random.Random, split: str) -> Shown | None:
    """A smaller part of it has the colour, not the thing."""
    entry, asked = pick(rng, split), rng.choice(COLOURS)
    x, y, side = place(rng)
    _, large = repainted(entry.looks[0], side, asked, slice(0, 1))
    sprite, share = repainted(entry.looks[0], side, asked, slice(1, 2))
    dark = any(max(colour) < 80 for colour in tones(entry.looks[0]))  # what is outline and what is fill is open
    if dark or not 0.04 < share < 0.3 or large < 0.45 or not unlike(entry.looks[0], asked):
        return None
    return about(entry, asked, pasted([(sprite, x, y)], rng, rng.choice(PLAIN)), planted=True)


def beside(rng: random.Random, split: str) -> Shown | None:
    """What stands beside it has the colour, not the thing."""
    entry, neighbour = pick(rng, split), rng.choice(cast(split))
    if entry == neighbour:
        return None
    painted_in = rng.choice(COLOURS)
    asked = other(rng, painted_in)
    one, _ = repainted(entry.looks[0], round(0.36 * ROOM), painted_in)
    two, _ = repainted(neighbour.looks[0], round(0.36 * ROOM), asked)
    return about(entry, asked, pasted([(one, 0.28, 0.5), (two, 0.72, 0.5)], rng, rng.choice(PLAIN)), planted=True)


def water(rng: random.Random, split: str) -> Shown | None:
    """A boat whose water has the colour. Few pictograms have water, so both halves share them."""
    entry = rng.choice([entry for entry in entries() if wet(entry)])
    asked = rng.choice(COLOURS)
    if not unlike(entry.looks[0], asked):
        return None
    x, y, side = place(rng)
    pixels = np.array(raster(entry.looks[0], max(160, 2 * side)))
    pixels[is_water(pixels), :3] = PALETTE[asked]
    return about(entry, asked, pasted([(tight(pixels, side), x, y)], rng, rng.choice(PLAIN)), planted=True)


def dry(rng: random.Random, split: str) -> Shown | None:
    """A boat in the colour, on blue water."""
    entry, asked = rng.choice([entry for entry in entries() if wet(entry)]), rng.choice(COLOURS)
    x, y, side = place(rng)
    pixels = np.array(raster(entry.looks[0], max(160, 2 * side)))
    pixels[inner(pixels) & ~is_water(pixels), :3] = [max(value, 34) for value in PALETTE[asked]]
    return about(entry, asked, pasted([(tight(pixels, side), x, y)], rng, rng.choice(PLAIN)), planted=False)


def is_water(pixels: np.ndarray) -> np.ndarray:
    blue = np.abs(pixels[..., :3].astype(int) - (146, 211, 245)).max(axis=2) < 40
    return np.asarray(blue & (pixels[..., 3] > 128))


def wet(entry: InventoryEntry) -> bool:
    return entry.looks[0].removeprefix("openmoji:") in {"26F5", "1F6A4", "1F6E5", "1F6A2", "1F6F3", "1F6A3"}


def well_painted(entry: InventoryEntry, colour: str) -> bool:
    """Whether the product's own painting covers most of its fills: else nobody could say what colour it has."""
    plain = np.asarray(raster(entry.looks[0], 144))
    done = np.asarray(figures._coloured(entry.looks[0], 144, colour))
    changed = np.abs(done[..., :3].astype(int) - plain[..., :3]).max(axis=2) > 12
    fill = inner(plain)
    return not wet(entry) and float(changed[fill].mean()) > 0.6


def counted(rng: random.Random, split: str, wrong: bool) -> Shown | None:
    """One to four pictograms of a pair, each of which is one thing; ``wrong``: twice as many, or half, are claimed."""
    found = [entry for noun in PAIRS.split() if (entry := lookup(noun.replace("_", " "), Vocabulary.ICONS)) is not None]
    entry, number = rng.choice([entry for entry in found if half(entry.looks[0]) == split]), rng.randint(1, 4)
    claimed = rng.choice((2 * number, number + 1, max(1, number - 1) if number > 1 else 2)) if wrong else number
    sprite, _ = repainted(entry.looks[0], round(min(0.4, 0.84 / number) * ROOM), rng.choice((None, *COLOURS)))
    places = [(sprite, 0.5 + (i - (number - 1) / 2) * 0.9 / number, 0.55) for i in range(number)]
    who = subject(entry)
    claims = (Present(subject=who), Counted(subject=who, count=claimed))
    tells = f"exactly {claimed} of {entry.noun}"
    image = pasted(places, rng, rng.choice(PLAIN))
    return Shown(image=image, claims=claims, tells=tells, planted=wrong, group="pairs")


KINDS: Mapping[str, Callable[[random.Random, str], Shown | None]] = {
    "clean: painted so": right,
    "clean: its own colour": own,
    "clean: a boat, not its water": dry,
    "another colour": another,
    "the ground has it": behind,
    "nobody painted it": plainly,
    "a small part has it": part,
    "a neighbour has it": beside,
    "its water has it": water,
    "clean: pairs counted": lambda rng, split: counted(rng, split, wrong=False),
    "pairs, wrong number": lambda rng, split: counted(rng, split, wrong=True),
}


def pictures(kind: str, number: int, split: str) -> Iterator[tuple[int, Shown]]:
    seed = made = 0
    while made < number:
        shown = KINDS[kind](random.Random(f"{split} {kind} {seed}"), split)
        if shown is not None:
            made += 1
            yield seed, shown
        seed += 1


# ---- what the judge says ------------------------------------------------------------------------------------------------


async def verdict(judge: PixelJudge, shown: Shown) -> tuple[str, str]:
    """("right" or "wrong" or "unchecked" or "not recognised", the detail)."""
    score = await judge.judge_image(ImageCase(request="", image=shown.image, claims=shown.claims))
    assert isinstance(score, Score), score.reason
    said = {diagnostic.requirement: diagnostic for diagnostic in score.diagnostics}
    if not next(found.passed for text, found in said.items() if text.endswith("is there and recognisable")):
        return "not recognised", ""
    if shown.tells not in said:
        return "unchecked", ""
    return ("right" if said[shown.tells].passed else "wrong"), said[shown.tells].detail


async def measure(kind: str, arguments: argparse.Namespace) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    judge = PixelJudge(NoKnowledge(), raster, Vocabulary.ICONS)
    outcomes: Counter[str] = Counter()
    groups: Counter[tuple[str, str]] = Counter()
    for seed, shown in pictures(kind, arguments.each, arguments.split):
        said, detail = await verdict(judge, shown)
        outcomes[said] += 1
        colour = shown.tells.rpartition(" is ")[2] if " is " in shown.tells else ""
        for group in filter(None, (shown.group, colour if colour in ("black", "white", "grey", "brown") else "")):
            groups[group, said] += 1
        amiss = said != ("wrong" if shown.planted else "right")
        if arguments.keep and (amiss or arguments.all):
            keep(arguments.keep / f"{kind}-{seed}".replace(" ", "_").replace(":", ""), shown, f"{said}: {detail}")
    return outcomes, groups


def keep(path: Path, shown: Shown, said: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".jpg" if shown.image[:2] == b"\xff\xd8" else ".png").write_bytes(shown.image)
    path.with_suffix(".txt").write_text(f"{shown.tells} [{shown.group}] {said}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("tune", "test"), default="test")
    parser.add_argument("--each", type=int, default=60, help="pictures of each kind")
    parser.add_argument("--only", default="", help="one kind: " + ", ".join(KINDS))
    parser.add_argument("--keep", type=Path, help="keep pictures that were judged wrongly, with what was said, here")
    parser.add_argument("--all", action="store_true", help="keep the others, too")
    arguments = parser.parse_args()
    vars(judge_module)["read_lines"] = lambda image: ()  # no text is in these pictures
    total: Counter[tuple[str, str, str]] = Counter()
    for kind in KINDS:
        if arguments.only and arguments.only != kind:
            continue
        outcomes, groups = asyncio.run(measure(kind, arguments))
        print(f"{kind:30}", line(kind, outcomes), flush=True)
        clean = "clean" if kind.startswith("clean") else "planted"
        total.update({(clean, group, said): number for (group, said), number in groups.items()})
    for clean, group in sorted({key[:2] for key in total}):
        found = Counter({said: number for (*key, said), number in total.items() if key == [clean, group]})
        print(f"  {clean}, {group:20}", line(clean, found))


def line(kind: str, outcomes: Mapping[str, int]) -> str:
    told = sum(number for said, number in outcomes.items() if said != "not recognised")
    low, high = wilson(outcomes["wrong"], max(1, told))
    what = "false alarms" if kind.startswith("clean") else "found"
    rest = ", ".join(f"{said} {outcomes[said]}" for said in ("right", "unchecked", "not recognised") if outcomes[said])
    return f"{what} {outcomes['wrong']}/{told} = {outcomes['wrong'] / max(1, told):.1%} [{low:.1%}, {high:.1%}]; {rest}"


if __name__ == "__main__":
    main()
