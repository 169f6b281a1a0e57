"""Where the teacher disagreed with the student, token by token, kept for reading beside a step's episodes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from genevolve.train.term import TermRows


class DisagreementLog:
    """Lines of ``steps/000012/teacher.PROCESS.jsonl``: for each guided row its sampled tokens, log p - log q, and the choice.

    ``turns`` number the replies: a new one begins where something else lies between two sampled tokens.
    """

    def __init__(self, folder: Path, tokenizer: Any, process: int = 0) -> None:
        self._folder = folder
        self._tokenizer = tokenizer
        self._process = process

    def note(self, step: int, places: Sequence[int], rows: TermRows, chosen: Tensor) -> None:
        """``places`` are positions in the step's batch, one for each of ``rows``."""
        assert rows.teacher is not None
        path = self._folder / f"{step:06d}" / f"teacher.{self._process}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for place, row in enumerate(places):
            own = rows.mask[place].bool()
            starts = own & ~own.roll(1)
            starts[0] = own[0]
            lines.append(
                {
                    "row": row,
                    "tokens": [self._tokenizer.decode([token]) for token in rows.ids[place][own].tolist()],
                    "turns": (starts.cumsum(0)[own] - 1).tolist(),
                    "student": [round(value, 4) for value in rows.student.detach()[place][own].tolist()],
                    "teacher": [round(value, 4) for value in rows.teacher[place][own].tolist()],
                    "chosen": chosen[place][own].int().tolist(),
                }
            )
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
