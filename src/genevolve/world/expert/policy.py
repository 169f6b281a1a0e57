"""What to do next: look up what is unknown, find pictures, read the skills that matter, answer. Each turn is decided afresh."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from random import Random
from typing import Literal

from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Answer, ToolCall
from genevolve.core.picture import image_number
from genevolve.core.program import Program
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.protocol.reply import answer_text, call_text, keep_text
from genevolve.tools.image_search import image_search_call
from genevolve.tools.search import MAX_QUERIES, search_call
from genevolve.tools.skills import skill_call
from genevolve.tools.standard import STANDARD
from genevolve.world.atlas.asked import facts_in
from genevolve.world.expert.coreference import with_ordinals
from genevolve.world.expert.facts import queries, rewordings
from genevolve.world.expert.program import DraftProgram, draft
from genevolve.world.expert.references import SURE, Pick, Wish
from genevolve.world.expert.research import Research, research
from genevolve.world.expert.revise import complaints, failed_skills, redraft
from genevolve.world.expert.skill_edits import as_it_was, needed_skills
from genevolve.world.expert.transcript import Transcript, transcript_of
from genevolve.world.language.follow_up import merged
from genevolve.world.language.model import Scene
from genevolve.world.language.objections import objection
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.quirks.profile import QuirkProfile

_READ_AT_MOST = 4000  # characters of a request; what follows is not planned for, and the policy says so
_WORDINGS = 3  # image queries for one object
_TITLE = 80  # characters of a title that it repeats


@lru_cache(maxsize=256)
def _read(request: str, vocabulary: Vocabulary) -> Scene:
    """The same request is read again at every turn; the reader is a pure function."""
    return read(request, vocabulary, facts_in)


class ExpertPolicy:
    """Rules over the request and the observations. Deterministic; keeps nothing between calls.

    The switches break parts on purpose, for comparisons: ``search`` False looks nothing up and finds no pictures,
    ``skills`` False reads no guidance and so makes none of its edits, ``pick`` "first" takes the first picture of a query.
    ``lapse`` is the share of its calls that it leaves out, and of the requests in which it takes the first picture: an
    imperfect teacher, whose student has something to learn from outcomes. A request lapses where its seed says; told what
    failed, it takes care.
    Where the user has ``libraries``, every object is looked up in them before a pictogram is taken. ``quirks`` is the number of
    the profile of quirks whose rules it writes by, as if it knew the generator (docs/quirks.md).
    Raises ``UsageError``.
    """

    def __init__(
        self,
        search: bool = True,
        skills: bool = True,
        pick: Literal["title", "first"] = "title",
        lapse: float = 0.0,
        vocabulary: Vocabulary = Vocabulary.EVERYDAY,
        libraries: Sequence[str] | None = None,
        quirks: int | None = None,
    ) -> None:
        if not 0 <= lapse <= 1:
            raise UsageError(f"policy.lapse is {lapse!r}; it is a share from 0 to 1")
        self._search = search
        self._skills = skills
        self._pick = Pick(pick)
        self._lapse = lapse
        self._vocabulary = Vocabulary(vocabulary)
        self._libraries = libraries
        self._quirks = None if quirks is None else QuirkProfile.drawn(quirks)

    async def reply(self, call: PolicyCall) -> Reply:
        return Reply(text=self.decide(transcript_of(call), call.seed))

    def decide(self, transcript: Transcript, seed: int = 0) -> str:
        """The next reply to ``transcript``; ``seed`` tells where it lapses."""
        request = merged(transcript.wishes, self._vocabulary)
        if self._vocabulary is Vocabulary.ICONS and not transcript.supplied and (reason := objection(request)):
            raise ServiceError(reason)
        lapses = partial(self._lapses, f"{request}\n{seed}", told=bool(transcript.reviews))
        scene = _read(with_ordinals(request[:_READ_AT_MOST], transcript.supplied), self._vocabulary)
        findings = research(scene, transcript, Pick.FIRST if lapses("pick") else self._pick, own=bool(self._libraries))
        skills = (*failed_skills(transcript), *needed_skills(findings.scene)) if self._skills else ()
        if transcript.calls_left > 0 and not transcript.answered:
            for why, wanted in self._calls(findings, transcript, skills):
                if wanted not in transcript.calls and not lapses(_move(wanted)):
                    return call_text(why, wanted, STANDARD)
        if transcript.reviews:
            return self._revised(findings, transcript)
        stays = replace(findings, scene=as_it_was(findings.scene, self._background_so_far(transcript)))
        written = draft(stays, transcript, transcript.skills)
        cut = len(request) > _READ_AT_MOST
        return answer_text(_rationale(findings, transcript, written, cut), self._worded(written.program))

    def _revised(self, findings: Research, transcript: Transcript) -> str:
        """Another program for what failed, or what it has where it knows none."""
        written = redraft(findings, transcript, transcript.skills)
        if written is None:
            return keep_text("I cannot say it better.")
        failed = "; ".join(one.requirement for one in complaints(transcript))
        return answer_text(f"This failed: {failed}. I say it in other words.", self._worded(written.program))

    def _background_so_far(self, transcript: Transcript) -> str | None:
        """The background that it has chosen itself for the picture that is to be changed."""
        answers = [exchange.action for exchange in transcript.earlier if isinstance(exchange.action, Answer)]
        if not answers or _read(merged(transcript.wishes[:-1], self._vocabulary), self._vocabulary).background is not None:
            return None
        return _read(answers[-1].program.prompt, self._vocabulary).background

    def _worded(self, program: Program) -> Program:
        return program if self._quirks is None else replace(program, prompt=self._quirks.reworded(program.prompt))

    def _lapses(self, attempt: str, move: str, *, told: bool) -> bool:
        return self._lapse > 0 and not told and Random(f"{attempt}\n{move}").random() < self._lapse

    def _calls(self, findings: Research, transcript: Transcript, skills: tuple[str, ...]) -> Iterator[tuple[str, ToolCall]]:
        """Calls that would help, the most needed first; those already made are skipped by the caller."""
        if self._search:
            yield from _fact_calls(findings, transcript)
            yield from _image_calls(findings, transcript, len([s for s in skills if s not in transcript.skills]))
        for skill in skills:
            yield f"The request needs {skill.replace('_', ' ')}.", skill_call(skill_name=skill)


def _move(call: ToolCall) -> str:
    """``call`` in the words by which lapses were drawn from the first: the same seed leaves out the same calls."""
    words = {name: tuple(value) if isinstance(value, list) else value for name, value in call.arguments.items()}
    kind = {"search": "SearchCall", "image_search": "ImageSearchCall", "query_knowledge": "SkillCall"}[call.name]
    return f"{kind}({', '.join(f'{name}={value!r}' for name, value in words.items())}, kind={call.name!r})"


def _fact_calls(findings: Research, transcript: Transcript) -> Iterator[tuple[str, ToolCall]]:
    for wording, why in ((queries, "I have to find out"), (rewordings, "Nothing answered it; other words for")):
        whole = [f"{fact.question}?" for fact in findings.scene.facts if findings.questions]  # to be answered outright
        asked = [*whole, *(query for question in findings.questions for query in wording(question))]
        fresh = tuple(query for query in dict.fromkeys(asked) if query not in transcript.text_queries)[:MAX_QUERIES]
        if fresh:
            yield f"{why}: {'; '.join(findings.questions)}.", search_call(queries=fresh)


def _image_calls(findings: Research, transcript: Transcript, unread: int) -> Iterator[tuple[str, ToolCall]]:
    """Pictures for the most specific objects, as many as may be used; other wordings and names when no title fits."""
    for find in findings.finds:
        if find.pending and find.wish is not None:
            yield f"You have pictures of your own; is there one of {find.wish.noun}?", image_search_call(query=find.wish.noun)
    wishes = sorted(
        (find for find in findings.finds if find.wish is not None and not find.pending),
        key=lambda find: (not find.obj.of, find.obj.span.start),
    )
    supplied = sum(find.choice is not None and find.wish is None for find in findings.finds)
    for find in wishes[: max(0, transcript.max_references - supplied)]:
        assert find.wish is not None
        spare = transcript.calls_left > unread
        if find.choice is None or (find.choice.fit < SURE and spare):
            yield from _wordings(find.wish, transcript, settled=find.choice is not None)


def _wordings(wish: Wish, transcript: Transcript, *, settled: bool) -> Iterator[tuple[str, ToolCall]]:
    asked = [query for query in wish.queries if query in transcript.image_queries]
    fresh = [query for query in wish.queries if query not in transcript.image_queries]
    if len(asked) >= (2 if settled else _WORDINGS):
        return
    if asked and not settled and (call := _who_is_it(wish, transcript)):
        yield f"No picture of {wish.queries[0]} fits; it may have another name.", call
    if fresh:
        why = "No title fits well yet; other words." if asked else "It has to look right, so I need a picture of it."
        yield why, image_search_call(query=fresh[0])


def _who_is_it(wish: Wish, transcript: Transcript) -> ToolCall | None:
    asked = tuple(query for query in dict.fromkeys((*wish.names[:1], wish.queries[0])) if query not in transcript.text_queries)
    return search_call(queries=asked) if asked else None


# ---- wire text ------------------------------------------------------------------------------------------------------


def _rationale(findings: Research, transcript: Transcript, written: DraftProgram, cut: bool) -> str:
    said = [f"{asked[:1].upper()}{asked[1:]} is {found}." for asked, found in findings.facts]
    said += [f"I could not find out: {question}." for question in findings.questions]
    for wish in (find.wish for find in findings.finds if find.wish is not None and find.choice is None):
        sought = any(query in transcript.image_queries for query in wish.queries)
        said.append(f"No picture of {wish.queries[0]} {'fits' if sought else 'could be sought'}; I describe it in words.")
    said += written.remarks
    if cut:
        said.append(f"I read only the first {_READ_AT_MOST} characters of the request.")
    return " ".join([*said, *_taken(transcript, written.program)]) or "Everything is known; I write it down explicitly."


def _taken(transcript: Transcript, program: Program) -> Iterator[str]:
    """Which of the pictures it takes, by title and number: what the answer copies stands in the words before it."""
    titles = {shown.img_id: shown.picture.title[:_TITLE] for shown in transcript.pictures}
    named = [f"{titles[chosen.img_id]} ({image_number(chosen.img_id)})" for chosen in program.references]
    if named:
        yield f"I take {', '.join(named)}."
