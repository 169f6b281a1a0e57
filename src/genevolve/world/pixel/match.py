"""Fine comparison of one template with one place of the image: alignment first, then separate measures of agreement."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.world.pixel.edges import edge_field
from genevolve.world.pixel.templates import FINE, Template, lab

if TYPE_CHECKING:
    import numpy as np

    from genevolve.world.pixel.arrays import Floats


COARSE_SCALES = (0.89, 1.0, 1.12)
FINE_SCALES = (0.95, 1.0, 1.05)
ROOM = 8  # pixels of play on each side while aligning
MARGIN = 4  # pixels around the template that are cut with it, so that edges at the border are complete
HOPELESS = 0.42  # edge cosine after the first alignment below which nothing can come of it
NEAR = 22.0  # distance in Lab at which two colours still count as the same under shade, compression and blur


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where the tight sprite lies: left, top, width and height in pixels of the compared image."""

    x: float
    y: float
    width: float
    height: float

    @property
    def side(self) -> float:
        return max(self.width, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.x, self.y, self.x + self.width, self.y + self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """``structure``: edges, whatever the colours; ``colour``: share of the area in the template's colours;
    ``regions``: how far the template's colour areas explain those of the image, ``tones`` the same for lightness alone;
    ``visible``: share not hidden."""

    pose: Pose
    structure: float
    colour: float
    regions: float
    tones: float
    visible: float = 1.0


def match_template(
    image: "Floats", template: Template, x: float, y: float, side: float, hidden: "Floats | None" = None
) -> Agreement | None:
    """The agreement at the best pose near (centre ``x``, ``y``, long side ``side``); None when there is nothing like it."""
    pose, edges = align(image, template, x, y, side, COARSE_SCALES, hidden)
    if edges < HOPELESS:
        return None
    pose, _ = align(image, template, *pose.centre, pose.side, FINE_SCALES, hidden)
    return measure(image, template, pose, hidden)


def align(
    image: "Floats",
    template: Template,
    x: float,
    y: float,
    side: float,
    scales: tuple[float, ...],
    hidden: "Floats | None" = None,
) -> tuple[Pose, float]:
    """The pose whose edges agree best, and how well (cosine over what is not hidden)."""
    import cv2
    import numpy as np

    width, height = template.size
    best, where = -1.0, Pose(x=x - side / 2, y=y - side / 2, width=side, height=side)
    own = (template.field**2).sum(axis=2) * template.wide_mask
    norm = np.float32(own.sum())
    for scale in scales:
        factor = FINE / (side * scale)
        left, top = x - (width / 2 + ROOM) / factor, y - (height / 2 + ROOM) / factor
        size = (width + 2 * ROOM, height + 2 * ROOM)
        field = edge_field(crop(image, left, top, factor, size))
        if hidden is not None:
            seen = (crop(hidden, left, top, factor, size) < 0.3).astype(np.float32)
            seen = np.asarray(cv2.erode(seen, np.ones((3, 3), np.uint8)), np.float32)
            field = field * seen[..., None]
            norm = cv2.matchTemplate(seen, own, cv2.TM_CCORR) + 0.1 * own.sum()
        _, peak, _, (dx, dy) = cv2.minMaxLoc(_cosine(field, template, norm))
        if peak > best:
            best = peak
            where = Pose(x=left + dx / factor, y=top + dy / factor, width=width / factor, height=height / factor)
    return where, best


def _cosine(field: "Floats", template: Template, norm: "Floats | np.float32") -> "Floats":
    """How well the edges of ``field`` agree with the template at each offset; ``norm`` is the template's visible energy."""
    import cv2
    import numpy as np

    dot = cv2.matchTemplate(field, template.field * template.wide_mask[..., None], cv2.TM_CCORR)
    energy = cv2.matchTemplate((field**2).sum(axis=2), template.wide_mask, cv2.TM_CCORR)
    return np.asarray(dot / (np.sqrt(np.maximum(energy, 0) * norm) + 1e-3))


def measure(image: "Floats", template: Template, pose: Pose, hidden: "Floats | None" = None) -> Agreement:
    """Agreement at exactly this pose; pixels that ``hidden`` marks (1 where something stands in front) do not count."""
    import cv2
    import numpy as np

    width, height = template.size
    factor = FINE / pose.side
    left, top, size = pose.x - MARGIN / factor, pose.y - MARGIN / factor, (width + 2 * MARGIN, height + 2 * MARGIN)
    patch = crop(image, left, top, factor, size)
    field = edge_field(patch)[MARGIN:-MARGIN, MARGIN:-MARGIN]
    inner = patch[MARGIN:-MARGIN, MARGIN:-MARGIN]
    seen = _within(image.shape, pose, template.mask.shape)
    if hidden is not None:
        free = (crop(hidden, left, top, factor, size)[MARGIN:-MARGIN, MARGIN:-MARGIN] < 0.3).astype(np.float32)
        seen = seen * np.asarray(cv2.erode(free, np.ones((3, 3), np.uint8)), np.float32)
    colour, regions, tones = _colours(template, inner, seen)
    return Agreement(
        pose=pose,
        structure=_structure(template, field, seen),
        colour=colour,
        regions=regions,
        tones=tones,
        visible=float((template.mask * seen).sum() / template.mask.sum()),
    )


def _within(image: tuple[int, ...], pose: Pose, shape: tuple[int, ...]) -> "Floats":
    """1 where a template pixel at ``pose`` lies inside the image: what the edge cuts off cannot be seen."""
    import numpy as np

    xs = pose.x + (np.arange(shape[1]) + 0.5) * pose.width / shape[1]
    ys = pose.y + (np.arange(shape[0]) + 0.5) * pose.height / shape[0]
    inside = ((ys >= 0) & (ys < image[0]))[:, None] & ((xs >= 0) & (xs < image[1]))[None]
    return np.asarray(inside, np.float32)


def _structure(template: Template, field: "Floats", seen: "Floats") -> float:
    """Mean of the overall edge cosine and the cosines of small cells: the second asks for agreement everywhere."""
    import cv2
    import numpy as np

    weight = template.wide_mask * seen
    blurred = cv2.GaussianBlur(field, (0, 0), 1.0)
    dot = (template.soft_field * blurred).sum(axis=2) * weight
    ours = (template.soft_field**2).sum(axis=2) * weight
    theirs = (blurred**2).sum(axis=2) * weight
    overall = float(dot.sum() / np.sqrt(ours.sum() * theirs.sum() + 1e-6))
    size = (max(1, template.size[0] // 4), max(1, template.size[1] // 4))
    dots, own, other = (cv2.resize(cv2.blur(part, (8, 8)), size, interpolation=cv2.INTER_AREA) for part in (dot, ours, theirs))
    weights = own + 0.3 * other
    local = float((weights * (dots / np.sqrt(own * other + 1e-4))).sum() / (weights.sum() + 1e-6))
    return (overall + local) / 2


def _colours(template: Template, patch: "Floats", seen: "Floats") -> tuple[float, float, float]:
    """(share of the area in its own colours under one common light, variance of colour that the template's colours explain,
    the same for lightness alone)."""
    import numpy as np

    area = (template.mask > 0.9) & (seen > 0.5)
    if area.sum() < 12:
        return 0.0, 0.0, 0.0
    own, there = template.lab[area], lab(patch)[area]
    shift = np.clip(np.median(there - own, axis=0), (-14, -6, -6), (14, 6, 6))  # a lamp, not another paint
    colour = float((np.linalg.norm(there - own - shift, axis=1) < NEAR).mean())
    known = np.column_stack([own / 50.0, np.ones(len(own))])
    target = there / 50.0
    return colour, _explained(known, target), _explained(known[:, [0, 3]], target[:, :1])


def _explained(known: "Floats", target: "Floats") -> float:
    """R² of the linear fit of ``target`` by ``known``."""
    import numpy as np

    fit, *_ = np.linalg.lstsq(known, target, rcond=None)
    spread = max(float(((target - target.mean(axis=0)) ** 2).sum()), 1e-3 * len(target))
    return 1.0 - float(((target - known @ fit) ** 2).sum()) / spread


def crop(image: "Floats", left: float, top: float, factor: float, size: tuple[int, int]) -> "Floats":
    """``size`` pixels of ``image`` from (left, top), enlarged by ``factor``; the edge pixels go on outside."""
    import cv2
    import numpy as np

    if factor < 0.67:  # warpAffine does not average: shrink first
        step = 1.0 / factor
        x0, y0 = max(0, int(left) - 2), max(0, int(top) - 2)
        x1, y1 = min(image.shape[1], int(left + size[0] * step) + 3), min(image.shape[0], int(top + size[1] * step) + 3)
        if x1 - x0 > 4 / factor and y1 - y0 > 4 / factor:
            part = cv2.resize(image[y0:y1, x0:x1], None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            fx, fy = part.shape[1] / (x1 - x0), part.shape[0] / (y1 - y0)
            return crop(np.asarray(part, np.float32), (left - x0) * fx, (top - y0) * fy, factor / fx, size)
    # pixel centres: output u lies at left + (u + .5) / factor - .5
    shift = 0.5 * factor - 0.5
    matrix = np.array([[factor, 0, -left * factor + shift], [0, factor, -top * factor + shift]])
    flat = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.float32)
