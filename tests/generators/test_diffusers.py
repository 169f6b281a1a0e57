"""The diffusers pipeline: how it is called, and (slow) the real class with a tiny random model on the CPU."""

import asyncio
import importlib
import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from genevolve.app.registry import gathered
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators import diffusers as member
from genevolve.generators.diffusers import BLANK, KleinPipeline, LocalPipeline, QwenEditPipeline
from tests.services.orders import awkward, order
from tests.services.pictures import encoded, opened

INSTALLED = all(importlib.util.find_spec(name) for name in ("torch", "diffusers", "transformers"))


class FakeTorch:
    """As much of torch as a call needs."""

    OutOfMemoryError = MemoryError

    def Generator(self, device: str) -> Any:  # noqa: N802 - the library's name
        return SimpleNamespace(manual_seed=lambda seed: (device, seed))

    def inference_mode(self) -> Any:
        import contextlib

        return contextlib.nullcontext()


class Pipeline:
    """Records how it is called; two calls at once would be an error, as with the real one."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.running = False
        self.trouble: Exception | None = None

    def __call__(self, **call: Any) -> Any:
        assert not self.running
        self.running = True
        self.calls.append(call)
        image = Image.new("RGB", (call["width"], call["height"]), "red")
        self.running = False
        if self.trouble:
            raise self.trouble
        return SimpleNamespace(images=[image])


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    fake = Pipeline()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(member, "_package", lambda name: FakeTorch())
    monkeypatch.setattr(LocalPipeline, "load", lambda self: fake)
    return fake


def drawn(*orders: RenderOrder, kind: type[LocalPipeline] = QwenEditPipeline, **settings: Any) -> list[Rendering]:
    async def scenario() -> list[Rendering]:
        generator: Any = kind(**gathered(kind, settings))
        return list(await asyncio.gather(*(generator.generate(each) for each in orders)))

    return asyncio.run(scenario())


def test_the_pipeline_is_called_as_the_paper_does(pipeline: Pipeline) -> None:
    (rendering,) = drawn(order(encoded(), encoded(size=(50, 40)), prompt="A red house", size=(800, 600), seed=11))
    (call,) = pipeline.calls
    images = call.pop("image")
    assert [(image.mode, image.size) for image in images] == [("RGB", (32, 24)), ("RGB", (50, 40))]
    assert call == {
        "prompt": "A red house",
        "negative_prompt": " ",
        "true_cfg_scale": 4.0,
        "num_inference_steps": 40,
        "num_images_per_prompt": 1,
        "width": 1024,
        "height": 768,
        "generator": ("cpu", 11),
    }
    assert opened(rendering.data).size == (800, 600) and rendering.notes == ()


@pytest.mark.parametrize(("name", "data"), awkward(), ids=lambda value: value if isinstance(value, str) else "")
def test_references_are_upright_rgb(pipeline: Pipeline, name: str, data: bytes) -> None:
    drawn(order(data))
    (image,) = pipeline.calls[0]["image"]
    assert (image.mode, image.size) == ("RGB", (24, 32) if name == "rotated JPEG" else (32, 24))


def test_transparent_parts_become_white(pipeline: Pipeline) -> None:
    drawn(order(encoded(mode="RGBA", colour="#00000000")))
    assert pipeline.calls[0]["image"][0].getpixel((30, 20)) == (255, 255, 255)


def test_without_references_it_says_that_it_started_from_nothing(pipeline: Pipeline) -> None:
    (rendering,) = drawn(order())
    assert rendering.notes == (BLANK,)
    assert pipeline.calls[0]["image"][0].getextrema() == ((255, 255),) * 3


def test_the_small_model_draws_from_words_alone_and_edits(pipeline: Pipeline) -> None:
    two = order(encoded(), encoded(size=(50, 40)), prompt="A red house", size=(800, 600), seed=11)
    without, with_two = drawn(order(prompt="A hill"), two, kind=KleinPipeline, steps=6)
    words, call = pipeline.calls
    assert words["image"] is None and without.notes == with_two.notes == ()
    assert [image.size for image in call.pop("image")] == [(85, 64), (80, 64)], "it takes none with fewer than 64 pixels a side"
    assert call == {
        "prompt": "A red house",
        "guidance_scale": 1.0,
        "num_inference_steps": 6,
        "num_images_per_prompt": 1,
        "width": 1024,
        "height": 768,
        "generator": ("cpu", 11),
    }
    drawn(order(encoded(size=(900, 10), colour="#ff0000")), kind=KleinPipeline)
    (strip,) = pipeline.calls[-1]["image"]
    assert strip.size == (900, 113) and strip.getpixel((450, 56))[1] < 30 and strip.getpixel((450, 2)) == (255, 255, 255)
    with pytest.raises(UsageError, match=r"FLUX\.2 klein"):
        drawn(order(*[encoded()] * 5), kind=KleinPipeline)


def test_one_image_at_a_time(pipeline: Pipeline) -> None:
    assert len(drawn(*[order(encoded(), seed=n) for n in range(4)])) == 4
    assert sorted(call["generator"][1] for call in pipeline.calls) == [0, 1, 2, 3]


def test_the_first_references_aspect_can_be_followed(pipeline: Pipeline) -> None:
    (rendering,) = drawn(order(encoded(size=(40, 30))), follow="reference")
    assert opened(rendering.data).size == (1024, 768)


def test_too_many_references_are_a_misuse(pipeline: Pipeline) -> None:
    with pytest.raises(UsageError, match="at most 4"):
        drawn(order(*[encoded()] * 5))


def test_running_out_of_memory_is_a_failure_that_names_the_setting(pipeline: Pipeline) -> None:
    pipeline.trouble = MemoryError()
    with pytest.raises(ServiceError, match=r"generator\.long_side"):
        drawn(order(encoded()))


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'genevolve\[diffusers\]'"):
        QwenEditPipeline()


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="torch, diffusers and transformers are not installed: genevolve[diffusers]")
@pytest.mark.filterwarnings("ignore")  # of the libraries' own
def test_the_real_pipeline_class_with_a_tiny_random_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.services.tiny_qwen_edit import save_tiny_pipeline

    save_tiny_pipeline(tmp_path)
    real = importlib.import_module("diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus")
    monkeypatch.setattr(real, "VAE_IMAGE_SIZE", 64 * 64)  # references would be scaled up to 1024² before they are read
    monkeypatch.setattr(real, "CONDITION_IMAGE_SIZE", 56 * 56)
    settings: dict[str, Any] = {"model": str(tmp_path), "device": "cpu", "dtype": "float32", "steps": 2, "long_side": 64}

    async def scenario() -> list[bytes]:
        generator = QwenEditPipeline(**gathered(QwenEditPipeline, settings))
        two = (encoded(size=(48, 32)), encoded(mode="RGBA", size=(32, 48)))
        orders = [order(*two, size=(64, 48), seed=seed) for seed in (1, 1, 2)]
        orders += [order(two[1], two[0], size=(64, 48), seed=1), order(size=(64, 48), seed=1)]
        return [(await generator.generate(each)).data for each in orders]

    first, again, other_seed, other_order, none = asyncio.run(scenario())
    assert opened(first).size == (64, 48)
    assert first == again, "the seed decides"
    assert len({first, other_seed, other_order, none}) == 4, "seed, references and their order all count"


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="torch, diffusers and transformers are not installed: genevolve[diffusers]")
@pytest.mark.filterwarnings("ignore")
def test_the_real_class_of_the_small_model_with_tiny_random_parts(tmp_path: Path) -> None:
    from tests.services.tiny_klein import save_tiny_klein

    save_tiny_klein(tmp_path)
    settings = {"model": str(tmp_path), "device": "cpu", "dtype": "float32", "steps": 2, "long_side": 64}
    one, other = encoded(size=(64, 48)), encoded(mode="RGBA", size=(64, 64))
    orders = [order(one, other, size=(64, 48), seed=seed) for seed in (1, 1, 2)]
    orders += [order(other, one, size=(64, 48), seed=1), order(size=(64, 48), seed=1)]
    first, again, other_seed, other_order, none = (each.data for each in drawn(*orders, kind=KleinPipeline, **settings))
    assert opened(first).size == (64, 48)
    assert first == again, "the seed decides"
    assert len({first, other_seed, other_order, none}) == 4, "seed, references and their order all count"


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="torch, diffusers and transformers are not installed: genevolve[diffusers]")
@pytest.mark.filterwarnings("ignore")
def test_a_model_that_cannot_be_loaded_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"generator\.model"):
        drawn(order(encoded()), model=str(tmp_path), dtype="float32")
    with pytest.raises(UsageError, match=r"generator\.dtype = 'bfloat17'"):
        drawn(order(encoded()), model=str(tmp_path), dtype="bfloat17")
