"""The eight skill files: complete, short, safe to show, and with an example that the scene reader understands."""

import re
from importlib.resources import files

import pytest

from genevolve.core.event import SKILLS
from genevolve.world.language.model import Ambiguity, AmbiguityKind, Scene
from genevolve.world.language.reader import read

SECTIONS = ["When to use", "When not to use", "Guidance"]
PREVENTS = {
    "quantity_counting": {AmbiguityKind.VAGUE_COUNT, AmbiguityKind.LOOSE_COUNT},
    "text_rendering": {AmbiguityKind.UNQUOTED_TEXT, AmbiguityKind.UNPLACED_TEXT},
    "attribute_binding": {AmbiguityKind.SHARED_COLOUR},
    "spatial_layout": {AmbiguityKind.UNPLACED_OBJECT},
    "anatomy_body_coherence": {AmbiguityKind.LOOSE_BODY},
    "physical_material_consistency": {AmbiguityKind.FLOATING},
    "aesthetic_drawing": {AmbiguityKind.UNLIT, AmbiguityKind.NO_BACKGROUND},
    "creative_drawing": {AmbiguityKind.WEAK_STYLE},
}


def guidance(skill: str) -> str:
    return files("genevolve.skills").joinpath(f"{skill}.md").read_text("utf-8")


def example(skill: str) -> Scene:
    (line,) = re.findall(r"^Example: ([\"'])(.+)\1$", guidance(skill), re.MULTILINE)
    return read(line[1])


def test_there_is_one_file_for_each_skill_and_no_other() -> None:
    found = {path.name for path in files("genevolve.skills").iterdir() if path.name.endswith(".md")}
    assert found == {f"{skill}.md" for skill in SKILLS}


@pytest.mark.parametrize("skill", SKILLS)
def test_a_skill_file_has_its_sections_and_is_short(skill: str) -> None:
    text = guidance(skill)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert len(text.split()) <= 180
    assert not re.search(r"</?\w+>|<\||\bIMG_\d", text), "guidance must not hold anything that reads like protocol"


@pytest.mark.parametrize("skill", SKILLS)
def test_the_example_leaves_nothing_open_that_the_skill_prevents(skill: str) -> None:
    scene = example(skill)
    kinds: set[AmbiguityKind] = {hole.kind for hole in scene.ambiguities if isinstance(hole, Ambiguity)}
    assert not kinds & PREVENTS[skill]


def test_the_examples_say_what_they_are_meant_to_say() -> None:
    (apples,) = example("quantity_counting").objects
    assert (apples.noun, apples.count.number, apples.columns) == ("apple", 6, 3)
    (title,) = example("text_rendering").texts
    assert (title.content, title.quoted, title.colour) == ("OPEN DAY", True, "white")
    assert [(thing.noun, thing.colour) for thing in example("attribute_binding").objects] == [
        ("apple", "red"),
        ("banana", "green"),
    ]
    assert all(thing.place is not None for thing in example("spatial_layout").objects)
    assert example("anatomy_body_coherence").objects[0].body_described
    assert example("physical_material_consistency").objects[0].grounded
    assert example("aesthetic_drawing").background == "light blue"
    assert example("creative_drawing").style_thorough
