"""The picture itself ("a photo of", "a poster", "it should say"), told apart from the objects that are in it."""

from genevolve.world.language.discourse import Discourse, Last, Topic
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span
from genevolve.world.language.phrases import NounPhrase, NounPhrases
from genevolve.world.language.whole_image import SURFACES, WholeImage
from genevolve.world.language.words import Words

_PLACES_SHOWN = word_set("scene view landscape wallpaper picture photo painting illustration drawing image")
_USES = word_set("phone desktop book product stock fan concept app web door shop")  # what the picture is for
_THINGS_SHOWN = word_set(
    "sticker icon logo wallpaper drawing painting illustration sketch photo picture clipart print emblem badge"
)


_FRAMED, _HUNG = word_set("picture painting poster photo calendar"), word_set("hanging hangs hung framed")


class CanvasReader:
    def __init__(self, words: Words, phrases: NounPhrases, discourse: Discourse, whole: WholeImage) -> None:
        self.words = words
        self.phrases = phrases
        self.discourse = discourse
        self.whole = whole

    # ---- the picture itself ----------------------------------------------------------------------------------

    def read(self, here: int) -> int:
        """ "a photo of", "a poster": the picture itself, with the style it is made in."""
        words = self.words
        phrase = self.phrases.at(here, bare=False) or self._bare_canvas(here)
        if phrase is None or not (self.is_canvas(phrase) or self.asked_for(phrase)):
            return here
        for index in range(phrase.start, phrase.end):
            self.whole.read_style(index)
        if words.free:
            self._shown_on(phrase)
        if words.free and phrase.colour is not None and words.lower(phrase.end - 1) in SURFACES:
            self.whole.set_background(phrase.colour)  # "big letters on a white card"
        if words.lower(phrase.end) == "of":
            self.discourse.joining = False
            return phrase.end + 1
        return phrase.end

    def _shown_on(self, phrase: NounPhrase) -> None:
        """ "a farm scene", "a red rose sticker": what is before the kind of image is in it."""
        words = self.words
        start, canvas = words.after_determiners(phrase.start), words.lower(phrase.end - 1)
        last = phrase.end - 1
        if canvas in _PLACES_SHOWN and words.is_place(last - 1):
            self.whole.set_background(words.words(start, last))
        while last > start and words.lower(last - 1) in _USES:
            last -= 1
        first = next((at for at in range(start, last) if words.entry_of(words.words(at, last)) is not None), last)
        entry = words.entry_of(words.words(first, last)) if first < last else None
        if entry is None or canvas not in _THINGS_SHOWN or words.lower(phrase.end) == "of":
            return
        span = Span(start=words.tokens[start].start, end=words.tokens[last - 1].end)
        draft = ObjectDraft(noun=entry.noun, span=span, known=True, living=entry.living)
        found = words.longest_colour(first - 1, first) if first > start else None
        draft.colour = found[0] if found is not None else None
        draft.modifiers = [words.lower(at) for at in range(start, first) if found is None or at < first - 1]
        self.discourse.mention([draft])

    def _bare_canvas(self, here: int) -> NounPhrase | None:
        """ "photo of three dogs", "Poster with …", "make it poster style", "Bauhaus style picture of …"."""
        phrase = self.phrases.any_at(here)
        if phrase is not None and self.words.free and phrase.noun == "picture" and self.words.lower(phrase.end) == "of":
            return phrase
        return phrase if phrase is not None and not phrase.known else None

    def is_canvas(self, phrase: NounPhrase) -> bool:
        words = self.words
        if not words.has("canvas", phrase.end - 1) or (phrase.number != 1 and not phrase.quantity.definite):
            return False
        if words.free and phrase.noun in _FRAMED and self._hangs(phrase):
            return False
        if words.words(phrase.end - 2, phrase.end) in words.lexicon.words["compounds"] or phrase.owner[:1].isupper():
            return False
        return not phrase.known or (phrase.noun == "picture" and words.lower(phrase.end - 2) != "picture")

    def _hangs(self, phrase: NounPhrase) -> bool:
        """ "a picture hanging above the sofa", "a photo on the wall", "A picture is above …": things in the scene."""
        words, here = self.words, phrase.end
        if phrase.quantity.article and words.lower(here) == "is":
            return True
        return words.lower(here) in _HUNG or words.words(here, here + 3) in {"on the wall", "in a frame", "on a wall"}

    def asked_for(self, phrase: NounPhrase) -> bool:
        """ "a shop window sign", "a sign for the door", "a team logo": what is made, where a plain sign is an object in it."""
        before = self.words.words(phrase.start - 2, phrase.start)
        if phrase.head in {"sign", "logo"} and (
            before in {"it is", "this is"} or before.rpartition(" ")[2] in {"it's", "as", "into"}
        ):
            return True
        if phrase.head == "logo":
            tied = self.words.lower(phrase.end) == "of" or phrase.owner or self.words.refers_soon(phrase.end)
            return phrase.quantity.article and not tied and not self.discourse.objects
        plain = all(self.words.adjective(index) for index in range(self.words.after_determiners(phrase.start), phrase.end - 1))
        asked = self.words.lower(phrase.end) == "for" or not plain
        return (
            phrase.noun == "sign" and phrase.quantity.article and asked and phrase.colour is None and not self.discourse.drafts
        )

    # ---- pronouns --------------------------------------------------------------------------------------------

    def read_pronoun(self, here: int) -> int:
        """A pronoun as the subject: "It is red", "They stand in a row". "It should say …" speaks of the picture."""
        words = self.words
        word = words.lower(here)
        begins = self.discourse.last in {Last.START, Last.FRONTED} or self.discourse.joining
        if word not in {"it", "they", "he", "she", "both", "these", "those", "them", "it's"} or not begins:
            return here
        if self.phrases.at(here) is not None:
            return here
        if words.words(here + 1, here + 3) in {
            "should say",
            "should read",
            "should show",
            "has to",
            "should have",
            "should be",
        }:
            picture = words.words(here + 1, here + 3) != "should be" or self._speaks_of_picture(here + 3)
            if picture:
                return here + 3
        at = words.after(here + 1, {"is", "was"})
        nominal = self.phrases.at(at, bare=False) if words.has("articles", at) else None
        if nominal is not None and not nominal.known and not self.is_canvas(nominal) and (at > here + 1 or word == "it's"):
            return nominal.end  # "It is a surprise"
        topics: list[Topic] = list(self.discourse.antecedents(word, []))
        if words.has("text_verbs", here + 1):  # "it says “…”": the picture does
            return here + 1
        if topics and self.discourse.last is Last.START and not self._speaks_of_picture(here + 1):
            self.discourse.turn_to(topics)
        return here + 1

    def _speaks_of_picture(self, here: int) -> bool:
        """ "It is a poster for …", "It is in neon style"."""
        at = self.words.after(here, {"is", "be", "should"})
        phrase = self.phrases.at(at, bare=False)
        return self.whole.settings.style_at(at) is not None or (phrase is not None and self.is_canvas(phrase))
