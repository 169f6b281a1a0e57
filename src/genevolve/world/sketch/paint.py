"""From a plan to pixels: background, light, shadows, objects, style, text."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from genevolve.core.protocols import ReferenceImage
from genevolve.store.faces import font
from genevolve.world.language.colours import PALETTE
from genevolve.world.language.model import AmbiguityKind, Scene, Style
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch import background, figures, light, style
from genevolve.world.sketch.flaws import Flaws
from genevolve.world.sketch.plan import RGB, LayoutPlan, Mark, MarkKind, PixelBox, Shadow, Sprite, TextBlock
from genevolve.world.sketch.stage import mix
from genevolve.world.sketch.text import LINE
from genevolve.world.sketch.vector import Lettering, Point, Tracing, halo

INK: RGB = (26, 28, 36)
PAPER: RGB = (255, 255, 255)
_SHADOW: RGB = (14, 16, 30)
Levels = NDArray[np.float64]
HUGE_SHARE, HUGE_CONTRAST = 0.08, 1.4  # letters that are read by their shape, in the colours that were asked for
CONTRAST, LARGE_CONTRAST, LARGE_PX = 4.0, 3.0, 24  # after WCAG AA, which asks for 4.5 and 3


@dataclass(slots=True)
class Painting:
    """A picture under way: its pixels, and what they are as shapes."""

    image: Image.Image
    tracing: Tracing

    def flatten(self, image: Image.Image) -> None:
        """What was done to all pixels at once; as shapes it is one picture."""
        self.image = image
        self.tracing.flattened(image)


def paint(scene: Scene, plan: LayoutPlan, references: Sequence[ReferenceImage], seed: int) -> Painting:
    """``plan`` as an RGB image, and as shapes."""
    flaws = Flaws(scene, seed)
    unlit = flaws.anywhere(AmbiguityKind.UNLIT)
    painting = _ground(scene, plan.size, seed, unlit, flaws.anywhere(AmbiguityKind.NO_BACKGROUND))
    lean = 0.0 if unlit else light.choose(scene.light)[0].lean
    for mark in plan.marks:
        _mark(painting, mark)
    for figure in plan.figures:
        _shade(painting, figure, lean)
        _put(painting, figure, references)
    if unlit:
        painting.flatten(light.dull(painting.image))
    if scene.style is not None:
        painting.flatten(style.styled(painting.image, scene.style, half=flaws.half()))
    quiet = scene.style is None and background.choose(scene.background).scenery is not None
    for text in plan.texts:
        if quiet and not any(figure.box.overlap(text.box) for figure in plan.figures):
            _calm(painting, text)
        _write(painting, text, scene)
    return painting


def _ground(scene: Scene, size: tuple[int, int], seed: int, unlit: bool, bare: bool) -> Painting:
    chosen = background.choose(scene.background)
    if bare or (unlit and not chosen.scenery):
        return Painting(*background.flat(None if bare else scene.background, size))
    tracing = Tracing(size)
    if unlit:
        image, shapes = background.made(scene.background, size, seed % 4, weather=scene.weather)
        tracing.over(shapes)
        return Painting(image.copy(), tracing)
    lit, hour = light.choose(scene.light)[0], light.hour(scene.light)
    if chosen.scenery is None:  # a plain colour must stay the colour that was asked for
        tint = mix(lit.colour, mix(chosen.colour, PAPER, 0.5), 0.85)
        lit = replace(lit, colour=tint, strength=lit.strength * 0.5, vignette=min(0.08, lit.vignette * 0.3))
    if hour is light.Hour.DUSK and scene.vocabulary is not Vocabulary.ICONS:
        hour = light.Hour.DAY  # policies that were trained know warm light alone
    image, shapes = background.made(scene.background, size, seed % 4, hour=hour, weather=scene.weather)
    tracing.over(shapes)
    return Painting(light.on_background(image, lit, tracing), tracing)


_SEEN_THROUGH = 82  # of 255: how much of its colour a circle puts on what lies under it


def _mark(painting: Painting, mark: Mark) -> None:
    """Drawn at four times the size and brought down, within the box that it needs."""
    _trace_mark(painting.tracing, mark)
    width = mark.width
    ends = [mark.start, mark.end] if mark.box is None else [(mark.box.x, mark.box.y), (mark.box.right, mark.box.bottom)]
    left, top = (math.floor(min(values) - 3 * width) for values in zip(*ends, strict=True))
    right, bottom = (math.ceil(max(values) + 3 * width) for values in zip(*ends, strict=True))
    size = (max(1, right - left), max(1, bottom - top))
    for colour, inset in _layers(mark):
        mask = Image.new("L", (size[0] * 4, size[1] * 4))
        pen = ImageDraw.Draw(mask)
        _shaped(pen, mark, ends, inset, (left, top))
        painting.image.paste(colour, (left, top), mask.resize(size, Image.Resampling.BOX))


def _shaped(pen: ImageDraw.ImageDraw, mark: Mark, ends: Sequence[Point], inset: float, corner: tuple[int, int]) -> None:
    """``mark`` at four times its size, the ``corner`` of its box at the origin."""
    (left, top), width = corner, mark.width
    points = [((x - left) * 4, (y - top) * 4) for x, y in ends]
    match mark.kind:
        case MarkKind.LINE:
            pen.line(points, fill=255, width=round(4 * width))
        case MarkKind.ARROW:
            neck, head = _arrow(points[0], points[1], 4 * width)
            pen.line([points[0], neck], fill=255, width=round(4 * width))
            pen.polygon(head, fill=255)
        case MarkKind.DOT:
            pen.ellipse((*points[0], *points[1]), fill=255)
        case MarkKind.WEDGE:
            pen.pieslice((*points[0], *points[1]), mark.turn[0] - 90, mark.turn[1] - 90, fill=255)
        case MarkKind.OUTLINE:
            around = [((x - left) * 4, (y - top) * 4) for x, y in mark.points]
            if inset:
                pen.line([*around, *around[:2]], fill=255, width=round(4 * width), joint="curve")
            else:
                pen.polygon(around, fill=255)
        case MarkKind.RING if inset:
            pen.ellipse((*points[0], *points[1]), outline=255, width=round(4 * width))
        case MarkKind.RING:
            pen.ellipse((*points[0], *points[1]), fill=_SEEN_THROUGH)
        case _:
            low = tuple(value + 4 * inset for value in points[0])
            high = tuple(value - 4 * inset - 1 for value in points[1])
            if low[0] < high[0] and low[1] < high[1]:
                pen.rounded_rectangle((*low, *high), _radius(mark, inset) * 4, fill=255)


def _trace_mark(tracing: Tracing, mark: Mark) -> None:
    match mark.kind, mark.box:
        case MarkKind.LINE, _:
            tracing.line(mark.start, mark.end, mark.fill, mark.width)
        case MarkKind.ARROW, _:
            neck, head = _arrow(mark.start, mark.end, mark.width)
            tracing.line(mark.start, neck, mark.fill, mark.width)
            tracing.polygon(head, mark.fill)
        case MarkKind.OUTLINE, _:
            tracing.polygon(mark.points, mark.fill)
            for one, following in pairwise([*mark.points, mark.points[0]]):
                tracing.line(one, following, mark.ink, mark.width)
        case kind, PixelBox(x=x, y=y, w=w, h=h):
            if kind in (MarkKind.DOT, MarkKind.RING, MarkKind.WEDGE):
                _trace_round(tracing, mark, (x, y, w, h))
                return
            for colour, inset in _layers(mark):
                box = (x + inset, y + inset, w - 2 * inset, h - 2 * inset)
                if min(box[2:]) > 0:
                    tracing.rect(box, colour, radius=_radius(mark, inset))


def _trace_round(tracing: Tracing, mark: Mark, box: tuple[float, float, float, float]) -> None:
    match mark.kind:
        case MarkKind.WEDGE:
            tracing.wedge(box, mark.turn[0] - 90, mark.turn[1] - 90, mark.fill)
        case MarkKind.RING:
            tracing.ellipse(box, mark.fill, opacity=_SEEN_THROUGH / 255)
            tracing.ring(box, mark.ink, mark.width)
        case _:
            tracing.ellipse(box, mark.fill)


def _layers(mark: Mark) -> tuple[tuple[RGB, float], ...]:
    """(colour, how far in it begins) of a mark, the lowest first."""
    match mark.kind:
        case MarkKind.FRAME:
            return (mark.ink, 0.0), (mark.fill, mark.width)
        case MarkKind.RING | MarkKind.OUTLINE:
            return (mark.fill, 0.0), (mark.ink, mark.width)
    return ((mark.fill, 0.0),)


def _radius(mark: Mark, inset: float) -> float:
    return 0 if mark.kind is MarkKind.BAR else max(0.0, 3 * mark.width - inset)


def _arrow(start: Point, end: Point, width: float) -> tuple[Point, list[Point]]:
    """Where the shaft ends, and the head, which is four times as wide as the shaft."""
    length = max(1.0, math.hypot(end[0] - start[0], end[1] - start[1]))
    dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    head = min(4 * width, 0.55 * length)
    neck = (end[0] - dx * head, end[1] - dy * head)
    side = head * 0.62
    tip = [end, (neck[0] - dy * side, neck[1] + dx * side), (neck[0] + dy * side, neck[1] - dx * side)]
    return (neck[0] + dx, neck[1] + dy), tip


def _pixels(figure: Sprite) -> tuple[int, int, int, int]:
    """Left, top, width, height in whole pixels."""
    x, y = round(figure.box.x), round(figure.box.y)
    return x, y, max(1, round(figure.box.right) - x), max(1, round(figure.box.bottom) - y)


def _shade(painting: Painting, figure: Sprite, lean: float) -> None:
    x, y, w, h = _pixels(figure)
    image, tracing = painting.image, painting.tracing
    if figure.shadow is Shadow.CONTACT:
        width = max(4, round(w * 0.92))
        mask = figures.contact_shadow(width, 128)
        left, top = round(x + (w - width) / 2 + lean * w * 0.4), round(y + h - mask.height * 0.52)
        image.paste(_SHADOW, (left, top), mask)
        placed = (left + mask.width / 2, top + mask.height / 2, mask.width / 2, mask.height / 2)
        strengths = [128 / 255 * (1 - (step / 12) ** 2) ** 0.9 for step in range(13)]
        tracing.ellipse((left, top, mask.width, mask.height), halo(_SHADOW, strengths, (0, 0), 1, placed))
    elif figure.shadow is Shadow.CARD:
        blur = max(2, round(min(image.size) * 0.014))
        mask = figures.card_shadow((w, h), blur, 105)
        left, top = round(x - 2 * blur + lean * blur * 2), round(y - 1.2 * blur)
        image.paste(_SHADOW, (left, top), mask)
        tracing.blurred((left + 2 * blur, top + 2 * blur, w, h), _SHADOW, 105 / 255, blur)


def _put(painting: Painting, figure: Sprite, references: Sequence[ReferenceImage]) -> None:
    x, y, w, h = _pixels(figure)
    ordinal = figure.source.reference
    held = references[ordinal - 1].data if ordinal else b""
    drawn = figures.picture(figure.source, (w, h), figure.colour, figure.warp, held)
    painting.image.paste(drawn, (x, y), drawn)
    painting.tracing.later(partial(figures.trace, (x, y, w, h), figure.source, figure.colour, figure.warp, held))


def _write(painting: Painting, text: TextBlock, scene: Scene) -> None:
    """Set ``text``; where the background would drown it, on a plate."""
    image = painting.image
    if text.wipes is not None:
        _wipe(painting, text.wipes)
    box = tuple(round(value) for value in (text.box.x, text.box.y, text.box.right, text.box.bottom))
    pad = max(2, round(text.px * 0.22))
    frame = (
        max(0, box[0] - pad),
        max(0, box[1] - pad // 2),
        min(image.width, box[2] + pad),
        min(image.height, box[3] + pad // 2),
    )
    if frame[2] <= frame[0] or frame[3] <= frame[1]:
        return
    levels = _luminance(image.crop(frame))
    enough = _enough(text, scene, min(image.size))
    colour = style.ink(scene.style, _own(text, levels, enough))
    if _worst_contrast(colour, levels) < enough:
        _plate(painting, frame, colour, scene.style)
    face = font(text.face, text.px)
    pen = ImageDraw.Draw(image)
    pen.fontmode = "L"
    ascent, descent = face.getmetrics()
    at, widths = [], [face.getlength(line) for line in text.lines]
    for index, (line, wide) in enumerate(zip(text.lines, widths, strict=True)):
        x = {"left": text.box.x, "center": text.box.cx - wide / 2, "right": text.box.right - wide}[text.align]
        y = text.box.y + index * text.px * LINE + (text.px * LINE - ascent - descent) / 2
        pen.text((round(x), round(y)), line, fill=colour, font=face)
        at.append((round(x), round(y) + ascent))
    painting.tracing.text(
        Lettering(
            lines=text.lines, at=tuple(at), widths=tuple(widths), face=text.face, px=text.px, align=text.align, colour=colour
        )
    )


def _enough(text: TextBlock, scene: Scene, side: int) -> float:
    """The contrast that ``text`` needs on an image of this shorter side."""
    asked = scene.vocabulary is Vocabulary.ICONS and text.colour in PALETTE and scene.background in PALETTE
    if asked and text.px >= HUGE_SHARE * side:
        return HUGE_CONTRAST
    return LARGE_CONTRAST if text.px >= LARGE_PX else CONTRAST


def _wipe(painting: Painting, box: PixelBox) -> None:
    """The commonest colour of ``box`` all over it."""
    image = painting.image
    frame = (
        max(0, round(box.x)),
        max(0, round(box.y)),
        min(image.width, round(box.right)),
        min(image.height, round(box.bottom)),
    )
    if frame[2] > frame[0] and frame[3] > frame[1]:
        pixels = np.asarray(image.crop(frame)).reshape(-1, 3)
        codes = (pixels.astype(np.int32) // 16) @ np.array([256, 16, 1])
        common = np.bincount(codes).argmax()
        red, green, blue = (int(value) for value in np.median(pixels[codes == common], axis=0))
        image.paste((red, green, blue), frame)
        painting.tracing.rect(_sides(frame), (red, green, blue))


def _sides(frame: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of left, top, right and bottom."""
    return frame[0], frame[1], frame[2] - frame[0], frame[3] - frame[1]


def _calm(painting: Painting, text: TextBlock) -> None:
    """Blur the setting under a text, so that no star reads as a full stop and no window as a letter."""
    image = painting.image
    soft = max(2, round(0.4 * text.px))
    x, y = round(text.box.x) - 2 * soft, round(text.box.y) - soft
    x, y, right, bottom = max(0, x), max(0, y), round(text.box.right) + 2 * soft, round(text.box.bottom) + soft
    part = image.crop((x, y, min(image.width, right), min(image.height, bottom)))
    if min(part.size) > 4 * soft or min(part.size) > 8:
        mask = Image.new("L", part.size)
        ImageDraw.Draw(mask).rectangle((soft, soft // 2, part.width - soft, part.height - soft // 2), fill=255)
        feathered = mask.filter(ImageFilter.BoxBlur(soft // 2))
        blurred = part.filter(ImageFilter.BoxBlur(soft)).filter(ImageFilter.BoxBlur(soft))
        image.paste(blurred, (x, y), feathered)
        blurred.putalpha(feathered)
        painting.tracing.picture(blurred, (x, y, *blurred.size))


def _own(text: TextBlock, levels: Levels, enough: float) -> RGB:
    if text.colour in PALETTE:
        return PALETTE[text.colour]
    bright = _worst_contrast(PAPER, levels)
    if bright >= enough and float(np.median(levels)) < 0.3:
        return PAPER  # on saturated colours white looks better than black, even where black has the higher contrast
    return INK if _worst_contrast(INK, levels) >= bright else PAPER


def _linear(values: Levels) -> Levels:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _luminance(image: Image.Image) -> Levels:
    """Relative luminance (WCAG) of the pixels, thinned to a few hundred."""
    small = image.resize((min(48, image.width), min(16, image.height)), Image.Resampling.BOX)
    rgb = _linear(np.asarray(small, np.float64).reshape(-1, 3) / 255)
    return np.asarray(rgb @ np.array((0.2126, 0.7152, 0.0722)), np.float64)


def _worst_contrast(colour: RGB, levels: Levels) -> float:
    """Contrast ratio against all but the most awkward twentieth of the background."""
    own = float(_linear(np.array(colour, np.float64) / 255) @ np.array((0.2126, 0.7152, 0.0722)))
    ratios = (np.maximum(levels, own) + 0.05) / (np.minimum(levels, own) + 0.05)
    return float(np.quantile(ratios, 0.05))


def _plate(painting: Painting, frame: tuple[int, int, int, int], colour: RGB, drawn: Style | None) -> None:
    """A rounded panel, light under dark letters and dark under light ones."""
    level = _luminance(Image.new("RGB", (1, 1), colour))
    light_one = _worst_contrast(PAPER, level) >= _worst_contrast(INK, level)
    size = (frame[2] - frame[0], frame[3] - frame[1])
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] * 2 - 1, size[1] * 2 - 1), min(size) * 0.4, fill=236)
    tone = style.ink(drawn, (252, 250, 246) if light_one else (24, 26, 36))
    painting.image.paste(tone, frame[:2], mask.reduce(2))
    painting.tracing.rect(_sides(frame), tone, radius=min(size) * 0.2, opacity=236 / 255)


def encoded(image: Image.Image) -> bytes:
    """A PNG file, the same bytes for the same pixels."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
