"""GenEvolve as an environment of ``verifiers`` (0.4, ``verifiers.v1``), which prime-rl, other trainers and ``vf-eval`` play.

A taskset gives the requests of a recipe; the harness plays an episode in this process and asks the rollout's own endpoint for
each reply, so that the trainer sees every turn; the reward is the recipe's. An episode that could not be scored is an error of
the rollout, never a 0.
"""

import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import verifiers.v1 as vf

from genevolve.core.case import Case, Hidden, TruthFile
from genevolve.core.errors import ServiceError, UsageError
from genevolve.data.claims_json import claims_from_json, claims_to_json
from genevolve.integrations.episodes import EpisodePlayer, Played, cases_for, told
from genevolve.policies.chat.policy import ChatPolicy, Observe
from genevolve.services.endpoint import Endpoint
from genevolve.services.http import new_client
from genevolve.services.secrets import Secrets
from genevolve.train.recipe import load_recipe

if TYPE_CHECKING:
    import httpx

KEPT = "genevolve"  # where a trace's info holds what an episode came to
_KEY = "GENEVOLVE_ROLLOUT_KEY"


class GenEvolveData(vf.TaskData):  # type: ignore[misc]  # verifiers is not installed where types are checked
    """A request, and what only judges may know of it. ``claims`` None: nobody wrote them down. ``truth``: an image file."""

    track: str = ""
    claims: list[dict[str, Any]] | None = None
    truth: str | None = None


class GenEvolveTask(vf.Task[GenEvolveData]):  # type: ignore[misc]
    """One request."""

    @property
    def key(self) -> str:
        """The request's id: of the recipe's source or the data set."""
        return str(self.data.id)

    @vf.reward  # type: ignore[untyped-decorator]
    async def reward(self, trace: vf.Trace) -> float:
        """R = (1-α)·KScore + α·sufficiency, as the recipe weighs them. Raises ``TaskError`` where nothing was scored."""
        kept = trace.info.get(KEPT)
        if kept is None:
            raise vf.TaskError("the rollout ended before its episode did")
        return float(kept["reward"])

    @vf.metric  # type: ignore[untyped-decorator]
    async def measured(self, trace: vf.Trace) -> dict[str, float]:
        """The parts of the reward, and how the agent worked."""
        found: dict[str, float] = trace.info.get(KEPT, {}).get("measures", {})
        return {name: value for name, value in found.items() if name != "reward"}


class GenEvolveTasksetConfig(vf.TasksetConfig):  # type: ignore[misc]
    """``recipe`` is a shipped one or a TOML file; ``data`` a data set in the place of the recipe's."""

    recipe: str = "atlas"
    split: Literal["train", "validation"] = "train"
    data: Path | None = None


class GenEvolveTaskset(vf.Taskset[GenEvolveTask, GenEvolveTasksetConfig]):  # type: ignore[misc]
    """The requests that ``genevolve evolve`` learns from, or is evaluated on."""

    def load(self) -> Iterator[GenEvolveTask]:
        """In the recipe's order. Raises ``UsageError``."""
        chosen = self.config
        folder = Path(tempfile.gettempdir()) / "genevolve-verifiers"  # of pictures that lie inside a Parquet file
        for case in cases_for(load_recipe(chosen.recipe), chosen.split, folder, chosen.data):
            yield GenEvolveTask(task_data(case), chosen.task)


def task_data(case: Case) -> GenEvolveData:
    """A case as verifiers records it. A ground truth that nobody has drawn is left out, as in training."""
    hidden = case.hidden
    truth = hidden.truth.path if isinstance(hidden.truth, TruthFile) else None
    claims = None if hidden.claims is None else claims_to_json(hidden.claims)
    return GenEvolveData(id=case.id, name=case.id, prompt=case.text, track=hidden.track, claims=claims, truth=truth)


def case_of(data: GenEvolveData) -> Case:
    """The case that ``task_data`` was made of, as far as judges need it."""
    truth = None if data.truth is None else TruthFile(path=data.truth)
    claims = None if data.claims is None else claims_from_json(data.claims)
    return Case(id=str(data.id), text=data.prompt_text, hidden=Hidden(track=data.track, claims=claims, truth=truth))


class GenEvolveHarnessConfig(vf.HarnessConfig):  # type: ignore[misc]
    """``recipe`` as that of the taskset. ``profile`` None is the recipe's; ``folder`` takes the pictures (None: a temporary
    one). ``show_images``: a vision policy sees what its searches found. ``workers``: processes that draw and judge."""

    recipe: str = "atlas"
    profile: str | None = None
    folder: Path | None = None
    show_images: bool = False
    workers: int = 0


class GenEvolveHarness(vf.Harness[GenEvolveHarnessConfig]):  # type: ignore[misc]
    """Plays episodes in this process. Tools, generator and judges are opened once and shared by all rollouts."""

    APPENDS_SYSTEM_PROMPT = True  # the system prompt is the episode's own
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    @cached_property
    def player(self) -> EpisodePlayer:
        chosen = self.config
        folder = chosen.folder or Path(tempfile.mkdtemp(prefix="genevolve-"))
        return EpisodePlayer(chosen.recipe, folder=folder, profile=chosen.profile, workers=chosen.workers)

    @cached_property
    def client(self) -> "httpx.AsyncClient":
        return new_client(trust_env=False)

    async def launch(
        self,
        ctx: Any,
        trace: vf.Trace,
        runtime: vf.Runtime,
        endpoint: str,
        secret: str,
        mcp_urls: dict[str, str],
        data: GenEvolveData,
    ) -> vf.ProgramResult:
        """The whole episode, its verdict on ``trace.info``. Raises ``HarnessError`` where it could not be scored."""
        setup = await self.player.setup()
        policy = self._policy(endpoint, secret, ctx.model)
        try:
            played = await self.player.play(case_of(data), f"{data.id}.{trace.id}", policy)
        except (UsageError, ServiceError) as error:
            raise vf.HarnessError(str(error)) from error
        kept = told(played)
        if trace.stop_condition is not None and played.reward.value is None:
            kept |= {"reward": 0.0, "reason": f"stopped before its answer: {trace.stop_condition}"}
        if kept["reward"] is None:
            raise vf.HarnessError(f"not scored: {kept['reason']}")
        trace.info[KEPT] = {**kept, "folder": str(setup.images.folder)}
        return vf.ProgramResult(0, _last_words(played), "")

    def _policy(self, endpoint: str, secret: str, model: str) -> ChatPolicy:
        """The rollout's own endpoint. No seed goes there: attempts at one request must differ."""
        chosen = self.player.recipe.evolve
        return ChatPolicy(
            client=self.client,
            secrets=Secrets({_KEY: secret}),
            environ={},
            images=self.player.images,
            endpoint=Endpoint(
                base_url=endpoint,
                model=model,
                api_key_env=_KEY,
                temperature=chosen.temperature,
                top_p=chosen.top_p,
                max_tokens=chosen.max_tokens,
                omit=("seed",),
            ),
            observe=Observe.IMAGES if self.config.show_images else Observe.TEXT,
        )


def _last_words(played: Played) -> str:
    return played.episode.turns[-1].text if played.episode.turns else ""
