"""What the training log says of an episode: reward parts, how it worked, what it cost. Means over the scored rows."""

from genevolve.core.episode import Episode
from genevolve.core.event import Malformed
from genevolve.core.round import answers
from genevolve.core.score import Dimension, Score
from genevolve.core.tool import Finds
from genevolve.train.reward import Reward


def measures(trajectory: Episode, reward: Reward) -> dict[str, float]:
    """``reward``, its parts and the four dimensions where they are known; counts of turns, calls and mistakes."""
    episode = trajectory
    program = episode.program
    found: dict[str, float] = {
        "valid": float(program is not None),
        "turns": float(len(episode.turns)),
        "tool_calls": float(episode.tool_calls),
        "malformed": float(sum(isinstance(turn.action, Malformed) for turn in episode.turns)),
        "searches": float(len(episode.results(Finds.FACTS))),
        "image_searches": float(len(episode.results(Finds.PICTURES))),
        "skills": float(len(episode.calls(Finds.GUIDANCE))),
        "references": float(len(program.references) if program else 0),
    }
    if episode.limits.several:
        found["rounds"] = float(answers(episode.rounds))
        found["round_gain"] = sum(reward.gains)
    for name, value in (("reward", reward.value), ("image_reward", reward.image), ("program_reward", reward.program)):
        if value is not None:
            found[name] = value
    if isinstance(trajectory.image_score, Score):
        for dimension in Dimension:
            value = getattr(trajectory.image_score, dimension)
            if value is not None:
                found[str(dimension)] = value
    return found
