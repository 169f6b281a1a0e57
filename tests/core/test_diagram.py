"""The picture of the transition table in the docs is the table, and the table is whole."""

import runpy

from genevolve.core.episode import TRANSITIONS, Phase
from tests.paths import ROOT


def test_the_picture_in_the_docs_is_the_table() -> None:
    drawing = runpy.run_path(str(ROOT / "docs" / "draw_episode.py"))
    kept = (ROOT / "docs" / "images" / "episode.svg").read_text(encoding="utf-8")
    assert kept == drawing["drawn"](), "run: python docs/draw_episode.py"
    assert all(event.__name__ in kept for _, event in TRANSITIONS)


def test_every_phase_is_reached_and_left() -> None:
    assert {phase for phase, _ in TRANSITIONS} == set(Phase)
    assert {to for transition in TRANSITIONS.values() for to in transition.to} == set(Phase)
