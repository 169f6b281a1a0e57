"""What is painted, once more as an SVG file: shapes as shapes, texts as texts with their fonts named, pictures embedded.

The painter draws pixels and notes each thing here as it draws it: one layout and one choice of colours for both. What only
pixels have (a style over the whole, a setting blurred under a text, a body that came out wrong) is embedded as a picture.
"""

import base64
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from PIL import Image

from genevolve.store.faces import DISPLAY, HEAVY, MEDIUM, SANS, SERIF
from genevolve.store.vectors import legal
from genevolve.world.sketch.plan import RGB

P = ParamSpec("P")
Box = tuple[float, float, float, float]  # left, top, width, height
Point = tuple[float, float]
SVG = "http://www.w3.org/2000/svg"
_STOPS = 12  # of a glow, whose strength does not fall in a straight line
_FONTS = {MEDIUM: (SANS, 500), HEAVY: (SANS, 800), DISPLAY: (SERIF, 800)}
_OTHERS = {SANS: "Helvetica, Arial, sans-serif", SERIF: "Georgia, serif"}  # where the font is not installed
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}
_COLOURED = ("fill", "stroke")
_SHORT = re.compile(r"#([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fade:
    """A gradient: ``stops`` are (position, colour, opacity) from ``start`` to ``end`` or, where there is a ``reach``, around
    ``start`` out to it. ``placed`` (left, top, width, height) is what the unit square becomes, where it is said in that."""

    stops: tuple[tuple[float, RGB, float], ...]
    start: Point
    end: Point = (0.0, 0.0)
    reach: float | None = None
    placed: Box | None = None


def down(stops: Iterable[tuple[float, RGB]], top: float, bottom: float) -> Fade:
    """From ``top`` to ``bottom``, as ``stage.gradient`` has it."""
    return Fade(stops=tuple((at, colour, 1.0) for at, colour in stops), start=(0.0, top), end=(0.0, bottom))


def halo(colour: RGB, strengths: Sequence[float], centre: Point, reach: float, placed: Box | None = None) -> Fade:
    """``colour`` around ``centre``, as opaque as the ``strengths`` at equal steps out to ``reach`` say."""
    last = len(strengths) - 1
    stops = tuple((step / last, colour, strength) for step, strength in enumerate(strengths))
    return Fade(stops=stops, start=centre, reach=reach, placed=placed)


def falling(steepness: float, strength: float, *, outward: bool = False) -> list[float]:
    """Strengths from the middle out: (1 - r) to the power of ``steepness``; ``outward``: r to that power."""
    shares = [step / _STOPS for step in range(_STOPS + 1)]
    return [strength * (share if outward else 1 - share) ** steepness for share in shares]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """A text that was set: each of ``lines`` with the left end of its baseline, as wide as ``widths`` say, in pixels."""

    lines: tuple[str, ...]
    at: tuple[Point, ...]
    widths: tuple[float, ...]
    face: str
    px: int
    align: str
    colour: RGB


def _noted(method: "Callable[Concatenate[Tracing, P], None]") -> "Callable[Concatenate[Tracing, P], None]":
    """``method`` done when the file is written, for most pictures never; until then a note."""

    @wraps(method)
    def note(self: "Tracing", /, *args: P.args, **kwargs: P.kwargs) -> None:
        if self._notes is None:
            method(self, *args, **kwargs)
        else:
            self._notes.append(lambda writing: method(writing, *args, **kwargs))

    return note


class Tracing:
    """SVG elements in the order in which they are painted, on a canvas of ``size`` (width, height)."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._notes: list[Callable[[Tracing], None]] | None = []  # None while it is written
        self._body: list[str] = []
        self._shared: dict[str, str] = {}  # definition → its id

    def svg(self) -> str:
        """The whole file."""
        width, height = self.size
        done = self._written()
        shared = "\n".join(text.replace("@", name, 1) for text, name in done._shared.items())
        return (
            f'<svg xmlns="{SVG}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">\n'
            f"<defs>\n{shared}\n</defs>\n" + "\n".join(done._body) + "\n</svg>\n"
        )

    def _written(self) -> "Tracing":
        """The notes carried out, on a tracing of their own: this one may be shared."""
        done = Tracing(self.size)
        done._notes = None
        for note in self._notes or ():
            note(done)
        return done

    def flattened(self, image: Image.Image) -> None:
        """``image``, as it is now, in the place of everything so far."""
        self._notes = []
        self.picture(image.copy(), (0, 0, *self.size))

    @_noted
    def later(self, step: "Callable[[Tracing], None]") -> None:
        """What takes long to prepare."""
        step(self)

    @_noted
    def over(self, other: "Tracing") -> None:
        """Everything of ``other``, brought to this size, over what is there."""
        done = other._written()
        renamed = {name: self._define(text, kind="s") for text, name in done._shared.items()}
        body = "\n".join(done._body)
        for name, new in sorted(renamed.items(), key=lambda pair: -len(pair[0])):
            body = re.sub(rf"(url\(#|href=\"#){name}\b", rf"\g<1>{new}", body)
        scale = self.size[0] / other.size[0], self.size[1] / other.size[1]
        self._body.append(f'<g transform="scale({_n(scale[0])} {_n(scale[1])})">\n{body}\n</g>' if scale != (1, 1) else body)

    # ---- shapes ---------------------------------------------------------------------------------------------------------

    @_noted
    def rect(self, box: Box, fill: "RGB | Fade", *, radius: float = 0.0, opacity: float = 1.0, more: str = "") -> None:
        x, y, w, h = box
        round_ = f' rx="{_n(radius)}"' if radius else ""
        self._add(f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"{round_}', fill, opacity, more)

    def whole(self, fill: "RGB | Fade", *, more: str = "") -> None:
        """All over."""
        self.rect((0, 0, *self.size), fill, more=more)

    @_noted
    def outline(self, box: Box, colour: RGB, width: float, *, radius: float = 0.0) -> None:
        """The rim of ``box``, drawn inside of it."""
        x, y, w, h = box
        inner = (x + width / 2, y + width / 2, max(0.0, w - width), max(0.0, h - width))
        self.rect(inner, colour, radius=radius, more=f'fill="none" stroke="{_hex(colour)}" stroke-width="{_n(width)}"')

    @_noted
    def polygon(self, points: Iterable[Point], fill: "RGB | Fade") -> None:
        self._add(f'<polygon points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}"', fill)

    @_noted
    def ellipse(self, box: Box, fill: "RGB | Fade", *, opacity: float = 1.0, more: str = "") -> None:
        x, y, w, h = box
        element = f'<ellipse cx="{_n(x + w / 2)}" cy="{_n(y + h / 2)}" rx="{_n(w / 2)}" ry="{_n(h / 2)}"'
        self._add(element, fill, opacity, more)

    def ring(self, box: Box, colour: RGB, width: float) -> None:
        """The rim of an ellipse, drawn inside of its ``box``."""
        x, y, w, h = box
        inner = (x + width / 2, y + width / 2, max(0.0, w - width), max(0.0, h - width))
        self.ellipse(inner, colour, more=f'fill="none" stroke="{_hex(colour)}" stroke-width="{_n(width)}"')

    @_noted
    def wedge(self, box: Box, start: float, end: float, fill: RGB) -> None:
        """A slice of the ellipse in ``box``, clockwise from ``start`` to ``end`` in degrees from where the x axis points."""
        x, y, w, h = box
        middle, (rx, ry) = (x + w / 2, y + h / 2), (w / 2, h / 2)
        if end - start >= 360:
            self.ellipse(box, fill)
            return
        ends = [
            (middle[0] + rx * math.cos(math.radians(at)), middle[1] + ry * math.sin(math.radians(at))) for at in (start, end)
        ]
        (x1, y1), (x2, y2) = ends
        large = int(end - start > 180)
        self._add(
            f'<path d="M{_n(middle[0])} {_n(middle[1])}L{_n(x1)} {_n(y1)}A{_n(rx)} {_n(ry)} 0 {large} 1 {_n(x2)} {_n(y2)}Z"',
            fill,
        )

    @_noted
    def line(self, start: Point, end: Point, colour: RGB, width: float) -> None:
        ends = f'x1="{_n(start[0])}" y1="{_n(start[1])}" x2="{_n(end[0])}" y2="{_n(end[1])}"'
        self._body.append(f'<line {ends} stroke="{_hex(colour)}" stroke-width="{_n(width)}"/>')

    @_noted
    def blurred(self, box: Box, colour: RGB, opacity: float, blur: float) -> None:
        """A soft shadow."""
        soft = self._define(
            f'<filter id="@" x="-50%" y="-50%" width="200%" height="200%"><feGaussianBlur stdDeviation="{_n(blur)}"/></filter>',
            kind="f",
        )
        self.rect(box, colour, opacity=opacity, more=f'filter="url(#{soft})"')

    def darkened(self, colour: RGB) -> None:
        """What is there multiplied with ``colour``."""
        self.whole(colour, more='style="mix-blend-mode:multiply"')

    # ---- pictures and texts -----------------------------------------------------------------------------------------------

    @_noted
    def veil(self, mask: Image.Image, colour: RGB) -> None:
        """``colour`` all over, as opaque as the grey of ``mask``, which is brought to size, says."""
        width, height = self.size
        held = self._define(
            f'<mask id="@" maskUnits="userSpaceOnUse" x="0" y="0" width="{width}" height="{height}">'
            f'<image width="{width}" height="{height}" preserveAspectRatio="none" href="{_data(mask)}"/></mask>',
            kind="m",
        )
        self.whole(colour, more=f'mask="url(#{held})"')

    @_noted
    def picture(self, image: Image.Image, box: Box, *, radius: float = 0.0, title: str = "") -> None:
        """``image`` in ``box``, embedded once however often it is shown; ``radius`` of rounded corners."""
        x, y, w, h = box
        held = self._define(
            f'<image id="@" width="{image.width}" height="{image.height}" preserveAspectRatio="none" href="{_data(image)}"/>',
            kind="i",
        )
        scale = w / image.width, h / image.height
        cut = ""
        if radius:
            corner = f'rx="{_n(radius / scale[0])}" ry="{_n(radius / scale[1])}"'
            shape = f'<rect width="{image.width}" height="{image.height}" {corner}/>'
            cut = f' clip-path="url(#{self._define(f"""<clipPath id="@">{shape}</clipPath>""", kind="c")})"'
        at = f"translate({_n(x)} {_n(y)}) scale({_n(scale[0])} {_n(scale[1])})"
        self._body.append(f'<g transform="{at}">{_title(title)}<g{cut}><use href="#{held}"/></g></g>')

    @_noted
    def drawing(
        self,
        source: str,
        part: tuple[float, float, float, float],
        box: Box,
        *,
        colours: Mapping[str, str],
        title: str = "",
        mirrored: bool = False,
    ) -> None:
        """An SVG file as shapes: its ``part`` (left, top, right, bottom, as fractions) in ``box``. ``colours``: of each of its
        colours ("#rrggbb") what takes its place; ``mirrored``: left and right exchanged."""
        inner, (left, top, width, height) = _inside(source)
        number = len(self._body)
        inner = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>d{number}-", inner)
        inner = re.sub(r"#[0-9a-f]{6}(?=\")", lambda found: colours.get(found[0], found[0]), inner)
        x, y, w, h = box
        scale = w / ((part[2] - part[0]) * width), h / ((part[3] - part[1]) * height)
        dx, dy = x - (left + part[0] * width) * scale[0], y - (top + part[1] * height) * scale[1]
        if mirrored:
            scale, dx = (-scale[0], scale[1]), 2 * x + w - dx
        at = f"translate({_n(dx)} {_n(dy)}) scale({_n(scale[0])} {_n(scale[1])})"
        self._body.append(f'<g transform="{at}">{_title(title)}{inner}</g>')

    @_noted
    def text(self, text: Lettering) -> None:
        """Each line at its place, and all of them one text."""
        family, weight = _FONTS[text.face]
        shift = {"left": 0.0, "center": 0.5, "right": 1.0}[text.align]
        rows = "".join(
            f'<tspan x="{_n(x + shift * wide)}" y="{_n(y)}">{escape(legal(line))}</tspan>'
            for line, (x, y), wide in zip(text.lines, text.at, text.widths, strict=True)
        )
        self._body.append(
            f'<text xml:space="preserve" font-family="{escape(family)}, {_OTHERS[family]}" font-weight="{weight}" '
            f'font-size="{text.px}" text-anchor="{_ANCHORS[text.align]}" fill="{_hex(text.colour)}">{rows}</text>'
        )

    # ---- inside -----------------------------------------------------------------------------------------------------------

    def _add(self, element: str, fill: "RGB | Fade", opacity: float = 1.0, more: str = "") -> None:
        paint = f"url(#{self._define(_gradient(fill), kind='g')})" if isinstance(fill, Fade) else _hex(fill)
        filled = "" if more.startswith("fill=") else f' fill="{paint}"'
        seen = f' opacity="{_n(opacity)}"' if opacity < 1 else ""
        self._body.append(f"{element}{filled}{seen}{' ' if more else ''}{more}/>")

    def _define(self, text: str, *, kind: str) -> str:
        """The id of a definition, written ``id="@"``, which is made once."""
        return self._shared.setdefault(text, f"{kind}{len(self._shared)}")


def colours_of(source: str) -> tuple[str, ...]:
    """Every colour of an SVG file of ours, "#rrggbb", each once."""
    return tuple(dict.fromkeys(re.findall(r"#[0-9a-f]{6}(?=\")", _inside(source)[0])))


@lru_cache(maxsize=512)
def _inside(source: str) -> tuple[str, Box]:
    """The elements of an SVG file of ours, with colours in one form and only the ids that something refers to; its view box."""
    root = ElementTree.fromstring(source)
    used = set(re.findall(r'(?:url\(#|href="#)([\w-]+)', source))
    for node in root.iter():
        node.tag = node.tag.removeprefix(f"{{{SVG}}}")
        if node.get("id") not in used:
            node.attrib.pop("id", None)
        for name in _COLOURED:
            if (value := node.get(name)) is not None:
                node.set(name, _SHORT.sub(r"#\1\1\2\2\3\3", value).lower() if len(value) == 4 else value.lower())
    text = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    left, top, width, height = (float(each) for each in root.attrib["viewBox"].replace(",", " ").split())
    return re.sub(r">\s+<", "><", text).strip(), (left, top, width, height)


def _gradient(fade: Fade) -> str:
    stops = "".join(
        f'<stop offset="{_n(at)}" stop-color="{_hex(colour)}"' + (f' stop-opacity="{_n(seen)}"' if seen < 1 else "") + "/>"
        for at, colour, seen in fade.stops
    )
    x, y, w, h = fade.placed or (0, 0, 1, 1)
    placed = f' gradientTransform="translate({_n(x)} {_n(y)}) scale({_n(w)} {_n(h)})"' if fade.placed else ""
    units = f'gradientUnits="userSpaceOnUse"{placed}'
    (x1, y1), (x2, y2) = fade.start, fade.end
    if fade.reach is not None:
        return f'<radialGradient id="@" {units} cx="{_n(x1)}" cy="{_n(y1)}" r="{_n(fade.reach)}">{stops}</radialGradient>'
    return f'<linearGradient id="@" {units} x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}">{stops}</linearGradient>'


def _data(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _title(text: str) -> str:
    return f"<title>{escape(legal(text))}</title>" if text else ""


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _n(value: float) -> str:
    """A number with at most four decimals."""
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"
