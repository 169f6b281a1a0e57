"""Episodes for the trainers of others: requests, tools, judges and reward of a recipe around a policy that they sample.

The episode is that of ``core.episode``, driven by ``run.drive``: a recipe means here what it means in ``genevolve evolve``.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from genevolve.app.data_members import request_source
from genevolve.app.profile import Profile, load_profile, with_rounds
from genevolve.app.training import with_detail
from genevolve.app.workers import assembled
from genevolve.core.case import Case
from genevolve.core.episode import Episode
from genevolve.core.protocols import Policy, PolicyCall, Reply
from genevolve.run.components import Components
from genevolve.store.images import ImageStore
from genevolve.train.cases import attempted, cases_of
from genevolve.train.measures import measures
from genevolve.train.recipe import Recipe, load_recipe
from genevolve.train.reward import Reward, reward_rule

SPLITS = ("train", "validation")


class _Elsewhere:
    """Holds the policy's place among the components: each episode brings its own."""

    async def reply(self, call: PolicyCall) -> Reply:
        raise AssertionError("the episode's own policy takes this place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A finished episode, and what it is worth."""

    episode: Episode
    reward: Reward
    measures: Mapping[str, float]


class EpisodePlayer:
    """``recipe``'s tools, generator and judges, opened at the first episode and kept until ``aclose``.

    ``folder`` takes the pictures. ``profile`` None is the recipe's; ``workers``: processes for a generator and a judge that
    compute on this machine (below 2: threads of this one). Raises ``UsageError``.
    """

    def __init__(self, recipe: str | Recipe, *, folder: Path, profile: str | None = None, workers: int = 0) -> None:
        self.recipe = load_recipe(recipe) if isinstance(recipe, str) else recipe
        chosen = self.recipe.evolve
        self.profile: Profile = with_rounds(with_detail(load_profile(profile or chosen.profile), self.recipe), chosen.rounds)
        self.images = ImageStore(folder / "images")
        self._workers = workers
        self._rule = reward_rule(self.recipe)
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._setup: Components | None = None

    async def setup(self) -> Components:
        """The components, without a policy."""
        async with self._opening:
            if self._setup is not None:
                return self._setup
            opened = assembled(self.profile, self.images, workers=self._workers, policy=_Elsewhere())
            setup, _ = await self._stack.enter_async_context(opened)
            self._setup = setup
            return setup

    async def play(self, case: Case, name: str, policy: Policy) -> Played:
        """One episode of ``case`` called ``name``, rendered and judged. Siblings are drawn with one seed, so that only their
        programs tell them apart."""
        setup = replace(await self.setup(), policy=policy)
        episode = await attempted(case, name, setup, seed=self.recipe.evolve.seed)
        reward = self._rule.reward(episode, setup)
        return Played(episode=episode, reward=reward, measures=measures(episode, reward))

    async def aclose(self) -> None:
        """Close connections and worker processes."""
        self._setup = None
        await self._stack.aclose()


def cases_for(recipe: Recipe, split: str, folder: Path, data: Path | None = None) -> tuple[Case, ...]:
    """The requests of a part (``SPLITS``) of the data set at ``data`` or in the recipe, else those that it draws, in the order
    in which ``genevolve evolve`` has them. Raises ``UsageError``."""
    training, validation = cases_of(recipe, data, folder, partial(request_source, recipe.data.source))
    return training if split == "train" else validation


def told(played: Played) -> dict[str, Any]:
    """What is recorded of an episode beside its conversation: plain JSON."""
    episode, reward = played.episode, played.reward
    assert episode.outcome is not None
    program = episode.program
    rendering = episode.rendering
    return {
        "reward": reward.value,
        "image": reward.image,
        "program": reward.program,
        "reason": reward.reason,
        "termination": str(episode.outcome.termination),
        "gen_prompt": program.prompt if program else None,
        "picture": getattr(rendering, "digest", None),
        "measures": dict(played.measures),
    }
