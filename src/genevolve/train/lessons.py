"""The way of experience through a training step: groups → pairs → bundles → memory → who gets which lesson."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from genevolve.core.case import Case
from genevolve.experience.bundle import Bundle
from genevolve.experience.pairing import Pair, PairRule, Picked
from genevolve.experience.retrieve import Retriever
from genevolve.experience.summariser import NotSummarised, Summariser
from genevolve.run.together import all_ended
from genevolve.train.attempt import Attempt, in_groups
from genevolve.train.kept import AttemptJournal
from genevolve.train.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepExperience:
    """``attempts`` with the lesson of their request, where one was similar enough. ``metrics`` are for the log.

    ``kept`` are the new bundles, ``refused`` the reasons of pairs that gave none.
    """

    attempts: tuple[Attempt, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)
    kept: tuple[tuple[Pair, Bundle], ...] = ()
    refused: tuple[str, ...] = ()


def pair_rule(recipe: Recipe) -> PairRule:
    chosen = recipe.experience
    return PairRule(
        min_gap=chosen.min_gap,
        max_pairs=chosen.max_pairs,
        reference_is_protocol=chosen.reference_is_protocol,
        valid_only=chosen.valid_only,
        rounds=chosen.rounds,
    )


class ExperienceLoop:
    """``summariser`` makes a lesson of each pair that ``rule`` picks, kept in ``journal``; ``retriever`` hands lessons out."""

    def __init__(self, summariser: Summariser, retriever: Retriever, rule: PairRule, journal: AttemptJournal) -> None:
        self.memory = retriever.memory
        self._summariser = summariser
        self._retriever = retriever
        self._rule = rule
        self._journal = journal

    async def teach(self, step: int, attempts: Sequence[Attempt]) -> StepExperience:
        """Remember what the groups of this step show, then look up a lesson for each of their requests."""
        groups = in_groups(attempts)
        cases = [group[0].case for group in groups]
        picked = self._rule.pick(groups)
        embeddings = self._retriever.embedder.embed([case.text for case in cases])
        kept, refused = await self._remember(step, picked, cases, embeddings)
        lessons = self._retriever.find(
            [case.text for case in cases],
            step,
            groups=[_group(step, number) for number in range(len(cases))],
            families=[case.hidden.family for case in cases],
            embeddings=embeddings,
        )
        taught = [replace(one, lesson=own) for group, own in zip(groups, lessons, strict=True) for one in group]
        metrics = {
            **{f"experience/left_out/{reason}": float(count) for reason, count in picked.left_out.items()},
            "experience/pairs": float(len(picked.pairs)),
            **_of_rounds(picked),
            "experience/bundles": float(len(kept)),
            "experience/not_summarised": float(len(refused)),
            "experience/memory": float(len(self.memory)),
            **self._retriever.taken().logged(),
        }
        return StepExperience(attempts=tuple(taught), metrics=metrics, kept=kept, refused=refused)

    async def _remember(
        self, step: int, picked: Picked, cases: Sequence[Case], embeddings: "Floats"
    ) -> tuple[tuple[tuple[Pair, Bundle], ...], tuple[str, ...]]:
        """The bundles of the pairs, now in the memory, and why other pairs gave none."""
        make = self._summariser.summarise
        found = await all_ended(self._journal.lesson(step, pair, make) for pair in picked.pairs)
        kept: list[tuple[Pair, Bundle]] = []
        for pair, bundle in zip(picked.pairs, found, strict=True):
            if not isinstance(bundle, NotSummarised):
                case, number = cases[pair.group], _group(step, pair.group)
                about = {"family": case.hidden.family, "judge": ", ".join(pair.best.judges)}
                self.memory.add(bundle, case.text, embeddings[pair.group], pair.gap, step, number, **about)
                kept.append((pair, bundle))
        return tuple(kept), tuple(one.reason for one in found if isinstance(one, NotSummarised))


def _of_rounds(picked: Picked) -> dict[str, float]:
    """How many pairs are rounds of one attempt; not said where there are none."""
    count = sum(pair.rounds is not None for pair in picked.pairs)
    return {"experience/pairs_of_rounds": float(count)} if count else {}


def _group(step: int, number: int) -> str:
    return f"{step}.{number}"
