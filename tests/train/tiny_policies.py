"""Tiny random policies and made-up rollouts for the tests of training."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig

from genevolve.core.case import Case
from genevolve.core.episode import Limits, start
from genevolve.policies.local.trace import Trace
from genevolve.tools.standard import STANDARD
from genevolve.train.attempt import Attempt
from genevolve.train.distillation import self_distillation
from genevolve.train.reward import Reward
from genevolve.train.scoring import scored_logprobs
from genevolve.train.settings import SdlSettings
from genevolve.train.term import LossTerm
from genevolve.train.trainer import EvolveTrainer

VOCABULARY = 96
GROUP = 4
torch.set_num_threads(1)


def tokenizer() -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {"<pad>": 0, "<eos>": 1, **{f"w{i}": i for i in range(2, VOCABULARY)}}
    fast = Tokenizer(models.WordLevel(words, unk_token="w2"))
    fast.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=fast, pad_token="<pad>", eos_token="<eos>")


def llama(seed: int = 0, **changes: Any) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlamaConfig(
        **{**shape, "vocab_size": VOCABULARY, "pad_token_id": 0, "bos_token_id": None, "eos_token_id": 1, **changes}
    )
    return LlamaForCausalLM(config)


def lora(model: LlamaForCausalLM) -> Any:
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    return get_peft_model(model, config)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The ids of one attempt, for tests that make them up."""

    prompt_ids: tuple[int, ...]
    completion_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    mask: tuple[int, ...]
    reward: float | None
    guide_ids: tuple[int, ...] | None = None
    images: tuple[Any, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)


def distilling(sdl: SdlSettings) -> tuple[LossTerm, ...]:
    """The terms that a recipe with this ``[sdl]`` has."""
    return (self_distillation(sdl),) if sdl.lambda_ else ()


def episode(seed: int, *, reward: float | None, guide: int = 0, model: Any = None) -> Sample:
    """A random trajectory: two sampled turns with an observation between them. ``guide``: tokens added for the teacher."""
    draw = torch.Generator().manual_seed(seed)

    def ids(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(2, VOCABULARY, (count,), generator=draw).tolist())

    prompt, turns = ids(5 + seed % 4), (ids(6 + seed % 3), ids(4), ids(5))
    completion = (*turns[0], *turns[1], *turns[2], 1)
    mask = (1,) * len(turns[0]) + (0,) * len(turns[1]) + (1,) * len(turns[2]) + (1,)
    scores = scored_logprobs(model, prompt, completion).tolist() if model is not None else [-1.0] * len(completion)
    return Sample(
        prompt_ids=prompt,
        completion_ids=completion,
        logprobs=tuple(score * m for score, m in zip(scores, mask, strict=True)),
        mask=mask,
        reward=reward,
        guide_ids=(*prompt[:2], *ids(guide), *prompt[2:]) if guide else None,
        metrics={"turns": 2.0},
    )


Make = Callable[[int, int], Sample]


def attempt_of(sample: Sample, request: int = 0) -> Attempt:
    """``sample`` as the attempt of a made-up request."""
    case = Case(id=str(request), text=f"w{request + 2}")
    return Attempt(
        name=case.id,
        case=case,
        episode=start(case.request(seed=0), Limits(), STANDARD),
        reward=Reward(value=sample.reward),
        trace=Trace(
            prompt=list(sample.prompt_ids),
            completion=list(sample.completion_ids),
            logprobs=list(sample.logprobs),
            mask=list(sample.mask),
        ),
        group=request,
        guide_ids=sample.guide_ids,
        images=sample.images,
        metrics=sample.metrics,
    )


def replayed(make: Make) -> Callable[[Sequence[Mapping[str, Any]], EvolveTrainer], list[Attempt]]:
    """A ``roll`` that gives the same attempts on any split over processes: ``make(request, member)``."""

    def roll(rows: Sequence[Mapping[str, Any]], trainer: EvolveTrainer) -> list[Attempt]:
        group = trainer.num_generations
        return [attempt_of(make(int(row["number"]), place % group), int(row["number"])) for place, row in enumerate(rows)]

    return roll


def mixed(request: int, member: int) -> Sample:
    """Rewards with spread; members 1 and 3 have a bundle."""
    return episode(request * GROUP + member, reward=float(member % 3) / 2, guide=12 if member % 2 else 0)


def unguided(request: int, member: int) -> Sample:
    return replace(mixed(request, member), guide_ids=None)


def questions(count: int = 8) -> Dataset:
    return Dataset.from_list([{"prompt": f"w{number + 2}", "number": number} for number in range(count)])


def settings(folder: Path, **changes: Any) -> GRPOConfig:
    values: dict[str, Any] = {
        "output_dir": str(folder),
        "per_device_train_batch_size": GROUP,
        "gradient_accumulation_steps": 1,
        "num_generations": GROUP,
        "max_steps": 1,
        "learning_rate": 0.05,
        "lr_scheduler_type": "constant",
        "optim": "sgd",
        "max_grad_norm": 0.0,
        "loss_type": "luspo",
        "beta": 0.0,
        "temperature": 0.7,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "shuffle_dataset": False,
        "save_strategy": "no",
        "logging_steps": 1,
        "report_to": [],
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "disable_dropout": True,
        **changes,
    }
    return GRPOConfig(**values)


def trainer(
    folder: Path,
    make: Make = mixed,
    *,
    model: Any = None,
    sdl: SdlSettings | None = None,
    terms: Sequence[LossTerm] | None = None,
    processing_class: Any = None,
    share_prompts: bool = False,
    kl_interval: int = 0,
    gain_weight: float = 0.0,
    ahead: bool = False,
    **changes: Any,
) -> EvolveTrainer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries
        return EvolveTrainer(
            roll=replayed(make),
            terms=terms if terms is not None else distilling(sdl or SdlSettings()),
            share_prompts=share_prompts,
            kl_interval=kl_interval,
            gain_weight=gain_weight,
            ahead=ahead,
            model=model if model is not None else llama(),
            args=settings(folder, **changes),
            train_dataset=questions(),
            processing_class=processing_class or tokenizer(),
        )


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.named_parameters() if value.requires_grad}


def logged(run: EvolveTrainer, name: str) -> list[float]:
    return [entry[name] for entry in run.state.log_history if name in entry]
