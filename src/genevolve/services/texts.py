"""Instructions for chat models: ours, which lie beside the code that uses them, or a user's file in their place."""

from importlib.resources import files
from pathlib import Path

from genevolve.core.errors import UsageError


def text_of(chosen: str | None, package: str | None, name: str, *, setting: str) -> str:
    """The text of the file ``chosen``, else of ``name``.md in ``package``. Raises ``UsageError`` naming ``setting``."""
    if chosen is None:
        assert package is not None
        return files(package).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()
    try:
        return Path(chosen).expanduser().read_text(encoding="utf-8-sig").strip()
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(f"{setting} = {chosen!r} cannot be read ({error})") from None
