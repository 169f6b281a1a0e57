"""The keyless search through the real ``ddgs`` package, whose engines are pointed at local pages."""

import asyncio
import html
import json
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.errors import ServiceError, UsageError
from genevolve.store.images import ImageStore
from genevolve.tools.ddgs import DdgsImageSearch, DdgsSearch
from genevolve.tools.fetch import ImageFetcher
from tests.services.pictures import encoded
from tests.services.wire import Reply, Request, Server

ddgs = pytest.importorskip("ddgs", reason="the package ddgs is not installed")
exceptions = pytest.importorskip("ddgs.exceptions")


def text_page(count: int) -> Reply:
    items = "".join(
        f'<li><h2><a href="https://example.com/{n}">Tower {n}</a></h2><p class="s">The tower is {n} m high.</p></li>'
        for n in range(count)
    )
    return Reply(body=f'<html><ul class="results-standard results">{items}</ul></html>'.encode(), content_type="text/html")


def image_page(entries: list[dict[str, str]]) -> Reply:
    items = "".join(
        f'<div><div class="imgpt"><a class="iusc" m="{data}"></a></div><div class="infopt"></div></div>'
        for data in (html.escape(json.dumps(entry)) for entry in entries)
    )
    return Reply(body=f"<html><body>{items}</body></html>".encode(), content_type="text/html")


def text_search(monkeypatch: pytest.MonkeyPatch, reply: Reply, top_k: int = 3) -> tuple[list[Any], list[Request]]:
    from ddgs.engines.mojeek import Mojeek

    async def scenario() -> tuple[list[Any], list[Request]]:
        async with Server(lambda _: reply) as server:
            monkeypatch.setattr(Mojeek, "search_url", f"{server.url}/search")
            hits = await DdgsSearch(backend="mojeek").search("tower height", top_k)
            return list(hits), server.requests

    return asyncio.run(scenario())


def test_text_hits_come_from_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    hits, (request,) = text_search(monkeypatch, text_page(6))
    assert len(hits) == 3
    assert {(hit.title, hit.url, hit.snippet, hit.source) for hit in hits} <= {
        (f"Tower {n}", f"https://example.com/{n}", f"The tower is {n} m high.", "ddgs") for n in range(6)
    }
    assert request.query == {"q": "tower height"}, "no time limit is put on the results"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429),
        Reply(status=403),
        Reply(status=500),
        Reply(body=b"<html>are you a robot?</html>"),
        Reply(body=b""),
        text_page(0),
        Reply(body=b"<html>", cut_after=2),
    ],
)
def test_an_engine_that_turns_us_away_is_not_no_results(monkeypatch: pytest.MonkeyPatch, reply: Reply) -> None:
    with pytest.raises(ServiceError) as caught:
        text_search(monkeypatch, reply)
    assert caught.value.retryable


def test_images_are_fetched_in_order_with_thumbnails_as_second_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddgs.engines.bing_images import BingImages

    def web(request: Request) -> Reply:
        if request.path == "/search":
            return image_page(
                [
                    {
                        "t": "Tower one",
                        "murl": f"{server.url}/dead",
                        "turl": f"{server.url}/small",
                        "purl": "https://one.example",
                    },
                    {
                        "t": "Tower two",
                        "murl": f"{server.url}/big",
                        "turl": f"{server.url}/dead",
                        "purl": "https://two.example",
                    },
                ]
            )
        sizes = {"/small": (9, 9), "/big": (30, 20)}
        if request.path in sizes:
            return Reply(body=encoded(size=sizes[request.path]), content_type="image/png")
        return Reply(status=404)

    server = Server(web)

    async def scenario() -> list[Any]:
        async with server:
            monkeypatch.setattr(BingImages, "search_url", f"{server.url}/search")
            async with aclosing(ImageFetcher(store=ImageStore(tmp_path), allow_private=True)) as fetcher:
                return list(await DdgsImageSearch(fetcher=fetcher, backend="bing").search_images("tower", 2))

    found = {picture.title: picture for picture in asyncio.run(scenario())}
    assert found["Tower one"].url.endswith("/small") and found["Tower one"].page_url == "https://one.example"
    assert found["Tower two"].url.endswith("/big") and found["Tower two"].source == "ddgs"


def raising(error: Exception) -> Callable[..., list[dict[str, Any]]]:
    def ask(*_: Any, **__: Any) -> list[dict[str, Any]]:
        raise error

    return ask


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (exceptions.RatelimitException("202 Ratelimit"), "fewer questions"),
        (exceptions.TimeoutException("timed out"), "too long"),
        (exceptions.DDGSException("ConnectError"), "cannot be asked"),
        (exceptions.DDGSException("No results found."), "turned us away"),
        (ValueError("a changed page"), "cannot be read"),
    ],
)
def test_the_packages_exceptions_are_classified(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    monkeypatch.setattr(ddgs.DDGS, "text", raising(error))
    with pytest.raises(ServiceError, match=words) as caught:
        asyncio.run(DdgsSearch().search("x", 3))
    assert caught.value.retryable


@pytest.mark.parametrize("answer", [["x"], [{"title": 3}], []])
def test_answers_in_another_form_are_failures(monkeypatch: pytest.MonkeyPatch, answer: list[Any]) -> None:
    monkeypatch.setattr(ddgs.DDGS, "text", lambda *_, **__: answer)
    with pytest.raises(ServiceError):
        asyncio.run(DdgsSearch().search("x", 3))


def test_an_unknown_engine_is_named_instead_of_replaced() -> None:
    with pytest.raises(UsageError, match="altavista"):
        asyncio.run(DdgsSearch(backend="mojeek, altavista").search("x", 3))
