"""Pictures of kinds that people really have: what is kept of them, and what is refused."""

import io

import pytest
from PIL import Image

from genevolve.store.decode import NotAnImage, decode
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
