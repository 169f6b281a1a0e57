"""Pictures beside the entries of a list: "menu: tea £2, cake £3, with a little picture next to each one"."""

import re
from dataclasses import replace

from genevolve.world.language.form_lines import FormMatch, FormSlot, span_of
from genevolve.world.language.form_sentence import pictured
from genevolve.world.language.inventory import lookup, singular_of
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.vocabulary import Vocabulary

_ONE = r"(?:little |small |tiny |simple |cute )*(?:pictures?|icons?|drawings?|images?|illustrations?|doodles?)"
ASKED = (
    r"(?:[,.;]?\s*(?:(?:and|please|also|then|maybe)\s+)*(?:(?:with|put|add|include|draw|have|place)\s+)+(?:an?\s+|the\s+|some\s+)?"
    rf"{_ONE}(?:\s+(?:next to|beside|alongside|of|for|by|with|near)\s+(?:each|every|all|them|it)"
    r"(?:\s+(?:one|item|items|dish|thing|entry|of them|of these|food|drink))?)?(?=\s*(?:[,.;!]|$|please\b)))"
)
_ALIKE = word_set("cake juice soup salad pie sandwich pizza bread cookie burger wine beer milkshake smoothie muffin cupcake")
_ASKED = re.compile(ASKED, re.IGNORECASE)
_EACH = re.compile(r"\b(?:illustrated|picture) (?:menu|price list|list|shopping list)\b", re.IGNORECASE)


def illustrated(plain: str, found: FormMatch) -> FormMatch:
    """The list ``found`` with a picture of each entry, where ``plain`` asks for pictures; a grey shape for what cannot be
    drawn."""
    asked = _ASKED.search(plain, max((slot.span.end for slot in found.slots), default=0)) or _EACH.search(plain)
    if asked is None or found.form is None:
        return found
    slots = tuple(_with_picture(slot) for slot in found.slots)
    words = found.form.words | frozenset(re.findall(r"[^\W_]+", asked[0].lower()))
    return replace(found, form=replace(found.form, words=words), slots=slots, masked=(*found.masked, span_of(asked)))


def _with_picture(slot: FormSlot) -> FormSlot:
    """By the whole name, else by its last word where that looks the same whatever it is made with: a carrot cake is a cake."""
    noun, colour = pictured(slot.lines[0].content.lower()) if slot.lines else ("", None)
    last = noun.rpartition(" ")[2]
    entry = lookup(noun, Vocabulary.ICONS) or (lookup(last, Vocabulary.ICONS) if _ALIKE & {last, singular_of(last)} else None)
    return replace(slot, picture=noun if entry is None else entry.noun, colour=colour)
