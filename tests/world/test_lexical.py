"""What a program leaves out of a request, by its words: a value may be written in others."""

import pytest

from genevolve.core.program import Program
from genevolve.core.protocols import ProgramCase
from genevolve.world.expert.unparsed import unparsed_clauses
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.lexical import missing

REQUEST = "a clock on the wall showing quarter to nine"


@pytest.mark.parametrize(
    ("prompt", "lost"), [("A clock showing 8:45 on a wall.", []), ("A clock showing 3:10 on a wall.", ["quarter", "nine"])]
)
def test_a_time_in_other_words_is_there_and_another_time_is_not(prompt: str, lost: list[str]) -> None:
    case = ProgramCase(request=REQUEST, program=Program(prompt=prompt), references=())
    found = [unit.text for unit in missing(case, Vocabulary.ICONS).units]
    assert [word for word in found if word in {"quarter", "nine"}] == lost


def test_the_words_of_a_value_are_no_clause_without_a_reading() -> None:
    assert unparsed_clauses(read("wall clock, quarter to nine", Vocabulary.ICONS)) == ""
