"""What ComfyUI offers to a node while it runs."""

import os
from collections.abc import Callable, Mapping
from typing import Any


def environment() -> Mapping[str, str]:
    """That of the process in which ComfyUI runs."""
    return os.environ


def raise_if_interrupted() -> None:
    """Raises what ComfyUI ends a workflow with, where its user wants that."""
    from comfy import model_management

    model_management.throw_exception_if_processing_interrupted()


def progress() -> Callable[[int, int], None]:
    """What takes (done, of) to the bar of the node that is running."""
    from comfy.utils import ProgressBar

    bar = ProgressBar(1)
    return bar.update_absolute


def blocked() -> Any:
    """In the place of an output that there is nothing for: what hangs on it does not run, and nothing is said."""
    from comfy_execution.graph_utils import ExecutionBlocker

    return ExecutionBlocker(None)
