"""A Qwen-Image-Edit server: one endpoint, exact fields, real JPEGs only."""

import base64
import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.services.pictures import encoded
from tests.services.wire import Rejected, Reply, Request, answer

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "image_urls": list,
    "prompt": str,
    "seed": int,
    "true_cfg_scale": float,
    "negative_prompt": str,
    "num_inference_steps": int,
    "guidance_scale": float,
    "num_images_per_prompt": int,
    "width": int,
    "height": int,
}
_PREFIX = "data:image/jpeg;base64,"


@dataclass(slots=True)
class QwenEdit:
    """Draws an image of the asked size. ``field_name`` and ``prefix`` are how the reply carries it."""

    field_name: str = "image"
    prefix: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    received: list[list[Image.Image]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if (request.method, request.path) != ("POST", "/generate"):
            raise Rejected("not found", status=404)
        if request.headers.get("content-type") != "application/json":
            raise Rejected("JSON only", status=415)
        body = request.json()
        if set(body) != set(_FIELDS):
            raise Rejected(f"fields {sorted(set(body) ^ set(_FIELDS))}", status=422)
        for name, kind in _FIELDS.items():
            if not isinstance(body[name], kind) or isinstance(body[name], bool):
                raise Rejected(f"{name} is a {type(body[name]).__name__}", status=422)
        if len(body["image_urls"]) > 4 or not body["prompt"] or body["width"] % 16 or body["height"] % 16:
            raise Rejected("out of range", status=422)
        self.received.append([_jpeg(url) for url in body["image_urls"]])
        self.asked.append(body)
        drawn = encoded(size=(body["width"], body["height"]))
        return answer({"success": True, self.field_name: self.prefix + base64.b64encode(drawn).decode()})


def _jpeg(url: str) -> Image.Image:
    if not url.startswith(_PREFIX):
        raise Rejected("a reference is no JPEG data URL", status=422)
    image = Image.open(io.BytesIO(base64.b64decode(url.removeprefix(_PREFIX), validate=True)))
    if image.format != "JPEG":
        raise Rejected(f"a reference is labelled JPEG but is {image.format}", status=422)
    image.load()
    return image
