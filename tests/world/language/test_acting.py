"""Signs for what somebody does or feels: who sleeps has a Zzz, who sings has notes; and where there is no such sign."""

import pytest

from genevolve.core.claim import Direction
from genevolve.core.ledger import Fate
from genevolve.world.atlas.knowledge import AtlasKnowledge
from genevolve.world.language.actions import sign_of, signs
from genevolve.world.language.inventory import lookup
from genevolve.world.language.ledger import Means, ledger
from genevolve.world.language.model import Scene
from genevolve.world.language.reader import read
from genevolve.world.language.surface_text import surface_text
from genevolve.world.language.vocabulary import Vocabulary

KNOWLEDGE = AtlasKnowledge(Vocabulary.ICONS)


def signed(scene: Scene) -> set[tuple[str, str]]:
    return {
        (obj.noun, key)
        for obj in scene.objects
        for one in obj.relations
        if one.direction is Direction.SIGN
        for key in one.targets
    }


@pytest.mark.parametrize("noun", signs())
def test_every_sign_has_its_picture(noun: str) -> None:
    entry, sign = lookup(noun, Vocabulary.ICONS), signs()[noun]
    assert entry is not None and entry.looks[0] == sign.look
    assert 0 < sign.size < 2 and sign.told and (sign.words or sign.phrases)


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("a hedgehog sleeping under a bush", {("zzz", "hedgehog")}),
        ("two snoring bears", {("zzz", "bear")}),
        ("a sheep asleep", {("zzz", "sheep")}),
        ("a goat and a duck sleeping on a sofa", {("zzz", "goat"), ("zzz", "duck")}),
        ("an owl sleeps on a chair", {("zzz", "owl")}),
        ("a frog whistling in the rain", {("songnote", "frog")}),
        ("a galloping zebra", {("dashpuff", "zebra")}),
        ("a lorry speeding away", {("dashpuff", "truck")}),
        ("a weeping boy", {("teardrop", "boy")}),
        ("a furious goose next to a calm swan", {("angermark", "goose")}),
        ("a mouse who is in love with a cat", {("loveheart", "mouse")}),
        ("two women chatting with each other", {("talkballoon", "woman")}),
        ("a puzzled monkey", {("querymark", "monkey")}),
        ("a glittering crown", {("sparklestar", "crown")}),
        ("a shivering penguin", {("coldflake", "penguin")}),
        ("a pig with a bright idea", {("ideabulb", "pig")}),
        ("a cat on a chair sleeping", {("zzz", "cat")}),
        ("a cat and a mouse, the mouse is sleeping", {("zzz", "mouse")}),
        ("a slepping fox", {("zzz", "fox")}),
        ("a kangaroo hopping in the desert", {("leapmark", "kangaroo")}),
        ("a penguin jumping for joy", {("leapmark", "penguin")}),
    ],
)
def test_what_somebody_does_is_a_sign_and_is_written_for_a_generator(request_: str, found: set[tuple[str, str]]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert signed(scene) == found
    assert signed(read(surface_text(scene), Vocabulary.ICONS)) == found
    entries = ledger(scene, Means(knowledge=KNOWLEDGE)).entries
    keys = {obj.key for obj in scene.objects if sign_of(obj.noun) is not None}
    told = [entry for entry in entries if entry.key in keys]
    assert told and all(entry.fate is Fate.DRAWN and ":" in entry.becomes for entry in told)


@pytest.mark.parametrize(
    "request_",
    [
        "a cat that is not sleeping",
        "a girl with a sleeping bag",
        "a pair of running shoes",
        "a racing car",
        "a sleeping table",
        "a chair with an angry sign",
        "a horse jumping over a fence",
        "a man jumping",  # of whom nobody sees the feet
        "a fox running",  # its picture is a face: nobody sees where it goes
        "an elephant crying",  # … and this one shows no eyes from the front
        "the shining sun",  # shown by its picture
        "a woman with a sign saying “OPEN”",
    ],
)
def test_no_sign_where_nobody_does_it_or_no_picture_has_a_place_for_it(request_: str) -> None:
    assert signed(read(request_, Vocabulary.ICONS)) == set()


def test_policies_read_as_before() -> None:
    assert signed(read("A cat sleeping on a sofa.")) == set()


@pytest.mark.parametrize(
    ("request_", "thing"),
    [("a dog dreaming of a red ball", "ball"), ("a king thinking about a cake", "cake"), ("an owl dreams of a mouse", "mouse")],
)
def test_what_is_thought_of_is_in_the_bubble(request_: str, thing: str) -> None:
    for scene in (found := read(request_, Vocabulary.ICONS), read(surface_text(found), Vocabulary.ICONS)):
        (inside,) = [obj for obj in scene.objects if obj.noun == thing]
        assert [(one.direction, one.targets) for one in inside.relations] == [(Direction.PICTURED, ("thoughtcloud",))]


@pytest.mark.parametrize(
    ("request_", "said"),
    [('a bear saying "Hello"', "Hello"), ('a girl asks "Why not?"', "Why not?"), ("a parrot shouting: “Rain!”", "Rain!")],
)
def test_what_is_said_is_in_a_bubble(request_: str, said: str) -> None:
    for scene in (found := read(request_, Vocabulary.ICONS), read(surface_text(found), Vocabulary.ICONS)):
        (text,) = scene.texts
        assert (text.content, text.quoted) == (said, True)
        assert [(one.direction, one.targets) for one in text.relations] == [(Direction.ON, ("speechballoon",))]


def test_several_things_thought_of_are_told_as_lost() -> None:
    scene = read("a dog dreaming of a bone and a ball", Vocabulary.ICONS)
    lost = [entry.words for entry in ledger(scene, Means(knowledge=KNOWLEDGE)).losses()]
    assert signed(scene) == set() and any("dreaming" in words for words in lost)


def test_signs_stand_in_no_slot_of_a_form() -> None:
    assert signed(read("comparison of a cat and a dog: cats sleep 15 hours, dogs sleep 12 hours", Vocabulary.ICONS)) == set()


@pytest.mark.parametrize(("request_", "lost"), [("a cat under a bed", ["under"]), ("a cat under a table", [])])
def test_under_what_has_no_room_is_told_as_lost(request_: str, lost: list[str]) -> None:
    scene = read(request_, Vocabulary.ICONS)
    assert [entry.words for entry in ledger(scene, Means(knowledge=KNOWLEDGE)).losses()] == lost
