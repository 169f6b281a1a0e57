"""Rows of ``results.jsonl``: the public release's fields, then our own, then what the input row carried."""

from collections.abc import Mapping
from typing import Any, Literal

from genevolve.core.case import Case
from genevolve.core.episode import Episode, Goal
from genevolve.core.event import NotRendered, Rendered
from genevolve.core.outcome import Termination
from genevolve.core.score import Unscored
from genevolve.protocol.detail import Detail
from genevolve.run.result import conversation, credited, judgement, program_judgement, references, result

Start = Literal["request", "program", "image"]  # what the rows of a stage already hold


def result_row(
    case: Case, trajectory: Episode, image_path: str | None, *, system: str, detail: Detail = Detail.FULL
) -> dict[str, Any]:
    """The finished row of a whole run. ``error`` is None, or says why there is no image."""
    own = result(trajectory, image_path=image_path)
    program = own["program"] or {"gen_prompt": None}
    release = {
        "id": row_id(case.id, case.hidden.fields),
        "prompt": case.text,
        "gen_prompt": program["gen_prompt"],
        "reference_images": references(trajectory),
        "messages": conversation(trajectory, system=system, detail=detail),
        "termination": own["termination"],
        "rounds": own["rounds"],
        "error": own["error"],
        **image_fields(trajectory.rendering, image_path),
    }
    return {**case.hidden.fields, **{k: v for k, v in own.items() if k not in ("references", "program")}, **release}


def stage_row(case: Case, trajectory: Episode, image_path: str | None, *, until: Goal) -> dict[str, Any]:
    """A row of an earlier stage with what this stage adds; everything else is carried through as it came."""
    added: dict[str, Any] = {"id": row_id(case.id, case.hidden.fields), "prompt": case.text}
    carried = {key: value for key, value in case.hidden.fields.items() if key not in ("score", "unscored", "bad_input")}
    if until is Goal.IMAGE:
        rendering = trajectory.rendering or NotRendered(reason="no program")
        added |= image_fields(rendering, image_path)
        added["notes"] = list(rendering.notes) if isinstance(rendering, Rendered) else []
        added |= credited(rendering)
        added["error"] = rendering.reason if isinstance(rendering, NotRendered) else None
    else:
        score = trajectory.verdict
        added |= judgement(score)
        added["error"] = score.reason if isinstance(score, Unscored) else None
        if trajectory.program_score is not None:
            added["program_score"] = program_judgement(trajectory.program_score)
    return {**carried, **added}


def image_fields(rendering: Rendered | NotRendered | None, image_path: str | None) -> dict[str, Any]:
    """The fields that the public stage 2 adds; none before an image was tried."""
    match rendering:
        case None:
            return {}
        case Rendered():
            return {"image_path": image_path, "output_path": image_path, "success": True, "image_status": "ok"}
        case NotRendered(reason=reason):
            return {"image_path": None, "output_path": None, "success": False, "image_status": f"error: {reason}"}


def unusable_row(key: str, fields: Mapping[str, object], reason: str, *, start: Start = "request") -> dict[str, Any]:
    """The result of a row that could not be run: nothing invented, the reason said, tried again when the run is resumed.

    What earlier stages said of it stays: only the fields of the stage that began with it (``start``) are set.
    """
    own: dict[str, Any] = {"id": row_id(key, fields), "error": reason, "bad_input": True}
    match start:
        case "request":
            own |= {"termination": str(Termination.ERROR), "success": False}
        case "program":
            own |= image_fields(NotRendered(reason=reason), None)
        case "image":
            own["unscored"] = {"reason": reason, "retryable": False, "judge": ""}
    return {**{name: value for name, value in fields.items() if start != "image" or name != "score"}, **own}


def row_id(key: str, fields: Mapping[str, object]) -> Any:
    """The row's id as its file has it, else its place in the file; a second row of the same id gets its key."""
    if "id" in fields:
        return fields["id"] if str(fields["id"]) == key else key
    return int(key) if key.isdigit() else key


def unfinished(record: dict[str, Any]) -> bool:
    """The row failed, or is degraded, for a reason that may have passed."""
    unscored, revision = record.get("unscored"), record.get("revision")
    halted = isinstance(revision, dict) and bool(revision.get("halted"))
    unjudged = isinstance(unscored, dict) and bool(unscored.get("retryable"))
    return record.get("termination") == Termination.ERROR or bool(record.get("degraded")) or unjudged or halted
