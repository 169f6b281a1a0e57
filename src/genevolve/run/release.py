"""The result files of the public release: ``results.json`` of stages 1 and 2, and stage 3's rows and summaries.

Written once, at the end, streaming. A row of stage 3 has ``overall`` = round(0.1·F + 0.4·V + 0.4·T + 0.1·A, 2), T being 0.5
where no text is needed. Rows without a score are counted, never averaged as zeros (except in ``overall_missing_zero``,
which says so in its name). So are rows that met an outage, and, where several judges or versions of one scored, the rows of
all but the one with most rows.
"""

import csv
import json
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from genevolve.run.result import judged_by
from genevolve.store.journal import json_line

DIMENSIONS = ("faithfulness", "visual_correctness", "text_accuracy", "aesthetics")
METRICS = (*DIMENSIONS, "overall")
COLUMNS = ("split", "count_eval_success", "denominator", "missing_or_failed", *METRICS, "overall_missing_zero")
OWN = frozenset(
    {
        "request", "facts", "notes", "score", "unscored", "program_score", "tool_calls", "usage", "size", "seed", "bad_input",
        "degraded",
    }
)  # fmt: skip


def write_results(rows: Iterable[dict[str, Any]], path: Path) -> None:
    """``results.json``: the rows of stage 1 or 2 with what they carried, without the fields that are only ours."""
    _write_array((_stage_row(row) for row in rows), path)


def _stage_row(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in OWN}
    filled: dict[str, Any] = {
        "prompt": "", "gen_prompt": "", "reference_images": [], "messages": [], "termination": "error", "rounds": 0,
        "error": None,
    }  # fmt: skip
    kept = {**filled, **kept}
    for key in ("gen_prompt", "image_path", "output_path"):
        if key in kept and kept[key] is None:
            kept[key] = ""
    return kept


def write_evaluation(
    rows: Iterable[dict[str, Any]], folder: Path, *, left_out: Collection[str] | None = None
) -> dict[str, Any]:
    """``results_eval.json``, ``summary.json`` and ``summary.csv`` in ``folder``; the summary. ``left_out`` are the ids of rows
    that are not averaged; None: those that say that they are degraded."""
    path = folder / "results_eval.json"
    tally = _Tally()
    _write_array(_evaluated(rows, tally, left_out), path)
    summary = tally.summary(str(path))
    written = json.dumps(summary, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace")
    (folder / "summary.json").write_bytes(written)
    with (folder / "summary.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerow({"split": "all", **summary["all"]})
        for split, metrics in summary["by_eval_type"].items():
            writer.writerow({"split": split, **metrics})
    return summary


def evaluated_row(row: dict[str, Any], *, left_out: bool = False) -> dict[str, Any]:
    """A stage-3 row: ``eval_success``, ``scores`` or None, and ``error``."""
    score = row.get("score")
    kept = _stage_row(row)
    if left_out:
        outages = "; ".join(map(str, row.get("degraded") or ())) or "a service was out"
        return {**kept, "eval_success": False, "scores": None, "error": f"degraded by an outage: {outages}"}
    if not isinstance(score, dict):
        unscored = row.get("unscored")
        reason = unscored.get("reason") if isinstance(unscored, dict) else row.get("error")
        return {**kept, "eval_success": False, "scores": None, "error": reason or "not_evaluated"}
    return {**kept, "eval_success": True, "scores": release_scores(score), "error": None}


def release_scores(score: dict[str, Any]) -> dict[str, Any]:
    """Scores clipped to [0, 1] and rounded to 2 places, and their overall, in the release's convention."""
    values = {name: 0.5 if score[name] is None else round(min(1.0, max(0.0, score[name])), 2) for name in DIMENSIONS}
    f, v, t, a = (values[name] for name in DIMENSIONS)
    scores = {"rationale": score.get("rationale", ""), **values, "overall": round(0.1 * f + 0.4 * v + 0.4 * t + 0.1 * a, 2)}
    if score["text_accuracy"] is None:
        scores["text_accuracy_na"] = True
    scores["judge"] = score.get("judge", "")
    return {**scores, "judge_version": score["judge_version"]} if score.get("judge_version") else scores


class _Tally:
    """Sums per split for each judge, kept while rows stream by. Those of rows without a score are under no judge ("")."""

    def __init__(self) -> None:
        self.judges: dict[str, dict[tuple[str, str], dict[str, float]]] = {}
        self.total = 0
        self.missing: list[str] = []
        self.failed: list[str] = []

    def add(self, row: dict[str, Any]) -> None:
        self.total += 1
        meta = row["meta"] if isinstance(row.get("meta"), dict) else {}
        case = str(meta.get("case_id") or meta.get("source_id") or row.get("id"))
        if not row["eval_success"]:
            (self.failed if row.get("success", row.get("image_path")) else self.missing).append(case)
        eval_type = meta.get("eval_type") or row.get("eval_type") or row.get("tier") or "unknown"
        keys = [("all", "all"), ("eval_type", str(eval_type))]
        keys += [(name, str(value)) for name in ("category", "difficulty") if (value := meta.get(name) or row.get(name))]
        scores = row["scores"] or {}
        splits = self.judges.setdefault(judged_by(scores), {})
        for key in keys:
            sums = splits.setdefault(key, dict.fromkeys((*METRICS, "count", "denominator"), 0.0))
            sums["denominator"] += 1
            if row["eval_success"]:
                sums["count"] += 1
                for name in METRICS:
                    sums[name] += row["scores"][name]

    def summary(self, path: str) -> dict[str, Any]:
        return {
            "eval_json": path,
            "total_cases": self.total,
            **({"judge": self.judge} if sum(map(bool, self.judges)) > 1 else {}),
            "all": self._means(("all", "all")),
            **{f"by_{name}": self._group(name) for name in ("eval_type", "category", "difficulty")},
            "missing_case_ids": self.missing,
            "failed_case_ids": self.failed,
        }

    @property
    def judge(self) -> str:
        """The one that scored most rows."""
        return max(self.judges, key=lambda judge: self.judges[judge]["all", "all"]["count"], default="")

    def _group(self, name: str) -> dict[str, Any]:
        keys = {key for splits in self.judges.values() for key in splits if key[0] == name}
        return {key[1]: self._means(key) for key in sorted(keys)}

    def _means(self, key: tuple[str, str]) -> dict[str, Any]:
        nothing = dict.fromkeys((*METRICS, "count", "denominator"), 0.0)
        sums = self.judges.get(self.judge, {}).get(key, nothing)
        count = int(sums["count"])
        denominator = int(sum(splits.get(key, nothing)["denominator"] for splits in self.judges.values()))
        means = {name: round(sums[name] / count, 4) if count else 0.0 for name in METRICS}
        return {
            **means,
            "count_eval_success": count,
            "denominator": denominator,
            "missing_or_failed": denominator - count,
            "overall_missing_zero": round(means["overall"] * count / denominator, 4) if denominator else 0.0,
        }


def _evaluated(rows: Iterable[dict[str, Any]], tally: _Tally, left_out: Collection[str] | None) -> Iterator[dict[str, Any]]:
    for row in rows:
        evaluated = evaluated_row(row, left_out=bool(row.get("degraded")) if left_out is None else str(row["id"]) in left_out)
        tally.add(evaluated)
        yield evaluated
    overall = tally.summary("")["all"]
    averages = {name: overall[name] for name in METRICS}
    yield {"summary_type": "overall_avg", "avg_scores": averages, "count": overall["count_eval_success"]}


def _write_array(rows: Iterable[dict[str, Any]], path: Path) -> None:
    """A JSON array, one row at a time, moved into place when it is whole."""
    temporary = path.with_suffix(".writing")
    with temporary.open("wb") as file:
        separator = b"[\n"
        for row in rows:
            file.write(separator + json_line(row).rstrip(b"\n"))
            separator = b",\n"
        file.write(b"[]" if separator == b"[\n" else b"\n]")
    temporary.replace(path)
