"""Cards, flyers, signs: whatever a request tells to be read stands in the picture, clause by clause."""

import pytest

from genevolve.world.atlas.asked import facts_in
from genevolve.world.language.form_clauses import clauses, without_picture
from genevolve.world.language.model import FormKind, Scene, Span, TextRole
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary


def free(text: str) -> Scene:
    return read(text, Vocabulary.ICONS, facts_in)


def written(text: str) -> set[str]:
    return {one.content for one in free(text).texts}


@pytest.mark.parametrize(
    ("request_", "texts"),
    [
        ("poster for our plant swap, Sunday 7 June, 2pm in the village hall, seedlings 40p",
         {"Plant swap", "Sunday 7 June, 2pm in the village hall", "Seedlings 40p"}),
        ("Chess cup poster, over 60s, round one 10:15, entry £4 per player",
         {"Chess cup", "Over 60s", "Round one 10:15", "Entry £4 per player"}),
        ("Choir flyer. The Blue Herons sing at The Old Mill on Sunday 3 May at 7pm. Tickets are £6.",
         {"Choir", "The Blue Herons sing at The Old Mill on Sunday 3 May at 7pm", "Tickets are £6"}),
        ("a flyer for piano lessons for adults, $20 a lesson, call Ida Holm, 555-0143",
         {"Piano lessons for adults", "$20 a lesson", "Call Ida Holm", "555-0143"}),
        ("Bus ticket, row C, one child, $3", {"Bus ticket", "Row C", "One child", "$3"}),
        ("Label for plum jam, organic, 200 g, made in Bonn", {"Plum jam", "Organic", "200 g", "Made in Bonn"}),
        ("Sign for the lake: No swimming, no boats", {"No swimming", "No boats"}),
        ("Gift tag saying To Ada, from Uncle Ben", {"To Ada", "From Uncle Ben"}),
        ("gift tag with To Leo love Mum on it", {"To Leo love Mum"}),
        ("Farewell card, Good luck Ines from all of us, with a boat", {"Farewell", "Good luck Ines from all of us"}),
        ("Congratulations card for Tom on passing his exam, with a rose", {"Congratulations", "Tom on passing his exam"}),
        ("Thank you card for my son's coach Mr Hale, with a ball", {"Thank You", "Mr Hale"}),
        ('a "To Let" sign, 3 rooms, 700 euros a month, call Ms Roth',
         {"To Let", "3 rooms", "700 euros a month", "Call Ms Roth"}),
        ("pilates by the lake, every Monday at 8, bring a towel - as a flyer",
         {"Pilates by the lake", "Every Monday at 8", "Bring a towel"}),
        ("sign for the lab door saying BACK IN 5 MINUTES with a clock", {"BACK IN 5 MINUTES"}),
        ("a poster with the rules of the lab: whisper, no food", {"Rules of the lab", "Whisper", "No food"}),
        ("invitation to Mia's party, 6 Willow Close, dragon theme, 3pm", {"Mia's party", "6 Willow Close", "3pm"}),
        ("Poster, Monday 6pm, write to kim@a.example", {"Monday 6pm", "Write to kim@a.example"}),
        ("flyer, 3 May, kim@a.example", {"3 May", "kim@a.example"}),
        ("certificate of thanks to the night nurses of Ward 4", {"Certificate of Thanks", "The night nurses of Ward 4"}),
        ("boarding pass for Ms Ito, Tokyo to Oslo, gate 22", {"Ms Ito", "Tokyo to Oslo", "Gate 22"}),
        ("banner for the finish: WELL DONE ALL", {"WELL DONE ALL"}),
        ('Poster: Cloud Theatre presents "Two Crows", 2 and 4 pm', {"Cloud Theatre presents", "Two Crows", "2 and 4 pm"}),
        ("business card: Dr. Ada Roth, dentist, tel. 0131 496 0222", {"Dr. Ada Roth", "Dentist", "Tel. 0131 496 0222"}),
        ('Postcard from Lake Como, "Wish you were here"', {"From Lake Como", "Wish you were here"}),
        ("dog park sign, visitors only, no bikes", {"Dog park", "Visitors only", "No bikes"}),
        ("film poster called NIGHT SHIFT, starring Ida Holm, in cinemas May",
         {"NIGHT SHIFT", "Starring Ida Holm", "In cinemas May"}),
        ("birthday card for my 9 year old nephew Felix, he loves kites", {"Happy Birthday", "Felix"}),
        ("thank you card for our neighbour Mrs Patel who fed the cat, pink flowers", {"Thank You", "Mrs Patel"}),
        ("birthday card for Anna who is turning 30, no balloons", {"Happy Birthday", "Anna", "Turning 30"}),
        ("get well soon card for grandad", {"Get Well Soon", "Grandad"}),
        ("birthday card for my mum with tulips", {"Happy Birthday", "Mum"}),
        ("invitation to a pool party on Saturday 2 August at 3pm", {"Pool party", "Saturday 2 August at 3pm"}),
        ("thank u card for auntie Jean", {"Thank U", "Auntie Jean"}),
        ("mothers day card", {"Happy Mothers Day"}),
        ("new baby card for Ella", {"Congratulations on your new baby", "Ella"}),
        ("leaving card for Karen, no pictures", {"Sorry You're Leaving", "Karen"}),
        ("5th birthday invitation for Ruby, Sunday 3pm, The Crown pub",
         {"5th Birthday Invitation", "Ruby", "Sunday 3pm", "The Crown pub"}),
        ("a welcome home Ben banner", {"Welcome home Ben"}),
        ("Yard sale poster, everything must go, corner of 4th and Main",
         {"Yard Sale", "Everything must go", "Corner of 4th and Main"}),
    ],
)  # fmt: skip
def test_every_clause_that_is_told_is_written(request_: str, texts: set[str]) -> None:
    assert written(request_) == texts


@pytest.mark.parametrize(
    ("request_", "nouns"),
    [
        ("a poster for the fair, Saturday 3pm, with two balloons", {"balloon"}),
        ("a flyer, 4 May, a red kite, gold letters", {"kite"}),
        ("a poster, Sunday 10 am, dragons on it", {"dragon"}),
        ("a birthday card for Ida, she loves cats", {"cat"}),
        ("invitation to Mia's party, 3pm, dragon theme", {"dragon"}),
        ("poster for the fair, Saturday 3pm. cupcakes and bunting please", {"cupcake", "bunting"}),
        ("film poster: popcorn and a projector, 4 May", {"popcorn", "projector"}),
    ],
)
def test_what_is_a_picture_is_drawn_and_not_written(request_: str, nouns: set[str]) -> None:
    scene = free(request_)
    assert {obj.noun for obj in scene.objects} == nouns
    assert not any(noun in text.content.lower() for noun in nouns for text in scene.texts)


@pytest.mark.parametrize(
    ("request_", "rows"),
    [
        ("menu: pea soup 4, toast 2.50, tea 1", [("Pea soup", "4"), ("Toast", "2.50"), ("Tea", "1")]),
        ("Price list, latte £3, tea £1.80", [("Latte", "£3"), ("Tea", "£1.80")]),
        ("Price list for a bike shop - tube 8, chain 25", [("Tube", "8"), ("Chain", "25")]),
        (
            "A snack menu. Soup $5, wrap $7, juice $2. With a picture of a bowl.",
            [("Soup", "$5"), ("Wrap", "$7"), ("Juice", "$2")],
        ),
        ("menu for a café called Red Hen. Tea 2, scone 3", [("Tea", "2"), ("Scone", "3")]),
        ("a shopping list with milk, rice and salt", [("Milk",), ("Rice",), ("Salt",)]),
    ],
)
def test_lists_without_a_colon_and_bare_prices(request_: str, rows: list[tuple[str, ...]]) -> None:
    scene = free(request_)
    said = {text.key: text.content for text in scene.texts}
    assert scene.form is not None and scene.form.kind is FormKind.LIST
    assert [tuple(said[key] for key in part.texts) for part in scene.form.parts] == rows


def test_clauses_end_where_sentences_and_lists_do() -> None:
    text = "Quiz at 7.30 pm. Call Mr. Lee, 10-4; bring £1,000: now - or never"
    parts = [text[clause.start : clause.end] for clause in clauses(text)]
    assert parts == ["Quiz at 7.30 pm", "Call Mr. Lee", "10-4", "bring £1,000", "now", "or never"]


@pytest.mark.parametrize(
    ("said", "kept"), [("2 May with a pram", "2 May"), ("50% off in red", "50% off"), ("in the hall", "in the hall")]
)
def test_what_is_said_of_the_picture_ends_a_clause(said: str, kept: str) -> None:
    span = without_picture(said, Span(start=0, end=len(said)))
    assert said[span.start : span.end] == kept


@pytest.mark.parametrize(
    ("request_", "text", "bearer"),
    [
        ("Happy birthday Theo written on a cake", "Happy birthday Theo", "cake"),
        ("A mug with Best Dad Ever printed on it", "Best Dad Ever", "cup"),
        ("Get Well Soon embroidered on a pillow", "Get Well Soon", "pillow"),
    ],
)
def test_words_that_are_written_on_something(request_: str, text: str, bearer: str) -> None:
    scene = free(request_)
    assert [(one.content, one.quoted) for one in scene.texts] == [(text, False)]
    assert [obj.noun for obj in scene.objects] == [bearer]


@pytest.mark.parametrize(
    "request_", ["A red boat painted on a mug", "Large letters written on a wall", "Two cats painted on a door"]
)
def test_what_is_painted_on_something_is_no_text(request_: str) -> None:
    assert not free(request_).texts


@pytest.mark.parametrize(
    ("request_", "labels"),
    [
        ("a sheep, labelled", [("Sheep", "")]),
        ("two apples and a pear, labelled", [("Apple", ""), ("Pear", "")]),
        ("the planet with rings, labelled", [("", "the name of the planet with rings")]),
        ('a bottle labelled "Oil"', [("Oil", "")]),
    ],
)
def test_what_is_labelled_has_its_name(request_: str, labels: list[tuple[str, str]]) -> None:
    assert [(text.content, text.describes) for text in free(request_).texts] == labels


@pytest.mark.parametrize(
    ("request_", "title"),
    [
        ("Menu for Villa Verde: soup 4.50, rice 6.00", "Villa Verde menu"),
        ("a drinks menu for the Old Anchor with cola 3, juice 4 and tea 2", "Old Anchor drinks menu"),
        ("drinks menu called The Lazy Fox. Cola 2, milk 1", "The Lazy Fox drinks menu"),
        ("menu of the Silver Spoon. Pie 9, chips 4", "Silver Spoon menu"),
        ("Lunch menu for a beach bar called Blue Gull. Soup 4, pie 6", "Blue Gull lunch menu"),
        ("schedule for Camp Birch: 9:00 swim, 11:00 hike", "Camp Birch schedule"),
        ("a menu for a bakery: bread 3.00, rolls 0.80", "Menu"),  # what it is for has no name
        ("poster for a lost rabbit called Flip, call 555 0100", "Lost Rabbit"),
        ("flyer about our missing parrot Coco, call 555 0101", "Missing Parrot"),
        ("retirement card for Ms Bell with a boat", "Happy Retirement"),
        ("sympathy card with a candle", "With Sympathy"),
        ("a thank-you card for our coach with a ball", "Thank You"),
    ],
)
def test_what_heads_a_card_or_a_list(request_: str, title: str) -> None:
    assert [one.content for one in free(request_).texts if one.role is TextRole.TITLE] == [title]


def test_who_is_sought_is_drawn_and_named() -> None:
    scene = free("flyer about our missing parrot Coco, call 555 0101")
    assert [obj.noun for obj in scene.objects] == ["parrot"]
    assert "Coco" in written("flyer about our missing parrot Coco, call 555 0101")


def test_a_birthday_is_said_as_a_sentence() -> None:
    assert "Uncle Bo turns 50" in written("Birthday card for Uncle Bo who turns 50, with a cake")
