"""``atlas``: our own held-out requests over the offline world, made from recipes and shipped as code."""

from genevolve.bench.suite import Item, Needs, Suite
from genevolve.core.event import SKILLS
from genevolve.data.case import Case, heldout_cases

ROWS = 300


def atlas_suite(rows: int | None = None) -> Suite:
    """The first ``rows`` held-out cases: more rows continue the same list."""
    return Suite(name="atlas", measure="kscore", items=tuple(_item(case) for case in heldout_cases(rows or ROWS)))


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
    wanted = {case.recipe.dominant.value, *(requirement.value for requirement in case.recipe.secondary)}
    figures = case.recipe.picture.figures
    return Needs(
        skills=tuple(skill for skill in SKILLS if skill in wanted),
        references=tuple(figure.looks for figure in figures if figure.reference),
        looks=tuple(dict.fromkeys(look for figure in figures for look in figure.looks)),
    )
