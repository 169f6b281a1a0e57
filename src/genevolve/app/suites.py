"""Suites and measures by name: our own, those of other packages (entry points), and ``module:Name`` of anything importable."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from genevolve.app import plugins
from genevolve.app.arguments import Count, NotNegative, checked
from genevolve.bench.measure import Measure
from genevolve.bench.suite import Suite, SuiteFactory
from genevolve.core.errors import UsageError


@checked
def open_suite(
    chosen: str | Suite | SuiteFactory, data: Path | None = None, rows: Count | None = None, skip: NotNegative = 0
) -> Suite:
    """The suite of a name, of ``module:Name``, or one that a program made itself, without its first ``skip`` requests.

    Raises ``UsageError`` for an unknown suite, and for data that is missing or cannot be used.
    """
    if isinstance(chosen, str) and ":" not in chosen and chosen not in (known := plugins.names("suite")):
        raise UsageError(f"SUITE is {chosen!r}; it is one of {', '.join(known)} (or module:Name of a suite of yours)")
    made: Any = plugins.find("suite", chosen).made if isinstance(chosen, str) else chosen
    try:
        suite = made(data=data, rows=rows) if callable(made) else made
    except TypeError as error:
        raise UsageError(f"SUITE is {chosen!r}; it is not made from data and rows, as a suite is ({error})") from error
    if not isinstance(suite, Suite):
        raise UsageError(f"SUITE is {chosen!r}; it makes a {type(suite).__name__}, not a genevolve.bench.suite.Suite")
    if skip and skip >= len(suite.items):
        raise UsageError(f"--skip is {skip}; {len(suite.items)} requests are asked for, so that none is left")
    suite = replace(suite, items=suite.items[skip:])
    if not suite.items and not suite.bad:
        reason = f"; the first reason: {suite.uncovered[0].reason}" if suite.uncovered else ""
        raise UsageError(f"--data {data}: none of its prompts can be judged here{reason}")
    return suite


def find_measure(reference: str) -> Measure:
    """Raises ``UsageError`` for a measure that is unknown here."""
    made = plugins.find("measure", reference).made
    measure = made() if isinstance(made, type) else made
    if not isinstance(measure, Measure):
        raise UsageError(f"measure {reference!r} is a {type(measure).__name__}, not a genevolve.bench.measure.Measure")
    return measure
