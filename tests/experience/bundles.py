"""Trajectories made by hand for tests of experience: a request about a flag and lettering, and ways to go wrong with it."""

from collections.abc import Sequence
from typing import Any

from genevolve.core.episode import Episode, Limits, step
from genevolve.core.event import Event, ImageScored, QueryHits, Replied, Returned, TextHit
from genevolve.core.picture import Picture
from genevolve.core.replay import replay
from genevolve.core.request import Request
from genevolve.core.score import Diagnostic, Dimension, Score
from genevolve.experience.bundle import Bullet, Bundle, Guidance, RetrievalKey
from genevolve.experience.pairing import Pair
from genevolve.protocol.parse import parse
from genevolve.tools.image_search import image_result, image_search_call
from genevolve.tools.search import search_call, search_result
from genevolve.tools.skills import skill_call, skill_result
from genevolve.tools.standard import STANDARD

REQUEST = (
    'The flag of the country whose capital is Oslo with exactly four camels in a row under it and the title "VISIT NORWAY".'
)
PROMPT = (
    "The flag of Norway, copied from the first reference image, is in the center of the image. Exactly four camels with "
    "complete and undistorted bodies are arranged in one row at the bottom of the image and stand on the ground with soft "
    'contact shadows. The title "VISIT NORWAY" is written in large bold black letters at the top of the image. '
    "The background is plain lavender. Soft daylight falls from the upper left."
)
OFFERED = ("Flag of Norway", "Flag of Australia", "Flag of Iceland")


def search(*queries: str, title: str = "Norway") -> list[Event]:
    hit = TextHit(title=title, url="u", snippet=f"The capital of {title} is Oslo.") if title else None
    results = tuple(QueryHits(query=query, hits=(hit,) if hit else ()) for query in queries)
    call = search_call(queries=queries)
    return [Replied(text="…", action=call), Returned(result=search_result(results=results))]


def images(query: str, titles: Sequence[str] = OFFERED) -> list[Event]:
    pictures = tuple(Picture(title=title, digest=f"{place:064d}", source="test") for place, title in enumerate(titles))
    call = image_search_call(query=query)
    return [Replied(text="…", action=call), Returned(result=image_result(query=query, pictures=pictures))]


def skill(name: str) -> list[Event]:
    return [
        Replied(text="…", action=skill_call(skill_name=name)),
        Returned(result=skill_result(skill_name=name, text="Do it.")),
    ]


def answer(prompt: str = PROMPT, references: Sequence[str] = ("IMG_001",), note: str = "copy its colours") -> list[Event]:
    import json

    chosen = [{"img_id": name, "note": note} for name in references]
    text = f"<answer>{json.dumps({'gen_prompt': prompt, 'reference_images': chosen})}</answer>"
    return [Replied(text=text, action=parse(text, STANDARD))]


def reply(text: str) -> list[Event]:
    return [Replied(text=text, action=parse(text, STANDARD))]


def diagnostic(skill: str, requirement: str, passed: bool, dimension: Dimension = Dimension.FAITHFULNESS) -> Diagnostic:
    return Diagnostic(skill=skill, dimension=dimension, requirement=requirement, passed=passed)


IDENTITY = ("attribute_binding", "the flag is recognisable", Dimension.VISUAL_CORRECTNESS)
COUNT = ("quantity_counting", "exactly 4 camels", Dimension.FAITHFULNESS)
TEXT = ("text_rendering", 'the text "VISIT NORWAY"', Dimension.TEXT_ACCURACY)
PLACE = ("spatial_layout", "the camels in a row", Dimension.FAITHFULNESS)
LIGHT = ("aesthetic_drawing", "the picture has light", Dimension.AESTHETICS)
BODY = ("anatomy_body_coherence", "the camels are whole", Dimension.FAITHFULNESS)
MATERIAL = ("physical_material_consistency", "the camels stand on something", Dimension.FAITHFULNESS)
STYLE = ("creative_drawing", "the style is everywhere", Dimension.FAITHFULNESS)
ALL = (IDENTITY, COUNT, TEXT, PLACE, LIGHT, BODY, MATERIAL, STYLE)


def scored(*failed: tuple[str, str, Dimension]) -> Score:
    found = tuple(Diagnostic(skill=each[0], requirement=each[1], dimension=each[2], passed=each not in failed) for each in ALL)
    level = 0.5 if failed else 1.0
    return Score(
        faithfulness=level, visual_correctness=level, text_accuracy=level, aesthetics=level, judge="test", diagnostics=found
    )


def attempt(
    *parts: Sequence[Event], failed: Sequence[tuple[str, str, Dimension]] = (), request: str = REQUEST, **limits: Any
) -> Episode:
    events = [event for part in parts for event in part]
    episode = replay(Request(id="r", text=request), Limits(**limits), STANDARD, events)
    return step(episode, ImageScored(result=scored(*failed))) if episode.program is not None else episode


def good(request: str = REQUEST, prompt: str = PROMPT) -> Episode:
    return attempt(
        search("country whose capital is Oslo"),
        images("flag of Norway"),
        skill("text_rendering"),
        answer(prompt),
        request=request,
    )


def pair(best: Episode, worst: Episode, gap: float = 0.5) -> Pair:
    return Pair(group=0, best=best, worst=worst, best_index=0, worst_index=1, best_reward=0.9, worst_reward=0.9 - gap)


def bundle(mark: str = "title", **changes: Any) -> Bundle:
    """A valid bundle; ``mark`` is a general word that tells two of them apart."""
    standard = {
        part: (Bullet(text=f"{lead} the {mark} in one plain sentence of its own, and keep it clear of others.", standard=True),)
        for part, lead in (
            ("recommended_tool_plan", "Plan"),
            ("search_query_guidance", "Search"),
            ("skill_routing_guidance", "Read"),
            ("reference_selection_guidance", "Select"),
            ("prompt_program_guidance", "Describe"),
        )
    }
    guidance = Guidance(
        **{
            "focus": (Bullet(text=f"Settle the {mark} before anything else, because every other decision depends on it."),),
            **standard,
            "failure_guards": (Bullet(text=f"Never answer before the {mark} was compared with the request letter by letter."),),
            **changes,
        }
    )
    key = RetrievalKey(trigger=f"The request asks for a {mark}.", source_prompt_summary=f"A request with a {mark}.")
    return Bundle(retrieval_key=key, decision_guidance=guidance)
