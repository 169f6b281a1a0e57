"""Pipelines of ``diffusers`` on this machine's own accelerator: what they share, Qwen-Image-Edit, FLUX.2 [klein]."""

import asyncio
import importlib
import importlib.util
import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.finding import Finding, failed, ok, warning
from genevolve.core.grouped import Grouped
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.check import drawn
from genevolve.generators.fitting import FinalSize, Size, check_count, clean_references, finished, scaled, with_edit
from genevolve.store.decode import Decoded

if TYPE_CHECKING:
    from PIL import Image

MODEL = "Qwen/Qwen-Image-Edit-2511"
SMALL_MODEL = "black-forest-labs/FLUX.2-klein-4B"
MAX_REFERENCES = 4
BLANK = "no reference was given; this edit model started from a blank white canvas"
_SEEDS = 2**64
_LONGEST = 8  # times as long as wide, of a reference: more is a mistake in most pipelines
_LOADING = 3600.0  # seconds for loading the model and one image


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings(Grouped):
    """``device`` is ``auto`` (CUDA, then Apple's, then the CPU) or a torch device; ``dtype`` a torch dtype's name. ``follow``:
    the aspect of the order, or of the first reference. ``offload``: parts of the model wait in main memory."""

    device: str = "auto"
    dtype: str = "bfloat16"
    follow: Literal["order", "reference"] = "order"
    final_size: FinalSize | None = None
    long_side: int = 1024
    offload: bool = False


class LocalPipeline:
    """One image at a time, in a thread of its own; the model is loaded at the first order and then kept.

    The seed goes through a generator on the CPU, so it means the same on every device. Members say which ``pipeline`` of
    diffusers they drive, what it is called, and whether it ``needs_image``: then it starts from a blank canvas without
    references, which a note says.
    """

    pipeline: str
    service: str
    needs_image: bool
    max_references: int
    least_side = 0  # pixels of a reference; where there are fewest, no more than eight times as long as wide is taken, either
    edits = True

    def __init__(self, model: str, sampling: Mapping[str, Any], settings: PipelineSettings) -> None:
        for package in ("torch", "diffusers", "transformers"):
            if importlib.util.find_spec(package) is None:
                raise UsageError(f"this generator needs the package {package!r}: pip install 'genevolve[diffusers]'")
        self._model, self._device, self._dtype = model, settings.device, settings.dtype
        self._offload = settings.offload
        self._sampling = dict(sampling)
        self._follow = settings.follow
        self._final_size = settings.final_size or (FinalSize.NATIVE if settings.follow == "reference" else FinalSize.ORDER)
        self._long_side = settings.long_side
        self._pipeline: Any = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="diffusers")

    async def generate(self, order: RenderOrder) -> Rendering:
        order = with_edit(order)
        check_count(order, self.max_references, self.service)
        references = await clean_references(order)
        size = self._size(order, references)
        image = await asyncio.get_running_loop().run_in_executor(self._thread, self._draw, order, references, size)
        notes = (BLANK,) if self.needs_image and not references else ()
        return await finished(image, order, service=self.service, final_size=self._final_size, notes=notes)

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """Where the model is and what it would run on, without loading or downloading it; with ``call`` one image."""
        found = [await asyncio.to_thread(_found, self._model), await asyncio.to_thread(_speed, self._device)]
        if call:
            found.append(await drawn(self, references=1, seconds=_LOADING, fix="see generator in the profile"))
        return found

    def _size(self, order: RenderOrder, references: Sequence[Decoded]) -> Size:
        followed = references[0].size if references and self._follow == "reference" else order.size
        return scaled(followed, long_side=self._long_side)

    def _draw(self, order: RenderOrder, references: Sequence[Decoded], size: Size) -> bytes:
        torch = _package("torch")
        if self._pipeline is None:
            self._pipeline = self.load()
        images = [_on_white(reference.png) for reference in references]
        if self.least_side:
            images = [_no_smaller(image, self.least_side) for image in images]
        if self.needs_image:
            images = images or [_canvas(size)]
        seed = torch.Generator(device="cpu").manual_seed(order.seed % _SEEDS)
        try:
            with torch.inference_mode():
                drawn = self._pipeline(
                    image=images or None, prompt=order.prompt, width=size[0], height=size[1], generator=seed, **self._sampling
                ).images[0]
        except torch.OutOfMemoryError:
            raise ServiceError(f"{self._model} ran out of memory at {size[0]}×{size[1]}; lower generator.long_side") from None
        buffer = io.BytesIO()
        drawn.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    def load(self) -> Any:
        """The pipeline on its device. Raises ``UsageError`` naming the setting that cannot be used."""
        torch, diffusers = _package("torch"), _package("diffusers")
        dtype = getattr(torch, self._dtype, None)
        if not isinstance(dtype, torch.dtype):
            raise UsageError(f"generator.dtype = {self._dtype!r} is not a torch dtype; bfloat16 is meant for this model")
        if (kind := getattr(diffusers, self.pipeline, None)) is None:
            raise UsageError(f"diffusers {diffusers.__version__} has no {self.pipeline}: pip install --upgrade diffusers")
        try:
            pipeline = kind.from_pretrained(self._model, torch_dtype=dtype)
        except (OSError, ValueError) as error:
            said = " ".join(str(error).split())[:300]
            raise UsageError(f"generator.model = {self._model!r} cannot be loaded ({said})") from None
        pipeline.set_progress_bar_config(disable=True)
        if self._offload:
            pipeline.enable_model_cpu_offload()
            return pipeline
        return pipeline.to(_device(self._device))


class QwenEditPipeline(LocalPipeline):
    """The paper's generator. It edits images: without references it starts from a blank canvas, which a note says."""

    pipeline, service = "QwenImageEditPlusPipeline", "Qwen-Image-Edit"
    needs_image = True
    max_references = MAX_REFERENCES

    def __init__(
        self,
        *,
        model: str = MODEL,
        steps: int = 40,
        true_cfg_scale: float = 4.0,
        guidance_scale: float | None = None,
        negative_prompt: str = " ",
        settings: PipelineSettings = PipelineSettings(),
    ) -> None:
        sampling: dict[str, Any] = {
            "num_inference_steps": steps,
            "true_cfg_scale": true_cfg_scale,
            "negative_prompt": negative_prompt,
            "num_images_per_prompt": 1,
        }
        if guidance_scale is not None:  # only guidance-distilled models take it; the pipeline warns otherwise
            sampling["guidance_scale"] = guidance_scale
        super().__init__(model, sampling, settings)


class KleinPipeline(LocalPipeline):
    """FLUX.2 [klein]: a small model, distilled to four steps, that draws from words alone and edits by references."""

    pipeline, service = "Flux2KleinPipeline", "FLUX.2 klein"
    needs_image = False
    max_references = MAX_REFERENCES
    least_side = 64

    def __init__(
        self,
        *,
        model: str = SMALL_MODEL,
        steps: int = 4,
        guidance_scale: float = 1.0,
        settings: PipelineSettings = PipelineSettings(),
    ) -> None:
        sampling = {"num_inference_steps": steps, "guidance_scale": guidance_scale, "num_images_per_prompt": 1}
        super().__init__(model, sampling, settings)


def _package(name: str) -> Any:
    """An optional package, imported when it is needed: that takes seconds."""
    return importlib.import_module(name)


def _found(model: str) -> Finding:
    hub = _package("huggingface_hub")
    if Path(model).is_dir():
        index = Path(model) / "model_index.json"
        return ok(f"the model is in {model}") if index.is_file() else failed(f"{index} is missing", "correct generator.model")
    try:
        if isinstance(hub.try_to_load_from_cache(model, "model_index.json"), str):
            return ok(f"{model} is in the local cache")
        hub.get_hf_file_metadata(hub.hf_hub_url(model, "model_index.json"), timeout=10)
    except Exception as error:  # the hub's client raises whatever its HTTP library does
        said = " ".join(str(error).split())[:200]
        return failed(f"{model} is not here and cannot be had ({said})", "correct generator.model, or see the network")
    return ok(f"{model} is not here yet; the first image downloads it")


def _speed(chosen: str) -> Finding:
    try:
        device = _device(chosen)
        _package("torch").device(device)
    except RuntimeError as error:
        return failed(f"generator.device = {chosen!r} is not a device ({str(error).splitlines()[0][:120]})", "set it to auto")
    if device == "cpu":
        return warning("no accelerator is used: an image of the full model takes hours", "use a GPU, or qwen_service")
    return ok(f"it runs on {device}")


def _device(chosen: str) -> str:
    if chosen != "auto":
        return chosen
    torch = _package("torch")
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _on_white(png: bytes) -> "Image.Image":
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        if image.mode != "RGBA":
            return image.convert("RGB")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        return ground


def _no_smaller(image: "Image.Image", side: int) -> "Image.Image":
    """``image``, enlarged where a side has fewer pixels; what is more than eight times as long as wide gets white rims."""
    from PIL import Image

    if side <= min(image.size) and max(image.size) <= _LONGEST * min(image.size):
        return image
    size = tuple(max(each, -(-max(image.size) // _LONGEST)) for each in image.size)
    ground = Image.new("RGB", (size[0], size[1]), "white")
    ground.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    factor = max(1.0, side / min(size))
    return ground.resize((round(size[0] * factor), round(size[1] * factor)), Image.Resampling.BICUBIC)


def _canvas(size: Size) -> "Image.Image":
    from PIL import Image

    return Image.new("RGB", size, "white")
