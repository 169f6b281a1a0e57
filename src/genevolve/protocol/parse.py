"""A policy's reply as an action. Whatever is wrong is said in words that the policy can act on; nothing is guessed."""

import json
import re
from collections.abc import Mapping
from typing import NoReturn

from genevolve.core.event import (
    DEFAULT_TOP_K,
    MAX_QUERIES,
    MAX_TOP_K,
    SKILLS,
    Action,
    Answer,
    ImageSearchCall,
    Malformed,
    SearchCall,
    SkillCall,
    ToolCall,
)
from genevolve.core.program import Program, Selection

_BLOCK = re.compile(r"<(?P<tag>tool_call|answer)>(?P<body>.*?)(?:</(?P=tag)>|\Z)", re.DOTALL)
_FENCE = re.compile(r"\A```(?:json)?\s*(?P<body>.*?)\s*```\Z", re.DOTALL)
_SHOWN = 80


class _Problem(ValueError):
    """A mistake in a reply; its text goes back to the policy."""


def parse(text: str) -> Action:
    """The action that ``text`` asks for; ``Malformed`` when it is none, or more than one."""
    try:
        return _block(_after_thinking(text))
    except _Problem as problem:
        return Malformed(reason=str(problem))


def tool_call(name: object, arguments: object) -> ToolCall | Malformed:
    """A typed call from a tool's name and its decoded arguments (also used for native tool calling)."""
    try:
        return _tool_call(name, arguments)
    except _Problem as problem:
        return Malformed(reason=str(problem))


def _after_thinking(text: str) -> str:
    _, closed, rest = text.rpartition("</think>")
    if closed:
        return rest
    if "<think>" in text:
        raise _Problem("the <think> block is not closed: write </think> and then one <tool_call> or one <answer>")
    return text


def _block(text: str) -> Action:
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        raise _Problem(
            "the reply has neither a <tool_call> nor an <answer>: write exactly one of them, holding one JSON object"
        )
    if len(blocks) > 1:
        shown = ", ".join(block["tag"] for block in blocks[:4])
        raise _Problem(f"the reply has {len(blocks)} blocks ({shown}): write exactly one each turn")
    (block,) = blocks
    value = _json_object(block["body"], block["tag"])
    if block["tag"] == "answer":
        return Answer(program=_program(value))
    _only_keys(value, {"name", "arguments"}, "tool_call")
    return _tool_call(value.get("name"), value.get("arguments", {}))


def _json_object(body: str, tag: str) -> Mapping[str, object]:
    body = body.strip()
    if fenced := _FENCE.match(body):
        body = fenced["body"]
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _Problem(f"the <{tag}> does not hold valid JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise _Problem(f"the <{tag}> holds JSON that is nested too deeply") from None
    except _Problem:
        raise
    except ValueError:
        raise _Problem(f"the <{tag}> holds a number with too many digits") from None
    if not isinstance(value, dict):
        raise _Problem(f"the <{tag}> holds a JSON {_kind(value)}; it must be an object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise _Problem(f"{name} is not a JSON value")


def _tool_call(name: object, arguments: object) -> ToolCall:
    if not isinstance(name, str):
        raise _Problem(f'the tool\'s "name" is a {_kind(name)}; it must be a string')
    if not isinstance(arguments, dict):
        raise _Problem(f'the "arguments" of {name[:_SHOWN]} are a {_kind(arguments)}; they must be an object')
    match name:
        case "search":
            _only_keys(arguments, {"queries", "top_k"}, name)
            return SearchCall(queries=_queries(arguments.get("queries")), top_k=_top_k(arguments))
        case "image_search":
            _only_keys(arguments, {"query", "top_k"}, name)
            return ImageSearchCall(query=_text(arguments.get("query"), "query"), top_k=_top_k(arguments))
        case "query_knowledge":
            _only_keys(arguments, {"skill_name"}, name)
            return SkillCall(skill_name=_skill(arguments.get("skill_name")))
    raise _Problem(f"there is no tool {name[:_SHOWN]!r}: the tools are search, image_search and query_knowledge")


def _queries(value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise _Problem(f'"queries" must be a list of one or more strings, not {_kind(value)}')
    if len(listed) > MAX_QUERIES:
        raise _Problem(f'"queries" holds {len(listed)} entries; ask at most {MAX_QUERIES} at once')
    return tuple(_text(query, "queries") for query in listed)


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Problem(f'"{key}" must be a string that is not empty, not {_kind(value)}')
    return _no_surrogates(value.strip())


def _top_k(arguments: Mapping[str, object]) -> int:
    value = arguments.get("top_k", DEFAULT_TOP_K)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_TOP_K:
        raise _Problem(f'"top_k" is {json.dumps(value)[:_SHOWN]}; it must be a whole number from 1 to {MAX_TOP_K}')
    return value


def _skill(value: object) -> str:
    if value not in SKILLS:
        shown = value[:_SHOWN] if isinstance(value, str) else _kind(value)
        raise _Problem(f'there is no skill {shown!r}: "skill_name" is one of {", ".join(SKILLS)}')
    return str(value)


def _program(value: Mapping[str, object]) -> Program:
    _only_keys(value, {"gen_prompt", "reference_images"}, "answer")
    prompt = value.get("gen_prompt")
    if not isinstance(prompt, str):
        raise _Problem(f'"gen_prompt" is a {_kind(prompt)}; it must be a string')
    listed = value.get("reference_images", [])
    if not isinstance(listed, list):
        raise _Problem(f'"reference_images" is a {_kind(listed)}; it must be a list')
    references = tuple(_selection(entry, position) for position, entry in enumerate(listed, start=1))
    return Program(prompt=_no_surrogates(prompt.strip()), references=references)


def _selection(entry: object, position: int) -> Selection:
    if not isinstance(entry, dict):
        raise _Problem(f'entry {position} of "reference_images" is a {_kind(entry)}; it must be an object with img_id and note')
    _only_keys(entry, {"img_id", "note"}, f"reference_images entry {position}")
    img_id, note = entry.get("img_id"), entry.get("note", "")
    if not isinstance(img_id, str):
        raise _Problem(f'"img_id" of entry {position} is a {_kind(img_id)}; it must be a string such as "IMG_001"')
    if not isinstance(note, str):
        raise _Problem(f'"note" of entry {position} is a {_kind(note)}; it must be a string')
    return Selection(img_id=_no_surrogates(img_id.strip()), note=_no_surrogates(note.strip()))


def _only_keys(value: Mapping[str, object], allowed: set[str], where: str) -> None:
    if unknown := sorted(set(value) - allowed):
        raise _Problem(f"{where} has the unknown key {unknown[0][:_SHOWN]!r}; it takes {', '.join(sorted(allowed))}")


def _no_surrogates(text: str) -> str:
    """JSON can spell half a character; it cannot be stored, so it is shown as the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _kind(value: object) -> str:
    names: dict[type, str] = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    return names.get(type(value), "object")
