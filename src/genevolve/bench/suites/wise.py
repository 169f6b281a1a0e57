"""``wise``: the legacy protocol of WISE, from the user's folder; the data has no licence and is never shipped."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from genevolve.bench.measures.wiscore import WEIGHTS, WiScore
from genevolve.bench.suite import Suite, given_data
from genevolve.core.case import Case, Hidden
from genevolve.core.errors import UsageError
from genevolve.run.row_files import encodable
from genevolve.run.rows import request_text
from genevolve.store.user_file import json_value, utf8_text

_LAST_IDS = {"Culture": 400, "Time": 567, "Space": 700, "Biology": 800, "Physics": 900, "Chemistry": 1000}
_FIELDS = ("Prompt", "Explanation", "Category", "Subcategory", "prompt_id")
_VERIFIED_LAST_IDS = {"Culture": 400, "Time": 520, "Space": 640, "Biology": 760, "Physics": 880, "Chemistry": 1000}
_VERIFIED = re.compile(r"(?<![a-z])verified")
_PLACES = ("*.json", "*.jsonl", "data/*.json", "WISE_legacy/data/*.json")


def wise_suite(*, data: Path | None, rows: int | None = None) -> Suite:
    """Every legacy row of the JSON files in ``data`` (or of that one file), by prompt id. Raises ``UsageError``.

    The verified edition has other prompts and a 0/1 score: it is recognised by its name or its rows, and refused.
    """
    data = given_data(data, "wise")
    found: dict[int, tuple[str, LegacyRow]] = {}
    for path in _files(data):
        for place, row in _rows(path):
            number = row.prompt_id
            if number in found:
                raise UsageError(f"{place}: prompt_id {number} occurs twice, the first time in {found[number][0]}")
            found[number] = (place, row)
    if not found:
        raise UsageError(f"--data {data}: no JSON file here holds rows with {', '.join(_FIELDS)}")
    _refuse_verified_rows(list(found.values()), f"--data {data}")
    ordered = [found[number] for number in sorted(found)]
    return Suite(name="wise", measure=WiScore(), items=tuple(_item(place, row) for place, row in ordered[:rows]))


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyRow:
    prompt_id: int
    prompt: object
    explanation: str
    category: str
    subcategory: str


def category_of(row: LegacyRow, place: str) -> str:
    """One of the six categories: by its name, else by the prompt id, whose ranges the protocol fixes."""
    if (named := _named(row)) is not None:
        return named
    for name, last in _LAST_IDS.items():
        if 1 <= row.prompt_id <= last:
            return name
    raise UsageError(f"{place}: Category {row.category!r} with prompt_id {row.prompt_id} is not one of {', '.join(WEIGHTS)}")


def _named(row: LegacyRow) -> str | None:
    said = row.category.strip().lower()
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


def _refuse_verified_rows(rows: list[tuple[str, LegacyRow]], where: str) -> None:
    """The verified edition under another name: its categories stand at other prompt ids than those of the legacy one."""
    ids = [(name, row.prompt_id) for _, row in rows if (name := _named(row)) is not None]
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
        "that is computed here (consistency, realism, aesthetic from 0 to 2); give only the legacy files (WISE_legacy/data)"
    )


def _rows(path: Path) -> Iterator[tuple[str, LegacyRow]]:
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
        number = row["prompt_id"]
        if isinstance(number, bool) or not isinstance(number, int):
            raise UsageError(f"{place}: prompt_id is {number!r}; it must be a whole number")
        explanation, category, subcategory = (str(row[name]) for name in ("Explanation", "Category", "Subcategory"))
        yield (
            place,
            LegacyRow(
                prompt_id=number,
                prompt=row["Prompt"],
                explanation=explanation,
                category=category,
                subcategory=subcategory,
            ),
        )


def _values(path: Path) -> list[object]:
    try:
        text = utf8_text(path.read_bytes())
        if path.suffix == ".jsonl":
            return [encodable(json_value(line)) for line in text.splitlines() if line.strip()]
        value = encodable(json_value(text))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"--data {path}: this is not JSON ({error})") from None
    return value if isinstance(value, list) else []


def _item(place: str, row: LegacyRow) -> Case:
    carried = {"subcategory": row.subcategory, "explanation": row.explanation}
    return Case(
        id=str(row.prompt_id),
        text=request_text(row.prompt, setting=f"{place}: 'Prompt'"),
        hidden=Hidden(category=category_of(row, place), fields=carried),
    )
