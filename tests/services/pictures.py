"""Small image files of every kind that services send and get."""

import io

from PIL import Image

ORIENTATION = 0x0112


def encoded(
    image_format: str = "PNG",
    *,
    size: tuple[int, int] = (32, 24),
    mode: str = "RGB",
    colour: str = "red",
    orientation: int | None = None,
) -> bytes:
    """One image of one colour, in which the top left quarter is blue."""
    image = Image.new("RGBA" if mode == "RGBA" else "RGB", size, colour)
    image.paste("blue", (0, 0, size[0] // 2, size[1] // 2))
    if mode not in {"RGB", "RGBA"}:
        image = image.convert(mode)
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    buffer = io.BytesIO()
    image.save(buffer, image_format, exif=exif)
    return buffer.getvalue()


def animation() -> bytes:
    """A GIF of two frames: red, then green."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "red").save(
        buffer, "GIF", save_all=True, append_images=[Image.new("RGB", (16, 16), "green")], duration=100
    )
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def noise(size: tuple[int, int]) -> bytes:
    """A PNG that does not compress."""
    buffer = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
