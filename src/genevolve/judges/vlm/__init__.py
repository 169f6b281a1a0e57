"""Judges behind an OpenAI-compatible chat endpoint: a vision model for images, a language model for programs."""

from genevolve.judges.vlm.image import VlmJudge
from genevolve.judges.vlm.program import LlmJudge

__all__ = ["LlmJudge", "VlmJudge"]
