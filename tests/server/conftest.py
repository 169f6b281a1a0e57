"""One server that most tests ask: they leave nothing in it that others would trip over."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import FakeWorld
from tests.server.running import profile_of, running


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server: its address, its directory, and the world behind it."""

    address: str
    out: Path
    world: FakeWorld


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    out = tmp_path_factory.mktemp("served")
    profile, world = profile_of(out)
    with running(out, profile) as address:
        yield Served(address=address, out=out, world=world)
