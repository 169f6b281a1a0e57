"""What the sketch generator is going to paint: boxes in pixels, before any pixel exists. Tests and benchmarks measure this."""

from dataclasses import dataclass, field
from enum import StrEnum

from genevolve.core.claim import Place

RGB = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelBox:
    """Left, top, width and height, in pixels of the canvas (or in any unit, while a layout is still being solved)."""

    x: float
    y: float
    w: float
    h: float

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    def moved(self, dx: float, dy: float) -> "PixelBox":
        return PixelBox(x=self.x + dx, y=self.y + dy, w=self.w, h=self.h)

    def scaled(self, factor: float) -> "PixelBox":
        """Everything times ``factor``, the origin included."""
        return PixelBox(x=self.x * factor, y=self.y * factor, w=self.w * factor, h=self.h * factor)

    def shrunk(self, factor: float) -> "PixelBox":
        """The same middle of the lower edge, ``factor`` times the size: an object that stays where it stands."""
        w, h = self.w * factor, self.h * factor
        return PixelBox(x=self.cx - w / 2, y=self.bottom - h, w=w, h=h)

    def grown(self, share: float) -> "PixelBox":
        """Larger on each side by ``share`` of its shorter side."""
        rim = share * min(self.w, self.h)
        return PixelBox(x=self.x - rim, y=self.y - rim, w=self.w + 2 * rim, h=self.h + 2 * rim)

    def overlap(self, other: "PixelBox") -> float:
        """Area of the common part."""
        width = min(self.right, other.right) - max(self.x, other.x)
        height = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(0.0, width) * max(0.0, height)


def around(boxes: list[PixelBox]) -> PixelBox:
    """The smallest box that holds all of ``boxes``."""
    x, y = min(box.x for box in boxes), min(box.y for box in boxes)
    return PixelBox(x=x, y=y, w=max(box.right for box in boxes) - x, h=max(box.bottom for box in boxes) - y)


class Origin(StrEnum):
    """Where the picture of an object comes from."""

    PICTOGRAM = "pictogram"
    CUTOUT = "cutout"  # a reference with transparent parts
    PHOTO = "photo"  # a reference without: drawn as a print with rounded corners
    CLOTH = "cloth"  # a flag without transparent parts: drawn with sharp corners
    LETTERING = "lettering"  # a text that stands among the objects
    GENERIC = "generic"  # a grey shape for what is unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The part of a picture that a text stands on: left, top, right and bottom as fractions of its visible ``box``. ``wiped``:
    marks lie there, which give way."""

    box: tuple[float, float, float, float]
    wiped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSource:
    """The picture of an object.

    ``look`` is a pictogram's look, or the SHA-256 of a reference's bytes; ``aspect`` is w/h as laid out."""

    origin: Origin
    look: str = ""
    reference: int | None = None  # 1-based
    aspect: float = 1.0
    true_aspect: float | None = None  # of a picture too wide or tall to be laid out as it is
    surface: float = 0.0  # where other objects can stand on it: fraction of its height from the top
    seated: bool = False  # ``surface`` is a seat: who is there stands before the back, no wider than that
    perch: tuple[float, float] | None = None  # of a picture that is hollow in its middle: where its top is, as fractions
    board: Board | None = None  # where a text is written on it
    airborne: bool = False  # has no contact with the ground by nature (sun, cloud, balloon)
    mirrored: bool = False  # a pictogram that looks the other way


class Shadow(StrEnum):
    CONTACT = "contact"  # a soft ellipse under the feet
    CARD = "card"  # the soft shadow of a picture or a flag
    NONE = "none"


class Warp(StrEnum):
    """How a body comes out wrong."""

    SWIRL = "swirl"
    DOUBLED = "doubled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """One instance of an object. ``box`` holds its visible pixels exactly; higher ``z`` is nearer to the viewer."""

    key: str
    source: ImageSource
    box: PixelBox
    z: int = 0
    colour: str | None = None
    shadow: Shadow = Shadow.CONTACT
    warp: Warp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock:
    """Text that is set in lines of ``px`` height. ``box`` holds all lines."""

    key: str
    lines: tuple[str, ...]
    face: str
    px: int
    box: PixelBox
    align: str  # left, center, right
    colour: str | None = None
    place: Place | None = None
    wipes: PixelBox | None = None  # this box gets its commonest colour all over, before the text is set


class MarkKind(StrEnum):
    """Shapes of a form that are neither a picture nor a text."""

    BAR = "bar"  # filled
    FRAME = "frame"  # filled with a border
    DOT = "dot"
    LINE = "line"
    ARROW = "arrow"
    WEDGE = "wedge"  # of a disc
    RING = "ring"  # a circle with a border, through which one sees
    OUTLINE = "outline"  # filled, with a border along its points


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """``box`` holds bars, frames, dots and rings, and the disc of a wedge; lines and arrows go from ``start`` to ``end``.
    ``width`` of strokes in pixels; ``turn``: where a wedge begins and ends, clockwise from the top in degrees;
    ``points``: of an outline, which lies in its ``box``."""

    kind: MarkKind
    fill: RGB
    ink: RGB
    box: PixelBox | None = None
    start: tuple[float, float] = (0.0, 0.0)
    end: tuple[float, float] = (0.0, 0.0)
    width: float = 3.0
    turn: tuple[float, float] = (0.0, 360.0)
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutPlan:
    size: tuple[int, int]
    marks: tuple[Mark, ...] = ()
    figures: tuple[Sprite, ...] = ()
    texts: tuple[TextBlock, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def of(self, key: str) -> tuple[Sprite, ...]:
        return tuple(figure for figure in self.figures if figure.key == key)
