"""Serper, text and images, against a strict local counterpart."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.core.event import TextHit
from genevolve.core.picture import Picture
from genevolve.services.http import new_client
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore
from genevolve.tools.fetch import FetchLimits, ImageFetcher
from genevolve.tools.serper import SerperImageSearch, SerperSearch
from tests.services.pictures import encoded
from tests.services.serper import KEY, Serper
from tests.services.wire import Reply, Request, Server, answer

ENVIRON = {"SERPER_API_KEY": KEY}


def text_search(
    serper: Serper, *script: Reply | None, environ: dict[str, str] | None = None, top_k: int = 5, **settings: Any
) -> list[TextHit]:
    async def scenario() -> list[TextHit]:
        chosen = ENVIRON if environ is None else environ
        async with Server(serper, script=list(script)) as server, new_client() as client:
            search = SerperSearch(client=client, secrets=Secrets(chosen), environ=chosen, base_url=server.url, **settings)
            return list(await search.search("Eiffel tower height", top_k))

    return asyncio.run(scenario())


def organic(count: int) -> list[dict[str, Any]]:
    return [
        {"title": f"T{n}", "link": f"https://example.com/{n}", "snippet": f"S{n}", "position": n + 1, "sitelinks": []}
        for n in range(count)
    ]


def test_the_request_is_exactly_what_serper_takes() -> None:
    serper = Serper(organic=organic(9))
    hits = text_search(serper, top_k=3)
    assert serper.asked == [("/search", {"q": "Eiffel tower height", "num": 3})], "no time limit, no market"
    assert hits[0] == TextHit(title="T0", url="https://example.com/0", snippet="S0", source="serper")
    assert [hit.title for hit in hits] == ["T0", "T1", "T2"]


def test_country_and_language_are_sent_when_set() -> None:
    serper = Serper(organic=organic(1))
    text_search(serper, country="fr", language="de")
    assert serper.asked[0][1] == {"q": "Eiffel tower height", "num": 5, "gl": "fr", "hl": "de"}


def test_the_address_comes_from_the_environment() -> None:
    async def scenario() -> int:
        async with Server(Serper(organic=organic(2))) as server, new_client() as client:
            environ = {**ENVIRON, "SERPER_BASE_URL": server.url + "/"}
            search = SerperSearch(client=client, secrets=Secrets(environ), environ=environ)
            return len(await search.search("x", 5))

    assert asyncio.run(scenario()) == 2


@pytest.mark.parametrize("environ", [{}, {"SERPER_API_KEY": "  "}])
def test_a_missing_key_is_not_no_results(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="SERPER_API_KEY"):
        text_search(Serper(), environ=environ)


def test_a_wrong_key_stops_the_run_and_names_the_setting() -> None:
    with pytest.raises(AuthError, match="SERPER_API_KEY") as caught:
        text_search(Serper(), environ={"SERPER_API_KEY": "wrong-key-987654"})
    assert "wrong-key-987654" not in str(caught.value)


def test_an_empty_account_stops_the_run() -> None:
    with pytest.raises(AuthError, match="no credits"):
        text_search(Serper(), answer({"message": "Not enough credits", "statusCode": 400}, status=400))


@pytest.mark.parametrize(
    ("reply", "retryable", "wait"),
    [
        (Reply(status=429, headers=(("Retry-After", "3"),)), True, 3.0),
        (Reply(status=429), True, None),
        (Reply(status=500), True, None),
        (Reply(status=503, headers=(("Retry-After", "1"),)), True, 1.0),
        (Reply(status=404), False, None),
        (Reply(status=302, headers=(("Location", "http://127.0.0.1/"),)), False, None),
        (Reply(body=b'{"organic": [', cut_after=5), True, None),
        (Reply(body=b'{"organic": ['), True, None),
        (Reply(body=b"<html>busy</html>", content_type="text/html"), True, None),
        (answer([]), True, None),
        (answer({}), True, None),
        (answer({"organic": None, "searchParameters": {}}), True, None),
        (answer({"organic": {"0": {}}}), True, None),
        (answer({"organic": ["x", 3]}), True, None),
        (answer({"organic": [{"title": 5}]}), True, None),
    ],
)
def test_faults_are_failures_never_empty_results(reply: Reply, retryable: bool, wait: float | None) -> None:
    serper = Serper(organic=organic(3))
    with pytest.raises(ServiceError) as caught:
        text_search(serper, reply)
    assert (caught.value.retryable, caught.value.retry_after) == (retryable, wait)
    assert not serper.asked, "one attempt, no retry of its own"


@pytest.mark.parametrize("body", [{"organic": []}, {"searchParameters": {"q": "x"}, "credits": 1}])
def test_nothing_found_is_an_answer(body: dict[str, Any]) -> None:
    assert text_search(Serper(), answer(body)) == []


def test_malformed_entries_are_skipped() -> None:
    entries = [
        "text",
        {"title": "no address", "snippet": "s"},
        {"title": None, "link": "https://a.example", "snippet": "  only\n a  snippet "},
        {"title": "T", "url": "https://b.example"},
        {"link": "https://c.example"},
    ]
    hits = text_search(Serper(), answer({"organic": entries}))
    assert [(hit.title, hit.url, hit.snippet) for hit in hits] == [
        ("", "https://a.example", "only a snippet"),
        ("T", "https://b.example", ""),
    ]


def test_texts_without_end_and_half_characters_do_not_reach_the_policy() -> None:
    entries = organic(3)
    entries[0] |= {"title": "x" * 1_000_000, "snippet": "half \ud83d of it"}
    entries[1] |= {"link": "https://example.com/" + "y" * 10_000}
    first, second = text_search(Serper(organic=entries))
    assert len(first.title) == 4000 and first.title.endswith("x…") and first.snippet == "half ? of it"
    assert second.url == "https://example.com/2", "an address that was cut would be another one"


def test_an_empty_question_is_not_sent() -> None:
    async def scenario() -> None:
        async with new_client() as client:
            await SerperSearch(client=client, secrets=Secrets(ENVIRON), environ=ENVIRON).search("  ", 5)

    with pytest.raises(ServiceError, match="empty"):
        asyncio.run(scenario())


# ---- images -----------------------------------------------------------------------------------------------------------


class Web:
    """Image pages by path: ``good-N`` is an image of N pixels' width, ``slow-N`` too, everything else is broken."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request.path)
        kind, _, number = request.path.strip("/").partition("-")
        if kind in {"good", "slow", "thumb"}:
            picture = encoded(size=(10 + int(number), 8))
            return Reply(body=picture, content_type="image/png", delay=0.15 if kind == "slow" else 0.0)
        return Reply(body=b"<html>hotlinking forbidden</html>", content_type="text/html", status=200)


def image_search(
    folder: Path, entries: Callable[[str], list[Any]], *, top_k: int = 5, limits: FetchLimits | None = None
) -> tuple[list[Picture], Serper, Web, int]:
    async def scenario() -> tuple[list[Picture], Serper, Web, int]:
        web = Web()
        async with Server(web) as images:
            serper = Serper(images=entries(images.url))
            async with Server(serper) as server, new_client() as client:
                made = ImageFetcher(store=ImageStore(folder), allow_private=True, limits=limits or FetchLimits())
                async with aclosing(made) as fetcher:
                    search = SerperImageSearch(
                        client=client, secrets=Secrets(ENVIRON), environ=ENVIRON, fetcher=fetcher, base_url=server.url
                    )
                    return list(await search.search_images("Eiffel tower", top_k)), serper, web, images.busiest

    return asyncio.run(scenario())


def test_images_come_in_the_order_of_the_search_and_are_stored(tmp_path: Path) -> None:
    def entries(web: str) -> list[Any]:
        return [
            {"title": f"T{n}", "imageUrl": f"{web}/{'slow' if n == 0 else 'good'}-{n}", "link": f"https://page.example/{n}"}
            for n in range(12)
        ]

    pictures, serper, web, busiest = image_search(tmp_path, entries, top_k=3)
    assert serper.asked == [("/images", {"q": "Eiffel tower", "num": 10})]
    assert [picture.title for picture in pictures] == ["T0", "T1", "T2"]
    assert [picture.page_url for picture in pictures] == [f"https://page.example/{n}" for n in range(3)]
    assert all(ImageStore(tmp_path).load(picture.digest) for picture in pictures)
    assert pictures[0].source == "serper" and pictures[0].url.endswith("/slow-0")
    assert sorted(web.asked) == ["/good-1", "/good-2", "/slow-0"], "no more is downloaded than is wanted"
    assert busiest == 3, "side by side"


def test_dead_candidates_make_room_for_the_next(tmp_path: Path) -> None:
    kinds = ["dead", "good", "dead", "dead", "good", "slow", "good", "good"]

    def entries(web: str) -> list[Any]:
        return [{"title": f"T{n}", "imageUrl": f"{web}/{kind}-{n}"} for n, kind in enumerate(kinds)]

    pictures, _, _, busiest = image_search(tmp_path, entries, top_k=3)
    assert [picture.title for picture in pictures] == ["T1", "T4", "T5"]
    assert busiest <= 3


def test_the_thumbnail_is_the_second_choice(tmp_path: Path) -> None:
    def entries(web: str) -> list[Any]:
        return [
            {"title": "A", "imageUrl": f"{web}/dead-0", "thumbnailUrl": f"{web}/thumb-1", "link": "https://a.example"},
            {"title": "B", "image_url": f"{web}/good-2", "thumbnailUrl": f"{web}/thumb-3", "source": "Wikipedia"},
            {"title": "C", "thumbnailUrl": f"{web}/thumb-4"},
            {"title": "D", "url": f"{web}/good-5"},
        ]

    pictures, _, _, _ = image_search(tmp_path, entries)
    assert [picture.url.rpartition("/")[2] for picture in pictures] == ["thumb-1", "good-2", "thumb-4", "good-5"]
    assert [picture.page_url for picture in pictures] == ["https://a.example", "Wikipedia", "", ""]


def test_the_same_image_twice_counts_once(tmp_path: Path) -> None:
    def entries(web: str) -> list[Any]:
        return [
            {"title": f"T{n}", "imageUrl": f"{web}/{kind}"} for n, kind in enumerate(["slow-1", "good-1", "good-2", "good-3"])
        ]

    for _ in range(3):
        pictures, _, _, _ = image_search(tmp_path, entries, top_k=2)
        assert [picture.title for picture in pictures] == ["T0", "T2"], "the better ranked one stays, however slow it is"


def test_when_no_image_can_be_fetched_it_is_a_failure(tmp_path: Path) -> None:
    def dead(web: str) -> list[Any]:
        return [{"title": "x", "imageUrl": f"{web}/dead-{n}", "thumbnailUrl": "ftp://x.example/"} for n in range(3)]

    with pytest.raises(ServiceError, match="none of the 3 images") as caught:
        image_search(tmp_path, dead)
    assert not caught.value.retryable


def test_asking_again_makes_sense_only_when_every_download_may_pass(tmp_path: Path) -> None:
    limits = FetchLimits(timeout=0.05)
    for paths, retryable in ((["slow-1", "slow-2"], True), (["slow-1", "dead-1"], False)):

        def entries(web: str, paths: list[str] = paths) -> list[Any]:
            return [{"title": path, "imageUrl": f"{web}/{path}"} for path in paths]

        with pytest.raises(ServiceError) as caught:
            image_search(tmp_path, entries, limits=limits)
        assert caught.value.retryable is retryable


def test_images_on_private_addresses_are_not_fetched(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server(Web()) as web:
            serper = Serper(images=[{"title": "x", "imageUrl": f"{web.url}/good-1"}])
            async with Server(serper) as server, new_client() as client:
                search = SerperImageSearch(
                    client=client,
                    secrets=Secrets(ENVIRON),
                    environ=ENVIRON,
                    fetcher=ImageFetcher(store=ImageStore(tmp_path)),
                    base_url=server.url,
                )
                with pytest.raises(ServiceError, match="none of the 1 images"):
                    await search.search_images("x", 1)
            assert not web.requests

    asyncio.run(scenario())


def test_nothing_found_is_an_answer_for_images_too(tmp_path: Path) -> None:
    assert image_search(tmp_path, lambda web: [])[0] == []


def test_entries_without_addresses_are_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="no address"):
        image_search(tmp_path, lambda web: [{"title": "x"}, {"imageUrl": 7}])


def test_one_slow_image_does_not_hold_the_search_for_ever(tmp_path: Path) -> None:
    def entries(web: str) -> list[Any]:
        return [{"title": "x", "imageUrl": f"{web}/slow-0"}, {"title": "y", "imageUrl": f"{web}/good-1"}]

    started = time.monotonic()
    pictures, _, _, _ = image_search(tmp_path, entries, top_k=2, limits=FetchLimits(timeout=0.05))
    assert [picture.title for picture in pictures] == ["y"]
    assert time.monotonic() - started < 5


def test_the_identity_tells_settings_apart(tmp_path: Path) -> None:
    async def identities() -> tuple[Any, ...]:
        async with new_client() as client:
            common: dict[str, Any] = {"client": client, "secrets": Secrets(ENVIRON), "environ": ENVIRON}
            fetchers = [ImageFetcher(store=ImageStore(tmp_path), limits=FetchLimits(max_side=n)) for n in (64, 128)]
            return (
                SerperSearch(**common).identity,
                SerperSearch(**common, country="fr").identity,
                *(SerperImageSearch(**common, fetcher=fetcher).identity for fetcher in fetchers),
            )

    found = asyncio.run(identities())
    assert all(one != other for n, one in enumerate(found) for other in found[n + 1 :])
    assert KEY not in str(found)
