"""How the texts of a card, a sign or a poster look that stand in its form and not in the sentence: "…, big red letters"."""

from dataclasses import dataclass

from genevolve.core.claim import Place
from genevolve.world.language.colours import PALETTE, oklab
from genevolve.world.language.descriptions import LETTERS, Descriptions
from genevolve.world.language.discourse import Discourse
from genevolve.world.language.drafts import TextDraft
from genevolve.world.language.form_lines import FormMatch
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Size
from genevolve.world.language.tokens import Kind
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

_NAMED = word_set("title titles heading headline header text words writing lettering greeting")
_LEADS = word_set("at on in across along near to the very")
_BOLD = word_set("bold thick heavy strong")
_BREAKS = frozenset({None, Kind.COMMA, Kind.STOP, Kind.COLON, Kind.SEMICOLON})


@dataclass(slots=True, kw_only=True)
class Look:
    """``place``: of the title alone."""

    ink: str | None = None
    large: bool | None = None
    bold: bool | None = None
    place: Place | None = None

    def on(self, draft: TextDraft) -> None:
        draft.colour = draft.colour or self.ink
        draft.large = self.large if draft.large is None else draft.large
        draft.bold = self.bold if draft.bold is None else draft.bold


class SheetLooks:
    """Reads only where a form was ``found``; ``look`` is for its texts."""

    def __init__(
        self, words: Words, descriptions: Descriptions, discourse: Discourse, whole: WholeImage, found: FormMatch
    ) -> None:
        self.words = words
        self.descriptions = descriptions
        self.discourse = discourse
        self.whole = whole
        self.found = found
        self.look = Look()

    def read(self, here: int) -> int:
        if self.found.form is None or not self.words.free:
            return here
        readings = (self._sheet, self._lettering, self._two_colours, self._placed)
        return next((end for reading in readings if (end := reading(here)) > here), here)

    def _sheet(self, here: int) -> int:
        """ "a big red “SALE” sign": the sheet is red, and what stands on it large."""
        words = self.words
        begin = at = words.after_determiners(here)
        while at < begin + 3 and (words.colour(at, 1) is not None or words.size(at) is not None):
            at += 1
        if at == begin or here > 0 or words.kind(at) is not Kind.QUOTE:
            return here
        begins = words.tokens[at].end + 1
        if not any(span.start == begins for span in self.found.masked):
            return here
        self.whole.set_background(words.colour_in(begin, at) or "")
        if any(words.size(index) in {Size.LARGE, Size.HUGE} for index in range(begin, at)):
            self.look.large = True
            self.discourse.expect(lambda draft: self.look.on(draft) if isinstance(draft, TextDraft) else None)
        return at

    def _lettering(self, here: int) -> int:
        """ "big letters", "in bold red letters": of the latest text, or of those of the form."""
        words = self.words
        end = self.descriptions.ink_at(here)
        if end is None and words.kind(here - 1) in _BREAKS:
            end = self.descriptions.lettering_at(here)
        if end is None or words.lower(end - 1) not in LETTERS or words.has("text_verbs", end):
            return here
        if words.kind(end) not in _BREAKS and words.lower(end) not in {"on", "please", "and", "with", "at"}:
            return here
        look = Look(ink=words.colour_in(here, end))
        sizes = {words.size(index) for index in range(here, end)}
        look.large = True if sizes & {Size.LARGE, Size.HUGE} else False if sizes & {Size.SMALL, Size.TINY} else None
        look.bold = True if any(words.lower(index) in _BOLD for index in range(here, end)) else None
        for draft in self.discourse.texts[-1:]:
            look.on(draft)
        if not self.discourse.texts:
            self.look = look
        return end

    def _two_colours(self, here: int) -> int:
        """ "…, blue and white": the darker on the lighter."""
        words = self.words
        start = here + (words.lower(here) == "in")
        one = words.longest_colour(start, start + 3)
        texts_alone = all(isinstance(topic, TextDraft) for topic in self.discourse.active)
        led = words.kind(here - 1) in _BREAKS or start > here
        if one is None or not texts_alone or self.found.slots or not led or words.lower(one[1]) != "and":
            return here
        other = words.longest_colour(one[1] + 1, one[1] + 4)
        if other is None or words.kind(other[1]) not in _BREAKS:
            return here
        dark, light = sorted((one[0], other[0]), key=lambda colour: oklab(PALETTE[colour])[0])
        self.look.ink = self.look.ink or dark
        for draft in self.discourse.texts:
            self.look.on(draft)
        self.whole.set_background(light)
        return other[1]

    def _placed(self, here: int) -> int:
        """ "…, title at the top": where the form's own title stands."""
        words = self.words
        at = words.after(here, {"with", "the", "and"}, most=3)
        if self.discourse.texts or not self.found.lines or words.lower(at) not in _NAMED:
            return here
        place = words.lexicon.places.at(words.tokens, words.after(at + 1, _LEADS))
        if place is None or words.kind(place.end) not in _BREAKS or words.lower(at + 1) not in _LEADS:
            return here
        self.look.place = place.meaning
        return place.end
