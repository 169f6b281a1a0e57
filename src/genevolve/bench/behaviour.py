"""What a trajectory did, counted: calls, hits, references, skills, faults, cost. Pure functions of one trajectory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from genevolve.core.case import Needs
from genevolve.core.episode import Episode
from genevolve.core.event import Boundary, Malformed, Mistake, Refusal, ToolFailure
from genevolve.core.program import Rule
from genevolve.core.tool import Finds
from genevolve.run.result import cost

_RULES = frozenset(Rule)
Counts = dict[str, object]  # name → a number, a list of names, or rule → how often it was broken


def behaviour(trajectory: Episode, needs: Needs | None = None) -> Counts:
    """Counts of one trajectory, as plain JSON. What only ``needs`` can tell is left out where it is None."""
    found: Counts = {
        "turns": len(trajectory.turns),
        "tool_calls": trajectory.tool_calls,
        **_searches(trajectory),
        **_faults(trajectory),
        **_cost(trajectory),
        "references": len(_chosen(trajectory)),
        "skills_read": list(trajectory.skills),
    }
    return {**found, **_against(trajectory, needs)} if needs is not None else found


def _searches(trajectory: Episode) -> dict[str, int]:
    """Queries and how many of them found anything, text and image apart."""
    counts = dict.fromkeys(("queries", "query_hits", "image_queries", "image_query_hits", "skill_calls"), 0)
    for found in trajectory.results(Finds.FACTS):
        counts["queries"] += len(found.facts)
        counts["query_hits"] += sum(bool(answered.hits) for answered in found.facts)
    for found in trajectory.results(Finds.PICTURES):
        counts["image_queries"] += 1
        counts["image_query_hits"] += bool(found.pictures)
    counts["skill_calls"] = len(trajectory.calls(Finds.GUIDANCE))
    others = Counter(call.name for call in trajectory.calls(Finds.OTHER))
    return {**counts, **{f"{name}_calls": count for name, count in sorted(others.items())}}


def _faults(trajectory: Episode) -> Counts:
    """``faults``: broken rules of programs by name; malformed replies, refused calls and failed tools apart."""
    rules: Counter[str] = Counter()
    counts = dict.fromkeys(("malformed", "refused", "tool_failures"), 0)
    for turn in trajectory.turns:
        match turn.observation:
            case Mistake(problems=problems):
                rules.update(problem.partition(":")[0] for problem in problems if problem.partition(":")[0] in _RULES)
            case Refusal():
                counts["refused"] += 1
            case ToolFailure():
                counts["tool_failures"] += 1
        counts["malformed"] += isinstance(turn.action, Malformed)
    outcome = trajectory.outcome
    if outcome is not None and trajectory.program is None:
        last = outcome.error.removeprefix("the last answer is not a valid program: ")
        rules.update(part.partition(":")[0] for part in last.split("; ") if part.partition(":")[0] in _RULES)
    return {**counts, "faults": dict(sorted(rules.items())), "no_program": outcome is not None and trajectory.program is None}


def _cost(trajectory: Episode) -> dict[str, float]:
    turns = trajectory.turns
    return {
        "prompt_tokens": sum(turn.usage.prompt_tokens for turn in turns),
        "completion_tokens": sum(turn.usage.completion_tokens for turn in turns),
        "policy_cost": cost(trajectory, Boundary.POLICY),
        "image_cost": cost(trajectory, Boundary.GENERATOR),
        "judge_cost": cost(trajectory, Boundary.IMAGE_JUDGE, Boundary.PROGRAM_JUDGE),
    }


def _chosen(trajectory: Episode) -> list[str]:
    """The looks of the selected references, in order; a picture without a look has its address or digest here."""
    program = trajectory.program
    return [_look(trajectory, selection.img_id) for selection in program.references] if program else []


def _look(trajectory: Episode, img_id: str) -> str:
    picture = trajectory.picture(img_id)
    return picture.url or f"image:{picture.digest}"


def _against(trajectory: Episode, needs: Needs) -> Counts:
    """References and skills against what the case needs."""
    chosen = _chosen(trajectory)
    shown = {picture.url for picture in trajectory.pictures}
    read = trajectory.skills
    return {
        "references_right": sum(look in needs.looks for look in chosen),
        "wanted": len(needs.references),
        "wanted_shown": sum(bool(shown & set(looks)) for looks in needs.references),
        "wanted_chosen": sum(bool(set(chosen) & set(looks)) for looks in needs.references),
        "skills_needed": list(needs.skills),
        "skills_right": sum(skill in needs.skills for skill in read),
    }


def totals(found: Iterable[Counts]) -> dict[str, float]:
    """Sums of all counts over trajectories; lists count their entries, faults are summed over rules."""
    sums: dict[str, float] = defaultdict(float)
    for one in found:
        for name, value in one.items():
            if isinstance(value, bool | int | float):
                sums[name] += value
            elif isinstance(value, list):
                sums[name] += len(value)
            elif isinstance(value, Mapping):
                sums[name] += sum(value.values())
    return dict(sums)
