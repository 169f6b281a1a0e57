"""Ready profiles and ``genevolve init``: whatever is answered loads, and the ready ones speak as their services do."""

import asyncio
import itertools
from pathlib import Path
from typing import get_args

import pytest

from genevolve import write_profile
from genevolve.app.doctor import examine
from genevolve.app.profile import load_profile
from genevolve.app.start import Draws, Plans, Searches
from genevolve.cli.main import cli, exit_code
from genevolve.core.errors import UsageError
from genevolve.core.finding import Status
from tests.services.chat_server import ChatServer
from tests.services.gemini import KEY as GEMINI_KEY
from tests.services.gemini import Gemini
from tests.services.openai_images import KEY, OpenAIImages
from tests.services.thread import serving

EVERY = list(itertools.product(get_args(Draws), get_args(Plans), get_args(Searches)))


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


def call(*arguments: str) -> int:
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


@pytest.mark.parametrize(("draws", "plans", "searches"), EVERY)
def test_every_answer_is_a_profile(draws: Draws, plans: Plans, searches: Searches) -> None:
    profile = load_profile(str(write_profile("p.toml", draws=draws, plans=plans, searches=searches)))
    assert profile.generator.member == draws
    assert profile.policy.member == ("expert" if plans == "rules" else "chat")
    assert {profile.search.member, profile.image_search.member} == {{"offline": "atlas", "web": "ddgs"}.get(searches, searches)}
    assert profile.image_judge.member == ("pixel" if draws == "sketch" or plans == "rules" else "vlm")
    if plans in ("openai", "gemini") and draws != "sketch":
        assert profile.image_judge.settings["base_url"] == profile.policy.settings["base_url"]


def test_options_answer_without_a_terminal(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ("init", "mine.toml", "--draws", "sketch", "--plans", "rules", "--searches", "offline")
    assert call(*asked) == 0 and call("doctor", "--profile", "mine.toml") == 0
    assert call(*asked) == 2 and call(*asked, "--force") == 0
    assert call("init", "other.toml", "--draws", "sketch") == 2
    assert "--plans" in capfd.readouterr().err and not (workdir / "other.toml").exists()


def test_a_file_that_cannot_be_written_is_named() -> None:
    with pytest.raises(UsageError, match=r"gone/p\.toml"):
        write_profile("gone/p.toml", draws="sketch", plans="rules", searches="offline")


def checked(ready: str, chat: str, images: str, workdir: Path) -> dict[str, set[Status]]:
    """What `doctor --call` finds of each member of profile ``ready`` with its services at these addresses."""
    places = {"policy": chat, "image_judge": chat, "generator": images}
    tables = "".join(f'[{role}]\nbase_url = "{url}"\n' for role, url in places.items() if url)
    offline = '[search]\nmember = "atlas"\n[image_search]\nmember = "atlas"\n'
    (workdir / "here.toml").write_text(f'extends = "{ready}"\n{tables}{offline}')
    found = asyncio.run(examine(load_profile("here.toml"), workdir / "runs", call=True))
    return {role: {each.finding.status for each in found if each.about.startswith(f"{role}:")} for role in places}


def test_openai_speaks_as_its_counterparts_take_it(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    chat, images = ChatServer(key=KEY, models=("gpt-5-mini",), answers=("hello",)), OpenAIImages()
    with serving(chat, images) as (talking, drawing):
        found = checked("openai", f"{talking.url}/v1", f"{drawing.url}/v1", workdir)
    assert found["generator"] == {Status.OK} and len(images.asked) == 1 and Status.FAILED not in found["policy"]
    assert chat.bodies and all("temperature" not in body and body["model"] == "gpt-5-mini" for body in chat.bodies)
    assert all("max_completion_tokens" in body and "max_tokens" not in body for body in chat.bodies)


def test_gemini_speaks_as_its_counterparts_take_it(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", GEMINI_KEY)
    chat, images = ChatServer(key=GEMINI_KEY, models=("gemini-2.5-flash",), answers=("hello",)), Gemini()
    with serving(chat, images) as (talking, drawing):
        found = checked("gemini", f"{talking.url}/v1", drawing.url, workdir)
    assert found["generator"] == {Status.OK} and len(images.asked) == 1 and Status.FAILED not in found["policy"]
    assert chat.bodies and all(body["model"] == "gemini-2.5-flash" for body in chat.bodies)


def test_ollama_speaks_as_a_server_without_a_key_takes_it(workdir: Path) -> None:
    chat = ChatServer(key=None, models=("qwen3-vl:8b",), answers=("hello",))
    with serving(chat) as (talking,):
        text = f'extends = "ollama"\n[policy]\nbase_url = "{talking.url}/v1"\n'
        (workdir / "here.toml").write_text(text)
        found = asyncio.run(examine(load_profile("here.toml"), workdir / "runs", call=True))
    assert Status.FAILED not in {each.finding.status for each in found if each.about.startswith("policy:")}
    assert chat.bodies and all(body["model"] == "qwen3-vl:8b" for body in chat.bodies)


def test_what_is_not_there_yet_is_named(workdir: Path) -> None:
    found = asyncio.run(examine(load_profile("comfyui"), workdir / "runs"))
    (told,) = [each.finding for each in found if each.about.startswith("generator:")]
    assert told.status is Status.FAILED and "edit-{references}.json" in told.what
