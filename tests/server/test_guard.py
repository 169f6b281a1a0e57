"""Who is let in: by the name that was called, the page that calls, and the token."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from genevolve.core.errors import UsageError
from genevolve.server import guard
from genevolve.server.guard import Access, is_loopback
from genevolve.server.trouble import NotServed
from tests.server.running import profile_of, running

TOKEN = "a-token-of-this-test-0123456789"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8400", "localhost", "localhost:1", "[::1]:8400", "192.168.1.7:8400", "studio.example", "STUDIO.example:80"],
)
def test_own_names(host: str) -> None:
    assert Access(hosts=("studio.example",)).knows_host(host)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "evil.example:8400", "127.0.0.1.evil.example", "localhost.evil.example", "evil@127.0.0.1",
     "127.0.0.1/evil", "127.0.0.1#.evil.example", "[::1", "127.0.0.1:99999999", "a b"],
)  # fmt: skip
def test_other_names(host: str) -> None:
    """A name that was pointed at this machine is none of it: DNS rebinding."""
    assert not Access(hosts=("studio.example",)).knows_host(host)


@pytest.mark.parametrize(
    ("origin", "known"),
    [("http://localhost:8400", True), ("http://LOCALHOST:8400", True), ("https://app.example", True),
     ("http://localhost:3000", False), ("http://evil.example", False), ("null", False), ("", False),
     ("https://app.example.evil.example", False), ("file://", False)],
)  # fmt: skip
def test_pages_of_other_sites(origin: str, known: bool) -> None:
    assert Access(origins=("https://app.example",)).knows_origin(origin, "localhost:8400") is known


def test_other_addresses_need_a_token() -> None:
    assert Access.checked("127.0.0.1", None, (), ()).token is None
    for host in ("0.0.0.0", "192.168.1.7", "::", "my.host"):
        with pytest.raises(UsageError, match="GENEVOLVE_TOKEN"):
            Access.checked(host, None, (), ())
    for token in ("short", "ü" * 20, "with a\nline break in it"):
        with pytest.raises(UsageError, match="GENEVOLVE_TOKEN"):
            Access.checked("0.0.0.0", token, (), ())
    with pytest.raises(UsageError, match="--allow-origin"):
        Access.checked("127.0.0.1", None, (), ("app.example",))


def test_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "localhost", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "10.0.0.1", "localhost.example", "")))


def test_a_key_opens_one_path_for_reading() -> None:
    access = Access(token=TOKEN)
    path, _, query = access.signed("/api/generations/a/files/image.png").partition("?")
    assert TOKEN not in query
    assert access.admits(path, {}, query, "GET")
    assert not access.admits(path, {}, query, "POST")
    assert not access.admits("/api/generations/b/files/image.png", {}, query, "GET")
    assert not access.admits(path, {}, "key=", "GET")
    assert not access.admits(path, {}, "", "GET")
    assert access.admits(path, {"authorization": f"bearer {TOKEN}"}, "", "POST")
    assert not access.admits(path, {"authorization": f"Basic {TOKEN}"}, "", "POST")
    assert not access.admits(path, {"authorization": f"Bearer {TOKEN}x"}, "", "POST")


def test_a_body_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that drip hold a connection for so long, and no longer; what comes after the body is waited for."""
    monkeypatch.setattr(guard, "_PATIENCE", 0.05)

    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def late() -> dict[str, Any]:
        await asyncio.sleep(0.2)
        return {"type": "http.disconnect"}

    async def read(*messages: Any) -> list[Any]:
        waiting = iter(messages)
        receive = guard._limited(lambda: next(waiting)(), {})
        return [await receive() for _ in messages]

    with pytest.raises(NotServed) as refused:
        asyncio.run(read(*[drip] * 50))
    assert refused.value.status == 408

    async def whole() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    assert asyncio.run(read(whole, late))[1] == {"type": "http.disconnect"}


def test_a_server_with_a_token(tmp_path: Path) -> None:
    """Everything but the empty page needs it; links hold keys of their own; no file holds it."""
    profile, _ = profile_of(tmp_path)
    with running(tmp_path, profile, token=TOKEN) as address, httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/").status_code == client.get("/assets/studio.js").status_code == 200
        for path in ("/api/health", "/api/generations", "/v1/models", "/mcp", "/api/generations/x/files/image.png"):
            refused = client.get(path)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert client.post("/v1/images/generations", json={"prompt": "a cup"}).status_code == 401
        client.headers["authorization"] = f"Bearer {TOKEN}"
        made = client.post("/v1/images/generations", json={"prompt": "a cup", "response_format": "url"}).json()
        del client.headers["authorization"]
        assert client.get(made["data"][0]["url"]).headers["content-type"] == "image/png"
        assert client.get(made["data"][0]["url"].partition("?")[0]).status_code == 401
    assert all(TOKEN.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
