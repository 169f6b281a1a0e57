"""Names of what is drawn or advertised: "a dog named Rex", "a bakery called Crumb & Co". A name is written, never drawn."""

import re
from collections.abc import Sequence
from dataclasses import replace

from genevolve.core.claim import Direction
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import TextDraft
from genevolve.world.language.form_lines import FormMatch
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.texts import Texts
from genevolve.world.language.words import Words

_NAMING = word_set("called named")
_NAME = re.compile(
    r"[A-Z0-9][^\W_]*(?:['’.-][^\W_]+)*(?:['’]s)?"
    r"(?:\s+(?:(?:&|\+|and|of|the|for|de|la|du|van|von|['’]n['’]?)\s+)*[A-Z0-9][^\W_]*(?:['’-][^\W_]+)*(?:['’]s)?)*"
)


class GivenNames:
    def __init__(self, words: Words, texts: Texts, discourse: Discourse) -> None:
        self.words = words
        self.texts = texts
        self.discourse = discourse

    def read(self, here: int) -> int:
        """The end of "called The Blue Notes": a text on what bears one, under what does not, else the title."""
        words = self.words
        if not words.free or words.lower(here) not in _NAMING or here + 1 >= len(words):
            return here
        found = _NAME.match(words.text, words.tokens[here + 1].start)
        if found is None:
            return here
        end = words.past(found.end(), here + 1)
        draft = TextDraft(span=Span(start=found.start(), end=found.end()), content=" ".join(found[0].split()))
        named = objects_in(self.discourse.group)[-1:]
        if not named:
            self.discourse.mention([draft])
            return end
        if self.texts.bears(named[0]):
            draft.bearer = named[0]
        else:
            draft.role = TextRole.CAPTION
            draft.links.append((Direction.BELOW, (named[0],)))
        self.discourse.add(draft)
        return end


def without_names(found: FormMatch, texts: Sequence[TextDraft]) -> FormMatch:
    """``found`` without the lines that repeat a name which is a text already."""
    begun = {text.span.start for text in texts}
    return replace(found, lines=tuple(line for line in found.lines if line.span.start not in begun))
