"""Trying a generator out."""

from typing import Any

from genevolve.core.finding import Finding, ok
from genevolve.core.picture import Picture
from genevolve.core.protocols import Generator, ReferenceImage, RenderOrder
from genevolve.services.check import tried
from genevolve.services.pictures import plain_png


def small_order(references: int, *, side: int = 256) -> RenderOrder:
    """A harmless order with plain red references."""
    picture = Picture(title="a red square", digest="0" * 64, source="check")
    image = ReferenceImage(picture=picture, note="its colour", data=plain_png((side, side), "red"))
    prompt = "A plain red square" + (" like the first reference image" if references else "") + " on a white background."
    return RenderOrder(prompt=prompt, references=(image,) * references, size=(side, side), seed=0)


async def drawn(generator: Generator, *, references: int = 0, seconds: float, fix: str) -> Finding:
    """One real image."""
    rendering: Any = await tried(generator.generate(small_order(references)), fix=fix, seconds=seconds)
    if isinstance(rendering, Finding):
        return rendering
    cost = f", cost {rendering.cost:.4g}" if rendering.cost else ""
    return ok(f"drew one image ({len(rendering.data):,} bytes{cost})")
