"""Layouts that makers ask for most: what is told is laid out once and in its order, and what nobody told is not made up."""

import pytest

from genevolve.core.ledger import Fate
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import FormKind, Scene
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary

Rows = list[list[str]]


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS, facts_in)


def rows(scene: Scene) -> Rows:
    """What each slot says, its picture last in brackets; what has to be looked up as it is described."""
    assert scene.form is not None
    said = {text.key: text.content or text.describes for text in scene.texts}
    nouns = {obj.key: obj.noun for obj in scene.objects}
    shown = ([f"[{nouns[part.picture]}]"] if part.picture else [] for part in scene.form.parts)
    return [[*(said[key] for key in part.texts), *pictures] for part, pictures in zip(scene.form.parts, shown, strict=True)]


def lost(scene: Scene) -> dict[str, str]:
    """The words that are not drawn, with the reason."""
    told = ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS)))
    return {entry.words: entry.becomes for entry in told.entries if entry.fate in {Fate.NOT_POSSIBLE, Fate.NOT_UNDERSTOOD}}


def title(scene: Scene) -> str | None:
    keys = scene.form.keys if scene.form is not None else frozenset()
    return next((text.content for text in scene.texts if text.key not in keys), None)


TOLD: list[tuple[str, FormKind, Rows]] = [
    ("directions for a bird bath: 1 dig a hole, 2 pour in sand, 3 add water", FormKind.STEPS,
     [["1. Dig a hole"], ["2. Pour in sand"], ["3. Add water"]]),
    ("how to post a letter: first fold it, then lick the stamp, finally drop it in", FormKind.STEPS,
     [["1. Fold it"], ["2. Lick the stamp"], ["3. Drop it in"]]),
    ("how to feed hens, 2 steps: fill the bucket, open the gate. with pictures", FormKind.STEPS,
     [["1. Fill the bucket", "[bucket]"], ["2. Open the gate", "[gate]"]]),
    ("2 step guide to airing a room - open the window, shut the door", FormKind.STEPS,
     [["1. Open the window"], ["2. Shut the door"]]),
    ("pros: sunny, calm / cons: far, dear", FormKind.COMPARISON, [["Pros", "Sunny", "Calm"], ["Cons", "Far", "Dear"]]),
    ("pros and cons of boats: pros - fun, calm; cons - cost", FormKind.COMPARISON,
     [["Pros", "Fun", "Calm"], ["Cons", "Cost"]]),
    ("advantages of wool (warm, soft) and disadvantages (itchy), with ticks and crosses", FormKind.COMPARISON,
     [["Advantages", "Warm", "Soft", "[check mark]"], ["Disadvantages", "Itchy", "[cross mark]"]]),
    ("owls vs bats: owls are quiet and wise, bats are small", FormKind.COMPARISON,
     [["Owls", "Quiet", "Wise", "[owl]"], ["Bats", "Small", "[bat]"]]),
    ("washing up rota for Gus and Dad, Friday to Sunday", FormKind.TABLE,
     [["Friday", "Saturday", "Sunday"], ["Gus"], ["Dad"]]),
    ("jobs chart Sat-Sun for Mia and dad with tick boxes", FormKind.TABLE, [["Saturday", "Sunday"], ["Mia"], ["Dad"]]),
    ("nursery timetable, Monday: paint, sing, Tuesday: swim, nap", FormKind.TABLE,
     [["Monday", "Tuesday"], ["Paint", "Swim"], ["Sing", "Nap"]]),
    ("family tree: gran and grandad at the top, dad and aunt Flo below, then me", FormKind.TREE,
     [["Gran and grandad"], ["Dad"], ["Aunt Flo"], ["Me"]]),
    ("checklist: pump, rope, oar, with the rope ticked off", FormKind.CHECKS, [["Pump"], ["Rope", "[check mark]"], ["Oar"]]),
    ("to do: mow, sweep, rest", FormKind.CHECKS, [["Mow"], ["Sweep"], ["Rest"]]),
    ("label a bee: wings, sting", FormKind.DIAGRAM, [["[bee]"], ["Wings"], ["Sting"]]),
    ("labelled diagram of a snail - shell, foot, eyes", FormKind.DIAGRAM, [["[snail]"], ["Shell"], ["Foot"], ["Eyes"]]),
    ("mind map of Spring: lambs, rain, buds", FormKind.MAP, [["Spring"], ["Lambs"], ["Rain"], ["Buds"]]),
    ("mind map: Sea in the middle, then crabs, sand and foam round it", FormKind.MAP, [["Sea"], ["Crabs"], ["Sand"], ["Foam"]]),
    ("flow chart for tea, boil, brew, sip", FormKind.STEPS, [["Boil"], ["Brew"], ["Sip"]]),
    ("a Venn diagram of crows and owls", FormKind.VENN, [["Crows"], ["Owls"]]),
    ("recipe for soup with 6 leeks, 1 onion, 2 cloves of garlic", FormKind.LIST,
     [["6 leeks"], ["1 onion"], ["2 cloves of garlic"]]),
    ("step by step: fold it, cut it, glue it", FormKind.STEPS, [["1. Fold it"], ["2. Cut it"], ["3. Glue it"]]),
    ("3 steps to make tea, 1 boil, 2 brew, 3 pour", FormKind.STEPS, [["1. Boil"], ["2. Brew"], ["3. Pour"]]),
    ("venn diagram crows and owls, both have wings", FormKind.VENN, [["Crows"], ["Owls"], ["Wings"]]),
    ("flowchart with boxes for sow, water and pick, joined by arrows", FormKind.STEPS, [["Sow"], ["Water"], ["Pick"]]),
    ("number line from 2 to 5 with a duck on 4", FormKind.TIMELINE, [["2"], ["3"], ["4", "[duck]"], ["5"]]),
    ("sticker chart for Ola, 4 boxes", FormKind.GRID, [["1"], ["2"], ["3"], ["4"]]),
    ("a table of Peru and Chile with their capitals", FormKind.TABLE,
     [["Country", "Capital"], ["Peru", "the capital of Peru"], ["Chile", "the capital of Chile"]]),
    ("table of how many legs they have: crab, horse", FormKind.TABLE,
     [["Animal", "Legs"], ["Crab", "the number of legs of a crab"], ["Horse", "the number of legs of a horse"]]),
    ("a big tile with the chemical symbol of neon and the name below", FormKind.TILE,
     [["the chemical symbol of neon", "Neon"]]),
    ("the element with atomic number 6 like in the periodic table", FormKind.TILE,
     [["6", "the chemical symbol of the element with atomic number 6", "the element with atomic number 6"]]),
    ("periodic table square for the element with the symbol K", FormKind.TILE,
     [["the atomic number of the element with the symbol K", "K", "the element with the symbol K"]]),
    ("periodic table entry number 79", FormKind.TILE,
     [["79", "the chemical symbol of the element with atomic number 79", "the element with atomic number 79"]]),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "kind", "slots"), TOLD)
def test_what_is_told_is_laid_out_once_and_nothing_is_lost(request_: str, kind: FormKind, slots: Rows) -> None:
    scene = free(request_)
    assert scene.form is not None and scene.form.kind is kind
    assert rows(scene) == slots
    keys = scene.form.keys
    assert not [obj.noun for obj in scene.objects if obj.key not in keys]
    assert kind is FormKind.DIAGRAM or not lost(scene)  # of a diagram it is not known where the parts are


@pytest.mark.parametrize("request_", [request_ for request_, _, slots in TOLD if "the " not in str(slots[-1])])
def test_the_prompt_carries_it(request_: str) -> None:
    scene = free(request_)
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert again.form is not None and scene.form is not None
    assert (again.form.kind, rows(again)) == (scene.form.kind, rows(scene))
    assert [(part.under, part.skip) for part in again.form.parts] == [(part.under, part.skip) for part in scene.form.parts]


@pytest.mark.parametrize(
    ("request_", "slots", "words", "shown"),
    [
        ("how to bath a cat in 3 steps, numbered", [["Step 1"], ["Step 2"], ["Step 3"]], "steps", ["cat"]),
        ("a step by step guide to planting a tree", [], "step", ["tree"]),
        ("pros and cons of keeping bees, two columns", [["Pros"], ["Cons"]], "pros", []),
        (
            "compare a lion and a tiger side by side, with two facts each",
            [["Lion", "[lion]"], ["Tiger", "[tiger]"]],
            "facts",
            [],
        ),
        ("timetable Monday to Tuesday with 2 lessons a day", [["Monday", "Tuesday"], ["1"], ["2"]], "lessons", []),
        ("a to do list with two empty boxes", [["1"], ["2"]], "boxes", []),
        ("labelled diagram of a rocket", [["[rocket]"]], "labelled", []),
        ("mind map about winter", [["Winter"]], "mind", []),
        ("diagram of the nitrogen cycle with arrows", [], "nitrogen", []),
        ("family tree: nan at the top, mum and uncle Al below, then me", [["Nan"], ["Mum"], ["Uncle Al"], ["Me"]], "", []),
    ],
)
def test_what_nobody_told_is_left_open_and_said(request_: str, slots: Rows, words: str, shown: list[str]) -> None:
    scene = free(request_)
    assert scene.form is not None and rows(scene) == slots
    assert not words or "not given" in lost(scene)[words]
    assert [obj.noun for obj in scene.objects if obj.key not in scene.form.keys] == shown


def test_pictures_that_only_small_words_ask_for_are_said_when_they_are_not_there() -> None:
    scene = free("how to fold a map in 2 steps: flatten it, bend it. with pictures")
    assert lost(scene) == {"with pictures": "no picture of every step is known here"}


@pytest.mark.parametrize(
    ("request_", "under"),
    [
        ("family tree with gran and grandad on top, mum and dad and aunt Flo below, then me and my sister", [None, 0, 0, 1, 1]),
        ("my family tree - grandma Jo at the top, below her dad and uncle Cy, at the bottom me", [None, 0, 0, 1]),
        ("family tree: grandparents Ada and Bo on top, parents Cleo and Dan, children Eve and Fay", [None, 0, 1, 1]),
        ("family tree: grandma and grandpa, mum and dad, me", [None, 0, 1]),
        ("family tree with grandparents, parents and a child", [None, 0, 1]),
        ("our family tree: me at the bottom, mum and dad above me, gran on top", [None, 0, 1]),
    ],
)
def test_children_hang_from_those_who_can_be_their_parents(request_: str, under: list[int | None]) -> None:
    scene = free(request_)
    assert scene.form is not None and [part.under for part in scene.form.parts] == under


def test_a_generation_without_one_couple_of_parents_is_said_to_be_open() -> None:
    scene = free("family tree: Ada and Bo; Cleo and Dan and Eve; Fay")
    assert any("whose child" in why for why in lost(scene).values())


@pytest.mark.parametrize(
    ("request_", "marks", "unshown"),
    [
        ("calendar for June 2026 with a kite on the 4th", [("kite", 1, 3)], ""),
        ("June 2026 calendar, mark the 30th with a red star and put a cake on the 8th", [("cake", 2, 0), ("star", 5, 1)], ""),
        ("calendar for February 2027, an owl on the 30th", [], "30th"),
        ("calendar for June 2026, circle the 4th", [], "4th"),
    ],
)
def test_marked_days_of_a_calendar(request_: str, marks: list[tuple[str, int, int]], unshown: str) -> None:
    scene = free(request_)
    nouns = {obj.key: obj.noun for obj in scene.objects}
    parts = scene.form.parts if scene.form is not None else ()
    found = [(nouns[part.picture], part.under, part.skip) for part in parts if part.picture is not None]
    assert sorted(found, key=str) == marks
    assert (unshown in lost(scene)) is bool(unshown)
    assert bool(lost(scene)) is bool(unshown)


@pytest.mark.parametrize(
    ("request_", "head"),
    [
        ("how to make jam: wash, boil, cool", "How to make jam"),
        ("pros and cons of living by the sea, two columns", "Living by the sea"),
        ("weekly tidying chart for Ben and Ann", "Weekly tidying chart"),
        ("reward chart for Kit, 6 boxes", "Reward chart for Kit"),
        ("a family tree of the Lees with Ada at the top, Bo and Cy below", "Family tree of the Lees"),
        ("diagram of the carbon cycle", "Carbon cycle"),
    ],
)
def test_what_the_whole_is_called(request_: str, head: str) -> None:
    assert title(free(request_)) == head


@pytest.mark.parametrize(
    "request_",
    ["a cat on the steps of a house", "a good dog and a bad cat", "a wooden table with two books", "a peace symbol on a tile",
     "a man on a cycle", "how to make soup, 1 onion, 2 carrots", "a jar labelled honey", "a boy with a map in his mind",
     "a queue of ten people for and against the wall"],
)  # fmt: skip
def test_the_words_alone_make_no_layout(request_: str) -> None:
    assert free(request_).form is None


def test_no_more_is_asked_of_a_table_than_can_be_looked_up() -> None:
    scene = free("table of the planets with their diameter and number of moons")
    assert rows(scene)[0] == ["Planet", "Diameter"]
    assert "moons" in lost(scene)


def test_a_cell_that_was_not_found_stays_a_cell() -> None:
    told = surface_text(free("a table with the capital and currency of Peru and Chile"))
    assert '"Peru", "–", "–"; "Chile", "–", "–"' in told


def test_whom_a_layout_is_for_is_no_part_of_it() -> None:
    scene = free("water cycle diagram for my year 4 class, with arrows")
    assert not lost(scene)
    assert [row[0] for row in rows(scene)] == ["Evaporation", "Condensation", "Precipitation", "Collection"]


@pytest.mark.parametrize(
    ("request_", "kind", "last"),
    [
        ("steps of a moth's life: egg, larva, moth, with arrows in a circle", FormKind.CYCLE, "Moth"),
        ("stages of a hen's life: egg, chick, hen, in a ring with arrows", FormKind.CYCLE, "Hen"),
        (
            "steps to recycle glass: collect, melt, shape, arranged in a circle with arrows between them",
            FormKind.CYCLE,
            "Shape",
        ),
        ("the phases of a project: plan, build, test in a circle", FormKind.CYCLE, "Test"),
        ("steps of making bread: mix, knead, bake, with arrows", FormKind.STEPS, "Bake"),
        ("how to play: sit in a circle, pass the ball, sing", FormKind.STEPS, "3. Sing"),
    ],
)
def test_arrows_and_a_circle_are_the_layout_of_steps(request_: str, kind: FormKind, last: str) -> None:
    scene = free(request_)
    assert scene.form is not None and scene.form.kind is kind
    assert rows(scene)[-1] == [last] and len(rows(scene)) == 3
    assert not scene.objects and not lost(scene)
