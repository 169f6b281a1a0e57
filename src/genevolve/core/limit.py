"""Numbers that are limits: neither infinite nor "not a number", which no comparison would ever notice."""

import math

from genevolve.core.errors import UsageError


def finite(
    setting: str, value: float, *, least: float | None = None, more_than: float | None = None, most: float | None = None
) -> float:
    """``value``, if it is a finite number that is at least ``least``, above ``more_than`` and at most ``most``. Raises
    ``UsageError``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{setting} is {value}; it must be a finite number")
    if least is not None and value < least:
        raise UsageError(f"{setting} is {value}; it must be {least:g} or more")
    if more_than is not None and value <= more_than:
        raise UsageError(f"{setting} is {value}; it must be more than {more_than:g}")
    if most is not None and value > most:
        raise UsageError(f"{setting} is {value}; it must be {most:g} or less")
    return value
