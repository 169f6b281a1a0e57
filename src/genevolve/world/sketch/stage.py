"""The brushes of the settings: gradients, ridges, boards, stars. Shapes are drawn at twice the size and brought down."""

from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from genevolve.world.sketch.plan import RGB
from genevolve.world.sketch.vector import Fade, Point, Tracing, down, falling, halo


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """``share`` of ``other`` in ``one``."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def gradient(size: tuple[int, int], stops: list[tuple[float, RGB]]) -> Image.Image:
    """Vertical: colours at fractions of the height, with a little ordered noise so that no bands show."""
    width, height = size
    at = (np.arange(height, dtype=np.float32) + 0.5) / height
    positions = [stop for stop, _ in stops]
    column = np.stack([np.interp(at, positions, [colour[i] for _, colour in stops]) for i in range(3)], axis=1)
    noise = _dither(width, height)
    return Image.fromarray((column[:, None, :].astype(np.float32) + noise[:, :, None]).clip(0, 255).astype(np.uint8))


def _dither(width: int, height: int) -> NDArray[np.float32]:
    tile: NDArray[np.float32] = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32)
    tiled: NDArray[np.float32] = np.tile(tile / np.float32(16), (height // 4 + 1, width // 4 + 1))[:height, :width]
    return tiled


def glow(size: tuple[int, int], centre: tuple[float, float], radius: float, strength: float) -> Image.Image:
    """A mask that is brightest at ``centre`` (fractions) and gone at ``radius`` (of the shorter side)."""
    width, height = size
    reach = radius * min(size)
    ys = ((np.arange(height, dtype=np.float32) - centre[1] * height) / reach) ** 2
    xs = ((np.arange(width, dtype=np.float32) - centre[0] * width) / reach) ** 2
    depth = np.clip(1 - np.sqrt(ys[:, None] + xs[None, :]), 0, 1) ** 1.6 * (255 * strength)
    return Image.fromarray((depth + _dither(width, height)).clip(0, 255).astype(np.uint8))


def glow_fade(size: tuple[int, int], centre: tuple[float, float], radius: float, strength: float, colour: RGB) -> Fade:
    """``glow`` in ``colour``, as a gradient."""
    width, height = size
    return halo(colour, falling(1.6, strength), (centre[0] * width, centre[1] * height), radius * min(size))


class Canvas:
    """An image under construction, and its ``tracing``. Coordinates are fractions of its size, y downwards."""

    def __init__(self, size: tuple[int, int], rng: Random) -> None:
        self.factor = 2 if max(size) <= 1024 else 1
        self.size = (size[0] * self.factor, size[1] * self.factor)
        self.rng = rng
        self.image = Image.new("RGB", self.size)
        self.tracing = Tracing(self.size)

    def done(self) -> Image.Image:
        return self.image.reduce(self.factor) if self.factor > 1 else self.image

    def at(self, x: float, y: float) -> tuple[float, float]:
        return x * self.size[0], y * self.size[1]

    @property
    def _pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    # Shapes in pixels: these four alone draw with the pen.

    def rectangle(self, start: Point, end: Point, colour: RGB, *, rim: int = 0) -> None:
        """Filled; with a ``rim`` only that many pixels of its edge."""
        box = (*start, end[0] - start[0] + 1, end[1] - start[1] + 1)  # Pillow paints the last row and column, too
        if rim:
            self._pen.rectangle((*start, *end), outline=colour, width=rim)
            self.tracing.outline(box, colour, rim)
        else:
            self._pen.rectangle((*start, *end), fill=colour)
            self.tracing.rect(box, colour)

    def polygon(self, points: list[Point], colour: RGB) -> None:
        self._pen.polygon(points, fill=colour)
        self.tracing.polygon(points, colour)

    def dot(self, x: float, y: float, radius: float, colour: RGB) -> None:
        self._pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        self.tracing.ellipse((x - radius, y - radius, 2 * radius, 2 * radius), colour)

    def line(self, start: Point, end: Point, colour: RGB, width: int) -> None:
        self._pen.line((*start, *end), fill=colour, width=width)
        self.tracing.line(start, end, colour, width)

    def wash(self, stops: list[tuple[float, RGB]], top: float = 0.0, bottom: float = 1.0) -> None:
        """A gradient between two heights, over the whole width."""
        y0, y1 = round(top * self.size[1]), round(bottom * self.size[1])
        if y1 > y0:
            self.image.paste(gradient((self.size[0], y1 - y0), stops), (0, y0))
            self.tracing.rect((0, y0, self.size[0], y1 - y0), down(stops, y0, y1))

    def light(self, colour: RGB, centre: tuple[float, float], radius: float, strength: float) -> None:
        self.image.paste(colour, (0, 0, *self.size), glow(self.size, centre, radius, strength))
        self.tracing.whole(glow_fade(self.size, centre, radius, strength, colour))

    def ridge(self, base: float, height: float, near: RGB, far: RGB, waves: int = 3) -> None:
        """A hill line that rises ``height`` above ``base`` at most; filled downwards from ``far`` to ``near``."""
        phases = [(self.rng.uniform(0, 6.3), self.rng.uniform(0.6, 1.4) * waves / (k + 1), 1 / (k + 1.6)) for k in range(3)]
        xs = np.linspace(0, 1, 80)
        wave = np.sum([weight * np.sin(phase + turns * 6.283 * xs * 0.5) for phase, turns, weight in phases], axis=0)
        line = base - height * (0.5 + 0.5 * wave / 1.4)
        self._fill([(float(x), float(y)) for x, y in zip(xs, line, strict=True)], far, near)

    def peaks(self, base: float, height: float, near: RGB, far: RGB, count: int, cap: RGB | None = None) -> None:
        """Pointed mountains, with ``cap`` of snow."""
        points: list[tuple[float, float]] = [(-0.1, base)]
        summits = []
        for index in range(count):
            x = (index + 0.5 + self.rng.uniform(-0.25, 0.25)) / count
            y = base - height * self.rng.uniform(0.55, 1)
            summits.append((x, y))
            points += [
                (x, y),
                ((index + 1 + self.rng.uniform(-0.08, 0.08)) / count, base - height * self.rng.uniform(0.1, 0.35)),
            ]
        self._fill([*points, (1.1, base)], far, near)
        for x, y in summits if cap is not None else ():
            assert cap is not None
            low = (base - y) * 0.28
            run = low * 0.42 / max(0.2, height * count * 0.9)
            jag = [
                (x - run, y + low),
                (x - run * 0.4, y + low * 0.7),
                (x, y + low),
                (x + run * 0.5, y + low * 0.66),
                (x + run, y + low),
            ]
            self.polygon([self.at(*point) for point in [(x, y), *jag]], cap)

    def _fill(self, line: list[tuple[float, float]], far: RGB, near: RGB) -> None:
        mask = Image.new("L", self.size)
        points = [self.at(*point) for point in [*line, (line[-1][0], 1.01), (line[0][0], 1.01)]]
        ImageDraw.Draw(mask).polygon(points, fill=255)
        top = max(0.0, min(y for _, y in line))
        stops = [(top, far), (1.0, near)]
        self.image.paste(gradient(self.size, stops), (0, 0), mask)
        self.tracing.polygon(points, down(stops, 0, self.size[1]))

    def clouds(self, count: int, low: float, colour: RGB, strength: float = 0.8) -> None:
        """Soft heaps above ``low``."""
        small = (max(8, self.size[0] // 8), max(8, self.size[1] // 8))
        mask = Image.new("L", small)
        pen = ImageDraw.Draw(mask)
        for index in range(count):
            cx = (index + self.rng.uniform(0.1, 0.9)) / count * small[0]
            cy = self.rng.uniform(0.08, low) * small[1]
            reach = self.rng.uniform(0.05, 0.1) * min(small)
            for _ in range(6):
                x, r = cx + self.rng.uniform(-2, 2) * reach, reach * self.rng.uniform(0.4, 0.9)
                pen.ellipse((x - r * 1.5, cy - r * 0.8, x + r * 1.5, cy + r * 0.55), fill=round(255 * strength))
        soft = mask.filter(ImageFilter.GaussianBlur(max(1.0, min(small) / 45)))
        self.image.paste(colour, (0, 0, *self.size), soft.resize(self.size, Image.Resampling.BICUBIC))
        self.tracing.veil(soft, colour)

    def dots(self, count: int, bottom: float, colours: list[RGB], largest: float) -> None:
        """Stars or flakes above ``bottom``; ``largest`` is a radius as a fraction of the shorter side."""
        for _ in range(count):
            x, y = self.at(self.rng.random(), self.rng.random() * bottom)
            r = max(0.6 * self.factor, min(self.size) * largest * self.rng.random() ** 3)
            self.dot(x, y, r, self.rng.choice(colours))

    def trees(self, base: float, height: float, colour: RGB, count: int) -> None:
        """A row of firs."""
        aspect = self.size[0] / self.size[1]
        for index in range(count):
            x = (index + self.rng.uniform(0, 1)) / count
            tall = height * self.rng.uniform(0.6, 1)
            wide = tall * 0.26 / aspect
            for step in range(3):
                top, foot = base - tall * (1 - step * 0.26), base - tall * (0.5 - step * 0.25)
                reach = wide * (0.55 + 0.25 * step)
                self.polygon([self.at(x, top), self.at(x - reach, foot), self.at(x + reach, foot)], colour)
        self.rectangle(self.at(0, base - 0.002), self.at(1, base + 0.05), colour)

    def towers(self, base: float, height: float, colour: RGB, count: int, window: RGB | None) -> None:
        """A skyline of blocks with rows of windows."""
        x = -0.02
        while x < 1:
            wide = self.rng.uniform(0.7, 1.3) / count
            top = base - height * self.rng.uniform(0.4, 1)
            self.rectangle(self.at(x, top), self.at(x + wide, base), colour)
            if window:
                self._windows(x, top, wide, base, window)
            x += wide * 1.06

    def _windows(self, x: float, top: float, wide: float, base: float, colour: RGB) -> None:
        step_x, step_y = wide / 4.4, 0.032
        for row in range(int((base - top - 0.04) / step_y)):
            for column in range(3):
                if self.rng.random() < 0.6:
                    left, high = x + step_x * (0.75 + column * 1.1), top + 0.022 + row * step_y
                    self.rectangle(self.at(left, high), self.at(left + step_x * 0.55, high + step_y * 0.48), colour)

    def tiles(self, top: float, bottom: float, joint: RGB, columns: int) -> None:
        """A wall of square tiles."""
        thin = max(1, self.size[1] // 400)
        step = 1 / columns
        for column in range(columns + 1):
            self.line(self.at(column * step, top), self.at(column * step, bottom), joint, thin)
        rise = step * self.size[0] / self.size[1]
        y = bottom
        while y > top:
            self.line(self.at(0, y), self.at(1, y), joint, thin)
            y -= rise

    def cupboards(self, top: float, bottom: float, front: RGB, edge: RGB, count: int) -> None:
        """A row of cupboard doors with knobs near their lower or upper edge."""
        self.wash([(0, mix(front, (255, 255, 255), 0.12)), (1, front)], top, bottom)
        thin = max(1, self.size[1] // 300)
        for index in range(count):
            left, right = index / count, (index + 1) / count
            self.rectangle(self.at(left + 0.012, top + 0.014), self.at(right - 0.012, bottom - 0.014), edge, rim=thin)
            x, y = self.at(right - 0.03 if index % 2 == 0 else left + 0.03, bottom - 0.05 if top < 0.5 else top + 0.05)
            r = max(1.0, min(self.size) * 0.008)
            self.dot(x, y, r, edge)
        self.line(self.at(0, bottom), self.at(1, bottom), edge, thin)

    def nightfall(self, horizon: float) -> None:
        """What is painted so far as it looks at night, with stars above ``horizon``."""
        self.dimmed((62, 74, 128))
        self.dots(90, horizon * 0.72, [(255, 255, 255), (255, 244, 214), (206, 222, 255)], 0.0035)

    def sundown(self, horizon: float) -> None:
        """What is painted so far under a sky that goes from violet to gold, with the low sun above ``horizon``."""
        self.dimmed((255, 206, 176))
        stops: list[tuple[float, RGB]] = [
            (0.0, (92, 66, 140)),
            (0.5, (232, 106, 110)),
            (0.85, (252, 176, 92)),
            (1.0, (255, 214, 140)),
        ]
        height = max(1, round(self.size[1] * horizon))
        sky = gradient((self.size[0], height), stops)
        fade = Image.linear_gradient("L").resize((self.size[0], height)).point(lambda value: 225 - value // 3)
        self.image.paste(sky, (0, 0), fade)
        self.tracing.rect((0, 0, self.size[0], height), (238, 128, 108), opacity=0.75)
        x, y = self.at(0.78, horizon * 0.86)
        self.dot(x, y, min(self.size) * 0.06, (255, 236, 170))

    def dimmed(self, dark: RGB) -> None:
        """What is painted so far, seen through glass of this colour."""
        self.image = ImageChops.multiply(self.image, Image.new("RGB", self.size, dark))
        self.tracing.darkened(dark)

    def misted(self, pale: RGB, strength: float) -> None:
        """What is painted so far behind air of this colour."""
        self.image = Image.blend(self.image, Image.new("RGB", self.size, pale), strength)
        self.tracing.rect((0, 0, *self.size), pale, opacity=strength)

    def boards(self, top: float, light: RGB, dark: RGB, rows: int) -> None:
        """A wooden surface from ``top`` down, its boards wider towards the viewer."""
        self.wash([(0, mix(light, dark, 0.35)), (1, light)], top, 1)
        for row in range(rows + 1):
            y = top + (1 - top) * (row / rows) ** 1.5
            self.line(self.at(0, y), self.at(1, y), mix(light, dark, 0.75), max(1, self.size[1] // 340))
            for _ in range(2):
                x = self.rng.random()
                below = top + (1 - top) * ((row + 1) / rows) ** 1.5
                self.line(self.at(x, y), self.at(x, below), mix(light, dark, 0.6), max(1, self.size[1] // 420))
