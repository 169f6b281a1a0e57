"""The tables and the plot of what further pictures have brought."""

from genevolve.bench.compare import ComparisonGroup
from genevolve.bench.gains import UNITS, equal_costs, gains
from genevolve.report.plots import Drawing, Line, lines
from genevolve.report.table import Table


def further_pictures(group: ComparisonGroup) -> Table | None:
    """What each further picture has brought, and cost; None where every request had one picture only."""
    rows = tuple(
        (
            system.name, str(one.pictures), str(one.score), one.gain.difference.signed if one.pictures > 1 else "",
            f"{one.gain.p:.4f}" if one.pictures > 1 else "", f"{one.worse:.1%}",
            *(f"{one.spent[unit]:,.2f}" if unit != "money" else f"{one.spent[unit]:.4g}" for unit in UNITS),
        )
        for system in group.systems
        for one in gains(system)
    )  # fmt: skip
    if not rows:
        return None
    label = next(iter(group.columns.values()))
    return Table(
        title="What each further picture has brought",
        columns=("system", "pictures at most", label, "gain over the first", "p", "made worse", *UNITS),
        rows=rows,
        notes=(
            "the score of the picture that is the result after so many; a request that ended before counts as it ended",
            "made worse: the share of requests whose result scores lower than their first picture",
            "images, turns, tokens and money are means a request, all up to there",
        ),
    )


def rounds_against_takes(group: ComparisonGroup) -> Table | None:
    """Systems that revise beside those that draw one answer again, where both cost the same; None without both."""
    rows = tuple(
        (
            f"{one.first}, at most {one.pictures}", one.second,
            f"{one.cost:.4g} {one.unit}{'' if one.reached else ' (not reached)'}",
            str(one.score), str(one.other), one.comparison.difference.signed, f"{one.comparison.p:.4f}",
        )
        for one in equal_costs(group.systems)
    )  # fmt: skip
    if not rows:
        return None
    return Table(
        title="Rounds against best of n at equal cost",
        columns=("rounds", "takes", "cost a request", "score of rounds", "score of takes", "difference", "p"),
        rows=rows,
        notes=(
            "takes are stopped where they cost as much on average: between two numbers of pictures the score is what is "
            "expected where some requests, chosen by chance, may have one more; “not reached”: all their pictures cost less",
            "drawing again needs no tokens of the policy: where money is known it is the fairer cost",
        ),
    )


def curve(group: ComparisonGroup) -> Drawing | None:
    """The score over the pictures that a request may have."""
    drawn = []
    for number, system in enumerate(group.systems):
        if found := gains(system):
            drawn.append(Line(label=system.name, values=tuple(one.score.mean for one in found), series=number))
    label = next(iter(group.columns.values()))
    return lines(drawn, caption=f"{label} after so many pictures at most") if drawn else None
