"""``atlas``: our own held-out requests over the offline world, made from recipes and shipped as code.

``atlas.tsv`` beside this file lists what the recipes must give: id, digest of the request, digest of the ground truth's pixels.
Other versions of the packages that hold the world's facts and pictures may give other cases; that is then said in every table.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from genevolve.bench.suite import Item, Needs, Suite
from genevolve.world.recipes.case import Case, heldout_cases

ROWS = 300
# The best picture is not simply the first one: choosing a reference is part of what is tested.
WORLD = {"image_search": {"member": "atlas", "order": "mixed"}}


def atlas_suite(rows: int | None = None) -> Suite:
    """The first ``rows`` held-out cases: more rows continue the same list."""
    cases = heldout_cases(rows or ROWS)
    return Suite(name="atlas", measure="kscore", items=tuple(map(_item, cases)), remarks=remarks_on(cases), world=WORLD)


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
    return hashlib.sha256(case.request.encode()).hexdigest()[:16]


def pixels_digest(image: bytes) -> str:
    """Of the decoded pixels: the same picture written by another version of a PNG library is the same."""
    from PIL import Image

    with Image.open(io.BytesIO(image)) as opened:
        pixels = opened.convert("RGB")
    return hashlib.sha256(f"{pixels.size}".encode() + pixels.tobytes()).hexdigest()[:16]


def _item(case: Case) -> Item:
    return Item(
        id=case.id,
        request=case.request,
        track=case.track.value,
        category=case.category,
        difficulty=case.difficulty.value,
        claims=case.claims,
        case=case,
        needs=needs_of(case),
        fields={"family": case.recipe.family, "dominant": case.recipe.dominant.value},
    )


def needs_of(case: Case) -> Needs:
    """By the recipe: the skills that its requirements name, and the looks of every figure that only a reference can show."""
    figures = case.recipe.picture.figures
    return Needs(
        skills=case.skills,
        references=tuple(figure.looks for figure in figures if figure.reference),
        looks=tuple(dict.fromkeys(look for figure in figures for look in figure.looks)),
    )
