"""What a served directory holds: where each generation lies in journal and results, so that neither is read as a whole.

In memory stay a few hundred bytes of each generation. What is shown of one is read from disk when somebody asks for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.core.event import Event
from genevolve.core.request import Request
from genevolve.run.folder import RunFolder
from genevolve.store.journal import Journal, placed_records
from genevolve.store.wire import BadEntry, entry_from_json, request_from_json

_SEARCHED = 400  # characters of a request that stay in memory


@dataclass(slots=True, kw_only=True)
class Archived:
    """A generation: ``first`` and ``last`` are offsets of its lines in the journal, ``result`` of that in the results.

    ``about`` is how it is made, as the journal has it; ``at`` is when it was asked for, in seconds since 1970.
    """

    id: str
    at: float
    text: str
    about: dict[str, Any]
    first: int
    last: int
    result: int | None = None

    @property
    def done(self) -> bool:
        return self.result is not None


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
        try:
            if "request" in record:
                self.begin(request_from_json(record["request"]), record, offset)
            elif name in self._archived:
                self._archived[name].last = offset
                on_entry(self._archived[name], entry_from_json(record.get("entry")))
        except BadEntry as problem:
            raise UsageError(f"{self.folder.journal}: generation {name!r} cannot be read: {problem}") from None

    def begin(self, request: Request, record: dict[str, Any], offset: int) -> None:
        """A request that the journal holds at ``offset``; ``record`` is its line."""
        about = record.get("about")
        self._archived[request.id] = Archived(
            id=request.id,
            at=float(record.get("at") or 0.0),
            text=request.text[:_SEARCHED],
            about=about if isinstance(about, dict) else {},
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
        record = next(placed_records(self.folder.journal, start=found.first))[1]
        return request_from_json(record["request"])

    def events(self, found: Archived) -> list[Event]:
        """What has happened in it so far."""
        events: list[Event] = []
        for offset, record in placed_records(self.folder.journal, start=found.first):
            if offset > found.last:
                break
            if str(record.get("row")) == found.id and "entry" in record:
                events.append(entry_from_json(record["entry"]))
        return events

    def result(self, found: Archived) -> dict[str, Any] | None:
        """Its result row; None where it is not finished."""
        if found.result is None:
            return None
        return next(placed_records(self.folder.results, start=found.result))[1]
