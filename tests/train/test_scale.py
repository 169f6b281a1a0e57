"""The files for many GPUs are what accelerate reads, and name what the models have."""

from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import launch_command_parser
from transformers import Qwen3VLForConditionalGeneration

from genevolve.core.errors import UsageError
from genevolve.train.config import grpo_config
from genevolve.train.recipe import changed, load_recipe
from genevolve.train.settings import EvolveSettings
from tests.paths import ROOT

FOLDER = ROOT / "recipes" / "accelerate"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_accelerate_reads_them(path: Path) -> None:
    """Unknown keys are an error of accelerate's own; each nested key is an option of ``accelerate launch``."""
    config = load_config_from_file(str(path))
    options = {action.dest for action in launch_command_parser()._actions}
    assert set(config.fsdp_config) | set(config.deepspeed_config) <= options
    assert bool(config.fsdp_config) != bool(config.deepspeed_config)
    assert (config.num_processes, config.mixed_precision) == (8, "bf16")


def test_fsdp_wraps_the_layers_of_the_language_model_alone() -> None:
    layer = load_config_from_file(str(FOLDER / "fsdp2.yaml")).fsdp_config["fsdp_transformer_layer_cls_to_wrap"]
    assert layer in Qwen3VLForConditionalGeneration._no_split_modules
    assert "Vision" not in layer


def test_the_papers_values(tmp_path: Path) -> None:
    config = grpo_config(EvolveSettings(bf16=False), tmp_path, on_cpu=True)
    assert (config.per_device_train_batch_size, config.gradient_accumulation_steps, config.steps_per_generation) == (1, 48, 48)
    assert (config.num_generations, config.num_iterations, config.max_steps) == (6, 1, 200)
    assert (config.loss_type, config.importance_sampling_level, config.scale_rewards) == ("luspo", "token", "group")
    assert (config.epsilon, config.epsilon_high, config.beta, config.use_bias_correction_kl) == (0.20, 0.28, 1e-3, False)
    assert (config.temperature, config.top_p, config.learning_rate, config.max_completion_length) == (0.7, 0.95, 1e-6, 30_000)
    assert config.disable_dropout
    assert config.ddp_timeout == 2 * 60 * 60


def test_telemetry_is_off(tmp_path: Path) -> None:
    import huggingface_hub.constants

    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = False
    grpo_config(load_recipe("atlas").evolve, tmp_path, on_cpu=True)
    assert huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY


def test_a_batch_that_does_not_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="micro_batch = 5 does not divide the 48 rows"):
        grpo_config(EvolveSettings(bf16=False, micro_batch=5), tmp_path, on_cpu=True)


@pytest.mark.parametrize(("name", "value"), [("generations", 1), ("temperature", 0.0), ("top_p", 1.5)])
def test_settings_out_of_range_are_named(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=name):
        changed(load_recipe("atlas"), {"evolve": {name: value}})
