"""ComfyUI's HTTP API against a counterpart that validates graphs as the real server does."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators import comfyui
from genevolve.generators.comfyui import ComfyUI
from genevolve.services.http import new_client
from genevolve.services.prices import Price
from genevolve.services.secrets import Secrets
from tests.services.comfyui import ComfyUI as Service
from tests.services.orders import awkward, order
from tests.services.pictures import encoded, opened
from tests.services.wire import Reply, Server, answer

GRAPH: dict[str, Any] = {
    "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{prompt}}, sharp", "clip": ["4", 1]}},
    "2": {"class_type": "EmptyLatentImage", "inputs": {"width": "{{width}}", "height": "{{ height }}", "batch_size": 1}},
    "3": {"class_type": "KSampler", "inputs": {"seed": "{{seed}}", "steps": 20, "latent_image": ["2", 0]}},
    "8": {"class_type": "PreviewImage", "inputs": {"images": ["7", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "seed {{seed}}", "images": ["7", 0]}},
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comfyui, "_POLL", (0.005, 0.01))


def graph(references: int = 0) -> dict[str, Any]:
    loads = {
        f"2{n}": {"class_type": "LoadImage", "inputs": {"image": f"{{{{reference_{n}}}}}", "upload": "image"}}
        for n in range(1, references + 1)
    }
    return {**GRAPH, **loads}


def saved(folder: Path, value: Any, name: str = "workflow.json") -> str:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return str(path)


def drawn(
    workflow: str, asked: RenderOrder, *script: Reply | None, service: Service | None = None, **settings: Any
) -> Rendering:
    async def scenario() -> Rendering:
        async with Server(service or Service(), script=list(script)) as server, new_client() as client:
            generator = ComfyUI(client=client, secrets=Secrets({}), workflow=workflow, base_url=server.url, **settings)
            return await generator.generate(asked)

    return asyncio.run(scenario())


def test_placeholders_are_filled_with_values_of_their_kind(tmp_path: Path) -> None:
    service = Service()
    rendering = drawn(saved(tmp_path, graph()), order(prompt='A "red"\nhouse', size=(800, 600), seed=11), service=service)
    (sent,) = service.graphs
    assert sent["1"]["inputs"] == {"text": 'A "red"\nhouse, sharp', "clip": ["4", 1]}
    assert sent["2"]["inputs"] == {"width": 1024, "height": 768, "batch_size": 1}
    assert (sent["3"]["inputs"]["seed"], sent["9"]["inputs"]["filename_prefix"]) == (11, "seed 11")
    assert opened(rendering.data).size == (800, 600)


def test_a_prompt_cannot_bring_placeholders_of_its_own(tmp_path: Path) -> None:
    service = Service()
    drawn(saved(tmp_path, graph()), order(prompt="{{seed}} {{nonsense}}"), service=service)
    assert service.graphs[0]["1"]["inputs"]["text"] == "{{seed}} {{nonsense}}, sharp"


def test_the_saved_image_is_taken_not_the_preview(tmp_path: Path) -> None:
    rendering = drawn(saved(tmp_path, graph()), order(size=(1024, 1024)))
    assert opened(rendering.data).convert("RGB").getpixel((1000, 1000)) == (255, 0, 0)
    preview = drawn(saved(tmp_path, graph()), order(size=(1024, 1024)), output_node="8")
    assert opened(preview.data).convert("RGB").getpixel((1000, 1000)) == (0, 128, 0)


@pytest.mark.parametrize(("name", "data"), awkward(), ids=lambda value: value if isinstance(value, str) else "")
def test_references_are_uploaded_and_named_in_their_order(tmp_path: Path, name: str, data: bytes) -> None:
    service = Service()
    drawn(saved(tmp_path, graph(2)), order(data, encoded(size=(50, 40))), service=service)
    names = [service.graphs[0][node]["inputs"]["image"] for node in ("21", "22")]
    first, second = (opened(service.uploads[name]) for name in names)
    assert (first.size, second.size) == ((24, 32) if name == "rotated JPEG" else (32, 24), (50, 40))


def test_equal_references_are_uploaded_under_one_name(tmp_path: Path) -> None:
    service = Service()
    for _ in range(2):
        drawn(saved(tmp_path, graph(1)), order(encoded()), service=service)
    assert len(service.uploads) == 1


def test_the_folder_of_an_upload_is_part_of_its_name(tmp_path: Path) -> None:
    service = Service()
    uploaded = answer({"name": "a.png", "subfolder": "mine", "type": "input"})
    with pytest.raises(UsageError, match=r"mine/a\.png"):  # the counterpart does not know this file
        drawn(saved(tmp_path, graph(1)), order(encoded()), uploaded, service=service)


@pytest.mark.parametrize(("held", "given"), [(0, 1), (1, 2), (2, 1), (1, 0)])
def test_no_reference_is_dropped_or_made_up(tmp_path: Path, held: int, given: int) -> None:
    service = Service()
    with pytest.raises(UsageError, match=rf"\{{\{{reference_{max(held, given)}\}}\}}"):
        drawn(saved(tmp_path, graph(held)), order(*[encoded()] * given), service=service)
    assert not service.graphs and not service.uploads


def test_one_workflow_for_each_number_of_references(tmp_path: Path) -> None:
    for count in range(3):
        saved(tmp_path, graph(count), f"edit-{count}.json")
    for count in range(3):
        drawn(str(tmp_path / "edit-{references}.json"), order(*[encoded()] * count))
    with pytest.raises(UsageError, match=r"edit-3\.json"):
        drawn(str(tmp_path / "edit-{references}.json"), order(*[encoded()] * 3))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "is not JSON"),
        ('{"1": {"class_type": "X", "inputs": {"text": "{{prompt}}", "text": "a cat"}}}', "key 'text' is given twice"),
        ('{"1": {"class_type": "X", "inputs": {"text": "{{prompt}}", "cfg": NaN}}}', "NaN is not a JSON value"),
        ([], "API format"),
        ({}, "API format"),
        ({"1": {"class_type": "X"}}, "API format"),
        ({"nodes": [], "links": [], "version": 0.4}, "Save \\(API Format\\)"),
        ({"1": {"class_type": "X", "inputs": {"seed": "{{seed}}"}}}, "no {{prompt}}"),
        ({"1": {"class_type": "X", "inputs": {"text": "{{prompt}} {{style}}"}}}, "{{style}} is not"),
        ({"1": {"class_type": "X", "inputs": {"text": ["{{prompt}}", {"a": "{{reference_0}}"}]}}}, "{{reference_0}} is not"),
    ],
)
def test_a_workflow_that_cannot_work_is_refused_at_the_start(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ComfyUI(client=new_client(), secrets=Secrets({}), workflow=saved(tmp_path, content))


def test_a_missing_workflow_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"generator\.workflow"):
        ComfyUI(client=new_client(), secrets=Secrets({}), workflow=str(tmp_path / "none.json"))


def test_a_graph_that_does_not_validate_says_which_node(tmp_path: Path) -> None:
    broken = graph() | {"3": {"class_type": "KSampler", "inputs": {"seed": "x"}}}
    with pytest.raises(UsageError, match="node 3 \\(KSampler\\): Value not in list: seed"):
        drawn(saved(tmp_path, broken), order())


@pytest.mark.parametrize(
    ("error", "retryable", "words"),
    [
        (("execution_error", {"node_type": "KSampler", "exception_message": "CUDA out of memory"}), True, "KSampler: CUDA"),
        (("execution_error", {"node_type": "KSampler", "exception_message": "size mismatch"}), False, "size mismatch"),
        (("execution_interrupted", {}), True, "stop"),
        (("something_else", {}), False, "no reason"),
    ],
)
def test_errors_of_the_run_are_failures(tmp_path: Path, error: tuple[str, Any], retryable: bool, words: str) -> None:
    with pytest.raises(ServiceError, match=words) as caught:
        drawn(saved(tmp_path, graph()), order(), service=Service(error=error))
    assert caught.value.retryable is retryable


@pytest.mark.parametrize("lost", [Reply(status=503), Reply(body=b"{", cut_after=1), Reply(status=500)])
def test_a_look_that_fails_does_not_lose_the_picture(tmp_path: Path, lost: Reply) -> None:
    service = Service(looks=3)
    drawn(saved(tmp_path, graph()), order(), None, lost, lost, None, lost, service=service)
    assert len(service.graphs) == 1, "drawn once, although the server was away"


def test_a_server_that_stays_away_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        drawn(saved(tmp_path, graph()), order(), None, *[Reply(status=503)] * 4)
    assert caught.value.retryable


def test_a_restarted_server_that_forgot_the_picture_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="no longer knows") as caught:
        drawn(saved(tmp_path, graph()), order(), service=Service(forgets=True))
    assert caught.value.retryable


def test_a_picture_that_takes_too_long_is_withdrawn(tmp_path: Path) -> None:
    service = Service(looks=10**6)
    with pytest.raises(ServiceError, match=r"in 0\.1 s") as caught:
        drawn(saved(tmp_path, graph()), order(), service=service, timeout=0.1)
    assert caught.value.retryable and service.deleted == ["id-0"]


@pytest.mark.parametrize(
    ("script", "retryable"),
    [
        ([Reply(status=429, headers=(("Retry-After", "1"),))], True),
        ([Reply(status=500)], True),
        ([answer({})], True),
        ([Reply(body=b"<html>", content_type="text/html")], True),
        ([None, None, Reply(body=b"<html>", content_type="text/html")], True),
        ([None, None, Reply(status=404)], False),
    ],
)
def test_faults_are_failures(tmp_path: Path, script: list[Reply | None], retryable: bool) -> None:
    with pytest.raises(ServiceError) as caught:
        drawn(saved(tmp_path, graph()), order(), *script, service=Service(looks=1))
    assert caught.value.retryable is retryable


def test_a_workflow_that_saves_nothing_is_a_failure(tmp_path: Path) -> None:
    unsaved = {name: node for name, node in graph().items() if node["class_type"] not in {"SaveImage", "PreviewImage"}}
    with pytest.raises(ServiceError, match="SaveImage"):
        drawn(saved(tmp_path, unsaved), order())
    with pytest.raises(ServiceError, match="node '3'"):
        drawn(saved(tmp_path, graph()), order(), output_node="3")


def test_the_price_is_recorded(tmp_path: Path) -> None:
    assert drawn(saved(tmp_path, graph()), order(), price=Price(per_call=0.5)).cost == pytest.approx(0.5)


def test_a_whole_request_is_taken_for_its_workflow(tmp_path: Path) -> None:
    service = Service()
    drawn(saved(tmp_path, {"prompt": graph(), "client_id": "x", "extra_data": {}}), order(), service=service)
    assert set(service.graphs[0]) == set(GRAPH)


@pytest.mark.parametrize("depth", [700, 100_000])
def test_a_workflow_without_end_is_refused(tmp_path: Path, depth: int) -> None:
    with pytest.raises(UsageError, match="nested more than 100 deep"):
        drawn(saved(tmp_path, "[" * depth + "]" * depth), order())
    with pytest.raises((UsageError, ServiceError)):
        deep = Reply(status=400, body=b'{"error": ' + b"[" * depth + b"]" * depth + b"}")
        drawn(saved(tmp_path, graph()), order(), deep)
