"""What a check says about one requirement."""

from dataclasses import dataclass

from genevolve.core.score import Diagnostic, Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimVerdict:
    """``value``: 1 met, ½ nearly (a misspelt text), 0 not. ``weight`` counts within the dimension."""

    skill: str
    dimension: Dimension
    requirement: str
    value: float
    detail: str = ""
    vital: bool = False  # without it the dimension is 0, whatever else is right

    @property
    def passed(self) -> bool:
        return self.value == 1.0

    def diagnostic(self) -> Diagnostic:
        return Diagnostic(
            skill=self.skill,
            dimension=self.dimension,
            requirement=self.requirement,
            passed=self.passed,
            detail=self.detail,
        )
