"""Light over the background and, more gently, over the whole image, so that objects keep their colours."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from PIL import Image, ImageEnhance

from genevolve.world.sketch.plan import RGB
from genevolve.world.sketch.stage import glow, glow_fade
from genevolve.world.sketch.vector import Tracing, falling, halo

_REACH, _SHADE = 1.15, (6, 8, 18)  # of the glow in shorter sides; what the corners darken to


class Hour(StrEnum):
    """What time a setting outdoors shows; at night it is dark, with stars, at dusk its sky is red."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A glow of ``colour`` at ``source`` (fractions), and how dark the corners get. ``lean``: shadows fall to that side."""

    words: str
    colour: RGB
    source: tuple[float, float]
    strength: float
    vignette: float
    lean: float = 0.0


SOFT = Light(words=r"", colour=(255, 252, 244), source=(0.5, 0.38), strength=0.22, vignette=0.06)
LIGHTS = (
    Light(
        words=r"spot ?light\w*|stage light\w*",
        colour=(255, 248, 226),
        source=(0.5, 0.4),
        strength=0.42,
        vignette=0.5,
    ),
    Light(
        words=r"dramatic|moody|chiaroscuro|cinematic|low[- ]key|dark",
        colour=(255, 236, 200),
        source=(0.25, 0.2),
        strength=0.3,
        vignette=0.42,
        lean=0.2,
    ),
    Light(
        words=r"sunset|sunrise|golden|warm|dusk|dawn|amber|autumn\w*",
        colour=(255, 190, 104),
        source=(0.12, 0.25),
        strength=0.42,
        vignette=0.14,
        lean=0.22,
    ),
    Light(
        words=r"moon\w*|night|cool|cold|blue hour|icy",
        colour=(150, 186, 255),
        source=(0.78, 0.14),
        strength=0.34,
        vignette=0.26,
        lean=-0.16,
    ),
    Light(
        words=r"candle\w*|fire\w*|lantern|lamp\w*",
        colour=(255, 186, 92),
        source=(0.5, 0.6),
        strength=0.44,
        vignette=0.36,
    ),
    Light(
        words=r"neon|colou?rful|disco",
        colour=(226, 110, 255),
        source=(0.2, 0.2),
        strength=0.34,
        vignette=0.24,
    ),
    Light(
        words=r"back ?lit|back ?light\w*|rim light\w*|halo",
        colour=(255, 250, 232),
        source=(0.5, 0.45),
        strength=0.55,
        vignette=0.22,
    ),
    Light(
        words=r"side ?lit|side ?light\w*|from the left|window",
        colour=(255, 248, 230),
        source=(0.06, 0.3),
        strength=0.4,
        vignette=0.16,
        lean=0.24,
    ),
    Light(
        words=r"from the right",
        colour=(255, 248, 230),
        source=(0.94, 0.3),
        strength=0.4,
        vignette=0.16,
        lean=-0.24,
    ),
    Light(
        words=r"bright|sun\w*|day\w*|noon|midday|high[- ]key|brilliant",
        colour=(255, 252, 232),
        source=(0.2, 0.08),
        strength=0.4,
        vignette=0.05,
        lean=0.14,
    ),
    Light(
        words=r"soft\w*|diffuse\w*|natural|gentle|even|studio|ambient|morning|clear|light\w*|lit",
        colour=(255, 252, 244),
        source=(0.36, 0.24),
        strength=0.3,
        vignette=0.07,
        lean=0.08,
    ),
)


_NIGHT = re.compile(
    r"\b(?:at|by|during(?: the)?) (?:night|midnight)|\bnight ?time\b"
    r"|\b(?:starry|moonlit|starlit|clear|dark) night\b|\b(?:moon|star)(?:light|lit)\b"
)
_DUSK = re.compile(r"\b(?:at|by|during(?: the)?) (?:sunset|sunrise|dusk|dawn|twilight)\b")


@lru_cache(maxsize=256)
def choose(words: str | None) -> tuple[Light, str]:
    """The light that ``words`` describe, and a note when they describe none that is known."""
    if not words:
        return SOFT, ""
    for light in LIGHTS:
        if re.search(rf"\b(?:{light.words})\b", words.lower()[:200]):
            return light, ""
    return SOFT, f"the light “{words[:60]}” is not one that can be drawn: soft light stands in"


def hour(words: str | None) -> Hour:
    """ "at night", "at sunset": said of the time, not of a colour ("cool night tones")."""
    said = (words or "").lower()[:200]
    if _NIGHT.search(said):
        return Hour.NIGHT
    return Hour.DUSK if _DUSK.search(said) else Hour.DAY


@lru_cache(maxsize=48)
def _glow(size: tuple[int, int], source: tuple[float, float], strength: float) -> Image.Image:
    return glow(size, source, _REACH, strength)


@lru_cache(maxsize=24)
def _vignette(size: tuple[int, int], strength: float) -> Image.Image:
    width, height = size
    ys = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    xs = np.linspace(-1, 1, width, dtype=np.float32)[None, :] ** 2
    return Image.fromarray((np.clip((xs + ys) / 2, 0, 1) ** 1.5 * (255 * strength)).astype(np.uint8))


def on_background(image: Image.Image, light: Light, tracing: Tracing) -> Image.Image:
    """``image`` lit; a new image. ``tracing`` is lit as it is."""
    width, height = image.size
    tracing.whole(glow_fade(image.size, light.source, _REACH, light.strength, light.colour))
    tracing.whole(
        halo(_SHADE, falling(3.0, light.vignette, outward=True), (0, 0), 2**0.5, (width / 2, height / 2, width / 2, height / 2))
    )
    lit = image.copy()
    lit.paste(light.colour, (0, 0, *image.size), _glow(image.size, light.source, light.strength))
    lit.paste(_SHADE, (0, 0, *image.size), _vignette(image.size, light.vignette))
    return lit


def dull(image: Image.Image) -> Image.Image:
    """Flat and greyish, as of a picture that nobody lit: less colour, less contrast."""
    pale = ImageEnhance.Color(image).enhance(0.68)
    return Image.blend(pale, Image.new("RGB", image.size, (150, 150, 150)), 0.2)
