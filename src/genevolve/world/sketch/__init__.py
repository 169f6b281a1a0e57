"""``sketch``: a reference-conditioned scene renderer on the CPU. It understands plain scene descriptions, draws what they say
and, from the seed, does with what they leave open what image models do wrong. docs/sketch.md has the table."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from genevolve.core.errors import UsageError
from genevolve.core.finding import Finding, ok
from genevolve.core.protocols import ReferenceImage, Rendering, RenderOrder
from genevolve.generators.check import drawn
from genevolve.world.language.model import Scene
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.quirks.profile import QuirkProfile

if TYPE_CHECKING:
    from genevolve.world.sketch.paint import Painting
    from genevolve.world.sketch.plan import LayoutPlan

SMALLEST, LARGEST = 64, 2048


class Sketch:
    """The offline member of the generator role. The same order gives the same bytes.

    ``vocabulary``: what it can draw without a reference. ``quirks``: the number of a profile of hidden
    habits, how things must be worded for it to honour them (docs/quirks.md); None for none.
    """

    sides = (SMALLEST, LARGEST)
    max_references = math.inf
    trained = False

    def __init__(self, vocabulary: Vocabulary = Vocabulary.EVERYDAY, quirks: int | None = None) -> None:
        self._vocabulary = Vocabulary(vocabulary)
        self._quirks = None if quirks is None else QuirkProfile.drawn(quirks)

    async def generate(self, order: RenderOrder) -> Rendering:
        return draw(self._scene(order), order.references, order.size, order.seed)

    async def vector(self, order: RenderOrder) -> str:
        """The picture of ``order`` as an SVG file that people can go on with: the same layout in shapes and texts."""
        return traced(self._scene(order), order.references, order.size, order.seed)

    def _scene(self, order: RenderOrder) -> Scene:
        from genevolve.world.language.reader import read

        if self._quirks is None:
            return read(order.prompt, self._vocabulary)
        return self._quirks.heard(order.prompt, self._vocabulary, order.seed)

    async def check(self, *, call: bool) -> Sequence[Finding]:
        if not call:
            return [ok("ready; it draws on this machine")]
        return [await drawn(self, references=1, seconds=60, fix="pip install 'genevolve[offline]'")]


def draw(
    scene: Scene, references: Sequence[ReferenceImage] = (), size: tuple[int, int] = (512, 512), seed: int = 0
) -> Rendering:
    """``scene`` as a PNG of ``size`` (width, height), each 64 to 2048.

    Raises ``UsageError`` for another size and ``ServiceError`` for a reference whose bytes are no usable image. Everything else
    that cannot be drawn is said in the notes, with what stands in.
    """
    from genevolve.world.atlas.icons import CREDIT, is_credited
    from genevolve.world.sketch.paint import encoded

    planned, painting = _painted(scene, references, size, seed)
    shapes = any(is_credited(figure.source.look) for figure in planned.figures)
    return Rendering(data=encoded(painting.image), notes=planned.notes, credits=(CREDIT,) if shapes else ())


def traced(scene: Scene, references: Sequence[ReferenceImage] = (), size: tuple[int, int] = (512, 512), seed: int = 0) -> str:
    """What ``draw`` draws, as an SVG file. Raises what ``draw`` raises."""
    return _painted(scene, references, size, seed)[1].tracing.svg()


def _painted(
    scene: Scene, references: Sequence[ReferenceImage], size: tuple[int, int], seed: int
) -> tuple["LayoutPlan", "Painting"]:
    from genevolve.world.sketch.compose import plan
    from genevolve.world.sketch.paint import paint

    if not all(SMALLEST <= side <= LARGEST for side in size):
        raise UsageError(
            f"size {size[0]}x{size[1]} cannot be drawn by sketch: each side must be {SMALLEST} to {LARGEST} pixels"
        )
    planned = plan(scene, references, size, seed)
    return planned, paint(scene, planned, references, seed)
