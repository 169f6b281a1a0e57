"""What a free request puts in the place of what it rules out: "not a scary one, a green one", "no star, put a bird there"."""

from genevolve.core.claim import Direction
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Correction, Span
from genevolve.world.language.phrases import NounPhrase, NounPhrases
from genevolve.world.language.tokens import Kind
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

_BETWEEN = word_set("but and rather instead just")
_THERE = word_set("there instead")
_WHERE = (("on", "top"), ("on", "it"), ("in", "it"), ("at", "the", "top"), ("on", "its", "head"), ("on", "the", "top"))


class Instead:
    """``corrections``: "one", where it is the thing that was named before."""

    def __init__(self, words: Words, phrases: NounPhrases, discourse: Discourse, whole: WholeImage) -> None:
        self.words = words
        self.phrases = phrases
        self.discourse = discourse
        self.whole = whole
        self.corrections: list[Correction] = []
        self._host: ObjectDraft | None = None  # what lacks something on its top

    def read(self, here: int) -> int:
        if not self.words.free:
            return here
        return self._other_one(here) or self._where_denied(here) or self._there(here) or here

    def _other_one(self, here: int) -> int:
        """ "(not a scary one), a friendly green one": the same thing, which is like that."""
        phrase = self.phrases.at(here)
        if phrase is None or not phrase.quantity.another or not self._after_ruled_out(here):
            return 0
        if self.words.lower(phrase.end - 1) not in {"one", "ones"} or not self.discourse.recent_objects:
            return 0
        obj, token = self.discourse.recent_objects[0], self.words.tokens[phrase.end - 1]
        self.corrections.append(Correction(span=Span(start=token.start, end=token.end), word=obj.noun))
        self._refine(obj, phrase)
        return phrase.end

    def _refine(self, obj: ObjectDraft, phrase: NounPhrase) -> None:
        obj.colour, obj.size = phrase.colour or obj.colour, phrase.size or obj.size
        obj.modifiers += phrase.modifiers
        self.discourse.turn_to([obj])

    def _after_ruled_out(self, here: int) -> bool:
        """Whether but a comma or "but" stands between what was ruled out last and ``here``."""
        before = here - 1
        while self.words.kind(before) is Kind.COMMA or self.words.lower(before) in _BETWEEN:
            before -= 1
        ended = self.words.tokens[before].end if before >= 0 else -1
        return before < here - 1 and any(span.end == ended for span in self.whole.excluded)

    def _where_denied(self, here: int) -> int:
        """ "(no star) on top": where that is which is not there."""
        words = self.words
        where = next((one for one in _WHERE if words.words(here, here + len(one)) == " ".join(one)), None)
        denied = self.whole.denied_up_to == here and here > 0
        if where is None or not denied or words.lower(here + len(where)) == "of":
            return 0
        hosts = objects_in(self.discourse.active)[-1:] or self.discourse.recent_objects[:1]
        self._host = hosts[0] if hosts else None
        end = here + len(where)
        self.whole.excluded.append(Span(start=words.tokens[here].start, end=words.tokens[end - 1].end))
        return end

    def _there(self, here: int) -> int:
        """ "(put a bird) there instead"."""
        words = self.words
        end = words.after(here, _THERE, most=2)
        put = objects_in(self.discourse.group)[-1:]
        if end == here or not self.whole.absent or not put or self._follows(end):
            return 0
        hosts = [self._host] if self._host is not None else [obj for obj in self.discourse.recent_objects if obj not in put][:1]
        if hosts and words.lower(here) == "there" and not put[0].links:
            self.discourse.relate(put, Direction.ON, hosts)
        elif not put[0].links:
            return 0
        self.whole.excluded.append(Span(start=words.tokens[here].start, end=words.tokens[end - 1].end))
        return end

    def _follows(self, end: int) -> bool:
        return self.words.is_word(end) and not self.words.has("stops", end)
