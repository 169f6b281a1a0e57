"""Small pictures in terminals: the bytes of each protocol, which terminals get which, and that nothing else ever gets any."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from genevolve.cli import pictures
from genevolve.cli.main import cli, exit_code
from genevolve.cli.pictures import Way, shown, way_of
from tests.conftest import png

EVIL = "\x1b]0;owned\x07\x1b[2J"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Red above blue, with texts that would command a terminal."""
    image = Image.new("RGB", (60, 40), (255, 0, 0))
    image.paste((0, 0, 255), (0, 20, 60, 40))
    info = PngInfo()
    info.add_text("Title", EVIL)
    info.add_itxt("Comment", EVIL)
    path = tmp_path / "p.png"
    image.save(path, pnginfo=info)
    return path


def carried(data: str) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert not image.info, "no text of the file goes to the terminal"
    return image.convert("RGB")


def test_kitty_takes_a_png_in_parts(tmp_path: Path, picture: Path) -> None:
    (whole,) = re.findall(r"\A\x1b_Ga=T,f=100,q=2,r=2,m=0;([A-Za-z0-9+/=]+)\x1b\\\n\Z", shown(picture, Way.KITTY, 2))
    image = carried(whole)
    assert image.size == (60, 40) and image.getpixel((5, 5)) == (255, 0, 0) and image.getpixel((5, 35)) == (0, 0, 255)
    noise = tmp_path / "noise.png"
    Image.effect_noise((200, 160), 90).save(noise)
    parts = re.findall(r"\x1b_G([^;]+);([^\x1b]+)\x1b\\", shown(noise, Way.KITTY))
    assert len(parts) > 2 and all(len(part) <= 4096 for _, part in parts)
    assert [keys[-3:] for keys, _ in parts] == ["m=1"] * (len(parts) - 1) + ["m=0"]
    assert carried("".join(part for _, part in parts)).size == (200, 160)


def test_iterm_takes_a_file_in_line(picture: Path) -> None:
    pattern = r"\A\x1b\]1337;File=inline=1;size=(\d+);height=8;preserveAspectRatio=1:([A-Za-z0-9+/=]+)\x07\n\Z"
    ((size, data),) = re.findall(pattern, shown(picture, Way.ITERM))
    assert len(base64.b64decode(data)) == int(size) and carried(data).getpixel((0, 0)) == (255, 0, 0)


def test_sixel_says_colours_and_bands_of_six_rows(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    image = Image.new("RGB", (4, 8), (255, 0, 0))
    image.paste((0, 0, 255), (0, 6, 4, 8))
    image.putpixel((3, 0), (0, 0, 255))
    image.save(path)
    written = shown(path, Way.SIXEL)
    colours = dict(re.findall(r"#(\d);2;(\d+;\d+;\d+)", written))
    red, blue = (next(key for key, value in colours.items() if value == wanted) for wanted in ("100;0;0", "0;0;100"))
    assert written.startswith('\x1bPq"1;1;4;8') and written.endswith("-\x1b\\\n")
    first, second, _ = _bands(written)
    assert f"#{red}~~~}}$" in first and f"#{blue}???@$" in first, "all six rows but one; the first row of the last column"
    assert second == f"#{blue}!4B$"
    assert not re.search(r"[^\x1b\\\x20-\x7e\n]", written)


def _bands(written: str) -> list[str]:
    body = re.sub(r'^\x1bPq"[\d;]+|\x1b\\\n$', "", written)
    return re.sub(r"#\d+;2;\d+;\d+;\d+", "", body).split("-")


def test_half_blocks_are_two_pixels_each(picture: Path) -> None:
    lines = shown(picture, Way.BLOCKS, 2).splitlines()
    assert len(lines) == 2 and all(line.endswith("\x1b[0m") for line in lines)
    assert lines[0].count("▀") == 6 and "38;2;255;0;0;48;2;255;0;0" in lines[0] and "38;2;0;0;255;48;2;0;0;255" in lines[1]


@pytest.mark.parametrize("way", [Way.KITTY, Way.ITERM, Way.SIXEL, Way.BLOCKS])
def test_what_is_no_picture_shows_nothing(tmp_path: Path, way: Way, picture: Path) -> None:
    (tmp_path / "no.png").write_text(EVIL)
    assert shown(tmp_path / "no.png", way) == shown(tmp_path / "absent.png", way) == shown(tmp_path, way) == ""
    assert "owned" not in shown(picture, way) and base64.b64encode(b"owned").decode()[:6] not in shown(picture, way)


@pytest.mark.parametrize(
    ("environ", "way"),
    [
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, Way.KITTY),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, Way.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app", "ITERM_SESSION_ID": "w0"}, Way.ITERM),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Way.ITERM),
        ({"TERM": "foot"}, Way.SIXEL),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "220401"}, Way.SIXEL),
        ({"TERM": "xterm-256color"}, Way.NONE),
        ({"TERM": "screen-256color", "KITTY_WINDOW_ID": "1", "TMUX": "x"}, Way.NONE),
        ({"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, Way.NONE),
        ({}, Way.NONE),
    ],
)
def test_the_environment_says_which(environ: dict[str, str], way: Way) -> None:
    assert way_of(environ, terminal=True) == way
    assert way_of(environ, terminal=False) == way_of(environ, terminal=False, wished="kitty") == Way.NONE
    if environ.get("TERM") != "dumb":
        assert way_of(environ, terminal=True, wished="blocks") == Way.BLOCKS


def call(*arguments: str) -> int:
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


def test_commands_show_pictures_on_terminals_alone(
    tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "runs" / "one"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "image.png").write_bytes(png())
    (folder / "results.jsonl").write_text('{"id": "image", "request": "a cat", "image_path": "images/image.png"}\n')
    monkeypatch.setenv("KITTY_WINDOW_ID", "1")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TERM", "xterm-kitty")
    for command in (["runs", str(tmp_path / "runs")], ["show", str(picture)]):
        assert call(*command) == 0
        piped = capfd.readouterr().out
        assert "\x1b" not in piped
        with monkeypatch.context() as terminal:
            terminal.setattr(pictures, "on_terminal", lambda: True)
            assert call(*command) == 0
            written = capfd.readouterr().out
            first, _, rest = written.partition("\n")
            assert re.fullmatch(r"(\x1b_G[^\x1b]+\x1b\\)+", first) and rest == piped
            assert call(*command, "--no-pictures") == call(*command, "--pictures", "none") == 0
            assert capfd.readouterr().out == 2 * piped
            assert call(*command, "--json") == 0 and "\x1b_G" not in capfd.readouterr().out
