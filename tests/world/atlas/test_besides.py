"""What else is asked of what was found: every further value is a fact of its own, found or said not to be."""

import pytest

from genevolve.core.ledger import Fate
from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel.derive_claims import derive_claims


def _texts(request: str) -> list[str | None]:
    """The texts that ``request`` asks for, as they are found; None for one that is not."""
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    return [knowledge.wording(text.describes) for text in read(request, Vocabulary.ICONS, facts_in).texts]


@pytest.mark.parametrize(
    ("request_text", "texts"),
    [
        ("the inventor of the telephone, name and year as a poster", ["Alexander Graham Bell", "1876"]),
        ("the discoverer of penicillin, name and year on a card", ["Alexander Fleming", "1928"]),
        ("the inventor of dynamite, name and birth year below", ["Alfred Nobel", "1833"]),
        ("the first woman in space, her name and the year in big letters", ["Valentina Tereshkova", "1963"]),
        ("the highest mountain of Peru, name and height on a card", ["Huascaran", "6,746 m"]),
        ("who invented the light bulb? name and year on a poster", ["Thomas Edison", None]),
        ("the capital of Norway, name and population on a card", ["Oslo", None]),  # not that of the country
        ("the chemical symbol of gold as a big title, with the atomic number below it", ["Au", "79"]),
        ("the flag with a maple leaf on it and the name of the country", ["Canada"]),
        ("the flag of the most populous country in South America, with the title of its capital", ["Brasilia"]),
        ("the country shaped like a boot, with its flag", ["Italy"]),
    ],
)
def test_every_further_value_is_written_or_said_not_to_be_found(request_text: str, texts: list[str | None]) -> None:
    assert _texts(request_text) == texts


def test_a_value_that_nothing_tells_is_lost_in_the_ledger() -> None:
    derived = derive_claims(
        "who invented the light bulb? name and year on a poster", AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS
    )
    (year,) = (entry for entry in derived.ledger.entries if entry.words == "year")
    assert year.fate is Fate.NOT_POSSIBLE


def test_a_value_word_before_as_a_poster_is_no_purpose_of_the_image() -> None:
    derived = derive_claims("a dog, size as a poster", AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)
    assert [entry.fate for entry in derived.ledger.entries if entry.words == "size"] != [Fate.ASIDE]


@pytest.mark.parametrize(
    ("request_text", "country"),
    [
        ("the flag with a cedar tree on it", "Lebanon"),
        ("a bus beside the flag that has a dragon on it", "Bhutan"),
        ("the flag with a lion on it", ""),  # several have one
        ("a flag with a dragon on it", ""),  # any flag
    ],
)
def test_a_flag_is_told_by_what_only_it_shows(request_text: str, country: str) -> None:
    told = [found.text for fact in facts_in(request_text) if fact.noun == "flag" and (found := answer(fact.question))]
    assert told == [country] * bool(country)


@pytest.mark.parametrize(
    ("request_text", "noun"),
    [
        ("how many sides does a heptagon have, draw one and write the number inside", "heptagon"),
        ("how many legs does a spider have? draw one with the number next to it", "spider"),
    ],
)
def test_what_is_counted_is_drawn_where_one_is_asked_for(request_text: str, noun: str) -> None:
    scene = read(request_text, Vocabulary.ICONS, facts_in)
    assert [obj.noun for obj in scene.objects] == [noun]
    assert [relation.targets for text in scene.texts for relation in text.relations] == [(noun,)]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("which animal is the fastest on land?", "Cheetah"),
        ("which bird is the largest?", "Ostrich"),
        ("which bird lays the biggest egg?", "Ostrich"),
        ("the opposite of hot", "Cold"),
        ("what is the opposite of the word night", "Day"),
        ("the opposite of light", None),  # heavy, or dark
        ("the opposite of on", None),
        ("which animal is the nicest?", None),
    ],
)
def test_the_same_question_in_other_words(question: str, found: str | None) -> None:
    told = answer(question)
    assert (told.text if told is not None else None) == found
