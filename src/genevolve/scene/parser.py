"""The pass over the tokens: what each phrase says, and which things or letterings it is about."""

import re
from collections.abc import Callable, Sequence

from genevolve.core.claim import Arrangement, Direction, Place
from genevolve.scene import colours, inventory
from genevolve.scene.descriptions import LETTERS, Descriptions
from genevolve.scene.drafts import Draft, GroundDraft, LetteringDraft, ThingDraft
from genevolve.scene.lexicon import Found, lexicon
from genevolve.scene.model import Size, Span, Style, TextRole
from genevolve.scene.phrases import NounPhrase, NounPhrases, Quantity
from genevolve.scene.setting import Settings
from genevolve.scene.tokens import Kind, Token, tokenize

MOST_THINGS = 60
MOST_TOKENS = 4000

_ROLES = {
    "title": TextRole.TITLE, "titles": TextRole.TITLE, "heading": TextRole.TITLE, "headline": TextRole.TITLE, "header": TextRole.TITLE,
    "subtitle": TextRole.SUBTITLE, "subtitles": TextRole.SUBTITLE, "subheading": TextRole.SUBTITLE, "tagline": TextRole.SUBTITLE,
    "caption": TextRole.CAPTION, "captions": TextRole.CAPTION, "line": TextRole.CAPTION, "label": TextRole.LABEL,
    "labels": TextRole.LABEL, "titled": TextRole.TITLE, "entitled": TextRole.TITLE, "headed": TextRole.TITLE,
    "captioned": TextRole.CAPTION, "labelled": TextRole.LABEL, "labeled": TextRole.LABEL, "call": TextRole.TITLE, "called": TextRole.TITLE,
}  # fmt: skip
_LINKS = frozenset("from in of shown as seen taken copied matching like based on exactly the depicted pictured appearing using given "
                   "provided by is with see per after is to identical".split())  # fmt: skip
_PRONOUNS = frozenset("it them him her they he she itself themselves both".split())
_NEGATORS = frozenset("no without avoid avoiding excluding exclude omit minus never".split())
_TO_TEXT = frozenset("is are be should must reads reading says saying that which read say of to has have will in it simply just exactly with".split())
_BODY = frozenset("undistorted anatomically anatomy intact well-proportioned proportions proportioned limbs distorted deformed".split())
_ABOUT = frozenset("for about".split())
_SCENE_NOUNS = frozenset("image picture scene canvas frame poster card page photo composition illustration whole design".split())


class Parser:
    """One text. After ``run`` the public attributes say what was read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: Sequence[Token] = _calm(tokenize(text)[:MOST_TOKENS])
        self.lexicon = lexicon()
        self.phrases = NounPhrases(text, self.tokens, self.lexicon)
        self.settings = Settings(self.phrases)
        self.descriptions = Descriptions(self.phrases, self.settings)
        self.drafts: list[Draft] = []
        self.backdrop: str | None = None
        self.backdrop_plain = False  # a "… background" phrase said it, so no mere setting replaces it
        self.light: str | None = None
        self.style: Style | None = None
        self.style_thorough = False
        self.absent: list[str] = []
        self.nothing_else = False
        self._clause = 0
        self._subject: list[Draft | GroundDraft] = []  # what the clause is about
        self._group: list[Draft | GroundDraft] = []  # the latest mentions, coordinated
        self._last = "start"  # what kind of phrase came just before
        self._joining = False  # "and" or a comma came since
        self._comma = False
        self._pending: list[Callable[[Draft], None]] = []  # said in front: "On the left, …"
        self._recent: list[Draft] = []  # by recency of mention, latest last
        self._leading: list[Draft] = []  # drafts that were the subject of a clause

    # ---- the pass ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        steps = (
            self._mark, self._nothing_else, self._negation, self._style, self._light, self._background, self._universal_remark,
            self._lettering, self._ink, self._arrangement, self._comparison, self._place, self._relation, self._particle,
            self._purpose, self._role, self._picture, self._pronoun, self._reference, self._noun, self._predicate, self._skip,
        )  # fmt: skip
        here = 0
        while here < len(self.tokens) and len(self.drafts) < MOST_THINGS:
            here = next(end for step in steps if (end := step(here)) > here)

    def _lower(self, index: int) -> str:
        return self.phrases.lower(index)

    def _kind(self, index: int) -> Kind | None:
        return self.tokens[index].kind if 0 <= index < len(self.tokens) else None

    def _mark(self, here: int) -> int:
        kind = self.tokens[here].kind
        if kind in {Kind.STOP, Kind.SEMICOLON}:
            self._end_clause()
        elif kind is Kind.COLON:
            self._joining = self._comma = True
        elif kind is Kind.COMMA or self._lower(here) in {"and", "plus", "&"}:
            self._joining = True
            self._comma = kind is Kind.COMMA
            if self._last == "object":
                self._last = "after object"
        else:
            return here
        return here + 1

    def _end_clause(self) -> None:
        self._clause += 1
        self._last, self._joining, self._comma = "start", False, False
        self._group = []
        self._subject = []
        self._pending = []

    def _skip(self, here: int) -> int:
        return here + 1

    # ---- the whole image -----------------------------------------------------------------------------------------------

    def _style(self, here: int) -> int:
        found = self.settings.style_at(here)
        if found is None:
            return here
        self.style = self.style or found.meaning
        self.style_thorough = self.style_thorough or self._thorough(here)
        return found.end

    def _thorough(self, here: int) -> bool:
        start, end = self._sentence(here)
        words = set(self.phrases.words(start, end).split())
        every = {"every", "each", "all"} & words and {"element", "elements", "object", "objects", "part", "parts", "thing", "detail"} & words
        return bool(words & self.lexicon.words["thorough"]) or bool(every) or "everything" in words

    def _sentence(self, here: int) -> tuple[int, int]:
        start = end = here
        while start > 0 and self.tokens[start - 1].kind is not Kind.STOP and here - start < 60:
            start -= 1
        while end < len(self.tokens) and self.tokens[end].kind is not Kind.STOP and end - here < 60:
            end += 1
        return start, end

    def _light(self, here: int) -> int:
        found = self.settings.light_at(here)
        if found is None:
            return here
        self.light = self.light or found.meaning
        return found.end

    def _background(self, here: int) -> int:
        at = here + 1 if self._lower(here) in {"on", "with", "against", "over", "in", "has", "have", "use"} else here
        found = self.settings.background_at(at)
        if found is not None:
            self._set_backdrop(found.meaning.description)
            return found.end
        while self._lower(at) in {"the", "a", "its"}:
            at += 1
        if not self.settings.is_background(at):
            return here
        if self._lower(here) == "in":  # "in the background": where other things are
            self._last = "place"
            return at + 1
        self._start_subject([GroundDraft()])
        return at + 1

    def _set_backdrop(self, description: str) -> None:
        if description and not (self.backdrop_plain and colours.named(description) is None):
            self.backdrop, self.backdrop_plain = description, True

    def _setting(self, noun: str) -> None:
        if self.backdrop is None:
            self.backdrop = noun

    def _universal_remark(self, here: int) -> int:
        """ "Each object stands on the ground with a contact shadow", "with natural proportions": said of all or of the subject."""
        word = self._lower(here)
        if word in _BODY or self.phrases.words(here, here + 2) in {"whole body", "full body", "complete body", "four legs", "correct body"}:
            for draft in self._concerned(here):
                draft.body_described = True
            return here + 1
        if word in {"shadow", "shadows", "grounded"} or (word in self.lexicon.words["grounds"] and self._lower(here - 1) in {"the", "on"}):
            for draft in self._concerned(here):
                draft.grounded = True
            return here + 1
        return here

    def _concerned(self, here: int) -> list[ThingDraft]:
        """The things a remark is about: all of them where the sentence says "each" or "every", else its subject."""
        start, end = self._sentence(here)
        words = set(self.phrases.words(start, end).split())
        things = [draft for draft in self.drafts if isinstance(draft, ThingDraft)]
        subject = [draft for draft in (*self._subject, *self._group) if isinstance(draft, ThingDraft)]
        if words & {"each", "every", "all", "everything", "everyone", "they", "objects", "animals", "bodies"} or not subject:
            return things
        return subject

    # ---- what must not be there ------------------------------------------------------------------------------------------

    def _nothing_else(self, here: int) -> int:
        for words in (("nothing", "else"), ("nothing", "more"), ("no", "other"), ("no", "additional"), ("no", "further"), ("no", "extra"),
                      ("without", "other"), ("without", "any", "other"), ("leave", "out", "everything")):  # fmt: skip
            if all(self._lower(here + k) == word for k, word in enumerate(words)):
                following = self._lower(here + len(words))
                if following not in {"text", "words", "lettering", "writing", "letters"}:
                    self.nothing_else = True
                return self._end_of_negation(here + len(words))
        if self._lower(here) == "just" and self._lower(here + 1) in {"that", "this", "these"}:
            self.nothing_else = True
            return here + 2
        return here

    def _negation(self, here: int) -> int:
        word = self._lower(here)
        end = here
        if word in _NEGATORS:
            end = here + 1
        elif word in {"don't", "do", "not", "mustn't", "shouldn't", "should", "must", "isn't", "aren't", "free", "never"}:
            end = self._negated_verb(here)
        if end == here:
            return here
        while self._lower(end) in {"any", "include", "draw", "add", "show", "use", "be", "contain", "have", "put", "the"}:
            end += 1
        return self._end_of_negation(end)

    def _negated_verb(self, here: int) -> int:
        words = self.phrases.words(here, here + 2)
        if words in {"do not", "should not", "must not"}:
            return here + 2
        if words == "free of":
            return here + 2
        return here + 1 if self._lower(here) in {"don't", "not", "mustn't", "shouldn't", "never"} else here

    def _end_of_negation(self, here: int) -> int:
        """Pass over what is negated: noun phrases joined by "or", "and", "nor" or commas."""
        while here < len(self.tokens):
            phrase = self.phrases.at(here, bare=False) or self.phrases.at(here)
            if phrase is None:
                end = self.phrases._run(here, Quantity())
                if end == here:
                    break
                name = self.phrases.words(here, end)
            else:
                end, name = phrase.end, phrase.noun
            self.absent.append(name)
            here = end
            joiner = here
            while joiner < len(self.tokens) and (self._lower(joiner) in {"or", "nor", "any", "no"} or self._kind(joiner) is Kind.COMMA):
                joiner += 1
            if joiner == here or (self._kind(here) is Kind.COMMA and self._lower(here + 1) not in {"or", "nor", "no"}
                                  and self.phrases.in_group("stops", here + 1)):  # fmt: skip
                break
            here = joiner
        return here

    # ---- lettering -----------------------------------------------------------------------------------------------------

    def _lettering(self, here: int) -> int:
        token = self.tokens[here]
        if token.kind is Kind.QUOTE:
            return self._quoted(here, None, here)
        led = self._text_lead(here)
        if led is not None:
            return led
        if self._described_fact(here):
            return self._describe_text(here, None, here)
        return self._shouted(here)

    def _quoted(self, here: int, role: TextRole | None, start: int) -> int:
        token = self.tokens[here]
        self._add_lettering(start, here + 1, content=token.value, quoted=True, role=role)
        return here + 1

    def _add_lettering(
        self, start: int, end: int, *, content: str = "", quoted: bool = False, describes: str = "", role: TextRole | None = None
    ) -> LetteringDraft:
        span = Span(start=self.tokens[start].start, end=self.tokens[end - 1].end)
        draft = LetteringDraft(span=span, content=content, quoted=quoted, describes=describes, role=role)
        self._adorn(draft, start, end)
        self._mention(draft)
        return draft

    def _adorn(self, draft: LetteringDraft, start: int, end: int) -> None:
        """Colour, weight and size said before the text: "a bold red title"."""
        for index in range(start, end):
            if self.tokens[index].kind is Kind.QUOTE:
                return
            draft.bold = True if self._lower(index) == "bold" else draft.bold
            if self._lower(index) in self.lexicon.sizes and self.lexicon.sizes[self._lower(index)] in {Size.LARGE, Size.HUGE}:
                draft.large = True
            if draft.content and draft.colour is None:
                draft.colour = self.phrases._colour(index, 2) or self.phrases._colour(index, 1)

    def _text_lead(self, here: int) -> int | None:
        """ "the title “X”", "saying X", "the words X": a text that is announced."""
        word = self._lower(here)
        if word in self.lexicon.words["text_verbs"] or (word in {"write", "written", "call", "label", "caption"} and self._writes(here)):
            return self._announced(here, here + 1, _ROLES.get(word), verb=True)
        at = here
        while at < here + 7 and (self.phrases.in_group("articles", at) or self.phrases.in_group("definite", at) or self.phrases._adjective(at)):
            at += 1
        if self.phrases.in_group("text_nouns", at) and not (self._lower(at) in {"name", "line", "lines", "word"} and self._lower(at + 1) == "of"):
            if self._lower(at) in {"label", "title", "line", "lines", "name", "words", "text", "letters", "word"} and self._adjective_use(at):
                return None
            return self._announced(here, at + 1, _ROLES.get(self._lower(at)), verb=False)
        return None

    def _adjective_use(self, at: int) -> bool:
        """ "text box", "name badge": the word only describes another noun."""
        return self.phrases.is_word(at + 1) and self.phrases.entry(self._lower(at + 1)) is not None and self._kind(at + 2) is not Kind.QUOTE

    def _writes(self, here: int) -> bool:
        """ "Write X", "Label it X", "Caption it with X": a verb, not a noun."""
        if self._lower(here) == "written":
            return self._kind(here + 1) is Kind.QUOTE
        if self._lower(here) == "write":
            return True
        return self._last == "start" and (self._lower(here + 1) in {"it", "them", "the", "each", "this"} or self._kind(here + 1) is Kind.QUOTE)

    def _announced(self, start: int, here: int, role: TextRole | None, *, verb: bool) -> int | None:
        """The text after its announcement; None when there is none and the words mean something else."""
        labelled: list[Draft] = []
        if verb and self._lower(start) in {"label", "call", "caption"}:
            here = self._labelled(here, labelled)
        at, asked = here, verb
        while at < min(len(self.tokens), here + 6) and (self._lower(at) in _TO_TEXT or self._kind(at) is Kind.COLON):
            asked = asked or self._lower(at) not in {"of", "in", "to", "with", "it", "that", "which"}
            at += 1
        if self._kind(at) is Kind.QUOTE:
            end = self._quoted(at, role, start)
        else:
            found = self._unquoted(start, here, at, role, asked=asked, verb=verb)
            if found is None:
                return self._mentioned_text(start, here, role, verb=verb)
            end = found
        for target in labelled:
            self._relate(self._group[-1:], Direction.BELOW, [target])
        return end

    def _labelled(self, here: int, labelled: list[Draft]) -> int:
        if self._lower(here) in _PRONOUNS:
            labelled.extend(self._antecedents(self._lower(here), []))
            return here + 1
        if self._kind(here) is Kind.QUOTE or self._lower(here) == "with":
            return here
        phrase = self.phrases.at(here, bare=False)
        if phrase is not None and (known := self._known(phrase)) is not None:
            labelled.append(known)
            return phrase.end
        return here

    def _unquoted(self, start: int, here: int, at: int, role: TextRole | None, *, asked: bool, verb: bool) -> int | None:
        if self._described_fact(at) or (asked and self._describes(at)):
            return self._describe_text(at, role, start)
        end = self._verbatim_end(at, loose=asked or self._lower(here - 1) in {"words", "text", "phrase", "message", "slogan"})
        if end == at:
            return None
        if not asked and at > here and self._lower(here) in {"in", "with"}:
            return None
        self._add_lettering(start, end, content=self.phrases.written(at, end), role=role)
        return end

    def _mentioned_text(self, start: int, here: int, role: TextRole | None, *, verb: bool) -> int | None:
        """ "The title is bold": a text that was named before."""
        if verb:
            return None
        texts = [draft for draft in self.drafts if isinstance(draft, LetteringDraft)]
        same = [draft for draft in texts if role is not None and draft.role is role]
        if texts and (same or role is None or self.phrases.in_group("definite", start)):
            self._start_subject([(same or texts)[-1]])
            return here
        if self._lower(here - 1) in {"title", "subtitle", "heading", "headline", "caption", "slogan", "tagline"}:
            self._add_lettering(start, here, describes=self.phrases.written(start, here), role=role)
            return here
        return None

    def _described_fact(self, here: int) -> bool:
        """ "the name of …", "its capital written …": words that tell what a text should say."""
        at = here
        owner = self.phrases.in_group("definite", at) and self._lower(at) in {"its", "their", "his", "her"}
        if not (self.phrases.in_group("definite", at) or self.phrases.in_group("articles", at)):
            return False
        at += 1
        while at < here + 5 and self.phrases.is_word(at) and not self.phrases.in_group("described_nouns", at):
            owner = owner or self._lower(at).endswith("'s")
            if self.phrases.in_group("stops", at):
                return False
            at += 1
        if not self.phrases.in_group("described_nouns", at) or at == here + 5:
            return False
        while self.phrases.in_group("described_nouns", at + 1) and self._lower(at) != "name":
            at += 1
        following = self._lower(at + 1)
        if following in {"of", "in", "when", "that", "whose"} and self._lower(at) in self.lexicon.words["described_nouns"] - {"letter", "symbol"}:
            return True
        return owner and (following in {"written", "printed", "below", "underneath", "beneath", "as", "above", "at", "in", "under", "on", "spelled"}
                          or self._kind(at + 1) in {Kind.STOP, Kind.COMMA, None})  # fmt: skip

    def _describes(self, here: int) -> bool:
        return (self.phrases.in_group("definite", here) or self.phrases.in_group("articles", here)) and self.phrases.is_word(here + 1)

    def _describe_text(self, here: int, role: TextRole | None, start: int) -> int:
        end = max(self.descriptions.end(here), here + 1)
        self._add_lettering(start, end, describes=self.phrases.written(here, end), role=role)
        return end

    def _verbatim_end(self, here: int, *, loose: bool) -> int:
        """Where an unquoted text ends: a row of capitalised words, or (``loose``) the words up to the next phrase of the image."""
        end = here
        while end < min(len(self.tokens), here + 12):
            token = self.tokens[end]
            if token.kind not in {Kind.WORD, Kind.NUMBER}:
                break
            if end > here and (self.descriptions._place_at(end) or self.descriptions.ink_at(end) is not None):
                break
            big = token.capitalised or token.kind is Kind.NUMBER
            small = not big and self._kind(end + 1) is Kind.WORD and self.tokens[end + 1].capitalised and token.lower in {
                "of", "the", "and", "to", "in", "for", "a", "at", "on", "is", "with", "de", "la"}  # fmt: skip
            if not big and not (small and end > here):
                if not loose or self._ends_verbatim(end, here):
                    break
            elif loose is False and end == here and token.kind is Kind.NUMBER:
                break
            end += 1
        return end

    def _ends_verbatim(self, end: int, here: int) -> bool:
        word = self._lower(end)
        if end == here and word in {"the", "a", "an", "it", "in", "at", "on", "is", "are", "should", "with", "and", "below", "above", "under"}:
            return True
        shouted = any(self.tokens[index].shouted for index in range(here, end))
        relation = self.lexicon.relations.at(self.tokens, end)
        return shouted or word in {"and", "with", "as", "written", "printed"} or (relation is not None and word not in {"in", "on", "by"})

    def _shouted(self, here: int) -> int:
        """Words in capitals amid ordinary text are lettering, unless they abbreviate something."""
        end = here
        while self._kind(end) in {Kind.WORD, Kind.NUMBER} and (
            (self.tokens[end].shouted and self._lower(end) not in self.lexicon.words["acronyms"])
            or (end > here and (self.tokens[end].kind is Kind.NUMBER or self.tokens[end].text in {"A", "I", "&"}))
        ):
            end += 1
        if end == here or (end == here + 1 and len(self.tokens[here].text) < 3):
            return here
        self._add_lettering(here, end, content=self.phrases.written(here, end))
        return end

    def _ink(self, here: int) -> int:
        end = self.descriptions.ink_at(here)
        if end is None or not self._group:
            return here
        colour = next(
            (found for words in (3, 2, 1) for index in range(here + 1, end - words + 1) if (found := self.phrases._colour(index, words))), None
        )
        words = set(self.phrases.words(here, end).split())
        letters = bool(words & LETTERS)
        for draft in self._inked(letters):
            if isinstance(draft, GroundDraft):
                self._set_backdrop(colour or "")
            elif isinstance(draft, LetteringDraft):
                draft.colour = draft.colour or colour
                draft.bold = True if words & {"bold", "thick", "heavy", "strong"} else draft.bold
                if any(self.lexicon.sizes.get(word) in {Size.LARGE, Size.HUGE} for word in words):
                    draft.large = True
            elif colour is not None and not letters:
                self._paint(draft, colour)
        return end

    def _inked(self, letters: bool) -> list[Draft | GroundDraft]:
        if not letters:
            return list(self._group)
        texts = [draft for draft in self._group if isinstance(draft, LetteringDraft)]
        if not texts:
            texts = [draft for draft in self.drafts if isinstance(draft, LetteringDraft)][-1:]
        return list(texts)

    def _role(self, here: int) -> int:
        """ "… as the title"."""
        if self._lower(here) not in {"as", "for"}:
            return here
        at = here + 1
        while self.phrases.in_group("articles", at) or self.phrases.in_group("definite", at) or self.phrases._adjective(at):
            at += 1
        role = _ROLES.get(self._lower(at))
        if role is None and self._lower(at) not in {"text", "lettering", "words", "writing"}:
            return here
        texts = [draft for draft in self._group if isinstance(draft, LetteringDraft)]
        for draft in texts:
            draft.role = role or draft.role
        if not texts and role is not None:
            self._pending.append(lambda draft, role=role: setattr(draft, "role", role) if isinstance(draft, LetteringDraft) else None)  # type: ignore[misc]
        return at + 1

    # ---- layout --------------------------------------------------------------------------------------------------------

    def _arrangement(self, here: int) -> int:
        found = self.lexicon.arrangements.at(self.tokens, here)
        if found is not None and self._lower(found.end) == "of" and found.meaning is not Arrangement.GRID:
            return self._counted_row(here, found)
        grid = self._sized_grid(here)
        if found is None and grid is None:
            return here
        things = self._things_in(self._group) or self._things_in(self._subject)
        if not things:
            things = [draft for draft in self._recent if isinstance(draft, ThingDraft)][-1:]
        if grid is not None:
            end, rows, columns = grid
            for thing in things:
                thing.arrangement, thing.columns = Arrangement.GRID, columns
                if thing.number in {None, 1}:
                    thing.number = rows * columns
            return end
        assert found is not None
        for thing in things:
            thing.arrangement = found.meaning
        end = found.end
        if found.meaning is Arrangement.CIRCLE and self._lower(end) == "around":
            return self._around(end, things)
        return end

    def _counted_row(self, here: int, found: Found[Arrangement]) -> int:
        """ "in a row of five"."""
        number = self.phrases._number_at(found.end + 1)
        things = self._things_in(self._group)
        if number is None or not things:
            return here
        for thing in things:
            thing.arrangement = found.meaning
            thing.number = number if thing.number is None else thing.number
        return found.end + 2

    def _sized_grid(self, here: int) -> tuple[int, int, int] | None:
        """ "3 by 3", "in a 2x3 grid", "in three rows of four" when it follows the things."""
        if not (self._things_in(self._group) or self._things_in(self._subject)):
            return None
        at = here
        while self._lower(at) in {"in", "a", "an", "as", "arranged"}:
            at += 1
        rows = self.phrases._number_at(at)
        if rows is None:
            return None
        if self._lower(at + 1) in {"by", "x", "×"} and (columns := self.phrases._number_at(at + 2)):
            end = at + 3
            return (end + 1 if self._lower(end) in {"grid", "arrangement", "pattern", "layout"} else end), rows, columns
        if self._lower(at + 1) == "rows" and self._lower(at + 2) in {"of", "with"} and (columns := self.phrases._number_at(at + 3)):
            return at + 4 + (self._lower(at + 4) == "each"), rows, columns
        if self._lower(at + 1) in {"rows", "columns"} and self._lower(at + 2) == "and" and (other := self.phrases._number_at(at + 3)):
            return at + 5, *((rows, other) if self._lower(at + 1) == "rows" else (other, rows))
        return None

    def _around(self, here: int, things: list[ThingDraft]) -> int:
        """ "in a circle around the cake": the cake is inside the circle."""
        targets, end = self._targets(here + 1, list(things), Direction.INSIDE)
        for target in targets:
            if isinstance(target, ThingDraft):
                target.links.append((Direction.INSIDE, (*things[:1],)))
        return end if targets else here + 1

    def _comparison(self, here: int) -> int:
        """ "bigger than the mouse", "twice as big as …", "smaller than …"."""
        word = self._lower(here)
        bigger = word in {"bigger", "larger", "taller", "big", "large", "tall", "huge"}
        smaller = word in {"smaller", "shorter", "tinier", "small", "tiny"}
        if not (bigger or smaller) or self._lower(here + 1) not in {"than", "as"}:
            if not ((bigger or smaller) and self._lower(here + 1) == "one" and "than" in self.phrases.words(here, here + 8).split()):
                return here
        at = here
        while self._lower(at) not in {"than", "as"}:
            at += 1
        subjects = self._things_in(self._active())
        targets, end = self._targets(at + 1, list(subjects), None)
        others = [draft for draft in targets if isinstance(draft, ThingDraft)]
        for subject in subjects:
            for other in others:
                large, small = (subject, other) if bigger else (other, subject)
                large.larger_than.append(small)
                large.size, small.size = large.size or Size.LARGE, small.size or Size.SMALL
        self._last = "object"
        self._group = [*others]
        return max(end, at + 1)

    def _place(self, here: int) -> int:
        found = self._place_at(here)
        if found is None:
            return here
        place, end, fronted = found
        target_at = self._of_target(end)
        if target_at is not None:
            return self._side_of(here, place, target_at)
        end = self._after_canvas(end)
        if fronted:
            self._pending.append(lambda draft: _put(draft, place))
            self._group, self._last = [], "fronted"
            return end
        for draft in self._placed():
            _put(draft, place)
        self._last = "place"
        return end

    def _place_at(self, here: int) -> tuple[Place, int, bool] | None:
        """A place on the canvas: its end, and whether what it places comes after it."""
        at = here
        prepositions = {"at", "on", "in", "near", "to", "toward", "towards", "along", "across", "over", "up", "down", "into", "high", "low", "around", "right"}
        while self._lower(at) in prepositions and at < here + 3:
            at += 1
        led = at > here
        while self._lower(at) in {"the", "its"} and led or self._lower(at) in {"very", "far"} and led:
            at += 1
        found = self.lexicon.places.at(self.tokens, at)
        if found is None:
            return self._centred(here)
        end = found.end
        part = self._lower(end) in {"corner", "side", "edge", "half", "third", "area", "part", "section", "quarter", "quadrant", "portion", "margin"}
        if part:
            end += 1
        if self._lower(here) == "to" and self._lower(at - 1) == "its":
            return None
        bare = found.end > at + 1 or part or self._predicative(here)
        if not led and not (bare and not self._names_after(end)):
            return None
        if led and not part and self._names_after(end) and self._lower(end) not in self.lexicon.words["verbs"] and not self.phrases.at(end):
            return None
        return found.meaning, end, self._is_fronted(here, end)

    def _predicative(self, here: int) -> bool:
        """A place word alone counts after "is", or at the end of a list of attributes."""
        return self._lower(here - 1) in {"is", "are", "be", "placed", "positioned", "position", "placement", "goes"} or self._kind(here - 1) is Kind.COLON

    def _names_after(self, end: int) -> bool:
        return self.phrases.is_word(end) and not self.phrases.in_group("stops", end) and self._lower(end) not in self.lexicon.verb_forms

    def _centred(self, here: int) -> tuple[Place, int, bool] | None:
        word = self._lower(here)
        return (Place.CENTER, here + 1, False) if word in {"centered", "centred", "centrally"} else None

    def _of_target(self, end: int) -> int | None:
        """Where the thing begins in "the top of the tower"; None when the place is one of the canvas."""
        if self._lower(end) != "of":
            return None
        at = end + 1
        while self.phrases.in_group("definite", at) or self.phrases.in_group("articles", at) or self.phrases._adjective(at):
            at += 1
        if self._lower(at) in self.lexicon.words["canvas"] or self._lower(at) in {"everything", "view", "sky"}:
            return None
        return end + 1

    def _after_canvas(self, end: int) -> int:
        if self._lower(end) not in {"of", "in", "on"}:
            return end
        at = end + 1
        while self.phrases.in_group("definite", at) or self.phrases.in_group("articles", at) or self.phrases._adjective(at):
            at += 1
        return at + 1 if self._lower(at) in self.lexicon.words["canvas"] else end

    def _side_of(self, here: int, place: Place, target_at: int) -> int:
        """ "at the top of the tower", "in the middle of the table", "on the left side of the clock"."""
        direction = {Place.LEFT: Direction.LEFT_OF, Place.RIGHT: Direction.RIGHT_OF, Place.BOTTOM: Direction.BELOW}.get(place, Direction.ON)
        return self._relation_to(here, direction, target_at)

    def _is_fronted(self, here: int, end: int) -> bool:
        """Whether the phrase speaks of what comes next: "On the left, a dog", "… and on the right a cat"."""
        if self._kind(here - 1) is Kind.WORD and self._lower(here - 1) not in {"and", "with", "then", "while"} and self._last != "start":
            return False
        if self._last == "start" and not self._subject:
            return True
        if not self._joining and self._lower(here - 1) != "while":
            return False
        at = end
        while self._lower(at) in {"there", "is", "are", "stands", "sits", "we", "see", "put", "place", "add", "draw", "write", "comes"}:
            at += 1
        if at < len(self.tokens) and (self._kind(at) is Kind.QUOTE or self.phrases.at(at) is not None):
            return True
        placed = all(getattr(draft, "place", True) is not None for draft in self._active())
        after_comma = self._kind(at) is Kind.COMMA and at + 1 < len(self.tokens) and self.phrases.at(at + 1) is not None
        return placed and after_comma

    def _placed(self) -> list[Draft]:
        """What a place phrase is about: the subject, unless it has a place and something else was mentioned since."""
        active = self._subject if self._last in {"object", "after object", "relation"} else self._group or self._subject
        drafts = [draft for draft in active if not isinstance(draft, GroundDraft)]
        free = [draft for draft in drafts if draft.place is None]
        if not free and self._group is not active:
            free = [draft for draft in self._group if not isinstance(draft, GroundDraft) and draft.place is None]
        return free

    # ---- relations -----------------------------------------------------------------------------------------------------

    def _relation(self, here: int) -> int:
        sided = self._to_its_side(here)
        if sided is not None:
            return sided
        surrounding = self._surrounded(here)
        if surrounding > here:
            return surrounding
        found = self.lexicon.relations.at(self.tokens, here)
        if found is None or (self._lower(here) == "by" and self._last not in {"noun", "object", "place"}):
            return here
        if self._lower(here) in {"around"} and self.phrases._is_number(here + 1):
            return here
        return self._relation_to(here, found.meaning, found.end)

    def _to_its_side(self, here: int) -> int | None:
        """ "to its left", "on its right side"."""
        if self._lower(here) not in {"to", "on", "at"} or self._lower(here + 1) not in {"its", "their", "his", "her"}:
            return None
        sides = {"left": Direction.LEFT_OF, "right": Direction.RIGHT_OF, "side": Direction.NEXT_TO, "top": Direction.ON}
        direction = sides.get(self._lower(here + 2))
        if direction is None:
            return None
        end = here + 3 + (self._lower(here + 3) == "side")
        self._relate_implied(here, direction, "it")
        return end

    def _surrounded(self, here: int) -> int:
        """ "a castle flanked by two trees", "a cake surrounded by candles", "a tree on either side"."""
        words = self.phrases.words(here, here + 2)
        subjects = self._active()
        if words in {"flanked by", "surrounded by", "encircled by", "ringed by", "framed by"} and subjects:
            flanked = words in {"flanked by", "framed by"}
            targets, end = self._targets(here + 2, list(subjects), Direction.BETWEEN if flanked else Direction.INSIDE)
            things = [draft for draft in targets if isinstance(draft, ThingDraft)]
            if flanked and things:
                self._relate(subjects, Direction.BETWEEN, things[:2] if len(things) > 1 else [things[0], things[0]])
            elif things:
                for thing in things:
                    if thing.number != 1:
                        thing.arrangement = Arrangement.CIRCLE
                self._relate(subjects, Direction.INSIDE if things[0].number != 1 else Direction.NEXT_TO, things[:1])
            return max(end, here + 2)
        either = self.phrases.words(here, here + 3)
        if either in {"on either side", "on both sides", "on each side"} and subjects:
            return self._either_side(here + 3, subjects)
        return here

    def _either_side(self, here: int, subjects: list["Draft | GroundDraft"]) -> int:
        things = self._things_in(subjects)
        if self._lower(here) == "of":
            targets, end = self._targets(here + 1, list(subjects), None)
        else:
            targets, end = self._antecedents("it", list(subjects))[:1], here
        for target in targets:
            if things:
                for thing in things:
                    thing.number = 2 if thing.number == 1 else thing.number
                target.links.append((Direction.BETWEEN, (things[0], things[-1])))
        return end

    def _relation_to(self, here: int, direction: Direction, target_at: int) -> int:
        if self._last == "start" and not self._subject:
            return self._fronted_relation(here, direction, target_at)
        subjects = self._related(here)
        if self._lower(target_at) in _PRONOUNS:
            self._relate_implied(here, direction, self._lower(target_at))
            return target_at + 1
        before = len(self.drafts)
        state = (self._last, list(self._group), list(self._subject), self.backdrop)
        targets, end = self._targets(target_at, subjects, direction)
        if end == target_at:
            self._last, self._group, self._subject, self.backdrop = state
            del self.drafts[before:]
            return self._bare_relation(here, direction, target_at)
        if targets:
            self._relate(subjects, direction, targets)
            self._last = "object"
        return end

    def _bare_relation(self, here: int, direction: Direction, target_at: int) -> int:
        """No thing follows: "five balloons below", or the words mean something else."""
        particle = self.lexicon.particles.at(self.tokens, here)
        if particle is None or self._names_after(particle.end):
            return here
        self._relate_implied(here, particle.meaning, "it")
        return particle.end

    def _particle(self, here: int) -> int:
        particle = self.lexicon.particles.at(self.tokens, here)
        if particle is None or self._names_after(particle.end):
            return here
        if self._last == "start" and not self._subject:
            return self._fronted_particle(particle)
        if not self._group:
            return here
        self._relate_implied(here, particle.meaning, "it")
        return particle.end

    def _fronted_particle(self, particle: Found[Direction]) -> int:
        targets = self._antecedents("it", [])[:1]
        if targets:
            self._pending.append(lambda draft: draft.links.append((particle.meaning, (targets[0],))))
        return particle.end

    def _fronted_relation(self, here: int, direction: Direction, target_at: int) -> int:
        """ "Below it, write …", "Between the cat and the dog sits a bird"."""
        if self._lower(target_at) in _PRONOUNS:
            targets = self._antecedents(self._lower(target_at), [])
            end = target_at + 1
        else:
            targets, end = self._targets(target_at, [], direction)
        if end == target_at:
            particle = self.lexicon.particles.at(self.tokens, here)
            return self._fronted_particle(particle) if particle is not None else here
        if targets:
            self._pending.append(lambda draft: self._relate([draft], direction, targets))
        self._group, self._subject, self._last = [], [], "fronted"
        return end

    def _related(self, here: int) -> list["Draft | GroundDraft"]:
        """What the relation is about: the latest mention, or the clause's subject after "and" or a comma."""
        if self._last == "after object" or (self._joining and self._last == "place"):
            return list(self._subject)
        if self._last == "object" and self._joining:
            return list(self._subject)
        return list(self._active())

    def _active(self) -> list["Draft | GroundDraft"]:
        return list(self._group or self._subject)

    def _relate_implied(self, here: int, direction: Direction, pronoun: str) -> None:
        """The target is a pronoun or goes without saying: "the mouse next to it", "three oranges inside"."""
        subjects = [draft for draft in self._active() if not isinstance(draft, GroundDraft)]
        targets = self._antecedents(pronoun, list(subjects))
        if direction is Direction.BETWEEN and len(targets) == 1:
            targets = targets * 2
        self._relate(subjects, direction, targets)
        self._last = "relation"

    def _relate(self, subjects: Sequence["Draft | GroundDraft"], direction: Direction, targets: Sequence[Draft]) -> None:
        if not targets:
            return
        between = direction is Direction.BETWEEN
        if between and len(targets) == 1:
            targets = [targets[0], targets[0]]
        for subject in subjects:
            if isinstance(subject, GroundDraft) or subject in targets:
                continue
            if between:
                subject.links.append((direction, tuple(targets[:2])))
            else:
                subject.links.extend((direction, (target,)) for target in targets[:2])
            if isinstance(subject, ThingDraft) and direction is Direction.ON and any(isinstance(target, ThingDraft) for target in targets):
                subject.grounded = True

    def _targets(
        self, here: int, subjects: Sequence["Draft | GroundDraft"], direction: Direction | None
    ) -> tuple[list[Draft], int]:
        """The things a relation points to. The end equals ``here`` when none is there; settings and grounds give no target."""
        targets: list[Draft] = []
        end = here
        while True:
            found = self._target(end, subjects, direction)
            if found is None:
                return targets, end if targets else here
            draft, end = found
            if draft is None:
                return targets, end
            targets.append(draft)
            joined = self._lower(end) == "and" and direction is Direction.BETWEEN and len(targets) < 2
            if not joined:
                return targets, end
            end += 1

    def _target(
        self, here: int, subjects: Sequence["Draft | GroundDraft"], direction: Direction | None
    ) -> tuple[Draft | None, int] | None:
        if self._kind(here) is Kind.REFERENCE or (self._lower(here) == "the" and self._kind(here + 1) is Kind.REFERENCE):
            at = here + (self._lower(here) == "the")
            return self._referred(here, at)[0], at + 1
        if self._lower(here) in _PRONOUNS:
            found = self._antecedents(self._lower(here), list(subjects))
            return (found[0] if found else None), here + 1
        background = self.settings.background_at(here)
        if background is not None:
            self._set_backdrop(background.meaning.description)
            return None, background.end
        phrase = self.phrases.at(here)
        text = self._text_target(here)
        if text is not None:
            return text
        if phrase is None:
            return None
        return self._phrase_target(phrase, subjects, direction)

    def _text_target(self, here: int) -> tuple[Draft, int] | None:
        """ "below the title", "above “SALE”"."""
        if self._kind(here) is Kind.QUOTE:
            token = self.tokens[here]
            same = [draft for draft in self.drafts if isinstance(draft, LetteringDraft) and draft.content == token.value]
            if same:
                return same[-1], here + 1
            return None
        at = here
        while self.phrases.in_group("definite", at) or self.phrases.in_group("articles", at):
            at += 1
        if at == here or not self.phrases.in_group("text_nouns", at):
            return None
        role = _ROLES.get(self._lower(at))
        texts = [draft for draft in self.drafts if isinstance(draft, LetteringDraft)]
        same = [draft for draft in texts if role is not None and draft.role is role] or texts
        if self._kind(at + 1) is Kind.QUOTE:
            known = [draft for draft in texts if draft.content == self.tokens[at + 1].value]
            return (known[-1], at + 2) if known else None
        return (same[-1], at + 1) if same else None

    def _phrase_target(
        self, phrase: NounPhrase, subjects: Sequence["Draft | GroundDraft"], direction: Direction | None
    ) -> tuple[Draft | None, int] | None:
        noun = phrase.noun.lower()
        head = noun.split()[-1]
        if self._is_canvas(phrase) or head in _SCENE_NOUNS and not phrase.known:
            return None, phrase.end
        if head in self.lexicon.words["grounds"]:
            for draft in self._things_in(subjects):
                draft.grounded = True
            return None, phrase.end
        standing = direction in {Direction.ON, Direction.INSIDE, Direction.NEXT_TO, Direction.BELOW, Direction.ABOVE, Direction.BEHIND}
        if self.settings.setting_of(self._as_written(phrase)) and standing and not phrase.known:
            return self._settle(phrase, subjects, direction)
        if head in self.lexicon.words["features"] and not phrase.known:
            return None
        if direction is Direction.INSIDE and not (phrase.determined or phrase.known):
            return None
        draft, end = self._thing(phrase, as_target=True)
        return draft, end

    def _as_written(self, phrase: NounPhrase) -> str:
        return self.phrases.words(phrase.start, phrase.end)

    def _settle(
        self, phrase: NounPhrase, subjects: Sequence["Draft | GroundDraft"], direction: Direction | None
    ) -> tuple[None, int] | None:
        words = [word for word in self._as_written(phrase).split() if word not in self.lexicon.words["definite"] | {"a", "an", "some"}]
        self._setting(" ".join(words))
        airborne = words[-1] in self.lexicon.words["airborne_settings"]
        if direction in {Direction.ON, Direction.INSIDE, Direction.NEXT_TO} and not airborne:
            for draft in self._things_in(subjects):
                draft.grounded = True
        return None, phrase.end

    # ---- mentions ------------------------------------------------------------------------------------------------------

    def _purpose(self, here: int) -> int:
        """ "for a jazz night", "about recycling": what the picture is for is not in it."""
        if self._lower(here) not in _ABOUT or self._role(here) > here:
            return here
        at = here + 1
        while at < len(self.tokens) and at < here + 25:
            if self._kind(at) in {Kind.STOP, Kind.SEMICOLON, Kind.COLON, Kind.COMMA, Kind.QUOTE, Kind.REFERENCE}:
                break
            if self._lower(at) in {"with", "showing", "featuring", "that", "which", "and", "titled", "depicting", "saying"} and at > here + 1:
                break
            if at > here + 1 and (self.descriptions._place_at(at) or self.descriptions._setting_at(at)):
                break
            at += 1
        return at

    def _picture(self, here: int) -> int:
        """ "a photo of", "a poster": the picture itself, with what it is made as."""
        phrase = self.phrases.at(here, bare=False)
        if phrase is None or not self._is_canvas(phrase):
            return here
        if self.style is None and phrase.modifiers:
            self._styled_by(phrase)
        end = phrase.end
        if self._lower(end) == "of":
            end += 1
            self._joining = False
            if self._last == "start":
                return end
        return end

    def _styled_by(self, phrase: NounPhrase) -> None:
        for index in range(phrase.start, phrase.end):
            found = self.settings.style_at(index)
            if found is not None:
                self.style = found.meaning
                self.style_thorough = self._thorough(index)

    def _is_canvas(self, phrase: NounPhrase) -> bool:
        words = self._as_written(phrase).split()
        head = words[-1] if words else ""
        if head not in self.lexicon.words["canvas"] or (phrase.number or 2) != 1 and not phrase.quantity.definite:
            return False
        if phrase.known and phrase.noun != "picture" and phrase.noun in self._as_written(phrase) and head != phrase.noun:
            return False
        return phrase.noun != "playing card"

    def _pronoun(self, here: int) -> int:
        """A pronoun as the subject: "It is red", "They stand in a row"."""
        word = self._lower(here)
        if word not in {"it", "they", "he", "she", "both", "these", "those", "them"} or self._last not in {"start", "fronted"} and not self._joining:
            return here
        if self.phrases.at(here) is not None and word in {"both", "these", "those"}:
            return here
        if self._lower(here + 1) in {"will", "has", "needs", "must", "should", "shows", "is"} and self._canvas_statement(here + 1):
            return here + 1
        antecedents = self._antecedents(word, [])
        if antecedents and self._last == "start":
            self._start_subject(list(antecedents))
            self._joining = False
        return here + 1

    def _canvas_statement(self, here: int) -> bool:
        following = self._lower(here + 1)
        return following in {"say", "read", "show", "be", "have", "a", "an", "for", "look", "to"} and following != "be" or self._lower(here) == "will"

    def _antecedents(self, pronoun: str, subjects: Sequence["Draft | GroundDraft"]) -> list[Draft]:
        """What a pronoun stands for: the latest mention that led a clause, several for "them"."""
        others = [draft for draft in self._recent if not any(draft is subject for subject in subjects)]
        if not others:
            return []
        if pronoun in {"them", "they", "themselves", "both"}:
            several = [draft for draft in others if isinstance(draft, ThingDraft) and draft.number != 1]
            things = [draft for draft in others if isinstance(draft, ThingDraft)]
            if several and several[-1] is things[-1]:
                return several[-1:]
            return things[-2:] or others[-1:]
        leading = [draft for draft in others if any(draft is led for led in self._leading)]
        latest = others[-1]
        if not latest.target or not leading:
            return [latest]
        return leading[-1:]

    def _reference(self, here: int) -> int:
        at = here + 1 if self._lower(here) in {"the", "a"} else here
        if self._kind(at) is not Kind.REFERENCE:
            return here
        if self._links_back(here) and self._attach(at):
            return at + 1
        drafts = self._referred(here, at)
        for draft in drafts:
            self._mention(draft, existing=draft in self.drafts)
        end = at + 1
        return self._renamed(end, drafts)

    def _links_back(self, here: int) -> bool:
        """Whether the words before tie the reference to the thing just named: "from the first reference image"."""
        before = here - 1
        if self._kind(before) is Kind.COLON:
            return bool(self._things_in(self._group)) and self.text[self.tokens[before].start] in "([–—-"
        return self._kind(before) is Kind.WORD and self._lower(before) in _LINKS and bool(self._things_in(self._group))

    def _attach(self, at: int) -> bool:
        things = self._things_in(self._group)
        for thing, ordinal in zip(reversed(things), reversed(self.tokens[at].ordinals), strict=False):
            if thing.reference is not None and thing.reference != ordinal:
                return False
            thing.reference = ordinal
        return bool(things)

    def _referred(self, here: int, at: int) -> list[ThingDraft]:
        drafts: list[ThingDraft] = []
        for ordinal in self.tokens[at].ordinals:
            known = [draft for draft in self.drafts if isinstance(draft, ThingDraft) and draft.reference == ordinal]
            if known:
                drafts.append(known[-1])
                continue
            span = Span(start=self.tokens[here].start, end=self.tokens[at].end)
            drafts.append(ThingDraft(noun="reference image", span=span, reference=ordinal, known=True))
        for draft in drafts:
            if draft not in self.drafts:
                self.drafts.append(draft)
        return drafts

    def _renamed(self, end: int, drafts: list[ThingDraft]) -> int:
        """ "Use the first reference image for the flag": the reference shows that thing."""
        if self._lower(end) not in {"as", "for", "shows"} or len(drafts) != 1 or drafts[0].noun != "reference image":
            return end
        phrase = self.phrases.at(end + 1, bare=False)
        if phrase is None or self._is_canvas(phrase):
            return end
        known = self._known(phrase)
        draft = drafts[0]
        if known is not None and known is not draft and known.reference is None:
            known.reference = draft.reference
            self.drafts.remove(draft)
            self._recent = [other for other in self._recent if other is not draft]
            self._start_subject([known])
        else:
            draft.noun, draft.living = phrase.noun, phrase.living
        return phrase.end

    def _noun(self, here: int) -> int:
        if self._kind(here) is Kind.PICTOGRAM:
            return self._pictogram(here)
        phrase = self.phrases.at(here)
        if phrase is None:
            return here
        noun = phrase.noun.lower()
        head = noun.split()[-1]
        if head in self.lexicon.words["features"] and not phrase.known or head in self.lexicon.words["grounds"]:
            return phrase.end
        if self._aside(phrase):
            return phrase.end
        if self.settings.setting_of(self._as_written(phrase)) and not phrase.known:
            self._settle(phrase, [], None)
            return phrase.end
        draft, end = self._thing(phrase, as_target=False)
        if draft is None:
            return end
        self._mention(draft, existing=True)
        return end

    def _aside(self, phrase: NounPhrase) -> bool:
        """Words about the making, not the picture: "my nephew", "thick paper", "a surprise"."""
        quantity = phrase.quantity
        if phrase.known or phrase.proper:
            return quantity.possessive and self._lower(phrase.start) in {"my", "our", "your"} and not self._referenced_soon(phrase.end)
        if quantity.possessive or quantity.universal:
            return True
        definite_unknown = quantity.definite and self._lower(phrase.end) != "of" and not self._referenced_soon(phrase.end)
        return definite_unknown and self._known(phrase) is None and self._last != "start" and not self.drafts

    def _referenced_soon(self, end: int) -> bool:
        return any(self._kind(index) is Kind.REFERENCE for index in range(end, min(len(self.tokens), end + 5)))

    def _pictogram(self, here: int) -> int:
        entry = inventory.depicted(self.tokens[here].value)
        if entry is None:
            return here + 1
        end = here + 1
        while self._kind(end) is Kind.PICTOGRAM and self.tokens[end].value == self.tokens[here].value:
            end += 1
        span = Span(start=self.tokens[here].start, end=self.tokens[end - 1].end)
        named = self._things_in(self._group)
        if named and named[-1].noun == entry.noun:  # "a dog 🐶"
            return end
        self._mention(ThingDraft(noun=entry.noun, span=span, number=end - here, known=True, living=entry.living))
        return end

    def _thing(self, phrase: NounPhrase, *, as_target: bool) -> tuple[ThingDraft | None, int]:
        """The thing of a noun phrase, new or named before, with the description and reference that follow it."""
        known = self._known(phrase)
        if known is not None:
            self._refine(known, phrase)
            self._touch(known)
            return known, phrase.end
        draft = self._draft(phrase)
        end = self._description(phrase, draft)
        same = self._same(draft, phrase)
        if same is not None:
            self._refine(same, phrase)
            self._touch(same)
            return same, end
        draft.target = as_target
        self.drafts.append(draft)
        self._touch(draft)
        return draft, end

    def _draft(self, phrase: NounPhrase) -> ThingDraft:
        span = Span(start=self.tokens[phrase.start].start, end=self.tokens[phrase.end - 1].end)
        draft = ThingDraft(
            noun=phrase.noun,
            span=span,
            of=phrase.of,
            number=phrase.number,
            exact=phrase.quantity.exact,
            size=phrase.size,
            arrangement=phrase.quantity.arrangement,
            columns=phrase.quantity.columns,
            known=phrase.known,
            living=phrase.living,
            modifiers=list(phrase.modifiers),
        )
        if phrase.colour is not None:
            self._paint(draft, phrase.colour)
        return draft

    def _paint(self, draft: ThingDraft, colour: str) -> None:
        if draft.colour is None:
            draft.colour, draft.colour_clause = colour, self._clause

    def _description(self, phrase: NounPhrase, draft: ThingDraft) -> int:
        """ "of Burkina Faso", "of the country whose …", "that lives in …": which one is meant."""
        end = phrase.end
        emblem = draft.noun.split()[-1].lower() in self.lexicon.words["emblems"]
        if emblem and draft.modifiers and all(word[:1].isupper() for word in draft.modifiers):
            draft.of, draft.modifiers = " ".join(draft.modifiers), []
        following = self._lower(end)
        if following == "of" and end + 1 < len(self.tokens):
            return self._of(phrase, draft, end + 1)
        general = draft.noun.split()[-1].lower() in self.lexicon.words["generic_heads"] and not draft.known or emblem
        if general and following in {"that", "which", "whose", "with", "in", "for"} and self._kind(end + 1) in {Kind.WORD, Kind.NUMBER}:
            if following in {"with", "in", "for"} and (emblem or not phrase.quantity.definite):
                return end
            if self._lower(end + 1) in {"says", "reads", "is", "are", "say"} and not phrase.quantity.definite:
                return end
            stop = self.descriptions.end(end)
            draft.of = self.phrases.written(end, stop)
            draft.span = Span(start=draft.span.start, end=self.tokens[stop - 1].end)
            return stop
        return end

    def _of(self, phrase: NounPhrase, draft: ThingDraft, at: int) -> int:
        if self._kind(at) is Kind.REFERENCE or self._lower(at) == "the" and self._kind(at + 1) is Kind.REFERENCE:
            return phrase.end
        if draft.noun in self.lexicon.words["containers"] and (content := self.phrases.at(at)) is not None and not content.proper:
            inside = self._draft(content)
            inside.links.append((Direction.INSIDE, (draft,)))
            inside.grounded = inside.target = True
            self.drafts.append(inside)
            return content.end
        stop = self.descriptions.end(at)
        if stop <= at:
            return phrase.end
        draft.of = self.phrases.written(at, stop)
        if phrase.proper:
            draft.noun, draft.of = self.phrases.written(phrase.start, stop), ""
            draft.noun = re.sub(r"^(?:the|a|an)\s+", "", draft.noun, flags=re.IGNORECASE)
        draft.span = Span(start=draft.span.start, end=self.tokens[stop - 1].end)
        return self._more_of(phrase, draft, stop)

    def _more_of(self, phrase: NounPhrase, draft: ThingDraft, end: int) -> int:
        """ "the flags of France and Germany" are two things."""
        if draft.noun.lower() not in self.lexicon.words["emblems"] or not phrase.plural:
            return end
        draft.number = 1
        while self._lower(end) == "and" or self._kind(end) is Kind.COMMA:
            at = end + 1 + (self._lower(end + 1) == "and") + (self._lower(end + 1) == "of")
            if not (at < len(self.tokens) and self.tokens[at].capitalised and self.tokens[at].kind is Kind.WORD) and self._lower(at) != "the":
                break
            stop = self.descriptions.end(at)
            span = Span(start=self.tokens[at].start, end=self.tokens[stop - 1].end)
            other = ThingDraft(noun=draft.noun, span=span, of=self.phrases.written(at, stop), known=draft.known)
            self.drafts.append(other)
            self._touch(other)
            end = stop
        return end

    def _known(self, phrase: NounPhrase) -> ThingDraft | None:
        """The thing named before that a definite phrase means."""
        if not phrase.quantity.definite or phrase.quantity.possessive or phrase.quantity.another:
            return None
        following = self._lower(phrase.end)
        if following == "of" or self._follows_reference(phrase.end):
            return None
        for draft in reversed(self._recent):
            if isinstance(draft, ThingDraft) and self._fits(draft, phrase):
                return draft
        return None

    def _follows_reference(self, end: int) -> bool:
        at = end
        while at < end + 5 and self._lower(at) in _LINKS:
            at += 1
        return at > end and self._kind(at) is Kind.REFERENCE

    def _fits(self, draft: ThingDraft, phrase: NounPhrase) -> bool:
        same = draft.noun.lower() == phrase.noun.lower() or draft.noun.lower().endswith(f" {phrase.noun.lower()}")
        if not same or (phrase.colour and draft.colour and phrase.colour != draft.colour):
            return False
        return not (phrase.quantity.number and draft.number and phrase.quantity.number != draft.number)

    def _same(self, draft: ThingDraft, phrase: NounPhrase) -> ThingDraft | None:
        """The thing with the same description or reference, named again: "the flag of Chad … The flag of Chad is …"."""
        if not draft.of or not phrase.quantity.definite or self._follows_reference(phrase.end):
            return None
        return next(
            (d for d in self.drafts if isinstance(d, ThingDraft) and d.of == draft.of and d.noun == draft.noun), None
        )

    def _refine(self, draft: ThingDraft, phrase: NounPhrase) -> None:
        if phrase.colour is not None:
            self._paint(draft, phrase.colour)
        draft.size = phrase.size or draft.size
        draft.exact = draft.exact or phrase.quantity.exact
        draft.arrangement = draft.arrangement or phrase.quantity.arrangement
        if draft.number is None and phrase.quantity.number is not None:
            draft.number = phrase.quantity.number

    def _touch(self, draft: Draft) -> None:
        self._recent = [other for other in self._recent if other is not draft][-20:]
        self._recent.append(draft)

    def _mention(self, draft: Draft, *, existing: bool = False) -> None:
        """A thing or text is mentioned as (part of) what the clause is about."""
        if not existing:
            self.drafts.append(draft)
        self._touch(draft)
        for apply in self._pending:
            apply(draft)
        joins = self._joining and self._last == "noun" and self._group and not self._pending
        self._pending = []
        self._group = [*self._group, draft] if joins else [draft]
        self._subject = list(self._group)
        self._leading = [*[led for led in self._leading if led is not draft][-20:], draft]
        self._last, self._joining = "noun", False

    def _start_subject(self, drafts: list["Draft | GroundDraft"]) -> None:
        self._group, self._subject = list(drafts), list(drafts)
        for draft in drafts:
            if not isinstance(draft, GroundDraft):
                self._touch(draft)
        self._last = "noun"

    def _things_in(self, drafts: Sequence["Draft | GroundDraft"]) -> list[ThingDraft]:
        return [draft for draft in drafts if isinstance(draft, ThingDraft)]

    # ---- predicates ----------------------------------------------------------------------------------------------------

    def _predicate(self, here: int) -> int:
        """An adjective that stands alone: "The apple is red", "…, large, in the center"."""
        for words in (3, 2, 1):
            colour = self.phrases._colour(here, words)
            if colour is None:
                continue
            for draft in self._active():
                if isinstance(draft, GroundDraft):
                    self._set_backdrop(colour)
                elif isinstance(draft, ThingDraft):
                    self._paint(draft, colour)
                else:
                    draft.colour = draft.colour or colour
            return here + words
        word = self._lower(here)
        size = self.lexicon.sizes.get(word)
        for draft in self._active():
            if isinstance(draft, ThingDraft) and size is not None:
                draft.size = draft.size or size
            elif isinstance(draft, LetteringDraft):
                draft.large = True if size in {Size.LARGE, Size.HUGE} else draft.large
                draft.bold = True if word == "bold" else draft.bold
        return here + 1 if size is not None or word == "bold" else here


def _put(draft: Draft, place: Place) -> None:
    if draft.place is None:
        draft.place = place


def _calm(tokens: Sequence[Token]) -> Sequence[Token]:
    """A text that is wholly in capitals shouts nothing in particular: its words are read as ordinary ones."""
    words = [token for token in tokens if token.kind is Kind.WORD and len(token.text) > 1]
    if len(words) < 4 or sum(token.shouted for token in words) < 0.7 * len(words):
        return tokens
    return [
        Token(token.kind, token.text.lower(), token.start, token.end, token.lower, token.value, token.ordinals, token.joined)
        if token.kind is Kind.WORD
        else token
        for token in tokens
    ]
