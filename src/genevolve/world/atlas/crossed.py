"""A thing that is not allowed: its picture on a white disc, in a red ring with a red bar over it."""

import re
from functools import lru_cache

SVG = "http://www.w3.org/2000/svg"
SIDE = 72.0
RING, BAND = 30.0, 5.8  # radius of the middle of the ring, and how broad it and the bar are, in units of 72
INNER = 0.7  # side of the picture in the ring, as a share of its own
RED, WHITE, DARK = "#d22f27", "#ffffff", "#000000"
_LINE = 2.0
_OPENING = re.compile(r"<svg\b[^>]*>")
_VIEW = re.compile(r'viewBox="0 0 (?P<side>[\d.]+) [\d.]+"')


@lru_cache(maxsize=64)
def crossed(source: str) -> str:
    """The SVG file ``source``, a square pictogram, crossed out: a file of 72 × 72."""
    opening = _OPENING.search(source)
    view = _VIEW.search(opening[0]) if opening is not None else None
    if opening is None or view is None:
        raise ValueError("the picture to be crossed out is no square SVG file")
    inside = source[opening.end() : source.rindex("</svg>")]
    scale, off = SIDE * INNER / float(view["side"]), SIDE * (1 - INNER) / 2
    reach = RING * 0.5**0.5
    low, high = SIDE / 2 - reach, SIDE / 2 + reach
    bar = f'<line x1="{low:.3f}" y1="{low:.3f}" x2="{high:.3f}" y2="{high:.3f}"'
    ring = f'<circle cx="36" cy="36" r="{RING}"'
    strokes = "".join(
        f'{ring} fill="none" stroke="{paint}" stroke-width="{width}"/>{bar} stroke="{paint}" stroke-width="{width}"/>'
        for paint, width in ((DARK, BAND + 2 * _LINE), (RED, BAND))
    )
    return (
        f'<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 72 72">{ring} fill="{WHITE}"/>'
        f'<g transform="translate({off:.3f} {off:.3f}) scale({scale:.5f})">{inside}</g>{strokes}</svg>'
    )
