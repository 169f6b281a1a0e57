"""A border all around the image, seen on pixels: along every side, of one colour, and parted from what it is around."""

from typing import TYPE_CHECKING

from genevolve.core.score import Dimension
from genevolve.world.language.edging import names_border, told_of
from genevolve.world.language.model import Edging
from genevolve.world.pixel.paint import share
from genevolve.world.pixel.verdict import ClaimVerdict

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats

_LEAST, _MOST = 0.006, 0.12  # how deep a border is, in shorter sides of the image
_THIN, _THICK = 0.024, 0.04  # a thin one is no deeper, a thick one no narrower
_EVEN = 1.8  # the deepest side, in the narrowest
_COLOURED = 0.9  # of it, in its colour
_APART = 32.0  # levels by which what is within differs from the border
_PLACES = 9  # along each side, at which its depth is measured


def border_seen(edging: Edging, request: str, image: "Floats") -> ClaimVerdict:
    """Whether there is such a border. The request is asked once more, by its words alone, whether it names one."""
    return ClaimVerdict(
        skill="spatial_layout",
        dimension=Dimension.VISUAL_CORRECTNESS,
        requirement=f"a {told_of(edging)} all around the image",
        value=0.0 if (fault := _fault(edging, request, image)) else 1.0,
        detail=fault,
    )


def _fault(edging: Edging, request: str, image: "Floats") -> str:
    import numpy as np

    if not names_border(request):
        return "the request names no border"
    side = min(image.shape[:2])
    depths = [_depth(np.rot90(image, turn)) / side for turn in range(4)]
    if min(depths) < _LEAST or max(depths) > _MOST or max(depths) > _EVEN * min(depths):
        return "no border of one depth is along every side"
    inner = max(1, round(0.7 * min(depths) * side))
    if any(share(np.rot90(image, turn)[:inner].reshape(-1, 3), edging.colour) < _COLOURED for turn in range(4)):
        return f"the border is not {edging.colour} all along"
    wrong = (edging.width == "thin" and max(depths) > _THIN) or (edging.width == "thick" and min(depths) < _THICK)
    return f"the border is not {edging.width}" if wrong else ""


def _depth(image: "Floats") -> float:
    """How many rows from the top are of the colour of the first ones: the median of several places along it."""
    import numpy as np

    long = image.shape[1]
    own = np.median(image[:3].reshape(-1, 3), axis=0)
    apart = np.abs(image[: round(0.2 * len(image))] - own).max(axis=2) > _APART
    found = []
    for at in np.linspace(0.15 * long, 0.85 * long, _PLACES).astype(int):
        column = np.flatnonzero(apart[:, at])
        found.append(int(column[0]) if len(column) else len(apart))
    return float(np.median(found))
