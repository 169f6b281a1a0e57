"""Noun phrases: quantity, adjectives, and a noun that the inventory may know under a name of several words."""

from collections.abc import Callable
from dataclasses import dataclass, field

from genevolve.world.language.actions import verb_forms
from genevolve.world.language.inventory import InventoryEntry
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.materials import colour_of_material
from genevolve.world.language.model import Size
from genevolve.world.language.quantity import Quantities, Quantity
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_LONGEST = 8
FACE_TO_FACE = frozenset({"face to face", "nose to nose", "eye to eye", "beak to beak"})
_ONES = word_set("one ones")
_SHAPES = word_set("shape silhouette outline")
_COLOURED = word_set("coloured colored color colour")
_GROWN = word_set("tree trees leaf leaves bush nut shoot cone")
_EMPTY = word_set("gold silver glass stone")  # materials and colours that are nouns too: alone they tell nothing


@dataclass(slots=True)
class NounPhrase:
    """Tokens [start, end). ``noun`` is singular; ``known``: the inventory has it; ``proper``: it is a name as written."""

    start: int
    end: int
    quantity: Quantity
    noun: str = ""
    known: bool = False
    living: bool = False
    plural: bool = False
    proper: bool = False
    compound: bool = False  # a noun of several words that the inventory does not have: "fire hydrant"
    colour: str | None = None
    size: Size | None = None
    owner: str = ""  # "Brazil" of "Brazil's flag"
    which: str = ""  # of a thing that has to be found out
    modifiers: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The last word of the noun, in lower case."""
        return self.noun.lower().rpartition(" ")[2]

    @property
    def number(self) -> int | None:
        """How many; None for a vague quantity or an uncounted plural."""
        if self.quantity.number is not None:
            return self.quantity.number
        return None if self.quantity.vague or self.plural else 1


class NounPhrases:
    """``named``: what "a smaller one" is one of, in a free request: its noun, and whether it is living."""

    def __init__(self, words: Words, named: Callable[[], tuple[str, bool] | None] = lambda: None) -> None:
        self.words = words
        self._named_before = named
        self._quantities = Quantities(words)
        self._read: dict[int, NounPhrase | None] = {}

    def at(self, here: int, *, bare: bool = True) -> NounPhrase | None:
        """The noun phrase that starts at token ``here``.

        Without a determiner or number only nouns of the inventory and names count, and not even these if not ``bare``.
        """
        phrase = self._one_like_it(here)
        if phrase is not None:
            return phrase
        if here not in self._read:
            self._read[here] = self._phrase(here)
        phrase = self._read[here]
        if phrase is None or phrase.quantity.said:
            return phrase
        return phrase if bare and (phrase.known or phrase.proper or phrase.compound) else None

    def any_at(self, here: int) -> NounPhrase | None:
        """The noun phrase that starts at ``here``, with any noun and no determiner asked for."""
        phrase = self.at(here)
        return self._read.get(here, phrase)

    def _one_like_it(self, start: int) -> NounPhrase | None:
        """ "(a pumpkin between) two small ones", "a bigger one": a thing of the kind that was named before."""
        words = self.words
        named = self._named_before() if words.free else None
        if named is None:
            return None
        quantity, here = self._quantities.at(start)
        head = here
        while words.adjective(head) or words.has("comparatives", head):
            head += 1
        if head == here or words.lower(head) not in _ONES or not (quantity.article or quantity.number):
            return None
        if words.is_word(head + 1) and not words.has("stops", head + 1):
            return None
        noun, living = named
        phrase = NounPhrase(start=start, end=head + 1, quantity=quantity, noun=noun, known=True, living=living)
        phrase.quantity.another = True
        phrase.plural = words.lower(head) == "ones"
        self._describe(phrase, here, head)
        return phrase

    def _phrase(self, start: int) -> NounPhrase | None:
        if self.words.kind(start) is Kind.ASKED:
            token = self.words.tokens[start]
            quantity = Quantity(article=True)
            return NounPhrase(start=start, end=start + 1, quantity=quantity, noun=token.value, which=token.describes)
        quantity, here = self._quantities.at(start)
        if not quantity.said and self._imperative(here):
            return None
        end = self._run(here, quantity)
        if end <= here:
            return None
        phrase = NounPhrase(start=start, end=end, quantity=quantity)
        named = self._name_with_of(here, end)
        if named is not None:
            head, phrase.end, entry = named
            if entry is not None:
                self._name_known(phrase, head, entry)
            else:
                phrase.noun, phrase.compound = self.words.words(head, phrase.end), True
            self._describe(phrase, here, head)
            return phrase
        return self._named(phrase, here, end)

    def _imperative(self, here: int) -> bool:
        """ "Draw four camels": a verb, unless it begins the name of an object ("drinking glass")."""
        words = self.words
        if not words.has("verbs", here) and words.lower(here) not in words.lexicon.verb_forms:
            return False
        return not any(words.entry_of(words.words(here, here + length)) for length in (1, 2, 3))

    # ---- the row of words ------------------------------------------------------------------------------------

    def _run(self, start: int, quantity: Quantity) -> int:
        end = start
        while end - start < _LONGEST and not self._ends(start, end, quantity):
            end += 1
        return end

    def _ends(self, start: int, here: int, quantity: Quantity) -> bool:
        """Whether the adjectives and nouns that began at ``start`` end before ``here``."""
        words = self.words
        if words.kind(here) is Kind.COMMA:  # "a big, red apple"
            listed = here > start and words.adjective(here - 1) and words.adjective(here + 1)
            goes_on = words.is_word(here + 2) and not words.has("stops", here + 1) and not words.has("stops", here + 2)
            return not (listed and goes_on)
        if not words.is_word(here):
            return True
        if here > start and (words.joined(here - 1) or self._coloured(here)):
            return False
        if words.lower(here) == "and":  # "a black and white cat"
            pair = here > start and words.colour(here - 1, 1) and words.colour(here + 1, 1)
            return not (pair and words.is_word(here + 2) and not words.has("stops", here + 2))
        if words.free and here > start and self._ends_freely(here):
            return True
        if (
            words.has("stops", here)
            or words.compared(here)
            or (words.has("manner", here) and words.compared(here + 1))
            or self._phrase_begins(here)
        ):
            return True
        if here > start and (words.number(here) is not None or self._side_at_end(here) or self._under_water(here)):
            return True
        return here > start and self._verb(start, here, quantity)

    def _ends_freely(self, here: int) -> bool:
        """ "a cart | full of apples", "the whale | much bigger"."""
        words = self.words
        if words.lower(here) in {"full", "filled", "packed", "loaded", "stuffed"} and words.lower(here + 1) in {"of", "with"}:
            return True
        if words.words(here, here + 2) in {"instead of", "except for"} or words.words(here, here + 3) in FACE_TO_FACE:
            return True
        if words.lower(here) in {"half", "twice"} and words.lower(here + 1) in {"the", "as"}:
            return True
        at = here + words.has("manner", here)
        last = not words.is_word(at + 1) or words.has("stops", at + 1)
        return words.has("comparatives", at) and words.lower(at).endswith("er") and last

    def _coloured(self, here: int) -> bool:
        """ "a yellow coloured bus"."""
        words = self.words
        noun_follows = words.is_word(here + 1) and not words.has("stops", here + 1)
        return words.lower(here) in _COLOURED and words.colour(here - 1, 1) is not None and noun_follows

    def _phrase_begins(self, here: int) -> bool:
        words = self.words
        if words.has("text_verbs", here) and words.kind(here + 1) is Kind.QUOTE:
            return True
        if words.has("canvas", here - 1) and words.lexicon.styles.at(words.tokens, here) is not None:  # "the picture sepia"
            return True
        arrangement = words.lexicon.arrangements.at(words.tokens, here)
        if arrangement is not None and arrangement.end > here + 1:
            return True
        relation = words.lexicon.relations.at(words.tokens, here)
        return relation is not None and relation.end > here + 1

    def _side_at_end(self, here: int) -> bool:
        """ "a cherry blossom right in the middle": no noun follows."""
        words = self.words
        last = not words.is_word(here + 1) or words.has("stops", here + 1)
        return last and words.lower(here) in {"left", "right", "top", "bottom"}

    def _under_water(self, here: int) -> bool:
        """ "a shark underwater": no noun follows."""
        words = self.words
        return words.lower(here) == "underwater" and (not words.is_word(here + 1) or words.has("stops", here + 1))

    def _verb(self, start: int, here: int, quantity: Quantity) -> bool:
        """Whether the word after a noun is a verb: "a cat sits", "two dogs play"; not in "a washing machine"."""
        words = self.words
        if words.has("participles", here) and words.has("stops", here + 1):
            return True
        if not self._verb_form(start, here, quantity):
            return False
        if all(words.adjective(index) for index in range(start, here)) and not self._thing_by_itself(here, quantity):
            return False
        return not any(words.entry_of(words.words(first, here + 1)) for first in range(start, here))

    def _thing_by_itself(self, here: int, quantity: Quantity) -> bool:
        """ "an orange stands on the ground": the name of a colour that is a thing, too, with no noun behind it."""
        words = self.words
        return quantity.article and words.entry_of(words.lower(here - 1)) is not None and words.has("stops", here + 1)

    def _verb_form(self, start: int, here: int, quantity: Quantity) -> bool:
        words = self.words
        word = words.lower(here)
        if words.has("canvas", here) and words.lower(here + 1) == "of":  # "a crayon drawing of"
            return False
        if word in words.lexicon.verb_forms or words.has("text_verbs", here):
            return True
        ends = not words.is_word(here + 1) or words.has("stops", here + 1)
        acting = (word.endswith("ing") or (words.free and word in verb_forms())) and self._known_head(
            start, here
        ) is not None  # "waves crashing"
        done = word.endswith("ed") and ends and len(word) > 4
        if acting or done or word.endswith("ly"):
            return words.entry_of(word) is None
        if not words.has("verbs", here):
            return False
        several = (quantity.number or 1) > 1 or quantity.vague
        return several or words.singular_of(words.words(start, here)) is not None

    # ---- the noun --------------------------------------------------------------------------------------------

    def _name_with_of(self, start: int, end: int) -> tuple[int, int, InventoryEntry | None] | None:
        """A known name with "of" in it, at the end of the run: "two hot cups of coffee", "bunch of grapes"."""
        if self.words.lower(end) != "of":
            return None
        for head in range(start, end):
            for last in range(min(end + 4, len(self.words)), end + 1, -1):
                name = self.words.words(head, last)
                entry = self.words.entry_of(name)
                if entry is not None or name in self.words.lexicon.words["compounds"]:
                    return head, last, entry
        return None

    def _named(self, phrase: NounPhrase, here: int, end: int) -> NounPhrase | None:
        head = self._known_head(here, end)
        if head is None and self._shaped(phrase, here, end):
            return phrase
        if head is None:
            head = here
            while head < end - 1 and (self.words.adjective(head) or self.words.lower(head) in _COLOURED | {"and", ","}):
                head += 1
            if self.words.adjective(head):
                return None
        owner = self._owner(here, head, end)
        head = max(head, owner)
        phrase.compound = self._compound(head, end)
        entry = None if phrase.compound else self.words.entry_of(self.words.words(head, end))
        if entry is not None:
            self._name_known(phrase, head, entry)
        else:
            self._name_unknown(phrase, head)
        if entry is not None and self.words.free and head < end - 1 and self.words.lower(end - 1) not in _GROWN:
            # "a wooden spoon", and no "oak tree"
            phrase.colour = colour_of_material(self.words.lower(head))
        self._take_number_behind(phrase)
        if owner > here:
            phrase.owner = self._owner_name(here, owner)
            here = owner
            phrase.quantity.definite = True
        self._describe(phrase, here, head)
        return phrase

    def _shaped(self, phrase: NounPhrase, here: int, end: int) -> bool:
        """ "mountain shape": what has the shape."""
        words = self.words
        shaped = words.free and words.lower(end - 1) in _SHAPES
        head = self._known_head(here, end - 1) if shaped else None
        entry = words.entry_of(words.words(head, end - 1)) if head is not None else None
        if head is None or entry is None:
            return False
        phrase.noun, phrase.known, phrase.living = entry.noun, True, entry.living
        self._describe(phrase, here, head)
        return True

    def _take_number_behind(self, phrase: NounPhrase) -> None:
        """ "oranges 4, lemons 2": the number stands behind its noun."""
        words, at = self.words, phrase.end
        if not words.free or not phrase.known or phrase.quantity.said or words.kind(at) is not Kind.NUMBER:
            return
        number = words.number(at)
        if number and (not words.is_word(at + 1) or words.lower(at + 1) == "and"):
            phrase.quantity.number, phrase.end = number, at + 1

    def _known_head(self, here: int, end: int) -> int | None:
        """Where the longest known noun that ends the run begins."""
        for first in range(here, end):
            if not self.words.is_word(first):
                continue
            if self._compound(first, end):
                return first
            alone = first == here and end - first == 1 and self.words.lower(first) in _EMPTY
            if not alone and self.words.entry_of(self.words.words(first, end)) is not None:
                return first
        return None

    def _compound(self, first: int, end: int) -> bool:
        """A noun of several words that is not what its last word says: "baseball bat"."""
        name = self.words.words(first, end)
        compounds = self.words.lexicon.words["compounds"]
        return name in compounds or (self.words.singular_of(name) or "") in compounds

    def _owner(self, here: int, head: int, end: int) -> int:
        """The index after the last possessive of the run ("Burkina Faso's | flag"); ``here`` when there is none."""
        for index in range(end - 2, here - 1, -1):
            if self.words.lower(index).endswith("'s"):
                return index + 1
        return here

    def _owner_name(self, start: int, end: int) -> str:
        name = self.words.written(start, end)
        return name[:-2] if name.lower().endswith(("'s", "’s")) else name

    def _name_known(self, phrase: NounPhrase, head: int, entry: InventoryEntry) -> None:
        name = self.words.words(head, phrase.end)
        if name == "glasses" and (phrase.quantity.number or 1) > 1:  # three of them are for drinking
            entry = self.words.entry_of("glass") or entry
        phrase.noun, phrase.known, phrase.living = entry.noun, True, entry.living
        one_form = name == entry.noun or name in entry.also
        whole = self.words.free and phrase.start == 0 and phrase.end == len(self.words)
        phrase.plural = not one_form and self.words.singular_of(name) is not None
        if one_form and entry.living and entry.plural == name and not phrase.quantity.article and not whole:  # "moose" is one
            phrase.plural = not phrase.quantity.definite  # "sheep on a hill", but "the sheep"

    def _name_unknown(self, phrase: NounPhrase, head: int) -> None:
        words = self.words
        lower = words.words(head, phrase.end)
        singular = words.singular_of(lower)
        first = words.tokens[head]
        begins = words.kind(head - 1) in {None, Kind.STOP}  # where every word has a capital, so that more of them are asked for
        named = all(words.capitalised(index) for index in range(head, phrase.end)) and phrase.end > head + 1
        phrase.proper = first.capitalised and not first.shouted and (not begins or (named and not words.adjective(head)))
        if phrase.proper:
            phrase.noun = words.written(head, phrase.end)
        elif singular is not None and not phrase.quantity.article:
            phrase.noun, phrase.plural = singular, True
        else:
            phrase.noun = lower
        phrase.living = phrase.head in words.lexicon.words["people_words"]

    def _describe(self, phrase: NounPhrase, here: int, head: int) -> None:
        """Colour, size and other modifiers from the words [here, head) before the noun."""
        words = self.words
        colours_seen = 0
        first_colour = ""
        while here < head:
            if not words.is_word(here) or words.lower(here) in _COLOURED | {"and"}:
                here += 1
            elif found := words.longest_colour(here, head):
                colour, end = found
                worn = words.joined(end - 1) and end < head  # "red-haired"
                colours_seen += 0 if worn else 1
                if colours_seen == 1 and not worn:
                    phrase.colour, first_colour = colour, words.written(here, end)
                elif not worn:  # "black and white" is no one colour
                    phrase.colour = None
                    phrase.modifiers.append(f"{first_colour} and {words.written(here, end)}")
                if worn:
                    phrase.modifiers.append(words.written(here, end + 1))
                here = end + worn
            elif words.joined(here) and here + 1 < head:  # "cone-shaped"
                phrase.modifiers.append(words.written(here, here + 2))
                here += 2
            else:
                self._modify(phrase, here)
                here += 1

    def _modify(self, phrase: NounPhrase, here: int) -> None:
        size = self.words.size(here)
        if size is not None:
            phrase.size = size
        elif self.words.free and phrase.colour is None and (shown := colour_of_material(self.words.lower(here))) is not None:
            phrase.colour = shown
        elif not self.words.has("manner", here):
            phrase.modifiers.append(self.words.tokens[here].text)
