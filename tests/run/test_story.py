"""The story of a picture as texts: what it holds, what it never holds, and what is read back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.episode import Limits, step
from genevolve.core.episode import given as given_episode
from genevolve.core.event import Rendered
from genevolve.core.event import png as png_artifact
from genevolve.core.picture import Picture
from genevolve.core.program import Program, Selection
from genevolve.core.request import Request
from genevolve.run.story import Maker, Storyteller, read_infotext, read_story
from genevolve.store.images import ImageStore
from tests.conftest import png

MAKER = Maker(profile="mine", members={"generator": "sketch", "policy": "expert"}, genevolve="1")
KEY = "sk-not-a-real-key-9f8e7d6c"


def told(tmp_path: Path, maker: Maker = MAKER, prompt: str = "A red flag, as in the first reference image.") -> dict[str, str]:
    images = ImageStore(tmp_path)
    picture = Picture(title="Flag", digest="0" * 64, source="library:x", url="/home/me/flag.png", page_url="https://x.org/flag")
    program = Program(prompt=prompt, references=(Selection(img_id="IMG_001", note="its colour"),))
    request = Request(id="image", text=f"a flag {KEY}", size=(640, 480), seed=7)
    begun = given_episode(request, Limits(), (replace(picture, licence="CC0"),), program)
    drawn = Rendered(artifacts=png_artifact(images.put(png(size=(64, 48)))), credits=("Shapes by A.",))
    return Storyteller(maker=maker, images=images, redact=lambda text: text.replace(KEY, "***"))(step(begun, drawn))


def test_it_holds_program_references_licences_maker_seed_and_the_true_size(tmp_path: Path) -> None:
    story = read_story(told(tmp_path)["genevolve"])
    assert story.gen_prompt.startswith("A red flag") and story.seed == 7 and story.size == (64, 48)
    (reference,) = story.references
    assert (reference.title, reference.source, reference.licence, reference.note) == ("Flag", "library:x", "CC0", "its colour")
    assert reference.page_url == "https://x.org/flag" and story.made_by == MAKER and story.credits == ("Shapes by A.",)
    assert story.score is None and story.unscored


def test_no_path_and_no_key_is_told(tmp_path: Path) -> None:
    texts = " ".join(told(tmp_path, prompt=f"A red flag with {KEY}, as in the first reference image.").values())
    assert KEY not in texts and "***" in texts and "/home/me" not in texts


def test_infotext_says_steps_and_negative_prompt_only_where_they_are_true(tmp_path: Path) -> None:
    plain = told(tmp_path)["parameters"].split("\n")
    assert plain[1:] == ["Seed: 7, Size: 64x48, Model: sketch, Version: genevolve 1"]
    steered = MAKER.model_copy(update={"steps": 12, "negative_prompt": "blur", "model": "Qwen: Edit, 2511"})
    parts = told(tmp_path, steered)["parameters"].split("\n")
    assert parts[1] == "Negative prompt: blur"
    assert parts[2] == 'Steps: 12, Seed: 7, Size: 64x48, Model: "Qwen: Edit, 2511", Version: genevolve 1'


@given(prompt=st.text(min_size=1).filter(lambda text: text.strip() == text and "Negative prompt:" not in text))
def test_what_is_written_is_read_back(prompt: str) -> None:
    line = 'Seed: 7, Size: 64x48, Model: "a, b: c", Version: genevolve 1'
    found = read_infotext(f"{prompt}\nNegative prompt: blur\n{line}")
    assert (found.prompt, found.negative_prompt) == (prompt, "blur")
    assert found.settings == {"Seed": "7", "Size": "64x48", "Model": "a, b: c", "Version": "genevolve 1"}


def test_infotext_of_another_program() -> None:
    text = (
        "a cat, (masterpiece:1.2)\nBREAK two lines\nNegative prompt: dog,\nblurry\nSteps: 20, Sampler: DPM++ 2M, CFG scale: 7, "
        'Seed: 42, Size: 512x768, Model hash: 6ce0161689, Model: v1-5, Lora hashes: "a: 1, b: 2", Version: v1.10'
    )
    found = read_infotext(text)
    assert found.prompt == "a cat, (masterpiece:1.2)\nBREAK two lines" and found.negative_prompt == "dog,\nblurry"
    assert found.settings["Sampler"] == "DPM++ 2M" and found.settings["Lora hashes"] == "a: 1, b: 2"
    assert read_infotext("only words, no settings").prompt == "only words, no settings"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 5000, "nested"),
        ("[" * 200 + "]" * 200, "nested"),
        ('{"seed": 1, "seed": 2}', "twice"),
        ('{"request": 5}', "request"),
        (json.dumps({"request": "x", "gen_prompt": "y", "made_by": {"profile": "p", "members": {}}, "seed": "a"}), "seed"),
        ('{"seed": NaN}', "NaN"),
        ("not json", "Expecting value"),
    ],
)
def test_a_story_that_is_none_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_story(text)
