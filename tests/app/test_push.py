"""``genevolve push``: what is written, what is sent by the hub's own client, and folders that are named as the hub has them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from genevolve import push
from genevolve.core.errors import UsageError
from genevolve.data.card import DatasetCard, write_card
from genevolve.policies.local.adapters import adapter_folder
from genevolve.store.hub import local_folder
from tests.data.test_formats import exported, loaded
from tests.services.hub import TOKEN, Hub
from tests.services.thread import serving
from tests.services.wire import Server


def dataset(folder: Path) -> Path:
    """A finished data set, with what must not be published beside it."""
    found, _, counts = exported(folder)
    write_card(found, DatasetCard(name="small", licence="CC0 1.0", counts=counts, funnels=[], made={"teacher": "expert"}))
    (found / ".cache").mkdir()
    (found / ".cache" / "key").write_text("secret")
    return found


def trained(folder: Path, base: str = "HuggingFaceTB/SmolLM2-135M-Instruct") -> Path:
    """The folder of a run with its adapter."""
    (folder / "adapter").mkdir(parents=True)
    config = {"base_model_name_or_path": base, "peft_type": "LORA", "r": 8, "lora_alpha": 16}
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "adapter" / "notes.txt").write_text("not for others")
    (folder / "run.json").write_text(
        json.dumps({"recipe": {"name": "/home/me/mine.toml"}, "genevolve": "0.1.0", "commit": "abc"})
    )
    lines = [
        {"step": 0, "means": {"reward": 0.25}, "judges": ["pixel"]},
        {"step": 9, "means": {"reward": 0.5}, "judges": ["pixel"]},
    ]
    (folder / "evaluations.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    (folder / "log.jsonl").write_text('{"step": 8, "loss": 0.75, "rollout/reward": 0.9}\n{"step": 9, "rollout/reward": 0.6}\n')
    return folder


def front(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def test_an_adapter_is_written_with_its_card(tmp_path: Path) -> None:
    done = push(trained(tmp_path / "run"), "me/planner", dry_run=tmp_path / "out", licence="Apache-2.0")
    assert (done.kind, done.address) == ("model", None)
    assert done.files == ("README.md", "adapter_config.json", "adapter_model.safetensors")
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    told = front(card)
    assert (told["license"], told["base_model"], told["library_name"]) == (
        "apache-2.0", "HuggingFaceTB/SmolLM2-135M-Instruct", "peft"
    )  # fmt: skip
    (reward, loss, rolled) = told["model-index"][0]["results"]
    assert (reward["metrics"][0]["value"], reward["dataset"]["name"]) == (0.5, "held-out requests")
    assert (loss["metrics"][0]["value"], rolled["metrics"][0]["value"]) == (0.75, 0.6)
    assert "Judged by pixel" in card and "| recipe | mine.toml |" in card and "/home/me" not in card
    assert "r = 8, alpha = 16" in card


def test_the_name_of_the_model_below_is_one_of_the_hub(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", base="/home/me/models/Qwen3-VL-8B")
    (run / "adapter" / "README.md").write_text("---\nlicense: mit\n---\nTaught by hand.\n")
    with pytest.raises(UsageError, match="no name on the hub: give its name there with --base-model"):
        push(run / "adapter", "me/planner", dry_run=tmp_path / "out", licence="mit")
    assert not (tmp_path / "out").exists()
    push(run / "adapter", "me/planner", dry_run=tmp_path / "out", licence="My own", base_model="Qwen/Qwen3-VL-8B-Instruct")
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "Qwen/Qwen3-VL-8B-Instruct"
    told = front((tmp_path / "out" / "README.md").read_text())
    assert (told["license"], told["license_name"]) == ("other", "my-own")
    assert (tmp_path / "out" / "README.md").read_text().endswith("## Notes\n\nTaught by hand.\n")
    assert json.loads((run / "adapter" / "adapter_config.json").read_text())["base_model_name_or_path"].startswith("/home")


def test_a_data_set_is_written_as_viewers_read_it(tmp_path: Path) -> None:
    """And as ``datasets`` loads it; the folder itself stays as it is."""
    found = dataset(tmp_path)
    before = (found / "README.md").read_bytes()
    done = push(found, "me/small", dry_run=tmp_path / "out")
    assert done.kind == "dataset" and not [name for name in done.files if ".cache" in name]
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert 'load_dataset("me/small")' in card and (found / "README.md").read_bytes() == before
    for each in front(card)["configs"]:
        assert [each["data_files"][0]["path"]] == [f"parquet/{each['config_name']}.parquet"]
        assert f"parquet/{each['config_name']}.parquet" in done.files


def test_what_cannot_be_published_is_said(tmp_path: Path) -> None:
    run, found = trained(tmp_path / "run"), dataset(tmp_path / "data")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    for told, folder, repo, more in (
        ("REPO is 'planner'; write it as OWNER/NAME", run, "planner", {}),
        ("REPO is '../../x'", run, "../../x", {}),
        ("--licence is missing", run, "me/x", {}),
        ("neither a data set .* nor an adapter", tmp_path, "me/x", {}),
        ("--licence is for adapters", found, "me/x", {"licence": "mit"}),
        ("it is there already", run, "me/x", {"licence": "mit", "dry_run": tmp_path / "full"}),
    ):
        with pytest.raises(UsageError, match=told):
            push(folder, repo, **{"dry_run": tmp_path / "out", **more})  # type: ignore[arg-type]
    for table in (found / "parquet").glob("*"):
        table.unlink()
    with pytest.raises(UsageError, match=r"genevolve data export --out .* --parquet"):
        push(found, "me/x", dry_run=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_path_is_never_looked_for_on_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever looks like one: nothing is asked, because the library that would ask is not there."""
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    for name in ("runs/none", "./none", "/no/such", "../x", "none", "a/b/c"):
        assert local_folder(name, "model", setting="adapter") == Path(name)
    with pytest.raises(UsageError, match=r"pip install 'genevolve\[hub\]'"):
        local_folder("me/planner", "model", setting="adapter")
    assert adapter_folder("smollm2", "me/planner") == "me/planner"


# ---- with the hub's own client ----------------------------------------------------------------------------------------------


@pytest.fixture
def hub() -> Iterator[tuple[Hub, Server]]:
    known = Hub()
    with serving(known) as (server,):
        known.address = server.url
        yield known, server


def cli(hub: Hub, folder: Path, *words: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own: the client reads its settings when it is imported."""
    own = {"HF_ENDPOINT": hub.address, "HF_HOME": str(folder / "hf"), "HF_HUB_DISABLE_XET": "1", "NO_PROXY": "*"}
    environ = {
        **os.environ,
        **own,
        "GENEVOLVE_HOME": str(folder / "home"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_TOKEN": token,
    }
    return subprocess.run(
        [sys.executable, "-m", "genevolve", *words], env=environ, cwd=folder, capture_output=True, text=True, timeout=120
    )


@pytest.mark.slow
def test_a_data_set_goes_there_and_comes_back(hub: tuple[Hub, Server], tmp_path: Path) -> None:
    found = dataset(tmp_path / "mine")
    sent = cli(hub[0], tmp_path, "push", str(found), "me/small", "--private")
    assert sent.returncode == 0, sent.stderr
    assert f"the dataset me/small: {hub[0].address}/datasets/me/small" in sent.stdout
    kept = hub[0].repos["dataset", "me/small"]
    own = {path.relative_to(found).as_posix(): path.read_bytes() for path in found.rglob("*") if path.is_file()}
    own = {name: data for name, data in own.items() if not name.startswith(".cache")}
    assert kept.keys() == own.keys() and hub[0].private == {"me/small"}
    assert {name for name in kept if kept[name] != own[name]} == {"README.md"}
    again = cli(hub[0], tmp_path, "push", str(found), "me/small")  # it is there already
    assert again.returncode == 0, again.stderr
    checked = cli(hub[0], tmp_path, "data", "check", "me/small")
    assert "test.jsonl, line 2" in checked.stdout and checked.returncode == 1, checked.stderr
    assert hub[1].rejections == []
    written = [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert written == [] and TOKEN not in sent.stdout + sent.stderr


@pytest.mark.slow
def test_datasets_loads_what_was_written(tmp_path: Path) -> None:
    push(dataset(tmp_path / "mine"), "me/small", dry_run=tmp_path / "out")
    found = loaded(tmp_path / "out", tmp_path)
    assert {name: told[1] for name, told in found.items() if name != "default"} == {
        "sft": 2, "sft_validation": 1, "evolve": 1, "validation": 1, "test": 2
    }  # fmt: skip


@pytest.mark.slow
def test_an_adapter_goes_there_and_is_found_by_its_name(hub: tuple[Hub, Server], tmp_path: Path) -> None:
    sent = cli(hub[0], tmp_path, "push", str(trained(tmp_path / "run")), "me/planner", "--licence", "apache-2.0")
    assert sent.returncode == 0, sent.stderr
    assert hub[0].repos["model", "me/planner"]["adapter_model.safetensors"] == b"weights"
    code = (
        "from genevolve.policies.local.lora import adapter_base; from genevolve.store.hub import local_folder; "
        "print(adapter_base(local_folder('me/planner@main', 'model', setting='adapter')))"
    )
    own = {**os.environ, "HF_ENDPOINT": hub[0].address, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
    asked = subprocess.run([sys.executable, "-c", code], env=own, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert asked.stdout.strip() == "HuggingFaceTB/SmolLM2-135M-Instruct", asked.stderr
    missing = cli(hub[0], tmp_path, "sft", "atlas-smoke", "--data", "me/none")
    assert missing.returncode == 2 and "the hub's dataset of this name cannot be had" in missing.stderr


@pytest.mark.slow
def test_a_hub_that_refuses(hub: tuple[Hub, Server], tmp_path: Path) -> None:
    run = trained(tmp_path / "run")
    without = cli(hub[0], tmp_path, "push", str(run), "me/planner", "--licence", "mit", token="")
    assert (without.returncode, hub[1].requests) == (2, []) and "set HF_TOKEN" in without.stderr
    wrong = cli(hub[0], tmp_path, "push", str(run), "me/planner", "--licence", "mit", token="hf_of-somebody-else-123")
    assert wrong.returncode == 1 and "the hub did not take me/planner" in wrong.stderr
    assert "hf_of-somebody-else-123" not in wrong.stderr and hub[0].repos == {}
