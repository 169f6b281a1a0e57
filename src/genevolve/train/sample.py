"""What a rollout hands to the trainer: one episode as token ids. Imports nothing heavy."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from genevolve.core.errors import UsageError

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One episode. Every id in ``completion_ids`` is as it was sampled or shown: nothing is decoded and encoded again.

    ``images``: for vision policies, opened PIL images or paths, in the order of their placeholders in the ids.
    Raises ``UsageError`` when the parts do not fit together.
    """

    prompt_ids: tuple[int, ...]  # the student's view up to the first sampled token
    completion_ids: tuple[int, ...]  # everything after it: sampled turns and observations
    logprobs: tuple[float, ...]  # of the sampling policy at the sampling temperature; 0.0 where mask is 0
    mask: tuple[int, ...]  # 1 = sampled by the policy, 0 = observation, template or closing token
    reward: float | None  # None = unscored: leaves the group's statistics and carries no loss
    guide_ids: tuple[int, ...] | None = None  # the teacher's prompt, in place of prompt_ids; None = no bundle was retrieved
    images: tuple["Image.Image | Path", ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)  # logged as means over the scored rows

    def __post_init__(self) -> None:
        _fits(self)
        if self.reward is not None and not math.isfinite(self.reward):
            raise UsageError(f"a sample's reward is {self.reward!r}; give a finite number, or None when it is unscored")
        if self.guide_ids is not None and not self.guide_ids:
            raise UsageError("a sample's guide_ids are empty; give the teacher's whole prompt, or None without a bundle")

    @property
    def sampled(self) -> int:
        """Tokens that the policy wrote."""
        return sum(self.mask)


def _fits(sample: Sample) -> None:
    if not sample.prompt_ids or not sample.completion_ids:
        own = f"{len(sample.prompt_ids)} prompt ids and {len(sample.completion_ids)} completion ids"
        raise UsageError(f"a sample has {own}; it needs at least one of each")
    lengths = {name: len(getattr(sample, name)) for name in ("completion_ids", "logprobs", "mask")}
    if len(set(lengths.values())) > 1:
        raise UsageError(f"a sample's completion_ids, logprobs and mask differ in length: {lengths}")
    if other := set(sample.mask) - {0, 1}:
        raise UsageError(f"a sample's mask holds {sorted(other)!r}; it is 1 for sampled tokens and 0 for the others")
    if not any(sample.mask):
        raise UsageError(
            "a sample holds no sampled token (its mask is all 0); an episode needs at least one token of the policy"
        )
    if not all(math.isfinite(value) for value in sample.logprobs):
        raise UsageError("a sample's logprobs hold a number that is not finite")
