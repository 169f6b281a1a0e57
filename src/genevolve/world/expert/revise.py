"""What failed in the picture said otherwise. Each further try goes one step further; no program is written twice.

First what failed is said before everything else, and exactly; then in other words, larger, in another arrangement, from
another picture, and without what was only passed on. Words that were not understood lead to no new picture.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial

from genevolve.core.claim import Arrangement
from genevolve.core.event import SKILLS
from genevolve.core.ledger import Fate
from genevolve.core.score import Diagnostic
from genevolve.world.expert.program import DraftProgram, drafted
from genevolve.world.expert.references import ACCEPTED, fit
from genevolve.world.expert.research import Find, Research
from genevolve.world.expert.transcript import Transcript
from genevolve.world.expert.words import tokens
from genevolve.world.language.inventory import lookup
from genevolve.world.language.model import Count, Scene, SceneObject, Size, TextElement
from genevolve.world.language.surface_text import SETTING, Emphasis

_MOST_TRIES = 3
_UNSEEN = "not recognised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """What of a scene failed: objects and texts by key, and those objects that were not seen at all."""

    keys: frozenset[str]
    unseen: frozenset[str]
    extra: bool  # there is something that nobody asked for


def complaints(transcript: Transcript) -> tuple[Diagnostic, ...]:
    """What failed in the best picture so far."""
    if not transcript.reviews:
        return ()
    return transcript.reviews[min(transcript.reviews[-1].best, len(transcript.reviews)) - 1].failed


def failed_skills(transcript: Transcript) -> tuple[str, ...]:
    """The skills that would have prevented what failed, as far as they are ours."""
    return tuple(dict.fromkeys(found.skill for found in complaints(transcript) if found.skill in SKILLS))


def redraft(findings: Research, transcript: Transcript, skills: Collection[str]) -> DraftProgram | None:
    """Another program than those before, or None where there is no other way to say it."""
    failing = _failing(findings.scene, complaints(transcript))
    ever = _failing(findings.scene, [found for review in transcript.reviews for found in review.failed])
    if not (failing.keys or failing.extra or transcript.reviews[-1].refused):
        return None
    for tries in range(len(transcript.reviews), _MOST_TRIES + 1):
        anew = failing.keys if tries > 1 else frozenset[str]()
        emphasis = Emphasis(first=failing.keys | ever.keys, anew=anew, terse=tries > 1)
        changed = replace(findings, finds=_other_pictures(findings, failing, transcript)) if tries > 1 else findings
        written = drafted(changed, transcript, skills, partial(_moved, failing=failing, tries=tries), emphasis)
        if written is not None:
            return written
    return None


def _failing(scene: Scene, failed: Collection[Diagnostic]) -> Failing:
    named = [(found, tuple(_named(scene, found.requirement))) for found in failed if not _lost(found)]
    return Failing(
        keys=frozenset(key for _, keys in named for key in keys) | _of_setting(failed),
        unseen=frozenset(key for found, keys in named if _UNSEEN in found.detail for key in keys),
        extra=any(found.requirement.startswith("nothing else") for found in failed),
    )


def _lost(found: Diagnostic) -> bool:
    """It is about words of the request that came to nothing here: no other program would show them."""
    return found.detail.startswith((Fate.NOT_UNDERSTOOD, Fate.NOT_POSSIBLE))


def _of_setting(failed: Collection[Diagnostic]) -> frozenset[str]:
    """Light, background and style have failed."""
    wanted = any(found.skill in ("aesthetic_drawing", "creative_drawing") and not _lost(found) for found in failed)
    return frozenset({SETTING}) if wanted else frozenset()


def _named(scene: Scene, requirement: str) -> Iterator[str]:
    """The objects and texts that ``requirement`` names."""
    said = set(tokens(requirement))
    for obj in scene.objects:
        if set(tokens(obj.noun)) & said or (obj.of and set(tokens(obj.of)) <= said):
            yield obj.key
    for text in scene.texts:
        if text.content and text.content.casefold() in requirement.casefold():
            yield text.key


def _other_pictures(findings: Research, failing: Failing, transcript: Transcript) -> tuple[Find, ...]:
    """``findings.finds`` where what was not seen is copied from another picture, if one fits."""
    used = {chosen.img_id for answer in transcript.answers for chosen in answer.program.references}

    def other(find: Find) -> Find:
        if find.obj.key not in failing.unseen or find.choice is None or find.wish is None:
            return find
        fits = [(fit(shown.picture.title, find.wish), shown) for shown in transcript.pictures if shown.img_id not in used]
        agreement, shown = max(fits, key=lambda pair: pair[0], default=(0.0, find.choice.shown))
        return replace(find, choice=replace(find.choice, shown=shown, fit=agreement)) if agreement >= ACCEPTED else find

    return tuple(map(other, findings.finds))


# ---- moves ------------------------------------------------------------------------------------------------------------


def _moved(scene: Scene, *, failing: Failing, tries: int) -> Scene:
    """Numbers and words said so that they cannot be taken loosely; from the second try on larger, or arranged otherwise."""
    objects, texts = scene.objects, scene.texts
    for change, again in ((_exact, _quoted), (_larger, _large))[:tries]:
        objects = tuple(change(obj, scene) if obj.key in failing.keys else obj for obj in objects)
        texts = tuple(again(text) if text.key in failing.keys else text for text in texts)
    return replace(scene, objects=objects, texts=texts, nothing_else=scene.nothing_else or failing.extra)


def _exact(obj: SceneObject, scene: Scene) -> SceneObject:
    """Of what nobody has a picture the kind: a stand-in for "barn owl" may be an owl."""
    kind = obj.noun.split()[-1]
    if obj.reference is None and lookup(obj.noun, scene.vocabulary) is None and lookup(kind, scene.vocabulary) is not None:
        obj = replace(obj, noun=kind)
    count = obj.count if obj.count.number is None else Count(number=obj.count.number, exact=True)
    return replace(obj, count=count, colour_shared=False)


def _larger(obj: SceneObject, scene: Scene) -> SceneObject:
    number = obj.count.number or 1
    if number == 1:
        return replace(obj, size=obj.size or Size.LARGE)
    if number > 3 and obj.arrangement in (None, Arrangement.ROW):
        return replace(obj, arrangement=Arrangement.GRID, columns=None)
    return replace(obj, arrangement=obj.arrangement or Arrangement.ROW)


def _quoted(text: TextElement) -> TextElement:
    return replace(text, quoted=bool(text.content), bold=True if text.bold is None else text.bold)


def _large(text: TextElement) -> TextElement:
    return replace(text, large=True if text.large is None else text.large)
