"""The Qwen-Image-Edit service against strict local servers."""

import asyncio
from typing import Any

import pytest

from genevolve.app.registry import gathered
from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.core.protocols import Rendering, RenderOrder
from genevolve.generators.fitting import FinalSize
from genevolve.generators.qwen_service import QwenEditService, Servers
from genevolve.services.http import new_client
from genevolve.services.prices import Price
from genevolve.services.secrets import Secrets
from tests.services.orders import awkward, order
from tests.services.pictures import animation, encoded, opened
from tests.services.qwen import QwenEdit
from tests.services.wire import Reply, Server, answer


def drawn(service: QwenEdit, asked: RenderOrder, *script: Reply | None, **settings: Any) -> Rendering:
    async def scenario() -> Rendering:
        async with Server(service, script=list(script)) as server, new_client() as client:
            generator = QwenEditService(
                client=client, secrets=Secrets({}), urls=[server.url + "/"], **gathered(QwenEditService, settings)
            )
            rendering = await generator.generate(asked)
            assert not server.rejections
            return rendering

    return asyncio.run(scenario())


def test_the_request_has_exactly_the_fields_of_the_service() -> None:
    service = QwenEdit()
    drawn(service, order(encoded(), prompt="A red house", seed=11))
    (body,) = service.asked
    assert body.pop("image_urls")[0].startswith("data:image/jpeg;base64,/9j/")
    assert body == {
        "prompt": "A red house",
        "seed": 11,
        "true_cfg_scale": 4.0,
        "negative_prompt": " ",
        "num_inference_steps": 40,
        "guidance_scale": 1.0,
        "num_images_per_prompt": 1,
        "width": 1024,
        "height": 1024,
    }


@pytest.mark.parametrize(("name", "data"), awkward(), ids=lambda value: value if isinstance(value, str) else "")
def test_references_are_really_jpegs(name: str, data: bytes) -> None:
    service = QwenEdit()
    drawn(service, order(data))
    ((received,),) = service.received
    assert (received.format, received.mode) == ("JPEG", "RGB")
    assert received.size == ((24, 32) if name == "rotated JPEG" else (32, 24))


def test_transparent_parts_become_white_not_black() -> None:
    service = QwenEdit()
    drawn(service, order(encoded(mode="RGBA", colour="#ff000000")))
    ((received,),) = service.received
    pixel = received.getpixel((28, 20))
    assert isinstance(pixel, tuple) and min(pixel) > 240


def test_references_keep_their_order_and_none_is_dropped() -> None:
    service = QwenEdit()
    drawn(service, order(*(encoded(size=(10 * n, 10)) for n in range(1, 5))))
    assert [image.width for image in service.received[0]] == [10, 20, 30, 40]
    with pytest.raises(UsageError, match=r"episode\.max_references to 4"):
        drawn(service, order(*[encoded()] * 5))
    assert len(service.asked) == 1


@pytest.mark.parametrize("data", [b"", b"<html>", encoded()[:50], animation()])
def test_a_reference_that_does_not_decode_is_named(data: bytes) -> None:
    service = QwenEdit()
    with pytest.raises(ServiceError, match=r"reference 2 \(a thing\)"):
        drawn(service, order(encoded(), data))
    assert not service.asked, "never drawn without it"


@pytest.mark.parametrize(
    ("size", "asked"),
    [((512, 512), (1024, 1024)), ((1920, 1080), (1024, 576)), ((300, 900), (336, 1024)), ((3000, 10), (1024, 16))],
)
def test_the_image_has_the_ordered_size(size: tuple[int, int], asked: tuple[int, int]) -> None:
    service = QwenEdit()
    rendering = drawn(service, order(encoded(), size=size))
    assert (service.asked[0]["width"], service.asked[0]["height"]) == asked
    assert opened(rendering.data).size == size


def test_the_first_references_aspect_can_be_followed_as_the_release_does() -> None:
    service = QwenEdit()
    references = (encoded(size=(400, 300)), encoded(size=(100, 900)))
    assert opened(drawn(service, order(*references), follow="reference").data).size == (1024, 768)
    fitted = drawn(service, order(*references), follow="reference", final_size=FinalSize.ORDER)
    assert opened(fitted.data).size == (512, 512)
    assert "cropped" in fitted.notes[0]
    assert opened(drawn(service, order(), follow="reference").data).size == (1024, 1024)


@pytest.mark.parametrize("field_name", ["image", "image_base64"])
@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_both_reply_forms_are_read(field_name: str, prefix: str) -> None:
    assert drawn(QwenEdit(field_name=field_name, prefix=prefix), order()).notes == ()


def test_the_price_is_recorded() -> None:
    assert drawn(QwenEdit(), order(), price=Price(per_image=0.04)).cost == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("reply", "retryable", "wait"),
    [
        (Reply(status=429, headers=(("Retry-After", "2"),)), True, 2.0),
        (Reply(status=429), True, None),
        (Reply(status=500), True, None),
        (Reply(status=503), True, None),
        (Reply(status=422), False, None),
        (answer({"success": False, "error": "CUDA out of memory"}), True, None),
        (answer({"success": True}), True, None),
        (answer({"success": "yes", "image": "aaaa"}), True, None),
        (answer({"success": True, "image": "not base64!"}), True, None),
        (answer({"success": True, "image": 5}), True, None),
        (answer({"success": True, "image": "aGVsbG8="}), True, None),
        (answer([1]), True, None),
        (Reply(body=b'{"success": true, "image": "'), True, None),
        (Reply(body=b'{"success": true, "image": "aaaa"}', cut_after=9), True, None),
        (Reply(body=b"<html>", content_type="text/html"), True, None),
        (Reply(status=307, headers=(("Location", "http://169.254.169.254/"),)), False, None),
    ],
)
def test_faults_are_failures(reply: Reply, retryable: bool, wait: float | None) -> None:
    service = QwenEdit()
    with pytest.raises(ServiceError) as caught:
        drawn(service, order(encoded()), reply)
    assert (caught.value.retryable, caught.value.retry_after) == (retryable, wait)
    assert not service.asked, "one attempt"


def test_a_slow_service_runs_into_the_time_limit() -> None:
    with pytest.raises(ServiceError) as caught:
        drawn(QwenEdit(), order(), Reply(delay=3), timeout=0.1)
    assert caught.value.retryable


def test_a_refused_key_stops_the_run() -> None:
    with pytest.raises(AuthError, match=r"generator\.urls"):
        drawn(QwenEdit(), order(), Reply(status=401))


@pytest.mark.parametrize("urls", [[], ["localhost:8000"], ["http://a", ""]])
def test_addresses_are_checked_at_the_start(urls: list[str]) -> None:
    with pytest.raises(UsageError, match=r"generator\.urls"):
        QwenEditService(client=new_client(), secrets=Secrets({}), urls=urls)


def test_servers_are_asked_in_turn_and_rest_after_a_failure() -> None:
    now = 0.0
    servers = Servers(["a", "b", "c"], clock=lambda: now)
    assert [servers.pick() for _ in range(4)] == ["a", "b", "c", "a"]
    servers.failed("b", 30)
    assert [servers.pick() for _ in range(4)] == ["c", "a", "c", "a"]
    now = 30.0
    assert [servers.pick() for _ in range(3)] == ["b", "c", "a"]
    for url, rest in (("a", 50), ("b", 20), ("c", 40)):
        servers.failed(url, rest)
    assert servers.pick() == "b", "when all rest, the one that wakes first"
    servers.answered("c")
    assert [servers.pick() for _ in range(2)] == ["c", "c"]


def test_a_broken_server_is_left_alone_while_another_is_well() -> None:
    async def scenario() -> tuple[int, int, int]:
        broken, well = Server(lambda _: Reply(status=503)), Server(QwenEdit())
        async with broken, well, new_client() as client:
            generator = QwenEditService(client=client, secrets=Secrets({}), urls=[broken.url, well.url])
            failures = 0
            for _ in range(6):
                try:
                    await generator.generate(order(encoded()))
                except ServiceError:
                    failures += 1
            return failures, len(broken.requests), len(well.requests)

    assert asyncio.run(scenario()) == (1, 1, 5)
