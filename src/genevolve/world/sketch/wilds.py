"""Settings out of doors that are told by what grows and stands there: a swamp, a canyon, a playground, autumn woods."""

import math

from genevolve.world.sketch.interiors import box, shape
from genevolve.world.sketch.plan import RGB
from genevolve.world.sketch.stage import Canvas

_WHITE: RGB = (255, 255, 255)
_BARK: RGB = (104, 74, 50)
_AUTUMN: tuple[RGB, ...] = ((214, 104, 40), (232, 156, 46), (188, 62, 40), (240, 190, 70))
_BLOSSOM: tuple[RGB, ...] = ((248, 190, 206), (252, 212, 222), (240, 168, 192))
_LEAFY: tuple[RGB, ...] = ((96, 158, 78), (120, 178, 90), (82, 142, 70))
_PETALS: tuple[RGB, ...] = ((232, 82, 90), (250, 206, 70), (250, 250, 250), (180, 110, 200), (248, 150, 190))


def swamp(stage: Canvas) -> None:
    """Murky water with reeds and lily pads between bare, mossy trees."""
    stage.wash([(0, (150, 164, 128)), (1, (186, 192, 150))], 0, 0.6)
    for x in (0.04, 0.2, 0.74, 0.93):
        wide = stage.rng.uniform(0.025, 0.04)
        shape(stage, (70, 68, 48), (x - wide, 0.62), (x + wide, 0.62), (x + 0.5 * wide, 0.02), (x - 0.5 * wide, 0.02))
        for turn in (-1, 1):
            stage.line(stage.at(x, 0.22), stage.at(x + 0.1 * turn, 0.08), (70, 68, 48), max(3, stage.size[1] // 70))
            box(stage, x + 0.07 * turn, 0.11, x + 0.07 * turn + 0.02, 0.2, (112, 128, 70))
    stage.ridge(0.56, 0.03, (74, 84, 44), (96, 106, 58), 4)
    stage.wash([(0, (92, 106, 62)), (1, (54, 70, 44))], 0.57, 1)
    for x, y in ((0.12, 0.7), (0.8, 0.68), (0.9, 0.86), (0.07, 0.9), (0.45, 0.66)):
        _oval(stage, x, y, 0.05, 0.014, (120, 154, 70))
    _reeds(stage, 0.66, ((0.02, 0.09), (0.86, 0.99)))


def jungle(stage: Canvas) -> None:
    """Broad leaves on all sides, lianas, and light in the middle."""
    stage.wash([(0, (54, 112, 66)), (0.6, (132, 184, 96)), (1, (70, 118, 58))])
    stage.light((222, 240, 170), (0.5, 0.4), 0.6, 0.6)
    for x in (0.1, 0.28, 0.76, 0.92):
        box(stage, x, 0, x + 0.035, 0.74, (72, 74, 44))
    thick = max(2, stage.size[1] // 110)
    for x in (0.2, 0.42, 0.64, 0.84):
        stage.line(stage.at(x, 0), stage.at(x + 0.03, 0.3), (60, 92, 44), thick)
    stage.ridge(0.72, 0.03, (44, 84, 42), (72, 120, 58), 3)
    for side in (0, 1):
        for number in range(7):
            y = 0.04 + 0.13 * number
            _leaf(stage, side, y, 0.3 if number % 2 else 0.22, ((28, 96, 54), (40, 122, 62), (62, 146, 70))[number % 3])


def canyon(stage: Canvas) -> None:
    """Walls of layered red rock at both sides, and blue sky between them."""
    stage.wash([(0, (92, 166, 226)), (1, (206, 232, 246))], 0, 0.66)
    stage.wash([(0, (222, 160, 104)), (1, (236, 184, 128))], 0.64, 1)
    layers: tuple[RGB, ...] = ((206, 108, 62), (178, 84, 52), (222, 134, 80), (190, 96, 56), (230, 150, 96), (170, 78, 48))
    for number in range(12):
        top, bottom = 0.06 + 0.056 * number, 0.06 + 0.056 * (number + 1)
        reach = 0.2 + 0.012 * number + 0.018 * (number % 3)
        colour = layers[number % 6]
        shape(stage, colour, (0, top), (reach, top), (reach + 0.012, bottom), (0, bottom))
        shape(stage, colour, (1, top), (1 - reach, top), (1 - reach - 0.012, bottom), (1, bottom))
    for left, top in ((0.42, 0.44), (0.55, 0.5)):
        for number in range(4):
            low = top + 0.05 * number
            box(stage, left, low, left + 0.08 + 0.01 * number, low + 0.05 if number < 3 else 0.65, layers[number])


def cave(stage: Canvas) -> None:
    """Dark rock all round, with teeth of stone above and the light of the mouth behind."""
    stage.wash([(0, (40, 38, 46)), (1, (62, 58, 66))])
    _oval(stage, 0.5, 0.5, 0.3, 0.27, (104, 108, 126))
    _oval(stage, 0.5, 0.52, 0.22, 0.21, (186, 202, 214))
    stage.wash([(0, (72, 66, 70)), (1, (92, 84, 86))], 0.7, 1)
    for number in range(11):
        x, long = 0.02 + 0.095 * number, stage.rng.uniform(0.08, 0.24)
        shape(stage, (28, 27, 34), (x - 0.05, -0.01), (x + 0.05, -0.01), (x, long))
    for x, tall in ((0.05, 0.16), (0.16, 0.1), (0.84, 0.12), (0.95, 0.18)):
        shape(stage, (48, 45, 52), (x - 0.05, 0.78), (x + 0.05, 0.78), (x, 0.78 - tall))


def autumn_woods(stage: Canvas) -> None:
    """Trees in red and gold, and leaves on the ground."""
    stage.wash([(0, (198, 216, 226)), (1, (246, 234, 206))], 0, 0.7)
    _crowns(stage, 0.56, 0.22, 8, _AUTUMN)
    stage.ridge(0.62, 0.03, (176, 122, 58), (206, 156, 84), 3)
    _crowns(stage, 0.68, 0.34, 5, _AUTUMN)
    stage.ridge(0.7, 0.03, (168, 112, 54), (204, 148, 76), 3)
    _strewn(stage, 110, 0.72, _AUTUMN)


def spring_meadow(stage: Canvas) -> None:
    """Trees in blossom over a meadow full of flowers."""
    _day(stage, 0.7)
    stage.clouds(3, 0.24, _WHITE, 0.75)
    stage.ridge(0.58, 0.06, (150, 204, 120), (190, 226, 164), 2)
    _crowns(stage, 0.66, 0.34, 6, _BLOSSOM)
    stage.ridge(0.68, 0.03, (108, 182, 84), (160, 216, 118), 3)
    _strewn(stage, 120, 0.72, _PETALS)


def garden(stage: Canvas) -> None:
    """A white fence before bushes, a lawn, and beds with flowers."""
    _day(stage, 0.6)
    stage.clouds(3, 0.24, _WHITE, 0.75)
    for number in range(7):
        _oval(stage, 0.02 + 0.16 * number, 0.54, 0.11, 0.12, _LEAFY[number % 3])
    stage.wash([(0, (112, 178, 84)), (1, (138, 200, 98))], 0.62, 1)
    for rail in (0.5, 0.58):
        box(stage, 0, rail, 1, rail + 0.016, _WHITE)
    for post in range(21):
        x = post / 20
        shape(stage, _WHITE, (x - 0.012, 0.65), (x - 0.012, 0.46), (x, 0.435), (x + 0.012, 0.46), (x + 0.012, 0.65))
    box(stage, 0, 0.65, 1, 0.7, (128, 92, 60))
    for number in range(20):
        x = 0.03 + 0.05 * number
        box(stage, x - 0.004, 0.63, x + 0.004, 0.68, (70, 130, 60))
        stage.dot(*stage.at(x, 0.62), 0.018 * min(stage.size), _PETALS[number % 5])
        stage.dot(*stage.at(x, 0.62), 0.007 * min(stage.size), (250, 226, 120))


def park(stage: Canvas) -> None:
    """A path between lawns, round trees and a lamp."""
    _day(stage, 0.62)
    stage.clouds(3, 0.24, _WHITE, 0.75)
    _crowns(stage, 0.6, 0.26, 7, _LEAFY)
    stage.wash([(0, (122, 186, 96)), (1, (148, 206, 112))], 0.6, 1)
    shape(stage, (226, 208, 174), (0.46, 0.6), (0.54, 0.6), (0.86, 1.01), (0.14, 1.01))
    for x in (0.22, 0.8):
        box(stage, x - 0.006, 0.36, x + 0.006, 0.68, (60, 66, 70))
        stage.dot(*stage.at(x, 0.34), 0.024 * min(stage.size), (252, 240, 196))


def vineyard(stage: Canvas) -> None:
    """Rows of vines that run up a hill."""
    _day(stage, 0.5)
    stage.clouds(3, 0.22, _WHITE, 0.75)
    stage.ridge(0.46, 0.08, (132, 176, 112), (176, 206, 150), 2)
    stage.wash([(0, (196, 160, 108)), (1, (178, 138, 88))], 0.47, 1)
    for row in range(9):
        top, bottom = 0.1 + 0.1 * row, -0.6 + 0.27 * row
        for step in range(9):
            share, after = (step / 9) ** 1.5, ((step + 0.8) / 9) ** 1.5
            x, y = top + (bottom - top) * share, 0.47 + 0.55 * share
            wide, tall = 0.02 + 0.09 * share, 0.03 + 0.11 * share
            _oval(stage, x, y - 0.3 * tall, wide, 0.5 * tall, (84, 140, 58) if step % 2 else (100, 156, 68))
            if step % 2:
                stage.dot(*stage.at(x, y + 0.1 * tall), (0.004 + 0.01 * after) * min(stage.size), (104, 56, 128))


def zoo(stage: Canvas) -> None:
    """An enclosure: rocks and trees behind its bars, and the visitors' path before them."""
    _day(stage, 0.5)
    _crowns(stage, 0.5, 0.26, 6, _LEAFY)
    stage.wash([(0, (196, 186, 140)), (1, (176, 164, 116))], 0.48, 0.73)
    for x, tall in ((0.1, 0.16), (0.24, 0.1), (0.86, 0.2), (0.72, 0.1)):
        shape(
            stage, (146, 142, 136), (x - 0.13, 0.62), (x - 0.06, 0.62 - tall), (x + 0.07, 0.62 - 0.8 * tall), (x + 0.14, 0.62)
        )
    for bar in range(26):
        box(stage, bar / 25 - 0.005, 0.2, bar / 25 + 0.005, 0.72, (66, 70, 78))
    for y in (0.2, 0.68):
        box(stage, 0, y, 1, y + 0.022, (66, 70, 78))
    stage.wash([(0, (206, 198, 184)), (1, (222, 214, 200))], 0.72, 1)


def playground(stage: Canvas) -> None:
    """Swings and a slide on sand, with trees behind them."""
    _day(stage, 0.6)
    stage.clouds(3, 0.22, _WHITE, 0.75)
    _crowns(stage, 0.56, 0.2, 8, _LEAFY)
    stage.wash([(0, (124, 188, 98)), (1, (140, 200, 106))], 0.55, 0.7)
    stage.wash([(0, (232, 208, 156)), (1, (244, 222, 174))], 0.7, 1)
    thick = max(4, stage.size[1] // 60)
    for start, end in (((0.04, 0.72), (0.1, 0.24)), ((0.16, 0.72), (0.1, 0.24)), ((0.36, 0.72), (0.42, 0.24)),
                       ((0.48, 0.72), (0.42, 0.24)), ((0.1, 0.24), (0.42, 0.24))):  # fmt: skip
        stage.line(stage.at(*start), stage.at(*end), (206, 62, 58), thick)
    for left in (0.18, 0.3):
        for x in (left, left + 0.06):
            stage.line(stage.at(x, 0.25), stage.at(x, 0.56), (110, 116, 124), max(2, thick // 4))
        box(stage, left - 0.01, 0.56, left + 0.07, 0.58, (70, 90, 170))
    for x in (0.64, 0.71):
        stage.line(stage.at(x, 0.72), stage.at(x, 0.34), (70, 120, 190), thick)
    for rung in range(6):
        stage.line(stage.at(0.64, 0.66 - 0.055 * rung), stage.at(0.71, 0.66 - 0.055 * rung), (70, 120, 190), max(2, thick // 2))
    shape(stage, (246, 196, 60), (0.7, 0.37), (0.76, 0.37), (0.99, 0.7), (0.99, 0.73), (0.93, 0.73))


def island(stage: Canvas) -> None:
    """A small island of sand in the open sea."""
    _day(stage, 0.5)
    stage.clouds(3, 0.28, _WHITE, 0.7)
    stage.wash([(0, (78, 186, 210)), (1, (18, 112, 170))], 0.5, 1)
    for row in range(4):
        y = 0.56 + 0.11 * row
        stage.line(
            stage.at(0.02 + 0.05 * row, y), stage.at(0.14 + 0.05 * row, y), (170, 222, 234), max(1, stage.size[1] // 260)
        )
    _oval(stage, 0.5, 0.86, 0.46, 0.16, (150, 220, 222))
    _oval(stage, 0.5, 0.84, 0.42, 0.14, (240, 216, 164))
    _reeds(stage, 0.76, ((0.14, 0.22), (0.8, 0.86)))
    for x, y, wide in ((0.74, 0.78, 0.05), (0.8, 0.795, 0.03)):
        _oval(stage, x, y, wide, 0.03, (150, 146, 140))


def lake(stage: Canvas) -> None:
    """Still water up to the viewer, and woods on the far shore."""
    _day(stage, 0.5)
    stage.clouds(3, 0.26, _WHITE, 0.75)
    stage.ridge(0.5, 0.08, (126, 176, 122), (170, 206, 160), 2)
    stage.trees(0.52, 0.13, (74, 128, 92), 18)
    stage.wash([(0, (146, 196, 210)), (0.4, (92, 160, 188)), (1, (40, 110, 150))], 0.55, 1)
    for x, y, wide in ((0.06, 0.62, 0.2), (0.62, 0.66, 0.28), (0.22, 0.78, 0.24), (0.7, 0.86, 0.26)):
        stage.line(stage.at(x, y), stage.at(x + wide, y), (186, 220, 230), max(1, stage.size[1] // 260))


def river(stage: Canvas) -> None:
    """Water that winds down to the viewer between green banks."""
    _day(stage, 0.52)
    stage.clouds(3, 0.24, _WHITE, 0.75)
    stage.ridge(0.5, 0.1, (140, 188, 128), (180, 214, 164), 2)
    _crowns(stage, 0.56, 0.12, 12, _LEAFY)
    stage.wash([(0, (120, 182, 92)), (1, (96, 158, 72))], 0.53, 1)
    shape(
        stage,
        (202, 186, 138),
        (0.5, 0.53),
        (0.56, 0.53),
        (0.62, 0.62),
        (0.88, 0.72),
        (0.99, 1.01),
        (0.0, 1.01),
        (0.2, 0.74),
        (0.46, 0.63),
    )
    shape(
        stage,
        (84, 160, 200),
        (0.51, 0.53),
        (0.55, 0.53),
        (0.6, 0.62),
        (0.84, 0.73),
        (0.95, 1.01),
        (0.04, 1.01),
        (0.24, 0.75),
        (0.48, 0.63),
    )
    for x, y, wide in ((0.44, 0.7, 0.16), (0.3, 0.8, 0.24), (0.5, 0.88, 0.26), (0.2, 0.95, 0.3)):
        stage.line(stage.at(x, y), stage.at(x + wide, y), (176, 216, 234), max(1, stage.size[1] // 220))


def hills(stage: Canvas) -> None:
    """Round green hills, one behind the other."""
    _day(stage, 0.6)
    stage.clouds(3, 0.24, _WHITE, 0.75)
    for x, y, wide, tall, colour in (
        (0.86, 0.74, 0.5, 0.34, (160, 206, 136)),
        (0.1, 0.78, 0.5, 0.34, (140, 194, 116)),
        (0.5, 1.06, 0.9, 0.46, (104, 172, 80)),
    ):
        _oval(stage, x, y, wide, tall, colour)
    _oval(stage, 0.5, 1.12, 0.86, 0.46, (120, 186, 92))


def dark_woods(stage: Canvas) -> None:
    """Black trunks and firs with hardly any light between them."""
    stage.wash([(0, (24, 40, 44)), (0.6, (52, 78, 74)), (1, (30, 44, 36))])
    stage.trees(0.6, 0.5, (36, 60, 56), 13)
    stage.trees(0.66, 0.66, (22, 42, 40), 9)
    for x in (0.03, 0.2, 0.82, 0.95):
        box(stage, x - 0.02, 0, x + 0.02, 0.76, (14, 22, 22))
    stage.ridge(0.7, 0.03, (22, 34, 26), (40, 56, 42), 3)


def cloudy_sky(stage: Canvas) -> None:
    """A sky that is grey with heavy clouds."""
    stage.wash([(0, (142, 158, 176)), (1, (204, 212, 220))])
    stage.clouds(6, 0.9, (238, 240, 244), 0.9)
    stage.clouds(5, 0.8, (168, 178, 192), 0.8)
    stage.clouds(5, 0.95, (246, 248, 250), 0.85)


def mountain_lake(stage: Canvas) -> None:
    """Mountains on the far shore, and their lake to the lower edge."""
    _day(stage, 0.6)
    stage.peaks(0.55, 0.42, (150, 176, 206), (178, 198, 222), 3, _WHITE)
    stage.peaks(0.56, 0.24, (98, 130, 160), (128, 158, 186), 4)
    stage.ridge(0.57, 0.03, (88, 140, 84), (128, 172, 108), 4)
    stage.wash([(0, (140, 192, 222)), (1, (44, 112, 160))], 0.57, 1)
    for row in range(4):
        y = 0.63 + 0.1 * row
        stage.line(stage.at(0.1 + 0.07 * row, y), stage.at(0.42 + 0.1 * row, y), (176, 214, 234), max(1, stage.size[1] // 300))


def mountain_coast(stage: Canvas) -> None:
    """Mountains that rise from the sea."""
    _day(stage, 0.56)
    stage.clouds(3, 0.2, _WHITE, 0.7)
    stage.peaks(0.53, 0.38, (126, 148, 176), (160, 182, 208), 4, _WHITE)
    stage.wash([(0, (84, 164, 206)), (1, (14, 78, 136))], 0.52, 1)
    for row in range(4):
        stage.ridge(
            0.6 + 0.1 * row, 0.016, (30 - 4 * row, 110 - 10 * row, 164 - 8 * row), (96 - 14 * row, 172 - 12 * row, 210), 6
        )


def mountain_woods(stage: Canvas) -> None:
    """Firs at the foot of snow-capped mountains."""
    _day(stage, 0.6)
    stage.peaks(0.56, 0.42, (138, 164, 194), (176, 198, 222), 3, _WHITE)
    stage.trees(0.6, 0.2, (104, 150, 120), 14)
    stage.trees(0.67, 0.3, (54, 108, 78), 9)
    stage.ridge(0.7, 0.03, (80, 122, 62), (118, 160, 88), 3)


def _day(stage: Canvas, horizon: float) -> None:
    stage.wash([(0, (104, 176, 238)), (1, (222, 240, 252))], 0, horizon)


def _oval(stage: Canvas, x: float, y: float, wide: float, tall: float, colour: RGB) -> None:
    """About (x, y); ``wide`` and ``tall`` are its half axes."""
    turns = [2 * math.pi * step / 36 for step in range(36)]
    shape(stage, colour, *((x + wide * math.cos(turn), y + tall * math.sin(turn)) for turn in turns))


def _crowns(stage: Canvas, base: float, height: float, count: int, colours: tuple[RGB, ...]) -> None:
    """A row of trees with round crowns."""
    aspect = stage.size[0] / stage.size[1]
    for number in range(count):
        tall = height * stage.rng.uniform(0.8, 1)
        x, reach = (number + stage.rng.uniform(0.25, 0.75)) / count, 0.34 * tall
        box(stage, x - 0.05 * tall / aspect, base - 0.5 * tall, x + 0.05 * tall / aspect, base + 0.02, _BARK)
        colour = colours[number % len(colours)]
        for right, up, size in ((0, 0.66, 1.0), (-0.7, 0.5, 0.7), (0.7, 0.5, 0.7)):
            _oval(stage, x + right * reach / aspect, base - up * tall, size * reach / aspect, size * reach, colour)


def _strewn(stage: Canvas, count: int, top: float, colours: tuple[RGB, ...]) -> None:
    for number in range(count):
        x, y = stage.at(stage.rng.random(), stage.rng.uniform(top, 0.99))
        stage.dot(x, y, 0.008 * min(stage.size), colours[number % len(colours)])


def _reeds(stage: Canvas, base: float, spans: tuple[tuple[float, float], ...]) -> None:
    thick = max(2, stage.size[1] // 130)
    for left, right in spans:
        for number in range(6):
            x, top = left + (right - left) * number / 5, base - stage.rng.uniform(0.14, 0.24)
            stage.line(stage.at(x, base + 0.06), stage.at(x, top), (78, 104, 48), thick)
            box(stage, x - 0.007, top, x + 0.007, top + 0.06, (112, 74, 44))


def _leaf(stage: Canvas, side: int, y: float, long: float, colour: RGB) -> None:
    """A broad leaf that hangs into the picture from its left (0) or right (1) edge."""
    edge = [(0, 0), (0.3, -0.32), (0.7, -0.2), (1, 0.3), (0.6, 0.3), (0.25, 0.22)]
    shape(stage, colour, *((abs(side - x * long), y + z * long * 0.6) for x, z in edge))
    start, end = stage.at(abs(side - 0.0), y), stage.at(abs(side - 0.9 * long), y + 0.14 * long)
    stage.line(start, end, (126, 182, 96), max(1, stage.size[1] // 200))
