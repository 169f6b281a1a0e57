"""What a trajectory did, as facts that two trajectories can be compared by. Pure: no judge is asked again."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from genevolve.core.episode import Episode
from genevolve.core.event import Malformed, Mistake, Refusal, ToolFailure, ToolResult
from genevolve.core.picture import Picture
from genevolve.core.program import Program
from genevolve.core.round import longest
from genevolve.core.score import Diagnostic
from genevolve.core.tool import Finds
from genevolve.experience.evidence import diagnostics_of, text_hits
from genevolve.experience.wording import tokens
from genevolve.world.language.ambiguities import drawable
from genevolve.world.language.inventory import singular_of
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Ambiguity, AmbiguityKind, Scene
from genevolve.world.language.reader import read

_SMALL = word_set(
    "a an the of in on at to for with and or by from its is are was whose which that image picture photo illustration"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenReference:
    """A selected reference. ``rank`` is its 0-based place among the results of its query; ``fit`` and ``best_fit`` are the
    shares of the query's words that its title and the best title offered there hold. The request's own pictures have no query.
    """

    title: str
    note: str
    rank: int | None = None
    fit: float = 1.0
    best_fit: float = 1.0
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """``calls`` are the executed tools in order. ``learnt`` are words of facts that the request does not hold.

    ``ambiguities`` are those of the scene, of texts and of requested things. ``kept`` says of each kind of requirement which
    share of the request's the prompt holds (1.0 where it asks for none).
    """

    calls: tuple[str, ...]
    text_queries: tuple[str, ...]
    image_queries: tuple[str, ...]
    unanswered: int
    recovered: bool
    repeated: int
    skills: tuple[str, ...]
    forced: bool
    mistakes: tuple[str, ...]
    references: tuple[ChosenReference, ...]
    learnt: frozenset[str]
    prompt: str
    scene: Scene
    ambiguities: Mapping[AmbiguityKind, int]
    kept: Mapping[str, float]
    extra: int
    bound: frozenset[tuple[str, int]]
    diagnostics: tuple[Diagnostic, ...]


def content(text: str) -> frozenset[str]:
    """The words of a text that say what it is about."""
    return frozenset(word.lower() for word in tokens(text)) - _SMALL


def traits_of(trajectory: Episode, asked: Scene) -> Traits:
    """``asked`` is the request as a scene. An episode without a program has the traits of an empty prompt."""
    episode = trajectory
    program = episode.program or Program(prompt="")
    told = read(program.prompt)
    texts, images = _asked(episode, Finds.FACTS), _asked(episode, Finds.PICTURES)
    searches = [*episode.calls(Finds.FACTS), *episode.calls(Finds.PICTURES), *episode.calls(Finds.OTHER)]
    answered = [_answered(turn.observation) for turn in episode.turns if turn.action in searches]
    return Traits(
        calls=tuple(call.name for call in episode.calls()),
        text_queries=texts,
        image_queries=images,
        unanswered=answered.count(False),
        recovered=False in answered and True in answered[answered.index(False) :],
        repeated=_repeats(texts) + _repeats(images),
        skills=episode.skills,
        forced=longest(episode.turns) >= episode.limits.max_turns
        or any(isinstance(t.observation, Refusal) for t in episode.turns),
        mistakes=tuple(_mistakes(trajectory)),
        references=tuple(_chosen(trajectory, program)),
        learnt=_learnt(trajectory),
        prompt=program.prompt,
        scene=told,
        ambiguities=Counter(left.kind for left in told.ambiguities if _concerns(left, told, asked)),
        kept=_kept(asked, told),
        extra=max(0, len(told.objects) - len(asked.objects)) if asked.objects else 0,
        bound=frozenset((thing.noun.lower(), thing.reference) for thing in told.objects if thing.reference is not None),
        diagnostics=diagnostics_of(trajectory),
    )


def _answered(observation: object) -> bool:
    """Whether a search brought anything."""
    match observation:
        case ToolResult(facts=facts, pictures=pictures, text=text):
            return any(found.hits for found in facts) or bool(pictures) or bool(text)
        case ToolFailure():
            return False
    return True


def _asked(episode: Episode, *finds: Finds) -> tuple[str, ...]:
    """What its calls of tools that bring ``finds`` asked for."""
    return tuple(subject for call in episode.calls(*finds) for subject in episode.tools.tool(call.name).subjects(call))


def _repeats(queries: tuple[str, ...]) -> int:
    return len(queries) - len({" ".join(query.lower().split()) for query in queries})


def _mistakes(trajectory: Episode) -> Iterator[str]:
    """Names of the broken rules, and "malformed" for replies that were neither a call nor an answer."""
    for turn in trajectory.turns:
        if isinstance(turn.action, Malformed):
            yield "malformed"
        elif isinstance(turn.observation, Mistake):
            yield from (problem.partition(":")[0] for problem in turn.observation.problems)


def _learnt(trajectory: Episode) -> frozenset[str]:
    """Words of the titles of facts, as far as the request does not say them."""
    titles = (title for title, _ in text_hits(trajectory))
    return frozenset(word for title in titles for word in content(title)) - content(trajectory.request.text)


def _chosen(trajectory: Episode, program: Program) -> Iterator[ChosenReference]:
    episode = trajectory
    shown = [found for found in episode.results() if found.pictures]
    for selection in program.references:
        position = episode.picture_ids.index(selection.img_id)
        picture = episode.pictures[position]
        results = next((r for r in shown if r.first <= position < r.first + len(r.pictures)), None)
        if results is None:
            yield ChosenReference(title=picture.title, note=selection.note)
            continue
        yield ChosenReference(
            title=picture.title,
            note=selection.note,
            rank=position - results.first,
            fit=_fit(picture, results.about),
            best_fit=max(_fit(offered, results.about) for offered in results.pictures),
            query=results.about,
        )


def _fit(picture: Picture, query: str) -> float:
    wanted = content(query)
    return len(wanted & content(picture.title)) / len(wanted) if wanted else 1.0


# ---- what of the request the prompt keeps -----------------------------------------------------------------------------


def _kept(asked: Scene, told: Scene) -> dict[str, float]:
    """The share of each kind of requirement that the prompt holds, whatever its object is called there."""
    things, others = asked.objects, told.objects
    wanted: dict[str, list[Any]] = {
        "counts": [t.count.number for t in things if t.count.number not in (None, 1)],
        "colours": [t.colour for t in things if t.colour],
        "places": [t.place for t in things if t.place],
        "text_places": [t.place for t in asked.texts if t.place],
        "relations": [r.direction for t in things for r in t.relations],
        "arrangements": [t.arrangement for t in things if t.arrangement],
        "texts": [t.content for t in asked.texts if t.quoted],
        "things": [_noun(t.noun) for t in things if drawable(t)],
        "style": [asked.style] if asked.style else [],
        "backdrop": [asked.background] if asked.background else [],
    }
    given: dict[str, list[Any]] = {
        "counts": [t.count.number for t in others],
        "colours": [t.colour for t in others],
        "places": [t.place for t in others],
        "text_places": [t.place for t in told.texts],
        "relations": [r.direction for t in others for r in t.relations],
        "arrangements": [t.arrangement for t in others],
        "texts": [t.content for t in told.texts if t.quoted],
        "things": [_noun(t.noun) for t in others],
        "style": [told.style],
        "backdrop": [told.background],
    }
    return {kind: _share(values, given[kind]) for kind, values in wanted.items()}


def _concerns(left: Ambiguity, told: Scene, asked: Scene) -> bool:
    """Whether something left open is about the scene, a text, or a thing that the request has too.

    Words that should have been quoted are read as things, which then seem to be left open in every way.
    """
    thing = next((thing for thing in told.objects if thing.key == left.key), None)
    named = {_noun(other.noun) for other in asked.objects}
    return thing is None or not named or thing.reference is not None or _noun(thing.noun) in named


def _noun(noun: str) -> str:
    return singular_of(noun.lower()) or noun.lower()


def _share(wanted: list[Any], given: list[Any]) -> float:
    """Each given value stands for one wanted value at most."""
    return sum((Counter(wanted) & Counter(given)).values()) / len(wanted) if wanted else 1.0
