"""Suites by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from genevolve.bench.suite import Suite
from genevolve.bench.suites.public import genevolve_suite, jsonl_suite
from genevolve.bench.suites.wise import wise_suite
from genevolve.core.errors import UsageError
from genevolve.world.suites.atlas import atlas_suite
from genevolve.world.suites.geneval import geneval_suite

_FROM_DATA: Mapping[str, Callable[[Path, int | None], Suite]] = {
    "genevolve": genevolve_suite,
    "wise": wise_suite,
    "geneval": geneval_suite,
    "jsonl": jsonl_suite,
}
SUITES = ("atlas", *_FROM_DATA)


def open_suite(name: str, data: Path | None, rows: int | None) -> Suite:
    """Raises ``UsageError`` for an unknown suite, and for data that is missing or cannot be used."""
    if name not in SUITES:
        raise UsageError(f"SUITE is {name!r}; it is one of {', '.join(SUITES)}")
    if name == "atlas":
        if data is not None:
            raise UsageError("--data: the suite atlas brings its own requests; leave the option away")
        return atlas_suite(rows)
    if data is None:
        raise UsageError(f"--data is missing: the suite {name} reads its requests from a folder or file of yours")
    if not data.exists():
        raise UsageError(f"--data {data}: there is no such file or folder")
    suite = _FROM_DATA[name](data, rows)
    if not suite.items and not suite.bad:
        reason = f"; the first reason: {suite.uncovered[0].reason}" if suite.uncovered else ""
        raise UsageError(f"--data {data}: none of its prompts can be judged here{reason}")
    return suite
