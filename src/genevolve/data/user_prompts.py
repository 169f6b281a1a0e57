"""Requests of the user's own in the place of recipes: a JSON array or JSON lines with a prompt (or question)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genevolve.core.case import Case
from genevolve.data.labels import Labels
from genevolve.data.records import Json, Prompt, RowId
from genevolve.data.splits import split_of_prompt, splits_of
from genevolve.data.stage import Rejected
from genevolve.run.rows import BadRow, read_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPrompt:
    """A row of the user's file: the prompt, or why there is none."""

    id: str
    found: Prompt | Rejected

    def to_json(self) -> Json:
        return RowId(id=self.id).to_json()


def user_prompts(path: Path) -> Iterator[UserPrompt]:
    for row in read_rows(path):
        if isinstance(row, BadRow):
            yield UserPrompt(id=row.id, found=Rejected(rule="unreadable_row", detail=row.reason[:300]))
        else:
            yield UserPrompt(id=row.id, found=_prompt(row, path))


def _prompt(row: Case, path: Path) -> Prompt:
    """Its split is that of its entities, where the row names some that belong together, else it follows from its words."""
    listed = row.hidden.fields.get("entities")
    entities = tuple(str(entity) for entity in listed) if isinstance(listed, list) else ()
    splits = splits_of(entities)
    labels = {name: str(row.hidden.fields.get(name) or "") for name in ("eval_type", "category", "difficulty")}
    return Prompt(
        id=row.id,
        prompt=row.text,
        split=next(iter(splits)) if len(splits) == 1 else split_of_prompt(row.text),
        labels=Labels(**labels),
        entities=entities,
        seed=int.from_bytes(hashlib.sha256(row.id.encode("utf-8", "replace")).digest()[:4]) % 2**31,
        provenance={"recipe": f"given:{path.name}", "realiser": "given"},
    )
