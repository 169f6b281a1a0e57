"""Small pictures in terminals that can show them: the protocols of kitty and iTerm2, sixel, and half blocks of colour.

Which one is decided by the environment alone: nothing is asked of the terminal, whose answer could come late and be read as
keys. Only pixels that were decoded here are written, so no text of a picture file reaches the terminal.

Sources: kitty's graphics protocol (a=T, f=100, m); iTerm2's inline images (OSC 1337); DEC STD 070, sixel.
"""

import base64
import io
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from genevolve.store.decode import NotAnImage, decode

if TYPE_CHECKING:
    from PIL import Image

ROWS = 8  # lines of text that a picture takes
_CELL = (10, 20)  # pixels of a character, about: terminals scale to rows
_CHUNK = 4096  # characters of base64 in one command of kitty
_SIXEL_COLOURS = 64
_LARGEST = 20_000_000  # bytes of a file that is shown


class Way(StrEnum):
    """How pictures are shown."""

    KITTY = "kitty"
    ITERM = "iterm"
    SIXEL = "sixel"
    BLOCKS = "blocks"
    NONE = "none"


_PROGRAMS = {"iTerm.app": Way.ITERM, "WezTerm": Way.ITERM, "mintty": Way.ITERM, "vscode": Way.ITERM, "ghostty": Way.KITTY}
_SIXEL_TERMS = ("foot", "mlterm", "yaft", "contour")


def way_of(environ: Mapping[str, str], *, wished: str = "auto", terminal: bool) -> Way:
    """The way of the terminal that ``environ`` tells of; none where output is no ``terminal``, whatever is ``wished``."""
    if not terminal or environ.get("TERM") == "dumb":
        return Way.NONE
    if wished != "auto":
        return Way(wished)
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if environ.get("TMUX") or term.startswith(("screen", "tmux")):
        return Way.NONE  # it lets none of them through
    if "KITTY_WINDOW_ID" in environ or "kitty" in term or "ghostty" in term:
        return Way.KITTY
    if "ITERM_SESSION_ID" in environ or program in _PROGRAMS:
        return _PROGRAMS.get(program, Way.ITERM)
    if term.startswith(_SIXEL_TERMS) or "sixel" in term or "KONSOLE_VERSION" in environ:
        return Way.SIXEL
    return Way.NONE


def on_terminal() -> bool:
    return sys.stdout.isatty()


def shown(path: Path, way: Way, rows: int = ROWS) -> str:
    """What shows the image file at ``path`` in ``rows`` lines, its last line ended; empty where that cannot be."""
    if way is Way.NONE:
        return ""
    try:
        if path.stat().st_size > _LARGEST:
            return ""
        image = _small(decode(path.read_bytes(), first_frame=True).png, rows)
    except (OSError, NotAnImage):
        return ""
    match way:
        case Way.KITTY:
            return "".join(_kitty(_png(image), rows)) + "\n"
        case Way.ITERM:
            return _iterm(_png(image), rows) + "\n"
        case Way.SIXEL:
            return "".join(_sixel(image)) + "\n"
    return "".join(_blocks(image, rows))


def _small(png: bytes, rows: int) -> "Image.Image":
    """RGB on white, at most as high as ``rows`` and at most four times as wide as high."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as opened:
        image = opened.convert("RGBA")
    image.thumbnail((4 * rows * _CELL[1], rows * _CELL[1]), Image.Resampling.BOX)
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


def _png(image: "Image.Image") -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _kitty(data: str, rows: int) -> Iterator[str]:
    """In parts of at most 4,096 characters; q=2: the terminal answers nothing."""
    parts = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    for number, part in enumerate(parts):
        more = int(number < len(parts) - 1)
        keys = f"a=T,f=100,q=2,r={rows},m={more}" if number == 0 else f"m={more}"
        yield f"\x1b_G{keys};{part}\x1b\\"


def _iterm(data: str, rows: int) -> str:
    size = len(base64.b64decode(data))
    return f"\x1b]1337;File=inline=1;size={size};height={rows};preserveAspectRatio=1:{data}\x07"


def _sixel(image: "Image.Image") -> Iterator[str]:
    """Bands of six rows: for each colour in a band, which of the six it has in each column."""
    from PIL import Image

    few = image.quantize(_SIXEL_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    width, height = few.size
    pixels, palette = few.tobytes(), few.getpalette() or []
    used = sorted(set(pixels))
    yield f'\x1bPq"1;1;{width};{height}'
    for colour in used:
        red, green, blue = (round(value * 100 / 255) for value in palette[3 * colour : 3 * colour + 3])
        yield f"#{colour};2;{red};{green};{blue}"
    for top in range(0, height, 6):
        lines = [pixels[y * width : (y + 1) * width] for y in range(top, min(top + 6, height))]
        for colour in sorted(set(b"".join(lines))):
            codes = [63 + sum((line[x] == colour) << bit for bit, line in enumerate(lines)) for x in range(width)]
            yield f"#{colour}{_runs(codes)}$"
        yield "-"
    yield "\x1b\\"


def _runs(codes: list[int]) -> str:
    """Characters, with three and more of one as ``!COUNT``."""
    written, at = [], 0
    while at < len(codes):
        end = at
        while end < len(codes) and codes[end] == codes[at]:
            end += 1
        char = chr(codes[at])
        written.append(f"!{end - at}{char}" if end - at > 3 else char * (end - at))
        at = end
    return "".join(written)


def _blocks(image: "Image.Image", rows: int) -> Iterator[str]:
    """Each character is two pixels, one above the other."""
    from PIL import Image

    width = max(1, round(image.width / image.height * rows * 2))
    small = image.resize((width, 2 * rows), Image.Resampling.BOX)
    data = small.tobytes()
    for row in range(rows):
        for x in range(width):
            upper, lower = (data[3 * (y * width + x) :][:3] for y in (2 * row, 2 * row + 1))
            yield "\x1b[38;2;{};{};{};48;2;{};{};{}m▀".format(*upper, *lower)
        yield "\x1b[0m\n"
