"""Facts of everyday life: what is asked in a scene, and what stays unanswered."""

import pytest

from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.everyday import everyday
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.vocabulary import Vocabulary


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
    ],
)
def test_everyday_questions(question: str, said: str) -> None:
    found = answer(question)
    assert found is not None and found.text == said


@pytest.mark.parametrize(
    "question",
    ["how many legs does a table have", "the animal that gives us milk", "what do you get when you mix oil and water", "wool",
     "the animal that gives us hope", "what colour do you get from mixing red and brown", "who makes honey", ""],
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
