"""What a policy reads."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One chat message. ``images`` are digests of stored pictures shown after the text."""

    role: Role
    text: str
    images: tuple[str, ...] = ()
