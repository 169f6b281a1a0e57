"""Plots: curves, intervals and distributions, for a page or for a file of their own. Text is escaped.

On a page their colours are classes of the page, which knows light and dark; in a file they are its light ones.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from markupsafe import Markup

from genevolve.report.environment import templates
from genevolve.report.palette import COLOURS

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Plot(Protocol):
    """``__html__`` is what a template shows, ``svg`` a document that needs nothing else."""

    @property
    def caption(self) -> str: ...

    def __html__(self) -> str: ...

    def svg(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """``content`` is SVG inside a box of ``width`` by ``height``."""

    width: float
    height: float
    caption: str
    content: Markup

    def __html__(self) -> str:
        head = Markup('<svg viewBox="0 0 {0} {1}" style="max-width:{0}px" role="img" aria-label="{2}">').format(
            self.width, self.height, self.caption
        )
        return Markup('<figure class="plot">{}{}</svg><figcaption>{}</figcaption></figure>').format(
            head, self.content, self.caption
        )

    def svg(self) -> str:
        return _NOT_XML.sub("", templates().get_template("plot.svg").render(plot=self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A mean with its interval on the scale from 0 to 1. ``series`` picks the colour; an empty label continues a group."""

    label: str
    mean: float
    low: float
    high: float
    series: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A value for each of ``steps``; empty, they count from 1. ``series`` picks the colour."""

    label: str
    values: tuple[float, ...]
    series: int = 0
    steps: tuple[int, ...] = ()

    @property
    def points(self) -> tuple[tuple[int, float], ...]:
        return tuple(zip(self.steps or range(1, len(self.values) + 1), self.values, strict=True))


_WIDE, _HIGH, _LEFT, _TOP = 560, 210, 46, 14  # of the plotting area and its margins


def lines(curves: Sequence[Line], *, caption: str) -> Drawing:
    """Curves over steps with a legend. The vertical axis spans the values, between round ones."""
    values = [value for curve in curves for value in curve.values]
    heights = _ticks(min(values), max(values))
    low, high = heights[0], heights[-1]
    seen = [step for curve in curves for step, _ in curve.points]
    first, last = min(seen), max(max(seen), min(seen) + 1)

    def point(step: int, value: float) -> str:
        return f"{_LEFT + _WIDE * (step - first) / (last - first):.1f},{_TOP + _HIGH * (high - value) / (high - low):.1f}"

    parts = [_grid(heights, first, last)]
    for curve in curves:
        path = " ".join(point(step, value) for step, value in curve.points)
        parts.append(Markup('<polyline class="curve s{}" points="{}"><title>{}</title></polyline>').format(
            curve.series % COLOURS, path, curve.label
        ))  # fmt: skip
    for number, curve in enumerate(curves):
        place = (_LEFT + 6 + 138 * (number % 4), _TOP + _HIGH + 42 + 18 * (number // 4))
        parts.append(Markup('<g class="s{}"><rect x="{}" y="{}" width="12" height="4" rx="2"/>'
                            '<text class="key" x="{}" y="{}">{}</text></g>').format(
            curve.series % COLOURS, place[0], place[1] - 6, place[0] + 17, place[1], curve.label[:20]
        ))  # fmt: skip
    height = _TOP + _HIGH + 54 + 18 * ((len(curves) - 1) // 4)
    return Drawing(width=_LEFT + _WIDE + 16, height=height, caption=caption, content=Markup("").join(parts))


def _ticks(low: float, high: float) -> list[float]:
    """Three to eight round numbers, the first at most ``low`` and the last at least ``high``."""
    low, high = (low, high) if high > low else (low - 0.5, high + 0.5)
    power = 10.0 ** math.floor(math.log10(high - low))
    stride = next(power * part for part in (0.2, 0.5, 1.0, 2.0) if (high - low) / (power * part) <= 5)
    return [stride * number for number in range(math.floor(low / stride), math.ceil(high / stride) + 1)]


def _grid(heights: Sequence[float], first: int, last: int) -> Markup:
    parts = []
    for number, value in enumerate(heights):
        y = _TOP + _HIGH * (1 - number / (len(heights) - 1))
        parts.append(Markup('<line class="grid" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'
                            '<text class="tick end" x="{3}" y="{4:.1f}">{5:.3g}</text>').format(
            _LEFT, _LEFT + _WIDE, y, _LEFT - 6, y + 4, value
        ))  # fmt: skip
    for step in range(first, last + 1, -(-(last - first) // 5)):
        x = _LEFT + _WIDE * (step - first) / (last - first)
        parts.append(Markup('<text class="tick" x="{:.1f}" y="{}">{}</text>').format(x, _TOP + _HIGH + 18, step))
    return Markup("").join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """One line for each bar: dot at the mean, line over the interval, figure at the right."""

    bars: tuple[Bar, ...]
    caption: str

    def __html__(self) -> str:
        """HTML, so that it fits any width."""
        ticks = Markup("").join(Markup('<i style="left:{0}%">{1:g}</i>').format(25 * step, step / 4) for step in range(5))
        rows = Markup("").join(map(_bar, self.bars))
        drawn = Markup('<div class="bar axis"><span></span><span class="track">{}</span><span></span></div>{}').format(
            ticks, rows
        )
        return Markup(
            '<figure class="plot intervals"><div role="img" aria-label="{0}">{1}</div><figcaption>{0}</figcaption></figure>'
        ).format(self.caption, drawn)

    def svg(self) -> str:
        floor = _HEAD + _ROW * len(self.bars)
        grid = '<line class="grid" x1="{0}" x2="{0}" y1="22" y2="{1}"/><text class="tick" x="{0}" y="16">{2:g}</text>'
        parts = [Markup(grid).format(_across(quarter / 4), floor, quarter / 4) for quarter in range(5)]
        parts += [_bar_drawn(bar, _HEAD + _ROW * (number + 0.5)) for number, bar in enumerate(self.bars)]
        width = _across(1.0) + 160
        return Drawing(width=width, height=floor + 8, caption=self.caption, content=Markup("").join(parts)).svg()


_HEAD, _ROW = 28, 22  # heights in a file


def _across(value: float) -> float:
    return 190 + 320 * max(0.0, min(1.0, value))


def _bar_drawn(bar: Bar, y: float) -> Markup:
    return Markup(
        '<text class="end" x="{left}" y="{base}">{label}</text><g class="s{series}"><rect x="{low:.1f}" y="{top}" '
        'width="{width:.1f}" height="3" opacity="0.55"/><circle cx="{mean:.1f}" cy="{y}" r="5"/></g>'
        '<text class="key" x="{right}" y="{base}">{figure:.3f} [{at_least:.3f}, {at_most:.3f}]</text>'
    ).format(
        label=bar.label if len(bar.label) <= 30 else f"{bar.label[:29]}…",
        series=bar.series % COLOURS,
        left=_across(0.0) - 10,
        right=_across(1.0) + 12,
        y=y,
        base=y + 4,
        top=y - 1.5,
        low=_across(bar.low),
        width=_across(bar.high) - _across(bar.low),
        mean=_across(bar.mean),
        figure=bar.mean,
        at_least=bar.low,
        at_most=bar.high,
    )


def _percent(value: float) -> float:
    return round(100 * max(0.0, min(1.0, value)), 2)


def _bar(bar: Bar) -> Markup:
    low, high = _percent(bar.low), _percent(bar.high)
    return Markup(
        '<div class="bar s{series}" title="{title}"><span class="label">{label}</span><span class="track">'
        '<b class="span" style="left:{low}%;width:{width}%"></b><b class="mean" style="left:{mean}%"></b></span>'
        '<span class="value">{figure:.3f} <small>[{low_text:.3f}, {high_text:.3f}]</small></span></div>'
    ).format(
        series=bar.series % COLOURS,
        title=bar.title or bar.label,
        label=bar.label if len(bar.label) <= 60 else f"{bar.label[:59]}…",
        low=low,
        width=round(high - low, 2),
        mean=_percent(bar.mean),
        figure=bar.mean,
        low_text=bar.low,
        high_text=bar.high,
    )


def histogram(values: Sequence[float], *, series: int, caption: str, bins: int = 10) -> Drawing:
    """How many rows have which score, from 0 to 1; the last bin includes 1."""
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, max(0, int(value * bins + 1e-9)))] += 1
    most, step, floor = max([*counts, 1]), 34, 112
    parts = [Markup('<line class="grid" x1="16" x2="{0}" y1="{1}" y2="{1}"/>').format(20 + step * bins, floor)]
    for position, count in enumerate(counts):
        height = round(84 * count / most, 1)
        x = 20 + position * step
        parts.append(
            Markup(
                '<g class="s{series}"><title>{low:.1f} to {high:.1f}: {count} rows</title>'
                '<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3"/>'
                '<text class="tick" x="{middle}" y="{above}">{shown}</text></g>'
            ).format(
                series=series % COLOURS, low=position / bins, high=(position + 1) / bins, count=count, x=x, y=floor - height,
                width=step - 6, height=height, middle=x + (step - 6) / 2, above=floor - height - 5, shown=count or "",
            )
        )  # fmt: skip
    for tick in range(0, bins + 1, max(1, bins // 5)):
        parts.append(Markup('<text class="tick" x="{0}" y="128">{1:g}</text>').format(20 + tick * step - 3, tick / bins))
    return Drawing(width=20 + step * bins + 12, height=136, caption=caption, content=Markup("").join(parts))
