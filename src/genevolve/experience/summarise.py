"""The summariser that asks a language model: both attempts with their diagnostics in, one checked bundle out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genevolve.core.episode import Episode
from genevolve.core.errors import ServiceError
from genevolve.core.event import SKILLS, Rendered
from genevolve.core.finding import Finding
from genevolve.core.strict_json import RepeatedKey, fenced, strict_json
from genevolve.experience.bundle import MAX_BULLETS, PARTS, BadBundle, Bundle, Slot, bundle_from_json
from genevolve.experience.evidence import AttemptComparison, compare, diagnostics_of, source_names
from genevolve.experience.pairing import Pair
from genevolve.experience.summariser import NotSummarised
from genevolve.experience.wording import MAX_WORDS, MIN_WORDS
from genevolve.protocol.escape import escape, one_line
from genevolve.protocol.render import observation_text
from genevolve.services.chat import ChatEndpoint, Completion
from genevolve.services.check import check_chat
from genevolve.services.endpoint import READER, Endpoint
from genevolve.services.pictures import Encoding, data_url, encode
from genevolve.services.secrets import Secrets
from genevolve.services.texts import text_of
from genevolve.store.images import ImageStore

if TYPE_CHECKING:
    import httpx

_ROLE = "summariser"
_ENDPOINT = replace(READER, timeout=90.0)
_LONGEST_ANSWER = 100_000  # characters
_LONGEST_TURN = 6_000  # characters of one reply or observation that the model is shown
_SENT = Encoding(max_side=1024, jpeg_quality=90)


class LlmSummariser:
    """Any OpenAI-compatible endpoint; the address comes from the settings, else ``OPENAI_API_BASE``, ``OPENAI_API_KEY``
    and ``GENEVOLVE_EVAL_MODEL``.

    ``pictures`` also shows both rendered images. ``prompt`` is a file in the place of the built-in text. An answer that is
    no valid bundle is sent back once with every reason; a second one is recorded as a failure.
    """

    def __init__(
        self,
        *,
        client: "httpx.AsyncClient",
        secrets: Secrets,
        environ: Mapping[str, str],
        images: ImageStore,
        endpoint: Endpoint = _ENDPOINT,
        json_mode: bool = True,
        pictures: bool = False,
        prompt: str | None = None,
    ) -> None:
        self.endpoint = ChatEndpoint(endpoint.found(_ROLE, environ), secrets, client)
        self._images = images
        self._pictures = pictures
        self._system = _instructions(prompt)
        self._fields: dict[str, Any] = {"response_format": {"type": "json_object"}} if json_mode else {}

    async def check(self, *, call: bool) -> Sequence[Finding]:
        text = 'Answer with the JSON object {"ok": true} and nothing else.'
        return await check_chat(self.endpoint, call=call, text=text, image=self._pictures, **self._fields)

    async def summarise(self, pair: Pair) -> Bundle | NotSummarised:
        """Two requests at most. Raises ``UsageError`` (a refused key, a model that is not there), which stops a run."""
        found = compare(pair)
        names = source_names(pair.best, pair.worst)
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": self._system},
            {"role": "user", "content": self._content(pair, found)},
        ]
        cost, reasons = 0.0, ()  # type: tuple[float, tuple[str, ...]]
        for _ in range(2):
            try:
                answered = await self.endpoint.complete(messages, **self._fields)
            except ServiceError as problem:
                return NotSummarised(reason=str(problem), retryable=problem.retryable, cost=cost)
            cost += answered.usage.cost
            try:
                return bundle_from_json(_value(answered), names=names, same=found.same)
            except BadBundle as problem:
                reasons = problem.reasons
                messages += [
                    {"role": "assistant", "content": answered.text or "(empty)"},
                    {"role": "user", "content": _again(reasons)},
                ]
        return NotSummarised(reason=f"no valid bundle after two answers: {'; '.join(reasons)}", cost=cost)

    def _content(self, pair: Pair, found: AttemptComparison) -> str | list[dict[str, Any]]:
        text = "\n".join(_lines(pair, found))
        if not self._pictures:
            return text
        parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
        for name, trajectory in (("better", pair.best), ("worse", pair.worst)):
            if isinstance(trajectory.rendering, Rendered):
                image = encode(self._images.load(trajectory.rendering.digest), _SENT)
                parts.append({"type": "text", "text": f"The image of the {name} attempt:"})
                parts.append({"type": "image_url", "image_url": {"url": data_url(image)}})
        return parts


def _instructions(prompt: str | None) -> str:
    text = text_of(prompt, __package__, "summarise", setting=f"{_ROLE}.prompt")
    values = {
        "min_words": str(MIN_WORDS),
        "max_words": str(MAX_WORDS),
        "max_bullets": str(MAX_BULLETS),
        "skills": ", ".join(SKILLS),
        "parts": ", ".join(PARTS),
    }
    return re.sub("|".join(f"{{{name}}}" for name in values), lambda found: values[found[0][1:-1]], text)


def _value(answered: Completion) -> object:
    """The JSON of an answer, alone or wholly inside one code fence. Raises ``BadBundle``."""
    body = answered.text.strip()
    if not body or len(body) > _LONGEST_ANSWER:
        raise BadBundle(["the answer is empty" if not body else f"the answer has more than {_LONGEST_ANSWER:,} characters"])
    inner = fenced(body)
    try:
        return strict_json(body if inner is None else inner, finite=False)
    except RepeatedKey as twice:
        raise BadBundle([str(twice)]) from None
    except ValueError as error:
        cut = " (it was cut off at max_tokens)" if answered.cut else ""
        raise BadBundle([f"the answer is not one JSON object alone: {error}{cut}"]) from None


def _again(reasons: Sequence[str]) -> str:
    listed = "\n".join(f"- {one_line(reason)}" for reason in reasons[:40])
    return f"This is not a valid bundle:\n{listed}\nFix exactly this and send the whole JSON object again, and nothing else."


# ---- what the model is shown: nothing from the web or the policy can imitate the structure around it ---------------------


def _lines(pair: Pair, found: AttemptComparison) -> Iterator[str]:
    yield f"<request>\n{escape(pair.best.request.text)}\n</request>"
    if pair.rounds is not None:
        better, worse = pair.rounds
        yield f"Both are rounds of one attempt: the better is round {better}, the worse round {worse}; the later revises."
    yield from _attempt("better", pair.best, pair.best_reward)
    yield from _attempt("worse", pair.worst, pair.worst_reward)
    yield "<measured_differences>"
    yield from (f"- {slot}: {one_line(text)}" for slot, text in found.differences)
    failed = ", ".join(dict.fromkeys(f"{one_line(one.skill)} ({one.dimension})" for one in found.failed))
    yield f"- kinds of requirements that only the worse attempt failed: {failed or 'none were measured'}"
    yield f"- slots without any difference, to be marked as standard: {', '.join(s for s in Slot if s in found.same) or 'none'}"
    yield "</measured_differences>"


def _attempt(name: str, trajectory: Episode, reward: float) -> Iterator[str]:
    yield f"<{name}_attempt reward={reward:.3f}>"
    for number, turn in enumerate(trajectory.turns, start=1):
        yield f"<turn number={number}>\n{escape(turn.text[:_LONGEST_TURN])}\n</turn>"
        if turn.observation is not None:
            yield f"<observation>\n{observation_text(turn.observation, trajectory.tools)[:_LONGEST_TURN]}\n</observation>"
    outcome = trajectory.outcome
    yield f"<ended>{outcome.termination if outcome else 'unfinished'}</ended>"
    yield "<requirements>"
    for diagnostic in diagnostics_of(trajectory):
        detail = f" ({one_line(diagnostic.detail)})" if diagnostic.detail else ""
        met = "met" if diagnostic.passed else "FAILED"
        yield f"- {met}: {one_line(diagnostic.requirement)} [{one_line(diagnostic.skill)}]{detail}"
    yield f"</requirements>\n</{name}_attempt>"
