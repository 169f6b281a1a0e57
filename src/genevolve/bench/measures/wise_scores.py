"""The three scores of WISE's legacy protocol, and the figure that they make."""

ASPECTS = ("consistency", "realism", "aesthetic")
LEVELS = (0, 1, 2)


def wiscore(consistency: float, realism: float, aesthetic: float) -> float:
    """(0.7·C + 0.2·R + 0.1·A) / 2, each from 0 to 2. Raises ``ValueError`` for another value."""
    for value in (consistency, realism, aesthetic):
        if value not in LEVELS:
            raise ValueError(f"{value!r} is not a WISE score; each is 0, 1 or 2")
    return (7 * consistency + 2 * realism + aesthetic) / 20  # exact where 0.7, 0.2 and 0.1 are not
