"""Pictures as shapes: the same layout as in pixels, rasterised again and compared, with texts that are texts."""

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from resvg_py import svg_to_bytes

from genevolve.core.picture import Picture
from genevolve.core.protocols import ReferenceImage
from genevolve.store.faces import FACES, file_of
from genevolve.store.vectors import legal, vector_file
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.sketch import draw, traced
from genevolve.world.sketch.vector import Lettering, Tracing

LIT = "Soft daylight falls from the upper left."
SVG = "{http://www.w3.org/2000/svg}"
SIZE = (320, 240)
HOSTILE = "<script>alert(1)</script> & ]]> \"'"
SCENES = {
    "card": 'Three balloons are in the image. The title "HAPPY DAY" is written in large bold black letters at the top of the '
    f"image. The background is plain light blue. {LIT}",
    "scene": 'Two camels are in a row. The caption "On the way" is written at the bottom of the image. The background is a '
    f"desert at night. {LIT}",
    "table": f"A red apple and a green banana are on a table. The background is a kitchen. {LIT}",
    "sea": f"A purple fish is in the middle of the image. The background is a beach with clouds. {LIT}",
    "style": 'A cat is in the image. The title "Cat" is at the top. The background is a meadow. The whole image is in '
    f"watercolor style. {LIT}",
    "pie": "A pie chart whose slices are as large as their values, and under it a square of each colour before its name: "
    f'"Rent" as large as 60, marked "60%"; "Food" as large as 30, marked "30%". The background is plain white. {LIT}',
    "venn": "A Venn diagram of 2 overlapping circles, what is of one alone in it, last what all have: "
    f'"Cats"; "Dogs". The background is plain white. {LIT}',
    "vague": "some dogs, a car and a thing called blorf",
    "reference": "The thing in the first reference image stands left of the thing in the second reference image. The "
    f"background is plain white. {LIT}",
}


def picture_of(mode: str) -> ReferenceImage:
    """A photo (RGB) or a cut-out (RGBA)."""
    ys, xs = np.mgrid[0:90, 0:120]
    pixels = np.stack([xs * 2, ys * 2, xs + ys], axis=2).astype(np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.fromarray(np.where((xs - 60) ** 2 + (ys - 45) ** 2 < 1600, 255, 0).astype(np.uint8)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return ReferenceImage(picture=Picture(title=mode, digest="0" * 64, source="request"), note="", data=buffer.getvalue())


REFERENCES = (picture_of("RGB"), picture_of("RGBA"))


def both(name: str) -> tuple[Image.Image, str]:
    scene = read(SCENES[name], Vocabulary.ICONS)
    references = REFERENCES if name == "reference" else ()
    pixels = Image.open(io.BytesIO(draw(scene, references, SIZE, 1).data))
    return pixels, traced(scene, references, SIZE, 1)


def rasterised(svg: str) -> Image.Image:
    fonts = [str(file_of(face)) for face in FACES]
    data = svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=fonts)
    return Image.open(io.BytesIO(bytes(data))).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean, in levels of 255."""
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)).mean())


def texts(svg: str) -> list[str]:
    return [" ".join(span.text or "" for span in text) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", SCENES)
def test_the_shapes_look_like_the_pixels(name: str) -> None:
    pixels, svg = both(name)
    assert difference(pixels, rasterised(svg)) < 2
    assert svg == both(name)[1]


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(name: str) -> None:
    svg = both(name)[1]
    for node in ElementTree.fromstring(svg).iter():
        assert node.tag.startswith(SVG) and node.tag.removeprefix(SVG) not in {"script", "foreignObject", "style", "a"}
        for key, value in node.attrib.items():
            assert not key.startswith("on")
            assert "href" not in key or value.startswith(("#", "data:image/png;base64,"))
            assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)", value))


def test_texts_are_texts_with_their_fonts_named() -> None:
    assert texts(both("card")[1]) == ["HAPPY DAY"] and texts(both("scene")[1]) == ["On the way"]
    (text,) = ElementTree.fromstring(both("card")[1]).iter(f"{SVG}text")
    assert text.get("font-family") == "Inter, Helvetica, Arial, sans-serif" and text.get("font-weight") == "800"
    assert texts(both("style")[1]) == ["Cat"], "a style is painted under the texts"


def test_pictograms_are_shapes_and_references_are_embedded_once() -> None:
    assert "<image" not in both("card")[1] and both("card")[1].count("<path") >= 6
    svg = both("reference")[1]
    assert svg.count("<image") == 2 and "clipPath" in svg, "a photo has round corners"
    thrice = "Three lamps from the first reference image are in a row. The background is plain white. " + LIT
    svg = traced(read(thrice, Vocabulary.ICONS), REFERENCES[:1], SIZE, 1)
    assert svg.count("<image") == 1 and svg.count("<use") == 3


def test_slices_and_circles_are_shapes() -> None:
    assert texts(both("pie")[1])[:2] == ["Rent", "60%"] and re.search(r'<path d="M[^"]+A[^"]+ 0 1 1 ', both("pie")[1])
    venn = both("venn")[1]
    assert venn.count('fill="none" stroke=') == 2 and texts(venn) == ["Cats", "Dogs"]


def test_a_recoloured_pictogram_has_the_colour_of_its_pixels() -> None:
    pixels, svg = both("sea")
    shown = rasterised(svg)
    middle = (slice(100, 140), slice(130, 190))
    assert np.abs(np.asarray(pixels, float)[middle] - np.asarray(shown, float)[middle]).mean() < 3


def test_hostile_texts_stay_texts() -> None:
    tracing = Tracing((100, 50))
    line = HOSTILE + "\x1b[31m\x00"
    tracing.text(Lettering(lines=(line,), at=((0, 20),), widths=(50.0,), face=FACES[0], px=10, align="left", colour=(0, 0, 0)))
    svg = tracing.svg()
    assert "<script" not in svg and "\x1b" not in svg
    assert texts(svg) == [HOSTILE + "[31m"]
    prompt = f'The caption "{HOSTILE[:25]}" is written at the bottom of the image. The background is plain white. {LIT}'
    assert texts(traced(read(prompt, Vocabulary.ICONS), (), SIZE, 0)) == [HOSTILE[:25]]
    assert legal("a\x00b\ud800c\ufffed") == "abcd"


@pytest.mark.parametrize("name", ["card", "scene", "reference"])
def test_a_pdf_looks_the_same_and_its_texts_are_found(name: str) -> None:
    pytest.importorskip("typst")
    pdfium = pytest.importorskip("pypdfium2")
    pixels, svg = both(name)
    data = vector_file(svg, "pdf", {}, f'a "title" {HOSTILE} #panic()')
    assert data == vector_file(svg, "pdf", {}, f'a "title" {HOSTILE} #panic()')
    document = pdfium.PdfDocument(data)
    page = document[0]
    assert (len(document), page.get_size()) == (1, (240, 180))
    shown = page.render(scale=4 / 3).to_pil().convert("RGB")
    assert difference(pixels, shown.resize(pixels.size)) < 3
    assert page.get_textpage().get_text_bounded().split() == " ".join(texts(svg)).split()
    assert document.get_metadata_dict()["Title"] == f'a "title" {HOSTILE} #panic()'
    assert (b"FontFile2" in data) == bool(texts(svg)), "its fonts are embedded"
    document.close()
