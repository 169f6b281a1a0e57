"""What must hold of a rollout and of a model before any loss is worked out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import nn

from genevolve.core.errors import UsageError
from genevolve.train.attempt import Attempt

SHORTEST_GUIDE = 8  # tokens: shorter ones may well be sampled by chance


def check_groups(rows: Sequence[Mapping[str, Any]], group: int) -> None:
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


def check_attempts(attempts: Sequence[Attempt], rows: int) -> None:
    """One attempt for each row, each with token ids that fit together, none of which show the student the teacher's guide."""
    if len(attempts) != rows:
        raise UsageError(f"roll returned {len(attempts)} attempts for {rows} rows; it returns one for each, in their order")
    for number, attempt in enumerate(attempts):
        if not isinstance(attempt, Attempt):
            raise UsageError(f"roll returned a {type(attempt).__name__} as row {number}; it returns Attempts")
        for problem in _problems(attempt):
            raise UsageError(f"row {number}: {problem}")
        if leaked(attempt):
            raise UsageError(
                f"row {number}: the teacher's guide stands in the student's ids; render the student's prompt without the bundle"
            )


def _problems(attempt: Attempt) -> Iterator[str]:
    """Why an attempt cannot be trained on."""
    trace = attempt.trace
    if trace is None:
        yield "it has no token ids; roll gives attempts of a local model"
        return
    if not trace.prompt or not trace.completion:
        yield f"it has {len(trace.prompt)} prompt ids and {len(trace.completion)} completion ids; it needs at least one of each"
    lengths = {name: len(getattr(trace, name)) for name in ("completion", "logprobs", "mask")}
    if len(set(lengths.values())) > 1:
        yield f"completion ids, logprobs and mask differ in length: {lengths}"
    if other := set(trace.mask) - {0, 1}:
        yield f"the mask holds {sorted(other)!r}; it is 1 for sampled tokens and 0 for the others"
    if not all(math.isfinite(value) for value in trace.logprobs):
        yield "the logprobs hold a number that is not finite"
    if attempt.value is not None and not math.isfinite(attempt.value):
        yield f"the reward is {attempt.value!r}; give a finite number, or None when it is unscored"
    if attempt.guide_ids is not None and not attempt.guide_ids:
        yield "the guide_ids are empty; give the teacher's whole prompt, or None without a bundle"


def leaked(attempt: Attempt) -> bool:
    """Whether what the teacher's prompt has over the student's is found in the student's ids."""
    if attempt.guide_ids is None:
        return False
    guide = added(attempt.tokens.prompt, attempt.guide_ids)
    return len(guide) >= SHORTEST_GUIDE and _within(guide, attempt.tokens.ids)


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
