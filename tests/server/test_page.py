"""The studio in a real browser: Debian's Chromium, driven by Playwright."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from genevolve.core.ledger import Fate, Ledger, LedgerEntry
from genevolve.core.protocols import ImageCase
from genevolve.core.score import Unscored
from genevolve.store.images import ImageStore
from tests.conftest import FakeWorld, Scripted, plain_script, png
from tests.paths import ROOT
from tests.server.conftest import Served
from tests.server.running import Held, profile_of, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
PAGE = ROOT / "src/genevolve/server/page"
SCREENS: dict[str, Any] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1200, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1200, "height": 800}},
    "phone": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
}
HOSTILE = "<script>document.title='taken'</script> & <img/src=x/onerror=document.title='taken'><b>cup</b>"
_chromium_needed = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH (Debian: apt-get install chromium)")


def browser_needed(test: Any) -> Any:
    """Slow: how soon a browser has drawn a page depends on the machine."""
    return pytest.mark.slow(_chromium_needed(test))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: "Browser", served: Served) -> Iterator["Page"]:
    """The studio, opened; what it reports on its console or asks of another machine fails the test."""
    context = browser.new_context(base_url=served.address)
    opened, trouble = context.new_page(), list[str]()
    opened.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith((served.address, "blob:")) else trouble.append(asked.url))
    opened.goto("/")
    yield opened
    context.close()
    assert trouble == []


def ask(page: "Page", text: str) -> None:
    """Type a request and wait for its picture."""
    page.get_by_label("What should the image show?").fill(text)
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("link", name="Download PNG").wait_for()


@browser_needed
def test_a_request_becomes_a_picture_that_is_changed(page: "Page") -> None:
    page.get_by_label("Reference pictures").set_input_files(
        {"name": "my lamp.png", "mimeType": "image/png", "buffer": png(size=(80, 40))}
    )
    page.get_by_role("img", name="my lamp.png").wait_for()
    ask(page, "a cup like my lamp")
    assert page.get_by_role("heading", level=1).inner_text() == "a cup like my lamp"
    steps = page.get_by_role("region", name="Steps").get_by_role("listitem").all_inner_texts()
    assert any(step.startswith("Wrote the program") for step in steps)
    assert "shape" in page.get_by_role("region", name="Steps").inner_text()  # why the picture was chosen
    assert page.get_by_text("after my lamp").is_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download PNG").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")
    before = page.url
    page.get_by_label("What should change?").fill("now a red cup")
    page.get_by_role("button", name="Change it").click()
    page.get_by_role("heading", name="now a red cup").wait_for()
    page.get_by_role("link", name="Download PNG").wait_for()
    page.locator("a.before").click()
    page.get_by_role("heading", name="a cup like my lamp").wait_for()
    assert page.url == before


@browser_needed
def test_pictures_are_dropped_and_taken_out_again(page: "Page") -> None:
    drop = """(area) => { const data = new DataTransfer();
        for (const [name, type] of [["a.png", "image/png"], ["notes.txt", "text/plain"]])
            data.items.add(new File(["x"], name, { type }));
        area.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })); }"""
    page.locator(".drop").evaluate(drop)
    page.get_by_role("button", name="Remove a.png").wait_for()
    assert page.get_by_role("alert").inner_text() == "What is no picture was left out."
    page.get_by_role("button", name="Remove a.png").click()
    assert page.locator(".references").count() == 0


@browser_needed
def test_all_of_it_from_the_keyboard(page: "Page") -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.tagName === 'MAIN'")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    page.keyboard.type("a green pot")
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="Download PNG").wait_for()
    page.get_by_role("link", name="Gallery").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Search the requests").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Gallery"


@browser_needed
def test_what_is_asked_found_and_written_stays_text(browser: "Browser", tmp_path: Path) -> None:
    """The policy's queries and program are hostile, and so are the titles that the fakes make of them."""
    hostile = Scripted(lambda call: plain_script(call).replace("cup", HOSTILE))
    profile, _ = profile_of(tmp_path, policy=hostile)
    with running(tmp_path, profile) as address:
        context = browser.new_context(base_url=address)
        opened = context.new_page()
        opened.goto("/")
        ask(opened, f"{HOSTILE} cup")
        opened.locator("summary").evaluate_all("all => all.forEach((each) => each.click())")
        assert opened.get_by_role("heading", level=1).inner_text() == f"{HOSTILE} cup"
        assert opened.locator("#studio").inner_text().count(HOSTILE) >= 5
        assert opened.locator("#studio b, #studio script, #studio img[onerror]").count() == 0
        assert "taken" not in opened.title()
        context.close()


def test_no_script_of_ours_makes_html_of_text() -> None:
    makes_html = re.compile(r"(?i:innerHTML|outerHTML|adjacentHTML)|document\.write|\beval\(")
    own = [path for path in PAGE.glob("*.js") if path.name != "preact.js"]
    assert own
    assert [path.name for path in own if makes_html.search(path.read_text(encoding="utf-8"))] == []


@browser_needed
def test_a_program_alone(page: "Page", served: Served) -> None:
    """Of other surfaces: it is shown as what it is, with nothing of a picture or a verdict."""
    asked = httpx.post(f"{served.address}/api/generations", json={"request": "an oak tree", "until": "program"}, timeout=30)
    made = asked.json()["generations"][0]
    httpx.get(served.address + made["links"]["events"], timeout=30)
    page.goto(f"/#/see/{made['id']}")
    page.get_by_text("Done: the program alone was asked for").wait_for()
    page.get_by_role("button", name="Copy the program").wait_for()
    assert page.get_by_role("heading", name="Verdict").count() == page.locator(".blank").count() == 0
    page.goto("/#/gallery")
    page.get_by_text("a program alone").wait_for()


@browser_needed
def test_two_are_found_and_compared(page: "Page") -> None:
    for text in ("a walnut in a shell", "a walnut on a plate", "a pear"):
        page.goto("/#/")
        ask(page, text)
    page.get_by_role("link", name="Gallery").click()
    page.get_by_label("Search the requests").fill("WALNUT")
    page.get_by_text("2 found").wait_for()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("link", name="Compare the two").click()
    page.get_by_role("heading", level=2).nth(1).wait_for()
    assert page.get_by_role("heading", level=2).all_inner_texts() == ["a walnut on a plate", "a walnut in a shell"]
    assert page.get_by_role("button", name="Copy the program").count() == 2


class Knowing(FakeWorld):
    """A judge that cannot score, and says what became of the first word and of the last three characters."""

    async def judge_image(self, case: ImageCase) -> Unscored:
        end = len(case.request)
        entries = (
            LedgerEntry(start=2, end=6, words="pear", fate=Fate.DRAWN, becomes="a pear"),
            LedgerEntry(start=end - 3, end=end, words="zyx", fate=Fate.NOT_UNDERSTOOD),
        )
        return Unscored(reason="too little is known", judge="knowing", ledger=Ledger(entries=entries))


@browser_needed
def test_words_are_marked_by_what_became_of_them(browser: "Browser", tmp_path: Path) -> None:
    """Also of a picture that nobody could score, beside characters that JavaScript counts as two; a word that the ledger has
    elsewhere is not marked."""
    profile, world = profile_of(tmp_path)
    profile, _ = profile_of(tmp_path, image_judge=Knowing(images=world.images))
    with running(tmp_path, profile) as address:
        context = browser.new_context(base_url=address)
        opened = context.new_page()
        opened.goto("/")
        for text, marked in (
            ("🍐 pear 🍐 zyx", [("pear", "drawn"), ("zyx", "not-understood")]),
            ("a 🍐 zyx", [("zyx", "not-understood")]),
        ):
            opened.goto("/#/")
            ask(opened, text)
            opened.get_by_role("heading", name=text).wait_for()
            marks = opened.locator("h1 mark").all()
            assert [(mark.inner_text(), mark.get_attribute("class")) for mark in marks] == marked
            opened.get_by_text("What became of each word").click()
            assert opened.get_by_role("row", name="zyx").inner_text().split("\t") == ["zyx", "not understood"]
        context.close()


@browser_needed
def test_a_picture_is_cancelled(browser: "Browser", tmp_path: Path) -> None:
    held = Held(images=ImageStore(tmp_path / "images"))
    held.hold()
    profile, _ = profile_of(tmp_path, generator=held)
    with running(tmp_path, profile) as address:
        context = browser.new_context(base_url=address)
        opened = context.new_page()
        opened.goto("/")
        opened.get_by_label("What should the image show?").fill("a cup")
        opened.get_by_role("button", name="Make it").click()
        opened.get_by_role("button", name="Cancel").click()
        opened.get_by_text("Cancelled; the step under way ends first").wait_for()
        held.go.set()
        opened.get_by_text("There is no picture: it was cancelled").wait_for()
        assert opened.get_by_role("button", name="Cancel").count() == 0
        context.close()


@browser_needed
@pytest.mark.parametrize("screen", SCREENS)
def test_libraries_and_a_training_that_goes_on(
    browser: "Browser", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screen: str
) -> None:
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    for name in ("lamps", "run"):
        (tmp_path / "allowed" / name).mkdir(parents=True)
    (tmp_path / "allowed/lamps/a lamp.png").write_bytes(png(size=(80, 40)))
    log = tmp_path / "allowed/run/log.jsonl"
    log.write_text('{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.25}\n', encoding="utf-8")
    profile, _ = profile_of(tmp_path / "out")
    with running(tmp_path / "out", profile, allowed=[tmp_path / "allowed"]) as address:
        context = browser.new_context(base_url=address, **SCREENS[screen])
        opened = context.new_page()
        opened.goto("/#/libraries")
        opened.get_by_label("Folder on the server").fill(str(tmp_path / "allowed/lamps"))
        opened.get_by_role("button", name="Add it").click()
        opened.get_by_role("button", name="Remove lamps").wait_for()
        assert serious(opened) == []
        opened.get_by_role("button", name="Remove lamps").click()
        opened.get_by_text("There is none yet").wait_for()
        opened.get_by_role("link", name="Trainings").click()
        opened.get_by_role("link", name=str(tmp_path / "allowed/run")).click()
        opened.get_by_role("img", name="loss: from 0.5 at step 1 to 0.25 at step 2").wait_for()
        assert serious(opened) == []
        with log.open("a", encoding="utf-8") as file:
            file.write('{"step": 3, "loss": 0.125}\n')
        opened.get_by_role("img", name="to 0.125 at step 3").wait_for()
        context.close()


def serious(opened: "Page") -> list[Any]:
    """What axe finds that keeps somebody out, and a page that is wider than its screen."""
    from axe_playwright_python.sync_playwright import Axe

    found: list[dict[str, Any]] = Axe().run(opened).response["violations"]
    wide = opened.evaluate("document.documentElement.scrollWidth > innerWidth")
    worst = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
    return [*worst, *(["wider than the screen"] if wide else [])]


TOKEN = "a-token-of-this-test-0123456789"


@browser_needed
def test_a_token_is_asked_for(browser: "Browser", tmp_path: Path) -> None:
    profile, _ = profile_of(tmp_path)
    with running(tmp_path, profile, token=TOKEN) as address:
        context = browser.new_context(base_url=address)
        opened = context.new_page()
        opened.goto("/")
        opened.get_by_label("The token of this server").fill(TOKEN)
        opened.get_by_role("button", name="Go on").click()
        ask(opened, "a cup")
        for kind, begins in (("PNG", b"\x89PNG"), ("JPEG", b"\xff\xd8"), ("WebP", b"RIFF")):
            with opened.expect_download() as saved:
                opened.get_by_role("link", name=f"Download {kind}").click()
            assert Path(saved.value.path()).read_bytes().startswith(begins)
        picture = opened.get_by_role("img", name="Picture of: a cup")
        picture.wait_for()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        assert opened.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
        context.close()


@browser_needed
@pytest.mark.parametrize("screen", SCREENS)
def test_every_view_is_open_to_all(browser: "Browser", served: Served, screen: str) -> None:
    """axe finds nothing serious, and nothing is wider than the screen."""
    context = browser.new_context(base_url=served.address, **SCREENS[screen])
    opened = context.new_page()
    opened.goto("/")
    ask(opened, "a cup with " + "averylongword" * 20)
    name = opened.url.rpartition("/")[2]
    for view in ("", f"see/{name}", "gallery", f"compare/{name}/{name}"):
        opened.goto(f"/#/{view}")
        opened.wait_for_load_state("networkidle")
        assert serious(opened) == [], view
    context.close()
