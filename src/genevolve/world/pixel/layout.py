"""What makes a picture unpleasant to look at and can be measured: overlaps, cut objects, faint text, dull light."""

import itertools
from collections.abc import Collection

from genevolve.core.score import Dimension
from genevolve.world.pixel.detect import Instance, covered, overlap
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.ground import half_hidden
from genevolve.world.pixel.paint import contrast
from genevolve.world.pixel.verdict import ClaimVerdict

OVERLAP = 0.07  # share of the smaller object that another may cover
MARGIN = 0.012  # of the image: text nearer to the edge than this looks cut
CUT = 0.02  # of an object's side that may stick out of the image before it counts as cut
CONTRAST = 2.2  # WCAG ratio below which large text is hard to read (its own limit for large text is 3)
DULL = 6.0  # standard deviation (of the liveliest channel, 0…255) below which a background has no light in it


def layout(seen: Detections, together: Collection[frozenset[str]], *, complete: bool, stylised: bool) -> list[ClaimVerdict]:
    """The four layout verdicts. ``together`` are pairs of subjects that the request itself lets touch or overlap;
    ``complete``: as many of each as asked for were recognised; ``stylised``: the style itself takes the light away."""
    overlapping = _overlaps(seen, together)
    if not overlapping and not complete and half_hidden(seen):
        overlapping = "something unrecognised comes out from under another thing"
    return [
        _verdict("spatial_layout", "nothing overlaps unasked", overlapping),
        _verdict("aesthetic_drawing", "nothing is cut off by the edge", _cut(seen)),
        _verdict("aesthetic_drawing", "lettering stands out from what is behind it", _faint(seen)),
        _verdict("aesthetic_drawing", "the picture has light and is not flat", "" if stylised else _dull(seen)),
    ]


def _verdict(skill: str, requirement: str, problem: str) -> ClaimVerdict:
    return ClaimVerdict(
        skill=skill, dimension=Dimension.AESTHETICS, requirement=requirement, value=0.0 if problem else 1.0, detail=problem
    )


def _overlaps(seen: Detections, together: Collection[frozenset[str]]) -> str:
    named = [(key, i) for key, found in seen.instances.items() for i in found]
    for (one_key, one), (other_key, other) in itertools.combinations(named, 2):
        if one is other or frozenset({one_key, other_key}) in together:
            continue
        if overlap(one.pose.box, other.pose.box) and _shared(seen, one, other) > OVERLAP:
            return f"{one_key} and {other_key} overlap"
    for line in seen.required:
        for key, instance in named:
            part = _text_share(seen, line.box, instance)
            if 0.12 < part < 0.85:
                return f'the text "{line.text}" and {key} overlap'
    return ""


def _shared(seen: Detections, one: Instance, other: Instance) -> float:
    first, second = covered(seen.image.shape, [one]) > 0.5, covered(seen.image.shape, [other]) > 0.5
    return float((first & second).sum()) / max(1.0, float(min(first.sum(), second.sum())))


def _text_share(seen: Detections, box: tuple[float, float, float, float], instance: Instance) -> float:
    if not overlap(box, instance.pose.box):
        return 0.0
    left, top, right, bottom = (max(0, round(value)) for value in box)
    part = covered(seen.image.shape, [instance])[top:bottom, left:right]
    return float((part > 0.5).mean()) if part.size else 0.0


def _cut(seen: Detections) -> str:
    width, height = seen.size
    for key, found in seen.instances.items():
        for instance in found:
            left, top, right, bottom = instance.pose.box
            beyond = max(-left, -top, right - width, bottom - height)
            if beyond > max(2.0, CUT * instance.pose.side):
                return f"{key} is cut off by the edge"
    for line in seen.required:
        left, top, right, bottom = line.box
        if min(left, width - right) < MARGIN * width or min(top, height - bottom) < 0.5 * MARGIN * height:
            return f'the text "{line.text}" touches the edge'
    return ""


def _faint(seen: Detections) -> str:
    for line in seen.required:
        ratio = contrast(seen.image, line.box)
        if ratio < CONTRAST:
            return f'the text "{line.text}" has a contrast of only {ratio:.1f}'
    return ""


def _dull(seen: Detections) -> str:
    """Flat means: one even, greyish background. An even but vivid colour, or white paper, is a choice."""
    import numpy as np

    ground = seen.image[seen.background()]
    if not len(ground):
        return ""
    light = float(ground.std(axis=0).max())
    middle = np.median(ground, axis=0)
    vivid = float(middle.max() - middle.min()) > 25 or float(middle.min()) > 215 or float(middle.max()) < 40
    return "" if light > DULL or vivid else "the background is one even, dull tone"
