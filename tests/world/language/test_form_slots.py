"""What fills the slots of a form, and that a prompt in words carries it."""

import pytest

from genevolve.core.ledger import Fate
from genevolve.world.language.model import FormKind, Scene, TextRole
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary

Filled = list[tuple[tuple[str, ...], float | None, str | None]]


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


def filled(scene: Scene) -> Filled:
    assert scene.form is not None
    contents = {text.key: text.content for text in scene.texts}
    nouns = {obj.key: obj.noun for obj in scene.objects}
    return [
        (tuple(contents[key] for key in part.texts), part.value, nouns.get(part.picture or "")) for part in scene.form.parts
    ]


REQUESTS: list[tuple[str, FormKind, Filled]] = [
    ("bar graph: tea 3, milk 1.5 and juice 2", FormKind.BARS,
     [(("Tea",), 3, None), (("Milk",), 1.5, None), (("Juice",), 2, None)]),
    ("a bar chart with \"Q1\" (1,200), \"Q2\" (900)", FormKind.BARS, [(("Q1",), 1200, None), (("Q2",), 900, None)]),
    ("visitors as a bar chart: 2021: 40, 2022: 60", FormKind.BARS, [(("2021",), 40, None), (("2022",), 60, None)]),
    ("timeline: 1901 opened, fire in 1950", FormKind.TIMELINE,
     [(("1901", "Opened"), None, None), (("1950", "Fire"), None, None)]),
    ("steps: mix, bake, eat", FormKind.STEPS, [(("Mix",), None, None), (("Bake",), None, None), (("Eat",), None, None)]),
    ("food chain corn -> mouse -> owl", FormKind.STEPS,
     [(("Corn",), None, "corn"), (("Mouse",), None, "mouse"), (("Owl",), None, "owl")]),
    ("life cycle of a frog: egg, tadpole, frog", FormKind.CYCLE,
     [(("Egg",), None, "egg"), (("Tadpole",), None, None), (("Frog",), None, "frog")]),
    ("1 by 2 grid of a red car and a dog", FormKind.GRID, [((), None, "car"), ((), None, "dog")]),
    ("2x1 grid: cup, bell, with the name under each", FormKind.GRID, [(("Cup",), None, "cup"), (("Bell",), None, "bell")]),
    ("Ada vs Ben: Ada: calm, kind; Ben: loud, quick", FormKind.COMPARISON,
     [(("Ada", "Calm", "Kind"), None, None), (("Ben", "Loud", "Quick"), None, None)]),
    ("scoreboard: Reds 3 - Blues 2", FormKind.COMPARISON, [(("Reds", "3"), None, None), (("Blues", "2"), None, None)]),
    ("pie chart of our time: work 8, sleep 7.5", FormKind.PIE, [(("Work",), 8, None), (("Sleep",), 7.5, None)]),
    ("line graph: Mon 3, Tue 9", FormKind.LINES, [(("Mon",), 3, None), (("Tue",), 9, None)]),
    ("Venn diagram: tea: hot, leaves; milk: cold; both: drinks", FormKind.VENN,
     [(("Tea", "Hot", "Leaves"), None, None), (("Milk", "Cold"), None, None), (("Drinks",), None, None)]),
    ("overlapping circles of fish and birds with \"animals\" in the middle", FormKind.VENN,
     [(("Fish",), None, None), (("Birds",), None, None), (("animals",), None, None)]),
    ("table: Name, Age; Ann, 4", FormKind.TABLE, [(("Name", "Age"), None, None), (("Ann", "4"), None, None)]),
    ("tree diagram: boats -> sail, motor; sail -> dinghy", FormKind.TREE,
     [(("Boats",), None, None), (("Sail",), None, None), (("Motor",), None, None), (("Dinghy",), None, None)]),
    ("pyramid with three levels: one, some, many", FormKind.PYRAMID,
     [(("One",), None, None), (("Some",), None, None), (("Many",), None, None)]),
    ("train ticket from Oslo to Bergen, 3 May, seat 12", FormKind.FRAMED,
     [((said,), None, None) for said in ("Train ticket", "Oslo to Bergen", "3 May", "Seat 12")]),
    ("menu: soup £4, tea £2.50", FormKind.LIST, [(("Soup", "£4"), None, None), (("Tea", "£2.50"), None, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "kind", "slots"), REQUESTS)
def test_lists_fill_the_slots_and_the_prompt_carries_them(request_: str, kind: FormKind, slots: Filled) -> None:
    scene = free(request_)
    assert scene.form is not None
    assert scene.form.kind is kind
    assert filled(scene) == slots
    again = free(surface_text(scene))
    assert again.form is not None
    assert (again.form.kind, again.form.rows, again.form.columns) == (kind, scene.form.rows, scene.form.columns)
    assert filled(again) == slots
    assert not [hole for hole in again.ambiguities if hole.key in again.form.keys]


@pytest.mark.parametrize(
    "request_",
    ["flowchart: is it wet? yes → umbrella, no → hat", "pie chart: tea, milk", "venn diagram of cats",
     "bar chart of our sales", "a motorcycle beside a bar", "a 2x2 grid: cup, bell, dog", "a staircase with ten steps",
     "a bar chart: up, down, left"],
)  # fmt: skip
def test_what_fills_no_slots_is_no_form_with_slots(request_: str) -> None:
    form = free(request_).form
    assert form is None or not form.parts


def test_titles_and_what_else_is_in_the_image() -> None:
    scene = free("Make a bar chart of rain in mm: May 30, June 45. With a cloud in the top right corner")
    keys = scene.form.keys if scene.form else frozenset()
    assert [text.content for text in scene.texts if text.key not in keys] == ["Rain in mm"]
    assert [obj.noun for obj in scene.objects if obj.key not in keys] == ["cloud"]


def test_colours_of_pictures_are_kept() -> None:
    scene = free("1 by 2 grid: red car, dog")
    assert [obj.colour for obj in free(surface_text(scene)).objects] == ["red", None]


def test_numbers_of_bars_end_in_the_ledger() -> None:
    from genevolve.world.atlas.knowledge import AtlasKnowledge
    from genevolve.world.language.ledger import Means, ledger

    told = ledger(free("bar chart: tea 30%, milk 45%"), Means(knowledge=AtlasKnowledge(Vocabulary.ICONS)))
    fates = {entry.words: entry.fate for entry in told.entries}
    assert fates["30%"] is Fate.DRAWN if "30%" in fates else fates["30"] is Fate.DRAWN
    assert not told.losses()


@pytest.mark.parametrize(
    ("request_", "title", "values"),
    [
        ("chart our visits as bars: Jan 10, Feb 14", "Visits", ["10", "14"]),
        ("plot rainfall in blue bars: May 30, June 44", "Rainfall", ["30", "44"]),
        ("Figs 12, pears 7 and plums 15 as a bar chart", None, ["12", "7", "15"]),
        ("Votes: red 4, blue 9 in a bar chart", "Votes", ["4", "9"]),
        ("a graph with bars: cats 4, dogs 6", None, ["4", "6"]),
    ],
)
def test_bars_in_other_wordings(request_: str, title: str | None, values: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is not None and scene.form.kind is FormKind.BARS
    assert [part.said for part in scene.form.parts] == values
    assert next((text.content for text in scene.texts if text.role is TextRole.TITLE), None) == title
    assert not scene.objects


@pytest.mark.parametrize(
    ("request_", "sides"),
    [
        ("scoreboard Foxes 4 Hares 1", [["Foxes", "4"], ["Hares", "1"]]),
        ("a scoreboard that shows Owls 21 - Crows 17", [["Owls", "21"], ["Crows", "17"]]),
        ("a scoreboard: Red Team 3 - 2 Blue Team", [["Red Team", "3"], ["Blue Team", "2"]]),
    ],
)
def test_scores_without_a_list(request_: str, sides: list[list[str]]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    said = {text.key: text.content for text in scene.texts}
    assert scene.form is not None
    assert [[said[key] for key in part.texts] for part in scene.form.parts] == sides


def test_bars_behind_which_there_are_animals_are_no_chart() -> None:
    assert read("a dog and three cats as a bar chart", Vocabulary.ICONS).form is None


def test_no_value_of_a_chart_is_lost() -> None:
    last = read("bar chart: Ann 3, Ben 4 and Carl 5 bowls of soup", Vocabulary.ICONS)
    assert last.form is not None and [part.value for part in last.form.parts] == [3, 4, 5]
    owned = read("a bar graph where Ann has 5 pens, Ben has 8 pens and Carl has 2 pens", Vocabulary.ICONS)
    assert [labels for labels, _, _ in filled(owned)] == [("Ann",), ("Ben",), ("Carl",)]


@pytest.mark.parametrize(
    ("request_", "rows"),
    [
        ("calendar for February 2027", [7, 7, 7, 7, 7]),
        ("multiplication table up to 3", [4, 4, 4, 4]),
        ("class timetable Monday to Wednesday: art, music, sport, one for each day", [3, 3]),
        ("a table of opening hours: Monday to Friday 9-5, Saturday 10-2", [2, 2]),
        ("chore chart for Leo and Nina: dishes, garden", [3, 1, 1]),
    ],
)
def test_tables(request_: str, rows: list[int]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is not None and scene.form.kind is FormKind.TABLE
    assert [part.skip + len(part.texts) for part in scene.form.parts] == rows
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert again.form is not None
    assert [(part.skip, len(part.texts)) for part in again.form.parts] == [(p.skip, len(p.texts)) for p in scene.form.parts]


def test_what_a_calendar_holds_is_worked_out() -> None:
    scene = read("a calendar page for March 2027", Vocabulary.ICONS)
    keys = scene.form.keys if scene.form else frozenset()
    said = [text.content for text in scene.texts if text.key in keys]
    assert said[:8] == ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "1"] and said[-1] == "31"
    assert [text.content for text in scene.texts if text.key not in keys] == ["March 2027"]


@pytest.mark.parametrize(
    ("request_", "under"),
    [
        ("organisation chart: CEO Dana, below her CTO Felix and CFO Maya", [None, 0, 0]),
        ("family tree: grandmother Ida, her children Paul and Greta, Paul's son Emil", [None, 0, 0, 1]),
        ("family tree: grandparents Rosa and Karl, parents Lena and Ben, children Mia and Theo", [None, 0, 1, 1]),
    ],
)
def test_boxes_hang_from_those_that_are_said(request_: str, under: list[int | None]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is not None and [part.under for part in scene.form.parts] == under
    again = read(surface_text(scene), Vocabulary.ICONS)
    assert again.form is not None and [part.under for part in again.form.parts] == under


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("Hush, rehearsal going on - door sign", ["Hush, rehearsal going on"]),
        ("a sign that says BACK AT 2:30", ["BACK AT 2:30"]),
        ("invitation for Ada turning 9, Friday and Saturday 3 pm", ["Ada", "Turning 9", "Friday and Saturday 3 pm"]),
        ("Headline: Spring Fair. Below it: 2 May, 4 pm", ["Spring Fair", "2 May, 4 pm"]),
        ("book cover: The Red Boat by Ida Holm, a boat", ["The Red Boat", "by Ida Holm"]),
        ("label for soap, made May 2026", ["Soap", "Made May 2026"]),
        ("party flyer, 3 May, costumes required, with a bat", ["Party", "3 May", "Costumes required"]),
        ("a poster with the huge text NO RUSH and a snail", ["NO RUSH"]),
        ("a flyer titled Dog Walker - sorry, I meant Cat Sitter, 3 May, with a cat", ["Cat Sitter", "3 May"]),
    ],
)
def test_bare_texts_of_cards(request_: str, written: list[str]) -> None:
    assert [text.content for text in read(request_, Vocabulary.ICONS).texts] == written


@pytest.mark.parametrize(
    ("request_", "kind", "said"),
    [
        ("3x3 grid with nine different fruits and their names", FormKind.GRID, ["Apple", "Banana", "Orange"]),
        ("the four seasons in a circle with arrows", FormKind.CYCLE, ["Spring", "Summer", "Autumn"]),
        ("flowchart of the days of the week", FormKind.STEPS, ["Monday", "Tuesday", "Wednesday"]),
    ],
)
def test_what_has_no_list_but_is_known(request_: str, kind: FormKind, said: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is not None and scene.form.kind is kind and scene.form.worked_out
    assert [texts[0] for texts, _, _ in filled(scene)][:3] == said


def test_a_group_that_is_too_small_or_unknown_fills_no_grid() -> None:
    for asked in ("4x4 grid with sixteen different birds", "2x2 grid with four different feelings"):
        form = read(asked, Vocabulary.ICONS).form
        assert form is None or not form.parts


@pytest.mark.parametrize(
    ("request_", "kind", "names"),
    [
        ("the life cycle of a butterfly in four steps with arrows", FormKind.CYCLE,
         ["Egg", "Caterpillar", "Chrysalis", "Butterfly"]),
        ("diagram of the water cycle with labels for evaporation, condensation and precipitation", FormKind.CYCLE,
         ["Evaporation", "Condensation", "Precipitation"]),
        ("line graph of sales Jan 12 Feb 14 Mar 9", FormKind.LINES, ["Jan", "Feb", "Mar"]),
        ("org chart: chair Ida Berg, treasurer Jon Aas, secretary Li Na", FormKind.TREE,
         ["Chair Ida Berg", "Treasurer Jon Aas", "Secretary Li Na"]),
        ("2 by 2 grid of birds, each one labelled", FormKind.GRID, None),
        ("compare bats and owls in two columns", FormKind.COMPARISON, ["Bats", "Owls"]),
    ],
)  # fmt: skip
def test_layouts_whose_list_is_known_or_runs_together(request_: str, kind: FormKind, names: list[str] | None) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert scene.form is not None and scene.form.kind is kind
    texts = {text.key: text.content for text in scene.texts}
    assert names is None or [texts[part.texts[0]] for part in scene.form.parts] == names


def test_an_unknown_cycle_is_not_made_up() -> None:
    scene = read("the life cycle of a quokka", Vocabulary.ICONS)
    assert scene.form is None or not scene.form.parts


def test_a_thing_without_a_picture_keeps_its_cell() -> None:
    """ "a quokka" in a grid of pictures is asked for as a picture, too; a grey shape stands there and fails."""
    scene = read("a 2x2 grid with a lemon, a quokka, a star and a heart", Vocabulary.ICONS)
    assert [obj.noun for obj in scene.objects] == ["lemon", "quokka", "star", "heart"]
