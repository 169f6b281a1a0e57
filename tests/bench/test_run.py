"""`genevolve bench` as a user runs it: real members, whole directories, interruptions, and input that cannot be used."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from genevolve.app.bench import Benchmark, run_benchmark, system_name
from genevolve.app.profile import load_profile
from genevolve.app.report import load_run
from genevolve.cli.main import cli, exit_code
from genevolve.core.errors import UsageError
from genevolve.data.records import json_object
from tests.conftest import png
from tests.services.chat_server import KEY, ChatServer, failing, message
from tests.services.thread import serving


def call(*arguments: str) -> int:
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def lasting(row: dict[str, Any]) -> dict[str, Any]:
    """What of a row must not depend on when and in how many goes it was made."""
    return {key: value for key, value in row.items() if key not in ("at",)}


def write_lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- whole runs -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three requests of the atlas suite, one of them with two seeds at first, by the expert."""
    folder = tmp_path_factory.mktemp("bench") / "expert"
    run_benchmark("atlas", out=folder, rows=3, workers=1)
    return folder


def test_a_run_leaves_rows_tables_and_release_files(expert: Path) -> None:
    rows = rows_of(expert)
    assert [row["repeat"] for row in rows] == [0, 0, 0] and len({row["case_id"] for row in rows}) == 3
    for row in rows:
        assert row["score"]["judge"] == "pixel" and row["measures"]["tool_calls"] == row["tool_calls"]
        assert (expert / "images" / f"{row['truth_digest']}.png").is_file() and (expert / row["image_path"]).is_file()
        assert row["needs"]["skills"] is not None and row["family"] and row["eval_type"].endswith("-Anchored")
    about = json.loads((expert / "run.json").read_text())
    assert (
        about["profile"]["policy"]["member"] == "expert"
        and about["name"] == "expert · sketch"
        and about["bench"]["remarks"] == []
    )
    text = (expert / "summary.md").read_text()
    assert "judge pixel" in text and "profile offline" in text and "What the agents did" in text
    summary, figures = (json.loads((expert / name).read_text()) for name in ("summary.json", "bench.json"))
    (system,) = figures["groups"][0]["systems"]
    assert system["release"]["mean"] == pytest.approx(summary["all"]["overall"], abs=5e-5) and system["rows"] == 3


def test_nothing_of_the_recipe_is_shown_to_the_policy(expert: Path) -> None:
    """Its messages hold the request and what the tools said; claims, needs and family are for judges and tables."""
    for row in rows_of(expert):
        users = [message["content"] for message in row["messages"] if message["role"] == "user"]
        assert users[0] == row["prompt"]
        said = row["messages"][0]["content"] + users[0]
        assert row["family"] not in said and "openmoji:" not in said and "heldout" not in said


def test_the_same_directory_goes_on_with_more_seeds(expert: Path, tmp_path: Path) -> None:
    before = rows_of(expert)
    assert call("bench", "atlas", "--rows", "2", "--seeds", "2", "--workers", "1", "--out", str(expert)) == 0
    after = {row["id"]: row for row in rows_of(expert)}
    assert len(after) == 5 and all(lasting(after[row["id"]]) == lasting(row) for row in before)
    first, second = (after[f"{before[0]['case_id']}-s{n}"] for n in (0, 1))
    assert first["seed"] != second["seed"] and first["prompt"] == second["prompt"]


def test_the_same_run_gives_the_same_rows(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert call("bench", "atlas", "--rows", "2", "--policy", "raw", "--workers", "1", "--out", name) == 0
    assert [lasting(row) for row in rows_of(tmp_path / "a")] == [lasting(row) for row in rows_of(tmp_path / "b")]
    run = load_run(tmp_path / "a")
    assert run.name == "raw · sketch" and all(row.behaviour["tool_calls"] == 0 for row in run.rows)


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """SIGKILL after the first row; nothing that was done is done again, and the end is that of an undisturbed run."""
    command = [sys.executable, "-m", "genevolve", "bench", "atlas", "--policy", "raw", "--rows", "6", "--concurrency", "2"]
    command += ["--workers", "1"]
    environ = {**os.environ, "OMP_NUM_THREADS": "1"}
    results = tmp_path / "killed" / "results.jsonl"
    process = subprocess.Popen([*command, "--out", "killed"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ)
    deadline = time.monotonic() + 60
    while (
        time.monotonic() < deadline and process.poll() is None and not (results.exists() and results.read_bytes().count(b"\n"))
    ):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    done = results.read_bytes().count(b"\n")
    assert 1 <= done < 6, "the run ended before it could be killed: give it more rows"
    journal = (tmp_path / "killed" / "journal.jsonl").read_bytes()
    journal = journal[: journal.rindex(b"\n") + 1]
    again = [*command[3:], "--out"]
    capfd.readouterr()
    assert call(*again, "killed") == 0 and f"6 rows done ({done} of them earlier)" in capfd.readouterr().err
    assert (tmp_path / "killed" / "journal.jsonl").read_bytes().startswith(journal)
    assert call(*again, "whole") == 0
    assert [lasting(row) for row in rows_of(tmp_path / "killed")] == [lasting(row) for row in rows_of(tmp_path / "whole")]


def test_workers_end_with_a_main_process_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom functools import partial\n"
        "from genevolve.app.assemble import assemble\nfrom genevolve.app.profile import load_profile\n"
        "from genevolve.run.workers import Workers\n"
        "if __name__ == '__main__':\n"
        "    opener = partial(assemble, load_profile('offline', {'policy': 'raw'}), roles=('policy',))\n"
        "    pool = Workers(2, opener, Path('images'))\n"
        "    futures = [pool._pool.submit(time.sleep, 0.1) for _ in range(8)]\n"
        "    [future.result() for future in futures]\n"
        "    print(*pool._pool._processes, flush=True)\n    time.sleep(60)\n"
    )
    (tmp_path / "main.py").write_text(code)
    process = subprocess.Popen([sys.executable, "main.py"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    workers = [int(number) for number in process.stdout.readline().split()]
    process.kill()
    process.wait(10)
    process.stdout.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(map(alive, workers)):
        time.sleep(0.05)
    assert len(workers) == 2 and not any(map(alive, workers))


def alive(number: int) -> bool:
    try:
        return (Path("/proc") / str(number) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_progress_is_reported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("bench", "atlas", "--rows", "2", "--policy", "raw", "--workers", "1", "--out", "a") == 0
    out, err = capfd.readouterr()
    assert "2/2" in err and "mean KScore" in err and "2 rows done" in err
    assert out.startswith("## Scores on atlas, judge pixel")


def test_the_users_own_libraries_change_nothing_unless_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    own = tmp_path / "own"
    own.mkdir()
    (own / "red apple.png").write_bytes(png())
    assert call("library", "add", str(own), "--name", "mine") == 0
    requests = write_lines(tmp_path / "r.jsonl", [{"prompt": "the logo of Zyxoria and a red apple on a white page"}])
    job = Benchmark.prepare("jsonl", data=requests, out=tmp_path / "x", libraries=["mine"])
    assert json_object(job.about["input"])["libraries"] == ["mine"]
    assert Benchmark.prepare("atlas", out=tmp_path / "y", rows=1).libraries == ()
    assert call("bench", "jsonl", "--data", "r.jsonl", "--library", "nobody", "--out", "z") == 2


# ---- suites of the user's own -----------------------------------------------------------------------------------------


def test_own_requests_with_bad_rows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows: list[Any] = [
        {"id": "good", "prompt": "three red apples in a row on a white page"},
        {"id": "../../evil", "prompt": "two dogs on a white page \ud83d", "category": "<script>alert(1)</script> \udc00"},
        {"id": "none"},
        {"id": "lost", "prompt": "a cat", "gt_image": "missing.png"},
    ]
    write_lines(tmp_path / "mine.jsonl", rows)
    assert call("bench", "jsonl", "--data", "mine.jsonl", "--policy", "raw", "--workers", "1", "--out", "out") == 1
    _, err = capfd.readouterr()
    found = {row["id"]: row for row in rows_of(tmp_path / "out")}
    assert set(found) == {"good-s0", "../../evil-s0", "none", "lost"}
    assert found["none"]["bad_input"] and "missing.png" in found["lost"]["error"] and "row none" in err
    assert not list(tmp_path.glob("evil*")) and found["../../evil-s0"]["image_path"].startswith("images/")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["total_cases"] == 4 and summary["all"]["count_eval_success"] == 2


def test_the_public_benchmark_runs(tmp_path: Path) -> None:
    (tmp_path / "b" / "images").mkdir(parents=True)
    (tmp_path / "b" / "images" / "case_00000.jpg").write_bytes(png())
    row = {
        "id": "case_00000", "question": "three red apples in a row on a white page", "gt_image": "images/case_00000.jpg",
        "eval_type": "Quality-Anchored", "category": "food", "difficulty": "medium",
    }  # fmt: skip
    write_lines(tmp_path / "b" / "test.jsonl", [row])
    assert call("bench", "genevolve", "--data", "b", "--policy", "raw", "--workers", "1", "--out", "out") == 0
    (found,) = rows_of(tmp_path / "out")
    assert found["gt_image"] == row["gt_image"] and found["truth_digest"] and found["eval_type"] == "Quality-Anchored"
    text = (tmp_path / "out" / "summary.md").read_text()
    assert "## Published results" in text and "(published)" in text and "0.3663" in text


def test_geneval_reports_what_it_does_not_cover(tmp_path: Path) -> None:
    rows = [
        {"tag": "single_object", "include": [{"class": "dog", "count": 1}], "prompt": "a photo of a dog"},
        {"tag": "counting", "include": [{"class": "apple", "count": 3}], "exclude": [{"class": "apple", "count": 4}],
         "prompt": "a photo of three apples"},
        {"tag": "single_object", "include": [{"class": "hair drier", "count": 1}], "prompt": "a photo of a hair drier"},
    ]  # fmt: skip
    write_lines(tmp_path / "evaluation_metadata.jsonl", rows)
    assert call("bench", "geneval", "--data", ".", "--workers", "1", "--out", "out") == 0
    text = (tmp_path / "out" / "summary.md").read_text()
    assert "Not covered: 1 prompts" in text and "hair drier" in text
    figures = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert figures["groups"][0]["measure"] == "correct" and figures["uncovered"][0]["id"] == "00002"
    assert {row["category"] for row in rows_of(tmp_path / "out")} == {"single_object", "counting"}
    assert call("report", "out") == 0 and "Not covered: 1 prompts" in (tmp_path / "out" / "report.html").read_text()


# ---- WISE against a strict endpoint -----------------------------------------------------------------------------------

WISE_PROFILE = """
extends = "offline"
[policy]
member = "raw"
[image_judge]
member = "vlm"
base_url = "{url}/v1"
model = "test-model"
api_key_env = "JUDGE_API_KEY"
[limits.image_judge]
max_attempts = 3
base_backoff = 0.01
"""


def wise_folder(folder: Path) -> Path:
    folder.mkdir()
    names = ("Cultural knowledge", "Time", "Space", "Biology", "Physics", "Chemistry")
    rows = [
        {"Prompt": f"a red apple for festival {n}", "Explanation": f"meaning {n}", "Category": name, "Subcategory": "s",
         "prompt_id": n + 1}
        for n, name in enumerate(names)
    ]  # fmt: skip
    (folder / "prompts.json").write_text(json.dumps(rows))
    return folder


def wise_answer(body: dict[str, Any]) -> dict[str, Any]:
    """Consistency by the prompt's number; the fourth one is answered out of range."""
    (text,) = (part["text"] for part in body["messages"][1]["content"] if part["type"] == "text")
    number = int(text.split("festival ")[1][0])
    if number == 3:
        return message('{"consistency": 5, "realism": 1, "aesthetic": 1}')
    assert f"meaning {number}" in text
    return message(json.dumps({"consistency": number % 3, "realism": 1, "aesthetic": 2, "rationale": "seen"}))


def test_wise_is_judged_by_its_own_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_API_KEY", KEY)
    wise_folder(tmp_path / "wise")
    chat = ChatServer(answers=wise_answer)
    with serving(chat) as (server,):
        (tmp_path / "p.toml").write_text(WISE_PROFILE.format(url=server.url))
        server.script.append(failing(500))
        arguments = ("bench", "wise", "--data", "wise", "--profile", "p.toml", "--workers", "1", "--out", "out")
        assert call(*arguments) == 0
        asked = len(chat.bodies)
        assert call(*arguments) == 0 and len(chat.bodies) == asked  # what is judged is not judged again
        assert call(*arguments, "--retry-failed") == 0 and len(chat.bodies) > asked  # only the answer that could not be used
        assert server.rejections == []
    run = load_run(tmp_path / "out")
    scores = {row.category: row.value("wiscore") for row in run.rows}
    assert scores["Culture"] == pytest.approx((0.2 + 0.2) / 2)
    assert scores["Time"] == pytest.approx((0.7 + 0.2 + 0.2) / 2) and scores["Biology"] is None
    bad = next(row for row in run.rows if row.category == "Biology")
    assert "consistency is 5; it must be 0, 1 or 2" in bad.unscored
    assert {row.judge for row in run.rows if row.values} == {next(r.judge for r in run.rows if r.values)}
    text = (tmp_path / "out" / "summary.md").read_text()
    assert "wise-legacy:test-model@" in text and "(published)" in text and "| Biology | – | 0 + 1 |" in text
    assert KEY not in text and KEY not in (tmp_path / "out" / "run.json").read_text()


# ---- what cannot be used ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("atlas", "--policy", "exprt"), "policy 'exprt' is unknown"),
        (("atlas", "--judge", "none"), "image_judge 'none' is unknown"),
        (("atlsa",), "SUITE is 'atlsa'"),
        (("atlas", "--rows", "0"), "--rows is 0"),
        (("atlas", "--seeds", "-1"), "--seeds is -1"),
        (("atlas", "--workers", "0"), "--workers is 0"),
        (("atlas", "--size", "12"), "--size is '12'"),
        (("atlas", "--profile", "none.toml"), "--profile none.toml"),
        (("jsonl",), "--data is missing"),
        (("wise", "--data", "."), "--data .: the suite wise needs the folder"),
        (("geneval", "--data", "g", "--judge", "vlm"), "is decided on the detections of --judge pixel"),
    ],
)
def test_bad_settings_are_named(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "g").mkdir()
    row = {"tag": "t", "include": [{"class": "dog", "count": 1}], "prompt": "a dog"}
    write_lines(tmp_path / "g" / "evaluation_metadata.jsonl", [row])
    assert call("bench", *arguments, "--out", "out") == 2
    assert message in capsys.readouterr().err and not (tmp_path / "out" / "results.jsonl").exists()


def test_wise_refuses_a_judge_that_sees_no_photographs(tmp_path: Path) -> None:
    wise_folder(tmp_path / "wise")
    with pytest.raises(UsageError, match="--judge is 'pixel': the suite wise"):
        Benchmark.prepare("wise", data=tmp_path / "wise", out=tmp_path / "out")


def test_a_directory_belongs_to_its_settings_and_requests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = write_lines(tmp_path / "a.jsonl", [{"id": "x", "prompt": "a red apple on a white page"}])
    other = write_lines(tmp_path / "b.jsonl", [{"id": "x", "prompt": "a green pear on a white page"}])
    common = ("--policy", "raw", "--workers", "1", "--out", "out")
    assert call("bench", "jsonl", "--data", str(first), *common) == 0
    before = (tmp_path / "out" / "results.jsonl").read_bytes()
    assert call("bench", "jsonl", "--data", str(other), *common) == 2
    assert "row 'x-s0' with another request" in capsys.readouterr().err
    assert call("bench", "jsonl", "--data", str(first), "--size", "256x256", *common) == 2
    assert "input.size" in capsys.readouterr().err
    assert call("bench", "jsonl", "--data", str(first), "--policy", "expert", *common[2:]) == 2
    assert "profile.policy.member" in capsys.readouterr().err
    assert call("bench", "jsonl", "--data", str(first), "--judge", "vlm", *common) == 2
    assert "profile.image_judge.member" in capsys.readouterr().err
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == before


def test_the_atlas_suite_has_a_world_of_its_own_unless_the_profile_says_otherwise(tmp_path: Path) -> None:
    about = Benchmark.prepare("atlas", rows=1, out=tmp_path / "a").about
    assert json_object(about["profile"])["image_search"] == {"member": "atlas", "order": "mixed"}
    (tmp_path / "fit.toml").write_text('extends = "offline"\n[image_search]\norder = "fit"\n')
    about = Benchmark.prepare("atlas", rows=1, profile="fit.toml", out=tmp_path / "b").about
    assert json_object(about["profile"])["image_search"] == {"member": "atlas", "order": "fit"}
    about = Benchmark.prepare("atlas", rows=1, members={"image_search": "serper"}, out=tmp_path / "c").about
    assert json_object(about["profile"])["image_search"] == {"member": "serper"}
    assert load_profile("offline").image_search.settings == {}


def test_settings_of_a_member_come_from_the_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.toml").write_text('extends = "offline"\n[policy]\nmember = "expert"\nskills = false\npick = "first"\n')
    assert call("bench", "atlas", "--profile", "mine.toml", "--policy", "expert", "--rows", "2", "--out", "x", "--dry-run") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["profile"]["policy"] == {"member": "expert", "skills": False, "pick": "first"}
    assert shown["name"] == "expert(pick=first, skills=False) · sketch" and shown["requests"] == 2
    assert len(shown["requests_digest"]) == 16 and not (tmp_path / "x").exists()
    assert system_name(load_profile("mine.toml", {"policy": "raw"})) == "raw · sketch"
    (tmp_path / "wrong.toml").write_text('extends = "offline"\n[policy]\nmember = "expert"\nskils = false\n')
    assert call("bench", "atlas", "--profile", "wrong.toml", "--rows", "1", "--out", "y") == 2
    assert "policy.skils is not a setting of 'expert'; it takes lapse, pick, quirks, search, skills" in capsys.readouterr().err
