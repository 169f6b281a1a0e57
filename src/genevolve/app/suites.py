"""Suites and measures by name: our own, those of other packages (entry points), and ``module:Name`` of anything importable."""

import importlib
from importlib import metadata
from pathlib import Path

from genevolve.app.registry import REGISTRY
from genevolve.bench.measure import Measure
from genevolve.bench.suite import Suite, SuiteFactory
from genevolve.core.errors import UsageError

_GROUPS = {"suite": "genevolve.suites", "measure": "genevolve.measures"}


def open_suite(chosen: str | Suite | SuiteFactory, data: Path | None = None, rows: int | None = None) -> Suite:
    """The suite of a name, of ``module:Name``, or one that a program made itself.

    Raises ``UsageError`` for an unknown suite, and for data that is missing or cannot be used.
    """
    made = _named("suite", chosen) if isinstance(chosen, str) else chosen
    suite = made if isinstance(made, Suite) else made(data=data, rows=rows) if callable(made) else made
    if not isinstance(suite, Suite):
        raise UsageError(f"SUITE is {chosen!r}; it makes a {type(suite).__name__}, not a Suite")
    if not suite.items and not suite.bad:
        reason = f"; the first reason: {suite.uncovered[0].reason}" if suite.uncovered else ""
        raise UsageError(f"--data {data}: none of its prompts can be judged here{reason}")
    return suite


def find_measure(reference: str) -> Measure:
    """Raises ``UsageError`` for a measure that is unknown here."""
    made = _named("measure", reference)
    measure = made() if isinstance(made, type) else made
    if not isinstance(measure, Measure):
        raise UsageError(f"measure {reference!r} is a {type(measure).__name__}, not a Measure")
    return measure


def _named(role: str, name: str) -> object:
    known = REGISTRY[role]
    points = {point.name: point.value for point in metadata.entry_points(group=_GROUPS[role])}
    place = known.get(name) or points.get(name) or name
    module, _, made = place.partition(":")
    if not made:
        shown = "SUITE" if role == "suite" else role
        raise UsageError(f"{shown} is {name!r}; it is one of {', '.join((*known, *points))}")
    try:
        found: object = getattr(importlib.import_module(module), made)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{role} {name!r} cannot be loaded ({error})") from None
    return found
