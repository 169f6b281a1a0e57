"""What a benchmark leaves beside its rows: tables for people, figures for programs, the release's files for comparison."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from genevolve.bench.compare import ComparisonGroup, groups_of, overall
from genevolve.bench.gains import equal_costs, gains
from genevolve.bench.runs import Run
from genevolve.bench.suite import Uncovered
from genevolve.bench.tables import tables_of
from genevolve.data.records import Json
from genevolve.report.table import Table, markdown
from genevolve.run.folder import RunFolder
from genevolve.run.release import write_evaluation
from genevolve.store.images import write_atomically
from genevolve.store.journal import records


def write_summary(run: Run, uncovered: Sequence[Uncovered] = ()) -> str:
    """Write ``summary.md`` and ``bench.json`` (and, for KScores, ``results_eval.json``, ``summary.json``, ``summary.csv``)."""
    groups = groups_of([replace(run, uncovered=tuple(uncovered))])
    tables = [table for group in groups for table in tables_of(group)]
    text = report_text(tables)
    write_atomically(run.folder / "summary.md", text.encode())
    figures: Json = {"name": run.name, "about": run.about, "groups": [_figures(group) for group in groups]}
    figures["uncovered"] = [asdict(one) for one in uncovered]
    write_atomically(run.folder / "bench.json", json.dumps(figures, indent=2, ensure_ascii=False).encode())
    if run.measure.released:
        left_out = {row.key for row in run.rows if row.left_out}
        write_evaluation(records(RunFolder(run.folder).results), run.folder, left_out=left_out)
    return text


def report_text(tables: Sequence[Table]) -> str:
    return "\n".join(markdown(table) for table in tables)


def _figures(group: ComparisonGroup) -> Json:
    systems = []
    for system in group.systems:
        mixed = group.measure.of_programs - set(group.columns)
        found = {column: None if column in mixed else overall(system, group, column) for column in group.measure.columns}
        systems.append(
            {
                "name": system.name,
                "rows": len(system.rows),
                "unscored": system.unscored,
                "degraded": sum(bool(row.degraded) for row in system.rows),
                **{column: asdict(estimate) if estimate else None for column, estimate in found.items()},
                **({"rounds": [asdict(one) for one in further]} if (further := gains(system)) else {}),
            }
        )
    told: Json = {"suite": group.suite, "judge": group.judge, "measure": group.measure.reference, "systems": systems}
    equal = [asdict(one) for one in equal_costs(group.systems)]
    return {**told, "rounds_against_takes": equal} if equal else told
