"""In which respects the better of two attempts did better, and whether that explains what the worse one got wrong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from genevolve.core.request import Request
from genevolve.core.score import Diagnostic, Dimension
from genevolve.experience.bundle import SLOT_OF, Slot
from genevolve.experience.wording import tokens
from genevolve.world.contrast.traits import ChosenReference, Traits, content
from genevolve.world.language.ambiguities import drawable
from genevolve.world.language.model import AmbiguityKind, Scene
from genevolve.world.quirks.profile import QUIRKS, kept_rules

_LONG_QUERY = 8  # words from which an image query is a pasted request
_FAULTS = {
    "malformed": "fault_malformed",
    "unknown_reference": "fault_reference",
    "duplicate_reference": "fault_reference",
    "unsorted_references": "fault_reference",
    "too_many_references": "fault_reference",
    "missing_ordinal": "fault_ordinal",
    "dangling_ordinal": "fault_ordinal",
    "ordinal_order": "fault_ordinal",
    "leaked_id": "fault_leak",
    "leaked_url": "fault_leak",
    "leaked_path": "fault_leak",
    "empty_prompt": "fault_prompt",
    "underspecified_prompt": "fault_prompt",
}
_SAID_ALREADY = {  # a requirement that is lost because it was left open
    "kept_texts": ("open_unquoted_text",),
    "kept_counts": ("open_vague_count",),
    "kept_places": ("open_unplaced_thing",),
    "kept_text_places": ("open_unplaced_text",),
    "extra_things": ("open_unquoted_text",),
    "kept_backdrop": ("open_no_backdrop",),
}
_ABOUT_SKILL: Mapping[str, tuple[str, ...]] = {
    "spatial_layout": ("place",),
    "aesthetic_drawing": ("beauty",),
    "text_rendering": ("text",),
    "creative_drawing": ("style",),
    "anatomy_body_coherence": ("body",),
    "attribute_binding": ("colour", "presence"),
    "physical_material_consistency": ("material",),
    "quantity_counting": ("count",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A respect in which attempts can differ, with the sentences for it. ``about`` are kinds of requirements it can explain.

    ``needs`` is what a request must need for it to explain anything.
    """

    name: str
    part: str
    about: tuple[str, ...]
    guard: str
    advice: str = ""
    needs: Literal["", "facts", "pictures"] = ""

    @property
    def slot(self) -> Slot:
        return SLOT_OF[self.part]


@cache
def lessons() -> Mapping[str, Lesson]:
    raw = {name: entry for name, entry in _raw().items() if name != "focus"}
    return {name: Lesson(name=name, **{**entry, "about": tuple(entry["about"])}) for name, entry in raw.items()}


@cache
def focuses() -> Mapping[str, str]:
    """What to mind above all, by kind of requirement."""
    found: Mapping[str, str] = _raw()["focus"]
    return found


@cache
def _raw() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(files(__package__).joinpath("lessons.toml").read_text(encoding="utf-8"))


def needs_of(request: Request, asked: Scene) -> frozenset[str]:
    """What must be sought for a request, whose scene is ``asked``.

    "facts" where something is only described or is no everyday object, "pictures" where that is a thing, or where the request
    brings pictures of its own.
    """
    things = any(not drawable(thing) for thing in asked.objects)
    found = {
        "pictures": things or bool(request.references),
        "facts": things or any(text.describes for text in asked.texts),
    }
    return frozenset(name for name, needed in found.items() if needed)


def failed_only_by_worse(best: Traits, worst: Traits, needs: frozenset[str]) -> frozenset[str]:
    """The kinds of requirements of which the worse attempt failed one that the better one met or was not measured on.

    An everyday object that was not recognised is missing; no reference would have made out which one is meant.
    """
    failing = {(found.skill, found.requirement) for found in best.diagnostics if not found.passed}
    return failed_kinds((one for one in worst.diagnostics if (one.skill, one.requirement) not in failing), needs)


def failed_kinds(diagnostics: Iterable[Diagnostic], needs: frozenset[str] = frozenset()) -> frozenset[str]:
    """The kinds of requirements that failed, as ``about`` of a lesson names them."""
    kinds: set[str] = set()
    for found in diagnostics:
        if not found.passed:
            kinds |= set(_ABOUT_SKILL.get(found.skill, ()))
            if found.dimension is Dimension.VISUAL_CORRECTNESS:
                kinds.add("identity" if "pictures" in needs else "presence")
            if found.dimension is Dimension.TEXT_ACCURACY:
                kinds.add("text")
    return frozenset(kinds)


def differing(best: Traits, worst: Traits) -> tuple[Lesson, ...]:
    """Every respect in which ``best`` did something that ``worst`` did not, or avoided something that it did."""
    names = dict.fromkeys(_names(best, worst))
    return tuple(lessons()[name] for name in names if not any(other in names for other in _SAID_ALREADY.get(name, ())))


def applying(found: tuple[Lesson, ...], needs: frozenset[str]) -> tuple[Lesson, ...]:
    """Those that a request with these ``needs`` can be taught."""
    return tuple(lesson for lesson in found if not lesson.needs or lesson.needs in needs)


def explaining(found: tuple[Lesson, ...], failed: frozenset[str]) -> tuple[Lesson, ...]:
    """Those that can explain a failed requirement, most of them first. Where nothing was measured, all can.

    Broken rules need no requirement to explain: they are failures themselves.
    """
    if not failed:
        return found
    helpful = [lesson for lesson in found if set(lesson.about) & (failed | {"protocol"})]
    return tuple(sorted(helpful, key=lambda lesson: lesson.about[0] not in failed))


def quirks(best: Traits, worst: Traits) -> tuple[Lesson, ...]:
    """Rules of a generator with quirks (docs/quirks.md) that the better prompt keeps and the worse one breaks."""
    if not best.prompt or not worst.prompt:
        return ()
    kept = kept_rules(best.prompt) - kept_rules(worst.prompt)
    rules = [(name, option, QUIRKS[name].options[option]) for name, option in sorted(kept)]
    return tuple(
        Lesson(
            name=f"quirk_{name}_{option}",
            part="prompt_program_guidance",
            about=QUIRKS[name].about,
            advice=rule.advice,
            guard=rule.guard,
        )
        for name, option, rule in rules
    )


def wordings(best: Traits, worst: Traits) -> tuple[Lesson, ...]:
    """For prompts that differ in nothing the reader of scenes sees: what the failed skills alone can tell."""
    if not best.prompt or not worst.prompt or best.prompt == worst.prompt:
        return ()
    failing = {(found.skill, found.requirement) for found in best.diagnostics if not found.passed}
    skills = (f.skill for f in worst.diagnostics if not f.passed and (f.skill, f.requirement) not in failing)
    return tuple(lessons()[name] for skill in dict.fromkeys(skills) if (name := f"worded_{skill}") in lessons())


def _names(best: Traits, worst: Traits) -> Iterator[str]:
    yield from _plan(best, worst)
    yield from _queries(best, worst)
    yield from (f"skill_{name}" for name in best.skills if name not in worst.skills)
    yield from _references(best, worst)
    yield from _prompt(best, worst)
    yield from (_FAULTS[rule] for rule in worst.mistakes if rule in _FAULTS and rule not in best.mistakes)


def _plan(best: Traits, worst: Traits) -> Iterator[str]:
    if best.text_queries and not worst.text_queries:
        yield "plan_search"
    if best.image_queries and not worst.image_queries:
        yield "plan_images"
    if best.text_queries and best.image_queries and worst.text_queries and worst.image_queries:
        first = [next(call for call in traits.calls if call != "query_knowledge") for traits in (best, worst)]
        if first == ["search", "image_search"]:
            yield "plan_order"
    if worst.forced and not best.forced:
        yield "plan_budget"


def _queries(best: Traits, worst: Traits) -> Iterator[str]:
    if worst.repeated and not best.repeated:
        yield "query_repeat"
    if worst.unanswered and not worst.recovered and (best.recovered or not best.unanswered):
        yield "query_retry"
    if (
        best.text_queries
        and worst.text_queries
        and content(" ".join(best.text_queries)) != content(" ".join(worst.text_queries))
    ):
        yield "query_split_text" if len(best.text_queries) > len(worst.text_queries) else "query_other_text"
    if best.image_queries and worst.image_queries:
        yield from _image_queries(best, worst)


def _image_queries(best: Traits, worst: Traits) -> Iterator[str]:
    mine, theirs = (content(" ".join(traits.image_queries)) for traits in (best, worst))
    longest, other = (max(len(tokens(query)) for query in traits.image_queries) for traits in (best, worst))
    if mine == theirs:
        return
    if mine & best.learnt and not theirs & (best.learnt | worst.learnt):
        yield "query_name"
    elif other >= _LONG_QUERY and longest < other / 1.5:
        yield "query_short"
    elif len(best.image_queries) > len(worst.image_queries) and theirs < mine:
        yield "query_split_images"
    else:
        yield "query_other_images"


def _references(best: Traits, worst: Traits) -> Iterator[str]:
    mine, theirs = best.references, worst.references
    if len(mine) > len(theirs):
        if _fitting(best):  # a picture that does not fit is no reason for the gap
            yield "reference_more" if theirs else "reference_any"
    elif len(mine) < len(theirs):
        yield "reference_fewer"
    elif [chosen.title for chosen in mine] != [chosen.title for chosen in theirs]:
        yield from _other_choice(best, worst)
    if mine and theirs and all(chosen.note for chosen in mine) and not all(chosen.note for chosen in theirs):
        yield "reference_note"


def _other_choice(best: Traits, worst: Traits) -> Iterator[str]:
    """The same number of pictures, but others: chosen badly from the same offer, bound in another order, or offered others."""
    if sorted(chosen.title for chosen in best.references) == sorted(chosen.title for chosen in worst.references):
        yield "reference_binding"
        return
    passed_over = [chosen for chosen in worst.references if chosen.fit < chosen.best_fit]
    if passed_over and _fitting(best):
        yield _place_of_choice(best, passed_over)
    elif set(best.image_queries) == set(worst.image_queries):
        yield "reference_other"


def _place_of_choice(best: Traits, passed_over: Sequence[ChosenReference]) -> str:
    """What is true of the list: the top was best, the top was taken and not best, or its order said nothing."""
    if all(chosen.rank == 0 for chosen in best.references):
        return "reference_later"
    return "reference_first" if passed_over[0].rank == 0 else "reference_match"


def _fitting(traits: Traits) -> bool:
    """Each chosen picture has a title as fitting as any that was offered with it."""
    return all(chosen.fit == chosen.best_fit for chosen in traits.references)


def _prompt(best: Traits, worst: Traits) -> Iterator[str]:
    if not best.prompt or not worst.prompt:
        return
    for kind in AmbiguityKind:
        if worst.ambiguities.get(kind, 0) and not best.ambiguities.get(kind, 0):
            yield f"open_{kind.value}"
    for what, share in best.kept.items():
        if share > worst.kept[what]:
            yield f"kept_{what}"
    if worst.extra > best.extra:
        yield "extra_things"
    if {noun for noun, _ in best.bound} == {noun for noun, _ in worst.bound} and best.bound != worst.bound:
        yield "reference_binding"
    if len(tokens(worst.prompt)) < 0.5 * len(tokens(best.prompt)):
        yield "short_prompt"
