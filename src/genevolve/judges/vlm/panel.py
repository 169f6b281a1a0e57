"""One judge model asked once or several times: what the image judge and the program judge have in common."""

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.core.event import SKILLS, Usage
from genevolve.core.finding import Finding
from genevolve.core.limit import finite
from genevolve.core.score import Dimension, Unscored
from genevolve.judges.coverage import laid
from genevolve.judges.vlm.answer import BadAnswer, JudgeAnswer
from genevolve.judges.vlm.votes import combine
from genevolve.services.chat import ChatEndpoint, Completion
from genevolve.services.check import check_chat
from genevolve.services.secrets import shown_address
from genevolve.services.texts import text_of

Read = Callable[[str], JudgeAnswer]
VERSION = "2"  # 1: before constraints were laid onto the words of the request
MIN_COVERAGE = 0.5
_SHOWN = 400  # characters of what no constraint answers for


class Panel:
    """``votes`` (odd) readings of each case. ``label`` names model, endpoint and rubric, so that scores can be told apart.

    ``json_mode`` asks the server to write nothing but JSON; ``allow_fence`` accepts an answer that is wholly inside one
    code fence, for models that cannot be talked out of it. ``min_coverage``: the least share of the
    request that constraints must answer for.
    """

    def __init__(
        self,
        kind: str,
        endpoint: ChatEndpoint,
        *,
        votes: int,
        json_mode: bool,
        rubric: Sequence[str],
        allow_fence: bool,
        min_coverage: float = 0.0,
    ) -> None:
        settings = endpoint.settings
        if votes < 1 or votes % 2 == 0:
            raise UsageError(f"{settings.setting}.votes is {votes}; it must be an odd number, so that there is a median")
        digest = hashlib.sha256("\0".join(rubric).encode()).hexdigest()[:8]
        repeated = f" votes={votes}" if votes > 1 else ""
        self.label = f"{kind}:{settings.model}@{shown_address(settings.base_url.rstrip('/'))} rubric={digest}{repeated}"
        self.allow_fence = allow_fence
        self._least = finite(f"{settings.setting}.min_coverage", min_coverage, least=0, most=1)
        self._endpoint = endpoint
        self._votes = votes
        self._fields: dict[str, Any] = {"response_format": {"type": "json_object"}} if json_mode else {}

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self._endpoint.settings.price.least(calls=self._votes)

    async def check(self, *, call: bool, image: bool) -> Sequence[Finding]:
        """Key, endpoint and model; with ``call`` a short answer in the form that the judge asks for."""
        text = 'Answer with the JSON object {"ok": true} and nothing else.'
        return await check_chat(self._endpoint, call=call, text=text, image=image, **self._fields)

    async def ask(
        self, rubric: str, content: str | list[dict[str, Any]], read: Read, *, request: str | None = None
    ) -> tuple[JudgeAnswer | Unscored, float]:
        """The verdict, or why there is none; and what asking cost. Needs more readable votes than unreadable ones.

        With ``request`` the verdict says how much of it was judged, and there is none below ``min_coverage``.
        """
        messages: list[dict[str, Any]] = [{"role": "system", "content": rubric}, {"role": "user", "content": content}]
        seeds = range(self._votes) if self._votes > 1 else (None,)
        asked = (self._endpoint.complete(messages, seed=seed, **self._fields) for seed in seeds)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        raised = [answer for answer in answers if isinstance(answer, BaseException)]
        stopping = next((error for error in raised if not isinstance(error, Exception) or isinstance(error, UsageError)), None)
        if stopping is not None:
            raise stopping
        completions = [answer for answer in answers if isinstance(answer, Completion)]
        cost = sum((completion.usage.cost for completion in completions), start=Usage().cost)
        verdicts, problems = _read_all(completions, read)
        if 2 * len(verdicts) > self._votes:
            verdict = combine(verdicts)
            return (verdict if request is None else self._covering(request, verdict, cost)), cost
        if raised and not problems:
            raise raised[0]
        reason = f"the judge's answer cannot be used: {'; '.join(dict.fromkeys(problems))}"
        return Unscored(reason=reason, judge=self.label, version=VERSION, retryable=True, cost=cost), cost

    def _covering(self, request: str, verdict: JudgeAnswer, cost: float) -> JudgeAnswer | Unscored:
        """``verdict`` with how much of ``request`` its constraints answer for; unscored where that is below ``min_coverage``.

        An answer without a list of constraints, as rubrics of users may ask for, does not say what it covers.
        """
        if verdict.constraints is None:
            return verdict
        found = laid(request, verdict.constraints)
        left = f"no constraint answers for {', '.join(f'“{words}”' for words in found.open)}"[:_SHOWN]
        if found.share < self._least:
            reason = f"the judge's constraints cover {found.share:.0%} of the request, and {self._least:.0%} is needed; {left}"
            return Unscored(reason=reason, judge=self.label, version=VERSION, cost=cost, coverage=found.share)
        rationale = f"{verdict.rationale} [{left}]".lstrip() if found.open else verdict.rationale
        return replace(verdict, rationale=rationale, coverage=found.share)


def _read_all(completions: Sequence[Completion], read: Read) -> tuple[list[JudgeAnswer], list[str]]:
    verdicts: list[JudgeAnswer] = []
    problems: list[str] = []
    for completion in completions:
        try:
            verdicts.append(read(completion.text))
        except BadAnswer as problem:
            hint = " (it was cut off at max_tokens)" if completion.cut else ""
            problems.append(f"{problem}{hint}")
    return verdicts, problems


def template(name: str, chosen: str | None = None, *, setting: str = "") -> str:
    """The rubric file ``chosen`` by the user, else the built-in one called ``name``."""
    return text_of(chosen, __package__, name, setting=setting)


def fill(rubric: str, **more: str) -> str:
    """``rubric`` with ``{skills}``, ``{dimensions}`` and the names of ``more`` filled in; other braces stay as they are."""
    values = {"skills": ", ".join(SKILLS), "dimensions": ", ".join(Dimension), **more}
    return re.sub("|".join(f"{{{name}}}" for name in values), lambda found: values[found[0][1:-1]], rubric)
