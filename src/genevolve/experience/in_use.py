"""A memory that stays in use: the policy reads the lesson of the most similar earlier request with every request.

The agent of this project needs none, since lessons went into its weights. This is what they are measured against, and what
helps a policy whose weights cannot be trained.
"""

import sys
from dataclasses import replace

from genevolve.core.message import Message, Role
from genevolve.core.protocols import Policy, PolicyCall, Reply
from genevolve.experience.retrieve import Retriever
from genevolve.experience.teacher_view import MAX_CHARACTERS, teacher_system
from genevolve.protocol.observations import request_of

_KEPT = 4096  # requests whose lesson is remembered, so that it is looked up once in an episode


class RememberingPolicy:
    """``policy`` under the lesson that ``retriever`` finds, of at most ``max_characters``; where it finds none, ``policy``."""

    def __init__(self, policy: Policy, retriever: Retriever, max_characters: int = MAX_CHARACTERS) -> None:
        self._policy = policy
        self._retriever = retriever
        self._max_characters = max_characters
        self._systems: dict[tuple[str, str], str] = {}

    async def reply(self, call: PolicyCall) -> Reply:
        return await self._policy.reply(replace(call, messages=self._taught(call.messages)))

    def _taught(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """``messages``, whose first is the system prompt, with the lesson in it."""
        if not messages or messages[0].role is not Role.SYSTEM:
            return messages
        asked = next((message.text for message in messages if message.role is Role.USER), "")
        system = self._system(messages[0].text, request_of(asked).text)
        return (replace(messages[0], text=system), *messages[1:])

    def _system(self, system: str, request: str) -> str:
        if (known := self._systems.get((system, request))) is not None:
            return known
        (found,) = self._retriever.find([request], step=sys.maxsize)  # lessons of all steps
        taught = teacher_system(system, found.bundle, max_characters=self._max_characters) if found is not None else system
        if len(self._systems) >= _KEPT:
            self._systems.clear()
        self._systems[(system, request)] = taught
        return taught
