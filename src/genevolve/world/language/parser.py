"""The one pass over the tokens: at each, the first reading that applies takes its words; the rest is passed over."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from genevolve.core.claim import Direction
from genevolve.core.format import asked_format
from genevolve.world.language import colours
from genevolve.world.language.amendments import Amendments
from genevolve.world.language.asked import Finder, nothing_asked, with_facts
from genevolve.world.language.bearing import Bearing
from genevolve.world.language.borders import Borders, around
from genevolve.world.language.built import WHOLLY, build
from genevolve.world.language.canvas import CanvasReader
from genevolve.world.language.characters import Characters
from genevolve.world.language.company import Company
from genevolve.world.language.corrections import corrected
from genevolve.world.language.crossing import StruckOut, struck
from genevolve.world.language.cuts import AskedSheet, on_sheet, sheet_of, without_sentence
from genevolve.world.language.depth import Depth
from genevolve.world.language.descriptions import Descriptions
from genevolve.world.language.dial_forms import forms_and_dials
from genevolve.world.language.dial_reader import corrections_of, laid_back, with_dials
from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.doing import Doing
from genevolve.world.language.drafts import GroundDraft, ObjectDraft, TextDraft
from genevolve.world.language.edging import edging_of, on_edged, without_edging
from genevolve.world.language.form_fill import Filling, fill, masked, without_theme
from genevolve.world.language.form_lines import FormMatch
from genevolve.world.language.form_titles import names_occasion
from genevolve.world.language.free_nouns import colour_as_noun, read_part, read_prohibition
from genevolve.world.language.greetings import Greeting, Greetings, begins_with_greeting
from genevolve.world.language.hours import Hours
from genevolve.world.language.instead import Instead
from genevolve.world.language.labels import borne_by_what_follows, with_wordings
from genevolve.world.language.laid import Laid
from genevolve.world.language.layout import Layout
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.materials import colour_of_material
from genevolve.world.language.members import Members
from genevolve.world.language.model import AskedFact, Correction, Edging, Span
from genevolve.world.language.more import More
from genevolve.world.language.name_labels import with_name_labels
from genevolve.world.language.names import GivenNames, without_names
from genevolve.world.language.objects import Objects
from genevolve.world.language.occasions import Occasions
from genevolve.world.language.parts import Parts
from genevolve.world.language.patterns import ToldPattern, patterns_in, quotes_of, settle_patterns, without_patterns
from genevolve.world.language.phrases import NounPhrases
from genevolve.world.language.relations import Relations
from genevolve.world.language.senses import blank_signs, settle, settle_bearers
from genevolve.world.language.setting import Settings
from genevolve.world.language.sheet_looks import SheetLooks
from genevolve.world.language.spelling import Mended, mended
from genevolve.world.language.texts import Texts
from genevolve.world.language.tokens import Kind, Token, tokenize
from genevolve.world.language.vacancy import Vacancy
from genevolve.world.language.variety import Variety
from genevolve.world.language.views import without_views
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.weather import WeatherReader
from genevolve.world.language.whereabouts import Whereabouts
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words
from genevolve.world.language.young import with_young

_PURPOSE_ENDS = frozenset({Kind.STOP, Kind.SEMICOLON, Kind.COLON, Kind.COMMA, Kind.QUOTE, Kind.REFERENCE})
_PURPOSE_BREAKS = word_set("with showing featuring that which and titled depicting saying called headed entitled")
_RELATIVE = word_set("who that which whose whom")
_PEOPLE = word_set("my our he she they i we")
_STATES = word_set("is are was were am likes loves hates has have wants want needs need will turns hate love like")
_FOND = word_set("loves likes adores love like adore")
_OF_USE = frozenset({"many thanks", "it will", "keep it", "it goes", "it hangs"})
_SHOWING = word_set("showing shows displaying flashing signalling signaling glowing")
_SOUGHT = frozenset({"Lost", "Missing", "Stolen", "Found"})
_LONGEST_PURPOSE = 25


class Parser:
    """Reads one text; afterwards ``discourse`` holds the objects and texts and ``whole`` the rest."""

    sheet: AskedSheet | None = None
    edging: Edging | None = None
    _patterns: Sequence[ToldPattern] = ()

    def __init__(self, text: str, vocabulary: Vocabulary = Vocabulary.EVERYDAY, facts: Finder = nothing_asked) -> None:
        self.found = FormMatch()
        self.fillings: tuple[Filling, ...] = ()
        self.shape: Span | None = None
        self.corrections: tuple[Correction, ...] = ()
        self._mended = Mended(text=text)
        self.facts: Sequence[AskedFact] = ()
        tokens = self._free(text, tokenize(text), facts) if vocabulary is Vocabulary.ICONS else tokenize(text)
        self.words = Words(text, tokens, vocabulary)
        self.discourse = Discourse()
        settings = Settings(self.words)
        phrases = NounPhrases(self.words, self.discourse.kind_named)
        self.weather = WeatherReader(self.words)
        self.descriptions = Descriptions(self.words, settings)
        self.whole = WholeImage(self.words, phrases, settings, self.discourse)
        self._canvas = CanvasReader(self.words, phrases, self.discourse, self.whole)
        self.objects = Objects(self.words, phrases, self.descriptions, self._canvas, self.discourse, self.whole)
        self._texts = Texts(self.words, self.descriptions, self.discourse, self.objects, self.whole)
        self._relations = Relations(self.words, self.objects, self._texts, self.discourse, self.whole)
        self._bearing = Bearing(self.words, self.objects, self.discourse)
        self._doing = Doing(self.words, self.objects, self.discourse, self._bearing, self._relations)
        self._greetings = Greetings(self.words, self.discourse, self._greeted() if self._cardless() else [])
        self._layout = Layout(self.words, phrases, self._relations, self.discourse)
        self._hours = Hours(self.words, self.whole, self.weather)
        self._depth = Depth(self.words, phrases, self.discourse, self.whole)
        self._instead = Instead(self.words, phrases, self.discourse, self.whole)
        self._vacancy = Vacancy(self.words, self.discourse)
        self._where = Whereabouts(self.words, phrases, self._relations, self.discourse, self.whole, self.weather)
        self._occasions = Occasions(self.words, self.discourse, self.whole)
        self._amendments = Amendments(self.words, phrases, self.discourse, self.whole.excluded, self._hours)
        self._sentence_start = 0
        self.asides: list[Span] = []
        self._borders = Borders(self.words, self.discourse)
        self._crossing = StruckOut(self.words, self.discourse, self.found)
        self._sheet = SheetLooks(self.words, self.descriptions, self.discourse, self.whole, self.found)

    def _cardless(self) -> bool:
        return self.words.free and self.found.form is None

    def _greeted(self) -> list[Greeting]:
        found = begins_with_greeting(self._mended.text)
        return [replace(greeting, span=self._mended.back(greeting.span)) for greeting in found]

    def _free(self, text: str, tokens: tuple[Token, ...], facts: Finder) -> tuple[Token, ...]:
        """The tokens of a free request: corrected, without what a form, a fact or the shape of the image takes."""
        tokens, self.corrections = corrected(tokens)
        self.facts = [fact for fact in facts(text) if not names_occasion(text, fact.span)]
        self._mended = mended(text)
        facts_there = [self._mended.onto(fact.span) for fact in self.facts]
        found, dials = forms_and_dials(without_edging(without_sentence(self._mended.text)), facts_there)
        self.found, shown = self._mended.laid_back(found), laid_back(dials, self._mended.back)
        self.sheet = sheet_of(text)
        self.edging = edging_of(text, self.found)
        self.found = on_edged(on_sheet(self.found, self.sheet, text), self.edging)
        shape = asked_format(text)
        self.shape = Span(start=shape.start, end=shape.end) if shape is not None else None
        written = [line.span for line in (*self.found.lines, *(line for slot in self.found.slots for line in slot.lines))]
        kept = [
            fix
            for fix in _unwritten(self.corrections, written)
            if fix.span not in {one.span for one in self._mended.corrections}
        ]
        self.corrections = (*kept, *self._mended.corrections, *corrections_of(shown))
        taken = [*self.found.masked, *(fact.span for fact in self.facts)]
        tokens = struck(without_theme(masked(with_facts(tokens, self.facts, text), self.found.masked)))
        self._patterns = patterns_in(text, [*quotes_of(tokens), *taken])
        tokens = without_views(around(with_name_labels(with_wordings(tokens, text, taken), text, taken)), text)
        tokens = with_young(without_patterns(tokens, self._patterns))
        if shape is not None:
            tokens = tuple(token for token in tokens if not shape.start <= token.start < shape.end)
        return with_dials(tokens, shown)

    def _readings(self) -> tuple[Callable[[int], int], ...]:
        """In order: what a reading takes, none of the later ones sees."""
        self._parts = Parts(self.words, self.discourse, self._bearing)
        company = Company(self.words, self.objects.phrases, self.discourse)
        more = More(self.words, self.objects, self.discourse)
        members = Members(self.words, self._bearing, self.discourse, self.whole.excluded)
        whole, objects, texts, relations, layout = self.whole, self.objects, self._texts, self._relations, self._layout
        return (
            Variety(self.words, objects, self.discourse).read,
            self._crossing.read, self._parts.read, self._greetings.read, more.read,
            self._amended, self._prohibited, self._instead.read, self._vacancy.read, self._occasions.read, self._hours.read,
            self._depth.read, self._bearing.further, self._mark, self._aside_remark, members.read,
            whole.read_negation, relations.read_denied,
            self._bearing.read, self._bearing.bare, self._doing.read,
            relations.read_filling, Laid(self.words, objects, self.discourse).read, company.read_posture,
            self.weather.read, whole.read_style, self._where.read_time,
            whole.read_light, whole.read_underwater, whole.read_background,
            GivenNames(self.words, texts, self.discourse).read, self._sheet.read,
            Characters(self.words, self.discourse).read, self._borders.read, texts.read,
            texts.read_ink, layout.read_arrangement,
            self._where.read_place, relations.read_comparison, relations.read_own_side, relations.read_surrounding,
            layout.read_place, company.read_company, relations.read, relations.read_particle, texts.read_role,
            self._part, self._material,
            self._aside_purpose, whole.predicate_background, self._canvas.read, self._canvas.read_pronoun,
            objects.read_reference, self._subset,
            relations.read_acting, objects.read_shared_noun, members.read_shared_noun, self._one_of_several,
            objects.read, self._feature, self._colour,
            texts.read_look,
        )  # fmt: skip

    def run(self) -> None:
        here, readings = 0, self._readings()
        while here < len(self.words) and not self.discourse.full:
            here = max(here + 1, next((end for reading in readings if (end := reading(here)) > here), 0))
        self.whole.end_sentence(self._sentence_start, min(here, len(self.words)))
        self.whole.background = self.weather.without_weather(self.whole.background)
        self._where.settle()
        self.whole.night_falls()
        if self.words.free:
            borne_by_what_follows(self.discourse.texts, self.discourse.objects, self.words.text)
            settle_bearers(self.discourse.texts, self.discourse.objects, self.words.text)
            blank_signs(self.discourse.texts)
            self._settled()
            self._coat()
            self._borders.spread()
        if self.found.slots:  # "a bar chart of rain per month"
            self.weather.kinds.clear()
        self.fillings = fill(without_names(self.found, self.discourse.texts), self.discourse, self._sheet.look)

    def _settled(self) -> None:
        """What could be told only at the end: senses, who is far and who is near, and which part stays empty."""
        self._parts.settle()
        self._crossing.settle()
        settle_patterns(self.discourse.objects, self._patterns)
        self._occasions.settle()
        self._depth.settle()
        self._vacancy.settle()
        readers = (self._hours, self._depth, self._instead, self._vacancy, self._occasions, self._where)
        self.corrections += tuple(one for reader in readers for one in reader.corrections)
        self.corrections += tuple(settle(self.discourse.objects, self.words.text))
        self._doing.settle(slotted=bool(self.found.slots))

    def _coat(self) -> None:
        """ "a poster for a lost cat, grey with white paws": what is sought looks as its text says."""
        texts = [line.content.split() for line in self.found.lines if line.content]
        sought = any(words[0] in _SOUGHT for words in texts)
        told = (colours.named(words[0].lower()) for words in texts)
        colour = next((shade for shade in told if shade is not None), None)
        bare = [obj for obj in self.discourse.objects if obj.living and obj.colour is None]
        if sought and colour is not None and len(bare) == 1:
            bare[0].colour = colour

    def _amended(self, here: int) -> int:
        return self._amendments.read(here, self._texts.read)

    def _prohibited(self, here: int) -> int:
        return read_prohibition(self.words, self.discourse, here)

    def _part(self, here: int) -> int:
        return read_part(self.words, self.objects.phrases, self.discourse, here)

    def _mark(self, here: int) -> int:
        words, kind = self.words, self.words.kind(here)
        if kind is Kind.STOP:
            self.whole.end_sentence(self._sentence_start, here)
            self.discourse.end_sentence()
            self._sentence_start = here + 1
        elif kind is Kind.SEMICOLON:
            self.discourse.end_clause()
        elif kind in {Kind.COMMA, Kind.COLON} or words.lower(here) in {"and", "plus", "while"}:
            self.discourse.join()
        elif words.lower(here) == "with" and self.descriptions.ink_at(here) is None:
            self.discourse.part()
            return here
        else:
            return here
        return here + 1

    def _aside_remark(self, here: int) -> int:
        return self._kept_as_aside(here, self._remark(here))

    def _aside_purpose(self, here: int) -> int:
        return self._kept_as_aside(here, self._purpose(here))

    def _kept_as_aside(self, here: int, end: int) -> int:
        """Remembers what is passed over on purpose, so that nobody takes it for lost."""
        if end > here:
            tokens = self.words.tokens
            self.asides.append(Span(start=tokens[here].start, end=tokens[min(end, len(tokens)) - 1].end))
        return end

    def _remark(self, here: int) -> int:
        """Sentences about the making or the use ("I will frame it", "The kids are five") are passed over.

        After "I need", "we'd like to see" and the like the wish itself is read.
        """
        words = self.words
        if here != self._sentence_start:
            return self._remark_between(here)
        end = self._sentence_end(here)
        telling = any(
            words.kind(at) in {Kind.QUOTE, Kind.REFERENCE, Kind.COLON} or words.shouted(at) for at in range(here, end)
        )
        drawn = words.lower(here) == "our" and self._drawn(here)
        if drawn or not words.has("remarks", here):
            return end if not telling and self._beside_the_point(here, end) else here
        own = words.has("first_person", here)
        wish = next((at for at in range(here, min(end, here + 30)) if own and words.has("wishes", at)), None)
        if wish is not None:
            dated = words.lower(wish + 1) == "it" and words.lower(wish + 2) in {
                "by",
                "for",
                "before",
                "soon",
                "today",
                "tomorrow",
            }
            return end if dated and not telling else wish + 1
        return here + 1 if telling else end

    def _remark_between(self, here: int) -> int:
        """ "…, my daughter is allergic": a clause about people, between commas."""
        words = self.words
        if not words.free or words.kind(here - 1) is not Kind.COMMA or words.lower(here) not in _PEOPLE or self._drawn(here):
            return here
        end = here
        while end < len(words) and words.kind(end) in {Kind.WORD, Kind.NUMBER}:
            end += 1
        told = any(words.lower(at) in _STATES for at in range(here + 1, end))
        fond = next((at for at in range(here + 1, end) if words.lower(at) in _FOND), end)
        if fond + 1 < end and self._drawn(fond + 1):  # "…, he loves cats": a wish for the picture
            return fond + 1
        return end if told and words.kind(end) in {Kind.COMMA, Kind.STOP, None} else here

    def _beside_the_point(self, here: int, end: int) -> bool:
        """A sentence without quotation or reference that speaks of people, of the past, or of the picture's use."""
        words = self.words
        if words.lower(here) == "people" and words.lower(here + 1) in {"will", "may", "might", "should", "would", "can"}:
            return True
        if words.words(here, here + 2) in _OF_USE or words.words(here, here + 3) in {"it has to", "it needs to"}:
            return True
        verb = next((at for at in range(here, end) if words.lower(at) in {"is", "are", "was", "were"} | _RELATIVE), end)
        phrase = self.objects.phrases.at(here, bare=False)
        if not self.discourse.drafts or (phrase is not None and self.objects.known(phrase) is not None):
            return False
        if words.lower(verb) in {"was", "were"}:
            return True
        definite = phrase is not None and phrase.end == verb and phrase.quantity.definite
        return definite and words.number(verb + 1) is not None

    def _drawn(self, here: int) -> bool:
        """ "Our dog sits …" is about the picture, "Our group needs …" is not."""
        phrase = self.objects.phrases.at(here)
        return phrase is not None and phrase.known

    def _sentence_end(self, here: int) -> int:
        while here < len(self.words) and self.words.kind(here) is not Kind.STOP:
            here += 1
        return here

    def _material(self, here: int) -> int:
        """ "made of cheese", "built out of glass": a quality of the object."""
        words = self.words
        wholly = words.after(here + 1, WHOLLY, most=1) if words.free else here + 1
        if words.lower(here) not in {"made", "built", "carved", "constructed"} or words.lower(wholly) not in {
            "of",
            "from",
            "out",
        }:
            return here
        at = words.after(wholly, {"of", "from", "out"})
        phrase = self.objects.phrases.any_at(at)
        shown = colour_of_material(words.lower(phrase.end - 1 if phrase is not None else at)) if words.free else None
        if phrase is None and shown is None:
            return here
        end = phrase.end if phrase is not None else at + 1
        for obj in self._bearing.borne_at(here) or objects_in(self.discourse.active)[-1:]:
            if shown is not None and obj.colour is None:
                obj.colour = shown
            elif words.free and phrase is not None and build(obj, phrase):
                obj.span = Span(start=obj.span.start, end=words.tokens[end - 1].end)
            else:
                obj.modifiers.append(words.written(here, end))
        return end

    def _purpose(self, here: int) -> int:
        """ "for a jazz night", "about recycling": what the picture is for is not in it."""
        words = self.words
        if words.lower(here) not in {"for", "about"}:
            return here
        if words.lower(here) == "about" and self.objects.phrases.at(here + 1, bare=False) is not None:
            return here + 1  # "a poster about the animal that …"
        of_image = words.free and words.lower(here) == "about" and words.has("canvas", here - 1)
        about = self.objects.phrases.at(here + 1) if of_image else None
        if about is not None and about.known and (about.plural or words.capitalised(here + 1)):
            return here + 1  # "a poster about bees"
        at = here + 1
        while at < min(len(words), here + _LONGEST_PURPOSE) and words.kind(at) not in _PURPOSE_ENDS:
            image_goes_on = (
                words.lower(at) in _PURPOSE_BREAKS or self.descriptions.place_at(at) or self.descriptions.setting_at(at)
            )
            if at > here + 1 and image_goes_on:
                break
            at += 1
        return at

    def _subset(self, here: int) -> int:
        """ "five balloons: two red and three blue": parts of what was named, each with its colour."""
        words = self.words
        if (end := self._subset_for(here)) > here:
            return end
        number = words.number(here)
        found = words.longest_colour(here + 1, here + 4) if number else None
        if (
            number is None
            or found is None
            or words.entry_of(words.lower(here + 1)) is not None
            or (words.is_word(found[1]) and not words.has("stops", found[1]))
        ):
            return here
        whole = next(iter(self.discourse.recent_objects), None)
        if whole is None or not (whole.split or whole.number is None or whole.number >= number):
            return here
        self.objects.split(whole, number, found[0])
        return found[1]

    def _subset_for(self, here: int) -> int:
        """ "three bins: blue for “PAPER”, green for “GLASS”": one of each colour, with what is written under it."""
        words = self.words
        found = words.longest_colour(here, here + 3) if words.free else None
        whole = next(iter(self.discourse.recent_objects), None)
        if found is None or whole is None or not (whole.split or (whole.number or 0) > 1):
            return here
        if words.lower(found[1]) != "for" or words.kind(found[1] + 1) is not Kind.QUOTE:
            return here
        self.objects.split(whole, 1, found[0])
        part = self.discourse.recent_objects[:1]
        end = self._texts.read(found[1] + 1)
        self.discourse.relate(self.discourse.texts[-1:], Direction.BELOW, part)
        return end

    def _one_of_several(self, here: int) -> int:
        """ "one on the left and the other on the right": said of instances, which the scene does not tell apart."""
        words = self.words
        at = words.after(here, {"the"}, most=1)
        if words.lower(at) not in {"one", "other", "others"} or (words.is_word(at + 1) and not words.has("stops", at + 1)):
            return here
        if words.lower(at + 1) == "of" or words.adjective(here - 1):  # "the bigger one"
            return here
        if any(
            words.kind(index) is Kind.REFERENCE for index in range(at, at + 6)
        ):  # "like the one in the first reference image"
            return at + 1
        self.discourse.group, self.discourse.subject, self.discourse.last = [], [], Last.NOUN
        return at + 1

    def _feature(self, here: int) -> int:
        """ "a girl with red hair": said of a part, which is not the whole."""
        words = self.words
        found = words.longest_colour(here, here + 3) if words.free else None
        objects = objects_in(self.discourse.active)
        if found is None or not objects or not words.has("features", found[1]):
            return here
        objects[-1].modifiers.append(words.written(here, found[1] + 1))
        return found[1] + 1

    def _colour(self, here: int) -> int:
        """A colour that stands alone: "The apple is red", "…, dark blue"."""
        found = self.words.longest_colour(here, len(self.words))
        if found is None:
            return here
        colour, end = found
        if end == here + 1 and (named := colour_as_noun(self.words, here)) is not None:
            self.discourse.mention([named])
            return end
        if not self.discourse.active and self.found.form is not None:
            alone = self.words.lower(here - 1) not in {"and", "in", "on"}
            if alone and self.words.kind(end) in {Kind.STOP, Kind.COMMA, None}:  # "a flyer, soft green"
                self.whole.set_background(colour)
                return end
            self._sheet.look.ink = self._sheet.look.ink or colour  # "gold on white", of the texts of a form
        for topic in self.discourse.active:
            if isinstance(topic, GroundDraft):
                self.whole.set_background(colour)
            elif isinstance(topic, ObjectDraft) and self.words.free and self.words.lower(here - 1) in _SHOWING:
                topic.modifiers.append(self.words.written(here, end))  # "a traffic light showing red": one of its lamps
            elif isinstance(topic, ObjectDraft):
                self.objects.paint(topic, colour)
            elif isinstance(topic, TextDraft):
                if topic.colour is not None and self._second_of_sheet(here):
                    self.whole.set_background(colour)
                topic.colour = topic.colour or colour
        return end

    def _second_of_sheet(self, here: int) -> bool:
        """ "(a logo called “Bean”), brown and | cream": on it."""
        words = self.words
        alone = words.kind(here - 3) is Kind.COMMA and words.lower(here - 1) == "and" and not words.is_word(here + 1)
        return words.free and alone and self.whole.background is None


def _unwritten(corrections: Sequence[Correction], written: Sequence[Span]) -> tuple[Correction, ...]:
    """Those of words that are not themselves a text of the image."""
    return tuple(fix for fix in corrections if not any(one.start <= fix.span.start < one.end for one in written))
