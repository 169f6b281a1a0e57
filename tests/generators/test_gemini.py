"""Gemini image models against a strict local counterpart."""

import asyncio
import base64
from typing import Any

import pytest

from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.fitting import FinalSize
from genevolve.generators.gemini import GeminiImage
from genevolve.services.http import new_client
from genevolve.services.prices import Price
from genevolve.services.secrets import Secrets
from tests.services.gemini import KEY, Gemini, candidate, inline
from tests.services.orders import awkward, order
from tests.services.pictures import encoded, opened
from tests.services.wire import Reply, Server, answer


def drawn(
    asked: RenderOrder,
    *script: Reply | None,
    service: Gemini | None = None,
    environ: dict[str, str] | None = None,
    **settings: Any,
) -> Rendering:
    async def scenario() -> Rendering:
        secrets = Secrets({"GEMINI_API_KEY": KEY} if environ is None else environ)
        async with Server(service or Gemini(), script=list(script)) as server, new_client() as client:
            generator = GeminiImage(client=client, secrets=secrets, base_url=server.url, **settings)
            return await generator.generate(asked)

    return asyncio.run(scenario())


def test_the_request_is_what_the_api_takes() -> None:
    service = Gemini()
    drawn(order(encoded(), encoded("WEBP"), prompt="A red house", size=(1920, 1080), seed=11), service=service)
    (body,) = service.asked
    text, *images = body["contents"][0]["parts"]
    assert text == {"text": "A red house"}
    assert [image["inline_data"]["mime_type"] for image in images] == ["image/png", "image/png"]
    assert body["generationConfig"] == {
        "responseModalities": ["TEXT", "IMAGE"],
        "imageConfig": {"aspectRatio": "16:9", "imageSize": "2K"},
        "seed": 11,
    }


@pytest.mark.parametrize(("name", "data"), awkward(), ids=lambda value: value if isinstance(value, str) else "")
def test_references_are_labelled_as_what_they_are(name: str, data: bytes) -> None:
    service = Gemini()
    drawn(order(data), service=service)
    sent = opened(base64.b64decode(service.asked[0]["contents"][0]["parts"][1]["inline_data"]["data"]))
    assert sent.size == ((24, 32) if name == "rotated JPEG" else (32, 24))


@pytest.mark.parametrize(
    ("size", "image_size", "config"),
    [
        ((512, 512), "auto", {"aspectRatio": "1:1", "imageSize": "1K"}),
        ((768, 1024), "auto", {"aspectRatio": "3:4", "imageSize": "1K"}),
        ((2500, 1060), "auto", {"aspectRatio": "21:9", "imageSize": "4K"}),
        ((2100, 2100), "auto", {"aspectRatio": "1:1", "imageSize": "4K"}),
        ((512, 512), "2K", {"aspectRatio": "1:1", "imageSize": "2K"}),
        ((512, 512), "none", {"aspectRatio": "1:1"}),
    ],
)
def test_aspect_and_resolution(size: tuple[int, int], image_size: str, config: dict[str, str]) -> None:
    service = Gemini()
    rendering = drawn(order(size=size), service=service, image_size=image_size)
    assert service.asked[0]["generationConfig"]["imageConfig"] == config
    assert opened(rendering.data).size == size


def test_the_native_size_can_be_kept() -> None:
    assert opened(drawn(order(), final_size=FinalSize.NATIVE).data).size == (1024, 1024)


def test_large_seeds_are_folded_into_the_range() -> None:
    service = Gemini()
    for seed in (2**40 + 3, -5):
        drawn(order(seed=seed), service=service)
    drawn(order(), service=service, send_seed=False)
    assert [body["generationConfig"].get("seed") for body in service.asked] == [3, 2**31 - 5, None]


def test_tokens_and_images_are_priced() -> None:
    price = Price(prompt_per_million=2.0, completion_per_million=120.0, per_image=0.1)
    assert drawn(order(), price=price).cost == pytest.approx(1000 * 2e-6 + 1200 * 120e-6 + 0.1)


@pytest.mark.parametrize("snake", [True, False])
def test_both_spellings_of_the_reply_are_read(snake: bool) -> None:
    reply = candidate([{"text": "x"}, inline(encoded(size=(64, 64), colour="green"), snake=snake), inline(encoded())])
    image = opened(drawn(order(size=(64, 64)), answer(reply)).data).convert("RGB")
    assert image.getpixel((60, 60)) == (0, 128, 0), "the first image"


def test_drafts_of_a_thinking_model_are_not_the_image() -> None:
    draft = {**inline(encoded(size=(64, 64))), "thought": True}
    final = inline(encoded(size=(64, 64), colour="green"))
    image = opened(drawn(order(size=(64, 64)), answer(candidate([draft, final]))).data).convert("RGB")
    assert image.getpixel((60, 60)) == (0, 128, 0)
    with pytest.raises(ServiceError, match="drew no image"):
        drawn(order(), answer(candidate([draft])))


@pytest.mark.parametrize(
    "reply",
    [
        {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {}},
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "candidates": []},
        {"promptFeedback": {"blockReason": "OTHER"}},
        {"candidates": [{"finishReason": "IMAGE_SAFETY", "finishMessage": "Unable to show the image."}]},
        {"candidates": [{"finishReason": "SAFETY", "content": {}}]},
        candidate([{"text": "I cannot draw that."}], finish="PROHIBITED_CONTENT"),
        candidate([], finish="IMAGE_PROHIBITED_CONTENT"),
        candidate([], finish="IMAGE_RECITATION"),
        candidate([], finish="BLOCKLIST"),
    ],
)
def test_a_safety_block_is_its_own_outcome(reply: dict[str, Any]) -> None:
    with pytest.raises(SafetyRefusal) as caught:
        drawn(order(encoded()), answer(reply))
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"candidates": []},
        {"candidates": None},
        {"candidates": ["x"]},
        {"candidates": [{"content": None, "finishReason": "STOP"}]},
        candidate([{"text": "Here is a description of a red house."}]),
        candidate([], finish="NO_IMAGE"),
        candidate([], finish="IMAGE_OTHER"),
        candidate([], finish="MAX_TOKENS"),
        candidate([{"inlineData": {"mimeType": "image/png"}}]),
        candidate([{"inlineData": {"mimeType": "image/png", "data": "%%%"}}]),
        candidate([{"inlineData": {"mimeType": "image/png", "data": "aGVsbG8="}}]),
        candidate(["part", 5]),
    ],
)
def test_an_answer_without_an_image_is_a_retryable_failure(reply: dict[str, Any]) -> None:
    with pytest.raises(ServiceError) as caught:
        drawn(order(encoded()), answer(reply))
    assert caught.value.retryable and not isinstance(caught.value, SafetyRefusal)


def test_what_the_model_said_instead_is_reported() -> None:
    with pytest.raises(ServiceError, match="a description of a red house"):
        drawn(order(), answer(candidate([{"text": "Here is a description of a red house."}])))


@pytest.mark.parametrize(
    ("reply", "retryable", "wait"),
    [
        (Reply(status=429, headers=(("Retry-After", "9"),)), True, 9.0),
        (Reply(status=500), True, None),
        (Reply(status=503), True, None),
        (Reply(status=400), False, None),
        (Reply(body=b"{", cut_after=1), True, None),
        (Reply(body=b"{}", content_type="text/plain"), True, None),
    ],
)
def test_faults_are_failures(reply: Reply, retryable: bool, wait: float | None) -> None:
    with pytest.raises(ServiceError) as caught:
        drawn(order(), reply)
    assert (caught.value.retryable, caught.value.retry_after) == (retryable, wait)


def test_keys() -> None:
    with pytest.raises(UsageError, match="GOOGLE_API_KEY or GEMINI_API_KEY"):
        drawn(order(), environ={})
    with pytest.raises(AuthError, match="GEMINI_API_KEY") as caught:
        drawn(order(), environ={"GEMINI_API_KEY": "wrong-key-987654"})
    assert "wrong-key-987654" not in str(caught.value)
    with pytest.raises(AuthError, match="GOOGLE_API_KEY"):
        drawn(order(), environ={"GOOGLE_API_KEY": "wrong-key-987654", "GEMINI_API_KEY": KEY})
    with pytest.raises(AuthError):
        drawn(order(), Reply(status=403))


def test_an_unknown_model_names_the_setting() -> None:
    with pytest.raises(UsageError, match=r"generator\.model = 'gemini-9'"):
        drawn(order(), model="gemini-9")


def test_references_are_neither_dropped_nor_replaced_by_text() -> None:
    service = Gemini()
    with pytest.raises(UsageError, match="at most 14"):
        drawn(order(*[encoded()] * 15), service=service)
    with pytest.raises(ServiceError, match="reference 1"):
        drawn(order(b"broken"), service=service)
    assert not service.asked
