"""One attempt at a request, whole: it goes from sampling through judging and experience to the loss and the step's log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from genevolve.core.case import Case
from genevolve.core.episode import Episode
from genevolve.core.round import parted
from genevolve.core.tool import Toolbox
from genevolve.experience.retrieve import Retrieved
from genevolve.policies.local.trace import Trace
from genevolve.train.reward import Reward

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """``trace`` holds the token ids as they were sampled and shown; a policy that is no local model leaves none.

    ``group`` numbers the requests of a step, whose attempts are compared. ``lesson`` is what the teacher reads, ``guide_ids``
    the prompt that holds it, in place of the student's. ``images``: opened ones or files, in the order of their placeholders
    in the ids. ``metrics`` are logged as means over the scored attempts.
    """

    name: str
    case: Case
    episode: Episode
    reward: Reward
    trace: Trace | None = None
    group: int = 0
    lesson: Retrieved | None = None
    guide_ids: tuple[int, ...] | None = None
    images: tuple["Image.Image | Path", ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def value(self) -> float | None:
        """The reward that training learns from; None where it is unscored, or where the model never answered."""
        return None if self.trace is not None and not self.trace.sampled else self.reward.value

    @property
    def told(self) -> "Attempt":
        """What other processes may know of it: no token ids, no pictures, and no tools, which hold connections."""
        episode, reward = replace(self.episode, tools=Toolbox()), replace(self.reward, value=self.value)
        return replace(self, episode=episode, reward=reward, trace=None, images=(), guide_ids=None)

    def heard(self, tools: Toolbox) -> "Attempt":
        """What was ``told``, with the tools of this process."""
        return replace(self, episode=replace(self.episode, tools=tools))

    @property
    def rounds(self) -> Sequence[float | None]:
        """What the answer of each round is worth, where there were several."""
        return self.reward.rounds

    @property
    def round_gains(self) -> list[float]:
        """Of each token of the completion: what its round has changed; 0 in the first round, and where it kept what it had."""
        gains = [0.0] * len(self.tokens.completion)
        rounds = [0.0, *self.reward.gains]
        starts = [*self.tokens.replies, len(gains)]
        told = [number for number, turns in enumerate(parted(self.episode.turns)) for _ in turns]
        for number, (begin, end) in zip(told, pairwise(starts), strict=False):
            gains[begin:end] = [rounds[number] if number < len(rounds) else 0.0] * (end - begin)
        return gains

    @property
    def tokens(self) -> Trace:
        """The trace, of an attempt that must have one. Raises ``ValueError``."""
        if self.trace is None:
            raise ValueError(f"attempt {self.name} has no token ids: its policy is not a model that can be trained")
        return self.trace


def in_groups(attempts: Iterable[Attempt]) -> list[list[Attempt]]:
    """Neighbours of one group together, in their order."""
    return [list(group) for _, group in groupby(attempts, key=lambda attempt: attempt.group)]
