"""Where a description ends ("the country whose capital is Ouagadougou | with …"), and text that comes without quotes."""

from dataclasses import dataclass

from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Size
from genevolve.world.language.setting import Settings
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

LETTERS = word_set(
    """
    letters lettering letter type font fonts text print capitals caps script handwriting characters typeface writing
    ink digits numerals figures
    """
)
_LETTERING = word_set("letters lettering handwriting font typeface script")
_INK = word_set(
    """
    bold thick heavy strong clear clean legible readable serif sans script capital block upper uppercase elegant
    playful modern simple handwritten plain neat friendly rounded neon glowing shiny italic cursive fancy decorative crisp
    very same small big
    """
)
_SHADES = word_set("light dark pale bright deep")
_ENDS = frozenset({Kind.STOP, Kind.SEMICOLON, Kind.COLON, Kind.QUOTE, Kind.REFERENCE, Kind.COMMA, Kind.PICTOGRAM})
_RELATIVE = word_set("whose that which who where when")
_COPULAS = word_set("is are was were be should must stands stand sits sit appears shall will goes")
_HANDLED = word_set(
    """
    written printed painted lettered spelled spelt displayed shown reading reads saying says titled entitled
    captioned placed centred centered underneath beneath as please made drawn rendered depicted arranged copied
    standing sitting
    """
)
_LONGEST = 40
_OFTEN_INSIDE = word_set("in on by near around before against within into of at over under")
_FINITE = word_set("has is was are borders lies uses speaks")
_DANGLING = word_set("and the with a an in on at from")
_DATED = word_set("someone people those")
_RESTRICTING = word_set("with in behind of from on near at between whose that which where")
_BELOW = word_set("below underneath beneath above")
_LYING = word_set("appears appear shown seen stands lives is are lies lie sits located situated borders found")
_PLACE_LEADS = word_set("at on in across along near to")
_SETTING_LEADS = word_set("on in with against as over under at")
_SMALL = word_set("of the and to in for a at on is with de la")
_NOT_FIRST = word_set("the a an it in at on is are should with and below above under")


@dataclass(slots=True)
class _Progress:
    """How much of the description has been read."""

    start: int
    relative: bool = False  # a relative clause has begun
    verbs: int = 0
    general: bool = True  # nothing yet fixes which one is meant


class Descriptions:
    def __init__(self, words: Words, settings: Settings) -> None:
        self.words = words
        self.settings = settings

    # ---- descriptions ----------------------------------------------------------------------------------------

    def end(self, start: int) -> int:
        """Where the description that starts at token ``start`` ends.

        A general noun ("the country") takes what follows it; once something particular was said, it ends where the image's
        own layout, text or setting goes on.
        """
        words = self.words
        progress = _Progress(start=start)
        here = start
        while here < min(len(words), start + _LONGEST):
            if words.kind(here) in _ENDS or (here > start and self._ends(here, progress)):
                break
            if words.lower(here) in _COPULAS:
                progress.verbs += 1
                if not progress.relative or progress.verbs > 1:
                    break
            pointing = words.lower(here) == "that" and words.has("generic_heads", here + 1)  # "the name of that country"
            progress.relative = progress.relative or (words.lower(here) in _RELATIVE and not pointing)
            progress.general = progress.general and not self._particular(here)
            here += 1
        while here > start + 1 and words.lower(here - 1) in _DANGLING and not self._comes_from(here):
            here -= 1
        return here

    def _comes_from(self, end: int) -> bool:
        """ "the country that sushi comes from"."""
        words = self.words
        return words.free and words.lower(end - 1) == "from" and words.lower(end - 2) in {"comes", "come", "originates"}

    def _particular(self, here: int) -> bool:
        """Whether the word fixes which one is meant, as names and most nouns do; "country" and "largest" do not."""
        words = self.words
        if words.lower(here) in _RELATIVE or words.kind(here) is Kind.NUMBER:
            return True
        if words.has("stops", here):
            return False
        if words.has("generic_heads", here + 1) and words.is_word(here):
            return False  # "the American state", "the chemical element"
        if words.capitalised(here):
            return True
        general = words.has("generic_heads", here) or words.has("described_nouns", here) or words.adjective(here)
        return words.is_word(here) and not general

    def _ends(self, here: int, progress: _Progress) -> bool:
        words = self.words
        word, following = words.lower(here), words.lower(here + 1)
        if word in _RELATIVE and words.has("text_verbs", here + 1):
            return True
        if word == "and":
            return not self._goes_on(here, progress.start)
        if self._points_back(here) or self._image_goes_on(here):
            return True
        if words.has("generic_heads", here - 1) and word in _RESTRICTING and not words.capitalised(here - 1):
            return False  # "the country | with …": without it nothing is said
        if word in {"as", "for"} and (following in {"its", "their"} or words.has("described_nouns", here + 1)):
            return False  # "that has Lima as its capital"
        if word == "for":
            return not self._for_goes_on(here, progress)
        if word in _HANDLED or (word in _BELOW and not words.is_word(here + 1)):
            return True
        if word in {"with", "featuring", "showing"}:
            return not ((progress.general and word == "with") or self._name_follows(here + 1))
        if words.free and word.endswith("ing") and not progress.relative and words.capitalised(here - 1):
            return not words.capitalised(here)  # "the flag of Japan | waving"
        if word == "from":
            return words.kind(words.after(here + 1, {"the"})) is Kind.REFERENCE
        return not progress.general and self._relation_ends(here, progress.relative)

    def _points_back(self, here: int) -> bool:
        """ "below it", "to its left", "with its name": of something said before."""
        words = self.words
        word, following = words.lower(here), words.lower(here + 1)
        if following in {"it", "them"} and words.lexicon.relations.at(words.tokens, here) is not None:
            return True
        if following == "its" and words.lower(here + 2) in {"left", "right", "side"}:
            return True
        return word == "with" and following in {"its", "their"}

    def _image_goes_on(self, here: int) -> bool:
        """A text, an arrangement, a place or a setting of the image begins."""
        words = self.words
        if words.lower(here) == "with" and (
            words.shouted(here + 1) or words.has("text_nouns", words.after_modifiers(here + 1))
        ):
            return True
        arranged = words.lexicon.arrangements.at(words.tokens, here) is not None
        return arranged or self.place_at(here) or self.setting_at(here)

    def _for_goes_on(self, here: int, progress: _Progress) -> bool:
        """ "the sign for 5 May", "the symbol for iron", "that chemists use for tin"; not "… for my class"."""
        words = self.words
        day = words.after(here + 1, {"the"}, most=1)
        dated = words.kind(day) is Kind.NUMBER or words.has("calendar", day) or words.lower(day) in _DATED
        within = progress.relative and not words.capitalised(here - 1)
        named = words.lower(here - 1) in {"symbol", "sign", "code", "name", "word", "abbreviation"}
        return dated or within or (named and not words.has("definite", here + 1))

    def _relation_ends(self, here: int, relative: bool) -> bool:
        words = self.words
        tokens, word = words.tokens, words.lower(here)
        relation = words.lexicon.relations.at(tokens, here) or words.lexicon.particles.at(tokens, here)
        if relation is None or word == "of":
            return False
        if relative and words.lower(here - 1) in _LYING:  # "that lies next to Chad", "that appears on the flag of Mexico"
            return False
        if relation.end == here + 1 and word in _OFTEN_INSIDE:
            return words.lower(here + 1) in {"a", "an", "it", "them", "its"} or self._object_follows(here + 1)
        return True

    def _object_follows(self, here: int) -> bool:
        """ "… over | the flag of …", "… near | two dogs"."""
        words = self.words
        at = words.after_determiners(here)
        if words.capitalised(at) and words.lower(at).endswith("'s"):
            return True
        if words.number(at) is not None:
            tied = words.is_word(at + 1) and words.tokens[at + 1].start == words.tokens[at].end  # "the 15th of June"
            return not tied and not words.has("calendar", at + 1)
        at += words.adjective(at)
        return words.has("emblems", at) or (
            at > here and words.entry_of(words.lower(at)) is not None and not words.capitalised(at)
        )

    def _goes_on(self, here: int, start: int) -> bool:
        """ "and" within: "Bosnia and Herzegovina", "borders both Chad and Niger", "that … and whose …"."""
        words = self.words
        following = words.lower(here + 1)
        before = words.words(start, here).split()
        pairs = words.lexicon.words["named_pairs"]
        if following in _RELATIVE or (following in pairs | {"the"} and before[-1] in pairs):
            return True
        if {"both", "between"} & set(before[-6:]):
            return True
        verb = following in words.lexicon.verb_forms or following in _FINITE
        return bool(set(before) & _RELATIVE) and (verb or words.capitalised(here + 1))

    def _name_follows(self, here: int) -> bool:
        return self.words.capitalised(self.words.after(here, {"the"}, most=1))

    # ---- where the image goes on -----------------------------------------------------------------------------

    def place_at(self, here: int) -> bool:
        """Whether a place on the canvas begins: "at the top", "in the bottom left corner of the image"."""
        words = self.words
        if words.lower(here) not in _PLACE_LEADS:
            return False
        found = words.lexicon.places.at(words.tokens, words.after(here + 1, {"the", "very", "far", "a", "upper"} - {"upper"}))
        if found is None:
            return False
        end = found.end + (words.lower(found.end) in {"corner", "side", "edge", "half"})
        if words.lower(end) == "of":
            return words.has("canvas", words.after_determiners(end + 1))
        return words.lower(end) not in {"bank", "coast"}

    def setting_at(self, here: int) -> bool:
        """Whether something about the whole image or the look of text begins."""
        if self.words.lower(here) not in _SETTING_LEADS:
            return False
        if self.settings.background_at(here + 1) or self.settings.light_at(here) or self.settings.style_at(here):
            return True
        return self.ink_at(here) is not None

    def ink_at(self, here: int) -> int | None:
        """The end of "in bold gold letters", "in white", "with large red text"; None when this is something else."""
        words = self.words
        lead = words.lower(here)
        if lead not in {"in", "using", "with"}:
            return None
        start = words.after(here + 1, {"a", "an", "the", "all"})
        at = self._inks_end(start)
        if words.free and lead != "with" and words.is_word(at) and words.lower(at + 1) in _LETTERING:
            at += 1  # "in icy letters": whatever that look is, the letters are those of the text
        if words.lower(at) in LETTERS or (words.free and at > start and words.lower(at) == "numbers"):
            names_one = words.free and words.is_word(at + 1) and len(words.lower(at + 1)) == 1 and words.capitalised(at + 1)
            return None if names_one else at + 1  # "with the letter B"
        if lead != "in" or at == start:
            return None
        ends = not words.is_word(at) or words.has("stops", at) or words.has("text_verbs", at)
        return at if ends and not words.compared(at - 1) else None

    def lettering_at(self, here: int) -> int | None:
        """The end of "large red letters", which says how some text looks."""
        at = self._inks_end(here)
        return at + 1 if at > here and self.words.lower(at) in LETTERS else None

    def _inks_end(self, start: int) -> int:
        at = start
        while at - start < 8 and (self._ink(at) or (self._between(at) and self._ink(at + 1))):
            at += 1
        return at

    def _between(self, here: int) -> bool:
        return self.words.lower(here) == "and" or self.words.kind(here) is Kind.COMMA

    def _ink(self, here: int) -> bool:
        words = self.words
        if not words.is_word(here):
            return False
        size = words.lexicon.sizes.get(words.lower(here))
        shade = words.lower(here) in _SHADES and words.colour(here, 2) is not None
        return words.colour(here, 1) is not None or words.lower(here) in _INK or isinstance(size, Size) or shade

    # ---- text without quotes ---------------------------------------------------------------------------------

    def verbatim_end(self, here: int, *, loose: bool) -> int:
        """Where an unquoted text ends: capitalised words, or if ``loose`` all before the image's next phrase."""
        words = self.words
        end = here
        while end < min(len(words), here + 12) and (words.kind(end) in {Kind.WORD, Kind.NUMBER} or self.dash_within(end)):
            if words.kind(end) is Kind.COLON:
                end += 1
                continue
            if end > here and (self.place_at(end) or self.ink_at(end) is not None):
                break
            big = words.tokens[end].capitalised or (words.kind(end) is Kind.NUMBER and (loose or end > here))
            small = words.lower(end) in _SMALL and words.capitalised(end + 1) and end > here
            if not big and not small and (not loose or self._ends_verbatim(end, here)):
                break
            end += 1
        return end

    def dash_within(self, here: int) -> bool:
        """ "QUIET PLEASE – EXAM IN PROGRESS" is one text."""
        words = self.words
        dash = words.kind(here) is Kind.COLON and words.tokens[here].text.strip() in {"-", "–", "—"}
        return words.free and dash and words.shouted(here - 1) and words.shouted(here + 1)

    def _ends_verbatim(self, end: int, here: int) -> bool:
        words = self.words
        word = words.lower(end)
        if end == here and word in _NOT_FIRST:
            return True
        shouted = any(words.tokens[index].shouted for index in range(here, end))
        relation = words.lexicon.relations.at(words.tokens, end)
        return shouted or word in {"and", "with", "as"} | _HANDLED or (relation is not None and word not in {"in", "on", "by"})
