"""The offline stages of ``genevolve data`` on many prompts: seconds, CPU time, and whether memory stays flat.

Each stage runs in a process of its own, so that its peak memory is its own. ``teach`` is measured on ``--sample`` prompts (one
process); the audit gets that sample's lessons again and again under new ids, and the split every prompt with one of them in it.

    python benchmarks/data_stages.py --rows 2000 20000 --sample 200
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STAGES = ("recipes", "prompts", "teach", "audit", "split", "export")
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2000, 20000])
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.stage:
        work(chosen.stage, chosen.folder, chosen.rows[0], chosen.sample)
    else:
        compare(chosen.rows, chosen.sample)


def compare(sizes: list[int], sample: int) -> None:
    measured: dict[int, dict[str, Row]] = {}
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="genevolve-stages-") as folder:
            measured[rows] = {stage: in_process(stage, Path(folder), rows, sample) for stage in STAGES}
    head = "".join(f"{rows:>12,} s {'CPU s':>7} {'rows/s':>8} {'MiB':>6}" for rows in sizes)
    print(f"{'stage':<10}{head}   memory ratio")
    for stage in STAGES:
        found = [measured[rows][stage] for rows in sizes]
        cells = "".join(
            f"{each['seconds']:>14.1f} {each['rows'] / each['seconds']:>9.1f} {each['mib']:>6.0f}" for each in found
        )
        print(f"{stage:<10}{cells}   {found[-1]['mib'] / found[0]['mib']:.2f}")
    whole = sum(each["seconds"] for stage, each in measured[sizes[-1]].items() if stage != "teach")
    rate = measured[sizes[-1]]["teach"]
    print(f"all stages but teach, {sizes[-1]:,} rows: {whole:.0f} s; teach: {rate['seconds'] / rate['rows']:.3f} s a prompt")
    print(f"funnel of the pool: {measured[sizes[-1]]['prompts']['funnel']}")


def _cell(one: Row) -> str:
    return f"{one['seconds']:>14.1f} {one['cpu']:>7.1f} {one['rows'] / one['seconds']:>8.1f} {one['mib']:>6.0f}"


def in_process(stage: str, folder: Path, rows: int, sample: int) -> Row:
    command = [
        sys.executable,
        __file__,
        "--stage",
        stage,
        "--folder",
        str(folder),
        "--rows",
        str(rows),
        "--sample",
        str(sample),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Row = json.loads(done.stdout.splitlines()[-1])
    return found


def work(stage: str, folder: Path, rows: int, sample: int) -> None:
    import asyncio

    from genevolve.cli.data_stages import Work

    job = Work.prepare(folder, None, {"recipes": {"count": rows}, "teach": {"rows": sample, "workers": 1}})
    before = time.perf_counter()
    more: Row = {}
    match stage:
        case "recipes":
            job.recipes()
        case "prompts":
            asyncio.run(job.prompts())
            more = {"funnel": json.loads((folder / "prompts.funnel.json").read_text())["why_not"]}
        case "teach":
            asyncio.run(job.teach())
            rows = sample
        case "audit":
            audit(folder, rows)
        case "split":
            split(folder)
        case "export":
            export(folder)
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu": time.process_time(), "mib": peak, **more}))


def taught(folder: Path) -> Iterator[Row]:
    """The sample's lessons, each with the fields of its prompt."""
    from genevolve.data.collect import lessons_of
    from genevolve.data.stage import rows_of
    from genevolve.run.batch import load_results

    return lessons_of(rows_of(folder / "prompts.jsonl"), load_results(folder / "lessons" / "results.jsonl"))


def audit(folder: Path, rows: int) -> None:
    import asyncio

    from genevolve.data.audit import Thresholds
    from genevolve.data.audit import audit as judge
    from genevolve.data.audit_rules import audit_by_rules
    from genevolve.data.stage import Stage, unseen

    again = itertools.chain.from_iterable(taught(folder) for _ in itertools.count())
    lessons = ({**row, "id": f"{n}.0", "prompt_id": str(n)} for n, row in enumerate(itertools.islice(again, rows)))
    with Stage(folder / "audited.jsonl", {}) as stage:
        asyncio.run(judge(stage, lessons, audit_by_rules, Thresholds(), on_row=unseen, paid=False))
        stage.finish()


def split(folder: Path) -> None:
    from genevolve.data.divide import split as divide
    from genevolve.data.stage import Stage, rows_of, unseen

    lesson = next(taught(folder))
    kept = ("messages", "program", "references", "rounds", "tool_calls")
    spoken = {key: lesson[key] for key in kept} | {"audit": {"judge": "rules", "total": 6.0}}
    rows = (
        {**row, **spoken, "prompt_id": row["id"], "truth": {"image_path": "images/truth.png", "kscore": 1.0}}
        for row in rows_of(folder / "prompts.jsonl")
    )
    with Stage(folder / "split.jsonl", {}) as stage:
        divide(stage, rows, scratch=folder / "scratch", on_row=unseen)
        stage.finish()


def export(folder: Path) -> None:
    """The imitation part alone: images cost what images cost, whatever the number of rows."""
    from genevolve.data.export import ExportSource
    from genevolve.data.export import export as write
    from genevolve.data.export_parquet import write_parquet
    from genevolve.data.stage import rows_of, unseen

    rows = (row for row in rows_of(folder / "split.jsonl") if row["view"] == "sft")
    source = ExportSource(lessons=folder / "lessons", truths=folder / "truths")
    write(rows, source, folder / "dataset", on_row=unseen)
    write_parquet(folder / "dataset")


if __name__ == "__main__":
    main()
