"""All that was seen in one image, before anything is compared with what was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detect import Instance, covered, overlap
from genevolve.world.pixel.ocr import TextLine

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bools, Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Detections:
    """``image`` is RGB, float, 0…255, long side ``WORK`` pixels; boxes and poses are in its pixels.

    ``instances`` has an entry (maybe empty) for every subject whose looks are known. ``read`` is all that OCR took for text,
    ``text_lines`` the part of it that surely is, ``required`` the lines that are one of the required texts, or nearly.
    """

    image: "Floats"
    read: tuple[TextLine, ...]
    text_lines: tuple[TextLine, ...]
    required: tuple[TextLine, ...]
    instances: Mapping[str, tuple[Instance, ...]]
    free: bool = False  # of a request in somebody's own words, of which more is asked
    stacked: bool = False  # texts stand side by side: lines one under another belong together

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[1], self.image.shape[0]

    def every(self) -> list[Instance]:
        """Each instance once, also when several subjects share it."""
        return list({id(i): i for found in self.instances.values() for i in found}.values())

    def hides(self, instance: Instance) -> "Floats | None":
        """(H, W) map, 1 where something stands in front of ``instance``: what it is behind of, and smaller things on it."""
        box = instance.pose.box
        others = [other for other in self.every() if other is not instance and overlap(other.pose.box, box)]
        front = [other for other in others if instance.behind or other.pose.side < instance.pose.side]
        return covered(self.image.shape, front) if front else None

    def background(self) -> "Bools":
        """(H, W): neither a known object, nor the ring around it where shadows lie, nor text."""
        import cv2
        import numpy as np

        cover = covered(self.image.shape, self.every())
        wide = cv2.dilate(cover, np.ones((9, 9), np.uint8)) > 0.1
        for line in self.text_lines:
            left, top, right, bottom = (round(v) for v in line.box)
            wide[max(0, top - 3) : bottom + 4, max(0, left - 3) : right + 4] = True
        if wide.mean() > 0.97:
            wide[:] = cover > 0.5
        return ~wide


def boxes(instances: tuple[Instance, ...]) -> list[Box]:
    return [instance.pose.box for instance in instances]
