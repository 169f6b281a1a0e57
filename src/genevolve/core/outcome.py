"""How a conversation ended."""

from dataclasses import dataclass
from enum import StrEnum


class Termination(StrEnum):
    """How the conversation ended; the values are those of the public result files."""

    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    MAX_ROUNDS = "max_rounds_reached"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the conversation ended. There is a program exactly when ``termination`` is ``answer``.

    ``stopped``: what ended a revision that the policy had not ended, such as a budget; the program is an earlier one then.
    """

    termination: Termination
    error: str = ""
    retryable: bool = False
    stopped: str = ""
