"""Clauses of the request that the scene has no field for (moods, wishes): kept, so that nothing asked for is lost."""

import re

from genevolve.protocol.sanitize import LEAKS
from genevolve.world.language.dials import dial_of
from genevolve.world.language.model import Scene
from genevolve.world.language.reader import read

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_IMPERATIVE = re.compile(
    r"^(?:please |kindly |could you |can you |now )*"
    r"(?:make|create|draw|design|generate|paint|produce|show|give)(?: me| us)? (?=an? |the )",
    re.IGNORECASE,
)
# Talk that asks for nothing visible, and mere places whose object was read elsewhere.
_IDLE = re.compile(
    r"^(?:i|we|please|thanks?|thank you|hi|hello|could|can|what|who|which)\b|^(?:at |on |in )?(?:the )?\w+(?: side)?$", re.I
)
_MOST = 300  # characters


def unparsed_clauses(scene: Scene) -> str:
    """Clauses of the request in which the reader found nothing, each as a sentence of its own."""
    spans = [*(obj.span for obj in scene.objects), *(text.span for text in scene.texts)]
    spans += [fix.span for fix in scene.corrections if dial_of(fix.word) is not None]
    taken = [(span.start, span.end) for span in spans]
    kept = []
    text = LEAKS.sub(lambda leak: "," * len(leak[0]), scene.text)
    for clause in re.finditer(r"[^.,;:!?\n]+", text):
        said = _IMPERATIVE.sub("", clause[0].strip())
        if any(start < clause.end() and clause.start() < end for start, end in taken):
            continue
        if len(_WORD.findall(said)) > 1 and not _IDLE.search(said) and _says_nothing(read(said, scene.vocabulary)):
            kept.append(f"{said[:1].upper()}{said[1:]}.")
    return " ".join(kept)[:_MOST]


def _says_nothing(scene: Scene) -> bool:
    found = (
        scene.objects,
        scene.texts,
        scene.background,
        scene.light,
        scene.style,
        scene.absent,
        scene.nothing_else,
        scene.weather,
    )
    return not any(found)
