"""The way of experience through a training step: groups → pairs → bundles → memory → who gets which lesson."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from genevolve.core.case import Case
from genevolve.experience.bundle import Bundle
from genevolve.experience.memory import Memory
from genevolve.experience.pairing import Pair, PairRule, Picked
from genevolve.experience.retrieve import Retrieved, Retriever
from genevolve.experience.summariser import NotSummarised, Summariser
from genevolve.run.together import all_ended
from genevolve.train.attempt import Attempt, in_groups
from genevolve.train.kept import AttemptJournal, Lesson
from genevolve.train.ranks import ALONE, Ranks
from genevolve.train.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Kept = tuple[tuple[Pair, Bundle], ...]
PairPlace = tuple[int, int, tuple[int, int] | None]  # group, best attempt, and rounds where they are of one attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class StepExperience:
    """``attempts`` with the lesson of their request, where one was similar enough. ``metrics`` are for the log.

    ``kept`` are the new bundles, ``refused`` the reasons of pairs that gave none.
    """

    attempts: tuple[Attempt, ...]
    metrics: Mapping[str, float] = field(default_factory=dict)
    kept: Kept = ()
    refused: tuple[str, ...] = ()


def pair_rule(recipe: Recipe) -> PairRule:
    chosen = recipe.experience
    return PairRule(
        min_gap=chosen.min_gap,
        max_pairs=chosen.max_pairs,
        reference_is_protocol=chosen.reference_is_protocol,
        valid_only=chosen.valid_only,
        rounds=chosen.rounds,
        nested=chosen.nested_pairs,
    )


class ExperienceLoop:
    """``summariser`` makes a lesson of each pair that ``rule`` picks, kept in ``journal``; ``retriever`` hands lessons out.

    A run has one memory, that of the first of its ``ranks``; the others have no ``retriever``. Pairs are picked among the
    groups of all of them, each process summarises its own, and the first one adds them, in the order in which they were picked,
    before it looks anything up: what comes out is what one process would have made of the same groups.
    """

    def __init__(
        self,
        summariser: Summariser,
        retriever: Retriever | None,
        rule: PairRule,
        journal: AttemptJournal,
        ranks: Ranks = ALONE,
        publish: Callable[[], None] = lambda: None,
    ) -> None:
        """``publish`` is called when the memory holds what a step has taught."""
        self.memory = retriever.memory if retriever is not None else None
        self._summariser = summariser
        self._retriever = retriever
        self._rule = rule
        self._journal = journal
        self._ranks = ranks
        self._publish = publish

    async def teach(self, step: int, attempts: Sequence[Attempt]) -> StepExperience:
        """Remember what the groups of this step show, then look up a lesson for each of their requests. All call it."""
        groups, index = in_groups(attempts), self._ranks.index
        parts = [in_groups(part) for part in self._ranks.gathered([one.told for one in attempts])]
        parts = [groups if place == index else _heard(part, attempts) for place, part in enumerate(parts)]
        every = [group for part in parts for group in part]
        first = sum(map(len, parts[:index]))  # of this process's groups, among all
        picked = self._rule.pick(every)
        with self._ranks.as_one():
            made = await self._summarised(step, [pair for pair in picked.pairs if first <= pair.group < first + len(groups)])
        known = {place: lesson for part in self._ranks.gathered(made) for place, lesson in part.items()}
        cases = [group[0].case for group in every]
        lessons, metrics, kept, refused = self._ranks.of_first(lambda: self._first(step, picked, known, cases))
        own = lessons[first : first + len(groups)]
        taught = [replace(one, lesson=lesson) for group, lesson in zip(groups, own, strict=True) for one in group]
        if not self._ranks.first:
            kept, refused = (), ()  # the first one writes them down
        return StepExperience(attempts=tuple(taught), metrics=metrics, kept=kept, refused=refused)

    async def _summarised(self, step: int, pairs: Sequence[Pair]) -> dict[PairPlace, Lesson]:
        """What the ``pairs`` of this process teach, or why they do not."""
        make = self._summariser.summarise
        found = await all_ended(self._journal.lesson(step, pair, make) for pair in pairs)
        return {_place(pair): lesson for pair, lesson in zip(pairs, found, strict=True)}

    def _first(
        self, step: int, picked: Picked, known: Mapping[PairPlace, Lesson], cases: Sequence[Case]
    ) -> tuple[list[Retrieved | None], dict[str, float], Kept, tuple[str, ...]]:
        """A lesson for each of ``cases`` where one is similar enough, what the log says, new bundles, what gave none."""
        assert self._retriever is not None
        embeddings = self._retriever.embedder.embed([case.text for case in cases])
        found = [known[_place(pair)] for pair in picked.pairs]
        kept = self._remember(self._retriever.memory, step, zip(picked.pairs, found, strict=True), cases, embeddings)
        refused = tuple(one.reason for one in found if isinstance(one, NotSummarised))
        lessons = self._retriever.find(
            [case.text for case in cases],
            step,
            groups=[_group(step, number) for number in range(len(cases))],
            families=[case.hidden.family for case in cases],
            embeddings=embeddings,
        )
        metrics = {
            **{f"experience/left_out/{reason}": float(count) for reason, count in picked.left_out.items()},
            "experience/pairs": float(len(picked.pairs)),
            **_of_rounds(picked),
            "experience/bundles": float(len(kept)),
            "experience/not_summarised": float(len(refused)),
            "experience/memory": float(len(self._retriever.memory)),
            **self._retriever.taken().logged(),
        }
        self._publish()
        return lessons, metrics, kept, refused

    def _remember(
        self, memory: Memory, step: int, made: Iterable[tuple[Pair, Lesson]], cases: Sequence[Case], embeddings: "Floats"
    ) -> Kept:
        """The bundles of the pairs, now in the memory."""
        kept: list[tuple[Pair, Bundle]] = []
        told = Counter[int]()  # bundles of each group
        for pair, bundle in made:
            if not isinstance(bundle, NotSummarised):
                case, number = cases[pair.group], _group(step, pair.group, told[pair.group])
                told[pair.group] += 1
                about = {"family": case.hidden.family, "judge": ", ".join(pair.best.judges)}
                memory.add(bundle, case.text, embeddings[pair.group], pair.gap, step, number, **about)
                kept.append((pair, bundle))
        return tuple(kept)


def _heard(groups: Sequence[Sequence[Attempt]], own: Sequence[Attempt]) -> list[list[Attempt]]:
    """``groups`` of another process, whose attempts have the same tools as one's ``own``."""
    return [[one.heard(own[0].episode.tools) for one in group] for group in groups]


def _of_rounds(picked: Picked) -> dict[str, float]:
    """How many pairs are rounds of one attempt; not said where there are none."""
    count = sum(pair.rounds is not None for pair in picked.pairs)
    return {"experience/pairs_of_rounds": float(count)} if count else {}


def _place(pair: Pair) -> PairPlace:
    """Which pair of a step it is."""
    return pair.group, pair.best_index, pair.rounds


def _group(step: int, number: int, place: int = 0) -> str:
    """What the bundles of a group are remembered under; ``place`` tells several of one group apart."""
    return f"{step}.{number}" + (f".{place}" if place else "")
