"""Pictograms as pixels."""

import io
from pathlib import Path

import numpy
import pytest
from PIL import Image

from genevolve.core.errors import ServiceError, UsageError
from genevolve.store.images import ImageStore
from genevolve.world.atlas import raster as module
from genevolve.world.atlas.looks import LookLoader
from genevolve.world.atlas.raster import UnknownPictogram, hexcode, hexcodes, is_flag, png, raster, reference_png


def test_a_raster_is_square_transparent_and_read_only() -> None:
    pixels = raster("openmoji:1F34E", 96)
    assert pixels.shape == (96, 96, 4)
    assert pixels.dtype == numpy.uint8
    assert pixels[0, 0, 3] == 0
    assert pixels[48, 48, 3] == 255
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 255
    assert raster("1f34e", 96) is pixels


@pytest.mark.parametrize("look", ["1F3F3-FE0F-200D-1F308", "openmoji:1F3F3-200D-1F308", "1f3f3-200d-1f308"])
def test_selectors_and_case_do_not_matter(look: str) -> None:
    assert hexcode(look) in hexcodes()


@pytest.mark.parametrize("look", ["", "../../etc/passwd", "openmoji:FFFFF", "1F34E.svg", "1F34E/../1F34E", "x" * 500, "🍎"])
def test_an_unknown_look_is_a_key_error_and_a_misuse(look: str) -> None:
    with pytest.raises(UnknownPictogram) as caught:
        raster(look, 32)
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, UsageError)
    assert str(caught.value).startswith("there is no pictogram")


@pytest.mark.parametrize("size", [0, -1, 100_000])
def test_sizes_are_limited(size: int) -> None:
    with pytest.raises(UsageError, match="pixels wide"):
        png("1F34E", size)


@pytest.mark.parametrize(
    "look", ["1F1E7-1F1EB", "1F1F3-1F1F5", "1F3F3-FE0F-200D-1F308", "E420", "1F3F4-E0067-E0062-E0073-E0063-E0074-E007F"]
)
def test_a_flag_for_reference_is_cropped_to_its_cloth(look: str) -> None:
    assert is_flag(look)
    flag = Image.open(io.BytesIO(reference_png(look, 256)))
    assert max(flag.size) in range(255, 258)
    assert flag.getbbox() == (0, 0, *flag.size)
    assert flag.width != flag.height


def test_other_pictograms_stay_square_for_reference() -> None:
    assert not is_flag("1F3F4")  # on a pole
    assert reference_png("1F34E", 64) == png("1F34E", 64)


def test_the_cache_is_bounded_by_bytes() -> None:
    held = module._Rasters(limit=3 * 16 * 16 * 4)
    for number in range(10):
        held.put((str(number), 16), numpy.zeros((16, 16, 4), numpy.uint8))
    assert held.get(("0", 16)) is None
    assert held.get(("9", 16)) is not None


def test_a_look_is_a_pictogram_or_a_stored_image(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    buffer = io.BytesIO()
    Image.new("RGB", (80, 40), "red").save(buffer, "PNG")
    loader = LookLoader(store)
    digest = store.put(buffer.getvalue())
    assert loader("openmoji:1F34E", 32).shape == (32, 32, 4)
    assert loader(f"image:{digest}", 40).shape == (20, 40, 4)
    assert loader(f"image:{digest}", 40) is loader(f"image:{digest}", 40)
    with pytest.raises(UnknownPictogram):
        loader("image:../../secret", 32)
    with pytest.raises(ServiceError):
        loader(f"image:{'0' * 64}", 32)
