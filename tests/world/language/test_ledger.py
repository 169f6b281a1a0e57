"""Every word of a request ends in exactly one place, and in the place where a person would put it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.core.ledger import Fate, Ledger
from genevolve.judges.content import content, function_words
from genevolve.world.atlas.asked import facts_in
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.inventory import entries
from genevolve.world.language.ledger import Means, ledger, shown
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch.shown import shows

MEANS = Means(knowledge=AtlasKnowledge(), setting=shows, references=1)

FREE = Means(knowledge=AtlasKnowledge(Vocabulary.ICONS), setting=shows, references=0)


def of(request: str) -> Ledger:
    return ledger(read(request), MEANS)


def fates(request: str) -> dict[str, Fate]:
    return {entry.words: entry.fate for entry in of(request).entries}


def lost(request: str) -> list[str]:
    return [entry.words for entry in of(request).losses()]


_WORDS = sorted(
    {word for group in ("adjectives", "settings", "canvas", "verbs", "vague", "herds") for word in lexicon().words[group]}
    | {entry.noun for entry in entries()}
    | set(function_words())
    | {
        "no",
        "not",
        "without",
        "Paris",
        "Napoleon",
        "3",
        "17",
        "9€",
        "555-0199",
        '"HELLO"',
        "“Good day”",
        "red",
        "left",
        ",",
        ".",
    }
)


@pytest.mark.parametrize(("request_", "word"), [("a lantern glowing red", "red"), ("a lighthouse flashing green", "green")])
def test_a_colour_that_something_shows_is_not_its_own(request_: str, word: str) -> None:
    found = ledger(read(request_, Vocabulary.ICONS, facts_in), FREE)
    assert word in " ".join(entry.words for entry in found.losses()).split()


english = st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(english, st.text(max_size=120)))
def test_no_word_is_in_no_place_and_none_in_two(request_: str) -> None:
    entries_ = of(request_).entries
    taken = [position for entry in entries_ for position in range(entry.start, entry.end)]
    assert len(taken) == len(set(taken))
    covered = set(taken)
    for word in re.finditer(r"[^\W_]+", request_):
        if word[0].lower() in function_words() or word.start() in covered:
            continue
        around = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
        whole = next(found[0] for found in around.finditer(request_) if found.start() <= word.start() < found.end())
        assert whole.lower().replace("’", "'") in function_words(), word[0]
    assert all(isinstance(entry.fate, Fate) and entry.words for entry in entries_)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_content_never_overlaps_and_stays_in_the_text(text: str) -> None:
    last = 0
    for unit in content(text):
        assert last <= unit.start < unit.end <= len(text)
        last = unit.end


@pytest.mark.parametrize(
    ("request_", "gone"),
    [
        ("three blue butterflies above a yellow flower", []),
        ("a purple vase beside a zorblax", ["zorblax"]),
        ("a red car and a house, both enchanted", ["enchanted"]),
        ("a menu with coffee 3€", ["menu", "3 €"]),
        ("a bird wearing a scarf", ["wearing"]),
        ("a glass teapot", ["glass"]),
        ("an old man with a cup of tea", []),
        ("deux chiens dans un jardin", ["deux chiens dans un jardin"]),
        ("the dog is not on the sofa but under it", ["not"]),
        ("a cat in the second reference image", ["cat", "second reference"]),
    ],
)
def test_what_is_lost_is_named(request_: str, gone: list[str]) -> None:
    named = " ".join(lost(request_))
    assert all(word in named for words in gone for word in words.split()), lost(request_)
    assert bool(gone) == bool(lost(request_)), lost(request_)


def test_each_kind_of_fate() -> None:
    found = fates('a poster for a jazz night with two red apples in pixel art, the flag of Chad and the title "Jazz"')
    assert found["poster"] is found["jazz"] is found["night"] is Fate.ASIDE
    assert found["two"] is found["red"] is found["apples"] is found["Jazz"] is Fate.DRAWN
    assert found["flag"] is found["Chad"] is Fate.LOOKED_UP
    assert found["pixel"] is Fate.APPLIED


def test_a_value_that_was_found_is_a_text() -> None:
    found = ledger(read("the chemical symbol of silver", Vocabulary.ICONS, facts_in), FREE)
    (symbol, *_) = [entry for entry in found.entries if entry.words == "symbol"]
    assert (symbol.fate, symbol.becomes) == (Fate.LOOKED_UP, "the text “Ag”")


def test_a_colour_counts_for_its_own_object_only() -> None:
    entries_ = of("a red car and a green car").entries
    assert [(entry.words, entry.becomes) for entry in entries_ if entry.aspect == "coloured"] == [
        ("red", "the car in red"),
        ("green", "the car in green"),
    ]


def test_the_summary_is_one_line() -> None:
    assert of("a red zorblax beside a dog").summary() == "understood 3 of 4; not drawn: “zorblax”"


@pytest.mark.parametrize(
    ("request_", "gone"),
    [
        ("oil painting of a rose", ["oil"]),
        ("isometric illustration of a house", ["isometric"]),
        ("a flat design illustration of a rose", []),
        ("a fox eating three pears", ["eating"]),
        ("a horse reading a book", ["reading"]),
        ("a butterfly flying over a rose", []),
        ("a fox flying a kite on the beach", ["flying"]),
        ("a duck swimming on a lake", []),
        ("a snowman without a hat", ["without hat"]),
        ("timeline of ships: 1807 Clermont, 1912 Titanic", []),
        ("bar chart of votes: Ada 12, Ben 7 kg", []),
        ("venn diagram: cats, dogs", []),
        ("a 🦊 on a card", []),
        ("a cat wearing a crown", []),
        ("a hedgehog wearing a crown", ["wearing"]),  # where its head is is not known
        ("a penguin wearing a crown", []),
        ('a truck with "Milk" on its side', []),
        ('a phone with "Hi" on its screen', []),
        ('a laptop with "Hi" on its screen', ["screen"]),  # its text stands below the screen
    ],
)
def test_free_words_are_told_truly(request_: str, gone: list[str]) -> None:
    told = ledger(read(request_, Vocabulary.ICONS), FREE)
    assert [entry.words for entry in told.losses()] == gone


def test_sizes_beside_each_other_are_compared() -> None:
    told = ledger(read("a tiny house beside a huge tree", Vocabulary.ICONS), FREE)
    sized = [(entry.aspect, entry.key) for entry in told.entries if entry.words in {"tiny", "huge"}]
    assert sized == [("larger", "tree"), ("larger", "tree")]


def test_a_second_hat_is_not_worn() -> None:
    def fate(request: str) -> Fate:
        entries = ledger(read(request, Vocabulary.ICONS), FREE).entries
        return next(entry.fate for entry in entries if entry.words == "wearing")

    assert fate("an owl wearing a hat") is Fate.DRAWN
    assert fate("a witch wearing a hat") is Fate.NOT_POSSIBLE


def test_what_only_stands_for_a_thing_is_said_and_counts_as_not_drawn() -> None:
    told = ledger(read("a robin and a raincoat", Vocabulary.ICONS), FREE)
    assert [(entry.words, entry.fate) for entry in told.losses()] == [
        ("robin", Fate.NOT_POSSIBLE), ("raincoat", Fate.NOT_POSSIBLE),
    ]  # fmt: skip
    assert "a bird stands for it" in told.losses()[0].becomes


@pytest.mark.parametrize(
    "request_",
    ["a green frog on a leaf", "a blue cat and a black kite", "a red arrow pointing left", "flag of the country where Lima is",
     "a bat and the number of legs of an ant below it"],
)  # fmt: skip
def test_what_is_drawn_as_it_was_asked_for_is_no_loss(request_: str) -> None:
    assert not ledger(read(request_, Vocabulary.ICONS, facts_in), FREE).losses()


def test_a_colour_before_a_noun_is_no_kind_of_something_else() -> None:
    blue, frog = read("a blue cat and a tree frog", Vocabulary.ICONS).objects
    assert (blue.noun, blue.colour) == ("cat", "blue")
    assert "tree" in [entry.words for entry in ledger(read("a tree frog", Vocabulary.ICONS), FREE).entries if entry.lost]
    assert frog.noun == "tree frog"


@pytest.mark.parametrize("request_", ["a snowman with no hat", "a Christmas tree with no lights"])
def test_a_part_that_should_be_missing_is_a_loss(request_: str) -> None:
    assert ledger(read(request_, Vocabulary.ICONS, facts_in), FREE).losses()


def test_who_hangs_head_down_is_not_standing() -> None:
    scene = read("a bat hanging in a cave", Vocabulary.ICONS)
    assert "hanging" in [entry.words for entry in ledger(scene, Means(knowledge=AtlasKnowledge(Vocabulary.ICONS))).losses()]


@pytest.mark.parametrize(
    ("request_", "noun", "lost"),
    [("the national flower of Japan", "national flower", True), ("the national animal of Scotland", "national animal", False)],
)
def test_any_flower_is_not_the_national_one(request_: str, noun: str, lost: bool) -> None:
    knowledge = AtlasKnowledge(Vocabulary.ICONS)
    (obj,) = read(request_, Vocabulary.ICONS).objects
    asked = replace(obj, noun=noun)
    assert (shown(asked, Means(knowledge=knowledge)).fate is Fate.NOT_POSSIBLE) is lost
