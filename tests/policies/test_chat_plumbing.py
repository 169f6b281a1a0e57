"""Keys, plain HTTP, prices and pictures: what every member that calls a service relies on."""

import asyncio
import gzip
import json
import pickle
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.services.http import Service, exchange, exchange_json, new_client, parsed, retry_after
from genevolve.services.pictures import Encoding, data_url, encode, media_type
from genevolve.services.prices import Price
from genevolve.services.secrets import REDACTED, Secret, Secrets
from tests.services.chat_server import HTML, failing, retry_date
from tests.services.pictures import encoded, opened
from tests.services.wire import Reply, Request, Server, answer

KEY = 'sk-Live+0123"abc/Z'
SECRETS = Secrets({"SOME_API_KEY": KEY, "HOME": "/home/someone"})
SERVICE = Service(name="Oracle", key_setting="SOME_API_KEY", url_setting="oracle.url", secrets=SECRETS)


# ---- keys


def test_a_key_shows_itself_to_nobody() -> None:
    key = Secret(KEY, name="SOME_API_KEY")
    shown = [repr(key), str(key), f"{key}", f"{key:>50}", "%s" % key, repr([key]), repr(SECRETS)]  # noqa: UP031
    assert not any(KEY in text or "0123" in text for text in shown)
    assert key.reveal() == KEY
    for hidden in (key, SECRETS):
        with pytest.raises(TypeError):
            pickle.dumps(hidden)


@given(st.text(), st.text())
def test_every_form_of_a_key_is_redacted(before: str, after: str) -> None:
    import base64
    import json
    from urllib.parse import quote

    forms = [KEY, quote(KEY, safe=""), json.dumps(KEY)[1:-1], base64.b64encode(KEY.encode()).decode(), KEY.upper()]
    for form in forms:
        clean = SECRETS.redact(f"{before}{form}{after}")
        assert form not in clean
        assert REDACTED in clean


def test_only_keys_are_redacted() -> None:
    secrets = Secrets({"OPENAI_API_KEY": "EMPTY", "HF_TOKEN": "hf_abcdef123", "GREETING": "hello there", "MONKEY": "banana"})
    assert secrets.redact("EMPTY hf_abcdef123 hello there banana") == f"EMPTY {REDACTED} hello there banana"
    asked = Secrets({"MY_WORD": "correct-horse"})
    assert asked.redact("correct-horse") == "correct-horse"
    assert asked.get("MY_WORD") is not None
    assert asked.redact("correct-horse") == REDACTED, "whatever was used as a key is one"


def test_missing_and_mangled_keys_name_their_variable() -> None:
    secrets = Secrets({"A_KEY": "  ", "B_KEY": "line\nbreak", "C_KEY": "good-key\n"})
    with pytest.raises(UsageError, match="GEMINI_API_KEY or A_KEY"):
        secrets.require("GEMINI_API_KEY", "A_KEY", service="Gemini")
    with pytest.raises(UsageError, match="B_KEY") as caught:
        secrets.get("B_KEY")
    assert "break" not in str(caught.value)
    assert secrets.require("A_KEY", "C_KEY", service="Gemini").reveal() == "good-key"


# ---- HTTP


def ask(reply: Reply, *, json: bool = True, total: float = 5.0, **client: Any) -> Any:
    async def scenario() -> Any:
        async with Server(lambda request: reply) as server, new_client(**client) as http:
            if json:
                return await exchange_json(http, SERVICE, "GET", server.url, total=total)
            return (await exchange(http, SERVICE, "GET", server.url, total=total)).content

    return asyncio.run(scenario())


def failure(reply: Reply, **how: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        ask(reply, **how)
    return caught.value


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_statuses_that_may_pass(status: int) -> None:
    error = failure(failing(status, "busy", retry_after="7"))
    assert (error.retryable, error.retry_after) == (True, 7.0)
    assert str(error) == f"Oracle answered HTTP {status}: busy"


@pytest.mark.parametrize("status", [300, 307, 400, 404, 410, 413, 422, 451])
def test_statuses_that_will_not_pass(status: int) -> None:
    error = failure(failing(status, retry_after="7"))
    assert (error.retryable, error.retry_after) == (False, None)


@pytest.mark.parametrize("reply", [failing(401), failing(403), failing(402), failing(429, code="insufficient_quota")])
def test_refused_credentials_name_the_setting_and_hide_the_key(reply: Reply) -> None:
    echo = Reply(status=reply.status, body=reply.body.replace(b"trouble", KEY.replace('"', '\\"').encode()))
    with pytest.raises(AuthError, match="SOME_API_KEY") as caught:
        ask(echo)
    assert "0123" not in str(caught.value)


def test_a_redirect_is_not_followed_because_the_key_would_go_along() -> None:
    error = failure(Reply(status=302, headers=(("Location", "http://127.0.0.1:1/steal"),)))
    assert not error.retryable
    assert "oracle.url" in str(error)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (HTML, "text/html instead of JSON"),
        (Reply(body=b"{}", content_type=""), "nothing instead of JSON"),
        (Reply(body=b'{"a": '), "broken JSON"),
        (Reply(body=b'{"a": NaN}'), "NaN is not a JSON value"),
        (Reply(body=b"[1, 2]"), "not an object"),
        (Reply(body=b"[" * 100_000), "broken JSON"),
        (Reply(body=b'{"a": ' + b"1" * 5000 + b"}"), "broken JSON"),
        (Reply(body=b'\xff\xfe{"a"'), "broken JSON"),
        (Reply(body=b'{"a": "' + b"x" * 100 + b'"}', cut_after=20), "connection to Oracle broke"),
        (Reply(body=b'{"a": 1}', headers=(("Content-Encoding", "gzip"),)), "cannot be unpacked"),
    ],
)
def test_answers_that_are_none_may_pass_and_never_become_values(reply: Reply, words: str) -> None:
    error = failure(reply)
    assert error.retryable
    assert words in str(error)


def test_a_packing_that_was_declined_would_come_again() -> None:
    error = failure(Reply(body=b"{}", headers=(("Content-Encoding", "br"),)))
    assert not error.retryable
    assert "packed with 'br'" in str(error) and "oracle.url" in str(error)


@pytest.mark.parametrize("body", [b"\x0b\x02\x80{}\x03", b"x" * 2000])
def test_what_an_error_is_its_status_says_whatever_its_body_is(body: bytes) -> None:
    packed = (("Content-Encoding", "br"),)
    busy = failure(Reply(status=503, body=body, headers=(*packed, ("Retry-After", "7"))), max_reply_bytes=1000)
    assert busy.retryable and busy.retry_after == 7
    with pytest.raises(AuthError, match="SOME_API_KEY"):
        ask(Reply(status=401, body=body, headers=packed), max_reply_bytes=1000)


def test_silence_and_dripping_end_at_the_total_time() -> None:
    for slow in (Reply(body=b"{}", delay=5.0), Reply(body=b"{" + b" " * 5000 + b"}", drip=0.01)):
        error = failure(slow, total=0.1)
        assert error.retryable
        assert "did not answer in 0.1 seconds" in str(error)


def test_a_refused_connection_names_the_address_setting() -> None:
    async def scenario() -> None:
        async with new_client() as http:
            await exchange(http, SERVICE, "GET", "http://127.0.0.1:9/")

    with pytest.raises(ServiceError, match=r"cannot be reached .* see oracle\.url") as caught:
        asyncio.run(scenario())
    assert caught.value.retryable


@pytest.mark.parametrize("url", ["ftp://example.com/", "http://", "nonsense", "http://[::1"])
def test_an_unusable_address_is_a_misuse(url: str) -> None:
    async def scenario() -> None:
        async with new_client() as http:
            await exchange(http, SERVICE, "GET", url)

    with pytest.raises(UsageError, match=r"oracle\.url"):
        asyncio.run(scenario())


@pytest.mark.parametrize("packing", ["identity", "gzip", "deflate"])
def test_size_caps_hold_for_what_is_unpacked(packing: str) -> None:
    def packed(data: bytes) -> Reply:
        body = gzip.compress(data) if packing == "gzip" else zlib.compress(data) if packing == "deflate" else data
        return Reply(body=body, headers=(("Content-Encoding", packing),))

    assert len(ask(packed(b"x" * 1000), json=False, max_reply_bytes=1000)) == 1000
    for size in (1001, 20_000_000):
        error = failure(packed(b"x" * size), json=False, max_reply_bytes=1000)
        assert not error.retryable
        assert "more than 1,000 bytes" in str(error)


def test_a_packed_bomb_is_never_unpacked_whole() -> None:
    bomb = zlib.compress(bytes(300_000_000))
    tracemalloc.start()
    try:
        failure(Reply(body=bomb, headers=(("Content-Encoding", "deflate"),)), json=False, max_reply_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


def test_error_texts_are_short_single_lines_whatever_the_server_says() -> None:
    error = failure(Reply(status=500, body=b"<h1>Oh\n\n no\x1b[31m</h1>" + b"z" * 100_000, content_type="text/html"))
    assert len(str(error)) < 400
    assert str(error).isprintable()
    google = Reply(status=400, body=b'[{"error": {"code": 400, "message": "Unknown name", "status": "INVALID_ARGUMENT"}}]')
    assert str(failure(google)) == "Oracle answered HTTP 400: Unknown name"


def test_the_client_never_uses_a_proxy_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert ask(answer({"direct": True})) == {"direct": True}


def test_proxies_of_the_environment_are_used_unless_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> list[str]:
        async with Server(lambda request: answer({})) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.setenv("no_proxy", "inside.invalid")
            async with new_client() as http, new_client(trust_env=False) as plain:
                await exchange_json(http, SERVICE, "GET", "http://outside.invalid/x")
                for client, url in ((http, "http://inside.invalid/"), (plain, "http://outside.invalid/")):
                    with pytest.raises(ServiceError, match="cannot be reached"):
                        await exchange_json(client, SERVICE, "GET", url)
            return [request.headers["host"] for request in proxy.requests]

    assert asyncio.run(scenario()) == ["outside.invalid"]


def test_missing_packages_are_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "genevolve.services.transport", None)
    with pytest.raises(UsageError, match=r"genevolve\[services\]"):
        new_client()


def test_cookies_are_not_kept() -> None:
    async def scenario() -> list[Request]:
        async with Server(lambda request: answer({}, headers=(("Set-Cookie", "track=me"),))) as server:
            async with new_client() as http:
                for _ in range(2):
                    await exchange_json(http, SERVICE, "GET", server.url)
            return server.requests

    assert all("cookie" not in request.headers for request in asyncio.run(scenario()))


def test_many_calls_at_once_share_connections() -> None:
    async def scenario() -> int:
        seen: set[str] = set()

        def handler(request: Request) -> Reply:
            seen.add(request.headers["connection"])
            return answer({})

        async with Server(handler) as server, new_client() as http:
            await asyncio.gather(*(exchange_json(http, SERVICE, "GET", server.url) for _ in range(256)))
            return len(server.requests)

    assert asyncio.run(scenario()) == 256


NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": retry_date(90, NOW)}, 90.0),
        ({"retry-after": retry_date(-90, NOW)}, 0.0),
        ({"retry-after": retry_date(500, NOW), "date": retry_date(470, NOW)}, 30.0),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after": "99999999999"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, None),
        ({"retry-after": "Fri, 99 Foo 2030 00:00:00 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=lambda: NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_raises(text: str) -> None:
    wait = retry_after({"retry-after": text, "date": text, "retry-after-ms": text}, now=lambda: NOW)
    assert wait is None or wait >= 0


# ---- prices and pictures


def test_cost_of_a_call() -> None:
    price = Price(prompt_per_million=2.0, completion_per_million=10.0, cached_per_million=0.5, per_call=0.001, per_image=0.04)
    assert price.cost(prompt=1000, completion=100, cached=400, images=2) == pytest.approx(
        0.0012 + 0.0002 + 0.001 + 0.001 + 0.08
    )
    assert price.cost(prompt=10, cached=999) == pytest.approx(0.000005 + 0.001), "no negative tokens"
    assert Price().cost(prompt=10**9, completion=10**9, images=9) == 0.0
    with pytest.raises(ValueError, match="per_call"):
        Price(per_call=float("nan"))


KINDS = [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif"), ("BMP", "image/bmp")]


@pytest.mark.parametrize(("image_format", "kind"), KINDS)
def test_media_types_are_those_of_the_bytes(image_format: str, kind: str) -> None:
    data = encoded(image_format)
    assert media_type(data) == kind
    assert data_url(data).startswith(f"data:{kind};base64,")


def test_bytes_of_no_image_have_no_media_type() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        media_type(b"<svg/>")


def test_encoding_shrinks_but_never_enlarges() -> None:
    data = encoded(size=(400, 100))
    small = opened(encode(data, Encoding(max_side=100)))
    assert (small.size, small.format) == ((100, 25), "PNG")
    assert encode(data, Encoding(max_side=400)) is data
    jpeg = opened(encode(data, Encoding(max_side=1000, jpeg_quality=95)))
    assert (jpeg.size, jpeg.format) == ((400, 100), "JPEG")


def test_transparency_becomes_white_in_a_jpeg() -> None:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(buffer, "PNG")
    pixel = opened(encode(buffer.getvalue(), Encoding(jpeg_quality=95))).getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 250


# ---- hostile bodies


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("depth", [150, 700, 100_000])
@pytest.mark.parametrize("charset", ["", "; charset=base64", "; charset=undefined", "; charset=idna", "; charset=utf-16"])
def test_deep_answers_in_odd_charsets_are_failures(status: int, depth: int, charset: str) -> None:
    body = b'{"choices": ' + b"[" * depth + b"]" * depth + b"}"

    async def scenario() -> None:
        reply = Reply(status=status, body=body, content_type=f"application/json{charset}")
        async with Server(lambda request: reply) as server, new_client() as client:
            await exchange_json(client, SERVICE, "GET", server.url)

    with pytest.raises(ServiceError):
        asyncio.run(scenario())


def test_an_answer_of_a_usual_depth_is_read() -> None:
    value: Any = {"a": 1}
    for _ in range(90):
        value = [value]
    assert parsed(json.dumps({"a": value})) == {"a": value}
    assert parsed("[" + "[],{}," * 5000 + "[]]")[0] == []
