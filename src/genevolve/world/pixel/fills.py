"""Of what colour each area of a recognised thing is, measured on the thing's own shape and never on its box.

A look is cut into the areas of one colour that its template has. In the picture their shape is known from the pose. An area
that is wide enough has pixels of its own; a thin one shares every pixel with its outline and with what lies behind it, so its
colour comes from all of them together: each pixel is the sum of the areas' colours by the part that they cover (least squares).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.world.atlas.surroundings import water
from genevolve.world.language.icons import DRAWN
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.match import Pose, crop
from genevolve.world.pixel.templates import Template, lab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genevolve.world.pixel.arrays import Bools, Floats

SIDE = 128  # pixels of the long side at which the shape is laid over the picture, at most
MARGIN = 6  # pixels around it that show what is behind
DARK, DULL = 60, 40  # a pixel of less light and less chroma belongs to an outline
OUTLINE_GREY = (109, 111, 120)  # the outline of a dark shape of Game Icons
ALL_LINES = 0.06  # share of fill under which a look is nothing but its lines
MOST_AREAS = 7
SAME = 25.0  # distance in Lab of one flat colour
STEPS = ((-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0))
SCALES = (0.97, 1.03)
REACHES = (2.0, 1.0, 0.5)  # pixels
PLAIN = 0.6  # share of a thing whose areas have pixels of their own, from which no area needs an estimate
PURE = 0.97  # part of a pixel that an area covers, from which the pixel is its own
FEW = 12  # pixels of its own from which an area needs no estimate
NOISY = 24.0  # standard error of an estimate, of 255, from which it says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """``weight``: share of the look's fills; ``pixels`` (N, 3) RGB: its own, or one that is estimated; none: unknown."""

    weight: float
    pixels: "Floats"


def own_areas(image: "Floats", instance: Instance, hidden: "Floats | None" = None) -> list[Area]:
    """The areas of the thing itself, without outlines and without the water that a boat lies in.

    Where ``hidden`` (H, W) is 1 something else stands in front.
    """
    layers, weights = _layers(instance.template)
    laid = _Laid(image, instance.pose, layers, hidden)
    found = [laid.inner(number) for number in range(len(weights))]
    if sum(weight for weight, pixels in zip(weights, found, strict=True) if len(pixels)) < PLAIN:
        fitted = _Fitted(laid)
        found = [fitted.colours(number) for number in range(len(weights))]
    return [Area(weight=weight, pixels=pixels) for weight, pixels in zip(weights, found, strict=True)]


class _Laid:
    """The layers of a look laid over a part of the picture, and what is behind."""

    def __init__(self, image: "Floats", pose: Pose, layers: "Floats", hidden: "Floats | None") -> None:
        import numpy as np

        factor = min(1.0, SIDE / pose.side)
        self._layers = layers
        self._size = (max(3, round(pose.width * factor)), max(3, round(pose.height * factor)))
        whole = (self._size[0] + 2 * MARGIN, self._size[1] + 2 * MARGIN)
        where = (pose.x - MARGIN / factor, pose.y - MARGIN / factor, factor, whole)
        self.patch = crop(image, *where)
        seen = np.ones(self.patch.shape[:2], np.bool_)
        self.free = seen if hidden is None else crop(hidden, *where) < 0.3
        self.rough = self.cover(0.0, 0.0, 1.0)

    def cover(self, dx: float, dy: float, scale: float) -> "Floats":
        """(h, w, K): how much of each pixel of the patch each layer covers, moved and scaled by so much."""
        import cv2
        import numpy as np

        size = (max(3, round(self._size[0] * scale)), max(3, round(self._size[1] * scale)))
        how = cv2.INTER_AREA if size[0] < self._layers.shape[1] else cv2.INTER_LINEAR
        left = MARGIN + dx + (self._size[0] - size[0]) / 2
        top = MARGIN + dy + (self._size[1] - size[1]) / 2
        matrix = np.array([[1, 0, left], [0, 1, top]], np.float32)
        parts = (cv2.resize(part, size, interpolation=how) for part in np.moveaxis(self._layers, 2, 0))
        return np.dstack([cv2.warpAffine(part, matrix, self.patch.shape[1::-1]) for part in parts]).astype(np.float32)

    def inner(self, number: int) -> "Floats":
        """(N, 3): pixels of an area that belong to it even where its place is off by two; none for what is thin."""
        import cv2
        import numpy as np

        share = self.rough[..., number]
        own = cv2.erode((share > PURE).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        own &= self.free
        enough = own.sum() >= max(FEW, 0.1 * float(share.sum()))
        return np.asarray(self.patch[own if enough else np.zeros_like(own)], np.float32)


class _Fitted:
    """The layers where they explain the picture best."""

    def __init__(self, laid: _Laid) -> None:
        import cv2
        import numpy as np

        self._patch, self._free = laid.patch, laid.free.ravel()
        wide = cv2.dilate(laid.rough.sum(axis=2), np.ones((7, 7), np.uint8))
        self._behind = _filled(laid.patch, (wide < 0.02) & laid.free)
        self._cover = self._best(laid)

    def _best(self, laid: _Laid) -> "Floats":
        """From step to step to the place that leaves the least unexplained."""
        best, least, x, y, size = laid.rough, self._unexplained(laid.rough), 0.0, 0.0, 1.0
        for reach in REACHES:
            tried = [(x + reach * dx, y + reach * dy, size) for dx, dy in STEPS]
            tried += [(x, y, size * scale) for scale in SCALES]
            for place in tried:
                cover = laid.cover(*place)
                if (rest := self._unexplained(cover)) < least:
                    best, least, (x, y, size) = cover, rest, place
        return best

    def _equations(self, cover: "Floats") -> "tuple[Floats, Floats, Floats]":
        import numpy as np

        shares = cover.reshape(-1, cover.shape[2])[self._free]
        wanted = (self._patch - (1 - cover.sum(axis=2))[..., None].clip(0, 1) * self._behind).reshape(-1, 3)[self._free]
        return shares.T @ shares + 0.05 * np.eye(cover.shape[2], dtype=np.float32), shares.T @ wanted, wanted

    def _unexplained(self, cover: "Floats") -> float:
        import numpy as np

        square, mixed, wanted = self._equations(cover)
        return float((wanted**2).sum() - (np.linalg.solve(square, mixed) * mixed).sum())

    def colours(self, number: int) -> "Floats":
        """(N, 3): the pixels of a layer."""
        import numpy as np

        share = self._cover[..., number].ravel()
        own = self._free & (share > PURE)
        flat = self._patch.reshape(-1, 3)
        if own.sum() >= FEW and own.sum() >= 0.1 * share[self._free].sum():
            return flat[own]
        square, mixed, wanted = self._equations(self._cover)
        inverse = np.linalg.inv(square)
        noise = max(0.0, self._unexplained(self._cover)) / max(1.0, 3.0 * len(wanted))
        if share[self._free].sum() < 3.0 or (noise * inverse[number, number]) ** 0.5 > NOISY:
            return flat[:0]
        return np.asarray((inverse @ mixed)[number : number + 1].clip(0, 255), np.float32)


def _filled(patch: "Floats", known: "Bools") -> "Floats":
    """What is behind the thing: the nearest colours around it, smoothly."""
    import cv2
    import numpy as np

    if not known.any():
        known = np.ones(known.shape, np.bool_)
    weight = known.astype(np.float32)
    filled, total = np.zeros_like(patch), np.zeros(weight.shape, np.float32)
    for reach in (3.0, 9.0, 27.0):
        near = cv2.GaussianBlur(weight, (0, 0), reach) + 1e-6
        colour = cv2.GaussianBlur(patch * weight[..., None], (0, 0), reach) / near[..., None]
        part = np.clip(near, 0, 1) ** 2 * (1 - total) if reach < 27.0 else 1 - total
        filled += colour * part[..., None]
        total += part
    return np.where(known[..., None], patch, filled)


def _layers(template: Template) -> "tuple[Floats, list[float]]":
    """(H, W, K): the areas of one colour, then the outline, then what is around the thing; and the areas' shares."""
    import numpy as np

    pixels = template.picture
    solid = pixels[..., 3] > 128
    line = solid & _is_line(template, pixels)
    around = water(pixels) if template.look.startswith("openmoji:") else np.zeros(solid.shape, np.bool_)
    fill = solid & ~line & ~around
    if fill.sum() < ALL_LINES * max(1, int(solid.sum())):
        fill, line = solid & ~around, np.zeros(solid.shape, np.bool_)
    areas = _flat_areas(pixels, fill)
    alpha = pixels[..., 3:].astype(np.float32) / 255
    parts = [part for part in (line, around) if part.any()]
    layers = np.dstack([*areas, *parts]) * alpha
    return np.asarray(layers, np.float32), [float(area.sum()) / float(fill.sum()) for area in areas]


def _is_line(template: Template, pixels: "NDArray[np.uint8]") -> "Bools":
    import numpy as np

    rgb = pixels[..., :3].astype(np.int16)
    bright = rgb.max(axis=2)
    line = (bright <= DARK) & (bright - rgb.min(axis=2) <= DULL)
    if template.look.startswith(DRAWN):
        line |= np.abs(rgb - np.array(OUTLINE_GREY)).max(axis=2) < 8
    return np.asarray(line, np.bool_)


def _flat_areas(pixels: "NDArray[np.uint8]", fill: "Bools") -> "list[Bools]":
    """Masks of one colour each, the commonest first; what is between goes to the nearest."""
    import numpy as np

    colours = lab(pixels[..., :3].astype(np.float32))[fill]
    codes = (pixels[..., :3][fill] // 32).astype(np.int32) @ np.array([64, 8, 1])
    left = np.ones(len(colours), np.bool_)
    middles: list[Floats] = []
    while left.sum() > 0.03 * len(colours) and len(middles) < MOST_AREAS:
        middle = np.median(colours[left & (codes == np.bincount(codes[left]).argmax())], axis=0)
        middles.append(middle)
        near = np.linalg.norm(colours - middle, axis=1) < SAME
        left &= ~near & (codes != np.bincount(codes[left]).argmax())
    nearest = np.linalg.norm(colours[:, None] - np.array(middles)[None], axis=2).argmin(axis=1)
    areas = []
    for number in range(len(middles)):
        area = np.zeros(fill.shape, np.bool_)
        area[fill] = nearest == number
        areas.append(area)
    return [area for area in areas if area.any()]
