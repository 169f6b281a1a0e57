"""What the better attempt did anyway, as bullets: for slots in which a pair teaches nothing. Each is true of that attempt.

What it left out may have been left out wrongly, so such a bullet says when that is right, never that it was right here.
"""

from collections.abc import Iterator, Sequence

from genevolve.core.event import SKILLS
from genevolve.experience.wording import MAX_WORDS, MIN_WORDS, tokens
from genevolve.world.contrast.traits import Traits
from genevolve.world.language.model import AmbiguityKind

_FILL = ", one thing at a time and in plain words"


def standard_bullet(part: str, best: Traits) -> str:
    """The better attempt's behaviour in ``part``, 12 to 22 words."""
    return {
        "recommended_tool_plan": _plan,
        "search_query_guidance": _queries,
        "skill_routing_guidance": _skills,
        "reference_selection_guidance": _references,
        "prompt_program_guidance": _prompt,
        "failure_guards": _guard,
    }[part](best)


def _plan(best: Traits) -> str:
    order = list(dict.fromkeys(best.calls))
    match order:
        case []:
            return "Answer directly without any call only when the request itself states all that must become visible."
        case ["query_knowledge"]:
            return "Call query_knowledge alone only when the request names every subject and text and needs no pictures."
        case [only]:
            return f"Call {only} alone and then answer only when nothing from the other tools is needed."
    plan = ", then ".join(order)
    return f"Keep the order of the tools: {plan}, and write the answer only when all have returned."


def _queries(best: Traits) -> str:
    if not best.text_queries and not best.image_queries:
        return "Leave searching out only when the request names everyday objects alone and states every text itself."
    longest = max(len(tokens(query)) for query in (*best.text_queries, *best.image_queries))
    if longest > 8:
        return "Search only for what must become visible, and let the query hold the clue of the request."
    if not best.text_queries:
        return "Keep image queries short, with the kind of subject and its name and nothing about layout."
    if not best.image_queries:
        return "Keep text queries short, each with the one clue that fixes what the image must show."
    return "Keep queries short: the deciding clue for facts, the kind and the name of the subject for pictures."


def _skills(best: Traits) -> str:
    read = [skill for skill in SKILLS if skill in best.skills]
    if not read:
        return "Skip query_knowledge only when the prompt can state numbers, places, colours and texts without its guidance."
    if len(read) == 1:
        return f"Read {read[0]} before writing the prompt, and skip the skills that nothing in the request needs."
    named = f"{', '.join(read[:-1])} and {read[-1]}" if len(read) <= 4 else f"{', '.join(read[:4])} and the others needed"
    return f"Read {named} before writing the prompt, and follow their advice in its sentences."


def _references(best: Traits) -> str:
    count = len(best.references)
    if count == 0:
        return "Leave the list of references empty only when words alone describe every object of the request well."
    if all(chosen.rank is None for chosen in best.references):
        return "Use the pictures that come with the request as references, bound by their ordinal phrases in order."
    if count > 1:
        return "Select one fitting picture for each specific subject, and bind each by its ordinal phrase in order."
    return "Select the single picture whose title fits the wanted subject, and bind it by its ordinal phrase."


def _prompt(best: Traits) -> str:
    """The features that the prompt has, as many as there is room for."""
    said = list(_features(best))
    if not said:
        return "Describe the whole image in complete sentences, and leave nothing of the request out of them."
    while len(said) > 1:
        text = _sentence(said)
        if len(tokens(text)) <= MAX_WORDS:
            return text
        said.pop()
    text = _sentence(said)
    return text if len(tokens(text)) >= MIN_WORDS else text.removesuffix(".") + f"{_FILL}."


def _sentence(said: Sequence[str]) -> str:
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return f"Keep stating {listed} in complete sentences of the prompt."


def _features(best: Traits) -> Iterator[str]:
    scene, ambiguities = best.scene, best.ambiguities
    if any(thing.count.number not in (None, 1) for thing in scene.objects) and not ambiguities.get(AmbiguityKind.VAGUE_COUNT):
        yield "exact numbers"
    if scene.texts and not ambiguities.get(AmbiguityKind.UNQUOTED_TEXT):
        yield "quoted texts"
    if any(thing.place for thing in scene.objects) and not ambiguities.get(AmbiguityKind.UNPLACED_OBJECT):
        yield "a place for each object"
    if any(thing.colour for thing in scene.objects) and not ambiguities.get(AmbiguityKind.SHARED_COLOUR):
        yield "colours beside their nouns"
    if scene.style is not None and scene.style_thorough:
        yield "the style of the whole image"
    if scene.background is not None:
        yield "the background"
    if scene.light is not None:
        yield "the light"


def _guard(best: Traits) -> str:
    if best.mistakes:
        return "Fix a rejected answer exactly where its message points, and leave everything else of it unchanged."
    if best.references:
        return "Never answer before the prompt, the selected references and their ordinal phrases agree with each other."
    return "Never answer before each object and each text of the request has been found again in the prompt."
