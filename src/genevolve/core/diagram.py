"""The transition table as a picture, for ``docs/episode.md``."""

from genevolve.core.episode import TRANSITIONS, Phase


def diagram() -> str:
    """The table as a Mermaid state diagram; what comes back to the same phase is left out where nothing is asked anew."""
    lines = ["stateDiagram-v2", f"    [*] --> {Phase.ASKING}"]
    edges: dict[tuple[Phase, Phase], list[str]] = {}
    for (phase, event), transition in TRANSITIONS.items():
        for to in transition.to:
            if phase is not to or phase is Phase.ASKING:
                edges.setdefault((phase, to), []).append(event.__name__)
    lines += [f"    {phase} --> {to}: {', '.join(names)}" for (phase, to), names in edges.items()]
    return "\n".join([*lines, f"    {Phase.DONE} --> [*]"])
