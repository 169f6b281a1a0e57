"""Sampling on a vLLM server: ids there and back, weights that follow the training, and replies that are refused."""

import asyncio
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.evolve import evolve
from genevolve.core.errors import ServiceError, UsageError
from genevolve.policies.local.model import load_model
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.served import ServedEngine
from genevolve.services.http import new_client
from genevolve.train.recipe import changed, load_recipe
from genevolve.train.reward import Reward
from tests.services.thread import closed_port, serving
from tests.services.vllm import TinyVllm
from tests.services.wire import Server

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
END = 2


def tiny(tmp_path: Path, **more: Any) -> TinyVllm:
    return TinyVllm(name="tiny", base=load_model("tiny", device="cpu", home=tmp_path).model.eval(), **more)


def asked(server: Server, tmp_path: Path, *, images: tuple[str, ...] = (), reload_weights: bool = False) -> Any:
    async def ask() -> Any:
        client = new_client()
        engine = ServedEngine(
            f"http://127.0.0.1:{server.port}/", "tiny", [END], client=client, folder=tmp_path, export=lambda folder: None
        )
        try:
            if reload_weights:
                await engine.reload_weights()
            return await engine.sample("one", [5, 6, 7], Sampling(temperature=1.0, top_p=1.0, max_tokens=4, seed=9), images)
        finally:
            await client.aclose()

    return asyncio.run(ask())


def test_the_server_speaks_with_the_weights_of_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other weights than those that training scores, the two log-probabilities would be apart."""
    earned = itertools.cycle((0.0, 1.0, 0.3))
    monkeypatch.setattr("genevolve.train.reward.reward_of", lambda *_, **__: Reward(value=next(earned)))
    vllm = tiny(tmp_path)
    with serving(vllm) as (server,):
        recipe = changed(
            load_recipe("atlas-smoke"),
            {
                "data": {"validation": 0},
                "sdl": {"lambda": 0.0},
                "evolve": {
                    "learning_rate": 0.05,
                    "server": f"http://127.0.0.1:{server.port}",
                    "server_model": "tiny",
                    "steps": 2,
                },
            },
        )
        evolve(recipe, out=tmp_path / "run")
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    gaps = [entry["rollout/sampled_scored_gap"] for entry in log if "rollout/sampled_scored_gap" in entry]
    assert len(gaps) == 2 and max(gaps) < 1e-5
    assert [entry["grad_norm"] > 0 for entry in log if "grad_norm" in entry] == [True, True]
    assert len(vllm.loaded) >= 2 and list(vllm.adapters) == vllm.loaded[-1:]
    assert {body["model"] for body in vllm.asked} <= set(vllm.loaded)
    assert [path.name for path in (tmp_path / "run" / "served").iterdir()] == vllm.loaded[-1:]


def test_a_reply_is_what_the_server_sampled(tmp_path: Path) -> None:
    vllm = tiny(tmp_path)
    with serving(vllm) as (server,):
        sampled = asked(server, tmp_path)
        assert sampled == asked(server, tmp_path)
    assert 1 <= len(sampled.ids) <= 4 and len(sampled.ids) == len(sampled.logprobs)
    assert sampled.cut == (sampled.ids[-1] != END)
    assert vllm.asked[0]["prompt"] == [5, 6, 7] and vllm.asked[0]["stop_token_ids"] == [END]


Spoil = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda choice: {name: value for name, value in choice.items() if name != "token_ids"}, "0.10.2"),
        (lambda choice: choice | {"logprobs": None}, "0.10.2"),
        (lambda choice: choice | {"token_ids": []}, "one finite number"),
        (lambda choice: choice | {"token_ids": [*choice["token_ids"], 3]}, "one finite number"),
        (lambda choice: choice | {"token_ids": [True] * len(choice["token_ids"])}, "one finite number"),
        (lambda choice: choice | {"finish_reason": "stop", "token_ids": [5] * len(choice["token_ids"])}, "ends a turn"),
        (lambda choice: choice | {"finish_reason": "abort"}, "abort"),
    ],
)
def test_a_reply_that_cannot_be_trained_on_is_refused(tmp_path: Path, spoil: Spoil, said: str) -> None:
    with serving(tiny(tmp_path, spoil=spoil)) as (server,), pytest.raises(ServiceError, match=said):
        asked(server, tmp_path)


def test_a_server_without_adapters_and_one_that_is_down_are_told(tmp_path: Path) -> None:
    class Down:
        port = closed_port()

    with pytest.raises(ServiceError, match=r"127\.0\.0\.1"):
        asked(Down(), tmp_path)  # type: ignore[arg-type]
    with serving(tiny(tmp_path, rank=0)) as (server,), pytest.raises(ServiceError, match=r"--enable-lora.*--max-lora-rank"):
        evolve(
            changed(
                load_recipe("atlas-smoke"),
                {"data": {"validation": 0}, "evolve": {"server": f"http://127.0.0.1:{server.port}", "server_model": "tiny"}},
            ),
            out=tmp_path / "run",
        )


def test_what_cannot_be_served_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with serving(tiny(tmp_path)) as (server,), pytest.raises(UsageError, match="show_images"):
        asked(server, tmp_path, images=("ab",))
    recipe = changed(load_recipe("atlas-smoke"), {"lora": {"r": 0}, "evolve": {"server": "http://127.0.0.1:1"}})
    with pytest.raises(UsageError, match=r"evolve\.server"):
        evolve(recipe, out=tmp_path / "run")
