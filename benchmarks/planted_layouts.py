"""Does the pixel judge find what is wrong with a layout? Forms with one planted defect, and clean ones.

``python benchmarks/planted_layouts.py --each 6``. The requests are made up from lists by a seed; the defect is planted in
what is painted, behind reader, prompt and layout. It counts as found when a diagnostic of the layout fails; a clean picture
with such a diagnostic is a false alarm. ``--misses DIR`` keeps the pictures that were judged wrongly.
"""

import argparse
import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

os.environ.setdefault("OMP_NUM_THREADS", "1")

from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.raster import raster
from genevolve.world.expert.skill_edits import SKILL_EDITS, with_skill_edits
from genevolve.world.language.model import FormKind, Scene
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import PixelJudge
from genevolve.world.sketch.compose import plan
from genevolve.world.sketch.paint import encoded, paint
from genevolve.world.sketch.plan import LayoutPlan, MarkKind

NAMES = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivo", "June", "Kim", "Lena", "Milo", "Nora", "Otto", "Pia"]
WORDS = ["sorting", "washing", "cutting", "baking", "packing", "mixing", "drying", "painting", "folding", "sending"]
POINTS = ["cheap", "safe", "quiet", "slow", "heavy", "light", "simple", "sturdy", "clean", "noisy", "friendly", "modern"]
THINGS = ("apple", "banana", "dog", "cat", "tree", "car", "bus", "clock", "book", "chair", "bell", "ladder", "pear", "owl",
          "frog", "key", "guitar", "drum")  # fmt: skip
EVENTS = ["founding", "move", "fire", "rebuilding", "jubilee", "merger", "festival", "restoration"]
DISHES = ["Soup", "Salad", "Pasta", "Pizza", "Ice cream", "Lemonade", "Pancakes", "Toast"]
ELEMENTS = (
    ("Gold", "Au", 79),
    ("Iron", "Fe", 26),
    ("Neon", "Ne", 10),
    ("Tin", "Sn", 50),
    ("Zinc", "Zn", 30),
    ("Radon", "Rn", 86),
)

Plant = Callable[[LayoutPlan, Scene, Random], LayoutPlan]


def request(kind: FormKind, dice: Random) -> str:
    count = dice.randint(3, 5)
    match kind:
        case FormKind.BARS:
            values = dice.sample(range(2, 30), count)
            pairs = ", ".join(f"{name} {value}" for name, value in zip(dice.sample(NAMES, count), values, strict=True))
            return f"bar chart of points: {pairs}"
        case FormKind.TIMELINE:
            years = sorted(dice.sample(range(1700, 2020), count))
            pairs = ", ".join(f"{year} {what}" for year, what in zip(years, dice.sample(EVENTS, count), strict=True))
            return f"timeline of the mill: {pairs}"
        case FormKind.STEPS:
            return f"flowchart: {' → '.join(dice.sample(dice.choice((WORDS, list(THINGS))), count))}"
        case FormKind.CYCLE:
            return f"a cycle with pictures: {', '.join(dice.sample(dice.choice((WORDS, list(THINGS))), count))}"
        case FormKind.GRID:
            return f"2x2 grid with their names: {', '.join(dice.sample(THINGS, 4))}"
        case FormKind.COMPARISON:
            said = dice.sample(POINTS, 6)
            one, other = dice.sample(NAMES, 2)
            return f"comparison: {one}: {', '.join(said[:3])}; {other}: {', '.join(said[3:])}"
        case FormKind.TILE:
            name, symbol, number = dice.choice(ELEMENTS)
            return f"periodic table tile for {name} with symbol {symbol} and atomic number {number}"
        case FormKind.PIE | FormKind.LINES:
            values = dice.sample(range(4, 40, 3), count)
            pairs = ", ".join(f"{name} {value}" for name, value in zip(dice.sample(NAMES, count), values, strict=True))
            return f"{'pie chart' if kind is FormKind.PIE else 'line graph'} of points: {pairs}"
    return _further(kind, dice, count)


def _further(kind: FormKind, dice: Random, count: int) -> str:
    said, names = dice.sample(POINTS, 6), dice.sample(NAMES, 6)
    match kind:
        case FormKind.VENN:
            parts = f"{names[0]}: {said[0]}, {said[1]}; {names[1]}: {said[2]}, {said[3]}; both: {said[4]}"
            return (
                f"Venn diagram: {parts}" if dice.random() < 0.6 else f"Venn diagram with three circles: {', '.join(said[:3])}"
            )
        case FormKind.TABLE:
            rows = "; ".join(
                f"{name}, {point}, {dice.randint(1, 99)}" for name, point in zip(names[:count], said, strict=False)
            )
            month = dice.choice(("March 2027", "July 2031", "May 2026"))
            asked = (
                f"table with the columns Name, Kind, Points and the rows {rows}",
                f"calendar for {month}",
                "times table up to 4",
            )
            return dice.choice(asked)
        case FormKind.TREE:
            return f"tree diagram: {names[0]} -> {names[1]}, {names[2]}; {names[1]} -> {names[3]}, {names[4]}"
        case FormKind.PYRAMID:
            return f"pyramid with {count} levels: {', '.join(said[:count])}"
        case FormKind.FRAMED:
            what = f"{said[0]} {dice.choice(WORDS)}"
            return f"certificate of merit for {names[0]} {names[1]}, {what}, {dice.randint(1, 28)} May 2026"
    prices = dice.sample(range(2, 60), count)
    pairs = ", ".join(f"{dish} £{price}" for dish, price in zip(dice.sample(DISHES, count), prices, strict=True))
    return f"menu: {pairs}"


# ---- defects ---------------------------------------------------------------------------------------------------------


def exchanged(planned: LayoutPlan, one: str, other: str) -> LayoutPlan:
    """What the two texts say, exchanged; their places stay."""
    texts = {text.key: text for text in planned.texts}
    said = {one: texts[other], other: texts[one]}
    return replace(
        planned,
        texts=tuple(
            replace(text, lines=said[text.key].lines, px=min(text.px, said[text.key].px)) if text.key in said else text
            for text in planned.texts
        ),
    )


def swapped(nth: int) -> Plant:
    def plant(planned: LayoutPlan, scene: Scene, dice: Random) -> LayoutPlan:
        assert scene.form is not None
        one, other = dice.sample([part.texts[nth] for part in scene.form.parts], 2)
        return exchanged(planned, one, other)

    return plant


def swapped_within(planned: LayoutPlan, scene: Scene, _: Random) -> LayoutPlan:
    assert scene.form is not None
    number, symbol, name = scene.form.parts[0].texts
    return exchanged(exchanged(planned, symbol, name), number, symbol)


def without(kind: MarkKind) -> Plant:
    def plant(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
        gone = dice.choice([mark for mark in planned.marks if mark.kind is kind])
        return replace(planned, marks=tuple(mark for mark in planned.marks if mark is not gone))

    return plant


def wrong_height(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
    chosen = dice.choice([mark for mark in planned.marks if mark.kind is MarkKind.BAR])
    tallest = max(mark.box.h for mark in planned.marks if mark.box is not None and mark.kind is MarkKind.BAR)
    assert chosen.box is not None
    high = chosen.box.h + (0.2 * tallest if chosen.box.h < 0.75 * tallest else -0.25 * tallest)
    box = replace(chosen.box, y=chosen.box.bottom - high, h=high)
    return replace(planned, marks=tuple(replace(mark, box=box) if mark is chosen else mark for mark in planned.marks))


def turned(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
    chosen = dice.choice([mark for mark in planned.marks if mark.kind is MarkKind.ARROW])
    back = replace(chosen, start=chosen.end, end=chosen.start)
    return replace(planned, marks=tuple(back if mark is chosen else mark for mark in planned.marks))


def headless(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
    chosen = dice.choice([mark for mark in planned.marks if mark.kind is MarkKind.ARROW])
    line = replace(chosen, kind=MarkKind.LINE)
    return replace(planned, marks=tuple(line if mark is chosen else mark for mark in planned.marks))


def pictures(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
    one, other = dice.sample(planned.figures, 2)
    boxes = {one.key: other.box, other.key: one.box}
    return replace(planned, figures=tuple(replace(figure, box=boxes.get(figure.key, figure.box)) for figure in planned.figures))


def moved_value(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
    """A point elsewhere, and the lines that lead to it."""
    chosen = dice.choice([mark for mark in planned.marks if mark.kind is MarkKind.DOT])
    assert chosen.box is not None
    down = 0.16 * planned.size[1] * (1 if chosen.box.y < 0.5 * planned.size[1] else -1)
    at, to = (chosen.box.cx, chosen.box.cy), (chosen.box.cx, chosen.box.cy + down)
    lines = [
        replace(mark, start=to if mark.start == at else mark.start, end=to if mark.end == at else mark.end)
        for mark in planned.marks
    ]
    box = chosen.box.moved(0, down)
    marks = tuple(replace(mark, box=box) if old is chosen else mark for old, mark in zip(planned.marks, lines, strict=True))
    return replace(planned, marks=marks)


def recoloured(planned: LayoutPlan, scene: Scene, dice: Random) -> LayoutPlan:
    """Two slices in each other's colour; their names keep theirs."""
    assert scene.form is not None
    one, other = dice.sample([mark for mark in planned.marks if mark.kind is MarkKind.WEDGE], 2)
    fills = {id(one): other.fill, id(other): one.fill}
    return replace(planned, marks=tuple(replace(mark, fill=fills.get(id(mark), mark.fill)) for mark in planned.marks))


def elsewhere(planned: LayoutPlan, scene: Scene, dice: Random) -> LayoutPlan:
    """A text of one circle, and one of another part, exchanged."""
    assert scene.form is not None
    parts = scene.form.parts
    one = dice.choice(parts[0].texts)
    if len(parts) > scene.form.columns:
        return exchanged(planned, one, parts[-1].texts[0])
    boxes = {text.key: text.box for text in planned.texts}
    box = replace(boxes[one], x=boxes[parts[1].texts[0]].x, y=boxes[parts[1].texts[0]].y + 1.5 * boxes[one].h)
    return replace(planned, texts=tuple(replace(text, box=box) if text.key == one else text for text in planned.texts))


def other_cells(planned: LayoutPlan, scene: Scene, dice: Random) -> LayoutPlan:
    assert scene.form is not None
    contents = {text.key: text.content for text in scene.texts}
    keys = [key for part in scene.form.parts for key in part.texts if any(char.isalnum() for char in contents[key])]
    one = dice.choice(keys)
    return exchanged(planned, one, dice.choice([key for key in keys if contents[key] != contents[one]]))


def emptied(planned: LayoutPlan, scene: Scene, dice: Random) -> LayoutPlan:
    assert scene.form is not None
    gone = dice.choice([key for part in scene.form.parts for key in part.texts])
    return replace(planned, texts=tuple(text for text in planned.texts if text.key != gone))


def rehung(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
    """A line to another box than the one it hangs from."""
    lines = [mark for mark in planned.marks if mark.kind is MarkKind.LINE]
    chosen = dice.choice(lines)
    start = dice.choice([mark.start for mark in lines if mark.start != chosen.start])
    moved = replace(chosen, start=start)
    return replace(planned, marks=tuple(moved if mark is chosen else mark for mark in planned.marks))


def narrowed(planned: LayoutPlan, _: Scene, dice: Random) -> LayoutPlan:
    chosen = dice.choice([mark for mark in planned.marks if mark.kind is MarkKind.FRAME][1:])
    assert chosen.box is not None
    w = 0.2 * planned.size[0]
    box = replace(chosen.box, x=chosen.box.cx - w / 2, w=w)
    return replace(planned, marks=tuple(replace(mark, box=box) if mark is chosen else mark for mark in planned.marks))


def unframed(planned: LayoutPlan, _: Scene, __: Random) -> LayoutPlan:
    return replace(planned, marks=tuple(mark for mark in planned.marks if mark.kind is not MarkKind.FRAME))


DEFECTS: dict[FormKind, dict[str, Plant]] = {
    FormKind.BARS: {"names swapped": swapped(0), "a bar missing": without(MarkKind.BAR), "a bar too high or low": wrong_height},
    FormKind.TIMELINE: {
        "dates swapped": swapped(0), "events swapped": swapped(1), "no line": without(MarkKind.LINE),
    },
    FormKind.STEPS: {
        "steps swapped": swapped(0), "an arrow missing": without(MarkKind.ARROW), "an arrow turned": turned,
        "an arrow without head": headless,
    },
    FormKind.CYCLE: {"steps swapped": swapped(0), "an arrow missing": without(MarkKind.ARROW), "an arrow turned": turned},
    FormKind.GRID: {"names swapped": swapped(0), "pictures swapped": pictures},
    FormKind.COMPARISON: {"headings swapped": swapped(0), "points swapped": swapped(2)},
    FormKind.LIST: {"entries swapped": swapped(0), "prices swapped": swapped(1)},
    FormKind.TILE: {"symbol and name swapped": swapped_within},
    FormKind.PIE: {"names swapped": swapped(0), "a slice missing": without(MarkKind.WEDGE), "slices swapped": recoloured},
    FormKind.LINES: {"names swapped": swapped(0), "a point elsewhere": moved_value, "a line missing": without(MarkKind.LINE)},
    FormKind.VENN: {"a text in another part": elsewhere, "a circle missing": without(MarkKind.RING)},
    FormKind.TABLE: {"cells swapped": other_cells, "a cell empty": emptied, "a line missing": without(MarkKind.LINE)},
    FormKind.TREE: {"boxes swapped": swapped(0), "a line missing": without(MarkKind.LINE), "a line to another box": rehung},
    FormKind.PYRAMID: {"levels swapped": swapped(0), "a level too narrow": narrowed},
    FormKind.FRAMED: {"texts swapped": swapped(0), "no frame": unframed},
}  # fmt: skip


def painted(asked: str, plant: Plant | None, dice: Random) -> bytes:
    scene = with_skill_edits(read(asked, Vocabulary.ICONS), set(SKILL_EDITS))
    told = read(surface_text(scene), Vocabulary.ICONS)
    planned = plan(told, (), (512, 512), 0)
    if plant is not None:
        planned = plant(planned, told, dice)
    return encoded(paint(told, planned, (), 0).image)


def faults(score: object) -> list[str] | None:
    """The diagnostics of the layout that fail; None where there is no score."""
    if not isinstance(score, Score):
        return None
    return [one.detail for one in score.diagnostics if not one.passed and one.requirement.startswith("the layout")]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=6, help="pictures of each defect; three times as many clean")
    parser.add_argument("--only", default="", help="one kind of form, by its name in lower case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--misses", type=Path)
    given = parser.parse_args()
    judge = PixelJudge(knowledge=AtlasKnowledge(Vocabulary.ICONS), template=raster, vocabulary=Vocabulary.ICONS)
    for kind, plants in DEFECTS.items():
        if given.only not in ("", kind.name.lower()):
            continue
        for name, plant in (("clean", None), *plants.items()):
            hits, tries = 0, given.each * (1 if plant else 3)
            for number in range(tries):
                dice = Random(f"{given.seed} {kind.name} {name} {number}")
                asked = request(kind, dice)
                image = painted(asked, plant, dice)
                found = faults(await judge.judge_image(ImageCase(request=asked, image=image)))
                hit = bool(found) if found is not None else plant is not None
                hits += hit
                if given.misses and hit != (plant is not None):
                    given.misses.mkdir(parents=True, exist_ok=True)
                    (given.misses / f"{kind.name}-{name}-{number}.png".replace(" ", "_")).write_bytes(image)
                    print("   ", asked, "|", found, flush=True)
            said = "false alarms" if plant is None else "found"
            print(f"{kind.name.lower():<11} {name:<24} {said:<13} {hits:3}/{tries:3}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
