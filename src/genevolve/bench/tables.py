"""The tables of a comparison. Every table names its judge and what made each system."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import mean, median

from genevolve.bench.behaviour import Counts, totals
from genevolve.bench.compare import SPLITS, ComparisonGroup, System, estimate, overall, pairs, split_values, strata_weights
from genevolve.bench.published import published
from genevolve.bench.round_tables import further_pictures, rounds_against_takes
from genevolve.bench.runs import ScoredRow
from genevolve.bench.statistics import Estimate, clustered_interval
from genevolve.bench.suite import Uncovered
from genevolve.core.event import SKILLS
from genevolve.data.records import json_object, whole
from genevolve.report.table import Table

NONE = "–"


def tables_of(group: ComparisonGroup) -> list[Table]:
    """All tables of a group, the headline first."""
    several = [
        replace(table, made_by=made_by(group)) for table in (further_pictures(group), rounds_against_takes(group)) if table
    ]
    found = [headline(group), differences(group), *several, published(group.suite)]
    found += [split(group, name) for name in SPLITS]
    found += [skills(group), agentic(group), not_covered(_uncovered(group))]
    return [_remarked(table, group) for table in found if table is not None]


def _remarked(table: Table, group: ComparisonGroup) -> Table:
    """What a reader must know stands under every table of ours."""
    return replace(table, notes=(*table.notes, *group.remarks)) if table.made_by else table


def made_by(group: ComparisonGroup) -> tuple[str, ...]:
    """What stands under every table: judge and profiles."""
    profiles = [f"{system.name}: {system.run.profile}" for system in group.systems]
    return (f"suite {group.suite}, judge {group.judge or 'none (nothing was scored)'}", *profiles)


def shown(found: Estimate | None) -> str:
    return str(found) if found else NONE


def headline(group: ComparisonGroup) -> Table:
    """One row for each system: how many rows, how many without a score, means with intervals, parts."""
    counted = ("requests", "seeds", "rows", "unscored", *_outages(group))
    columns = ("system", *group.columns.values(), *group.measure.parts.values(), *counted)
    notes = ["means with 95 % bootstrap intervals over requests (all seeds of a request together); unscored rows are left out"]
    if any(row.no_program for system in group.systems for row in system.rows):
        notes.append(
            "a row without a valid program is unscored; the column that says so takes it as 0, by the policy's own doing"
        )
    if _outages(group):
        notes.append(
            "degraded: answered without something that a service which was out did not give; such rows say nothing about the "
            "system, and are left out of all means and counts unless --include-degraded is given"
        )
    notes += group.measure.notes
    return Table(
        title=f"Scores on {group.suite}, judge {group.judge or 'none'}",
        columns=columns,
        rows=tuple(_headline_row(system, group) for system in group.systems),
        notes=tuple(notes),
        made_by=made_by(group),
    )


def _outages(group: ComparisonGroup) -> tuple[str, ...]:
    """The name of the column on outages; none where no row met one."""
    degraded = [row for system in group.systems for row in system.rows if row.degraded]
    return (("degraded, left out" if any(row.left_out for row in degraded) else "degraded, included"),) if degraded else ()


def _headline_row(system: System, group: ComparisonGroup) -> tuple[str, ...]:
    scored = system.scored
    counts = (len({row.case for row in system.rows}), len({row.repeat for row in system.rows}), len(system.rows))
    estimates = (shown(overall(system, group, column)) for column in group.columns)
    parts = (_part(scored, name) for name in group.measure.parts)
    degraded = [str(sum(bool(row.degraded) for row in system.rows)) for _ in _outages(group)]
    return (system.name, *estimates, *parts, *map(str, counts), str(system.unscored), *degraded)


def _part(rows: Sequence[ScoredRow], name: str) -> str:
    values = [row.parts[name] for row in rows if name in row.parts]
    if not values:
        return NONE
    return f"{mean(values):.3f}" if len(values) == len(rows) else f"{mean(values):.3f} (n={len(values)})"


def differences(group: ComparisonGroup) -> Table | None:
    """Every two systems on the same rows."""
    found = [(pair, column, pair.comparison(column)) for pair in pairs(group) for column in group.columns]
    rows = tuple(
        (
            f"{pair.first.name} − {pair.second.name}", group.columns[column], str(result.difference.n),
            result.difference.signed, f"{result.p:.4f}", f"{result.wins} / {result.ties} / {result.losses}",
        )
        for pair, column, result in found
        if result is not None
    )  # fmt: skip
    if not rows:
        return None
    method = "paired by request and seed; 95 % bootstrap over requests, two-sided sign-flip permutation test over requests"
    return Table(
        title="Differences on the same rows",
        columns=("systems", "measure", "rows", "difference", "p", "better / equal / worse"),
        rows=rows,
        notes=(method,),
        made_by=made_by(group),
    )


def split(group: ComparisonGroup, name: str) -> Table | None:
    """Means for each value of a split; None where no row has a value for it."""
    of = SPLITS[name]
    values = split_values((row for system in group.systems for row in system.rows), name)
    if not values:
        return None
    few = list(group.columns)[: 2 if len(group.systems) <= 2 else 1]  # both conventions where there is room
    columns = [f"{system.name}, {column}" for system in group.systems for column in (*few, "n")]
    rows = []
    for value in values:
        part = [[row for row in system.rows if of(row) == value] for system in group.systems]
        cells = [cell for own in part for cell in (*(shown(estimate(own, column)) for column in few), _count(own))]
        rows.append((value, *cells))
    weights = strata_weights(group, group.systems[0]) if name == "category" else None
    notes: tuple[str, ...] = ("n is the number of scored rows; + the number of those without a score or left out",)
    if weights:
        notes = (f"weights of the overall figure: {', '.join(f'{k} {v:.3g}' for k, v in weights.items())}", *notes)
    return Table(title=f"By {name}", columns=(name, *columns), rows=tuple(rows), notes=notes, made_by=made_by(group))


def _count(rows: Sequence[ScoredRow]) -> str:
    scored = sum(row.values is not None for row in rows)
    return f"{scored} + {len(rows) - scored}" if len(rows) > scored else str(scored)


def skills(group: ComparisonGroup) -> Table | None:
    """Share of met requirements by the skill that would have prevented the failure, from the judge's diagnostics."""
    found = [{skill: _share(system.rows, skill) for skill in SKILLS} for system in group.systems]
    present = [skill for skill in SKILLS if any(shares[skill] is not None for shares in found)]
    if not present:
        return None
    return Table(
        title="By skill: requirements met",
        columns=("skill", *(system.name for system in group.systems)),
        rows=tuple((skill.replace("_", " "), *(_share_text(shares[skill]) for shares in found)) for skill in present),
        notes=("the share of the judge's checks of a skill that passed; checks of one request are one group",),
        made_by=made_by(group),
    )


def _share(rows: Sequence[ScoredRow], skill: str) -> Estimate | None:
    grouped: dict[str, list[float]] = {}
    for row in rows:
        checks = [float(found.passed) for found in row.diagnostics if found.skill == skill]
        if checks:
            grouped.setdefault(row.case, []).extend(checks)
    return clustered_interval(list(grouped.values())) if grouped else None


def _share_text(found: Estimate | None) -> str:
    return f"{shown(found)} of {found.n}" if found else NONE


# ---- what the agents did ----------------------------------------------------------------------------------------------


def agentic(group: ComparisonGroup) -> Table | None:
    """Means over all rows, scored or not, and ratios of totals."""
    counted = [[row.behaviour for row in system.rows if row.behaviour] for system in group.systems]
    if not any(counted):
        return None
    columns = [
        _agentic_column(found, [row.seconds for row in system.rows if row.seconds is not None])
        for found, system in zip(counted, group.systems, strict=True)
    ]
    names = list(dict.fromkeys(name for column in columns for name in column))
    return Table(
        title="What the agents did",
        columns=("measure", *(system.name for system in group.systems)),
        rows=tuple((name, *(column.get(name, NONE) for column in columns)) for name in names),
        notes=(
            "hit rate: queries that found anything; right reference: the selected one shows a look that the case needs; "
            "skills against those that the case's recipe names; seconds are from a row's first to its last entry, with "
            "other rows at work beside it",
        ),
        made_by=made_by(group),
    )


def _agentic_column(found: list[Counts], seconds: list[float]) -> dict[str, str]:
    if not found:
        return {}
    sums, count = totals(found), len(found)
    get: Callable[[str], float] = lambda name: sums.get(name, 0.0)  # noqa: E731  # short beside the ten lines that use it
    column = {
        "tool calls a row": f"{get('tool_calls') / count:.2f}",
        "turns a row": f"{get('turns') / count:.2f}",
        "search hit rate": _ratio(get("query_hits"), get("queries")),
        "image search hit rate": _ratio(get("image_query_hits"), get("image_queries")),
        "references a row": f"{get('references') / count:.2f}",
    }
    if any("wanted" in one for one in found):
        column |= {
            "right reference was found": _ratio(get("wanted_shown"), get("wanted")),
            "right reference chosen (recall)": _ratio(get("wanted_chosen"), get("wanted")),
            "chosen references that are right (precision)": _ratio(get("references_right"), get("references")),
            "skill routing precision": _ratio(get("skills_right"), get("skills_read")),
            "skill routing recall": _ratio(get("skills_right"), get("skills_needed")),
        }
    column |= {
        "program faults": _faults(found),
        "malformed replies": f"{get('malformed'):g}",
        "failed tool calls": f"{get('tool_failures'):g}",
        "rows without a program": f"{get('no_program'):g}",
        "policy tokens a row": f"{(get('prompt_tokens') + get('completion_tokens')) / count:,.0f}",
        "cost a row (policy / image / judge)": " / ".join(
            f"{get(name) / count:.4g}" for name in ("policy_cost", "image_cost", "judge_cost")
        ),
    }
    return {**column, "seconds a row (median)": f"{median(seconds):.2f}"} if seconds else column


def _ratio(hits: float, of: float) -> str:
    return f"{hits / of:.3f} ({hits:g}/{of:g})" if of else NONE


def _faults(found: list[Counts]) -> str:
    rules: dict[str, int] = {}
    for one in found:
        for rule, number in json_object(one.get("faults")).items():
            rules[rule] = rules.get(rule, 0) + whole(number)
    listed = ", ".join(f"{rule} {number}" for rule, number in sorted(rules.items(), key=lambda entry: -entry[1]))
    return f"{sum(rules.values())} ({listed})" if rules else "0"


def _uncovered(group: ComparisonGroup) -> list[Uncovered]:
    """Each prompt once, however many systems were asked the others."""
    return list(dict.fromkeys(one for system in group.systems for one in system.run.uncovered))


def not_covered(uncovered: Sequence[Uncovered]) -> Table | None:
    """Prompts of the user's file that could not be judged here, by group and reason."""
    if not uncovered:
        return None
    counts: dict[tuple[str, str], int] = {}
    for one in uncovered:
        counts[one.group, one.reason] = counts.get((one.group, one.reason), 0) + 1
    rows = tuple((reason, group or NONE, str(number)) for (group, reason), number in _most(counts))
    return Table(
        title=f"Not covered: {len(uncovered)} prompts",
        columns=("reason", "group", "prompts"),
        rows=rows,
        notes=("these prompts were neither run nor scored; they are in no mean",),
    )


def _most(counts: Mapping[tuple[str, str], int]) -> Iterator[tuple[tuple[str, str], int]]:
    yield from sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
