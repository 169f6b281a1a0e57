"""The offline judge of lessons: rules over the conversation, a program judge's reading of the program, and the recipe.

The recipe says which references and which words are right; without one (trajectories of other makers, requests of the user's
own) these two questions are left to what the request itself shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genevolve.core.event import TextHit
from genevolve.core.picture import Picture
from genevolve.core.protocols import ProgramCase, ProgramJudge
from genevolve.core.score import Unscored
from genevolve.core.tool import Finds
from genevolve.data.audit import Marks, Quality
from genevolve.data.audit_checks import Conversation
from genevolve.data.labels import Track
from genevolve.data.records import TrajectoryRow, text
from genevolve.data.requests import Expected, RequestSource
from genevolve.protocol.escape import unescape

JUDGE = "rules"
_HIT = re.compile(r"^\d+\. title: (?P<title>.*)\n(?:  url: (?P<url>.*)\n)?  snippet: (?P<snippet>.*)$", re.MULTILINE)
_THOUGHT = re.compile(r"<think>(.*?)</think>", re.DOTALL)
_EMPTY = "(no results)"
Mark = tuple[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAuditor:
    """An ``Auditor`` that reads no images. ``source`` (None: the requests are the user's own) explains recipes."""

    program_judge: ProgramJudge
    source: RequestSource | None = None

    async def __call__(self, row: TrajectoryRow, conversation: Conversation) -> Marks | Unscored:
        program = conversation.program
        assert program is not None
        lint = await self.program_judge.judge_program(_case(row, conversation))
        sufficiency = None if isinstance(lint, Unscored) else lint.value
        why = lint.reason if isinstance(lint, Unscored) else lint.rationale
        expected = self.source.expected(row.prompt.hidden.recipe) if self.source is not None else Expected()
        grounding = self._grounding(row, expected, conversation)
        if sufficiency is not None and expected.needs is not None and grounding[0] == 1.0:
            sufficiency = max(sufficiency, 0.5)  # the recipe knows what is shown; the judge only reads what is said
        marks: dict[Quality, Mark] = {
            Quality.SUITABILITY: _suitability(sufficiency, why),
            Quality.GROUNDING: grounding,
            Quality.PROCESS: _process(conversation),
            Quality.SKILLS: _skills(expected, conversation),
            Quality.FAITHFULNESS: _faithfulness(expected, program.prompt, sufficiency, why),
            Quality.VALUE: _value(row, conversation),
        }
        levels = {quality: mark[0] for quality, mark in marks.items()}
        judge = JUDGE if isinstance(lint, Unscored) else f"{JUDGE}, {lint.judged_by}"
        return Marks(levels=levels, reasons={quality: mark[1] for quality, mark in marks.items()}, judge=judge)

    def _grounding(self, row: TrajectoryRow, expected: Expected, conversation: Conversation) -> Mark:
        """Of what exists only as a reference, each thing has one that shows it, and nothing else is referred to."""
        program = conversation.program
        assert program is not None
        needs = expected.needs
        look = self.source.look if self.source is not None else lambda url: None
        chosen = [look(text(reference.get("url"))) for reference in row.collected.references]
        if needs is None or None in chosen:  # not ours, or found on the web: pictures without a known look
            missing = len(needs.references if needs is not None else ()) > len(program.references)
            return (0.5, "fewer references than things that need one") if missing else (1.0, "")
        unmet = [looks for looks in needs.references if not set(looks) & set(chosen)]
        stray = [one for one in chosen if one not in needs.looks]
        if unmet:
            return (0.0, f"{len(unmet)} of {len(needs.references)} things that need a reference have none that shows them")
        return (0.0, f"{len(stray)} references show something else") if stray else (1.0, "")


def _case(row: TrajectoryRow, conversation: Conversation) -> ProgramCase:
    program = conversation.program
    assert program is not None
    titles = [conversation.titles.get(selection.img_id, "") for selection in program.references]
    return ProgramCase(
        request=row.prompt.prompt or unescape(conversation.request),
        program=program,
        references=tuple(Picture(title=unescape(title), digest="", source="") for title in titles),
        facts=tuple(_facts(conversation)),
    )


def _facts(conversation: Conversation) -> Iterator[TextHit]:
    for step in conversation.calls(Finds.FACTS):
        for found in _HIT.finditer(step.observation or ""):
            title, url, snippet = (unescape(found[name] or "") for name in ("title", "url", "snippet"))
            yield TextHit(title=title, url=url, snippet=snippet)


def _suitability(sufficiency: float | None, why: str) -> Mark:
    """A request about nothing that can be seen cannot be learnt from."""
    return (0.0, why) if sufficiency is None else (1.0, "")


def _process(conversation: Conversation) -> Mark:
    asked = [step.action for step in conversation.steps]
    repeated = len(asked) - len(set(asked))
    if conversation.mistakes or repeated:
        level = 0.5 if conversation.mistakes + repeated == 1 else 0.0
        return level, f"{conversation.mistakes} replies were not accepted, {repeated} calls were repeated"
    blank = [step for step in conversation.calls(Finds.FACTS) + conversation.calls(Finds.PICTURES) if _blank(step.observation)]
    return (0.5, f"{len(blank)} searches found nothing") if len(blank) > 1 else (1.0, "")


def _blank(observation: str | None) -> bool:
    return observation is None or _EMPTY in observation or " error for " in observation


def _skills(expected: Expected, conversation: Conversation) -> Mark:
    """The guidance that the recipe's main requirement calls for was read, and not much else."""
    read = [step.subject for step in conversation.calls(Finds.GUIDANCE)]
    needed, dominant = expected.skills, expected.dominant
    if not needed:
        return 1.0, ""
    if dominant in needed and dominant not in read:
        return (0.5 if set(read) & set(needed) else 0.0), f"the guidance on {dominant} was not read"
    if not set(read) & set(needed):
        return 0.5, f"no guidance was read on {', '.join(needed)}"
    spare = [name for name in read if name not in needed]
    return (0.5, f"guidance was read without need: {', '.join(spare)}") if len(spare) > 2 else (1.0, "")


def _faithfulness(expected: Expected, prompt: str, sufficiency: float | None, why: str) -> Mark:
    """The program says what the request asks for, and holds the words that had to be found out."""
    for words in expected.texts:
        if words.casefold() not in prompt.casefold():
            return 0.0, f"the program does not say {words!r}"
    if sufficiency is None or sufficiency >= 0.75:
        return 1.0, ""
    return (0.5, why) if sufficiency >= 0.5 else (0.0, why)


def _value(row: TrajectoryRow, conversation: Conversation) -> Mark:
    """There is something to imitate: thoughts, and on the knowledge track a search that leads to the answer."""
    silent = [step for step in conversation.steps if not "".join(_THOUGHT.findall(step.text)).strip()]
    tools = sum(not step.ends for step in conversation.steps)
    if not tools:
        return 0.0, "no tool is used"
    searched = conversation.calls(Finds.FACTS) + conversation.calls(Finds.PICTURES)
    if row.prompt.labels.eval_type == Track.KNOWLEDGE and not searched:
        return 0.0, "nothing is looked up although something has to be found out"
    return (0.5, f"{len(silent)} replies come without a thought") if silent else (1.0, "")
