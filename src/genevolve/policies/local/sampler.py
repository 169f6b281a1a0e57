"""Chat turns by a local model: token ids are kept exactly as they were sampled, for training."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from genevolve.core.event import Usage
from genevolve.core.message import Message, Role
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.local.trace import Trace
from genevolve.store.images import ImageStore


class Engine(Protocol):
    """Samples one reply to the ids of a whole conversation. ``images`` are digests of those that the ids have places for.

    ``reload_weights`` is called whenever the weights have changed.
    """

    async def sample(self, key: str, ids: Sequence[int], sampling: Sampling, images: Sequence[str] = ()) -> Any: ...

    def forget(self, key: str | None = None) -> None: ...

    async def reload_weights(self) -> None: ...


@dataclass(slots=True)
class _Session:
    """``known`` are the messages that the trace holds, less a passing demand for the answer; ``text`` is the last reply."""

    trace: Trace
    known: tuple[Message, ...]
    text: str = ""
    closed: bool = True


class ChatSampler:
    """Replies by ``engine`` in the ids of ``template``, and the traces that training takes from it."""

    def __init__(
        self,
        engine: Engine,
        template: ChatTemplate,
        tokenizer: Any,
        sampling: Sampling,
        *,
        images: ImageStore | None = None,
        shown: int = 0,
        kept: int = 4096,
        max_completion: int | None = None,
    ) -> None:
        """``images``: the store that a vision model is shown the first ``shown`` images of each message from.

        Once an episode has ``max_completion`` tokens after its prompt, every further reply is cut after one.
        """
        self._images = images
        self._shown = shown
        self.engine = engine
        self.template = template
        self.sampling = sampling
        self._tokenizer = tokenizer
        self._sessions: dict[str, _Session] = {}
        self._kept = kept
        self._max_completion = max_completion

    async def reply(self, call: PolicyCall) -> Reply:
        """The next reply of an episode; what its earlier turns computed is used again."""
        session = self._session(call.forced, self._seen(call.messages), call.episode_id)
        trace = session.trace
        prompt = len(trace.ids)
        sampling = self._sampling(call, len(trace.completion))
        sampled = await self.engine.sample(call.episode_id, trace.ids, sampling, tuple(trace.images))
        trace.append_sample(sampled.ids, sampled.logprobs)
        session.text = self._tokenizer.decode(list(sampled.ids), skip_special_tokens=True)
        session.closed = bool(sampled.ids) and sampled.ids[-1] == self.template.end
        return Reply(text=session.text, usage=Usage(prompt_tokens=prompt, completion_tokens=len(sampled.ids)))

    def take(self, episode_id: str) -> Trace | None:
        """The trace of a finished episode, which is forgotten here; None where nothing was ever sampled."""
        session = self._sessions.pop(episode_id, None)
        return session.trace if session is not None and any(session.trace.mask) else None

    def forget(self) -> None:
        """Forget every conversation."""
        self._sessions.clear()
        self.engine.forget()

    async def reload_weights(self) -> None:
        """Forget everything and sample with the weights of the moment."""
        self.forget()
        await self.engine.reload_weights()

    def opening(self, messages: Sequence[Message]) -> list[int]:
        """Ids of a conversation's beginning, as this policy would be shown it."""
        seen = self._seen(messages)
        return self.template.opening(seen, self._opened(seen))

    def _seen(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        shown = self._shown if self._images is not None else 0
        return tuple(replace(message, images=message.images[:shown]) if message.images else message for message in messages)

    def _opened(self, messages: Sequence[Message]) -> dict[str, Any]:
        if self._images is None:
            return {}
        from genevolve.policies.local.padded import picture

        return {digest: picture(self._images, digest) for message in messages for digest in message.images}

    def _session(self, forced: bool, messages: tuple[Message, ...], episode_id: str) -> _Session:
        """The episode's session with everything that the policy is shown now."""
        lasting = messages[:-1] if forced else messages
        session = self._sessions.pop(episode_id, None)
        if session is None or not self._continues(session, messages):
            session = self._begin(messages)
        else:
            heard = messages[len(session.known) + 1 :]
            session.trace.append_context(self.template.following(heard, closed=session.closed, images=self._opened(heard)))
            session.trace.images += [digest for message in heard for digest in message.images]
        session.known = lasting
        while len(self._sessions) >= self._kept:
            self._sessions.pop(next(iter(self._sessions)))
        self._sessions[episode_id] = session
        return session

    def _continues(self, session: _Session, messages: Sequence[Message]) -> bool:
        """Whether ``messages`` are what the session knows, its last reply, and something to reply to."""
        known = len(session.known)
        if len(messages) < known + 2 or tuple(messages[:known]) != session.known:
            return False
        return messages[known].role is Role.ASSISTANT and messages[known].text == session.text

    def _begin(self, messages: Sequence[Message]) -> _Session:
        """A new session. Replies that it did not sample itself (a run that was resumed) are context: no loss on them."""
        images = self._opened(messages)
        first = next((place for place, m in enumerate(messages) if m.role is Role.ASSISTANT), len(messages))
        trace = Trace(prompt=self.template.opening(messages[:first], images))
        trace.images += [digest for message in messages for digest in message.images]
        place = first
        while place < len(messages):
            upto = next((n for n in range(place + 1, len(messages)) if messages[n].role is Role.ASSISTANT), len(messages))
            trace.begin_reply()
            trace.append_context(self.template.reply(messages[place].text))
            trace.append_context(self.template.following(messages[place + 1 : upto], closed=True, images=images))
            place = upto
        return _Session(trace=trace, known=())

    def _sampling(self, call: PolicyCall, used: int) -> Sampling:
        """Each turn of each episode has random numbers of its own, whatever else is in the batch."""
        most = self.sampling.max_tokens
        if self._max_completion is not None:
            most = max(1, min(most, self._max_completion - used))
        own = f"{call.seed} {self.sampling.seed} {call.episode_id} {call.turn}"
        seed = int.from_bytes(hashlib.sha256(own.encode()).digest()[:8], "big")
        return replace(self.sampling, seed=seed, max_tokens=most)
