"""Nouns as free requests have them: a name that comes first, a part with a colour of its own, a verb that looks like a noun."""

from collections.abc import Sequence

from genevolve.core.claim import Direction
from genevolve.world.language import inventory
from genevolve.world.language.discourse import Discourse, objects_in
from genevolve.world.language.drafts import ObjectDraft
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import Span
from genevolve.world.language.phrases import NounPhrase, NounPhrases
from genevolve.world.language.scenic import clause_at, sets_scene
from genevolve.world.language.tokens import Kind
from genevolve.world.language.words import Words

_WORN = word_set(
    "beard moustache mustache glasses sunglasses eyeglasses goggles scarf tie necklace earrings gloves boots shoes socks dress "
    "coat jacket shirt backpack wig ponytail freckles bikini swimsuit skirt belt"
)
_POINTING = word_set("pointing points facing going that which to the towards")
SHADES = word_set("colour colours color colors shade shades")
_DIFFERENT = word_set("different various assorted varied differing mixed")
_QUALITIES = word_set(
    "sizes heights lengths widths kinds types breeds ages shapes flavours flavors sorts varieties styles species"
)
_RESTING = word_set("leaning leans leant leaned standing stands sitting sits perched resting balanced")
_RANGES = word_set("mountains hills woods dunes")
_RATHER_NOUNS = frozenset({"coral", "salmon"})


def read_pictogram(words: Words, discourse: Discourse, here: int) -> int:
    """ "three 🎈": an emoji is the object that it shows."""
    entry = inventory.depicted(words.tokens[here].value)
    if entry is None:
        return here + 1
    end = here + 1
    while words.kind(end) is Kind.PICTOGRAM and words.tokens[end].value == words.tokens[here].value:
        end += 1
    named = objects_in(discourse.group)
    if named and named[-1].noun == entry.noun:  # "a dog 🐶" is one dog
        return end
    span = Span(start=words.tokens[here].start, end=words.tokens[end - 1].end)
    number = words.number(here - 1) if words.free and end == here + 1 else None
    if number is not None:
        span = Span(start=words.tokens[here - 1].start, end=span.end)
    draft = ObjectDraft(noun=entry.noun, span=span, number=number or end - here, known=True, living=entry.living)
    discourse.joining = True
    discourse.mention([draft])
    return end


def second_colour(words: Words, phrase: NounPhrase) -> bool:
    """ "dark grey and orange": no fruit."""
    joined = words.lower(phrase.start - 1) == "and" and words.colour(phrase.start - 2, 1) is not None
    return words.free and joined and not phrase.quantity.said and not words.is_word(phrase.end)


def of_shades(words: Words, phrase: NounPhrase) -> bool:
    """ "2 colours only": how the image is made, and no things."""
    return words.free and phrase.head in SHADES


def read_prohibition(words: Words, discourse: Discourse, here: int) -> int:
    """ "a no smoking sign": the sign by that name."""
    end = prohibition(words, here)
    if end > here:
        span = Span(start=words.tokens[here].start, end=words.tokens[end - 1].end)
        discourse.mention([ObjectDraft(noun=words.words(here, end - 1), span=span)])
    return end


def read_part(words: Words, phrases: NounPhrases, discourse: Discourse, here: int) -> int:
    """ "a bicycle with pizzas for wheels", "a mouse as the chef": what something stands for, which no pictogram shows."""
    named = objects_in(discourse.group)
    lead = words.lower(here)
    if not words.free or lead not in {"for", "as"} or not named:
        return here
    phrase = phrases.any_at(here + 1)
    part = phrase is not None and lead == "for" and words.has("features", phrase.end - 1) and not phrase.quantity.said
    acted = phrase is not None and lead == "as" and phrase.living and phrase.quantity.said and named[-1].living
    if phrase is None or not (part or acted):
        return here
    named[-1].modifiers.append(words.written(here, phrase.end))
    return phrase.end


def prohibition(words: Words, here: int) -> int:
    """The end of "no smoking sign", "no entry": a sign by that name; ``here`` where it is none."""
    if not words.free or words.lower(here) != "no":
        return here
    end = next((at for at in range(here + 2, here + 4) if words.lower(at) in {"sign", "symbol"}), here)
    return end + 1 if end > here and all(words.is_word(at) for at in range(here, end)) else here


def pointed(words: Words, phrase: NounPhrase) -> int:
    """ "an arrow pointing up", "an arrow to the left": which arrow it is. The end of these words."""
    at = words.after(phrase.end, _POINTING, most=5)
    heads = words.lower(at).removesuffix("wards").removesuffix("ward")
    if not words.free or phrase.noun != "arrow" or (at == phrase.end and heads not in {"up", "down"}):
        return phrase.end
    if heads not in {"up", "down", "left", "right"} or words.lower(at + 1) in {"of", "corner", "side"}:
        return phrase.end
    phrase.noun, phrase.known = f"{heads} arrow", False
    return at + 1


def hanging(words: Words, phrase: NounPhrase, objects: Sequence[ObjectDraft]) -> list[ObjectDraft]:
    """Of ``objects`` what hangs: "a clock on the wall", and nobody who sits on it or what leans on it."""
    on = words.lower(phrase.start - 1) == "on" and words.lower(phrase.start - 2) not in _RESTING
    return [obj for obj in objects[-1:] if not obj.living] if on and phrase.head in {"wall", "walls"} else []


def is_verb(words: Words, here: int) -> bool:
    """ "birds that fly": no insect."""
    return words.free and words.lower(here - 1) in {"that", "who", "which"} and words.has("verbs", here)


def name_first(words: Words, phrases: NounPhrases, here: int) -> NounPhrase | None:
    """ "Mars to the left of Venus": a name that begins the request, before a relation."""
    if not words.free or here != 0 or not words.capitalised(here):
        return None
    phrase = phrases.any_at(here)
    tied = phrase is not None and (
        words.lexicon.relations.at(words.tokens, phrase.end) is not None or words.lower(phrase.end) in {"and", "with"}
    )
    if phrase is None or not tied or phrase.known:
        return None
    phrase.noun, phrase.proper, phrase.plural = words.written(phrase.start, phrase.end), True, False
    return phrase


def place_first(words: Words, phrases: NounPhrases, here: int) -> NounPhrase | None:
    """ "Kitchen with a stove", "snowy village at night": a bare place that begins the request; or "…, foggy street"."""
    if words.free and here > 0 and sets_scene(clause_at(words, here)):
        place = phrases.any_at(here)
        return place if place is not None and words.is_place(place.end - 1) else None
    phrase = phrases.any_at(here) if words.free and here == 0 else None
    if phrase is not None and not phrase.quantity.said and words.lower(phrase.end - 1) in _RANGES and phrase.modifiers:
        return phrase  # "misty mountains, …"
    if phrase is None or phrase.known or phrase.quantity.said or not words.is_place(phrase.end - 1):
        return None
    return phrase


def take_feature(words: Words, phrase: NounPhrase, objects: Sequence[ObjectDraft]) -> bool:
    """ "a house with a red roof", "a man with a beard": said of the latest of ``objects``; the roof is not the house."""
    part = words.has("features", phrase.end - 1) and not (phrase.known or phrase.compound)
    before = words.lower(phrase.start - 1)
    if not words.free or not objects or before not in {"with", "and"}:
        return False
    worn = objects[-1].living and phrase.head in _WORN and (before == "with" or bool(objects[-1].modifiers))
    if not worn and not (part and before == "with"):
        return False
    objects[-1].modifiers.append(words.written(phrase.start, phrase.end))
    return True


def holder_of(words: Words, phrase: NounPhrase, discourse: Discourse) -> ObjectDraft | None:
    """ "a basket with apples and pears": what holds both."""
    before, named = words.lower(phrase.start - 1), objects_in(discourse.group)
    relation = words.lexicon.relations.at(words.tokens, phrase.end)
    beside = relation is not None and relation.meaning is not Direction.INSIDE and words.lower(relation.end) in {"it", "them"}
    if beside or words.words(phrase.end, phrase.end + 2) == "on top":  # "plates with a teapot on top", "… next to them"
        return None
    if not words.free or not named or named[-1].noun.split()[-1] not in words.lexicon.words["containers"]:
        return None
    held = sum((Direction.INSIDE, (named[-1],)) in obj.links for obj in discourse.objects)
    listed = before == "and" or (words.kind(phrase.start - 1) is Kind.COMMA and phrase.quantity.said)
    more = listed and held > 0 and not phrase.living and (phrase.number != 1 or held > 1)
    return named[-1] if before == "with" or more else None


def put_in(drafts: Sequence[ObjectDraft], holder: ObjectDraft) -> None:
    for draft in drafts:
        draft.links.append((Direction.INSIDE, (holder,)))
        draft.grounded = True


def colour_as_noun(words: Words, here: int) -> ObjectDraft | None:
    """ "a turtle and coral": the coral, where no noun follows and no other colour stands beside it."""
    joined = words.lower(here - 1) in {"and", "with", "of"} and words.colour(here - 2, 1) is None
    if not words.free or not joined or (words.is_word(here + 1) and not words.has("stops", here + 1)):
        return None
    entry, token = words.entry_of(words.lower(here)), words.tokens[here]
    if entry is None and token.lower not in _RATHER_NOUNS:
        return None
    span = Span(start=token.start, end=token.end)
    noun = entry.noun if entry is not None else token.lower
    return ObjectDraft(noun=noun, span=span, known=entry is not None, living=entry is not None and entry.living)


def differing(words: Words, here: int) -> int:
    """The end of "different colours" that begins at ``here``; ``here`` where it does not."""
    at = here + (words.lower(here) == "all")
    told = words.free and words.lower(at) in _DIFFERENT and words.lower(at + 1) in SHADES | _QUALITIES
    return at + 2 if told else here
