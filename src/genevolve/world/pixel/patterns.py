"""Whether stripes, dots or checks are seen on a thing: both colours are there, and they take turns as the pattern has it.

Only where the pattern comes is taken from the picture of the thing; colours and turns are measured in the image.
"""

from typing import TYPE_CHECKING, NamedTuple

from genevolve.world.atlas.painted import pattern_on
from genevolve.world.atlas.raster import pattern_area, raster
from genevolve.world.language.colours import PALETTE, akin
from genevolve.world.language.icons import PAINTED
from genevolve.world.language.patterns import CHECKS, DOTS, Pattern
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.match import crop
from genevolve.world.pixel.paint import oklab, share

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats

_SIDE = 288
_FEW = 150  # pixels of the area that must be seen
_BOTH = 0.6  # of them in one of the two colours: at the edges they mix
_LEAST = {True: 0.08, False: 0.22}  # of them in the rarer colour; of dots, else
_TURNS = 2.5  # turns of colour along a line through it, in the middle of all lines
_STILL = 0.6  # … and across it, as a share of those, where stripes go on
_DOTS = 4
_MOST_DOTS = 0.4  # of the area: checks take half of it
_ROUND = 0.55  # share of its box that a dot fills
_LONG = 1.8  # longer than that by its width it is no dot


class _Seen(NamedTuple):
    """``own`` is the area; ``other`` where it has the second colour rather than the first."""

    own: "Bools"
    other: "Bools"
    pixels: "Floats"


def has_pattern(image: "Floats", instance: Instance, pattern: Pattern, hidden: "Floats | None") -> bool | None:
    """None where too little of it can be seen to tell, or where its two colours are but shades of one."""
    look = instance.template.look
    if not look.startswith(PAINTED) or pattern_on(look) is None:
        return False
    if akin(pattern.ground, pattern.other):
        return None
    seen = _seen(image, instance, pattern, hidden)
    if seen is None:
        return None
    flat = seen.pixels[seen.own]
    parts = share(flat, pattern.ground), share(flat, pattern.other)
    if sum(parts) < _BOTH or parts[1] < _LEAST[pattern.kind == DOTS] or parts[0] < _LEAST[False]:
        return False
    if pattern.kind == DOTS:
        return parts[1] <= _MOST_DOTS and _dots(seen) >= _DOTS
    across, down = _turns(seen), _turns(_Seen(seen.own.T, seen.other.T, seen.pixels))
    if pattern.kind == CHECKS:
        return min(across, down) >= _TURNS
    return max(across, down) >= _TURNS and min(across, down) <= _STILL * max(across, down)


def _seen(image: "Floats", instance: Instance, pattern: Pattern, hidden: "Floats | None") -> _Seen | None:
    import cv2
    import numpy as np

    size = (max(4, round(instance.pose.width)), max(4, round(instance.pose.height)))
    cover = _area(instance.template.look, instance.template.mirrored)
    own = (
        cv2.erode((cv2.resize(cover, size, interpolation=cv2.INTER_AREA) > 200).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    )
    if hidden is not None:
        own &= crop(hidden, instance.pose.x, instance.pose.y, 1.0, size) < 0.3
    if own.sum() < _FEW:
        return None
    pixels = crop(image, instance.pose.x, instance.pose.y, 1.0, size)
    both = oklab(np.array([PALETTE[pattern.ground], PALETTE[pattern.other]], np.float32))
    apart = np.linalg.norm(oklab(pixels.reshape(-1, 3))[:, None] - both[None], axis=2)
    return _Seen(own, (apart[:, 1] < apart[:, 0]).reshape(own.shape), pixels)


def _turns(seen: _Seen) -> float:
    """How often the colour turns along a row of the area, in the middle of the longer rows."""
    import numpy as np

    lengths = seen.own.sum(axis=1)
    rows = np.flatnonzero(lengths >= 0.5 * lengths.max())
    told = [int(np.count_nonzero(np.diff(seen.other[row][seen.own[row]].astype(np.int8)))) for row in rows]
    return float(np.mean(told)) if told else 0.0


def _dots(seen: _Seen) -> int:
    """Round spots of the second colour that are all within the area."""
    import cv2
    import numpy as np

    spots = (seen.other & seen.own).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(spots, connectivity=4)
    least = max(4.0, 0.0008 * float(seen.own.sum()))
    found = 0
    for _, _, width, height, area in stats[1:count]:
        round_ = area >= _ROUND * width * height and max(width, height) <= _LONG * min(width, height)
        found += bool(area >= least and area <= 0.1 * float(seen.own.sum()) and round_)
    return int(found) if np.any(spots) else 0


def _area(look: str, mirrored: bool) -> "Floats":
    """Where the pattern comes, 0 to 255, cut to the visible box of the look as its template is."""
    import numpy as np

    seen = raster(look, _SIDE)[..., 3] > 40
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    cut = pattern_area(look, _SIDE).astype(np.float32)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(cut[:, ::-1] if mirrored else cut)
