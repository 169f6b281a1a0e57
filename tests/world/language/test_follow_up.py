"""A request and its changes as one request: read back, it asks for what was changed, and still for everything else."""

import pytest

from genevolve.core.claim import Place
from genevolve.world.language.follow_up import merged
from genevolve.world.language.model import Scene, Size, Style
from genevolve.world.language.objections import objection
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

ICONS = Vocabulary.ICONS
FIRST = 'Three brown dogs and a red ball on a beach at noon, with the title "HELLO"'


def things(*wishes: str, first: str = FIRST) -> dict[str, tuple[int | None, str | None]]:
    return {obj.noun: (obj.count.number, obj.colour) for obj in read(merged((first, *wishes), ICONS), ICONS).objects}


WERE: dict[str, tuple[int | None, str | None]] = {"dog": (3, "brown"), "ball": (1, "red")}


@pytest.mark.parametrize(
    ("change", "are"),
    [
        ("the same, but with two camels", {**WERE, "camel": (2, None)}),
        ("and a cat, and an umbrella", {**WERE, "cat": (1, None), "umbrella": (1, None)}),
        ("five dogs", {**WERE, "dog": (5, "brown")}),
        ("two balls instead of one", {**WERE, "ball": (2, "red")}),
        ("make the ball green", {**WERE, "ball": (1, "green")}),
        ("the dogs should be white, and the ball yellow", {"dog": (3, "white"), "ball": (1, "yellow")}),
        ("remove the dogs", {"ball": (1, "red")}),
        ("please, no ball", {"dog": (3, "brown")}),
        ("replace the ball with a kite", {"dog": (3, "brown"), "kite": (1, None)}),
        ("a kite instead of the ball", {"dog": (3, "brown"), "kite": (1, None)}),
        ("at night", WERE),
        ('title "BYE"', WERE),
    ],
)
def test_what_a_change_says_of_things(change: str, are: dict[str, tuple[int | None, str | None]]) -> None:
    assert things(change) == are


CUPS: dict[str, tuple[int | None, str | None]] = {"cup": (1, None), "book": (1, None)}


@pytest.mark.parametrize(
    ("changes", "are"),
    [
        (["the cup should be blue"], {**CUPS, "cup": (1, "blue")}),
        (["I'd like the cup to be blue"], {**CUPS, "cup": (1, "blue")}),
        (["can the cup be dark green?"], {**CUPS, "cup": (1, "dark green")}),
        (["the cup must be blue", "the book becomes yellow"], {"cup": (1, "blue"), "book": (1, "yellow")}),
        (["colour the cup orange", "make the orange cup a bright red"], {**CUPS, "cup": (1, "red")}),
        (["make the blue cup green"], {**CUPS, "cup": (1, "green")}),
        (["add a lamp", "make the lamp blue"], {**CUPS, "lamp": (1, "blue")}),
        (["there should be three books"], {**CUPS, "book": (3, None)}),
        (["the cup should be a lamp"], {"lamp": (1, None), "book": (1, None)}),
        (["swap the book for a lamp", "make the lamp a camel"], {"cup": (1, None), "camel": (1, None)}),
        (["the cup needs to have a spoon"], {**CUPS, "spoon": (1, None)}),
        (["give the cup a red spoon and the book a lamp"], {**CUPS, "spoon": (1, "red"), "lamp": (1, None)}),
        (["move the cup a bit closer to the book"], CUPS),
        (["bring the book closer", "it should be at night"], CUPS),
    ],
)
def test_wishes_are_commands(changes: list[str], are: dict[str, tuple[int | None, str | None]]) -> None:
    assert things(*changes, first="a cup and a book") == are


def test_sizes_places_and_colours_of_texts() -> None:
    def merge(*changes: str, first: str = "a cat and a dog") -> Scene:
        return read(merged((first, *changes), ICONS), ICONS)

    sizes = [[obj.size for obj in merge(change).objects] for change in ("the dog should be bigger", "move the dog closer")]
    assert sizes == [[None, Size.LARGE]] * 2
    cat, _ = merge("the cat should be on the left").objects
    assert cat.place is Place.LEFT
    (text,) = merge("the title should be red", first='a cat and the title "HELLO"').texts
    assert (text.content, text.colour) == ("HELLO", "red")
    (text,) = merge("change the title to GOOD DAY", first='a cat and the title "HELLO"').texts
    assert text.content == "GOOD DAY"
    for changes in (["no title"], ["the title should be red", "no title"]):
        bare = merge(*changes, first='a cat and the title "HELLO"')
        assert bare.texts == () and [obj.colour for obj in bare.objects] == [None]


@pytest.mark.parametrize(
    ("change", "background", "light"),
    [
        ("at sunset", "beach", "at sunset"),
        ("in a forest", "forest", "at noon"),
        ("the same, but on a street at night", "street", "at night"),
        ("make the background blue", "blue", "at noon"),
    ],
)
def test_what_a_change_says_of_the_setting(change: str, background: str, light: str) -> None:
    seen = read(merged((FIRST, change), ICONS), ICONS)
    assert (seen.background, seen.light) == (background, light)
    assert [text.content for text in seen.texts] == ["HELLO"] and things(change) == WERE


def test_texts_styles_and_whole_pictures() -> None:
    def seen(change: str) -> tuple[list[str], Style | None]:
        scene = read(merged((FIRST, change), ICONS), ICONS)
        return [text.content for text in scene.texts], scene.style

    assert seen('change the title to "BYE"') == seen('title "BYE"') == (["BYE"], None)
    assert seen("without the title") == ([], None)
    assert seen("in watercolor") == (["HELLO"], Style.WATERCOLOR)
    assert things("make it more blue", first="a camel") == {"camel": (1, "blue")}


def test_changes_build_on_each_other() -> None:
    assert things("remove the ball", "five dogs", "the dogs are white", "and a cat", "no dogs") == {"cat": (1, None)}
    assert merged((FIRST,), ICONS) == FIRST


def test_a_thing_that_is_mentioned_twice_goes_as_a_whole() -> None:
    assert things("put a lamp next to the sofa", "remove the sofa", first="a cat on a sofa") == {
        "cat": (1, None),
        "lamp": (1, None),
    }


def test_what_is_not_understood_is_kept_in_its_words() -> None:
    assert "frobnicate the whole" in merged((FIRST, "frobnicate the whole"), ICONS).lower()


@pytest.mark.parametrize("request_", ["can you make the text bigger", "could you please make it blue"])
def test_a_polite_change_without_a_picture_is_asked_about(request_: str) -> None:
    assert "no image before it" in (objection(request_) or "")
