"""Images as the episode knows them: a title, where they came from, and the digest of the stored bytes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image that was found or handed over. Its bytes lie in the image store under ``digest`` (SHA-256, hex)."""

    title: str
    digest: str
    source: str  # who supplied it: "openmoji", "library:NAME", "request", "serper", …
    url: str = ""
    page_url: str = ""
    licence: str = ""

    @property
    def local_path(self) -> str:
        """Where the image lies, relative to the run directory."""
        return f"images/{self.digest}.png"


def image_id(position: int) -> str:
    """Name of the picture at ``position`` (0-based) of an episode: ``IMG_001`` for 0."""
    return f"IMG_{position + 1:03d}"


def image_number(img_id: str) -> int:
    """The number in a name that ``image_id`` gave, from 1 on."""
    return int(img_id.removeprefix("IMG_"))
