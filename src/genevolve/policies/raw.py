"""The row "raw generator" of every comparison: the request itself is the prompt, nothing is looked up or reworded."""

import json
import re

from genevolve.core.message import Role
from genevolve.core.program import MIN_PROMPT_WORDS
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.protocol.observations import request_of
from genevolve.protocol.sanitize import sanitize, without_ordinals

_PADDING = "An image of exactly what the request says:"


class RawPolicy:
    """Answers at once with the request unchanged and without references.

    A request of fewer than six words is no valid program, so it gets the shortest padding that makes it one: "An image of "
    where that suffices, else a sentence that adds no content.
    """

    async def reply(self, call: PolicyCall) -> Reply:
        shown = next((message.text for message in call.messages if message.role is Role.USER), "")
        prompt = padded(request_of(shown).text)
        if any(
            message.role is Role.ASSISTANT for message in call.messages
        ):  # it was turned down: for an id, address or ordinal
            prompt = padded(without_ordinals(sanitize(prompt)))
        answer = json.dumps({"gen_prompt": prompt, "reference_images": []}, ensure_ascii=False)
        return Reply(text=f"<answer>{answer}</answer>")


def padded(request: str) -> str:
    """``request``, with as little in front of it as a valid program needs."""
    request = request.strip()
    words = len(re.findall(r"\w+", request))
    if words >= MIN_PROMPT_WORDS:
        return request
    if words + 3 >= MIN_PROMPT_WORDS:
        return f"An image of {request}"
    return f"{_PADDING} {request}".strip()
