"""What a suite is: cases, what it measures, and what it cannot cover."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from genevolve.bench.measure import Measure
from genevolve.core.case import Case, TruthProgram
from genevolve.core.errors import UsageError
from genevolve.run.rows import BadRow
from genevolve.store.hub import local_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """A prompt of the user's file that this suite cannot judge here, and why. It is reported, never scored."""

    id: str
    reason: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """``bad`` are rows of the user's file that cannot be used; they appear in the results with their reason. ``remarks`` are
    what a reader of any table on this suite must know. ``draw`` draws ground truths that are programs: a function of a
    module, so that worker processes find it.

    ``world``: role → settings that its member has on this suite where the profile chooses that very member and does not set
    them, ``member`` among them.
    """

    name: str
    measure: Measure
    items: tuple[Case, ...]
    bad: tuple[BadRow, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    remarks: tuple[str, ...] = ()
    size: tuple[int, int] = (512, 512)
    draw: Callable[[TruthProgram], Awaitable[bytes]] | None = None
    world: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Names these very requests: runs with the same digest were asked the same."""
        content = json.dumps([[item.id, item.text] for item in self.items], ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]

    def rows(self, seeds: int) -> Iterator[Case | BadRow]:
        """Every request with every seed, all requests of one seed before the next; then the rows that cannot be used."""
        for repeat in range(seeds):
            for item in self.items:
                key = row_key(item.id, repeat)
                fields = _fields(item, key, repeat, self.name)
                yield replace(item, id=key, hidden=replace(item.hidden, fields=fields))
        yield from self.bad


class SuiteFactory(Protocol):
    """What makes a suite, from the user's ``data`` if it needs any; ``rows`` None is all of them. Raises ``UsageError``."""

    def __call__(self, *, data: Path | None, rows: int | None) -> Suite: ...


def given_data(data: Path | None, suite: str) -> Path:
    """The user's data of a suite that cannot do without. Raises ``UsageError``."""
    if data is None:
        raise UsageError(f"--data is missing: the suite {suite} reads its requests from a folder or file of yours")
    found = local_folder(data, "dataset", setting="--data")
    if not found.exists():
        raise UsageError(f"--data {data}: there is no such file or folder")
    return found


def row_key(item_id: str, repeat: int) -> str:
    return f"{item_id}-s{repeat}"


def seed_of(item_id: str, repeat: int) -> int:
    """The seed of a request's ``repeat``: the same for every system, so that systems are compared on the same dice."""
    return int.from_bytes(hashlib.sha256(f"bench {item_id} {repeat}".encode("utf-8", "replace")).digest()[:4]) >> 1


def _fields(item: Case, key: str, repeat: int, suite: str) -> dict[str, object]:
    known = item.hidden
    own = {"eval_type": known.track, "category": known.category, "difficulty": known.difficulty}
    needs = {"needs": known.needs.to_json()} if known.needs else {}
    named = {name: value for name, value in own.items() if value}
    return {**known.fields, **named, **needs, "suite": suite, "case_id": item.id, "repeat": repeat, "id": key}
