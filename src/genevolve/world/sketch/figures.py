"""Pictures of objects: pictograms, references and the grey stand-in, recoloured, bent and brought to size. All cached."""

import hashlib
import io
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from genevolve.core.errors import ServiceError
from genevolve.core.protocols import ReferenceImage
from genevolve.store.decode import NotAnImage, decode
from genevolve.world.atlas.icons import is_icon
from genevolve.world.atlas.icons import svg as icon_svg
from genevolve.world.atlas.painted import parts_in, pictogram_of
from genevolve.world.atlas.raster import icon_raster, part_cover, raster, svg
from genevolve.world.atlas.surroundings import water
from genevolve.world.language.bodies import seat_of
from genevolve.world.language.colours import PALETTE
from genevolve.world.language.icons import PAINTED
from genevolve.world.sketch.plan import ImageSource, Origin, Warp
from genevolve.world.sketch.vector import Fade, Tracing, colours_of

_BUCKETS = (64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
_LAYOUT_ASPECT = 9.0  # wider or taller pictures are laid out as if they were this wide or tall
_REFERENCE_SIDE = 2048
_MEASURE = 144
_SWATCH, _NEAR = 384, 24  # pixels at which the colours of a pictogram are looked up; how far off a colour may be, of 255

Pixels = NDArray[np.float32]
_HOLLOW = 0.3  # how much lower than its top the middle of a picture is on which nothing stands in the middle


def pictogram(look: str) -> ImageSource:
    left, top, right, bottom, surface = _extent(look)
    aspect = (right - left) / (bottom - top)
    return ImageSource(origin=Origin.PICTOGRAM, look=look, aspect=aspect, surface=surface)


@lru_cache(maxsize=1024)
def _extent(look: str) -> tuple[float, float, float, float, float]:
    """Where the visible pixels of a pictogram lie (fractions of its square), and the height of its upper surface."""
    alpha = raster(look, _MEASURE)[:, :, 3]
    return _visible(alpha)


def _visible(alpha: NDArray[np.uint8]) -> tuple[float, float, float, float, float]:
    seen = alpha > 24
    if not seen.any():
        return 0.0, 0.0, 1.0, 1.0, 0.0
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    inside = seen[top:bottom, left:right]
    quarter = inside.shape[1] // 4
    middle = inside[:, quarter : inside.shape[1] - quarter]
    tops = np.where(middle.any(axis=0), middle.argmax(axis=0), 0)
    surface = min(0.35, float(np.median(tops)) / inside.shape[0])
    height, width = alpha.shape
    return left / width, top / height, right / width, bottom / height, surface


def to_stand_on(source: ImageSource) -> ImageSource:
    """``source`` with the place where others stand on it: its seat, or the highest broad part of what is hollow inside."""
    seat = seat_of(source.look)
    if seat is None:
        return replace(source, perch=perch(source.look))
    aside = seat if abs(seat[0] - 0.5) > 0.05 else None
    return replace(source, surface=seat[1] - 0.05, perch=aside, seated=True)


@lru_cache(maxsize=256)
def perch(look: str) -> tuple[float, float] | None:
    """Where the highest broad part of a pictogram lies (fractions of its visible box), unless that is about its middle."""
    seen = raster(look, _MEASURE)[:, :, 3] > 24
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        return None
    inside = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = inside.shape
    tops = np.where(inside.any(axis=0), inside.argmax(axis=0), height) / height
    wide = max(3, round(0.24 * width))
    levels = [float(np.max(tops[left : left + wide])) for left in range(width - wide + 1)]
    middle = levels[len(levels) // 2]
    best = min(range(len(levels)), key=lambda left: (round(levels[left], 2), abs(left - len(levels) // 2)))
    if middle - levels[best] < _HOLLOW:
        return None
    return (best + wide / 2) / width, levels[best]


def reference(image: ReferenceImage, ordinal: int) -> tuple[ImageSource, tuple[int, int]]:
    """The source and the pixel size of a reference. Raises ``ServiceError`` when its bytes are no usable image."""
    digest = hashlib.sha256(image.data).hexdigest()
    try:
        picture, size = _opened(digest, _Bytes(image.data))
    except NotAnImage as problem:
        raise ServiceError(f"reference image {ordinal} ({image.picture.title[:80]}) cannot be used: {problem}") from None
    cutout = picture.mode == "RGBA" and float(np.asarray(picture.getchannel("A").resize((32, 32))).mean()) < 0.97 * 255
    surface = _visible(np.asarray(picture.getchannel("A").resize((64, 64))))[4] if cutout else 0.0
    true = picture.width / picture.height
    wide = max(1 / _LAYOUT_ASPECT, min(_LAYOUT_ASPECT, true))
    origin = Origin.CUTOUT if cutout else Origin.PHOTO
    held = ImageSource(origin=origin, look=digest, reference=ordinal, aspect=wide, surface=surface)
    return (held if wide == true else replace(held, true_aspect=true)), size


class _Bytes:
    """Bytes that a cache does not compare: the digest beside them does."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Bytes)


@lru_cache(maxsize=24)
def _opened(digest: str, held: _Bytes) -> tuple[Image.Image, tuple[int, int]]:
    """A reference at a workable size: RGB, or RGBA cut to its visible part; with the size it had."""
    decoded = decode(held.data, first_frame=True)
    image: Image.Image = Image.open(io.BytesIO(decoded.png))
    image.load()
    image.thumbnail((_REFERENCE_SIDE, _REFERENCE_SIDE), Image.Resampling.LANCZOS)
    if image.mode != "RGBA":
        return image.convert("RGB"), decoded.size
    low, _ = image.getchannel("A").getextrema()
    if isinstance(low, tuple) or low > 250:
        return image.convert("RGB"), decoded.size
    visible = image.getchannel("A").point(lambda value: 255 if value > 24 else 0).getbbox()
    return (image.crop(visible) if visible else image), decoded.size


def picture(
    source: ImageSource, size: tuple[int, int], colour: str | None, warp: Warp | None, held: bytes = b""
) -> Image.Image:
    """RGBA of exactly ``size``. ``held`` are the bytes of the reference, when ``source`` is one."""
    return _picture(source, size, colour, warp, _Bytes(held))


@lru_cache(maxsize=192)
def _picture(source: ImageSource, size: tuple[int, int], colour: str | None, warp: Warp | None, held: _Bytes) -> Image.Image:
    image = _plain(source, size, colour, held)
    return bend(image, warp) if warp else image


def _plain(source: ImageSource, size: tuple[int, int], colour: str | None, held: _Bytes) -> Image.Image:
    match source.origin:
        case Origin.PICTOGRAM:
            drawn = _pictogram(source.look, size, colour)
            return ImageOps.mirror(drawn) if source.mirrored else drawn
        case Origin.GENERIC:
            return _generic(size)
        case Origin.CUTOUT:
            whole = _opened(source.look, held)[0]
            fitted = _contained(whole, size)
            return Image.fromarray(recolour(np.asarray(fitted), colour)) if colour else fitted
        case Origin.CLOTH:
            return _contained(_opened(source.look, held)[0], size)
    return _framed(_opened(source.look, held)[0], size)


def _pictogram(look: str, size: tuple[int, int], colour: str | None) -> Image.Image:
    left, top, right, bottom, _ = _extent(look)
    needed = max(size[0] / (right - left), size[1] / (bottom - top))
    side = next((bucket for bucket in _BUCKETS if bucket >= needed), _BUCKETS[-1])
    image = _coloured(look, side, colour)
    return image.resize(size, Image.Resampling.LANCZOS, box=(left * side, top * side, right * side, bottom * side))


@lru_cache(maxsize=192)
def _coloured(look: str, side: int, colour: str | None) -> Image.Image:
    if colour and is_icon(look):  # its light fill has the colour itself
        return Image.fromarray(icon_raster(look, side, _paint(colour)))
    pixels = raster(look, side)
    if colour and look.startswith(PAINTED):
        return Image.fromarray(_around_parts(look, pixels, recolour(raster(pictogram_of(look), side), colour)))
    return Image.fromarray(recolour(pixels, colour, water(pixels)) if colour else np.ascontiguousarray(pixels))


def _around_parts(look: str, own: NDArray[np.uint8], whole: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The parts of a painted ``look`` as in ``own``, and the rest as in ``whole``, which was recoloured."""
    covers = [part_cover(look, part, len(own)) for part in parts_in(look)]
    share = np.max(covers, axis=0)[:, :, None].astype(np.float32) / 255.0 if covers else np.zeros((1, 1, 1), np.float32)
    return np.asarray(own * share + whole * (1 - share) + 0.5, np.uint8)


def _inner(image: Image.Image, size: tuple[int, int]) -> tuple[int, int]:
    """As much of ``size`` as ``image`` takes with its aspect kept."""
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return min(inner[0], size[0]), min(inner[1], size[1])


def _contained(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """``image`` as large as fits into ``size``, its aspect kept, in the middle of a clear canvas."""
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = _inner(image, size)
    smooth = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    resized = image.convert("RGBA").resize(inner, smooth, reducing_gap=3.0)
    if inner == size:
        return resized
    canvas = Image.new("RGBA", size)
    canvas.paste(resized, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return canvas


def _framed(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A photo as a print: slightly rounded corners. Thin strips stay as they are."""
    fitted = _contained(image, size)
    box = fitted.getbbox() or (0, 0, *size)
    radius = _corner(box[2] - box[0], box[3] - box[1])
    if radius >= 1:
        fitted.putalpha(ImageChops.multiply(fitted.getchannel("A"), _rounded(size, box, radius)))
    return fitted


def _corner(width: int, height: int) -> int:
    """The radius of the corners of a print."""
    return round(0.035 * min(width, height))


def _rounded(size: tuple[int, int], box: tuple[int, int, int, int], radius: int) -> Image.Image:
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    x0, y0, x1, y1 = (2 * side for side in box)
    ImageDraw.Draw(mask).rounded_rectangle((x0, y0, x1 - 1, y1 - 1), 2 * radius, fill=255)
    return mask.resize(size, Image.Resampling.BOX)


def _generic(size: tuple[int, int]) -> Image.Image:
    """A grey pebble: plainly a stand-in, and no picture of anything."""
    width, height = size
    if min(size) < 6:
        return Image.new("RGBA", size, (150, 151, 154, 255))
    big = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(big).rounded_rectangle((1, 1, width * 2 - 2, height * 2 - 2), min(size) * 0.7, fill=255)
    shade = np.linspace(176, 132, height, dtype=np.float32)[:, None] + np.linspace(12, -12, width, dtype=np.float32)[None, :]
    grey = Image.fromarray(np.clip(shade, 0, 255).astype(np.uint8))
    image = Image.merge("RGBA", (grey, grey, grey.point(lambda v: min(255, v + 4)), big.resize(size, Image.Resampling.BOX)))
    edge = ImageDraw.Draw(image)
    edge.rounded_rectangle(
        (0, 0, width - 1, height - 1), min(size) * 0.35, outline=(92, 94, 100, 255), width=max(1, min(size) // 36)
    )
    return image


def trace(
    box: tuple[int, int, int, int], source: ImageSource, colour: str | None, warp: Warp | None, held: bytes, tracing: Tracing
) -> None:
    """What ``picture`` draws, at ``box`` (left, top, width, height) of ``tracing``: shapes where the source has shapes."""
    x, y, w, h = box
    if warp is not None:
        tracing.picture(picture(source, (w, h), colour, warp, held), box)
    elif source.origin is Origin.PICTOGRAM:
        left, top, right, bottom, _ = _extent(source.look)
        own = bool(colour) and is_icon(source.look)
        drawing = (
            icon_svg(source.look, _paint(colour) if own and colour else None) if is_icon(source.look) else svg(source.look)
        )
        changed = _repainted(source.look, colour) if colour and not own else {}
        tracing.drawing(drawing, (left, top, right, bottom), box, colours=changed, mirrored=source.mirrored)
    elif source.origin is Origin.GENERIC:
        _trace_generic(tracing, box)
    else:
        whole = _opened(source.look, _Bytes(held))[0]
        wide, high = _inner(whole, (w, h))
        if max(whole.size) > 2 * max(wide, high):  # twice as sharp as the pixels are, and no more
            whole = whole.resize((2 * wide, 2 * high), Image.Resampling.LANCZOS, reducing_gap=3.0)
        if colour and source.origin is Origin.CUTOUT:
            whole = Image.fromarray(recolour(np.asarray(whole.convert("RGBA")), colour))
        corner = _corner(wide, high) if source.origin is Origin.PHOTO else 0
        tracing.picture(whole, (x + (w - wide) // 2, y + (h - high) // 2, wide, high), radius=corner)


def _trace_generic(tracing: Tracing, box: tuple[int, int, int, int]) -> None:
    """As ``_generic``: its shade falls along the slant (24, 44) of the unit square, from 188 to 120."""
    w, h = box[2:]
    if min(w, h) < 6:
        tracing.rect(box, (150, 151, 154))
        return
    length = 68 / (24**2 + 44**2)
    stops = ((0.0, (188, 188, 192), 1.0), (1.0, (120, 120, 124), 1.0))
    fade = Fade(stops=stops, start=(0.0, 0.0), end=(24 * length, 44 * length), placed=box)
    tracing.rect(box, fade, radius=min(w, h) * 0.35)
    tracing.outline(box, (92, 94, 100), max(1, min(w, h) // 36), radius=min(w, h) * 0.35)


@lru_cache(maxsize=512)
def _repainted(look: str, colour: str) -> dict[str, str]:
    """Of each colour of a pictogram the one that it has when the whole is recoloured: that of its flat parts."""
    look = pictogram_of(look) if look.startswith(PAINTED) else look
    pixels = raster(look, _SWATCH)
    after = recolour(pixels, colour, water(pixels))
    solid = pixels[:, :, 3] > 250
    before, now = pixels[solid][:, :3].astype(np.int16), after[solid][:, :3]
    found = {}
    for name in colours_of(svg(look)):
        own = np.array([int(name[at : at + 2], 16) for at in (1, 3, 5)], np.int16)
        far = np.abs(before - own).max(axis=1) if len(before) else np.array([255])
        if far.min() <= _NEAR:
            red, green, blue = (int(value) for value in np.median(now[far == far.min()], axis=0))
            found[name] = f"#{red:02x}{green:02x}{blue:02x}"
    return found


def recolour(pixels: NDArray[np.uint8], colour: str, around: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """The main fills of a flat picture in the palette's ``colour``; outline, shading, small parts and what is ``around`` stay.

    Shading is kept as the ratio of each pixel's brightness to that of the main fill. A picture that is all outline gets
    coloured lines.
    """
    target = np.array(_paint(colour), np.float32)
    rgb = pixels[:, :, :3].astype(np.float32)
    bright = rgb.max(axis=2)
    chroma = bright - rgb.min(axis=2)
    solid = (pixels[:, :, 3] > 128) & ((bright > 60) | (chroma > 40))
    if solid.sum() < 0.06 * max(1, int((pixels[:, :, 3] > 128).sum())):
        lines = np.where(pixels[:, :, 3:] > 0, target[None, None, :], rgb)
        return np.concatenate([lines.astype(np.uint8), pixels[:, :, 3:]], axis=2)
    painted, done = rgb, np.zeros(solid.shape, np.bool_) if around is None else around.copy()
    solid = solid & ~done
    for _ in range(3):  # a picture of several fills gets its largest ones, until most of it has the colour
        main = _main_fill(rgb, solid & ~done)
        share = _likeness(rgb, bright, chroma, main) * ~done
        ratio = bright[:, :, None] / max(1.0, float(main.max()))
        toned = np.where(ratio <= 1, target * ratio, target + (255 - target) * np.minimum(1, ratio - 1))
        painted = painted * (1 - share[:, :, None]) + toned * share[:, :, None]
        done |= share > 0.5
        if (done & solid).sum() > 0.5 * solid.sum():
            break
    return np.concatenate([np.clip(painted + 0.5, 0, 255).astype(np.uint8), pixels[:, :, 3:]], axis=2)


def _paint(colour: str) -> tuple[int, int, int]:
    """The palette's colour, black lifted a little so that a black object keeps a visible outline."""
    red, green, blue = PALETTE[colour]
    return (max(red, 38), max(green, 38), max(blue, 40)) if max(red, green, blue) < 40 else (red, green, blue)


def _main_fill(rgb: Pixels, solid: NDArray[np.bool_]) -> Pixels:
    """The commonest colour among ``solid`` pixels, found in 32-step bins; what has a hue counts double."""
    fills = rgb[solid]
    bins = (fills // 32).astype(np.int32)
    codes = bins[:, 0] * 64 + bins[:, 1] * 8 + bins[:, 2]
    weights = np.where(fills.max(axis=1) - fills.min(axis=1) > 40, 2, 1)
    common = np.bincount(codes, weights, minlength=512).argmax()
    found: Pixels = np.median(fills[codes == common], axis=0).astype(np.float32)
    return found


def _likeness(rgb: Pixels, bright: Pixels, chroma: Pixels, main: Pixels) -> Pixels:
    """How much each pixel belongs to the main fill, 0..1: by hue when the fill has one, else by being colourless."""
    vivid = float(main.max() - main.min())
    if vivid < 30:
        return np.clip(1.6 - chroma / 32, 0, 1)
    tone = (rgb - rgb.mean(axis=2, keepdims=True)) / np.maximum(chroma, 1)[:, :, None]
    wanted = (main - main.mean()) / vivid
    angle = (tone @ wanted) / np.maximum(1e-6, np.linalg.norm(tone, axis=2) * np.linalg.norm(wanted))
    saturated = np.clip(chroma / np.maximum(bright, 1) / 0.12 - 0.3, 0, 1)
    share: Pixels = np.clip((angle - 0.62) / 0.2, 0, 1) * saturated
    return share


def bend(image: Image.Image, warp: Warp) -> Image.Image:
    """A body that came out wrong: same size, plainly distorted."""
    if warp is Warp.DOUBLED:
        return _doubled(image)
    width, height = image.size
    steps = 12
    mesh = []
    for row in range(steps):
        for column in range(steps):
            box = (column * width // steps, row * height // steps, (column + 1) * width // steps, (row + 1) * height // steps)
            if box[0] == box[2] or box[1] == box[3]:
                continue  # fewer pixels than steps
            corners = ((box[0], box[1]), (box[0], box[3]), (box[2], box[3]), (box[2], box[1]))
            quad = tuple(value for x, y in corners for value in _bent(x / width, y / height, warp, width, height))
            mesh.append((box, quad))
    return image.transform(image.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _bent(x: float, y: float, warp: Warp, width: int, height: int) -> tuple[float, float]:
    """Where the pixel shown at the fraction (x, y) is taken from, in pixels."""
    dx, dy = x - 0.5, y - 0.5
    if warp is Warp.SWIRL:
        angle = 2.0 * (1 - min(1.0, float(np.hypot(dx, dy)) / 0.5)) ** 1.2
        dx, dy = dx * np.cos(angle) - dy * np.sin(angle), dx * np.sin(angle) + dy * np.cos(angle)
    else:
        dx = dx * 1.35 + 0.17 * float(np.sin(y * 2 * np.pi * 1.5))
    return (dx + 0.5) * width, (dy + 0.5) * height


def _doubled(image: Image.Image) -> Image.Image:
    """The upper half twice, side by side, on one lower half."""
    width, height = image.size
    cut = max(1, int(height * 0.55))
    upper = image.crop((0, 0, width, cut)).resize((max(1, int(width * 0.66)), cut), Image.Resampling.BILINEAR)
    result = Image.new("RGBA", image.size)
    result.paste(image.crop((0, cut, width, height)), (0, cut))
    result.alpha_composite(upper, (width - upper.width, 0))
    result.alpha_composite(upper, (0, 0))
    return result


@lru_cache(maxsize=96)
def contact_shadow(width: int, strength: int) -> Image.Image:
    """A soft ellipse, ``width`` wide, as a mask with its darkest part in the middle."""
    height = max(3, round(width * 0.2))
    xs = np.linspace(-1, 1, max(3, width), dtype=np.float32)[None, :]
    ys = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    depth = np.clip(1 - (xs**2 + ys**2), 0, 1) ** 0.9
    return Image.fromarray((depth * strength).astype(np.uint8))


@lru_cache(maxsize=64)
def card_shadow(size: tuple[int, int], blur: int, strength: int) -> Image.Image:
    """The shadow of a card: a mask with ``2·blur`` pixels of margin on each side."""
    mask = Image.new("L", (size[0] + 4 * blur, size[1] + 4 * blur))
    ImageDraw.Draw(mask).rectangle((2 * blur, 2 * blur, 2 * blur + size[0] - 1, 2 * blur + size[1] - 1), fill=strength)
    return mask.filter(ImageFilter.GaussianBlur(blur))
