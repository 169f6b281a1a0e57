"""The labels of a case: which track it is on, how hard it is, and what it mainly tests. No agent is ever shown them."""

from dataclasses import dataclass
from enum import StrEnum


class Track(StrEnum):
    """The values are those of the public benchmark files."""

    KNOWLEDGE = "Knowledge-Anchored"
    QUALITY = "Quality-Anchored"


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Requirement(StrEnum):
    """What a recipe tests: knowing what to draw, or one of the eight skills."""

    GROUNDING = "factual_grounding"
    LAYOUT = "spatial_layout"
    BEAUTY = "aesthetic_drawing"
    TEXT = "text_rendering"
    STYLE = "creative_drawing"
    BODY = "anatomy_body_coherence"
    BINDING = "attribute_binding"
    MATERIAL = "physical_material_consistency"
    COUNT = "quantity_counting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """As the public files name them; empty where nobody has given one."""

    eval_type: str = ""
    category: str = ""
    difficulty: str = ""

    def to_json(self) -> dict[str, str]:
        return {"eval_type": self.eval_type, "category": self.category, "difficulty": self.difficulty}
