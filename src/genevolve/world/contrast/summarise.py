"""The offline summariser: what the better of two attempts did differently, where that explains what the worse got wrong."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from genevolve.core.errors import UsageError
from genevolve.experience.bundle import MAX_BULLETS, SLOT_OF, BadBundle, Bullet, Bundle, Guidance, RetrievalKey, Slot, check
from genevolve.experience.evidence import source_names
from genevolve.experience.pairing import Pair
from genevolve.experience.summariser import NotSummarised
from genevolve.world.contrast.differences import (
    Lesson,
    applying,
    differing,
    explaining,
    failed_only_by_worse,
    focuses,
    needs_of,
    quirks,
    wordings,
)
from genevolve.world.contrast.standard import standard_bullet
from genevolve.world.contrast.traits import Traits, traits_of
from genevolve.world.language.ambiguities import drawable
from genevolve.world.language.model import AmbiguityKind, Scene
from genevolve.world.language.reader import read
from genevolve.world.quirks.misled import misled as told_wrong

_MOST = 2  # lessons in one list


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A pair, compared. ``lessons`` are the differences that explain the gap, the most telling first."""

    best: Traits
    worst: Traits
    asked: Scene
    failed: frozenset[str]
    all: tuple[Lesson, ...]
    lessons: tuple[Lesson, ...]

    @property
    def same(self) -> frozenset[Slot]:
        """The slots in which nothing was done differently. What is to be avoided follows from any other difference."""
        slots = {lesson.slot for lesson in (*self.all, *self.lessons)}
        return frozenset(Slot) - slots - ({Slot.FAILURES} if slots else set())


def difference(pair: Pair, *, quirky: bool = False) -> Difference:
    """``quirky``: also by the wording that a generator with quirks may want."""
    request = pair.best.request
    asked = read(request.text)
    needs = needs_of(request, asked)
    best, worst = traits_of(pair.best, asked), traits_of(pair.worst, asked)
    failed = failed_only_by_worse(best, worst, needs)
    found = (*(quirks(best, worst) if quirky else ()), *differing(best, worst))
    explained = explaining(applying(found, needs), failed) or wordings(best, worst)
    return Difference(best=best, worst=worst, asked=asked, failed=failed, all=found, lessons=explained)


class Contrast:
    """No model: the same pair always gives the same bundle. ``quirks``: it knows which habits generators can have, and so sees
    in two prompts how they differ in what a generator with quirks may want (docs/quirks.md), though not what it wants.
    ``misled``: its lessons tell another option of each habit, for controls that ask whether it matters what a lesson says."""

    def __init__(self, quirks: bool = False, misled: bool = False) -> None:
        if misled and not quirks:
            raise UsageError("contrast: misled = true changes the rules of quirks; set quirks = true, too, or leave it out")
        self._quirks = quirks
        self._misled = misled

    async def summarise(self, pair: Pair) -> Bundle | NotSummarised:
        found = self.compare(pair)
        return told_wrong(found) if self._misled and isinstance(found, Bundle) else found

    def compare(self, pair: Pair) -> Bundle | NotSummarised:
        """Without a difference that explains the failed requirements there is no bundle: chance teaches nothing."""
        found = difference(pair, quirky=self._quirks)
        if not found.lessons:
            what = "in nothing that is seen here" if not found.all else "only in what explains none of the failed requirements"
            return NotSummarised(reason=f"the two attempts differ {what}")
        guidance = Guidance(focus=(Bullet(text=focuses()[_focus(found)]),), **{part: _part(part, found) for part in SLOT_OF})
        bundle = Bundle(retrieval_key=_key(found), decision_guidance=guidance)
        try:
            return check(bundle, names=source_names(pair.best, pair.worst), same=found.same)
        except BadBundle as problem:
            return NotSummarised(reason=f"the bundle is not general: {problem}")


def _focus(found: Difference) -> str:
    about = found.lessons[0].about
    return next((kind for kind in about if kind in found.failed), about[0])


def _part(part: str, found: Difference) -> tuple[Bullet, ...]:
    """Up to two lessons; else what the better attempt did anyway, marked so."""
    if part == "failure_guards":
        texts = [lesson.guard for lesson in _spread(found.lessons)]
    else:
        texts = [lesson.advice for lesson in found.lessons if lesson.part == part]
    most = MAX_BULLETS if part == "failure_guards" else _MOST
    taught = tuple(Bullet(text=text) for text in list(dict.fromkeys(texts))[:most])
    return taught or (Bullet(text=standard_bullet(part, found.best), standard=True),)


def _spread(lessons: Sequence[Lesson]) -> Iterator[Lesson]:
    """The first of each part before the second of any: three guards should not be about one thing."""
    rounds = Counter[str]()
    ranked: list[tuple[int, int, Lesson]] = []
    for lesson in lessons:
        ranked.append((rounds[lesson.part], len(ranked), lesson))
        rounds[lesson.part] += 1
    return (lesson for _, _, lesson in sorted(ranked, key=lambda entry: entry[:2]))


# ---- when the lesson applies ------------------------------------------------------------------------------------------


def _key(found: Difference) -> RetrievalKey:
    features = list(_features(found.asked))
    trigger = f"The request {_joined([verb for verb, _ in features])}." if features else "The request describes a single image."
    nouns = _joined([noun for _, noun in features]) if features else "one image"
    return RetrievalKey(trigger=trigger, source_prompt_summary=f"A request with {nouns}.")


def _features(asked: Scene) -> Iterator[tuple[str, str]]:
    """(what the request does, what it holds), without a name of anything."""
    described = [thing for thing in asked.objects if thing.of]
    if described:
        some = "several subjects" if len(described) > 1 else "a subject"
        yield f"describes {some} that must first be identified", f"{some} given by a description or a name"
    if any(not thing.of and not drawable(thing) for thing in asked.objects):
        yield "names a subject that is no everyday object", "a subject that is no everyday object"
    if asked.texts:
        quoted = all(text.quoted for text in asked.texts)
        plural = len(asked.texts) > 1
        what = ("several " if plural else "a ") + ("quoted " if quoted else "described ") + ("texts" if plural else "text")
        yield f"asks for {what}", what
    if any(thing.count.number is None for thing in asked.objects):
        yield "leaves a number vague", "a vague number"
    if any(thing.count.number not in (None, 1) for thing in asked.objects):
        yield "counts objects", "counted objects"
    if sum(thing.colour is not None for thing in asked.objects) > 1:
        yield "gives objects their own colours", "objects with their own colours"
    if any(thing.relations or thing.arrangement or thing.place for thing in asked.objects):
        yield "fixes positions", "fixed positions"
    if any(thing.living for thing in asked.objects):
        yield "shows a living subject", "a living subject"
    if asked.style is not None:
        yield "wants one style throughout", "one style for everything"
    if any(left.kind is AmbiguityKind.NO_BACKGROUND for left in asked.ambiguities):
        yield "leaves the background open", "an open background"


def _joined(parts: Sequence[str]) -> str:
    chosen = list(parts)[:6]
    return chosen[0] if len(chosen) == 1 else f"{', '.join(chosen[:-1])} and {chosen[-1]}"
