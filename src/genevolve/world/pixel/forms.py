"""Whether an image has the layout that was asked for, as far as its texts and its things show it."""

import itertools
from collections.abc import Sequence

from genevolve.core.claim import Arranged, Arrangement, Claim, TextShown
from genevolve.core.score import Dimension
from genevolve.world.language.model import Form, FormKind
from genevolve.world.pixel import geometry
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.detections import Detections, boxes
from genevolve.world.pixel.ocr import NEAR, best_match
from genevolve.world.pixel.verdict import ClaimVerdict


def laid_out(form: Form, claims: Sequence[Claim], seen: Detections) -> ClaimVerdict | None:
    """Of a form without slots. None where nothing tells: a text that is not there has no place."""
    match form.kind:
        case FormKind.LIST | FormKind.CARD:
            found = [best_match(claim.text, seen.read) for claim in claims if isinstance(claim, TextShown)]
            known = [match.box for match in found if match.likeness >= NEAR and match.lines]
            return _verdict(form, _stacked(known)) if len(known) == len(found) > 0 else None
        case FormKind.GRID:
            grids = [claim for claim in claims if isinstance(claim, Arranged) and claim.arrangement is Arrangement.GRID]
            shown = [seen.instances.get(claim.subject.key, ()) for claim in grids]
            return _verdict(form, all(geometry.arranged(Arrangement.GRID, boxes(one)) for one in shown)) if shown else None
    return None


def _stacked(texts: Sequence[Box]) -> bool:
    """Each below the one before, in the order in which they are asked for."""
    return all(geometry.centre(upper)[1] < geometry.centre(lower)[1] for upper, lower in itertools.pairwise(texts))


def _verdict(form: Form, passed: bool) -> ClaimVerdict:
    return ClaimVerdict(
        skill="spatial_layout",
        dimension=Dimension.FAITHFULNESS,
        requirement=f"the layout: {form.kind.value}",
        value=1.0 if passed else 0.0,
        detail="" if passed else "its parts do not stand so",
    )
