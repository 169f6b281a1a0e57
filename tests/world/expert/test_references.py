"""References are chosen by title: the exact one before a similar one, the user's own before others, none before a wrong one."""

import pytest

from genevolve.core.picture import Picture
from genevolve.world.expert.references import ACCEPTED, Pick, Wish, choose, fit, opaque
from genevolve.world.expert.research import another_thing
from genevolve.world.expert.transcript import SeenPicture


def shown(number: int, title: str, *, query: str = "q", url: str = "openmoji:1F1E7", rank: int = 0) -> SeenPicture:
    picture = Picture(title=title, digest="00", source="", url=url)
    return SeenPicture(img_id=f"IMG_{number:03d}", picture=picture, query=query, rank=rank)


def chosen(wish: Wish, *titles: str, pick: Pick = Pick.TITLE) -> str | None:
    pictures = [shown(number, title, query=wish.queries[0], rank=number - 1) for number, title in enumerate(titles, start=1)]
    choice = choose(wish, pictures, pick)
    return choice.shown.picture.title if choice else None


def flag(*names: str) -> Wish:
    return Wish(key="flag", noun="flag", names=names)


@pytest.mark.parametrize(
    ("wish", "titles", "expected"),
    [
        (flag("Guinea"), ("flag: Guinea-Bissau", "flag: Papua New Guinea", "flag: Guinea"), "flag: Guinea"),
        (flag("Niger"), ("flag: Nigeria", "flag: Niger"), "flag: Niger"),
        (flag("Côte d'Ivoire"), ("flag: Ireland", "flag: Côte d’Ivoire"), "flag: Côte d’Ivoire"),
        (flag("Saint Lucia"), ("flag: St. Vincent & Grenadines", "flag: St. Lucia"), "flag: St. Lucia"),
        (flag("Trinidad and Tobago"), ("flag: Togo", "flag: Trinidad & Tobago"), "flag: Trinidad & Tobago"),
        (
            flag("Burkina Faso"),
            ("Map of Burkina Faso", "Flag of Burkina Faso - Wikipedia.png"),
            "Flag of Burkina Faso - Wikipedia.png",
        ),
        (Wish(key="k", noun="bench"), ("flexed biceps", "workbench", "park bench"), "park bench"),
        (Wish(key="k", noun="axolotl"), ("Axolotl (Ambystoma mexicanum) photo",), "Axolotl (Ambystoma mexicanum) photo"),
        (Wish(key="k", noun="tower", names=("Eiffel",)), ("Tokyo Tower", "Eiffel Tower"), "Eiffel Tower"),
        (Wish(key="k", noun="landmark", names=("Eiffel Tower",)), ("Tokyo tower", "Eiffel tower"), "Eiffel tower"),
    ],
)
def test_the_title_that_fits_best_wins(wish: Wish, titles: tuple[str, ...], expected: str) -> None:
    assert chosen(wish, *titles) == expected


@pytest.mark.parametrize(
    ("wish", "titles"),
    [
        (flag("Burkina Faso"), ("flag: Mali", "flag: Niger", "Faso")),
        (flag("Chad"), ("chart increasing",)),
        (Wish(key="k", noun="abacus"), ("calculator", "bead necklace", "")),
        (flag("Atlantis"), ()),
    ],
)
def test_a_wrong_picture_is_not_taken(wish: Wish, titles: tuple[str, ...]) -> None:
    assert chosen(wish, *titles) is None


def test_any_known_name_of_the_thing_will_do() -> None:
    assert chosen(flag("Ivory Coast", "Côte d'Ivoire"), "flag: Ireland", "flag: Côte d’Ivoire") == "flag: Côte d’Ivoire"


def test_the_broken_part_takes_the_first_result_whatever_it_is() -> None:
    assert chosen(flag("Burkina Faso"), "flag: Mali", "flag: Burkina Faso", pick=Pick.FIRST) == "flag: Mali"


def test_the_users_library_wins_over_a_picture_that_fits_as_well() -> None:
    wish = Wish(key="k", noun="lighthouse")
    own = shown(2, "lighthouse", url="library:coast/lighthouse.png")
    choice = choose(wish, [shown(1, "lighthouse"), own])
    assert choice is not None and choice.shown == own


def test_a_library_picture_of_something_else_does_not_win() -> None:
    wish = flag("Chad")
    choice = choose(wish, [shown(1, "our logo", url="library:acme/logo.png"), shown(2, "flag: Chad")])
    assert choice is not None and choice.shown.img_id == "IMG_002"


def test_fit_is_a_share_between_none_and_all() -> None:
    assert fit("flag: Chad", flag("Chad")) == 1.0
    assert ACCEPTED < fit("flag of Chad on a pole", flag("Chad")) < 1.0
    assert fit("", flag("Chad")) == 0.0


@pytest.mark.parametrize(("title", "says_nothing"), [("IMG 2034", True), ("photo", True), ("scan 1", True), ("rex", False)])
def test_titles_of_cameras_say_nothing(title: str, says_nothing: bool) -> None:
    assert opaque(title) is says_nothing


def test_queries_name_the_thing_in_full_and_then_otherwise() -> None:
    assert flag("Chad").queries == ("flag of Chad", "Chad flag")
    assert Wish(key="k", noun="axolotl").queries == ("axolotl",)
    assert Wish(key="k", noun="tower", names=("Eiffel Tower",)).queries[0] == "Eiffel Tower"


@pytest.mark.parametrize(
    ("noun", "title", "another"),
    [
        ("counter", "geiger counter", True),
        ("pile", "pile of poo", True),
        ("pool", "pool 8 ball", True),
        ("zither", "zither", False),
        ("Saturn", "ringed planet", False),
    ],
)
def test_a_pictogram_with_a_longer_name_is_of_another_thing(noun: str, title: str, another: bool) -> None:
    wish = Wish(key=noun, noun=noun)
    assert another_thing(shown(1, title), wish) is another
    assert not another_thing(shown(1, title, url="https://example.org/1"), wish)
    assert not another_thing(shown(1, title), Wish(key=noun, noun=noun, names=("a name",)))
