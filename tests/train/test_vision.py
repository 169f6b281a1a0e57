"""Pictures in prompts and observations, with a tiny random Qwen3-VL: every row is scored with its own pictures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import ProcessorMixin, Qwen2VLImageProcessorPil, Qwen3VLConfig, Qwen3VLForConditionalGeneration

from genevolve.core.errors import UsageError
from genevolve.train import losses
from genevolve.train.scoring import scored_logprobs
from genevolve.train.settings import SdlSettings, Teacher
from genevolve.train.vision import read, token_types
from tests.train.tiny_policies import GROUP, VOCABULARY, Make, Sample, attempt_of, episode, mixed, tokenizer, trainer, weights

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
PAD, START, END, VIDEO = 90, 91, 92, 93
PATCH = 4


class PictureProcessor(ProcessorMixin):  # type: ignore[misc]  # transformers is untyped here
    """The model's image processor and tokenizer, without the video part (which needs torchvision)."""

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None) -> None:
        super().__init__(image_processor, tokenizer, chat_template=chat_template)


def processor() -> PictureProcessor:
    pictures = Qwen2VLImageProcessorPil(patch_size=PATCH, merge_size=2, min_pixels=64, max_pixels=4096)
    return PictureProcessor(pictures, tokenizer())


def qwen(seed: int = 0) -> Any:
    torch.manual_seed(seed)
    text: dict[str, Any] = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    text |= {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "pad_token_id": 0, "eos_token_id": 1}
    text |= {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2]}}
    sight: dict[str, Any] = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "patch_size": PATCH,
        "out_hidden_size": 32,
    }
    sight |= {
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0, 1],
    }
    special = {"image_token_id": PAD, "video_token_id": VIDEO, "vision_start_token_id": START, "vision_end_token_id": END}
    return Qwen3VLForConditionalGeneration(Qwen3VLConfig(text_config=text, vision_config=sight, **special))


def picture(seed: int) -> Image.Image:
    draw = torch.Generator().manual_seed(seed)
    height, width = (8 * int(n) for n in torch.randint(1, 4, (2,), generator=draw))
    pixels = torch.randint(0, 256, (height, width, 3), generator=draw, dtype=torch.uint8)
    return Image.fromarray(pixels.numpy())


def shown(image: Image.Image) -> tuple[int, ...]:
    """The placeholder of a picture: one token for 2 × 2 patches."""
    return (START, *([PAD] * (image.width * image.height // (2 * PATCH) ** 2)), END)


def without_specials(sample: Sample) -> Sample:
    def plain(ids: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(token % 88 + 2 if token >= PAD else token for token in ids)

    return replace(
        sample,
        prompt_ids=plain(sample.prompt_ids),
        completion_ids=plain(sample.completion_ids),
        guide_ids=None if sample.guide_ids is None else plain(sample.guide_ids),
    )


def with_pictures(sample: Sample, in_prompt: int, observed: int, seed: int) -> Sample:
    """Pictures before the last word of the prompt, and in the middle of the observation."""
    bare = without_specials(sample)
    images = tuple(picture(seed * 10 + number) for number in range(in_prompt + observed))
    first = sum((shown(image) for image in images[:in_prompt]), ())
    then = sum((shown(image) for image in images[in_prompt:]), ())
    place = bare.mask.index(0) + 2

    def inserted(values: tuple[Any, ...], new: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*values[:place], *new, *values[place:])

    return replace(
        bare,
        prompt_ids=(*bare.prompt_ids[:-1], *first, bare.prompt_ids[-1]),
        guide_ids=None if bare.guide_ids is None else (*bare.guide_ids[:-1], *first, bare.guide_ids[-1]),
        completion_ids=inserted(bare.completion_ids, then),
        mask=inserted(bare.mask, (0,) * len(then)),
        logprobs=inserted(bare.logprobs, (0.0,) * len(then)),
        images=images,
    )


def members(request: int, member: int) -> Sample:
    """0 to 3 pictures: none, one in the prompt (guided), two observed, one and two (guided)."""
    return with_pictures(mixed(request, member), member % 2, member // 2 * 2, request * GROUP + member)


def seen(sample: Sample, prompt: tuple[int, ...], model: Any) -> dict[str, Any]:
    """Inputs of one row alone."""
    ids = torch.tensor([[*prompt, *sample.completion_ids]])
    vision = read([attempt_of(sample)], processor().image_processor, PAD, torch.device("cpu"))
    found: dict[str, Any] = {"input_ids": ids}
    if vision is not None:
        found |= {name: value for name, value in vision.scoring().items() if name != "num_images"}
        found["mm_token_type_ids"] = token_types(ids, PAD)
    return found


def dense(model: Any, sample: Sample, prompt: tuple[int, ...]) -> torch.Tensor:
    logits = model(**seen(sample, prompt, model)).logits[0, len(prompt) - 1 : -1] / 0.7
    labels = torch.tensor(sample.completion_ids)
    found: torch.Tensor = logits.log_softmax(-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    return found


def reference_step(model: Any, samples: list[Sample], strength: float) -> dict[str, torch.Tensor]:
    gains = losses.advantages(torch.tensor([s.reward or 0.0 for s in samples]), GROUP)
    total = torch.zeros(())
    for sample, gain in zip(samples, gains, strict=True):
        own, mask = dense(model, sample, sample.prompt_ids), torch.tensor(sample.mask, dtype=torch.bool)
        total = total - ((own - own.detach()).exp() * gain)[mask].sum() / len(samples)
        if sample.guide_ids is not None:
            with torch.no_grad():
                other = dense(model, sample, sample.guide_ids)
            terms = losses.distillation(own, other, None, SdlSettings(c_tok=None))
            total = total + strength * terms[mask].sum() / len(samples)
    total.backward()
    return {name: p.detach() - 0.05 * p.grad for name, p in model.named_parameters() if p.grad is not None}


def moved(folder: Path, make: Make, sdl: SdlSettings, **changes: Any) -> dict[str, torch.Tensor]:
    run = trainer(folder, make, model=qwen(), sdl=sdl, processing_class=processor(), **changes)
    run.train()
    return weights(run.model)


@pytest.mark.parametrize("size", [4, 1])
def test_the_step_is_that_of_a_dense_reference(tmp_path: Path, size: int) -> None:
    sdl = SdlSettings(c_tok=None, top_fraction=1.0, lambda_=20.0)
    expected = reference_step(qwen(), [members(0, member) for member in range(GROUP)], sdl.lambda_)
    changes = {"per_device_train_batch_size": size, "gradient_accumulation_steps": GROUP // size}
    found = moved(tmp_path, members, sdl, **changes)
    assert max(float((found[name] - expected[name]).abs().max()) for name in expected) < 1e-5
    assert {name for name in expected if "visual" in name}


def test_snapshot_and_reference_are_scored_with_pictures(tmp_path: Path) -> None:
    """The paths during sampling: the teacher's snapshot, and with LoRA the reference of the KL term, which starts at 0."""
    live, snapshot = (moved(tmp_path, members, SdlSettings(teacher=kind)) for kind in (Teacher.LIVE, Teacher.SNAPSHOT))
    assert max(float((live[name] - snapshot[name]).abs().max()) for name in live) < 1e-6
    from peft import LoraConfig, get_peft_model

    adapted = get_peft_model(qwen(), LoraConfig(r=2, target_modules=["q_proj"], lora_dropout=0.0))  # starts as the model itself
    run = trainer(tmp_path, members, model=adapted, processing_class=processor(), beta=0.1, max_steps=1)
    run.train()
    assert run.state.log_history[0]["kl"] == pytest.approx(0, abs=1e-9)


def test_rows_without_any_picture_train_too(tmp_path: Path) -> None:
    def plain(request: int, member: int) -> Sample:
        return without_specials(mixed(request, member))

    assert moved(tmp_path, plain, SdlSettings()).keys()


def test_pictures_matter_and_may_be_files(tmp_path: Path) -> None:
    def other(request: int, member: int) -> Sample:
        sample = members(request, member)
        dark = [Image.new("RGB", image.size) for image in sample.images]
        return replace(sample, images=tuple(dark))

    def on_disk(request: int, member: int) -> Sample:
        sample = members(request, member)
        paths = [tmp_path / f"{request}-{member}-{number}.png" for number in range(len(sample.images))]
        for path, image in zip(paths, sample.images, strict=True):
            image.save(path)
        return replace(sample, images=tuple(paths))

    found = [moved(tmp_path, make, SdlSettings(lambda_=0.0)) for make in (members, on_disk, other)]
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
    assert max(float((found[0][name] - found[2][name]).abs().max()) for name in found[0]) > 1e-4


def test_scored_logprobs_take_pictures() -> None:
    model, sample = qwen(), members(0, 3)
    extra = {name: value for name, value in seen(sample, sample.prompt_ids, model).items() if name != "input_ids"}
    found = scored_logprobs(model, sample.prompt_ids, sample.completion_ids, temperature=0.7, **extra)
    assert torch.allclose(found, dense(model, sample, sample.prompt_ids), atol=1e-5)


def test_placeholders_that_do_not_fit_the_pictures_are_named(tmp_path: Path) -> None:
    def sampled_placeholder(request: int, member: int) -> Sample:
        sample = members(request, member)
        return replace(sample, completion_ids=(PAD, *sample.completion_ids[1:])) if member == 1 else sample

    run = trainer(tmp_path, sampled_placeholder, model=qwen(), processing_class=processor())
    with pytest.raises(UsageError, match="row 1: 1 images need"):
        run.train()


def test_pictures_for_a_text_model_are_refused(tmp_path: Path) -> None:
    run = trainer(tmp_path, lambda request, member: replace(episode(member, reward=1.0), images=(picture(0),)))
    with pytest.raises(UsageError, match="text model"):
        run.train()
