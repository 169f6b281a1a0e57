"""A table for people: the same one as Markdown and on a page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKUP = re.compile(r"[|`*]|(?<!\w)_|\](?=[(:\[])")  # ends cells, starts code or emphasis, makes links


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``rows`` are as long as ``columns``. ``notes`` say what the figures are; ``made_by`` who judged and what made them, the
    judge first. ``aside``: rows (by their number) that are not ours, such as published figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()
    aside: frozenset[int] = frozenset()


def markdown(table: Table, *, level: int = 2) -> str:
    """The table with its title and notes; text in cells can neither break the table nor start markup."""
    lines = [f"{'#' * level} {inline(table.title)}", ""]
    lines += [_line([inline(cell) for cell in table.columns]), _line(["---"] + ["---:"] * (len(table.columns) - 1))]
    lines += [_line([inline(cell) for cell in row]) for row in table.rows]
    if remarks := (*table.notes, *table.made_by):
        lines += ["", *(f"- {inline(remark)}" for remark in remarks)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def inline(text: str) -> str:
    """``text`` on one line of Markdown as it is: it can neither end a cell nor start markup."""
    flat = " ".join(text.split()).replace("\\", "\\\\").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(lambda found: f"\\{found[0]}", flat)
