"""Clauses of the request that the scene has no field for (moods, wishes): kept, so that nothing asked for is lost."""

import re
from collections.abc import Iterable

from genevolve.scene.model import Scene

_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def leftover(scene: Scene) -> str:
    """Clauses of the request without any thing or text in them, as one closing sentence."""
    taken = sorted((item.span.start, item.span.end) for item in (*scene.things, *scene.letterings))
    clauses = [clause for clause in _clauses(scene.text) if not any(s < clause.end() and clause.start() < e for s, e in taken)]
    kept = [clause[0].strip() for clause in clauses if len(_WORD.findall(clause[0])) > 1]
    return f"{'; '.join(kept)}." if kept else ""


def _clauses(text: str) -> Iterable[re.Match[str]]:
    return re.finditer(r"[^.,;:!?\n]+", text)
