"""Texts inside image files: written beside untouched pixels, read from any file without decoding it."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from genevolve.store.codec import NotAnImage
from genevolve.store.metadata import exif_of, texts_of, with_texts
from tests.conftest import png

TEXTS = {"parameters": "a café by the sea, 漢字\nSeed: 1, Size: 64x48, Model: sketch", "genevolve": '{"seed": 1}'}


def saved(kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(*chunks: bytes) -> bytes:
    plain = png()
    return plain[:33] + b"".join(chunks) + plain[33:]


def test_a_png_gets_texts_and_no_other_byte_changes() -> None:
    plain = png()
    told = with_texts(plain, TEXTS)
    assert told.startswith(plain[:33]) and told.endswith(plain[33:]) and len(told) > len(plain)
    with Image.open(io.BytesIO(told)) as image:
        assert {key: image.info[key] for key in TEXTS} == TEXTS
        assert image.convert("RGB").getpixel((5, 5)) == (200, 30, 30)
    assert texts_of(told) == TEXTS


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_jpeg_and_webp_hold_both_texts_in_exif(kind: str) -> None:
    assert texts_of(saved(kind, exif=exif_of(TEXTS))) == TEXTS


@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + "a wolf, 狼".encode("utf-16-be"),
        b"UNICODE\0" + "a wolf, 狼".encode("utf-16-le"),
        b"ASCII\0\0\0a wolf",
        b"a wolf",
    ],
)
def test_comments_of_other_programs_are_read_in_every_encoding(comment: bytes) -> None:
    exif = Image.Exif()
    exif[0x8769] = {0x9286: comment}
    assert texts_of(saved("JPEG", exif=exif.tobytes()))["parameters"].startswith("a wolf")


def test_what_has_no_room_in_a_jpeg_is_left_out_the_story_first() -> None:
    assert set(texts_of(saved("JPEG", exif=exif_of({**TEXTS, "genevolve": "x" * 70_000})))) == {"parameters"}
    assert exif_of({**TEXTS, "parameters": "x" * 70_000}) == b""


def test_nul_and_half_characters_do_not_cut_a_text() -> None:
    told = texts_of(with_texts(png(), {"parameters": "before\0after \udcff end"}))["parameters"]
    assert told.startswith("before after") and told.endswith("end")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no image", "none of the image formats"),
        (png()[:30], "damaged"),
        (with_chunks(chunk(b"tEXt", b"genevolve\0" + b"x" * 1_000_001)), "1,000,001 characters"),
        (with_chunks(chunk(b"zTXt", b"genevolve\0\0" + zlib.compress(b"x" * 50_000_000))), "cannot be read"),
        (with_chunks(*(chunk(b"tEXt", b"k%d\0text" % n) for n in range(101))), "101 texts"),
    ],
)
def test_hostile_files_are_refused_in_words(data: bytes, why: str) -> None:
    with pytest.raises(NotAnImage, match=why):
        texts_of(data)
