"""One value of several owners, and the names of several things."""

import pytest

from genevolve.core.claim import Direction, TextRelated
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.model import FormKind
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel.derive_claims import derive_claims


@pytest.mark.parametrize(
    ("request_text", "texts", "size"),
    [
        ("the currency signs of the UK, the US and India next to each other", ["£", "$", "₹"], (1, 3)),
        ("the capitals of Peru, Chile and Bolivia one below the other", ["Lima", "Santiago", "Sucre"], (3, 1)),
        ("chemical symbols of iron and copper in a row", ["Fe", "Cu"], (1, 2)),
        ("the phone codes of France and Wakanda side by side", ["+33", None], (1, 2)),
        ("the phone codes of France and Spain", ["+33", "+34"], None),
        ("the capitals of Peru and Chile", ["Lima", "Santiago"], None),
        ("the signs of Leo and Virgo side by side", [], None),
        ("the numbers of apples and pears in a row", [], None),
    ],
)
def test_one_value_of_several_is_asked_for_each(
    request_text: str, texts: list[str | None], size: tuple[int, int] | None
) -> None:
    scene = read(request_text, Vocabulary.ICONS, facts_in)
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    assert [knowledge.wording(text.describes) for text in scene.texts if text.describes] == texts
    table = scene.form if scene.form is not None and scene.form.kind is FormKind.TABLE else None
    assert (table and (table.rows, table.columns)) == size


@pytest.mark.parametrize(
    ("request_text", "names"),
    [
        ("the flag of Japan next to the flag of South Korea, names written under them", ["Japan", "South Korea"]),
        ("the flags of Kenya, Ghana and Mali with the names written below", ["Kenya", "Ghana", "Mali"]),
        ("the Italian flag beside the German flag with the country names underneath", ["Italy", "Germany"]),
        ("flags of Chile and Peru with their names", ["Chile", "Peru"]),
        ("a rainbow and a unicorn, both with their names underneath", ["Rainbow", "Unicorn"]),
        ("an apple and a pear on a table with their names under each", ["Apple", "Pear"]),
        ("two cats with their names", []),  # what they are called is not known
        ("a boy and a girl with their names", []),
        ("a lion with its name below it", []),
    ],
)
def test_the_name_of_each_is_written_under_it(request_text: str, names: list[str]) -> None:
    derived = derive_claims(request_text, AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)
    under = [claim for claim in derived.claims if isinstance(claim, TextRelated)]
    assert [claim.text for claim in under if claim.direction is Direction.BELOW] == names


@pytest.mark.parametrize("look", ["icy", "wavy", "furry"])
def test_letters_of_an_unknown_look_are_those_of_the_text(look: str) -> None:
    scene = read(f"the capital of Peru, written in {look} letters", Vocabulary.ICONS, facts_in)
    assert (scene.objects, len(scene.texts)) == ((), 1)
