"""What a thing shows, measured in the picture: where its hands point, how many pips it has, which lamps are lit, how far it is
filled. Nothing of the wanted value goes into the measure; where the parts lie is known from ``atlas.dials``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.world.atlas import dials as places
from genevolve.world.atlas.raster import raster
from genevolve.world.language.dials import Dial, dial_of_look
from genevolve.world.pixel.dial_cards import card_of, digits_of
from genevolve.world.pixel.dial_patch import Patch, patch_of
from genevolve.world.pixel.match import Pose

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats
    from genevolve.world.pixel.detect import Instance

SMALLEST = 48  # pixels of the longer side from which a value can be measured
_FINE = {
    "thermometer": 130,
    "watch": 100,
    "card": 72,
    "speed limit sign": 72,
    "alarm clock": 72,
    "candles": 72,
}  # … of what has finer parts
_LEVEL, _MINUTES = 3, 1  # how far off a level in per cent and a time in minutes may be
_RIMS = 0.018  # share of a round that the dark lines beside a gap take
_LIT, _SEGMENT = 150, 120  # of 255: the brightest channel of a lit lamp, and of a lit segment


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredValue:
    """``measured`` is the value in words; ``right``: it is the one that is asked for."""

    measured: str
    right: bool


def shows_value(image: "Floats", instance: "Instance") -> MeasuredValue | None:
    """What ``instance`` shows; None where it cannot be told: it is too small, or has no value."""
    dial = dial_of_look(instance.template.look)
    if dial is None or instance.pose.side < _FINE.get(dial.kind, SMALLEST):
        return None
    patch = patch_of(image, _square(instance.pose, dial))
    measured, right = _MEASURES[dial.kind](patch, dial)
    return MeasuredValue(measured=measured, right=right)


def _square(pose: Pose, dial: Dial) -> tuple[float, float, float, float]:
    """The whole square of the drawing, of which ``pose`` is the part with ink: left, top, width and height in pixels."""
    import numpy as np

    seen = raster(dial.look, 288)[..., 3] > 40
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    wide, high = (columns[-1] + 1 - columns[0]) / 288, (rows[-1] + 1 - rows[0]) / 288
    width, height = pose.width / wide, pose.height / high
    return pose.x - columns[0] / 288 * width, pose.y - rows[0] / 288 * height, width, height


def _clock(patch: Patch, dial: Dial) -> tuple[str, bool]:
    """By the dark rays: only the minute hand reaches the outer ring."""
    x, y, radius = places.CLOCK_FACE[dial.kind]
    outer = 255 - patch.ring((x, y), (0.6 * radius, 0.75 * radius))
    inner = 255 - patch.ring((x, y), (0.26 * radius, 0.45 * radius))
    minute = _peak(outer)
    if minute is None:
        return "no hands", False
    hour = _hour_hand(inner, minute)
    minutes = round(minute / 6) % 60
    hours = round((hour - minutes / 2) / 30) % 12
    off = abs((hour - minutes / 2) - 30 * round((hour - minutes / 2) / 30))
    wanted_hour, wanted_minute = map(int, dial.value.split(":"))
    apart = (hours * 60 + minutes - wanted_hour * 60 - wanted_minute) % 720
    return f"{hours or 12}:{minutes:02}", off < 10 and min(apart, 720 - apart) <= _MINUTES


def _peak(rays: "Floats") -> float | None:
    """The angle in degrees of the darkest ray; None where none stands out."""
    import numpy as np

    steps = len(rays)
    best = int(np.argmax(rays))
    if rays[best] - np.median(rays) < 60:
        return None
    near = np.arange(best - 16, best + 17)
    weights = np.maximum(rays[near % steps] - np.median(rays) - 30, 0)
    return float((near * weights).sum() / weights.sum() * 360 / steps % 360)


def _hour_hand(rays: "Floats", minute: float) -> float:
    """The other ray; where it lies over the minute hand, from the edge that it adds."""
    import numpy as np

    steps = len(rays)
    apart = (np.arange(steps) * 360 / steps - minute + 180) % 360 - 180
    other = np.where(np.abs(apart) > 20, rays, np.median(rays))
    if (found := _peak(other)) is not None:
        return found
    dark = apart[rays > (rays.max() + np.median(rays)) / 2]
    low, high = float(dark.min()), float(dark.max())
    beside = high - 12 if high > 13 and high > -low else low + 12 if low < -13 else 0.0
    return minute + beside


def _digital(patch: Patch, dial: Dial) -> tuple[str, bool]:
    digits = {lit: digit for digit, lit in places.SEGMENTS.items()}
    read = ""
    for x in places.DIGITS:
        lines = places.segment_lines(x)
        middles = [((x1 + x2) / 2, (y1 + y2) / 2) for x1, y1, x2, y2 in lines]
        lit = "".join("1" if max(patch.colour(spot, 0.7)) > _SEGMENT else "0" for spot in middles)
        read += digits.get(lit, "?")
    measured = f"{read[:2]}:{read[2:]}"
    return measured, measured == dial.value


def _die(patch: Patch, dial: Dial) -> tuple[str, bool]:
    count = len(patch.dark_blobs((12, 12, 60, 60), (25, 160)))
    return str(count), str(count) == dial.value


def _domino(patch: Patch, dial: Dial) -> tuple[str, bool]:
    counts = [len(patch.dark_blobs(box, (14, 80))) for box in ((21, 5, 51, 34), (21, 38, 51, 67))]
    measured = f"{counts[0]}|{counts[1]}"
    return measured, measured == dial.value


def _lights(patch: Patch, dial: Dial) -> tuple[str, bool]:
    lit = [lamp for lamp, spot in places.LAMP_AT.items() if _glows(patch.colour(spot, 4), lamp)]
    measured = " and ".join(lit)
    return f"{measured or 'nothing'} lit", measured == dial.value


def _glows(colour: tuple[float, float, float], lamp: str) -> bool:
    red, green, blue = colour
    toned = {"red": red > green + 80, "green": green > red + 60, "yellow": min(red, green) > blue + 80}[lamp]
    return max(colour) > _LIT and toned


def _thermometer(patch: Patch, dial: Dial) -> tuple[str, bool]:
    low, high = places.SCALES[dial.value[-1]]
    column = patch.line((31.5, 50), (31.5, places.HIGH - 3))
    filled = _first(column, lambda colour: colour[0] - max(colour[1], colour[2]) < 60)
    y = 50 - filled * (50 - places.HIGH + 3)
    value = low + (places.LOW - y) / (places.LOW - places.HIGH) * (high - low)
    return f"{value:.0f} {dial.value[-2:]}", abs(value - int(dial.value.split()[0])) <= 0.026 * (high - low)


def _filled_along(patch: Patch, ends: tuple[float, float], dial: Dial) -> tuple[str, bool]:
    row = patch.line((ends[0] + 0.5, 36), (ends[1], 36))
    return _level(_first(row, lambda colour: max(colour) - min(colour) < 50) * 100, dial)


def _level(value: float, dial: Dial) -> tuple[str, bool]:
    return f"{value:.0f} %", abs(value - int(dial.value)) <= _LEVEL


def _battery(patch: Patch, dial: Dial) -> tuple[str, bool]:
    return _filled_along(patch, places.BATTERY, dial)


def _bar(patch: Patch, dial: Dial) -> tuple[str, bool]:
    return _filled_along(patch, places.BAR, dial)


def _gauge(patch: Patch, dial: Dial) -> tuple[str, bool]:
    x, y, length = places.NEEDLE
    red = patch.ring((x, y), (0.3 * length, 0.7 * length), patch.redness())
    angle = _peak(red)
    if angle is None:
        return "no needle", False
    start, end = (90 - at for at in places.SWEEP)  # degrees clockwise from the top
    share = (((angle + 180) % 360 - 180) - start) / (end - start) * 100
    return _level(share, dial)


def _glass(patch: Patch, dial: Dial) -> tuple[str, bool]:
    bottom, top = places.GLASS
    empty, liquid = places.rgb(places.EMPTY_GLASS), places.rgb(places.LIQUID_COLOURS[dial.of])
    column = patch.line((36, bottom - 0.5), (36, top))
    filled = _first(column, lambda colour: _apart(colour, empty) < _apart(colour, liquid))
    return _level(filled * 100, dial)


def _apart(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def _first(line: "Floats", ends: Callable[[tuple[float, float, float]], bool]) -> float:
    """The share of the line before its first pixels that ``ends`` holds of, 1 where it holds of none."""
    told = [ends((float(red), float(green), float(blue))) for red, green, blue in line]
    at = next((at for at in range(len(told) - 3) if all(told[at : at + 3])), len(told))
    return at / len(told)


def _round(patch: Patch, dial: Dial) -> tuple[str, bool]:
    """By the angles at which what lies around it is seen, and not the food."""
    import numpy as np

    x, y, radius = places.DISC
    colours = patch.rays((x, y), (0.3 * radius, 0.8 * radius))
    food = np.array([places.rgb(colour) for colour in (*places.FOOD_COLOURS[dial.of], places.SLICE, "#000000")])
    nearest = np.linalg.norm(colours[:, :, None, :] - food[None, None], axis=3).min(axis=2)
    around = np.median(patch.rays((x, y), (1.1 * radius, 1.15 * radius)), axis=(0, 1))
    gone = (np.linalg.norm(colours - around, axis=2) < nearest).mean(axis=1) > 0.6
    share = float(gone.mean()) + (_RIMS if gone.any() else 0)
    number, parts = (int(part) for part in dial.value.split(" of "))
    changes = int((gone != np.roll(gone, 1)).sum())
    return f"{share:.0%} missing", abs(share - number / parts) < 0.025 and changes <= 4


def _board(patch: Patch, dial: Dial) -> tuple[str, bool]:
    marks = ""
    for y in places.CELLS:
        for x in places.CELLS:
            ink = patch.ink((x - 8, y - 8, x + 8, y + 8), 160)
            middle = patch.ink((x - 1.5, y - 1.5, x + 1.5, y + 1.5), 160)
            marks += "_" if ink < 0.08 else "x" if middle > 0.5 else "o"
        marks += "/"
    return marks[:-1], marks[:-1] == dial.value


def _candles(patch: Patch, dial: Dial) -> tuple[str, bool]:
    """By their wicks, and what glows above each."""
    import numpy as np

    row = patch.line((1, 30), (71, 30))
    dark = np.concatenate([[False], row.max(axis=1) < 130, [False]])
    starts, ends = np.flatnonzero(~dark[:-1] & dark[1:]), np.flatnonzero(dark[:-1] & ~dark[1:])
    xs = [1 + (start + end) / 2 / len(row) * 70 for start, end in zip(starts, ends, strict=True)]
    bits = ""
    for x in xs:
        flame, above = patch.colour((x, 23.5), 1), patch.colour((x, 12), 1)
        bits += "1" if flame[0] > 180 and flame[0] - flame[2] > 90 and _apart(flame, above) > 70 else "0"
    lit = [str(at + 1) for at, bit in enumerate(bits) if bit == "1"]
    return f"{len(bits)} candles, lit: {', '.join(lit) or 'none'}", bits == dial.value


_MEASURES: Mapping[str, Callable[[Patch, Dial], tuple[str, bool]]] = {
    "clock": _clock, "alarm clock": _clock, "watch": _clock, "digital clock": _digital, "die": _die,
    "speed limit sign": digits_of, "domino": _domino,
    "traffic light": _lights, "thermometer": _thermometer, "battery": _battery, "progress bar": _bar, "fuel gauge": _gauge,
    "glass": _glass, "round": _round, "card": card_of, "tic-tac-toe": _board, "candles": _candles,
}  # fmt: skip
