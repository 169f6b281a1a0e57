"""From logits to a token: temperature and top-p, one stream of random numbers for each reply."""

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

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
    import torch

    scaled = logits.float() / (sampling.temperature or 1.0)
    total = torch.logsumexp(scaled, -1)
    if not bool(total.isfinite()):
        raise FloatingPointError("the model's logits are not finite")
    greedy = sampling.temperature == 0
    token = int(scaled.argmax()) if greedy else _nucleus(scaled, total, sampling.top_p, random.random())
    return Drawn(token=token, logprob=float(scaled[token] - total))


def _nucleus(scaled: "torch.Tensor", total: "torch.Tensor", top_p: float, chance: float) -> int:
    """The token at ``chance`` of the smallest set of likeliest tokens that holds ``top_p`` of the mass."""
    import torch

    if top_p >= 1:
        mass = (scaled - total).exp().cumsum(-1)
        place = int(torch.searchsorted(mass, chance * float(mass[-1])))
        return min(place, mass.numel() - 1)
    count = min(_SHORTLIST, scaled.numel())
    best, tokens = scaled.topk(count)
    mass = (best - total).exp().cumsum(-1)
    if float(mass[-1]) < top_p and count < scaled.numel():
        best, tokens = scaled.sort(descending=True)
        mass = (best - total).exp().cumsum(-1)
    kept = min(int((mass < top_p).sum()) + 1, mass.numel())
    place = int(torch.searchsorted(mass[:kept], chance * float(mass[kept - 1])))
    return int(tokens[min(place, kept - 1)])
