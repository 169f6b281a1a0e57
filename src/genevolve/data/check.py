"""What is wrong in a data set, ours or any that the reader takes: each thing with its file and line.

Rows stream; what has to be remembered of them (prompts, entities, digests of images) lies in SQLite files beside each other.
"""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.protocols import ImageCase, ImageJudge
from genevolve.core.score import Unscored
from genevolve.data.audit_checks import check as check_trajectory
from genevolve.data.audit_checks import conversation_of
from genevolve.data.claims_json import BadClaims, claims_from_json
from genevolve.data.dataset import BadExample, Example, Image, data_files, lines_of, read_dataset
from genevolve.data.duplicates import NEAR, Seen
from genevolve.data.export import MARK
from genevolve.data.ground_truth import VisualBar
from genevolve.data.labels import Track
from genevolve.data.splits import Split, normal
from genevolve.store.decode import MAX_BYTES, NotAnImage, decode

_NEED_TRUTH = {Split.EVOLVE, Split.VALIDATION, Split.HELDOUT}
_TRAJECTORY_REFERENCES = 5  # the most that any public data set selects


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFault:
    """``rule`` names what is wrong in one word; ``place`` is file and line."""

    place: str
    rule: str
    detail: str


@dataclass(slots=True, kw_only=True)
class CheckedDataset:
    """How much was looked at."""

    rows: int = 0
    images: int = 0
    judged: int = 0
    unjudged: int = 0
    parts: dict[str, int] = field(default_factory=dict)


def dataset_of(folder: Path) -> Path:
    """The finished data set of a folder of stages, else the folder itself."""
    inner = folder / "dataset"
    return inner if inner.is_dir() and any(folder.glob("*.stage.json")) else folder


async def check_datasets(
    folders: Sequence[Path],
    scratch: Path,
    *,
    near: float = NEAR,
    judge: ImageJudge | None = None,
    bar: VisualBar | None = None,
    seen: CheckedDataset,
) -> AsyncIterator[DatasetFault]:
    """Everything that is wrong in the data sets taken together; ``seen`` counts along. ``scratch`` is a folder for the while.

    With a ``judge`` every ground truth is looked at, beside being compared with what the data set says about it.
    """
    with _SeenRows(scratch, near) as memory:
        for folder in folders:
            root = dataset_of(folder)
            shown = "" if len(folders) == 1 else f"{folder.name}: "
            for finding in _beside(root):
                yield DatasetFault(place=shown + finding.place, rule=finding.rule, detail=finding.detail)
            for row in read_dataset(root):
                async for finding in _row(row, root, memory, judge, bar or VisualBar(), seen):
                    yield DatasetFault(place=shown + finding.place, rule=finding.rule, detail=finding.detail)


async def _row(
    row: Example | BadExample, root: Path, memory: "_SeenRows", judge: ImageJudge | None, bar: VisualBar, seen: CheckedDataset
) -> AsyncIterator[DatasetFault]:
    seen.rows += 1
    if isinstance(row, BadExample):
        yield DatasetFault(place=row.place, rule=row.rule, detail=row.detail)
        return
    seen.parts[row.view] = seen.parts.get(row.view, 0) + 1
    for rule, detail in (*_fields(row), *_shown(row, root), *memory.repeated(row)):
        yield DatasetFault(place=row.place, rule=rule, detail=detail)
    seen.images += len(row.images) + (row.truth is not None)
    if row.truth is None:
        return
    data = _opened(row.truth, root)
    if isinstance(data, tuple):
        yield DatasetFault(place=row.place, rule=data[0], detail=data[1])
        return
    for rule, detail in _truth(row, data, memory):
        yield DatasetFault(place=row.place, rule=rule, detail=detail)
    if judge is not None and (found := await _judged(row, data, judge, bar, seen)) is not None:
        yield DatasetFault(place=row.place, rule="wrong_ground_truth", detail=found)


# ---- a row on its own ---------------------------------------------------------------------------------------------------


def _fields(row: Example) -> Iterator[tuple[str, str]]:
    if row.eval_type and row.eval_type not in {*Track}:
        yield "unknown_track", f"eval_type is {row.eval_type!r}; the tracks are {' and '.join(Track)}"
    if row.view == Split.HELDOUT and row.truth is not None:
        for name in ("eval_type", "category", "difficulty"):
            if not getattr(row, name):
                yield "missing_field", f"a benchmark row has a {name}"
    if row.view in _NEED_TRUTH and row.truth is None and not row.messages:
        yield "no_ground_truth", f"a row of {row.view} names the image that it should become"
    if (claims := row.meta.get("claims")) is not None:
        try:
            claims_from_json(claims)
        except BadClaims as problem:
            yield "bad_claims", str(problem)[:200]
    if row.messages:
        yield from _trajectory(row)


def _trajectory(row: Example) -> Iterator[tuple[str, str]]:
    marks = sum(message["content"].count(MARK) for message in row.messages)
    if marks != len(row.images):
        yield "image_marks", f"{marks} marks of images in the messages, {len(row.images)} images"
    conversation = conversation_of([dict(message) for message in row.text_messages()])
    found = check_trajectory(conversation, max_references=_TRAJECTORY_REFERENCES)
    if found is not None:
        yield found.rule, found.detail


def _shown(row: Example, root: Path) -> Iterator[tuple[str, str]]:
    for image in row.images:
        data = _opened(image, root)
        if isinstance(data, tuple):
            yield data


def _opened(image: Image, root: Path) -> bytes | tuple[str, str]:
    """The file, fully decoded once; or (rule, detail)."""
    if image.data is not None:
        data = image.data
    else:
        assert image.path is not None
        if Path(image.name).is_absolute() or ".." in Path(image.name).parts:
            return "path_outside", f"{image.name!r} is not a path inside the data set"
        if not image.path.is_file():
            return "missing_file", f"{image.name!r} does not exist"
        if image.path.stat().st_size > MAX_BYTES:
            return "corrupt_image", f"{image.name!r} has more than {MAX_BYTES:,} bytes"
        try:
            data = image.path.read_bytes()
        except OSError as error:
            return "missing_file", f"{image.name!r} cannot be read ({error.strerror})"
    try:
        decode(data, first_frame=True)
    except NotAnImage as problem:
        return "corrupt_image", f"{image.name!r}: {problem}"
    return data


def _truth(row: Example, data: bytes, memory: "_SeenRows") -> Iterator[tuple[str, str]]:
    digest = hashlib.sha256(data).hexdigest()
    told = row.meta.get("gt_sha256")
    if told is not None and told != digest:
        yield "wrong_ground_truth", f"{row.truth and row.truth.name!r} is not the image that was made for this row"
    if (other := memory.same_image(digest, row)) is not None:
        yield "wrong_ground_truth", f"{row.truth and row.truth.name!r} is also the ground truth of another request: {other}"


async def _judged(row: Example, data: bytes, judge: ImageJudge, bar: VisualBar, seen: CheckedDataset) -> str | None:
    claims = row.meta.get("claims")
    try:
        known = claims_from_json(claims) if claims else None
    except BadClaims:
        known = None
    try:
        score = await judge.judge_image(ImageCase(request=row.prompt, image=decode(data, first_frame=True).png, claims=known))
    except ServiceError as failure:
        score = Unscored(reason=str(failure))
    if isinstance(score, Unscored):
        seen.unjudged += 1
        return None
    seen.judged += 1
    if not (low := bar.missed_by(score)):
        return None
    failed = [f"{found.requirement} ({found.detail})" for found in score.diagnostics if not found.passed]
    return f"the judge {score.judge} finds {', '.join(low)} too low: {'; '.join(failed) or score.rationale}"[:500]


# ---- rows against each other --------------------------------------------------------------------------------------------


class _SeenRows:
    """What rows had: on disk, so that checking takes no more memory for a large data set than for a small one."""

    def __init__(self, scratch: Path, near: float) -> None:
        self._seen = Seen(scratch / "prompts.sqlite", near=near)
        self._path = scratch / "rows.sqlite"
        self._base = sqlite3.connect(self._path, isolation_level=None)
        self._base.executescript(
            "pragma journal_mode=off; pragma synchronous=off;"
            "create table had (kind text, key text, view text, place text, words text, primary key (kind, key)) without rowid;"
        )

    def __enter__(self) -> "_SeenRows":
        return self

    def __exit__(self, *problem: object) -> None:
        self._seen.__exit__(None, None, None)
        self._base.close()
        self._path.unlink(missing_ok=True)

    def _first(self, kind: str, key: str, row: Example) -> tuple[str, str, str]:
        """(view, place, words) of the first row that had this, now or earlier."""
        values = (kind, key, row.view, row.place, normal(row.prompt))
        self._base.execute("insert or ignore into had values (?, ?, ?, ?, ?)", values)
        query = "select view, place, words from had where kind = ? and key = ?"
        with closing(self._base.execute(query, (kind, key))) as found:
            view, place, words = found.fetchone()
        return view, place, words

    def repeated(self, row: Example) -> Iterator[tuple[str, str]]:
        file = row.place.rpartition(",")[0]
        if (first := self._first("id", f"{file}\0{row.id}", row))[1] != row.place:
            yield "repeated_id", f"{row.id!r} is also the id of {first[1]}"
        if not row.messages and (first := self._first("prompt", f"{file}\0{normal(row.prompt)}", row))[1] != row.place:
            yield "repeated_prompt", f"{first[1]} asks for the same"
        yield from self._shared(row)

    def _shared(self, row: Example) -> Iterator[tuple[str, str]]:
        """Prompts and entities of another part of the data."""
        words = normal(row.prompt)
        twins = self._seen.alike(row.prompt)
        for twin in twins:
            view, _, place = twin.of.partition("\0")
            if view != row.view:
                yield "prompt_in_two_parts", f"{twin.likeness:.2f} like {place}, which is {view}; this is {row.view}"
                break
        if not any(twin.exact and twin.of.partition("\0")[0] == row.view for twin in twins):
            self._seen.add(f"{row.view}\0{row.place}", words)
        for entity in dict.fromkeys(row.entities or ()):
            view, place, _ = self._first("entity", entity.casefold(), row)
            if view != row.view:
                yield "entity_in_two_parts", f"{entity!r} is also in {place}, which is {view}; this is {row.view}"

    def same_image(self, digest: str, row: Example) -> str | None:
        _, place, words = self._first("truth", digest, row)
        return place if words != normal(row.prompt) else None


# ---- files beside the rows ----------------------------------------------------------------------------------------------


def _beside(root: Path) -> Iterator[DatasetFault]:
    """Metadata that cannot be read, and Parquet files that are not the rows that they stand beside."""
    if root.is_file():
        return
    for path in sorted(root.rglob("metadata/*.jsonl")):
        for number, value in lines_of(path):
            if isinstance(value, BadExample):
                yield DatasetFault(place=f"{path.relative_to(root)}, line {number}", rule=value.rule, detail=value.detail)
    read = set(data_files(root))
    for path in sorted(root.rglob("*.parquet")):
        beside = path.parent.parent / f"{path.stem}.jsonl"
        if path not in read and beside.is_file():
            yield from _parquet(path, beside, root)


def _parquet(path: Path, beside: Path, root: Path) -> Iterator[DatasetFault]:
    rows = bad = 0
    for _, value in lines_of(path):
        if isinstance(value, BadExample):
            bad += 1
            yield DatasetFault(place=str(path.relative_to(root)), rule=value.rule, detail=value.detail)
        else:
            rows += 1
    expected = sum(not isinstance(value, BadExample) for _, value in lines_of(beside))
    if not bad and rows != expected:
        yield DatasetFault(
            place=str(path.relative_to(root)), rule="parquet_differs", detail=f"{rows} rows; {beside.name} has {expected}"
        )


def check_folders(folders: Sequence[Path]) -> None:
    """Raises ``UsageError`` for what is no folder or file at all."""
    for folder in folders:
        if not folder.exists():
            raise UsageError(f"{folder}: there is no such folder or file")
