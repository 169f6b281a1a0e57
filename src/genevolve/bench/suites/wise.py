"""``wise``: the legacy protocol of WISE, from the user's folder; the data has no licence and is never shipped."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genevolve.bench.suite import Item, Suite
from genevolve.core.errors import UsageError
from genevolve.run.rows import encodable, request_text

WEIGHTS: Mapping[str, float] = {
    "Culture": 0.4, "Time": 0.167, "Space": 0.133, "Biology": 0.1, "Physics": 0.1, "Chemistry": 0.1,
}  # fmt: skip
_LAST_IDS = {"Culture": 400, "Time": 567, "Space": 700, "Biology": 800, "Physics": 900, "Chemistry": 1000}
_FIELDS = ("Prompt", "Explanation", "Category", "Subcategory", "prompt_id")
_LEVELS = (0, 1, 2)
_VERIFIED_LAST_IDS = {"Culture": 400, "Time": 520, "Space": 640, "Biology": 760, "Physics": 880, "Chemistry": 1000}
_VERIFIED = re.compile(r"(?<![a-z])verified")
_PLACES = ("*.json", "*.jsonl", "data/*.json", "WISE_legacy/data/*.json")


def wise_suite(data: Path, rows: int | None = None) -> Suite:
    """Every legacy row of the JSON files in ``data`` (or of that one file), by prompt id. Raises ``UsageError``.

    The verified edition has other prompts and a 0/1 score: it is recognised by its name or its rows, and refused.
    """
    found: dict[int, tuple[str, dict[str, Any]]] = {}
    for path in _files(data):
        for place, row in _rows(path):
            number = row["prompt_id"]
            if number in found:
                raise UsageError(f"{place}: prompt_id {number} occurs twice, the first time in {found[number][0]}")
            found[number] = (place, row)
    if not found:
        raise UsageError(f"--data {data}: no JSON file here holds rows with {', '.join(_FIELDS)}")
    _refuse_verified_rows(list(found.values()), f"--data {data}")
    ordered = [found[number] for number in sorted(found)]
    return Suite(name="wise", measure="wiscore", items=tuple(_item(place, row) for place, row in ordered[:rows]))


def wiscore(consistency: float, realism: float, aesthetic: float) -> float:
    """(0.7·C + 0.2·R + 0.1·A) / 2, each from 0 to 2. Raises ``ValueError`` for another value."""
    for value in (consistency, realism, aesthetic):
        if value not in _LEVELS:
            raise ValueError(f"{value!r} is no WISE score; each is 0, 1 or 2")
    return (7 * consistency + 2 * realism + aesthetic) / 20  # exact where 0.7, 0.2 and 0.1 are not


def category_of(row: Mapping[str, Any], place: str) -> str:
    """One of the six categories: by its name, else by the prompt id, whose ranges the protocol fixes."""
    if (named := _named(row)) is not None:
        return named
    for name, last in _LAST_IDS.items():
        if 1 <= row["prompt_id"] <= last:
            return name
    raise UsageError(f"{place}: Category {row['Category']!r} with prompt_id {row['prompt_id']} is none of {', '.join(WEIGHTS)}")


def _named(row: Mapping[str, Any]) -> str | None:
    said = str(row["Category"]).strip().lower()
    return next((name for name in WEIGHTS if said == name.lower() or (name == "Culture" and said.startswith("cultur"))), None)


def _files(data: Path) -> list[Path]:
    """The files that may hold legacy rows: in the folder itself, or where the public repository keeps them."""
    if data.is_file():
        return [_legacy(data)]
    found = (path for pattern in _PLACES for path in data.glob(pattern) if path.is_file())
    files = sorted(path for path in found if path.suffix in (".json", ".jsonl"))
    if not files:
        raise UsageError(
            f"--data {data}: the suite wise needs the folder (or a file) of WISE's legacy prompts, as JSON: WISE_legacy/data"
        )
    return [_legacy(path) for path in files]


def _legacy(path: Path) -> Path:
    """``path``, unless its name or the nearest folder that tells says that it is of the verified edition."""
    for name in reversed(path.resolve().parts[-4:]):
        if "legacy" in name.lower():
            return path
        if _VERIFIED.search(name.lower()):
            raise _verified(str(path))
    return path


def _refuse_verified_rows(rows: list[tuple[str, dict[str, Any]]], where: str) -> None:
    """The verified edition under another name: its categories stand at other prompt ids than those of the legacy one."""
    ids = [(name, row["prompt_id"]) for _, row in rows if (name := _named(row)) is not None]
    if any(not _within(_LAST_IDS, name, number) for name, number in ids) and all(
        _within(_VERIFIED_LAST_IDS, name, number) for name, number in ids
    ):
        raise _verified(where)


def _within(last_ids: Mapping[str, int], name: str, number: int) -> bool:
    names = list(last_ids)
    before = names[names.index(name) - 1] if name != names[0] else None
    return (last_ids[before] if before else 0) < number <= last_ids[name]


def _verified(where: str) -> UsageError:
    return UsageError(
        f"{where} belongs to WISE_Verified: other prompts and a 0/1 score, not comparable with the legacy protocol "
        "that is computed here (consistency, realism, aesthetic from 0 to 2); give the legacy files (WISE_legacy/data) alone"
    )


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(place, row) of every legacy row; files of another kind (results, settings) hold none."""
    for number, row in enumerate(_values(path), start=1):
        place = f"{path.name}, entry {number}"
        if not isinstance(row, dict):
            return
        if any("verified" in str(key).lower() for key in row) or "verified" in str(row.get("version", "")).lower():
            raise _verified(place)
        if "Prompt" not in row:
            return
        if missing := [name for name in _FIELDS if name not in row]:
            raise UsageError(f"{place}: {', '.join(missing)} is missing; a legacy row has {', '.join(_FIELDS)}")
        if isinstance(row["prompt_id"], bool) or not isinstance(row["prompt_id"], int):
            raise UsageError(f"{place}: prompt_id is {row['prompt_id']!r}; it must be a whole number")
        yield place, row


def _values(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".jsonl":
            return [encodable(json.loads(line)) for line in text.splitlines() if line.strip()]
        value = encodable(json.loads(text))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--data {path}: this is not JSON ({error})") from None
    return value if isinstance(value, list) else []


def _item(place: str, row: dict[str, Any]) -> Item:
    return Item(
        id=str(row["prompt_id"]),
        request=request_text(row["Prompt"], setting=f"{place}: 'Prompt'"),
        category=category_of(row, place),
        fields={"subcategory": str(row["Subcategory"]), "explanation": str(row["Explanation"])},
    )
