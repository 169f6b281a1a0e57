"""A prompt by the rules is heard whole; one that breaks a rule loses just what the rule is about."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.core.claim import Direction, Place
from genevolve.core.errors import UsageError
from genevolve.data.splits import EntitySplit
from genevolve.world.language.model import AmbiguityKind, Scene
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.quirks.profile import QUIRKS, QuirkProfile
from genevolve.world.quirks.told import sentences
from genevolve.world.recipes.case import cases
from tests.paths import ROOT

OPTIONS = [(name, option) for name, quirk in QUIRKS.items() for option in quirk.options]
PROMPT = (
    "A dog with a complete, undistorted body and natural proportions is on the right side of the image. "
    "A green cup is on the left side of the image, above the dog. Exactly three red apples are in the image. "
    "The flag of Chad, copied from the first reference image, is at the bottom of the image. "
    "Everything is firmly grounded, with soft contact shadows. "
    'The title "Summer Fair" is written in large bold black letters at the top of the image. '
    "The background is plain cream. The whole image is in watercolor style throughout."
)


def heard(prompt: str, chosen: dict[str, str], seed: int = 0) -> Scene:
    return QuirkProfile(chosen=chosen).heard(prompt, Vocabulary.EVERYDAY, seed)


def meant(scene: Scene) -> tuple[object, ...]:
    """What ``scene`` asks for, in any order, without the places of its words."""
    named = {obj.key: (obj.noun, obj.of, obj.colour) for obj in scene.objects} | {
        text.key: text.content for text in scene.texts
    }
    objects = [
        (
            *(obj.noun, obj.of, obj.count, obj.colour, obj.place, obj.reference, obj.grounded, obj.body_described),
            *((relation.direction, *(named[key] for key in relation.targets)) for relation in obj.relations),
        )
        for obj in scene.objects
    ]
    texts = [(text.content, text.place, text.colour) for text in scene.texts]
    return sorted(map(str, objects)), sorted(map(str, texts)), scene.background, scene.style


@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_every_rule_can_be_followed_and_is_then_heard_whole(name: str, option: str) -> None:
    for case in cases(6, 11, EntitySplit.TRAIN):
        told = QUIRKS[name].reword(case.truth.prompt, option)
        scene = read(told)
        assert meant(scene) == meant(read(case.truth.prompt)), told
        assert heard(told, {name: option}) == scene, told


@pytest.mark.parametrize("number", range(6))
def test_a_writer_who_knows_all_rules_loses_nothing(number: int) -> None:
    profile = QuirkProfile.drawn(number)
    for case in cases(6, 12, EntitySplit.TRAIN):
        told = profile.reworded(case.truth.prompt)
        assert profile.heard(told, Vocabulary.EVERYDAY, 0) == read(told), told
        assert profile.reworded(told) == told


LOSSES: list[tuple[str, str, Callable[[Scene], object], object]] = [
    ("numbers", "digits", lambda scene: scene.object_of("apple").count.number in (2, 4), True),
    ("colours", "behind", lambda scene: scene.object_of("cup").colour != "green", True),
    ("references", "as in", lambda scene: scene.object_of("flag").reference, None),
    ("bodies", "anatomy", lambda scene: (AmbiguityKind.LOOSE_BODY, "dog") in opened(scene), True),
    ("footing", "floor", lambda scene: (AmbiguityKind.FLOATING, "cup") in opened(scene), True),
    ("relations", "apart", lambda scene: scene.object_of("cup").relations[0].direction, Direction.BELOW),
    ("naming", "lettering", lambda scene: sorted(scene.texts[0].content) == sorted("Summer Fair"), True),
    ("quotes", "curly", lambda scene: scene.texts[0].content, "Summer"),
    ("measure", "frame", lambda scene: scene.object_of("cup").place, Place.RIGHT),
    ("order", "texts first", lambda scene: scene.texts[0].place, Place.CENTER),
    ("background", "first", lambda scene: scene.background not in ("cream", None), True),
    ("style", "first", lambda scene: scene.style, None),
    ("word", "bold", lambda scene: scene.texts, ()),
]


def opened(scene: Scene) -> set[tuple[AmbiguityKind, str]]:
    return {(one.kind, one.key) for one in scene.ambiguities}


@pytest.mark.parametrize(("name", "option", "look", "result"), LOSSES)
def test_what_a_prompt_does_not_say_by_the_rule_comes_out_wrong(
    name: str, option: str, look: Callable[[Scene], object], result: object
) -> None:
    assert look(read(PROMPT)) != result or name == "naming"
    changed = heard(PROMPT, {name: option})
    assert look(changed) == result
    assert changed != read(PROMPT)
    if name == "naming":
        assert changed.texts[0].content != "Summer Fair"
    other = next(rule for rule in QUIRKS[name].options if rule != option)
    assert name == "word" or heard(PROMPT, {name: other}) == read(PROMPT)


def test_what_is_quoted_is_never_reworded() -> None:
    said = 'The title "Two bold red dogs of the image" is written at the top of the image. Two dogs are in the image.'
    for number in range(8):
        told = QuirkProfile.drawn(number).reworded(said)
        assert "Two bold red dogs of the image" in told


def test_a_full_stop_in_quotes_ends_no_sentence() -> None:
    assert sentences('The title "Stop. Now." is here. A dog.') == ['The title "Stop. Now." is here.', "A dog."]


@pytest.mark.parametrize("number", [-1, True, 1.5, "3"])
def test_a_profile_is_a_whole_number(number: int) -> None:
    with pytest.raises(UsageError, match="quirks = "):
        QuirkProfile.drawn(number)


def test_profiles_differ_and_are_drawn_from_all_options() -> None:
    drawn = [QuirkProfile.drawn(number) for number in range(60)]
    assert len({tuple(profile.chosen.items()) for profile in drawn}) > 55
    assert {entry for profile in drawn for entry in profile.chosen.items()} == set(OPTIONS)
    assert drawn[3] == QuirkProfile.drawn(3)


WORDS = st.lists(
    st.sampled_from(
        [*PROMPT.split(), "4", "“", '"', "'", "coloured", "the", "of", "background", "Everything", ".", "N'Djamena"]
    )
)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.integers(0, 40))
def test_any_prompt_is_heard_and_reworded(words: list[str], number: int) -> None:
    profile, prompt = QuirkProfile.drawn(number), " ".join(words)
    profile.heard(prompt, Vocabulary.EVERYDAY, number)
    profile.reworded(prompt)


def test_how_a_thing_goes_wrong_hangs_on_the_seed_and_the_thing_alone() -> None:
    several = {heard(PROMPT, {"numbers": "digits"}, seed).object_of("apple").count.number for seed in range(8)}
    assert several == {2, 4}
    longer = replace(heard(f"{PROMPT} A ball is in the image.", {"numbers": "digits"}, 5))
    assert longer.object_of("apple").count == heard(PROMPT, {"numbers": "digits"}, 5).object_of("apple").count


def test_the_documentation_names_every_option() -> None:
    page = (ROOT / "docs" / "quirks.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    assert set(rows) == set(QUIRKS)
    for name, option in OPTIONS:
        assert option in rows[name]
