"""A clock that is set back again and again, in this process's children: each reading is an hour before the last."""

import os
from pathlib import Path

_BACKWARDS = """
import time
_now = 2_000_000_000.0
def _earlier():
    global _now
    _now -= 3600.0
    return _now
time.time = _earlier
time.time_ns = lambda: int(_earlier() * 1e9)
"""


def set_back(folder: Path) -> dict[str, str]:
    """Variables of the environment under which Python starts so."""
    (folder / "sitecustomize.py").write_text(_BACKWARDS)
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
