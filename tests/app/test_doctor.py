"""``genevolve doctor``: every member is checked for real, what is wrong is said with what fixes it, and keys stay secret."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from genevolve.app import doctor
from genevolve.app.roles import IN_PROFILE, ROLES
from genevolve.cli.main import cli, exit_code
from genevolve.core.finding import Checkable
from tests.conftest import png
from tests.services import chat_server, gemini, openai_images, serper
from tests.services.chat_server import ChatServer, message
from tests.services.comfyui import ComfyUI
from tests.services.qwen import QwenEdit
from tests.services.thread import closed_port, serving
from tests.services.wire import Handler, Reply, Request, answer

PAPER = """
extends = "paper"
[policy]
base_url = "{chat}/v1"
model = "test-model"
[search]
base_url = "{serper}"
[image_search]
base_url = "{serper}"
[generator]
urls = ["{qwen}"]
[image_judge]
member = "vlm"
base_url = "{chat}/v1"
model = "judge-model"
api_key_env = "OPENAI_API_KEY"
[program_judge]
member = "llm"
base_url = "{chat}/v1"
model = "judge-model"
api_key_env = "OPENAI_API_KEY"
[fetch]
allow_private = true
"""
KEYS = {"OPENAI_API_KEY": chat_server.KEY, "SERPER_API_KEY": serper.KEY}


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "SERPER_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started(stack: ExitStack, *handlers: Handler) -> list[str]:
    return [server.url for server in stack.enter_context(serving(*handlers))]


def examined(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, str]], str]:
    """Exit code, findings, and standard error of ``genevolve doctor --json``."""
    code = exit_code(lambda: cli.main(["doctor", "--json", *arguments], standalone_mode=False))
    captured = capsys.readouterr()
    return code, json.loads(captured.out)["findings"] if captured.out else [], captured.err


def about(findings: list[dict[str, str]], role: str) -> list[tuple[str, str]]:
    return [(each["status"], f"{each['what']} → {each['fix']}") for each in findings if each["about"].startswith(f"{role}:")]


def profile(tmp_path: Path, text: str, **places: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text.format(**places))
    return str(path)


def test_the_offline_profile_is_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    code, findings, said = examined(capsys, "--call")
    assert code == 0 and said == "", "nothing costs money, so nothing is announced"
    assert {each["status"] for each in findings} == {"ok"}
    assert any("OCR models load" in each["what"] for each in findings)
    assert any("drew one image" in each["what"] for each in findings)


def test_everything_that_is_missing_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    code, findings, _ = examined(capsys, "--profile", "paper")
    assert code == 1
    failed = {each["about"].split(":")[0]: each for each in findings if each["status"] == "failed"}
    assert set(failed) == {"policy", "search", "image_search", "generator", "image_judge", "program_judge"}
    assert "OPENAI_BASE_URL" in failed["policy"]["fix"]
    assert "SERPER_API_KEY" in failed["search"]["fix"]
    assert "generator.urls" in failed["generator"]["fix"]
    assert "OPENAI_API_BASE" in failed["image_judge"]["fix"]


@pytest.fixture
def paper(stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The paper's profile on strict servers that are all well."""
    chat = ChatServer(models=("test-model", "judge-model"), answers=lambda body: message("OK"))
    search = serper.Serper(organic=[{"title": "Red", "link": "https://example.org/", "snippet": "An apple."}])
    qwen = QwenEdit()
    chat_url, serper_url, qwen_url = started(stack, chat, search, qwen)
    pictures = started(stack, lambda request: Reply(body=png(), content_type="image/png"))[0]
    search.images = [{"title": "Red", "imageUrl": f"{pictures}/red.png", "link": "https://example.org/"}]
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    written = profile(tmp_path, PAPER, chat=chat_url, serper=serper_url, qwen=qwen_url)
    return {"profile": written, "chat": chat, "serper": search, "qwen": qwen}


def test_services_that_are_well_cost_nothing_to_check(paper: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    code, findings, _ = examined(capsys, "--profile", paper["profile"])
    assert code == 0, [each for each in findings if each["status"] == "failed"]
    assert any("2500 credits" in each["what"] for each in findings)
    assert any("lists judge-model" in each["what"] for each in findings)
    assert paper["chat"].bodies == [] and paper["serper"].asked == [] and paper["qwen"].asked == []


def test_call_makes_one_small_call_each_and_says_so_before(paper: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    code, findings, said = examined(capsys, "--profile", paper["profile"], "--call")
    assert code == 0, [each for each in findings if each["status"] == "failed"]
    assert "may cost money" in said and "policy chat" in said and "generator qwen_service" in said
    assert len(paper["chat"].bodies) == 3 and all(body["max_tokens"] == 64 for body in paper["chat"].bodies)
    assert sum(map(len, paper["chat"].images)) == 1, "the image judge is shown an image"
    assert [path for path, _ in paper["serper"].asked] == ["/search", "/images"]
    assert [body["num_inference_steps"] for body in paper["qwen"].asked] == [1]
    assert [(each["about"], each["what"]) for each in findings if "search gave 1" in each["what"]]


def test_keys_are_never_shown(
    paper: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither when they are right nor when a server answers with them."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-but-still-secret")
    code = exit_code(lambda: cli.main(["doctor", "--profile", paper["profile"]], standalone_mode=False))
    captured = capsys.readouterr()
    assert code == 1 and "put a valid key into OPENAI_API_KEY" in " ".join(captured.out.split())
    for key in ("sk-wrong-but-still-secret", *KEYS.values()):
        assert key not in captured.out + captured.err


def test_an_unlisted_model_is_named_with_those_that_exist(paper: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    paper["chat"].models = ("other-model",)
    code, findings, _ = examined(capsys, "--profile", paper["profile"])
    status, said = about(findings, "policy")[1]
    assert code == 1 and status == "failed" and "'test-model'" in said and "other-model" in said and "policy.model" in said


@pytest.mark.parametrize(("balance", "status"), [(0, "failed"), (3, "ok")])
def test_an_empty_serper_account_is_said(
    paper: dict[str, Any], capsys: pytest.CaptureFixture[str], balance: int, status: str
) -> None:
    paper["serper"].balance = balance
    _, findings, _ = examined(capsys, "--profile", paper["profile"])
    assert about(findings, "search")[-1][0] == status


def test_each_server_of_several_is_checked(stack: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (well,) = started(stack, QwenEdit())
    dead = f"http://127.0.0.1:{closed_port()}"
    text = 'extends = "offline"\n[generator]\nmember = "qwen_service"\nurls = ["{well}", "{dead}"]\n'
    _, findings, _ = examined(capsys, "--profile", profile(tmp_path, text, well=well, dead=dead))
    assert [status for status, _ in about(findings, "generator")] == ["ok", "failed"]


def test_gemini_and_openai_are_asked_for_their_models(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    google, images = started(stack, gemini.Gemini(), openai_images.OpenAIImages())
    monkeypatch.setenv("GEMINI_API_KEY", gemini.KEY)
    monkeypatch.setenv("OPENAI_API_KEY", openai_images.KEY)
    for member, address in (("gemini", google), ("openai", f"{images}/v1")):
        text = f'extends = "offline"\n[generator]\nmember = "{member}"\nbase_url = "{address}"\n'
        code, findings, _ = examined(capsys, "--profile", profile(tmp_path, text), "--call")
        assert code == 0 and [status for status, _ in about(findings, "generator")] == ["ok", "ok", "ok"]
        wrong = profile(tmp_path, text + 'model = "no-such-model"\n')
        code, findings, _ = examined(capsys, "--profile", wrong)
        assert code == 1 and any("no-such-model" in said for _, said in about(findings, "generator"))


def test_comfyui_workflows_are_read(stack: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (address,) = started(stack, ComfyUI())
    graph = {
        "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{prompt}}"}},
        "2": {"class_type": "LoadImage", "inputs": {"image": "{{reference_1}}"}},
        "3": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["2", 0]}},
    }
    (tmp_path / "edit.json").write_text(json.dumps(graph))
    text = f'extends = "offline"\n[generator]\nmember = "comfyui"\nbase_url = "{address}"\nworkflow = "edit.json"\n'
    code, findings, _ = examined(capsys, "--profile", profile(tmp_path, text), "--call")
    said = about(findings, "generator")
    assert code == 0 and [status for status, _ in said] == ["ok", "warning", "ok", "ok"]
    assert "0 references cannot be rendered" in said[1][1]


def test_contradicting_settings_are_warned_of(stack: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (chat,) = started(stack, ChatServer(key=None, models=("m",)))
    text = """
extends = "offline"
[policy]
member = "chat"
base_url = "{chat}/v1"
model = "m"
[image_judge]
member = "vlm"
base_url = "{chat}/v1/"
model = "m"
[generator]
member = "qwen_service"
urls = ["{chat}"]
[limits.policy]
budget_money = 3.0
[fetch]
allow_private = true
"""
    code, findings, _ = examined(capsys, "--profile", profile(tmp_path, text, chat=chat))
    warned = [f"{each['what']} {each['fix']}" for each in findings if each["status"] == "warning"]
    assert code == 0, "a warning is no failure"
    for words in ("judges itself", "policy.price", "private networks"):
        assert any(words in said for said in warned), words


def test_more_references_than_the_generator_takes(stack: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a run does: policies are offered what the generator takes, and a profile that asks for more is refused."""
    (chat,) = started(stack, ChatServer(key=None, models=("m",)))
    text = 'extends = "offline"\n[generator]\nmember = "qwen_service"\nurls = ["{chat}"]\n'
    code, findings, _ = examined(capsys, "--profile", profile(tmp_path, text, chat=chat))
    assert code == 0 and not [each for each in findings if "max_references" in each["fix"]]
    code, findings, _ = examined(capsys, "--profile", profile(tmp_path, f"{text}[episode]\nmax_references = 5\n", chat=chat))
    wrong = [f"{each['what']} {each['fix']}" for each in findings if each["status"] == "failed"]
    assert code == 1 and any("takes at most 4; every run is refused set episode.max_references to 4" in each for each in wrong)


def test_replay_needs_no_key_but_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--search", "serper", "--image-search", "serper", "--cache", "replay")
    code, findings, _ = examined(capsys, *arguments)
    assert code == 1 and about(findings, "search")[0][0] == "skipped"
    assert [each for each in findings if each["about"] == "folders" and each["status"] == "failed"]
    (tmp_path / "home" / "search-cache").mkdir(parents=True)
    assert examined(capsys, *arguments)[0] == 0


def test_folders_that_cannot_be_used_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    code, findings, _ = examined(capsys, "--out", "file/runs")
    assert code == 1 and any("--out" in each["fix"] for each in findings if each["status"] == "failed")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "_installed", lambda name: name != "rapidocr")
    code, findings, _ = examined(capsys)
    (failed,) = [each for each in findings if each["status"] == "failed"]
    assert code == 1 and "rapidocr" in failed["what"] and failed["fix"] == "pip install 'genevolve[offline]'"


def test_a_member_that_breaks_does_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(self: object, *, call: bool) -> list[Any]:
        raise RuntimeError("surprise")

    monkeypatch.setattr("genevolve.world.atlas.searches.AtlasSearch.check", broken)
    code, findings, _ = examined(capsys)
    assert code == 1 and "surprise" in about(findings, "search")[0][1]
    assert about(findings, "image_search")[0][0] == "ok"


def test_an_unknown_profile_is_bad_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert examined(capsys, "--profile", "papre")[0] == 2


def test_every_member_with_a_service_checks_itself() -> None:
    import importlib

    for role, each in ROLES.items():
        for name, component in each.components.items():
            if role not in (*IN_PROFILE, "summariser", "embedder") or name in ("expert", "raw", "files", "lint", "contrast"):
                continue
            module, _, member = component.place.partition(":")
            assert issubclass(getattr(importlib.import_module(module), member), Checkable), f"{role} {name}"


def test_an_endpoint_without_a_list_is_settled_by_a_call(
    stack: ExitStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = ChatServer(key=None, models=("m",), answers=lambda body: message("OK"))

    def unlisted(request: Request) -> Reply:
        return answer({"error": "no such page"}, status=404) if request.method == "GET" else chat(request)

    (address,) = started(stack, unlisted)
    text = f'extends = "offline"\n[policy]\nmember = "chat"\nbase_url = "{address}/v1"\nmodel = "m"\n'
    written = profile(tmp_path, text)
    assert examined(capsys, "--profile", written)[0] == 1
    assert examined(capsys, "--profile", written, "--call")[0] == 0


@pytest.mark.parametrize("command", ["generate", "run", "render", "score"])
def test_private_fetching_is_announced_before_anything_happens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "in.jsonl").write_text("")
    arguments = ["a red apple"] if command == "generate" else ["in.jsonl"]
    for setting in ("", "GENEVOLVE_ALLOW_PRIVATE_FETCH"):
        if setting:
            monkeypatch.setenv(setting, "1")
        exit_code(lambda: cli.main([command, *arguments, "--out", "out"], standalone_mode=False))
        said = capsys.readouterr().err
        assert ("private networks" in said) is bool(setting) and setting in said
