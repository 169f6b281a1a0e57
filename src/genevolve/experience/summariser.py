"""The role of a summariser: two attempts in, one lesson out."""

from dataclasses import dataclass
from typing import Protocol

from genevolve.experience.bundle import Bundle
from genevolve.experience.pairing import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSummarised:
    """Why a pair gave no bundle. ``retryable``: asking again may help. ``cost`` as the price list counts."""

    reason: str
    retryable: bool = False
    cost: float = 0.0


class Summariser(Protocol):
    """One pair to one bundle, or why there is none. Failures of a service are told as such, never as a bundle."""

    async def summarise(self, pair: Pair) -> Bundle | NotSummarised: ...
