"""Ruled tables on pixels: where the lines run, and what is written in each cell, read by itself."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genevolve.world.language.model import Form
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.ocr import TextLine, normal, read_cell, similarity
from genevolve.world.pixel.regions import runs
from genevolve.world.pixel.strokes import TELLABLE

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes, Floats

_ACROSS = 0.5  # of the image's width that the rules of a table run across, at least
_DOWN = 0.8  # of the table's height that the lines between its columns run
_FEWEST_LINES = 5  # those of two cells in one row or one column
_WRITTEN = 0.42  # of a cell that holds a picture: the part in which something is written
_READ = 0.75  # likeness from which a cell holds what it should


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """``text``: what was read in it; "" where it is empty. ``lines``: the lines around it."""

    box: Box
    text: str
    lines: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledTable:
    """Rows of cells from top to bottom; all rows have as many."""

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def lines(self) -> tuple[TextLine, ...]:
        cells = (cell for row in self.rows for cell in row if cell.text)
        return tuple(TextLine(text=cell.text, box=cell.box, confidence=1.0) for cell in cells)


def pictured_cells(form: Form) -> frozenset[tuple[int, int]]:
    """(row, column) of the cells of the table ``form`` that hold a picture."""
    return frozenset((part.under, part.skip) for part in form.parts if part.under is not None)


def ruled_table(image: "Bytes", pictured: Collection[tuple[int, int]] = ()) -> RuledTable | None:
    """The table that is drawn with lines in ``image``; None where no such lines cross.

    ``pictured``: (row, column) of cells that hold a picture under what is written.
    """
    import numpy as np

    pixels = image.astype(np.float32)
    rules = _lines(pixels, _ACROSS)
    if len(rules) < 2:
        return None
    top, bottom = rules[0], rules[-1]
    edges = _lines(pixels[top : bottom + 1].transpose(1, 0, 2), _DOWN)
    if len(edges) < 2 or len(rules) + len(edges) < _FEWEST_LINES:
        return None
    rows = []
    for number, (upper, lower) in enumerate(itertools.pairwise(rules)):
        boxes = [(left, upper, right, lower) for left, right in itertools.pairwise(edges)]
        rows.append(tuple(_cell(image, box, pictured=(number, column) in pictured) for column, box in enumerate(boxes)))
    return RuledTable(rows=tuple(rows))


def _lines(pixels: "Floats", share: float) -> list[int]:
    """The rows in which a thin line runs over at least ``share`` of the width."""
    import numpy as np

    reach = max(4, round(0.014 * min(pixels.shape[:2])))
    padded = np.pad(pixels, ((reach, reach), (0, 0), (0, 0)), mode="edge")
    above = np.abs(pixels - padded[: pixels.shape[0]]).max(axis=2) > TELLABLE
    below = np.abs(pixels - padded[2 * reach :]).max(axis=2) > TELLABLE
    outer = np.zeros(pixels.shape[0], bool)
    outer[: reach + 2] = outer[-reach - 2 :] = True
    drawn = np.where(outer[:, None], above | below, above & below)
    return [round((start + end - 1) / 2) for start, end in runs(drawn.mean(axis=1) >= share)]


def _cell(image: "Bytes", lines: tuple[int, int, int, int], *, pictured: bool) -> Cell:
    import numpy as np

    pad = max(3, round(0.008 * min(image.shape[:2])))
    high = round((_WRITTEN if pictured else 1.0) * (lines[3] - lines[1]))
    left, top, right, bottom = lines[0] + pad, lines[1] + pad, lines[2] - pad, lines[1] + high - (0 if pictured else pad)
    part = image[top:bottom, left:right]
    empty = Cell(box=(left, top, right, bottom), text="", lines=lines)
    if min(part.shape[:2], default=0) < 6:
        return empty
    ground = np.median(part.reshape(-1, 3), axis=0)
    ink = np.abs(part.astype(np.float32) - ground).max(axis=2) > 2 * TELLABLE
    if int(ink.sum()) < 6:
        return empty
    ys, xs = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    found = (left + float(xs[0]), top + float(ys[0]), left + float(xs[-1]) + 1, top + float(ys[-1]) + 1)
    return Cell(box=found, text=read_cell(part), lines=lines)


def holds(cell: Cell, wanted: str) -> bool:
    """Whether ``wanted`` stands in the cell. Signs alone ("×") are no matter of reading: something is there."""
    if not any(char.isalnum() for char in wanted):
        return bool(cell.text)
    likeness = similarity(normal(wanted), normal(cell.text))
    return likeness == 1.0 or (not any(char.isdigit() for char in wanted) and likeness >= _READ)
