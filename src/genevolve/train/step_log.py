"""Everything about a step, kept for reading: ``steps/000012/`` holds its episodes and bundles; images lie in the store."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from genevolve.core.event import Rendered
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.experience.bundle import bundle_to_json
from genevolve.experience.retrieve import Retrieved
from genevolve.protocol.detail import Detail
from genevolve.run.result import conversation, judgement, outage, program, program_judgement, references
from genevolve.store.images import write_atomically
from genevolve.train.attempt import Attempt
from genevolve.train.lessons import StepExperience


class StepLog:
    """Written whole, step by step; a step that is done again after a kill replaces what was there."""

    def __init__(self, folder: Path, *, system: str, detail: Detail) -> None:
        self.folder = folder
        self._system = system
        self._detail = detail

    def write(self, step: int, process: int, experience: StepExperience) -> None:
        """One line an attempt in ``episodes.PROCESS.jsonl.gz``, and the new bundles beside it."""
        lines = [self._line(one) for one in experience.attempts]
        folder = self.folder / f"{step:06d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"teacher.{process}.jsonl").unlink(missing_ok=True)
        write_atomically(folder / f"episodes.{process}.jsonl.gz", _packed(lines))
        bundles = [
            {"group": pair.group, "gap": pair.gap, "best": pair.best_index, "worst": pair.worst_index}
            | ({"rounds": list(pair.rounds)} if pair.rounds is not None else {})
            | {"request": pair.best.request.text, "bundle": bundle_to_json(bundle)}
            for pair, bundle in experience.kept
        ]
        report = {"bundles": bundles, "not_summarised": list(experience.refused), "metrics": dict(experience.metrics)}
        write_atomically(folder / f"lessons.{process}.json", json.dumps(report, indent=1, ensure_ascii=False).encode())

    def _line(self, attempt: Attempt) -> dict[str, Any]:
        episode, trace = attempt.episode, attempt.tokens
        outcome = episode.outcome
        rendering = episode.rendering
        return {
            "name": attempt.name,
            "group": attempt.group,
            "case": attempt.case.id,
            "family": attempt.case.hidden.family,
            "request": attempt.case.text,
            "reward": asdict(attempt.reward),
            "judges": list(episode.judges),
            **outage(episode),
            "termination": str(outcome.termination) if outcome else None,
            "error": outcome.error if outcome else "",
            "program": program(episode),
            "references": references(episode),
            "image": rendering.digest if isinstance(rendering, Rendered) else None,
            "score": _judged(episode.image_score),
            "program_score": _judged(episode.program_score),
            "messages": conversation(episode, system=self._system, detail=self._detail),
            "prompt_ids": list(trace.prompt),
            "completion_ids": list(trace.completion),
            "mask": "".join(map(str, trace.mask)),
            "logprobs": [round(value, 5) for value in trace.logprobs],
            "guide_ids": list(attempt.guide_ids) if attempt.guide_ids is not None else None,
            "lesson": _lesson(attempt.lesson),
        }


def _judged(result: Score | ProgramScore | Unscored | None) -> Any:
    match result:
        case None:
            return None
        case ProgramScore():
            return program_judgement(result)
        case Unscored(reason=reason):
            return {"unscored": reason, "judge_version": result.version}
        case _:
            return judgement(result)


def _lesson(lesson: Retrieved | None) -> dict[str, Any] | None:
    if lesson is None:
        return None
    return {
        "entry": lesson.entry,
        "request": lesson.request,
        "step": lesson.step,
        "group": lesson.group,
        "similarity": round(lesson.similarity, 4),
        "mismatched": lesson.mismatched,
        **({"pooled": lesson.pooled} if lesson.pooled > 1 else {}),
        "bundle": bundle_to_json(lesson.bundle),
    }


def _packed(lines: Sequence[dict[str, Any]]) -> bytes:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    return gzip.compress(text.encode("utf-8", "replace"), mtime=0)
