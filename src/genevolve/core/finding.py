"""What checking a member before a run has found (``genevolve doctor``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Status(StrEnum):
    """``failed`` must be fixed before a run; ``warning`` should be known; ``skipped`` could not be found out like this."""

    OK = "ok"
    WARNING = "warning"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``what`` was found, and what to do about it."""

    status: Status
    what: str
    fix: str = ""


@runtime_checkable
class Checkable(Protocol):
    """A member that can check itself. With ``call`` it makes one small real call, which may cost money.

    It raises nothing that a run would survive: trouble is a finding.
    """

    async def check(self, *, call: bool) -> Sequence[Finding]: ...


def ok(what: str) -> Finding:
    """A finding that needs nothing."""
    return Finding(status=Status.OK, what=what)


def warning(what: str, fix: str = "") -> Finding:
    """A finding that should be known before a run."""
    return Finding(status=Status.WARNING, what=what, fix=fix)


def skipped(what: str, fix: str = "") -> Finding:
    """Something that could not be found out like this."""
    return Finding(status=Status.SKIPPED, what=what, fix=fix)


def failed(what: str, fix: str = "") -> Finding:
    """A finding that must be fixed before a run."""
    return Finding(status=Status.FAILED, what=what, fix=fix)
