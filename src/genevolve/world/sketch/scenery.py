"""A setting by name: what people call it, how it is painted, and where its floor begins."""

from collections.abc import Callable
from dataclasses import dataclass

from genevolve.world.sketch.stage import Canvas


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """A named setting. ``ground``: where its floor begins, as a fraction of the height; None when it has none."""

    name: str
    words: str  # a regular expression of what people call it
    paint: Callable[[Canvas], None]
    ground: float | None = None
    outdoors: bool = False  # whether the hour changes it
