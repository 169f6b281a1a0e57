"""English colour names, their sRGB values, and the name of any colour by perceptual distance."""

from functools import cache

RGB = tuple[int, int, int]

PALETTE: dict[str, RGB] = {
    "red": (220, 40, 40),
    "orange": (245, 140, 30),
    "yellow": (250, 220, 50),
    "green": (50, 155, 65),
    "blue": (45, 100, 215),
    "purple": (125, 60, 165),
    "pink": (250, 150, 190),
    "brown": (125, 80, 45),
    "black": (20, 20, 22),
    "white": (252, 252, 252),
    "grey": (140, 140, 144),
    "navy": (20, 30, 90),
    "teal": (0, 125, 130),
    "turquoise": (60, 205, 195),
    "cyan": (0, 200, 235),
    "lime": (160, 220, 40),
    "olive": (125, 130, 45),
    "maroon": (115, 20, 40),
    "crimson": (175, 20, 55),
    "coral": (255, 125, 95),
    "salmon": (250, 160, 135),
    "peach": (255, 205, 170),
    "beige": (235, 222, 190),
    "cream": (255, 248, 222),
    "tan": (205, 170, 125),
    "gold": (215, 170, 40),
    "silver": (192, 194, 200),
    "bronze": (170, 115, 55),
    "magenta": (215, 30, 150),
    "violet": (145, 85, 220),
    "indigo": (70, 45, 145),
    "lavender": (200, 180, 240),
    "light red": (255, 130, 125),
    "light orange": (255, 200, 130),
    "light yellow": (255, 244, 165),
    "light green": (165, 220, 150),
    "light blue": (160, 205, 245),
    "light purple": (190, 150, 225),
    "light pink": (255, 205, 220),
    "light brown": (180, 130, 85),
    "light grey": (208, 208, 212),
    "dark red": (140, 15, 20),
    "dark orange": (215, 100, 10),
    "dark yellow": (195, 160, 10),
    "dark green": (15, 85, 35),
    "dark blue": (20, 45, 125),
    "dark purple": (75, 25, 100),
    "dark pink": (215, 75, 130),
    "dark brown": (75, 45, 25),
    "dark grey": (75, 75, 80),
}

SYNONYMS: dict[str, str] = {
    "gray": "grey",
    "golden": "gold",
    "silvery": "silver",
    "scarlet": "red",
    "ruby": "crimson",
    "burgundy": "maroon",
    "azure": "light blue",
    "sky blue": "light blue",
    "baby blue": "light blue",
    "powder blue": "light blue",
    "pastel blue": "light blue",
    "midnight blue": "navy",
    "navy blue": "navy",
    "royal blue": "blue",
    "cobalt": "blue",
    "cobalt blue": "blue",
    "aqua": "cyan",
    "aquamarine": "turquoise",
    "emerald": "green",
    "emerald green": "green",
    "forest green": "dark green",
    "lime green": "lime",
    "mint": "light green",
    "mint green": "light green",
    "olive green": "olive",
    "fuchsia": "magenta",
    "hot pink": "dark pink",
    "baby pink": "light pink",
    "rose pink": "pink",
    "lilac": "lavender",
    "mauve": "light purple",
    "plum": "dark purple",
    "amber": "gold",
    "mustard": "dark yellow",
    "mustard yellow": "dark yellow",
    "lemon yellow": "yellow",
    "ochre": "dark yellow",
    "rust": "dark orange",
    "ivory": "cream",
    "off white": "cream",
    "khaki": "tan",
    "chocolate brown": "dark brown",
    "charcoal": "dark grey",
    "jet black": "black",
    "snow white": "white",
    "crimson red": "crimson",
    "blood red": "dark red",
    "cherry red": "red",
    "brick red": "dark red",
    "indigo blue": "indigo",
    "copper": "bronze",
}
_SHADES = {
    "light": "light",
    "pale": "light",
    "pastel": "light",
    "soft": "light",
    "dark": "dark",
    "deep": "dark",
    "bright": "",
    "vivid": "",
    "vibrant": "",
    "brilliant": "",
    "rich": "",
    "pure": "",
    "solid": "",
    "plain": "",
    "glossy": "",
    "shiny": "",
    "matte": "",
    "neon": "",
    "warm": "",
    "cool": "",
    "metallic": "",
}
_FAMILIES: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            {"red", "crimson", "dark red", "light red", "maroon", "coral"},
            {"orange", "dark orange", "light orange", "coral", "peach", "gold"},
            {"yellow", "light yellow", "dark yellow", "gold", "cream"},
            {"green", "light green", "dark green", "lime", "olive"},
            {"blue", "light blue", "dark blue", "navy", "cyan"},
            {"dark blue", "navy", "indigo"},
            {"teal", "turquoise", "cyan"},
            {"purple", "violet", "indigo", "lavender", "light purple", "dark purple"},
            {"purple", "magenta"},
            {"pink", "light pink", "dark pink", "salmon", "light red"},
            {"magenta", "dark pink"},
            {"brown", "dark brown", "light brown", "bronze"},
            {"tan", "beige", "light brown", "peach"},
            {"beige", "cream"},
            {"white", "cream"},
            {"grey", "silver", "light grey", "dark grey"},
            {"black", "dark grey"},
            {"gold", "dark yellow", "bronze"},
            {"salmon", "peach", "coral"},
            {"maroon", "dark red", "crimson"},
        ),
    )
)
MAX_WORDS = 3


def named(words: str) -> str | None:
    """The palette name that ``words`` say ("Navy Blue" → "navy", "pale green" → "light green"); None if they name no colour."""
    name = " ".join(words.lower().replace("-", " ").split())
    if name in PALETTE:
        return name
    if name in SYNONYMS:
        return SYNONYMS[name]
    if words.lower() in SYNONYMS:
        return SYNONYMS[words.lower()]
    shade, _, rest = name.partition(" ")
    if shade not in _SHADES or not rest:
        return named(name.removesuffix("ish")) if name.endswith("ish") else None
    base = named(rest)
    if base is None:
        return None
    shaded = f"{_SHADES[shade]} {base}".strip()
    return shaded if shaded in PALETTE else base


def akin(one: str, other: str) -> bool:
    """Whether people may call the same colour by both names ("navy" and "dark blue", "gold" and "yellow")."""
    return one == other or any(one in family and other in family for family in _FAMILIES)


def nearest(rgb: RGB) -> str:
    """The palette name that looks most like ``rgb`` (distance in OKLab, whose blues do not drift to violet as CIELAB's do)."""
    light, a, b = oklab(rgb)
    return min(_palette_oklab(), key=lambda entry: (entry[1] - light) ** 2 + (entry[2] - a) ** 2 + (entry[3] - b) ** 2)[0]


def oklab(rgb: RGB) -> tuple[float, float, float]:
    """OKLab of an sRGB colour of 0-255 values: lightness 0-1, green-red and blue-yellow about -0.4 to 0.4."""
    r, g, b = (_linear(value / 255) for value in rgb)
    l = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)  # noqa: E741
    m = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


@cache
def _palette_oklab() -> tuple[tuple[str, float, float, float], ...]:
    return tuple((name, *oklab(rgb)) for name, rgb in PALETTE.items())
