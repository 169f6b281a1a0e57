"""What the training log says of an episode: reward parts, how it worked, what it cost. Means over the scored rows."""

from genevolve.core.event import ImageResults, Malformed, SkillCall, TextResults
from genevolve.core.score import Dimension, Score
from genevolve.core.trajectory import Trajectory
from genevolve.train.reward import Reward


def measures(trajectory: Trajectory, reward: Reward) -> dict[str, float]:
    """``reward``, its parts and the four dimensions where they are known; counts of turns, calls and mistakes."""
    episode = trajectory.episode
    program = episode.outcome.program if episode.outcome else None
    found: dict[str, float] = {
        "valid": float(program is not None),
        "turns": float(len(episode.turns)),
        "tool_calls": float(episode.tool_calls),
        "malformed": float(sum(isinstance(turn.action, Malformed) for turn in episode.turns)),
        "searches": float(sum(isinstance(turn.observation, TextResults) for turn in episode.turns)),
        "image_searches": float(sum(isinstance(turn.observation, ImageResults) for turn in episode.turns)),
        "skills": float(sum(isinstance(turn.action, SkillCall) for turn in episode.turns)),
        "references": float(len(program.references) if program else 0),
    }
    for name, value in (("reward", reward.value), ("image_reward", reward.image), ("program_reward", reward.program)):
        if value is not None:
            found[name] = value
    if isinstance(trajectory.score, Score):
        for dimension in Dimension:
            value = getattr(trajectory.score, dimension)
            if value is not None:
                found[str(dimension)] = value
    return found
