"""A local policy whose words come from elsewhere: real ids and log-probabilities of a tiny model, replies of a rule.

The loop of self-evolution needs attempts of different worth; a random model makes none.
"""

from collections.abc import Callable
from typing import Any

from genevolve.core.event import Usage
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.policies.local.sampler import ChatSampler
from genevolve.train.scoring import scored_logprobs
from genevolve.world.expert import ExpertPolicy

Spoil = Callable[[str, str], str]  # (episode id, reply) → reply


class ScriptedSampler(ChatSampler):
    """Replies as the expert does, changed by ``spoil``; traces are those that the model would have left."""

    def __init__(self, model: Any, *parts: Any, spoil: Spoil = lambda episode, text: text, **settings: Any) -> None:
        super().__init__(*parts, **settings)
        self._model = model
        self._expert = ExpertPolicy()
        self._spoil = spoil

    async def reply(self, call: PolicyCall) -> Reply:
        session = self._session(call.forced, self._seen(call.messages), call.episode_id)
        text = self._spoil(call.episode_id, (await self._expert.reply(call)).text)
        ids = self.template.reply(text)
        trace = session.trace
        trace.append_sample(tuple(ids), self._logprobs(trace.ids, ids))
        session.text, session.closed = text, True
        return Reply(text=text, usage=Usage(prompt_tokens=len(trace.ids), completion_tokens=len(ids)))

    def _logprobs(self, context: list[int], ids: list[int]) -> tuple[float, ...]:
        """What the model would have noted; zeros without a model."""
        if self._model is None:
            return (0.0,) * len(ids)
        return tuple(scored_logprobs(self._model, context, ids, temperature=self.sampling.temperature or 1.0).tolist())
