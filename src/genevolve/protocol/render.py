"""An episode as the messages that a policy reads. Pure: the same episode always gives the same messages."""

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from genevolve.core.episode import Episode, Limits
from genevolve.core.event import Mistake, Observation, Refusal, Review, ToolFailure, ToolResult
from genevolve.core.message import Message, Role
from genevolve.core.picture import Picture
from genevolve.core.request import Request
from genevolve.core.tool import Tool, Toolbox, enumerated
from genevolve.protocol.blocks import failure_text, picture_lines, result_text
from genevolve.protocol.detail import Detail
from genevolve.protocol.escape import escape, one_line
from genevolve.protocol.listing import SO_FAR, SUPPLIED
from genevolve.protocol.review import review_text


def default_system_prompt(limits: Limits, tools: Toolbox, *, native_tools: bool = False, detail: Detail = Detail.FULL) -> str:
    """The built-in system prompt, with the tools and budgets filled in.

    ``native_tools``: the tools go to the model through the API's own tool calls, so the prompt does not describe them. Where
    no call may be made, it tells of no tool.
    """
    budgets = _budgets(limits)
    if not limits.max_tool_calls:
        return _template("direct_brief" if detail is Detail.BRIEF else "direct").format(**budgets)
    if detail is Detail.BRIEF:
        return _template("system_brief").format(tools="\n".join(map(_brief, tools)), **budgets)
    schemas = "\n".join(json.dumps(tool.schema) for tool in tools)
    named = enumerated([f"`{name}`" for name in tools.names])
    calling = _template("calling_native" if native_tools else "calling").format(tools=schemas, named=named, **budgets)
    purposes = ";\n".join(f"- {tool.purpose or _purpose(tool)}" for tool in tools)
    return _template("system").format(calling=calling, purposes=purposes, **budgets)


def _purpose(tool: Tool) -> str:
    return f"{one_line(tool.description).removesuffix('.')}: use `{tool.name}`"


def _brief(tool: Tool) -> str:
    """What the brief prompt says of a tool."""
    if tool.brief:
        return tool.brief
    example = json.dumps({"name": tool.name, "arguments": dict.fromkeys(tool.parameters, "…")}, ensure_ascii=False)
    return f"{one_line(tool.description)} <tool_call>{example}</tool_call>"


def _budgets(limits: Limits) -> dict[str, int]:
    return {
        "max_tool_calls": limits.max_tool_calls,
        "max_turns": limits.max_turns,
        "max_references": limits.max_references,
    }


def _template(name: str) -> str:
    return files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def messages(episode: Episode, *, system: str, detail: Detail = Detail.FULL) -> tuple[Message, ...]:
    """The conversation so far, ready for the policy's next reply (or, once the episode is done, for the record)."""
    return tuple(_messages(episode, system, detail))


def _messages(episode: Episode, system: str, detail: Detail) -> Iterator[Message]:
    yield Message(role=Role.SYSTEM, text=system)
    yield from _asked(episode.request, episode.tools, detail)
    for turn in episode.turns:
        yield Message(role=Role.ASSISTANT, text=turn.text)
        if turn.observation is not None:
            text = observation_message(turn.observation, episode.tools, detail)
            if isinstance(turn.observation, Review):
                text = f"{text}\n\n{_template('revise').format(**_budgets(episode.limits))}"
            yield Message(role=Role.USER, text=text, images=_shown(turn.observation))
    if episode.outcome is None and episode.answer_forced and episode.limits.max_tool_calls:
        yield Message(role=Role.USER, text=_template("forced").format(**_budgets(episode.limits)))


def _shown(observation: Observation) -> tuple[str, ...]:
    match observation:
        case ToolResult(pictures=pictures):
            return _digests(pictures)
        case Review(digest=str(digest)):
            return (digest,)
    return ()


def _digests(pictures: Sequence[Picture]) -> tuple[str, ...]:
    """The images that a message names, in its order; whether a policy looks at them is that policy's setting."""
    return tuple(picture.digest for picture in pictures)


def _asked(request: Request, tools: Toolbox, detail: Detail) -> Iterator[Message]:
    """The request; before a follow-up the request that it changes, what was found for that, and the answer to it."""
    if (earlier := request.after) is None:
        shown = request.references
        listing = f"{SUPPLIED}{picture_lines(0, shown, detail)}" if shown else ""
    else:
        yield from _asked(earlier.request, tools, detail)
        for turn in earlier.turns:
            yield Message(role=Role.ASSISTANT, text=turn.text)
            if turn.observation is not None:
                text = observation_message(turn.observation, tools, detail)
                yield Message(role=Role.USER, text=text, images=_shown(turn.observation))
        shown = (earlier.picture, *request.references)
        listing = f"{SO_FAR}{picture_lines(len(earlier.pictures), shown, detail)}"
    yield Message(role=Role.USER, text=f"{escape(request.text)}{listing}", images=_digests(shown))


def observation_message(observation: Observation, tools: Toolbox, detail: Detail = Detail.FULL) -> str:
    return f"<tool_response>\n{observation_text(observation, tools, detail)}\n</tool_response>"


def observation_text(observation: Observation, tools: Toolbox, detail: Detail = Detail.FULL) -> str:
    match observation:
        case ToolResult(tool=name):
            return result_text(tools.tool(name), observation, detail)
        case ToolFailure(call=call):
            return failure_text(tools.tool(call.name), observation)
        case Mistake(problems=problems):
            listed = "\n".join(f"- {one_line(problem)}" for problem in problems)
            return f"--- this reply was not accepted ---\n{listed}\nMend this and reply again.\n--- end ---"
        case Refusal(reason=reason):
            return f"--- this call was refused: {one_line(reason)} ---"
        case Review():
            return review_text(observation)
