"""The realiser that asks a chat model: a recipe's draft in somebody's own words, taken only if it fits the recipe."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from genevolve.core.errors import ServiceError
from genevolve.core.strict_json import fenced
from genevolve.data.answers import Paid, run_paid_stage
from genevolve.data.prompts import recipe_of, worded
from genevolve.data.records import Json, Prompt, text
from genevolve.data.requests import DrawnRecipe, RequestSource
from genevolve.data.stage import OnRow, Rejected, Stage
from genevolve.protocol.escape import escape
from genevolve.run.limits import RateLimiter
from genevolve.services.chat import ChatEndpoint, Completion
from genevolve.services.secrets import shown_address
from genevolve.services.texts import text_of
from genevolve.store.user_file import json_value

SETTING = "prompts.llm"
_WORDS = (25, 45, 65, 90)  # lengths that are asked for, so that they vary


def instructions(chosen: str | None) -> str:
    """The built-in instructions, or the user's file. ``{words}`` in it is the length that is asked for."""
    return text_of(chosen, __package__, "realiser", setting=f"{SETTING}.prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmRealiser:
    """``attempts``: how often a wording that does not fit its recipe is asked for anew."""

    source: RequestSource
    endpoint: ChatEndpoint
    gate: RateLimiter
    instructions: str
    attempts: int = 3
    json_mode: bool = True
    allow_fence: bool = False
    concurrency: int = 8

    @property
    def label(self) -> str:
        digest = hashlib.sha256(self.instructions.encode()).hexdigest()[:8]
        settings = self.endpoint.settings
        return f"llm:{settings.model}@{shown_address(settings.base_url.rstrip('/'))} prompt={digest}"

    async def word(self, stage: Stage, rows: Iterator[Prompt], on_row: OnRow) -> None:
        """Word every recipe that ``stage`` has not taken. Raises ``ServiceError`` when the endpoint cannot be reached."""
        await run_paid_stage(stage, rows, Paid(ask=self.ask, decide=self.decide, gate=self.gate), on_row, self.concurrency)

    async def ask(self, row: Prompt) -> Json:
        """``text``, or the ``rule`` and ``detail`` of why there is none."""
        made = recipe_of(row, self.source)
        problem = "there is no answer"
        for attempt in range(self.attempts):
            try:
                wording = await self._asked(row, made, attempt)
            except ServiceError as failure:
                if failure.retryable:
                    raise
                return {"rule": "realiser_refused", "detail": str(failure)[:300]}
            except ValueError as error:
                problem = str(error)
                continue
            missing = [*self.source.lost(wording, made)]
            if not missing:
                return {"text": wording}
            problem = f"{'; '.join(missing)}: {wording[:200]}"
        return {"rule": "unfaithful_wording", "detail": problem[:400]}

    def decide(self, row: Prompt, answer: Json) -> Prompt | Rejected:
        if "text" not in answer:
            return Rejected(rule=text(answer["rule"]), detail=text(answer["detail"]))
        return worded(row, recipe_of(row, self.source), text(answer["text"]), self.source, realiser=self.label)

    async def _asked(self, row: Prompt, made: DrawnRecipe, attempt: int) -> str:
        """Raises ``ServiceError``, and ``ValueError`` for an answer that is not what was asked for."""
        dice = Random(f"wording {row.id} {made.seed} {attempt}")
        draft = self.source.word(made, dice)
        system = self.instructions.replace("{words}", str(dice.choice(_WORDS)))
        messages = [
            {"role": "system", "content": system},
            {"role": "user", "content": f"<draft>\n{escape(draft)}\n</draft>"},
        ]
        fields = {"response_format": {"type": "json_object"}} if self.json_mode else {}
        seed = dice.randrange(2**31)
        completion: Completion = await self.gate.call(
            lambda: self.endpoint.complete(messages, seed=seed, **fields), cost=lambda found: found.usage.cost
        )
        return _request(completion, allow_fence=self.allow_fence)


def _request(completion: Completion, *, allow_fence: bool) -> str:
    body = completion.text.strip()
    if allow_fence and (inner := fenced(body)) is not None:
        body = inner
    try:
        value = json_value(body)
    except ValueError:
        cut = " (it was cut off at max_tokens)" if completion.cut else ""
        raise ValueError(f"the answer is not JSON alone{cut}: {body[:80]!r}") from None
    wording = value.get("request") if isinstance(value, dict) else None
    if not isinstance(wording, str) or not wording.strip():
        raise ValueError(f"the answer holds no request: {body[:80]!r}")
    return " ".join(wording.encode("utf-8", "replace").decode("utf-8").split())
