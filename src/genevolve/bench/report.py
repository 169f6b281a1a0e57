"""Run directories to a page and to Markdown."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from genevolve.bench.ablation import Ablation, is_ablation, load_ablation
from genevolve.bench.compare import (
    SPLITS,
    ComparisonGroup,
    PairedSystems,
    System,
    estimate,
    groups_of,
    overall,
    pairs,
    split_values,
)
from genevolve.bench.measure import FindMeasure
from genevolve.bench.round_tables import curve
from genevolve.bench.runs import JudgeCheck, Run, ScoredRow, load_run
from genevolve.bench.statistics import Estimate
from genevolve.bench.summary import report_text
from genevolve.bench.tables import tables_of
from genevolve.bench.training_seeds import Trained, seed_table
from genevolve.core.episode import Episode
from genevolve.core.errors import UsageError
from genevolve.core.picture import Picture
from genevolve.report.palette import COLOURS
from genevolve.report.plots import Bar, Intervals, Plot, histogram
from genevolve.report.report import Behind, Chip, Duel, Gallery, Report, Section, Shot, Versus, report_page
from genevolve.report.table import Table, inline
from genevolve.report.thumbnails import Thumbnails
from genevolve.report.trajectory import ResultCard, ShownReference, TrajectoryGallery, card, mark_ordinals
from genevolve.store.images import ImageStore

MAX_BYTES = 28_000_000
_MOST_DUELS, _MOST_PAIRS = 60, 10  # duels of one pair, fewer where there are many pairs
_TRUTH, _REFERENCE = 128, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDetail:
    """How much of each row a page shows: pixels of images, characters of observations, images of one system."""

    side: int
    observation: int
    shots: int


DETAILS = (
    PageDetail(side=360, observation=900, shots=400),
    PageDetail(side=288, observation=500, shots=1200),
    PageDetail(side=200, observation=240, shots=1200),
    PageDetail(side=144, observation=120, shots=1200),
    PageDetail(side=112, observation=60, shots=500),
    PageDetail(side=96, observation=0, shots=200),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """All forms of a report; ``plots`` are those of the page without the distributions."""

    html: str
    markdown: str
    plots: tuple[Plot, ...]


def report(
    folders: Sequence[Path], find_measure: FindMeasure, *, max_bytes: int = MAX_BYTES, include_degraded: bool = False
) -> Written:
    """The report on ``folders``: as much detail as ``max_bytes`` of HTML allow. Raises ``UsageError``."""
    if not folders:
        raise UsageError("DIR is missing: name one or more run directories")
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise UsageError("DIR: the same directory is given twice")
    runs, ablations = _loaded(folders, find_measure, include_degraded)
    groups = groups_of(runs)
    tables = {number: tables_of(group) for number, group in enumerate(groups)}
    tables[0] += [table for ablation in ablations for table in ablation.tables()]
    tables[0] += _of_all(ablations)
    plots = [plots_of(group) for group in groups]
    plots[0] = (*(plot for ablation in ablations for plot in ablation.plots()), *plots[0])
    most = max(len(run.rows) for run in runs)
    fitting = [detail for detail in DETAILS if detail.shots >= most] or [DETAILS[1]]
    for detail in DETAILS[DETAILS.index(fitting[0]) :]:
        html = _page(runs, groups, tables, plots, detail)
        if len(html) <= max_bytes:
            break
    title = _title(groups)
    text = f"# {inline(title)}\n\n" + "\n".join(report_text(tables[number]) for number in tables)
    return Written(html=html, markdown=text, plots=tuple(plot for own in plots for plot in own))


def _loaded(folders: Sequence[Path], find_measure: FindMeasure, degraded: bool) -> tuple[list[Run], list[Ablation]]:
    """The runs of all folders; that of an ablation holds one for each arm."""
    runs: list[Run] = []
    ablations: list[Ablation] = []
    several = sum(map(is_ablation, folders)) > 1
    for folder in folders:
        if is_ablation(folder):
            ablations.append(load_ablation(folder, find_measure, include_degraded=degraded))
            runs += [replace(run, name=f"{run.name} [{folder.name}]") if several else run for run in ablations[-1].runs]
        else:
            runs.append(load_run(folder, find_measure, include_degraded=degraded))
    return runs, ablations


def _of_all(ablations: Sequence[Ablation]) -> list[Table]:
    """The arms of several directories against each other, each in its own: arms of one name are one arm."""
    if len(ablations) < 2:
        return []
    tests: dict[str, dict[tuple[str, int], Run]] = {}
    for arm in (arm for ablation in ablations for arm in ablation.trained):
        tests.setdefault(arm.arm, {}).update(arm.tests)
    table = seed_table([Trained(arm=arm, tests=own) for arm, own in tests.items()])
    return [table] if table is not None else []


def _title(groups: Sequence[ComparisonGroup]) -> str:
    suites = list(dict.fromkeys(group.suite for group in groups))
    systems = list(dict.fromkeys(system.name for group in groups for system in group.systems))
    return f"{', '.join(suites)}: {' against '.join(systems) if len(systems) <= 3 else f'{len(systems)} systems'}"


def _page(
    runs: Sequence[Run],
    groups: Sequence[ComparisonGroup],
    tables: Mapping[int, list[Table]],
    plots: Sequence[tuple[Plot, ...]],
    detail: PageDetail,
) -> str:
    """``plots`` are those of each group."""
    thumbnails = Thumbnails()
    sections = tuple(
        _Builder(group=group, anchor=f"g{number}", thumbnails=thumbnails, detail=detail).section(tables[number], plots[number])
        for number, group in enumerate(groups)
    )
    abouts = tuple((run.name, json.dumps(run.about, indent=2, ensure_ascii=False)) for run in runs)
    made = Report(title=_title(groups), sections=sections, abouts=abouts)
    return report_page(made, thumbnails.style())


def plots_of(group: ComparisonGroup) -> tuple[Plot, ...]:
    """Intervals of every measure, and of the first one by what the requests are like."""
    plots: list[Plot] = []
    for column, label in group.columns.items():
        found = (
            _bar(system.name, overall(system, group, column), number, label) for number, system in enumerate(group.systems)
        )
        if bars := tuple(bar for bar in found if bar is not None):
            plots.append(Intervals(bars=bars, caption=label))
    first, label = next(iter(group.columns.items()))
    split = ((name, _split_bars(group, name, first)) for name in SPLITS)
    ordered = sorted(((name, bars) for name, bars in split if bars), key=lambda entry: len(entry[1]))
    if (drawn := curve(group)) is not None:
        plots.append(drawn)
    return (*plots, *(Intervals(bars=bars, caption=f"{label} by {name}") for name, bars in ordered))


def _split_bars(group: ComparisonGroup, name: str, column: str) -> tuple[Bar, ...]:
    of = SPLITS[name]
    values = split_values((row for system in group.systems for row in system.rows), name)
    bars = []
    for value in values if len(values) > 1 else []:
        label = value
        for number, system in enumerate(group.systems):
            bar = _bar(label, estimate((r for r in system.rows if of(r) == value), column), number, system.name)
            if bar is not None:
                bars.append(bar)
                label = ""
    return tuple(bars)


def _histograms(group: ComparisonGroup, column: str) -> tuple[Plot, ...]:
    plots = []
    for number, system in enumerate(group.systems):
        scored = [row.values[column] for row in system.scored if row.values is not None]
        if scored and group.measure.spreads:
            plots.append(histogram(scored, series=number, caption=f"{system.name}: rows by {column} score"))
    return tuple(plots)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Turns one group into what the page shows."""

    group: ComparisonGroup
    anchor: str
    thumbnails: Thumbnails
    detail: PageDetail

    @property
    def column(self) -> str:
        """The first column of the measure orders galleries and duels."""
        return next(iter(self.group.measure.columns))

    def section(self, tables: list[Table], plots: tuple[Plot, ...]) -> Section:
        headline, *others = tables
        together = pairs(self.group)
        galleries = tuple(self._gallery(system, number) for number, system in enumerate(self.group.systems))
        return Section(
            anchor=self.anchor,
            title=f"{self.group.suite}, judge {self.group.judge or 'none'}",
            judge=self.group.judge,
            systems=tuple(system.name for system in self.group.systems),
            headline=headline,
            plots=plots,
            histograms=_histograms(self.group, self.column),
            tables=tuple(others),
            galleries=galleries,
            versus=tuple(self._versus(found, _MOST_DUELS // max(1, len(together) // 3)) for found in together[:_MOST_PAIRS]),
            more_pairs=max(0, len(together) - _MOST_PAIRS),
        )

    # ---- galleries ----

    def _gallery(self, system: System, number: int) -> Gallery:
        ordered = sorted(system.rows, key=self._rank)
        shots = tuple(self._shot(row, system, number) for row in ordered[: self.detail.shots])
        left_out = len(ordered) - len(shots)
        return Gallery(system=system.name, series=number % COLOURS, shots=shots, left_out=left_out)

    def _rank(self, row: ScoredRow) -> tuple[float, str, int]:
        """Unscored rows first, then by score, the worst first."""
        return (row.values[self.column] if row.values is not None else -1.0, row.case, row.repeat)

    def _shot(self, row: ScoredRow, system: System, number: int) -> Shot:
        trajectory = system.run.trajectories.get(row.key)
        value = row.values[self.column] if row.values is not None else None
        return Shot(
            anchor=f"{self.anchor}-{number}-{_identifier(row.key)}",
            system=system.name,
            series=number % COLOURS,
            image=self.thumbnails.show(row.images, _digest(row, trajectory), self.detail.side),
            truth=self.thumbnails.show(row.images, row.truth_digest, min(_TRUTH, self.detail.side)),
            score="left out" if row.left_out else "unscored" if value is None else f"{value:.2f}",
            level="none" if value is None else "good" if value >= 0.85 else "half" if value >= 0.5 else "bad",
            detail=_parts(row, self.group),
            unscored=row.unscored[:400],
            failures=tuple(_failure(found) for found in row.diagnostics if not found.passed)[:8],
            notes=tuple(note[:300] for note in row.notes)[:4],
            request=row.request[:1500],
            tags=tuple(tag for tag in (row.track, row.category, row.difficulty, row.key) if tag),
            behind=self._behind(trajectory, row.images) if trajectory is not None else None,
        )

    def _behind(self, trajectory: Episode, images: ImageStore) -> Behind:
        episode = trajectory
        program = episode.program
        chosen = [(selection, episode.picture(selection.img_id)) for selection in program.references] if program else []
        chips = (
            Chip(image=self.thumbnails.show(images, picture.digest, _REFERENCE), title=picture.title, note=selection.note)
            for selection, picture in chosen
        )
        steps = (
            card(number, turn, _Listed(images=images, chosen={}), episode.tools)
            for number, turn in enumerate(episode.turns, start=1)
        )
        return Behind(
            prompt=mark_ordinals(program.prompt[:4000]) if program else Markup(""),
            references=tuple(chips),
            steps=tuple(self._short(step) for step in steps),
        )

    def _short(self, step: ResultCard) -> ResultCard:
        limit = self.detail.observation
        seen = step.observation if len(step.observation) <= limit else f"{step.observation[:limit]}…" if limit else ""
        return replace(step, observation=seen, thought=step.thought[:600], detail=step.detail[:400], pictures=())

    # ---- two systems side by side ----

    def _versus(self, found: PairedSystems, most: int) -> Versus:
        numbers = {system.name: number for number, system in enumerate(self.group.systems)}
        ordered = sorted(found.rows, key=lambda both: (-abs(self._difference(both)), both[0].case, both[0].repeat))
        telling = [both for both in ordered if self._difference(both) != 0] or ordered
        duels = tuple(self._duel(both, found, numbers) for both in telling[: max(12, most)])
        comparison = found.comparison(self.column)
        summary = "No row was scored for both."
        if comparison is not None:
            summary = (
                f"On the same {len(found.rows)} rows: {found.first.name} better in {comparison.wins}, equal in "
                f"{comparison.ties}, worse in {comparison.losses}; difference {comparison.difference.signed}, "
                f"p {comparison.p:.4f}. The largest differences first."
            )
        return Versus(
            first=found.first.name,
            second=found.second.name,
            summary=summary,
            duels=duels,
            left_out=len(ordered) - len(duels),
        )

    def _difference(self, both: tuple[ScoredRow, ScoredRow]) -> float:
        first, second = (row.values[self.column] if row.values is not None else 0.0 for row in both)
        return first - second

    def _duel(self, both: tuple[ScoredRow, ScoredRow], found: PairedSystems, numbers: Mapping[str, int]) -> Duel:
        difference = self._difference(both)
        shots = [
            replace(self._shot(row, system, numbers[system.name]), behind=None)
            for row, system in zip(both, (found.first, found.second), strict=True)
        ]
        better = 0 if difference == 0 else 1 if difference > 0 else 2
        return Duel(difference=f"{difference:+.2f}", better=better, first=shots[0], second=shots[1])


class _Listed(TrajectoryGallery):
    """Pictures of a step without their pixels: a report shows those that were chosen."""

    def show(self, position: int, picture: Picture) -> ShownReference:
        return ShownReference(img_id="", title="", source="", licence="", data="")


def _bar(label: str, found: Estimate | None, series: int, title: str) -> Bar | None:
    if found is None:
        return None
    shown = f"{title}: {found.mean:.3f} [{found.low:.3f}, {found.high:.3f}], n={found.n}"
    return Bar(label=label, mean=found.mean, low=found.low, high=found.high, series=series, title=shown)


def _digest(row: ScoredRow, trajectory: Episode | None) -> str | None:
    """The row's image in the store: by the trajectory, else by the file that the result names."""
    digest = getattr(trajectory.rendering, "digest", None) if trajectory is not None else None
    if digest or row.image_path is None:
        return digest
    path = (row.folder / row.image_path).resolve()
    if not path.is_relative_to(row.folder.resolve()) or not path.is_file():
        return None
    return row.images.put(path.read_bytes())


def _parts(row: ScoredRow, group: ComparisonGroup) -> str:
    return ", ".join(f"{label} {row.parts[name]:g}" for name, label in group.measure.parts.items() if name in row.parts)


def _failure(found: JudgeCheck) -> str:
    detail = f" — {found.detail}" if found.detail else ""
    return f"{found.requirement}{detail}"[:240]


def _identifier(key: str) -> str:
    """``key`` as part of an id of HTML: letters, digits and hyphens, different keys differently."""
    return "".join(char if char.isascii() and char.isalnum() else f"-{ord(char):x}-" for char in key)
