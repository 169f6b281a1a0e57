"""Where the stages of a data set lie, from recipes to the finished data set, and who holds the folder."""

from collections.abc import Iterator
from pathlib import Path

from genevolve.data.stage import Funnel, funnel_of, read_funnel
from genevolve.run.folder import RunFolder

STAGES = ("recipes", "worded", "pool", "prompts", "lessons", "audited", "rendered", "split")


class DataFolder:
    """``STAGE.jsonl`` of each stage with what it rejected beside it; trajectories in ``lessons/``, ground truths in
    ``truths/``, the finished data set in ``dataset/``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recipes = path / "recipes.jsonl"
        self.worded = path / "worded.jsonl"
        self.pool = path / "pool.jsonl"
        self.prompts = path / "prompts.jsonl"
        self.lessons = RunFolder(path / "lessons")
        self.collected = path / "lessons.jsonl"  # no file of its own: the name under which the lessons' funnel lies
        self.audited = path / "audited.jsonl"
        self.truths = RunFolder(path / "truths")
        self.rendered = path / "rendered.jsonl"
        self.split = path / "split.jsonl"
        self.dataset = path / "dataset"
        self.scratch = path / "duplicates.sqlite"

    def funnels(self) -> Iterator[Funnel]:
        """Of every stage that is finished, in their order."""
        for name in STAGES:
            path = self.path / f"{name}.jsonl"
            if funnel_of(path).exists():
                yield read_funnel(path)
