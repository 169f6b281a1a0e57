"""Misspelt words of occasions and cards, and where they stand in the request."""

import pytest

from genevolve.core.ledger import Fate
from genevolve.world.language.corrections import correction
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Span
from genevolve.world.language.reader import read
from genevolve.world.language.spelling import mended
from genevolve.world.language.vocabulary import Vocabulary


class Nothing:
    def looks(self, noun: str, of: str) -> tuple[str, ...]:
        return ()

    def wording(self, describes: str) -> str | None:
        return None


@pytest.mark.parametrize(
    ("request_", "texts"),
    [
        ("hapy brithday gran", ["Happy birthday gran"]),
        ("hapy new year 2031", ["Happy new year 2031"]),
        ("chrismas card for nan", ["Merry Christmas", "Nan"]),
        ("baby shower invitaion for Ada, 3 May", ["Baby Shower Invitation", "Ada", "3 May"]),
        ("menue: sallad 4, cofee 2", ["Menu", "Salad", "4", "Coffee", "2"]),
        ("Congradulations Ivo!", ["Congratulations Ivo"]),
    ],
)
def test_greetings_and_cards_are_known_by_misspelt_words(request_: str, texts: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert [text.content for text in scene.texts] == texts
    lost = [entry.words for entry in ledger(scene, Means(knowledge=Nothing())).entries if entry.fate is Fate.NOT_UNDERSTOOD]
    assert not lost


def test_places_are_those_of_the_text_that_was_given() -> None:
    text = "hapy brithday card with a cat"
    found = mended(text)
    assert found.text == "happy birthday card with a cat"
    for word in ("card", "cat"):
        there, here = found.text.index(word), text.index(word)
        assert found.back(Span(start=there, end=there + len(word))) == Span(start=here, end=here + len(word))
        assert found.onto(Span(start=here, end=here + len(word))) == Span(start=there, end=there + len(word))
    assert found.back(Span(start=0, end=14)) == Span(start=0, end=13)


@pytest.mark.parametrize("text", ['a sign that says "hapy"', "a harpy on a rock", "Meri and Hapi", ""])
def test_quotations_words_and_names_stay_as_they_are(text: str) -> None:
    assert mended(text).text == text


def test_a_word_of_a_longer_name_is_no_slip() -> None:
    assert correction("taj") is None
