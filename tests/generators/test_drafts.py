"""What a policy draws with the tool ``draft``, as each real generator is handed it: at its place beside other references."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genevolve.app.run import run_file
from genevolve.core.protocols import PolicyCall
from genevolve.generators import comfyui
from genevolve.store.journal import records
from genevolve.tools.draft import SOURCE
from tests.conftest import Scripted, png
from tests.generators import test_comfyui
from tests.generators.test_diffusers import Pipeline, pipeline
from tests.services import gemini, openai_images
from tests.services.comfyui import ComfyUI
from tests.services.gemini import Gemini
from tests.services.openai_images import OpenAIImages
from tests.services.pictures import opened
from tests.services.qwen import QwenEdit
from tests.services.thread import serving

__all__ = ["pipeline"]  # a fixture
LAYOUT = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect x="4" y="4" width="8" height="8" fill="red"/></svg>'
OWN = (48, 40)  # pixels of the user's own reference
PROMPT = "The lamp of the first reference image, laid out like the second reference image."
Seen = list[Image.Image]


def planned(call: PolicyCall) -> str:
    """It draws a layout, then selects the user's picture first and the drawing second."""
    if call.turn == 0:
        return f"<tool_call>{json.dumps({'name': 'draft', 'arguments': {'title': 'layout', 'svg': LAYOUT}})}</tool_call>"
    assert "IMG_002: title: layout" in call.messages[-1].text
    chosen = [{"img_id": "IMG_001", "note": "the lamp"}, {"img_id": "IMG_002", "note": "the layout"}]
    return f"<answer>{json.dumps({'gen_prompt': PROMPT, 'reference_images': chosen})}</answer>"


def made(folder: Path, generator: str) -> dict[str, Any]:
    """The result row of a request with a reference, drawn by ``generator`` (a table of a profile)."""
    (folder / "own.png").write_bytes(png((0, 0, 250), OWN))
    (folder / "rows.jsonl").write_text('{"id": "one", "prompt": "a lamp", "references": ["own.png"]}\n')
    tools = 'tools = ["search", {member = "draft", side = 512}]'
    (folder / "p.toml").write_text(f'extends = "offline"\n{tools}\n[generator]\n{generator}\n')
    run_file(
        folder / "rows.jsonl",
        out=folder / "out",
        profile=str(folder / "p.toml"),
        policy=Scripted(planned),
        until="image",
        size="512x512",
    )
    (row,) = records(folder / "out" / "results.jsonl")
    assert row["error"] is None
    return row


def check(row: dict[str, Any], seen: Seen) -> None:
    """The drawing is the second of what was handed over, and whole."""
    own, drawing = (image.convert("RGB") for image in seen)
    assert own.size == OWN and drawing.size == (512, 256)
    red, ground = drawing.getpixel((100, 100)), drawing.getpixel((400, 100))
    assert isinstance(red, tuple) and isinstance(ground, tuple)
    assert red[0] > 240 and max(red[1:]) < 25 and min(ground) > 240
    assert [each["source"] for each in row["reference_images"]] == ["request", SOURCE]


def by_openai(service: OpenAIImages) -> Seen:
    ((path, fields, images),) = service.asked
    assert path == "/v1/images/edits" and fields["prompt"] == PROMPT
    assert [part.name for part in images] == ["image[]"] * 2
    return [opened(part.body) for part in images]


def by_gemini(service: Gemini) -> Seen:
    ((text, *images),) = (each["contents"][0]["parts"] for each in service.asked)
    assert text == {"text": PROMPT}
    return [opened(base64.b64decode(part["inline_data"]["data"])) for part in images]


def by_qwen(service: QwenEdit) -> Seen:
    assert service.asked[0]["prompt"] == PROMPT
    return list(service.received[0])


def by_comfyui(service: ComfyUI) -> Seen:
    (graph,) = service.graphs
    assert graph["1"]["inputs"]["text"] == f"{PROMPT}, sharp"
    return [opened(service.uploads[graph[node]["inputs"]["image"]]) for node in ("21", "22")]


@pytest.mark.parametrize(
    ("service", "settings", "read"),
    [
        (OpenAIImages(), 'member = "openai"\nbase_url = "{url}/v1"', by_openai),
        (Gemini(), 'member = "gemini"\nbase_url = "{url}"', by_gemini),
        (QwenEdit(), 'member = "qwen_service"\nurls = ["{url}/"]', by_qwen),
        (ComfyUI(), 'member = "comfyui"\nbase_url = "{url}"\nworkflow = "{workflow}"', by_comfyui),
    ],
    ids=["openai", "gemini", "qwen", "comfyui"],
)
def test_a_service_is_handed_the_drawing_at_its_place(
    service: Any, settings: str, read: Callable[[Any], Seen], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", openai_images.KEY)
    monkeypatch.setenv("GEMINI_API_KEY", gemini.KEY)
    monkeypatch.setattr(comfyui, "_POLL", (0.005, 0.01))
    workflow = test_comfyui.saved(tmp_path, test_comfyui.graph(2))
    with serving(service) as (server,):
        row = made(tmp_path, settings.format(url=server.url, workflow=workflow))
        assert not server.rejections
    check(row, read(service))


def test_the_pipeline_is_handed_the_drawing_at_its_place(pipeline: Pipeline, tmp_path: Path) -> None:
    row = made(tmp_path, 'member = "diffusers"')
    (call,) = pipeline.calls
    assert call["prompt"] == PROMPT
    check(row, call["image"])
