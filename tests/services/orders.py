"""Orders for generators."""

from collections.abc import Sequence

from genevolve.core.picture import Picture
from genevolve.core.protocols import ReferenceImage, RenderOrder
from tests.services.pictures import encoded


def reference(data: bytes, title: str = "a thing") -> ReferenceImage:
    return ReferenceImage(picture=Picture(title=title, digest="0" * 64, source="test"), note="its shape", data=data)


def order(*references: bytes, prompt: str = "A red house", size: tuple[int, int] = (512, 512), seed: int = 7) -> RenderOrder:
    return RenderOrder(prompt=prompt, references=tuple(reference(data) for data in references), size=size, seed=seed)


def awkward() -> Sequence[tuple[str, bytes]]:
    """Reference files that break careless clients: transparency, palettes, other formats than their name, orientation."""
    return (
        ("RGBA PNG", encoded(mode="RGBA")),
        ("palette PNG", encoded(mode="P")),
        ("grey with alpha", encoded(mode="LA")),
        ("WebP", encoded("WEBP")),
        ("CMYK JPEG", encoded("JPEG", mode="CMYK")),
        ("rotated JPEG", encoded("JPEG", orientation=6)),
    )
