"""Looks as templates: a tight sprite with its mask, the coarse cells for scanning, and when two looks are the same."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.world.language.icons import FILLED, PICTOGRAMS
from genevolve.world.pixel.edges import cells, edge_field

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes, Floats


FINE = 48  # long side of a template in fine comparison
CELL = 3
GRID = 8  # cells on the long side in coarse scanning
RASTER = 144
_FLAG = re.compile(r"openmoji:(?:1F1[EF]|1F3F4-E00)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """``rgb`` (H, W, 3) on mid grey and ``mask`` (H, W) in [0, 1], cut tightly, long side ``FINE``."""

    look: str
    mirrored: bool
    picture: "Bytes"  # RGBA, cut tightly, as it was drawn
    rgb: "Floats"
    mask: "Floats"
    wide_mask: "Floats"  # with the outline's outer half
    field: "Floats"
    soft_field: "Floats"
    lab: "Floats"
    coarse: "Floats"  # (GRID, GRID, 4)
    coarse_mask: "Floats"  # (GRID, GRID)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.mask.shape[1], self.mask.shape[0]

    @property
    def painted(self) -> bool:
        """A flag or a photo, cut to its rectangle: the outline says nothing, the colours say everything."""
        pictorial = not self.look.startswith(PICTOGRAMS) or _FLAG.match(self.look) is not None
        return pictorial and float(self.mask[1:-1, 1:-1].mean()) > 0.97

    @property
    def filled(self) -> bool:
        """The outline of one pictogram filled with another."""
        return self.look.startswith(FILLED)

    @property
    def detail(self) -> float:
        """Total length of its edges, in long sides: about 6 for a bar, 15 for an animal."""
        import numpy as np

        return float((np.sqrt((self.field**2).sum(axis=2)) * self.wide_mask).sum()) / FINE


def cut_template(look: str, rgba: "Bytes", *, mirrored: bool = False) -> Template:
    """A template from an RGBA picture. A picture without transparency (a photo) counts as a whole rectangle."""
    import cv2
    import numpy as np

    picture = _tight(rgba.astype(np.float32))
    if mirrored:
        picture = picture[:, ::-1]
    rgb, mask = _scaled(picture, FINE)
    coarse, coarse_mask = _coarse(picture)
    margin = 4
    padded = np.pad(rgb, ((margin, margin), (margin, margin), (0, 0)), constant_values=128.0)
    field = edge_field(padded)[margin:-margin, margin:-margin]
    return Template(
        look=look,
        mirrored=mirrored,
        picture=picture.astype(np.uint8),
        rgb=rgb,
        mask=mask,
        wide_mask=np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.float32),
        field=field,
        soft_field=np.asarray(cv2.GaussianBlur(field, (0, 0), 1.0), np.float32),
        lab=lab(rgb),
        coarse=coarse,
        coarse_mask=coarse_mask,
    )


def lab(rgb: "Floats") -> "Floats":
    """(H, W, 3) in 0…255 to CIE Lab, blurred slightly, so that a pixel's offset at an edge does not count as a colour."""
    import cv2
    import numpy as np

    soft = cv2.GaussianBlur(rgb, (0, 0), 0.7) / 255.0
    return np.asarray(cv2.cvtColor(soft.astype(np.float32), cv2.COLOR_RGB2LAB), np.float32)


def _tight(rgba: "Floats") -> "Floats":
    import numpy as np

    rows = np.flatnonzero((rgba[..., 3] > 40).any(axis=1))
    columns = np.flatnonzero((rgba[..., 3] > 40).any(axis=0))
    if not len(rows):
        raise ValueError("the picture is empty")
    return rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(rgba: "Floats", long_side: int) -> "tuple[Floats, Floats]":
    """Composited on mid grey, so that the silhouette is an edge whatever the colours are."""
    import cv2
    import numpy as np

    height, width = rgba.shape[:2]
    factor = long_side / max(height, width)
    size = (max(4, round(width * factor)), max(4, round(height * factor)))
    alpha = rgba[..., 3:] / 255.0
    premultiplied = np.dstack([rgba[..., :3] * alpha, alpha]).astype(np.float32)
    small = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA)
    mask = small[..., 3]
    return np.asarray(small[..., :3] + 128.0 * (1 - mask[..., None]), np.float32), np.asarray(mask, np.float32)


def _coarse(rgba: "Floats") -> "tuple[Floats, Floats]":
    """The cells of the sprite in the middle of a GRID × GRID window (plus the outline's outer half)."""
    import cv2
    import numpy as np

    side = GRID * CELL
    rgb, mask = _scaled(rgba, side - 2)
    height, width = mask.shape
    top, left = (side - height) // 2, (side - width) // 2
    canvas, cover = np.full((side + 8, side + 8, 3), 128.0, np.float32), np.zeros((side, side), np.float32)
    canvas[top + 4 : top + 4 + height, left + 4 : left + 4 + width] = rgb
    cover[top : top + height, left : left + width] = mask
    wide = cv2.dilate(cover, np.ones((3, 3), np.uint8))
    weight = cv2.resize(wide, (GRID, GRID), interpolation=cv2.INTER_AREA)
    return cells(edge_field(canvas)[4:-4, 4:-4], CELL), np.asarray(weight, np.float32)


Raster = Callable[[str, int], "Bytes"]
