"""Settings where one goes for a day out: a farm, a harbour, a pool, a pitch, a court."""

from itertools import pairwise

from genevolve.world.sketch.plan import RGB
from genevolve.world.sketch.stage import Canvas

_WHITE: RGB = (255, 255, 255)
_LINE: RGB = (240, 244, 240)


def farm(stage: Canvas) -> None:
    """A red barn and a fence on green land, and the trodden yard before them."""
    _day(stage, 0.66)
    stage.clouds(3, 0.26, _WHITE, 0.75)
    stage.ridge(0.6, 0.08, (126, 186, 112), (172, 212, 160), 2)
    stage.ridge(0.66, 0.02, (104, 172, 84), (152, 204, 118), 3)
    _barn(stage, 0.08, 0.34, 0.3, 0.7)
    _fence(stage, 0.44, 1.02, 0.6, 0.7)
    stage.wash([(0, (196, 168, 122)), (1, (214, 190, 148))], 0.7, 1)


def harbour(stage: Canvas) -> None:
    """The quay with houses across the water, masts before it, and the water up to the viewer."""
    _day(stage, 0.5)
    stage.clouds(3, 0.24, _WHITE, 0.7)
    for number, colour in enumerate(((226, 170, 140), (238, 214, 170), (176, 200, 190), (206, 136, 120), (222, 222, 214))):
        left, top = 0.2 * number, 0.3 + 0.03 * (number % 2)
        stage.rectangle(stage.at(left, top), stage.at(left + 0.19, 0.5), colour)
        roof = [stage.at(left - 0.01, top), stage.at(left + 0.095, top - 0.07), stage.at(left + 0.2, top)]
        stage.polygon(roof, (150, 84, 66))
        for window in (0.03, 0.11):
            stage.rectangle(stage.at(left + window, top + 0.05), stage.at(left + window + 0.04, top + 0.1), (96, 122, 146))
    stage.wash([(0, (150, 146, 140)), (1, (116, 112, 108))], 0.49, 0.55)
    stage.wash([(0, (96, 160, 190)), (1, (32, 92, 136))], 0.55, 1)
    for row in range(4):
        y = 0.62 + 0.1 * row
        stage.line(stage.at(0.06 + 0.09 * row, y), stage.at(0.3 + 0.12 * row, y), (150, 200, 220), max(1, stage.size[1] // 260))


def river_bank(stage: Canvas) -> None:
    """Green land on both sides of the water that runs by."""
    _day(stage, 0.6)
    stage.clouds(3, 0.26, _WHITE, 0.75)
    stage.trees(0.5, 0.14, (96, 148, 112), 14)
    stage.ridge(0.5, 0.05, (104, 172, 84), (152, 204, 118), 3)
    stage.wash([(0, (120, 188, 216)), (1, (66, 144, 188))], 0.53, 0.72)
    for row, x in enumerate((0.1, 0.52, 0.28, 0.7)):
        y = 0.56 + 0.035 * row
        stage.line(stage.at(x, y), stage.at(x + 0.18, y), (176, 216, 234), max(1, stage.size[1] // 260))
    stage.ridge(0.72, 0.03, (86, 156, 66), (140, 200, 96), 3)


def pool(stage: Canvas) -> None:
    """Water between tiled edges, with the ropes of its lanes and a ladder."""
    _day(stage, 0.4)
    stage.trees(0.4, 0.16, (98, 150, 108), 12)
    stage.wash([(0, (232, 226, 212)), (1, (240, 236, 226))], 0.4, 1)
    stage.tiles(0.42, 0.54, (212, 204, 188), 14)
    stage.wash([(0, (88, 186, 222)), (1, (24, 132, 192))], 0.54, 0.94)
    stage.rectangle(stage.at(0, 0.525), stage.at(1, 0.545), (250, 250, 246))
    for y in (0.66, 0.8):
        for step in range(16):
            colour = (226, 86, 72) if step % 2 else _WHITE
            stage.rectangle(stage.at(step / 16, y), stage.at((step + 0.8) / 16, y + 0.012), colour)
    for x in (0.86, 0.92):
        stage.line(stage.at(x, 0.46), stage.at(x, 0.64), (170, 178, 186), max(2, stage.size[1] // 120))
    for y in (0.5, 0.55, 0.6):
        stage.line(stage.at(0.86, y), stage.at(0.92, y), (170, 178, 186), max(2, stage.size[1] // 160))


def pitch(stage: Canvas) -> None:
    """Mown grass with white lines, and a goal with its net at the far end."""
    _day(stage, 0.42)
    stage.wash([(0, (120, 132, 150)), (1, (150, 160, 174))], 0.3, 0.42)
    for stripe in range(6):
        top, bottom = 0.42 + 0.58 * (stripe / 6) ** 1.3, 0.42 + 0.58 * ((stripe + 1) / 6) ** 1.3
        stage.rectangle(stage.at(0, top), stage.at(1, bottom), (92, 168, 84) if stripe % 2 else (76, 150, 72))
    thick = max(2, stage.size[1] // 150)
    for x in range(9):
        stage.line(stage.at(0.36 + 0.035 * x, 0.27), stage.at(0.36 + 0.035 * x, 0.45), (206, 212, 218), max(1, thick // 3))
    for y in range(4):
        stage.line(stage.at(0.36, 0.29 + 0.045 * y), stage.at(0.64, 0.29 + 0.045 * y), (206, 212, 218), max(1, thick // 3))
    for start, end in (((0.36, 0.26), (0.36, 0.46)), ((0.64, 0.26), (0.64, 0.46)), ((0.355, 0.26), (0.645, 0.26))):
        stage.line(stage.at(*start), stage.at(*end), _WHITE, 2 * thick)
    box = [(0.24, 0.46), (0.76, 0.46), (0.88, 0.6), (0.12, 0.6), (0.24, 0.46)]
    for start, end in pairwise(box):
        stage.line(stage.at(*start), stage.at(*end), _LINE, thick)
    stage.line(stage.at(0, 0.46), stage.at(1, 0.46), _LINE, thick)


def court(stage: Canvas) -> None:
    """A blue court with white lines in green, and the net across it."""
    _day(stage, 0.4)
    stage.trees(0.4, 0.2, (86, 138, 98), 12)
    stage.wash([(0, (70, 128, 92)), (1, (86, 146, 106))], 0.4, 1)
    stage.polygon([stage.at(*point) for point in ((0.22, 0.46), (0.78, 0.46), (1.1, 1.01), (-0.1, 1.01))], (58, 112, 170))
    thick = max(2, stage.size[1] // 150)
    for start, end in (
        ((0.22, 0.46), (-0.1, 1.01)), ((0.78, 0.46), (1.1, 1.01)), ((0.22, 0.46), (0.78, 0.46)), ((0.5, 0.64), (0.5, 0.86)),
        ((0.0, 0.86), (1.0, 0.86)),
    ):  # fmt: skip
        stage.line(stage.at(*start), stage.at(*end), _LINE, thick)
    for x in range(31):
        stage.line(stage.at(x / 30, 0.53), stage.at(x / 30, 0.64), (60, 70, 76), max(1, thick // 3))
    for y in (0.55, 0.57, 0.59, 0.61, 0.63):
        stage.line(stage.at(0, y), stage.at(1, y), (60, 70, 76), max(1, thick // 3))
    stage.line(stage.at(0, 0.53), stage.at(1, 0.53), _WHITE, 2 * thick)


def _day(stage: Canvas, horizon: float) -> None:
    stage.wash([(0, (104, 176, 238)), (1, (222, 240, 252))], 0, horizon)


def _barn(stage: Canvas, left: float, right: float, top: float, base: float) -> None:
    """A barn with a broken roof, white trim and a crossed door."""
    wide, tall, thick = right - left, base - top, max(2, stage.size[1] // 140)
    wall, trim = (176, 58, 50), (246, 240, 230)
    gable = [(0, 0.42), (0.16, 0.16), (0.5, 0), (0.84, 0.16), (1, 0.42), (1, 1), (0, 1)]
    outline = [stage.at(left + x * wide, top + y * tall) for x, y in gable]
    stage.polygon(outline, wall)
    for start, end in pairwise(outline[:5]):
        stage.line(start, end, (92, 84, 84), 3 * thick)
    door = [
        stage.at(left + x * wide, top + y * tall) for x, y in ((0.28, 0.56), (0.72, 0.56), (0.72, 1), (0.28, 1), (0.28, 0.56))
    ]
    for start, end in (*pairwise(door), (door[0], door[2]), (door[1], door[3])):
        stage.line(start, end, trim, thick)
    stage.rectangle(stage.at(left + 0.42 * wide, top + 0.22 * tall), stage.at(left + 0.58 * wide, top + 0.38 * tall), trim)


def _fence(stage: Canvas, left: float, right: float, top: float, base: float) -> None:
    wood = (156, 116, 78)
    for post in range(7):
        x = left + (right - left) * post / 6
        stage.rectangle(stage.at(x, top), stage.at(x + 0.014, base + 0.01), wood)
    for rail in (0.25, 0.65):
        y = top + rail * (base - top)
        stage.rectangle(stage.at(left, y), stage.at(right, y + 0.016), wood)
