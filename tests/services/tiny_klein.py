"""The real pipeline of FLUX.2 [klein] with every model in it made tiny and random, as in ``tiny_qwen_edit``."""

import importlib
from pathlib import Path
from typing import Any

from tests.services.tiny_qwen_edit import byte_tokenizer

_LAYERS, _WIDE = 28, 16  # the pipeline reads the 27th layer of its text encoder


def save_tiny_klein(folder: Path) -> None:
    """A folder that ``Flux2KleinPipeline.from_pretrained`` reads; about a megabyte."""
    torch: Any = importlib.import_module("torch")
    diffusers: Any = importlib.import_module("diffusers")
    torch.manual_seed(0)
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    vae = diffusers.AutoencoderKLFlux2(
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        mid_block_add_attention=False,
    )
    transformer = diffusers.Flux2Transformer2DModel(
        in_channels=16,  # of the latents, packed two by two
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=3 * _WIDE,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    pipeline = diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=vae.eval(),
        text_encoder=_text_encoder(tokenizer),
        tokenizer=tokenizer,
        transformer=transformer.eval(),
        is_distilled=True,
    )
    pipeline.save_pretrained(str(folder))


def _text_encoder(tokenizer: Any) -> Any:
    transformers: Any = importlib.import_module("transformers")
    config = transformers.Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=_WIDE,
        intermediate_size=_WIDE,
        num_hidden_layers=_LAYERS,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
    )
    return transformers.Qwen3ForCausalLM(config).eval()
