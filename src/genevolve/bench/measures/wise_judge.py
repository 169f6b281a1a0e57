"""The judge of WISE's legacy protocol: three scores from 0 to 2 by a vision model at any OpenAI-compatible endpoint."""

import asyncio
import hashlib
import json
from importlib.resources import files

from genevolve.bench.measures.wise_scores import ASPECTS, LEVELS
from genevolve.core.score import Unscored
from genevolve.data.records import Json
from genevolve.protocol.escape import escape
from genevolve.services.chat import ChatEndpoint
from genevolve.services.pictures import Encoding, data_url, encode
from genevolve.services.secrets import shown_address
from genevolve.store.decode import NotAnImage, decode
from genevolve.store.user_file import json_value

_ENCODING = Encoding(max_side=1536, jpeg_quality=95)


class WiseJudge:
    """``label`` names model, endpoint and rubric; scores with different labels are never averaged together."""

    def __init__(self, endpoint: ChatEndpoint) -> None:
        self._endpoint = endpoint
        self._rubric = files("genevolve.bench").joinpath("rubric_wise.md").read_text(encoding="utf-8").strip()
        settings = endpoint.settings
        digest = hashlib.sha256(self._rubric.encode()).hexdigest()[:8]
        self.label = f"wise-legacy:{settings.model}@{shown_address(settings.base_url.rstrip('/'))} rubric={digest}"

    async def judge(self, prompt: str, explanation: str, image: bytes) -> Json | Unscored:
        """The three scores, rationale, judge and cost. An answer that is not exactly as asked for is ``Unscored``."""
        try:
            content = await asyncio.to_thread(_content, prompt, explanation, image)
        except NotAnImage as problem:
            return Unscored(reason=f"the image cannot be judged: {problem}", judge=self.label)
        messages: list[Json] = [{"role": "system", "content": self._rubric}, {"role": "user", "content": content}]
        completion = await self._endpoint.complete(messages, seed=None, response_format={"type": "json_object"})
        try:
            scores = read_scores(completion.text)
        except ValueError as problem:
            reason = f"the judge's answer cannot be used: {problem}"
            return Unscored(reason=reason, judge=self.label, retryable=True, cost=completion.usage.cost)
        return {**scores, "judge": self.label, "cost": completion.usage.cost}


def read_scores(text: str) -> Json:
    """The three scores in ``text``. Raises ``ValueError``: nothing is rounded, clipped or assumed."""
    try:
        value = json_value(text)
    except ValueError:
        raise ValueError("it is not JSON alone") from None
    if not isinstance(value, dict):
        raise ValueError("it is not a JSON object")
    for name in ASPECTS:
        if name not in value:
            raise ValueError(f"{name} is missing")
        if isinstance(value[name], bool) or not isinstance(value[name], int | float) or value[name] not in LEVELS:
            raise ValueError(f"{name} is {json.dumps(value[name])[:60]}; it must be 0, 1 or 2")
    rationale = value.get("rationale", "")
    return {**{name: int(value[name]) for name in ASPECTS}, "rationale": str(rationale).encode("utf-8", "replace").decode()}


def _content(prompt: str, explanation: str, image: bytes) -> list[Json]:
    clean = decode(image, first_frame=True).png
    text = f"<prompt>\n{escape(prompt)}\n</prompt>\n\n<explanation>\n{escape(explanation)}\n</explanation>\n\nThe image:"
    return [
        {"type": "text", "text": text},
        {"type": "image_url", "image_url": {"url": data_url(encode(clean, _ENCODING))}},
    ]
