"""Scores and the formulas over them. A failure to score is ``Unscored``: it is never a number."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from genevolve.core.ledger import Ledger

IMAGE_LEVELS = (0.0, 0.5, 1.0)
PROGRAM_LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
WEIGHTS = {"faithfulness": 0.1, "visual_correctness": 0.4, "text_accuracy": 0.4, "aesthetics": 0.1}


class Dimension(StrEnum):
    """The four parts of a KScore."""

    FAITHFULNESS = "faithfulness"
    VISUAL_CORRECTNESS = "visual_correctness"
    TEXT_ACCURACY = "text_accuracy"
    AESTHETICS = "aesthetics"


class NotApplicable(StrEnum):
    """What becomes of text accuracy when the request needs no text: 0.5 (``release``), or its weight leaves the formula."""

    RELEASE = "release"
    RENORMALIZED = "renormalized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One visible requirement and whether the image meets it. ``skill`` is one of the eight skill names."""

    skill: str
    dimension: Dimension
    requirement: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The four KScore dimensions, each 0, 0.5 or 1; ``text_accuracy`` is None when the request needs no text."""

    faithfulness: float
    visual_correctness: float
    text_accuracy: float | None
    aesthetics: float
    judge: str
    diagnostics: tuple[Diagnostic, ...] = ()
    rationale: str = ""
    cost: float = 0.0  # of judging, in the currency of the price list
    version: str = ""  # of the judge; "": it was recorded before judges had one
    coverage: float | None = None  # share of the request's content that was checked, 0 to 1; None: the judge does not say
    ledger: Ledger | None = None
    kind: Literal["score"] = "score"

    def __post_init__(self) -> None:
        for dimension in Dimension:
            value = getattr(self, dimension)
            if value is None and dimension is Dimension.TEXT_ACCURACY:
                continue
            if value not in IMAGE_LEVELS:
                raise ValueError(f"{dimension} is {value!r}; a KScore dimension is one of {IMAGE_LEVELS}")

    @property
    def judged_by(self) -> str:
        """The judge with its version: scores of two versions are scores of two judges."""
        return f"{self.judge} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramScore:
    """Program sufficiency, one of 0, 0.25, 0.5, 0.75, 1."""

    value: float
    judge: str
    diagnostics: tuple[Diagnostic, ...] = ()
    rationale: str = ""
    cost: float = 0.0  # of judging, in the currency of the price list
    version: str = ""  # of the judge; "": it was recorded before judges had one
    coverage: float | None = None  # share of the request's content that was checked, 0 to 1; None: the judge does not say
    ledger: Ledger | None = None
    kind: Literal["program_score"] = "program_score"

    def __post_init__(self) -> None:
        if self.value not in PROGRAM_LEVELS:
            raise ValueError(f"program sufficiency is {self.value!r}; it is one of {PROGRAM_LEVELS}")

    @property
    def judged_by(self) -> str:
        """As ``Score.judged_by``."""
        return f"{self.judge} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """No score could be had. It leaves every mean and is counted. ``retryable``: asking again may help."""

    reason: str
    judge: str = ""
    retryable: bool = False
    cost: float = 0.0  # of judging, in the currency of the price list
    version: str = ""
    coverage: float | None = None
    ledger: Ledger | None = None
    kind: Literal["unscored"] = "unscored"


def kscore(score: Score, convention: NotApplicable = NotApplicable.RELEASE) -> float:
    """KScore = 0.1·F + 0.4·V + 0.4·T + 0.1·A, in [0, 1]."""
    values = {dimension: getattr(score, dimension) for dimension in WEIGHTS}
    if values["text_accuracy"] is None:
        if convention is NotApplicable.RENORMALIZED:
            weight = sum(w for name, w in WEIGHTS.items() if values[name] is not None)
            return math.fsum(w * values[name] for name, w in WEIGHTS.items() if values[name] is not None) / weight
        values["text_accuracy"] = 0.5
    return math.fsum(weight * values[name] for name, weight in WEIGHTS.items())


def reward(image: float, program: float, *, alpha: float = 0.5) -> float:
    """R = (1-α)·R_img + α·R_text."""
    return (1 - alpha) * image + alpha * program
