"""A ComfyUI server that knows a handful of nodes and validates graphs as the real one does."""

import io
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.services.pictures import encoded
from tests.services.wire import Part, Rejected, Reply, Request, answer, form

_NODES: dict[str, dict[str, type]] = {
    "CLIPTextEncode": {"text": str},
    "EmptyLatentImage": {"width": int, "height": int, "batch_size": int},
    "KSampler": {"seed": int},
    "LoadImage": {"image": str},
    "PreviewImage": {},
    "SaveImage": {"filename_prefix": str},
}


@dataclass(slots=True)
class ComfyUI:
    """A picture is ready at look ``looks``. ``error`` is an execution message; ``forgets`` loses what it took."""

    looks: int = 2
    error: tuple[str, dict[str, Any]] | None = None
    forgets: bool = False
    uploads: dict[str, bytes] = field(default_factory=dict)
    graphs: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    _seen: int = 0

    def __call__(self, request: Request) -> Reply:
        match (request.method, request.path.split("/")[1:]):
            case ("POST", ["upload", "image"]):
                return self._upload(form(request))
            case ("POST", ["prompt"]):
                return self._prompt(request)
            case ("GET", ["history", prompt_id]):
                return answer(self._history(prompt_id))
            case ("GET", ["queue"]):
                running = [] if self.forgets else [[n, f"id-{n}", {}, {}, []] for n in range(len(self.graphs))]
                return answer({"queue_running": running, "queue_pending": []})
            case ("POST", ["queue"]):
                self.deleted += request.json()["delete"]
                return Reply()
            case ("GET", ["view"]):
                return self._view(request)
        raise Rejected(f"{request.method} {request.path}", status=404)

    def _upload(self, parts: list[Part]) -> Reply:
        fields = {part.name: part for part in parts}
        image = fields.pop("image", None)
        if (
            image is None
            or not image.filename
            or {name: part.body for name, part in fields.items()}
            != {
                "type": b"input",
                "overwrite": b"true",
            }
        ):
            raise Rejected("upload")
        if Image.open(io.BytesIO(image.body)).get_format_mimetype() != image.content_type:
            raise Rejected("the upload is labelled wrongly")
        self.uploads[image.filename] = image.body
        return answer({"name": image.filename, "subfolder": "", "type": "input"})

    def _prompt(self, request: Request) -> Reply:
        body = request.json()
        if set(body) != {"prompt", "client_id"} or request.headers["content-type"] != "application/json":
            raise Rejected("no prompt", body={"error": "no prompt", "node_errors": []})
        errors = {name: found for name, node in body["prompt"].items() if (found := self._errors(node))}
        if errors:
            error = {
                "type": "prompt_outputs_failed_validation",
                "message": "Prompt outputs failed validation",
                "details": "",
                "extra_info": {},
            }
            raise Rejected("validation", body={"error": error, "node_errors": errors})
        self.graphs.append(body["prompt"])
        self._seen = 0
        return answer({"prompt_id": f"id-{len(self.graphs) - 1}", "number": len(self.graphs), "node_errors": {}})

    def _errors(self, node: dict[str, Any]) -> dict[str, Any] | None:
        takes = _NODES[node["class_type"]]
        for name, kind in takes.items():
            value = node["inputs"].get(name)
            if type(value) is not kind or (node["class_type"] == "LoadImage" and value not in self.uploads):
                error = {"type": "value", "message": "Value not in list", "details": f"{name}: {value!r}", "extra_info": {}}
                return {"errors": [error], "dependent_outputs": ["9"], "class_type": node["class_type"]}
        return None

    def _history(self, prompt_id: str) -> dict[str, Any]:
        self._seen += 1
        if self.forgets or self._seen < self.looks or prompt_id != f"id-{len(self.graphs) - 1}":
            return {}
        graph = self.graphs[-1]
        if self.error:
            status = {"status_str": "error", "completed": False, "messages": [["execution_start", {}], list(self.error)]}
            return {prompt_id: {"prompt": [], "outputs": {}, "status": status}}
        kinds = {"PreviewImage": "temp", "SaveImage": "output"}
        outputs = {
            name: {"images": [{"filename": f"{name}.png", "subfolder": "", "type": kinds[node["class_type"]]}]}
            for name, node in graph.items()
            if node["class_type"] in kinds
        }
        status = {"status_str": "success", "completed": True, "messages": [["execution_success", {}]]}
        return {prompt_id: {"prompt": [], "outputs": outputs, "status": status}}

    def _view(self, request: Request) -> Reply:
        if set(request.query) - {"filename", "subfolder", "type"} or request.query.get("type") not in {"output", "temp"}:
            raise Rejected("view")
        node = self.graphs[-1][request.query["filename"].removesuffix(".png")]
        latent: dict[str, int] = next(
            (n["inputs"] for n in self.graphs[-1].values() if n["class_type"] == "EmptyLatentImage"), {}
        )
        size = (latent.get("width", 256), latent.get("height", 256))
        colour = "red" if node["class_type"] == "SaveImage" else "green"
        return Reply(body=encoded(size=size, colour=colour), content_type="image/png")
