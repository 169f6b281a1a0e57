"""Signs that are drawn in strokes: each is compared with all that it could be. Of playing cards they are counted, too."""

from functools import lru_cache
from typing import TYPE_CHECKING

from genevolve.world.atlas.dial_glyphs import SUIT_PATHS, lettered
from genevolve.world.language.dials import Dial
from genevolve.world.pixel.dial_patch import Patch, blobs

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools

_SIDE = 32


def card_of(patch: Patch, dial: Dial) -> tuple[str, bool]:
    box = (21.0, 10.0, 51.0, 62.0)
    part = patch.part(box)
    signs = blobs(part.min(axis=2) < 130, (9, 400))
    if not signs:
        return "no signs", False
    suit_sign = max(signs, key=lambda sign: sign.sum()) if len(signs) != 2 else signs[1]
    suit = max(SUIT_PATHS, key=lambda name: _alike(suit_sign, _suit_shape(name)))
    ink = part[part.min(axis=2) < 130].mean(axis=0)
    red = bool(ink[0] > ink[1] + 80)
    letter = max("JQK", key=lambda name: _alike(signs[0], _letter_shape(name)))
    lettered_card = len(signs) == 2 and _alike(signs[0], _letter_shape(letter)) > _alike(signs[0], _suit_shape(suit))
    counted = "ace" if len(signs) == 1 else str(len(signs))
    rank = {"J": "jack", "Q": "queen", "K": "king"}[letter] if lettered_card else counted
    measured = f"{rank} of {suit}"
    return measured, measured == dial.value and red == (suit in {"hearts", "diamonds"})


def digits_of(patch: Patch, dial: Dial) -> tuple[str, bool]:
    """The dark digits in the middle, from the left."""
    part = patch.part((14.0, 18.0, 58.0, 54.0))
    signs = blobs(part.max(axis=2) < 110, (12, 400), across=True)
    read = "".join(max("0123456789", key=lambda name: _alike(sign, _digit_shape(name))) for sign in signs)
    return read or "no number", read == dial.value


def _alike(one: "Bools", other: "Bools") -> float:
    """Area that both share, of what either has, when both fill the same square."""
    import cv2
    import numpy as np

    sized = [cv2.resize(shape.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) > 0.5 for shape in (one, other)]
    proportion = (one.shape[1] / one.shape[0]) / (other.shape[1] / other.shape[0])
    shared = float((sized[0] & sized[1]).sum()) / max(1.0, float((sized[0] | sized[1]).sum()))
    return float(shared * min(proportion, 1 / proportion))


@lru_cache(maxsize=8)
def _suit_shape(suit: str) -> "Bools":
    return _shape(f'<path transform="translate(36 36) scale(30)" d="{SUIT_PATHS[suit]}"/>')


@lru_cache(maxsize=16)
def _digit_shape(digit: str) -> "Bools":
    return _shape(lettered(digit, (20, 10), 48, "#000000", 7.0))


@lru_cache(maxsize=8)
def _letter_shape(letter: str) -> "Bools":
    return _shape(lettered(letter, (16, 6), 58, "#000000", 8.7))


def _shape(drawing: str) -> "Bools":
    import io

    import numpy as np
    from PIL import Image
    from resvg_py import svg_to_bytes

    source = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">{drawing}</svg>'
    data = bytes(svg_to_bytes(svg_string=source, width=144, height=144, skip_system_fonts=True))
    seen = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3] > 100
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return np.asarray(seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
