"""The shape of the image that a request asks for in words: "landscape format", "a wide banner", "16:9"."""

import re
from dataclasses import dataclass

_LANDSCAPE, _PORTRAIT, _SQUARE, _WIDE, _TALL = (768, 512), (512, 768), (512, 512), (768, 320), (320, 768)
_SIDEWAYS = r"(?:format|orientation|orientated|oriented|mode|layout|aspect(?: ratio)?|canvas)\b"
_CANVAS = r"(?:poster|picture|image|photo|card|postcard|flyer|painting|drawing|illustration|print|page|wallpaper)"
_STRIP = r"banner|header"
_SMALL = r"image|picture|photo|poster|card|icon|logo|sticker|badge|label|avatar"
_LONG = r"(?:banner|header|poster|picture|image|panorama)"


def _said(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# "a landscape", "a portrait of my aunt" and "a red square" are what an image shows; only these say what shape it has.
_FORMATS = (
    (_said(rf"\b(?:in )?landscape[ -](?:{_SIDEWAYS}|(?={_CANVAS}\b))|\bin landscape(?=[,.;!]|\s*$)"), _LANDSCAPE),
    (_said(rf"\b(?:in )?portrait[ -](?:{_SIDEWAYS}|(?={_CANVAS}\b))|\bin portrait(?=[,.;!]|\s*$)"), _PORTRAIT),
    (
        _said(rf"\b(?:in )?square[ -](?:{_SIDEWAYS}|(?=(?:{_SMALL})\b))|\b1:1\b"),
        _SQUARE,
    ),
    (_said(rf"\b(?:in )?landscape (?=(?:[a-z]+ )?(?:{_STRIP})\b)"), _WIDE),
    (_said(rf"\b(?:very )?(?:wide|long|panoramic) (?={_LONG}\b)"), _WIDE),
    (_said(r"\btall (?=(?:banner|poster|picture|image)\b)|\b9:16\b"), _TALL),
    (_said(r"\b16:9\b"), (704, 396)),
    (_said(r"\b4:3\b"), (640, 480)),
    (_said(r"\b3:4\b"), (480, 640)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """``size`` is (width, height) in pixels; the words [start, end) ask for it."""

    size: tuple[int, int]
    start: int
    end: int


def asked_format(request: str) -> Format | None:
    """The first shape that ``request`` names; None when it names none. Linear time."""
    found = [(match.start(), match.end(), size) for pattern, size in _FORMATS if (match := pattern.search(request[:4000]))]
    if not found:
        return None
    start, end, size = min(found)
    return Format(size=size, start=start, end=end)
