"""What lies behind the objects: a colour, or one of the settings that can be drawn."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from PIL import Image

from genevolve.world.language.colours import PALETTE
from genevolve.world.language.model import Weather
from genevolve.world.sketch import outings, places, townscapes
from genevolve.world.sketch.falling import FALLING
from genevolve.world.sketch.light import Hour
from genevolve.world.sketch.plan import RGB
from genevolve.world.sketch.scenery import Scenery
from genevolve.world.sketch.stage import Canvas, gradient, mix
from genevolve.world.sketch.vector import Tracing, down

WHITE: RGB = (255, 255, 255)
BLACK: RGB = (8, 10, 16)
NEUTRAL: RGB = (247, 244, 237)
DULL: RGB = (206, 206, 206)


def _sky(stage: Canvas) -> None:
    stage.wash([(0, (92, 164, 232)), (0.6, (164, 210, 246)), (1, (224, 240, 252))])
    stage.clouds(4, 0.8, WHITE, 0.75)


def _night(stage: Canvas) -> None:
    stage.wash([(0, (10, 14, 40)), (0.65, (28, 38, 86)), (1, (58, 62, 118))])
    stage.light((120, 110, 190), (0.7, 0.25), 0.8, 0.22)
    stage.dots(150, 1.0, [WHITE, (255, 244, 214), (206, 222, 255)], 0.004)


def _space(stage: Canvas) -> None:
    stage.wash([(0, (6, 6, 20)), (1, (18, 12, 44))])
    for colour, centre in (((112, 46, 150), (0.25, 0.3)), ((30, 84, 160), (0.78, 0.62)), ((150, 50, 104), (0.62, 0.14))):
        stage.light(colour, centre, 0.62, 0.42)
    stage.dots(240, 1.0, [WHITE, (255, 236, 200), (190, 214, 255)], 0.0038)


def _day(stage: Canvas, horizon: float) -> None:
    stage.wash([(0, (104, 176, 238)), (1, (222, 240, 252))], 0, horizon)


def _beach(stage: Canvas) -> None:
    _day(stage, 0.46)
    stage.clouds(3, 0.3, WHITE, 0.7)
    stage.wash([(0, (38, 132, 186)), (0.55, (64, 178, 206)), (1, (158, 222, 222))], 0.46, 0.66)
    stage.ridge(0.655, 0.03, (214, 180, 124), (248, 244, 232), 2)
    stage.ridge(0.672, 0.03, (222, 188, 132), (246, 222, 174), 2)


def _sea(stage: Canvas) -> None:
    _day(stage, 0.48)
    stage.clouds(3, 0.32, WHITE, 0.7)
    stage.wash([(0, (70, 158, 204)), (1, (12, 74, 130))], 0.48, 1)
    for row in range(5):
        y = 0.54 + 0.1 * row
        stage.ridge(
            y,
            0.014 + 0.004 * row,
            mix((46, 140, 190), (12, 70, 126), 0.25 + row / 6),
            mix((86, 172, 212), (30, 104, 160), row / 5),
            6,
        )


def _underwater(stage: Canvas) -> None:
    stage.wash([(0, (86, 196, 220)), (0.5, (28, 124, 178)), (1, (10, 58, 108))])
    stage.light((214, 250, 255), (0.3, -0.05), 0.9, 0.5)
    stage.ridge(0.93, 0.05, (150, 142, 110), (190, 182, 142), 3)


def _meadow(stage: Canvas) -> None:
    _day(stage, 0.7)
    stage.clouds(3, 0.3, WHITE, 0.75)
    stage.ridge(0.6, 0.1, (126, 186, 112), (172, 212, 160), 2)
    stage.ridge(0.66, 0.06, (104, 172, 84), (152, 204, 118), 3)
    stage.ridge(0.72, 0.04, (86, 156, 66), (140, 200, 96), 2)


def _savanna(stage: Canvas) -> None:
    stage.wash([(0, (126, 186, 232)), (0.6, (250, 232, 196))])
    stage.ridge(0.62, 0.05, (190, 156, 84), (214, 190, 128), 2)
    stage.ridge(0.68, 0.03, (198, 152, 66), (232, 196, 112), 3)


def _forest(stage: Canvas) -> None:
    stage.wash([(0, (188, 220, 216)), (0.6, (228, 238, 220)), (1, (210, 226, 190))])
    stage.trees(0.58, 0.36, (150, 188, 164), 13)
    stage.trees(0.63, 0.46, (96, 148, 112), 10)
    stage.trees(0.68, 0.6, (50, 104, 72), 7)
    stage.ridge(0.7, 0.03, (74, 116, 58), (112, 154, 84), 3)


def _desert(stage: Canvas) -> None:
    stage.wash([(0, (112, 184, 226)), (0.62, (252, 234, 204))])
    stage.ridge(0.6, 0.1, (224, 176, 112), (244, 208, 152), 2)
    stage.ridge(0.68, 0.08, (214, 158, 92), (240, 194, 130), 2)
    stage.ridge(0.78, 0.07, (206, 148, 84), (236, 186, 120), 1)


def _mountains(stage: Canvas) -> None:
    _day(stage, 0.8)
    stage.peaks(0.66, 0.46, (150, 176, 206), (178, 198, 222), 3, WHITE)
    stage.peaks(0.68, 0.3, (98, 130, 160), (128, 158, 186), 4)
    stage.ridge(0.7, 0.05, (98, 150, 92), (146, 190, 124), 3)


def _moon_surface(stage: Canvas) -> None:
    """Grey dust with craters under a black sky, and the earth far away."""
    stage.wash([(0, (6, 7, 18)), (1, (18, 18, 36))])
    stage.dots(130, 0.66, [WHITE, (255, 244, 214), (206, 222, 255)], 0.0036)
    x, y = stage.at(0.84, 0.15)
    reach = 0.055 * min(stage.size)
    stage.dot(x, y, reach, (70, 130, 200))
    stage.dot(x - 0.25 * reach, y + 0.1 * reach, 0.5 * reach, (96, 168, 108))
    stage.ridge(0.66, 0.05, (126, 126, 134), (186, 186, 192), 2)
    for across, low, wide in ((0.12, 0.76, 0.1), (0.8, 0.74, 0.08), (0.52, 0.93, 0.16), (0.93, 0.9, 0.1), (0.2, 0.95, 0.08)):
        left, top = stage.at(across - wide / 2, low - wide / 8)
        right, bottom = stage.at(across + wide / 2, low + wide / 8)
        stage.polygon(_oval(left, top, right, bottom), (112, 112, 120))
        stage.polygon(_oval(left, top + 0.25 * (bottom - top), right, bottom), (150, 150, 158))


def _oval(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    turns = [2 * math.pi * step / 36 for step in range(36)]
    return [
        ((left + right) / 2 + (right - left) / 2 * math.cos(turn), (top + bottom) / 2 + (bottom - top) / 2 * math.sin(turn))
        for turn in turns
    ]


def _city(stage: Canvas) -> None:
    stage.wash([(0, (132, 188, 236)), (0.75, (244, 236, 226))])
    stage.towers(0.7, 0.42, (186, 202, 220), 9, None)
    stage.towers(0.7, 0.3, (132, 152, 180), 8, (206, 218, 232))
    stage.wash([(0, (150, 156, 166)), (1, (190, 194, 200))], 0.7, 1)


def _night_city(stage: Canvas) -> None:
    stage.wash([(0, (12, 14, 40)), (0.7, (70, 56, 110))])
    stage.dots(60, 0.4, [WHITE], 0.003)
    stage.towers(0.72, 0.44, (36, 38, 78), 9, None)
    stage.towers(0.72, 0.3, (20, 22, 50), 8, (250, 208, 120))
    stage.wash([(0, (30, 30, 56)), (1, (52, 50, 82))], 0.72, 1)


def _street(stage: Canvas) -> None:
    stage.wash([(0, (164, 206, 240)), (0.6, (240, 240, 236))])
    for colour in ((226, 170, 140), (238, 214, 170), (176, 200, 190)):
        stage.towers(0.64, 0.34, colour, 5, (250, 246, 232))
    stage.wash([(0, (206, 204, 198)), (1, (190, 188, 184))], 0.64, 0.74)
    stage.wash([(0, (112, 116, 124)), (1, (136, 140, 148))], 0.74, 1)


def _room(stage: Canvas) -> None:
    stage.wash([(0, (232, 222, 204)), (1, (242, 234, 220))], 0, 0.7)
    stage.light(WHITE, (0.3, 0.2), 0.8, 0.45)
    stage.boards(0.7, (206, 160, 112), (136, 92, 54), 5)
    stage.wash([(0, WHITE), (1, (226, 220, 210))], 0.672, 0.7)


def _table(stage: Canvas) -> None:
    stage.wash([(0, (222, 214, 202)), (1, (240, 232, 220))], 0, 0.62)
    stage.light(WHITE, (0.32, 0.22), 0.7, 0.6)
    stage.boards(0.62, (200, 146, 94), (112, 70, 38), 4)


def _kitchen(stage: Canvas) -> None:
    """Tiles, wall cupboards and a worktop with a wooden front: things stand on the worktop."""
    stage.wash([(0, (236, 240, 238)), (1, (226, 232, 230))], 0, 0.66)
    stage.tiles(0.3, 0.66, (206, 214, 212), 12)
    stage.light(WHITE, (0.3, 0.3), 0.7, 0.4)
    stage.cupboards(0, 0.28, (150, 186, 178), (112, 148, 142), 5)
    stage.wash([(0, (232, 224, 210)), (1, (214, 202, 184))], 0.66, 0.84)
    stage.wash([(0, (150, 134, 112)), (1, (176, 158, 132))], 0.84, 0.855)
    stage.cupboards(0.855, 1, (150, 186, 178), (112, 148, 142), 5)


def _night_outdoors(stage: Canvas) -> None:
    stage.wash([(0, (12, 16, 44)), (0.7, (44, 54, 104)), (1, (60, 66, 116))])
    stage.dots(120, 0.66, [WHITE, (255, 244, 214), (206, 222, 255)], 0.004)
    stage.light((232, 236, 255), (0.82, 0.14), 0.16, 0.9)
    stage.ridge(0.66, 0.08, (26, 34, 62), (38, 48, 82), 2)
    stage.ridge(0.74, 0.04, (30, 42, 58), (44, 60, 76), 2)


def _snow(stage: Canvas) -> None:
    stage.wash([(0, (158, 194, 226)), (0.7, (230, 240, 248))])
    stage.trees(0.64, 0.26, (154, 182, 198), 12)
    stage.ridge(0.66, 0.06, (214, 228, 242), (238, 246, 252), 2)
    stage.ridge(0.74, 0.05, (222, 234, 246), (250, 252, 255), 2)
    stage.dots(90, 1.0, [WHITE], 0.006)


def _sunset(stage: Canvas) -> None:
    stage.wash([(0, (82, 64, 140)), (0.34, (208, 96, 128)), (0.62, (252, 168, 98)), (0.72, (255, 220, 150))])
    stage.light((255, 244, 206), (0.5, 0.68), 0.55, 0.85)
    stage.ridge(0.72, 0.05, (104, 62, 108), (168, 96, 122), 2)
    stage.ridge(0.78, 0.03, (64, 40, 84), (112, 66, 106), 3)


def _rain(stage: Canvas) -> None:
    stage.wash([(0, (92, 108, 126)), (0.7, (172, 184, 194)), (1, (140, 150, 158))])
    stage.clouds(5, 0.3, (122, 134, 148), 0.8)
    stage.wash([(0, (136, 146, 156)), (1, (110, 120, 132))], 0.72, 1)


def _studio(stage: Canvas) -> None:
    stage.wash([(0, (214, 216, 222)), (0.66, (246, 246, 248)), (0.74, (232, 233, 237)), (1, (214, 215, 221))])
    stage.light(WHITE, (0.5, 0.42), 0.75, 0.6)


def _theatre(stage: Canvas) -> None:
    stage.wash([(0, (66, 10, 22)), (1, (120, 22, 38))], 0, 0.74)
    for fold in range(14):
        stage.rectangle(stage.at(fold / 14, 0), stage.at(fold / 14 + 0.03, 0.74), (92, 16, 30))
    stage.boards(0.74, (170, 112, 70), (84, 50, 30), 4)
    stage.light((255, 238, 200), (0.5, 0.5), 0.7, 0.35)


def _paper(stage: Canvas) -> None:
    stage.wash([(0, (250, 243, 226)), (1, (238, 226, 200))])
    stage.light((255, 252, 242), (0.5, 0.42), 0.8, 0.6)


def _pastel(stage: Canvas) -> None:
    stage.wash([(0, (250, 214, 222)), (0.5, (236, 222, 246)), (1, (204, 226, 250))])


_SNOWED = r"(?:snowy|snow(?:ed|ing)?(?:[- ](?:covered|in))?|snow-?capped|wintry|winter) "
SETTINGS = (
    *places.BEFORE_OTHERS,
    Scenery(
        name="night city",
        words=r"(?:city|skyline|street|downtown)\w* (?:at|by) night|night(?:time)? (?:city|skyline|street)\w*",
        paint=_night_city,
        ground=0.72,
    ),
    Scenery(name="swimming pool", words=r"(?:swimming |paddling )?pools?(?:side)?|lido", paint=outings.pool, ground=0.8),
    Scenery(
        name="river bank",
        words=r"(?:river|lake|canal|stream|pond) ?(?:banks?|sides?|shore)|riverbanks?",
        paint=outings.river_bank,
        ground=0.72,
    ),
    Scenery(name="farm", words=r"farm ?yards?|barn ?yards?|farms?", paint=outings.farm, ground=0.72),
    Scenery(name="harbour", words=r"harbou?rs?(?:side)?|quays?(?:ide)?|marinas?|docks", paint=outings.harbour, ground=0.6),
    Scenery(
        name="football pitch",
        words=r"(?:football|soccer|rugby|hockey|sports?) (?:pitch|field|ground|stadium)(?:es|s)?|pitch",
        paint=outings.pitch,
        ground=0.6,
    ),
    Scenery(name="tennis court", words=r"(?:tennis|badminton|volleyball) courts?", paint=outings.court, ground=0.66),
    Scenery(
        name="moon surface",
        words=r"moon surface|surface of the moon|lunar (?:surface|landscape)",
        paint=_moon_surface,
        ground=0.7,
    ),
    Scenery(name="night outdoors", words=r"outdoors at night|night outdoors", paint=_night_outdoors, ground=0.74),
    Scenery(name="kitchen", words=r"kitchen(?! (?:table|counter|worktop))\w*", paint=_kitchen, ground=0.7),
    Scenery(name="underwater", words=r"under ?water|seabed|coral reef|deep sea|aquarium", paint=_underwater, ground=0.9),
    Scenery(
        name="snowy village",
        words=rf"{_SNOWED}(?:mountain |alpine )?(?:village|hamlet|town|houses)s?|(?:village|town) in (?:the )?(?:snow|winter)",
        paint=townscapes.snowy_village,
        ground=0.72,
    ),
    Scenery(
        name="snowy street",
        words=rf"{_SNOWED}(?:city |village )?(?:street|road|sidewalk|pavement)s?|street in (?:the )?(?:snow|winter)",
        paint=townscapes.snowy_street,
        ground=0.7,
    ),
    Scenery(
        name="snowy city",
        words=rf"{_SNOWED}(?:city|cityscape|skyline|downtown)|city in (?:the )?(?:snow|winter)",
        paint=townscapes.snowy_city,
        ground=0.72,
    ),
    Scenery(
        name="snowy mountains",
        words=rf"{_SNOWED}(?:mountain|peak|hilltop|valley)s?|mountains in (?:the )?(?:snow|winter)",
        paint=townscapes.snowy_mountains,
        ground=0.72,
    ),
    Scenery(
        name="frozen lake",
        words=r"(?:frozen|icy|iced|ice-covered|frozen over) (?:lake|pond|river|sea|water)s?|(?:ice|skating) rink",
        paint=townscapes.frozen_lake,
        ground=0.64,
    ),
    Scenery(
        name="mountain village",
        words=r"(?:mountain|alpine) (?:village|hamlet|town)s?|(?:village|hamlet|town) in the (?:mountains|alps)",
        paint=townscapes.mountain_village,
        ground=0.7,
    ),
    Scenery(name="sunset", words=r"sunset|sunrise|dusk|dawn|twilight|golden hour", paint=_sunset, ground=0.76),
    Scenery(name="space", words=r"space|galaxy|cosmos|cosmic|nebula|universe", paint=_space),
    Scenery(
        name="night sky",
        words=r"(?:dark|black|deep|navy)(?: blue)? (?:sky|skies)|night|starry|stars|moonlit|midnight",
        paint=_night,
    ),
    Scenery(name="beach", words=r"beach|shore|seaside|coast|sand", paint=_beach, ground=0.66),
    Scenery(name="sea", words=r"sea|ocean|water|waves?", paint=_sea, ground=0.56),
    Scenery(name="snow", words=r"snow\w*|winter|arctic|ic[ey]|antarctic\w*", paint=_snow, ground=0.68),
    *places.PLACES,
    Scenery(name="mountains", words=r"mountains?|alps|alpine|peaks?|valley", paint=_mountains, ground=0.68),
    Scenery(name="forest", words=r"forest|woods?|woodland|trees", paint=_forest, ground=0.7),
    Scenery(name="savanna", words=r"savannah?|steppe|prairie|wheat ?field|safari", paint=_savanna, ground=0.66),
    Scenery(name="desert", words=r"desert|dunes?|sahara", paint=_desert, ground=0.68),
    Scenery(
        name="table",
        words=r"(?:kitchen|wooden|dining|wood|cafe|coffee)? ?(?:table|desk|counter|tabletop|worktop)\w*|bakery|cafe",
        paint=_table,
        ground=0.64,
    ),
    Scenery(name="theatre", words=r"stage|theat(?:re|er)|curtains?|concert", paint=_theatre, ground=0.76),
    Scenery(name="market", words=r"market(?: ?place| square)?s?", paint=townscapes.market, ground=0.72),
    Scenery(name="village", words=r"village|hamlet|town", paint=townscapes.village, ground=0.72),
    Scenery(name="street", words=r"street|road|sidewalk|pavement", paint=_street, ground=0.7),
    Scenery(name="city", words=r"city|cityscape|skyline|downtown|urban|skyscrapers?", paint=_city, ground=0.7),
    Scenery(
        name="room",
        words=r"room|indoors?|interior|library|house|floor|walls?",
        paint=_room,
        ground=0.72,
    ),
    Scenery(
        name="meadow",
        words=r"meadow|fields?|grass\w*|lawn|countryside|pasture|landscape|outdoors?",
        paint=_meadow,
        ground=0.7,
    ),
    Scenery(name="rain", words=r"rain\w*|storm\w*|cloudy|overcast|fog\w*|mist\w*", paint=_rain, ground=0.74),
    Scenery(name="sky", words=r"sky|clouds?|heavens?", paint=_sky),
    Scenery(
        name="studio", words=r"studio|seamless|photo ?shoot|neutral|plain|simple|clean|minimal\w*", paint=_studio, ground=0.7
    ),
    Scenery(name="paper", words=r"paper|parchment|canvas|cream page", paint=_paper),
    Scenery(name="pastel", words=r"pastel\w*|gradient|soft colou?rs?", paint=_pastel),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBackground:
    """How a background was understood: a setting, or a colour, or (with a note) the neutral stand-in."""

    scenery: Scenery | None = None
    colour: RGB = NEUTRAL
    note: str = ""

    @property
    def ground(self) -> float | None:
        return self.scenery.ground if self.scenery else None


@lru_cache(maxsize=256)
def choose(words: str | None) -> ChosenBackground:
    """The setting or colour that ``words`` name; an unknown one becomes the neutral background, and the note says so."""
    if not words:
        return ChosenBackground()
    text = " ".join(words.lower().split())[:200]
    if text in PALETTE:
        return ChosenBackground(colour=PALETTE[text])
    for scenery in SETTINGS:
        if scenery.name not in ("studio", "pastel", "paper") and re.search(rf"\b(?:{scenery.words})\b", text):
            return ChosenBackground(scenery=scenery)
    for name in sorted(PALETTE, key=len, reverse=True):
        if re.search(rf"\b{re.escape(name)}\b", text):
            return ChosenBackground(colour=PALETTE[name])
    for scenery in SETTINGS:
        if re.search(rf"\b(?:{scenery.words})\b", text):
            return ChosenBackground(scenery=scenery)
    return ChosenBackground(note=f"the setting “{words[:60]}” is not one that can be drawn: a plain light background stands in")


_OUTDOORS = frozenset(
    {"beach", "sea", "snow", "mountains", "forest", "savanna", "desert", "street", "city", "meadow", "sky", "rain"}
    | {"swimming pool", "river bank", "farm", "harbour", "football pitch", "tennis court"}
    | {"snowy village", "snowy street", "snowy city", "snowy mountains", "frozen lake", "mountain village", "market", "village"}
)


def changes(scenery: Scenery) -> bool:
    """Whether it looks otherwise at night and at dusk."""
    return scenery.outdoors or scenery.name in _OUTDOORS


def painted(
    words: str | None, size: tuple[int, int], variant: int, *, hour: Hour = Hour.DAY, weather: tuple[Weather, ...] = ()
) -> Image.Image:
    """The background as RGB of ``size``. ``variant`` moves clouds, stars and hills about.

    ``hour`` changes a setting outdoors alone; one indoors and a colour stay as they are.
    """
    return made(words, size, variant, hour=hour, weather=weather)[0]


@lru_cache(maxsize=24)
def made(
    words: str | None, size: tuple[int, int], variant: int, *, hour: Hour = Hour.DAY, weather: tuple[Weather, ...] = ()
) -> tuple[Image.Image, Tracing]:
    """What is ``painted``, and the same as shapes. Both are shared: copy before painting on."""
    chosen = choose(words)
    if chosen.scenery is None and not weather:
        return _coloured(chosen.colour, size)
    stage = Canvas(size, Random(f"{chosen.scenery.name if chosen.scenery else 'plain'} {variant}"))
    if chosen.scenery is None:
        stage.wash(_sweep(chosen.colour))
    else:
        chosen.scenery.paint(stage)
        outdoors = changes(chosen.scenery)
        if outdoors and hour is Hour.NIGHT:
            stage.nightfall(chosen.scenery.ground or 1.0)
        elif outdoors and hour is Hour.DUSK:
            stage.sundown(chosen.scenery.ground or 0.8)
    for kind in weather:
        FALLING[kind](stage)
    return stage.done(), stage.tracing


def _coloured(colour: RGB, size: tuple[int, int]) -> tuple[Image.Image, Tracing]:
    """A studio sweep in one colour: lighter in the middle, a floor that is hardly darker, never another colour's name."""
    stops = _sweep(colour)
    tracing = Tracing(size)
    tracing.whole(down(stops, 0, size[1]))
    return gradient(size, stops), tracing


def _sweep(colour: RGB) -> list[tuple[float, RGB]]:
    light = mix(colour, WHITE, 0.1)
    deep = mix(colour, BLACK, 0.025 if min(colour) > 180 else 0.06)
    return [(0.0, mix(colour, deep, 0.3)), (0.5, light), (0.72, colour), (0.8, mix(colour, deep, 0.7)), (1.0, deep)]


def flat(words: str | None, size: tuple[int, int]) -> tuple[Image.Image, Tracing]:
    """One even tone: what comes of a background that nobody described."""
    tone = choose(words).colour if words else DULL
    tracing = Tracing(size)
    tracing.whole(tone)
    return Image.new("RGB", size, tone), tracing
