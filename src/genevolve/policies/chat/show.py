"""Messages with the images that they name, as the parts that chat endpoints take."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

from genevolve.core.message import Message
from genevolve.protocol.listing import listed
from genevolve.services.pictures import Encoding, data_url, encode
from genevolve.store.images import ImageStore

_KEPT = 128  # encoded images that stay in memory: each is sent again in every later turn of its episode


class ShownImages:
    """Turns messages into contents. Thread-safe: encoding is done away from the event loop."""

    def __init__(self, images: ImageStore, *, encoding: Encoding, each: int, total: int) -> None:
        self._images = images
        self._encoding = encoding
        self._each = each
        self._total = total
        self._encoded: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def contents(self, messages: Sequence[Message]) -> list[str | list[dict[str, Any]]]:
        """One content for each message: its text, or parts with the first images that it names, each after its id.

        Of the whole conversation the newest images are shown. Raises ``ServiceError`` for an image that the store lost.
        """
        left = self._total
        contents: list[str | list[dict[str, Any]]] = []
        for message in reversed(messages):
            chosen = message.images[: min(self._each, left)]
            left -= len(chosen)
            contents.append(self._parts(message, chosen) if chosen else message.text)
        return contents[::-1]

    def _parts(self, message: Message, digests: Sequence[str]) -> list[dict[str, Any]]:
        names = [found.img_id for found in listed(message.text)]
        parts: list[dict[str, Any]] = [{"type": "text", "text": message.text}]
        for position, digest in enumerate(digests):
            if position < len(names):
                parts.append({"type": "text", "text": f"{names[position]}:"})
            parts.append({"type": "image_url", "image_url": {"url": self._url(digest)}})
        return parts

    def _url(self, digest: str) -> str:
        with self._lock:
            if digest in self._encoded:
                self._encoded.move_to_end(digest)
                return self._encoded[digest]
        data = encode(self._images.load(digest), self._encoding)
        url = data_url(data)
        with self._lock:
            self._encoded[digest] = url
            while len(self._encoded) > _KEPT:
                self._encoded.popitem(last=False)
        return url
