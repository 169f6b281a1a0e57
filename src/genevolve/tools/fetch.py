"""Images from the web into the image store."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from genevolve.core.errors import ServiceError
from genevolve.core.limit import finite
from genevolve.store.decode import MAX_BYTES, MAX_PIXELS, WEB_FORMATS, Decoded, NotAnImage, decode
from genevolve.store.images import ImageStore
from genevolve.tools.download import CheckedConnections, Download, Resolve, Web, resolve

_DECODERS = 4  # images of the largest size take some hundred megabytes each while they are decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """``timeout`` is in seconds for the whole fetch, redirects included; longer sides than ``max_side`` are scaled down."""

    max_bytes: int = 16 * 1024 * 1024
    max_pixels: int = MAX_PIXELS
    max_side: int = 2048
    max_redirects: int = 5
    timeout: float = 20.0

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_pixels", "max_side"):
            finite(f"fetch.{name}", getattr(self, name), least=1)
        finite("fetch.max_redirects", self.max_redirects, least=0)
        finite("fetch.timeout", self.timeout, more_than=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A stored image: its digest, its (width, height), and the address that answered after redirects."""

    digest: str
    size: tuple[int, int]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFetcher:
    """``fetch(url)`` stores one image. ``allow_private`` also opens the user's own network, never link-local addresses.

    ``resolve`` is the system's resolver and ``connections`` makes its sockets; tests put their own in. ``aclose`` ends it.
    """

    store: ImageStore
    allow_private: bool = False
    limits: FetchLimits = field(default_factory=FetchLimits)
    resolve: Resolve = resolve
    connections: CheckedConnections = field(default_factory=CheckedConnections, repr=False)
    decoders: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_DECODERS, "decode"), repr=False)

    async def fetch(self, url: str) -> Fetched:
        """Download, check, re-encode and store. One attempt. Raises ``ServiceError``; the URL's query is never in its text."""
        found = await self.web.download(url, _wanted(self.limits))
        try:
            digest, size = await asyncio.get_running_loop().run_in_executor(self.decoders, self._stored, found.body)
        except NotAnImage as problem:
            raise ServiceError(f"{found.target.label} is not a usable image: {problem}") from None
        return Fetched(digest=digest, size=size, url=found.target.url)

    async def aclose(self) -> None:
        await self.connections.aclose()

    @property
    def web(self) -> Web:
        """The network that it uses."""
        return Web(allow_private=self.allow_private, resolve=self.resolve, connections=self.connections)

    async def download(self, url: str) -> bytes:
        """The bytes at ``url``, as they are, under the same rules and limits. Raises ``ServiceError``."""
        return (await self.web.download(url, _wanted(self.limits))).body

    def _stored(self, body: bytes) -> tuple[str, tuple[int, int]]:
        """Digest and size of the cleaned image. A full disk is an ``OSError``, which stops the run."""
        picture = _clean(body, self.limits)
        return self.store.put(picture.png), picture.size

    @property
    def identity(self) -> dict[str, Any]:
        """The settings that decide which images can be had and what they look like."""
        return {"allow_private": self.allow_private, **asdict(self.limits)}


def _wanted(limits: FetchLimits) -> Download:
    return Download(
        what="an image",
        agent="Mozilla/5.0 (compatible; GenEvolve/0.1; image fetcher)",
        accept="image/png,image/jpeg,image/webp,image/gif,image/*;q=0.8,*/*;q=0.5",
        max_bytes=limits.max_bytes,
        max_redirects=limits.max_redirects,
        timeout=limits.timeout,
    )


def _clean(body: bytes, limits: FetchLimits) -> Decoded:
    """The first frame, upright, re-encoded, at most ``max_side`` long."""
    return decode(body, max_pixels=limits.max_pixels, max_side=limits.max_side, first_frame=True, formats=WEB_FORMATS)


assert FetchLimits().max_bytes <= MAX_BYTES
