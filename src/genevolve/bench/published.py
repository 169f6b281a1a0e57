"""Published results of others, for the suites that have any."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from genevolve.report.table import Table

_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "genevolve": {
        "overall": "KScore (release)", "knowledge": "Knowledge-Anchored", "quality": "Quality-Anchored",
        "faithfulness": "faithfulness", "visual_correctness": "visual correctness", "text_accuracy": "text accuracy",
        "aesthetics": "aesthetics",
    },
    "wise": {"overall": "WiScore (legacy)"},
}  # fmt: skip


@cache
def _figures() -> Mapping[str, list[dict[str, str | float]]]:
    return tomllib.loads(files("genevolve.bench").joinpath("published.toml").read_text(encoding="utf-8"))


def published(suite: str) -> Table | None:
    """The published figures of ``suite`` as a table of their own; None when there are none."""
    if suite not in _COLUMNS:
        return None
    names = _COLUMNS[suite]
    rows = tuple(
        (f"{entry['system']} (published)", *(_figure(entry.get(name)) for name in names)) for entry in _figures()[suite]
    )
    notes = (
        "Published by others, not measured here: without seeds or intervals, and by another judge. Compare with care.",
        "GenEvolve: arXiv 2605.21605, with its figures for the others.",
    )
    return Table(
        title="Published results",
        columns=("system", *names.values()),
        rows=rows,
        notes=notes,
        aside=frozenset(range(len(rows))),
    )


def _figure(value: str | float | None) -> str:
    if isinstance(value, str):
        return value
    return "–" if value is None else f"{value:.4f}".rstrip("0") if value < 1 else f"{value:g}"
