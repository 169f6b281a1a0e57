"""Of what colour a part of a recognised thing is: the roof of a house, the hair of a girl."""

from typing import TYPE_CHECKING

from genevolve.world.atlas.painted import parts_in, pictogram_of
from genevolve.world.atlas.raster import PREFIX, part_cover, raster
from genevolve.world.language.icons import PAINTED
from genevolve.world.language.part_looks import HAIR, people, variants_of
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.match import crop, match_template
from genevolve.world.pixel.paint import nearest, share
from genevolve.world.pixel.templates import RASTER, cut_template

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Floats

_SIDE = 288  # pixels at which the part is cut out
_FEW = 12  # pixels that must be seen of it
_DIFFERENT = 60.0  # levels by which two pictures differ
_SURE = 0.9  # agreement (of at most 1.25) from which a picture is taken for the one that was chosen
_CLEARLY = 0.03  # by how much a picture must agree better than others of the same
_MOST = 0.6  # of them in the colour that was asked for


def part_has_colour(
    image: "Floats", instance: Instance, part: str, name: str, hidden: "Floats | None"
) -> tuple[bool | None, str]:
    """Whether ``part`` of ``instance`` is ``name``, and what it is instead; None where too little of it can be seen."""
    import cv2
    import numpy as np

    look, pose = instance.template.look, instance.pose
    if not look.startswith(PAINTED):
        return None, ""
    width, height = max(4, round(pose.width)), max(4, round(pose.height))
    cover = cv2.resize(_cut(look, part, instance.template.mirrored), (width, height), interpolation=cv2.INTER_AREA)
    inner = (cover > 230).astype(np.uint8)
    core = cv2.erode(inner, np.ones((3, 3), np.uint8))
    own = (core if core.sum() >= _FEW else inner) > 0
    if hidden is not None:
        own &= crop(hidden, pose.x, pose.y, 1.0, (width, height)) < 0.3
    if own.sum() < _FEW:
        return None, ""
    pixels = crop(image, pose.x, pose.y, 1.0, (width, height))[own]
    return share(pixels, name) >= _MOST, nearest(pixels)


def is_pictured_so(image: "Floats", instance: Instance) -> bool:
    """Whether the picture that was chosen for a word ("bald") is nearer to what is seen than other pictures of the same."""
    look = instance.template.look
    if not look.startswith(PAINTED):
        return True  # a picture that shows it by itself
    own, plain = pictogram_of(look), look.removeprefix(PAINTED).partition("|")[0]
    hair = next((colour for part, colour in parts_in(look).items() if part in {HAIR, "beard"}), "")
    rivals = {plain, *variants_of(plain)} - {own}
    alike = {one for one in rivals if _box(one) == _box(own)}
    agreement = {one: _agreement(image, instance, one, hair) for one in (own, *rivals - alike)}
    clearly = agreement[own] >= max((agreement[one] for one in rivals - alike), default=0.0) + _CLEARLY
    return agreement[own] >= _SURE and clearly and all(_nearer(image, instance, own, one, hair) for one in alike)


def _nearer(image: "Floats", instance: Instance, own: str, other: str, hair: str) -> bool:
    """Whether what is seen is nearer to ``own`` than to ``other``, where the two differ: a mouth, the eyes."""
    import cv2
    import numpy as np

    size = (max(4, round(instance.pose.width)), max(4, round(instance.pose.height)))
    pictures = []
    for plain in (own, other):
        rgba = _in_box(raster(_with_hair(plain, hair), _SIDE).astype(np.float32), plain, instance.template.mirrored)
        pictures.append(cv2.resize(rgba, size, interpolation=cv2.INTER_AREA))
    inner = (pictures[0][..., 3] > 250) & (pictures[1][..., 3] > 250)
    differ = inner & (np.abs(pictures[0][..., :3] - pictures[1][..., :3]).max(axis=2) > _DIFFERENT)
    if differ.sum() < _FEW:
        return False
    seen = crop(image, instance.pose.x, instance.pose.y, 1.0, size)
    off = [float(np.abs(seen - one[..., :3]).mean(axis=2)[differ].mean()) for one in pictures]
    return off[0] < off[1]


def _box(look: str) -> tuple[int, ...]:
    """The visible box of a pictogram, in steps of a 36th of its side."""
    import numpy as np

    seen = raster(look, _SIDE)[..., 3] > 40
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return tuple(round(36 * int(at) / _SIDE) for at in (rows[0], rows[-1], columns[0], columns[-1]))


def _with_hair(plain: str, hair: str) -> str:
    """``plain`` with ``hair`` of that colour, where it has any."""
    return f"{PAINTED}{plain}|{HAIR}={hair}" if hair and plain.removeprefix(PREFIX) in people() else plain


def _agreement(image: "Floats", instance: Instance, plain: str, hair: str) -> float:
    """How well ``plain``, with ``hair`` of that colour where it has any, agrees with what stands where ``instance`` does."""
    look = _with_hair(plain, hair)
    template = cut_template(look, raster(look, RASTER), mirrored=instance.template.mirrored)
    found = match_template(image, template, *instance.pose.centre, instance.pose.side)
    return 0.0 if found is None else found.structure + found.colour / 4


def _cut(look: str, part: str, mirrored: bool) -> "Floats":
    """How much of each pixel the part covers, 0 to 255, cut to the visible box of the look as its template is."""
    import numpy as np

    return _in_box(part_cover(look, part, _SIDE).astype(np.float32), look, mirrored)


def _in_box(pixels: "Floats", look: str, mirrored: bool) -> "Floats":
    """``pixels`` of a whole pictogram cut to where ``look`` is visible."""
    import numpy as np

    seen = raster(look, _SIDE)[..., 3] > 40
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    cut = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(cut[:, ::-1] if mirrored else cut)
