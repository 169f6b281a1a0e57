"""A thing made of other things: the outline of one pictogram, filled with rows of another."""

import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

SVG = "http://www.w3.org/2000/svg"
_TILE = 11.0  # width of a row's step, in units of the 72 of a pictogram
_GROUND = "#f6ead2"  # between the tiles
_PAINTS = re.compile(r'(fill|stroke)="(?!none)[^"]*"')
_LINES = ("line", "line-supplement")


@lru_cache(maxsize=64)
def filled(shape: str, tile: str) -> str:
    """The SVG file of ``shape`` with its coloured areas filled with pictures of ``tile``; both are SVG files of OpenMoji."""
    lines = _layers(shape)[1]
    scale = _TILE / 72 * 1.12
    inset = (_TILE - 72 * scale) / 2
    inner = "".join(_layers(tile))
    return (
        f'<svg xmlns="{SVG}" viewBox="0 0 72 72"><defs>'
        f'<pattern id="rows" width="{_TILE}" height="{_TILE}" patternUnits="userSpaceOnUse">'
        f'<g transform="translate({inset:.3f} {inset:.3f}) scale({scale:.4f})">{inner}</g></pattern>'
        f'<mask id="areas" maskUnits="userSpaceOnUse" x="0" y="0" width="72" height="72">{_white(shape)}</mask></defs>'
        f'<g mask="url(#areas)"><rect width="72" height="72" fill="{_GROUND}"/>'
        f'<rect width="72" height="72" fill="url(#rows)"/></g>{lines}</svg>'
    )


def areas(shape: str, size: int) -> "NDArray[numpy.uint8]":
    """(size, size) map, 255 where ``filled`` puts its pictures."""
    import numpy as np
    from PIL import Image
    from resvg_py import svg_to_bytes

    drawing = f'<svg xmlns="{SVG}" viewBox="0 0 72 72">{_white(shape)}</svg>'
    data = bytes(svg_to_bytes(svg_string=drawing, width=size, height=size, skip_system_fonts=True))
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[:, :, 3]


def _white(shape: str) -> str:
    """The coloured areas of a pictogram in white."""
    return _PAINTS.sub(r'\1="#ffffff"', _layers(shape)[0])


def _layers(source: str) -> tuple[str, str]:
    """The elements of a pictogram that are areas of colour, and those that are its lines."""
    root = ElementTree.fromstring(source)
    for node in root.iter():
        node.tag = node.tag.removeprefix(f"{{{SVG}}}")
    areas: list[str] = []
    lines: list[str] = []
    for child in root:
        text = ElementTree.tostring(child, encoding="unicode")
        (lines if child.get("id") in _LINES else areas).append(text)
    return "".join(areas), "".join(lines)
