"""A review of a picture as the policy reads it, and back. Its words come from requests and judges, so each is escaped."""

import re
from collections.abc import Iterator, Sequence

from genevolve.core.event import Review
from genevolve.core.score import Diagnostic, Dimension
from genevolve.protocol.escape import one_line, unescape

_OPENING = re.compile(r"\A--- your picture of round (?P<round>\d+) of (?P<most>\d+), as a judge sees it ---\n")
_BEST = re.compile(r"^best so far: round (?P<best>\d+)$", re.MULTILINE)
_SECTION = re.compile(r"^(?P<name>failed|passed|not checked|the generator says):\n(?P<lines>(?:- .*\n)+)", re.MULTILINE)
_REFUSED = re.compile(r"^there is no picture; the generator declined it: (?P<reason>.*)$", re.MULTILINE)
_REMARK = re.compile(r"^remark: (?P<remark>.*)$", re.MULTILINE)
_CHECK = re.compile(r"\A(?:(?P<skill>\w+): )?“(?P<requirement>.*?)”(?:; seen: (?P<detail>.*))?\Z")
_ENDING = "--- end of review ---"


def review_text(review: Review) -> str:
    """``review`` in lines."""
    opening = f"--- your picture of round {review.round} of {review.most}, as a judge sees it ---"
    return "\n".join([opening, *_lines(review), _ENDING])


def _lines(review: Review) -> Iterator[str]:
    if review.refused:
        yield f"there is no picture; the generator declined it: {one_line(review.refused)}"
    yield from _section("failed", [_check(found) for found in review.failed])
    yield from _section("passed", [_check(found) for found in review.passed])
    yield from _section("not checked", review.unchecked)
    yield from _section("the generator says", review.notes)
    if review.remark:
        yield f"remark: {one_line(review.remark)}"
    if review.round > 1:
        yield f"best so far: round {review.best}"


def _section(name: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield f"{name}:"
        yield from (f"- {one_line(entry)}" for entry in entries)


def _check(found: Diagnostic) -> str:
    skill = f"{found.skill}: " if found.skill else ""
    seen = f"; seen: {found.detail}" if found.detail else ""
    return f"{skill}“{found.requirement}”{seen}"


def review_of_text(body: str) -> Review | None:
    """The review that ``body`` shows, or None. The picture's digest and the dimensions of checks are not in the text."""
    if not (opening := _OPENING.match(body)) or not body.endswith(_ENDING):
        return None
    sections = {found["name"]: found["lines"].splitlines() for found in _SECTION.finditer(body)}
    entries = {name: tuple(unescape(line[2:]) for line in lines) for name, lines in sections.items()}
    best, refused, remark = _BEST.search(body), _REFUSED.search(body), _REMARK.search(body)
    return Review(
        round=int(opening["round"]),
        most=int(opening["most"]),
        best=int(best["best"]) if best else 1,
        failed=tuple(_checked(entries.get("failed", ()), passed=False)),
        passed=tuple(_checked(entries.get("passed", ()), passed=True)),
        unchecked=entries.get("not checked", ()),
        notes=entries.get("the generator says", ()),
        remark=unescape(remark["remark"]) if remark else "",
        refused=unescape(refused["reason"]) if refused else "",
    )


def _checked(entries: Sequence[str], *, passed: bool) -> Iterator[Diagnostic]:
    for entry in entries:
        if found := _CHECK.match(entry):
            yield Diagnostic(
                skill=found["skill"] or "",
                dimension=Dimension.FAITHFULNESS,
                requirement=found["requirement"],
                passed=passed,
                detail=found["detail"] or "",
            )
