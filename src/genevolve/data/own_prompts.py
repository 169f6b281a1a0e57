"""Requests of one's own in the place of recipes: a JSON array or JSON lines with a prompt (or question)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from genevolve.data.stage import Record, Rejected
from genevolve.data.views import view_of_prompt, views_of
from genevolve.run.rows import BadRow, Row, read_rows

_CARRIED = ("eval_type", "category", "difficulty")


def given_prompts(path: Path) -> Iterator[Record]:
    """For each row of the file ``given``: the prompt's record, or why there is none."""
    for row in read_rows(path):
        if isinstance(row, BadRow):
            yield {"id": row.key, "given": Rejected(rule="unreadable_row", detail=row.reason[:300])}
        else:
            yield {"id": row.key, "prompt": row.text, "given": _prompt(row, path)}


def _prompt(row: Row, path: Path) -> Record:
    """Its view is that of its entities, where the row names some that belong together, else it follows from its words."""
    listed = row.fields.get("entities")
    entities = [str(entity) for entity in listed] if isinstance(listed, list) else []
    views = views_of(entities)
    view = next(iter(views)) if len(views) == 1 else view_of_prompt(row.text)
    seed = int.from_bytes(hashlib.sha256(row.key.encode("utf-8", "replace")).digest()[:4]) % 2**31
    return {
        "id": row.key,
        "prompt": row.text,
        "view": view.value,
        **{name: str(row.fields.get(name) or "") for name in _CARRIED},
        "entities": entities,
        "seed": seed,
        "hidden": {},
        "provenance": {"recipe": f"given:{path.name}", "realiser": "given"},
    }
