"""Program sufficiency by a language model: one of 0, 0.25, 0.5, 0.75, 1."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import httpx

from genevolve.core.finding import Finding
from genevolve.core.program import ORDINALS
from genevolve.core.protocols import ProgramCase
from genevolve.core.score import ProgramScore, Unscored
from genevolve.judges.vlm.answer import program_verdict
from genevolve.judges.vlm.panel import MIN_COVERAGE, VERSION, Panel, fill, template
from genevolve.protocol.escape import escape, one_line
from genevolve.services.chat import ChatEndpoint
from genevolve.services.endpoint import READER, Endpoint
from genevolve.services.secrets import Secrets

_ROLE = "program_judge"


class LlmJudge:
    """Reads the request, the program, the titles of its references and the evidence; sees no image.

    For ``votes``, ``json_mode``, ``allow_fence`` and ``min_coverage`` see ``Panel``.
    ``rubric`` is a file in the place of the built-in text.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        environ: Mapping[str, str],
        endpoint: Endpoint = READER,
        votes: int = 1,
        json_mode: bool = True,
        allow_fence: bool = False,
        rubric: str | None = None,
        min_coverage: float = MIN_COVERAGE,
    ) -> None:
        self.endpoint = ChatEndpoint(endpoint.found(_ROLE, environ), secrets, client)
        self._rubric = fill(template("rubric_program", rubric, setting=f"{_ROLE}.rubric"))
        self._panel = Panel(
            "llm",
            self.endpoint,
            votes=votes,
            json_mode=json_mode,
            rubric=(self._rubric,),
            allow_fence=allow_fence,
            min_coverage=min_coverage,
        )

    @property
    def least_price(self) -> float:
        """What is known of the price of a call before it is made."""
        return self._panel.least_price

    async def check(self, *, call: bool) -> Sequence[Finding]:
        return await self._panel.check(call=call, image=False)

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored:
        """One attempt. An answer that is not exactly as asked for is ``Unscored``."""
        read = partial(program_verdict, allow_fence=self._panel.allow_fence)
        verdict, cost = await self._panel.ask(self._rubric, "\n".join(_lines(case)), read, request=case.request)
        if isinstance(verdict, Unscored):
            return verdict
        value = verdict.levels["sufficiency"]
        assert value is not None
        return ProgramScore(
            value=value,
            judge=self._panel.label,
            diagnostics=verdict.diagnostics,
            rationale=verdict.rationale,
            cost=cost,
            version=VERSION,
            coverage=verdict.coverage,
        )


def _lines(case: ProgramCase) -> Iterator[str]:
    """The case as text in which nothing from the web or the policy can imitate the structure around it."""
    yield f"<request>\n{escape(case.request)}\n</request>"
    yield f"<generation_prompt>\n{escape(case.program.prompt)}\n</generation_prompt>"
    yield "<reference_images>"
    for ordinal, selection, picture in zip(ORDINALS, case.program.references, case.references, strict=False):
        yield f"- the {ordinal} reference image: title: {one_line(picture.title)}; what to copy: {one_line(selection.note)}"
    if not case.references:
        yield "(none)"
    yield "</reference_images>"
    yield "<evidence_found>"
    for hit in case.facts:
        yield f"- {one_line(hit.title)}: {one_line(hit.snippet)}"
    yield "</evidence_found>" if case.facts else "(none)\n</evidence_found>"
    yield f"<guidance_read>{', '.join(case.skills) or '(none)'}</guidance_read>"
