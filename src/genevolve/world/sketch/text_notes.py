"""What has to be said of texts that could not be set as they were given: too long, too small, without glyphs."""

from collections.abc import Mapping, Sequence

from genevolve.store.faces import missing
from genevolve.world.language.model import TextElement
from genevolve.world.sketch.bands import Text
from genevolve.world.sketch.plan import TextBlock
from genevolve.world.sketch.text import MAX_CHARACTERS, face_for


def limited(content: str, notes: list[str]) -> str:
    if len(content) <= MAX_CHARACTERS:
        return content
    notes.append(f"a lettering of {len(content)} characters is too long: only its first {MAX_CHARACTERS} are written")
    return f"{content[:MAX_CHARACTERS].rstrip()}…"


def glyph_notes(text: TextElement, content: str) -> list[str]:
    lacking = missing(content, face_for(text, content))
    if not lacking:
        return []
    shown = " ".join(lacking[:12])
    return [
        f"the fonts have no glyphs for {shown} in “{content[:40]}”: boxes stand in (Latin, Greek and Cyrillic can be written)"
    ]


def fit_notes(blocks: Sequence[TextBlock], texts: Mapping[str, Text]) -> list[str]:
    notes = []
    for text in blocks:
        if text.key not in texts:
            continue
        if text.lines and text.lines[-1].endswith("…") and not texts[text.key].content.endswith("…"):
            notes.append(f"“{texts[text.key].content[:40]}” is too long for its place: it is cut")
        if text.px < 9:
            notes.append(f"“{texts[text.key].content[:40]}” is only {text.px} pixels high: it may be too small to read")
    return notes
