"""Downloading what a stranger named: nothing private is reached, and only whole, small, real images are stored."""

import asyncio
import gzip
import shutil
import socket
import ssl
import subprocess
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Self

import pytest

from genevolve.core.errors import ServiceError
from genevolve.store.images import ImageStore
from genevolve.tools import download
from genevolve.tools.download import CheckedConnections
from genevolve.tools.fetch import Fetched, FetchLimits, ImageFetcher
from tests.services.pictures import animation, encoded, noise, opened
from tests.services.wire import Reply, Request, Server

PUBLIC = "93.184.216.34"


def image(body: bytes, **faults: Any) -> Reply:
    return Reply(body=body, content_type="image/png", **faults)


class Internet:
    """Every public address is the test's server: sockets that connect there, whatever address they are told to. ``dialled``
    is what they were told; to ``down`` nothing can be connected."""

    def __init__(self, server: Server, down: Sequence[str] = ()) -> None:
        self._server = server
        self._down = down
        self.dialled: list[str] = []

    @property
    def connections(self) -> CheckedConnections:
        return CheckedConnections(self.dial)

    def dial(self, address: Any) -> socket.socket:
        internet = self

        class Routed(socket.socket):
            def connect(self, address: Any) -> None:
                internet.dialled.append(address[0])
                if address[0] in internet._down:
                    raise ConnectionRefusedError("this one is down")
                super().connect(("127.0.0.1", internet._server.port))

        return Routed(address[0], address[1])


def names(**table: Sequence[str] | Exception) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    async def resolve(host: str, port: int) -> Sequence[str]:
        found = table.get(host.split(".")[0], [PUBLIC])
        if isinstance(found, Exception):
            raise found
        return found

    return resolve


def fetched(
    folder: Path,
    *replies: Reply,
    url: str = "http://images.example/a.png",
    limits: FetchLimits | None = None,
    resolve: Callable[[str, int], Awaitable[Sequence[str]]] | None = None,
) -> tuple[Fetched, list[Request], list[str]]:
    async def scenario() -> tuple[Fetched, list[Request], list[str]]:
        async with Server(lambda _: Reply(status=500), script=list(replies)) as server:
            internet = Internet(server)
            fetcher = ImageFetcher(
                store=ImageStore(folder),
                limits=limits or FetchLimits(),
                resolve=resolve or names(),
                connections=internet.connections,
            )
            async with aclosing(fetcher):
                return await fetcher.fetch(url), server.requests, internet.dialled

    return asyncio.run(scenario())


def failure(folder: Path, *replies: Reply, **settings: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        fetched(folder, *replies, **settings)
    assert not list(folder.glob("*")), "nothing may be stored"
    return caught.value


def test_an_image_is_stored_clean_under_its_digest(tmp_path: Path) -> None:
    result, requests, dialled = fetched(tmp_path, image(encoded("JPEG")), url="http://images.example/a b.png?q=ü")
    stored = opened(ImageStore(tmp_path).load(result.digest))
    assert (stored.format, stored.size, result.size) == ("PNG", (32, 24), (32, 24))
    assert dialled == [PUBLIC], "the connection goes to the address that was checked, not to the name"
    (request,) = requests
    assert (request.path, request.headers["host"], request.headers["accept-encoding"]) == (
        "/a%20b.png",
        "images.example",
        "identity",
    )
    assert not {"cookie", "referer", "authorization"} & set(request.headers)


@pytest.mark.parametrize(
    ("image_format", "mode"),
    [("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB"), ("BMP", "RGB"), ("AVIF", "RGB"), ("JPEG", "CMYK")],
)
def test_the_kind_of_image_is_sniffed_not_believed(tmp_path: Path, image_format: str, mode: str) -> None:
    result, _, _ = fetched(tmp_path, Reply(body=encoded(image_format, mode=mode), content_type="text/html"))
    assert opened(ImageStore(tmp_path).load(result.digest)).mode in {"RGB", "RGBA"}


def test_formats_that_the_web_does_not_show_are_not_read(tmp_path: Path) -> None:
    assert "none of the image formats" in str(failure(tmp_path, image(encoded("TIFF"))))


def test_the_orientation_of_a_photo_is_applied(tmp_path: Path) -> None:
    result, _, _ = fetched(tmp_path, image(encoded("JPEG", orientation=6)))
    assert result.size == (24, 32)


def test_the_first_frame_of_an_animation_is_taken(tmp_path: Path) -> None:
    result, _, _ = fetched(tmp_path, image(animation()))
    assert opened(ImageStore(tmp_path).load(result.digest)).convert("RGB").getpixel((3, 3)) == (255, 0, 0)


def test_a_large_image_is_scaled_down(tmp_path: Path) -> None:
    result, _, _ = fetched(tmp_path, image(encoded(size=(300, 100))), limits=FetchLimits(max_side=60))
    assert result.size == (60, 20)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "fd00::1", "64:ff9b::a00:1"],
)
def test_a_name_that_resolves_to_a_private_address_is_refused(tmp_path: Path, address: str) -> None:
    for addresses in ([address], [PUBLIC, address]):
        problem = failure(tmp_path, image(encoded()), resolve=names(images=addresses))
        assert not problem.retryable


def test_the_refusal_names_the_setting(tmp_path: Path) -> None:
    assert "fetch.allow_private" in str(failure(tmp_path, url="http://127.0.0.1/a.png"))


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/", "http://inside.example/x", "http://[::1]/", "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/", "file:///etc/passwd", "http://0x7f.1/", "http://user@images.example/", "http://images.example:22/",
        "data:image/png;base64,AA",
    ],
)  # fmt: skip
def test_a_redirect_to_a_private_address_is_not_followed(tmp_path: Path, location: str) -> None:
    replies = (
        Reply(status=302, headers=(("Location", "/b"),)),
        Reply(status=307, headers=(("Location", location),)),
        image(encoded()),
    )
    problem = failure(tmp_path, *replies, resolve=names(inside=["192.168.0.1"]))
    assert not problem.retryable


def test_a_name_that_changes_its_address_gains_nothing(tmp_path: Path) -> None:
    answers = [[PUBLIC], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    _, _, dialled = fetched(tmp_path, image(encoded()), resolve=rebinding)
    assert dialled == [PUBLIC] and len(answers) == 1, "one hop resolves once"
    answers.insert(0, [PUBLIC])
    problem = failure(tmp_path / "b", Reply(status=301, headers=(("Location", "/b"),)), resolve=rebinding)
    assert "127.0.0.1" in str(problem), "the next hop is checked anew"


def test_redirects_are_followed_up_to_a_cap(tmp_path: Path) -> None:
    def hop(n: int) -> Reply:
        return Reply(status=302, headers=(("Location", f"http://cdn{n}.example/{n}"),))

    result, requests, _ = fetched(tmp_path / "a", hop(1), hop(2), image(encoded()))
    assert result.url == "http://cdn2.example/2" and requests[-1].headers["host"] == "cdn2.example"
    problem = failure(tmp_path / "b", hop(1), hop(2), image(encoded()), limits=FetchLimits(max_redirects=1))
    assert "redirects" in str(problem)
    assert "redirect to nowhere" in str(failure(tmp_path / "c", Reply(status=302)))


@pytest.mark.parametrize("length", [None, -1, 10**12, 100])
def test_a_body_is_cut_at_the_cap_whatever_it_declares(tmp_path: Path, length: int | None) -> None:
    body = noise((200, 200))
    failure(tmp_path, image(body, length=length), limits=FetchLimits(max_bytes=10_000))


def test_an_endless_body_is_read_no_further_than_the_cap(tmp_path: Path) -> None:
    problem = failure(tmp_path, image(b"x" * 5_000_000, length=-1), limits=FetchLimits(max_bytes=10_000))
    assert "10,000" in str(problem)


def test_a_compression_bomb_is_not_inflated(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    reply = image(bomb, headers=(("Content-Encoding", "gzip"),))
    assert "1,000,000 bytes" in str(failure(tmp_path, reply, limits=FetchLimits(max_bytes=1_000_000)))


def test_unasked_compression_is_understood_or_refused(tmp_path: Path) -> None:
    for coding, packed in (("gzip", gzip.compress(encoded())), ("deflate", zlib.compress(encoded()))):
        fetched(tmp_path / coding, image(packed, headers=(("Content-Encoding", coding),)))
    assert "'br'" in str(failure(tmp_path / "br", image(encoded(), headers=(("Content-Encoding", "br"),))))
    failure(tmp_path / "x", image(b"not gzip", headers=(("Content-Encoding", "gzip"),)))


def test_pixels_are_capped(tmp_path: Path) -> None:
    assert "pixels" in str(failure(tmp_path, image(encoded(size=(400, 400))), limits=FetchLimits(max_pixels=100_000)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>not found</html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        encoded()[:60],
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)
def test_what_does_not_decode_is_not_stored(tmp_path: Path, body: bytes) -> None:
    problem = failure(tmp_path, Reply(body=body, content_type="image/png"))
    assert "not a usable image" in str(problem) and not problem.retryable


@pytest.mark.parametrize(
    ("status", "retryable"), [(404, False), (403, False), (401, False), (206, False), (429, True), (500, True), (503, True)]
)
def test_a_status_is_classified(tmp_path: Path, status: int, retryable: bool) -> None:
    problem = failure(tmp_path, Reply(status=status, body=encoded(), headers=(("Retry-After", "7"),)))
    assert (problem.retryable, problem.retry_after) == (retryable, 7.0 if retryable else None)
    assert str(status) in str(problem)


def test_slow_bodies_and_slow_names_run_into_the_total_time(tmp_path: Path) -> None:
    limits = FetchLimits(timeout=0.2)
    assert failure(tmp_path, image(encoded(), drip=0.05), limits=limits).retryable
    assert failure(tmp_path, image(encoded(), delay=5), limits=limits).retryable

    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(5)
        return [PUBLIC]

    assert "longer than 0.2 s" in str(failure(tmp_path, resolve=slow, limits=limits))


def test_a_cut_connection_is_retryable(tmp_path: Path) -> None:
    assert failure(tmp_path, image(encoded(), cut_after=40)).retryable


def test_what_is_not_http_is_a_failure(tmp_path: Path) -> None:
    async def scenario() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        fetcher = ImageFetcher(store=ImageStore(tmp_path), allow_private=True)
        with pytest.raises(ServiceError):
            await fetcher.fetch(f"http://127.0.0.1:{port}/")
        await fetcher.aclose()
        server.close()

    asyncio.run(scenario())


def test_names_that_do_not_resolve(tmp_path: Path) -> None:
    assert not failure(tmp_path, resolve=names(images=OSError())).retryable
    assert not failure(tmp_path, resolve=names(images=[])).retryable


def test_the_next_address_is_tried_when_one_is_down(tmp_path: Path) -> None:
    async def scenario(*addresses: str) -> Fetched:
        async with Server(lambda _: image(encoded())) as server:
            internet = Internet(server, down=["1.2.3.4"])
            made = ImageFetcher(store=ImageStore(tmp_path), resolve=names(images=addresses), connections=internet.connections)
            async with aclosing(made) as fetcher:
                return await fetcher.fetch("http://images.example/")

    assert asyncio.run(scenario("1.2.3.4", PUBLIC)).size == (32, 24)
    with pytest.raises(ServiceError) as caught:
        asyncio.run(scenario("1.2.3.4"))
    assert caught.value.retryable


def test_the_opt_out_reaches_the_own_network(tmp_path: Path) -> None:
    async def scenario(allow_private: bool) -> Fetched:
        made = ImageFetcher(store=ImageStore(tmp_path), allow_private=allow_private)
        async with Server(lambda _: image(encoded())) as server, aclosing(made) as fetcher:
            return await fetcher.fetch(f"http://localhost:{server.port}/a.png")

    with pytest.raises(ServiceError):
        asyncio.run(scenario(False))
    assert asyncio.run(scenario(True)).size == (32, 24)


def test_proxies_of_the_environment_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    fetched(tmp_path, image(encoded()))


class Encrypted:
    """A TLS server whose certificate, signed by itself, is that of ``name``. ``asked`` are the names in the handshakes, and
    ``connections`` counts those that came about."""

    def __init__(self, folder: Path, name: str) -> None:
        self.certificate = folder / "certificate.pem"
        key = folder / "key.pem"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += [
            "-subj",
            "/CN=test",
            "-addext",
            f"subjectAltName={name}",
            "-keyout",
            str(key),
            "-out",
            str(self.certificate),
        ]
        subprocess.run(command, check=True, capture_output=True)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)
        self._context.sni_callback = lambda _, name, __: self.asked.append(name)
        self.asked: list[str | None] = []
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        body = encoded()
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def encrypted(folder: Path, name: str, *urls: str, monkeypatch: pytest.MonkeyPatch, trusted: bool = True) -> Encrypted:
    """The server after all ``urls`` were fetched, which is trusted or not. Raises what the fetcher raises."""
    server = Encrypted(folder, name)
    if trusted:
        context = ssl.create_default_context(cafile=str(server.certificate))
        monkeypatch.setattr(download, "_tls", lambda: context)

    async def scenario() -> None:
        async with server:
            connections = Internet(server).connections  # type: ignore[arg-type]
            made = ImageFetcher(store=ImageStore(folder / "images"), resolve=names(), connections=connections)
            async with aclosing(made) as fetcher:
                for url in urls:
                    await fetcher.fetch(url)

    asyncio.run(scenario())
    return server


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with openssl")


@needs_openssl
def test_tls_certificates_are_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to an address; the handshake still asks for, and verifies, the name."""
    url = "https://images.example/a.png"
    assert encrypted(tmp_path, "DNS:images.example", url, monkeypatch=monkeypatch).asked == ["images.example"]
    for name in ("DNS:other.example", f"IP:{PUBLIC}"):
        with pytest.raises(ServiceError, match="TLS") as caught:
            encrypted(tmp_path, name, url, monkeypatch=monkeypatch)
        assert not caught.value.retryable
    monkeypatch.undo()
    with pytest.raises(ServiceError, match="TLS"):
        encrypted(tmp_path, "DNS:images.example", url, monkeypatch=monkeypatch, trusted=False)


@needs_openssl
def test_a_connection_is_used_again_for_the_same_name_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two names at one address: the second may not ride on what the first has proved."""
    urls = ("https://a.example/1", "https://a.example/2", "https://b.example/1")
    server = encrypted(tmp_path, "DNS:a.example,DNS:b.example", *urls, monkeypatch=monkeypatch)
    assert (server.asked, server.connections) == (["a.example", "b.example"], 2)
    with pytest.raises(ServiceError, match="TLS"):
        encrypted(tmp_path, "DNS:a.example", *urls, monkeypatch=monkeypatch)


def test_a_kept_connection_does_not_outlive_the_address(tmp_path: Path) -> None:
    """Each fetch resolves and checks anew; a name that moves is followed, one that moves inside is refused."""
    answers = [[PUBLIC], [PUBLIC], ["1.2.3.4"], ["127.0.0.1"]]

    async def moving(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    async def scenario() -> list[str]:
        async with Server(lambda _: image(encoded())) as server:
            internet = Internet(server)
            made = ImageFetcher(store=ImageStore(tmp_path), resolve=moving, connections=internet.connections)
            async with aclosing(made) as fetcher:
                for n in range(3):
                    await fetcher.fetch(f"http://images.example/{n}")
                with pytest.raises(ServiceError, match=r"127\.0\.0\.1"):
                    await fetcher.fetch("http://images.example/3")
            return internet.dialled

    assert asyncio.run(scenario()) == [PUBLIC, "1.2.3.4"], "the second fetch found the connection of the first"


def test_endless_headers_are_not_read(tmp_path: Path) -> None:
    for headers in ([("X", "y" * 100_000)], [(f"X-{n}", "y") for n in range(1000)]):
        assert failure(tmp_path, image(encoded(), headers=tuple(headers))).retryable


def test_concurrent_fetches_of_one_image_store_it_once(tmp_path: Path) -> None:
    async def scenario() -> set[str]:
        async with Server(lambda _: image(encoded())) as server:
            connections = Internet(server).connections
            made = ImageFetcher(store=ImageStore(tmp_path), resolve=names(), connections=connections)
            async with aclosing(made) as fetcher:
                results = await asyncio.gather(*(fetcher.fetch(f"http://images.example/{n}") for n in range(24)))
            return {result.digest for result in results}

    (digest,) = asyncio.run(scenario())
    assert [path.name for path in tmp_path.iterdir()] == [f"{digest}.png"]


def test_a_full_disk_is_not_the_image_servers_fault(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(OSError):
        fetched(blocked, image(encoded()))
