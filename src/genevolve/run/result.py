"""A trajectory as plain JSON values: what ``--json`` prints, what result rows hold, what pages show."""

from collections.abc import Mapping
from typing import Any

from genevolve.core.episode import Episode
from genevolve.core.event import Boundary, NotRendered, Rendered
from genevolve.core.picture import Picture
from genevolve.core.program import Program
from genevolve.core.request import Request
from genevolve.core.round import best, parted
from genevolve.core.score import Diagnostic, NotApplicable, ProgramScore, Score, Unscored, kscore
from genevolve.core.tool import Finds
from genevolve.protocol.detail import Detail
from genevolve.protocol.render import messages
from genevolve.run.revision import ending, round_cost

_BROWSE = "browse"
_WEB = ("http://", "https://")


def result(trajectory: Episode, *, image_path: str | None) -> dict[str, Any]:
    """Request, program, references, facts, image and score (``score`` or ``unscored``, never both)."""
    episode = trajectory
    outcome = episode.outcome
    return {
        "request": episode.request.text,
        "program": program(trajectory),
        "references": references(trajectory),
        "facts": facts(trajectory),
        "image_path": image_path if isinstance(trajectory.rendering, Rendered) else None,
        "notes": list(trajectory.rendering.notes) if isinstance(trajectory.rendering, Rendered) else [],
        **credited(trajectory.rendering),
        **judgement(trajectory.verdict),
        **outage(trajectory),
        "program_score": program_judgement(trajectory.program_verdict),
        "termination": str(outcome.termination) if outcome else None,
        "error": failure(trajectory),
        "rounds": len(episode.turns),
        "tool_calls": episode.tool_calls,
        "usage": usage(trajectory),
        "size": list(episode.request.size),
        "seed": episode.request.seed,
        **chain(episode.request),
        **(revision(episode) if episode.limits.several else {}),
    }


def chain(request: Request) -> dict[str, Any]:
    """What a follow-up goes on from, the first request first; nothing where it is none."""
    before = [
        {
            "id": each.request.id,
            "request": each.request.text,
            "image": each.picture.local_path,
            "gen_prompt": each.program.prompt,
        }
        for each in request.chain
    ]
    return {"after": before} if before else {}


def outage(trajectory: Episode) -> dict[str, Any]:
    """What no service answered; nothing where all was answered."""
    return {"degraded": list(trajectory.degraded)} if trajectory.degraded else {}


def revision(trajectory: Episode) -> dict[str, Any]:
    """Every round, which of them is the result, and why there was no further one."""
    rounds, spent = trajectory.rounds, iter(parted(trajectory.turns))
    shown = [
        {
            **programmed(each.program),
            **({"take": each.take} if trajectory.limits.takes > 1 else {}),
            "image": f"images/{each.rendering.digest}.png" if isinstance(each.rendering, Rendered) else None,
            "error": each.rendering.reason if isinstance(each.rendering, NotRendered) else None,
            **(judgement(each.image_score) if each.image_score is not None else {}),
            "review": judgement(each.review) if each.review is not None else None,
            "best_so_far": rounds.index(best(rounds[:number])) + 1,
            "cost": round_cost(next(spent, ()) if each.take == 0 else (), each),
        }
        for number, each in enumerate(rounds, start=1)
    ]
    halted = bool(rounds and rounds[-1].halted) or bool(trajectory.outcome and trajectory.outcome.stopped)
    chosen = rounds.index(trajectory.best) + 1 if trajectory.best else None
    return {"revision": {"rounds": shown, "best": chosen, "ended": ending(trajectory), "halted": halted}}


def credited(rendering: Rendered | NotRendered | None) -> dict[str, Any]:
    """Whose works the image shows, under which licences; nothing where there are none to name."""
    return {"credits": list(rendering.credits)} if isinstance(rendering, Rendered) and rendering.credits else {}


def program(trajectory: Episode) -> dict[str, Any] | None:
    return programmed(trajectory.program) if trajectory.program is not None else None


def programmed(found: Program) -> dict[str, Any]:
    """``found`` in the form of an answer."""
    chosen = [{"img_id": s.img_id, "note": s.note} for s in found.references]
    return {"gen_prompt": found.prompt, "reference_images": chosen}


def references(trajectory: Episode) -> list[dict[str, Any]]:
    """The selected references, in ordinal order, with where each came from."""
    selected = trajectory.program.references if trajectory.program is not None else ()
    return [{"img_id": s.img_id, "note": s.note, **picture(trajectory.picture(s.img_id))} for s in selected]


def picture(found: Picture) -> dict[str, Any]:
    return {
        "title": found.title,
        "source": found.source,
        "url": found.url,
        "page_url": found.page_url,
        "licence": found.licence,
        "local_path": found.local_path,
    }


def facts(trajectory: Episode) -> list[dict[str, Any]]:
    """Every text hit that the policy was shown, with the query that found it."""
    return [
        {"query": answered.query, "title": hit.title, "snippet": hit.snippet, "url": hit.url, "source": hit.source}
        for found in trajectory.known()
        for answered in found.facts
        for hit in answered.hits
    ]


def judgement(score: Score | Unscored) -> dict[str, Any]:
    match score:
        case Unscored(reason=reason, retryable=retryable, judge=judge):
            return {"unscored": {"reason": reason, "retryable": retryable, "judge": judge, **told(score)}}
        case Score():
            return {
                "score": {
                    "kscore": round(kscore(score), 4),
                    "kscore_renormalized": round(kscore(score, NotApplicable.RENORMALIZED), 4),
                    "faithfulness": score.faithfulness,
                    "visual_correctness": score.visual_correctness,
                    "text_accuracy": score.text_accuracy,
                    "text_accuracy_na": score.text_accuracy is None,
                    "aesthetics": score.aesthetics,
                    "judge": score.judge,
                    **told(score),
                    "rationale": score.rationale,
                    "diagnostics": [diagnostic(d) for d in score.diagnostics],
                }
            }


def program_judgement(score: ProgramScore | Unscored) -> dict[str, Any]:
    match score:
        case Unscored(reason=reason, retryable=retryable, judge=judge):
            return {"unscored": {"reason": reason, "retryable": retryable, "judge": judge, **told(score)}}
        case ProgramScore():
            diagnostics = [diagnostic(d) for d in score.diagnostics]
            return {
                "value": score.value,
                "judge": score.judge,
                **told(score),
                "rationale": score.rationale,
                "diagnostics": diagnostics,
            }


def judged_by(stored: Mapping[str, object]) -> str:
    """The judge with its version, of a score as files hold it (``Score.judged_by``); empty where nobody judged."""
    return f"{stored.get('judge') or ''} {stored.get('judge_version') or ''}".strip()


def told(score: Score | ProgramScore | Unscored) -> dict[str, Any]:
    """Which version of the judge, how much of the request it covers, and what became of its words, as far as it says so."""
    found: dict[str, Any] = {}
    if score.version:
        found["judge_version"] = score.version
    if score.coverage is not None:
        found["coverage"] = score.coverage
    if score.ledger is not None:
        found["ledger"] = [
            {"start": e.start, "end": e.end, "words": e.words, "fate": e.fate.value, "becomes": e.becomes}
            for e in score.ledger.entries
        ]
    return found


def diagnostic(found: Diagnostic) -> dict[str, Any]:
    return {
        "skill": found.skill,
        "dimension": str(found.dimension),
        "requirement": found.requirement,
        "passed": found.passed,
        "detail": found.detail,
    }


def failure(trajectory: Episode) -> str | None:
    """Why there is no image, if there is none."""
    outcome = trajectory.outcome
    if outcome is not None and outcome.error:
        return outcome.error
    return trajectory.rendering.reason if isinstance(trajectory.rendering, NotRendered) else None


def usage(trajectory: Episode) -> dict[str, Any]:
    """Tokens, how often each service was of use, and what it cost with all attempts, in the currency of the price list.

    ``searches`` are queries that were answered, by a service or by a cache (which costs nothing), ``page_reads`` pages that
    ``browse`` opened, ``downloads`` pictures from the web, ``judgements`` scores of program and image.
    """
    turns = trajectory.turns
    facts = [answered for found in trajectory.results() for answered in found.facts]
    pages = sum(found.tool == _BROWSE for found in trajectory.results())
    verdicts = (score for each in trajectory.rounds for score in (each.program_score, each.review, each.image_score))
    return {
        "prompt_tokens": sum(turn.usage.prompt_tokens for turn in turns),
        "completion_tokens": sum(turn.usage.completion_tokens for turn in turns),
        "searches": sum(not answered.error for answered in facts) - pages,
        "image_searches": len(trajectory.results(Finds.PICTURES)),
        "page_reads": pages,
        "downloads": sum(found.url.startswith(_WEB) for found in trajectory.pictures[len(trajectory.request.pictures) :]),
        "judgements": sum(score is not None for score in verdicts),
        "policy_cost": cost(trajectory, Boundary.POLICY),
        "search_cost": cost(trajectory, Boundary.SEARCH, Boundary.IMAGE_SEARCH, Boundary.TOOL),
        "image_cost": cost(trajectory, Boundary.GENERATOR),
        "judge_cost": cost(trajectory, Boundary.IMAGE_JUDGE, Boundary.PROGRAM_JUDGE),
    }


def cost(trajectory: Episode, *boundaries: Boundary) -> float:
    """What calls of these services cost, in all parts of a run that was resumed."""
    return sum((paid.cost for paid in trajectory.spent if paid.boundary in boundaries), start=0.0)


def conversation(trajectory: Episode, *, system: str, detail: Detail = Detail.FULL) -> list[dict[str, str]]:
    """The whole conversation in the public ``messages`` form."""
    return [{"role": str(m.role), "content": m.text} for m in messages(trajectory, system=system, detail=detail)]
