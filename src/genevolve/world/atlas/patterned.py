"""Stripes, dots and checks painted over the main area of a pictogram: all that has its commonest colour, or nearly that."""

import colorsys
import io
import re
from collections import Counter
from functools import lru_cache
from xml.etree import ElementTree

from genevolve.world.language.patterns import CHECKS, DOTS

SVG = "http://www.w3.org/2000/svg"
_STEP = 6.0  # width of a stripe, in units of the 72 of a pictogram
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")
_LINES = ("line", "line-supplement")
_SURVEY = 144
_LEAST = 0.03  # of its pixels that a colour of the main area has at least, and each piece of that
_HUE = 0.09  # by which shades of one colour differ at most, of the whole circle
_PALE = 0.2  # saturation up to which a colour counts as grey
_ICON_CLIP = "</g></svg>"


def patterned(source: str, kind: str, ground: str, other: str) -> str:
    """The SVG file ``source`` of a pictogram with the pattern on it; the colours are written "#rrggbb"."""
    return _on_icon(source, kind, ground, other) if 'clipPath id="c"' in source else _on_fills(source, kind, ground, other)


def _on_icon(source: str, kind: str, ground: str, other: str) -> str:
    """On a one-coloured shape: all of it within its line."""
    paint, name = _paint(kind, ground, other, 512 / 72)
    over = f'<g clip-path="url(#c)"><rect width="512" height="512" fill="url(#{name})"/></g>'
    return source.replace("<defs>", f"<defs>{paint}", 1).removesuffix(_ICON_CLIP) + over + _ICON_CLIP


def _on_fills(source: str, kind: str, ground: str, other: str) -> str:
    root = ElementTree.fromstring(source)
    main = main_fills(source)
    paint, name = _paint(kind, ground, other, 1.0)
    for group in root:
        for node in group.iter() if group.get("id") not in _LINES else ():
            if _long(node.get("fill", "none").lower()) in main and _large(node, source):
                node.set("fill", f"url(#{name})")
    root.insert(0, ElementTree.fromstring(f'<defs xmlns="{SVG}">{paint}</defs>'))
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


@lru_cache(maxsize=256)
def main_fills(source: str) -> frozenset[str]:
    """The fill ("#rrggbb") that most pixels of a pictogram have, and its shades."""
    seen = Counter(pixel[:3] for pixel in _survey(source) if pixel[3] > 250)
    fills = {_long(found.lower()) for found in re.findall(r'fill="(#[0-9a-fA-F]{3,6})"', source)}
    areas = {fill: seen[_rgb(fill)] for fill in fills if max(_rgb(fill)) > 40}
    most = max(areas, key=lambda fill: (areas[fill], fill), default=None)
    if most is None or not areas[most]:
        return frozenset()
    least = _LEAST * sum(seen.values())
    return frozenset(fill for fill, area in areas.items() if area >= least and _akin(fill, most)) | {most}


def _large(node: ElementTree.Element, source: str) -> bool:
    """No button, and no steam over a cup, which has a stroke of its colour."""
    if node.get("stroke", "none") != "none":
        return False
    alone = ElementTree.Element(f"{{{SVG}}}svg", {"viewBox": "0 0 72 72"})
    alone.append(node)
    return _visible(ElementTree.tostring(alone, encoding="unicode")) >= _LEAST * _visible(source)


@lru_cache(maxsize=256)
def _visible(source: str) -> int:
    """Pixels that a picture covers."""
    return sum(pixel[3] > 128 for pixel in _survey(source))


def _survey(source: str) -> list[tuple[int, int, int, int]]:
    import numpy as np
    from PIL import Image
    from resvg_py import svg_to_bytes

    data = bytes(svg_to_bytes(svg_string=source, width=_SURVEY, height=_SURVEY, skip_system_fonts=True))
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).reshape(-1, 4)
    return [(int(red), int(green), int(blue), int(alpha)) for red, green, blue, alpha in pixels]


def _akin(one: str, other: str) -> bool:
    (hue, pale, _), (own, faint, _) = (colorsys.rgb_to_hsv(*(part / 255 for part in _rgb(fill))) for fill in (one, other))
    if pale < _PALE or faint < _PALE:
        return pale < _PALE and faint < _PALE
    return min(abs(hue - own), 1 - abs(hue - own)) <= _HUE


def _paint(kind: str, ground: str, other: str, scale: float) -> tuple[str, str]:
    """The definition of the pattern and its name."""
    step = _STEP * scale
    side = 2 * step
    if kind == DOTS:
        spots = f'<circle cx="{step / 2:.3f}" cy="{step / 2:.3f}" r="{step * 0.36:.3f}" fill="{other}"/>'
        spots += f'<circle cx="{step * 1.5:.3f}" cy="{step * 1.5:.3f}" r="{step * 0.36:.3f}" fill="{other}"/>'
    elif kind == CHECKS:
        box = f'width="{step:.3f}" height="{step:.3f}" fill="{other}"'
        spots = f'<rect {box}/><rect x="{step:.3f}" y="{step:.3f}" {box}/>'
    else:
        spots = f'<rect width="{step:.3f}" height="{side:.3f}" fill="{other}"/>'
    name = f"{kind}-{ground[1:]}-{other[1:]}"
    area = f'width="{side:.3f}" height="{side:.3f}"'
    return (
        f'<pattern id="{name}" {area} patternUnits="userSpaceOnUse"><rect {area} fill="{ground}"/>{spots}</pattern>',
        name,
    )


def _rgb(fill: str) -> tuple[int, int, int]:
    return int(fill[1:3], 16), int(fill[3:5], 16), int(fill[5:7], 16)


def _long(fill: str) -> str:
    return _SHORT.sub(r"#\1\1\2\2\3\3", fill) if len(fill) == 4 else fill
