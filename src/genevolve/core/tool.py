"""A tool as one value: what the policy is told of it, how a call is read, run, shown and read back; and several as a box.

Nothing else in the package knows a tool by its name. A tool from outside needs a name, a description, parameters and
``run``; the rest has defaults that fit any tool.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from genevolve.core.detail import Detail
from genevolve.core.event import Boundary, Failed, ToolCall, ToolFailure, ToolResult
from genevolve.core.protocols import ImageSearch, Skills, TextSearch

T = TypeVar("T")
Arguments = Mapping[str, object]
MAX_ARGUMENT_CHARACTERS = 5000
_SHOWN = 80


class BadCall(ValueError):
    """A mistake in a reply; its text goes back to the policy."""


class Finds(StrEnum):
    """What a tool brings: what measures count it as, and whose reading counts as a skill that was activated."""

    FACTS = "facts"
    PICTURES = "pictures"
    GUIDANCE = "guidance"
    OTHER = "other"


class Desk(Protocol):
    """What a tool may work with while it runs: the searches and skills of the run, and the way to call a service."""

    @property
    def text_search(self) -> TextSearch: ...
    @property
    def image_search(self) -> ImageSearch: ...
    @property
    def skills(self) -> Skills: ...
    async def cross(self, boundary: Boundary, attempt: Callable[[], Awaitable[T]]) -> T | Failed:
        """``attempt`` under the limits of ``boundary``; a failure of a service comes back as a value."""
        ...

    async def all_ended(self, calls: Iterable[Awaitable[T]]) -> list[T]:
        """The results of ``calls`` that are made at once; what one of them raises is raised when all have ended."""
        ...


RunTool = Callable[[ToolCall, Desk], Awaitable[ToolResult | Failed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """``parameters`` are a JSON schema's properties, of which ``required`` must be given; None means all.

    ``purpose`` ("facts that must be visible") and ``brief`` (the lines of the brief prompt) are for system prompts. ``read``
    turns arguments as they came into a call's arguments or raises ``BadCall``. ``run`` raises ``ServiceError`` where it
    cannot answer; it runs under the limits of ``boundary``, or, where that is None, crosses them itself, call by call.
    ``asked`` says in a few words what a call asks for. ``render`` shows a result, ``read_back`` is its inverse (None for text
    that is no result of this tool); without them ``genevolve.protocol.blocks`` does both.
    """

    name: str
    description: str
    parameters: Arguments
    run: RunTool
    required: tuple[str, ...] | None = None
    purpose: str = ""
    brief: str = ""
    label: str = ""
    finds: Finds = Finds.OTHER
    boundary: Boundary | None = Boundary.TOOL
    read: Callable[[Arguments], Arguments] | None = None
    asked: Callable[[ToolCall], tuple[str, ...]] | None = None
    render: Callable[[ToolResult, Detail], str] | None = None
    read_back: Callable[[str], ToolResult | ToolFailure | None] | None = None

    @property
    def schema(self) -> dict[str, object]:
        """The JSON function schema, in the native form of Qwen3 chat templates."""
        required = list(self.parameters if self.required is None else self.required)
        parameters = {"type": "object", "properties": dict(self.parameters), "required": required}
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.description, "parameters": parameters},
        }

    @property
    def shown_name(self) -> str:
        """The tool's name in words."""
        return self.label or self.name.replace("_", " ")

    def subjects(self, call: ToolCall) -> tuple[str, ...]:
        """What ``call`` asks for, each in a few words."""
        if self.asked is not None:
            return self.asked(call)
        return tuple(str(value) for value in call.arguments.values())

    def call(self, arguments: object) -> ToolCall:
        """A call from decoded ``arguments``. Raises ``BadCall``."""
        if not isinstance(arguments, dict):
            raise BadCall(f'the "arguments" of {self.name} are a {json_kind(arguments)}; they must be an object')
        only_keys(arguments, set(self.parameters), self.name)
        return ToolCall(name=self.name, arguments=self.read(arguments) if self.read else self._checked(arguments))

    def _checked(self, arguments: Arguments) -> Arguments:
        """``arguments`` where each has the type that its schema names and none that is required is missing."""
        for name in self.parameters if self.required is None else self.required:
            if name not in arguments:
                raise BadCall(f'{self.name} needs "{name}"')
        for name, value in arguments.items():
            schema = self.parameters[name]
            wanted = schema.get("type") if isinstance(schema, Mapping) else None
            if isinstance(wanted, str) and not _is_a(wanted, value):
                raise BadCall(f'"{name}" is a {json_kind(value)}; it must be of the type {wanted}')
        return dict(arguments)


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of an episode, in the order in which the policy is told of them.

    ``lenient`` is for reading what was recorded elsewhere: a tool that is not in the box is then shown and read in the plain
    form; otherwise a call of it is the policy's mistake. ``max_argument`` caps the characters of each text in a call.
    """

    tools: tuple[Tool, ...] = ()
    lenient: bool = False
    max_argument: int = MAX_ARGUMENT_CHARACTERS

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(tool.name for tool in self.tools)

    def tool(self, name: str) -> Tool:
        """The tool called ``name``; raises ``KeyError``. A lenient box makes one up that can be shown, not run."""
        for tool in self.tools:
            if tool.name == name:
                return tool
        if self.lenient:
            return Tool(name=name, description=name, parameters={}, run=_not_here)
        raise KeyError(f"there is no tool {name!r} among {', '.join(self.names)}")

    def call(self, name: object, arguments: object) -> ToolCall:
        """A call from a tool's name and its decoded arguments. Raises ``BadCall``."""
        if not isinstance(name, str):
            raise BadCall(f'the tool\'s "name" is a {json_kind(name)}; it must be a string')
        if not isinstance(arguments, dict):
            raise BadCall(f'the "arguments" of {name[:_SHOWN]} are a {json_kind(arguments)}; they must be an object')
        if name not in self.names:
            if self.lenient:
                return ToolCall(name=name, arguments=arguments)
            raise BadCall(f"there is no tool {name[:_SHOWN]!r}: the tools are {enumerated(self.names)}")
        for key, value in arguments.items():
            self._not_too_long(str(key), value)
        return self.tool(name).call(arguments)

    def _not_too_long(self, key: str, value: object) -> None:
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and len(text) > self.max_argument:
                raise BadCall(f'"{key[:_SHOWN]}" holds {len(text)} characters; at most {self.max_argument} are taken')


async def _not_here(call: ToolCall, desk: Desk) -> ToolResult | Failed:
    raise KeyError(f"the tool {call.name!r} is not part of this run")


def enumerated(names: Sequence[str]) -> str:
    """The names in a sentence: "a, b and c"."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def only_keys(value: Arguments, allowed: set[str], where: str) -> None:
    """Raises ``BadCall`` for a key of ``value`` that ``where`` does not take."""
    if unknown := sorted(set(value) - allowed):
        raise BadCall(f"{where} has the unknown key {unknown[0][:_SHOWN]!r}; it takes {', '.join(sorted(allowed))}")


def words(value: object, key: str) -> str:
    """``value`` stripped. Raises ``BadCall`` where it is no text or empty."""
    if not isinstance(value, str) or not value.strip():
        raise BadCall(f'"{key}" must be a string that is not empty, not {json_kind(value)}')
    return storable(value.strip())


def storable(text: str) -> str:
    """JSON can spell half a character; it cannot be stored, so it is shown as the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8")


def json_kind(value: object) -> str:
    """What JSON calls the type of ``value``."""
    names: dict[type, str] = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    return names.get(type(value), "object")


def _is_a(wanted: str, value: object) -> bool:
    types: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "array": (list,),
        "object": (dict,),
    }
    if isinstance(value, bool):
        return wanted == "boolean"
    return isinstance(value, types.get(wanted, (object,)))
