"""What a run of self-evolution works with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.policies.local.model import LoadedModel
from genevolve.policies.local.sampler import ChatSampler
from genevolve.run.components import Components
from genevolve.train.kept import AttemptJournal
from genevolve.train.lessons import ExperienceLoop
from genevolve.train.loop import SharedLoop
from genevolve.train.published import PublishedWeights
from genevolve.train.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from genevolve.train.term import LossTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingComponents:
    """``setup.policy`` is ``sampler``; ``runner`` is the event loop of the setup's connections.

    ``terms`` are added to the policy gradient; without ``experience`` there are no lessons. ``journal`` keeps what services
    answer. ``ranks``: the processes of the run, of which this is one. ``published``: the weights as files, where servers
    sample.
    """

    loaded: LoadedModel
    setup: Components
    sampler: ChatSampler
    runner: SharedLoop
    experience: ExperienceLoop | None
    journal: AttemptJournal
    terms: Sequence["LossTerm"] = ()
    ranks: Ranks = ALONE
    published: PublishedWeights | None = None
