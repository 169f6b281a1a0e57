"""The styles of ``scene.model.Style``, each a function from RGB to RGB over a whole image without its text."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from genevolve.world.language.model import Style
from genevolve.world.sketch.plan import RGB

Pixels = NDArray[np.float32] | NDArray[np.float64]


def _watercolor(image: Image.Image) -> Image.Image:
    """Pigment that gathers at edges, uneven washes, and the grain of the paper."""
    side = min(image.size)
    half = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    soft = half.filter(ImageFilter.MedianFilter(3)).resize(image.size, Image.Resampling.BICUBIC)
    wash = np.asarray(soft, np.float32)
    edge = np.asarray(soft.convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(1.2)), np.float32)
    blots = _noise(image.size, max(4, side // 9), 1)
    grain = _noise(image.size, 2, 2)
    light = wash + (255 - wash) * (0.16 + 0.16 * blots[:, :, None])
    painted = light - 0.22 * edge[:, :, None] - 9 * grain[:, :, None]
    return _image(painted)


def _pixel_art(image: Image.Image) -> Image.Image:
    """One block for every few pixels, in few colours."""
    block = max(2, round(min(image.size) / 96))
    small = (max(1, image.width // block), max(1, image.height // block))
    tiny = image.resize(small, Image.Resampling.BOX)
    few = (
        ImageEnhance.Color(tiny).enhance(1.15).quantize(40, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGB")
    )
    return few.resize(image.size, Image.Resampling.NEAREST)


def _blueprint(image: Image.Image) -> Image.Image:
    """White lines and a fine grid on blue; areas show only as a breath of tone."""
    lines = _edges(image, 1.7)
    tone = np.asarray(image.convert("L"), np.float32) / 255
    paper = np.array((24, 70, 148), np.float32) + (tone[:, :, None] - 0.5) * np.array((10, 16, 22), np.float32)
    grid = _grid(image.size)[:, :, None]
    drawn = paper + grid * 22 + (np.array((236, 244, 255), np.float32) - paper) * (lines[:, :, None] * 0.95)
    return _image(drawn)


def _black_and_white(image: Image.Image) -> Image.Image:
    return ImageOps.autocontrast(image.convert("L"), cutoff=0.4).convert("RGB")


def _sepia(image: Image.Image) -> Image.Image:
    grey = ImageOps.autocontrast(image.convert("L"), cutoff=0.3)
    return ImageOps.colorize(grey, black=(44, 28, 16), mid=(158, 120, 80), white=(250, 236, 208))


def _pencil(image: Image.Image) -> Image.Image:
    """Graphite: edges as lines, tone as diagonal hatching, on paper."""
    grey = image.convert("L")
    blurred = ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(max(2, min(image.size) / 90)))
    dodge = np.minimum(255, np.asarray(grey, np.float32) * 255 / np.maximum(1, 255 - np.asarray(blurred, np.float32)))
    tone = np.asarray(grey, np.float32) / 255
    ys, xs = np.indices(tone.shape, dtype=np.float32)
    step = max(5, round(min(image.size) / 90))
    hatch = ((xs + ys) % step < 2) & (tone < 0.66)
    cross = ((xs - ys) % step < 2) & (tone < 0.4)
    paper = 249 - 10 * _noise(image.size, 2, 3)
    drawn = np.minimum(dodge, 255) * paper / 255 - 34 * hatch - 40 * cross - 120 * _edges(image, 1.2)
    grey_pixels = np.clip(drawn, 24, 252)
    return _image(np.stack([grey_pixels, grey_pixels, grey_pixels * 0.985], axis=2))


def _neon(image: Image.Image) -> Image.Image:
    """Glowing outlines in the colours of objects, on near black."""
    lines = _edges(image, 1.5)
    vivid = np.asarray(ImageEnhance.Color(image).enhance(2.2), np.float32)
    hue = vivid - vivid.min(axis=2, keepdims=True)
    peak = hue.max(axis=2, keepdims=True)
    bare = np.clip(1 - peak / 60, 0, 1)
    tube = np.where(peak > 0, hue / np.maximum(peak, 1) * 255, 0) * (1 - bare) + np.array((90, 220, 255), np.float32) * bare
    bright = _image(tube * lines[:, :, None])
    small = bright.reduce(4).filter(ImageFilter.GaussianBlur(max(0.5, min(image.size) / 320)))
    halo = small.resize(image.size, Image.Resampling.BICUBIC)
    base = _image(np.asarray(image, np.float32) * 0.13 + np.array((8, 5, 20), np.float32))
    return ImageChops.screen(ImageChops.screen(base, ImageEnhance.Brightness(halo).enhance(1.7)), bright)


def _pop_art(image: Image.Image) -> Image.Image:
    """Loud flat colours with halftone dots in the shades."""
    loud = ImageOps.posterize(ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(2.1)).enhance(1.2), 2)
    flat = np.asarray(loud, np.float32) * (255 / 192)
    tone = np.asarray(image.convert("L"), np.float32) / 255
    ys, xs = np.indices(tone.shape, dtype=np.float32)
    step = max(4.0, min(image.size) / 72)
    u, v = ((xs + ys) / step) % 1 - 0.5, ((xs - ys) / step) % 1 - 0.5
    dots = np.hypot(u, v) < 0.46 * np.sqrt(np.clip(0.9 - tone, 0, 0.6))
    return _image(flat * np.where(dots, 0.72, 1.0)[:, :, None])


STYLES: dict[Style, Callable[[Image.Image], Image.Image]] = {
    Style.WATERCOLOR: _watercolor,
    Style.PIXEL_ART: _pixel_art,
    Style.BLUEPRINT: _blueprint,
    Style.BLACK_AND_WHITE: _black_and_white,
    Style.SEPIA: _sepia,
    Style.PENCIL: _pencil,
    Style.NEON: _neon,
    Style.POP_ART: _pop_art,
}


def styled(image: Image.Image, style: Style, *, half: int | None = None) -> Image.Image:
    """``image`` in ``style``. ``half`` 0 to 3 styles only the left, right, upper or lower part: the flaw of a weak style."""
    whole = STYLES[style](image)
    if half is None:
        return whole
    width, height = image.size
    part = (
        (0, 0, width // 2, height),
        (width // 2, 0, width, height),
        (0, 0, width, height // 2),
        (0, height // 2, width, height),
    )
    box = part[half % 4]
    result = image.copy()
    result.paste(whole.crop(box), box)
    return result


def ink(style: Style | None, colour: RGB) -> RGB:
    """The colour that text of ``colour`` has in ``style``: only the colourless styles change it."""
    grey = round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])
    if style in (Style.BLACK_AND_WHITE, Style.PENCIL):
        return (grey, grey, grey)
    if style is Style.SEPIA:
        share = grey / 255
        return (round(44 + 206 * share), round(28 + 208 * share), round(16 + 192 * share))
    return colour


def _edges(image: Image.Image, gain: float) -> Pixels:
    """Strength of outlines, 0..1."""
    smooth = image.filter(ImageFilter.GaussianBlur(max(0.5, min(image.size) / 900)))
    strongest = np.asarray(smooth.filter(ImageFilter.FIND_EDGES), np.float32).max(axis=2)
    strongest[0, :] = strongest[-1, :] = 0
    strongest[:, 0] = strongest[:, -1] = 0
    wide = Image.fromarray(np.clip(strongest * gain, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.5))
    found: Pixels = np.clip(np.asarray(wide, np.float32) / 150, 0, 1)
    return found


@lru_cache(maxsize=12)
def _noise(size: tuple[int, int], grain: int, seed: int) -> Pixels:
    """Smooth random values, 0..1, with features of about ``grain`` pixels."""
    cells = (max(2, size[0] // grain + 1), max(2, size[1] // grain + 1))
    values = np.random.default_rng(seed).integers(0, 256, (cells[1], cells[0]), dtype=np.uint8)
    found: Pixels = np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BICUBIC), np.float32) / 255
    return found


@lru_cache(maxsize=12)
def _grid(size: tuple[int, int]) -> Pixels:
    step = max(8, min(size) // 24)
    lines = np.zeros((size[1], size[0]), np.float32)
    lines[::step, :] = 0.6
    lines[:, ::step] = 0.6
    lines[:: step * 4, :] = 1
    lines[:, :: step * 4] = 1
    return lines


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))
