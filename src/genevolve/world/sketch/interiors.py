"""Settings indoors that are told by their walls: a classroom, a bathroom, a hospital, a shop."""

from genevolve.world.sketch.plan import RGB
from genevolve.world.sketch.stage import Canvas, mix

_WHITE: RGB = (255, 255, 255)
_WOOD: RGB = (150, 102, 62)
_GOODS: tuple[RGB, ...] = ((214, 74, 66), (240, 178, 60), (74, 148, 92), (66, 122, 190), (236, 232, 222), (150, 96, 168))


def box(stage: Canvas, left: float, top: float, right: float, bottom: float, colour: RGB) -> None:
    stage.rectangle(stage.at(left, top), stage.at(right, bottom), colour)


def shape(stage: Canvas, colour: RGB, *points: tuple[float, float]) -> None:
    stage.polygon([stage.at(*point) for point in points], colour)


def classroom(stage: Canvas) -> None:
    """A green board with chalk on it, the alphabet's cards above, and desks at both sides."""
    stage.wash([(0, (250, 240, 206)), (1, (246, 232, 190))], 0, 0.5)
    stage.wash([(0, (142, 176, 150)), (1, (158, 190, 164))], 0.5, 0.7)
    stage.boards(0.7, (216, 176, 124), (150, 106, 66), 5)
    for number in range(9):
        box(stage, 0.15 + 0.08 * number, 0.03, 0.21 + 0.08 * number, 0.085, _GOODS[number % 4])
    box(stage, 0.1, 0.11, 0.9, 0.5, _WOOD)
    box(stage, 0.115, 0.125, 0.885, 0.485, (46, 98, 74))
    thick = max(2, stage.size[1] // 170)
    for row, ends in enumerate((0.42, 0.36, 0.4)):
        stage.line(stage.at(0.16, 0.18 + 0.06 * row), stage.at(ends, 0.18 + 0.06 * row), (214, 228, 218), thick)
    for left in (0.0, 0.78):
        box(stage, left, 0.66, left + 0.22, 0.69, (206, 160, 104))
        for leg in (0.02, 0.18):
            box(stage, left + leg, 0.69, left + leg + 0.02, 0.84, (96, 104, 116))


def office(stage: Canvas) -> None:
    """A wide window over the city, binders on a shelf and a carpet."""
    stage.wash([(0, (206, 214, 224)), (1, (220, 226, 232))], 0, 0.7)
    stage.wash([(0, (104, 118, 138)), (1, (124, 138, 156))], 0.7, 1)
    box(stage, 0.08, 0.1, 0.64, 0.5, _WHITE)
    box(stage, 0.1, 0.12, 0.62, 0.48, (168, 212, 242))
    for left, top in ((0.11, 0.3), (0.2, 0.22), (0.29, 0.34), (0.38, 0.26), (0.47, 0.32), (0.54, 0.24)):
        box(stage, left, top, left + 0.075, 0.48, (142, 160, 188))
    box(stage, 0.35, 0.12, 0.37, 0.48, _WHITE)
    for shelf in (0.16, 0.32):
        box(stage, 0.7, shelf + 0.1, 0.96, shelf + 0.118, _WOOD)
        for number in range(7):
            left = 0.71 + 0.035 * number
            box(stage, left, shelf, left + 0.028, shelf + 0.1, _GOODS[(number + round(shelf * 10)) % 6])
    box(stage, 0, 0.685, 1, 0.7, (246, 246, 246))


def hospital(stage: Canvas) -> None:
    """White and mint walls, curtains on a rail at both sides, and a red cross."""
    stage.wash([(0, (240, 248, 246)), (1, (232, 244, 242))], 0, 0.44)
    stage.wash([(0, (158, 214, 204)), (1, (170, 222, 212))], 0.44, 0.7)
    stage.wash([(0, (206, 218, 222)), (1, (226, 234, 236))], 0.7, 1)
    box(stage, 0, 0.08, 1, 0.092, (172, 180, 186))
    for left in (0.0, 0.8):
        for fold in range(5):
            x = left + 0.04 * fold
            box(stage, x, 0.09, x + 0.04, 0.74, (120, 182, 206) if fold % 2 else (142, 200, 222))
    box(stage, 0.43, 0.12, 0.57, 0.26, _WHITE)
    box(stage, 0.48, 0.14, 0.52, 0.24, (214, 60, 58))
    box(stage, 0.45, 0.17, 0.55, 0.21, (214, 60, 58))
    box(stage, 0, 0.685, 1, 0.7, _WHITE)


def bathroom(stage: Canvas) -> None:
    """Blue tiles, a mirror over a basin, a towel, and a chequered floor."""
    stage.wash([(0, (178, 220, 236)), (1, (160, 208, 228))], 0, 0.72)
    stage.tiles(0, 0.72, (214, 238, 246), 14)
    for row in range(4):
        low, high = 0.72 + 0.07 * row, 0.72 + 0.07 * (row + 1)
        for column in range(12):
            pale = (row + column) % 2
            box(stage, column / 12, low, (column + 1) / 12, high, (246, 248, 250) if pale else (120, 148, 172))
    box(stage, 0.06, 0.12, 0.28, 0.4, (236, 240, 244))
    box(stage, 0.075, 0.135, 0.265, 0.385, (206, 232, 244))
    shape(stage, _WHITE, (0.04, 0.5), (0.3, 0.5), (0.25, 0.58), (0.09, 0.58))
    box(stage, 0.15, 0.58, 0.19, 0.74, (232, 236, 240))
    box(stage, 0.165, 0.44, 0.18, 0.5, (160, 170, 180))
    box(stage, 0.74, 0.24, 0.94, 0.252, (160, 170, 180))
    box(stage, 0.77, 0.25, 0.91, 0.46, (244, 168, 140))
    box(stage, 0.77, 0.41, 0.91, 0.43, _WHITE)


def bedroom(stage: Canvas) -> None:
    """A bed along the wall, a curtained window and striped wallpaper."""
    stage.wash([(0, (206, 196, 226)), (1, (216, 208, 234))], 0, 0.7)
    for stripe in range(20):
        box(stage, stripe / 20, 0, stripe / 20 + 0.02, 0.68, (196, 184, 218))
    stage.boards(0.7, (190, 140, 96), (120, 78, 48), 5)
    _window(stage, 0.58, 0.1, 0.86, 0.42, (240, 150, 150))
    box(stage, 0.02, 0.36, 0.06, 0.76, _WOOD)
    box(stage, 0.05, 0.56, 0.5, 0.68, (96, 140, 198))
    box(stage, 0.06, 0.5, 0.2, 0.57, (252, 250, 244))
    box(stage, 0.05, 0.66, 0.5, 0.71, _WOOD)
    box(stage, 0.48, 0.5, 0.51, 0.76, _WOOD)


def living_room(stage: Canvas) -> None:
    """Warm walls, a window with curtains, framed pictures and a rug."""
    stage.wash([(0, (244, 214, 176)), (1, (248, 224, 190))], 0, 0.7)
    stage.boards(0.7, (176, 122, 80), (108, 68, 42), 5)
    box(stage, 0, 0.68, 1, 0.7, _WHITE)
    _window(stage, 0.06, 0.1, 0.36, 0.46, (96, 150, 142))
    for left, top, colour in ((0.62, 0.14, (120, 170, 208)), (0.8, 0.18, (214, 130, 96))):
        box(stage, left, top, left + 0.13, top + 0.16, _WOOD)
        box(stage, left + 0.012, top + 0.012, left + 0.118, top + 0.148, colour)
    shape(stage, (178, 74, 74), (0.2, 0.78), (0.8, 0.78), (0.92, 0.93), (0.08, 0.93))
    shape(stage, (206, 112, 98), (0.23, 0.8), (0.77, 0.8), (0.86, 0.91), (0.14, 0.91))


def gym(stage: Canvas) -> None:
    """A mirror, a rack of weights, wall bars, and a dark floor with a coloured line."""
    stage.wash([(0, (92, 98, 110)), (1, (110, 116, 128))], 0, 0.7)
    stage.wash([(0, (54, 58, 66)), (1, (70, 74, 82))], 0.7, 1)
    box(stage, 0.24, 0.1, 0.76, 0.48, (186, 200, 212))
    shape(stage, (206, 218, 228), (0.3, 0.1), (0.42, 0.1), (0.34, 0.48), (0.24, 0.48))
    for bar in range(9):
        box(stage, 0.02, 0.1 + 0.06 * bar, 0.2, 0.115 + 0.06 * bar, (206, 160, 104))
    for x in (0.02, 0.185):
        box(stage, x, 0.08, x + 0.015, 0.66, (172, 126, 78))
    for shelf in (0.3, 0.44, 0.58):
        box(stage, 0.8, shelf + 0.045, 1, shelf + 0.06, (196, 202, 208))
        for number in range(3):
            left = 0.81 + 0.065 * number
            box(stage, left + 0.01, shelf + 0.015, left + 0.04, shelf + 0.03, (176, 182, 190))
            for end in (left, left + 0.036):
                box(stage, end, shelf, end + 0.016, shelf + 0.045, (34, 36, 42))
    box(stage, 0, 0.78, 1, 0.795, (236, 196, 66))


def supermarket(stage: Canvas) -> None:
    """Shelves full of goods, lamps in rows, and a polished floor."""
    stage.wash([(0, (226, 230, 234)), (1, (238, 240, 242))], 0, 0.12)
    for left in (0.08, 0.4, 0.72):
        box(stage, left, 0.03, left + 0.2, 0.055, _WHITE)
    box(stage, 0, 0.12, 1, 0.72, (176, 184, 192))
    for number in range(12):
        left, colour = number / 12 + 0.008, _GOODS[number % 6]
        box(stage, left + 0.02, 0.15, left + 0.045, 0.2, colour)
        box(stage, left + 0.008, 0.19, left + 0.058, 0.3, colour)
        box(stage, left + 0.008, 0.225, left + 0.058, 0.26, _WHITE)
        if number % 3 < 2:
            box(stage, left, 0.37 + 0.02 * (number % 2), left + 0.07, 0.49, _GOODS[(number + 3) % 6])
    for number in range(18):
        x, low = (number + 0.5) / 18, 0.655
        for right, up in ((0, 0), (0.028, 0), (0.014, 0.04)):
            stage.dot(*stage.at(x + right, low - up), 0.024 * min(stage.size), _GOODS[number // 3 % 3])
    for low in (0.3, 0.49, 0.68):
        box(stage, 0, low, 1, low + 0.035, (244, 246, 248))
        for tag in range(8):
            box(stage, 0.05 + 0.12 * tag, low + 0.006, 0.1 + 0.12 * tag, low + 0.028, (250, 214, 80))
    stage.wash([(0, (206, 212, 218)), (1, (236, 240, 242))], 0.72, 1)


def garage(stage: Canvas) -> None:
    """A shutter, tools on a board, and a concrete floor."""
    stage.wash([(0, (176, 172, 164)), (1, (188, 184, 176))], 0, 0.7)
    stage.wash([(0, (116, 114, 112)), (1, (142, 140, 138))], 0.7, 1)
    box(stage, 0.2, 0.08, 0.8, 0.7, (214, 216, 218))
    for slat in range(9):
        box(stage, 0.2, 0.08 + 0.07 * slat, 0.8, 0.087 + 0.07 * slat, (170, 174, 180))
    box(stage, 0.0, 0.16, 0.17, 0.46, (196, 150, 98))
    for number in range(3):
        x = 0.025 + 0.048 * number
        box(stage, x + 0.01, 0.24, x + 0.022, 0.4, (116, 78, 46))
        box(stage, x, 0.2, x + 0.034, 0.245, (92, 100, 112))
    for level in (0.22, 0.38, 0.54):
        box(stage, 0.84, level, 1, level + 0.018, (124, 86, 54))
        for number in range(3):
            left = 0.85 + 0.05 * number
            box(stage, left, level - 0.07, left + 0.036, level, _GOODS[(number + round(20 * level)) % 4])


def circus(stage: Canvas) -> None:
    """The striped tent from within, with bunting, the ring and sawdust."""
    for stripe in range(-3, 15):
        left, right = stripe / 12, (stripe + 1) / 12
        colour: RGB = (206, 52, 56) if stripe % 2 else (250, 240, 222)
        shape(stage, colour, (0.5, -0.3), (1.8 * left - 0.4, 0.34), (1.8 * right - 0.4, 0.34))
        box(stage, left, 0.33, right, 0.68, mix(colour, (60, 20, 30), 0.18))
    for flag in range(14):
        x = flag / 14
        shape(stage, _GOODS[flag % 4], (x + 0.008, 0.335), (x + 0.062, 0.335), (x + 0.035, 0.4))
    box(stage, 0, 0.66, 1, 0.72, (66, 74, 150))
    for star in range(10):
        stage.dot(*stage.at(0.05 + 0.1 * star, 0.69), 0.014 * min(stage.size), (250, 214, 90))
    stage.wash([(0, (226, 186, 120)), (1, (240, 206, 146))], 0.72, 1)
    stage.light((255, 244, 206), (0.5, 0.62), 0.6, 0.35)


def restaurant(stage: Canvas) -> None:
    """Hanging lamps, dark panels, and laid tables at both sides."""
    stage.wash([(0, (176, 72, 62)), (1, (192, 88, 74))], 0, 0.46)
    stage.wash([(0, (96, 58, 40)), (1, (112, 70, 48))], 0.46, 0.7)
    stage.boards(0.7, (150, 96, 60), (84, 50, 32), 4)
    for x in (0.16, 0.5, 0.84):
        box(stage, x - 0.003, 0, x + 0.003, 0.12, (50, 40, 38))
        shape(stage, (250, 214, 120), (x - 0.03, 0.12), (x + 0.03, 0.12), (x + 0.07, 0.18), (x - 0.07, 0.18))
        stage.light((255, 226, 150), (x, 0.2), 0.25, 0.5)
    for left in (-0.04, 0.8):
        shape(stage, (250, 246, 238), (left, 0.6), (left + 0.24, 0.6), (left + 0.26, 0.74), (left - 0.02, 0.74))
        box(stage, left + 0.11, 0.74, left + 0.13, 0.86, (70, 44, 30))
        stage.dot(*stage.at(left + 0.12, 0.575), 0.025 * min(stage.size), (206, 64, 70))
        box(stage, left + 0.112, 0.58, left + 0.128, 0.61, (110, 160, 120))


def gallery(stage: Canvas) -> None:
    """Framed paintings on a pale wall, and a rope before them."""
    stage.wash([(0, (238, 236, 240)), (1, (246, 244, 246))], 0, 0.7)
    stage.boards(0.7, (128, 110, 104), (84, 70, 66), 5)
    for left, colours in ((0.05, ((240, 190, 90), (90, 130, 180))), (0.39, ((120, 176, 130), (222, 120, 96))),
                          (0.73, ((84, 96, 150), (236, 214, 160)))):  # fmt: skip
        box(stage, left, 0.12, left + 0.22, 0.44, (190, 150, 70))
        box(stage, left + 0.02, 0.14, left + 0.2, 0.3, colours[0])
        box(stage, left + 0.02, 0.3, left + 0.2, 0.42, colours[1])
    thick = max(2, stage.size[1] // 110)
    for post in range(5):
        x = 0.02 + 0.24 * post
        box(stage, x - 0.006, 0.56, x + 0.006, 0.74, (196, 158, 76))
        if post:
            stage.line(stage.at(x - 0.24, 0.58), stage.at(x - 0.12, 0.64), (176, 40, 52), thick)
            stage.line(stage.at(x - 0.12, 0.64), stage.at(x, 0.58), (176, 40, 52), thick)


def station(stage: Canvas) -> None:
    """A platform with its roof and clock, and the rails beside it."""
    stage.wash([(0, (196, 214, 226)), (1, (222, 230, 234))], 0, 0.6)
    shape(stage, (96, 108, 122), (0, 0.04), (1, 0.04), (1, 0.12), (0, 0.16))
    for x in (0.08, 0.36, 0.64, 0.92):
        box(stage, x - 0.012, 0.1, x + 0.012, 0.66, (84, 96, 110))
        shape(stage, (84, 96, 110), (x - 0.07, 0.12), (x + 0.07, 0.12), (x, 0.24))
    stage.dot(*stage.at(0.5, 0.3), 0.062 * min(stage.size), (60, 66, 76))
    stage.dot(*stage.at(0.5, 0.3), 0.052 * min(stage.size), _WHITE)
    thick = max(2, stage.size[1] // 150)
    stage.line(stage.at(0.5, 0.3), stage.at(0.5, 0.265), (40, 44, 52), thick)
    stage.line(stage.at(0.5, 0.3), stage.at(0.53, 0.31), (40, 44, 52), thick)
    box(stage, 0, 0.6, 1, 0.66, (172, 120, 96))
    stage.wash([(0, (186, 184, 182)), (1, (198, 196, 192))], 0.66, 0.84)
    box(stage, 0, 0.82, 1, 0.84, (244, 208, 74))
    stage.wash([(0, (98, 92, 88)), (1, (116, 108, 102))], 0.84, 1)
    for sleeper in range(12):
        box(stage, sleeper / 12, 0.88, sleeper / 12 + 0.03, 0.98, (110, 78, 54))
    for y in (0.89, 0.96):
        box(stage, 0, y, 1, y + 0.01, (206, 210, 214))


def stable(stage: Canvas) -> None:
    """Walls of planks, beams, and straw on the floor."""
    stage.wash([(0, (124, 80, 50)), (1, (146, 98, 62))], 0, 0.7)
    for plank in range(17):
        box(stage, plank / 17, 0, plank / 17 + 0.004, 0.7, (92, 58, 36))
    for x in (0.1, 0.86):
        box(stage, x, 0, x + 0.045, 0.72, (82, 52, 32))
    box(stage, 0, 0.1, 1, 0.15, (82, 52, 32))
    box(stage, 0.4, 0.2, 0.6, 0.4, (170, 212, 240))
    box(stage, 0.495, 0.2, 0.505, 0.4, (82, 52, 32))
    stage.wash([(0, (206, 168, 82)), (1, (230, 196, 110))], 0.7, 1)
    thick = max(1, stage.size[1] // 260)
    for _ in range(90):
        x, y = stage.rng.random(), stage.rng.uniform(0.71, 0.99)
        stage.line(stage.at(x, y), stage.at(x + 0.03, y - 0.012), (248, 222, 146), thick)


def brick_wall(stage: Canvas) -> None:
    """Red bricks in courses, and the pavement before them."""
    stage.wash([(0, (214, 206, 196)), (1, (206, 198, 188))], 0, 0.8)
    rows, wide = 14, 0.125
    for row in range(rows):
        top, bottom = 0.8 * row / rows, 0.8 * (row + 1) / rows
        x = -wide / 2 * (row % 2)
        while x < 1:
            colour = stage.rng.choice(((178, 84, 66), (166, 74, 58), (190, 96, 74)))
            box(stage, x + 0.004, top + 0.004, x + wide - 0.004, bottom - 0.004, colour)
            x += wide
    stage.wash([(0, (150, 150, 150)), (1, (172, 172, 170))], 0.8, 1)


def _window(stage: Canvas, left: float, top: float, right: float, bottom: float, curtain: RGB) -> None:
    """A window on a sunny day with curtains at both its sides."""
    box(stage, left, top, right, bottom, _WHITE)
    box(stage, left + 0.012, top + 0.012, right - 0.012, bottom - 0.012, (164, 214, 246))
    middle = (left + right) / 2
    box(stage, middle - 0.006, top, middle + 0.006, bottom, _WHITE)
    for x in (left - 0.03, right - 0.03):
        box(stage, x, top - 0.02, x + 0.06, bottom + 0.04, curtain)
    box(stage, left - 0.05, top - 0.035, right + 0.05, top - 0.02, _WOOD)
