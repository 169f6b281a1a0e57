"""An SVG drawing from a stranger to a clean PNG: only shapes and text of its own, with the fonts of the package.

Nothing in it is loaded from anywhere: elements are taken from a list that has no pictures, scripts, filters or foreign content,
references must point into the drawing, and there is no document type, so no entities. resvg draws it in a process apart.
"""

import io
import math
import re
from dataclasses import dataclass
from xml.parsers import expat

from genevolve.store.codec import Decoded, NotAnImage
from genevolve.store.faces import FACES, SANS, SERIF, file_of, missing

MAX_CHARACTERS = 200_000
_MOST_ELEMENTS = 5000
_MOST_NESTED = 64
_THINNEST = 8  # times as long as wide, at most
_SVG = "http://www.w3.org/2000/svg"
_DRAWN = frozenset(
    {"svg", "g", "defs", "title", "desc", "style", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text"}
    | {
        "tspan",
        "textPath",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "pattern",
        "marker",
        "symbol",
        "use",
    }
)
_OUTSIDE = re.compile(r"url\(\s*[\"']?\s*(?![\"'#\s])|@import|image\(|\\", re.IGNORECASE)
_LENGTH = re.compile(r"\s*\+?(\d+(?:\.\d*)?|\.\d+)\s*(?:px)?\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawTerms:
    """``side``: the pixels of the longer side; the drawing says the other one."""

    side: int = 1024


def draw_here(svg: str, terms: DrawTerms) -> Decoded:
    """``svg`` on white, in RGB. Raises ``NotAnImage`` in words for whom it comes from; takes what time it takes."""
    from PIL import Image
    from resvg_py import svg_to_bytes

    drawing = _Drawing.read(svg)
    width, height = drawing.shape()
    try:
        data = svg_to_bytes(
            svg_string=drawing.text,
            width=terms.side if width >= height else None,
            height=terms.side if width < height else None,
            background="white",
            skip_system_fonts=True,
            font_files=[str(file_of(face)) for face in FACES],
            font_family=SANS,
            sans_serif_family=SANS,
            serif_family=SERIF,
            monospace_family=SANS,
            cursive_family=SERIF,
            fantasy_family=SERIF,
        )
    except ValueError as error:
        raise NotAnImage(f"it cannot be drawn ({error})") from None
    with Image.open(io.BytesIO(bytes(data)), formats=("PNG",)) as opened:
        drawn = opened.convert("RGB")
    if all(least == most for least, most in drawn.getextrema()):  # type: ignore[misc]  # of each channel
        raise NotAnImage("nothing can be seen in it: it is of one colour all over")
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG", compress_level=1)
    return Decoded(png=buffer.getvalue(), size=drawn.size)


class _Drawing:
    """A drawing whose every element and attribute was looked at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._root: dict[str, str] = {}
        self._open: list[str] = []
        self._elements = 0
        self._written: list[str] = []

    @classmethod
    def read(cls, svg: str) -> "_Drawing":
        """Raises ``NotAnImage``."""
        if len(svg) > MAX_CHARACTERS:
            raise NotAnImage(f"it has {len(svg):,} characters; at most {MAX_CHARACTERS:,} are drawn")
        found = cls(re.sub(r"^\s*<\?xml[^>]*\?>", "", svg).strip())  # whatever encoding it names, it has come as text
        parser = expat.ParserCreate("utf-8", " ")
        parser.StartDoctypeDeclHandler = found._type
        parser.ProcessingInstructionHandler = found._instruction
        parser.StartElementHandler = found._start
        parser.EndElementHandler = found._end
        parser.CharacterDataHandler = found._characters
        try:
            parser.Parse(found.text.encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise NotAnImage(f"it is no well-formed SVG ({error})") from None
        if absent := [char for char in dict.fromkeys(found._written) if all(missing(char, face) for face in FACES)]:
            raise NotAnImage(f"no font here has the characters {' '.join(absent[:12])}; draw it without them")
        return found

    def shape(self) -> tuple[float, float]:
        """(width, height) in units of its own. Raises ``NotAnImage`` where the drawing does not say what shape it has."""
        box = self._root.get("viewBox", "").replace(",", " ").split()
        said = box[2:] if len(box) == 4 else [self._root.get("width", ""), self._root.get("height", "")]
        lengths = [float(found[1]) if (found := _LENGTH.fullmatch(each)) else 0.0 for each in said]
        longer, shorter = max(lengths), min(lengths)
        if not (shorter > 0 and math.isfinite(longer)):
            raise NotAnImage('it does not say how large it is: give it viewBox="0 0 WIDTH HEIGHT"')
        if longer > _THINNEST * shorter:
            raise NotAnImage(f"it is more than {_THINNEST} times as long as wide")
        return lengths[0], lengths[1]

    def _type(self, *_: object) -> None:
        raise NotAnImage("it has a document type (DOCTYPE); leave it out, entities are not read")

    def _instruction(self, target: str, _: str) -> None:
        raise NotAnImage(f"it has the processing instruction {target[:40]}, which is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self._open:
            if (space, local) != (_SVG, "svg"):
                raise NotAnImage(f'it must begin with svg xmlns="{_SVG}" viewBox="0 0 WIDTH HEIGHT"')
            self._root = attributes
        if space != _SVG or local not in _DRAWN:
            raise NotAnImage(f"the element {local[:40]} is not drawn; those that are: {', '.join(sorted(_DRAWN))}")
        self._elements += 1
        self._open.append(local)
        if self._elements > _MOST_ELEMENTS or len(self._open) > _MOST_NESTED:
            raise NotAnImage(f"it has more than {_MOST_ELEMENTS:,} elements, or more than {_MOST_NESTED} within each other")
        for key, value in attributes.items():
            self._attribute(key.rpartition(" ")[2], value)

    def _attribute(self, name: str, value: str) -> None:
        if name.lower().startswith("on"):
            raise NotAnImage(f"{name[:40]} is a script, and none are run")
        if (name == "href" and not value.strip().startswith("#")) or _OUTSIDE.search(value):
            raise NotAnImage(f"{name[:40]}={value[:60]!r} points out of the drawing; only #NAMES in it can be used")

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, words: str) -> None:
        if "text" in self._open:
            self._written.extend(words)
        elif self._open[-1:] == ["style"] and _OUTSIDE.search(words):
            raise NotAnImage("its style points out of the drawing; only #NAMES in it can be used")
