"""Scoring of rows without padding, in one pass: what their prompts have in common is computed once, forward and backward.

All trajectories of a step share their system prompt, and siblings their request, too: a tree,

    what all prompts begin with ─┬─ rest of prompt 1 ─┬─ completion of row 1
                                 │                    └─ completion of row 2
                                 └─ rest of prompt 2 ─── completion of row 3

each node looks at its ancestors and at itself. The model of ``transformers`` runs unchanged under the attention
implementation ``NAME``; its other layers see all nodes side by side as one sequence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from genevolve.policies.local.ragged import CausalMasks, attending, base_of, supports
from genevolve.train.scoring import CHUNK

NAME = "genevolve_packed"


@dataclass(frozen=True, slots=True)
class Node:
    """``tokens`` from ``start`` in the pass, at positions from ``position`` on, behind the nodes ``above``."""

    start: int
    tokens: int
    position: int
    above: tuple[slice, ...]

    @property
    def own(self) -> slice:
        return slice(self.start, self.start + self.tokens)


class Pack:
    """The tree of some rows. A leaf begins with the last id of its prompt, whose state predicts the first completion id."""

    def __init__(self, prompts: Sequence[Sequence[int]], completions: Sequence[Sequence[int]]) -> None:
        self.ids: list[int] = []
        self.nodes: list[Node] = []
        self.masks = CausalMasks()
        views = [tuple(prompt) for prompt in prompts]
        stems = dict.fromkeys(view[:-1] for view in views)
        common = _common(list(stems))
        root = self._add(next(iter(stems))[:common], ())
        trunks = {stem: self._add(stem[common:], root) for stem in stems}
        self.leaves = [
            self._add((view[-1], *completion), trunks[view[:-1]])[-1]
            for view, completion in zip(views, completions, strict=True)
        ]

    def _add(self, ids: Sequence[int], above: tuple[Node, ...]) -> tuple[Node, ...]:
        """The chain of nodes down to a new one; without ``ids`` there is none."""
        if not ids:
            return above
        position = sum(node.tokens for node in above)
        node = Node(len(self.ids), len(ids), position, tuple(one.own for one in above))
        self.ids += ids
        self.nodes.append(node)
        return (*above, node)

    def positions(self) -> list[int]:
        return [place for node in self.nodes for place in range(node.position, node.position + node.tokens)]


def _common(rows: Sequence[Sequence[int]]) -> int:
    """How many ids all rows begin with alike."""
    return sum(1 for _ in takewhile(lambda ids: len(set(ids)) == 1, zip(*rows, strict=False)))


def _attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, scaling: float | None = None, **more: Any
) -> tuple[Tensor, None]:
    """Grouped-query attention of each node over its ancestors and itself. ``query`` is (1, heads, tokens, size)."""
    pack: Pack = more["packed"]
    heads, kv_heads, size = query.shape[1], key.shape[1], query.shape[3]
    groups = heads // kv_heads
    seen = []
    for node in pack.nodes:
        asked = query[0, :, node.own].reshape(1, kv_heads, groups * node.tokens, size)
        keys, values = (torch.cat([part[:, :, span] for span in (*node.above, node.own)], 2) for part in (key, value))
        allowed = pack.masks.get(node.position, node.tokens, groups, query.device)
        found = scaled_dot_product_attention(asked, keys, values, attn_mask=allowed, scale=scaling)
        seen.append(found.reshape(heads, node.tokens, size).transpose(0, 1))
    return torch.cat(seen)[None], None


def fits(model: nn.Module) -> bool:
    """Whether rows of ``model`` can be packed: plain attention, and an output layer that is not trained."""
    bare = base_of(model)
    return supports(bare) and not bare.get_output_embeddings().weight.requires_grad


def score(
    model: nn.Module,
    prompts: Sequence[Sequence[int]],
    completions: Sequence[Sequence[int]],
    wanted: Tensor,
    temperature: float,
) -> tuple[Tensor, Tensor]:
    """(log p, entropy without gradient) of the completion ids where ``wanted`` (rows, tokens) is not 0, and 0 elsewhere.

    ``wanted`` may be wider than a completion, but only 0 there.
    """
    bare = base_of(model)
    pack = Pack(prompts, completions)
    with attending(bare, NAME, _attention):
        states = bare.base_model(
            input_ids=torch.tensor([pack.ids], device=wanted.device),
            position_ids=torch.tensor([pack.positions()], device=wanted.device),
            use_cache=False,
            packed=pack,
        ).last_hidden_state[0]
    rows, places = wanted.nonzero(as_tuple=True)
    starts = torch.tensor([leaf.start for leaf in pack.leaves], device=wanted.device)
    before = starts[rows] + places
    ids = torch.tensor(pack.ids, device=wanted.device)[before + 1]
    head = bare.get_output_embeddings()
    logps, entropies = _Head.apply(states[before], head.weight, head.bias, ids, temperature)  # type: ignore[no-untyped-call]
    blank = torch.zeros(wanted.shape, device=wanted.device)
    return blank.index_put((rows, places), logps), blank.index_put((rows, places), entropies)


class _Head(torch.autograd.Function):
    """log p and entropy of ``ids`` behind the states (tokens, width), some at a time; the output layer is not trained.

    The gradient of log p with respect to a state, (W[id] - Σ p·W) / T, is as small as the state: it is worked out on the way
    forward, so that no logits are kept and none are computed twice.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor | None, ids: Tensor, temperature: float) -> Any:
        logps, entropies, slopes = [], [], []
        for own, label in zip(torch.split(states, CHUNK), torch.split(ids, CHUNK), strict=True):
            logits = linear(own, weight, bias).float().div_(temperature)
            logits -= logits.logsumexp(-1, keepdim=True)
            logps.append(logits.gather(-1, label.unsqueeze(-1)).squeeze(-1))
            shares = logits.exp()
            entropies.append(-(shares * logits).sum(-1))
            if ctx.needs_input_grad[0]:
                slopes.append((weight[label] - (shares.to(weight.dtype) @ weight)).float() / temperature)
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(torch.cat(slopes))
        ctx.kind = states.dtype
        entropy = torch.cat(entropies)
        ctx.mark_non_differentiable(entropy)
        return torch.cat(logps), entropy

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (slopes,) = ctx.saved_tensors
        return (grads[0].unsqueeze(-1) * slopes).to(ctx.kind), None, None, None, None
