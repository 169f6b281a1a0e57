"""Seeding for a moment: generators are where they were, also that of a GPU."""

from typing import Any

import pytest
import torch

from genevolve.policies.local.seeded import seeded, untouched


def test_draws_come_from_the_seed_and_leave_no_trace() -> None:
    before = torch.get_rng_state()
    with seeded(5):
        first = torch.rand(3)
    with seeded(5):
        assert torch.equal(torch.rand(3), first)
    with untouched():
        torch.rand(7)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_generator_of_the_gpu_in_use_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Played: torch seeds every GPU along with the CPU."""
    states: dict[Any, Any] = {1: "training's"}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device=1: states[device])
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device=1: states.update({device: state}))
    monkeypatch.setattr(torch.cuda, "manual_seed_all", lambda seed: states.update({1: f"seeded with {seed}"}))
    with seeded(5):
        assert states == {1: "seeded with 5"}
    assert states == {1: "training's"}
