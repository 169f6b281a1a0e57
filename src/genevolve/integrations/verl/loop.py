"""An episode as verl's agent loop: its servers sample, ``run.drive`` does everything else, and no id is tokenised twice."""

import asyncio
import pickle
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopMetrics, AgentLoopOutput, register

from genevolve.core.errors import ServiceError
from genevolve.integrations.episodes import EpisodePlayer, Played, told
from genevolve.integrations.verl.rows import case_from_row
from genevolve.policies.local.padded import picture
from genevolve.policies.local.sampler import ChatSampler
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.stream import Sampled
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.local.trace import Trace
from genevolve.store.images import ImageStore
from genevolve.train.attempt import Attempt

ATTEMPT = "genevolve_attempt"  # where the extra fields of an output hold the pickled attempt


@dataclass(slots=True, kw_only=True)
class ServerEngine:
    """verl's rollout servers as an engine. ``asked`` is what verl wants of each request, such as the temperature."""

    client: Any
    images: ImageStore
    asked: dict[str, Any]
    steps: list[int | None]  # of the weights that sampled, in the order of replies
    preempted: int = 0

    async def sample(self, key: str, ids: Sequence[int], sampling: Sampling, images: Sequence[str] = ()) -> Sampled:
        """Raises ``ServiceError`` for a reply whose log-probabilities are not those of its ids."""
        shown = [picture(self.images, digest) for digest in images] or None
        wanted = {**self.asked, "max_tokens": sampling.max_tokens}
        found = await self.client.generate(request_id=key, prompt_ids=list(ids), sampling_params=wanted, image_data=shown)
        logprobs = found.log_probs if found.log_probs is not None else []
        if not found.token_ids or (wanted.get("logprobs") and len(logprobs) != len(found.token_ids)):
            said = f"{len(found.token_ids)} ids and {len(logprobs)} log-probabilities"
            raise ServiceError(f"the rollout server answered {key} with {said}", retryable=True)
        self.preempted += found.num_preempted or 0
        self.steps += [found.extra_fields.get("min_global_steps"), found.extra_fields.get("max_global_steps")]
        known = logprobs or [0.0] * len(found.token_ids)
        return Sampled(ids=tuple(found.token_ids), logprobs=tuple(known), cut=len(found.token_ids) >= sampling.max_tokens)

    def forget(self, key: str | None = None) -> None:
        """Nothing is kept here."""

    async def reload_weights(self) -> None:
        """Verl brings new weights to its servers itself."""


_players: dict[tuple[Any, ...], EpisodePlayer] = {}  # of this process, by their settings and event loop


def shared_player(recipe: str, profile: str | None, folder: str | None, workers: int) -> EpisodePlayer:
    """One for all episodes of this process and event loop."""
    key = (recipe, profile, folder, workers, id(asyncio.get_running_loop()))
    if key not in _players:
        place = Path(folder or tempfile.mkdtemp(prefix="genevolve-"))
        _players[key] = EpisodePlayer(recipe, folder=place, profile=profile, workers=workers)
    return _players[key]


async def close_players() -> None:
    """Close what episodes of this process have opened. verl itself ends its processes instead."""
    while _players:
        await _players.popitem()[1].aclose()


@register("genevolve")
class GenEvolveLoop(AgentLoopBase):  # type: ignore[misc]  # verl is not installed where types are checked
    """``recipe`` gives profile, reward and budgets; ``show_images`` of each search are shown to a vision policy."""

    def __init__(
        self,
        *values: Any,
        recipe: str = "paper",
        profile: str | None = None,
        folder: str | None = None,
        workers: int = 0,
        **named: Any,
    ) -> None:
        super().__init__(*values, **named)
        self._settings = (recipe, profile, folder, workers)

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> Any:
        """One episode of the request in ``row``. A reward that services failed to give is NaN: the estimator leaves it out."""
        player = shared_player(*self._settings)
        setup = await player.setup()
        case = case_from_row(row["extra_info"])
        name = f"{row.get('uid', case.id)}.{row.get('session_id', 0)}.{id(self):x}"
        engine = ServerEngine(client=self.server_manager, images=setup.images, asked=sampling_params, steps=[])
        sampler = self._sampler(engine, player)
        played = await player.play(case, name, sampler)
        whole = sampler.take(name) or Trace.blank(sampler.template.end)
        trace = cut_whole(whole, self.rollout_config.response_length, getattr(self.processor, "image_token_id", None))
        attempt = Attempt(name=name, case=case, episode=played.episode, reward=played.reward, trace=trace)
        return self._output(played, attempt, engine)

    def _sampler(self, engine: ServerEngine, player: EpisodePlayer) -> ChatSampler:
        chosen = player.recipe.evolve
        vision = self.processor is not None
        return ChatSampler(
            engine,
            ChatTemplate(self.tokenizer, self.processor),
            self.tokenizer,
            Sampling(max_tokens=chosen.max_tokens, seed=chosen.seed),
            images=engine.images if vision else None,
            shown=chosen.show_images if vision else 0,
            max_completion=self.rollout_config.response_length,
        )

    def _output(self, played: Played, attempt: Attempt, engine: ServerEngine) -> Any:
        """What verl takes: ids and mask as they were sampled and shown, and the pictures whose places are among them."""
        trace = attempt.tokens
        if len(trace.prompt) > self.rollout_config.prompt_length:
            raise ValueError(
                f"the prompt of {attempt.case.id!r} has {len(trace.prompt)} tokens; set data.max_prompt_length to at least that"
            )
        shown = [picture(engine.images, digest) for digest in trace.images]
        value = float("nan") if attempt.value is None else attempt.value
        steps = [step for step in engine.steps if step is not None]
        return AgentLoopOutput(
            prompt_ids=trace.prompt,
            response_ids=trace.completion,
            response_mask=trace.mask,
            response_logprobs=trace.logprobs,
            multi_modal_data={"images": shown} if shown else {},
            reward_score=value,
            num_turns=2 * len(played.episode.turns) + 1,
            metrics=AgentLoopMetrics(num_preempted=engine.preempted),
            extra_fields={
                ATTEMPT: pickle.dumps(replace(attempt, images=())),
                "reward_extra_info": {"genevolve_scored": float(attempt.value is not None), **_numbers(told(played))},
                "min_global_steps": min(steps, default=None),
                "max_global_steps": max(steps, default=None),
            },
        )


def cut_whole(trace: Trace, most: int, image_token: int | None) -> Trace:
    """Its first ``most`` tokens behind the prompt, and no picture that is not whole: one that would be cut ends it before."""
    ids, kept = trace.ids, len(trace.prompt) + most
    starts = [place for place, token in enumerate(ids) if token == image_token and ids[place - 1 : place] != [image_token]]
    whole = 0
    for start in starts:
        end = next((place for place in range(start, len(ids)) if ids[place] != image_token), len(ids))
        if end > kept:
            kept = min(kept, start)
            break
        whole += 1
    return replace(trace.cut(kept - len(trace.prompt)), images=trace.images[:whole] if starts else trace.images)


def _numbers(kept: dict[str, Any]) -> dict[str, float]:
    """The parts of a reward for the log; NaN where one is not known, so that all rows have the same keys."""
    return {name: float("nan") if kept[name] is None else float(kept[name]) for name in ("image", "program")}
