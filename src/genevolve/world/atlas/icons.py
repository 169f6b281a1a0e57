"""Game Icons as pictures: a one-coloured outline becomes a shape with a fill, a shaded side and a dark line around it.

So it stands beside OpenMoji, which draws the same way: flat fills, one darker tone, lines of 2 in 72. ``icons.zip`` holds the
outlines on a grid of 512 × 512 (Game Icons, CC BY 3.0, see NOTICE), ``shapes.tsv`` those that this project drew itself, for
things that neither set has.
"""

import io
import re
import zipfile
from functools import cache, lru_cache
from importlib.resources import files

from genevolve.core.errors import UsageError
from genevolve.world.language.icons import DRAWN, OWN, PREFIX, colours

LICENCE = "CC BY 3.0"
SOURCE = "game-icons"
CREDIT = "Game Icons by Lorc, Delapouite and contributors, CC BY 3.0"
RGB = tuple[int, int, int]
_LINE = 24  # of 512, half of it outside of the fill: a little less than OpenMoji's 2 of 72, for outlines here are finer
_SHADE = 18  # how far the light fill is moved up and to the left
_DARK = "#1c1c22"
_PLAIN = "#8f8a84"
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def page_url(look: str) -> str:
    return f"https://game-icons.net/tags/{look.removeprefix(PREFIX)}.html"


def is_icon(look: str) -> bool:
    return look.startswith(DRAWN)


def is_credited(look: str) -> bool:
    """Whether it is of Game Icons, whose authors are to be named; shapes of our own are not."""
    return look.startswith(PREFIX)


def shapes() -> tuple[str, ...]:
    """The looks of all shapes, sorted."""
    return tuple(sorted((*(PREFIX + name for name in _archive().namelist()), *(OWN + name for name in _own()))))


@lru_cache(maxsize=512)
def outline(look: str) -> str:
    """The path data of a shape. Raises ``UsageError`` for a name that there is not."""
    name = look.removeprefix(PREFIX)
    if look.startswith(OWN) and look.removeprefix(OWN) in _own():
        return _own()[look.removeprefix(OWN)]
    try:
        return _archive().read(name).decode("ascii")
    except KeyError:
        raise UsageError(f"there is no shape {look[:80]!r}; a look is written like {PREFIX}desk") from None


def svg(look: str, colour: RGB | None = None) -> str:
    """``look`` as an SVG file of 512 × 512: in ``colour``, else in the colour that such a thing has."""
    fill = "#{:02x}{:02x}{:02x}".format(*colour) if colour else colours().get(look, _PLAIN)
    return composed(outline(look), fill)


def composed(path: str, fill: str) -> str:
    """Line, shaded fill, and the light fill over all but the lower right rim. ``fill`` is written "#rrggbb"."""
    if not _COLOUR.fullmatch(fill):
        raise UsageError(f"{fill[:20]!r} is no colour; it is written like #8d5a3b")
    red, green, blue = (int(fill[at : at + 2], 16) for at in (1, 3, 5))
    shade = "#{:02x}{:02x}{:02x}".format(*(round(part * 0.82) for part in (red, green, blue)))
    line = _DARK if max(red, green, blue) > 75 else "#6d6f78"  # a dark thing keeps a line that is seen
    margin = _LINE / 2
    scale = (512 - 2 * margin) / 512
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><defs>'
        f'<path id="p" d="{path}"/><clipPath id="c"><use href="#p"/></clipPath></defs>'
        f'<g transform="translate({margin} {margin}) scale({scale:.5f})">'
        f'<use href="#p" fill="{line}" stroke="{line}" stroke-width="{_LINE}" stroke-linejoin="round"/>'
        f'<use href="#p" fill="{shade}"/>'
        f'<g clip-path="url(#c)"><use href="#p" fill="{fill}" transform="translate(-{_SHADE} -{_SHADE})"/>'
        "</g></g></svg>"
    )


@cache
def _own() -> dict[str, str]:
    lines = files(__package__).joinpath("shapes.tsv").read_text("ascii").splitlines()[1:]
    rows = (line.partition("\t") for line in lines)
    return {name: path for name, _, path in rows}


@cache
def _archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(files(__package__).joinpath("icons.zip").read_bytes()))
