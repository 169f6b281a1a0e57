"""Text: quoted texts, announced texts ("the title …", "saying …"), described texts, and how they look."""

from genevolve.core.claim import Direction
from genevolve.world.language.descriptions import LETTERS, Descriptions
from genevolve.world.language.discourse import Discourse, Last, Topic, objects_in
from genevolve.world.language.drafts import Draft, GroundDraft, ObjectDraft, TextDraft
from genevolve.world.language.labels import before_what_bears, labelled_alone
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Size, Span, TextRole
from genevolve.world.language.objects import Objects
from genevolve.world.language.tokens import Kind
from genevolve.world.language.whole_image import WholeImage
from genevolve.world.language.words import Words

_ROLE_WORDS = {
    TextRole.TITLE: "title titles heading headline header titled entitled headed call called",
    TextRole.SUBTITLE: "subtitle subtitles subheading tagline",
    TextRole.CAPTION: "caption captions captioned line",
    TextRole.LABEL: "label labels labelled labeled",
}
_ROLES = {word: role for role, words in _ROLE_WORDS.items() for word in words.split()}
_CONNECTORS = word_set(
    """
    out is are be should must reads reading says saying that which read say of to has have will in it simply just with
    put use as
    """
)
_WEAK = word_set("of in to with it that which as")
_PRONOUNS = word_set("it them him her this that")
_NEED_TEXT = word_set("title subtitle heading headline caption slogan tagline")
_FREE_WORDING = word_set("words text phrase message slogan greeting inscription")
_BEFORE_NOUN = word_set("label title line lines name words text letters word sign")
_FOLLOWS_FACT = word_set("for of in when that whose")
_FOLLOWS_OWNED = word_set("written printed below underneath beneath as above at in under on spelled")
_ALSO_DRAWN = word_set("letter symbol capital country city")  # not text by themselves
_CARRIED = word_set("says say saying reads reading spelling spells lettered inscribed labelled labeled")
BEARING = word_set("with showing shows show displaying displays bearing bears has featuring says saying reads")
_ALSO_WRITTEN_ON = word_set(
    """
    phone smartphone tablet hoodie sweatshirt sweater jersey apron bag tote backpack pillow cushion towel envelope postcard
    tile barrel tombstone menu watch magazine plane airplane boat ship tent cupcake pot bowl trophy medal tram
    """
)
_NAMED = word_set("titled entitled headed")
_SHEETS = word_set("book newspaper magazine notebook scroll letter")  # their titles stand on them
_UNITS = word_set("m km cm mm kg g ml l am pm min h hrs mph")
_BOLD = word_set("bold thick heavy strong")
_BIG = frozenset({Size.LARGE, Size.HUGE})
_LITTLE = frozenset({Size.SMALL, Size.TINY})


class Texts:
    def __init__(
        self, words: Words, descriptions: Descriptions, discourse: Discourse, objects: Objects, whole: WholeImage
    ) -> None:
        self.words = words
        self.descriptions = descriptions
        self.discourse = discourse
        self.objects = objects
        self.whole = whole

    # ---- the text --------------------------------------------------------------------------------------------

    def read(self, here: int) -> int:
        if self.words.kind(here) is Kind.QUOTE:
            return self._quoted(here, None, here)
        if (end := self._lettered(here)) > here:
            return end
        announced = self._announcement(here)
        if announced is not None:
            return announced
        if self._fact_at(here):
            return self._described(here, None, here)
        return self._shouted(here + before_what_bears(self.words, here))

    def _quoted(self, here: int, role: TextRole | None, start: int) -> int:
        token = self.words.tokens[here]
        marked = token.text != token.value  # else words that are to be written, without quotation marks
        quoted = not token.describes and marked
        self._add(start, here + 1, content=token.value, quoted=quoted, describes=token.describes, role=role)
        return here + 1

    def _described(self, here: int, role: TextRole | None, start: int) -> int:
        end = max(self.descriptions.end(here), here + 1)
        self._add(start, end, describes=self.words.written(here, end), role=role)
        return end

    def _add(
        self,
        start: int,
        end: int,
        *,
        content: str = "",
        quoted: bool = False,
        describes: str = "",
        role: TextRole | None = None,
    ) -> None:
        tokens = self.words.tokens
        span = Span(start=tokens[start].start, end=tokens[end - 1].end)
        if self._awaited(content, quoted, describes):
            return
        draft = TextDraft(span=span, content=content, quoted=quoted, describes=describes, role=role)
        draft.bearer = self._bearer(start, role)
        before_text = next((index for index in range(start, end) if self.words.kind(index) is Kind.QUOTE), start)
        self._look(draft, start, before_text)
        self.discourse.mention([draft])

    def _bearer(self, start: int, role: TextRole | None) -> ObjectDraft | None:
        """ "a T-shirt with the words …", "a phone showing …", "a sign on a tree that says …": what the text at ``start`` is
        written on, unless its place is said."""
        words = self.words
        at = start - 1
        while words.lower(at) not in BEARING and (
            words.has("articles", at) or words.has("definite", at) or words.adjective(at)
        ):
            at -= 1
        lead = words.lower(start) if words.lower(start) in BEARING | _NAMED else words.lower(at)
        if not words.free or lead not in BEARING | _NAMED or self.discourse.last is Last.START:
            return None
        named = self.discourse.recent_objects[: 1 if lead == "with" else 3]
        titled = role in {TextRole.TITLE, TextRole.SUBTITLE}
        return next((obj for obj in named if self.bears(obj) and (not titled or obj.noun in _SHEETS)), None)

    def bears(self, obj: ObjectDraft) -> bool:
        """Whether things like it are written on."""
        noun = obj.noun.lower().replace("-", " ")
        carriers = self.words.lexicon.words["carriers"]
        return noun in carriers or noun.split()[-1] in carriers | _ALSO_WRITTEN_ON

    def _awaited(self, content: str, quoted: bool, describes: str) -> bool:
        """ "The title, in yellow letters, says “…”": gives the wording to the text that the clause is about."""
        subject = self.discourse.subject
        waiting = subject[0] if len(subject) == 1 else None
        if not isinstance(waiting, TextDraft) or not waiting.awaited:
            return False
        waiting.content, waiting.quoted, waiting.describes, waiting.awaited = content, quoted, describes, False
        return True

    def _look(self, draft: TextDraft, start: int, end: int) -> None:
        """Colour, weight and size from the words [start, end): "a bold red title", "in large gold letters"."""
        said = {self.words.lower(index) for index in range(start, end)}
        draft.bold = True if said & _BOLD else draft.bold
        if any(self.words.lexicon.sizes.get(word) in _BIG for word in said):
            draft.large = True
        elif self.words.free and any(self.words.lexicon.sizes.get(word) in _LITTLE for word in said):
            draft.large = False
        draft.colour = draft.colour or self.words.colour_in(start, end)

    # ---- announced texts -------------------------------------------------------------------------------------

    def _announcement(self, here: int) -> int | None:
        words = self.words
        if words.free and words.lower(here) == "whose" and words.has("text_verbs", here + 2) and self._carrier() is not None:
            return self._announced(here + 2, here + 3, None, verb=True)  # "a laptop whose screen says"
        if words.has("text_verbs", here) or self._writing(here):
            return self._announced(here, here + 1, _ROLES.get(words.lower(here)), verb=True)
        at = words.after_modifiers(here + words.has("exact", here))
        if words.shouted(at) and words.shouted(at + 1):  # "NAME THE PLACE" is itself the text
            return None
        year = words.free and words.lower(at) == "year" and words.kind(at + 1) is Kind.NUMBER
        if (words.lower(at) in {"number", "letter", "numeral", "digit"} or year) and at > here and self._character(at + 1):
            self._add(here, at + 2, content=words.tokens[at + 1].text)
            return at + 2
        fact = words.lower(at + 1) == "of" and not words.has("canvas", words.after_modifiers(at + 2))
        partitive = fact and (words.has("described_nouns", at) or words.lower(at) in {"line", "lines"})
        if not words.has("text_nouns", at) or partitive or self._describes_noun(at):
            return None
        return self._announced(here, at + 1, _ROLES.get(words.lower(at)), verb=False)

    def _character(self, here: int) -> bool:
        """ "the number 7", "the letter A"."""
        token = self.words.tokens[here] if here < len(self.words) else None
        return token is not None and (token.kind is Kind.NUMBER or (len(token.text) == 1 and token.capitalised))

    def _describes_noun(self, at: int) -> bool:
        """ "a text box", "a greeting card": the word only describes another noun."""
        words = self.words
        if words.capitalised(at + 1) or words.kind(at + 2) is Kind.QUOTE or not words.is_word(at + 1):
            return False
        return words.has("canvas", at + 1) or (
            words.lower(at) in _BEFORE_NOUN and words.entry_of(words.lower(at + 1)) is not None
        )

    def _writing(self, here: int) -> bool:
        """ "Write …", "Label it …", "Caption the flag …", "Call it …": verbs, not nouns."""
        words = self.words
        word = words.lower(here)
        if word in {"write", "spell", "print"}:
            return True
        if word == "written":
            return words.kind(here + 1) is Kind.QUOTE
        object_follows = words.lower(here + 1) in {"it", "them", "the", "each", "this"} or words.kind(here + 1) is Kind.QUOTE
        return word in {"call", "label", "caption"} and self.discourse.last is Last.START and object_follows

    def _announced(self, start: int, here: int, role: TextRole | None, *, verb: bool) -> int | None:
        """The text after its announcement; None when there is none and the words mean something else."""
        words = self.words
        carrier = self._carrier()
        labelled: list[Draft] = []
        if verb and words.lower(start) in {"label", "call", "caption"}:
            here = self._object_of_verb(here, labelled)
            labelled = labelled if words.lower(start) == "label" else []
        at, asked = here, verb
        while at < here + 6 and (self._connects(at, verb=verb) or words.kind(at) in {Kind.COLON, Kind.COMMA}):
            if words.kind(at) is Kind.COMMA and words.lower(at + 1) not in _CONNECTORS and words.kind(at + 1) is not Kind.QUOTE:
                break
            asked = asked or words.lower(at) not in _WEAK
            at += 1
        figure = words.after_modifiers(at) if words.free else at
        if asked and words.lower(figure) in {"number", "numeral", "digit"} and self._character(figure + 1):
            self._add(start, figure + 2, content=words.tokens[figure + 1].text, role=role)  # "write the number 42"
            return figure + 2
        if words.kind(at) is Kind.QUOTE:
            end: int | None = self._quoted(at, role, start)
        else:
            end = self._unquoted(start, here, at, role, asked=asked)
        if end is None:
            return labelled_alone(words, self.discourse, start, here) if verb else self._named_before(start, here, role)
        self.discourse.relate(self.discourse.group[-1:], Direction.BELOW, labelled)
        if verb and words.lower(start) in _CARRIED and self.discourse.texts:
            self.discourse.texts[-1].carrier = carrier
            if carrier is not None:
                self.discourse.relate(self.discourse.texts[-1:], Direction.ON, [carrier])
        return end

    def _connects(self, at: int, *, verb: bool) -> bool:
        """Whether the word only leads to the text; "saying To Oliver" begins with its capital."""
        said = [token.text[:1].isupper() for token in self.words.tokens[at : at + 2]]
        begins = self.words.free and said[:1] == [True] and (verb or said == [True, True])  # "the words Read More"
        return self.words.lower(at) in _CONNECTORS and not begins

    def _carrier(self) -> ObjectDraft | None:
        """The object just named, if objects like it bear writing: "a sign that says …"."""
        discourse = self.discourse
        objects = objects_in(discourse.group) if discourse.last in {Last.NOUN, Last.OBJECT} and not discourse.joining else []
        bears = objects and objects[-1].noun.lower().replace("-", " ") in self.words.lexicon.words["carriers"]
        return objects[-1] if bears or (objects and objects[-1].noun.endswith(" sign")) else None

    def _object_of_verb(self, here: int, labelled: list[Draft]) -> int:
        """What is labelled: "Label it …", "Label the flag …"."""
        if self.words.lower(here) in _PRONOUNS:
            labelled.extend(self.discourse.antecedents(self.words.lower(here), [])[-1:])
            return here + 1
        if self.words.kind(here) is Kind.QUOTE:
            return here
        phrase = self.objects.phrases.at(here, bare=False)
        known = self.objects.known(phrase) if phrase is not None else None
        if phrase is None or known is None:
            return here
        labelled.append(known)
        return phrase.end

    def _unquoted(self, start: int, here: int, at: int, role: TextRole | None, *, asked: bool) -> int | None:
        words = self.words
        determined = (words.has("definite", at) or words.has("articles", at)) and not words.shouted(at + 1)
        if self._fact_at(at) or (asked and determined and words.is_word(at + 1) and not self._known_text_or_place(at)):
            obj = self.objects.phrases.at(at, bare=False)
            reading = words.lower(start) in {"reading", "reads"} and obj is not None and obj.known
            return None if reading else self._described(at, role, start)
        loose = asked or words.lower(here - 1) in _FREE_WORDING
        end = self.descriptions.verbatim_end(at, loose=loose)
        layout = words.lower(at) in {"below", "under", "above"} or self._about_layout(at)
        if end == at or layout or (not asked and at > here and words.lower(here) in {"in", "with"}):
            return None
        self._add(start, end, content=words.written(at, end), role=role)
        return end

    def _about_layout(self, at: int) -> bool:
        words = self.words
        tokens, lexicon = words.tokens, words.lexicon
        return (
            self.descriptions.place_at(at)
            or lexicon.places.at(tokens, at) is not None
            or (lexicon.relations.at(tokens, at) is not None and not words.capitalised(at))
            or self.descriptions.ink_at(at - 1) is not None
            or words.colour(at, 1) is not None
            or words.lower(at) in _BOLD | lexicon.words["large"]
            or words.lower(at) in {"centered", "centred", "placed", "written"}
        )

    def _known_text_or_place(self, at: int) -> bool:
        after = self.words.after_determiners(at)
        return self.words.has("text_nouns", after) or self.words.lexicon.places.at(self.words.tokens, after) is not None

    def _named_before(self, start: int, here: int, role: TextRole | None) -> int | None:
        """ "The title is bold": a text that has been given, or one whose wording is left open."""
        texts = self.discourse.texts
        same = [draft for draft in texts if role is not None and draft.role is role]
        if texts and (same or (self.words.has("definite", start) and self.words.lower(here - 1) not in _NEED_TEXT)):
            self.discourse.turn_to([(same or texts)[-1]])
            return here
        if self.words.lower(here - 1) in _NEED_TEXT and not self.words.has("stops", here - 1):
            self._add(start, here, describes=self.words.written(start, here), role=role)
            self.discourse.texts[-1].awaited = True
            return here
        return None

    # ---- described and shouted texts -------------------------------------------------------------------------

    def _fact_at(self, here: int) -> bool:
        """ "the name of …", "its capital written below", "Chad's motto": words that tell what a text should say."""
        words = self.words
        determined = words.has("definite", here)
        named = words.capitalised(here) and not words.has("verbs", here) and not words.has("stops", here)
        if not determined and not named:
            return False
        owned = words.lower(here) in {"its", "their", "his", "her"} or words.lower(here).endswith("'s")
        fact = None
        for at in range(here + 1, here + 8):
            if not words.is_word(at) or words.has("stops", at):
                break
            owned = owned or words.lower(at).endswith("'s")
            fact = at if words.has("described_nouns", at) else fact
        if fact is not None and words.words(here - 3, here - 1) in {"in words", "in letters"}:
            return True
        return fact is not None and (determined or owned) and self._told(fact, owned)

    def _told(self, at: int, owned: bool) -> bool:
        """Whether the described noun at ``at`` is what a text says: by what follows it."""
        words = self.words
        following = words.lower(at + 1)
        ink = self.descriptions.ink_at(at + 1)
        drawn = words.lower(at) in _ALSO_DRAWN
        if words.lower(at) == "capital":  # a city is no object, but it can be what a picture is of
            drawn = bool({"of", "depicting", "showing", "in", "at"} & {words.lower(at - 2), words.lower(at - 3)})
        if following in _FOLLOWS_FACT and ink is None:
            plain = not drawn and words.kind(words.after(at + 2, {"the"})) is not Kind.REFERENCE
            return plain or self._written_later(at + 2 if following == "of" else at + 1)
        ended = words.kind(at + 1) in {Kind.STOP, Kind.COMMA, None} or following in _FOLLOWS_OWNED
        return owned and (ended or ink is not None)

    def _written_later(self, here: int) -> bool:
        words = self.words
        end = self.descriptions.end(here)
        if words.lower(end) == "as":
            return words.has("text_nouns", words.after_determiners(end + 1))
        ink = self.descriptions.ink_at(end)
        return words.lower(end) in {"written", "printed", "spelled"} or (ink is not None and words.lower(ink - 1) in LETTERS)

    def _lettered(self, here: int) -> int:
        """ "large red letters KEEP OUT": words in capitals, with how they look before them."""
        words = self.words
        at = here
        while words.free and at < here + 4 and self._says_look(at):
            at += 1
        if at == here or words.lower(at) not in LETTERS | {"text", "words", "writing"} or not words.shouted(at + 1):
            return here
        end = self._shouted(at + 1)
        if end > at + 1:
            self._look(self.discourse.texts[-1], here, at)
        return end if end > at + 1 else here

    def _says_look(self, here: int) -> bool:
        sized = self.words.lexicon.sizes.get(self.words.lower(here)) is not None
        return sized or self.words.lower(here) in _BOLD | {"the", "in"} or self.words.colour(here, 1) is not None

    def _shouted(self, here: int) -> int:
        """Words in capitals amid ordinary text are text, unless they abbreviate something."""
        words = self.words
        end = here
        while words.kind(end) in {Kind.WORD, Kind.NUMBER} or self.descriptions.dash_within(end):
            if words.kind(end) is Kind.COLON:
                end += 1
                continue
            token = words.tokens[end]
            shouted = token.shouted and not words.has("acronyms", end)
            measured = words.kind(end - 1) is Kind.NUMBER and token.lower in _UNITS
            if not shouted and not (end > here and (token.kind is Kind.NUMBER or token.text in {"A", "I"} or measured)):
                break
            end += 1
        if end == here or (end == here + 1 and len(words.tokens[here].text) < 3):
            return here
        self._add(here, end, content=words.written(here, end))
        return end

    # ---- look and role ---------------------------------------------------------------------------------------

    def read_ink(self, here: int) -> int:
        """ "in bold gold letters", "in white": of the latest text, or the colour of the latest object."""
        end = self.descriptions.ink_at(here)
        if end is None:
            return self._bare_ink(here)
        if self.discourse.last in {Last.START, Last.FRONTED} and any(
            self.words.lower(index) in LETTERS for index in range(here, end)
        ):
            self.discourse.expect(lambda draft: self._look(draft, here + 1, end) if isinstance(draft, TextDraft) else None)
            return end
        if not self.discourse.active:
            return here
        letters = any(self.words.lower(index) in LETTERS for index in range(here, end))
        colour = self.words.colour_in(here + 1, end)
        for topic in self._inked(letters):
            if isinstance(topic, TextDraft):
                self._look(topic, here + 1, end)
            elif isinstance(topic, GroundDraft):
                self.whole.set_background(colour or "")
            elif colour is not None:
                self.objects.paint(topic, colour)
        return end

    def _bare_ink(self, here: int) -> int:
        """ "…, large red letters", "Big letters on white": of the latest text, or of the one that comes."""
        words = self.words
        begins = words.kind(here - 1) in {None, Kind.COMMA, Kind.STOP, Kind.COLON, Kind.SEMICOLON, Kind.QUOTE}
        if not words.free or not begins:
            return here
        end = self.descriptions.lettering_at(here)
        if end is None or words.kind(end) in {Kind.QUOTE, Kind.COLON} or words.has("text_verbs", end):
            return here
        for draft in self.discourse.texts[-1:]:
            self._look(draft, here, end)
        if not self.discourse.texts:
            self.discourse.expect(lambda draft: self._look(draft, here, end) if isinstance(draft, TextDraft) else None)
        return end

    def _inked(self, letters: bool) -> list[Topic]:
        active = self.discourse.active
        if not letters:
            return active[-1:] if all(isinstance(topic, TextDraft) for topic in active) else active
        texts: list[Topic] = [topic for topic in self.discourse.active if isinstance(topic, TextDraft)]
        return texts or list(self.discourse.texts[-1:])

    def read_role(self, here: int) -> int:
        """ "… as the title"; "As the title, …"."""
        words = self.words
        if words.lower(here) not in {"as", "for"}:
            return here
        at = words.after_modifiers(here + 1)
        role = _ROLES.get(words.lower(at))
        if role is None and words.lower(at) not in {"text", "lettering", "words", "writing"}:
            return here
        texts = [topic for topic in self.discourse.group if isinstance(topic, TextDraft)]
        for draft in texts:
            draft.role = role or draft.role
            self._look(draft, here + 1, at if self.words.free else here + 1)
        if not texts and role is not None:
            self.discourse.expect(lambda draft: _set_role(draft, role))
        return at + 1

    def read_look(self, here: int) -> int:
        """A single word about a text: "The title is bold and large"."""
        size = self.words.lexicon.sizes.get(self.words.lower(here))
        bold = self.words.lower(here) == "bold"
        topics = self.discourse.active
        if size is None and not bold:
            return here
        if "and" in {self.words.lower(here - 1), self.words.lower(here - 2)} and self.words.kind(here + 1) is Kind.COMMA:
            return here + 1  # "and, smaller, the line …": of what comes
        for topic in topics:
            if isinstance(topic, TextDraft):
                topic.bold = True if bold else topic.bold
                topic.large = True if size in _BIG else topic.large
            elif isinstance(topic, ObjectDraft) and size is not None:
                topic.size = topic.size or size
        return here + 1

    # ---- texts that relations point to -----------------------------------------------------------------------

    def target(self, here: int) -> tuple[Draft, int] | None:
        """ "below the title", "above “SALE”"."""
        words = self.words
        texts = self.discourse.texts
        if self._fact_at(here):  # "above the name of its capital"
            end = self.descriptions.end(here)
            span = Span(start=words.tokens[here].start, end=words.tokens[end - 1].end)
            fact = TextDraft(span=span, describes=words.written(here, end))
            self.discourse.add(fact)
            return fact, end
        if words.kind(here) is Kind.QUOTE:
            return self._quoted_target(here, here), here + 1
        at = words.after_determiners(here)
        if at == here or not words.has("text_nouns", at):
            return None
        if words.kind(at + 1) is Kind.QUOTE:
            return self._quoted_target(here, at + 1), at + 2
        role = _ROLES.get(words.lower(at))
        same = [draft for draft in texts if role is not None and draft.role is role]
        return ((same or texts)[-1], at + 1) if texts else None

    def _quoted_target(self, start: int, quote: int) -> TextDraft:
        """The text with this quoted content, which may be mentioned here for the first time."""
        words = self.words
        token = words.tokens[quote]
        for draft in self.discourse.texts:
            if (draft.content, draft.describes) == (token.value, token.describes):
                return draft
        draft = TextDraft(
            span=Span(start=words.tokens[start].start, end=token.end), content=token.value, quoted=not token.describes,
            describes=token.describes, role=_ROLES.get(words.lower(quote - 1)),
        )  # fmt: skip
        self.discourse.add(draft)
        return draft


def _set_role(draft: Draft, role: TextRole) -> None:
    if isinstance(draft, TextDraft):
        draft.role = role
