"""Pictures of a batch as the model takes them: patches of all rows in one tensor, which rows own which, and token types.

Only families with ``image_grid_thw`` (Qwen2-VL and later) are known; the paper's policy is one. TRL drops the pictures of a
custom rollout and then scores placeholder tokens as words without a complaint, so that they are added here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from genevolve.core.errors import UsageError
from genevolve.train.attempt import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Vision:
    """``pixel_values`` (patches, width), ``image_grid_thw`` (images, 3), and the number of images in each row."""

    pixel_values: Tensor
    image_grid_thw: Tensor
    num_images: tuple[int, ...]

    def scoring(self) -> dict[str, Any]:
        """Keyword arguments of TRL's scoring method; none at all when no row has an image."""
        if not sum(self.num_images):
            return {}
        return {
            "pixel_values": self.pixel_values,
            "image_grid_thw": self.image_grid_thw,
            "num_images": list(self.num_images),
        }

    def rows(self, keep: Sequence[int]) -> "Vision":
        """The pictures of some rows, in the order of ``keep``."""
        grids = torch.split(self.image_grid_thw, list(self.num_images))
        sizes = [int(grid.prod(-1).sum()) for grid in grids]
        patches = torch.split(self.pixel_values, sizes)
        return Vision(
            pixel_values=torch.cat([patches[row] for row in keep]),
            image_grid_thw=torch.cat([grids[row] for row in keep]),
            num_images=tuple(self.num_images[row] for row in keep),
        )


def read(attempts: Sequence[Attempt], image_processor: Any, image_token: int | None, device: torch.device) -> Vision | None:
    """The pictures of ``attempts``; None when there are none. Raises ``UsageError`` when ids and pictures do not fit."""
    counts = tuple(len(one.images) for one in attempts)
    if not sum(counts):
        return None
    if image_token is None or image_processor is None:
        raise UsageError("attempts hold images, but the policy is a text model; use a vision-language model and its processor")
    pictures = [_opened(image) for one in attempts for image in one.images]
    made = image_processor(images=pictures, return_tensors="pt")
    if "image_grid_thw" not in made:
        raise UsageError("this model's image processor gives no image_grid_thw; vision policies are of the Qwen-VL families")
    vision = Vision(
        pixel_values=made["pixel_values"].to(device), image_grid_thw=made["image_grid_thw"].to(device), num_images=counts
    )
    _fits(attempts, vision, int(image_processor.merge_size) ** 2, image_token)
    return vision


def token_types(input_ids: Tensor, image_token: int) -> Tensor:
    """1 at image placeholders, 0 elsewhere: what the model's positions in two dimensions are made from."""
    return (input_ids == image_token).int()


def _opened(image: Any) -> Any:
    if isinstance(image, str | Path):
        from PIL import Image

        with Image.open(image) as file:
            return file.convert("RGB")
    return image.convert("RGB")


def _fits(attempts: Sequence[Attempt], vision: Vision, merged: int, image_token: int) -> None:
    grids = torch.split(vision.image_grid_thw, list(vision.num_images))
    for row, (attempt, grid) in enumerate(zip(attempts, grids, strict=True)):
        due = int(grid.prod(-1).sum()) // merged
        views = {"prompt_ids": attempt.tokens.prompt, "guide_ids": attempt.guide_ids or attempt.tokens.prompt}
        for name, prompt in views.items():
            found = (*prompt, *attempt.tokens.completion).count(image_token)
            if found != due:
                raise UsageError(
                    f"row {row}: {len(attempt.images)} images need {due} placeholder tokens, {name} and completion_ids hold "
                    f"{found}; a policy must not sample placeholders, and pictures must be sized by the model's own processor"
                )
