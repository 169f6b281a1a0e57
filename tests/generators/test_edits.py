"""The picture that a follow-up changes, as each service is handed it: the strict counterparts refuse anything else."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from genevolve.core.errors import UsageError
from genevolve.core.picture import Picture
from genevolve.core.protocols import ReferenceImage, RenderOrder
from genevolve.generators.fitting import EDIT
from tests.conftest import png
from tests.generators import test_comfyui, test_gemini, test_openai, test_qwen
from tests.services.comfyui import ComfyUI
from tests.services.gemini import Gemini
from tests.services.openai_images import OpenAIImages
from tests.services.orders import order
from tests.services.pictures import encoded, opened
from tests.services.qwen import QwenEdit

SO_FAR = ReferenceImage(
    picture=Picture(title="The picture so far", digest="", source=""), note="", data=png((0, 250, 0), (40, 24))
)


def changed(*references: bytes) -> RenderOrder:
    """An order to change a picture of 40 x 24 pixels."""
    return replace(order(*references, prompt="A red house"), edit=SO_FAR)


def is_so_far(data: bytes) -> bool:
    return opened(data).size == (40, 24)


def test_openai_is_asked_for_an_edit() -> None:
    service = OpenAIImages()
    test_openai.drawn(changed(), service=service)
    test_openai.drawn(changed(encoded()), service=service)
    (path, fields, (one,)), (_, _, two) = service.asked
    assert path == "/v1/images/edits" and is_so_far(one.body)
    assert fields["prompt"] == f"A red house\n\n{EDIT}"
    assert [is_so_far(part.body) for part in two] == [False, True]


def test_gemini_gets_it_after_the_references() -> None:
    service = Gemini()
    test_gemini.drawn(changed(encoded()), service=service)
    text, reference, so_far = service.asked[0]["contents"][0]["parts"]
    assert text["text"] == f"A red house\n\n{EDIT}"
    sent = [base64.b64decode(part["inline_data"]["data"]) for part in (reference, so_far)]
    assert [is_so_far(data) for data in sent] == [False, True]


def test_qwen_gets_it_after_the_references() -> None:
    service = QwenEdit()
    test_qwen.drawn(service, changed(encoded()))
    assert service.asked[0]["prompt"].endswith(EDIT)
    assert [image.size == (40, 24) for image in service.received[0]] == [False, True]


def test_comfyui_takes_the_workflow_for_it(tmp_path: Path) -> None:
    workflow = test_comfyui.saved(tmp_path, test_comfyui.graph())
    load = {"30": {"class_type": "LoadImage", "inputs": {"image": "{{so_far}}", "upload": "image"}}}
    edit = test_comfyui.saved(tmp_path, {**test_comfyui.graph(), **load}, "edit.json")
    service = ComfyUI()
    test_comfyui.drawn(workflow, changed(), service=service, edit_workflow=edit)
    name = service.graphs[0]["30"]["inputs"]["image"]
    assert is_so_far(service.uploads[name]) and service.graphs[0]["1"]["inputs"]["text"] == "A red house, sharp"
    with pytest.raises(UsageError, match="edit_workflow"):
        test_comfyui.drawn(edit, order(), service=service)
    with pytest.raises(UsageError, match="it has no"):
        test_comfyui.drawn(workflow, changed(), service=service, edit_workflow=workflow)
