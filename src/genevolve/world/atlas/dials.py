"""Pictures that follow from a value, as SVG files on the grid of 72 × 72 that pictograms have (``language.dials``).

Where the parts lie is said here once (``Place`` values): the judge looks at these places for what it measures.
"""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

from genevolve.core.errors import UsageError
from genevolve.world.atlas.dial_glyphs import SUIT_PATHS, lettered
from genevolve.world.language.dials import Dial, dial_of_look

SVG = "http://www.w3.org/2000/svg"
_INK = 'stroke="#000000" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"'

CLOCK_FACE: Mapping[str, tuple[float, float, float]] = {  # centre and radius of the face
    "clock": (36, 36, 26),
    "alarm clock": (36, 38, 21),
    "watch": (36, 36, 17),
}
MINUTE, HOUR = 0.8, 0.5  # length of the hands, in radii
DIGITS, DIGIT_TOP, DIGIT_SIZE = (11.0, 23.0, 40.0, 52.0), 29.0, (9.0, 16.0)
SEGMENTS = {  # which of the seven are lit: top, upper left, upper right, middle, lower left, lower right, bottom
    "0": "1110111", "1": "0010010", "2": "1011101", "3": "1011011", "4": "0111010", "5": "1101011", "6": "1101111",
    "7": "1010010", "8": "1111111", "9": "1111011",
}  # fmt: skip
PIPS = {
    0: "", 1: "4", 2: "08", 3: "048", 4: "0268", 5: "02468", 6: "023568",
}  # fmt: skip
LAMP_AT = {"red": (36.0, 15.0), "yellow": (36.0, 33.0), "green": (36.0, 51.0)}
SCALES = {"c": (-30, 50), "f": (-20, 120)}  # of a thermometer, from LOW to HIGH
LOW, HIGH = 46.0, 8.0
BATTERY, BAR, GLASS = (8.0, 58.0), (5.0, 67.0), (63.0, 11.0)  # from empty to full
NEEDLE, SWEEP = (36.0, 52.0, 25.0), (160.0, 20.0)  # foot and length; its angles at empty and at full
DISC = (36.0, 36.0, 31.0)
CELLS = (15.0, 36.0, 57.0)
_LIT = {"red": "#ee2222", "yellow": "#fcd21c", "green": "#2fd257"}
_DARK = {"red": "#4a1c1c", "yellow": "#4a401a", "green": "#173d22"}
LIQUID_COLOURS = {
    "water": "#5cb6e8", "milk": "#fdfcf6", "orange juice": "#f59b23", "apple juice": "#e2b53a", "red wine": "#8a1538",
    "white wine": "#ead98a", "beer": "#e0a31d", "lemonade": "#f6ec7a", "cola": "#4a2412", "tomato juice": "#d0342c",
}  # fmt: skip
EMPTY_GLASS, SLICE = "#cfdfe8", "#8a5a24"  # SLICE: the lines between slices
FOOD_COLOURS = {  # rim, top, what lies on it
    "pizza": ("#c98742", "#fcd36b", "#c8322b"),
    "pie": ("#b9793a", "#e7b469", "#b9793a"),
    "cake": ("#f2a3bd", "#fbd9e4", "#c8233a"),
    "cheese": ("#e0a81e", "#fbd24c", "#d49a17"),
}


@lru_cache(maxsize=256)
def dial_svg(look: str) -> str:
    """The SVG file of a look; raises ``UsageError`` for one that is none."""
    dial = dial_of_look(look)
    drawing = _DRAWN.get(dial.kind) if dial is not None else None
    if dial is None or drawing is None:
        raise UsageError(f"there is no picture of a value {look[:80]!r}")
    return f'<svg xmlns="{SVG}" viewBox="0 0 72 72">{drawing(dial)}</svg>'


def rgb(colour: str) -> tuple[float, float, float]:
    """ "#fcd21c" in 0 to 255."""
    red, green, blue = (float(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return red, green, blue


def candle_xs(count: int) -> list[float]:
    """The middle of each candle of a row."""
    step = 66 / count
    return [3 + step * (at + 0.5) for at in range(count)]


def pip_places(value: int, centre: tuple[float, float], step: float) -> list[tuple[float, float]]:
    """The middles of the pips of a side, on a grid of three by three."""
    return [(centre[0] + (int(at) % 3 - 1) * step, centre[1] + (int(at) // 3 - 1) * step) for at in PIPS[value]]


def _circle(x: float, y: float, radius: float, fill: str, more: str = "") -> str:
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="{fill}" {more}/>'


def _rect(x: float, y: float, right: float, bottom: float, fill: str, radius: float = 0, more: str = "") -> str:
    return f'<rect x="{x}" y="{y}" width="{right - x:.2f}" height="{bottom - y:.2f}" rx="{radius}" fill="{fill}" {more}/>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x:.2f}" y1="{y:.2f}" x2="{to_x:.2f}" y2="{to_y:.2f}" stroke="{colour}" stroke-width="{width}" '
        'stroke-linecap="round"/>'
    )


def _hand(x: float, y: float, degrees: float, start: float, end: float, width: float, colour: str = "#1c1c1c") -> str:
    """A line from ``start`` to ``end`` away from the middle; ``degrees`` clockwise from the top."""
    dx, dy = math.sin(math.radians(degrees)), -math.cos(math.radians(degrees))
    return _line(x + start * dx, y + start * dy, x + end * dx, y + end * dy, colour, width)


def _clock(dial: Dial) -> str:
    hour, minute = map(int, dial.value.split(":"))
    x, y, radius = CLOCK_FACE[dial.kind]
    size = radius / 26
    behind = {"clock": "", "alarm clock": _bells(), "watch": _strap()}[dial.kind]
    ticks = "".join(
        _hand(x, y, 30 * at, radius * 0.86, radius * 0.94, (1.8 if at % 3 == 0 else 0.9) * size, "#555555") for at in range(12)
    )
    hands = _hand(x, y, 30 * (hour % 12) + minute / 2, 0, HOUR * radius, 3.8 * size)
    hands += _hand(x, y, 6 * minute, 0, MINUTE * radius, 2.2 * size)
    rim = _circle(x, y, radius + 5 * size, "#92d3f5", _INK)
    return (
        behind
        + rim
        + _circle(x, y, radius, "#ffffff", 'stroke="#000000" stroke-width="1"')
        + ticks
        + hands
        + _circle(x, y, 2 * size, "#1c1c1c")
    )


def _bells() -> str:
    feet = _line(22, 58, 16, 67, "#000000", 3) + _line(50, 58, 56, 67, "#000000", 3)
    return feet + "".join(_circle(x, 13, 9, "#fcea2b", _INK) for x in (20, 52)) + _line(36, 8, 36, 14, "#000000", 3)


def _strap() -> str:
    return _rect(26, 3, 46, 69, "#a57939", 3, _INK)


def _digital(dial: Dial) -> str:
    parts = [_rect(3, 19, 69, 55, "#5b6770", 6, _INK), _rect(8, 25, 64, 49, "#14231a", 2)]
    for x, digit in zip(DIGITS, dial.value.replace(":", ""), strict=True):
        lit = zip(segment_lines(x), SEGMENTS[digit], strict=True)
        parts += [_line(*line, "#7cff6b", 2) for line, on in lit if on == "1"]
    parts += [_circle(36, y, 1.4, "#7cff6b") for y in (33, 41)]
    return "".join(parts)


def segment_lines(x: float) -> tuple[tuple[float, float, float, float], ...]:
    """The seven segments of the digit at ``x``."""
    left, right = x + 1, x + DIGIT_SIZE[0] - 1
    top, middle, bottom = DIGIT_TOP + 1, DIGIT_TOP + DIGIT_SIZE[1] / 2, DIGIT_TOP + DIGIT_SIZE[1] - 1
    return (
        (left + 1, top, right - 1, top),
        (left, top + 1, left, middle - 1),
        (right, top + 1, right, middle - 1),
        (left + 1, middle, right - 1, middle),
        (left, middle + 1, left, bottom - 1),
        (right, middle + 1, right, bottom - 1),
        (left + 1, bottom, right - 1, bottom),
    )


def _limit(dial: Dial) -> str:
    high = 24.0 if len(dial.value) < 3 else 17.0
    wide = high / 6 * (5.4 * len(dial.value) - 1.4)
    digits = lettered(dial.value, (36 - wide / 2, 36 - high / 2), high, "#161616", 3.4)
    return _circle(36, 36, 32, "#ffffff", _INK) + _circle(36, 36, 27.5, "none", 'stroke="#d42027" stroke-width="6.5"') + digits


def _die(dial: Dial) -> str:
    pips = "".join(_circle(x, y, 5, "#161616") for x, y in pip_places(int(dial.value), (36, 36), 14.5))
    return _rect(9, 9, 63, 63, "#f7f7f2", 9, _INK) + pips


def _domino(dial: Dial) -> str:
    above, below = map(int, dial.value.split("|"))
    pips = [*pip_places(above, (36, 19.5), 9.5), *pip_places(below, (36, 52.5), 9.5)]
    dots = "".join(_circle(x, y, 3.6, "#161616") for x, y in pips)
    return _rect(19, 3, 53, 69, "#f7f3e6", 5, _INK) + _line(24, 36, 48, 36, "#161616", 1.6) + dots


def _lights(dial: Dial) -> str:
    lit = dial.value.split(" and ")
    parts = [_rect(33.5, 60, 38.5, 70, "#6a6a6a", 0, _INK), _rect(23, 3, 49, 63, "#3b3f45", 6, _INK)]
    for lamp, (x, y) in LAMP_AT.items():
        ring = 'stroke="#ffffff" stroke-width="1.2"' if lamp in lit else 'stroke="#111111" stroke-width="1.2"'
        parts.append(_circle(x, y, 7.4, _LIT[lamp] if lamp in lit else _DARK[lamp], ring))
    return "".join(parts)


def degree_y(value: float, scale: str) -> float:
    """Where a thermometer with this scale shows ``value``."""
    low, high = SCALES[scale]
    return LOW + (HIGH - LOW) * (value - low) / (high - low)


def _thermometer(dial: Dial) -> str:
    value, scale = int(dial.value.split()[0]), dial.value[-1]
    step = 10 if scale == "c" else 20
    low, high = SCALES[scale]
    parts = [
        _rect(12, 2, 62, 70, "#fbfaf4", 6, _INK),
        _rect(27, 4, 36, 56, "#e4ecf2", 4.5, 'stroke="#000000" stroke-width="1.2"'),
    ]
    parts += [_circle(31.5, 58, 8, "#d62828", 'stroke="#000000" stroke-width="1.2"')]
    parts.append(_rect(29.2, round(degree_y(value, scale), 2), 33.8, 58, "#d62828"))
    for mark in range(low, high + 1, step):
        y = degree_y(mark, scale)
        parts.append(_line(37.5, y, 41, y, "#222222", 0.9))
        if mark % (2 * step) == 0 or scale == "c":
            parts.append(lettered(str(mark), (43, y - 1.7), 3.4))
    return "".join(parts) + lettered(f"°{scale.upper()}", (47, 57), 6)


def _battery(dial: Dial) -> str:
    start, full = BATTERY
    colour = "#e23b3b" if dial.share <= 0.2 else "#f2c01c" if dial.share < 0.5 else "#4fae46"
    level = start + (full - start) * dial.share
    return (
        _rect(64, 29, 69, 43, "#3f3f3f", 1.5)
        + _rect(4, 19, 63, 53, "#ffffff", 6, 'stroke="#3f3f3f" stroke-width="3.4"')
        + (_rect(start, 24, round(level, 2), 48, colour, 1) if dial.share else "")
    )


def _bar(dial: Dial) -> str:
    start, full = BAR
    level = round(start + (full - start) * dial.share, 2)
    filled = _rect(start, 30, level, 42, "#2f7fd6", 1) if dial.share else ""
    return _rect(2, 27, 70, 45, "#eceff1", 4, _INK) + filled


def _gauge(dial: Dial) -> str:
    x, y, length = NEEDLE
    parts = [f'<path d="M3 58 A33 33 0 0 1 69 58 L69 62 L3 62 Z" fill="#2b343c" {_INK}/>']
    for at in range(5):
        parts.append(_hand(x, y, 90 - _swept(at / 4), 21, 25 if at % 2 else 27, 1.8, "#ffffff"))
    parts += [lettered("E", (6.5, 50), 6, "#ffffff", 1.2), lettered("F", (61.5, 50), 6, "#ffffff", 1.2)]
    parts.append(_hand(x, y, 90 - _swept(dial.share), 0, length * 0.78, 2.6, "#ff5a2b"))
    return "".join(parts) + _circle(x, y, 3.4, "#ff5a2b")


def _swept(share: float) -> float:
    return SWEEP[0] + (SWEEP[1] - SWEEP[0]) * share


def _glass(dial: Dial) -> str:
    bottom, top = GLASS
    level = bottom + (top - bottom) * dial.share
    sides = [(18 + 6 * (y - 8) / 58, 54 - 6 * (y - 8) / 58) for y in (level, 66)]
    (left, right), (low_left, low_right) = sides
    liquid = (
        f'<path d="M{left + 1.5:.2f} {level:.2f} L{right - 1.5:.2f} {level:.2f} L{low_right - 0.5:.2f} 66 '
        f'L{low_left + 0.5:.2f} 66 Z" fill="{LIQUID_COLOURS[dial.of]}"/>'
    )
    glass = f'<path d="M18 8 L54 8 L48 66 L24 66 Z" fill="{EMPTY_GLASS}"/>'
    outline = (
        f'<path d="M18 8 L24 66 L48 66 L54 8" fill="none" {_INK}/><path d="M18 8 L54 8" stroke="#7d8b94" stroke-width="1.4"/>'
    )
    return glass + (liquid if dial.share else "") + outline


def _round(dial: Dial) -> str:
    gone, parts = (int(number) for number in dial.value.split(" of "))
    x, y, radius = DISC
    edge, middle, bits = FOOD_COLOURS[dial.of]
    step = 360 / parts
    drawn = [_sector(gone * step, 360, radius, edge, _INK), _sector(gone * step, 360, radius - 4, middle, "")]
    for at in range(gone, parts):
        between = math.radians((at + 0.5) * step)
        for distance, size in ((20, 3.4), (11.5, 2.2)):
            drawn.append(_circle(x + distance * math.sin(between), y - distance * math.cos(between), size, bits))
    for at in range(gone, parts + 1):
        drawn.append(_hand(x, y, at * step, 0, radius - 1, 1, SLICE))
    return "".join(drawn)


def _sector(start: float, end: float, radius: float, fill: str, more: str) -> str:
    """The part of the disc between two angles, clockwise from the top."""
    x, y, _ = DISC
    spots = [(x + radius * math.sin(math.radians(at)), y - radius * math.cos(math.radians(at))) for at in (start, end)]
    large = 1 if end - start > 180 else 0
    (from_x, from_y), (to_x, to_y) = spots
    path = f"M{x} {y} L{from_x:.2f} {from_y:.2f} A{radius} {radius} 0 {large} 1 {to_x:.2f} {to_y:.2f} Z"
    return f'<path d="{path}" fill="{fill}" {more}/>'


def card_pips(count: int) -> list[tuple[float, float]]:
    """The middles of the large signs of a card of a number."""
    left, middle, right = 30.0, 36.0, 42.0
    rows = {2: (16, 56), 3: (16, 36, 56)}.get(count)
    if rows is not None:
        return [(middle, y) for y in rows]
    pairs = (16.0, 56.0) if count < 6 else (16.0, 36.0, 56.0) if count < 9 else (16.0, 29.0, 43.0, 56.0)
    sides = [(x, y) for y in pairs for x in (left, right)]
    inner = {5: (36.0,), 7: (26.0,), 8: (26.0, 46.0), 9: (36.0,), 10: (22.0, 50.0)}.get(count, ())
    return sides + [(middle, y) for y in inner]


def _card(dial: Dial) -> str:
    rank, suit = dial.value.split(" of ")
    colour = "#d0202a" if suit in {"hearts", "diamonds"} else "#141414"
    sign = rank if rank.isdigit() else rank[0].upper()
    corner = lettered(sign, (15.6, 5.5), 6, colour, 1.1) + _suit(suit, (18, 15.5), 2.2, colour)
    parts = [_rect(12, 2, 60, 70, "#ffffff", 5, _INK), corner, f'<g transform="rotate(180 36 36)">{corner}</g>']
    if rank.isdigit():
        parts += [_suit(suit, spot, 3.6, colour) for spot in card_pips(int(rank))]
    elif rank == "ace":
        parts.append(_suit(suit, (36, 36), 11, colour))
    else:
        parts += [lettered(sign, (28.5, 17), 20, colour, 3), _suit(suit, (36, 51), 8, colour)]
    return "".join(parts)


def _suit(suit: str, at: tuple[float, float], size: float, colour: str) -> str:
    return f'<path transform="translate({at[0]} {at[1]}) scale({size})" d="{SUIT_PATHS[suit]}" fill="{colour}"/>'


def _board(dial: Dial) -> str:
    parts = [_rect(3, 3, 69, 69, "#fffdf5", 4, _INK)]
    parts += [_line(at, 7, at, 65, "#333333", 1.8) + _line(7, at, 65, at, "#333333", 1.8) for at in (25.5, 46.5)]
    for at, mark in enumerate(dial.value.replace("/", "")):
        x, y = CELLS[at % 3], CELLS[at // 3]
        if mark == "x":
            parts.append(_line(x - 6, y - 6, x + 6, y + 6, "#1f5fbf", 3) + _line(x - 6, y + 6, x + 6, y - 6, "#1f5fbf", 3))
        elif mark == "o":
            parts.append(_circle(x, y, 6.4, "none", 'stroke="#d02f2f" stroke-width="3"'))
    return "".join(parts)


def _candles(dial: Dial) -> str:
    xs = candle_xs(len(dial.value))
    half = min(3.6, 66 / len(xs) * 0.3)
    parts = [_rect(1, 60, 71, 66, "#8d5a3b", 2, _INK)]
    for x, lit in zip(xs, dial.value, strict=True):
        parts.append(_rect(round(x - half, 2), 32, round(x + half, 2), 60, "#f3e3c2", 1, 'stroke="#000000" stroke-width="1"'))
        parts.append(_line(x, 28, x, 32, "#222222", 1))
        if lit == "1":
            parts.append(f'<ellipse cx="{x:.2f}" cy="23" rx="{half * 0.8:.2f}" ry="6.4" fill="#ff9a1f"/>')
            parts.append(f'<ellipse cx="{x:.2f}" cy="25" rx="{half * 0.42:.2f}" ry="3.6" fill="#ffe14a"/>')
    return "".join(parts)


_DRAWN: Mapping[str, Callable[[Dial], str]] = {
    "clock": _clock, "alarm clock": _clock, "watch": _clock, "digital clock": _digital, "die": _die, "speed limit sign": _limit,
    "domino": _domino,
    "traffic light": _lights, "thermometer": _thermometer, "battery": _battery, "progress bar": _bar, "fuel gauge": _gauge,
    "glass": _glass, "round": _round, "card": _card, "tic-tac-toe": _board, "candles": _candles,
}  # fmt: skip
