"""What services answered in the attempts of a training run, kept from the moment it arrives.

A step that a kill, a full disk or a budget has ended is made again from the last checkpoint. The policy in training samples its
replies again, because learning needs their token ids; as long as they are the same words, what was paid for is taken from here.
"""

import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from genevolve.core.command import CallPolicy
from genevolve.core.episode import Episode, IllegalEvent, command, step
from genevolve.core.errors import UsageError
from genevolve.core.event import Boundary, Event, Payment, Rendered, Replied, Usage, images_of, payments
from genevolve.core.protocols import Policy, PolicyCall, Reply
from genevolve.core.replay import resume
from genevolve.experience.bundle import BadBundle, Bundle, bundle_from_json, bundle_to_json
from genevolve.experience.pairing import Pair
from genevolve.experience.summariser import NotSummarised
from genevolve.run.components import Components
from genevolve.run.execute import ask
from genevolve.store.journal import Journal, records
from genevolve.store.wire import BadEntry, entry_from_json, entry_to_json

Lesson = Bundle | NotSummarised


class KeptAttempt:
    """The events of one attempt: those of an earlier process, and a place for those to come. Alone it keeps nothing."""

    def __init__(self, earlier: Sequence[Event] = (), write: Callable[[int, Event], None] = lambda place, event: None) -> None:
        self._earlier = earlier
        self._write = write
        self._place = 0

    def keep(self, event: Event) -> None:
        self._write(self._place, event)
        self._place += 1

    async def caught_up(self, episode: Episode, setup: Components) -> Episode:
        """``episode`` with what is known of it, up to where the policy says something else or an image is gone."""
        for event in self._earlier:
            wanted = command(episode)
            if isinstance(event, Replied) and isinstance(wanted, CallPolicy):
                said = await ask(episode, wanted.forced, setup)
                if not isinstance(said, Replied) or said.text != event.text:
                    self.keep(said)
                    return step(episode, said)
            if not all(setup.images.path(digest).is_file() for digest in images_of(event)):
                return episode
            try:
                episode = resume(episode, (event,), forget_failures=True)
            except IllegalEvent:
                return episode
            self._place += 1
        return episode


class AttemptJournal:
    """``attempts.PROCESS.jsonl``: a line for each event of an attempt, each lesson of a pair, and each reply of a policy that
    is asked through ``remembered``.

    ``since`` is the first step that is made again; of those before only what they cost is remembered. Raises ``UsageError``
    for a damaged file.
    """

    def __init__(self, path: Path, *, since: int = 0) -> None:
        self._since = since
        self._events: dict[tuple[Any, ...], list[Event]] = {}
        self._attempts: dict[tuple[Any, ...], KeptAttempt] = {}
        self._lessons: dict[str, Lesson] = {}
        self._replies: dict[str, Reply] = {}
        self._paid: list[Payment] = []
        self._journal = Journal(path)
        try:
            for record in records(path):
                self._recall(record)
        except (BadEntry, BadBundle, KeyError, TypeError, ValueError) as problem:
            self._journal.close()
            raise UsageError(f"{path} cannot be read ({problem}); move it away to go on without what it kept") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._journal.close()

    def charge(self, setup: Components) -> None:
        """Count what earlier processes paid, so that budgets hold over restarts."""
        for paid in self._paid:
            setup.charge(paid)

    def attempt(self, step: int, name: str, case: str) -> KeptAttempt:
        """Attempt ``name`` at the request ``case``; always the same one."""
        key = (step, name, case)
        if key not in self._attempts:

            def write(place: int, event: Event) -> None:
                where = {"step": step, "row": name, "case": case, "place": place, "at": round(time.time(), 3)}
                self._journal.append({**where, "entry": entry_to_json(event)})

            self._attempts[key] = KeptAttempt(self._events.pop(key, ()), write)
        return self._attempts[key]

    def forget(self, step: int) -> None:
        """Step ``step`` is through."""
        self._attempts = {key: attempt for key, attempt in self._attempts.items() if key[0] != step}

    async def lesson(self, step: int, pair: Pair, make: Callable[[Pair], Awaitable[Lesson]]) -> Lesson:
        """What ``make`` says of ``pair``, unless it is known. A failure that may pass is not kept."""
        digest = _digest(pair)
        if (known := self._lessons.get(digest)) is not None:
            return known
        found = await make(pair)
        if isinstance(found, Bundle):
            self._journal.append({"step": step, "pair": digest, "bundle": bundle_to_json(found)})
        elif not found.retryable:
            self._journal.append({"step": step, "pair": digest, "reason": found.reason})
        return found

    def remembered(self, step: int, policy: Policy) -> "RememberedPolicy":
        """``policy``, not asked again what it was asked already: for one that is paid, and not in training."""

        def write(digest: str, reply: Reply) -> None:
            self._journal.append({"step": step, "call": digest, "text": reply.text, "usage": asdict(reply.usage)})

        return RememberedPolicy(policy, self._replies, write)

    def _recall(self, record: dict[str, Any]) -> None:
        again = record["step"] >= self._since
        if "call" in record:
            if again:
                self._replies[record["call"]] = Reply(text=str(record["text"]), usage=Usage(**record["usage"]))
            return
        if "pair" in record:
            if again:
                known = bundle_from_json(record["bundle"]) if "bundle" in record else NotSummarised(reason=record["reason"])
                self._lessons[record["pair"]] = known
            return
        event = entry_from_json(record["entry"])
        self._paid += [paid for paid in payments(event) if not (again and paid.boundary is Boundary.POLICY)]
        if again:
            known_events = self._events.setdefault((record["step"], record["row"], record["case"]), [])
            known_events[int(record["place"]) :] = [event]


class RememberedPolicy:
    """A policy whose replies are written down as they come, and taken from there where the very same is asked again."""

    def __init__(self, policy: Policy, known: Mapping[str, Reply], write: Callable[[str, Reply], None]) -> None:
        self._policy = policy
        self._known = known
        self._write = write

    async def reply(self, call: PolicyCall) -> Reply:
        digest = hashlib.sha256(json.dumps(asdict(call), sort_keys=True).encode("utf-8", "replace")).hexdigest()
        if (known := self._known.get(digest)) is not None:
            return known
        reply = await self._policy.reply(call)
        self._write(digest, reply)
        return reply


def _digest(pair: Pair) -> str:
    """Of all that a summariser can tell one pair from another by."""
    told = [_told(pair.best), pair.best_reward, _told(pair.worst), pair.worst_reward]
    return hashlib.sha256(json.dumps(told).encode("utf-8", "replace")).hexdigest()


def _told(episode: Episode) -> list[object]:
    image = episode.rendering.digest if isinstance(episode.rendering, Rendered) else None
    return [episode.request.text, [turn.text for turn in episode.turns], image, repr(episode.image_score)]
