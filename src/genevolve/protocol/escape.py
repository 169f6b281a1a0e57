"""Text from tools, made harmless: it can never open or close a role, a tag or a chat-template token."""

import re
import unicodedata

_TO_ENTITY = {"<": "&lt;", "[": "&#91;", "&": "&amp;"}
_FROM_ENTITY = {entity: char for char, entity in _TO_ENTITY.items()}
# "<" opens every tag and every <|token|>; "[NAME]" is how another family of templates writes roles and tool calls.
_UNSAFE = re.compile(r"<|\[(?=/?[A-Z_]{2,}\])|&(?=(?:lt|amp|#91);)")
_ENTITY = re.compile("|".join(map(re.escape, _FROM_ENTITY)))
_LINE_BREAKS = re.compile(r"\s+")


def escape(text: str) -> str:
    """``text`` with every character that could start markup turned into an entity. ``unescape`` restores it exactly."""
    return _UNSAFE.sub(lambda match: _TO_ENTITY[match[0]], text)


def unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: _FROM_ENTITY[match[0]], text)


def one_line(text: str) -> str:
    """``text`` escaped and on one line, so that it cannot imitate the block structure of an observation.

    Control and formatting characters (bidirectional overrides, zero-width characters) are dropped, except the joiners
    that emoji and several scripts need.
    """
    kept = (
        char
        for char in text
        if char.isspace() or char in "\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )
    return escape(_LINE_BREAKS.sub(" ", "".join(kept)).strip())
