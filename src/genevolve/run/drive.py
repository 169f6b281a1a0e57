"""The one loop that executes an episode's commands: interactive use, batches, data building, benchmarks and rollouts."""

from collections.abc import Callable

from genevolve.core.episode import CallPolicy, CallTool, Done, Episode, command, step
from genevolve.core.event import (
    Boundary,
    Event,
    Failed,
    ImageResults,
    ImageSearchCall,
    QueryHits,
    Replied,
    Returned,
    SearchCall,
    SkillCall,
    SkillText,
    TextResults,
    ToolCall,
)
from genevolve.core.protocols import PolicyCall
from genevolve.protocol.parse import parse
from genevolve.protocol.render import messages
from genevolve.run.components import Components
from genevolve.run.together import all_ended

Record = Callable[[Event], None]


async def drive(episode: Episode, setup: Components, record: Record = lambda event: None) -> Episode:
    """Execute commands until the episode is done. ``record`` is given each event before the next command is executed."""
    while not isinstance(wanted := command(episode), Done):
        event = await _execute(wanted, episode, setup)
        record(event)
        episode = step(episode, event)
    return episode


async def _execute(wanted: CallPolicy | CallTool, episode: Episode, setup: Components) -> Event:
    match wanted:
        case CallPolicy(forced=forced):
            return await _ask(episode, forced, setup)
        case CallTool(call=call):
            return await _use(call, setup)


async def _ask(episode: Episode, forced: bool, setup: Components) -> Event:
    call = PolicyCall(
        episode_id=episode.request.id,
        turn=len(episode.turns),
        forced=forced,
        messages=messages(episode, system=setup.system, detail=setup.detail),
        seed=episode.request.seed,
    )
    reply = await setup.cross(Boundary.POLICY, lambda: setup.policy.reply(call))
    if isinstance(reply, Failed):
        return reply
    return Replied(text=reply.text, action=parse(reply.text), usage=reply.usage)


async def _use(call: ToolCall, setup: Components) -> Event:
    match call:
        case SearchCall():
            return await _search(call, setup)
        case ImageSearchCall(query=query, top_k=top_k):
            pictures = await setup.cross(Boundary.IMAGE_SEARCH, lambda: setup.image_search.search_images(query, top_k))
            if isinstance(pictures, Failed):
                return pictures
            return Returned(result=ImageResults(query=query, pictures=tuple(pictures)[:top_k]))
        case SkillCall(skill_name=name):
            text = await setup.cross(Boundary.SKILLS, lambda: setup.skills.guidance(name))
            return text if isinstance(text, Failed) else Returned(result=SkillText(skill_name=name, text=text))


async def _search(call: SearchCall, setup: Components) -> Event:
    """All queries at once. One that fails is shown as such; the call fails only if all do."""

    async def one(query: str) -> QueryHits | Failed:
        hits = await setup.cross(Boundary.SEARCH, lambda: setup.text_search.search(query, call.top_k))
        return hits if isinstance(hits, Failed) else QueryHits(query=query, hits=tuple(hits)[: call.top_k])

    answers = await all_ended(map(one, call.queries))
    failures = [answer for answer in answers if isinstance(answer, Failed)]
    if len(failures) == len(answers):
        return failures[0]
    results = tuple(
        QueryHits(query=query, error=answer.message) if isinstance(answer, Failed) else answer
        for query, answer in zip(call.queries, answers, strict=True)
    )
    return Returned(result=TextResults(results=results))
