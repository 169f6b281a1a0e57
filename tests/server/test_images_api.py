"""OpenAI's image API, asked by OpenAI's own client over real connections."""

import asyncio
import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from genevolve.app.profile import load_profile
from genevolve.core.errors import SafetyRefusal, ServiceError
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.run.limits import ServiceLimits
from genevolve.store.journal import records
from genevolve.world.sketch import Sketch
from tests.conftest import png
from tests.server.conftest import Served
from tests.server.members import Content
from tests.server.running import profile_of, running

_open: list[openai.OpenAI] = []


def client(address: str, **more: Any) -> openai.OpenAI:
    _open.append(openai.OpenAI(base_url=f"{address}/v1", api_key="any", **more))
    return _open[-1]


@pytest.fixture(autouse=True)
def closed_clients() -> Iterator[None]:
    yield
    while _open:
        _open.pop().close()


def opened(b64_json: str | None) -> Image.Image:
    assert b64_json is not None
    return Image.open(io.BytesIO(base64.b64decode(b64_json)))


PROMPT = "The first reference image, large, in the center, showing {}, on a white background."


def requests_of(out: Path) -> list[dict[str, Any]]:
    return [record["request"] for record in records(out / "journal.jsonl") if "request" in record]


def test_a_picture_with_the_program_as_revised_prompt(served: Served) -> None:
    made = client(served.address).images.generate(model="gpt-image-1", prompt="a fine kettle", quality="auto", n=2)
    assert made.data is not None and len(made.data) == 2
    assert opened(made.data[0].b64_json).format == "PNG"
    assert (
        made.data[0].revised_prompt == "The first reference image, large, in the center, showing kettle, on a white background."
    )
    assert made.usage is not None and made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens
    asked = [each for each in requests_of(served.out) if each["text"] == "a fine kettle"]
    assert asked[1]["seed"] == asked[0]["seed"] + 1
    assert (made.size, made.output_format) == ("512x512", "png")


def test_the_asynchronous_client(served: Served) -> None:
    async def ask() -> Any:
        async with openai.AsyncOpenAI(base_url=f"{served.address}/v1", api_key="any") as asking:
            return await asyncio.gather(*(asking.images.generate(prompt=f"thing {n}", size="640x320") for n in range(3)))

    made = asyncio.run(ask())
    assert {each.size for each in made} == {"640x320"}
    assert all(opened(each.data[0].b64_json) for each in made)


@pytest.mark.parametrize(("kind", "shown"), [("webp", "WEBP"), ("jpeg", "JPEG")])
def test_formats_of_the_answer(served: Served, kind: Any, shown: str) -> None:
    made = client(served.address).images.generate(prompt="a cup", output_format=kind, output_compression=40)
    assert made.data and opened(made.data[0].b64_json).format == shown
    linked = client(served.address).images.generate(prompt="a cup", output_format=kind, response_format="url")
    assert linked.data and linked.data[0].url and linked.data[0].b64_json is None
    fetched = httpx.get(linked.data[0].url, headers={"authorization": "Bearer any"})
    assert fetched.headers["content-type"] == f"image/{kind}"
    assert Image.open(io.BytesIO(fetched.content)).format == shown


def test_shapes_of_a_generator_that_draws_them(tmp_path: Path) -> None:
    profile, _ = profile_of(tmp_path, generator=Sketch())
    with running(tmp_path, profile) as address:
        made: Any = client(address).images.generate(prompt="a cup", output_format="svg")  # type: ignore[call-overload]
        drawn = base64.b64decode(made.data[0].b64_json)
        assert drawn.startswith(b"<svg ") and b"<title>a cup</title>" in drawn and made.output_format == "svg"
        linked: Any = client(address).images.generate(prompt="a cup", output_format="svg", response_format="url")  # type: ignore[call-overload]
        fetched = httpx.get(linked.data[0].url)
        assert fetched.headers["content-type"] == "image/svg+xml" and fetched.text.startswith("<svg ")
        assert "sandbox" in fetched.headers["content-security-policy"]
        whole = httpx.get(f"{address}/api/generations/{linked.data[0].genevolve['id']}").json()
        assert "svg" in whole["shapes"] and httpx.get(f"{address}{whole['links']['svg']}").text == fetched.text
        again = httpx.get(linked.data[0].url.replace(".svg", ".pdf"))
        assert again.content.startswith(b"%PDF-") and again.headers["content-type"] == "application/pdf"


def test_shapes_that_a_generator_has_not_are_refused_before_anything_is_made(served: Served) -> None:
    before = len(requests_of(served.out))
    with pytest.raises(openai.BadRequestError, match="draws pixels") as refused:
        client(served.address).images.generate(prompt="a cup", output_format="svg")  # type: ignore[call-overload]
    assert refused.value.param == "output_format" and len(requests_of(served.out)) == before
    made: Any = client(served.address).images.generate(prompt="a cup", response_format="url")
    assert httpx.get(made.data[0].url.replace(".png", ".svg")).status_code == 400


def test_edits_take_one_or_several_references(served: Served) -> None:
    asking = client(served.address)
    one = asking.images.edit(prompt="like this lamp", image=("red_lamp.png", png(size=(600, 300)), "image/png"))
    assert one.data and opened(one.data[0].b64_json)
    assert one.size == "600x304"  # of the reference, in whole eights
    asking.images.edit(prompt="two things", image=[("a.png", png(), "image/png"), ("b.png", png((1, 2, 3)), "image/png")])
    asked = {each["text"]: each for each in requests_of(served.out)}
    assert [picture["title"] for picture in asked["like this lamp"]["references"]] == ["red lamp"]
    assert [picture["title"] for picture in asked["two things"]["references"]] == ["a", "b"]


def test_a_stream_shows_the_picture_before_its_verdict(served: Served) -> None:
    stream = client(served.address).images.generate(prompt="a tea pot", stream=True, partial_images=2)
    events: list[Any] = list(stream)
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]
    assert events[0].partial_image_index == 0
    assert opened(events[1].b64_json).format == "PNG"
    assert events[1].usage.total_tokens == 0
    edited: Any = client(served.address).images.edit(
        prompt="a pot", image=("p.png", png(), "image/png"), stream=True, partial_images=0
    )
    assert [event.type for event in edited] == ["image_edit.completed"]


def test_models_are_the_profiles_and_any_name_is_taken(served: Served) -> None:
    asking = client(served.address)
    assert [model.id for model in asking.models.list()] == ["fake"]
    assert asking.models.retrieve("gpt-image-1").id == "gpt-image-1"


WRONG = [
    ({}, "prompt"), ({"prompt": ""}, "prompt"), ({"prompt": 7}, "prompt"), ({"prompt": "x" * 20_001}, "prompt"),
    ({"prompt": "a cup", "n": 0}, "n"), ({"prompt": "a cup", "n": 11}, "n"), ({"prompt": "a cup", "n": "two"}, "n"),
    ({"prompt": "a cup", "n": True}, "n"), ({"prompt": "a cup", "n": 1.5}, "n"), ({"prompt": "a cup", "size": "huge"}, "size"),
    ({"prompt": "a cup", "size": "9x9"}, "size"), ({"prompt": "a cup", "size": 512}, "size"),
    ({"prompt": "a cup", "output_format": "gif"}, "output_format"),
    ({"prompt": "a cup", "output_compression": 101}, "output_compression"),
    ({"prompt": "a cup", "response_format": "file"}, "response_format"),
    ({"prompt": "a cup", "partial_images": 4}, "partial_images"), ({"prompt": "a cup", "stream": "maybe"}, "stream"),
    ({"prompt": "a cup", "seed": -2}, "seed"), ({"prompt": "a cup", "seed": 2**70}, "seed"),
    ({"prompt": "a cup", "model": []}, "model"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "param"), WRONG)
def test_wrong_fields_are_named(served: Served, fields: dict[str, Any], param: str) -> None:
    reply = httpx.post(f"{served.address}/v1/images/generations", json=fields)
    error = reply.json()["error"]
    assert (reply.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)
    assert set(error) == {"message", "type", "param", "code"}
    assert reply.headers["x-should-retry"] == "false"


def test_fields_that_mean_nothing_here_are_taken(served: Served) -> None:
    fields = {"prompt": "a cup", "model": "dall-e-9", "style": "vivid", "background": "auto", "user": "u", "steps": 4, "x": {}}
    reply = httpx.post(f"{served.address}/v1/images/generations?api-version=2026-01-01", json=fields, timeout=30)
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("files", "param"), [([("image", ("a.png", b"no image"))], "image"), ([], "image"), ([("mask", ("m.png", png()))], "mask")]
)
def test_wrong_files_are_named(served: Served, files: Any, param: str) -> None:
    given = files or [("other", ("a.txt", b"x"))]
    reply = httpx.post(f"{served.address}/v1/images/edits", data={"prompt": "a cup"}, files=given)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)


class Refusing:
    """A generator that declines, or that is out."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem

    async def generate(self, order: RenderOrder) -> Rendering:
        raise self.problem


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (SafetyRefusal("not this"), 400, "content_policy_violation"),
        (ServiceError("no such size"), 400, "not_possible"),
        (ServiceError("it is down", retryable=True), 502, "service_failed"),
    ],
)
def test_refusals_and_outages(tmp_path: Path, problem: Exception, status: int, code: str) -> None:
    profile, _ = profile_of(tmp_path, generator=Refusing(problem))
    with running(tmp_path, profile.model_copy(update={"limits": {"generator": ServiceLimits(max_attempts=1)}})) as address:
        with pytest.raises(openai.APIStatusError) as raised:
            client(address, max_retries=2).images.generate(prompt="a cup")
        assert (raised.value.status_code, raised.value.code) == (status, code)
        with pytest.raises(openai.APIError):
            list(client(address).images.generate(prompt="a cup", stream=True))
    assert len(requests_of(tmp_path)) == 2  # the client did not try again by itself


def test_a_request_of_the_same_name_is_not_made_again(served: Served) -> None:
    headers = {"Idempotency-Key": "order 7"}
    first = client(served.address).images.generate(prompt="a very own bowl", extra_headers=headers, n=2)
    second = client(served.address).images.generate(prompt="a very own bowl", extra_headers=headers, n=2)
    assert first.data and second.data
    assert [each.b64_json for each in first.data] == [each.b64_json for each in second.data]
    assert sum(each["text"] == "a very own bowl" for each in requests_of(served.out)) == 2
    assert "order 7" not in (served.out / "journal.jsonl").read_text()


def test_texts_without_quotes_are_written_all_the_same(tmp_path: Path) -> None:
    """LibreChat takes every quotation mark out of a prompt."""
    with running(tmp_path, load_profile("offline", {"image_judge": Content()})) as address:
        made = client(address).images.generate(prompt="a red sign that says OPEN NOW and three apples", size="256x256")
        assert made.data and made.data[0].revised_prompt and '"OPEN NOW"' in made.data[0].revised_prompt
        with pytest.raises(openai.BadRequestError) as refused:
            client(address).images.generate(prompt="一只猫在桌子上")
        assert "English" in refused.value.message
        assert json.loads(refused.value.response.text)["error"]["param"] == "prompt"
