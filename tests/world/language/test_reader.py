"""The scene reader: a table of sentences with what a person reads in them, benchmark phrasing, and any input at all."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genevolve.core.claim import Direction
from genevolve.world.language import inventory
from genevolve.world.language.colours import PALETTE
from genevolve.world.language.model import Scene, SceneObject, TextElement
from genevolve.world.language.reader import read
from tests.world.language.scene_summary import summary

TABLE = Path(__file__).with_name("scene_readings.txt")
COCO = """
person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, parking meter,
bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee,
skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass,
cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch,
potted plant, bed, dining table, toilet, tv, laptop, computer mouse, tv remote, computer keyboard, cell phone, microwave,
oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush
"""
NUMBERS = {"two": 2, "three": 3, "four": 4}


def coco() -> list[str]:
    """The 80 classes, as the benchmark writes them."""
    return [" ".join(name.split()) for name in COCO.split(",")]


def noun(name: str) -> str:
    entry = inventory.lookup(name)
    return entry.noun if entry else name


def article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def blocks() -> Iterator[tuple[str, list[str]]]:
    for block in TABLE.read_text("utf-8").split("\n\n"):
        if block.strip():
            sentence, *lines = block.strip("\n").split("\n")
            yield sentence, [line.strip() for line in lines]


@pytest.mark.parametrize(("sentence", "expected"), list(blocks()), ids=[sentence[:60] for sentence, _ in blocks()])
def test_sentence_reads_as_a_person_reads_it(sentence: str, expected: list[str]) -> None:
    assert summary(read(sentence)) == expected


def test_the_table_is_large_and_diverse() -> None:
    assert len(list(blocks())) > 250
    assert len(coco()) == 80


@pytest.mark.parametrize("name", coco())
def test_benchmark_single_object_and_counting(name: str) -> None:
    (obj,) = read(f"a photo of {article(name)}").objects
    assert (obj.noun, obj.count.number) == (noun(name), 1)
    for word, number in NUMBERS.items():
        plural = inventory.plural_of(name)
        (obj,) = read(f"a photo of {word} {plural}").objects
        assert (obj.noun, obj.count.number) == (noun(name), number)


@pytest.mark.parametrize("name", coco())
def test_benchmark_colours_and_positions(name: str) -> None:
    (obj,) = read(f"a photo of a purple {name}").objects
    assert (obj.noun, obj.colour) == (noun(name), "purple")
    for words, direction in (("left of", Direction.LEFT_OF), ("above", Direction.ABOVE), ("below", Direction.BELOW)):
        first, second = read(f"a photo of a giraffe {words} {article(name)}").objects
        assert [(relation.direction, relation.targets) for relation in first.relations] == [(direction, (second.key,))]
        assert second.noun == noun(name)
    first, second = read(f"a photo of an orange {name} and a black kite").objects
    assert (first.noun, first.colour, second.colour, first.colour_shared) == (noun(name), "orange", "black", True)


@pytest.mark.parametrize("colour", sorted(PALETTE))
def test_every_palette_colour_is_read_before_a_noun_and_after_a_verb(colour: str) -> None:
    (obj,) = read(f"A {colour} chair stands in the middle.").objects
    assert (obj.noun, obj.colour) == ("chair", colour)
    (obj,) = read(f"One chair is on the left. The chair is {colour}.").objects
    assert obj.colour == colour
    assert read(f"a chair on a {colour} background").background == colour


def test_a_second_sentence_adds_to_the_thing_and_does_not_share_its_colour() -> None:
    scene = read("One apple on the left. The apple is red. One banana on the right. The banana is green.")
    assert [(obj.key, obj.colour, obj.colour_shared) for obj in scene.objects] == [
        ("apple", "red", False),
        ("banana", "green", False),
    ]


def test_spans_hold_the_words_that_were_read() -> None:
    text = "Two cats under the flag of the country whose capital is Lima; “HOLA” at the top."
    scene = read(text)
    items: tuple[SceneObject | TextElement, ...] = (*scene.objects, *scene.texts)
    words = [text[item.span.start : item.span.end] for item in items]
    assert words == ["Two cats", "the flag of the country whose capital is Lima", "“HOLA”"]


def test_long_program_prompt() -> None:
    prompt = """
        The flag of Mongolia, copied from the first reference image, is in the center of the image. Exactly four camels are
        arranged in one row below the flag, standing on the ground with soft contact shadows under them, with complete,
        undistorted bodies and natural proportions. A large red lantern, copied from the second reference image, is in the
        top right corner of the image. The title "GREETINGS FROM ULAANBAATAR" is written in large bold white letters at the
        top of the image. The caption "Summer 2026" is written in gold letters at the bottom of the image. The background is
        plain dark blue. Soft, even light comes from the left. The whole image is in watercolor style throughout, every
        element included. There are no people. Nothing else is in the image.
    """
    prompt = " ".join(prompt.split())
    assert summary(read(prompt)) == [
        "1 flag (of) Mongolia ref 1 @ center",
        "exactly 4 camel in row below flag grounded whole",
        "1 large red lantern ref 2 @ top right",
        'title "GREETINGS FROM ULAANBAATAR" large bold white @ top',
        'caption "Summer 2026" gold @ bottom',
        "backdrop: dark blue",
        "light: Soft, even light",
        "style: watercolor throughout",
        "without: person",
        "only: this",
    ]


# ---- any input ----------------------------------------------------------------------------------------------------------

VOCABULARY = """
a the two exactly four several dogs cat red blue light orange flag of France country whose capital is Lima with and , . : ;
" ' “ ” ( in on left right top row circle grid 3 x by between it them they below next to title text says the first reference
image background style watercolor no without nothing else bigger than each for as Paris's its name written SALE 🐶 –
shadow body sunset beach one
"""
WORDS = VOCABULARY.split()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)))
def test_any_text_gives_a_consistent_scene(text: str) -> None:
    scene = read(text)
    check(scene)
    assert read(text) == scene


def check(scene: Scene) -> None:
    items: tuple[SceneObject | TextElement, ...] = (*scene.objects, *scene.texts)
    keys = [item.key for item in items]
    assert len(set(keys)) == len(keys)
    for item in items:
        assert 0 <= item.span.start < item.span.end <= len(scene.text)
        for relation in item.relations:
            assert set(relation.targets) <= set(keys)
            assert item.key not in relation.targets
            assert len(relation.targets) == (2 if relation.direction is Direction.BETWEEN else 1)
    assert {opened.key for opened in scene.ambiguities} <= {*keys, ""}


HOSTILE = {
    "empty": "",
    "spaces": " \t\n" * 50_000,
    "letters": "a" * 1_000_000,
    "articles": "a the " * 160_000,
    "quotes": '"' * 1_000_000,
    "open quotes": "“" * 300_000,
    "nested of": "the flag of the country whose " * 30_000,
    "ordinals": "first, second, " * 60_000,
    "hyphens": "a-" * 500_000,
    "pictograms": "🐶" * 250_000,
    "joiners": "👩\u200d" * 200_000,
    "right to left": "\u202eشجرة حمراء " * 60_000,
    "binary": bytes(range(256)).decode("latin-1") * 4_000,
    "lone surrogates": "\ud800 " * 10_000,
    "zeros": "\0" * 10_000,
    "digits": "9" * 1_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_input_ends_in_a_small_scene(text: str) -> None:
    scene = read(text)
    check(scene)
    assert len(scene.objects) + len(scene.texts) <= 62


@pytest.mark.parametrize(
    "unit", ["a red apple left of a dog. ", "the ", "soft light ", "qwrt ", "no dog, ", '"A" and ', "of the country "]
)
def test_work_grows_linearly_with_the_text(unit: str) -> None:
    """Calls are counted, not seconds: twice the text may take little more than twice the calls."""
    read(unit)
    short, long = (calls(unit * (number // len(unit.split()))) for number in (150, 300))
    assert long < 2.6 * short


def calls(text: str) -> int:
    count = 0

    def tally(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(tally)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return count
