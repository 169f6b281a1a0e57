"""Run directories read back, of a benchmark or of ``genevolve run`` and ``score``: rows with numbers and trajectories."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from genevolve.bench.behaviour import Counts, behaviour
from genevolve.bench.measure import FindMeasure, Measure, no_program
from genevolve.bench.rounds import RoundScore, rounds_of
from genevolve.bench.suite import Uncovered
from genevolve.core.episode import Episode, IllegalEvent, Limits, start
from genevolve.core.errors import UsageError
from genevolve.core.event import Event
from genevolve.core.replay import resume
from genevolve.core.request import Request
from genevolve.data.records import Json, json_object, number, whole
from genevolve.run.folder import RunFolder
from genevolve.store.images import ImageStore
from genevolve.store.journal import records
from genevolve.store.user_file import json_of_ours
from genevolve.store.wire import BadEntry, entry_from_json, request_from_json
from genevolve.tools.standard import RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCheck:
    """One check of a judge: the requirement and whether it is met, and the skill that would have prevented a failure."""

    skill: str
    dimension: str
    requirement: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRow:
    """One row of a run. ``values`` is None for an unscored row and one that is left out; ``unscored`` says why. ``seconds``:
    first to last entry.

    ``folder`` is the run directory that it lies in, with its images; ``image_path`` is relative to it. ``requirement`` and
    ``family`` are those of the case, where its suite names them. ``zero_without_program``: columns in which it counts 0.
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
    diagnostics: tuple[JudgeCheck, ...]
    behaviour: Counts
    seconds: float | None
    family: str = ""
    requirement: str = ""
    image_path: str | None = None
    truth_digest: str | None = None
    notes: tuple[str, ...] = ()
    no_program: bool = False  # by the policy's own doing
    degraded: tuple[str, ...] = ()  # what no service gave it
    left_out: bool = False  # of all means, because it is degraded
    zero_without_program: frozenset[str] = frozenset()
    program_judge: str = ""
    rounds: tuple[RoundScore, ...] = ()  # after each of its pictures, where it could have several

    @property
    def images(self) -> ImageStore:
        return ImageStore(self.folder / "images")

    def value(self, column: str) -> float | None:
        """The figure of ``column``; None where the row has none. A row without a program is 0 in columns that say so."""
        if self.values is not None:
            return self.values.get(column)
        return 0.0 if column in self.zero_without_program and self.no_program else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A directory as a system under test. ``name`` is what tables call it."""

    folder: Path
    name: str
    suite: str
    measure: Measure
    about: Json
    rows: tuple[ScoredRow, ...]
    trajectories: Mapping[str, Episode] = field(default_factory=dict)
    uncovered: tuple[Uncovered, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """What its suite says about its requests."""
        listed = json_object(self.about.get("bench")).get("remarks")
        return [str(remark) for remark in listed] if isinstance(listed, list) else []

    @property
    def profile(self) -> str:
        """The members in one line."""
        profile = json_object(self.about.get("profile"))
        named = [f"{role} {_member(value)}" for role, value in profile.items() if isinstance(value, dict) and "member" in value]
        commit = self.about.get("commit")
        return f"profile {profile.get('name', '?')}: {', '.join(named)}" + (f"; commit {commit}" if commit else "")


def _member(choice: Json) -> str:
    settings = [f"{name}={value}" for name, value in sorted(choice.items()) if name != "member"]
    return f"{choice['member']}({', '.join(settings)})" if settings else str(choice["member"])


def load_run(path: Path, find_measure: FindMeasure, *, include_degraded: bool = False) -> Run:
    """Rows that met an outage are left out of means unless ``include_degraded``. Raises ``UsageError`` when ``path`` is no run
    directory or its results are damaged."""
    folder = RunFolder(path)
    about = _about(folder)
    measure = find_measure(str(json_object(about.get("bench")).get("measure", "kscore")))
    journal, judged = _journal(folder), measure.judgements(folder)
    trajectories = {key: trajectory for key in journal if (trajectory := _replayed(journal[key], about)) is not None}
    rows = []
    for row in _results(folder):
        key = str(row.get("id"))
        try:
            found = _scored(path, {**row, **judged.get(key, {})}, measure, journal.get(key), trajectories.get(key))
            found = replace(found, rounds=rounds_of(row, measure))
            rows.append(found if include_degraded or not found.degraded else _left_out(found))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"{folder.results}: row {key!r} is not a readable result ({type(error).__name__}: {error})"
            ) from None
    return Run(
        folder=path,
        name=str(about.get("name") or path.name),
        suite=str(json_object(about.get("input")).get("suite") or _source(about)),
        measure=measure,
        about=about,
        rows=tuple(rows),
        trajectories=trajectories,
        uncovered=_uncovered(path),
    )


def _uncovered(path: Path) -> tuple[Uncovered, ...]:
    """What the suite could not cover, as the end of the run wrote it down; nothing while it goes on."""
    try:
        listed = json_of_ours((path / "bench.json").read_bytes())["uncovered"]
        return tuple(Uncovered(id=str(one["id"]), reason=str(one["reason"]), group=str(one["group"])) for one in listed)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _source(about: Json) -> str:
    """The suite of a plain run: the file that its rows came from."""
    return f"file {Path(str(about['file'])).name}" if about.get("file") else "rows"


def _about(folder: RunFolder) -> Json:
    try:
        about = json_of_ours(folder.about.read_bytes())
    except FileNotFoundError:
        raise UsageError(f"{folder.path}: this is not a run directory (it has no {folder.about.name})") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder.about}: it cannot be read ({error})") from None
    if not isinstance(about, dict):
        raise UsageError(f"{folder.about}: it is not a JSON object")
    return about


def _results(folder: RunFolder) -> list[Json]:
    if not folder.results.exists():
        raise UsageError(f"{folder.path}: there are no results yet ({folder.results.name} is missing); run the benchmark first")
    latest = {str(row.get("id")): row for row in records(folder.results)}  # a line torn by a kill is not there yet
    return list(latest.values())


@dataclass(slots=True)
class _Journalled:
    """What the journal holds of one row."""

    request: Request | None = None
    entries: list[Event] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def _journal(folder: RunFolder) -> dict[str, _Journalled]:
    past: dict[str, _Journalled] = {}
    for record in records(folder.journal):
        key = str(record.get("row"))
        try:
            if "request" in record:  # what stands before it was given up
                past[key] = _Journalled(request=request_from_json(record["request"]))
            else:
                past.setdefault(key, _Journalled()).entries.append(entry_from_json(record.get("entry")))
        except BadEntry as problem:
            raise UsageError(f"{folder.journal}: row {record.get('row')!r} cannot be read: {problem}") from None
        if isinstance(record.get("at"), int | float):
            past[key].times.append(record["at"])
    return past


def _replayed(past: _Journalled, about: Json) -> Episode | None:
    """The trajectory, None when the journal does not begin with the request (a run that started from programs or images)."""
    if past.request is None:
        return None
    settings = json_object(json_object(about.get("profile")).get("episode"))
    names = ("max_tool_calls", "max_turns", "max_references", "rounds", "takes")
    known = {name: whole(settings[name]) for name in names if name in settings}
    begun = start(past.request, Limits(**known), RECORDED)
    for forget in (False, True):  # a run that tried failed rows again goes on after a failure
        try:
            return resume(begun, past.entries, forget_failures=forget)
        except (IllegalEvent, AssertionError):
            continue
    return None


def _finding(found: Json) -> JudgeCheck:
    """Raises where something is missing that tables and pages show."""
    return JudgeCheck(
        skill=str(found["skill"]),
        dimension=str(found["dimension"]),
        requirement=str(found["requirement"]),
        passed=bool(found["passed"]),
        detail=str(found.get("detail") or ""),
    )


def _scored(folder: Path, row: Json, measure: Measure, past: _Journalled | None, trajectory: Episode | None) -> ScoredRow:
    score, counted, notes = row.get("score"), row.get("measures"), row.get("notes")
    key, image, truth = str(row.get("id")), row.get("image_path"), row.get("truth_digest")
    return ScoredRow(
        folder=folder,
        key=key,
        case=str(row.get("case_id", key)),
        repeat=int(number(row.get("repeat", 0))),
        request=str(row.get("prompt") or row.get("question") or row.get("Prompt") or ""),
        track=str(row.get("eval_type") or ""),
        category=str(row.get("category") or ""),
        difficulty=str(row.get("difficulty") or ""),
        values=measure.values(row),
        parts=measure.parts_of(row),
        unscored=measure.unscored(row),
        judge=measure.judge_of(row),
        diagnostics=tuple(map(_finding, score.get("diagnostics") or ())) if isinstance(score, dict) else (),
        behaviour=counted if isinstance(counted, dict) else behaviour(trajectory) if trajectory is not None else {},
        seconds=_seconds(past),
        family=str(row.get("family") or ""),
        requirement=str(row.get("dominant") or ""),
        image_path=image if isinstance(image, str) else None,
        truth_digest=truth if isinstance(truth, str) else None,
        notes=tuple(map(str, notes)) if isinstance(notes, list) else (),
        no_program=no_program(row),
        degraded=_degraded(row, trajectory),
        zero_without_program=measure.zero_without_program,
        program_judge=measure.program_judge_of(row),
    )


def _degraded(row: Json, trajectory: Episode | None) -> tuple[str, ...]:
    """What the row says, else its trajectory: rows from before there was such a field do not say it."""
    said = row.get("degraded")
    if isinstance(said, list):
        return tuple(map(str, said))
    return trajectory.degraded if trajectory is not None else ()


def _left_out(row: ScoredRow) -> ScoredRow:
    """The row without anything that would be counted."""
    why = f"left out of the means, degraded by an outage: {'; '.join(row.degraded)}"
    return replace(
        row, values=None, parts={}, program_judge="", unscored=why, judge="", diagnostics=(), behaviour={}, seconds=None,
        no_program=False, left_out=True, rounds=(),
    )  # fmt: skip


def _seconds(past: _Journalled | None) -> float | None:
    """None where they are not known, because the clock was set back meanwhile."""
    times = past.times if past else []
    return round(times[-1] - times[0], 3) if len(times) > 1 and times == sorted(times) else None
