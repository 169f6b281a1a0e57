"""What an episode wants done next, before it takes the next event."""

from dataclasses import dataclass

from genevolve.core.event import Rendered, ToolCall
from genevolve.core.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    """Ask for the next reply; ``forced``: only an answer will be taken."""

    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTool:
    """Do what the policy has called for."""

    call: ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """Make the picture of the newest program; ``take`` is what its seed differs by."""

    program: Program
    take: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeProgram:
    """Score the newest program."""

    program: Program


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewImage:
    """Score the newest picture for the policy, which reads the verdict: without what only the final judge may know."""

    rendered: Rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeImage:
    """Score the newest picture."""

    rendered: Rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Nothing: the goal is reached, or nothing more can come."""


Command = CallPolicy | CallTool | Render | JudgeProgram | ReviewImage | JudgeImage | Done
