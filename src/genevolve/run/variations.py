"""Several results for one request: a whole episode each, side by side, the best by the judge first."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from genevolve.core.episode import Episode
from genevolve.core.errors import UsageError
from genevolve.core.event import Rendered
from genevolve.core.request import Request
from genevolve.core.round import rank
from genevolve.run.limits import BudgetExhausted

MOST = 16


def check_number(n: int) -> None:
    """Raises ``UsageError`` for a number of variations that is not made."""
    if not 1 <= n <= MOST:
        raise UsageError(f"-n is {n}; 1 to {MOST} variations are made")


def variations(asked: Request, n: int, *, step: int, name: Callable[[list[str]], str]) -> list[Request]:
    """``asked`` with ``n`` names and seeds. ``step``: seeds that one of them uses up itself (its takes), so that no picture is
    drawn twice."""
    made: list[Request] = []
    for number in range(n):
        made.append(replace(asked, id=name([each.id for each in made]), seed=asked.seed + number * step))
    return made


async def side_by_side(episodes: Sequence[Coroutine[Any, Any, Episode]]) -> tuple[list[Episode], str]:
    """What the episodes came to, and why some came to nothing: a budget that is used up ends those that still need it.

    Raises what any of them raises, once all have ended, but for a budget while there is one result.
    """
    results = await asyncio.gather(*episodes, return_exceptions=True)
    ended = [each for each in results if isinstance(each, Episode)]
    problems = [each for each in results if isinstance(each, BaseException)]
    for problem in problems:
        if not ended or not isinstance(problem, BudgetExhausted):
            raise problem
    if problems:
        return ended, f"{len(problems)} of {len(results)} variations are missing: {problems[0]}"
    return ended, next((each.outcome.stopped for each in ended if each.outcome and len(results) > 1), "")


def best_first(episode: Episode) -> tuple[bool, float, float]:
    """A sort key: what has an image before what has none, then the better score of the final judge."""
    level, share = rank(episode.image_score)
    return (not isinstance(episode.rendering, Rendered), -level, -share)
