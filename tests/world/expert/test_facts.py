"""Answers read out of search results, whatever the wording of question and document."""

import pytest

from genevolve.core.event import TextHit
from genevolve.world.expert.facts import aliases, answer, is_description, queries, resolve, told_of


def hit(title: str, snippet: str) -> TextHit:
    return TextHit(title=title, url="", snippet=snippet)


BURKINA = hit(
    "Burkina Faso - Wikipedia",
    "Burkina Faso is a landlocked country in West Africa. Its capital and largest city is Ouagadougou. Its domain is .bf.",
)
MALI = hit(
    "Mali",
    "Mali is a country in West Africa. The capital of Mali is Bamako. Mali borders Burkina Faso and Niger. The ISO code of"
    " Mali is ML, the three-letter ISO code is MLI. The currency of Mali is the Mali Shilling, the currency code is XXF.",
)
USA = hit(
    "United States", "The United States is a country in North America. The capital of the United States is Washington, D.C.."
)
OUAGA = hit("Ouagadougou", "Ouagadougou is a city in Burkina Faso. It has 2,415,266 inhabitants.")
TAURUS = hit("Taurus (zodiac sign)", "Taurus is the sign of the zodiac of people born from 20 April to 20 May.")
CAPRICORN = hit("Capricorn", "Capricorn is the sign of the zodiac of people born from December 22 to January 19.")
GOLD = hit(
    "gold (chemical element)", "Gold is a chemical element. The chemical symbol of gold is Au. The atomic number of gold is 79."
)
TOWER = hit("Eiffel Tower", "The Eiffel Tower is an iron lattice tower in Paris, France. It was completed in 1889.")
ALL = (OUAGA, USA, MALI, BURKINA, CAPRICORN, TAURUS, GOLD, TOWER)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("the country whose capital is Ouagadougou", "Burkina Faso"),
        ("the nation with the capital city Bamako", "Mali"),
        ("the country of which Ouagadougou is the capital", "Burkina Faso"),
        ("the country whose internet domain is .bf", "Burkina Faso"),
        ("the capital of Mali", "Bamako"),
        ("the name of the capital city of Mali", "Bamako"),
        ("Mali's capital", "Bamako"),
        ("the chemical symbol of gold", "Au"),
        ("the element with atomic number 79", "gold"),
        ("the zodiac sign of someone born on 5 May", "Taurus"),
        ("the zodiac sign for January 3rd", "Capricorn"),
        ("the tower in Paris completed in 1889", "Eiffel Tower"),
        ("the country that borders Burkina Faso", "Mali"),
        ("the country governed from Bamako", "Mali"),
        ("the country whose web sites end in .bf", "Burkina Faso"),
        ("the African country with the capital Bamako", "Mali"),
        ("the symbol that chemists use for gold", "Au"),
        ("the country where people pay with the Mali Shilling", "Mali"),
        ("the three-letter country code of Mali", "MLI"),
        ("the three-letter code of the currency of Mali", "XXF"),
        ("the currency code of Mali", "XXF"),
        ("the capital of Mali next to a big tree", "Bamako"),
        ("the capital of the United States", "Washington, D.C."),
    ],
)
def test_answers(asked: str, expected: str) -> None:
    assert answer(asked, ALL) == expected


@pytest.mark.parametrize(
    "asked",
    [
        "the country whose capital is Thimphu",
        "the anthem of Mali",
        "the largest city of Mali",
        "the calling code of Mali",
        "the river that flows through Paris",
        "",
    ],
)
def test_what_no_document_says_has_no_answer(asked: str) -> None:
    assert answer(asked, ALL) is None


def test_a_place_names_the_country_it_lies_in() -> None:
    assert answer("the country in which Ouagadougou lies", (OUAGA,)) == "Burkina Faso"


def test_what_fits_many_alike_has_no_answer() -> None:
    signs = [hit(name, f"{name} is one of the twelve signs of the zodiac.") for name in ("Aries", "Leo", "Virgo")]
    assert answer("the sign of the zodiac", signs) is None


def test_a_description_within_a_description_is_answered_first() -> None:
    asked = "the capital of the country that borders Burkina Faso"
    assert resolve(asked, ()).pending == "the country that borders Burkina Faso"
    assert resolve(asked, ALL).text == "Bamako"


@pytest.mark.parametrize(
    ("text", "described"),
    [
        ("Burkina Faso", False),
        ("burkina faso", False),
        ("the country whose capital is Ouagadougou", True),
        ("the capital of Mali", True),
        ("Japan's capital", True),
        ("Trinidad and Tobago", False),
        ("the Netherlands", False),
        ("the United States of America", False),
        ("the country governed from Bamako", True),
        ("", False),
    ],
)
def test_descriptions_are_told_from_names(text: str, described: bool) -> None:
    assert is_description(text) is described


def test_queries_are_the_words_as_they_stand_and_the_telling_ones() -> None:
    whole, telling = queries("the country whose capital is Ouagadougou")
    assert whole == "country whose capital is Ouagadougou"
    assert telling.split()[0] == "ouagadougou"


def test_another_name_is_the_title_of_a_document_that_mentions_the_first() -> None:
    assert aliases("Upper Volta", (hit("Burkina Faso", "Burkina Faso was formerly called Upper Volta."), MALI)) == (
        "Burkina Faso",
    )


def test_what_is_answered_outright_goes_before_what_its_parts_mean() -> None:
    asked = "the capital of the country surrounded by South Africa"
    outright = hit("Maseru", f"Answer to “{asked}?”: “Maseru”.")
    inner = hit("Lesotho", "Lesotho is a country that borders only South Africa.")
    assert resolve(asked, (inner, outright)).text == "Maseru"


def test_a_name_that_a_search_gives_outright_is_told() -> None:
    box = hit("Mercury", "Answer to “planet closest to the sun”: “Mercury”. Mercury is planet number 1 from the Sun.")
    assert told_of("the name of the planet closest to the sun", "Mercury", [box])
    assert not told_of("the name of the planet with the most storms", "Mercury", [box])
