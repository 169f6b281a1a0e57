"""Run directories for tests of tables and reports: result rows with the scores that a test wants, and nothing drawn."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genevolve.core.score import Diagnostic, Dimension, Score, Unscored
from genevolve.run.result import judgement

PROFILE = {
    "name": "offline",
    "policy": {"member": "expert", "skills": False},
    "generator": {"member": "sketch"},
    "image_judge": {"member": "pixel"},
}


def scored(
    f: float, v: float, t: float | None, a: float, *, judge: str = "pixel", passed: Mapping[str, bool] | None = None
) -> dict[str, Any]:
    """The ``score`` of a row; ``passed``: skill → whether its check passed."""
    checks = tuple(
        Diagnostic(skill=skill, dimension=Dimension.FAITHFULNESS, requirement=f"{skill} is right", passed=good)
        for skill, good in (passed or {}).items()
    )
    return judgement(
        Score(faithfulness=f, visual_correctness=v, text_accuracy=t, aesthetics=a, judge=judge, diagnostics=checks)
    )


UNSCORED = judgement(Unscored(reason="the judge was down", retryable=True))


def row(case: str, found: Mapping[str, Any], *, repeat: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": f"{case}-s{repeat}", "case_id": case, "repeat": repeat, "prompt": f"a picture of {case}", **found, **more}


def folder_of(
    path: Path, rows: Iterable[Mapping[str, Any]], *, name: str, suite: str = "atlas", measure: str = "kscore", **about: Any
) -> Path:
    path.mkdir(parents=True)
    said = {
        "commit": "abc123", "profile": PROFILE, "input": {"suite": suite}, "name": name, "bench": {"measure": measure}, **about
    }  # fmt: skip
    (path / "run.json").write_text(json.dumps(said))
    (path / "results.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    return path
