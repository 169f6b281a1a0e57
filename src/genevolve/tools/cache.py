"""Search answers kept on disk, so that a rerun costs nothing and sees exactly what the first run saw.

A folder of one JSON file for each question, written whole or not at all, and the images beside them: several processes
may use it at once, and it can be copied or put under version control. Only real answers are kept, never failures.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from genevolve.core.errors import ServiceError
from genevolve.core.event import TextHit
from genevolve.core.picture import Picture
from genevolve.core.protocols import ImageSearch, TextSearch
from genevolve.services.http import parsed
from genevolve.store.decode import WEB_FORMATS, NotAnImage, decode
from genevolve.store.images import ImageStore, write_atomically

VERSION = 1
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PNG = b"\x89PNG\r\n\x1a\n"
Item = TypeVar("Item", TextHit, Picture)
Turn = Callable[[str], AbstractAsyncContextManager[bool]]


@asynccontextmanager
async def no_turn(question: str) -> AsyncIterator[bool]:
    """The turn of a run in one process: nobody else asks."""
    yield False


class CacheMode(StrEnum):
    """``read`` answers from the cache and keeps what it has to ask; ``write`` asks always and keeps; ``replay`` never asks."""

    READ = "read"
    WRITE = "write"
    OFF = "off"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCache:
    """Where answers are kept. One folder serves any number of providers, profiles and processes.

    Images are kept in ``images_folder`` where it is given; those that lie in ``folder`` already are still found.
    """

    folder: Path
    images_folder: Path | None = None

    @property
    def images(self) -> ImageStore:
        return ImageStore(self.images_folder or self.folder / "images")

    def image(self, digest: str) -> bytes:
        """Raises ``ServiceError`` when it is gone or damaged."""
        own = ImageStore(self.folder / "images")
        return (own if own.path(digest).exists() and not self.images.path(digest).exists() else self.images).load(digest)

    def path(self, key: Mapping[str, Any]) -> Path:
        digest = hashlib.sha256(json.dumps(key, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        return self.folder / "answers" / digest[:2] / f"{digest}.json"

    def load(self, key: Mapping[str, Any]) -> list[dict[str, str]] | None:
        """The kept answer; None when there is none or its file is damaged, which asking again fixes."""
        try:
            kept = parsed(self.path(key).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        if not isinstance(kept, dict) or kept.get("version") != VERSION or kept.get("key") != dict(key):
            return None
        items = kept.get("items")
        return items if isinstance(items, list) and all(_is_record(item) for item in items) else None

    def keep(self, key: Mapping[str, Any], items: Sequence[dict[str, str]]) -> None:
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {"version": VERSION, "key": dict(key), "items": list(items)}
        write_atomically(path, json.dumps(kept, ensure_ascii=False, indent=1).encode() + b"\n")


def _is_record(item: object) -> bool:
    return isinstance(item, dict) and all(isinstance(value, str) for value in item.values())


@dataclass(slots=True)
class _Memory(Generic[Item]):
    """The way from a question to its answer, whatever is searched for. Equal questions asked at once are asked once.

    Between the processes of a run ``turn`` sees to that: it is held while a question is asked, and yields whether another
    process held it first, whose answer then lies in the cache.
    """

    cache: SearchCache
    mode: CacheMode
    identity: Mapping[str, Any]
    kind: str
    revive: Callable[[list[dict[str, str]]], tuple[Item, ...] | None]
    secure: Callable[[Sequence[Item]], None]
    turn: Turn = no_turn
    _running: dict[tuple[str, int], asyncio.Task[tuple[Item, ...]]] = field(default_factory=dict)

    async def answer(self, query: str, top_k: int, ask: Callable[[str, int], Awaitable[Sequence[Item]]]) -> tuple[Item, ...]:
        if self.mode is CacheMode.OFF:
            return tuple(await ask(query, top_k))
        question = (query, top_k)
        task = self._running.get(question)
        if task is None:
            task = self._running[question] = asyncio.create_task(self._answer(query, top_k, ask))
            task.add_done_callback(lambda done: self._forget(question, done))
        return await asyncio.shield(task)  # one asker that gives up does not take the answer from the others

    def _forget(self, question: tuple[str, int], done: asyncio.Task[tuple[Item, ...]]) -> None:
        self._running.pop(question, None)
        if not done.cancelled():
            done.exception()  # looked at, so that an answer nobody waits for any more is not reported as lost

    async def _answer(self, query: str, top_k: int, ask: Callable[[str, int], Awaitable[Sequence[Item]]]) -> tuple[Item, ...]:
        key = {"kind": self.kind, "query": query, "top_k": top_k, "settings": dict(self.identity)}
        if self.mode is not CacheMode.WRITE:
            known = await asyncio.to_thread(self._known, key)
            if known is not None:
                return known
        if self.mode is CacheMode.REPLAY:
            raise ServiceError(
                f"{self.kind} for {query[:80]!r} (top_k {top_k}) is not in the cache {self.cache.folder}, and the cache mode"
                " replay never goes out; run once with the mode read"
            )
        async with self.turn(json.dumps(key, sort_keys=True)) as waited:
            if waited and (known := await asyncio.to_thread(self._known, key)) is not None:
                return known
            found = tuple(await ask(query, top_k))
            await asyncio.to_thread(self._keep, key, found)
        return found

    def _known(self, key: Mapping[str, Any]) -> tuple[Item, ...] | None:
        items = self.cache.load(key)
        try:
            return None if items is None else self.revive(items)
        except TypeError:  # fields of another version
            return None

    def _keep(self, key: Mapping[str, Any], found: Sequence[Item]) -> None:
        self.secure(found)  # the images first: an answer in the cache is a whole answer
        self.cache.keep(key, [asdict(item) for item in found])


class CachedTextSearch:
    """A text search behind a cache. ``identity`` is what its answers depend on beside the question."""

    def __init__(
        self, inner: TextSearch, cache: SearchCache, *, mode: CacheMode, identity: Mapping[str, Any], turn: Turn = no_turn
    ) -> None:
        self._inner = inner
        self._memory: _Memory[TextHit] = _Memory(
            cache=cache, mode=mode, identity=identity, kind="search", revive=_hits, secure=lambda found: None, turn=turn
        )

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        return await self._memory.answer(query, top_k, self._inner.search)


def _hits(items: list[dict[str, str]]) -> tuple[TextHit, ...]:
    return tuple(TextHit(**item) for item in items)


class CachedImageSearch:
    """An image search behind a cache that keeps the images as well; ``images`` is the store that the run reads from."""

    def __init__(
        self,
        inner: ImageSearch,
        cache: SearchCache,
        *,
        mode: CacheMode,
        identity: Mapping[str, Any],
        images: ImageStore,
        turn: Turn = no_turn,
    ) -> None:
        self._inner = inner
        self._images = images
        self._cache = cache
        self._memory: _Memory[Picture] = _Memory(
            cache=cache,
            mode=mode,
            identity=identity,
            kind="image_search",
            revive=self._revive,
            secure=self._secure,
            turn=turn,
        )

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        return await self._memory.answer(query, top_k, self._inner.search_images)

    def _secure(self, found: Sequence[Picture]) -> None:
        _copy(found, self._images.load, self._cache.images)

    def _revive(self, items: list[dict[str, str]]) -> tuple[Picture, ...] | None:
        pictures = tuple(Picture(**item) for item in items)
        try:
            _copy(pictures, self._decoded, self._images)
        except (ServiceError, NotAnImage):  # an image is gone, damaged or none: the answer is no longer whole
            return None
        return pictures

    def _decoded(self, digest: str) -> bytes:
        """The image as the cache keeps it. A cache may come from anybody, so a fitting digest says little: it is decoded."""
        data = self._cache.image(digest)
        if not data.startswith(_PNG):
            raise NotAnImage("it is not a PNG file, as all that we keep are")
        decode(data, formats=WEB_FORMATS)
        return data


def _copy(pictures: Sequence[Picture], load: Callable[[str], bytes], target: ImageStore) -> None:
    """Raises ``ServiceError`` and what ``load`` raises."""
    for picture in pictures:
        if not _DIGEST.fullmatch(picture.digest):
            raise ServiceError("what stands for the digest of an image is none")
        if not target.path(picture.digest).exists():
            target.put(load(picture.digest))
