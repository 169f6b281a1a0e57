"""Settings of houses, of stalls and of snow that lies: what is painted behind the objects."""

from genevolve.world.sketch.plan import RGB
from genevolve.world.sketch.stage import Canvas

_WHITE: RGB = (255, 255, 255)
_SNOWED: RGB = (236, 243, 250)
_WALLS: tuple[RGB, ...] = ((238, 222, 190), (226, 206, 178), (242, 234, 216), (214, 196, 176))
_ROOFS: tuple[RGB, ...] = ((176, 84, 62), (150, 72, 60), (192, 108, 72))
_AWNINGS: tuple[RGB, ...] = ((198, 62, 58), (60, 120, 180), (74, 142, 84), (226, 160, 60))


def village(stage: Canvas) -> None:
    _day(stage, 0.66)
    stage.clouds(3, 0.26, _WHITE, 0.75)
    stage.ridge(0.58, 0.1, (126, 186, 112), (172, 212, 160), 2)
    _houses(stage, 0.62, 0.17, 6, _ROOFS)
    stage.ridge(0.66, 0.02, (104, 172, 84), (152, 204, 118), 3)
    _houses(stage, 0.71, 0.22, 4, _ROOFS)
    stage.ridge(0.72, 0.02, (86, 156, 66), (140, 200, 96), 2)


def village_street(stage: Canvas) -> None:
    """Houses with gables on both sides of a road that leads to the viewer."""
    _day(stage, 0.6)
    stage.clouds(3, 0.22, _WHITE, 0.75)
    stage.ridge(0.56, 0.06, (126, 186, 112), (172, 212, 160), 2)
    _houses(stage, 0.6, 0.16, 7, _ROOFS)
    stage.wash([(0, (134, 186, 104)), (1, (110, 166, 82))], 0.6, 1)
    _houses(stage, 0.7, 0.3, 4, _ROOFS)
    stage.polygon([stage.at(*point) for point in ((0.47, 0.6), (0.53, 0.6), (0.94, 1.01), (0.06, 1.01))], (150, 148, 146))
    for near, far in ((0.64, 0.67), (0.72, 0.77), (0.83, 0.91)):
        stage.polygon([stage.at(0.496, near), stage.at(0.504, near), stage.at(0.51, far), stage.at(0.49, far)], (244, 242, 236))


def mountain_village(stage: Canvas) -> None:
    _day(stage, 0.7)
    stage.peaks(0.6, 0.44, (150, 176, 206), (178, 198, 222), 3, _WHITE)
    stage.peaks(0.62, 0.26, (98, 130, 160), (128, 158, 186), 4)
    stage.ridge(0.62, 0.03, (98, 150, 92), (146, 190, 124), 3)
    _houses(stage, 0.7, 0.17, 5, _ROOFS)
    stage.ridge(0.71, 0.02, (86, 156, 66), (140, 200, 96), 2)


def snowy_village(stage: Canvas) -> None:
    _winter_sky(stage)
    stage.ridge(0.58, 0.1, (206, 220, 236), (232, 240, 248), 2)
    _houses(stage, 0.62, 0.17, 6, (_SNOWED,))
    stage.ridge(0.66, 0.02, (218, 230, 243), (242, 247, 252), 3)
    _houses(stage, 0.71, 0.22, 4, (_SNOWED,))
    stage.ridge(0.72, 0.02, (222, 234, 246), (250, 252, 255), 2)


def snowy_mountains(stage: Canvas) -> None:
    _winter_sky(stage)
    stage.peaks(0.68, 0.5, (206, 220, 238), (240, 246, 252), 3, _WHITE)
    stage.peaks(0.7, 0.28, (186, 204, 226), (224, 234, 246), 4)
    stage.ridge(0.72, 0.05, (222, 234, 246), (250, 252, 255), 2)


def snowy_street(stage: Canvas) -> None:
    """The street with snow on roofs, on the pavement and on the road, where wheels left tracks."""
    _winter_sky(stage)
    for colour in ((226, 186, 164), (234, 218, 188), (190, 206, 204)):
        _snowed_towers(stage, 0.64, 0.34, colour, 5)
    _snowed_road(stage, 0.64)


def snowy_city(stage: Canvas) -> None:
    _winter_sky(stage)
    _snowed_towers(stage, 0.7, 0.42, (186, 200, 216), 9)
    _snowed_towers(stage, 0.7, 0.3, (140, 158, 184), 8)
    _snowed_road(stage, 0.7)


def frozen_lake(stage: Canvas) -> None:
    """Ice with cracks and a snowed shore behind it."""
    _winter_sky(stage)
    stage.trees(0.56, 0.2, (150, 178, 196), 12)
    stage.ridge(0.57, 0.04, (214, 228, 242), (238, 246, 252), 2)
    stage.wash([(0, (206, 230, 242)), (1, (158, 200, 224))], 0.58, 1)
    thick = max(1, stage.size[1] // 260)
    for x, y, wide, low in ((0.06, 0.68, 0.22, 0.05), (0.5, 0.64, 0.16, 0.03), (0.74, 0.76, 0.2, 0.06), (0.2, 0.9, 0.3, 0.04)):
        stage.line(stage.at(x, y), stage.at(x + 0.5 * wide, y + low), (236, 247, 252), thick)
        stage.line(stage.at(x + 0.5 * wide, y + low), stage.at(x + wide, y + 0.3 * low), (236, 247, 252), thick)


def market(stage: Canvas) -> None:
    """Stalls with striped awnings on a square."""
    _day(stage, 0.6)
    for colour in ((226, 196, 170), (238, 222, 190)):
        stage.towers(0.58, 0.3, colour, 6, (250, 246, 232))
    stage.wash([(0, (204, 194, 178)), (1, (224, 214, 198))], 0.58, 1)
    for number in range(4):
        _stall(stage, (number + 0.08) / 4, 0.21, 0.72, _AWNINGS[number])


def _day(stage: Canvas, horizon: float) -> None:
    stage.wash([(0, (104, 176, 238)), (1, (222, 240, 252))], 0, horizon)


def _winter_sky(stage: Canvas) -> None:
    stage.wash([(0, (158, 194, 226)), (0.7, (230, 240, 248))])


def _houses(stage: Canvas, base: float, height: float, count: int, roofs: tuple[RGB, ...]) -> None:
    """A loose row of houses with gables, ``height`` at most."""
    aspect = stage.size[0] / stage.size[1]
    for number in range(count):
        tall = height * stage.rng.uniform(0.75, 1)
        wide = 0.95 * tall / aspect
        x = (number + stage.rng.uniform(0.2, 0.8)) / count - wide / 2
        eaves = base - 0.58 * tall
        stage.rectangle(stage.at(x, eaves), stage.at(x + wide, base + 0.02), stage.rng.choice(_WALLS))
        gable = [stage.at(x - 0.1 * wide, eaves), stage.at(x + 0.5 * wide, base - tall), stage.at(x + 1.1 * wide, eaves)]
        stage.polygon(gable, stage.rng.choice(roofs))
        for left in (0.16, 0.62):
            low, high = eaves + 0.16 * tall, eaves + 0.32 * tall
            stage.rectangle(stage.at(x + left * wide, low), stage.at(x + (left + 0.22) * wide, high), (120, 148, 170))
        stage.rectangle(stage.at(x + 0.42 * wide, base - 0.22 * tall), stage.at(x + 0.58 * wide, base + 0.02), (120, 82, 54))


def _snowed_towers(stage: Canvas, base: float, height: float, colour: RGB, count: int) -> None:
    """Blocks of equal width, each with snow on its roof."""
    wide = 1.04 / count
    for number in range(count):
        x, top = number * wide - 0.02, base - height * stage.rng.uniform(0.45, 1)
        stage.rectangle(stage.at(x, top), stage.at(x + 0.94 * wide, base), colour)
        for row in range(int((base - top - 0.06) / 0.05)):
            for column in (0.16, 0.44, 0.72):
                high = top + 0.045 + 0.05 * row
                stage.rectangle(
                    stage.at(x + column * wide, high), stage.at(x + (column + 0.14) * wide, high + 0.026), _WALLS[2]
                )
        stage.rectangle(stage.at(x - 0.02 * wide, top - 0.018), stage.at(x + 0.96 * wide, top + 0.012), _SNOWED)


def _snowed_road(stage: Canvas, horizon: float) -> None:
    stage.wash([(0, (240, 245, 251)), (1, (226, 235, 245))], horizon, 1)
    for low, high in ((0.79, 0.815), (0.9, 0.93)):
        stage.wash([(0, (206, 217, 230)), (1, (214, 224, 236))], low, high)


def _stall(stage: Canvas, x: float, wide: float, base: float, colour: RGB) -> None:
    top = base - 0.24
    for left in (x + 0.02 * wide, x + 0.94 * wide):
        stage.rectangle(stage.at(left, top), stage.at(left + 0.04 * wide, base), (120, 84, 56))
    stage.rectangle(stage.at(x, base - 0.09), stage.at(x + wide, base), (168, 120, 78))
    for stripe in range(6):
        start, end = x + stripe * wide / 6, x + (stripe + 1) * wide / 6
        edges = [stage.at(start, top + 0.07), stage.at(end, top + 0.07)]
        roof = [
            stage.at(x + wide / 2 + 0.42 * (end - x - wide / 2), top),
            stage.at(x + wide / 2 + 0.42 * (start - x - wide / 2), top),
        ]
        stage.polygon([*edges, *roof], colour if stripe % 2 else (248, 244, 236))
    for number, fruit in enumerate(_AWNINGS * 2):
        spot = stage.at(x + (number + 0.7) * wide / 9, base - 0.1)
        stage.dot(*spot, 0.011 * min(stage.size), fruit)
