"""What a served directory holds: where each generation lies in journal and results, so that neither is read as a whole.

In memory stay a few hundred bytes of each generation. What is shown of one is read from disk when somebody asks for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.core.event import Event
from genevolve.core.request import Earlier, Request
from genevolve.run.folder import RunFolder
from genevolve.run.generations import CANCELLED, Recorded
from genevolve.store.journal import Journal, placed_records
from genevolve.store.wire import BadEntry, entry_from_json, request_from_json

_SEARCHED = 400  # characters of a request that stay in memory


@dataclass(slots=True, kw_only=True)
class Archived:
    """A generation: ``first`` and ``last`` are offsets of its lines in the journal, ``result`` of that in the results.

    ``about`` is how it is made, as the journal has it, ``after`` the generation that it changes; ``at`` is when it was asked
    for, in seconds since 1970. ``cancelled``: somebody wanted no more of it.
    """

    id: str
    at: float
    text: str
    about: dict[str, Any]
    after: str | None
    first: int
    last: int
    result: int | None = None
    cancelled: bool = False

    @property
    def done(self) -> bool:
        return self.result is not None


def _seconds(value: object) -> float:
    """A time of the journal; 0 for what is none."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
    return float(value) if known else 0.0  # type: ignore[arg-type]  # a number here


class Archive:
    """The generations of ``folder``, the oldest first."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._archived: dict[str, Archived] = {}

    def read(self, on_entry: Callable[[Archived, Event], None]) -> None:
        """Find what the directory holds; ``on_entry`` is given each event of it, in the order in which they were kept.

        Raises ``UsageError`` for a file that is damaged.
        """
        for path in (self.folder.journal, self.folder.results):
            Journal(path).close()  # drops a torn last line
        for offset, record in placed_records(self.folder.journal):
            self._recall(offset, record, on_entry)
        for offset, record in placed_records(self.folder.results):
            if (found := self._archived.get(str(record.get("id")))) is not None:
                found.result = offset

    def _recall(self, offset: int, record: dict[str, Any], on_entry: Callable[[Archived, Event], None]) -> None:
        name = str(record.get("row"))
        if "request" in record:
            self.begin(record, offset)
        elif name in self._archived and CANCELLED in record:
            self._archived[name].cancelled = True
        elif name in self._archived:
            self._archived[name].last = offset
            on_entry(self._archived[name], self._event(name, record))

    def begin(self, record: dict[str, Any], offset: int) -> None:
        """A request that the journal holds at ``offset``; ``record`` is its line."""
        name, about, request = str(record.get("row")), record.get("about"), record["request"]
        self._archived[name] = Archived(
            id=name,
            at=_seconds(record.get("at")),
            text=str(request.get("text", ""))[:_SEARCHED] if isinstance(request, dict) else "",
            about=about if isinstance(about, dict) else {},
            after=request.get("after") if isinstance(request, dict) else None,
            first=offset,
            last=offset,
        )

    def note(self, name: str, offset: int) -> None:
        """The newest line of generation ``name`` lies at ``offset`` of the journal."""
        self._archived[name].last = offset

    def finish(self, name: str, offset: int) -> None:
        """The result of generation ``name`` lies at ``offset`` of the results."""
        self._archived[name].result = offset

    # ---- what is there -------------------------------------------------------------------------------------------------

    def get(self, name: str) -> Archived | None:
        return self._archived.get(name)

    def unfinished(self) -> tuple[Archived, ...]:
        return tuple(found for found in self._archived.values() if not found.done)

    def newest(self, words: str = "", *, before: str | None = None) -> Iterator[Archived]:
        """The newest first, of those whose request holds all ``words``; ``before``: only what is older than that one."""
        wanted = words.lower().split()
        skipping = before is not None
        for found in reversed(tuple(self._archived.values())):
            if skipping:
                skipping = found.id != before
                continue
            text = found.text.lower()
            if all(word in text for word in wanted):
                yield found

    def request(self, found: Archived) -> Request:
        """It, after those that it follows. Raises ``UsageError`` for a journal that is damaged; so do all that follow."""
        value = next(placed_records(self.folder.journal, start=found.first))[1]["request"]
        after = value.get("after") if isinstance(value, dict) else None
        before = self.earlier(str(after)) if after is not None else None
        try:
            return request_from_json(value, {str(after): before} if before is not None else {})
        except BadEntry as problem:
            raise self._damaged(found.id, problem) from None

    def earlier(self, name: str) -> Earlier | None:
        """Generation ``name`` as what a change goes on from; None where there is none, or it has no picture."""
        if (found := self._archived.get(name)) is None or not found.done:
            return None
        request = self.request(found)
        known = Recorded(request=request, pictures=request.pictures)
        for event in self.events(found):
            known = known.followed_by(event)
        return known.earlier

    def events(self, found: Archived) -> list[Event]:
        """What has happened in it so far."""
        events: list[Event] = []
        for offset, record in placed_records(self.folder.journal, start=found.first):
            if offset > found.last:
                break
            if str(record.get("row")) == found.id and "entry" in record:
                events.append(self._event(found.id, record))
        return events

    def _event(self, name: str, record: dict[str, Any]) -> Event:
        try:
            return entry_from_json(record.get("entry"))
        except BadEntry as problem:
            raise self._damaged(name, problem) from None

    def _damaged(self, name: str, problem: BadEntry) -> UsageError:
        return UsageError(f"{self.folder.journal}: generation {name!r} cannot be read: {problem}")

    def result(self, found: Archived) -> dict[str, Any] | None:
        """Its result row; None where it is not finished."""
        if found.result is None:
            return None
        return next(placed_records(self.folder.results, start=found.result))[1]
