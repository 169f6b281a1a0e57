"""Pictures as shapes: an SVG file with its texts inside, the same read back, and as a PDF with its fonts embedded."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, Literal
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from genevolve.core.errors import UsageError
from genevolve.store.codec import NotAnImage
from genevolve.store.faces import MEDIUM, file_of
from genevolve.store.metadata import MOST_CHARACTERS, PARAMETERS

VectorKind = Literal["svg", "pdf"]
VECTOR_KINDS: tuple[VectorKind, ...] = ("svg", "pdf")
_OURS = "urn:genevolve:texts"
_HEAD = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<svg[\s>]")
_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_POINTS = 0.75  # of 1/72 inch in a pixel of CSS
_PAGE = b"""#let px(name) = float(sys.inputs.at(name)) * 1pt
#set document(title: sys.inputs.title, description: sys.inputs.about, date: none)
#set page(width: px("width"), height: px("height"), margin: 0pt)
#image("picture.svg", width: 100%, alt: sys.inputs.title)
"""


def check_vectors(kind: str, *, setting: str) -> None:
    """Raise ``UsageError`` where files of ``kind`` cannot be written here."""
    if kind == "pdf" and find_spec("typst") is None:
        raise UsageError(f"{setting} pdf needs the package typst: pip install 'genevolve[pdf]' (or choose svg)")


def legal(text: str) -> str:
    """``text`` without the characters that no XML file may hold."""
    return _ILLEGAL.sub("", text)


def is_svg(data: bytes) -> bool:
    return _HEAD.match(data[:2000]) is not None


def vector_file(svg: str, kind: VectorKind, texts: Mapping[str, str], title: str) -> bytes:
    """``svg``, a drawing of ours, as a file of ``kind`` that says its ``title`` and holds ``texts``."""
    if kind == "pdf":
        return _pdf(svg, title, texts.get(PARAMETERS, ""))
    told = "".join(f"<text key={quoteattr(legal(key))}>{escape(legal(text))}</text>" for key, text in texts.items())
    held = f'<metadata><texts xmlns="{_OURS}">{told}</texts></metadata>\n' if told else ""
    head, _, rest = svg.partition(">\n")
    return f"{head}>\n<title>{escape(legal(title))}</title>\n{held}{rest}".encode()


def _pdf(svg: str, title: str, about: str) -> bytes:
    """One page of the size of the drawing, a pixel as 3/4 point; the same bytes for the same drawing."""
    import typst

    compiled: Any = typst.compile  # whose types know of no sources in memory
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    assert found is not None
    inputs = {
        "title": legal(title),
        "about": legal(about),
        "width": str(int(found[1]) * _POINTS),
        "height": str(int(found[2]) * _POINTS),
    }
    sources = {"main": _PAGE, "picture.svg": svg.encode()}
    fonts = [str(file_of(MEDIUM).parent)]
    made: bytes = compiled(sources, format="pdf", font_paths=fonts, ignore_system_fonts=True, sys_inputs=inputs)
    return made


def texts_of_svg(data: bytes) -> dict[str, str]:
    """The texts that ``vector_file`` put into an SVG file. Raises ``NotAnImage`` for one that is damaged."""
    texts: dict[str, str] = {}
    reading: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        reading[:] = [attributes.get("key", "")] if name == f"{_OURS} text" else []

    def more(text: str) -> None:
        if reading:
            texts[reading[0]] = texts.get(reading[0], "") + text

    def refuse(*_: object) -> None:
        raise NotAnImage("it has a document type (DOCTYPE), and entities are not read")

    parser = expat.ParserCreate("utf-8", " ")
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: reading.clear()
    parser.CharacterDataHandler = more
    parser.buffer_text, parser.buffer_size = True, MOST_CHARACTERS
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NotAnImage(f"it is no well-formed SVG ({error})") from None
    return texts
