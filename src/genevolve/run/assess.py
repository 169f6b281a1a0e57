"""An image and its program to scores."""

from genevolve.core.claim import Claim
from genevolve.core.episode import Episode
from genevolve.core.event import Boundary, Failed, SkillText, TextHit, TextResults
from genevolve.core.program import Program
from genevolve.core.protocols import ImageCase, ProgramCase, ProgramJudge, ReferenceImage
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.core.trajectory import Rendered
from genevolve.run.components import Components


async def assess_image(
    rendered: Rendered, episode: Episode, setup: Components, *, claims: tuple[Claim, ...] | None, ground_truth: bytes | None
) -> Score | Unscored:
    """The judge's score of the stored image; a judge that fails leaves it unscored."""
    own = episode.request.references

    async def attempt() -> Score | Unscored:
        case = ImageCase(
            request=episode.request.text,
            image=setup.images.load(rendered.digest),
            ground_truth=ground_truth,
            claims=claims,
            own_references=tuple(ReferenceImage(picture=p, note="", data=setup.images.load(p.digest)) for p in own),
        )
        return await setup.image_judge.judge_image(case)

    score = await setup.cross(Boundary.IMAGE_JUDGE, attempt)
    return Unscored(reason=score.message, retryable=score.retryable) if isinstance(score, Failed) else score


async def assess_program(program: Program, episode: Episode, setup: Components, judge: ProgramJudge) -> ProgramScore | Unscored:
    """The judge's program sufficiency."""
    case = ProgramCase(
        request=episode.request.text,
        program=program,
        references=tuple(episode.picture(selection.img_id) for selection in program.references),
        facts=facts(episode),
        skills=activated_skills(episode),
    )
    score = await setup.cross(Boundary.PROGRAM_JUDGE, lambda: judge.judge_program(case))
    return Unscored(reason=score.message, retryable=score.retryable) if isinstance(score, Failed) else score


def facts(episode: Episode) -> tuple[TextHit, ...]:
    """Every text hit that the episode was shown, in order, each once."""
    shown = (turn.observation for turn in episode.turns)
    hits = (hit for seen in shown if isinstance(seen, TextResults) for result in seen.results for hit in result.hits)
    return tuple(dict.fromkeys(hits))


def activated_skills(episode: Episode) -> tuple[str, ...]:
    """The skills whose guidance the episode read, in order, each once."""
    shown = (turn.observation for turn in episode.turns)
    return tuple(dict.fromkeys(seen.skill_name for seen in shown if isinstance(seen, SkillText)))
