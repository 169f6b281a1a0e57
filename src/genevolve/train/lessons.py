"""The way of experience through a training step: groups → pairs → bundles → memory → who gets which lesson."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from genevolve.core.case import Case
from genevolve.core.episode import Episode
from genevolve.experience.bundle import Bundle
from genevolve.experience.pairing import Pair, PairRule
from genevolve.experience.retrieve import Retrieved, Retriever
from genevolve.experience.summariser import NotSummarised, Summariser
from genevolve.train.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLessons:
    """``lessons`` of each group (None: none was similar enough). ``metrics`` are for the log, ``kept`` the new bundles."""

    lessons: tuple[Retrieved | None, ...]
    metrics: Mapping[str, float]
    kept: tuple[tuple[Pair, Bundle], ...] = ()
    refused: tuple[str, ...] = field(default_factory=tuple)


def pair_rule(recipe: Recipe) -> PairRule:
    chosen = recipe.experience
    return PairRule(
        min_gap=chosen.min_gap,
        max_pairs=chosen.max_pairs,
        reference_is_protocol=chosen.reference_is_protocol,
        valid_only=chosen.valid_only,
    )


class ExperienceLoop:
    """``summariser`` makes a lesson of each pair that ``rule`` picks; ``retriever`` hands lessons out."""

    def __init__(self, summariser: Summariser, retriever: Retriever, rule: PairRule) -> None:
        self.memory = retriever.memory
        self._summariser = summariser
        self._retriever = retriever
        self._rule = rule

    async def teach(
        self,
        step: int,
        cases: Sequence[Case],
        groups: Sequence[Sequence[Episode]],
        rewards: Sequence[Sequence[float | None]],
    ) -> StepLessons:
        """Remember what the groups of this step show, then look up a lesson for each of their requests."""
        picked = self._rule.pick(groups, rewards)
        found = await asyncio.gather(*(self._summariser.summarise(pair) for pair in picked.pairs))
        embeddings = self._retriever.embedder.embed([case.text for case in cases])
        kept: list[tuple[Pair, Bundle]] = []
        refused: list[str] = []
        for pair, bundle in zip(picked.pairs, found, strict=True):
            if isinstance(bundle, NotSummarised):
                refused.append(bundle.reason)
                continue
            case = cases[pair.group]
            self.memory.add(
                bundle, case.text, embeddings[pair.group], pair.gap, step, _group(step, pair.group), family=case.hidden.family
            )
            kept.append((pair, bundle))
        lessons = self._retriever.find(
            [case.text for case in cases],
            step,
            groups=[_group(step, number) for number in range(len(cases))],
            families=[case.hidden.family for case in cases],
            embeddings=embeddings,
        )
        counts = Counter({f"experience/left_out/{reason}": count for reason, count in picked.left_out.items()})
        metrics = {
            **{name: float(count) for name, count in counts.items()},
            "experience/pairs": float(len(picked.pairs)),
            "experience/bundles": float(len(kept)),
            "experience/not_summarised": float(len(refused)),
            "experience/memory": float(len(self.memory)),
            **self._retriever.taken().logged(),
        }
        return StepLessons(lessons=tuple(lessons), metrics=metrics, kept=tuple(kept), refused=tuple(refused))


def _group(step: int, number: int) -> str:
    return f"{step}.{number}"
