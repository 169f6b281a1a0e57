"""What was asked for and never answered, because a service was out: no opinion of whoever asked."""

from collections.abc import Iterable, Iterator

from genevolve.core.event import Observation, ToolCall, ToolFailure, ToolResult
from genevolve.core.tool import Tool

_LONGEST = 300  # characters of a reason


def outages(calls: Iterable[tuple[Tool, ToolCall, Observation | None]]) -> tuple[str, ...]:
    """What of ``calls`` no service answered, in words, each once; a query that another call got answered is none.

    Whether two differently worded queries mean the same is not decided here.
    """
    lacking: dict[tuple[str, str], str] = {}
    answered: set[tuple[str, str]] = set()
    for tool, call, seen in calls:
        if isinstance(seen, ToolResult | ToolFailure):
            failed = dict(_failed(tool, call, seen))
            answered.update((tool.name, _folded(subject)) for subject in tool.subjects(call) if subject not in failed)
            for subject, message in failed.items():
                lacking.setdefault((tool.name, _folded(subject)), _told(tool, subject, message))
    return tuple(told for key, told in lacking.items() if key not in answered)


def _failed(tool: Tool, call: ToolCall, seen: ToolResult | ToolFailure) -> Iterator[tuple[str, str]]:
    """(what was asked for, why it was not answered). A failure that answers the call (a page that is not there) is none."""
    match seen:
        case ToolFailure(outage=True):
            yield from ((subject, seen.message) for subject in tool.subjects(call) or ("",))
        case ToolResult():
            yield from ((found.query, found.error) for found in seen.facts if found.error)


def _folded(subject: str) -> str:
    return " ".join(subject.split()).casefold()


def _told(tool: Tool, subject: str, message: str) -> str:
    about = f" for “{' '.join(subject.split())}”" if subject else ""
    return f"{tool.shown_name}{about} was not answered: {' '.join(message.split())}"[:_LONGEST]
