"""What an image shows as text, though it was hardly meant so; and what is meant so, and must pass."""

import pytest

from genevolve.core.ledger import Fate, Ledger
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.model import Scene, Span, TextElement
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.lettering import Doubt, doubtful, with_doubts
from genevolve.world.pixel import derive_claims as judged


@pytest.mark.parametrize(
    ("request_", "written", "doubt"),
    [
        ("the shape of a kite, and write how many corners it has", "how many corners it has", Doubt.QUESTION),
        ("a frog and a caption saying which colour it is", "which colour it is", Doubt.QUESTION),
        ("a cow with its name below", "its name below", Doubt.QUESTION),
        ("card for my uncle who turns sixty", "My uncle who turns sixty", Doubt.SOMEBODY),
        ("poster, 20% off, with two blue sandals", "With two blue sandals", Doubt.DRAWN),
        ("flyer for cyclists, one red bicycle", "One red bicycle", Doubt.DRAWN),
        ("poster for Sunday 4 May with a big drum", "Sunday 4 May with a big drum", Doubt.DRAWN),
        ("label for a tin of peaches", "Tin of peaches", Doubt.DRAWN),
        ("family tree with grandparents, parents and two children", "Two children", Doubt.DRAWN),
        ("recipe card for soup with leeks, milk and four steps", "Four steps", Doubt.LAYOUT),
        ("recipe card for soup with leeks, milk and a small drawing", "A small drawing", Doubt.LAYOUT),
        ("family tree with mum, dad, empty name boxes", "Empty name boxes", Doubt.LAYOUT),
        ("certificate for the best singer with a blank line", "The best singer with a blank line", Doubt.LAYOUT),
        ("poster for a quiz, the date in the corner", "The date in the corner", Doubt.LAYOUT),
        ("all planets labelled in order", "order", Doubt.LAYOUT),
        ("poster for a quiz, draw a bulb", "Draw a bulb", Doubt.ORDER),
        ("flyer, headline in red and a sun", "Headline in red", Doubt.LAYOUT),
        ("need sign for the shed", "Need", Doubt.ORDER),
    ],
)
def test_words_that_describe_the_picture_are_no_text(request_: str, written: str, doubt: Doubt) -> None:
    assert [one.doubt for one in doubtful(request_, [written])] == [doubt]


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("sign for my stand, 50 cents a cup", "50 cents a cup"),
        ("a sign that says which way to go", "which way to go?"),
        ("a mug that says one red sneaker", "one red sneaker"),
        ("poster with “how many sides it has”", "how many sides it has"),
        ("Title: How many stars? A night sky", "How many stars?"),
        ("shopping list: milk, 6 eggs, a cake", "6 eggs"),
        ("certificate for Ella Brown who swam a mile", "Ella Brown who swam a mile"),
        ("voucher for one free coffee", "One free coffee"),
        ("bus ticket, row C, one child", "One child"),
        ("pie chart of how I spend my day: sleep 8, work 9", "How I spend my day"),
        ("flow chart: find it, write label, put on shelf", "Put on shelf"),
        ("poster for a photo exhibition, 4 May", "Photo exhibition"),
        ("tea menu: small 2, large 3", "Small"),
        ("poster for the Wolf at the Door, Friday", "Wolf at the Door"),
        ("Bring a friend, poster for the chess club, win a cup", "Win a cup"),
    ],
)
def test_what_is_meant_to_be_read_passes(request_: str, written: str) -> None:
    found = doubtful(request_, [written, "chess club", "exhibition"])
    assert found == ()


@pytest.mark.parametrize(
    ("request_", "written", "named"),
    [
        ("Quiz night poster, “Tuesday 8 pm”", ("Tuesday 8 pm",), False),
        ("Quiz night poster, “Tuesday 8 pm”", ("Quiz Night", "Tuesday 8 pm"), True),
        ("flyer for the village fête and book sale on Monday", ("Monday",), True),  # no event right behind its article
        ("poster for the science fair with a volcano", (), False),
        ("poster for the science fair with a volcano", ("Science fair",), True),
        ("Book sale flyer, title “Read more”", ("Read more",), True),
        ("a party hat", (), True),
        ("poster for the ocean with a whale", (), False),
        ("flyer for a spelling bee with a bee", (), False),
        ("poster for the kitchen with a carrot", (), True),
        ("poster for a boy with a rocket", (), True),
    ],
)
def test_an_event_has_to_be_named_on_its_poster(request_: str, written: tuple[str, ...], named: bool) -> None:
    assert (Doubt.UNNAMED in {one.doubt for one in doubtful(request_, written)}) is not named


def test_a_doubtful_text_without_an_entry_of_its_own_is_lost_too() -> None:
    kept = with_doubts(Ledger(), "a frog with a note saying how old", ["how old"])
    assert [(entry.words, entry.fate) for entry in kept.entries] == [("how old", Fate.NOT_UNDERSTOOD)]


def test_the_judge_takes_a_doubtful_text_for_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    request_ = "big sale with one red kite"
    text = TextElement(key="text", span=Span(start=9, end=len(request_)), content="One red kite")
    monkeypatch.setattr(judged, "read", lambda *_: Scene(text=request_, vocabulary=Vocabulary.ICONS, texts=(text,)))
    asked = judged.derive_claims(request_, AtlasKnowledge(Vocabulary.ICONS), (), Vocabulary.ICONS)
    assert Doubt.DRAWN.value in {loss.becomes for loss in asked.ledger.losses()}
