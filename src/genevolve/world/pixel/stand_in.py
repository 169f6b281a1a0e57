"""The grey pebble that stands where nothing could be drawn: seen by its tone, its shading and its outline, whatever made it."""

from typing import TYPE_CHECKING

from genevolve.world.pixel.arrays import Box

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes, Floats

COLOURLESS = 14  # most difference between the channels of its pixels, of 255
TONES = (96, 202)  # of its pixels; the outline is darker, most grounds are lighter
SMALLEST = 0.004  # of the image's area
FULL = 0.6  # of its box that it fills; the corners are round, and something may stand in front
FALL = 8.0  # by how much its upper third is lighter than its lower third


def stand_ins(image: "Floats") -> list[Box]:
    """Boxes of grey pebbles in ``image`` (RGB, 0…255), largest first. Grey things with a shape of their own are none."""
    import cv2
    import numpy as np

    grey = image.mean(axis=2)
    mask = (image.max(axis=2) - image.min(axis=2) <= COLOURLESS) & (grey >= TONES[0]) & (grey <= TONES[1])
    number, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    height, width = grey.shape
    found: list[tuple[int, Box]] = []
    for left, top, wide, high, area in stats[1:number].tolist():
        inside = left > 0 and top > 0 and left + wide < width and top + high < height
        if inside and area >= SMALLEST * width * height and area >= FULL * wide * high:
            part = np.s_[top : top + high, left : left + wide]
            if _shaded(grey[part], mask[part]):
                found.append((area, (float(left), float(top), float(left + wide), float(top + high))))
    return [box for _, box in sorted(found, key=lambda entry: -entry[0])]


def _shaded(grey: "Floats", mask: "Bytes") -> bool:
    """Lighter above than below, and smooth: no lines inside."""
    import numpy as np

    third = max(1, grey.shape[0] // 3)
    upper, lower = grey[:third][mask[:third] > 0], grey[-third:][mask[-third:] > 0]
    if not upper.size or not lower.size or float(upper.mean() - lower.mean()) < FALL:
        return False
    steps = np.abs(np.diff(grey, axis=0))[(mask[1:] > 0) & (mask[:-1] > 0)]
    return float(np.percentile(steps, 98)) < 6.0
