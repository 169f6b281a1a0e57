"""Type: which face, how large, where lines break, and how letters come out when a text is left open."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from genevolve.store.faces import DISPLAY, HEAVY, MEDIUM, font, missing
from genevolve.world.language.model import TextElement, TextRole

LINE = 1.16  # distance of baselines, in ems
MAX_CHARACTERS = 400
_UNIT = 64  # pixels at which words are measured; widths scale linearly
_KEPT_MARKS = "\u200c\u200d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A text that was fitted: its lines, and the width and height that they take at ``px``."""

    lines: tuple[str, ...]
    face: str
    px: int
    width: float
    height: float


def face_for(element: TextElement, text: str) -> str:
    """Heavy sans for what is bold or in capitals, a display serif for other titles, a medium sans for the rest."""
    if element.role is TextRole.TITLE and element.bold is None and text != text.upper() and not missing(text, DISPLAY):
        return DISPLAY
    if element.bold or (element.bold is None and element.role is TextRole.TITLE):
        return HEAVY
    return MEDIUM


def clean(text: str) -> str:
    """One line without control characters and without bidirectional overrides."""
    kept = (
        " " if char.isspace() else char
        for char in text
        if char.isspace() or char in _KEPT_MARKS or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return " ".join("".join(kept).split())


@lru_cache(maxsize=4096)
def _length(text: str, face: str) -> float:
    return font(face, _UNIT).getlength(text) / _UNIT


def fit(text: str, face: str, *, width: float, height: float, max_px: float, min_px: float) -> Setting:
    """``text`` as large as fits into ``width`` × ``height``, at most ``max_px``; broken into lines of even length.

    A text that does not fit even at ``min_px`` is cut, and its last line ends in "…".
    """
    words = _breakable(text.split(), face, width / min_px)
    best: tuple[float, tuple[str, ...]] | None = None
    for count in range(1, min(len(words), int(height / (min_px * LINE)) or 1) + 1):
        lines = _even_lines(words, count, face)
        px = min(max_px, width / max(_length(line, face) for line in lines), height / (LINE * len(lines)))
        if best is None or px > best[0] * 1.12:  # a further line must pay
            best = (px, lines)
        if px >= max_px:
            break
    px, lines = best if best else (min_px, ("",))
    if px < min_px:
        px, lines = min_px, _cut(words, face, width / min_px, max(1, int(height / (min_px * LINE))))
    size = max(1, int(px))
    return Setting(
        lines=lines,
        face=face,
        px=size,
        width=max(_length(line, face) for line in lines) * size,
        height=len(lines) * size * LINE,
    )


def _breakable(words: list[str], face: str, ems: float) -> list[str]:
    """Words wider than a line even at the smallest size are broken where they must."""
    pieces: list[str] = []
    for word in words:
        while _length(word, face) > ems and len(word) > 1:
            keep = max(1, int(len(word) * ems / _length(word, face)))
            pieces.append(word[:keep])
            word = word[keep:]
        pieces.append(word)
    return pieces


def _greedy(words: list[str], ems: float, face: str) -> list[str]:
    space = _length(" ", face)
    lines: list[str] = []
    taken = 0.0
    for word in words:
        wide = _length(word, face)
        if lines and taken + space + wide <= ems:
            lines[-1] += f" {word}"
            taken += space + wide
        else:
            lines.append(word)
            taken = wide
    return lines


def _even_lines(words: list[str], count: int, face: str) -> tuple[str, ...]:
    """At most ``count`` lines whose longest is as short as can be."""
    if count == 1:
        return (" ".join(words),)
    low = max(_length(word, face) for word in words)
    high = _length(" ".join(words), face)
    for _ in range(14):
        middle = (low + high) / 2
        if len(_greedy(words, middle, face)) <= count:
            high = middle
        else:
            low = middle
    return tuple(_greedy(words, high * 1.0005, face))


def _cut(words: list[str], face: str, ems: float, count: int) -> tuple[str, ...]:
    lines = _greedy(words, ems, face)
    if len(lines) <= count:
        return tuple(lines)
    last = lines[count - 1]
    while last and _length(f"{last}…", face) > ems:
        last = last[:-1]
    return (*lines[: count - 1], f"{last.rstrip()}…")


_LOOKALIKES = {
    "upper": "ЯИФБЖЄЛДЦΞΨHKXVZQ",
    "lower": "яифбжєлдцξψhkxvzq",
    "digit": "3780415629",
}


def garble(text: str, rng: Random) -> str:
    """``text`` as image models misspell it: the same shape of words, most letters wrong. Never equal to ``text``."""
    words = [_garbled_word(word, rng) for word in text.split()] or ["Я"]
    return " ".join(words)


def _garbled_word(word: str, rng: Random) -> str:
    letters = list(word)
    for position, char in enumerate(letters):
        if rng.random() < 0.65 or position == 0:
            letters[position] = _wrong(char, rng)
    if len(letters) > 3:
        here = rng.randrange(len(letters) - 1)
        letters[here], letters[here + 1] = letters[here + 1], letters[here]
        if rng.random() < 0.5:
            del letters[rng.randrange(len(letters))]
        else:
            letters.insert(rng.randrange(len(letters)), rng.choice(letters))
    return "".join(letters)


def _wrong(char: str, rng: Random) -> str:
    kind = "digit" if char.isdigit() else "lower" if char.islower() else "upper"
    return rng.choice([other for other in _LOOKALIKES[kind] if other != char])


def gibberish(rng: Random) -> str:
    """TextElement for a text of which nothing is known."""
    return " ".join("".join(rng.choice(_LOOKALIKES["upper"]) for _ in range(rng.randint(3, 6))) for _ in range(2))
