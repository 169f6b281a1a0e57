"""The report page: tables, plots, galleries with the trajectory behind every image, and two systems side by side.

It gets values that are ready to be shown and decides nothing; it has no scripts and no outside resources.
"""

from dataclasses import dataclass

from markupsafe import Markup

from genevolve.report.environment import templates
from genevolve.report.plots import Plot
from genevolve.report.table import Table
from genevolve.report.trajectory import ResultCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A chosen reference: ``image`` is a class of ``Thumbnails``, empty when the file is gone."""

    image: str
    title: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What led to an image."""

    prompt: Markup
    references: tuple[Chip, ...]
    steps: tuple[ResultCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One image of one system. ``level`` is good, half, bad or none; ``score`` is what stands on it."""

    anchor: str
    system: str
    series: int
    image: str
    truth: str
    score: str
    level: str
    detail: str  # the parts of the score
    unscored: str
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    request: str
    tags: tuple[str, ...]
    behind: Behind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """The shots of one system, worst first. ``left_out`` are shots that did not fit."""

    system: str
    series: int
    shots: tuple[Shot, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """The same row by two systems; ``difference`` is first minus second."""

    difference: str
    better: int  # 1: the first, 2: the second, 0: equal
    first: Shot
    second: Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    first: str
    second: str
    summary: str
    duels: tuple[Duel, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One group of comparable systems."""

    anchor: str
    title: str
    judge: str
    systems: tuple[str, ...]
    headline: Table
    plots: tuple[Plot, ...]
    histograms: tuple[Plot, ...]
    tables: tuple[Table, ...]
    galleries: tuple[Gallery, ...]
    versus: tuple[Versus, ...]
    more_pairs: int  # that are in the table of differences only


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    title: str
    sections: tuple[Section, ...]
    abouts: tuple[tuple[str, str], ...]  # (system, its run.json)


def report_page(report: Report, style: Markup) -> str:
    """HTML of the page; ``style`` holds its images."""
    return templates().get_template("report.html").render(report=report, style=style)
