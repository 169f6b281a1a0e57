"""The shape of the image that a request asks for in words: "landscape format", "a wide banner", "16:9"."""

import re
from dataclasses import dataclass

_LANDSCAPE, _PORTRAIT, _WIDE, _TALL, _SQUARE = (640, 448), (448, 640), (768, 320), (320, 768), (512, 512)
_MEDIUM = r"(?:format|orientation|layout|mode|size|aspect(?: ratio)?)"
_CANVAS = (
    r"(?:poster|picture|image|photo|card|postcard|flyer|painting|drawing|illustration|print|page|shot|wallpaper|sign|graphic)"
)
_FORMATS = (
    (re.compile(rf"\b(?:in )?(?:landscape|horizontal) (?:{_MEDIUM}\b|(?={_CANVAS}\b))|\blandscape-format\b", re.IGNORECASE), _LANDSCAPE),
    (re.compile(rf"\b(?:in )?(?:portrait|vertical|upright) (?:{_MEDIUM}\b|(?={_CANVAS}\b))|\bportrait-format\b", re.IGNORECASE), _PORTRAIT),
    (re.compile(rf"\b(?:in )?square {_MEDIUM}\b|\b1:1\b", re.IGNORECASE), _SQUARE),
    (re.compile(r"\b(?:very )?(?:wide|long|panoramic) (?=banner\b|header\b|poster\b|picture\b|image\b|panorama\b)|\bpanorama format\b", re.IGNORECASE), _WIDE),
    (re.compile(r"\btall (?=banner\b|poster\b|picture\b|image\b)|\b9:16\b", re.IGNORECASE), _TALL),
    (re.compile(r"\b16:9\b", re.IGNORECASE), (704, 396)),
    (re.compile(r"\b4:3\b", re.IGNORECASE), (640, 480)),
    (re.compile(r"\b3:4\b", re.IGNORECASE), (480, 640)),
)  # fmt: skip


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
