"""A pictogram with parts in colours of their own, and where each of these parts is."""

import re
from functools import lru_cache
from xml.etree import ElementTree

from genevolve.world.atlas.patterned import patterned
from genevolve.world.language.colours import PALETTE
from genevolve.world.language.icons import PAINTED
from genevolve.world.language.part_looks import HAIR, fills, variant_of
from genevolve.world.language.patterns import Pattern, pattern_of

SVG = "http://www.w3.org/2000/svg"
_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")
_LINES = ("line", "line-supplement")
_HAIR = (HAIR, "beard")
_LIFTED = 38  # of 255: black parts stay apart from their outline


def pictogram_of(look: str) -> str:
    """The plain pictogram that a painted look is painted on: another one of the same where a word asks for that."""
    plain, _, told = look.removeprefix(PAINTED).partition("|")
    variants = (variant_of(plain, pair.partition("=")[0]) for pair in told.split(";"))
    return next((found for found in variants if found is not None), plain)


def parts_in(look: str) -> dict[str, str]:
    """The parts of a painted look and the palette's names of their colours."""
    pairs = (pair.partition("=") for pair in look.partition("|")[2].split(";"))
    return {name: colour for name, _, colour in pairs if colour}


def painted(source: str, look: str) -> str:
    """The SVG file ``source`` of ``pictogram_of(look)`` with the parts of ``look`` in their colours."""
    pattern = pattern_on(look)
    if pattern is not None:
        source = patterned(source, pattern.kind, _hex(pattern.ground), _hex(pattern.other))
    paints = tuple((part, _hex(colour)) for part, colour in parts_in(look).items())
    return repainted(source, look, paints) if paints else source


def pattern_on(look: str) -> Pattern | None:
    """The pattern of a painted look."""
    names = (pair.partition("=")[0] for pair in look.partition("|")[2].split(";"))
    return next((found for name in names if (found := pattern_of(name)) is not None), None)


@lru_cache(maxsize=256)
def repainted(source: str, look: str, paints: tuple[tuple[str, str], ...]) -> str:
    """``source`` with parts in ``paints`` ("#rrggbb"). Raises ``KeyError`` for a part that the picture of ``look`` lacks."""
    code = look.removeprefix(PAINTED).partition("|")[0].removeprefix("openmoji:")
    root = ElementTree.fromstring(source)
    counts: dict[str, int] = {}
    for group in root:
        in_hair = group.get("id") == "hair"
        for node in group.iter() if group.get("id") not in _LINES else ():
            fill = _long(node.get("fill", "none").lower())
            if fill == "none":
                continue
            counts[fill] = counts.get(fill, 0) + 1
            for part, paint in paints:
                if in_hair if part in _HAIR else _is_of(fill, counts[fill], fills()[code][part]):
                    node.set("fill", paint)
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _is_of(fill: str, number: int, wanted: tuple[str, ...]) -> bool:
    return fill in wanted or f"{fill}@{number}" in wanted


def _long(fill: str) -> str:
    return _SHORT.sub(r"#\1\1\2\2\3\3", fill) if len(fill) == 4 else fill


def _hex(colour: str) -> str:
    red, green, blue = PALETTE[colour]
    least = _LIFTED if max(red, green, blue) < _LIFTED else 0
    return f"#{max(red, least):02x}{max(green, least):02x}{max(blue, least):02x}"
