"""Facts that a request asks for in passing: found by the free reading of questions, written or shown, and accounted for."""

import pytest

from genevolve.core.claim import TextShown
from genevolve.core.ledger import Fate
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel.derive_claims import derive_claims

WRITTEN = [
    ("a sign with the capital of Canada below it", "the capital of Canada", "Ottawa"),
    ("country code for phoning Spain in large digits", "country code for phoning Spain", "+34"),
    ("a lion and the chemical symbol of silver as large text", "the chemical symbol of silver", "Ag"),
    ("what's the symbol for sodium? Big letters, salt shaker next to it", "what's the symbol for sodium?", "Na"),
    ("a card with a coin, and the currency of Peru in gold letters", "the currency of Peru", "Sol"),
    ("the flag of Brazil with its capital written under it", "its capital", "Brasilia"),
    ("flag of Japan on the left, the name of its currency on the right", "the name of its currency", "Yen"),
    ("poster of the largest planet with its name on top", "its name", "Jupiter"),
    ("a tram in the capital of Portugal, and the city's name as the title", "the city's name", "Lisbon"),
    ("the flag of Chad with the currency's name below", "the currency's name", "CFA Franc BEAC"),
    ("a bear next to the flag of Russia and the country's population below", "the country's population", "140,134,279"),
    ("a banknote with the currency symbol of Peru", "the currency symbol of Peru", "S/"),
    ("a map pin with the name of the largest city in Turkey", "the name of the largest city in Turkey", "Istanbul"),
    ("write the Roman numeral for 49 on a clock", "the Roman numeral for 49", "XLIX"),
    ("a card that says what you call the money in Poland", "what you call the money in Poland", "Zloty"),
    ("a phone with the dialling code of Brazil on its screen", "the dialling code of Brazil", "+55"),
    ('a card with "Capital of Canada?" on top and the correct answer below', "the correct answer", "Ottawa"),
]


@pytest.mark.parametrize(("request_text", "words", "value"), WRITTEN)
def test_a_fact_in_a_scene_is_a_text_that_is_checked_and_accounted_for(request_text: str, words: str, value: str) -> None:
    facts = [fact for fact in facts_in(request_text) if not fact.noun]
    assert [request_text[fact.span.start : fact.span.end] for fact in facts] == [words]

    derived = derive_claims(request_text, AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)

    assert value in [claim.text for claim in derived.claims if isinstance(claim, TextShown)]
    told = [entry for entry in derived.ledger.entries if facts[0].span.start <= entry.start < facts[0].span.end]
    assert told
    assert {entry.fate for entry in told} == {Fate.LOOKED_UP}


def test_a_fact_may_be_a_thing_to_be_shown() -> None:
    scene = read("the national bird of New Zealand next to the country's flag", Vocabulary.ICONS, facts_in)
    bird, flag = scene.objects
    assert (flag.noun, flag.of) == ("flag", "New Zealand")
    assert bird.relations[0].targets == (flag.key,)


def test_a_question_is_not_written_where_its_answer_has_a_place_of_its_own() -> None:
    scene = read("How tall is Mount Everest? Put the height next to a mountain", Vocabulary.ICONS, facts_in)
    assert [len(text.relations) for text in scene.texts] == [1]
    shown = read("Which country has Canberra as its capital? Its flag please", Vocabulary.ICONS, facts_in)
    assert ([obj.noun for obj in shown.objects], shown.texts) == (["flag"], ())


def test_a_fact_of_each_of_several_is_not_told_of_one() -> None:
    assert facts_in("the flag of Kenya and the flag of Peru, each with its capital below") == ()


def test_a_bird_is_no_fruit() -> None:
    assert AtlasKnowledge(Vocabulary.ICONS).looks("national bird", "New Zealand") == ("game-icons:kiwi-bird",)


def test_what_comes_after_and_is_no_part_of_the_question() -> None:
    scene = read("a card with the country code for phoning Spain and a telephone", Vocabulary.ICONS, facts_in)
    assert [obj.noun for obj in scene.objects] == ["telephone"]


@pytest.mark.parametrize(
    "request_text",
    [
        "a dog on the beach",
        "a street in the capital of France",  # where it is, and no text
        "the flag of the country whose capital is Nairobi",
        "a lion with its name",  # nothing tells its name
        "the year the Vasa sank",  # in no table
        "the flag of Kenya and the flag of Peru, each with a title",
    ],
)
def test_nothing_is_taken_for_a_fact_that_is_none(request_text: str) -> None:
    assert [fact for fact in facts_in(request_text) if not fact.noun] == []


def test_everyday_requests_are_read_without_facts() -> None:
    assert read("a sign with the capital of Canada below it", Vocabulary.EVERYDAY, facts_in).facts == ()


def test_a_flag_of_what_a_city_is_the_capital_of() -> None:
    (fact,) = facts_in("the flag of the country Bangkok is the capital of")
    assert (fact.noun, AtlasKnowledge(Vocabulary.ICONS).looks(fact.noun, fact.question)) != ("", ())
    assert fact.noun == "flag"


def test_a_possession_leans_on_the_name_before_it() -> None:
    found = {(fact.question, fact.noun) for fact in facts_in("Poster of Japan with its flag, the capital's name")}
    assert found == {("Japan", "flag"), ("the capital of Japan", "")}
    gold = [fact.question for fact in facts_in("the chemical symbol for gold and its atomic number")]
    assert gold == ["the chemical symbol for gold", "the atomic number of gold"]


@pytest.mark.parametrize("request_text", ["the planet with the largest storm", "the country with the tallest giraffe"])
def test_a_superlative_of_what_comes_next_is_none_of_the_noun_before(request_text: str) -> None:
    assert not facts_in(request_text)


@pytest.mark.parametrize(
    ("request_text", "questions"),
    [
        ("the biggest planet with its name and number of moons",
         ["the biggest planet", "the biggest planet", "the number of moons of the biggest planet"]),
        ("a poster about Egypt with its capital, currency and flag",
         ["the capital of Egypt", "the currency of Egypt", "Egypt"]),
        ("the highest mountain of Africa with how tall it is",
         ["the highest mountain of Africa", "how tall the highest mountain of Africa is"]),
        ("the planet with the great red spot and how many moons it has",
         ["the planet with the great red spot", "how many moons Jupiter has"]),
        ("gold with its chemical symbol and atomic number", ["the chemical symbol of gold", "the atomic number of gold"]),
    ],
)  # fmt: skip
def test_more_is_asked_of_the_same_thing(request_text: str, questions: list[str]) -> None:
    assert [fact.question for fact in facts_in(request_text)] == questions


@pytest.mark.parametrize(
    ("request_text", "flags"),
    [
        ("two flags: the country whose capital is Vienna on the left and the country whose capital is Warsaw on the right",
         ["the country whose capital is Vienna", "the country whose capital is Warsaw"]),
        ("the only country whose flag is not a rectangle", ["the only country whose flag is not a rectangle"]),
        ("the italian flag", ["Italy"]),
    ],
)  # fmt: skip
def test_of_a_country_its_flag_is_shown(request_text: str, flags: list[str]) -> None:
    scene = read(request_text, Vocabulary.ICONS, facts_in)
    assert [(obj.noun, obj.of) for obj in scene.objects] == [("flag", of) for of in flags]
    derived = derive_claims(request_text, AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)
    assert Fate.NOT_UNDERSTOOD not in {entry.fate for entry in derived.ledger.entries}


def test_what_stands_on_a_flag_is_no_flag() -> None:
    scene = read("the leaf on the Canadian flag", Vocabulary.ICONS, facts_in)
    assert [obj.noun for obj in scene.objects] == ["object"]


def test_a_description_that_goes_on_is_not_answered_by_its_beginning() -> None:
    assert not facts_in("an animal that lays eggs and has a long neck")


def test_the_name_of_what_was_not_found_is_not_that_of_its_country() -> None:
    assert not facts_in("the national animal of China with its name below")
    assert [fact.question for fact in facts_in("Poster of Japan with its name")] == ["the name of Japan"]
