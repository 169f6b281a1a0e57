"""In a notebook: functions work inside a running loop, and a ``Generation`` shows itself."""

import asyncio
import json
import re
import signal
import threading
from pathlib import Path

import pytest

from genevolve import doctor, generate
from genevolve.app.blocking import waited_for


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


def test_functions_work_inside_a_running_loop() -> None:
    async def cell() -> None:
        made = generate("a photo of two dogs", out="out", policy="raw")
        assert made.image is not None and made.image.is_file()
        assert doctor("offline", policy="raw").found

    asyncio.run(cell())


def test_an_error_inside_comes_out_as_it_is() -> None:
    async def fails() -> None:
        raise ValueError("as it is")

    async def cell() -> None:
        with pytest.raises(ValueError, match="as it is"):
            waited_for(fails())

    asyncio.run(cell())


def test_what_interrupts_a_cell_cancels_the_work() -> None:
    seen: list[str] = []

    async def work() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # it wakes a thread that waits, as Ctrl-C does
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    async def cell() -> None:
        waited_for(work())

    loop = asyncio.new_event_loop()  # as a kernel runs it: Ctrl-C is an exception, not a cancelled task
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background are deaf to it
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(cell())
    finally:
        signal.signal(signal.SIGINT, before)
        loop.close()
    assert seen == ["cancelled"]


def test_a_generation_shows_picture_score_and_what_became_of_the_words() -> None:
    made = generate("a red apple <script>alert(1)</script> and a qwzxjk", out="out", n=2)
    shown = made._repr_html_()
    assert shown.count("data:image/png;base64,") == 2 and "<script" not in shown and "&lt;script" in shown
    assert "KScore" in shown or "Unscored" in shown
    assert re.search(r'title="not understood[^"]*" style="text-decoration', shown)
    assert not re.search(r'(src|href)="(?!data:)', shown)
    assert (made._repr_png_() or b"").startswith(b"\x89PNG")


def test_one_without_a_picture_shows_why() -> None:
    made = generate("a photo of two dogs", out="out", policy="raw")
    for path in Path("out/images").iterdir():
        path.unlink()
    assert made._repr_png_() is None and "No image" in made._repr_html_()


@pytest.mark.slow
def test_in_a_real_kernel(workdir: Path) -> None:
    """A cell of a notebook in a process of IPython's own kernel; its output is what a browser would get."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    source = "from genevolve import generate\ngenerate('a photo of two dogs', out='out', policy='raw')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(workdir)}})
    done = client.execute()
    data = done.cells[0].outputs[-1]["data"]
    assert "data:image/png" in data["text/html"] and data["image/png"] and json.dumps(data)
