"""Pictures of kinds that people really have: what is kept of them, and what is refused."""

import io
import os
import struct
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from genevolve.store.codec import Terms, decode_here, is_plain_png
from genevolve.store.decode import WEB_FORMATS, NotAnImage, decode, read_image
from genevolve.store.decoders import DecoderProcess, Decoders, decode_apart
from tests.services.pictures import encoded, opened


def saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
@pytest.mark.parametrize(("grey", "kept"), [(0, 0), (257, 1), (40_000, 155), (65_535, 255)])
def test_grey_of_sixteen_bits_keeps_its_tones(image_format: str, grey: int, kept: int) -> None:
    picture = opened(decode(saved(Image.new("I;16", (8, 8), grey), image_format)).png)
    assert picture.getpixel((3, 3)) == (kept, kept, kept)


@pytest.mark.parametrize("mode", ["F", "I"])
def test_grey_without_a_known_white_is_refused(mode: str) -> None:
    with pytest.raises(NotAnImage, match="32 bits"):
        decode(saved(Image.new(mode, (8, 8), 100_000), "TIFF"))


def test_a_photograph_that_holds_its_previews_is_no_animation() -> None:
    photo, preview = opened(encoded(size=(64, 48))), Image.new("RGB", (8, 6), "green")
    body = saved(photo, "MPO", save_all=True, append_images=[preview])
    assert decode(body).size == (64, 48)


def test_an_animation_is_refused_unless_its_first_frame_is_asked_for() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    body = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(NotAnImage, match="2 frames"):
        decode(body)
    assert opened(decode(body, first_frame=True).png).getpixel((3, 3)) == (255, 0, 0)


# ---- images that keep a decoder busy, and what becomes of them


def chained_tiff(directories: int) -> bytes:
    """A TIFF whose directories point from one to the next: each is a frame that has to be read to find the one after it."""
    entries = ((256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 8), (278, 8), (279, 64))
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    size = len(body) + 4
    places = range(8, 8 + size * directories, size)
    links = (struct.pack("<I", place + size if place != places[-1] else 0) for place in places)
    return b"II*\0" + struct.pack("<I", 8) + b"".join(body + link for link in links)


def jpeg_of_scans(scans: int, side: int) -> bytes:
    """A progressive JPEG that refines the last bit of each pixel again and again."""
    body = saved(Image.new("L", (side, side), 100), "JPEG", progressive=True)
    scan = body[body.rfind(b"\xff\xda") : -2]
    return body[:-2] + scan * scans + body[-2:]


def seconds(action: object) -> float:
    began = time.perf_counter()
    with pytest.raises(NotAnImage):
        action()  # type: ignore[operator]
    return time.perf_counter() - began


def test_frames_are_not_counted_by_walking_through_them() -> None:
    decode_apart(saved(Image.new("RGB", (8, 8)), "JPEG"), Terms())  # the process is there
    assert seconds(lambda: decode(chained_tiff(140_000))) < 3


def test_a_jpeg_of_a_hundred_thousand_scans_is_refused_at_once() -> None:
    with pytest.raises(NotAnImage, match="scans"):
        decode(jpeg_of_scans(100_000, 512))


def test_a_decoder_that_takes_too_long_is_ended_and_replaced() -> None:
    decoders = Decoders(1, seconds=0.3)
    good = saved(Image.new("RGB", (8, 8), "red"), "JPEG")
    try:
        assert decoders.decode(good, Terms()).size == (8, 8)
        with pytest.raises(NotAnImage, match=r"more than 0\.3 s"):
            decoders.decode(jpeg_of_scans(1900, 2048), Terms())
        assert decoders.decode(good, Terms()).size == (8, 8)
    finally:
        decoders.close()


def test_a_decoder_that_died_costs_its_image_only() -> None:
    decoders = Decoders(1)
    good = saved(Image.new("RGB", (8, 8), "red"), "JPEG")
    try:
        decoders.decode(good, Terms())
        decoders._idle[0]._process.kill()
        decoders._idle[0]._process.wait()
        assert decoders.decode(good, Terms()).size == (8, 8)
        process = DecoderProcess()
        process._process.kill()
        with pytest.raises(NotAnImage, match=r"more than|broke off"):
            process.decode(good, Terms())
    finally:
        decoders.close()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="asks Linux what a process can see")
def test_decoders_see_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    process = DecoderProcess()
    try:
        process.decode(saved(Image.new("RGB", (8, 8), "red"), "JPEG"), Terms())
        assert b"sk-0123456789abcdef" not in Path(f"/proc/{process._process.pid}/environ").read_bytes()
    finally:
        process.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_forked_process_has_decoders_of_its_own() -> None:
    good = saved(Image.new("RGB", (8, 8), "red"), "JPEG")
    decode(good)
    child = os.fork()
    if child == 0:
        os._exit(0 if decode(good).size == (8, 8) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert decode(good).size == (8, 8)


def test_many_threads_share_the_decoders() -> None:
    bodies = {size: saved(Image.new("RGB", (size, 8), "red"), "JPEG") for size in range(8, 40)}
    found: dict[int, tuple[int, int]] = {}
    threads = [
        threading.Thread(target=lambda size=size, body=body: found.update({size: decode(body).size}))
        for size, body in bodies.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {size: (size, 8) for size in bodies}


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "GIF", "BMP", "AVIF", "TIFF", "PNG"])
@pytest.mark.parametrize("max_side", [None, 20])
def test_both_ways_give_the_same_bytes(image_format: str, max_side: int | None) -> None:
    body = saved(Image.radial_gradient("L").convert("RGB").resize((70, 50)), image_format)
    terms = Terms(max_side=max_side)
    here, apart = decode_here(body, terms), decode_apart(body, terms)
    assert here == apart
    assert max(here.size) == (max_side or 70)


def test_what_we_write_ourselves_is_decoded_here() -> None:
    own = decode(saved(Image.radial_gradient("L").convert("RGBA"), "WEBP")).png
    assert is_plain_png(own)
    assert decode(own).png == own
    damaged = own[:100] + bytes([own[100] ^ 1]) + own[101:]
    animated = saved(Image.new("RGB", (8, 8)), "PNG", save_all=True, append_images=[Image.new("RGB", (8, 8), "red")])
    for other in (
        damaged,
        own[:-1],
        own + b"\0",
        animated,
        own[:16],
        own[:30],
        saved(Image.new("I;16", (8, 8)), "PNG"),
        b"\x89PNG\r\n\x1a\n",
    ):
        assert not is_plain_png(other)
    for other in (damaged, own[:100], own[:20]):
        with pytest.raises(NotAnImage):
            decode(other)


def test_avif_is_read_and_tiff_only_from_files_of_ones_own(tmp_path: Path) -> None:
    avif, tiff = (saved(Image.new("RGB", (16, 8), "red"), kind) for kind in ("AVIF", "TIFF"))
    assert decode(avif, formats=WEB_FORMATS).size == decode(tiff).size == (16, 8)
    with pytest.raises(NotAnImage, match="none of the image formats"):
        decode(tiff, formats=WEB_FORMATS)
    path = tmp_path / "a.avif"
    path.write_bytes(avif)
    assert read_image(path, setting="--reference").size == (16, 8)
