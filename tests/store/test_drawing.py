"""Drawings from strangers: what is drawn, what is refused in words, and that none costs more than itself."""

import io

import pytest
from PIL import Image

from genevolve.store.codec import NotAnImage
from genevolve.store.decoders import Decoders, draw_apart
from genevolve.store.drawing import MAX_CHARACTERS, DrawTerms, draw_here

SVG = 'xmlns="http://www.w3.org/2000/svg"'
SPOT = f'<svg {SVG} viewBox="0 0 20 10"><circle id="a" cx="5" cy="5" r="3" fill="red"/></svg>'
USES = [f'<use href="#a{n}"/>' * 10 for n in range(8)]
DOUBLED = "".join(f'<g id="a{n}">{uses}</g>' for n, uses in enumerate(USES, start=1))
BOMB = f'<svg {SVG} viewBox="0 0 9 9"><g id="a0"><rect width="1" height="1"/></g>{DOUBLED}</svg>'


def drawn(svg: str, side: int = 200) -> Image.Image:
    return Image.open(io.BytesIO(draw_here(svg, DrawTerms(side=side)).png))


def test_a_drawing_is_on_white_and_as_large_as_asked() -> None:
    image = drawn(SPOT)
    assert (image.size, image.mode) == ((200, 100), "RGB")
    assert image.getpixel((50, 50)) == (255, 0, 0) and image.getpixel((150, 50)) == (255, 255, 255)
    assert drawn(SPOT.replace('viewBox="0 0 20 10"', 'width="10px" height="20"')).size == (100, 200)
    declared = f'<?xml version="1.0" encoding="utf-16"?>\n{SPOT}'
    assert drawn(declared).tobytes() == image.tobytes()


@pytest.mark.parametrize("family", ["", "Arial, sans-serif", "Georgia, serif", "Comic Sans MS", "monospace", "system-ui"])
def test_text_is_set_whatever_font_it_names(family: str) -> None:
    told = f'font-family="{family}"' if family else ""
    image = drawn(f'<svg {SVG} viewBox="0 0 200 100"><text x="10" y="60" font-size="40" {told}>Menü 4 €</text></svg>')
    left, top, right, bottom = image.convert("L").point(lambda grey: 255 if grey < 128 else 0).getbbox() or (0, 0, 0, 0)
    assert right - left > 100 and bottom - top > 20


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ('<image href="/etc/hostname" width="9" height="9"/>', "the element image is not drawn"),
        ('<image href="data:image/png;base64,AAAA"/>', "the element image is not drawn"),
        ("<script>alert(1)</script>", "the element script is not drawn"),
        ("<foreignObject><p>x</p></foreignObject>", "the element foreignObject is not drawn"),
        ('<filter id="f"><feImage href="http://x.example/a.png"/></filter>', "the element filter is not drawn"),
        ('<include xmlns="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>', "the element include is not drawn"),
        ('<rect width="9" height="9" onload="x()"/>', "onload is a script"),
        ('<use href="http://x.example/a.svg#b"/>', "points out of the drawing"),
        ('<use xmlns:x="http://www.w3.org/1999/xlink" x:href="file:///etc/passwd#a"/>', "points out of the drawing"),
        ('<rect width="9" height="9" fill="url(http://x.example/#g)"/>', "points out of the drawing"),
        ('<rect width="9" height="9" style="fill: URL( \'file:///x#g\' )"/>', "points out of the drawing"),
        ('<rect width="9" height="9" style="fill: u\\72l(x)"/>', "points out of the drawing"),
        ('<style>@import "http://x.example/a.css";</style>', "style points out"),
        ("<style>@font-face {src: url(http://x.example/a.ttf)}</style>", "style points out"),
        ('<?xml-stylesheet href="http://x.example/a.css"?>', "processing instruction"),
        ("<g>" * 65 + "</g>" * 65, "within each other"),
        ("<g/>" * 5001, "more than 5,000 elements"),
        ("<text>東京</text>", "no font here has the characters 東 京"),
        ("<g>", "no well-formed SVG"),
        ("&xxe;", "no well-formed SVG"),
        ('<rect width="9" height="9" fill="white"/>', "of one colour all over"),
        ("<!-- " + "x" * MAX_CHARACTERS + " -->", "at most 200,000 are drawn"),
    ],
)
def test_what_is_not_drawn_is_said(inside: str, why: str) -> None:
    with pytest.raises(NotAnImage) as refused:
        draw_here(f'<svg {SVG} viewBox="0 0 9 9">{inside}</svg>', DrawTerms())
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("svg", "why"),
    [
        ("", "no well-formed SVG"),
        ("<svg viewBox='0 0 9 9'/>", "must begin with"),
        (f"<svg {SVG}/>", "how large it is"),
        (f'<svg {SVG} width="1e99" height="1"/>', "how large it is"),
        (f'<svg {SVG} width="100%" height="nan"/>', "how large it is"),
        (f'<svg {SVG} viewBox="0 0 0 9"/>', "how large it is"),
        (f'<svg {SVG} viewBox="0 0 9000 9"/>', "times as long as wide"),
        (f'<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg {SVG}/>', "document type"),
        (f'<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><svg {SVG} viewBox="0 0 9 9">&b;</svg>', "document type"),
    ],
)
def test_what_is_no_drawing_is_said(svg: str, why: str) -> None:
    with pytest.raises(NotAnImage) as refused:
        draw_here(svg, DrawTerms())
    assert why in str(refused.value)


def test_no_drawing_takes_more_than_its_time_or_anything_of_the_next() -> None:
    drawers = Decoders(1, seconds=0.2)
    try:
        with pytest.raises(NotAnImage, match=r"drawing it takes more than 0\.2 s|cannot be drawn"):
            drawers.decode(BOMB.encode(), DrawTerms())
        assert drawers.decode(SPOT.encode(), DrawTerms(side=100)).size == (100, 50)
    finally:
        drawers.close()


def test_a_process_apart_draws_the_same() -> None:
    assert draw_apart(SPOT, DrawTerms()) == draw_here(SPOT, DrawTerms())
