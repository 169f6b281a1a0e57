"""A policy's reply as an action. Whatever is wrong is said in words that the policy can act on; nothing is guessed."""

import json
import re
from collections.abc import Mapping

from genevolve.core.event import Action, Answer, KeepBest, Malformed
from genevolve.core.program import Program, Selection
from genevolve.core.strict_json import NotFinite, RepeatedKey, TooDeep, strict_json
from genevolve.core.tool import BadCall, Toolbox, json_kind, only_keys, storable

_BLOCK = re.compile(r"<(?P<tag>tool_call|answer)>(?P<body>.*?)(?:</(?P=tag)>|\Z)", re.DOTALL)
_FENCE = "```"
_SHOWN = 80


def parse(text: str, tools: Toolbox, *, max_characters: int | None = None, may_keep: bool = False) -> Action:
    """The action that ``text`` asks for; ``Malformed`` when it is none, or more than one. Linear in the length of ``text``.

    ``may_keep``: there is a picture, which an answer may keep.
    """
    if max_characters is not None and len(text) > max_characters:
        return Malformed(reason=f"the reply has {len(text)} characters; at most {max_characters} are read. Write less")
    try:
        return _block(_after_thinking(text), tools, may_keep)
    except BadCall as problem:
        return Malformed(reason=str(problem))


def _after_thinking(text: str) -> str:
    _, closed, rest = text.rpartition("</think>")
    if closed:
        return rest
    if "<think>" in text:
        raise BadCall("the <think> block is not closed: write </think> and then one <tool_call> or one <answer>")
    return text


def _block(text: str, tools: Toolbox, may_keep: bool) -> Action:
    blocks = list(_BLOCK.finditer(text))
    if not blocks:
        raise BadCall("the reply has neither a <tool_call> nor an <answer>: write exactly one of them, holding one JSON object")
    if len(blocks) > 1:
        shown = ", ".join(block["tag"] for block in blocks[:4])
        raise BadCall(f"the reply has {len(blocks)} blocks ({shown}): write exactly one each turn")
    (block,) = blocks
    value = _json_object(block["body"], block["tag"])
    if block["tag"] == "answer" and may_keep and value == {"keep": True}:
        return KeepBest()
    if block["tag"] == "answer":
        return Answer(program=_program(value))
    only_keys(value, {"name", "arguments"}, "tool_call")
    return tools.call(value.get("name"), value.get("arguments", {}))


def _json_object(body: str, tag: str) -> Mapping[str, object]:
    try:
        value = strict_json(_unfenced(body.strip()))
    except json.JSONDecodeError as error:
        raise BadCall(f"the <{tag}> does not hold valid JSON: {error.msg} at character {error.pos}") from None
    except TooDeep:
        raise BadCall(f"the <{tag}> holds JSON that is nested too deeply") from None
    except RepeatedKey as twice:
        raise BadCall(f"the key {twice.key[:_SHOWN]!r} is given more than once; give each key once") from None
    except NotFinite as problem:
        raise BadCall(str(problem)) from None
    except ValueError:
        raise BadCall(f"the <{tag}> holds a number with too many digits") from None
    if not isinstance(value, dict):
        raise BadCall(f"the <{tag}> holds a JSON {json_kind(value)}; it must be an object")
    return value


def _unfenced(body: str) -> str:
    """What stands between the fences of a Markdown code block; anything else as it is."""
    if len(body) < 2 * len(_FENCE) or not body.startswith(_FENCE) or not body.endswith(_FENCE):
        return body
    return body[len(_FENCE) : -len(_FENCE)].removeprefix("json").strip()


def _program(value: Mapping[str, object]) -> Program:
    only_keys(value, {"gen_prompt", "reference_images"}, "answer")
    prompt = value.get("gen_prompt")
    if not isinstance(prompt, str):
        raise BadCall(f'"gen_prompt" is a {json_kind(prompt)}; it must be a string')
    listed = value.get("reference_images", [])
    if not isinstance(listed, list):
        raise BadCall(f'"reference_images" is a {json_kind(listed)}; it must be a list')
    references = tuple(_selection(entry, position) for position, entry in enumerate(listed, start=1))
    return Program(prompt=storable(prompt.strip()), references=references)


def _selection(entry: object, position: int) -> Selection:
    if not isinstance(entry, dict):
        raise BadCall(
            f'entry {position} of "reference_images" is a {json_kind(entry)}; it must be an object with img_id and note'
        )
    only_keys(entry, {"img_id", "note"}, f"reference_images entry {position}")
    img_id, note = entry.get("img_id"), entry.get("note", "")
    if not isinstance(img_id, str):
        raise BadCall(f'"img_id" of entry {position} is a {json_kind(img_id)}; it must be a string such as "IMG_001"')
    if not isinstance(note, str):
        raise BadCall(f'"note" of entry {position} is a {json_kind(note)}; it must be a string')
    return Selection(img_id=storable(img_id.strip()), note=storable(note.strip()))
