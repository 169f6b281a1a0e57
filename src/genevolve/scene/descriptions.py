"""Where a description ends: "the country whose capital is Ouagadougou | , with …", and text that is given without quotes."""

from genevolve.scene.lexicon import Lexicon
from genevolve.scene.phrases import NounPhrases
from genevolve.scene.setting import Settings
from genevolve.scene.tokens import Kind, Token

_ENDS = frozenset({Kind.STOP, Kind.SEMICOLON, Kind.COLON, Kind.QUOTE, Kind.REFERENCE, Kind.COMMA, Kind.PICTOGRAM})
_RELATIVE = frozenset("whose that which who where when".split())
_COPULAS = frozenset("is are was were be should must stands sits appears shall will goes".split())
_WRITTEN = frozenset(
    "written printed painted lettered spelled spelt displayed shown reading reads saying says titled entitled placed centred centered "
    "underneath beneath as for please made drawn rendered depicted arranged and,".split()
)
_LONGEST = 40
_OFTEN_INSIDE = frozenset("in on by near around before against within into of at over under".split())


class Descriptions:
    def __init__(self, phrases: NounPhrases, settings: Settings) -> None:
        self.phrases = phrases
        self.settings = settings
        self.tokens = phrases.tokens
        self.lexicon: Lexicon = phrases.lexicon

    def end(self, start: int) -> int:
        """Where the description that starts at token ``start`` ends.

        A general noun ("the country") takes what follows it as its description, up to what belongs to the image.
        """
        here = start
        relative = False
        verbs = 0
        general = True  # so far nothing fixes which one is meant
        while here < min(len(self.tokens), start + _LONGEST):
            token = self.tokens[here]
            if token.kind in _ENDS or here > start and self._ends(here, start, relative, general):
                break
            if token.lower in _COPULAS:
                verbs += 1
                if not relative or verbs > 1:
                    break
            relative = relative or token.lower in _RELATIVE
            general = general and not self._specific(token, here)
            here += 1
        while here > start + 1 and self.phrases.lower(here - 1) in {"and", "the", "with", "a", "an", "in", "on", "at"}:
            here -= 1
        return here

    def _specific(self, token: Token, here: int) -> bool:
        if token.lower in _RELATIVE or token.kind is Kind.NUMBER:
            return True
        if token.capitalised and token.lower not in self.lexicon.words["stops"]:
            return True
        return self.phrases.is_word(here) and token.lower not in self.lexicon.words["stops"] and not self._general(here)

    def _general(self, here: int) -> bool:
        if self.phrases.in_group("generic_heads", here) or self.phrases.in_group("described_nouns", here):
            return True
        return self.phrases._adjective(here)

    def _ends(self, here: int, start: int, relative: bool, general: bool) -> bool:
        token = self.tokens[here]
        if token.lower == "and":
            return not self._goes_on(here, start)
        if token.lower in _WRITTEN:
            return True
        if token.lower == "with":
            return not (general or self._name_follows(here))
        if self.lexicon.arrangements.at(self.tokens, here) is not None:
            return True
        if self._place_at(here):
            return True
        if self._setting_at(here):
            return True
        return not general and self._relation_ends(here, relative)

    def _relation_ends(self, here: int, relative: bool) -> bool:
        token = self.tokens[here]
        relation = self.lexicon.relations.at(self.tokens, here) or self.lexicon.particles.at(self.tokens, here)
        if relation is None:
            return False
        if token.lower == "of" or (relation.end == here + 1 and token.lower in _OFTEN_INSIDE):
            following = self.phrases.lower(here + 1)
            return following in {"a", "an", "it", "them", "its"} and token.lower != "of"
        return not (relative and self._name_follows(relation.end - 1))

    def _goes_on(self, here: int, start: int) -> bool:
        """ "and" inside a description: "Bosnia and Herzegovina", "borders both Chad and Niger", "that … and whose …"."""
        following = self.phrases.lower(here + 1)
        before = self.phrases.words(start, here).split()
        if following in self.lexicon.words["named_pairs"] and before[-1] in self.lexicon.words["named_pairs"] | {"são", "sao"}:
            return True
        if following in _RELATIVE:
            return True
        if {"both", "between"} & set(before[-6:]):
            return True
        relative = bool(set(before) & _RELATIVE)
        verb = following in self.lexicon.verb_forms or following in {"has", "is", "was", "borders", "lies", "uses", "speaks"}
        name = here + 1 < len(self.tokens) and self.tokens[here + 1].capitalised and self.tokens[here + 1].kind is Kind.WORD
        return relative and (verb or name)

    def _name_follows(self, here: int) -> bool:
        after = here + 1
        if self.phrases.lower(after) == "the":
            after += 1
        return after < len(self.tokens) and self.tokens[after].capitalised and self.tokens[after].kind is Kind.WORD

    def _place_at(self, here: int) -> bool:
        if self.phrases.lower(here) not in {"at", "on", "in", "across", "along", "near", "to"}:
            return False
        after = here + 1
        while self.phrases.lower(after) in {"the", "very", "far", "a"}:
            after += 1
        place = self.lexicon.places.at(self.tokens, after)
        if place is None:
            return False
        following = self.phrases.lower(place.end)
        return following not in {"bank", "coast", "of"} or self.phrases.lower(place.end + 2) in self.lexicon.words["canvas"]

    def _setting_at(self, here: int) -> bool:
        if self.phrases.lower(here) not in {"on", "in", "with", "against", "as", "over", "under", "at"}:
            return False
        after = here + 1
        if self.settings.background_at(after) or self.settings.light_at(here):
            return True
        while self.phrases.lower(after) in {"the", "style", "of", "a", "an"}:
            after += 1
        if self.settings.style_at(after):
            return True
        return self.ink_at(here) is not None

    def ink_at(self, here: int) -> int | None:
        """The end of "in bold gold letters", "in white", "with large red lettering"; None when this is something else."""
        word = self.phrases.lower(here)
        if word not in {"in", "using", "with"}:
            return None
        after = here + 1
        while self.phrases.lower(after) in {"a", "an", "the", "all"}:
            after += 1
        start = after
        while after - start < 8 and (self._ink_word(after) or (self._between(after) and self._ink_word(after + 1))):
            after += 1
        if self.phrases.lower(after) in LETTERS:
            return after + 1
        if word != "in" or after == start:
            return None
        ends = after >= len(self.tokens) or not self.phrases.is_word(after) or self.phrases.in_group("stops", after)
        return after if ends else None

    def _between(self, here: int) -> bool:
        return self.phrases.lower(here) in {"and"} or (here < len(self.tokens) and self.tokens[here].kind is Kind.COMMA)

    def _ink_word(self, here: int) -> bool:
        if not self.phrases.is_word(here):
            return False
        word = self.phrases.lower(here)
        return self.phrases._colour(here, 1) is not None or word in INK_WORDS or word in self.lexicon.sizes or (
            word in {"light", "dark", "pale", "bright", "deep"} and self.phrases._colour(here, 2) is not None
        )  # fmt: skip


LETTERS = frozenset(
    "letters lettering letter type font fonts text print capitals caps script handwriting characters typeface writing ink".split()
)
INK_WORDS = frozenset(
    "bold thick heavy strong clear clean legible readable serif sans script capital block upper uppercase elegant playful modern simple "
    "handwritten plain neat friendly rounded italic cursive fancy decorative crisp very same".split()
)
