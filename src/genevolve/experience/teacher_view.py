"""What the teacher sees and the student never does: the system prompt with a short decision guide in it."""

import re

from genevolve.experience.bundle import PARTS, Bullet, Bundle, bullets
from genevolve.protocol.escape import one_line

MAX_CHARACTERS = 2400  # of the guide: about 500 tokens, to be kept free in the teacher's context
_SHORTEST = 400
_HEADING = re.compile(
    r"^[ \t]{0,3}#{1,6}[ \t]+(?:available[ \t]+|your[ \t]+)?(?:tools?|functions?)\b[^\n]*$", re.IGNORECASE | re.MULTILINE
)
_TAG = re.compile(r"<tools>", re.IGNORECASE)
_TITLES = {
    "focus": "Focus",
    "recommended_tool_plan": "Tools",
    "search_query_guidance": "Queries",
    "skill_routing_guidance": "Skills",
    "reference_selection_guidance": "References",
    "prompt_program_guidance": "Prompt",
    "failure_guards": "Avoid",
}


def teacher_system(system: str, bundle: Bundle, *, max_characters: int = MAX_CHARACTERS) -> str:
    """``system`` with the guide of ``bundle`` in front of the tool definitions; every other character stays as it is.

    That is before the first heading that is about tools ("# Tools"), else before the paragraph with ``<tools>``, and at
    the end of a prompt that has neither: chat templates add their own tool definitions there.
    """
    shown = guide(bundle, max_characters=max_characters)
    place = _place(system)
    before, after = system[:place], system[place:]
    opening = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
    return f"{before}{opening}{shown}" + (f"\n\n{after}" if after else "")


def _place(system: str) -> int:
    """Where the guide goes: always the start of a line, or the end."""
    if heading := _HEADING.search(system):
        return heading.start()
    if tag := _TAG.search(system):
        blank = [found.end() for found in re.finditer(r"\n[ \t]*\n", system[: tag.start()])]
        return blank[-1] if blank else 0
    return len(system)


def guide(bundle: Bundle, *, max_characters: int = MAX_CHARACTERS) -> str:
    """The guide alone. When it would be too long, standard bullets go first, the last ones before the first ones.

    Everything of the bundle is escaped and on one line, so it can form neither a tag nor a chat-template token nor a
    heading of its own. Raises ``ValueError`` for a limit that holds no guide.
    """
    if max_characters < _SHORTEST:
        raise ValueError(f"max_characters is {max_characters}; a guide needs at least {_SHORTEST}")
    chosen = list(bullets(bundle))
    text = _written(bundle, chosen, max_characters)
    while len(text) > max_characters and len(chosen) > 1:
        standard = [position for position, (_, bullet) in enumerate(chosen) if bullet.standard]
        chosen.pop(standard[-1] if standard else -1)
        text = _written(bundle, chosen, max_characters)
    return text if len(text) <= max_characters else text[: text.rindex("\n", 0, max_characters)]


def _written(bundle: Bundle, chosen: list[tuple[str, Bullet]], limit: int) -> str:
    trigger = one_line(bundle.retrieval_key.trigger)[: limit // 3]
    lines = ["# Decision guide", "Lessons from earlier work on a similar request. Your own request decides; use what fits it."]
    lines.append(f"Applies when: {trigger}")
    for part in PARTS:
        lines += [f"- {_TITLES[part]}: {one_line(bullet.text)}" for at, bullet in chosen if at == part]
    return "\n".join(lines)
