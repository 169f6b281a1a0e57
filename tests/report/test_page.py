"""The report: what it holds, what hostile text may not do to it, and how a browser shows it."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree

import pytest

from genevolve.app.report import report
from genevolve.bench.measures.kscore import KScore
from genevolve.bench.suite import Suite
from genevolve.bench.trial import Trial
from genevolve.cli.main import cli, exit_code
from genevolve.core.case import Case, Hidden
from genevolve.core.errors import UsageError
from genevolve.core.protocols import PolicyCall
from genevolve.report.palette import COLOURS, DARK, LIGHT
from genevolve.report.plots import Intervals, _ticks
from genevolve.run.batch import Batch
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.row_files import encodable
from genevolve.run.rows import request_text
from tests.bench.bench_folders import PROFILE, UNSCORED, folder_of, row, scored
from tests.conftest import FakeWorld, Scripted, tool_call

HOSTILE = (
    '<script>document.title="owned"</script><img src=x onerror="document.title=1">',
    "</style></pre><iframe src='https://evil.example/'></iframe> | a | b | ![x](http://evil.example/p.png)",
    "مرحبا بالعالم ‮ txet desrever‬ שלום עולם",
    "👩‍👩‍👧‍👦🏴‍☠️ " * 40,
    "W" * 6000,
    "line one\n\n# heading\n\n```\ncode\n```\n| cell |",
    "{{ 7*7 }} {% raw %} ${7*7} \x07 \ud83d",
)


def suite_of(texts: tuple[str, ...]) -> Suite:
    items = tuple(
        Case(
            id=f"r{n}" if n else "../<b>r0</b>",
            text=request_text(text, setting="r"),
            hidden=Hidden(track=encodable(text[:60]), category=encodable(text[:60]), difficulty="hard"),
        )
        for n, text in enumerate(texts)
    )
    return Suite(name="jsonl", measure=KScore(), items=items)


def hostile_script(call: PolicyCall) -> str:
    text = json.dumps("</pre><script>document.title='owned'</script> " + call.messages[1].text[:200])
    if call.turn == 0:
        return f"<think></think><script>alert(1)</script>{tool_call('image_search', json.dumps({'query': json.loads(text)}))}"
    prompt = "The first reference image stands in the middle of a white page. <script>document.title='owned'</script>"
    answer = {"gen_prompt": prompt, "reference_images": [{"img_id": "IMG_001", "note": json.loads(text)}]}
    return f"<answer>{json.dumps(answer)}</answer>"


async def run_into(folder: Path, suite: Suite, world: FakeWorld, setup: Components, name: str) -> Path:
    """A real run of the fake world: journal, results, images."""
    run = RunFolder(folder)
    world.images = run.images
    about = {"profile": PROFILE, "input": {"suite": suite.name}, "name": name, "bench": {"measure": suite.measure.name}}
    with run.held():
        run.describe(about)
        setup = Components(**{field: getattr(setup, field) for field in setup.__slots__} | {"images": run.images})
        trial = Trial(suite=suite, size=(64, 64), truth_wanted=False)
        await Batch(folder=run, setup=setup, work=trial(setup), concurrency=2).run(suite.rows(1))
    return folder


@pytest.fixture
def hostile(tmp_path: Path, world: FakeWorld, setup: Components) -> Path:
    changed = Components(**{field: getattr(setup, field) for field in setup.__slots__} | {"policy": Scripted(hostile_script)})
    return asyncio.run(run_into(tmp_path / "<i>hostile</i>", suite_of(HOSTILE), world, changed, "<b>hostile</b>"))


class Seen(HTMLParser):
    """Elements and addresses of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href", "action", "data"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
            if name == "id":
                self.ids.append(value or "")


def test_hostile_text_stays_text(hostile: Path) -> None:
    made = report([hostile])
    seen = Seen(made.html)
    assert not seen.tags & {"script", "iframe", "img", "object", "embed", "form", "link", "base"}
    assert seen.handlers == [] and all(address.startswith("#") for address in seen.addresses)
    assert len(seen.ids) == len(set(seen.ids)), "two elements have the same id"
    links = {address[1:] for address in seen.addresses}
    assert links <= set(seen.ids), "a link leads nowhere"
    assert not re.search(r"url\((?!data:image/webp;base64,[A-Za-z0-9+/=]+\))", made.html)
    assert made.html.encode("utf-8", "replace")


def test_hostile_text_cannot_break_markdown(tmp_path: Path) -> None:
    rows = [row("c", scored(1, 1, 1, 1), category=HOSTILE[5], eval_type=HOSTILE[1], family=HOSTILE[0])]
    text = report([folder_of(tmp_path / "a", rows, name=HOSTILE[1])]).markdown
    assert "<script" not in text and "<iframe" not in text
    tables = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    for table in tables:
        lines = [line for line in table.splitlines() if line.startswith("|")]
        bars = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert len(bars) <= 1, table
    assert not re.search(r"(?<!\\)\]\(", text)


def test_every_image_has_its_trajectory_and_the_worst_come_first(tmp_path: Path, hostile: Path) -> None:
    html = report([hostile]).html
    assert html.count('class="behind"') == len(HOSTILE) and "trajectory: turns 2, references 1" in html
    rows = [row(f"c{n}", scored(1, v, 1, 1)) for n, v in enumerate((1.0, 0.0, 0.5))] + [row("lost", UNSCORED)]
    html = report([folder_of(tmp_path / "plain", rows, name="plain")]).html
    gallery = html[html.index('class="gallery"') :]
    order = re.findall(r'<p class="request">a picture of (\w+)</p>', gallery)
    assert order == ["lost", "c1", "c2", "c0"] and "the judge was down" in gallery


def test_two_runs_stand_side_by_side(tmp_path: Path) -> None:
    first = [row(f"c{n}", scored(1, 1.0 if n else 0.0, 1, 1)) for n in range(4)]
    second = [row(f"c{n}", scored(1, 0.5, 1, 1)) for n in range(4)]
    folders = [folder_of(tmp_path / name, rows, name=name) for name, rows in (("one", first), ("two", second))]
    made = report(folders)
    duels = re.findall(r'<div class="duel"><div class="request"><span class="tag">([+-][\d.]+)</span>', made.html)
    assert duels == ["-0.20", "+0.20", "+0.20", "+0.20"]
    assert "one better in 3, equal in 0, worse in 1" in made.html
    assert "one − two" in made.markdown and "By skill" not in made.markdown


def test_many_runs_are_all_compared_and_what_is_not_shown_is_said(tmp_path: Path) -> None:
    rows = [row(f"c{n}", scored(1, 0.5, 1, 1)) for n in range(3)]
    folders = [folder_of(tmp_path / str(n), rows, name=f"system {n}") for n in range(6)]
    made = report(folders)
    assert made.html.count("A/B: system") == 2 * 10 and "5 further pairs are compared in the table" in made.html
    assert len(re.findall(r"^\| system \d − system \d \| KScore \(release", made.markdown, re.MULTILINE)) == 15


def test_different_judges_have_sections_of_their_own(tmp_path: Path) -> None:
    rows = [row(f"c{n}", scored(1, 1, 1, 1)) for n in range(3)]
    other = [row(f"c{n}", scored(1, 1, 1, 1, judge="vlm:m")) for n in range(3)]
    made = report([folder_of(tmp_path / "a", rows, name="a"), folder_of(tmp_path / "b", other, name="b")])
    assert "Scores on atlas, judge pixel" in made.markdown and "Scores on atlas, judge vlm:m" in made.markdown
    assert "a − b" not in made.markdown and "not comparable" in made.markdown
    assert '<h2 id="g0">' in made.html and '<h2 id="g1">' in made.html


def test_a_page_of_many_rows_keeps_to_its_size(tmp_path: Path) -> None:
    rows = [row(f"c{n}", scored(1, 1, 1, 1), category=f"k{n % 7}") for n in range(1500)]
    folder = folder_of(tmp_path / "a", rows, name="a")
    small = report([folder], max_bytes=900_000)
    assert len(small.html) < 1_000_000 and "further images with better scores are not shown" in small.html


def test_a_report_of_a_plain_run_and_of_one_that_goes_on(tmp_path: Path) -> None:
    """`genevolve run` writes no suite; a run that is not finished yet is reported as far as it is."""
    folder = folder_of(
        tmp_path / "a", [row("c", scored(1, 1, None, 1))], name="a", file="/data/mine.jsonl", input={}, bench=None
    )
    (folder / "journal.jsonl").write_text('{"row": "c-s0", "entry": {"kind": "torn')
    assert "Scores on file mine.jsonl" in report([folder]).markdown


def call(*arguments: str) -> int:
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


def test_the_command_writes_page_and_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(tmp_path / "a", [row("c", scored(1, 1, 1, 1))], name="a")
    assert call("report", str(folder)) == 0 and (folder / "report.html").is_file() and (folder / "report.md").is_file()
    assert call("report", str(folder), "--out", str(tmp_path / "new" / "x.html")) == 0
    assert (tmp_path / "new" / "x.md").is_file()
    capsys.readouterr()
    for arguments, said in (
        (("--out", str(tmp_path / "x.pdf"), str(folder)), "must end in .html"),
        ((str(folder), str(folder)), "given twice"),
        ((str(tmp_path / "none"),), "not a run directory"),
    ):
        assert call("report", *arguments) == 2 and said in capsys.readouterr().err
    with pytest.raises(UsageError, match="DIR is missing"):
        report([])


def test_plots_go_into_files_of_their_own(tmp_path: Path) -> None:
    """Each is a drawing that an XML parser reads, whatever a system is called; it needs no page and no variables."""
    names = ('<b>&"\u0001', "plain")
    folders = [folder_of(tmp_path / str(n), [row("c", scored(1, 1, 1, 1))], name=name) for n, name in enumerate(names)]
    plots = tmp_path / "plots"
    assert call("report", *map(str, folders), "--out", str(tmp_path / "x.html"), "--plots", str(plots)) == 0
    files = sorted(plots.glob("*.svg"))
    assert "kscore-release-no-text-counts-0-5.svg" in [path.name for path in files]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert ElementTree.fromstring(text).tag.endswith("svg") and "var(" not in text
        assert '<b>&"' in "".join(ElementTree.fromstring(text).itertext())


def test_plots_with_one_caption_do_not_overwrite_each_other(tmp_path: Path) -> None:
    scores = (scored(1, 1, 1, 1), scored(1, 1, 1, 1, judge="vlm:m"))
    folders = [folder_of(tmp_path / str(n), [row("c", score)], name=str(n)) for n, score in enumerate(scores)]
    plots = tmp_path / "plots"
    assert call("report", *map(str, folders), "--out", str(tmp_path / "x.html"), "--plots", str(plots)) == 0
    stems = {path.stem for path in plots.glob("*.svg")}
    assert {"kscore-release-no-text-counts-0-5", "kscore-release-no-text-counts-0-5-2"} <= stems


def test_the_axis_of_curves_has_few_round_numbers() -> None:
    assert _ticks(-0.253, 0.0195) == pytest.approx([-0.3, -0.2, -0.1, 0.0, 0.1])
    random = Random(0)
    for _ in range(500):
        low = random.uniform(-3, 3) * 10.0 ** random.randint(-4, 4)
        high = low + random.choice((0.0, 1.0)) * random.uniform(0.1, 1) * 10.0 ** random.randint(-4, 4)
        found = _ticks(low, high)
        assert 3 <= len(found) <= 8
        assert found[0] <= low + 1e-9 * abs(low) and found[-1] >= high - 1e-9 * abs(high)


# ---- in a browser -----------------------------------------------------------------------------------------------------

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
PROBE = """
<script>
addEventListener("load", () => {
  const root = document.documentElement, wide = [];
  for (const box of document.querySelectorAll("body *"))
    if (!box.closest(".wide") && box.getBoundingClientRect().right > root.clientWidth + 1)
      wide.push(box.className || box.tagName);
  const seen = [...document.querySelectorAll(".pic:not(.gone)")].map((one) => getComputedStyle(one).backgroundImage);
  const found = {title: document.title, width: root.clientWidth, scroll: root.scrollWidth, wide: wide.slice(0, 5),
    pictures: seen.length, painted: seen.filter((url) => url.startsWith('url("data:image')).length,
    dots: document.querySelectorAll(".mean").length, cards: document.querySelectorAll(".shot").length};
  const out = document.createElement("pre");
  out.id = "probe"; out.textContent = JSON.stringify(found);
  document.body.append(out);
});
</script>
"""


@dataclass(frozen=True, kw_only=True)
class Browser:
    folder: Path

    def run(self, *arguments: str) -> str:
        command = [str(BROWSER), *FLAGS, f"--user-data-dir={self.folder / 'profile'}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, errors="replace")
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def probe(self, html: str, width: int) -> dict[str, Any]:
        """What a browser makes of the page: the page's own policy forbids scripts, so the copy that is probed has none."""
        policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', html)
        assert policy and "default-src 'none'" in policy[0] and "script" not in policy[0]
        page = self.folder / "probe.html"
        page.write_text(html.replace(policy[0], "").replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
        shown = self.run(f"--window-size={width},900", "--dump-dom", page.as_uri())
        found = re.search(r'<pre id="probe">(.*?)</pre>', shown, re.DOTALL)
        assert found, shown[-2000:]
        value: dict[str, Any] = json.loads(found[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
        return value


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    if BROWSER is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    yield Browser(folder=tmp_path)


@pytest.mark.parametrize("width", [1280, 500])
def test_a_browser_shows_hostile_text_as_text(hostile: Path, browser: Browser, width: int) -> None:
    """Chromium's window is at least 500 pixels wide; a phone's width is tried below."""
    made = report([hostile])
    found = browser.probe(made.html, width)
    assert "owned" not in found["title"] and "<b>hostile</b>" in found["title"]
    assert found["scroll"] <= found["width"] and found["wide"] == []
    assert found["cards"] == len(HOSTILE) and found["pictures"] == found["painted"] >= len(HOSTILE)
    assert found["dots"] > 0


def test_a_phone_shows_it_without_scrolling_sideways(hostile: Path, browser: Browser, tmp_path: Path) -> None:
    """The page in a frame of 390 pixels, as wide as a phone."""
    made = report([hostile])
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', made.html)
    assert policy
    inner = tmp_path / "inner.html"
    inner.write_text(made.html.replace(policy[0], "").replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    outer = tmp_path / "outer.html"
    outer.write_text(
        '<iframe id="f" src="inner.html" style="width:390px;height:800px;border:0"></iframe><script>'
        'f.onload = () => setTimeout(() => document.body.append(f.contentDocument.getElementById("probe")), 0);</script>'
    )
    shown = browser.run("--allow-file-access-from-files", "--dump-dom", outer.as_uri())
    found = re.search(r'<pre id="probe">(.*?)</pre>', shown, re.DOTALL)
    assert found, shown[-2000:]
    value = json.loads(found[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
    assert value["width"] == 390 and value["scroll"] <= 390 and value["wide"] == []


def test_no_script_runs_on_the_page_as_it_is(hostile: Path, browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(report([hostile]).html.replace("</body>", "<script>document.title='ran'</script></body>"), encoding="utf-8")
    shown = browser.run("--dump-dom", page.as_uri())
    assert "<title>ran" not in shown and "<title>owned" not in shown


def test_every_colour_of_a_series_is_in_the_page_and_in_files_of_plots(hostile: Path) -> None:
    """Seven arms of an ablation have seven colours."""
    page, plot = report([hostile]).html, Intervals(caption="c", bars=()).svg()
    for palette in (LIGHT, DARK):
        assert f":root {{ {' '.join(f'--s{n}: {colour};' for n, colour in enumerate(palette))} }}" in page
        assert len(set(palette)) == COLOURS >= 7
    assert re.findall(r"\.s\d \{ fill: (#\w{6});", plot) == list(LIGHT)
    assert len(set(re.findall(r"\.dot\d \{ background: (var\(--s\d\))", page))) == COLOURS
