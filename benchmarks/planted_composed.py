"""Pictures with known truth, pasted together with Pillow alone: another source than the sketch generator, for testing judges.

Own layouts, own backgrounds, own fonts, own recolouring, own shadows; then scaling and JPEG. Used by ``planted_defects.py``.
"""

import colorsys
import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from genevolve.world.atlas.raster import raster

RGB = tuple[int, int, int]
FONT_FOLDERS = (Path("/usr/share/fonts"), Path(__file__).parents[1] / "src/genevolve/store/fonts")


@dataclass(kw_only=True)
class Sprite:
    """An object at a centre and long side, in shares of the canvas' width."""

    key: str
    look: str
    x: float
    y: float
    side: float
    colour: RGB | None = None
    mirrored: bool = False
    bent: str = ""
    floating: bool = False


@dataclass(kw_only=True)
class Words:
    text: str
    x: float
    y: float
    height: float
    colour: RGB = (20, 20, 24)


@dataclass(kw_only=True)
class Composition:
    """A square picture. ``ground`` names the kind of background."""

    seed: int
    sprites: list[Sprite] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    base: RGB | None = None
    ground: str = ""


def fonts() -> list[Path]:
    found = [path for folder in FONT_FOLDERS for path in sorted(folder.rglob("*.ttf"))]
    return [path for path in found if not any(word in path.name for word in ("Mono", "ExtraLight", "Oblique", "Math"))]


def compose(scene: Composition, size: int = 640) -> Image.Image:
    rng = random.Random(scene.seed)
    canvas = _background(rng, size, scene)
    for sprite in scene.sprites:
        _paste(canvas, sprite, size, rng)
    font = rng.choice(fonts())
    for words in scene.words:
        _write(canvas, words, size, font)
    return canvas


def encode(image: Image.Image, rng: random.Random) -> bytes:
    """As other sources would hand it over: 0.5 to 2 times 512 pixels, PNG or JPEG."""
    side = rng.choice((256, 384, 512, 512, 512, 768, 1024))
    scaled = image.resize((side, side), Image.Resampling.BICUBIC if rng.random() < 0.5 else Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    if rng.random() < 0.6:
        scaled.save(buffer, "JPEG", quality=rng.choice((80, 85, 92)))
    else:
        scaled.save(buffer, "PNG")
    return buffer.getvalue()


def _background(rng: random.Random, size: int, scene: Composition) -> Image.Image:
    def tone() -> NDArray[np.float64]:
        value = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.08, 0.5), rng.uniform(0.72, 1.0))
        return np.array(value) * 255

    first = np.array(scene.base, float) if scene.base else tone()
    second = first * rng.uniform(0.82, 0.94) if scene.base else tone()
    y, x = np.mgrid[0:size, 0:size] / size
    kind = scene.ground or rng.choice(("vertical", "diagonal", "radial", "ground", "noise", "plain"))
    ramps = {"vertical": y, "diagonal": (x + y) / 2, "radial": np.hypot(x - 0.5, y - 0.4), "noise": y, "plain": y * 0}
    share = ramps[kind] if kind in ramps else (y > 0.6) * 1.0
    picture = first * (1 - share[..., None]) + second * share[..., None]
    if kind == "plain" and not scene.base:
        picture = picture * 0 + 255.0
    if kind == "noise":
        picture = picture + np.random.default_rng(rng.getrandbits(32)).normal(0, 4, picture.shape)
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def sprite_image(look: str, side: int, colour: RGB | None = None, bent: str = "", mirrored: bool = False) -> Image.Image:
    big = Image.fromarray(raster(look, max(160, side * 2)))
    picture = big.crop(big.getchannel("A").point(lambda value: 255 if value > 30 else 0).getbbox())
    if colour:
        picture = _tinted(picture, colour)
    if mirrored:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if bent:
        picture = bend(picture, bent)
    factor = side / max(picture.size)
    return picture.resize(
        (max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), Image.Resampling.LANCZOS
    )


def _tinted(picture: Image.Image, colour: RGB) -> Image.Image:
    """The commonest fill, and what is near it, in another colour; the shading kept as a factor."""
    pixels = np.asarray(picture).astype(float)
    rgb, solid = pixels[..., :3], pixels[..., 3] > 200
    fill = solid & ((rgb.max(axis=2) > 60) | (np.ptp(rgb, axis=2) > 40))
    values, counts = np.unique((rgb[fill] // 20).astype(int), axis=0, return_counts=True)
    main = values[counts.argmax()] * 20 + 10.0
    tone, wanted = rgb - rgb.mean(axis=2, keepdims=True), main - main.mean()
    alike = np.abs(rgb - main).sum(axis=2) < 70
    if np.ptp(main) > 40:
        cosine = (tone @ wanted) / (np.linalg.norm(tone, axis=2) * np.linalg.norm(wanted) + 1e-6)
        alike |= fill & (cosine > 0.9) & (np.ptp(rgb, axis=2) > 30)
    factor = np.clip(rgb.max(axis=2) / main.max(), 0.5, 1.12)[..., None]
    pixels[..., :3] = np.where(alike[..., None], np.array(colour, float) * factor, rgb)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def bend(picture: Image.Image, how: str) -> Image.Image:
    """A body gone wrong: "wave", "lean", "squash", "twice" (two upper halves)."""
    pixels = np.asarray(picture)
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    if how == "twice":
        result = np.array(pixels)
        half = np.asarray(picture.resize((max(1, width // 2), height)))[: height // 2]
        result[: height // 2] = 0
        result[: half.shape[0], : half.shape[1]] = half
        result[: half.shape[0], width - half.shape[1] :] = half
        return Image.fromarray(result)
    if how == "wave":
        u = (u - 0.5) * 1.3 + 0.5 + 0.14 * np.sin(v * 2 * math.pi * 1.4)
    elif how == "lean":
        u = (u - 0.5) * 1.5 + 0.5 + (v - 0.5) * 0.7
    else:
        v = np.where(v < 0.5, v * 1.7, 0.85 + (v - 0.5) * 0.3)
    xs, ys = (u * width).round().astype(int), (v * height).round().astype(int)
    inside = (xs >= 0) & (xs < width) & (ys >= 0) & (ys < height)
    result = pixels[ys.clip(0, height - 1), xs.clip(0, width - 1)] * inside[..., None]
    bent = Image.fromarray(result.astype(np.uint8))
    return bent.crop(bent.getchannel("A").getbbox())


def shared(one: Sprite, other: Sprite, size: int = 256) -> float:
    """Share of the smaller sprite's pixels that lie on the other's."""
    masks = []
    for sprite in (one, other):
        canvas = Image.new("L", (size * 2, size * 2))
        alpha = sprite_image(sprite.look, round(sprite.side * size), mirrored=sprite.mirrored).getchannel("A")
        at = (round((sprite.x + 0.5) * size - alpha.width / 2), round((sprite.y + 0.5) * size - alpha.height / 2))
        canvas.paste(alpha, at)
        masks.append(np.asarray(canvas) > 128)
    return float((masks[0] & masks[1]).sum() / min(mask.sum() for mask in masks))


def _paste(canvas: Image.Image, sprite: Sprite, size: int, rng: random.Random) -> None:
    picture = sprite_image(sprite.look, round(sprite.side * size), sprite.colour, sprite.bent, sprite.mirrored)
    left, top = round(sprite.x * size - picture.width / 2), round(sprite.y * size - picture.height / 2)
    if not sprite.floating:
        _shadow(canvas, (left + picture.width / 2, top + picture.height), picture.width)
    canvas.paste(picture, (left, top), picture)


def _shadow(canvas: Image.Image, foot: tuple[float, float], width: int) -> None:
    mask = Image.new("L", canvas.size)
    tall = width * 0.11
    box = (foot[0] - width * 0.44, foot[1] - tall * 0.7, foot[0] + width * 0.44, foot[1] + tall * 0.8)
    ImageDraw.Draw(mask).ellipse(box, fill=95)
    canvas.paste((24, 22, 34), (0, 0), mask.filter(ImageFilter.GaussianBlur(1 + width * 0.03)))


def _write(canvas: Image.Image, words: Words, size: int, font: Path) -> None:
    pixels = round(words.height * size)
    face = ImageFont.truetype(str(font), pixels)
    while face.getlength(words.text) > 0.9 * size:
        pixels -= 1
        face = ImageFont.truetype(str(font), pixels)
    ImageDraw.Draw(canvas).text((words.x * size, words.y * size), words.text, font=face, fill=words.colour, anchor="mm")


def spread(count: int, rng: random.Random, area: tuple[float, float, float, float]) -> Sequence[tuple[float, float, float]]:
    """``count`` places that do not touch, in (left, top, right, bottom): x, y and the largest side that fits."""
    left, top, right, bottom = area
    columns = math.ceil(math.sqrt(count * (right - left) / (bottom - top)))
    rows = math.ceil(count / columns)
    wide, tall = (right - left) / columns, (bottom - top) / rows
    cells = [(left + (c + 0.5) * wide, top + (r + 0.5) * tall, min(wide, tall)) for r in range(rows) for c in range(columns)]
    return rng.sample(cells, count)
