"""The lint judge: is the program sufficient? Rules over the request, the prompt, the titles of its references and the facts.

Sufficiency, not fluency: would a generator that does exactly what it is told, and goes wrong wherever it is not told, make
the intended image? The prompt is read with the same reader that the sketch generator uses.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from genevolve.core.claim import Direction, Place
from genevolve.core.picture import Picture
from genevolve.core.program import Fault, faults
from genevolve.core.protocols import ProgramCase
from genevolve.core.score import Diagnostic, Dimension, ProgramScore, Unscored
from genevolve.judges.content import UnitKind
from genevolve.world.atlas.asked import facts_in
from genevolve.world.language.ambiguities import drawable
from genevolve.world.language.colours import akin
from genevolve.world.language.follow_up import merged
from genevolve.world.language.inventory import lookup, singular_of
from genevolve.world.language.model import AmbiguityKind, Scene, SceneObject, TextElement
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.lexical import Missing, missing

JUDGE = "lint"
VERSION = "2"  # 2: the words of the request are compared with program and facts, too
LEVELS = ((1.0, 1.0), (0.85, 0.75), (0.7, 0.5), (0.4, 0.25))  # (share of the weight that is met, value); less is 0
VITAL, PLAIN, CLOSED = 3.0, 1.0, 0.5  # weights: which object and which words; other requirements; a way that was not left open
ONE_LOST, MANY_LOST = 0.5, 0.25  # the most that is left when one vital requirement fails, and when half of them do

SKILL_OF: Mapping[AmbiguityKind, str] = {
    AmbiguityKind.VAGUE_COUNT: "quantity_counting",
    AmbiguityKind.LOOSE_COUNT: "quantity_counting",
    AmbiguityKind.UNQUOTED_TEXT: "text_rendering",
    AmbiguityKind.UNPLACED_TEXT: "text_rendering",
    AmbiguityKind.SHARED_COLOUR: "attribute_binding",
    AmbiguityKind.UNKNOWN_OBJECT: "attribute_binding",
    AmbiguityKind.UNPLACED_OBJECT: "spatial_layout",
    AmbiguityKind.LOOSE_BODY: "anatomy_body_coherence",
    AmbiguityKind.FLOATING: "physical_material_consistency",
    AmbiguityKind.UNLIT: "aesthetic_drawing",
    AmbiguityKind.NO_BACKGROUND: "aesthetic_drawing",
    AmbiguityKind.WEAK_STYLE: "creative_drawing",
}
_CLOSED: Mapping[AmbiguityKind, str] = {
    AmbiguityKind.VAGUE_COUNT: "every quantity is a number",
    AmbiguityKind.LOOSE_COUNT: "large numbers are exact or arranged",
    AmbiguityKind.UNQUOTED_TEXT: "every text is quoted",
    AmbiguityKind.UNPLACED_TEXT: "every text has its place",
    AmbiguityKind.SHARED_COLOUR: "every colour has a clause of its own",
    AmbiguityKind.UNKNOWN_OBJECT: "everything is an everyday object or has a reference",
    AmbiguityKind.UNPLACED_OBJECT: "every thing has its place",
    AmbiguityKind.LOOSE_BODY: "bodies are described as whole",
    AmbiguityKind.FLOATING: "things stand on something",
    AmbiguityKind.UNLIT: "the light is described",
    AmbiguityKind.NO_BACKGROUND: "the background is described",
    AmbiguityKind.WEAK_STYLE: "the style covers the whole image",
}
_INVERSE = {
    Direction.LEFT_OF: Direction.RIGHT_OF,
    Direction.RIGHT_OF: Direction.LEFT_OF,
    Direction.ABOVE: Direction.BELOW,
    Direction.BELOW: Direction.ABOVE,
    Direction.BEHIND: Direction.IN_FRONT_OF,
    Direction.IN_FRONT_OF: Direction.BEHIND,
    Direction.NEXT_TO: Direction.NEXT_TO,
}


class LintJudge:
    """Program sufficiency by rules: what the request asks survives, what it leaves unresolved is resolved, nothing is open."""

    def __init__(self, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> None:
        self._vocabulary = Vocabulary(vocabulary)

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored:
        if case.wishes:
            case = replace(case, request=merged(case.wishes, self._vocabulary))
        asked, told = read(case.request, self._vocabulary, facts_in), read(case.program.prompt, self._vocabulary)
        if not asked.objects and not asked.texts:
            return Unscored(
                reason="the request names no thing and no text, so there is nothing to check", judge=JUDGE, version=VERSION
            )
        absent = missing(case, self._vocabulary)
        checks = (*_checks(case, asked, told), *_word_checks(absent))
        failed = [check for check in checks if not check.passed]
        return ProgramScore(
            value=_value(checks) if told.objects or told.texts else 0.0,
            judge=JUDGE,
            version=VERSION,
            coverage=round(absent.coverage, 4),
            diagnostics=tuple(check.diagnostic() for check in checks),
            rationale="; ".join((*(f"not met: {check.requirement}" for check in failed[:8]), *_named(absent))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    skill: str
    requirement: str
    passed: bool
    detail: str = ""
    weight: float = PLAIN
    dimension: Dimension = Dimension.FAITHFULNESS

    def diagnostic(self) -> Diagnostic:
        return Diagnostic(
            skill=self.skill,
            dimension=self.dimension,
            requirement=self.requirement,
            passed=self.passed,
            detail="" if self.passed else self.detail,
        )


def _value(checks: Sequence[_Check]) -> float:
    met = sum(check.weight for check in checks if check.passed) / sum(check.weight for check in checks)
    level = next((value for share, value in LEVELS if met >= share), 0.0)
    vital = [check for check in checks if check.weight == VITAL]
    lost = sum(not check.passed for check in vital)
    if lost:
        level = min(level, MANY_LOST if 2 * lost >= len(vital) else ONE_LOST)
    return level


def _checks(case: ProgramCase, asked: Scene, told: Scene) -> Iterator[_Check]:
    pairs = _paired(asked.objects, told.objects, asked.vocabulary)
    for obj, kept in pairs:
        yield from _object_checks(obj, kept, case, asked.vocabulary)
    for obj, kept in pairs:
        yield from _relation_checks(obj, kept, asked, told, pairs)
    for text in asked.texts:
        yield from _text_checks(text, told, case)
    yield from _whole_checks(asked, told)
    yield from _binding_checks(case)
    yield from _open_checks(told)


def _word_checks(absent: Missing) -> Iterator[_Check]:
    """Quotations, numbers, colours and everyday objects that the scene reader may have overlooked."""
    for unit in absent.tangible:
        yield _Check(
            skill="text_rendering" if unit.kind is UnitKind.QUOTE else "attribute_binding",
            requirement=f"“{unit.text}” of the request is in the program or the facts",
            passed=False,
            detail="it is in neither",
        )


def _named(absent: Missing) -> Iterator[str]:
    if absent.units:
        yield "in neither program nor facts: " + ", ".join(f"“{unit.text[:40]}”" for unit in absent.units[:12])


# ---- what the request asks for survives, and what it describes is resolved -------------------------------------------


def _paired(
    asked: Sequence[SceneObject], told: Sequence[SceneObject], vocabulary: Vocabulary
) -> list[tuple[SceneObject, SceneObject | None]]:
    """Every object of the request with the object of the prompt that stands for it, each at most once."""
    free = list(told)
    pairs: list[tuple[SceneObject, SceneObject | None]] = []
    for obj in asked:
        alike = [other for other in free if _same_noun(obj.noun, other.noun, vocabulary)]
        best = max(alike, key=lambda other: _likeness(obj, other), default=None)
        if best is not None:
            free.remove(best)
        pairs.append((obj, best))
    return pairs


def _same_noun(one: str, other: str, vocabulary: Vocabulary) -> bool:
    first, second = lookup(one, vocabulary), lookup(other, vocabulary)
    if first and second:
        return bool(set(first.looks) & set(second.looks))
    a, b = (singular_of(name.lower(), vocabulary) or name.lower() for name in (one, other))
    return a == b or a in b.split() or b in a.split() or one.lower() == other.lower()


def _likeness(obj: SceneObject, other: SceneObject) -> float:
    """Which of several objects of one noun is meant: by colour, number, place, and by what fixes it."""
    return (
        2.0 * (obj.colour is not None and other.colour is not None and akin(obj.colour, other.colour))
        + 1.0 * (obj.count.number == other.count.number)
        + 1.0 * (obj.place is not None and obj.place == other.place)
        + 1.5 * (bool(obj.of) and (other.reference is not None or obj.of == other.of))
        + 0.5 * (other.noun.lower() == obj.noun.lower())
    )


def _object_checks(obj: SceneObject, kept: SceneObject | None, case: ProgramCase, vocabulary: Vocabulary) -> Iterator[_Check]:
    name = f"{obj.noun} {obj.of}".strip()
    found = kept is not None
    yield _Check(
        skill="attribute_binding",
        requirement=f"the prompt shows the {obj.noun}",
        passed=found,
        detail="no such thing is in the prompt",
        weight=VITAL,
    )
    if obj.reference is not None or not drawable(obj, vocabulary):
        yield _reference_check(obj, kept, case, name)
    if obj.count.number is not None:
        says = kept.count.number if kept else None
        yield _Check(
            skill="quantity_counting",
            requirement=f"{obj.count.number} × {obj.noun}",
            passed=says == obj.count.number,
            detail=f"the prompt asks for {'no number' if says is None else says}",
        )
    if obj.colour is not None:
        passed = kept is not None and kept.colour is not None and akin(obj.colour, kept.colour)
        detail = f"in the prompt it is {(kept.colour if kept else None) or 'of no colour'}"
        yield _Check(skill="attribute_binding", requirement=f"the {obj.noun} is {obj.colour}", passed=passed, detail=detail)
    if obj.place is not None:
        yield _place_check(obj.place, kept.place if kept else None, f"the {obj.noun}", "spatial_layout")
    if obj.arrangement is not None and obj.count.number != 1:
        passed = kept is not None and kept.arrangement is obj.arrangement
        yield _Check(
            skill="spatial_layout",
            requirement=f"{obj.noun} in a {obj.arrangement.value}",
            passed=passed,
            detail="the prompt does not arrange them so",
        )


def _place_check(wanted: Place, given: Place | None, name: str, skill: str) -> _Check:
    return _Check(
        skill=skill,
        requirement=f"{name} at the {wanted.value}",
        passed=given is wanted,
        detail=f"the prompt puts it {'nowhere' if given is None else 'at the ' + given.value}",
    )


def _reference_check(obj: SceneObject, kept: SceneObject | None, case: ProgramCase, name: str) -> _Check:
    """What is no everyday object needs a reference whose title fits."""
    ordinal = kept.reference if kept else None
    detail = "no reference shows it"
    passed = False
    if ordinal is not None and 1 <= ordinal <= len(case.references):
        picture = case.references[ordinal - 1]
        passed = picture.source == "request" or _fits(obj, picture, case)
        detail = f'the reference is titled "{picture.title[:80]}"'
    elif ordinal is not None:
        detail = f"the prompt names reference {ordinal}, but {len(case.references)} are selected"
    return _Check(
        skill="attribute_binding",
        requirement=f"a reference shows {name}",
        passed=passed,
        detail=detail,
        weight=VITAL,
        dimension=Dimension.VISUAL_CORRECTNESS,
    )


def _fits(obj: SceneObject, picture: Picture, case: ProgramCase) -> bool:
    """The title has the name that the request gives; or, for a description, a fact joins the title's name to it."""
    title = _words(picture.title)
    wanted = _words(obj.of) or _words(obj.noun)
    named = title - _words(obj.noun) - _PICTURE_WORDS
    if not obj.of:
        return bool(wanted & title)
    if wanted & named or (_words(obj.noun) & title and wanted <= title):
        return True
    clues = _clues(obj.of)
    return any(
        named & words and (not clues or clues & words)
        for words in (_words(f"{fact.title} {fact.snippet}") for fact in case.facts)
    )


_PICTURE_WORDS = frozenset(("flag", "flags", "image", "picture", "photo", "logo", "map", "emblem", "icon"))
_SMALL = frozenset(
    (
        *("the", "a", "an", "of", "in", "on", "at", "to", "for", "with", "and", "or", "by", "from", "its"),
        *("whose", "which", "that", "is", "was", "are", "has", "have"),
    )
)


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W_]+", text.casefold()) if word not in _SMALL}


def _clues(description: str) -> set[str]:
    """The names in a description: its capitalised words."""
    return {word.casefold() for word in re.findall(r"\b[^\W\d_a-z][^\W_]+", description)}


def _relation_checks(
    obj: SceneObject,
    kept: SceneObject | None,
    asked: Scene,
    told: Scene,
    pairs: Sequence[tuple[SceneObject, SceneObject | None]],
) -> Iterator[_Check]:
    partner = {one.key: other for one, other in pairs}
    nouns = {other.key: other.noun for other in asked.objects}
    for relation in obj.relations:
        targets = [partner[key] for key in relation.targets if partner.get(key) is not None]
        if len(targets) < len(set(relation.targets) & set(nouns)) or not targets:
            passed = False
        else:
            passed = kept is not None and _keeps(kept, relation.direction, [t for t in targets if t is not None])
        yield _Check(
            skill="spatial_layout",
            requirement=f"{obj.noun} {relation.direction.value} {' and '.join(nouns.get(k, k) for k in relation.targets)}",
            passed=passed,
            detail="the prompt does not say so",
        )


def _keeps(kept: SceneObject, direction: Direction, targets: Sequence[SceneObject]) -> bool:
    keys = {target.key for target in targets}
    if any(relation.direction is direction and keys & set(relation.targets) for relation in kept.relations):
        return True
    inverse = _INVERSE.get(direction)
    back = (relation for target in targets for relation in target.relations if kept.key in relation.targets)
    if any(relation.direction is inverse for relation in back):
        return True
    return all(target.place and kept.place and _implied(kept.place, direction, target.place) for target in targets)


def _implied(one: Place, direction: Direction, other: Place) -> bool:
    """Two places that amount to the relation: "at the left" and "at the right" is left of."""
    (x, y), (u, v) = _cell(one), _cell(other)
    return {
        Direction.LEFT_OF: x < u,
        Direction.RIGHT_OF: x > u,
        Direction.ABOVE: y < v,
        Direction.BELOW: y > v,
        Direction.NEXT_TO: y == v and abs(x - u) == 1,
    }.get(direction, False)


def _cell(place: Place) -> tuple[int, int]:
    words = place.value.split()
    return {"left": 0, "right": 2}.get(words[-1], 1), {"top": 0, "bottom": 2}.get(words[0], 1)


def _text_checks(text: TextElement, told: Scene, case: ProgramCase) -> Iterator[_Check]:
    quoted = [other for other in told.texts if other.quoted and other.content]
    kept: TextElement | None
    if text.content:
        requirement = f'the text "{text.content}" is quoted exactly'
        kept = next((other for other in quoted if other.content == text.content), None)
        detail = "the prompt does not quote it so"
    else:
        requirement = f"“{text.describes}” became a quoted text"
        resolved = [other for other in quoted if _grounded(other.content, case)]
        kept = next((other for other in resolved if other.role is text.role), resolved[0] if resolved else None)
        detail = "no quoted text comes from the request or the facts" if quoted else "the prompt quotes no text"
    yield _Check(
        skill="text_rendering",
        requirement=requirement,
        passed=kept is not None,
        detail=detail,
        weight=VITAL,
        dimension=Dimension.TEXT_ACCURACY,
    )
    if text.place is not None:
        yield _place_check(text.place, kept.place if kept else None, "the text", "text_rendering")
    if text.colour is not None:
        passed = kept is not None and kept.colour is not None and akin(text.colour, kept.colour)
        yield _Check(skill="attribute_binding", requirement=f"the text is {text.colour}", passed=passed, detail="it is not")


def _grounded(content: str, case: ProgramCase) -> bool:
    """Whether the words of a text were found somewhere, not made up. Without any fact there is nothing to hold it against."""
    if not case.facts:
        return True
    known = set().union(*(_words(f"{fact.title} {fact.snippet}") for fact in case.facts), _words(case.request))
    known |= {word for picture in case.references for word in _words(picture.title)}
    return _words(content) <= known


def _whole_checks(asked: Scene, told: Scene) -> Iterator[_Check]:
    if asked.style is not None:
        yield _Check(
            skill="creative_drawing",
            requirement=f"the style {asked.style.value}",
            passed=told.style is asked.style,
            detail=f"the prompt's style is {told.style.value if told.style else 'none'}",
        )
    if asked.background is not None:
        same = told.background == asked.background or bool(told.background and akin(asked.background, told.background))
        detail = f"the prompt's background is {told.background or 'none'}"
        yield _Check(skill="aesthetic_drawing", requirement=f"the background {asked.background}", passed=same, detail=detail)


def _binding_checks(case: ProgramCase) -> Iterator[_Check]:
    """The named rules of a valid program, of which those on references matter here."""
    ids = sorted({selection.img_id for selection in case.program.references})
    broken: tuple[Fault, ...] = faults(case.program, known_ids=ids, max_references=len(ids))
    yield _Check(
        skill="attribute_binding",
        requirement="every reference is bound by its ordinal",
        passed=not broken,
        detail="; ".join(fault.detail for fault in broken)[:400],
    )


def _open_checks(told: Scene) -> Iterator[_Check]:
    """One check for every way of leaving something open: the generator goes wrong exactly there."""
    for kind, requirement in _CLOSED.items():
        left = [open_.words or open_.key for open_ in told.ambiguities if open_.kind is kind]
        yield _Check(
            skill=SKILL_OF[kind],
            requirement=requirement,
            passed=not left,
            detail="left open: " + "; ".join(words[:60] for words in left[:4]),
            weight=PLAIN * len(left) if left else CLOSED,
        )
