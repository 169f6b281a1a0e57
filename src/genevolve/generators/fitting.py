"""Sizes and pictures between an order and a service: what to ask for, what to send, and what to do with what comes back.

The rule for sizes, for every service: it is asked for the order's aspect at a size it works well at. With ``order`` the
image then gets exactly the ordered pixels: scaled, and cropped around its centre where the service could not draw the
aspect (a note says so). With ``native`` it stays as the service drew it.
"""

import asyncio
import base64
import binascii
import io
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.protocols import ReferenceImage, Rendering, RenderOrder
from genevolve.services.pictures import Encoding, encode
from genevolve.services.prices import Price
from genevolve.store.decode import WEB_FORMATS, Decoded, NotAnImage, decode

Size = tuple[int, int]
EDIT = "The last image is the picture so far: keep everything in it that this text does not change."
_LOADS = 4  # tries to load an image that is drawn
_PAUSE = 1.0  # seconds between two of them
_NOTED_CROP = 0.02  # a smaller share of the image is rounding


class Downloader(Protocol):
    """What loads an address that a service named, under the rules for addresses of strangers (``tools.fetch``)."""

    async def download(self, url: str) -> bytes: ...


class FinalSize(StrEnum):
    """``order``: the image has exactly the ordered size. ``native``: it is left as the service drew it."""

    ORDER = "order"
    NATIVE = "native"


def scaled(size: Size, *, long_side: int, multiple: int = 16) -> Size:
    """The aspect of ``size`` with this long side; both sides are rounded to multiples, and at least one multiple."""
    scale = long_side / max(size)
    width, height = (max(multiple, round(side * scale / multiple) * multiple) for side in size)
    return width, height


def nearest_aspect(size: Size, choices: Iterable[Size]) -> Size:
    """Of ``choices`` the one whose aspect is closest; the first of equals."""
    wanted = math.log(size[0] / size[1])
    return min(choices, key=lambda choice: abs(math.log(choice[0] / choice[1]) - wanted))


def check_count(order: RenderOrder, most: int, service: str) -> None:
    """Raise ``UsageError`` when the service cannot take all references: none is ever dropped silently."""
    if len(order.references) > most:
        raise UsageError(
            f"{service} takes at most {most} references and the program has {len(order.references)}: "
            f"set episode.max_references to {most} or less"
        )


def with_edit(order: RenderOrder) -> RenderOrder:
    """``order`` for services that know only references: the picture that is to be changed is the last of them."""
    if order.edit is None:
        return order
    return replace(order, prompt=f"{order.prompt}\n\n{EDIT}", references=(*order.references, order.edit), edit=None)


async def clean_references(order: RenderOrder) -> tuple[Decoded, ...]:
    """The references in their order as PNG files: upright, no palettes, no metadata. Raises ``ServiceError`` naming the bad
    one.
    """
    return await asyncio.to_thread(lambda: tuple(_clean(n, each) for n, each in enumerate(order.references, start=1)))


def _clean(number: int, reference: ReferenceImage) -> Decoded:
    try:
        return decode(reference.data)
    except NotAnImage as problem:
        raise ServiceError(f"reference {number} ({reference.picture.title[:80]}) is not a usable image: {problem}") from None


async def jpegs(pictures: Iterable[Decoded], *, max_side: int, quality: int = 95) -> tuple[bytes, ...]:
    """Pictures really re-encoded as JPEG, transparent parts on white."""
    encoding = Encoding(max_side=max_side, jpeg_quality=quality)
    return await asyncio.to_thread(lambda: tuple(encode(picture.png, encoding) for picture in pictures))


def from_base64(text: object, service: str, *, cost: float = 0.0) -> bytes:
    """Bytes of a base64 text, with or without a ``data:`` prefix. Raises a retryable ``ServiceError``, with ``cost`` where
    there is a text: an image was drawn."""
    if not isinstance(text, str) or not text:
        raise ServiceError(f"{service} answered without an image", retryable=True)
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data:
        raise ServiceError(f"{service} answered with an image that is not valid base64", retryable=True, cost=cost)
    return data


async def fetched(load: Callable[[], Awaitable[bytes]], *, cost: float) -> bytes:
    """What ``load`` brings of an image that is drawn already. It is tried again where that may help: another attempt at the
    order would have it drawn, and paid for, anew. An error carries ``cost``, that of the image.
    """
    for left in reversed(range(_LOADS)):
        try:
            return await load()
        except ServiceError as problem:
            problem.cost = max(problem.cost, cost)
            if not left or not problem.retryable:
                raise
        await asyncio.sleep(_PAUSE)
    raise AssertionError("the last try returns or raises")


async def finished(
    data: bytes, order: RenderOrder, *, service: str, final_size: FinalSize, notes: tuple[str, ...] = (), cost: float = 0.0
) -> Rendering:
    """The service's image, decoded and brought to its final size. Raises a retryable ``ServiceError`` when it does not
    decode.
    """
    return await asyncio.to_thread(_finished, data, order, service, final_size, notes, cost)


def _finished(
    data: bytes, order: RenderOrder, service: str, final_size: FinalSize, notes: tuple[str, ...], cost: float
) -> Rendering:
    try:
        drawn = decode(data, formats=WEB_FORMATS)
    except NotAnImage as problem:
        said = f"{service} answered with something that is not a usable image: {problem}"
        raise ServiceError(said, retryable=True, cost=cost) from None
    if final_size is FinalSize.NATIVE or drawn.size == order.size:
        return Rendering(data=drawn.png, notes=notes, cost=cost)
    png, lost = _fitted(drawn.png, order.size)
    if lost > _NOTED_CROP:
        drawn_as, wanted = (f"{width}×{height}" for width, height in (drawn.size, order.size))
        notes = (*notes, f"{service} drew {drawn_as}; {lost:.0%} at the edges were cropped to make it {wanted}")
    return Rendering(data=png, notes=notes, cost=cost)


def _fitted(png: bytes, size: Size) -> tuple[bytes, float]:
    """Centre-cropped to the aspect of ``size`` and scaled to it, and the share of the image that was cropped away."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        scale = max(size[0] / image.width, size[1] / image.height)
        kept = (size[0] / scale, size[1] / scale)
        left, top = max(0.0, (image.width - kept[0]) / 2), max(0.0, (image.height - kept[1]) / 2)
        right, bottom = min(image.width, left + kept[0]), min(image.height, top + kept[1])  # not a rounding error further
        fitted = image.resize(size, Image.Resampling.LANCZOS, box=(left, top, right, bottom))
        lost = 1 - kept[0] * kept[1] / (image.width * image.height)
    buffer = io.BytesIO()
    fitted.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue(), lost


def cost_of(price: Price, usage: object, *, prompt: tuple[str, ...], completion: tuple[str, ...]) -> float:
    """The price of one image with the tokens that ``usage`` counts under these names; what is no count counts nothing."""
    counts = usage if isinstance(usage, dict) else {}
    tokens = [sum(_count(counts.get(name)) for name in names) for names in (prompt, completion)]
    return price.cost(prompt=tokens[0], completion=tokens[1], images=1)


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
