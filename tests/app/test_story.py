"""Pictures that commands write carry their story; it is read back, also from the files of other programs."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from genevolve import generate, picture_story, run_file
from genevolve.app.profile import Profile, load_profile
from genevolve.app.story import maker_of
from genevolve.cli.main import cli, exit_code
from genevolve.core.errors import UsageError
from genevolve.core.event import Rendered
from genevolve.core.protocols import PolicyCall, Rendering, RenderOrder, Reply

KEY = "sk-0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return tmp_path


def call(*arguments: str) -> int:
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


def test_a_generated_picture_tells_its_story_and_the_stored_one_stays_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    made = generate("the flag of Chad", out="out", seed=3)
    assert made.image is not None and made.trajectory.program is not None
    shown, drawn = made.image.read_bytes(), made.trajectory.rendering
    assert isinstance(drawn, Rendered)
    stored = Path("out/images", f"{drawn.digest}.png").read_bytes()
    assert b"genevolve" in shown and b"genevolve" not in stored and pixels(shown) == pixels(stored)
    assert call("show", str(made.image), "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert told["story"]["gen_prompt"] == told["infotext"]["prompt"] == made.trajectory.program.prompt
    assert told["story"]["references"][0]["licence"] == "CC BY-SA 4.0" and told["story"]["score"]["judge"] == "pixel"
    assert told["infotext"]["settings"]["Seed"] == "3" and told["infotext"]["settings"]["Size"] == "512x512"


def test_no_key_reaches_a_picture_even_where_the_request_holds_it() -> None:
    made = generate(f"a poster with the title '{KEY}'", out="out", policy="raw")
    assert made.image is not None
    assert KEY.encode() not in made.image.read_bytes()


def test_a_follow_up_tells_what_it_follows() -> None:
    first = generate("a photo of two dogs", out="out")
    story = picture_story(generate("the same with a hat", after=first).image or "").story
    assert story is not None and [before.request for before in story.after] == ["a photo of two dogs"]


@pytest.mark.parametrize(("format", "kind"), [("jpg", "JPEG"), ("webp", "WEBP")])
def test_other_formats_tell_the_same_story_and_are_gone_on_from(format: Any, kind: str) -> None:
    made = generate("a photo of two dogs", out="out", format=format)
    assert made.image is not None and made.image.suffix == f".{format}"
    with Image.open(made.image) as image:
        assert image.format == kind and image.size == (512, 512)
    found = picture_story(made.image)
    assert found.story is not None and found.infotext is not None and found.infotext.prompt == found.story.gen_prompt
    assert generate("the same with a hat", after=made.image).image == Path("out/images/image-2.png")
    with pytest.raises(UsageError, match="format is"):
        generate("a photo of two dogs", out="no", format="tiff")  # type: ignore[arg-type]
    assert not Path("no").exists()


def test_a_drawing_in_shapes_tells_the_same_story_and_is_gone_on_from(capfd: pytest.CaptureFixture[str]) -> None:
    made = generate(f'a poster with the title "Hi & <bye>" and "{KEY}"', out="out", format="svg", n=2, policy="raw")
    for each in (made, *made.others):
        assert each.image is not None and each.image.suffix == ".svg"
        text, drawn = each.image.read_text(), each.trajectory.rendering
        assert KEY not in text and isinstance(drawn, Rendered) and Path("out/images", f"{drawn.digest}.png").is_file()
        assert call("show", str(each.image), "--json") == 0
        told = json.loads(capfd.readouterr().out)
        assert each.trajectory.program is not None
        assert told["story"]["gen_prompt"] == told["infotext"]["prompt"] == each.trajectory.program.prompt
    Path("bad.svg").write_text('<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>')
    assert call("show", "bad.svg") == 2


class Pixels:
    """A generator without shapes, and a policy; nobody may be asked."""

    async def generate(self, order: RenderOrder) -> Rendering:
        raise AssertionError("it was paid for")

    async def reply(self, call: PolicyCall) -> Reply:
        raise AssertionError("it was paid for")


@pytest.mark.parametrize("format", ["svg", "pdf"])
def test_shapes_that_are_not_to_be_had_are_refused_before_anything_is_paid(format: Any) -> None:
    with pytest.raises(UsageError, match=rf"--format {format}: .*Pixels draws pixels .* choose png, jpg or webp"):
        generate("a cat", out="out", format=format, generator=Pixels(), policy=Pixels())
    assert not Path("out/results.jsonl").exists()


def test_a_pdf_without_its_library_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genevolve.store.vectors.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'genevolve\[pdf\]'"):
        generate("a cat", out="out", format="pdf", policy=Pixels())


def test_pictures_of_a_file_of_requests_tell_theirs(workdir: Path) -> None:
    (workdir / "rows.jsonl").write_text('{"id": "a", "prompt": "a photo of a cat", "seed": 5}\n')
    run_file("rows.jsonl", out="o")
    story = picture_story("o/images/a.png").story
    assert story is not None and story.request == "a photo of a cat" and story.seed == 5


def test_the_maker_holds_no_address_and_no_folder(workdir: Path) -> None:
    text = 'extends = "offline"\n[generator]\nmember = "diffusers"\nmodel = "/srv/models/edit"\nsteps = 8\n'
    (workdir / "mine.toml").write_text(text + '[policy]\nmember = "chat"\nbase_url = "http://10.1.2.3/v1"\nmodel = "m"\n')
    profile: Profile = load_profile(str(workdir / "mine.toml"))
    maker = maker_of(profile)
    assert (maker.profile, maker.model, maker.steps, maker.members["policy"]) == ("mine", "edit", 8, "chat")
    assert str(workdir) not in maker.model_dump_json() and "10.1.2.3" not in maker.model_dump_json()


def foreign(path: Path, **texts: str) -> Path:
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    Image.new("RGB", (8, 8)).save(path, pnginfo=info)
    return path


def test_pictures_of_other_programs_are_shown(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    common = "a wolf\nNegative prompt: blur\nSteps: 20, Sampler: Euler a, Seed: 9, Size: 8x8"
    picture = foreign(workdir / "x.png", parameters=common, workflow='{"nodes": []}\x1b[2J')
    assert call("show", str(picture)) == 0
    out = capfd.readouterr().out
    assert "a wolf" in out and "Euler a" in out and "workflow" in out and "\x1b[2J" not in out


def test_a_hostile_story_is_refused_in_words_and_the_rest_is_shown(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    picture = foreign(workdir / "x.png", parameters="a wolf", genevolve="[" * 100_000)
    assert call("show", str(picture)) == 1
    out, err = capfd.readouterr()
    assert "a wolf" in out and "nested" in err and "Traceback" not in err


def test_a_picture_without_a_story_says_so(workdir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("show", str(foreign(workdir / "x.png"))) == 1
    assert "x.png" in capfd.readouterr().err
    (workdir / "no.png").write_bytes(b"no image")
    assert call("show", "no.png") == 2 and call("show", "gone.png") == 2
    with pytest.raises(UsageError, match=r"no\.png"):
        picture_story("no.png")
