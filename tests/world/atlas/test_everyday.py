"""Facts of everyday life: what is asked in a scene, and what stays unanswered."""

import pytest

from genevolve.core.claim import Coloured
from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.everyday import everyday
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel.derive_claims import derive_claims


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("how many legs does a spider have", "8"),
        ("the number of legs of an ant", "6"),
        ("How many legs has a crab?", "10"),
        ("the animal that gives us wool", "Sheep"),
        ("which animal makes honey", "Bee"),
        ("what colour do you get from mixing blue and yellow?", "Green"),
        ("what color do you get when you mix white and red", "Pink"),
        ("how many sides does an octagon have", "8"),
        ("the shape with five sides", "Pentagon"),
        ("a six-sided figure", "Hexagon"),
    ],
)
def test_everyday_questions(question: str, said: str) -> None:
    found = answer(question)
    assert found is not None and found.text == said


@pytest.mark.parametrize(
    "question",
    ["how many legs does a table have", "the animal that gives us milk", "what do you get when you mix oil and water",
     "the animal that gives us hope", "what colour do you get from mixing red and brown", "who makes honey", "wool", "",
     "the shape with four sides"],
)  # fmt: skip
def test_what_no_table_holds_is_not_answered(question: str) -> None:
    assert everyday(question) is None


@pytest.mark.parametrize(
    ("request_", "questions"),
    [
        ("a beetle and how many legs it has", ["the number of legs of a beetle"]),
        ("an ant with the right number of legs, labelled with the number", ["the number of legs of an ant"] * 2),
        ("the legs of a table", []),
        ("a chair and how many legs it has", []),
        ("the French flag and the Irish flag, with the capital of Peru below", ["France", "Ireland", "the capital of Peru"]),
        ("the Congolese flag", []),
        (
            "a coin and the name of the money used in the country where Oslo is",
            ["the name of the money used in the country where Oslo is"],
        ),
        (
            "the flag of the country where Nairobi is, with the name of its capital below",
            ["the name of the capital of the country where Nairobi is"],
        ),
        ("the animal that gives us honey, on a rose", ["the animal that gives us honey"]),
        ("a pentagon with the number of its sides in it", ["the number of sides of a pentagon"]),
        ("a boat in the colour of a lemon", ["yellow"]),
        ("mix blue and yellow: a tent in that colour", ["green", "green"]),
        ("a boat in the colour of my car", []),
    ],
)
def test_facts_that_lean_on_what_was_named(request_: str, questions: list[str]) -> None:
    assert [fact.question for fact in facts_in(request_)] == questions


@pytest.mark.parametrize(
    ("noun", "of", "same"),
    [
        ("flag", "the country where Lima is", ("flag", "Peru")),
        ("flag", "the country where Oslo is", ("flag", "Norway")),
        ("animal", "that gives us wool", ("sheep", "")),
    ],
)
def test_descriptions_that_end_in_is(noun: str, of: str, same: tuple[str, str]) -> None:
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    looks = knowledge.looks(noun, of)
    assert looks and set(looks) <= set(knowledge.looks(*same))


def test_the_flag_of_where_something_is_that_no_table_holds_stays_unknown() -> None:
    assert AtlasKnowledge().looks("flag", "the country where the sea is") == ()


@pytest.mark.parametrize(
    ("request_", "noun", "colour"),
    [
        ("a boat in the colour of a lemon", "boat", "yellow"),
        ("a tent the colour of chocolate", "tent", "brown"),
        ("What do you get when you mix black and white? Draw a mouse in that colour", "mouse", "grey"),
    ],
)
def test_a_colour_that_is_found_out_is_painted_and_accounted_for(request_: str, noun: str, colour: str) -> None:
    derived = derive_claims(request_, AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)
    assert [(one.subject.label, one.colour) for one in derived.claims if isinstance(one, Coloured)] == [(noun, colour)]
    assert derived.ledger.losses() == ()


@pytest.mark.parametrize(
    ("of", "flag"),
    [
        ("the country where the Colosseum is", "1F1EE-1F1F9"),
        ("the country with the Taj Mahal", "1F1EE-1F1F3"),
        ("the country that paella comes from", "1F1EA-1F1F8"),
        ("the country that has Mount Fuji", "1F1EF-1F1F5"),
    ],
)
def test_a_country_is_told_by_what_it_is_known_for(of: str, flag: str) -> None:
    assert AtlasKnowledge(Vocabulary.ICONS).looks("flag", of) == (f"openmoji:{flag}",)


@pytest.mark.parametrize(
    "of",
    [
        "the country that does not have the Colosseum",
        "the country that gave the Statue of Liberty",
        "the country that forbade pizza",
    ],
)
def test_a_word_that_is_not_understood_leaves_it_open(of: str) -> None:
    assert AtlasKnowledge(Vocabulary.ICONS).looks("flag", of) == ()


def test_the_name_of_a_shape_is_written_and_the_shape_is_drawn() -> None:
    shape, name = facts_in("a shape with six sides, its name below")
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    assert (shape.noun, shape.question) == ("hexagon", "")
    assert knowledge.looks(shape.noun) == ("genevolve:hexagon",)
    assert (name.noun, knowledge.wording(name.question)) == ("", "Hexagon")


def test_what_was_mixed_is_no_thing() -> None:
    derived = derive_claims(
        "mix red and yellow, then draw a boat in that colour", AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS
    )
    assert {one.subject.label for one in derived.claims if isinstance(one, Coloured)} == {"boat"}
    assert [one.subject.label for one in derived.claims if one.kind == "present"] == ["boat"]
