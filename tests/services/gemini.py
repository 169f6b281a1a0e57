"""Gemini's ``generateContent`` for image models."""

import base64
import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.services.pictures import encoded
from tests.services.wire import Rejected, Reply, Request, answer

KEY = "gemini-key-123456"
MODEL = "gemini-3-pro-image-preview"
_ASPECTS = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"}
_CONFIG = {"responseModalities", "imageConfig", "seed", "temperature", "topP", "maxOutputTokens"}


def invalid(reason: str, *, status: str = "INVALID_ARGUMENT", code: int = 400) -> Rejected:
    return Rejected(reason, status=code, body={"error": {"code": code, "message": reason, "status": status}})


def candidate(parts: list[Any], finish: str = "STOP", **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0, **more}]}


def inline(data: bytes, *, snake: bool = False) -> dict[str, Any]:
    text = base64.b64encode(data).decode()
    return (
        {"inline_data": {"mime_type": "image/png", "data": text}}
        if snake
        else {"inlineData": {"mimeType": "image/png", "data": text}}
    )


@dataclass(slots=True)
class Gemini:
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("x-goog-api-key") != KEY:
            details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
            message = "API key not valid. Please pass a valid API key."
            raise Rejected(
                "key", body={"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": details}}
            )
        if (request.method, request.path) == ("GET", f"/v1beta/models/{MODEL}") and not request.body:
            return answer({"name": f"models/{MODEL}", "supportedGenerationMethods": ["generateContent"]})
        if (request.method, request.path) != ("POST", f"/v1beta/models/{MODEL}:generateContent") or request.query:
            raise invalid(f"{request.path} is not found for API version v1beta", status="NOT_FOUND", code=404)
        if request.headers.get("content-type") != "application/json" or "authorization" in request.headers:
            raise invalid("Content-Type or Authorization")
        body = request.json()
        _check(body)
        self.asked.append(body)
        parts = [{"text": "Here you are."}, inline(encoded(size=(1024, 1024)))]
        usage = {"promptTokenCount": 1000, "candidatesTokenCount": 1120, "thoughtsTokenCount": 80, "totalTokenCount": 2200}
        return answer({**candidate(parts), "usageMetadata": usage, "modelVersion": MODEL})


def _check(body: dict[str, Any]) -> None:
    if unknown := set(body) - {"contents", "generationConfig", "safetySettings"}:
        raise invalid(f'Invalid JSON payload received. Unknown name "{unknown.pop()}"')
    (content,) = body["contents"]
    if set(content) - {"role", "parts"} or content.get("role", "user") != "user":
        raise invalid("contents[0]")
    text, *images = content["parts"]
    if set(text) != {"text"} or not text["text"]:
        raise invalid("the text comes first")
    for image in images:
        data = image.get("inline_data")
        if set(image) != {"inline_data"} or set(data) != {"mime_type", "data"}:
            raise invalid("inline_data")
        decoded = Image.open(io.BytesIO(base64.b64decode(data["data"], validate=True)))
        if decoded.get_format_mimetype() != data["mime_type"]:
            raise invalid(f"Provided image is {decoded.format}, not {data['mime_type']}")
    config = body.get("generationConfig", {})
    picture = config.get("imageConfig", {})
    if set(config) - _CONFIG or set(picture) - {"aspectRatio", "imageSize"}:
        raise invalid("generationConfig")
    if picture.get("aspectRatio", "1:1") not in _ASPECTS or picture.get("imageSize", "1K") not in {"1K", "2K", "4K"}:
        raise invalid("imageConfig")
    if not -(2**31) <= config.get("seed", 0) < 2**31:
        raise invalid("Invalid value at 'generation_config.seed' (TYPE_INT32)")
