"""What a suite is: requests with all that judges and statistics may know about them, and what it cannot cover."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from genevolve.core.claim import Claim
from genevolve.run.rows import BadRow, Row
from genevolve.world.recipes.case import Case

Measure = Literal["kscore", "wiscore", "correct"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a good trajectory does: the skills it reads, and for each thing that needs a reference the looks that count.

    ``looks`` are all looks that occur in the intended picture: a reference that shows one of them is not a wrong one.
    """

    skills: tuple[str, ...] = ()
    references: tuple[tuple[str, ...], ...] = ()
    looks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"skills": list(self.skills), "references": [list(r) for r in self.references], "looks": list(self.looks)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One request. Only ``request`` is shown to the system under test; ``truth`` is the file of its ground-truth image."""

    id: str
    request: str
    track: str = ""
    category: str = ""
    difficulty: str = ""
    claims: tuple[Claim, ...] | None = None
    truth: Path | None = None
    case: Case | None = None  # of our own suite: its ground truth is drawn from it
    needs: Needs | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)  # carried through to the results


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """A prompt of the user's file that this suite cannot judge here, and why. It is reported, never scored."""

    id: str
    reason: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """``bad`` are rows of the user's file that cannot be used; they appear in the results with their reason. ``remarks`` are
    what a reader of any table on this suite must know.

    ``world``: role → settings that its member has on this suite where the profile chooses that very member and does not set
    them, ``member`` among them.
    """

    name: str
    measure: Measure
    items: tuple[Item, ...]
    bad: tuple[BadRow, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    remarks: tuple[str, ...] = ()
    size: tuple[int, int] = (512, 512)
    world: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Names these very requests: runs with the same digest were asked the same."""
        content = json.dumps([[item.id, item.request] for item in self.items], ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]

    def rows(self, seeds: int) -> Iterator[Row | BadRow]:
        """Every request with every seed, all requests of one seed before the next; then the rows that cannot be used."""
        for repeat in range(seeds):
            for item in self.items:
                key = row_key(item.id, repeat)
                yield Row(key=key, text=item.request, fields=_fields(item, key, repeat, self.name))
        yield from self.bad


def row_key(item_id: str, repeat: int) -> str:
    return f"{item_id}-s{repeat}"


def seed_of(item_id: str, repeat: int) -> int:
    """The seed of a request's ``repeat``: the same for every system, so that systems are compared on the same dice."""
    return int.from_bytes(hashlib.sha256(f"bench {item_id} {repeat}".encode("utf-8", "replace")).digest()[:4]) >> 1


def _fields(item: Item, key: str, repeat: int, suite: str) -> dict[str, Any]:
    own = {"eval_type": item.track, "category": item.category, "difficulty": item.difficulty}
    needs = {"needs": item.needs.to_json()} if item.needs else {}
    named = {name: value for name, value in own.items() if value}
    return {**item.fields, **named, **needs, "suite": suite, "case_id": item.id, "repeat": repeat, "id": key}
