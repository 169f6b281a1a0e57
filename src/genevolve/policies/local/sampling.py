"""From logits to a token: temperature and top-p, one stream of random numbers for each reply."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_SHORTLIST = 128  # tokens that are sorted first; nearly always they hold all of the top-p mass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """``temperature`` 0 takes the likeliest token. ``max_tokens`` of one reply. ``seed`` of its random numbers."""

    temperature: float = 0.6
    top_p: float = 0.9
    max_tokens: int = 512
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """``logprob`` is of the whole distribution at the sampling temperature (1 where that is 0), before top-p cuts it."""

    token: int
    logprob: float


def draw(logits: "torch.Tensor", sampling: Sampling, random: Random) -> Drawn:
    """One token from ``logits`` (vocabulary,). Raises ``FloatingPointError`` when they are not finite."""
    return draw_rows(logits[None], [(sampling, random)])[0]


def draw_rows(logits: "torch.Tensor", rows: Sequence[tuple[Sampling, Random]]) -> list[Drawn]:
    """A token for each of ``rows`` from its line of ``logits`` (rows, vocabulary), with random numbers of its own.

    Raises ``FloatingPointError`` when a line is not finite.
    """
    import torch

    def column(values: Sequence[float]) -> "torch.Tensor":
        return torch.tensor(values, device=logits.device)[:, None]

    scaled = logits.float() / column([sampling.temperature or 1.0 for sampling, _ in rows])
    totals = scaled.logsumexp(-1, keepdim=True)
    tokens = torch.empty((len(rows), 1), dtype=torch.long, device=logits.device)
    for way in dict.fromkeys(_way(sampling) for sampling, _ in rows):
        own = [number for number, (sampling, _) in enumerate(rows) if _way(sampling) is way]
        chances = column([rows[number][1].random() for number in own]) if way is not _likeliest else None
        mine = (scaled, totals) if len(own) == len(rows) else (scaled[own], totals[own])
        tokens[own] = way(*mine, column([rows[number][0].top_p for number in own]), chances)
    found = torch.cat([tokens.double(), (scaled.gather(-1, tokens) - totals).double(), totals.double()], -1).tolist()
    if not all(isfinite(total) for *_, total in found):
        raise FloatingPointError("the model's logits are not finite")
    return [Drawn(token=int(token), logprob=logprob) for token, logprob, _ in found]


def _way(sampling: Sampling) -> Callable[..., "torch.Tensor"]:
    if sampling.temperature == 0:
        return _likeliest
    return _anywhere if sampling.top_p >= 1 else _nucleus


def _likeliest(scaled: "torch.Tensor", *_: Any) -> "torch.Tensor":
    return scaled.argmax(-1, keepdim=True)


def _anywhere(scaled: "torch.Tensor", totals: "torch.Tensor", _: Any, chances: "torch.Tensor") -> "torch.Tensor":
    """The tokens at ``chances`` (rows, 1) of the whole distribution."""
    import torch

    mass = (scaled - totals).exp().cumsum(-1)
    return torch.searchsorted(mass, chances * mass[:, -1:]).clamp_(max=mass.shape[-1] - 1)


def _nucleus(scaled: "torch.Tensor", totals: "torch.Tensor", top_p: "torch.Tensor", chances: "torch.Tensor") -> "torch.Tensor":
    """The tokens at ``chances`` of the smallest sets of likeliest tokens that hold ``top_p`` (rows, 1) of the mass."""
    import torch

    count = min(_SHORTLIST, scaled.shape[-1])
    best, tokens = scaled.topk(count, dim=-1)
    mass = (best - totals).exp().cumsum(-1)
    if count < scaled.shape[-1] and bool((mass[:, -1:] < top_p).any()):
        best, tokens = scaled.sort(dim=-1, descending=True)
        mass = (best - totals).exp().cumsum(-1)
    last = (mass < top_p).sum(-1, keepdim=True).clamp_(max=mass.shape[-1] - 1)
    places = torch.searchsorted(mass, chances * mass.gather(-1, last))
    return tokens.gather(-1, torch.minimum(places, last))
