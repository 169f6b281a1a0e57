"""A prompt as a generator with quirks hears it: its sentences, and the scene that they describe."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from genevolve.world.language.model import Ambiguity, AmbiguityKind, Scene, SceneObject, Span, TextElement
from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

_ABOUT_ALL = ("The background", "The whole image", "Everything", "All bodies")
_END = re.compile(r"[.!?](?=\s|$)")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|(?<!\w)['‘][^'’]*(?:['’]\w+[^'’]*)*['’](?!\w)")


def sentences(prompt: str) -> list[str]:
    """The sentences of ``prompt`` in order, stripped; a full stop inside quotation marks ends none."""
    hidden = _QUOTED.sub(lambda found: "_" * len(found[0]), prompt)
    cuts = [0, *(found.end() for found in _END.finditer(hidden)), len(prompt)]
    parts = (prompt[start:end].strip() for start, end in pairwise(cuts))
    return [part for part in parts if part]


@lru_cache(maxsize=4096)
def introduces(sentence: str) -> bool:
    """Whether ``sentence`` tells of an object in the picture, rather than of texts, the setting or everything at once."""
    scene = read(sentence)
    return bool(scene.objects) and not scene.texts and not sentence.startswith(_ABOUT_ALL)


def in_place(parts: Sequence[str], mine: Callable[[str], bool], first: bool) -> bool:
    """Whether all sentences that are ``mine`` stand before, or else after, all others that introduce objects."""
    own = [n for n, part in enumerate(parts) if mine(part)]
    objects = [n for n, part in enumerate(parts) if introduces(part) and not mine(part)]
    if not own or not objects:
        return True
    return max(own) < min(objects) if first else min(own) > max(objects)


def moved(prompt: str, mine: Callable[[str], bool], first: bool) -> str:
    """``prompt`` with the sentences that are ``mine`` at its start, or else its end, unless they are in place."""
    parts = sentences(prompt)
    if in_place(parts, mine, first):
        return prompt
    own, others = [part for part in parts if mine(part)], [part for part in parts if not mine(part)]
    return " ".join([*own, *others] if first else [*others, *own])


def outside_quotes(sentence: str, change: Callable[[str], str]) -> str:
    """``sentence`` with ``change`` made to everything but what stands in quotation marks."""
    parts, last = [], 0
    for found in _QUOTED.finditer(sentence):
        parts += [change(sentence[last : found.start()]), found[0]]
        last = found.end()
    return "".join([*parts, change(sentence[last:])])


def without_quotes(sentence: str) -> str:
    """``sentence`` without what stands in quotation marks."""
    return _QUOTED.sub(" ", sentence)


def in_quotes(sentence: str, change: Callable[[str], str]) -> str:
    """``sentence`` with ``change`` made to what stands in quotation marks, the marks included."""
    return _QUOTED.sub(lambda found: change(found[0]), sentence)


@dataclass(frozen=True, slots=True)
class Told:
    """``scene`` is what the generator makes of ``prompt``: at first all that it describes, then what quirks leave of it.

    Keys and spans of the scene stay those of the prompt.
    """

    prompt: str
    scene: Scene

    @classmethod
    def read(cls, prompt: str, vocabulary: Vocabulary) -> "Told":
        return cls(prompt, read(prompt, vocabulary))

    def sentences(self) -> list[str]:
        return sentences(self.prompt)

    def sentence(self, span: Span) -> str:
        """The sentence that holds the start of ``span``; "" where none does."""
        at = 0
        for sentence in self.sentences():
            at = self.prompt.index(sentence, at)
            if at <= span.start < at + len(sentence):
                return sentence
            at += len(sentence)
        return ""

    def words(self, span: Span) -> str:
        return self.prompt[span.start : span.end]

    def but(self, objects: Sequence[SceneObject] | None = None, texts: Sequence[TextElement] | None = None) -> "Told":
        """With these objects, or these texts, in place of its own."""
        scene = self.scene
        changed = replace(
            scene,
            objects=scene.objects if objects is None else tuple(objects),
            texts=scene.texts if texts is None else tuple(texts),
        )
        return Told(self.prompt, changed)

    def leaving_open(self, kind: AmbiguityKind, keys: Sequence[str]) -> "Told":
        """As if the prompt had said nothing about ``kind`` of the objects ``keys``."""
        added = tuple(Ambiguity(kind=kind, key=key) for key in keys)
        return Told(self.prompt, replace(self.scene, ambiguities=(*self.scene.ambiguities, *added)))
