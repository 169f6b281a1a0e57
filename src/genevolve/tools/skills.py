"""The tool ``query_knowledge`` and the skills that it reads: a folder of Markdown files, ours and the user's beside it.

A skill is one file, ``NAME.md``; ``brief/NAME.md`` in the same folder is its short form for small models, if it has one.
"""

import difflib
import re
from collections.abc import Sequence
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from genevolve.core.errors import UsageError
from genevolve.core.event import SKILLS, Boundary, ToolCall, ToolFailure, ToolResult
from genevolve.core.tool import Arguments, BadCall, Desk, Finds, Tool, json_kind
from genevolve.protocol.blocks import failure_of
from genevolve.protocol.detail import Detail
from genevolve.store.user_file import expanded, utf8_text

NAME = "query_knowledge"
MAX_BYTES = 256 * 1024
_SHOWN = 80
_FILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SKILL = re.compile(r"\A## Skill Guidance\n\n=== Skill: (?P<name>\S+) ===\n(?P<text>.*)\Z", re.DOTALL)


# ---- the folder -------------------------------------------------------------------------------------------------------


@cache
def shipped() -> tuple[str, ...]:
    """The skills of the package: the paper's eight in their order, then others by name."""
    found = {entry.name.removesuffix(".md") for entry in files("genevolve.skills").iterdir() if entry.name.endswith(".md")}
    return (*(name for name in SKILLS if name in found), *sorted(found.difference(SKILLS)))


class SkillFiles:
    """Guidance by name. A file in ``folder`` takes the place of ours or is a skill of its own; all others stay."""

    def __init__(self, folder: Path | None = None, detail: Detail = Detail.FULL) -> None:
        self._folder = expanded(folder) if folder is not None else None
        self._brief = detail is Detail.BRIEF
        own = _checked(self._folder) if self._folder is not None else ()
        self.names = (*shipped(), *(name for name in own if name not in shipped()))

    async def guidance(self, skill_name: str) -> str:
        """Raises ``UsageError`` for a name that is none of ``names``."""
        if skill_name not in self.names:
            raise UsageError(f"there is no skill {skill_name[:_SHOWN]!r}; the skills are {', '.join(self.names)}")
        if self._folder is not None and (self._folder / f"{skill_name}.md").is_file():
            short = self._folder / "brief" / f"{skill_name}.md"
            return _read(short if self._brief and short.is_file() else self._folder / f"{skill_name}.md")
        return _ours(skill_name, brief=self._brief).read_text(encoding="utf-8").strip()


def _ours(skill_name: str, *, brief: bool) -> Traversable:
    folder = files("genevolve.skills")
    short = folder / "brief" / f"{skill_name}.md"
    return short if brief and short.is_file() else folder / f"{skill_name}.md"


def _checked(folder: Path) -> tuple[str, ...]:
    """The skills of a user's folder. Every mistake shows before the first episode: a misspelt name, an unreadable file."""
    if not folder.is_dir():
        raise UsageError(f"skills.folder = {str(folder)!r} is not a folder")
    found = [path for path in sorted(folder.glob("*.md")) if not path.name.startswith(".") and path.stem.lower() != "readme"]
    for path in found:
        close = difflib.get_close_matches(path.stem, shipped(), n=1, cutoff=0.85)
        if path.stem not in shipped() and close:
            raise UsageError(f"skills.folder: {path} names no skill; did you mean {close[0]}.md?")
        if not _FILE_NAME.fullmatch(path.stem):
            raise UsageError(f"skills.folder: {path} names no skill; a name is of small letters, digits and underscores")
        _read(path)
    if not found:
        raise UsageError(f"skills.folder = {str(folder)!r} holds no skill file, such as {SKILLS[0]}.md")
    return tuple(path.stem for path in found)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"skills.folder: {path} has more than {MAX_BYTES:,} bytes")
        text = utf8_text(path.read_bytes()).strip()
    except (OSError, ValueError) as error:
        raise UsageError(f"skills.folder: {path} cannot be read as text ({error})") from None
    if not text:
        raise UsageError(f"skills.folder: {path} is empty; delete it to use our own text")
    return text


# ---- the tool ---------------------------------------------------------------------------------------------------------


def skill_call(skill_name: str) -> ToolCall:
    return ToolCall(name=NAME, arguments={"skill_name": skill_name})


def skill_result(skill_name: str, text: str) -> ToolResult:
    return ToolResult(tool=NAME, about=skill_name, text=text)


def skill_of(call: ToolCall) -> str:
    return str(call.arguments.get("skill_name", ""))


def _arguments(names: Sequence[str], arguments: Arguments) -> Arguments:
    value = arguments.get("skill_name")
    if value not in names:
        shown = value[:_SHOWN] if isinstance(value, str) else json_kind(value)
        raise BadCall(f'there is no skill {shown!r}: "skill_name" is one of {", ".join(names)}')
    return {"skill_name": str(value)}


def _asked(call: ToolCall) -> tuple[str, ...]:
    return (skill_of(call),)


async def _run(call: ToolCall, desk: Desk) -> ToolResult:
    name = skill_of(call)
    return skill_result(name, await desk.skills.guidance(name))


def _render(result: ToolResult, detail: Detail) -> str:
    return f"## Skill Guidance\n\n=== Skill: {result.about} ===\n{result.text}"


def _read_back(body: str) -> ToolResult | ToolFailure | None:
    if shown := _SKILL.match(body):
        return skill_result(shown["name"], shown["text"])
    return failure_of(query_knowledge(()), body)


def query_knowledge(skill_names: Sequence[str]) -> Tool:
    """The tool for the skills called ``skill_names``."""
    return Tool(
        name=NAME,
        label="skill",
        description="Read the guidance of one generation skill.",
        purpose="how to word what generators often get wrong (text, counts, positions, colours of several objects, bodies, "
        "light, style, materials): use `query_knowledge`",
        brief='Read a skill: <tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "…"}}</tool_call>\n'
        f"Skills: {', '.join(skill_names)}.",
        parameters={"skill_name": {"type": "string", "enum": list(skill_names)}},
        finds=Finds.GUIDANCE,
        boundary=Boundary.SKILLS,
        read=partial(_arguments, tuple(skill_names)),
        asked=_asked,
        run=_run,
        render=_render,
        read_back=_read_back,
    )
