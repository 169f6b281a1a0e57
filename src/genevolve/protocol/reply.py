"""Replies as text: what a policy writes to call a tool or to answer, as ``parse`` reads it. For teachers that are programs."""

import json

from genevolve.core.event import ImageSearchCall, SearchCall, SkillCall, ToolCall
from genevolve.core.program import Program


def call_text(why: str, call: ToolCall) -> str:
    """A reply that makes ``call``."""
    match call:
        case SearchCall(queries=asked):
            arguments: dict[str, object] = {"queries": list(asked)}
        case ImageSearchCall(query=query):
            arguments = {"query": query}
        case SkillCall(skill_name=name):
            arguments = {"skill_name": name}
    body = json.dumps({"name": call.kind, "arguments": arguments}, ensure_ascii=False)
    return f"<think>{_plain(why)}</think>\n<tool_call>\n{_markup_free(body)}\n</tool_call>"


def answer_text(why: str, program: Program) -> str:
    """A reply that answers with ``program``."""
    value = {
        "gen_prompt": program.prompt,
        "reference_images": [{"img_id": chosen.img_id, "note": chosen.note} for chosen in program.references],
    }
    return f"<think>{_plain(why)}</think>\n<answer>\n{_markup_free(json.dumps(value, ensure_ascii=False))}\n</answer>"


def _plain(text: str) -> str:
    """Think text that cannot hold a tag of the protocol."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())


def _markup_free(body: str) -> str:
    """JSON without literal angle brackets: words from the request must not look like tags of the protocol."""
    return body.replace("<", "\\u003c").replace(">", "\\u003e")
