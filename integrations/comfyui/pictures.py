"""Pictures between ComfyUI, which has tensors (batch, height, width, 3) of 0 to 1, and files."""

import io
from collections.abc import Sequence
from typing import Any


def to_png(batch: Any) -> list[bytes]:
    """A PNG file of each picture; none where no batch is connected."""
    from PIL import Image

    files = []
    for picture in () if batch is None else batch:
        buffer = io.BytesIO()
        pixels = (picture.cpu().float().clamp(0, 1) * 255).round().byte().numpy()
        Image.fromarray(pixels[..., :3]).save(buffer, "PNG", compress_level=1)
        files.append(buffer.getvalue())
    return files


def batch(files: Sequence[bytes]) -> Any | None:
    """The pictures of ``files`` as one tensor; smaller ones lie in the middle of white. None without any."""
    import numpy as np
    import torch
    from PIL import Image

    opened = [Image.open(io.BytesIO(data)).convert("RGBA") for data in files]
    if not opened:
        return None
    size = max(image.width for image in opened), max(image.height for image in opened)
    laid = []
    for image in opened:
        ground = Image.new("RGBA", size, "white")
        ground.alpha_composite(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
        laid.append(np.asarray(ground.convert("RGB"), dtype=np.float32) / 255)
    return torch.from_numpy(np.stack(laid))
