"""The program: references within the limit, the skills' edits, surface text written, read back, reworded if need be."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from genevolve.core.picture import image_number
from genevolve.core.program import Program, Selection, faults
from genevolve.protocol.sanitize import printable, sanitize, without_ordinals
from genevolve.world.expert.check import differences
from genevolve.world.expert.references import Choice
from genevolve.world.expert.research import Find, Research
from genevolve.world.expert.sequence import in_order
from genevolve.world.expert.skill_edits import with_skill_edits
from genevolve.world.expert.transcript import Transcript
from genevolve.world.expert.unparsed import unparsed_clauses
from genevolve.world.language.model import Scene
from genevolve.world.language.surface_text import REFERENCE, USUAL, Emphasis, described, name_of, surface_text

_LONGEST = 1200
_YOURS = "Your picture "
_SETTING = "The background is plain light blue. Soft daylight falls from the upper left."


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProgram:
    """A program, and in plain words what of the request it could not keep."""

    program: Program
    remarks: tuple[str, ...] = ()


def draft(findings: Research, transcript: Transcript, skills: Collection[str]) -> DraftProgram:
    """The best program for what is known. It always passes ``core.program.faults`` for this episode."""
    if (written := drafted(findings, transcript, skills)) is not None:
        return written
    why = "My answers were not accepted." if transcript.answers else "No thing or text in it could be made out."
    return DraftProgram(program=plain_program(findings.scene.text, transcript), remarks=(f"{why} I pass its words on.",))


def drafted(
    findings: Research,
    transcript: Transcript,
    skills: Collection[str],
    edit: Callable[[Scene], Scene] = lambda scene: scene,
    emphasis: Emphasis = USUAL,
) -> DraftProgram | None:
    """The best new program for what is known, after ``edit`` and with ``emphasis``; None where there is none."""
    picked, described = _within_limit(findings.finds, transcript.max_references)
    scene = in_order(edit(with_skill_edits(_referring(findings, picked), skills)), emphasis.first)
    best: tuple[list[str], Program] | None = None
    for prompt in dict.fromkeys(_wordings(scene, findings, emphasis)):
        program = Program(prompt=prompt, references=_selections(findings, picked))
        if not (scene.objects or scene.texts or findings.scene.background) or not _new_and_valid(program, transcript):
            continue
        lost = differences(scene, prompt, skills)
        if best is None or len(lost) < len(best[0]):
            best = lost, program
        if not lost:
            break
    if best is None:
        return None
    limited = [_limit_told(name, transcript) for name in described]
    return DraftProgram(program=best[1], remarks=(*limited, *best[0]))


def _wordings(scene: Scene, findings: Research, emphasis: Emphasis) -> Iterator[str]:
    """Prompts from the most complete to the plainest."""
    rest = unparsed_clauses(findings.scene)
    plain = replace(scene, objects=tuple(replace(obj, modifiers=()) for obj in scene.objects))
    for said in (surface_text(scene, emphasis), surface_text(plain, emphasis)):
        if not emphasis.terse:
            yield sanitize(f"{said} {rest}")
        yield sanitize(said)


# ---- references -----------------------------------------------------------------------------------------------------


def _within_limit(finds: Sequence[Find], limit: int) -> tuple[dict[str, Choice], list[str]]:
    """Choices by object, at most ``limit`` pictures, the user's own and the most specific first; and what is left out."""
    wanted = [(find, find.choice) for find in finds if find.choice is not None]
    wanted.sort(key=lambda pair: (bool(pair[1].shown.query), not pair[0].obj.of))
    kept: dict[str, Choice] = {}
    left_out: list[str] = []
    for find, choice in wanted:
        used = {other.shown.img_id for other in kept.values()}
        if choice.shown.img_id in used or len(used) < limit:
            kept[find.obj.key] = choice
        else:
            left_out.append(
                f"{_YOURS}{choice.shown.picture.title}"
                if not choice.shown.query
                else f"The {described(find.obj.noun, find.obj.of)}"
            )
    return kept, left_out


def _limit_told(name: str, transcript: Transcript) -> str:
    if not name.startswith(_YOURS):
        return f"{name} is described in words: no further reference is allowed."
    most = transcript.max_references
    return f"{name} is left out: at most {most} references may be used (episode.max_references)."


def _positions(picked: dict[str, Choice]) -> dict[str, int]:
    """The 1-based ordinal of every used picture, by id."""
    ids = sorted({choice.shown.img_id for choice in picked.values()}, key=image_number)
    return {img_id: number for number, img_id in enumerate(ids, start=1)}


def _referring(findings: Research, picked: dict[str, Choice]) -> Scene:
    ordinals = _positions(picked)
    objects = (
        replace(obj, reference=ordinals[picked[obj.key].shown.img_id] if obj.key in picked else None)
        for obj in findings.scene.objects
    )
    contents = (replace(text, content=printable(text.content)) for text in findings.scene.texts)
    texts = tuple(text for text in contents if text.content or text.describes)
    shown = tuple(
        obj for obj in objects if obj.reference is not None or not (obj.noun == REFERENCE or obj.key.startswith("supplied "))
    )
    return replace(findings.scene, objects=shown, texts=texts)


def _selections(findings: Research, picked: dict[str, Choice]) -> tuple[Selection, ...]:
    selections = []
    for img_id in _positions(picked):
        keys = [key for key, choice in picked.items() if choice.shown.img_id == img_id]
        what = " and ".join(name_of(findings.scene, key) for key in keys)
        obj = findings.scene.object_of(keys[0])
        named = what if obj.of in what else described(what, obj.of)
        selections.append(Selection(img_id=img_id, note=f"copy the shape, colours and details of {named}"))
    return tuple(selections)


# ---- safe ground ----------------------------------------------------------------------------------------------------


def plain_program(request: str, transcript: Transcript) -> Program:
    """The request's own words and a calm setting: for requests that cannot be read, and when all else was turned down."""
    said = without_ordinals(sanitize(request))[:_LONGEST].strip(" .")
    for prompt in (
        f"An image of exactly this: {said}. {_SETTING}",
        f"One calm image in the spirit of the request. {_SETTING}",
        f"A quiet, well composed image with free space in the center. {_SETTING}",
    ):
        program = Program(prompt=prompt)
        if (said or "exactly" not in prompt) and _new_and_valid(program, transcript):
            return program
    return Program(prompt=f"Version {len(transcript.exchanges) + 1} of a quiet, well composed image. {_SETTING}")


def _new_and_valid(program: Program, transcript: Transcript) -> bool:
    ids = [shown.img_id for shown in transcript.pictures]
    repeated = any(answer.program == program for answer in transcript.answers)
    return not repeated and not faults(program, known_ids=ids, max_references=transcript.max_references)
