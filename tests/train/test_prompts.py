"""``evolve.max_prompt``: requests with longer prompts are left out and told."""

from types import SimpleNamespace
from typing import Any

import pytest

from genevolve.core.case import Case
from genevolve.core.episode import Limits, start
from genevolve.core.errors import Notice, UsageError
from genevolve.policies.local.template import ChatTemplate
from genevolve.policies.local.tiny import tiny_tokenizer
from genevolve.protocol.detail import Detail
from genevolve.tools.standard import STANDARD
from genevolve.train.evolve import short_enough
from genevolve.train.ranks import ALONE
from genevolve.train.recipe import changed, load_recipe

CASES = [Case(id=str(number), text="a red cube " * number) for number in range(1, 5)]


def kept(most: int | None) -> list[Case]:
    setup = SimpleNamespace(
        begin=lambda request: start(request, Limits(), STANDARD), system="Make a picture.", detail=Detail.FULL
    )
    members: Any = SimpleNamespace(setup=setup, sampler=ChatTemplate(tiny_tokenizer()), ranks=ALONE)
    return list(short_enough(changed(load_recipe("atlas-smoke"), {"evolve": {"max_prompt": most}}), members, CASES))


def test_requests_with_long_prompts_are_left_out_and_told() -> None:
    with pytest.raises(UsageError, match=r"all 4 prompts have more than evolve\.max_prompt = 10 tokens") as refused:
        kept(10)
    longest = int(str(refused.value).partition("the longest has ")[2].partition(")")[0])
    assert kept(None) == kept(longest) == CASES
    with pytest.warns(Notice, match=r"1 of 4 requests are left out: their prompts have more than"):
        assert kept(longest - 1) == CASES[:3]
