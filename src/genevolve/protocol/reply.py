"""Replies as text: what a policy writes to call a tool or to answer, as ``parse`` reads it. For teachers that are programs."""

import json

from genevolve.core.event import ToolCall
from genevolve.core.program import Program
from genevolve.core.tool import Toolbox


def call_text(why: str, call: ToolCall, tools: Toolbox) -> str:
    """A reply that makes ``call``; arguments that have their default are left out."""
    usual = {
        name: schema.get("default") for name, schema in tools.tool(call.name).parameters.items() if isinstance(schema, dict)
    }
    arguments = {name: value for name, value in call.arguments.items() if value != usual.get(name)}
    body = json.dumps({"name": call.name, "arguments": arguments}, ensure_ascii=False)
    return f"<think>{_plain(why)}</think>\n<tool_call>\n{_markup_free(body)}\n</tool_call>"


def answer_text(why: str, program: Program) -> str:
    """A reply that answers with ``program``."""
    value = {
        "gen_prompt": program.prompt,
        "reference_images": [{"img_id": chosen.img_id, "note": chosen.note} for chosen in program.references],
    }
    return f"<think>{_plain(why)}</think>\n<answer>\n{_markup_free(json.dumps(value, ensure_ascii=False))}\n</answer>"


def keep_text(why: str) -> str:
    """A reply that keeps the best picture so far."""
    return f'<think>{_plain(why)}</think>\n<answer>\n{{"keep": true}}\n</answer>'


def _plain(text: str) -> str:
    """Think text that cannot hold a tag of the protocol."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())


def _markup_free(body: str) -> str:
    """JSON without literal angle brackets: words from the request must not look like tags of the protocol."""
    return body.replace("<", "\\u003c").replace(">", "\\u003e")
