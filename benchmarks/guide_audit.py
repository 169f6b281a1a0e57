"""What can distillation give, to first order? The table of ``guide_gain.py --audit N``, about attempts made without a lesson.

Each attempt is read again under the right lesson and under the wrong one. Within the attempts at one request, the covariance
of the reward with Σ (log q - log p) is what a small step of distillation changes the expected reward by: for the right lesson,
for the wrong one, and for the right one against the wrong one, Σ (log q_right - log q_wrong). Over all sampled tokens, over the
share with the largest difference that the recipe's loss would take, and over decisions (see ``alignment.py``).
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from alignment import Row, covariances, decisions
from genevolve.bench.statistics import mean_interval
from genevolve.core.episode import start
from genevolve.experience.bundle import Bundle
from genevolve.experience.teacher_view import teacher_system
from genevolve.protocol.render import messages
from genevolve.train import losses
from genevolve.train.attempt import Attempt
from genevolve.train.components import TrainingComponents
from genevolve.train.recipe import Recipe
from genevolve.train.scoring import scored_logprobs

KINDS = ("all", "chosen", "decisions")
Lessons = Mapping[str, Bundle]


class _Reader:
    def __init__(self, members: TrainingComponents, recipe: Recipe) -> None:
        self._members = members
        self._recipe = recipe

    def scores(self, one: Attempt, lesson: Bundle | None) -> Tensor:
        """log-probabilities of the completion (tokens,), with ``lesson`` in the prompt or without any."""
        setup, episode = self._members.setup, one.episode
        system = setup.system
        if lesson is not None:
            system = teacher_system(system, lesson, max_characters=self._recipe.experience.guide_characters)
        fresh = start(episode.request, episode.limits, episode.tools)
        prompt = self._members.sampler.opening(messages(fresh, system=system, detail=setup.detail))
        model, warmth = self._members.loaded.model, self._recipe.evolve.temperature
        return scored_logprobs(model, prompt, one.tokens.completion, temperature=warmth).double()

    def sums(self, one: Attempt, gains: Tensor) -> dict[str, float]:
        """Σ of ``gains`` over the sampled tokens of each kind."""
        mask = torch.tensor(one.tokens.mask, dtype=torch.bool)
        tokens = [self._members.loaded.tokenizer.decode([token]) for token in one.tokens.completion]
        told = torch.tensor(decisions(tokens, [0] * len(tokens)), dtype=torch.bool)
        largest = losses.select(gains.unsqueeze(0), mask.unsqueeze(0), self._recipe.sdl.top_fraction)[0]
        return {kind: float(gains[mask & own].sum()) for kind, own in zip(KINDS, (mask, largest, told), strict=True)}


def audited(
    members: TrainingComponents,
    recipe: Recipe,
    groups: Sequence[Sequence[Attempt]],
    right: Lessons,
    wrong: Lessons,
    reader: type[_Reader] = _Reader,
) -> list[str]:
    """Lines to print. ``right`` and ``wrong`` have a lesson by the id of each request; the attempts carry their traces."""
    read = reader(members, recipe)
    found: dict[str, list[Row]] = {"right": [], "wrong": [], "right - wrong": []}
    for number, own in enumerate(groups):
        for one in own:
            if one.value is None or one.trace is None or not one.trace.sampled:
                continue
            bare, by_right, by_wrong = (read.scores(one, each.get(one.case.id)) for each in ({}, right, wrong))
            for name, gains in (("right", by_right - bare), ("wrong", by_wrong - bare), ("right - wrong", by_right - by_wrong)):
                found[name].append(Row((0, number), one.value, read.sums(one, gains)))
    lines = [f"{sum(map(len, groups))} attempts at {len(groups)} requests: reward and the sum of log-probabilities"]
    for name, rows in found.items():
        lines += [f"  {name}, {kind}: {mean_interval(covariances(rows, kind))}" for kind in KINDS]
        lines.append(f"  {name}: {_mean(rows, lambda row: abs(row.gains['all'])):.2f} nats an attempt, without its sign")
    return lines


def _mean(rows: Sequence[Row], value: Callable[[Row], float]) -> float:
    return sum(map(value, rows)) / len(rows) if rows else 0.0
