"""A model made in code: a Llama of two narrow layers with random weights and its own small tokenizer. It has learnt nothing.

It goes through every path that a real one goes through, in seconds and without any file, so tests and smoke runs use it.
"""

from typing import Any

from genevolve.core.episode import Limits
from genevolve.policies.local.seeded import seeded
from genevolve.protocol.render import default_system_prompt
from genevolve.tools.standard import STANDARD

NAME = "tiny"
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_VOCABULARY = 1024
_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def tiny_tokenizer() -> Any:
    """Byte-level BPE, learnt from the system prompt: any text can be written with it, and the same tokens come every time."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=list(_SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bare.train_from_iterator([default_system_prompt(Limits(), STANDARD)], trainer)
    kind: Any = PreTrainedTokenizerFast
    tokenizer = kind(
        tokenizer_object=bare, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=list(_SPECIAL[1:2])
    )
    tokenizer.chat_template = _TEMPLATE
    return tokenizer


def tiny_model(*, seed: int = 0) -> tuple[Any, Any]:
    """(model, tokenizer), the same for the same ``seed``; the caller's random state is left as it was."""
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer()
    config = LlamaConfig(
        vocab_size=_VOCABULARY,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=16384,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with seeded(seed):
        return LlamaForCausalLM(config), tokenizer
