"""One reply of a policy and what it was shown in return."""

from dataclasses import dataclass, field

from genevolve.core.event import Action, Observation, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """``observation`` is None where the reply ended the conversation."""

    text: str
    action: Action
    usage: Usage = field(default_factory=Usage)
    observation: Observation | None = None
