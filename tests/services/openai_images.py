"""OpenAI's image API for the GPT image models. Its strictness is itself tested with the official client."""

import base64
import io
import re
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.services.pictures import encoded
from tests.services.wire import Part, Rejected, Reply, Request, answer, form

KEY = "sk-openai-image-key-123456"
STANDARD = {"1024x1024", "1536x1024", "1024x1536", "auto"}
_COMMON = {"model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression", "user"}


def problem(message: str, *, status: int = 400, code: str | None = None, kind: str = "invalid_request_error") -> Rejected:
    return Rejected(message, status=status, body={"error": {"message": message, "type": kind, "param": None, "code": code}})


@dataclass(slots=True)
class OpenAIImages:
    """``free`` models take any size that is documented for them."""

    models: tuple[str, ...] = ("gpt-image-2", "gpt-image-1.5")
    asked: list[tuple[str, dict[str, Any], list[Part]]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise problem("Incorrect API key provided", status=401, code="invalid_api_key")
        if (request.method, request.path) == ("GET", "/v1/models") and not request.body:
            return answer({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
        if request.method != "POST" or request.path not in {"/v1/images/generations", "/v1/images/edits"}:
            raise problem(f"Invalid URL ({request.method} {request.path})", status=404)
        fields, images = _edit(request) if request.path.endswith("edits") else _generation(request)
        if fields.get("model") not in self.models:
            raise problem(f"The model '{fields.get('model')}' does not exist", status=404, code="model_not_found")
        if not fields.get("prompt") or int(fields.get("n", 1)) != 1:
            raise problem("prompt or n")
        size = _size(fields.get("size", "auto"), free=fields["model"].startswith("gpt-image-2"))
        self.asked.append((request.path, fields, images))
        usage = {
            "input_tokens": 50,
            "output_tokens": 4160,
            "total_tokens": 4210,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": 50},
        }
        drawn = base64.b64encode(encoded(size=size)).decode()
        return answer({"created": 1, "data": [{"b64_json": drawn}], "usage": usage, "output_format": "png"})


def _generation(request: Request) -> tuple[dict[str, Any], list[Part]]:
    if request.headers.get("content-type") != "application/json":
        raise problem("a JSON body is expected")
    body = request.json()
    _known(body, _COMMON | {"moderation"})
    return body, []


def _edit(request: Request) -> tuple[dict[str, Any], list[Part]]:
    parts = form(request)
    images = [part for part in parts if part.name in {"image", "image[]"}]
    fields = {part.name: part.body.decode() for part in parts if part not in images}
    _known(fields, _COMMON | {"input_fidelity"})
    if not images or len(images) > 16 or (len(images) > 1 and any(part.name != "image[]" for part in images)):
        raise problem("Missing or duplicate parameter: 'image'")
    for part in images:
        kind = Image.open(io.BytesIO(part.body)).get_format_mimetype()
        if part.content_type != kind or kind not in {"image/png", "image/webp", "image/jpeg"} or not part.filename:
            raise problem(f"Invalid file 'image': unsupported mimetype ('{part.content_type}')")
    return fields, images


def _known(fields: dict[str, Any], names: set[str]) -> None:
    if unknown := sorted(set(fields) - names):
        raise problem(f"Unknown parameter: '{unknown[0]}'.", code="unknown_parameter")


def _size(size: str, *, free: bool) -> tuple[int, int]:
    if size == "auto":
        return 1024, 1024
    match = re.fullmatch(r"(\d+)x(\d+)", size)
    if match is None or not (size in STANDARD or free):
        raise problem(f"Invalid value: '{size}'.", code="invalid_value")
    width, height = int(match[1]), int(match[2])
    if width % 16 or height % 16 or max(width, height) > 3840 or max(width, height) > 3 * min(width, height):
        raise problem(f"Invalid size '{size}'", code="invalid_value")
    if not 655_360 <= width * height <= 8_294_400:
        raise problem(f"Invalid number of pixels in '{size}'", code="invalid_value")
    return width, height
