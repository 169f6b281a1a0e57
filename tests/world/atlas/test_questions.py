"""Questions of fact in free wording: answered where every word is understood, and never guessed."""

import asyncio
from pathlib import Path

import pytest

from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.atlas.questions import described
from genevolve.world.atlas.searches import AtlasSearch
from genevolve.world.expert.facts import answer as read_answer


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("the country whose money is called dong", "Vietnam"),
        ("the country that is completely surrounded by South Africa", "Lesotho"),
        ("the country that you call with +81", "Japan"),
        ("the country where you find Gdańsk", "Poland"),
        ("the largest country in South America", "Brazil"),
        ("the country with the most people in Africa", "Nigeria"),
        ("the country whose flag has a maple leaf", "Canada"),
        ("the element with atomic number 79", "gold"),
        ("the element As", "arsenic"),
        ("the fourth planet from the sun", "Mars"),
    ],
)
def test_it_understands_free_wordings(description: str, name: str) -> None:
    assert [entity.name for entity in described(description)] == [name]


@pytest.mark.parametrize(
    "description",
    [
        "the country with the best beaches",
        "the country whose money is called franc",
        "the country that does not border Germany",
        "the country that invented the haegeum",
        "the planet where aliens live",
    ],
)
def test_what_it_does_not_wholly_understand_has_no_one_answer(description: str) -> None:
    assert len(described(description)) != 1 and answer(description) is None


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("the capital of the country whose flag has a maple leaf", "Ottawa"),
        ("gold's atomic number", "79"),
        ("how many moons Mars has", "2"),
        ("the height of the tallest mountain in the world", "8,849 m"),
        ("the national bird of the United States", "bald eagle"),
        ("the year in which Ghana became independent", "1957"),
    ],
)
def test_values_are_told_as_text(question: str, value: str) -> None:
    found = answer(question)
    assert found is not None and found.text == value


def test_the_claims_know_a_national_bird() -> None:
    assert AtlasKnowledge().looks("national bird", "the United States") == ("openmoji:1F985",)


def test_the_search_answers_outright_and_the_expert_reads_it(tmp_path: Path) -> None:
    search = AtlasSearch(tmp_path)
    try:
        hits = asyncio.run(search.search("country that is completely surrounded by South Africa", 5))
        assert hits[0].title == "Lesotho"
        assert read_answer("the country that is completely surrounded by South Africa", hits) == "Lesotho"
        unknown = asyncio.run(search.search("country that exports the most coffee", 5))
        assert read_answer("the country that exports the most coffee", unknown) is None
        assert all(hit.url != "atlas:answer" for hit in asyncio.run(search.search("capital of Mongolia", 5)))
    finally:
        search.close()


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("how do people pay in Hungary", "Forint"),
        ("which city governs Spain", "Madrid"),
        ("If I ring a friend in Norway, what do I dial first?", "+47"),
        ("the capital of Georgia, the country", "Tbilisi"),
        ("the capital of Georgia, the US state", "Atlanta"),
        ("Is it Marrakesh or Rabat that's the capital of Morocco?", "Rabat"),
        ("I always forget: what's Latvia's capital?", "Riga"),
        ("On what continent would you look for Belize?", "North America"),
        ("what's Swaziland called nowadays?", "Eswatini"),
        ("which two languages are official in Finland", "Finnish and Swedish"),
        ("the colours of Italy's flag", "green, white and red"),
        ("who has more neighbours, Hungary or Spain", "Hungary"),
        ("the smallest country in the world by population", "Vatican City"),
        ("which element has 79 protons", "Gold"),
        ("the smallest of the eight planets", "Mercury"),
        ("the country where the money is called guaranis", "Paraguay"),
    ],
)
def test_wordings_that_nobody_wrote_down(question: str, value: str) -> None:
    found = answer(question)
    assert found is not None and found.text == value


@pytest.mark.parametrize(
    "question",
    [
        "who ruled Spain",
        "the old currency of Italy",
        "the capital of Georgia, the band",
        "the country with an AK-47 on its flag",
        "the larger country",
        "the second capital of Bolivia",
        "the price of bread in Hungary",
        "the currency of Peru or Chile",
        "when did Mali win against France",
        "the language of flowers in Japan",
        "the tallest building in the capital of Kenya",
        "the planet with the most people",
    ],
)
def test_a_word_that_is_not_understood_means_no_answer(question: str) -> None:
    assert answer(question) is None
