"""OpenAI's image API: what chat pages, extensions and scripts speak that people already have.

Any model name is taken (one that names a served profile chooses it), and so are fields that mean nothing here.
"""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from genevolve.core.event import Rendered
from genevolve.server.api import PING
from genevolve.server.archive import Archived
from genevolve.server.bodies import Sent, sent
from genevolve.server.guard import Access
from genevolve.server.job import Job, Submission
from genevolve.server.show import SHAPES, drawing, encoded, final_digest, path_of, told_by
from genevolve.server.studio import Studio
from genevolve.server.trouble import NotServed

_FORMATS = ("png", "jpeg", "webp", *SHAPES)
_MOST_PARTIAL = 3
_WITHOUT_PROGRAM = ("no_answer", "max_rounds_reached")
_DO_NOT_RETRY = {"x-should-retry": "false"}  # OpenAI's client would ask for the picture again, and pay again


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerForm:
    """How a client wants its pictures: as ``png``, ``jpeg`` or ``webp`` of a quality, inside the answer or as links."""

    kind: str
    quality: int
    links: bool
    partial: int
    about: dict[str, Any]  # what every answer and event repeats

    @classmethod
    def of(cls, body: Sent) -> "AnswerForm":
        """Raises ``NotServed``."""
        kind = body.choice("output_format", _FORMATS)
        quality, partial = body.number("output_compression", 100), body.number("partial_images", 0)
        if not 0 <= quality <= 100:
            raise NotServed(f"output_compression is {quality}; it is 0 to 100", param="output_compression")
        if not 0 <= partial <= _MOST_PARTIAL:
            raise NotServed(f"partial_images is {partial}; it is 0 to {_MOST_PARTIAL}", param="partial_images")
        links = body.choice("response_format", ("b64_json", "url")) == "url"
        about = {"output_format": kind, "background": "opaque", "quality": body.text("quality") or "auto"}
        return cls(kind=kind, quality=quality, links=links, partial=partial, about=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesApi:
    """The routes below ``/v1``."""

    studio: Studio
    access: Access

    def routes(self) -> list[Route]:
        return [
            Route("/v1/images/generations", self.generations, methods=["POST"]),
            Route("/v1/images/edits", self.edits, methods=["POST"]),
            Route("/v1/models", self.models),
            Route("/v1/models/{model:path}", self.model),
        ]

    async def models(self, request: Request) -> Response:
        """The served profiles."""
        return JSONResponse({"object": "list", "data": [_model(name) for name in self.studio.profiles]})

    async def model(self, request: Request) -> Response:
        return JSONResponse(_model(request.path_params["model"]))

    async def generations(self, request: Request) -> Response:
        """Pictures of a prompt."""
        return await self._made(request, await sent(request, form=True), (), "image_generation")

    async def edits(self, request: Request) -> Response:
        """Pictures of a prompt, with reference pictures."""
        body = await sent(request, form=True)
        if body.files_of("mask"):
            raise NotServed("mask is not supported: say in the prompt what should change", param="mask", code="unsupported")
        images = [file for name, files in body.files.items() if name.partition("[")[0] == "image" for file in files]
        if not images:
            raise NotServed("image is missing: send one file as image, or several as image[]", param="image")
        return await self._made(request, body, images, "image_edit")

    async def _made(self, request: Request, body: Sent, images: Any, event: str) -> Response:
        form, named = AnswerForm.of(body), body.text("model")
        self.studio.check_kind(form.kind, named or "", setting="output_format")
        asked = Submission(
            text=body.values.get("prompt"),
            references=images,
            size=body.text("size") or "auto",
            seed=body.number("seed", None),
            number=body.number("n", 1),
            profile=named if named in self.studio.profiles else None,
            via="openai",
            key=request.headers.get("idempotency-key"),
            called="prompt",
        )
        stream = body.flag("stream")
        jobs = await self.studio.submit(asked)
        if stream:
            return EventSourceResponse(self._streamed(jobs, form, event), ping=PING)
        rows = await asyncio.gather(*map(self.studio.end_of, jobs))
        base = str(request.base_url).rstrip("/")
        made = [(job, row) for job, row in zip(jobs, rows, strict=True) if row.get("image_path")]
        if not made:
            refused = _refusal(rows[0])
            return JSONResponse(refused.to_json(), status_code=refused.status, headers=_DO_NOT_RETRY)
        data = [await self._picture(job, row, form, base) for job, row in made]
        answer = {"created": int(time.time()), "data": data, "size": _size(rows[0]), "usage": _usage(rows), **form.about}
        return JSONResponse(answer)

    async def _picture(self, job: Job | Archived, row: dict[str, Any], form: AnswerForm, base: str) -> dict[str, Any]:
        """One entry of ``data``; what only this server has to say is in ``genevolve``."""
        score = row.get("score")
        said = {
            "id": job.id,
            "page": base + self.access.signed(path_of(job.id, "page.html")),
            "seed": row.get("seed"),
            "kscore": score["kscore_renormalized"] if isinstance(score, dict) else None,
            "notes": row.get("notes", []),
        }
        shown = {"revised_prompt": (row.get("program") or {}).get("gen_prompt"), "genevolve": said}
        if form.links:
            return {"url": base + self.access.signed(path_of(job.id, f"image.{form.kind}")), **shown}
        return {"b64_json": await self._final(job.id, form), **shown}

    async def _final(self, name: str, form: AnswerForm) -> str:
        """The picture that is the result of generation ``name``, in base64."""
        digest = final_digest(self.studio, name)
        assert digest is not None
        if form.kind in SHAPES:
            return base64.b64encode(await drawing(self.studio, name, form.kind)).decode("ascii")
        return await self._base64(digest, form, name)

    async def _base64(self, digest: str, form: AnswerForm, name: str | None = None) -> str:
        """A picture; that of the finished generation ``name`` tells its story. One under way is in pixels."""
        texts = await asyncio.to_thread(told_by, self.studio, name) if name is not None else {}
        data = await encoded(self.studio, digest, "png" if form.kind in SHAPES else form.kind, form.quality, texts)
        return base64.b64encode(data).decode("ascii")

    async def _streamed(self, jobs: list[Job | Archived], form: AnswerForm, event: str) -> AsyncIterator[dict[str, str]]:
        """Pictures of earlier rounds as they come, then the result of each job; trouble as an ``error`` event."""
        for job in jobs:
            if isinstance(job, Job):
                async for partial in self._partial(job, form, event):
                    yield partial
            try:
                row = await self.studio.end_of(job)
                digest = final_digest(self.studio, job.id)
                if digest is None:
                    raise _refusal(row)
            except NotServed as refused:
                yield {"event": "error", "data": json.dumps({"type": "error", **refused.to_json()})}
                return
            prompt = (row.get("program") or {}).get("gen_prompt")
            said = {"b64_json": await self._final(job.id, form), "size": _size(row), "usage": _usage([row])}
            yield _event(f"{event}.completed", {**said, "revised_prompt": prompt, **form.about})

    async def _partial(self, job: Job, form: AnswerForm, event: str) -> AsyncIterator[dict[str, str]]:
        sent_already = 0
        async for step in job.follow():
            if isinstance(step, Rendered) and sent_already < form.partial:
                width, height = job.request.size
                said = {"b64_json": await self._base64(step.digest, form), "partial_image_index": sent_already}
                sent_already += 1
                yield _event(f"{event}.partial_image", {**said, "size": f"{width}x{height}", **form.about})


def _event(name: str, said: dict[str, Any]) -> dict[str, str]:
    return {"event": name, "data": json.dumps({"type": name, "created_at": int(time.time()), **said})}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "genevolve"}


def _refusal(row: dict[str, Any]) -> NotServed:
    """Why there is no picture: 400 where asking again is pointless, 502 where a service was out."""
    message = str(row.get("error") or "no picture was made")
    unscored = row.get("unscored")
    if row.get("termination") in _WITHOUT_PROGRAM or not isinstance(unscored, dict):
        return NotServed(message, status=500, code="not_made")
    if unscored.get("retryable"):
        return NotServed(message, status=502, code="service_failed", again=True)
    return NotServed(message, param="prompt", code="content_policy_violation" if row.get("refused") else "not_possible")


def _size(row: dict[str, Any]) -> str:
    width, height = row["size"]
    return f"{width}x{height}"


def _usage(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Tokens of the policy, as its server counts them; they are all counted as text."""
    asked = sum(row.get("usage", {}).get("prompt_tokens", 0) for row in rows)
    said = sum(row.get("usage", {}).get("completion_tokens", 0) for row in rows)
    details = {"text_tokens": asked, "image_tokens": 0}
    return {"input_tokens": asked, "output_tokens": said, "total_tokens": asked + said, "input_tokens_details": details}
