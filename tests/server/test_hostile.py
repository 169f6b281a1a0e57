"""Clients that mean harm: what is too large, of the wrong type, not theirs, or of another site, over real connections."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from genevolve.store.journal import records
from tests.conftest import png
from tests.paths import SOURCE
from tests.server.conftest import Served

JSON = {"content-type": "application/json"}


def asked(served: Served) -> int:
    return sum("request" in record for record in records(served.out / "journal.jsonl"))


def raw(served: Served, text: bytes) -> bytes:
    """What the server answers to ``text`` as it is, which no client would send."""
    port = urlsplit(served.address).port
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(text)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/generations", "/v1/models", "/mcp", "/assets/studio.js"])
def test_dns_rebinding(served: Served, path: str) -> None:
    reply = httpx.get(served.address + path, headers={"host": "evil.example:8400"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "wrong_host")


@pytest.mark.parametrize("path", ["/api/generations", "/v1/images/generations", "/mcp"])
@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:1"},
                {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_pages_of_other_sites_ask_for_nothing(served: Served, path: str, headers: dict[str, str]) -> None:
    before = asked(served)
    reply = httpx.post(served.address + path, headers={**JSON, **headers}, content=json.dumps({"prompt": "x", "request": "x"}))
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "wrong_origin")
    assert "access-control-allow-origin" not in reply.headers
    assert asked(served) == before


def test_pages_of_other_sites_embed_nothing(served: Served) -> None:
    """A picture in a page of another site is refused, a link that the user clicks is not."""
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert httpx.get(served.address, headers={**link, "sec-fetch-dest": "document"}).status_code == 200
    assert httpx.get(served.address, headers={**link, "sec-fetch-dest": "iframe"}).status_code == 403
    assert httpx.get(f"{served.address}/v1/models", headers={"sec-fetch-site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/mixed", ""])
def test_forms_of_other_sites_are_no_requests(served: Served, kind: str) -> None:
    reply = httpx.post(f"{served.address}/v1/images/generations", content=b'{"prompt": "x"}', headers={"content-type": kind})
    assert reply.status_code == 415


def test_a_body_that_says_it_is_too_large(served: Served) -> None:
    begun = time.monotonic()
    for length in (b"9000000000", b"99999999999999999999999999", b"-1", b"8_0"):
        head = b"POST /v1/images/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        answer = raw(served, head + b"Content-Length: " + length + b"\r\nConnection: close\r\n\r\n{")
        assert answer.split(b" ")[1] in (b"413", b"400")
    assert time.monotonic() - begun < 20  # it did not wait for the body


def test_a_body_that_turns_out_too_large(served: Served) -> None:
    def without_end() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 65536

    before = asked(served)
    for path in ("/v1/images/generations", "/api/generations", "/mcp"):
        try:
            headers = {**JSON, "accept": "application/json, text/event-stream"}
            assert httpx.post(served.address + path, content=without_end(), headers=headers).status_code == 413
        except httpx.WriteError:  # the server has closed the connection already
            pass
    assert asked(served) == before
    assert httpx.get(f"{served.address}/api/health").status_code == 200


DEEP = "[" * 100_000
BAD_JSON = [
    '{"prompt": "a", "prompt": "b"}',
    '{"prompt": NaN}',
    "[1]",
    "7",
    "null",
    "",
    "{",
    DEEP,
    '{"prompt":' * 500,
    "\ud800",
]


@pytest.mark.parametrize("body", BAD_JSON, ids=range(len(BAD_JSON)))
def test_what_is_no_json(served: Served, body: str) -> None:
    for path in ("/v1/images/generations", "/api/generations"):
        reply = httpx.post(served.address + path, content=body.encode("utf-8", "surrogatepass"), headers=JSON)
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_json")


VALUES: list[Any] = [None, True, 1.5, -1, 10**30, [], {}, [["x"]], "", "\x00" * 50, "../../x", "x" * 100_000]


@pytest.mark.parametrize("name", ["request", "size", "seed", "n", "profile", "rounds", "takes"])
def test_wrong_types_are_told_and_not_crashed_on(served: Served, name: str) -> None:
    for value in VALUES:
        reply = httpx.post(f"{served.address}/api/generations", json={"request": "a cup", name: value}, timeout=30)
        assert reply.status_code in (202, 400), (name, value, reply.text)


def test_forms_with_too_much_in_them(served: Served) -> None:
    many = {f"field{n}": "x" for n in range(80)}
    long = {"request": "x" * 300_000}
    files = [("reference", (f"{n}.png", png())) for n in range(40)]
    address = f"{served.address}/api/generations"
    assert httpx.post(address, data=many, files=files[:1]).status_code == 400
    assert httpx.post(address, data=long, files=files[:1]).status_code == 400
    assert httpx.post(address, data={"request": "a cup"}, files=files).status_code == 400
    assert httpx.post(address, data={"request": "a cup"}, files=files[:6]).status_code == 400


def test_names_of_files_are_words_and_never_paths(served: Served) -> None:
    names = ["../../../etc/passwd", "C:\\x\\y.png", "/abs/olute.png", "a\r\nb.png", "..", "x" * 3000 + ".png", "<b>.png"]
    for name in names:
        reply = httpx.post(
            f"{served.address}/api/generations",
            data={"request": "such a thing"},
            files=[("reference", (name, png()))],
            timeout=30,
        )
        assert reply.status_code == 202, name
    shown = [
        picture
        for record in records(served.out / "journal.jsonl")
        if "request" in record
        for picture in record["request"]["references"]
    ]
    assert len(shown) >= len(names)
    assert all("/" not in picture["url"] and "\\" not in picture["url"] and len(picture["url"]) <= 80 for picture in shown)
    assert {path.parent for path in served.out.rglob("*") if path.is_file()} == {served.out, served.out / "images"}


TRICKS = [
    "/api/generations/../../run.json", "/api/generations/%2e%2e/%2e%2e/run.json", "/assets/../app.py", "/assets/..%2fapp.py",
    "/assets/%2e%2e%2f%2e%2e%2fapp.py", "//etc/passwd", "/api/generations/x/files/../../../run.json",
    "/api/generations/x/files/..%2f..%2fjournal.jsonl", "/api/generations/%00/files/image.png", "/run.json", "/journal.jsonl",
    "/api/generations/x%0d%0aX-Evil:1/events", "/.lock", "/images/x.png", "/api/generations/" + "x" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("path", TRICKS, ids=range(len(TRICKS)))
def test_path_tricks(served: Served, path: str) -> None:
    answer = raw(served, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] in (b"404", b"400"), head
    assert b"X-Evil" not in head
    assert b"profile" not in body and b"import " not in body


def test_nobody_reads_what_is_not_the_generation_s(served: Served) -> None:
    """Neither files of the directory nor pictures of another generation."""
    files = [("reference", ("mine.png", png((9, 9, 9))))]
    mine = httpx.post(f"{served.address}/api/generations", data={"request": "my own cup"}, files=files).json()
    other = httpx.post(f"{served.address}/api/generations", json={"request": "a cup"}).json()
    name, others = mine["generations"][0]["id"], other["generations"][0]["id"]
    with httpx.Client(base_url=f"{served.address}/api/generations/", timeout=30) as client:
        assert client.get(f"{name}/files/IMG_001.png").status_code == 200
        client.get(f"{others}/events")  # waits for its end
        digest = next(r for r in records(served.out / "journal.jsonl") if r.get("row") == name)["request"]["references"][0][
            "digest"
        ]
        assert client.get(f"{others}/files/IMG_001.png").content != client.get(f"{name}/files/IMG_001.png").content
        for file in (f"{digest}.png", "IMG_009.png", "run.json", "journal.jsonl", "results.jsonl", f"{name}.png", "image.gif"):
            assert client.get(f"{others}/files/{file}").status_code == 404, file


def test_prompts_are_shown_as_text(served: Served) -> None:
    evil = 'a cup <script>alert(1)</script><img src=x onerror=alert(2)> "><svg/onload=alert(3)>'
    made = httpx.post(f"{served.address}/api/generations", json={"request": evil}).json()["generations"][0]
    assert made["request"] == evil
    with httpx.Client(base_url=served.address, timeout=30) as client:
        assert client.get(made["links"]["events"]).status_code == 200
        page = client.get(client.get(made["links"]["self"]).json()["links"]["page"])
        assert "<script>alert" not in page.text and "<img src=x" not in page.text and "<svg/onload" not in page.text
        assert page.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert client.get(made["links"]["self"]).headers["x-content-type-options"] == "nosniff"
        home = client.get("/")
        assert "script-src 'self'" in home.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in home.headers["content-security-policy"]
    script = (SOURCE / "server" / "page" / "studio.js").read_text()
    assert not any(way in script for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("))


@pytest.mark.parametrize(
    "head",
    [b"Host: localhost\r\nHost: evil.example\r\n", b"Host: localhost\r\nOrigin: http://localhost\r\nOrigin: null\r\n", b""],
)
def test_headers_that_decide_stand_once(served: Served, head: bytes) -> None:
    answer = raw(served, b"GET /api/health HTTP/1.1\r\n" + head + b"Connection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"400", b"403")


def test_other_methods_and_places(served: Served) -> None:
    for method, path, status in (
        ("DELETE", "/api/generations/x", 404), ("GET", "/v1/images/generations", 405), ("PUT", "/", 405),
        ("GET", "/v1/chat/completions", 404), ("OPTIONS", "/api/generations", 405),
    ):  # fmt: skip
        reply = httpx.request(method, served.address + path)
        assert (reply.status_code, set(reply.json()["error"])) == (status, {"message", "type", "param", "code"})
