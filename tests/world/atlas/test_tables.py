"""The tables behind the atlas: complete, consistent, and true where it is easy to check."""

from collections import Counter

import pytest

from genevolve.world.atlas.countries import by_code, countries
from genevolve.world.atlas.descriptions import fitting
from genevolve.world.atlas.entities import Entity, by_id, entities, table
from genevolve.world.atlas.pictograms import by_name, pictograms
from genevolve.world.atlas.raster import hexcode
from genevolve.world.atlas.text import content_words, fold, name_key, singular, words


def test_every_country_has_a_flag_a_name_and_known_neighbours() -> None:
    assert len(countries()) > 240
    assert sum(country.sovereign for country in countries()) in range(193, 200)
    for country in countries():
        assert hexcode(country.flag)
        assert country.name == country.name.strip()
        assert set(country.borders) <= set(by_code())
    assert not {"AN", "CS"} & set(by_code())


def test_capitals_of_sovereign_countries_are_known() -> None:
    assert [country.iso2 for country in countries() if country.sovereign and not country.capital] == []


def test_borders_go_both_ways_except_for_disputed_ones() -> None:
    pairs = {(country.iso2, border) for country in countries() for border in country.borders}
    assert sum((there, here) not in pairs for here, there in pairs) <= 4


def test_entities_have_unique_ids_and_existing_looks() -> None:
    assert len(by_id()) == len(entities())
    for entity in entities():
        for look in entity.looks:
            assert f"openmoji:{hexcode(look)}" == look
        assert entity.text.endswith(".")
        assert all(value == value.strip() and value for value in entity.facts.values()), entity


def test_a_description_fits_only_its_own_entity() -> None:
    for entity in entities():
        for description in entity.known_as:
            assert [found.id for found in fitting(description)] == [entity.id], description


def test_kinds_are_there_in_full() -> None:
    kinds = Counter(entity.kind for entity in entities())
    assert (kinds["chemical element"], kinds["US state"], kinds["zodiac sign"], kinds["chess piece"]) == (118, 50, 12, 12)
    years = [
        year for entity in entities() if entity.kind == "Chinese zodiac animal" for year in entity.facts["years"].split(", ")
    ]
    assert sorted(years) == [str(year) for year in range(1900, 2056)]


@pytest.mark.parametrize(
    ("id", "fact", "value"),
    [
        ("country:BF", "capital", "Ouagadougou"),
        ("country:KZ", "capital", "Astana"),
        ("country:GB", "internet domain", ".uk"),
        ("country:BG", "currency code", "EUR"),
        ("country:LS", "borders", "South Africa"),
        ("element:tungsten", "chemical symbol", "W"),
        ("us-state:new-york", "capital", "Albany"),
        ("zodiac:leo", "to", "22 August"),
    ],
)
def test_facts(id: str, fact: str, value: str) -> None:
    assert by_id()[id].facts[fact] == value


def test_no_pictogram_is_a_skin_tone_variant_and_every_one_exists() -> None:
    assert len(pictograms()) > 2000
    for pictogram in pictograms():
        assert hexcode(pictogram.hexcode) == pictogram.hexcode
        assert not any(tone in pictogram.hexcode.split("-")[1:] for tone in ("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"))
        assert pictogram.title.strip()
        assert "\ufffd" not in pictogram.title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("apple", "red apple"),
        ("orange", "tangerine"),
        ("flags of Côte d’Ivoire", "Flag of Ivory Coast"),
        ("Ivory Coast flag", "Flag of Ivory Coast"),
        ("burkinabe flag", "Flag of Burkina Faso"),
        ("Czech Republic flag", "Flag of Czechia"),
        ("flag of the Republic of Korea", "Flag of South Korea"),
        ("turkey", "turkey"),
    ],
)
def test_names_lead_to_plain_pictures(name: str, title: str) -> None:
    assert by_name()[name_key(name)][0].title == title


def test_bench_is_no_flexed_biceps() -> None:
    assert name_key("bench") not in by_name()


def test_words_ignore_case_accents_and_punctuation() -> None:
    assert words("CÔTE d’Ivoire's flag, São Tomé!") == ["cote", "divoire", "flag", "sao", "tome"]
    assert words("the U.S.A. and .bf and +226 and 5 August") == [
        "the",
        "usa",
        "and",
        "dotbf0",
        "and",
        "tel226",
        "and",
        "day0805",
    ]
    assert words("August 5th") == words("the 5th of August")[1:] == ["day0805"]
    assert fold("Łódź") == "lodz"


def test_codes_survive_among_stop_words() -> None:
    assert content_words("ISO code IT") == ["iso|isoiso0", "code", "itiso0"]
    assert content_words("is it in") == []
    assert len(content_words("word " * 10 + " ".join(f"w{number}" for number in range(1000)))) == 64


@pytest.mark.parametrize(("plural", "single"), [("dogs", "dog"), ("cherries", "cherry"), ("boxes", "box"), ("wolves", "wolf"),
                                                ("glass", "glass"), ("women", "woman"), ("bus", "bus")])  # fmt: skip
def test_singular(plural: str, single: str) -> None:
    assert singular(plural) == single


def test_entities_are_immutable_values() -> None:
    assert Entity(id="a", kind="b", name="c") == Entity(id="a", kind="b", name="c")


def test_every_thing_says_where_it_was_checked() -> None:
    things = table("things.toml")["thing"]
    assert all(isinstance(thing["source"], str) for thing in things)
    assert sum(thing["source"].startswith("WordNet 3.0: ") for thing in things) >= 40
