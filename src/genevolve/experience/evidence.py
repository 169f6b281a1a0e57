"""What two attempts at one request show of themselves: a comparison that reads no language, and so fits every world.

Which tools were called with what, which skills were read, which references were selected and from where, the text of the
prompt, broken rules, failed requirements. Whether two *wordings* mean the same is not decided here.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from genevolve.core.episode import Episode
from genevolve.core.event import Malformed, Mistake, Refusal, ToolFailure, ToolResult
from genevolve.core.program import Program, Selection
from genevolve.core.round import longest
from genevolve.core.score import Diagnostic, ProgramScore, Score
from genevolve.core.tool import Finds
from genevolve.experience.bundle import Slot
from genevolve.experience.pairing import Pair
from genevolve.experience.wording import Names, names_of, tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one attempt did. ``mistakes`` names each broken rule as often as it was broken, "malformed" among them.

    ``places`` says for each selected reference where it stood: (0-based place, number offered) in the results of its query,
    None for a picture of the request's own.
    """

    calls: tuple[str, ...]
    searches: tuple[str, ...]  # the calls but those of guidance
    text_queries: tuple[str, ...]
    image_queries: tuple[str, ...]
    unanswered: int
    skills: tuple[str, ...]
    references: tuple[tuple[str, str], ...]  # (title, note)
    places: tuple[tuple[int, int] | None, ...]
    prompt: str
    mistakes: tuple[str, ...]
    out_of_budget: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptComparison:
    """``differences`` are (slot, what differs) in plain words; ``same`` the slots in which nothing was done differently.

    ``failed`` are the requirements that only the worse attempt failed.
    """

    differences: tuple[tuple[Slot, str], ...]
    failed: tuple[Diagnostic, ...]

    @property
    def same(self) -> frozenset[Slot]:
        """What is to be avoided follows from any difference, so that ``failures`` is the same only where everything is."""
        differing = {slot for slot, _ in self.differences}
        return frozenset(Slot) - differing - ({Slot.FAILURES} if differing else set())


def compare(pair: Pair) -> AttemptComparison:
    best, worst = evidence_of(pair.best), evidence_of(pair.worst)
    known = {(one.skill, one.requirement) for one in diagnostics_of(pair.best) if not one.passed}
    failed = [one for one in diagnostics_of(pair.worst) if not one.passed and (one.skill, one.requirement) not in known]
    return AttemptComparison(differences=tuple(_differences(best, worst)), failed=tuple(failed))


def evidence_of(trajectory: Episode) -> Evidence:
    """An episode without a program has an empty prompt and no references."""
    episode = trajectory
    program = episode.program or Program(prompt="")
    shown = [turn.observation for turn in episode.turns]
    return Evidence(
        calls=tuple(call.name for call in episode.calls()),
        searches=tuple(call.name for call in episode.calls(*set(Finds) - {Finds.GUIDANCE})),
        text_queries=_asked(episode, Finds.FACTS),
        image_queries=_asked(episode, Finds.PICTURES),
        unanswered=sum(map(_unanswered, shown)),
        skills=tuple(sorted(episode.skills)),
        references=tuple((episode.pictures[place].title, one.note) for place, one in _selected(trajectory, program)),
        places=tuple(_place(trajectory, place) for place, _ in _selected(trajectory, program)),
        prompt=_plain(program.prompt),
        mistakes=tuple(_mistakes(trajectory)),
        out_of_budget=longest(episode.turns) >= episode.limits.max_turns or any(isinstance(one, Refusal) for one in shown),
    )


def diagnostics_of(trajectory: Episode) -> tuple[Diagnostic, ...]:
    """Those of the image first, then those of the program."""
    image = trajectory.image_score.diagnostics if isinstance(trajectory.image_score, Score) else ()
    program = trajectory.program_score.diagnostics if isinstance(trajectory.program_score, ProgramScore) else ()
    return (*image, *program)


def source_names(*trajectories: Episode) -> Names:
    """The words that no bullet about these trajectories may repeat."""
    titles = [picture.title for episode in trajectories for picture in episode.pictures]
    hits = [hit for trajectory in trajectories for hit in text_hits(trajectory)]
    prompts = [episode.program.prompt for episode in trajectories if episode.program is not None]
    texts = [*(episode.request.text for episode in trajectories), *titles, *(title for title, _ in hits)]
    return names_of(dict.fromkeys(texts), dict.fromkeys([*(snippet for _, snippet in hits), *prompts]))


def text_hits(trajectory: Episode) -> Iterator[tuple[str, str]]:
    """(title, snippet) of every text that was found."""
    for result in trajectory.results():
        yield from ((hit.title, hit.snippet) for found in result.facts for hit in found.hits)


# ---- one attempt


def _asked(episode: Episode, finds: Finds) -> tuple[str, ...]:
    """What its calls of tools that bring ``finds`` asked for."""
    return tuple(_plain(subject) for call in episode.calls(finds) for subject in episode.tools.tool(call.name).subjects(call))


def _plain(text: str) -> str:
    return " ".join(text.split())


def _selected(trajectory: Episode, program: Program) -> list[tuple[int, Selection]]:
    """(position among the episode's pictures, selection)."""
    return [(trajectory.picture_ids.index(one.img_id), one) for one in program.references]


def _place(trajectory: Episode, position: int) -> tuple[int, int] | None:
    for found in trajectory.results():
        if found.first <= position < found.first + len(found.pictures):
            return position - found.first, len(found.pictures)
    return None


def _unanswered(observation: object) -> bool:
    """Whether a search brought nothing."""
    match observation:
        case ToolResult(facts=facts, pictures=pictures, text=text):
            return not (any(found.hits for found in facts) or pictures or text)
        case ToolFailure():
            return True
    return False


def _mistakes(trajectory: Episode) -> Iterator[str]:
    for turn in trajectory.turns:
        if isinstance(turn.action, Malformed):
            yield "malformed"
        elif isinstance(turn.observation, Mistake):
            yield from (problem.partition(":")[0] for problem in turn.observation.problems)


# ---- two attempts


def _differences(best: Evidence, worst: Evidence) -> Iterator[tuple[Slot, str]]:
    yield from ((Slot.SEARCH, text) for text in _searching(best, worst))
    if best.skills != worst.skills:
        yield Slot.KNOWLEDGE, _sides("skills read", _listed(best.skills), _listed(worst.skills))
    yield from ((Slot.REFERENCES, text) for text in _references(best, worst))
    if best.prompt != worst.prompt:
        sizes = (f"{len(tokens(one.prompt))} words" if one.prompt else "no prompt" for one in (best, worst))
        yield Slot.PROMPT, _sides("the prompts are worded differently", *sizes)
    if sorted(best.mistakes) != sorted(worst.mistakes):
        yield Slot.FAILURES, _sides("rules broken", _counted(best.mistakes), _counted(worst.mistakes))


def _searching(best: Evidence, worst: Evidence) -> Iterator[str]:
    if best.searches != worst.searches:
        yield _sides("tools called in order", _listed(best.searches), _listed(worst.searches))
    for name, mine, theirs in (
        ("queries for facts", best.text_queries, worst.text_queries),
        ("queries for pictures", best.image_queries, worst.image_queries),
    ):
        if _alike(mine) != _alike(theirs):
            yield _sides(f"{name} are worded differently", _lengths(mine), _lengths(theirs))
    if best.unanswered != worst.unanswered:
        yield _sides("searches that found nothing", str(best.unanswered), str(worst.unanswered))
    if best.out_of_budget != worst.out_of_budget:
        yield _sides("turns or calls used up", *("yes" if one.out_of_budget else "no" for one in (best, worst)))


def _references(best: Evidence, worst: Evidence) -> Iterator[str]:
    titles = [[title for title, _ in one.references] for one in (best, worst)]
    if titles[0] != titles[1]:
        again = " (the same pictures in another order)" if sorted(titles[0]) == sorted(titles[1]) else ""
        yield _sides(f"references selected{again}", _places(best), _places(worst))
    elif best.references != worst.references:
        written = (f"{sum(bool(note) for _, note in one.references)} of {len(one.references)}" for one in (best, worst))
        yield _sides("notes on the same references are worded differently", *(f"{one} written" for one in written))


def _alike(queries: Sequence[str]) -> Counter[Hashable]:
    """Queries up to their order and the case of letters."""
    return Counter(query.casefold() for query in queries)


def _lengths(queries: Sequence[str]) -> str:
    if not queries:
        return "none"
    sizes = ", ".join(str(len(tokens(query))) for query in queries)
    return f"{len(queries)} of {sizes} words"


def _places(one: Evidence) -> str:
    if not one.places:
        return "none"
    said = ("of the request" if place is None else f"result {place[0] + 1} of {place[1]}" for place in one.places)
    return f"{len(one.places)} ({', '.join(said)})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _counted(names: Sequence[str]) -> str:
    return ", ".join(f"{name} ×{count}" if count > 1 else name for name, count in sorted(Counter(names).items())) or "none"


def _sides(what: str, best: str, worst: str) -> str:
    return f"{what}; better: {best}; worse: {worst}"
