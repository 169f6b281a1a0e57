"""One rank's share of the distillation term in plain torch: no trainer, so that it starts in a second.

``python -m tests.train.gloo_lesson RANK RANKS MEETING OUT.pt``, once for each rank with the same MEETING (a path that does not
exist): rank 0 writes the averaged gradients.
"""

import sys
from functools import partial

import torch
import torch.distributed as dist
from torch import Tensor

from genevolve.train import losses
from genevolve.train.settings import Aggregation, SdlSettings

ROWS, TOKENS = 4, 23


def batch() -> tuple[Tensor, Tensor, Tensor]:
    """(a weight for each token place, teacher, mask): rows 2 and 3 are not guided."""
    draw = torch.Generator().manual_seed(5)
    student = -torch.rand(ROWS, TOKENS, generator=draw, dtype=torch.float64) * 3
    teacher = -torch.rand(ROWS, TOKENS, generator=draw, dtype=torch.float64) * 3
    mask = (torch.rand(ROWS, TOKENS, generator=draw) < 0.7).long()
    mask[2:] = 0
    return student, teacher, mask


def gradient(rank: int, ranks: int, aggregation: Aggregation) -> Tensor:
    """Of a shared offset per token place, by this rank's rows alone, with denominators of the whole batch."""
    student, teacher, mask = batch()
    own = slice(rank * ROWS // ranks, (rank + 1) * ROWS // ranks)
    offset = torch.zeros(TOKENS, dtype=torch.float64, requires_grad=True)
    scores = student[own] + offset
    chosen = losses.select((scores - teacher[own]).detach(), mask[own], 0.3)
    share = losses.totals(mask, partial(losses.selection_size, fraction=0.3)).scaled(1 / ranks)
    terms = losses.distillation(scores, teacher[own], None, SdlSettings())
    losses.aggregate(terms, chosen, share, aggregation).backward()
    assert offset.grad is not None
    return offset.grad


def main() -> None:
    rank, ranks, meeting, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=ranks)
    found = {}
    for aggregation in Aggregation:
        mean = gradient(rank, ranks, aggregation)
        dist.all_reduce(mean)
        found[aggregation.value] = mean / ranks
    if rank == 0:
        torch.save(found, out)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
