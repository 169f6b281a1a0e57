"""Where the teacher disagreed with the student, token by token, kept for reading beside a step's episodes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor


class Disagreement:
    """Lines of ``steps/000012/teacher.PROCESS.jsonl``: for each guided row its sampled tokens, log p - log q, and the choice.

    ``turns`` number the replies: a new one begins where something else lies between two sampled tokens.
    """

    def __init__(self, folder: Path, tokenizer: Any, process: int = 0) -> None:
        self._folder = folder
        self._tokenizer = tokenizer
        self._process = process

    def note(
        self, step: int, rows: Sequence[int], ids: Tensor, mask: Tensor, student: Tensor, teacher: Tensor, chosen: Tensor
    ) -> None:
        """``rows`` are positions in the step's batch; all tensors are (rows, tokens)."""
        path = self._folder / f"{step:06d}" / f"teacher.{self._process}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for place, row in enumerate(rows):
            own = mask[place].bool()
            starts = own & ~own.roll(1)
            starts[0] = own[0]
            lines.append(
                {
                    "row": row,
                    "tokens": [self._tokenizer.decode([token]) for token in ids[place][own].tolist()],
                    "turns": (starts.cumsum(0)[own] - 1).tolist(),
                    "student": [round(value, 4) for value in student[place][own].tolist()],
                    "teacher": [round(value, 4) for value in teacher[place][own].tolist()],
                    "chosen": chosen[place][own].int().tolist(),
                }
            )
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
