"""Sampling on vLLM servers: ids and pictures there, log-probabilities back, weights that follow, and what is refused."""

import asyncio
import contextlib
import itertools
import json
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from genevolve.app.evolve import evolve
from genevolve.core.errors import Notice, ServiceError, UsageError
from genevolve.policies.local.lora import add_lora, lora_config
from genevolve.policies.local.model import LoadedModel
from genevolve.policies.local.sampling import Sampling
from genevolve.policies.local.tiny import tiny_model
from genevolve.policies.local.trace import Trace
from genevolve.policies.served.engine import ServedEngine
from genevolve.policies.served.pictures import Pictures
from genevolve.policies.served.server import Server, Version
from genevolve.policies.served.servers import ServerPool
from genevolve.policies.served.settled import settled
from genevolve.services.http import new_client
from genevolve.store.images import ImageStore
from genevolve.train.recipe import Recipe, changed, load_recipe
from genevolve.train.reward import Reward
from genevolve.train.scoring import scored_logprobs
from genevolve.train.vision import read
from tests.services.thread import closed_port, serving
from tests.services.vllm import TinyVllm, features
from tests.services.wire import Rejected, Reply, Request
from tests.train.tiny_policies import attempt_of, episode

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
END = 2
HOT = Sampling(temperature=0.7, top_p=1.0, max_tokens=4, seed=9)


def tiny(**more: Any) -> TinyVllm:
    return TinyVllm(name="tiny", base=tiny_model()[0].eval(), **more)


class Given:
    """Weights that were written before."""

    leads = True

    def __init__(self, *versions: Version) -> None:
        self._versions = iter(versions)

    def write(self) -> Version:
        return next(self._versions)

    def meet(self, failure: str | None) -> None:
        if failure is not None:
            raise ServiceError(failure)


class Frail:
    """A server that is gone while it is ``down``, and ends by itself after ``left`` more answers to what is sampled."""

    def __init__(self, vllm: TinyVllm) -> None:
        self.vllm = vllm
        self.down = False
        self.left: int | None = None

    def start(self) -> None:
        self.vllm.restart()
        self.down = False

    def __call__(self, request: Request) -> Reply:
        if self.left == 0:
            self.down = True
        if self.down:
            raise Rejected("the engine is dead", status=500)
        if self.left is not None and request.path == "/inference/v1/generate":
            self.left -= 1
        return self.vllm(request)


def use(
    urls: list[str],
    what: Callable[[ServedEngine], Awaitable[Any]],
    *,
    weights: Any = None,
    patience: float = 20.0,
    rank: int | None = 4,
    pictures: Pictures | None = None,
    top_p: float = 1.0,
) -> Any:
    """What ``what`` gives of an engine of the servers at ``urls``."""

    async def run() -> Any:
        async with new_client() as client:
            servers = [Server(url, client=client) for url in urls]
            sees = pictures is not None
            wire = await settled(servers, "tiny", [END], sees=sees, rank=rank, folder="served", top_p=top_p)
            pool = ServerPool(servers, patience=patience)
            return await what(ServedEngine(wire, pool, [END], weights=weights or Given(), pictures=pictures))

    return asyncio.run(run())


async def one_reply(engine: ServedEngine) -> Any:
    return await engine.sample("one", [5, 6, 7], HOT)


@contextlib.contextmanager
def served_run(tmp_path: Path, vllm: TinyVllm, **more: dict[str, Any]) -> Iterator[Recipe]:
    """A recipe of two steps whose policy ``vllm`` speaks for."""
    with serving(vllm) as (server,):
        evolve_keys = {"learning_rate": 0.05, "server": server.url, "server_model": "tiny", "steps": 2}
        yield changed(
            load_recipe("atlas-smoke"),
            {"data": {"validation": 0}, "sdl": {"lambda": 0.0}, **more, "evolve": {**evolve_keys, **more.get("evolve", {})}},
        )


def gaps(run: Path) -> list[float]:
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [entry["grad_norm"] > 0 for entry in log if "grad_norm" in entry] == [True, True]
    return [entry["rollout/sampled_scored_gap"] for entry in log if "rollout/sampled_scored_gap" in entry]


@pytest.mark.slow
@pytest.mark.parametrize("case", ["adapter", "adapter of an older server", "all weights"])
def test_servers_speak_with_the_weights_of_every_step(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other weights than those that training scores, the two log-probabilities would be apart."""
    earned = itertools.cycle((0.0, 1.0, 0.3))
    monkeypatch.setattr("genevolve.train.reward.reward_of", lambda *_, **__: Reward(value=next(earned)))
    vllm = tiny(scale_out=case != "adapter of an older server", developing=case != "adapter of an older server")
    lora: dict[str, Any] = {"lora": {"r": 0}} if case == "all weights" else {}
    with served_run(tmp_path, vllm, **lora) as recipe:
        evolve(recipe, out=tmp_path / "run")
    found = gaps(tmp_path / "run")
    assert len(found) == 2 and max(found) < 1e-5
    assert len(vllm.loaded) >= 2 and [path.name for path in (tmp_path / "run" / "served").iterdir()] == vllm.loaded[-1:]
    if case == "all weights":
        assert vllm.version == vllm.loaded[-1] and not vllm.paused
    else:
        assert list(vllm.adapters) == vllm.loaded[-1:]
        assert {body["model"] for body in vllm.asked} <= {"tiny", *vllm.loaded}


@pytest.mark.slow
def test_a_run_stops_where_other_weights_have_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers to the right name with wrong weights is found by what it says, before anything is updated."""
    monkeypatch.setattr(TinyVllm, "_model", lambda self, name: self.base)
    vllm = tiny()
    with torch.no_grad():
        vllm.base.model.norm.weight.mul_(30.0)
    with (
        served_run(tmp_path, vllm) as recipe,
        pytest.raises(ServiceError, match=r"step 1: .* evolve\.max_sampling_gap is 0\.25"),
    ):
        evolve(recipe, out=tmp_path / "run")
    assert not list((tmp_path / "run" / "checkpoints").glob("checkpoint-*"))


def test_a_reply_is_what_the_server_sampled() -> None:
    vllm = tiny()
    with serving(vllm) as (server,):
        sampled = use([server.url], one_reply)
    assert 1 <= len(sampled.ids) <= 4 and len(sampled.ids) == len(sampled.logprobs)
    assert sampled.cut == (sampled.ids[-1] != END)
    asked = vllm.asked[-1]
    assert asked["token_ids"] == [5, 6, 7] and asked["sampling_params"]["stop_token_ids"] == [END]
    scored = scored_logprobs(vllm.base, [5, 6, 7], list(sampled.ids), temperature=0.7)
    assert torch.allclose(scored, torch.tensor(sampled.logprobs), atol=1e-5)


@pytest.mark.parametrize(("device", "developing", "sent"), [("cuda", True, True), ("cpu", True, False), ("cuda", False, False)])
def test_a_seed_goes_only_where_it_is_known_to_be_taken(device: str, developing: bool, sent: bool) -> None:
    """The worker of a vLLM on a CPU ends at the first."""
    vllm = tiny(device=device, developing=developing)
    with serving(vllm) as (server,):
        use([server.url], one_reply)
    assert {"seed" in body["sampling_params"] for body in vllm.asked} == {sent}


Spoil = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda choice: {name: value for name, value in choice.items() if name != "token_ids"}, "0.10.2"),
        (lambda choice: choice | {"logprobs": {"content": None}}, "0.10.2"),
        (lambda choice: choice | {"token_ids": []}, "one finite number"),
        (lambda choice: choice | {"token_ids": [*choice["token_ids"], 3]}, "one finite number"),
        (lambda choice: choice | {"token_ids": [True] * len(choice["token_ids"])}, "one finite number"),
        (lambda choice: choice | {"finish_reason": "stop", "token_ids": [5] * len(choice["token_ids"])}, "ends a turn"),
        (lambda choice: choice | {"finish_reason": "abort"}, "abort"),
    ],
)
def test_a_reply_that_cannot_be_trained_on_is_refused(spoil: Spoil, said: str) -> None:
    vllm = tiny()

    async def spoilt(engine: ServedEngine) -> Any:
        vllm.spoil = spoil
        return await one_reply(engine)

    with serving(vllm) as (server,), pytest.raises(ServiceError, match=said):
        use([server.url], spoilt, patience=0.0)


@pytest.mark.parametrize(
    ("server", "rank", "said"),
    [
        ({"rank": 0}, 4, r"--enable-lora.*--max-lora-rank.*VLLM_ALLOW_RUNTIME_LORA_UPDATING"),
        ({"rank": 2}, 4, r"--max-lora-rank 2; lora\.r is 4"),
        ({"developing": False}, None, r"VLLM_SERVER_DEV_MODE=1.*--enable-scale-out"),
        ({"scale_out": False}, None, r"VLLM_SERVER_DEV_MODE=1.*--enable-scale-out"),
        ({"processed": False}, 4, r"--logprobs-mode processed_logprobs"),
        ({"processed": False, "scale_out": False}, 4, r"--logprobs-mode processed_logprobs"),
    ],
)
def test_servers_that_cannot_do_it_are_told_how_to_be_started(server: dict[str, Any], rank: int | None, said: str) -> None:
    with serving(tiny(**server)) as (found,), pytest.raises(UsageError, match=said):
        use([found.url], one_reply, rank=rank)


def test_other_models_and_unlike_servers_are_refused(tmp_path: Path) -> None:
    other = TinyVllm(name="another", base=tiny_model()[0].eval())
    with serving(other) as (found,), pytest.raises(UsageError, match=r"evolve\.server_model: .*'tiny'; it has 'another'"):
        use([found.url], one_reply)
    with serving(tiny(), tiny(scale_out=False)) as (one, two), pytest.raises(UsageError, match="start all alike"):
        use([one.url, two.url], one_reply)
    with serving(tiny(scale_out=False)) as (found,), pytest.raises(UsageError, match=r"--enable-scale-out .*show_images = 0"):
        use([found.url], one_reply, pictures=Pictures(None, ImageStore(tmp_path), 0))
    with pytest.raises(ServiceError, match=r"127\.0\.0\.1.*evolve\.server"):
        use([f"http://127.0.0.1:{closed_port()}"], one_reply)


def versions(folder: Path, *names: str) -> list[Version]:
    """Adapters that make quite different models."""
    found = []
    for number, name in enumerate(names):
        model = add_lora(tiny_model()[0], lora_config(tiny_model()[0], r=4))
        with torch.no_grad():
            for parameter in (one for one in model.parameters() if one.requires_grad):
                parameter.copy_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)))
        model.save_pretrained(str(folder / name), save_embedding_layers=False)
        found.append(Version(name=name, folder=folder / name, adapter=True))
    return found


def test_a_conversation_stays_on_its_server_and_moves_on_when_that_is_gone(tmp_path: Path) -> None:
    frail, well = Frail(tiny()), Frail(tiny())
    (version,) = versions(tmp_path, "v1")

    async def talk(engine: ServedEngine) -> None:
        await engine.reload_weights()
        for turn in range(3):
            await asyncio.gather(*(engine.sample(f"c{n}", [20 + n, *range(5, 9 + turn)], HOT) for n in range(8)))
        frail.left = 2
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", Notice)
            await asyncio.gather(*(engine.sample(f"c{n}", [20 + n, *range(5, 12)], HOT) for n in range(8)))
        assert any("1 other servers go on" in str(one.message) for one in told)

    with serving(frail, well) as (one, two):
        use([one.url, two.url], talk, weights=Given(version))
    spoken = [[body["token_ids"][0] for body in vllm.asked if body["model"] == "v1"] for vllm in (frail.vllm, well.vllm)]
    first, second = (set(these) for these in spoken)
    assert len(first) == 4 and all(spoken[0].count(one) >= 3 for one in first), "each is asked by its own server"
    moved = first & second
    assert first | second == set(range(20, 28)) and len(moved) == 2, "two were answered before it was gone"
    assert sum(map(len, spoken)) == 4 * 8, "and each reply was taken once"


def test_siblings_go_where_their_beginning_is_known(tmp_path: Path) -> None:
    (version,) = versions(tmp_path, "v1")
    one, two = tiny(), tiny()

    async def talk(engine: ServedEngine) -> None:
        await engine.reload_weights()
        for request, sibling in itertools.product((20, 21), range(4)):
            await engine.sample(f"r{request}.{sibling}", [request, 5, 6, 7], HOT)

    with serving(one, two) as servers:
        use([server.url for server in servers], talk, weights=Given(version))
    assert [{body["token_ids"][0] for body in vllm.asked if body["model"] == "v1"} for vllm in (one, two)] == [{20}, {21}]


@pytest.mark.parametrize("whole", [False, True])
def test_a_server_that_was_started_anew_is_given_the_weights_again(whole: bool, tmp_path: Path) -> None:
    """Ended in mid-step and started again without a word: it does not know the adapter, or speaks with its first weights."""
    frail = Frail(tiny())
    if whole:
        made = tiny_model(seed=7)[0]
        made.save_pretrained(tmp_path / "v1")
        version = Version(name="v1", folder=tmp_path / "v1", adapter=False)
    else:
        (version,) = versions(tmp_path, "v1")

    async def talk(engine: ServedEngine) -> None:
        await engine.reload_weights()
        await engine.sample("c", [20, 5, 6], HOT)
        frail.vllm.restart()
        await engine.sample("c", [20, 5, 6, 7], HOT)
        frail.down = True
        asyncio.get_running_loop().call_later(1.0, frail.start)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", Notice)
            await engine.sample("c", [20, 5, 6, 7, 8], HOT)
        said = " ".join(str(one.message) for one in told)
        assert "no other is left: waiting for it" in said and "answers again" in said

    with serving(frail) as (server,):
        use([server.url], talk, weights=Given(version), rank=None if whole else 4)
    assert frail.vllm.loaded == ["v1"] * 3


class Meeting(Given):
    """One of two processes that wait for each other."""

    def __init__(self, *versions: Version, leads: bool, both: threading.Barrier) -> None:
        super().__init__(*versions)
        self.leads = leads
        self._both = both

    def meet(self, failure: str | None) -> None:
        assert failure is None
        self._both.wait()


def test_weights_are_not_changed_while_another_process_samples(tmp_path: Path) -> None:
    """A server has all weights once for all processes: with those to come it could not end what a slower one has begun."""
    vllm, both = tiny(), threading.Barrier(2, timeout=60)
    whole = [Version(name=name, folder=tmp_path / name, adapter=False) for name in ("v1", "v2")]
    for seed, version in enumerate(whole):
        tiny_model(seed=seed)[0].save_pretrained(version.folder)

    async def talk(engine: ServedEngine, *, waits: float) -> None:
        await engine.reload_weights()
        await asyncio.sleep(waits)
        await one_reply(engine)
        await engine.reload_weights()

    with serving(vllm) as (server,), ThreadPoolExecutor() as pool:
        processes = [
            pool.submit(
                use,
                [server.url],
                partial(talk, waits=0.0 if leads else 1.0),
                weights=Meeting(*whole, leads=leads, both=both),
                rank=None,
            )
            for leads in (True, False)
        ]
        for process in processes:
            process.result(60)
    assert vllm.loaded == ["v1", "v2"]


def test_a_server_that_stays_away_ends_the_patience(tmp_path: Path) -> None:
    frail = Frail(tiny())

    async def talk(engine: ServedEngine) -> Any:
        frail.down = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Notice)
            return await one_reply(engine)

    with serving(frail) as (server,), pytest.raises(ServiceError, match="no server answered for") as failed:
        use([server.url], talk, patience=0.1)
    assert failed.value.retryable


def vision(tmp_path: Path) -> tuple[LoadedModel, ImageStore, list[str]]:
    from tests.policies.test_local_vision import stored
    from tests.train.test_sft_vision import loaded

    images = ImageStore(tmp_path)
    return loaded(trainable=False), images, [stored(images, (200, 20, 20), (16, 24)), stored(images, (9, 20, 200), (24, 16))]


def test_pictures_are_seen_as_training_sees_them(tmp_path: Path) -> None:
    """The numbers that the server is sent are those that the trainer scores with, to the bit."""
    policy, images, digests = vision(tmp_path)
    token = policy.model.config.image_token_id
    pictures = Pictures(policy.processor.image_processor, images, token)  # type: ignore[union-attr]
    ids = [20, *[token] * pictures.of(digests)[0].tokens, 21, *[token] * pictures.of(digests)[1].tokens, 22]
    vllm = TinyVllm(name="tiny", base=policy.model.eval())

    async def talk(engine: ServedEngine) -> Any:
        return await engine.sample("v", ids, HOT, digests)

    with serving(vllm) as (server,):
        sampled = use([server.url], talk, pictures=pictures)
    sent = features(vllm.asked[-1]["features"], ids)
    trace = Trace(prompt=ids, completion=list(sampled.ids), images=digests)
    attempt = replace(
        attempt_of(episode(0, reward=0.5)), trace=trace, images=tuple(images.path(one) for one in digests), guide_ids=None
    )
    trained = read([attempt], policy.processor.image_processor, token, torch.device("cpu"))  # type: ignore[union-attr]
    assert trained is not None and torch.equal(sent["pixel_values"], trained.pixel_values)
    assert torch.equal(sent["image_grid_thw"], trained.image_grid_thw)
    whole = [*ids, *sampled.ids]
    types = {"mm_token_type_ids": (torch.tensor([whole]) == token).int()}
    scored = scored_logprobs(policy.model, ids, list(sampled.ids), temperature=HOT.temperature, **sent, **types)
    assert torch.allclose(scored, torch.tensor(sampled.logprobs), atol=1e-5)


def opened(recipe: Recipe, policy: LoadedModel, images: ImageStore) -> Any:
    """The engine of a run, and what it asks at the start."""
    from genevolve.app.served import served_engine
    from genevolve.train.published import PublishedWeights
    from genevolve.train.ranks import ALONE

    async def run() -> None:
        async with new_client() as client:
            weights = PublishedWeights(policy, images.folder / "served", ALONE)
            await served_engine(recipe, policy, images, weights, client, ALONE)

    asyncio.run(run())


def seeing(url: str) -> Recipe:
    return changed(load_recipe("atlas-smoke"), {"evolve": {"server": url, "server_model": "tiny", "show_images": 1}})


def test_a_picture_is_shown_before_the_first_step(tmp_path: Path) -> None:
    policy, images, _ = vision(tmp_path)
    taking, text_only = (TinyVllm(name="tiny", base=policy.model.eval(), sees=sees) for sees in (True, False))
    with serving(taking, text_only) as (one, other):
        opened(seeing(one.url), policy, images)
        with pytest.raises(ServiceError, match=r"At most 0 image.*one picture of 54 placeholders.*show_images = 0"):
            opened(seeing(other.url), policy, images)
    asked = taking.asked[-1]
    (span,) = asked["features"]["mm_placeholders"]["image"]
    token = policy.model.config.image_token_id
    assert asked["token_ids"].count(token) == span["length"] == 54, "what the processor writes is what its patches need"
    assert not (images.folder / "served").exists() and asked["sampling_params"]["max_tokens"] == 1


def test_placeholders_that_do_not_fit_are_refused_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A processor that expands pictures otherwise than its image processor cuts them, as a folder of mixed files has it."""
    policy, images, _ = vision(tmp_path)
    usual = type(policy.processor).__call__

    def twice(self: Any, text: list[str], images: Any, **options: Any) -> Any:
        return usual(self, [text[0].replace("<|image_pad|>", "<|image_pad|>" * 2)], images, **options)

    monkeypatch.setattr(type(policy.processor), "__call__", twice)
    vllm = TinyVllm(name="tiny", base=policy.model.eval())
    with serving(vllm) as (server,), pytest.raises(UsageError, match=r"processor of policy\.model .* do not fit"):
        opened(seeing(server.url), policy, images)
    assert not any("features" in body for body in vllm.asked)
