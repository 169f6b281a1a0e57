"""OpenAI's image API against a strict local counterpart, whose strictness the official client confirms."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.errors import AuthError, SafetyRefusal, ServiceError, UsageError
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.fitting import FinalSize
from genevolve.generators.openai_images import OpenAIImages, free_size
from genevolve.services.http import new_client
from genevolve.services.prices import Price
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore
from genevolve.tools.fetch import ImageFetcher
from tests.services.openai_images import KEY, problem
from tests.services.openai_images import OpenAIImages as Service
from tests.services.orders import awkward, order
from tests.services.pictures import encoded, opened
from tests.services.wire import Reply, Request, Server, answer


def drawn(
    asked: RenderOrder, *script: Reply | None, service: Service | None = None, key: str | None = KEY, **settings: Any
) -> Rendering:
    async def scenario() -> Rendering:
        secrets = Secrets({"OPENAI_API_KEY": key} if key else {})
        async with Server(service or Service(), script=list(script)) as server, new_client() as client:
            generator = OpenAIImages(client=client, secrets=secrets, base_url=f"{server.url}/v1", **settings)
            return await generator.generate(asked)

    return asyncio.run(scenario())


def test_without_references_an_image_is_generated() -> None:
    service = Service()
    drawn(order(prompt="A red house"), service=service)
    ((path, fields, images),) = service.asked
    assert (path, images) == ("/v1/images/generations", [])
    assert fields == {"model": "gpt-image-2", "prompt": "A red house", "n": 1, "size": "1024x1024"}


def test_with_references_an_edit_is_asked_for() -> None:
    service = Service()
    drawn(order(encoded(), prompt="Ein rotes Häuschen"), service=service)
    drawn(order(encoded(size=(10, 10)), encoded("WEBP"), encoded(mode="P")), service=service)
    (one_path, one_fields, (one,)), (_, _, three) = service.asked
    assert (one_path, one.name, one.content_type) == ("/v1/images/edits", "image", "image/png")
    assert one_fields == {"model": "gpt-image-2", "prompt": "Ein rotes Häuschen", "n": "1", "size": "1024x1024"}
    assert [part.name for part in three] == ["image[]"] * 3
    assert [opened(part.body).size for part in three] == [(10, 10), (32, 24), (32, 24)], "in their order"


def test_the_official_client_sends_the_same() -> None:
    openai = pytest.importorskip("openai", reason="the package openai is not installed")

    def essence(request: Request) -> tuple[str, str, str]:
        return request.method, request.path, request.headers["content-type"].partition(";")[0]

    async def scenario() -> None:
        service = Service()
        async with Server(service) as server, new_client() as client:
            ours = OpenAIImages(client=client, secrets=Secrets({"OPENAI_API_KEY": KEY}), base_url=f"{server.url}/v1")
            official = openai.AsyncOpenAI(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0)
            picture = [("reference_1.png", encoded(), "image/png"), ("reference_2.png", encoded(), "image/png")]
            common: dict[str, Any] = {"model": "gpt-image-2", "prompt": "A red house", "n": 1, "size": "1024x1024"}
            await ours.generate(order())
            await official.images.generate(**common)
            await ours.generate(order(encoded(), encoded()))
            await official.images.edit(image=picture, **common)
            await official.close()
            assert not server.rejections
            assert essence(server.requests[0]) == essence(server.requests[1])
            assert essence(server.requests[2]) == essence(server.requests[3])
        assert service.asked[0] == service.asked[1]
        (_, our_fields, our_images), (_, fields, images) = service.asked[2:]
        assert our_fields == fields
        assert [(part.name, part.filename, part.content_type) for part in our_images] == [
            (part.name, part.filename, part.content_type) for part in images
        ]

    asyncio.run(scenario())


@pytest.mark.parametrize(("name", "data"), awkward(), ids=lambda value: value if isinstance(value, str) else "")
def test_references_are_labelled_as_what_they_are(name: str, data: bytes) -> None:
    service = Service()
    drawn(order(data), service=service)
    assert opened(service.asked[0][2][0].body).size == ((24, 32) if name == "rotated JPEG" else (32, 24))


def test_settings_are_sent_only_when_set() -> None:
    service = Service()
    settings: dict[str, Any] = {"quality": "high", "input_fidelity": "high", "moderation": "low"}
    drawn(order(), service=service, model="gpt-image-1.5", **settings)
    drawn(order(encoded()), service=service, model="gpt-image-1.5", **settings)
    (_, generation, _), (_, edit, _) = service.asked
    assert {"quality", "moderation"} <= set(generation) and "input_fidelity" not in generation
    assert {"quality", "input_fidelity"} <= set(edit) and "moderation" not in edit


@pytest.mark.parametrize(
    ("size", "model", "asked"),
    [
        ((512, 512), "gpt-image-1.5", "1024x1024"),
        ((1920, 1080), "gpt-image-1.5", "1536x1024"),
        ((600, 900), "gpt-image-1.5", "1024x1536"),
        ((1920, 1080), "gpt-image-2", "1920x1088"),
        ((1280, 720), "gpt-image-2", "1280x720"),
        ((100, 1000), "gpt-image-2", "592x1760"),
    ],
)
def test_the_image_has_the_ordered_size(size: tuple[int, int], model: str, asked: str) -> None:
    service = Service()
    rendering = drawn(order(size=size), service=service, model=model)
    assert service.asked[0][1]["size"] == asked
    assert opened(rendering.data).size == size
    assert bool(rendering.notes) == (size in {(1920, 1080), (100, 1000)} and asked in {"1536x1024", "592x1760"})


def test_the_native_size_can_be_kept() -> None:
    assert opened(drawn(order(), final_size=FinalSize.NATIVE).data).size == (1024, 1024)


@given(st.integers(1, 8000), st.integers(1, 8000))
def test_every_order_has_a_size_that_the_model_takes(width: int, height: int) -> None:
    wide, high = free_size((width, height))
    assert wide % 16 == 0 and high % 16 == 0 and max(wide, high) <= 3840
    assert 655_360 <= wide * high <= 8_294_400 and max(wide, high) <= 3 * min(wide, high)
    assert (wide >= high) == (width >= height) or wide == high


def test_tokens_are_priced() -> None:
    price = Price(prompt_per_million=5.0, completion_per_million=40.0)
    assert drawn(order(), price=price).cost == pytest.approx(50 * 5e-6 + 4160 * 40e-6)


@pytest.mark.parametrize("code", ["moderation_blocked", "content_policy_violation"])
def test_a_safety_block_is_its_own_outcome(code: str) -> None:
    reply = problem("Your request was rejected by the safety system.", code=code, kind="image_generation_user_error").reply
    with pytest.raises(SafetyRefusal) as caught:
        drawn(order(encoded()), reply)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    "reply",
    [
        problem("Billing hard limit has been reached", code="billing_hard_limit_reached").reply,
        problem("You exceeded your current quota", status=429, code="insufficient_quota").reply,
        Reply(status=403),
    ],
)
def test_an_account_that_cannot_go_on_stops_the_run(reply: Reply) -> None:
    with pytest.raises(AuthError, match="OPENAI_API_KEY"):
        drawn(order(), reply)


def test_keys() -> None:
    with pytest.raises(AuthError, match="OPENAI_API_KEY") as caught:
        drawn(order(), key="sk-wrong-key-987654")
    assert "sk-wrong-key-987654" not in str(caught.value)
    with pytest.raises(UsageError, match="OPENAI_API_KEY"):
        OpenAIImages(client=new_client(), secrets=Secrets({}))


@pytest.mark.parametrize(
    ("reply", "retryable", "wait"),
    [
        (Reply(status=429, headers=(("Retry-After", "4"),)), True, 4.0),
        (Reply(status=429, headers=(("retry-after-ms", "1500"),)), True, 1.5),
        (Reply(status=429), True, None),
        (Reply(status=500), True, None),
        (Reply(status=503), True, None),
        (Reply(status=400), False, None),
        (answer({}), True, None),
        (answer({"data": []}), True, None),
        (answer({"data": [{}]}), True, None),
        (answer({"data": ["x"]}), True, None),
        (answer({"data": [{"b64_json": "@@"}]}), True, None),
        (answer({"data": [{"b64_json": "aGVsbG8="}]}), True, None),
        (Reply(body=b'{"data": [', cut_after=3), True, None),
        (Reply(body=b"{}", content_type="text/html"), True, None),
    ],
)
def test_faults_are_failures(reply: Reply, retryable: bool, wait: float | None) -> None:
    service = Service()
    with pytest.raises(ServiceError) as caught:
        drawn(order(encoded()), reply, service=service)
    assert (caught.value.retryable, caught.value.retry_after) == (retryable, wait)
    assert not isinstance(caught.value, SafetyRefusal) and not service.asked


def test_wrong_settings_are_named() -> None:
    with pytest.raises(UsageError, match=r"generator\.model = 'gpt-image-9'"):
        drawn(order(), model="gpt-image-9")
    with pytest.raises(UsageError, match="response_format"):
        drawn(order(), answer({"data": [{"url": "https://example.com/a.png"}]}))  # and nothing that could load it


def test_a_data_url_is_an_image() -> None:
    url = "data:image/png;base64," + base64.b64encode(encoded(size=(1024, 1024))).decode()
    for entry in ({"url": url}, {"b64_json": None, "url": url}):
        assert opened(drawn(order(), answer({"data": [entry]})).data).size == order().size


def test_an_address_of_the_server_itself_is_asked_there_without_the_key() -> None:
    async def scenario() -> None:
        picture = Reply(body=encoded(size=(1024, 1024)), content_type="image/png")
        async with Server(Service(), script=[]) as server, new_client() as client:
            server.script += [answer({"data": [{"url": f"{server.url}/files/a.png"}]}), picture]
            secrets = Secrets({"OPENAI_API_KEY": KEY})
            generator = OpenAIImages(client=client, secrets=secrets, base_url=f"{server.url}/v1")
            assert (await generator.generate(order())).data
            asked = server.requests[1]
            assert (asked.method, asked.path) == ("GET", "/files/a.png")
            assert "authorization" not in asked.headers

    asyncio.run(scenario())


def test_other_addresses_are_loaded_under_the_rules_for_strangers(tmp_path: Path) -> None:
    fetcher = ImageFetcher(store=ImageStore(tmp_path))
    for url in (
        "http://127.0.0.1:9/a.png",
        "http://127.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
    ):
        with pytest.raises(ServiceError, match=r"not fetched|over http|is not one that public images"):
            drawn(order(), answer({"data": [{"url": url}]}), fetcher=fetcher)


def test_an_error_with_status_200_is_told() -> None:
    for body in (
        {"error": {"message": "the model is loading"}},
        {"error": "the model is loading"},
        {"data": [], "error": ["the model is loading"]},
    ):
        with pytest.raises(ServiceError, match="the model is loading") as caught:
            drawn(order(), answer(body))
        assert caught.value.retryable


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("depth", [700, 100_000])
@pytest.mark.parametrize("charset", ["", "; charset=base64", "; charset=undefined", "; charset=idna", "; charset=\x00x"])
def test_deep_answers_in_odd_charsets_are_failures(status: int, depth: int, charset: str) -> None:
    body = b'{"error": ' + b"[" * depth + b"]" * depth + b"}"
    with pytest.raises((ServiceError, UsageError)):
        drawn(order(), Reply(status=status, body=body, content_type=f"application/json{charset}".replace("\x00", "")))


def test_references_are_neither_dropped_nor_replaced_by_text() -> None:
    service = Service()
    with pytest.raises(UsageError, match="at most 16"):
        drawn(order(*[encoded()] * 17), service=service)
    with pytest.raises(ServiceError, match="reference 1"):
        drawn(order(b"broken"), service=service)
    with pytest.raises(ServiceError, match="HTTP 400"):  # a server without edits: not asked again without the references
        drawn(order(encoded()), problem("edits are not supported").reply, service=service)
    assert not service.asked
