"""What must hold of a rollout and of a model before any loss is worked out."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from genevolve.core.errors import UsageError
from genevolve.train.sample import Sample

SHORTEST_GUIDE = 8  # tokens: shorter ones may well be sampled by chance


def check_groups(rows: Sequence[dict[str, Any]], group: int) -> None:
    """Rows of one request stand together and none of them on another process."""
    if not rows or len(rows) % group:
        raise UsageError(
            f"{len(rows)} rows reached this process, not a multiple of num_generations = {group}: a group would straddle "
            "processes; make per_device_train_batch_size x steps_per_generation (per_device_eval_batch_size in evaluation) "
            "a multiple of it"
        )
    for start in range(0, len(rows), group):
        if any(row["prompt"] != rows[start]["prompt"] for row in rows[start : start + group]):
            raise UsageError(f"rows {start} to {start + group - 1} are not one request; keep TRL's own sampler")


def check_samples(samples: Sequence[Sample], rows: int) -> None:
    """One sample for each row, none of which shows the student what was meant for the teacher."""
    if len(samples) != rows:
        raise UsageError(f"roll returned {len(samples)} samples for {rows} rows; it returns one for each, in their order")
    for number, sample in enumerate(samples):
        if not isinstance(sample, Sample):
            raise UsageError(f"roll returned a {type(sample).__name__} as row {number}; it returns Samples")
        if leaked(sample):
            raise UsageError(
                f"row {number}: the teacher's guide stands in the student's ids; render prompt_ids without the bundle"
            )


def leaked(sample: Sample) -> bool:
    """Whether what the teacher's prompt has over the student's is found in the student's ids."""
    if sample.guide_ids is None:
        return False
    guide = added(sample.prompt_ids, sample.guide_ids)
    return len(guide) >= SHORTEST_GUIDE and _within(guide, (*sample.prompt_ids, *sample.completion_ids))


def added(plain: Sequence[int], guided: Sequence[int]) -> tuple[int, ...]:
    """The part of ``guided`` between what it shares with ``plain`` at the start and at the end."""
    shorter = min(len(plain), len(guided))
    start = next((i for i in range(shorter) if plain[i] != guided[i]), shorter)
    end = next((i for i in range(shorter - start) if plain[-1 - i] != guided[-1 - i]), shorter - start)
    return tuple(guided[start : len(guided) - end])


def _within(part: Sequence[int], whole: Sequence[int]) -> bool:
    starts = (i for i in range(len(whole) - len(part) + 1) if whole[i] == part[0])
    return any(tuple(whole[i : i + len(part)]) == part for i in starts)


def check_dropout(model: nn.Module) -> None:
    """Dropout would make the student differ from itself between sampling, its own score and the teacher's."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout) and module.p:
            raise UsageError(f"{name or 'the model'} drops out {module.p}; set disable_dropout=True (lora_dropout=0 with LoRA)")
        drops = getattr(module, "attention_dropout", 0.0)
        if isinstance(drops, float) and drops:
            raise UsageError(
                f"{name or 'the model'} has attention_dropout = {drops}; load the model with attention_dropout=0.0"
            )
