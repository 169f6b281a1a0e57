"""ComfyUI's HTTP API with a workflow of the user's own.

The workflow is a file saved with "Save (API Format)" in which placeholders stand for what an order brings: ``{{prompt}}``,
``{{seed}}``, ``{{width}}``, ``{{height}}``, and ``{{reference_1}}``, ``{{reference_2}}``, … where a node takes an image name.
``edit_workflow`` is another such file for follow-ups, with ``{{so_far}}`` for the picture that is to be changed.
"""

import asyncio
import hashlib
import itertools
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.finding import Finding, failed, ok, warning
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.check import drawn
from genevolve.generators.fitting import FinalSize, clean_references, fetched, finished, scaled
from genevolve.services.check import reached
from genevolve.services.http import Service, attempt, check, exchange, exchange_json, json_object, parsed, without
from genevolve.services.prices import FREE, Price
from genevolve.services.secrets import Secrets, learn
from genevolve.store.decode import Decoded
from genevolve.store.user_file import json_value

BASE_URL = "http://127.0.0.1:8188"
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_REFERENCE = re.compile(r"reference_([1-9]\d*)")
_MOST_WORKFLOWS = 6  # for 0 to 5 references
_EDIT = "so_far"  # the placeholder of the picture that is to be changed
_COUNT = "{references}"  # in the workflow's path
_REQUEST = 30.0  # seconds for each request but the whole picture
_POLL = (0.1, 1.0)  # the first and the longest pause between two looks, in seconds
_LOST_POLLS = 3  # looks that may fail in a row before the picture is given up
_UNKNOWN_POLLS = 5  # looks after which the queue is asked whether the server still knows the picture

Json = Mapping[str, Any]


class Workflow:
    """A workflow file. Its placeholders are known and complete for its number of references, or it is a ``UsageError``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.graph = _graph(path)
        self.placeholders = set(_placeholders(self.graph))
        known = {"prompt", "seed", "width", "height", _EDIT}
        unknown = sorted(name for name in self.placeholders - known if not _REFERENCE.fullmatch(name))
        if unknown:
            raise UsageError(
                f"workflow {path}: {{{{{unknown[0]}}}}} is not a placeholder: prompt, seed, width, height, so_far, reference_N"
            )
        if "prompt" not in self.placeholders:
            raise UsageError(f"workflow {path}: it has no {{{{prompt}}}}, so every picture would be the same")

    def check(self, count: int, *, edit: bool = False) -> None:
        """Raise ``UsageError`` unless the workflow takes exactly ``count`` references, and with ``edit`` the picture so far:
        none is dropped, none is made up."""
        if edit != (_EDIT in self.placeholders):
            told = "it has no {{so_far}}: it changes no picture" if edit else "{{so_far}} is for generator.edit_workflow"
            raise UsageError(f"workflow {self.path}: {told}")
        wanted = {f"reference_{number}" for number in range(1, count + 1)}
        held = {name for name in self.placeholders if _REFERENCE.fullmatch(name)}
        if missing := sorted(wanted - held):
            raise UsageError(
                f"workflow {self.path}: the program has {count} references, but there is no {{{{{missing[0]}}}}}; {_ADVICE}"
            )
        if extra := sorted(held - wanted):
            raise UsageError(
                f"workflow {self.path}: it needs {{{{{extra[0]}}}}}, but the program has {count} references; {_ADVICE}"
            )

    def filled(self, values: Json) -> Any:
        """The graph with every placeholder replaced; one that is a whole text becomes the value itself, a number stays one."""
        return _filled(self.graph, values)


_ADVICE = f"for several numbers of references put {_COUNT} into the path and save one workflow for each"


def _graph(path: Path) -> dict[str, Any]:
    try:
        graph = json_value(path.read_bytes(), finite=True)
    except OSError as error:
        raise UsageError(f"generator.workflow = {str(path)!r} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UsageError(f"generator.workflow = {str(path)!r} is not JSON ({error})") from None
    if isinstance(graph, dict) and isinstance(graph.get("prompt"), dict) and "class_type" not in graph:
        graph = graph["prompt"]  # the whole request to /prompt, as some tools save it
    if isinstance(graph, dict) and "nodes" in graph and "links" in graph:
        raise UsageError(f'workflow {path}: this is the editor\'s format; save it again with "Save (API Format)"')
    nodes = graph.values() if isinstance(graph, dict) else ()
    if not nodes or not all(isinstance(node, dict) and "class_type" in node and "inputs" in node for node in nodes):
        raise UsageError(f"workflow {path}: this is not a ComfyUI workflow in API format")
    return dict(graph)


def _placeholders(value: Any) -> list[str]:
    if isinstance(value, str):
        return _PLACEHOLDER.findall(value)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for child in children for name in _placeholders(child)]


def _filled(value: Any, values: Json) -> Any:
    if isinstance(value, dict):
        return {name: _filled(child, values) for name, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, values) for child in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value.strip())
    return values[whole[1]] if whole else _PLACEHOLDER.sub(lambda found: str(values[found[1]]), value)


class Forgotten(ServiceError):
    """The server has neither a result nor a place in its queue for what it took."""


class ComfyUI:
    """One picture of one workflow. ``workflow`` is a path; ``{references}`` in it stands for their number.

    ``{{width}}`` and ``{{height}}`` have the order's aspect, ``long_side`` and multiples of 16. The picture is the first
    saved one, of ``output_node`` where that is set; previews are used only when nothing was saved.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        workflow: str,
        edit_workflow: str = "",
        base_url: str = BASE_URL,
        long_side: int = 1024,
        output_node: str = "",
        final_size: FinalSize = FinalSize.ORDER,
        timeout: float = 600.0,
        price: Price = FREE,
    ) -> None:
        learn(base_url)
        self._client = client
        self._path, self._edit_path = workflow, edit_workflow
        self._base_url = base_url.rstrip("/")
        self._long_side = long_side
        self._output_node = output_node
        self._final_size = final_size
        self._timeout = timeout
        self._price = price
        self._service = Service(
            name="ComfyUI", key_setting="generator.base_url", url_setting="generator.base_url", secrets=secrets
        )
        self._workflows: dict[Path, Workflow] = {}
        if _COUNT not in workflow:
            self._workflow(0)

    @property
    def edits(self) -> bool:
        """There is a workflow that takes the picture which is to be changed."""
        return bool(self._edit_path)

    def _workflow(self, count: int, *, edit: bool = False) -> Workflow:
        path = Path((self._edit_path if edit else self._path).replace(_COUNT, str(count))).expanduser()
        if path not in self._workflows:
            self._workflows[path] = Workflow(path)
        return self._workflows[path]

    async def generate(self, order: RenderOrder) -> Rendering:
        workflow = self._workflow(len(order.references), edit=order.edit is not None)
        workflow.check(len(order.references), edit=order.edit is not None)
        references = await clean_references(order)
        width, height = scaled(order.size, long_side=self._long_side)
        values: dict[str, Any] = {"prompt": order.prompt, "seed": order.seed % 2**64, "width": width, "height": height}
        for number, reference in enumerate(references, start=1):
            values[f"reference_{number}"] = await self._upload(reference)
        if order.edit is not None:
            (so_far,) = await clean_references(replace(order, references=(order.edit,)))
            values[_EDIT] = await self._upload(so_far)
        prompt_id = await self._queue(workflow.filled(values), workflow)
        entry = await self._wait(prompt_id)
        cost = self._price.cost(images=1)
        image = await fetched(lambda: self._view(entry), cost=cost)
        return await finished(image, order, service="ComfyUI", final_size=self._final_size, cost=cost)

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self._price.least(images=1)

    @property
    def max_references(self) -> int:
        """The most references for which there is a workflow."""
        return max(self._served(), default=0)

    def _served(self) -> list[int]:
        """The numbers of references that can be served: by a workflow each, or by the only one."""
        if _COUNT in self._path:
            counts = range(_MOST_WORKFLOWS)
            return [count for count in counts if Path(self._path.replace(_COUNT, str(count))).expanduser().is_file()]
        return [sum(bool(_REFERENCE.fullmatch(name)) for name in self._workflow(0).placeholders)]

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """The workflow files and the server; with ``call`` one image of the workflow with the fewest references."""
        counts = self._served()
        if not counts:
            return [failed(f"no workflow file is called {self._path}", "save one for each number of references: 0, 1, 2, …")]
        try:
            for count in counts:
                self._workflow(count).check(count)
        except UsageError as problem:
            return [failed(str(problem), "fix the workflow file")]
        shown = ", ".join(map(str, counts))
        found = [ok(f"the workflows take {shown} references")]
        if missing := sorted(set(range(max(counts))) - set(counts)):
            said = ", ".join(map(str, missing))
            found.append(warning(f"programs with {said} references cannot be rendered: no workflow takes them", _ADVICE))
        fix = "start ComfyUI, or correct generator.base_url"
        found.append(await reached(self._client, self._service, f"{self._base_url}/queue", fix=fix))
        if call:
            found.append(await drawn(self, references=min(counts), seconds=self._timeout, fix=fix))
        return found

    async def _upload(self, reference: Decoded) -> str:
        """The name under which the server keeps the reference. The same picture has the same name, so nothing piles up."""
        name = f"genevolve_{hashlib.sha256(reference.png).hexdigest()[:32]}.png"
        reply = await self._ask(
            "POST",
            "/upload/image",
            files={"image": (name, reference.png, "image/png")},
            data={"type": "input", "overwrite": "true"},
        )
        kept, folder = reply.get("name"), reply.get("subfolder")
        if not isinstance(kept, str) or not kept:
            raise without(reply, self._service, "a name for the reference")
        return f"{folder}/{kept}" if isinstance(folder, str) and folder else kept

    async def _queue(self, graph: Any, workflow: Workflow) -> str:
        body = {"prompt": graph, "client_id": uuid.uuid4().hex}
        call = self._client.post(f"{self._base_url}/prompt", json=body)
        response = await attempt(self._service, call, total=_REQUEST)
        if response.status_code == 400:  # the graph does not validate: another node, model or input name is meant
            raise UsageError(
                f"workflow {workflow.path}: ComfyUI does not take it ({self._service.clean(_invalid(response.text))})"
            )
        check(response, self._service)
        reply = json_object(response, self._service)
        prompt_id = reply.get("prompt_id")
        if not isinstance(prompt_id, str) or not prompt_id:
            raise without(reply, self._service, "an id for the workflow")
        return prompt_id

    async def _wait(self, prompt_id: str) -> Json:
        """What the server keeps of the finished picture. A look that fails is repeated: the picture is being paid for."""
        pause, lost = _POLL[0], 0
        try:
            async with asyncio.timeout(self._timeout):
                for look in itertools.count(1):
                    try:
                        entry = await self._look(prompt_id, thorough=look % _UNKNOWN_POLLS == 0)
                        lost = 0
                    except Forgotten:
                        raise
                    except ServiceError as problem:
                        entry, lost = None, lost + 1
                        if not problem.retryable or lost > _LOST_POLLS:
                            raise
                    if entry is not None and _ended(entry):
                        return entry
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, _POLL[1])
        except TimeoutError:
            await self._withdraw(prompt_id)
        raise ServiceError(f"ComfyUI did not draw the picture in {self._timeout:g} s; see generator.timeout", retryable=True)

    async def _look(self, prompt_id: str, *, thorough: bool) -> Json | None:
        """What is kept of the picture; None while it waits. ``thorough`` also makes sure that the server still knows it."""
        entry = await self._kept(prompt_id)
        if entry is None and thorough and not await self._queued(prompt_id):
            entry = await self._kept(prompt_id)  # it may have ended just now
            if entry is None:
                raise Forgotten("ComfyUI no longer knows the picture; it may have been restarted", retryable=True)
        return entry

    async def _kept(self, prompt_id: str) -> Json | None:
        entry = (await self._ask("GET", f"/history/{prompt_id}")).get(prompt_id)
        return entry if isinstance(entry, dict) else None

    async def _queued(self, prompt_id: str) -> bool:
        queue = await self._ask("GET", "/queue")
        waiting = [*_listed(queue.get("queue_running")), *_listed(queue.get("queue_pending"))]
        return any(isinstance(item, list) and prompt_id in item[:2] for item in waiting)

    async def _withdraw(self, prompt_id: str) -> None:
        """Take the picture out of the queue, if it waits there; one that is being drawn is left alone."""
        url = f"{self._base_url}/queue"
        try:
            await exchange(self._client, self._service, "POST", url, total=_REQUEST, json={"delete": [prompt_id]})
        except (ServiceError, UsageError):
            return

    async def _view(self, entry: Json) -> bytes:
        _raise_error(entry, self._service)
        saved = self._saved(entry.get("outputs"))
        names = {name: str(saved.get(name) or "") for name in ("filename", "subfolder", "type")}
        url = f"{self._base_url}/view"
        response = await exchange(self._client, self._service, "GET", url, total=_REQUEST, params=names)
        return response.content

    def _saved(self, outputs: object) -> Json:
        nodes = outputs if isinstance(outputs, dict) else {}
        if self._output_node:
            nodes = {self._output_node: nodes.get(self._output_node)}
        found = [
            image
            for node in nodes.values()
            if isinstance(node, dict)
            for image in _listed(node.get("images"))
            if isinstance(image, dict) and image.get("filename")
        ]
        if not found:
            where = f"node {self._output_node!r}" if self._output_node else "the workflow"
            raise ServiceError(f"ComfyUI ran {self._path}, but {where} gave no image; does it end in a SaveImage node?")
        return next((image for image in found if image.get("type") == "output"), found[0])

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        url = self._base_url + path
        return await exchange_json(self._client, self._service, method, url, total=_REQUEST, **request)


def _invalid(body: str) -> str:
    """What is wrong with which node, in one line, from the server's list of errors."""
    try:
        reply = parsed(body)
        problems = [
            f"node {name} ({node.get('class_type')}): {error.get('message')}: {error.get('details')}"
            for name, node in reply["node_errors"].items()
            for error in node["errors"]
        ]
        return "; ".join(problems) or str(reply["error"]["message"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return body


def _ended(entry: Json) -> bool:
    status = entry.get("status")
    if not isinstance(status, dict):  # older servers keep only what has ended
        return True
    return status.get("completed") is True or status.get("status_str") in {"success", "error"}


def _raise_error(entry: Json, service: Service) -> None:
    status = entry.get("status")
    if not isinstance(status, dict) or status.get("status_str") != "error":
        return
    for message in _listed(status.get("messages")):
        if not isinstance(message, list) or len(message) != 2:
            continue
        kind, detail = message
        if kind == "execution_interrupted":
            raise ServiceError("ComfyUI was told to stop drawing the picture", retryable=True)
        if kind == "execution_error" and isinstance(detail, dict):
            said = service.clean(f"{detail.get('node_type')}: {detail.get('exception_message')}")
            memory = "memory" in said.lower()
            raise ServiceError(f"ComfyUI could not run the workflow ({said})", retryable=memory)
    raise ServiceError("ComfyUI could not run the workflow and gave no reason", retryable=False)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
