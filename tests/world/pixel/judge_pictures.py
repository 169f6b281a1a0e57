"""Pictures for the judges' tests, pasted together with Pillow: no generator is involved."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from genevolve.core.claim import Subject
from genevolve.world.atlas.raster import raster
from tests.paths import ROOT

DOG, CAT, APPLE, CLOCK, BUS = "1F415", "1F408", "1F34E", "23F0", "1F68C"
CHAD, ROMANIA, MALI, GUINEA = "1F1F9-1F1E9", "1F1F7-1F1F4", "1F1F2-1F1F1", "1F1EC-1F1F3"
FONT = next(
    path
    for folder in (Path("src/genevolve/store/fonts"), Path("/usr/share/fonts"))
    for path in sorted((ROOT / folder).rglob("*.ttf"))
    if "Mono" not in path.name
)


def subject(code: str, label: str = "thing", *more: str) -> Subject:
    return Subject(key=label.replace(" ", "_"), label=label, looks=tuple(f"openmoji:{c}" for c in (code, *more)))


def sprite(code: str, side: int) -> Image.Image:
    big = Image.fromarray(np.array(raster(code, 2 * side + 40)))
    cut = big.crop(big.getchannel("A").point(lambda value: 255 if value > 30 else 0).getbbox())
    factor = side / max(cut.size)
    return cut.resize((round(cut.width * factor), round(cut.height * factor)), Image.Resampling.LANCZOS)


def page(size: tuple[int, int] = (512, 512), top: str = "#cfe6f5", bottom: str = "#a9c8de") -> Image.Image:
    """A background with a vertical gradient."""
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def paste(canvas: Image.Image, picture: Image.Image, at: tuple[int, int], *, shadow: bool = True) -> None:
    """``picture`` with its middle at ``at``."""
    left, top = at[0] - picture.width // 2, at[1] - picture.height // 2
    if shadow:
        mask = Image.new("L", canvas.size)
        foot, wide = top + picture.height, picture.width
        ImageDraw.Draw(mask).ellipse(
            (at[0] - wide * 0.42, foot - wide * 0.06, at[0] + wide * 0.42, foot + wide * 0.07), fill=110
        )
        canvas.paste("#20202c", (0, 0), mask.filter(ImageFilter.GaussianBlur(3)))
    canvas.paste(picture, (left, top), picture)


def put(canvas: Image.Image, code: str, at: tuple[int, int], side: int = 120, *, shadow: bool = True) -> None:
    paste(canvas, sprite(code, side), at, shadow=shadow)


def write(canvas: Image.Image, text: str, at: tuple[int, int], pixels: int = 40, colour: str = "#16161a") -> None:
    face = ImageFont.truetype(str(FONT), pixels)
    ImageDraw.Draw(canvas).text(at, text, font=face, fill=colour, anchor="mm")


def painted(picture: Image.Image, dark: int, colour: tuple[int, int, int]) -> Image.Image:
    """Every pixel lighter than ``dark`` in ``colour``."""
    pixels = np.array(picture)
    pixels[pixels[..., :3].max(axis=2) > dark, :3] = colour
    return Image.fromarray(pixels)


def encoded(canvas: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    canvas.save(buffer, kind, **({"quality": 80} if kind == "JPEG" else {}))
    return buffer.getvalue()


def row(canvas: Image.Image, code: str, xs: Sequence[int], y: int, side: int = 90) -> None:
    for x in xs:
        put(canvas, code, (x, y), side)
