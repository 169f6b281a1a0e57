"""Text: OCR of the whole image and how well what was read fits a required text."""

import difflib
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from genevolve.world.pixel.arrays import Box

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes


NEAR = 0.6  # share of equal characters from which a text is a misspelling and not another text
_READ_SIDE = 672  # long side of the image that is read
_LEAST_PART = 24  # pixels of a side: nobody could read on anything smaller
_lock = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line of text that was read, with its upright box (left, top, right, bottom) in pixels of the image."""

    text: str
    box: Box
    confidence: float

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The lines that come nearest to a required text. ``likeness`` 1.0 means: spelt exactly so."""

    text: str
    likeness: float
    lines: tuple[TextLine, ...] = ()

    @property
    def exact(self) -> bool:
        return self.likeness == 1.0

    @property
    def box(self) -> Box:
        boxes = [line.box for line in self.lines]
        return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


@cache
def _engine() -> Any:
    """The OCR models, loaded once for the process (about 1 s, 250 MB). They ship inside the package."""
    import logging

    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    return RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.log_level": "critical",
            "Det.limit_side_len": _READ_SIDE,
            "Det.limit_type": "max",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def read_lines(rgb: "Bytes") -> tuple[TextLine, ...]:
    """Every line of text in an RGB image, in reading order."""
    import cv2
    import numpy as np

    height, width = rgb.shape[:2]
    factor = _READ_SIDE / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    page = cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    missing = _READ_SIDE // 4 - min(size)  # the detector enlarges strips without bounds
    below, right = (max(0, missing), 0) if size[1] < size[0] else (0, max(0, missing))
    page = cv2.copyMakeBorder(page, 0, below, 0, right, cv2.BORDER_REPLICATE)
    with _lock:
        result = _engine()(np.ascontiguousarray(page[..., ::-1]), use_det=True, use_cls=False, use_rec=True)
    if result.boxes is None or result.txts is None:
        return ()
    lines = []
    for points, text, score in zip(result.boxes, result.txts, result.scores, strict=True):
        xs, ys = np.asarray(points)[:, 0] / factor, np.asarray(points)[:, 1] / factor
        box = (float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max()))
        lines.append(TextLine(text=str(text), box=box, confidence=float(score)))
    return tuple(sorted(lines, key=lambda line: (round(line.box[1] / max(line.height, 1.0)), line.box[0])))


def read_cell(rgb: "Bytes") -> str:
    """What one line of text says that fills an RGB image; nothing is looked for in it, so that single figures are read, too."""
    import numpy as np

    with _lock:
        result = _engine()(np.ascontiguousarray(rgb[..., ::-1]), use_det=False, use_cls=False, use_rec=True)
    return str(result.txts[0]) if result.txts else ""


def closer(rgb: "Bytes", box: Box, required: str, read: tuple[TextLine, ...]) -> tuple[TextLine, ...]:
    """``read`` with what is read in ``box`` alone, which is enlarged for it; ``read`` itself where that is no better."""
    before = best_match(required, read)
    if before.exact:
        return read
    left, top = (max(0, int(value)) for value in box[:2])
    part = rgb[top : int(box[3]) + 1, left : int(box[2]) + 1]
    if min(part.shape[:2], default=0) < _LEAST_PART:
        return read
    found = [replace(line, box=_moved(line.box, left, top)) for line in read_lines(part)]
    if best_match(required, found).likeness <= before.likeness:
        return read
    outside = [line for line in read if not _mostly_in(line.box, box)]
    return (*outside, *found)


def _moved(box: Box, dx: float, dy: float) -> Box:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def _mostly_in(box: Box, whole: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return whole[0] <= x <= whole[2] and whole[1] <= y <= whole[3]


def best_match(required: str, lines: Sequence[TextLine], *, stacked: bool = False) -> Match:
    """The run of neighbouring lines that reads most like ``required`` (a text may be broken over several lines).
    ``stacked``: also lines one under another, between which reading order puts others."""
    wanted = normal(required)
    best = Match(text="", likeness=0.0)
    parts = [line for line in lines if _is_part(normal(line.text), wanted)]
    for run in (*_runs(lines), *_runs(parts), *(_stacks(parts) if stacked else ())):
        for text in _readings(run, wanted):
            likeness = similarity(wanted, text)
            if likeness > best.likeness:
                best = Match(text=" ".join(line.text for line in run), likeness=likeness, lines=run)
    return best


def credible(lines: Sequence[TextLine], required: Sequence[str], *, stacked: bool = False) -> tuple[TextLine, ...]:
    """The lines that are surely text: OCR also "reads" outlines (a swan is an S, a book a 自), mostly as single signs."""
    matched = required_lines(lines, required, stacked=stacked)
    return tuple(line for line in lines if line in matched or _is_writing(line))


def required_lines(lines: Sequence[TextLine], required: Sequence[str], *, stacked: bool = False) -> tuple[TextLine, ...]:
    """The lines that are one of the required texts, or nearly."""
    return tuple(line for text in required for line in _nearly(best_match(text, lines, stacked=stacked)).lines)


def _is_writing(line: TextLine) -> bool:
    letters = normal(line.text)
    return line.confidence >= 0.85 and len(letters) >= 4 and len(set(letters)) >= 3 and line.text.isascii()


def _nearly(match: Match) -> Match:
    return match if match.likeness >= NEAR else Match(text="", likeness=0.0)


def _runs(lines: Sequence[TextLine]) -> Iterator[tuple[TextLine, ...]]:
    """Short runs first: of two that read alike, the one without a stray sign is meant."""
    for length in range(1, 7):
        for start in range(len(lines) - length + 1):
            yield tuple(lines[start : start + length])


def _stacks(lines: Sequence[TextLine]) -> Iterator[tuple[TextLine, ...]]:
    """Lines one under another: of texts side by side, reading order alternates between them."""
    for first in lines:
        run = [first]
        while len(run) < 6:
            left, _, right, bottom = run[-1].box
            under = [
                line
                for line in lines
                if bottom - 0.5 * line.height < line.box[1] < bottom + line.height
                and min(right, line.box[2]) - max(left, line.box[0]) > 0.5 * min(right - left, line.box[2] - line.box[0])
            ]
            if not under:
                break
            run.append(min(under, key=lambda line: line.box[1]))
            yield tuple(run)


def _is_part(text: str, wanted: str) -> bool:
    """Whether a line may be a piece of ``wanted``: outlines read as signs lie between the lines of a text, too."""
    if len(text) < 2 and len(wanted) > 2:
        return False
    blocks = difflib.SequenceMatcher(None, wanted, text, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= 0.6 * len(text)


def _readings(run: tuple[TextLine, ...], wanted: str) -> Iterator[str]:
    """The whole run, and, of a single longer line, every stretch of whole words."""
    yield normal("".join(line.text for line in run))
    if len(run) == 1:
        words = re.findall(r"\S+", run[0].text)
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                text = normal("".join(words[start:end]))
                if len(text) == len(wanted):
                    yield text


_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "·": ".", "，": ",", "×": "x"})


def normal(text: str) -> str:
    """What spelling means here: letters and digits. Case, spaces, accents and punctuation at the size of a dot do not count,
    because OCR cannot be held to them."""
    folded = unicodedata.normalize("NFKD", text.translate(_QUOTES)).casefold()
    kept = "".join(char for char in folded if char.isalnum())
    return kept or "".join(folded.split())


_TWINS = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l"})


def similarity(wanted: str, read: str) -> float:
    """1.0 for the same spelling (glyph twins such as I/l/1 and O/0 are the same), else the share of equal characters."""
    if not wanted or not read:
        return 0.0
    one, other = wanted.translate(_TWINS), read.translate(_TWINS)
    if one == other:
        return 1.0
    return min(0.99, difflib.SequenceMatcher(None, one, other, autojunk=False).ratio())
