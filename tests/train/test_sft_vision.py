"""The cold start of a vision-language policy, with a tiny random Qwen3-VL: pictures in observations, frozen vision parts."""

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")
from PIL import Image  # noqa: E402
from transformers import ProcessorMixin, Qwen2VLImageProcessorPil, Qwen3VLConfig, Qwen3VLForConditionalGeneration  # noqa: E402

from genevolve.core.errors import UsageError  # noqa: E402
from genevolve.policies.local.lora import lora_config  # noqa: E402
from genevolve.policies.local.model import LoadedModel, open_language_model  # noqa: E402
from genevolve.policies.local.template import ChatTemplate  # noqa: E402
from genevolve.policies.local.tiny import tiny_tokenizer  # noqa: E402
from genevolve.run.folder import RunFolder  # noqa: E402
from genevolve.train import sft  # noqa: E402
from genevolve.train.recipe import Recipe, load_recipe  # noqa: E402
from genevolve.train.sft_data import Collator, read_corpus  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
PATCH = 4
SPECIAL = ("<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>")
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}"
    "{% if m['content'] is string %}{{ m['content'] }}{% else %}{% for part in m['content'] %}"
    "{{ part['text'] if part['type'] == 'text' else '<|vision_start|><|image_pad|><|vision_end|>' }}{% endfor %}{% endif %}"
    "{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


class Processor(ProcessorMixin):  # type: ignore[misc]  # transformers is untyped here
    """Qwen3-VL's processor without its video part, which needs torchvision."""

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None) -> None:
        super().__init__(image_processor, tokenizer, chat_template=chat_template)
        self.image_token_id = tokenizer.convert_tokens_to_ids("<|image_pad|>")

    def __call__(self, text: list[str], images: list[Image.Image], **options: Any) -> dict[str, Any]:
        grids = self.image_processor(images=images, return_tensors="pt")["image_grid_thw"]
        whole = text[0]
        for grid in grids:
            whole = whole.replace("<|image_pad|>", "<|hole|>" * (int(grid.prod()) // 4), 1)
        return dict(self.tokenizer([whole.replace("<|hole|>", "<|image_pad|>")], **options))


def loaded(*, trainable: bool = True) -> LoadedModel:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", *SPECIAL]})
    tokenizer.chat_template = TEMPLATE
    ids = dict(
        zip(("vision_start", "image", "vision_end", "video"), tokenizer.convert_tokens_to_ids(list(SPECIAL)), strict=True)
    )
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 2, 2]}
    text: dict[str, Any] = {"vocab_size": 1024, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    text |= {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "pad_token_id": 0, "rope_parameters": rope}
    sight: dict[str, Any] = {"depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2, "patch_size": PATCH}
    sight |= {"out_hidden_size": 32, "spatial_merge_size": 2, "temporal_patch_size": 2, "num_position_embeddings": 64}
    sight |= {"deepstack_visual_indexes": [0, 1]}
    torch.manual_seed(0)
    config = Qwen3VLConfig(text_config=text, vision_config=sight, **{f"{name}_token_id": value for name, value in ids.items()})
    model = Qwen3VLForConditionalGeneration(config).requires_grad_(False)
    if trainable:
        open_language_model(model)
    pictures = Qwen2VLImageProcessorPil(patch_size=PATCH, merge_size=2, min_pixels=64, max_pixels=4096)
    processor = Processor(pictures, tokenizer, chat_template=TEMPLATE)
    return LoadedModel(model=model, tokenizer=tokenizer, processor=processor, name="tiny-vl", vision=True)


def data(folder: Path, *, marks: int = 2, images: int = 2) -> Path:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    names = []
    for number in range(images):
        names.append(f"images/{number}.png")
        Image.new("RGB", (16 + 8 * number, 24), (40 * number, 90, 200)).save(folder / names[-1])
    rows = []
    for number in range(3):
        seen = "<image>" * (marks if number else 0)
        messages = [
            {"role": "user", "content": f"request {number}"},
            {"role": "assistant", "content": f'<tool_call>{{"name": "image_search", "n": {number}}}</tool_call>'},
            {"role": "user", "content": f"<tool_response>\nIMG_001\n</tool_response>\n{seen}"},
            {"role": "assistant", "content": f"<answer>{number}</answer>"},
        ]
        rows.append({"id": str(number), "messages": messages, "images": names if number else []})
    path = folder / "sft.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def recipe(**lora: Any) -> Recipe:
    smoke = load_recipe("atlas-smoke")
    return smoke.model_copy(
        update={
            "lora": smoke.lora.model_copy(update=lora),
            "sft": smoke.sft.model_copy(update={"steps": 2, "batch": 3, "micro_batch": 3}),
        }
    )


def train(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chosen: Recipe, model: LoadedModel) -> sft.ColdStart:
    monkeypatch.setattr(sft, "load_model", lambda *_, **__: model)
    folder = RunFolder(tmp_path / "run")
    with folder.held():
        return sft.cold_start(chosen, data=data(tmp_path / "data"), folder=folder, about={})


def is_vision(name: str) -> bool:
    return ".visual." in name


def test_pictures_stand_where_observations_show_them(tmp_path: Path) -> None:
    """Placeholders by the size of each picture, none of them with loss; the model takes batch and pixels together."""
    model = loaded()
    read = read_corpus(data(tmp_path), ChatTemplate(model.tokenizer, model.processor), cutoff=4096, vision=True)
    pad = model.tokenizer.convert_tokens_to_ids("<|image_pad|>")
    due = (16 * 24 + 24 * 24) // (2 * PATCH) ** 2
    assert [one.ids.count(pad) for one in read.train] == [0, due, due]
    for one in read.train:
        assert not any(kept for token, kept in zip(one.ids, one.mask, strict=True) if token == pad)
    collate = Collator(read.train, pad=model.tokenizer.pad_token_id, processor=model.processor, image_token=pad)
    rows: list[dict[str, Any]] = [{"number": n, "input_ids": one.ids, "labels": one.labels} for n, one in enumerate(read.train)]
    batch = collate(rows)
    assert batch["image_grid_thw"].shape == (4, 3) and int(batch["mm_token_type_ids"].sum()) == 2 * due
    together = model.model.eval()(**batch).loss
    alone = [model.model(**collate([row])).loss * sum(label != -100 for label in row["labels"]) for row in rows]
    count = sum(label != -100 for row in rows for label in row["labels"])
    assert float(together) == pytest.approx(float(sum(alone)) / count, rel=1e-4)


def test_all_weights_means_those_of_the_language_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = loaded()
    before = {name: value.detach().clone() for name, value in model.model.named_parameters()}
    done = train(monkeypatch, tmp_path, recipe(r=0), model)
    after = dict(model.model.named_parameters())
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert any(is_vision(name) for name in before) and not any(is_vision(name) for name in changed)
    assert {name for name in before if "language_model.layers" in name} <= changed
    assert done.weights.name == "model" and (done.weights / "config.json").is_file()
    assert any(done.weights.glob("*preprocessor*")) or (done.weights / "processor_config.json").is_file()


def test_an_adapter_touches_the_language_model_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = loaded(trainable=False)
    done = train(monkeypatch, tmp_path, recipe(r=4), model)
    from safetensors.torch import load_file

    names = set(load_file(done.weights / "adapter_model.safetensors"))
    assert names and all("language_model.layers" in name and not is_vision(name) for name in names)
    upper = lora_config(loaded().model, r=4, upper_layers=1, vision=True)
    assert "layers\\.1\\." in upper.target_modules and "layers\\.0\\." not in upper.target_modules


@pytest.mark.parametrize(
    ("marks", "said"), [(3, "more <image> marks than the 2 images"), (1, "1 of 2 images have no <image> mark")]
)
def test_marks_and_images_must_agree(tmp_path: Path, marks: int, said: str) -> None:
    model = loaded()
    with pytest.raises(UsageError, match=rf"line 2: .*{said}"):
        read_corpus(data(tmp_path, marks=marks), ChatTemplate(model.tokenizer, model.processor), cutoff=4096, vision=True)


def test_a_missing_or_damaged_image_is_named(tmp_path: Path) -> None:
    model = loaded()
    path = data(tmp_path)
    (tmp_path / "images" / "1.png").write_bytes(b"no image")
    with pytest.raises(UsageError, match=r"line 2: image images/1\.png"):
        read_corpus(path, ChatTemplate(model.tokenizer, model.processor), cutoff=4096, vision=True)
