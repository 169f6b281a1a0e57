"""Seeds that are drawn: ``-1`` asks for a random one, which is recorded, so that the image can be made again."""

import hashlib
import secrets

RANDOM = -1
_SEEDS = 2**31  # more than that not every service takes


def drawn(seed: int = RANDOM) -> int:
    """``seed`` itself, or a random one for ``RANDOM``."""
    return secrets.randbelow(_SEEDS) if seed == RANDOM else seed


def seed_of_row(seed: int, draw: int | None, key: str) -> int:
    """``seed`` itself; for ``RANDOM`` one that depends on the run's own ``draw`` and the row alone, so that a run that is
    killed goes on with the seeds that it began with. Runs from before -1 had a meaning have no draw."""
    if seed != RANDOM or draw is None:
        return seed
    return int.from_bytes(hashlib.sha256(f"{draw}:{key}".encode("utf-8", "replace")).digest()[:8], "big") % _SEEDS
