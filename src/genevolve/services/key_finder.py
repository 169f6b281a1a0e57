"""Finds keys in texts: whole or in part, percent-, JSON-, HTML-, base64- or hex-encoded, with anything but letters between.

Texts and keys are compared by their letters and digits alone, in lower case, so that quotes, line breaks and escapes between
the parts of a key do not hide it. Base64 is looked for at each of its three alignments, so that ``user:key`` is found as well.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

REDACTED = "[redacted]"
_BLOCK = 6  # letters that are looked up at once
_PART = 2 * _BLOCK  # letters in a row that give a key away: every run of 2 blocks has one whole block at a multiple of 6
_OTHER = bytes(byte for byte in range(256) if not chr(byte).isalnum() or byte > 127)
_BLOCKS = re.compile(rb"[a-z0-9]{%d}" % _BLOCK)


class KeyFinder:
    """Built once for some keys. Texts without any cost about 15 ns a character."""

    def __init__(self, keys: Iterable[str]) -> None:
        forms: set[bytes] = set()
        literal: set[str] = set()
        for key in keys:
            literal.update(_plain(key))
            forms.update(_letters(form) for form in _encoded(key))
        self._forms = sorted((form for form in forms if len(form) >= _BLOCK), key=len, reverse=True)
        self._short = [form for form in self._forms if len(form) < 2 * _BLOCK - 1]
        self._places: dict[bytes, list[tuple[bytes, int]]] = {}
        for form in self._forms:
            for start in range(len(form) - _BLOCK + 1):
                self._places.setdefault(form[start : start + _BLOCK], []).append((form, start))
        self._windows = frozenset(self._places)
        longest_first = sorted(literal, key=lambda form: (-len(form), form))  # a key may be the beginning of another
        self._literal = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if literal else None
        few = [form for form in longest_first if len(_letters(form)) < _BLOCK]
        self._signs = re.compile("|".join(map(re.escape, few)), re.IGNORECASE) if few else None

    def redact(self, text: str) -> str:
        """``text`` with ``[redacted]`` in the place of every key."""
        if self._literal is None or not self._suspicious(text):
            return text
        return self._without_parts(self._literal.sub(REDACTED, text))

    def _suspicious(self, text: str) -> bool:
        letters = _letters(text)
        if not self._windows.isdisjoint(_BLOCKS.findall(letters)):
            return True
        return any(form in letters for form in self._short) or (self._signs is not None and bool(self._signs.search(text)))

    def _without_parts(self, text: str) -> str:
        places = [place for place, char in enumerate(text) if char.isascii() and char.isalnum()]
        letters = _letters(text)
        kept: list[str] = []
        begin = at = 0
        while at <= len(letters) - _BLOCK:
            length = self._run(letters, at)
            if not length:
                at += 1
                continue
            kept += [text[begin : places[at]], REDACTED]
            at += length
            begin = places[at - 1] + 1
        return "".join([*kept, text[begin:]])

    def _run(self, letters: bytes, at: int) -> int:
        """The length of the longest part of a key that begins ``at``; 0 where it is too short to give anything away."""
        longest = 0
        for form, start in self._places.get(letters[at : at + _BLOCK], ()):
            length = _BLOCK
            most = min(len(form) - start, len(letters) - at)
            while length < most and form[start + length] == letters[at + length]:
                length += 1
            if length >= min(_PART, len(form)):
                longest = max(longest, length)
        return longest


def _letters(text: str) -> bytes:
    return text.encode("utf-8", "replace").lower().translate(None, _OTHER)


def _plain(key: str) -> Iterator[str]:
    """How a whole key is usually written."""
    yield key
    yield quote(key, safe="")
    yield json.dumps(key)[1:-1]
    yield html.escape(key)
    yield base64.b64encode(key.encode()).decode().rstrip("=")


def _encoded(key: str) -> Iterator[str]:
    yield from _plain(key)
    data = key.encode()
    yield quote(quote(key, safe=""), safe="")
    yield data.hex()
    for before in range(3):  # bytes in front of the key within a group of three
        encoded = base64.b64encode(b"\0" * before + data).decode()
        first = -(-before * 8 // 6)
        yield encoded[first : (before + len(data)) * 8 // 6]
