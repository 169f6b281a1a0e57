"""Run directories read back, of a benchmark or of ``genevolve run`` and ``score``: rows with numbers and trajectories."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genevolve.bench.measures import measures
from genevolve.bench.scores import OWN_FAULT_ZERO, judge_of, no_program, parts, unscored, values
from genevolve.bench.suite import Measure, Uncovered
from genevolve.bench.wise_pass import FILE as JUDGEMENTS
from genevolve.core.episode import Episode, IllegalEvent, Limits, resume, start
from genevolve.core.errors import UsageError
from genevolve.core.event import Event
from genevolve.core.request import Request
from genevolve.run.folder import RunFolder
from genevolve.store.images import ImageStore
from genevolve.store.journal import records
from genevolve.store.wire import BadEntry, entry_from_json, request_from_json
from genevolve.tools.standard import RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRow:
    """One row of a run. ``values`` is None for an unscored row, and ``unscored`` says why. ``seconds``: first to last entry.

    ``folder`` is the run directory that it lies in, with its images.
    """

    folder: Path
    key: str
    case: str
    repeat: int
    request: str
    track: str
    category: str
    difficulty: str
    values: Mapping[str, float] | None
    parts: Mapping[str, float]
    unscored: str
    judge: str
    diagnostics: tuple[Mapping[str, Any], ...]
    measures: Mapping[str, Any]
    seconds: float | None
    row: Mapping[str, Any]
    no_program: bool = False  # by the policy's own doing

    @property
    def images(self) -> ImageStore:
        return ImageStore(self.folder / "images")

    def value(self, column: str) -> float | None:
        """The figure of ``column``; None where the row has none. A row without a program is 0 in columns that say so."""
        if self.values is not None:
            return self.values.get(column)
        return 0.0 if column in OWN_FAULT_ZERO and self.no_program else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A directory as a system under test. ``name`` is what tables call it."""

    folder: Path
    name: str
    suite: str
    measure: Measure
    about: Mapping[str, Any]
    rows: tuple[ScoredRow, ...]
    trajectories: Mapping[str, Episode] = field(default_factory=dict)
    uncovered: tuple[Uncovered, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """What its suite says about its requests."""
        bench = self.about.get("bench")
        return [str(remark) for remark in bench.get("remarks") or []] if isinstance(bench, dict) else []

    @property
    def profile(self) -> str:
        """The members in one line."""
        profile = self.about.get("profile") or {}
        named = [f"{role} {_member(value)}" for role, value in profile.items() if isinstance(value, dict) and "member" in value]
        commit = self.about.get("commit")
        return f"profile {profile.get('name', '?')}: {', '.join(named)}" + (f"; commit {commit}" if commit else "")


def _member(choice: Mapping[str, Any]) -> str:
    settings = [f"{name}={value}" for name, value in sorted(choice.items()) if name != "member"]
    return f"{choice['member']}({', '.join(settings)})" if settings else str(choice["member"])


def load_run(path: Path) -> Run:
    """Raises ``UsageError`` when ``path`` is no run directory or its results are damaged."""
    folder = RunFolder(path)
    about = _about(folder)
    bench = about.get("bench") if isinstance(about.get("bench"), dict) else {}
    measure: Measure = (bench or {}).get("measure", "kscore")
    journal = _journal(folder)
    judged = {str(record["row"]): record["wise"] for _, record in records(path / JUDGEMENTS)}
    trajectories = {key: trajectory for key in journal if (trajectory := _replayed(journal[key], about)) is not None}
    rows = []
    for row in _results(folder):
        key = str(row.get("id"))
        merged = {**row, "wise": judged[key]} if key in judged else row
        try:
            rows.append(_outcome(path, merged, measure, journal.get(key), trajectories.get(key)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"{folder.results}: row {key!r} is no result that can be read ({type(error).__name__}: {error})"
            ) from None
    suite = str((about.get("input") or {}).get("suite") or _source(about))
    name = str(about.get("name") or path.name)
    return Run(
        folder=path,
        name=name,
        suite=suite,
        measure=measure,
        about=about,
        rows=tuple(rows),
        trajectories=trajectories,
        uncovered=_uncovered(path),
    )


def _uncovered(path: Path) -> tuple[Uncovered, ...]:
    """What the suite could not cover, as the end of the run wrote it down; nothing while it goes on."""
    try:
        listed = json.loads((path / "bench.json").read_text(encoding="utf-8"))["uncovered"]
        return tuple(Uncovered(id=str(one["id"]), reason=str(one["reason"]), group=str(one["group"])) for one in listed)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _source(about: Mapping[str, Any]) -> str:
    """The suite of a plain run: the file that its rows came from."""
    return f"file {Path(str(about['file'])).name}" if about.get("file") else "rows"


def _about(folder: RunFolder) -> dict[str, Any]:
    try:
        about = json.loads(folder.about.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{folder.path}: this is no run directory (it has no {folder.about.name})") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder.about}: it cannot be read ({error})") from None
    if not isinstance(about, dict):
        raise UsageError(f"{folder.about}: it is no JSON object")
    return about


def _results(folder: RunFolder) -> list[dict[str, Any]]:
    if not folder.results.exists():
        raise UsageError(f"{folder.path}: there are no results yet ({folder.results.name} is missing); run the benchmark first")
    latest = {str(row.get("id")): row for _, row in records(folder.results)}  # a line torn by a kill is not there yet
    return list(latest.values())


@dataclass(slots=True)
class _Past:
    """What the journal holds of one row."""

    request: Request | None = None
    entries: list[Event] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def _journal(folder: RunFolder) -> dict[str, _Past]:
    past: dict[str, _Past] = {}
    for _, record in records(folder.journal):
        key = str(record.get("row"))
        try:
            if "request" in record:  # what stands before it was given up
                past[key] = _Past(request=request_from_json(record["request"]))
            else:
                past.setdefault(key, _Past()).entries.append(entry_from_json(record.get("entry")))
        except BadEntry as problem:
            raise UsageError(f"{folder.journal}: row {record.get('row')!r} cannot be read: {problem}") from None
        if isinstance(record.get("at"), int | float):
            past[key].times.append(record["at"])
    return past


def _replayed(past: _Past, about: Mapping[str, Any]) -> Episode | None:
    """The trajectory, None when the journal does not begin with the request (a run that started from programs or images)."""
    if past.request is None:
        return None
    settings = (about.get("profile") or {}).get("episode") or {}
    known = {name: settings[name] for name in ("max_tool_calls", "max_turns", "max_references") if name in settings}
    begun = start(past.request, Limits(**known), RECORDED)
    for forget in (False, True):  # a run that tried failed rows again goes on after a failure
        try:
            return resume(begun, past.entries, forget_failures=forget)
        except (IllegalEvent, AssertionError):
            continue
    return None


def _diagnostic(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises where something is missing that tables and pages show."""
    known = {name: str(found[name]) for name in ("skill", "dimension", "requirement")}
    return {**known, "passed": bool(found["passed"]), "detail": str(found.get("detail") or "")}


def _outcome(folder: Path, row: dict[str, Any], measure: Measure, past: _Past | None, trajectory: Episode | None) -> ScoredRow:
    score = row.get("score")
    counted = row.get("measures")
    if not isinstance(counted, dict):
        counted = measures(trajectory) if trajectory is not None else {}
    times = past.times if past else []
    key = str(row.get("id"))
    return ScoredRow(
        folder=folder,
        key=key,
        case=str(row.get("case_id", key)),
        repeat=int(row.get("repeat", 0)),
        request=str(row.get("prompt") or row.get("question") or row.get("Prompt") or ""),
        track=str(row.get("eval_type") or ""),
        category=str(row.get("category") or ""),
        difficulty=str(row.get("difficulty") or ""),
        values=values(row, measure),
        parts=parts(row, measure),
        unscored=unscored(row, measure),
        judge=judge_of(row, measure),
        diagnostics=tuple(map(_diagnostic, score.get("diagnostics") or ())) if isinstance(score, dict) else (),
        measures=counted,
        seconds=round(max(times) - min(times), 3) if len(times) > 1 else None,
        row=row,
        no_program=no_program(row),
    )
