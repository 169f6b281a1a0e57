"""The prompt-reference program and the named rules that make it valid."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

ORDINALS = ("first", "second", "third", "fourth", "fifth")
MIN_PROMPT_WORDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A chosen reference: the id it had in the episode, and what to copy from it."""

    img_id: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """z = (g, R): a generation prompt and an ordered, small list of references."""

    prompt: str
    references: tuple[Selection, ...] = ()


class Rule(StrEnum):
    EMPTY_PROMPT = "empty_prompt"
    UNDERSPECIFIED_PROMPT = "underspecified_prompt"
    TOO_MANY_REFERENCES = "too_many_references"
    UNKNOWN_REFERENCE = "unknown_reference"
    DUPLICATE_REFERENCE = "duplicate_reference"
    UNSORTED_REFERENCES = "unsorted_references"
    MISSING_ORDINAL = "missing_ordinal"
    DANGLING_ORDINAL = "dangling_ordinal"
    ORDINAL_ORDER = "ordinal_order"
    LEAKED_ID = "leaked_id"
    LEAKED_URL = "leaked_url"
    LEAKED_PATH = "leaked_path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A broken rule and what exactly breaks it, worded for the author of the program."""

    rule: Rule
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalPhrase:
    """A mention such as "the second reference image": 1-based ordinal and the span it takes in the text."""

    ordinal: int
    start: int
    end: int


_ORDINAL_WORD = "|".join((*ORDINALS, "1st", "2nd", "3rd", "4th", "5th"))
_REFERENCE_NOUN = r"(?:reference(?:[ -](?:images?|pictures?|photos?))?|(?:input|attached|provided)[ -]images?|images?)s?"
_ORDINAL_PHRASE = re.compile(
    rf"\b(?P<words>(?:{_ORDINAL_WORD})"
    rf"(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:the\s+)?(?:{_ORDINAL_WORD})){{0,8}})"  # bounded: linear on "first, first, …"
    rf"\s+{_REFERENCE_NOUN}\b",
    re.IGNORECASE,
)
_ONE_ORDINAL = re.compile(rf"\b(?:{_ORDINAL_WORD})\b", re.IGNORECASE)
_NUMBERED_PHRASE = re.compile(r"\breference(?:[ -]image)?\s*#?\s*(?P<number>[1-9])\b", re.IGNORECASE)
_LEAKED_ID = re.compile(r"\bIMG_\d+\b", re.IGNORECASE)
_LEAKED_URL = re.compile(r"\b(?:https?|ftp|file|data)://?\S+|\bwww\.\S+|\bdata:image/\S+", re.IGNORECASE)
_LEAKED_PATH = re.compile(
    r"(?<![\w/])(?:~|\.{1,2})?(?:/[\w.@-]+){2,}|\b[A-Za-z]:\\\S+|\b[\w-]+/[\w./-]*\.(?:png|jpe?g|webp|gif|bmp|svg)\b"
    r"|\b[\w-]+\.(?:png|jpe?g|webp|gif|bmp|svg)\b",
    re.IGNORECASE,
)


def ordinal_number(word: str) -> int:
    """1 for "first" or "1st", and so on up to five."""
    lowered = word.lower()
    return ORDINALS.index(lowered) + 1 if lowered in ORDINALS else int(lowered[0])


def ordinal_phrases(prompt: str) -> tuple[OrdinalPhrase, ...]:
    """Every mention of a reference by ordinal, in order of appearance ("the first and second reference images" is two)."""
    return tuple(sorted(_mentions(prompt), key=lambda mention: (mention.start, mention.ordinal)))


def _mentions(prompt: str) -> Iterator[OrdinalPhrase]:
    for phrase in _ORDINAL_PHRASE.finditer(prompt):
        for word in _ONE_ORDINAL.finditer(phrase["words"]):
            yield OrdinalPhrase(ordinal=ordinal_number(word[0]), start=phrase.start(), end=phrase.end())
    for phrase in _NUMBERED_PHRASE.finditer(prompt):
        yield OrdinalPhrase(ordinal=int(phrase["number"]), start=phrase.start(), end=phrase.end())


def faults(program: Program, *, known_ids: Sequence[str], max_references: int) -> tuple[Fault, ...]:
    """Every rule that ``program`` breaks, given the ids that this episode has handed out. Nothing is repaired."""
    return (*_prompt_faults(program.prompt), *_reference_faults(program, known_ids, max_references), *_binding_faults(program))


def _prompt_faults(prompt: str) -> Iterator[Fault]:
    words = re.findall(r"\w+", prompt)
    if not words:
        yield Fault(rule=Rule.EMPTY_PROMPT, detail="gen_prompt is empty")
    elif len(words) < MIN_PROMPT_WORDS:
        yield Fault(
            rule=Rule.UNDERSPECIFIED_PROMPT,
            detail=f"gen_prompt has {len(words)} words; describe the whole image in at least {MIN_PROMPT_WORDS}",
        )
    for rule, pattern, what in (
        (Rule.LEAKED_ID, _LEAKED_ID, "an image id"),
        (Rule.LEAKED_URL, _LEAKED_URL, "a URL"),
        (Rule.LEAKED_PATH, _LEAKED_PATH, "a file path"),
    ):
        text = _LEAKED_URL.sub(" ", prompt) if rule is Rule.LEAKED_PATH else prompt
        if leak := pattern.search(text):
            yield Fault(
                rule=rule, detail=f"gen_prompt contains {what}, {leak[0][:80]!r}; name references by ordinal phrases only"
            )


def _reference_faults(program: Program, known_ids: Sequence[str], max_references: int) -> Iterator[Fault]:
    ids = [selection.img_id for selection in program.references]
    if len(ids) > max_references:
        yield Fault(
            rule=Rule.TOO_MANY_REFERENCES, detail=f"{len(ids)} references are selected; at most {max_references} are allowed"
        )
    known_places = {img_id: place for place, img_id in enumerate(known_ids)}
    for img_id, times in Counter(ids).items():
        if img_id not in known_places:
            shown = f"this episode returned {known_ids[0]} to {known_ids[-1]}" if known_ids else "no image was returned yet"
            yield Fault(rule=Rule.UNKNOWN_REFERENCE, detail=f"{img_id[:80]!r} is unknown: {shown}")
        if times > 1:
            yield Fault(rule=Rule.DUPLICATE_REFERENCE, detail=f"{img_id[:80]!r} is selected {times} times")
    known = [known_places[img_id] for img_id in ids if img_id in known_places]
    if known != sorted(known):
        yield Fault(
            rule=Rule.UNSORTED_REFERENCES,
            detail=f"reference_images must be sorted by img_id; they came as {', '.join(ids)[:200]}",
        )


def _binding_faults(program: Program) -> Iterator[Fault]:
    mentioned = list(dict.fromkeys(mention.ordinal for mention in ordinal_phrases(program.prompt)))
    count = len(program.references)
    for ordinal in range(1, min(count, len(ORDINALS)) + 1):
        if ordinal not in mentioned:
            phrase = f"the {ORDINALS[ordinal - 1]} reference image"
            yield Fault(
                rule=Rule.MISSING_ORDINAL,
                detail=f"gen_prompt never says what to take from {program.references[ordinal - 1].img_id[:80]}: "
                f"write {phrase!r} where it belongs",
            )
    for ordinal in mentioned:
        if ordinal > count:
            yield Fault(
                rule=Rule.DANGLING_ORDINAL,
                detail=f"gen_prompt names reference image number {ordinal}, but only {count} are selected",
            )
    if mentioned != sorted(mentioned):
        yield Fault(
            rule=Rule.ORDINAL_ORDER,
            detail=f"gen_prompt names the references in the order {mentioned}; introduce them in the order of reference_images",
        )
