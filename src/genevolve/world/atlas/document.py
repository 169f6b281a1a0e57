"""What the index of the atlas holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is indexed. ``names`` are further titles; ``body`` and ``keys`` only help to find it; ``near`` names what
    lies beside it. ``prior`` from 0 to 1 scales its relevance. For a picture ``look`` names the image, else it is empty.
    """

    title: str
    url: str
    snippet: str = ""
    page_url: str = ""
    look: str = ""
    names: tuple[str, ...] = ()
    body: str = ""
    keys: str = ""
    near: str = ""
    prior: float = 1.0
