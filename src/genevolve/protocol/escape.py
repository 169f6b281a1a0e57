"""Text from tools, made harmless: it can never open or close a role, a tag or a chat-template token."""

import re
from functools import lru_cache

_TO_ENTITY = {"<": "&lt;", "[": "&#91;", "&": "&amp;"}
_FROM_ENTITY = {entity: char for char, entity in _TO_ENTITY.items()}
# "<" opens every tag and every <|token|>; "[NAME]" is how another family of templates writes roles and tool calls.
_UNSAFE = re.compile(r"<|\[(?=/?[A-Z_]{2,}\])|&(?=(?:lt|amp|#91);)")
_ROLE_AT_AN_END = re.compile(r"\A\[/?[A-Z_]{2,}\]|\[/?[A-Z_]{2,}\]\Z")
_ENTITY = re.compile("|".join(map(re.escape, _FROM_ENTITY)))
_WHITESPACE = re.compile(r"\s+")
# Unicode's control, formatting and surrogate characters (Cc, Cf, Cs) but for whitespace and the two joiners.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


def escape(text: str) -> str:
    """``text`` with every character that could start markup turned into an entity. ``unescape`` restores it exactly."""
    return _UNSAFE.sub(lambda match: _TO_ENTITY[match[0]], text)


def unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: _FROM_ENTITY[match[0]], text)


@lru_cache(maxsize=8192)  # a conversation is rendered anew for every turn
def one_line(text: str) -> str:
    """``text`` escaped and on one line, so that it cannot imitate the block structure of an observation.

    Control and formatting characters (bidirectional overrides, zero-width characters) are dropped, except the joiners
    that emoji and several scripts need.
    """
    return escape(_WHITESPACE.sub(" ", _INVISIBLE.sub("", text)).strip())


def escape_lines(text: str) -> str:
    """``text`` escaped line by line, without control and formatting characters; its line breaks and indents stay."""
    return "\n".join(escape(_INVISIBLE.sub("", line)) for line in text.splitlines())


def bracketed(text: str) -> str:
    """``[text]`` on one line. Where the brackets would make a role of a chat template ("INST") of it, spaces part them."""
    line = one_line(text)
    framed = f"[{line}]"
    return f"[ {line} ]" if _ROLE_AT_AN_END.search(framed) else framed
