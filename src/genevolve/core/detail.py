"""How much a policy is told."""

from enum import StrEnum


class Detail(StrEnum):
    """``full`` is the public protocol. ``brief`` leaves out addresses and paths, and shortens prompt, hits and skills."""

    FULL = "full"
    BRIEF = "brief"
