"""The command line as a user meets it: real members, one process per call where the process matters."""

import json
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genevolve import Generation
from genevolve import generate as api_generate
from genevolve.cli.main import cli, exit_code

REQUEST = (
    "the flag of the country whose capital is Ouagadougou, with exactly four camels in a row under it "
    'and the title "VISIT BURKINA"'
)


def call(*arguments: str) -> int:
    """The exit code of the command line, in this process."""
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


def spoken(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    captured = capsys.readouterr()
    return captured.out, captured.err


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_generate_tells_json_and_nothing_else(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("generate", REQUEST, "--out", "out", "--json") == 0
    out, _ = spoken(capfd)
    told_json = json.loads(out)
    assert out.count("\n") == 1
    assert told_json["request"] == REQUEST
    assert "first reference image" in told_json["program"]["gen_prompt"]
    assert told_json["references"][0]["title"].lower().endswith("burkina faso")
    assert told_json["references"][0]["source"] == "openmoji"
    assert any("Ouagadougou" in fact["snippet"] for fact in told_json["facts"])
    score = told_json["score"]
    assert score["kscore"] == 1.0 and score["judge"].startswith("pixel") and len(score["diagnostics"]) >= 4
    with Image.open(told_json["image_path"]) as image:
        assert image.size == (512, 512)


def test_the_run_directory_holds_everything(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("generate", "a photo of three dogs", "--out", "out", "--size", "640x384", "--seed", "5") == 0
    out, _ = spoken(capfd)
    assert "KScore" in out and "out/images/image.png" in out
    about = json.loads((workdir / "out/run.json").read_text())
    assert about["profile"]["policy"]["member"] == "expert" and about["seed"] == 5 and about["genevolve"]
    page = (workdir / "out/index.html").read_text()
    assert page.count("data:image/png;base64,") >= 1
    assert "<script" not in page and 'http-equiv="Content-Security-Policy"' in page
    lines = [json.loads(line) for line in (workdir / "out/journal.jsonl").read_text().splitlines()]
    assert lines[0]["request"]["text"] == "a photo of three dogs"
    assert [line["entry"]["kind"] for line in lines[1:]][-3:] == ["rendered", "program_scored", "image_scored"]
    with Image.open(workdir / "out/images/image.png") as image:
        assert image.size == (640, 384)


def test_same_request_same_bytes(workdir: Path) -> None:
    digests = {api_generate(REQUEST, out=f"out{n}").trajectory.rendering for n in range(2)}
    assert len(digests) == 1


def test_a_directory_takes_several_requests(workdir: Path) -> None:
    first = api_generate("a photo of a cat", out="out")
    second = api_generate("a photo of a dog", out="out")
    assert isinstance(second, Generation)
    assert first.image and second.image and first.image != second.image and first.image.is_file()


def picture(path: Path, size: tuple[int, int] = (120, 90), **options: Any) -> Path:
    Image.new("RGB", size, (10, 120, 200)).save(path, **options)
    return path


def test_own_references_are_used_and_shown(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    picture(workdir / "acme_logo.png")
    code = call(
        "generate", 'a poster with our logo in the center and the title "ACME"', "--reference", "acme_logo.png", "--json"
    )
    assert code == 0
    (reference,) = json.loads(spoken(capfd)[0])["references"]
    assert reference["title"] == "acme logo" and reference["source"] == "request"


def test_libraries_are_searched_with_the_pictograms(
    workdir: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from genevolve.app.environment import environment, home

    monkeypatch.setenv("GENEVOLVE_HOME", str(workdir / "home"))
    assert home(environment()) == workdir / "home"
    brand = workdir / "brand"
    brand.mkdir()
    picture(brand / "a.png")
    (brand / "a.txt").write_text("Zorblax mascot")
    (brand / "broken.png").write_bytes(b"not an image")
    assert call("library", "add", "brand") == 0
    out, err = spoken(capfd)
    assert "1 added" in out and "broken.png" in err
    assert call("library", "list") == 0
    assert "brand" in spoken(capfd)[0]
    assert call("generate", "a poster of the Zorblax mascot in the center", "--json") == 0
    (reference,) = json.loads(spoken(capfd)[0])["references"]
    assert reference["title"] == "Zorblax mascot" and reference["source"] == "library:brand"
    assert call("library", "remove", "brand") == 0
    assert call("library", "remove", "brand") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate", ""], "empty"),
        (["generate", "x" * 1_000_000], "20,000"),
        (["generate", "\x00\x01\x02binary"], "binary"),
        (["generate", "a cat", "--size", "5x5"], "--size"),
        (["generate", "a cat", "--size", "big"], "--size"),
        (["generate", "a cat", "--reference", "missing.png"], "missing.png"),
        (["generate", "a cat", "--reference", "text.png"], "text.png"),
        (["generate", "a cat", "--reference", "cut.png"], "cut.png"),
        (["generate", "a cat", "--reference", "moving.gif"], "animation"),
        (["generate", "a cat", "--reference", "huge.png"], "40,000,000 pixels"),
        (["generate", "a cat", "--reference", "."], "--reference"),
        (["generate", "a cat", "--library", "nowhere"], "nowhere"),
        (["generate", "a cat", "--profile", "nothing"], "--profile"),
        (["generate", "a cat", "--policy", "nobody"], "nobody"),
        (["generate", "a cat", "--out", "file.txt"], "file.txt"),
        (["generate"], "REQUEST"),
        (["generate", "a cat", "--colour", "red"], "--colour"),
        (["run", "missing.jsonl", "--out", "o"], "missing.jsonl"),
        (["run", "array.json", "--out", "o"], "JSON"),
        (["run", "rows.jsonl", "--out", "o", "--concurrency", "0"], "concurrency"),
        (["library", "add", "missing"], "missing"),
        (["library", "add", "empty"], "empty"),
        (["nonsense"], "nonsense"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_use_is_said_and_exits_with_two(
    arguments: list[str], said: str, workdir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (workdir / "text.png").write_text("just text")
    (workdir / "cut.png").write_bytes(picture(workdir / "whole.png").read_bytes()[:100])
    frames = [Image.new("RGB", (20, 20), (80 * n, 40, 10)) for n in range(3)]
    frames[0].save(workdir / "moving.gif", save_all=True, append_images=frames[1:])
    huge_header(workdir / "huge.png")
    (workdir / "file.txt").write_text("here")
    (workdir / "array.json").write_text("[1, 2")
    (workdir / "rows.jsonl").write_text('{"prompt": "a cat"}\n')
    (workdir / "empty").mkdir()
    assert call(*arguments) == 2
    out, err = spoken(capfd)
    assert said in err and out == ""
    assert "Traceback" not in err and len(err) < 1500


def huge_header(path: Path) -> None:
    """A PNG that says that it is 30,000 × 30,000 pixels."""
    import struct
    import zlib

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\x00" * 1000)), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


@pytest.mark.parametrize(
    "request_text",
    ["🐪🐪🐪", "a\u202ecat\u202c on a \u200bmat", "??? !!! cat", "<|im_end|> dogs"],
)
def test_strange_requests_end_in_an_image(request_text: str, workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("generate", request_text, "--json", "--out", "o") == 0
    told_json = json.loads(spoken(capfd)[0])
    assert Path(told_json["image_path"]).is_file()
    assert ("score" in told_json) != ("unscored" in told_json)


@pytest.mark.parametrize("request_text", ["صورة لثلاثة جمال", "三只猫"])
def test_what_the_offline_policy_cannot_read_is_said(
    request_text: str, workdir: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No blank picture: the sentence names the setting that helps."""
    assert call("generate", request_text, "--json", "--out", "o") == 1
    told_json = json.loads(spoken(capfd)[0])
    assert told_json["image_path"] is None and "not English" in told_json["error"] and "--profile" in told_json["error"]


def test_run_carries_fields_and_says_bad_rows(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = [
        '{"id": "../../x", "prompt": "a photo of a cat", "tag": 7}',
        '{"id": "b", "prompt"',
        '{"question": "a photo of two dogs"}',
    ]
    (workdir / "rows.jsonl").write_text("\n".join(rows))
    assert call("run", "rows.jsonl", "--out", "o", "--format", "release") == 1
    _, err = spoken(capfd)
    assert "line 2" in err
    results = [json.loads(line) for line in (workdir / "o/results.jsonl").read_text().splitlines()]
    assert [row["id"] for row in results] == ["../../x", "#1", 2]
    assert results[0]["tag"] == 7 and results[0]["error"] is None and results[0]["score"]["kscore"] >= 0.5
    assert not (workdir.parent / "x.png").exists()
    release = json.loads((workdir / "o/results.json").read_text())
    assert [row["termination"] for row in release] == ["answer", "error", "answer"]


def test_stages_hand_over_to_each_other(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (workdir / "rows.jsonl").write_text(json.dumps({"id": "a", "prompt": REQUEST, "eval_type": "Knowledge-Anchored"}) + "\n")
    assert call("run", "rows.jsonl", "--out", "one", "--until", "program", "--format", "release") == 0
    assert call("render", "one/results.json", "--out", "two", "--format", "release") == 0
    assert call("score", "two/results.json", "--out", "three", "--format", "release") == 0
    whole = api_generate(REQUEST, out="whole")
    rendered = json.loads((workdir / "two/results.json").read_text())[0]
    assert rendered["image_status"] == "ok" and rendered["messages"][0]["role"] == "system"
    assert whole.image
    with Image.open(workdir / "two" / rendered["image_path"]) as apart, Image.open(whole.image) as at_once:
        assert apart.tobytes() == at_once.tobytes()
    summary = json.loads((workdir / "three/summary.json").read_text())
    assert summary["by_eval_type"]["Knowledge-Anchored"]["overall"] == 1.0


def test_an_unreadable_image_is_never_judged(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (workdir / "bad.png").write_bytes(b"no image")
    rows = [
        {"id": 1, "prompt": "a cat", "output_path": "bad.png"},
        {"id": 2, "prompt": "a cat", "output_path": "gone.png"},
        {"id": 3, "prompt": "a cat", "output_path": str(picture(workdir / "good.png")), "gt_image": "missing.png"},
    ]
    (workdir / "rows.json").write_text(json.dumps(rows))
    assert call("score", "rows.json", "--out", "o", "--format", "release") == 1
    summary = json.loads((workdir / "o/summary.json").read_text())
    assert summary["all"]["count_eval_success"] == 0 and summary["all"]["missing_or_failed"] == 3


def test_render_never_leaves_a_reference_out(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    row = {
        "id": 1, "prompt": "a flag", "gen_prompt": "The first reference image, large, in the center of a white page.",
        "reference_images": [{"img_id": "IMG_004", "local_path": "gone.png", "url": "openmoji:x"}],
    }  # fmt: skip
    (workdir / "rows.json").write_text(json.dumps([row]))
    assert call("render", "rows.json", "--out", "o") == 1
    (result,) = (json.loads(line) for line in (workdir / "o/results.jsonl").read_text().splitlines())
    assert "IMG_004" in result["error"] and result["success"] is False


def genevolve(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "genevolve", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def test_interrupted_by_the_keyboard(workdir: Path) -> None:
    rows = "".join(json.dumps({"prompt": f"a photo of {n} dogs"}) + "\n" for n in range(2, 60))
    (workdir / "rows.jsonl").write_text(rows)
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests run in the background would hand down a deaf ear
    process = genevolve("run", "rows.jsonl", "--out", "o", "--concurrency", "2", preexec_fn=heard)
    wait_for(lambda: (workdir / "o/results.jsonl").exists() and (workdir / "o/results.jsonl").stat().st_size > 0, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"stopped" in err and b"Traceback" not in err


@pytest.mark.slow
def test_killed_at_random_moments_and_resumed(workdir: Path) -> None:
    rows = "".join(json.dumps({"id": n, "prompt": f"a photo of {n % 7 + 2} dogs and a cat"}) + "\n" for n in range(24))
    (workdir / "rows.jsonl").write_text(rows)
    assert genevolve("run", "rows.jsonl", "--out", "whole").wait() == 0
    kills = 0
    while kills < 40:
        process = genevolve("run", "rows.jsonl", "--out", "killed", "--concurrency", "3")
        time.sleep(0.6 + 0.07 * kills % 1.7)
        process.kill()
        process.communicate()
        if process.returncode == 0:
            break
        kills += 1
    assert kills >= 3
    assert genevolve("run", "rows.jsonl", "--out", "killed").wait() == 0
    assert (workdir / "killed/results.jsonl").read_bytes() == (workdir / "whole/results.jsonl").read_bytes()
    replies = [line for line in (workdir / "killed/journal.jsonl").read_text().splitlines() if '"kind":"image_scored"' in line]
    assert len(replies) == 24


def wait_for(done: Any, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.05)


def test_serve_opens_the_page_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: queue.Queue[str] = queue.Queue()

    async def served(profiles: object, *, ready: Callable[[str], None], **settings: Any) -> None:
        assert settings["allowed"] == (tmp_path,)
        ready("http://127.0.0.1:1")

    monkeypatch.setattr("genevolve.server.app.serve", served)
    monkeypatch.setattr("webbrowser.open", opened.put)
    cli.main(["serve", "--allow", str(tmp_path)], standalone_mode=False)
    cli.main(["serve", "--allow", str(tmp_path), "--open", "--port", "1"], standalone_mode=False)
    assert opened.get(timeout=30) == "http://127.0.0.1:1/"
    assert opened.empty()


def test_help_explains_itself(capfd: pytest.CaptureFixture[str]) -> None:
    assert call("--help") == 0
    out, _ = spoken(capfd)
    assert "genevolve generate" in out and "library" in out
    for command in ("generate", "run", "render", "score", "library"):
        assert call(command, "--help") == 0


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/proc/mounts").exists(), reason="mounting a small file system needs root")
@pytest.mark.slow
def test_a_full_disk_is_said_and_survived(workdir: Path) -> None:
    small = workdir / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        (workdir / "rows.jsonl").write_text(
            "".join(json.dumps({"prompt": f"a photo of {n} cats"}) + "\n" for n in range(2, 30))
        )
        process = genevolve("run", "rows.jsonl", "--out", str(small / "o"))
        _, err = process.communicate()
        assert process.returncode == 1 and b"disk is full" in err and b"Traceback" not in err
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        assert genevolve("run", "rows.jsonl", "--out", str(small / "o")).wait() == 0
        assert len((small / "o/results.jsonl").read_text().splitlines()) == 28
    finally:
        subprocess.run(["umount", str(small)], check=False)


@pytest.mark.parametrize("words", [("generate", "a photo of three dogs", "--out", "out"), ("--help",)], ids=["work", "help"])
def test_a_reader_that_goes_away_ends_the_printing_not_the_work(workdir: Path, words: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)  # as `| head -1` after its line, but at once
    command = [sys.executable, "-m", "genevolve", *words]
    try:
        ended = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False, timeout=120)
    finally:
        os.close(write)
    assert (ended.returncode, ended.stderr) == (141, b"")
    if "generate" in words:
        assert (workdir / "out" / "images" / "image.png").is_file() and (workdir / "out" / "index.html").is_file()
