"""``atlas``: our own held-out requests over the offline world, made from recipes and shipped as code.

``atlas.tsv`` beside this file lists what the recipes must give: id, digest of the request, digest of the ground truth's pixels.
Other versions of the packages that hold the world's facts and pictures may give other cases; that is then said in every table.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from genevolve.bench.measures.kscore import KScore
from genevolve.bench.suite import Suite
from genevolve.core.case import Case
from genevolve.core.errors import UsageError
from genevolve.world.recipes.case import heldout_cases, render_ground_truth

ROWS = 300
# The best picture is not simply the first one: choosing a reference is part of what is tested.
WORLD = {"image_search": {"member": "atlas", "order": "mixed"}}


def atlas_suite(*, data: Path | None = None, rows: int | None = None) -> Suite:
    """The first ``rows`` held-out cases: more rows continue the same list."""
    if data is not None:
        raise UsageError("--data: the suite atlas brings its own requests; leave the option out")
    cases = heldout_cases(rows or ROWS)
    return Suite(
        name="atlas",
        measure=KScore(),
        items=tuple(cases),
        remarks=remarks_on(cases),
        draw=render_ground_truth,
        world=WORLD,
    )


def remarks_on(cases: Sequence[Case]) -> tuple[str, ...]:
    """What is to be said when ``cases`` are not those of the shipped list."""
    known = listed()
    changed = sum(known.get(case.id, (request_digest(case), ""))[0] != request_digest(case) for case in cases)
    if not changed:
        return ()
    return (
        f"{changed} of {len(cases)} requests are not those of the shipped list: other versions of the data packages made "
        "them, so compare with runs of this installation only",
    )


@cache
def listed() -> Mapping[str, tuple[str, str]]:
    """id → (digest of the request, digest of the ground truth's pixels) of the shipped list."""
    text = files(__package__).joinpath("atlas.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[0]: (row[1], row[2]) for row in rows}


def request_digest(case: Case) -> str:
    return hashlib.sha256(case.text.encode()).hexdigest()[:16]


def pixels_digest(image: bytes) -> str:
    """Of the decoded pixels: the same picture written by another version of a PNG library is the same."""
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        pixels = opened.convert("RGB")
    return hashlib.sha256(f"{pixels.size}".encode() + pixels.tobytes()).hexdigest()[:16]
