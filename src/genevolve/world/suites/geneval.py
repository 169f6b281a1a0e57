"""``geneval``: objects, counts, colours and positions, from the user's folder, decided on the pixel judge's detections.

GenEval's own verdict uses a COCO detector on photographs; here the pixel judge's detections take its place, so the
figures compare systems of the offline world with each other and not with published GenEval tables.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genevolve.bench.measures.correct import Correct
from genevolve.bench.suite import Suite, Uncovered, given_data
from genevolve.core.case import Case, Hidden
from genevolve.core.claim import Claim, Coloured, Counted, Direction, Present, Related, Subject
from genevolve.core.errors import UsageError
from genevolve.run.row_files import encodable
from genevolve.run.rows import request_text
from genevolve.store.user_file import json_value
from genevolve.world.language import inventory
from genevolve.world.language.colours import PALETTE, SYNONYMS

_FILE = "evaluation_metadata.jsonl"
_POSITIONS = {
    "left of": Direction.LEFT_OF,
    "right of": Direction.RIGHT_OF,
    "above": Direction.ABOVE,
    "below": Direction.BELOW,
}


class NotCovered(ValueError):
    """Why a prompt cannot be judged here."""


def geneval_suite(*, data: Path | None, rows: int | None = None) -> Suite:
    """The prompts that can be judged here as items, the others as ``uncovered``. Raises ``UsageError`` for a broken file."""
    data = given_data(data, "geneval")
    items: list[Case] = []
    uncovered: list[Uncovered] = []
    for number, row in _rows(_file(data)):
        if rows is not None and number >= rows:
            break
        tag = str(row["tag"])
        try:
            claims = claims_of(row)
        except NotCovered as problem:
            uncovered.append(Uncovered(id=f"{number:05d}", reason=str(problem), group=tag))
            continue
        text = request_text(row["prompt"], setting=f"{_FILE}, line {number + 1}: 'prompt'")
        known = Hidden(category=tag, claims=claims, fields={"geneval": row})
        items.append(Case(id=f"{number:05d}", text=text, hidden=known))
    return Suite(name="geneval", measure=Correct(), items=tuple(items), uncovered=tuple(uncovered))


def _file(data: Path) -> Path:
    for path in (data, data / _FILE, data / "prompts" / _FILE):
        if path.is_file():
            return path
    raise UsageError(f"--data {data}: the suite geneval needs the file {_FILE} (or its folder)")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(line for line in file if line.strip()):
            try:
                row = encodable(json_value(line))
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{path.name}, line {number + 1}: not valid JSON ({error})") from None
            if not isinstance(row, dict) or not {"tag", "include", "prompt"} <= set(row):
                raise UsageError(f"{path.name}, line {number + 1}: a row has tag, include and prompt")
            yield number, row


def claims_of(row: Mapping[str, Any]) -> tuple[Claim, ...]:
    """The row's include and exclude clauses as claims. Raises ``NotCovered``."""
    include, exclude = _clauses(row, "include"), _clauses(row, "exclude")
    if not include:
        raise NotCovered("nothing is included")
    if len({clause["class"] for clause in include}) < len(include):
        raise NotCovered("one kind of object is named in two clauses")
    subjects = [_subject(position, clause["class"]) for position, clause in enumerate(include)]
    claims: list[Claim] = []
    for clause, subject in zip(include, subjects, strict=True):
        claims.append(_count(clause, subject, exclude))
        if clause.get("color") is not None:
            claims.append(Coloured(subject=subject, colour=_colour(clause["color"])))
        if clause.get("position") is not None:
            claims.append(_position(clause["position"], subject, subjects))
    if named := {clause["class"] for clause in exclude} - {clause["class"] for clause in include}:
        raise NotCovered(f"whether {', '.join(sorted(named))} is absent cannot be seen by its look alone")
    return tuple(claims)


def _clauses(row: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    clauses = row.get(name) or []
    if not isinstance(clauses, list) or not all(
        isinstance(clause, dict) and isinstance(clause.get("class"), str) and _whole(clause.get("count")) for clause in clauses
    ):
        raise NotCovered(f"{name} is not a list of clauses with class and count")
    return clauses


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _subject(position: int, name: str) -> Subject:
    entry = inventory.lookup(name)
    if entry is None:
        raise NotCovered(f"{name!r} is not an object of the offline world")
    return Subject(key=f"object {position}", label=name, looks=entry.looks)


def _count(clause: Mapping[str, Any], subject: Subject, exclude: list[dict[str, Any]]) -> Claim:
    """At least ``count``; with an exclude clause of one more, exactly ``count``."""
    limits = {other["count"] for other in exclude if other["class"] == clause["class"]}
    if limits == {clause["count"] + 1}:
        return Counted(subject=subject, count=clause["count"])
    if limits or clause["count"] > 1:
        raise NotCovered(f"a range of counts of {clause['class']!r} is not among the claims")
    return Present(subject=subject)


def _colour(name: object) -> str:
    said = str(name).lower()
    colour = SYNONYMS.get(said, said)
    if colour not in PALETTE:
        raise NotCovered(f"{name!r} is not a colour of the palette")
    return colour


def _position(position: object, subject: Subject, subjects: list[Subject]) -> Claim:
    match position:
        case [str(said), int(index)] if said in _POSITIONS and 0 <= index < len(subjects) and subjects[index] is not subject:
            return Related(subject=subject, direction=_POSITIONS[said], targets=(subjects[index],))
    raise NotCovered(f"position {position!r} is none that is known")
