"""Readings of free requests by kind: forms, typos, other languages, numbers, negation, senses."""

import pytest

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.world.atlas.asked import facts_in
from genevolve.world.language.corrections import correction
from genevolve.world.language.model import FormKind, Scene, TextRole
from genevolve.world.language.objections import objection
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS)


def nouns(scene: Scene) -> list[tuple[str, int | None]]:
    return [(obj.noun, obj.count.number) for obj in scene.objects]


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("a menu: Soup 4€, Salad 5€, Ice cream 3€", ["Menu", "Soup", "4€", "Salad", "5€", "Ice cream", "3€"]),
        ("timeline of flight: 1903 Wright, 1927 Lindbergh", ["Timeline of flight", "1903", "Wright", "1927", "Lindbergh"]),
        ("a business card for Ada Stone, baker, phone 555-0199", ["Ada Stone", "Baker", "Phone 555-0199"]),
        ("a name tag for Rosa, doctor, with a cat", ["Rosa", "Doctor"]),
        ("invitation to Kim's 9th birthday on 4 June at 3 pm with a cake", ["Kim's 9th birthday", "4 June at 3 pm"]),
        ("a wedding invitation for Ida & Max, 1 May 2027", ["Wedding Invitation", "Ida & Max", "1 May 2027"]),
        ("a thank you card with a rose", ["Thank You"]),
        ("recipe card: waffles with 2 eggs, 100 g sugar and 50 g butter", ["Waffles", "2 eggs", "100 g sugar", "50 g butter"]),
        ("periodic table tile for Iron with symbol Fe and number 26", ["Fe", "Iron", "26"]),
        ('periodic table tile for Helium: "He", atomic number 2', ["He", "Helium", "2"]),
        ('a poster with a cat and the title "SALE"', ["SALE"]),
        ("a boy with a card", []),
        ("poster for the science fair with a volcano", ["Science fair"]),
        ("50% OFF poster for a shoe shop with one red sneaker", ["50% OFF"]),
        ("recipe card for tea with milk, 2 lemons and three steps", ["Tea", "Milk", "2 lemons"]),
        ("a birthday card for my grandma who turns 80", ["Happy Birthday", "Grandma turns 80"]),
        ("football camp poster for kids under 10", ["Football Camp", "Kids under 10"]),
        ("recipe card: tea with milk, 2 lemons and a little picture", ["Tea", "Milk", "2 lemons"]),
        ("A road sign is on the left side of the image. All bodies are complete, with natural proportions.", []),
        ("a vintage travel poster with a palm tree", []),
    ],
)
def test_forms_write_their_bare_texts(request_: str, written: list[str]) -> None:
    assert sorted(text.content for text in free(request_).texts) == sorted(written)


def test_everyday_readings_know_no_forms() -> None:
    assert not read("a menu: Soup 4€, Salad 5€").texts


def test_a_grid_of_one_kind_of_thing() -> None:
    grid = free("2x2 grid of suns")
    assert nouns(grid) == [("sun", 4)]
    assert grid.form is not None and grid.form.kind is FormKind.GRID
    assert [obj.arrangement for obj in grid.objects] == [Arrangement.GRID]


@pytest.mark.parametrize(
    ("word", "meant"),
    [("buterfly", "butterfly"), ("yelow", "yellow"), ("elefant", "elephant"), ("foto", "photo"), ("berd", "bird"),
     ("vaze", "vase"), ("ballon", "balloon"), ("ballons", "balloons"), ("lama", None), ("canon", None),
     ("quokka", None), ("haegeum", None), ("colour", None), ("storybook", None), ("orchard", None)],
)  # fmt: skip
def test_typos(word: str, meant: str | None) -> None:
    assert correction(word) == meant


def test_a_correction_is_told() -> None:
    assert [(fix.word, fix.span.start) for fix in free("a purpel hat").corrections] == [("purple", 2)]


@pytest.mark.parametrize(
    "request_",
    ["ein roter Hund mit einem Ball", "une voiture rouge dans la rue", "un perro con una pelota", "красный кот", "赤い猫",
     "make it bigger", "remove the hat", "a bit darker please", "something nice"],
)  # fmt: skip
def test_what_cannot_be_read_is_said(request_: str) -> None:
    assert objection(request_)


@pytest.mark.parametrize(
    "request_",
    ["a cat", "a die and a hat in the street", 'a card with the text "Bonne fête à tous les amis"', "make a poster with a dog",
     "turn a frog into a prince", "a cafe au lait", "make it a poster with two cats", "something red and a dog"],
)  # fmt: skip
def test_what_can_be_read_is_not_refused(request_: str) -> None:
    assert objection(request_) is None


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("pears 4, plums 2", [("pear", 4), ("plum", 2)]),
        ("a catfish above a boat", [("catfish", 1), ("boat", 1)]),
        ("a bat and a ball for baseball", [("baseball bat", 1), ("baseball", 1)]),
        ("birds that fly over a lake", [("bird", None)]),
        ("Mars to the left of Venus", [("Mars", 1), ("Venus", 1)]),
        ("an apple half the size of a melon", [("apple", 1), ("melon", 1)]),
        ("an orange stands on the ground", [("orange", 1)]),
        ("a peach lies beside a plate", [("peach", 1), ("plate", 1)]),
        ("a pair of blue trousers", [("trousers", 1)]),
        ("a pair of green pants", [("trousers", 1)]),
        ("two pairs of red scissors and a pair of brown shoes", [("scissors", 2), ("shoe", 2)]),
        ("a red sphere, two cones and an ellipse", [("sphere", 1), ("cone", 2), ("oval", 1)]),
        ("a hydrant and a blow dryer", [("fire hydrant", 1), ("hair dryer", 1)]),
        ("three guests beside a tent", [("person", 3), ("tent", 1)]),
    ],
)
def test_objects(request_: str, found: list[tuple[str, int | None]]) -> None:
    assert [(noun.lower(), number) for noun, number in nouns(free(request_))] == [(n.lower(), k) for n, k in found]


def test_denied_relations_and_qualities() -> None:
    scene = free("the dog is not on the sofa but under it")
    assert [relation.direction for relation in scene.objects[0].relations] == [Direction.BELOW]
    assert free("a parrot but not green, make it red").objects[0].colour == "red"
    assert free("a red vase, not a blue one").absent == ()


def test_parts_keep_their_colour_to_themselves() -> None:
    scene = free("a bear with green fur")
    assert scene.objects[0].colour is None
    assert scene.objects[0].modifiers == ("green fur",)


def test_what_fills_is_inside() -> None:
    scene = free("a basket full of apples")
    assert [(obj.noun, obj.relations[0].direction) for obj in scene.objects if obj.relations] == [("apple", Direction.INSIDE)]


@pytest.mark.parametrize(
    ("request_", "background"),
    [("a red chair on white", "white"), ("a boat at sunset", "sunset"), ("a living room without a television", "living room")],
)
def test_backgrounds(request_: str, background: str) -> None:
    assert free(request_).background == background


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("house rules poster: knock first, shoes off, be quiet", ["House rules", "Knock first", "Shoes off", "Be quiet"]),
        (
            "harbour tour ticket: The Gulls, 4 June 2027, seat 7C",
            ["Harbour tour ticket", "The Gulls", "4 June 2027", "Seat 7C"],
        ),
        ("jar label for plum jam", ["Plum jam"]),
        ("an anniversary card with a rose", ["Happy Anniversary"]),
        ("certificate of merit for Ida Holm, 2nd place in rowing", ["Certificate of Merit", "Ida Holm", "2nd place in rowing"]),
        ("no fishing sign", ["No fishing"]),
        ("a stop sign by a tree", []),
        ('"Less is more" - Ida Holm', ["Ida Holm", "Less is more"]),
        ("poster: a cat and a dog", []),
    ],
)
def test_what_stands_after_a_colon_and_before_its_kind_is_written(request_: str, written: list[str]) -> None:
    assert sorted(text.content for text in free(request_).texts) == sorted(written)


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("a spooky tree sticker", [("tree", 1)]),
        ("a phone wallpaper with a rose", [("rose", 1)]),
        ("a woman swimming", [("woman", 1)]),
        ("more pears than plums: five pears and two plums", [("pear", 5), ("plum", 2)]),
        ("three 🎈 and a cat", [("balloon", 3), ("cat", 1)]),
        ("a crab and coral", [("crab", 1), ("coral", 1)]),
        ("a family of ducks", [("duck", None)]),
        ("lost cat poster: grey, call 555-0101", [("cat", 1)]),
    ],
)
def test_objects_that_are_named_in_passing(request_: str, found: list[tuple[str, int | None]]) -> None:
    assert nouns(free(request_)) == found


@pytest.mark.parametrize(
    ("request_", "background"),
    [
        ("a seal on the ice", "ice"),
        ("two whales in the water", "water"),
        ("farm scene with a goat", "farm"),
        ("kitchen with a fridge", "kitchen"),
    ],
)
def test_places(request_: str, background: str) -> None:
    assert free(request_).background == background


def test_what_a_vessel_holds_is_in_it_and_the_vessel_stands() -> None:
    scene = free("a vase with roses on a table")
    relations = {obj.noun: [(relation.direction, relation.targets) for relation in obj.relations] for obj in scene.objects}
    assert relations["rose"] == [(Direction.INSIDE, ("vase",))]
    assert relations["vase"] == [(Direction.ON, ("table",))]


def test_what_is_worn_is_no_object_beside() -> None:
    assert nouns(free("a man with a moustache and a scarf")) == [("man", 1)]


@pytest.mark.parametrize("ordinal", ["last", "first", "second", "other"])
def test_an_ordinal_of_something_not_named_before_is_read(ordinal: str) -> None:
    scene = read(f"a train in the mountains with the moon above the {ordinal} wagon", Vocabulary.ICONS)
    assert any("train" in obj.noun for obj in scene.objects)


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("a flyer. Headline: Piano Lessons with Marta. Underneath a piano", ["Piano Lessons with Marta"]),
        ("badge. Name: Lena Vogt, Company: Nordwind, Table: 4", ["Lena Vogt", "Company: Nordwind", "Table: 4"]),
        ("a fox. Title: The Clever Fox", ["The Clever Fox"]),
        ('fair poster "Discover" with a magnet. Date: 12 March', ["Discover", "Date: 12 March"]),
        ("kids menu with a carrot: fish $5, apple juice $2,50", ["Kids menu", "Fish", "$5", "Apple juice", "$2,50"]),
        ("name tags: Mia, Noah, Ines", ["Mia", "Noah", "Ines"]),
        (
            "save the date: reunion, 17 October 2026, The Old Mill",
            ["Save the date", "Reunion", "17 October 2026", "The Old Mill"],
        ),
        (
            "Wedding invitation: Ida & Max, 2 pm, St. Mary's Church",
            ["Wedding Invitation", "Ida & Max", "2 pm", "St. Mary's Church"],
        ),
        ("invitation to a pool party, please RSVP to Jess by 25 July", ["Pool party", "Please RSVP to Jess by 25 July"]),
        ('flyer "GROW", Sunday 11–2, Community Hall', ["GROW", "Sunday 11–2", "Community Hall"]),
        ('retirement card: fishing rod, "Gone fishing"', ["Gone fishing"]),
        ("Eid Mubarak card with a lantern", ["Eid Mubarak"]),
        ("recipe card for bread: 200 g flour, 2 eggs. Bake 50 min", ["Bread", "200 g flour", "2 eggs", "Bake 50 min"]),
        ("a poster that says QUIET PLEASE - EXAM IN PROGRESS, large red letters", ["QUIET PLEASE - EXAM IN PROGRESS"]),
    ],
)
def test_labelled_texts_particulars_and_lists_are_written(request_: str, written: list[str]) -> None:
    assert sorted(text.content for text in free(request_).texts) == sorted(written)


def test_letters_are_a_look_and_no_objects() -> None:
    scene = free("a poster that says QUIET, large red letters")
    assert scene.objects == ()
    assert [(text.colour, text.large) for text in scene.texts] == [("red", True)]
    assert free("big letters on a white card").background == "white"


def test_things_after_a_colon_are_drawn() -> None:
    assert [obj.noun for obj in free('film poster: "STARS", popcorn and a projector').objects] == ["popcorn", "projector"]
    assert [obj.noun for obj in free("business card: Priya Nair, Gardener, leaf in the corner").objects] == ["leaf"]
    assert [obj.noun for obj in free("kids menu with a carrot: fish $5, apple juice $2").objects] == ["carrot"]


def test_one_of_each_colour_bears_its_label() -> None:
    scene = free('three bins: blue for "PAPER", green for "GLASS", yellow for "PLASTIC"')
    assert [(obj.count.number, obj.colour) for obj in scene.objects] == [(1, "blue"), (1, "green"), (1, "yellow")]
    assert [text.relations[0].targets for text in scene.texts] == [(obj.key,) for obj in scene.objects]


def test_what_something_stands_for_is_not_drawn_beside() -> None:
    assert [obj.modifiers for obj in free("a bicycle with pizzas for wheels").objects] == [(), ("for wheels",)]
    assert [obj.noun for obj in free("a mouse as the chef").objects] == ["mouse"]


def test_an_arrow_points() -> None:
    assert [obj.noun for obj in free("a poster with an arrow pointing left, and an arrow up").objects] == [
        "left arrow",
        "up arrow",
    ]


def test_a_look_after_a_comma_and_a_thing_with_its_place_are_no_lines() -> None:
    assert free("poster for a class: the capital of Peru, huge, with a banana").texts[0].content != "Huge"
    scene = free("pizza menu: Margherita 8.50, Funghi 9.20, pizza slice at the top")
    assert [obj.place for obj in scene.objects] == [Place.TOP]
    assert len(scene.texts) == 5  # the title, and two names with their prices


def test_what_is_over_a_place_is_at_the_top() -> None:
    assert free("the moon over a lake with one swan").objects[0].place is Place.TOP


def test_a_plant_stands_in_no_cooking_pot() -> None:
    assert [(obj.noun, obj.modifiers) for obj in free("a cactus in a pot").objects] == [("cactus", ("in a pot",))]
    assert [obj.noun for obj in free("a soup in a pot").objects][-1] == "pot"


@pytest.mark.parametrize("request_", ['a parrot on a sign, with "LIMA" written on it', 'a sign that says "LIMA"'])
def test_a_sign_that_is_written_on_is_blank(request_: str) -> None:
    scene = free(request_)
    sign = next(obj for obj in scene.objects if obj.noun.endswith("sign"))
    assert sign.noun == "hanging sign"
    assert [(relation.direction, relation.targets) for relation in scene.texts[0].relations] == [(Direction.ON, (sign.key,))]


def on(scene: Scene) -> dict[str, tuple[str, str]]:
    """Text → how it stands to which noun."""
    nouns = {obj.key: obj.noun for obj in scene.objects}
    return {
        text.content: (relation.direction.value, nouns[relation.targets[0]])
        for text in scene.texts
        for relation in text.relations
    }


@pytest.mark.parametrize(
    ("request_", "stands"),
    [
        ('a hoodie with the words "Row Crew"', {"Row Crew": ("on", "hoodie")}),
        ('a book titled "Tides"', {"Tides": ("on", "book")}),
        ('a phone screen showing "No signal"', {"No signal": ("on", "mobile phone")}),
        ('a van bearing the slogan "We fix it"', {"We fix it": ("on", "van")}),
        ('a wedding cake with the name "Ana & Jo" on top', {"Ana & Jo": ("on", "cake")}),
        ('a truck with "Milk" on its side', {"Milk": ("on", "truck")}),
        ('a sign hanging from a tree that says "Camp"', {"Camp": ("on", "hanging sign")}),
        ('a cake with the words "Hi" on a plate', {"Hi": ("on", "cake")}),
        ('a bus with the words "City" above it', {"City": ("above", "bus")}),
        ('a bus with the title "City" at the top', {}),
        ('a dog with the words "Good boy"', {}),
        ('a poster with a bus and the words "City"', {}),
    ],
)
def test_texts_stand_on_what_they_are_said_with(request_: str, stands: dict[str, tuple[str, str]]) -> None:
    assert on(free(request_)) == stands


def test_everyday_readings_keep_texts_off_things() -> None:
    assert not read('a cake with the words "Hi"').texts[0].relations


def test_a_small_text_is_no_title() -> None:
    small = free('a shoe and the small text "today only"').texts[0]
    assert small.large is False and small.role is not TextRole.TITLE


@pytest.mark.parametrize(
    ("request_", "related"),
    [
        (
            "a wooden table with a teapot, two cups and a plate",
            {("teapot", "on", "table"), ("cup", "on", "table"), ("plate", "on", "table")},
        ),
        ("a desk with a laptop, a mug to the left of it", {("laptop", "on", "desk"), ("cup", "left of", "desk")}),
        ("a shelf with three books", {("book", "on", "shelf")}),
        ("a poster with a table and a chair", set()),
        (
            "an owl with a graduation cap sitting on a pile of books",
            {("owl", "on", "stack of books"), ("graduation cap", "worn by", "owl")},
        ),
        ("a girl with a red balloon standing next to a dog", {("girl", "next to", "dog")}),
        ("a chair with a cushion standing next to a dog", {("cushion", "next to", "dog")}),
    ],
)
def test_what_stands_on_a_table_and_who_sits(request_: str, related: set[tuple[str, str, str]]) -> None:
    scene = free(request_)
    told = {
        (obj.noun, relation.direction.value, scene.object_of(relation.targets[0]).noun)
        for obj in scene.objects
        for relation in obj.relations
    }
    assert told == related


@pytest.mark.parametrize(
    ("request_", "noun"),
    [
        ("a small apple next to a big pumpkin", "pumpkin"),
        ("a Halloween pumpkin beside a witch", "jack-o-lantern"),
        ("a goldfish in a bowl", "fishbowl"),
        ("a bowl with lemons", "bowl"),
        ("a chessboard with a king", "chess king"),
        ("a king on a throne", "king"),
        ("Merry Christmas from Ann, with a tree", "christmas tree"),
    ],
)
def test_the_company_of_a_noun_tells_its_sense(request_: str, noun: str) -> None:
    assert noun in {obj.noun for obj in free(request_).objects}


def test_a_named_thing_that_is_named_again_is_the_same() -> None:
    said = (
        "The Statue of Liberty is in the image. A snow globe is in the image. The Statue of Liberty is inside the snow globe."
    )
    assert [obj.noun for obj in free(said).objects] == ["Statue of Liberty", "snow globe"]


def test_a_tree_has_the_colour_of_no_material() -> None:
    tree, spoon = free("an oak tree next to a wooden spoon").objects
    assert tree.colour is None and spoon.colour == "brown"


def test_a_list_in_a_basket_is_in_the_basket() -> None:
    scene = free("a basket with 2 apples, 3 pears and a banana")
    assert {obj.noun for obj in scene.objects if obj.relations} == {"apple", "pear", "banana"}


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("a spider in the middle of its web", ("spider", "inside", "spider web")),
        ("a candle in the middle of a cake", ("candle", "on", "cake")),
        ("a train coming out of a tunnel", ("train", "inside", "tunnel")),
        ("a cat peeking out of a box", ("cat", "inside", "package")),
    ],
)
def test_what_is_before_or_within_another(request_: str, told: tuple[str, str, str]) -> None:
    scene = free(request_)
    (obj,) = (obj for obj in scene.objects if obj.relations)
    assert (obj.noun, obj.relations[0].direction.value, scene.object_of(obj.relations[0].targets[0]).noun) == told


@pytest.mark.parametrize(
    ("request_", "background"),
    [("a lighthouse by the sea", "sea shore"), ("a cabin near a lake", "lake shore"), ("a boat by the sea", "sea")],
)
def test_who_is_by_the_water_is_on_its_shore(request_: str, background: str) -> None:
    assert free(request_).background == background


def test_both_texts_that_are_said_of_a_tile_are_on_it() -> None:
    scene = read("a tile with the chemical symbol of gold and its atomic number", Vocabulary.ICONS, facts_in)
    assert [text.relations[0].targets for text in scene.texts] == [("tile",), ("tile",)]


@pytest.mark.parametrize("request_", ["a cake with the year 1989 on it", "a poster of the year 2000 with balloons"])
def test_a_year_is_written(request_: str) -> None:
    (text,) = free(request_).texts
    assert text.content in request_ and text.content.isdecimal()


@pytest.mark.parametrize(
    ("request_", "larger", "smaller"),
    [
        ("a house three times bigger than a car", "house", "car"),
        ("an orange three times the size of a cherry", "orange", "cherry"),
        ("a dog twice as big as a cat", "dog", "cat"),
        ("an ant half as big as a bee", "bee", "ant"),
    ],
)
def test_times_the_size(request_: str, larger: str, smaller: str) -> None:
    scene = free(request_)
    (big,) = [obj for obj in scene.objects if obj.larger_than]
    assert (big.noun, big.larger_than) == (larger, (smaller,))


def test_as_large_as_is_no_larger() -> None:
    assert all(not obj.larger_than for obj in free("a mouse as big as an elephant").objects)


def test_the_second_colour_of_a_logo_is_behind_the_first() -> None:
    scene = free("logo for a shop called “Petal”, elegant, green and white")
    assert (scene.texts[0].colour, scene.background) == ("green", "white")


def test_stages_behind_with_labels_fill_a_cycle() -> None:
    scene = free("diagram of the rock cycle with labels igneous, sedimentary and metamorphic")
    assert [text.content for text in scene.texts if text.role.value == "label"] == ["Igneous", "Sedimentary", "Metamorphic"]


def test_what_is_organised_heads_its_flyer_without_who_does() -> None:
    scene = free("I'm organising a charity run on Sunday 8 June, 9 am at River Park. Please make a flyer with a shoe")
    assert all("organising" not in text.content for text in scene.texts) and any(
        "Charity run" in t.content for t in scene.texts
    )


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("a poster about bees with the title “BUZZ”", [("bee", None)]),
        ("a poster about Jupiter with the title “JUPITER”", [("jupiter", 1)]),
        ("a poster about recycling", []),
        ("a flyer about dental care with a toothbrush", [("toothbrush", 1)]),
    ],
)
def test_what_a_poster_is_about_is_drawn_where_it_has_a_picture(request_: str, found: list[tuple[str, int | None]]) -> None:
    assert nouns(free(request_)) == found


@pytest.mark.parametrize(
    "request_",
    ["surprise me", "something for my mum", "anything but not a landscape", "I don't know, just surprise me!", "something blue",
     "make something beautiful for my sister's birthday", "anything, but no people please", "something to hang in the hallway"],
)  # fmt: skip
def test_what_leaves_all_open_is_asked_about(request_: str) -> None:
    assert objection(request_)


@pytest.mark.parametrize(
    "request_",
    ["something with balloons for my mum", "anything with stars", "a surprise box", "something about a cat", "a bright idea",
     "something for the kitchen with lemons", 'something that says "hello"', "a card for my mum"],
)  # fmt: skip
def test_what_names_something_is_drawn(request_: str) -> None:
    assert objection(request_) is None
