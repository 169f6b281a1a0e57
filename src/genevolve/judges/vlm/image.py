"""KScore by a vision model: the four dimensions on {0, 0.5, 1}, with the hard constraints as diagnostics."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import httpx

from genevolve.core.finding import Finding
from genevolve.core.protocols import ImageCase
from genevolve.core.score import Score, Unscored
from genevolve.judges.vlm.answer import image_verdict
from genevolve.judges.vlm.panel import MIN_COVERAGE, VERSION, Panel, fill, template
from genevolve.protocol.escape import escape
from genevolve.services.chat import ChatEndpoint
from genevolve.services.endpoint import READER, Endpoint
from genevolve.services.pictures import Encoding, data_url, encode
from genevolve.services.secrets import Secrets
from genevolve.store.decode import NotAnImage, decode

_ROLE = "image_judge"


class VlmJudge:
    """Shows the generated image first and, where there is one, the ground truth second. Claims are not used.

    For ``votes``, ``json_mode``, ``allow_fence`` and ``min_coverage`` see ``Panel``.
    ``rubric`` is a file in the place of the built-in text. Images are sent as JPEG of at most ``max_side`` pixels.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        environ: Mapping[str, str],
        endpoint: Endpoint = READER,
        votes: int = 1,
        json_mode: bool = True,
        allow_fence: bool = False,
        rubric: str | None = None,
        min_coverage: float = MIN_COVERAGE,
        max_side: int = 1536,
    ) -> None:
        self.endpoint = ChatEndpoint(endpoint.found(_ROLE, environ), secrets, client)
        self._encoding = Encoding(max_side=max_side, jpeg_quality=95)
        self._rubrics = {with_truth: _rubric(rubric, with_truth) for with_truth in (True, False)}
        self._panel = Panel(
            "vlm",
            self.endpoint,
            votes=votes,
            json_mode=json_mode,
            rubric=tuple(self._rubrics.values()),
            allow_fence=allow_fence,
            min_coverage=min_coverage,
        )

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self._panel.least_price

    async def check(self, *, call: bool) -> Sequence[Finding]:
        return await self._panel.check(call=call, image=True)

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        """One attempt. An image that cannot be decoded, and an answer that is not exactly as asked for, are ``Unscored``."""
        try:
            content = await asyncio.to_thread(_content, case, self._encoding)
        except NotAnImage as problem:
            return Unscored(reason=str(problem), judge=self._panel.label, version=VERSION)
        read = partial(image_verdict, allow_fence=self._panel.allow_fence)
        verdict, cost = await self._panel.ask(self._rubrics[case.ground_truth is not None], content, read, request=case.request)
        if isinstance(verdict, Unscored):
            return verdict
        return Score(
            **verdict.levels,  # type: ignore[arg-type]  # only text_accuracy is ever None
            judge=self._panel.label,
            diagnostics=verdict.diagnostics,
            rationale=verdict.rationale,
            cost=cost,
            version=VERSION,
            coverage=verdict.coverage,
        )


def _rubric(chosen: str | None, with_truth: bool) -> str:
    text = template("rubric_image", chosen, setting=f"{_ROLE}.rubric")
    shown = ", and a second image that shows the right look" if with_truth else ""
    visual = template("visual_with_reference" if with_truth else "visual_alone")
    return fill(text, with_reference=shown, visual_correctness=visual)


def _content(case: ImageCase, encoding: Encoding) -> list[dict[str, Any]]:
    """The request and the images. Raises ``NotAnImage`` that says which of them is damaged."""
    parts: list[dict[str, Any]] = [
        {"type": "text", "text": f"<request>\n{escape(case.request)}\n</request>\n\nThe generated image:"},
        _image(case.image, "the generated image", encoding),
    ]
    if case.ground_truth is not None:
        parts.append({"type": "text", "text": "The image that shows the right look:"})
        parts.append(_image(case.ground_truth, "the ground truth image", encoding))
    return parts


def _image(data: bytes, name: str, encoding: Encoding) -> dict[str, Any]:
    try:
        clean = decode(data, first_frame=True).png
    except NotAnImage as problem:
        raise NotAnImage(f"{name} cannot be judged: {problem}") from None
    return {"type": "image_url", "image_url": {"url": data_url(encode(clean, encoding))}}
