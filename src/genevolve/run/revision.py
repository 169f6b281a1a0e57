"""The rounds of an episode as plain JSON values, and what a round has cost."""

from collections.abc import Sequence
from typing import Any

from genevolve.core.episode import Episode
from genevolve.core.event import NotRendered, Rendered
from genevolve.core.round import Round, answers, best, failures, parted, tried
from genevolve.core.score import Score, Unscored
from genevolve.core.turn import Turn


def round_cost(turns: Sequence[Turn], made: Round | None) -> dict[str, Any]:
    """Tokens, pictures and money that came to something; failed attempts are only in the sums of the whole episode."""
    scores = (made.program_score, made.review, made.image_score) if made else ()
    drawn = made.rendering if made else None
    money = sum(turn.usage.cost for turn in turns) + sum(score.cost for score in scores if score is not None)
    return {
        "turns": len(turns),
        "prompt_tokens": sum(turn.usage.prompt_tokens for turn in turns),
        "completion_tokens": sum(turn.usage.completion_tokens for turn in turns),
        "images": int(isinstance(drawn, Rendered)),
        "money": money + (drawn.cost if isinstance(drawn, Rendered) else 0.0),
    }


def fruitless(episode: Episode) -> frozenset[int]:
    """The turns (by number) of further rounds whose program was no better than those before it: nothing to imitate."""
    found: set[int] = set()
    so_far: list[Round] = []
    spoken = 0
    for turns, made in zip(parted(episode.turns), tried(episode.rounds), strict=False):
        further = bool(so_far)
        so_far += made
        if further and not any(best(so_far) is each for each in made):
            found |= set(range(spoken, spoken + len(turns)))
        spoken += len(turns)
    return frozenset(found)


def halted(episode: Episode) -> str:
    """What ended the revising though the policy had more to say, and may pass: an outage, a budget; "" where nothing did."""
    if not episode.rounds or episode.outcome is None:
        return ""
    stopped = episode.outcome.stopped if episode.outcome.retryable else ""
    return stopped or (episode.rounds[-1].halted if len(parted(episode.turns)) > 1 else "")


def ending(episode: Episode) -> str:
    """Why there was no further round."""
    if episode.outcome is None or not episode.rounds:
        return ""
    last = episode.rounds[-1]
    if stopped := episode.outcome.stopped or last.halted:
        return stopped
    if len(parted(episode.turns)) > answers(episode.rounds):
        return "the policy kept what it had"
    match last.rendering, last.told:
        case NotRendered(reason=reason, refused=False), _:
            return reason
        case Rendered(), Unscored(reason=reason):
            return f"unscored: {reason}"
        case Rendered(), Score() as score if not failures(score):
            return "nothing failed"
    return "all rounds are used"
