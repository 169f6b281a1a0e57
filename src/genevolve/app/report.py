"""``genevolve report`` as a function: run directories side by side, as one page and as Markdown."""

import re
from collections.abc import Container, Sequence
from itertools import count
from pathlib import Path

from genevolve.app.arguments import checked
from genevolve.app.suites import find_measure
from genevolve.bench import report as pages
from genevolve.bench import runs
from genevolve.bench.ablation import Ablation
from genevolve.bench.ablation import load_ablation as load
from genevolve.core.errors import UsageError
from genevolve.store.images import write_atomically


@checked
def load_run(path: Path, *, include_degraded: bool = False) -> runs.Run:
    """A directory of ``bench``, ``run`` or ``score``, read back. Rows that met an outage are left out of means unless
    ``include_degraded``. Raises ``UsageError``."""
    return runs.load_run(path, find_measure, include_degraded=include_degraded)


@checked
def load_ablation(folder: Path, *, include_degraded: bool = False) -> Ablation:
    """What is finished of an ablation. ``include_degraded`` as in ``load_run``. Raises ``UsageError``."""
    return load(folder, find_measure, include_degraded=include_degraded)


@checked
def report(folders: Sequence[Path], *, max_bytes: int = pages.MAX_BYTES, include_degraded: bool = False) -> pages.Written:
    """The report on ``folders``: as much detail as ``max_bytes`` of HTML allow. ``include_degraded`` as in ``load_run``. Raises
    ``UsageError``."""
    return pages.report(folders, find_measure, max_bytes=max_bytes, include_degraded=include_degraded)


@checked
def write_report(
    folders: Sequence[Path], out: Path | None = None, *, plots: Path | None = None, include_degraded: bool = False
) -> tuple[Path, ...]:
    """The files that were written: the page at ``out`` (None: ``report.html`` in the first folder), the Markdown beside it, and
    the page's curves and intervals in ``plots``, each as an SVG file named after its caption. ``include_degraded`` as in
    ``load_run``. Raises ``UsageError``."""
    target = out or folders[0] / "report.html"
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--out {target}: the name of the page must end in .html (the Markdown goes next to it as .md)")
    made = report(folders, include_degraded=include_degraded)
    files = {target: made.html, target.with_suffix(".md"): made.markdown}
    if plots is not None:
        for plot in made.plots:
            files[_free(plots / f"{_name(plot.caption)}.svg", files)] = plot.svg()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8", "replace"))
    return tuple(files)


def _name(caption: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", caption.lower()).strip("-")[:80] or "plot"


def _free(path: Path, taken: Container[Path]) -> Path:
    """``path``, numbered where several plots have one caption: each suite and judge has its own."""
    numbers = (path.with_stem(f"{path.stem}-{number}") if number > 1 else path for number in count(1))
    return next(candidate for candidate in numbers if candidate not in taken)
