"""Words of a request made fit for a prompt: no image ids, addresses, paths, or ordinals of references that are not there."""

import re

LEAKS = re.compile(
    r"\S*(?:://|\bwww\.|\bIMG_\d|\\)\S*|(?<!\w)[~.]{0,2}/\S+|\S+/\S+\.\w{2,4}\b|\S+\.(?:png|jpe?g|webp|gif|bmp|svg)\b",
    re.IGNORECASE,
)
_ORDINALS = re.compile(
    r"\b(?:the )?(?:first|second|third|fourth|fifth|[1-5](?:st|nd|rd|th))(?= (?:reference|input|attached|provided|image))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\breference(?:[ -]image)?\s*#?\s*[1-9]\b", re.IGNORECASE)
_SCHEME = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)


def sanitize(text: str) -> str:
    """``text`` on one line without image ids, addresses and paths, which no prompt may contain."""
    return " ".join(LEAKS.sub(" ", text).split())


def without_ordinals(text: str) -> str:
    """``text`` without ordinals of reference images."""
    return _NUMBERED.sub("picture", _ORDINALS.sub("the", text))


def printable(content: str) -> str:
    """A text as it may stand in a prompt: web addresses lose their scheme and "www."; quotation marks become single ones."""
    return sanitize(_SCHEME.sub("", content, count=1).replace('"', "'"))
