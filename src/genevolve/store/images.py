"""Images by content: the name of a file is the SHA-256 of its bytes."""

import hashlib
import os
import tempfile
from pathlib import Path

from genevolve.core.errors import ServiceError


class ImageStore:
    """A folder of ``DIGEST.png`` files. Several writers, in one process or many, may store the same image at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Store an encoded image and return its digest. Atomic: a reader sees the whole file or none."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
        return digest

    def path(self, digest: str) -> Path:
        return self.folder / f"{digest}.png"

    def load(self, digest: str) -> bytes:
        """The bytes of ``digest``. Raises ``ServiceError`` when they are gone or were changed."""
        try:
            data = self.path(digest).read_bytes()
        except OSError as error:
            raise ServiceError(f"image {digest[:12]} cannot be read from {self.folder}: {error.strerror}") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise ServiceError(f"image {digest[:12]} in {self.folder} is damaged: its content no longer fits its name")
        return data


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` beside ``path`` and move it there; leaves nothing behind on failure."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink()
        raise
