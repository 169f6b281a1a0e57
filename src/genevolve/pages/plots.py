"""Plots as inline SVG: intervals and distributions. Text is escaped; colours are classes of the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_LABEL, _PLOT, _VALUE, _ROW, _TOP = 230, 430, 150, 22, 26
COLOURS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A mean with its interval on the scale from 0 to 1. ``series`` picks the colour; an empty label continues a group."""

    label: str
    mean: float
    low: float
    high: float
    series: int = 0
    title: str = ""


def intervals(bars: Sequence[Bar], *, caption: str) -> Markup:
    """One line for each bar: dot at the mean, line over the interval, figure at the right."""
    height = _TOP + _ROW * len(bars) + 8
    width = _LABEL + _PLOT + _VALUE
    grid = Markup("").join(_gridline(step / 4, height) for step in range(5))
    rows = Markup("").join(_bar(bar, position) for position, bar in enumerate(bars))
    return _svg(width, height, caption, grid + rows)


def _x(value: float) -> float:
    return round(_LABEL + max(0.0, min(1.0, value)) * _PLOT, 1)


def _gridline(value: float, height: int) -> Markup:
    return Markup(
        '<line class="grid" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text class="tick" x="{0}" y="14">{3:g}</text>'
    ).format(_x(value), _TOP - 6, height - 4, value)


def _bar(bar: Bar, position: int) -> Markup:
    y = _TOP + position * _ROW + _ROW // 2
    label = bar.label if len(bar.label) <= 34 else f"{bar.label[:33]}…"
    return Markup(
        '<g class="s{series}"><title>{title}</title><text class="label" x="{left}" y="{text}">{label}</text>'
        '<line class="span" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/><circle cx="{mean}" cy="{y}" r="5"/>'
        '<text class="value" x="{right}" y="{text}">{figure}</text></g>'
    ).format(
        series=bar.series % COLOURS,
        title=bar.title or bar.label,
        left=_LABEL - 12,
        right=_LABEL + _PLOT + 14,
        text=y + 4,
        label=label,
        low=_x(bar.low),
        high=_x(bar.high),
        mean=_x(bar.mean),
        y=y,
        figure=f"{bar.mean:.3f} [{bar.low:.3f}, {bar.high:.3f}]",
    )


def histogram(values: Sequence[float], *, series: int, caption: str, bins: int = 10) -> Markup:
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
    return _svg(20 + step * bins + 12, 136, caption, Markup("").join(parts))


def _svg(width: int, height: int, caption: str, content: Markup) -> Markup:
    head = Markup('<svg viewBox="0 0 {0} {1}" style="max-width:{0}px" role="img" aria-label="{2}">').format(
        width, height, caption
    )
    return Markup('<figure class="plot">{}{}</svg><figcaption>{}</figcaption></figure>').format(head, content, caption)
