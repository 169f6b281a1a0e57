"""What a poster, a card or a label is headed with, and whom it is for."""

import pytest

from genevolve.world.language.model import Scene, TextRole
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def _free(request_: str) -> Scene:
    return read(request_, Vocabulary.ICONS)


def _written(scene: Scene) -> list[str]:
    return [text.content for text in scene.texts]


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("Quiz night poster, “Tuesday 8 pm”", ["Quiz Night", "Tuesday 8 pm"]),
        ("poster for the pottery class, “Mondays at six”", ["Pottery class", "Mondays at six"]),
        ("poster for a jazz night at the Red Door, a saxophone", ["Jazz night at the Red Door"]),
        ("grand opening banner for a toy shop with a drum", ["Grand Opening"]),
        ("new year's eve party flyer with a clock", ["New Year's Eve Party"]),
        ("poster for the egg hunt with three eggs", ["Egg hunt"]),
        ("back to school sale flyer with a backpack", ["Back To School Sale"]),
        ("birthday banner with the number 7 and a kite", ["Birthday", "7"]),
        ("Quiz night poster, title “Think fast”", ["Think fast"]),
        ("fair poster “Discover”", ["Discover"]),
        ("wide banner for a blog called Green Thumbs with a tulip", ["Green Thumbs"]),
        ("poster, quiz night, friday 8pm, with a cup", ["Quiz night", "Friday 8pm"]),
        ("event flyer, cat show, 12 cats", ["Cat show"]),
        ("door sign do not disturb with a moon", ["Do not disturb"]),
        ("a sign please knock twice, with a bell", ["Please knock twice"]),
        ("poster for chemistry class: “H2O” and a flask", ["H2O"]),
        ("cider sign with the words “CIDER £2”", ["CIDER £2"]),
    ],
)
def test_an_event_heads_its_sheet(request_: str, written: list[str]) -> None:
    scene = _free(request_)
    assert _written(scene) == written


def test_the_event_is_the_title() -> None:
    assert [text.role for text in _free("Quiz night poster, “Tuesday 8 pm”").texts] == [TextRole.TITLE, TextRole.CAPTION]


@pytest.mark.parametrize(
    ("request_", "whom"),
    [
        ("swimming lessons poster for toddlers under 4", "Toddlers under 4"),
        ("quiz night flyer for students, thursday 8pm", "For students"),
        ("yoga class poster for beginners with a lotus", "For beginners"),
        ("dance class flyer, “Join us”, for adults, with a shoe", "For adults"),
    ],
)
def test_for_whom_an_event_is_stands_on_its_poster(request_: str, whom: str) -> None:
    assert whom in _written(_free(request_))


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("50th birthday card for dad with a boat", ["Happy 50th Birthday", "Dad"]),
        ("40th wedding anniversary card with two doves", ["Happy 40th Wedding Anniversary"]),
        ("25th wedding anniversary party invitation, 3 May", ["25th Wedding Anniversary Party Invitation", "3 May"]),
        ("bday card for lea turning 5", ["Happy Birthday", "Lea", "Turning 5"]),
        ("birthday invite for jonas who turns seven, a kite", ["Birthday Invite", "Jonas", "Turns seven"]),
        ("birthday card for my uncle who is turning sixty", ["Happy Birthday", "Turning sixty"]),
        ("birthday card for my friend who turns 30", ["Happy Birthday", "Turns 30"]),
        ("birthday card for my grandma who turns 80", ["Happy Birthday", "Grandma turns 80"]),
        ("birthday card for twins with a cake", ["Happy Birthday"]),
    ],
)
def test_who_is_greeted_and_the_age_are_written(request_: str, written: list[str]) -> None:
    assert _written(_free(request_))[: len(written)] == written


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("label for a jar of honey with a bee", "Honey"),
        ("price tag for a bottle of olive oil, 4 €", "Olive oil"),
        ("sticker for a tin of pears with a pear", "Pears"),
    ],
)
def test_what_a_label_stands_on_is_neither_written_nor_drawn(request_: str, written: str) -> None:
    scene = _free(request_)
    assert scene.texts[0].content == written
    assert {obj.noun for obj in scene.objects} <= {"bee", "pear"}


@pytest.mark.parametrize(
    ("request_", "written"),
    [
        ("50% OFF everything poster with one red sneaker", "50% OFF everything"),
        ("20% off all books sign for our window", "20% off all books"),
    ],
)
def test_a_deal_says_on_what_it_is(request_: str, written: str) -> None:
    assert written in _written(_free(request_))


def test_a_note_that_says_something_is_no_music() -> None:
    assert [obj.noun for obj in _free("a cat and a note saying “Back soon”").objects] == ["cat", "paper note"]
    assert [obj.noun for obj in _free("a guitar and two notes").objects] == ["guitar", "musical note"]


def test_an_event_that_a_quotation_names_is_no_title_beside_it() -> None:
    scene = _free("A poster for our school bake sale with a pie and the words “BAKE SALE FRIDAY”")
    assert [text.content for text in scene.texts] == ["BAKE SALE FRIDAY"]


def test_a_greeting_to_who_draws_is_not_written() -> None:
    scene = _free("Hi, we're organising a swap market on Sunday 3 May. Please make a poster with a cactus, title “SWAP”")
    assert "Hi" not in [text.content for text in scene.texts]
