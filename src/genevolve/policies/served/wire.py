"""What every wire format has in common: a prompt of ids and pictures, and a reply whose ids and log-probabilities fit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.stream import Sampled
from genevolve.policies.served.pictures import Patches
from genevolve.policies.served.server import Server, Version

if TYPE_CHECKING:
    import httpx

LIKELIEST = 8  # tokens that a server is asked for to see what its log-probabilities are of


@dataclass(frozen=True, slots=True, kw_only=True)
class IdPrompt:
    """A whole conversation as ids, and the pictures that its placeholders stand for, each with where they begin."""

    ids: tuple[int, ...]
    pictures: tuple[Patches, ...] = ()
    places: tuple[int, ...] = ()


class Wire(Protocol):
    """One kind of server. ``version`` None: the weights that it was started with."""

    def request(
        self, prompt: IdPrompt, sampling: Sampling, stops: Sequence[int], version: Version | None
    ) -> tuple[str, dict[str, Any]]:
        """(path, body) that ask for one reply."""

    def read(self, answer: Mapping[str, Any], server: Server, stops: Sequence[int], version: Version | None) -> Sampled:
        """Raises ``StaleWeights`` for a reply by other weights, ``ServiceError`` for one that cannot be trained on."""

    def lacks(self, response: "httpx.Response") -> bool:
        """Whether the server says that it does not have the weights that were asked for."""

    def asks_likeliest(self, stops: Sequence[int], temperature: float) -> tuple[str, dict[str, Any]]:
        """(path, body) that ask for one token behind ``stops``, and for the ``LIKELIEST`` there."""

    def likeliest(self, answer: Mapping[str, Any]) -> Mapping[str, float]:
        """The likeliest tokens of that answer with their log-probabilities. Raises what a missing part of JSON raises."""

    async def bring(self, server: Server, version: Version) -> None:
        """The server speaks with ``version`` from now on, whatever it had. Raises ``ServiceError``."""

    async def drop(self, server: Server, version: Version) -> None:
        """``version`` is not needed any more. Raises ``ServiceError``."""


def drawn(sampling: Sampling, stops: Sequence[int]) -> dict[str, Any]:
    """How one reply is sampled, with everything that a server could have a default of its own for; but how long it may get,
    for which each kind of server has another name."""
    return {
        "n": 1,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": -1,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "stop_token_ids": list(stops),
        "skip_special_tokens": False,
    }


def reply(server: Server, ids: Any, logprobs: Any, ended: Any, stops: Sequence[int]) -> Sampled:
    """One reply of checked parts. Raises ``ServiceError`` where they cannot be trained on."""
    if ended == "abort":  # weights were changed, or the server is ending
        raise _aborted(server)
    whole = isinstance(ids, list) and ids and all(type(one) is int and one >= 0 for one in ids)
    known = isinstance(logprobs, list) and all(type(one) in (int, float) and math.isfinite(one) for one in logprobs)
    if not whole or not known or len(ids) != len(logprobs):
        raise server.wrong("its ids and log-probabilities are not one finite number for each token")
    if ended not in ("stop", "length") or (ended == "stop" and ids[-1] not in stops):
        raise server.wrong(f"it ended by {ended!r} without a token that ends a turn")
    return Sampled(ids=tuple(ids), logprobs=tuple(map(float, logprobs)), cut=ids[-1] not in stops)


def _aborted(server: Server) -> Exception:
    from genevolve.core.errors import ServiceError

    return ServiceError(f"{server.service.name} broke a reply off ('abort')", retryable=True)
