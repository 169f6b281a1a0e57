"""Draws the phases of an episode from its transition table: ``python docs/draw_episode.py`` writes docs/images/episode.svg.

Boxes are phases; an arc goes from a phase to one that an event leads to, above the boxes onwards and below them back. What
leaves a phase as it was is left out, but for a reply that is a mistake; what ends a revision in any phase is written below.
"""

from html import escape
from pathlib import Path

from genevolve.core.episode import TRANSITIONS, Phase
from genevolve.core.event import Stopped

_ANYWHERE = f"{Stopped.__name__}, where an earlier round is there: from any phase to done"
PICTURE = Path(__file__).parent / "images" / "episode.svg"
STEP, BOX_W, BOX_H, TOP = 196, 128, 40, 200


def edges() -> dict[tuple[Phase, Phase], list[str]]:
    """(from, to) → the names of the events that lead there."""
    found: dict[tuple[Phase, Phase], list[str]] = {}
    for (phase, event), transition in TRANSITIONS.items():
        for to in transition.to:
            if event is not Stopped and (phase is not to or phase is Phase.ASKING):
                found.setdefault((phase, to), []).append(event.__name__)
    return found


def _x(phase: Phase) -> float:
    return 90 + STEP * list(Phase).index(phase)


def _arc(start: Phase, end: Phase, names: list[str]) -> str:
    label = escape(", ".join(names))
    if start is end:
        x, y = _x(start), TOP + BOX_H
        path = f"M{x - 40} {y} C{x - 60} {y + 60} {x + 20} {y + 60} {x - 4} {y}"
        return f'<path d="{path}"/><text x="{x - 20}" y="{y + 62}">{label}</text>'
    far = abs(_x(end) - _x(start))
    up = _x(end) > _x(start)
    side, y = (-1, TOP) if up else (1, TOP + BOX_H)
    lift = y + side * (26 + far * 0.13)
    begin, stop = _x(start) + (18 if up else -18), _x(end) - (18 if up else -18)
    middle = (begin + stop) / 2
    path = f"M{begin:g} {y} Q{middle:g} {2 * lift - y:g} {stop:g} {y}"
    return f'<path d="{path}"/><text x="{middle:g}" y="{lift + side * 6 + (10 if side > 0 else 0):g}">{label}</text>'


def drawn() -> str:
    """The picture, as SVG."""
    boxes = [
        f'<rect x="{_x(phase) - BOX_W / 2:g}" y="{TOP}" width="{BOX_W}" height="{BOX_H}" rx="8"/>'
        f'<text class="phase" x="{_x(phase):g}" y="{TOP + 25}">{escape(phase.replace("_", " "))}</text>'
        for phase in Phase
    ]
    arcs = [_arc(start, end, names) for (start, end), names in edges().items()]
    style = (
        "text{font:11px system-ui,sans-serif;fill:#475569;text-anchor:middle}.phase{font-size:13px;fill:#0f172a}"
        "rect{fill:#e0f2fe;stroke:#0284c7}path{fill:none;stroke:#94a3b8;marker-end:url(#to)}"
    )
    head = '<marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    head += '<polygon points="0 0 8 4 0 8" fill="#64748b"/></marker>'
    width = round(_x(Phase.DONE) + 90)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 440" role="img" aria-label="The phases of an episode">',
        f"<style>{style}</style><defs>{head}</defs>",
        f'<rect x="0" y="0" width="{width}" height="440" style="fill:#fff;stroke:none"/>',
        *arcs,
        *boxes,
        f'<text x="{width - 24}" y="{TOP + 232}" style="text-anchor:end">{escape(_ANYWHERE)}</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
    print(PICTURE)
