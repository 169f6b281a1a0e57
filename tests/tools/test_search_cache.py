"""Search answers kept on disk: a rerun costs nothing and sees what the first run saw."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import TextHit
from genevolve.core.picture import Picture
from genevolve.store.images import ImageStore
from genevolve.tools.cache import CachedImageSearch, CachedTextSearch, CacheMode, SearchCache
from tests.services.pictures import encoded


class Counting:
    """A search whose every answer is new, so that a repeated answer can only come from the cache."""

    def __init__(self, images: ImageStore | None = None) -> None:
        self.images = images
        self.asked: list[tuple[str, int]] = []
        self.trouble: Exception | None = None
        self.delay = 0.0

    async def _ask(self, query: str, top_k: int) -> int:
        self.asked.append((query, top_k))
        await asyncio.sleep(self.delay)
        if self.trouble:
            raise self.trouble
        return len(self.asked)

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        number = await self._ask(query, top_k)
        return [TextHit(title=f"{query} ü \u2028 {number}", url="https://example.com", snippet="s\n", source="fake")] * top_k

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        number = await self._ask(query, top_k)
        assert self.images is not None
        digest = self.images.put(encoded(size=(8 + number, 8)))
        return [Picture(title=query, digest=digest, source="fake", url="https://i.example", page_url="https://p.example")]


def text(folder: Path, inner: Counting, mode: str, **settings: Any) -> CachedTextSearch:
    return CachedTextSearch(inner, SearchCache(folder=folder), mode=CacheMode(mode), identity={"provider": "fake", **settings})


def image(folder: Path, inner: Counting, mode: str) -> CachedImageSearch:
    assert inner.images is not None
    cache = SearchCache(folder=folder)
    return CachedImageSearch(inner, cache, mode=CacheMode(mode), identity={"provider": "fake"}, images=inner.images)


def test_a_rerun_asks_nothing_and_sees_the_same(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    one = asyncio.run(text(tmp_path, first, "read").search("q", 2))
    assert list(asyncio.run(text(tmp_path, second, "read").search("q", 2))) == list(one)
    assert list(asyncio.run(text(tmp_path, second, "replay").search("q", 2))) == list(one)
    assert (len(first.asked), len(second.asked)) == (1, 0)


def test_questions_and_settings_are_kept_apart(tmp_path: Path) -> None:
    inner = Counting()
    for query, top_k, settings in (("q", 1, {}), ("q", 2, {}), ("Q", 1, {}), ("q", 1, {"gl": "fr"})):
        asyncio.run(text(tmp_path, inner, "read", **settings).search(query, top_k))
    assert len(inner.asked) == 4
    images = Counting(ImageStore(tmp_path / "run"))
    asyncio.run(image(tmp_path, images, "read").search_images("q", 1))
    assert len(images.asked) == 1, "a text answer is no image answer"


def test_write_asks_always_and_keeps_the_newest(tmp_path: Path) -> None:
    inner = Counting()
    asyncio.run(text(tmp_path, inner, "write").search("q", 1))
    newest = asyncio.run(text(tmp_path, inner, "write").search("q", 1))
    assert list(asyncio.run(text(tmp_path, inner, "read").search("q", 1))) == list(newest)
    assert len(inner.asked) == 2


def test_off_leaves_no_trace(tmp_path: Path) -> None:
    inner = Counting()
    asyncio.run(text(tmp_path / "cache", inner, "off").search("q", 1))
    asyncio.run(text(tmp_path / "cache", inner, "off").search("q", 1))
    assert len(inner.asked) == 2 and not (tmp_path / "cache").exists()


def test_replay_never_goes_out(tmp_path: Path) -> None:
    inner = Counting(ImageStore(tmp_path / "run"))
    with pytest.raises(ServiceError, match="replay never goes out") as caught:
        asyncio.run(text(tmp_path, inner, "replay").search("q", 1))
    assert not caught.value.retryable
    with pytest.raises(ServiceError, match="image_search"):
        asyncio.run(image(tmp_path, inner, "replay").search_images("q", 1))
    assert inner.asked == []


@pytest.mark.parametrize("trouble", [ServiceError("down", retryable=True), UsageError("no key"), OSError("disk")])
def test_failures_are_not_kept(tmp_path: Path, trouble: Exception) -> None:
    inner = Counting()
    inner.trouble = trouble
    with pytest.raises(type(trouble)):
        asyncio.run(text(tmp_path, inner, "read").search("q", 1))
    inner.trouble = None
    assert asyncio.run(text(tmp_path, inner, "read").search("q", 1))[0].title.endswith("2")


def test_an_empty_answer_is_an_answer(tmp_path: Path) -> None:
    inner = Counting()
    assert list(asyncio.run(text(tmp_path, inner, "read").search("q", 0))) == []
    assert list(asyncio.run(text(tmp_path, inner, "replay").search("q", 0))) == []


def test_images_are_served_from_the_caches_own_store(tmp_path: Path) -> None:
    first = Counting(ImageStore(tmp_path / "run1"))
    (found,) = asyncio.run(image(tmp_path / "cache", first, "read").search_images("q", 1))
    second = Counting(ImageStore(tmp_path / "run2"))
    assert list(asyncio.run(image(tmp_path / "cache", second, "replay").search_images("q", 1))) == [found]
    assert second.images is not None and second.images.load(found.digest) == encoded(size=(9, 8))


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_an_answer_whose_image_is_lost_is_asked_again(tmp_path: Path, damage: str) -> None:
    first = Counting(ImageStore(tmp_path / "run1"))
    (found,) = asyncio.run(image(tmp_path / "cache", first, "read").search_images("q", 1))
    kept = SearchCache(folder=tmp_path / "cache").images.path(found.digest)
    if damage == "gone":
        kept.unlink()
    else:
        kept.write_bytes(b"changed")
    second = Counting(ImageStore(tmp_path / "run2"))
    with pytest.raises(ServiceError):
        asyncio.run(image(tmp_path / "cache", second, "replay").search_images("q", 1))
    asyncio.run(image(tmp_path / "cache", second, "read").search_images("q", 1))
    assert len(second.asked) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"version": 0}', b'{"version": 1, "key": {}, "items": []}', None, "items", "fields", "types"],
)
def test_a_damaged_file_is_no_answer(tmp_path: Path, content: bytes | str | None) -> None:
    asyncio.run(text(tmp_path, Counting(), "read").search("q", 1))
    (path,) = tmp_path.rglob("*.json")
    kept = json.loads(path.read_bytes())
    match content:
        case bytes():
            path.write_bytes(content)
        case None:
            path.write_bytes(path.read_bytes()[:-20])
        case "items":
            path.write_text(json.dumps({**kept, "items": "x"}))
        case "fields":
            path.write_text(json.dumps({**kept, "items": [{"name": "x"}]}))
        case "types":
            path.write_text(json.dumps({**kept, "items": [{**kept["items"][0], "title": 5}]}))
    inner = Counting()
    asyncio.run(text(tmp_path, inner, "read").search("q", 1))
    assert len(inner.asked) == 1
    asyncio.run(text(tmp_path, inner, "replay").search("q", 1))


def test_equal_questions_at_once_are_asked_once(tmp_path: Path) -> None:
    inner = Counting()
    inner.delay = 0.05

    async def scenario() -> set[str]:
        search = text(tmp_path, inner, "read")
        answers = await asyncio.gather(*(search.search("q", 1) for _ in range(8)))
        return {hits[0].title for hits in answers}

    assert len(asyncio.run(scenario())) == 1 and len(inner.asked) == 1


def test_an_asker_that_gives_up_does_not_take_the_answer_from_the_others(tmp_path: Path) -> None:
    inner = Counting()
    inner.delay = 0.05

    async def scenario() -> None:
        search = text(tmp_path, inner, "read")
        hasty = asyncio.create_task(search.search("q", 1))
        patient = asyncio.create_task(search.search("q", 1))
        await asyncio.sleep(0.01)
        hasty.cancel()
        assert len(await patient) == 1

    asyncio.run(scenario())
    assert len(inner.asked) == 1


def test_a_kill_while_writing_leaves_no_half_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Counting(ImageStore(tmp_path / "run"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SearchCache, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(image(tmp_path / "cache", inner, "read").search_images("q", 1))
    monkeypatch.undo()
    assert not list((tmp_path / "cache").rglob("*.json"))
    asyncio.run(image(tmp_path / "cache", inner, "read").search_images("q", 1))
    assert len(inner.asked) == 2


def test_writers_at_once_leave_a_whole_answer(tmp_path: Path) -> None:
    """Threads here stand for processes: they share nothing but the folder."""
    key = {"kind": "search", "query": "q", "top_k": 1, "settings": {}}
    answers = [[{"title": str(n) * 20_000, "url": "", "snippet": "", "source": ""}] for n in range(8)]
    seen: list[list[dict[str, str]] | None] = []

    def work(answer: list[dict[str, str]]) -> None:
        for _ in range(10):
            SearchCache(folder=tmp_path).keep(key, answer)
            seen.append(SearchCache(folder=tmp_path).load(key))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, answers))
    assert len(seen) == 80 and all(answer in answers for answer in seen)
    assert len(list(tmp_path.rglob("*.*"))) == 1, "no temporary files are left"


# ---- a cache that somebody else has made


@pytest.mark.parametrize(
    "content",
    [
        b"<script>alert(1)</script>",
        b"GIF89a",
        encoded("JPEG"),
        encoded("TIFF"),
        encoded()[:60],
        b"\x89PNG\r\n\x1a\n" + b"x" * 99,
    ],
    ids=["script", "gif", "jpeg", "tiff", "cut", "png"],
)
def test_what_is_no_image_of_ours_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    """Its name fits its content, and still it is not what we would have kept."""
    filled = Counting(ImageStore(tmp_path / "first"))
    (picture,) = asyncio.run(image(tmp_path, filled, "read").search_images("q", 1))
    (kept,) = (tmp_path / "answers").rglob("*.json")
    foreign = ImageStore(tmp_path / "images").put(content)
    kept.write_text(kept.read_text().replace(picture.digest, foreign))
    inner = Counting(ImageStore(tmp_path / "second"))
    with pytest.raises(ServiceError, match="not in the cache"):
        asyncio.run(image(tmp_path, inner, "replay").search_images("q", 1))
    assert not list((tmp_path / "second").glob("*"))
    asyncio.run(image(tmp_path, inner, "read").search_images("q", 1))
    assert len(inner.asked) == 1, "it is asked for anew"


@pytest.mark.parametrize("digest", ["../../../etc/passwd", "", "0" * 63, "A" * 64])
def test_digests_name_nothing_but_digests(tmp_path: Path, digest: str) -> None:
    filled = Counting(ImageStore(tmp_path / "first"))
    (picture,) = asyncio.run(image(tmp_path, filled, "read").search_images("q", 1))
    (kept,) = (tmp_path / "answers").rglob("*.json")
    kept.write_text(kept.read_text().replace(picture.digest, digest))
    with pytest.raises(ServiceError, match="not in the cache"):
        asyncio.run(image(tmp_path, Counting(ImageStore(tmp_path / "second")), "replay").search_images("q", 1))


@pytest.mark.parametrize("depth", [700, 100_000])
def test_an_answer_without_end_is_none(tmp_path: Path, depth: int) -> None:
    asyncio.run(text(tmp_path, Counting(), "read").search("q", 1))
    (kept,) = (tmp_path / "answers").rglob("*.json")
    kept.write_text("[" * depth + "]" * depth)
    inner = Counting()
    asyncio.run(text(tmp_path, inner, "read").search("q", 1))
    assert len(inner.asked) == 1
