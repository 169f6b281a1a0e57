"""One row of a batch, from its request to its result, in whatever process it runs."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from genevolve.core.case import Case, Hidden
from genevolve.core.episode import Episode, Goal
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Event, Rendered, images_of
from genevolve.core.replay import resume
from genevolve.core.request import Request
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.record import unusable_row
from genevolve.store.journal import json_line
from genevolve.store.wire import entry_to_json, request_to_json


class Halted(Exception):
    """A row stops here, because another one met something that stops the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWork:
    """What is done with each row. ``begin`` makes its trajectory as far as the input gives it (it may read files),
    ``hidden_of`` what its judge may see; both raise ``UsageError`` or ``ServiceError`` for a row that cannot be run. ``shape``
    makes the result of a finished trajectory and the path of its image, ``refuse`` that of a row that cannot be run. ``texts``
    are put into the copy of the image that the user is shown."""

    begin: Callable[[Case], Awaitable[Episode]]
    shape: Callable[[Case, Episode, str | None], dict[str, Any]]
    hidden_of: Callable[[Case], Hidden] = lambda case: case.hidden
    refuse: Callable[[str, Mapping[str, object], str], dict[str, Any]] = unusable_row
    goal: Goal = Goal.SCORE
    texts: Callable[[Episode], Mapping[str, str]] = lambda episode: {}


Job = Callable[[Components], RowWork]
"""What is done with rows by the members of a setup; it is sent to worker processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPast:
    """What the journal holds of a row that is not finished. ``degraded``: its newest result is. ``retry_failed``: what failed
    for a reason that may have passed is tried again."""

    request: Request | None = None
    entries: tuple[Event, ...] = ()
    degraded: bool = False
    retry_failed: bool = False


class RowKeeper(Protocol):
    """Where rows are recorded: the run folder, of which the main process alone writes journal and results."""

    @property
    def halted(self) -> bool:
        """Whether rows are to stop after what they have in flight."""

    def record(self, line: bytes) -> None:
        """Append ``line`` to the journal. No call of this row that is asked for later is let out before that is done."""

    async def show(self, digest: str, key: str, texts: Mapping[str, str]) -> str:
        """The path in the run folder under which the image of row ``key`` is shown, with ``texts`` in it."""


async def run_row(case: Case, past: RowPast, setup: Components, work: RowWork, keeper: RowKeeper) -> dict[str, Any]:
    """The result of a row. Raises ``UsageError``, ``OSError`` (a full disk) and ``Halted``."""
    try:
        begun, hidden = await _begun(case, past, setup, work, keeper), work.hidden_of(case)
    except (UsageError, ServiceError) as problem:
        return work.refuse(case.id, case.hidden.fields, str(problem))

    def keep(entry: Event) -> None:
        keeper.record(json_line({**_of(case), "entry": entry_to_json(entry)}))
        if keeper.halted:
            raise Halted

    ended = await drive(begun, setup, keep=keep, goal=work.goal, hidden=hidden)
    rendering = ended.rendering
    shown = None
    if isinstance(rendering, Rendered):
        shown = await keeper.show(rendering.digest, case.id, work.texts(ended))
    return work.shape(case, ended, shown)


async def _begun(case: Case, past: RowPast, setup: Components, work: RowWork, keeper: RowKeeper) -> Episode:
    given = await work.begin(case)
    request = given.request
    if past.request not in (None, request):
        raise UsageError(
            f"row {case.id!r} was begun with another prompt, size, seed or reference; restore it, or give it a new id"
        )
    whole = all(setup.images.path(digest).is_file() for entry in past.entries for digest in images_of(entry))
    whole = whole and not (past.degraded and resume(given, past.entries, forget_failures=True).degraded)
    if past.request is None or not whole:
        keeper.record(json_line({**_of(case), "request": request_to_json(request)}))
    return resume(given, past.entries if whole else (), forget_failures=past.retry_failed)


def _of(case: Case) -> dict[str, Any]:
    return {"row": case.id, "at": round(time.time(), 3)}
