"""What a trajectory did, counted: calls, hits, references, skills, faults, cost. Pure functions of one trajectory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from genevolve.core.case import Wanted
from genevolve.core.event import (
    ImageResults,
    Malformed,
    Mistake,
    Refusal,
    SkillCall,
    TextResults,
    ToolFailure,
)
from genevolve.core.program import Rule
from genevolve.core.trajectory import Rendered, Trajectory
from genevolve.run.assess import activated_skills

_RULES = frozenset(Rule)
Counts = dict[str, object]  # name → a number, a list of names, or rule → how often it was broken


def behaviour(trajectory: Trajectory, wanted: Wanted | None = None) -> Counts:
    """Counts of one trajectory, as plain JSON. What only ``wanted`` can tell is left out where it is None."""
    found: Counts = {
        "turns": len(trajectory.episode.turns),
        "tool_calls": trajectory.episode.tool_calls,
        **_searches(trajectory),
        **_faults(trajectory),
        **_cost(trajectory),
        "references": len(_chosen(trajectory)),
        "skills_read": list(activated_skills(trajectory.episode)),
    }
    return {**found, **_against(trajectory, wanted)} if wanted is not None else found


def _searches(trajectory: Trajectory) -> dict[str, int]:
    """Queries and how many of them found anything, text and image apart."""
    counts = dict.fromkeys(("queries", "query_hits", "image_queries", "image_query_hits", "skill_calls"), 0)
    for turn in trajectory.episode.turns:
        match turn.observation:
            case TextResults(results=results):
                counts["queries"] += len(results)
                counts["query_hits"] += sum(bool(answered.hits) for answered in results)
            case ImageResults(pictures=pictures):
                counts["image_queries"] += 1
                counts["image_query_hits"] += bool(pictures)
        counts["skill_calls"] += isinstance(turn.action, SkillCall)
    return counts


def _faults(trajectory: Trajectory) -> Counts:
    """``faults``: broken rules of programs by name; malformed replies, refused calls and failed tools apart."""
    rules: Counter[str] = Counter()
    counts = dict.fromkeys(("malformed", "refused", "tool_failures"), 0)
    for turn in trajectory.episode.turns:
        match turn.observation:
            case Mistake(problems=problems):
                rules.update(problem.partition(":")[0] for problem in problems if problem.partition(":")[0] in _RULES)
            case Refusal():
                counts["refused"] += 1
            case ToolFailure():
                counts["tool_failures"] += 1
        counts["malformed"] += isinstance(turn.action, Malformed)
    outcome = trajectory.episode.outcome
    if outcome is not None and outcome.program is None:
        last = outcome.error.removeprefix("the last answer is not a valid program: ")
        rules.update(part.partition(":")[0] for part in last.split("; ") if part.partition(":")[0] in _RULES)
    return {**counts, "faults": dict(sorted(rules.items())), "no_program": bool(outcome and outcome.program is None)}


def _cost(trajectory: Trajectory) -> dict[str, float]:
    turns = trajectory.episode.turns
    rendering, scores = trajectory.rendering, (trajectory.score, trajectory.program_score)
    return {
        "prompt_tokens": sum(turn.usage.prompt_tokens for turn in turns),
        "completion_tokens": sum(turn.usage.completion_tokens for turn in turns),
        "policy_cost": sum(turn.usage.cost for turn in turns),
        "image_cost": rendering.cost if isinstance(rendering, Rendered) else 0.0,
        "judge_cost": sum(score.cost for score in scores if score is not None),
    }


def _chosen(trajectory: Trajectory) -> list[str]:
    """The looks of the selected references, in order; a picture that is no pictogram has its address or digest here."""
    outcome = trajectory.episode.outcome
    program = outcome.program if outcome else None
    return [_look(trajectory, selection.img_id) for selection in program.references] if program else []


def _look(trajectory: Trajectory, img_id: str) -> str:
    picture = trajectory.episode.picture(img_id)
    return picture.url or f"image:{picture.digest}"


def _against(trajectory: Trajectory, wanted: Wanted) -> Counts:
    """References and skills against what the case needs."""
    chosen = _chosen(trajectory)
    shown = {picture.url for picture in trajectory.episode.pictures}
    read = activated_skills(trajectory.episode)
    return {
        "references_right": sum(look in wanted.looks for look in chosen),
        "wanted": len(wanted.references),
        "wanted_shown": sum(bool(shown & set(looks)) for looks in wanted.references),
        "wanted_chosen": sum(bool(set(chosen) & set(looks)) for looks in wanted.references),
        "skills_needed": list(wanted.skills),
        "skills_right": sum(skill in wanted.skills for skill in read),
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
