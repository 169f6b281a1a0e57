"""How long the sketch generator takes, against pasting the same number of pictograms with plain Pillow.

python benchmarks/sketch_speed.py
"""

import io
import statistics
import time
from collections.abc import Callable

from PIL import Image

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.core.picture import Picture
from genevolve.core.protocols import ReferenceImage
from genevolve.world.atlas.raster import raster, reference_png
from genevolve.world.language.model import Count, Relation, Scene, SceneObject, Size, Span, Style, TextElement, TextRole
from genevolve.world.sketch import draw

FLAGS = ("1F1E7-1F1EB", "1F1EF-1F1F5", "1F1E7-1F1F7")
NOWHERE = Span(start=0, end=0)
REPEATS = 30


def obj(key: str, noun: str, count: int = 1, reference: int | None = None, below: str = "", right: str = "") -> SceneObject:
    pairs = ((Direction.BELOW, below), (Direction.RIGHT_OF, right))
    relations = tuple(Relation(direction=direction, targets=(target,)) for direction, target in pairs if target)
    row = Arrangement.ROW if count > 1 else None
    return SceneObject(
        key=key, noun=noun, span=NOWHERE, count=Count(number=count), reference=reference, relations=relations,
        arrangement=row, size=Size.LARGE if reference else None, grounded=True,
    )  # fmt: skip


def poster(style: Style | None = None) -> Scene:
    """Three references, four objects in a row, a title and a caption."""
    objects = (
        obj("a", "flag", reference=1),
        obj("b", "flag", reference=2, right="a"),
        obj("c", "flag", reference=3, right="b"),
        obj("d", "camel", 4, below="b"),
    )
    texts = (
        TextElement(key="t", span=NOWHERE, content="WORLD CUP", quoted=True, role=TextRole.TITLE, place=Place.TOP, bold=True),
        TextElement(
            key="u", span=NOWHERE, content="Three nations, one game", quoted=True, role=TextRole.CAPTION, place=Place.BOTTOM
        ),
    )
    return Scene(text="", objects=objects, texts=texts, background="desert", light="warm sunset light", style=style)


def reference(hexcode: str) -> ReferenceImage:
    picture = Picture(title=hexcode, digest="", source="openmoji")
    return ReferenceImage(picture=picture, note="", data=reference_png(hexcode, 512))


def pasted(size: tuple[int, int], count: int) -> bytes:
    """The floor: ``count`` ready pictograms pasted on one colour and encoded as a PNG."""
    image = Image.new("RGB", size, "white")
    picture = Image.fromarray(raster("openmoji:1F42B", 128))
    for index in range(count):
        image.paste(picture, (index * 40, index * 30), picture)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def milliseconds(work: Callable[[int], object]) -> float:
    """Median of ``REPEATS`` warm calls."""
    for seed in range(4):
        work(seed)
    times = []
    for seed in range(REPEATS):
        start = time.perf_counter()
        work(seed)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def main() -> None:
    references = [reference(code) for code in FLAGS]
    start = time.perf_counter()
    draw(poster(), references, (512, 512), 0)
    print(f"first image, nothing cached       {1000 * (time.perf_counter() - start):7.1f} ms")
    for size in ((256, 256), (512, 512), (1024, 1024), (2048, 2048)):
        drawn = milliseconds(lambda seed, size=size: draw(poster(), references, size, seed))  # type: ignore[misc]
        floor = milliseconds(lambda _, size=size: pasted(size, 7))  # type: ignore[misc]
        print(
            f"{size[0]}x{size[1]}, 3 references, warm".ljust(34)
            + f"{drawn:7.1f} ms   {drawn / floor:5.1f} × plain paste ({floor:.1f} ms)"
        )
    for style in Style:
        drawn = milliseconds(lambda seed, style=style: draw(poster(style), references, (512, 512), seed))  # type: ignore[misc]
        print(f"512x512, {style.value}".ljust(34) + f"{drawn:7.1f} ms")


if __name__ == "__main__":
    main()
