"""Single facts of general knowledge, and questions that are answered in two steps."""

import pytest

from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.countries import countries
from genevolve.world.atlas.entities import table
from genevolve.world.atlas.groups import flags_in
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.model import AskedFact
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def said(question: str) -> str:
    found = answer(question)
    return found.text if found is not None else ""


ONE_STEP = [
    ("the fruit that cider is made from", "Apple"),
    ("what fruit is wine made of", "Grape"),
    ("which vegetable are chips made from", "Potato"),
    ("the baby of a horse", "Foal"),
    ("what is a baby swan called", "Cygnet"),
    ("the animal whose baby is called a joey", "Kangaroo"),
    ("the collective noun for crows", "Murder"),
    ("the sound that owls make", "Hoot"),
    ("the animal that says moo", "Cow"),
    ("the fastest land animal", "Cheetah"),
    ("whats the author of Hamlet", "William Shakespeare"),
    ("the year in which the Titanic sank", "1912"),
    ("when did world war two end", "1945"),
    ("the year Mozart was born", "1756"),
    ("how many weeks are there in a year", "52"),
    ("the number of grams in a kilo", "1,000"),
    ("the month after December", "January"),
    ("the letter between K and M", "L"),
    ("which planet comes right after Earth?", "Mars"),
    ("the last month of the year", "December"),
    ("the date of Christmas", "25 December"),
    ("what is 7 times 8?", "56"),
    ("the square root of 81", "9"),
    ("the sum of 15 and twenty-seven", "42"),
    ("the country where tacos were invented", "Mexico"),
    ("where paella comes from", "Spain"),
    ("the country that won the 1998 World Cup", "France"),
]


@pytest.mark.parametrize(("question", "value"), ONE_STEP)
def test_what_everybody_learns_is_answered_in_several_wordings(question: str, value: str) -> None:
    assert said(question) == value


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("the capital of the country where sushi comes from", "Tokyo"),
        ("the capital of the country that gave the Statue of Liberty to the United States", "Paris"),
        ("the year the man who painted the Mona Lisa was born", "1452"),
        ("the country where the author of Don Quixote was born", "Spain"),
        ("the number of legs of the animal that gives us honey", "6"),
        ("the sound of the animal that gives us bacon", "Oink"),
        ("the month after the month of Halloween", "November"),
        ("the roman numeral for the number of months in a year", "XII"),
        ("the continent of the country with the longest coastline", "North America"),
    ],
)
def test_a_description_gives_place_to_what_it_means_in_the_outer_question(question: str, value: str) -> None:
    assert said(question) == value


@pytest.mark.parametrize(
    "question",
    [
        "the fruit that glorpberry juice is made from",
        "the year the Vasa sank",
        "the year Kennedy became president",  # what is known of him is another year
        "the year the king was born",
        "the first dog on the moon",
        "how many years are there in a week",  # and not how many weeks in a year
        "the planet after Neptune",
        "10 divided by 3",
        "the capital of the country that invented the bicycle",
        "the animal whose baby is called a foal or a calf",
        "the country that gave the Statue of Liberty to Japan",
    ],
)
def test_what_is_not_known_is_not_guessed(question: str) -> None:
    assert said(question) == ""


def test_every_country_and_side_in_the_tables_is_one() -> None:
    names, codes = {country.name for country in countries()}, {country.iso2 for country in countries()}
    held = table("known.toml")
    told = {
        line.rpartition(" = ")[2] for row in held["relation"] if row["kind"] == "country" for line in row["rows"].split("\n")
    }
    assert told - {""} <= names
    borders = {country.iso2: country.borders for country in countries()}
    for side, beside in held["sides"].items():
        assert side.split()[0] in codes
        assert set(beside.split()) <= set(borders[side.split()[0]])


def asked(request_text: str) -> list[tuple[str, str]]:
    return [(request_text[fact.span.start : fact.span.end], fact.noun) for fact in facts_in(request_text)]


@pytest.mark.parametrize(
    ("request_text", "found"),
    [
        ("the fruit that cider is made from, in a barrel", [("the fruit that cider is made from", "fruit")]),
        ("the year the titanic sank in big numbers above a ship", [("the year the titanic sank", "")]),
        ("an owl and the sound it makes", [("the sound it makes", "")]),
        ("a flag of the country that invented karate on a wall", [("a flag of the country that invented karate", "flag")]),
        ("the first man on the moon, year and name, with a flag",
         [("the first man on the moon", ""), ("year", ""), ("name", "")]),
        ("whats the chemical symbol for gold? a tile with the name underneath",
         [("whats the chemical symbol for gold", ""), ("the name", "")]),
        ("who invented the telephone? the name under a phone", [("who invented the telephone?", ""), ("the name", "")]),
        ("three cats, the biggest cat in the middle", []),
        ("a factory where paper is made", []),
        ("a house where a dog lives", []),
    ],
)  # fmt: skip
def test_what_a_request_asks_for_and_what_is_but_a_scene(request_text: str, found: list[tuple[str, str]]) -> None:
    assert asked(request_text) == found


@pytest.mark.parametrize(
    ("noun", "of", "look"),
    [
        ("fruit", "the fruit that cider is made from", "openmoji:1F34E"),
        ("flag", "the country where the author of Don Quixote was born", "openmoji:1F1EA-1F1F8"),
        ("animal", "the fastest land animal", "openmoji:1F406"),
    ],
)
def test_what_is_described_is_shown_by_its_picture(noun: str, of: str, look: str) -> None:
    assert look in AtlasKnowledge(Vocabulary.ICONS).looks(noun, of)


NEIGHBOURS = "the flags of the three countries that border Switzerland to the north, west and south, with names"


def test_several_countries_by_one_description_are_several_flags_with_their_names() -> None:
    scene = read(f"Draw {NEIGHBOURS}", Vocabulary.ICONS, facts_in)
    assert [(obj.noun, obj.of) for obj in scene.objects] == [("flag", "Germany"), ("flag", "France"), ("flag", "Italy")]
    assert [text.content for text in scene.texts] == ["Germany", "France", "Italy"]


@pytest.mark.parametrize(
    ("request_text", "names"),
    [
        ("the flags of the countries that border Austria to the south", ("Italy", "Slovenia")),
        ("flags of the two neighbours of Andorra", ("Spain", "France")),
        ("the flags of the two countries that border Spain", ()),  # there are more
        ("the flags of the countries that border Iran to the north", ()),  # no side is told
        ("the flags of the countries that border Atlantis", ()),
    ],
)
def test_neighbours_are_shown_only_where_side_and_number_are_sure(request_text: str, names: tuple[str, ...]) -> None:
    found: list[AskedFact] = list(flags_in(request_text))
    assert set(found[0].each if found else ()) == set(names)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("the tower Paris is famous for", "Eiffel Tower"),
        ("the building that Agra is known for", "Taj Mahal"),
        ("Sydney's famous opera house", "Sydney Opera House"),
        ("the statue in Rio de Janeiro", "Christ the Redeemer"),
        ("the landmark of Athens", "Parthenon"),
        ("the clock tower of London", "Big Ben"),
        ("the leaf on the Canadian flag", "Maple leaf"),
        ("the bird on the US national emblem", "Bald eagle"),
        ("the animal that turns into a butterfly", "Caterpillar"),
        ("the animal that a tadpole turns into", "Frog"),
        ("the shape of a stop sign", "Octagon"),
        ("the country that won the first football world cup", "Uruguay"),
        ("the winner of the 2018 fifa world cup", "France"),
        ("the only country whose flag is not a rectangle", "Nepal"),
        ("the bird that cannot fly and lives in Antarctica", "Penguin"),
        ("the atomic number of the element with the symbol Fe", "26"),
    ],
)
def test_what_is_found_by_where_it_is_and_what_it_does(question: str, name: str) -> None:
    assert AtlasKnowledge(Vocabulary.ICONS).wording(question) == name


@pytest.mark.parametrize(
    "question",
    ["a tower in Pisa", "the building in London", "buildings in Rome", "the statue of Paris", "the shape of water",
     "the bird that can swim and lives in Antarctica", "an animal that lays eggs and sings"],
)  # fmt: skip
def test_any_of_them_and_none_of_them_are_no_answer(question: str) -> None:
    assert said(question) == ""


@pytest.mark.parametrize(
    ("noun", "of", "look"),
    [
        ("landmark", "the landmark that is the wall China is famous for", "genevolve:great-wall"),
        ("planet", "the planet closest to the sun", "genevolve:mercury"),
        ("mountain", "the highest mountain of Africa", "game-icons:peaks"),
        ("mountain", "the highest mountain of Japan", "openmoji:1F5FB"),
        ("animal", "the animal that is the bird on the US national emblem", "openmoji:1F985"),
    ],
)
def test_what_was_found_has_a_picture(noun: str, of: str, look: str) -> None:
    assert AtlasKnowledge(Vocabulary.ICONS).looks(noun, of)[:1] == (look,)
