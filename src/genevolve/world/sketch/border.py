"""Things all around the sheet, and the space that they leave in its middle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from genevolve.world.language.model import SceneObject
from genevolve.world.language.rims import CORNERS, rim_of
from genevolve.world.sketch.bands import Page
from genevolve.world.sketch.order import column_of, row_of
from genevolve.world.sketch.plan import ImageSource, Mark, PixelBox, Shadow, Sprite

_CELL = {True: 0.22, False: 0.16}  # side of a thing, in the shorter side of the canvas: in corners, all around
_MARGIN = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class Rim:
    """``keys`` of what stands around; ``inset``: the width and height that it takes on each side."""

    keys: frozenset[str] = frozenset()
    figures: tuple[Sprite, ...] = ()
    inset: tuple[int, int] = (0, 0)
    drop: int = 0  # what it takes at the top besides
    marks: tuple[Mark, ...] = ()

    def inner(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size of what is left of a canvas of ``size``."""
        return size[0] - 2 * self.inset[0], size[1] - 2 * self.inset[1] - self.drop

    def letters(self, size: tuple[int, int]) -> float:
        """What letters are measured by: in the middle of a rim they are larger than the space alone would make them."""
        return 0.8 * min(size) if self.keys else float(min(size)) if not self.marks else 1.1 * min(self.inner(size))

    def page(self, page: Page) -> Page:
        """A page of the inner size, where it lies on the canvas."""
        right, down = self.inset[0], self.inset[1] + self.drop
        texts = tuple(replace(text, box=text.box.moved(right, down)) for text in page.texts)
        return Page(texts=texts, area=page.area.moved(right, down))


def rim(objects: Sequence[SceneObject], sources: Mapping[str, ImageSource], size: tuple[int, int]) -> Rim:
    """What of ``objects`` is placed all around a canvas of ``size``."""
    around = rim_of(objects)
    if not around:
        return Rim()
    side = min(size)
    corners = len(around) == len(CORNERS)
    cell, margin = _CELL[corners] * side, _MARGIN * side
    figures = tuple(_figure(obj, sources[obj.key], size, cell, margin) for obj in around)
    deep = round(cell + 2.5 * margin)
    return Rim(keys=frozenset(obj.key for obj in around), figures=figures, inset=(round(2 * margin) if corners else deep, deep))


def _figure(obj: SceneObject, source: ImageSource, size: tuple[int, int], cell: float, margin: float) -> Sprite:
    column, row = column_of(obj.place) or 0, row_of(obj.place) or 0
    x, y = (margin + third * (whole - 2 * margin - cell) / 2 for third, whole in zip((column, row), size, strict=True))
    aspect = source.true_aspect or source.aspect
    w, h = min(cell, cell * aspect), min(cell, cell / aspect)
    box = PixelBox(x=x + (cell - w) / 2, y=y + (cell - h) / 2, w=w, h=h)
    return Sprite(key=obj.key, source=source, box=box, shadow=Shadow.NONE)
