"""Sampling on SGLang servers: ids there, log-probabilities back, weights that follow, and what is refused."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from genevolve.app.evolve import evolve
from genevolve.core.errors import ServiceError, UsageError
from genevolve.policies.local.tiny import tiny_model
from genevolve.policies.served.engine import ServedEngine
from genevolve.policies.served.pictures import Pictures
from genevolve.policies.served.server import Version
from genevolve.store.images import ImageStore
from genevolve.train.reward import Reward
from genevolve.train.scoring import scored_logprobs
from tests.policies.test_served import END, HOT, Given, gaps, one_reply, served_run, tiny, use, versions
from tests.services.sglang import TinySglang
from tests.services.thread import serving

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")


def sglang(**more: Any) -> TinySglang:
    return TinySglang(name="tiny", base=tiny_model()[0].eval(), **more)


@pytest.mark.parametrize("newer", [True, False])
def test_a_reply_is_what_the_server_sampled(newer: bool) -> None:
    tiny = sglang(newer=newer)
    with serving(tiny) as (server,):
        sampled = use([server.url], one_reply)
    assert 1 <= len(sampled.ids) <= 4 and sampled.cut == (sampled.ids[-1] != END)
    assert tiny.asked[-1]["input_ids"] == [5, 6, 7] and "lora_path" not in tiny.asked[-1]
    scored = scored_logprobs(tiny.base, [5, 6, 7], list(sampled.ids), temperature=0.7)
    assert torch.allclose(scored, torch.tensor(sampled.logprobs), atol=1e-5)


@pytest.mark.parametrize(("whole", "newer"), [(False, True), (False, False), (True, True), (True, False)])
def test_a_server_that_was_started_anew_is_given_the_weights_again(whole: bool, newer: bool, tmp_path: Path) -> None:
    """It says that the adapter is not loaded, or names the version of other weights; both are loaded, and nothing is lost."""
    tiny = sglang(newer=newer)
    if whole:
        tiny_model(seed=7)[0].save_pretrained(tmp_path / "v1")
        version = Version(name="v1", folder=tmp_path / "v1", adapter=False)
    else:
        (version,) = versions(tmp_path, "v1")

    async def talk(engine: ServedEngine) -> Any:
        await engine.reload_weights()
        first = await engine.sample("c", [20, 5, 6], HOT)
        tiny.restart()
        return first, await engine.sample("c", [20, 5, 6, 7], HOT)

    with serving(tiny) as (server,):
        found = use([server.url], talk, weights=Given(version), rank=None if whole else 4)
    assert tiny.loaded == ["v1"] * 2
    speaker = tiny.whole if whole else tiny.adapters["v1"]
    for prompt, sampled in zip(([20, 5, 6], [20, 5, 6, 7]), found, strict=True):
        scored = scored_logprobs(speaker, prompt, list(sampled.ids), temperature=0.7)
        assert torch.allclose(scored, torch.tensor(sampled.logprobs), atol=1e-5)


def test_an_adapter_that_is_no_longer_needed_is_unloaded(tmp_path: Path) -> None:
    tiny = sglang()

    async def talk(engine: ServedEngine) -> None:
        for _ in range(2):
            await engine.reload_weights()
            await one_reply(engine)

    with serving(tiny) as (server,):
        use([server.url], talk, weights=Given(*versions(tmp_path, "v1", "v2")))
    assert list(tiny.adapters) == ["v2"] and [body.get("lora_path") for body in tiny.asked[-2:]] == ["v1", "v2"]


Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def about(**changed: Any) -> Spoil:
    return lambda made: made | {"meta_info": {**made["meta_info"], **changed}}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda made: {name: value for name, value in made.items() if name != "output_ids"}, "lacks output_ids"),
        (about(output_token_logprobs=None), "lacks output_ids"),
        (about(finish_reason=None), "lacks output_ids"),
        (lambda made: made | {"output_ids": [*made["output_ids"], 3]}, "of other tokens"),
        (lambda made: about(output_token_logprobs=[])(made | {"output_ids": []}), "one finite number"),
        (about(finish_reason={"type": "abort", "message": "weights"}), "abort"),
    ],
)
def test_a_reply_that_cannot_be_trained_on_is_refused(spoil: Spoil, said: str) -> None:
    tiny = sglang()

    async def spoilt(engine: ServedEngine) -> Any:
        tiny.spoil = spoil
        return await one_reply(engine)

    with serving(tiny) as (server,), pytest.raises(ServiceError, match=said):
        use([server.url], spoilt, patience=0.0)


@pytest.mark.parametrize(
    ("server", "asked", "said"),
    [
        ({"rank": 0}, {}, r"loads no adapters; lora\.r is 4; .*--enable-lora"),
        ({"rank": 2}, {}, r"--max-lora-rank 2; lora\.r is 4"),
        ({"rank": 2, "newer": False}, {}, r"--max-lora-rank 2; lora\.r is 4"),
        ({"processed": False}, {}, "SGLANG_RETURN_ORIGINAL_LOGPROB"),
        ({}, {"top_p": 0.95}, r"evolve\.top_p is 0\.95"),
    ],
)
def test_servers_that_cannot_do_it_are_refused(server: dict[str, Any], asked: dict[str, Any], said: str) -> None:
    with serving(sglang(**server)) as (found,), pytest.raises(UsageError, match=said):
        use([found.url], one_reply, **asked)


def test_it_is_sent_no_pictures_and_stands_beside_no_vllm(tmp_path: Path) -> None:
    with serving(sglang()) as (found,), pytest.raises(UsageError, match=r"sent no pictures.*show_images = 0"):
        use([found.url], one_reply, pictures=Pictures(None, ImageStore(tmp_path), 0))
    with serving(sglang(), tiny()) as (one, two), pytest.raises(UsageError, match="start all alike"):
        use([one.url, two.url], one_reply)


def test_a_folder_that_it_does_not_see_is_named(tmp_path: Path) -> None:
    version = Version(name="v1", folder=tmp_path / "gone" / "v1", adapter=False)
    with serving(sglang()) as (server,), pytest.raises(ServiceError, match=r"must see the folder .*gone"):
        use([server.url], lambda engine: engine.reload_weights(), weights=Given(version), rank=None)


@pytest.mark.slow
@pytest.mark.parametrize("lora", [{}, {"lora": {"r": 0}}], ids=["adapter", "all weights"])
def test_it_speaks_with_the_weights_of_every_step(lora: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other weights than those that training scores, the two log-probabilities would be apart."""
    earned = itertools.cycle((0.0, 1.0, 0.3))
    monkeypatch.setattr("genevolve.train.reward.reward_of", lambda *_, **__: Reward(value=next(earned)))
    tiny = sglang()
    with served_run(tmp_path, tiny, **lora, evolve={"top_p": 1.0}) as recipe:
        evolve(recipe, out=tmp_path / "run")
    found = gaps(tmp_path / "run")
    assert len(found) == 2 and max(found) < 1e-5
    assert len(tiny.loaded) >= 2 and [path.name for path in (tmp_path / "run" / "served").iterdir()] == tiny.loaded[-1:]
