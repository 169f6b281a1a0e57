"""What somebody does that a picture shows: eaten, looked at, sitting on a shoulder; what a picture does not show is told."""

import pytest

from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Scene
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary

KNOWLEDGE = AtlasKnowledge(Vocabulary.ICONS)
MOUTH, SHOULDER, TURNED = "held at the mouth of", "at the shoulder of", "turned towards"
BEFORE, PULLED = "held before", "pulled by"


def told(scene: Scene) -> set[tuple[str, str, str]]:
    return {(obj.key, one.direction.value, one.targets[0]) for obj in scene.objects for one in obj.relations}


def losses(request: str) -> list[str]:
    return [entry.words for entry in ledger(read(request, Vocabulary.ICONS), Means(knowledge=KNOWLEDGE)).losses()]


@pytest.mark.parametrize(
    ("request_", "relations"),
    [
        ("a squirrel eating a cookie", {("cookie", MOUTH, "squirrel")}),
        ("a cow that drinks a cup of tea", {("tea", MOUTH, "cow")}),
        ("two mice nibbling on cheese", {("cheese", MOUTH, "mouse")}),
        ("the wolf holds a bone in its jaws", {("bone", MOUTH, "wolf")}),
        ("a girl on a sofa eating an apple", {("girl", "on", "sofa"), ("apple", MOUTH, "girl")}),
        ("an owl, a key in its beak", {("key", MOUTH, "owl")}),
        ("a teddy bear on a chair with a spoon in its mouth", {("teddy bear", "on", "chair"), ("spoon", MOUTH, "teddy bear")}),
        ("an owl reading a newspaper", {("newspaper", BEFORE, "owl")}),
        ("the bear reads a green book", {("book", BEFORE, "bear")}),
        ("two girls reading letters", {("letter", BEFORE, "girl")}),
        ("a boy on a sofa playing the guitar", {("boy", "on", "sofa"), ("guitar", BEFORE, "boy")}),
        ("a teddy bear hugging a pillow", {("pillow", BEFORE, "teddy bear")}),
        ("a snowman flies a kite", {("kite", "held by", "snowman")}),
        ("a horse pulling a cart", {("cart", PULLED, "horse")}),
        ("a sled pulled by a dog", {("sled", PULLED, "dog")}),
        ("an ox pulls a cart full of apples", {("cart", PULLED, "ox"), ("apple", "inside", "cart")}),
        ("a woman with a cat on her shoulder", {("cat", SHOULDER, "woman")}),
        ("a monkey sitting on the shoulder of a boy", {("monkey", SHOULDER, "boy")}),
        ("a king holding a rose in one hand and a key in the other", {("rose", "held by", "king"), ("key", "held by", "king")}),
        ("a goat looking at a rocket", {("goat", TURNED, "rocket")}),
        ("two horses facing each other", {("horse", TURNED, "horse")}),
        ("a snail and a duck nose to nose", {("snail", TURNED, "duck"), ("duck", TURNED, "snail")}),
        ("a zebra staring up at a giraffe", {("zebra", TURNED, "giraffe")}),
        ("a boy with a hen on a chair and a kite in his hand", {("chicken", "on", "chair"), ("kite", "held by", "boy")}),
        ("a goose in a hat", {("hat", "worn by", "goose")}),
        (
            "two bears wearing t-shirts with hearts on them",
            {("t-shirt", "worn by", "bear"), ("heart", "pictured on", "t-shirt")},
        ),
        ("a tiger wearing a yellow shirt", {("t-shirt", "worn by", "tiger")}),
        ("a cat on a boat wearing a cap", {("cat", "on", "boat"), ("cap", "worn by", "cat")}),
    ],
)
def test_what_somebody_does_is_told_and_written_for_a_generator(request_: str, relations: set[tuple[str, str, str]]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert told(scene) == relations
    assert told(read(surface_text(scene), Vocabulary.ICONS)) == relations
    assert losses(request_) == []


@pytest.mark.parametrize(
    ("request_", "gone"),
    [
        ("a frog looking at a dog", ["looking"]),  # its picture shows a face from the front
        ("three foxes looking at each other", ["looking", "other"]),
        ("a fox wearing glasses and a mouse, the fox looking at the mouse", ["looking"]),
        ("an elephant wearing a shirt", ["wearing"]),
        ("a jellyfish eating a pizza", ["eating"]),
        ("a horse eating apples", ["eating"]),
        ("a dog with boots on", ["with"]),
        ("a horse reading a newspaper", ["reading"]),  # seen from the side: nothing is before its body
        ("a fox playing the violin", ["playing"]),  # a face has no hands to play it
        ("a boy playing chess", ["playing", "chess"]),
        ("a fox flying a kite", ["flying"]),
        ("a girl hugging a lion", ["hugging"]),
        ("a girl hugging a big pillow", ["hugging"]),
        ("a boy flying a kite over a house", ["flying"]),
        ("a boy pulling a sled", ["pulling"]),  # his picture does not show where he goes
        ("two horses pulling a cart", ["pulling"]),
        ("a sled pulled by three dogs", ["pulled by"]),
        ("a goose with rain boots", ["with"]),
        ("a cat with pink slippers", ["with"]),
        ("a cat in boots", ["in"]),
        ("a mouse in a boot", []),
        ("a wolf with a bell and gloves", ["and"]),
        ("a pig with a shoe next to it", []),
        ("a goat and a shoe", []),
        ("a cat holding a fish in its mouth and slippers on", ["and"]),
        ("a dolphin with a bird on its shoulder", ["shoulder"]),
    ],
)
def test_what_no_picture_shows_is_lost(request_: str, gone: list[str]) -> None:
    assert losses(request_) == gone


def test_who_looks_at_each_other_stands_side_by_side() -> None:
    entries = ledger(read("two ducks facing each other", Vocabulary.ICONS), Means(knowledge=KNOWLEDGE)).entries
    assert {entry.words: entry.fate for entry in entries}["facing"] is Fate.DRAWN
    assert "turned towards each other" in surface_text(read("two ducks facing each other", Vocabulary.ICONS))


def test_everyday_readings_stay_as_they_were() -> None:
    assert told(read("a cat eating a fish")) == {("cat", "next to", "fish")}
    assert told(read("a cat facing a dog")) == {("cat", "next to", "dog")}


def test_what_is_worn_is_made_of_it_and_not_who_wears_it() -> None:
    scene = read("a swan with a crown made of gold", Vocabulary.ICONS)
    assert {obj.noun: obj.colour for obj in scene.objects} == {"swan": None, "crown": "gold"}


def test_the_hand_that_holds_something_unknown_is_no_thing_of_its_own() -> None:
    scene = read("a king, a zorblax in his left hand", Vocabulary.ICONS)
    assert "hand" not in {obj.noun for obj in scene.objects} and "hand" in " ".join(losses(scene.text))
