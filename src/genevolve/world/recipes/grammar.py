"""A tiny template language: ``[this|that|]`` chooses (nesting allowed, empty means "leave out"), ``{slot}`` fills in.

Slots are filled after the choices are made, so that no bracket inside a title or a name is ever read as a choice.
"""

import re
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")


def expand(template: str, random: Random, **slots: str) -> str:
    """One reading of ``template``. Raises ``KeyError`` naming a slot that was not given."""
    while choice := _CHOICE.search(template):
        template = template[: choice.start()] + random.choice(choice[1].split("|")) + template[choice.end() :]
    return normalized(_SLOT.sub(lambda slot: slots[slot[1]], template))


def readings(template: str) -> int:
    """How many different texts ``template`` can give, for measuring variety (equal readings are counted apart)."""
    total, product = 0, 1
    stack: list[tuple[int, int]] = []
    for char in template:
        if char == "[":
            stack.append((product, total))
            product, total = 1, 0
        elif char == "|" and stack:
            total, product = total + product, 1
        elif char == "]":
            inner = total + product
            outer_product, total = stack.pop()
            product = outer_product * inner
    return product


def normalized(text: str) -> str:
    """Spaces as a careful writer sets them."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([,.;:?!])(?!\w)", r"\1", text)  # but not the space before ".fr"
    return re.sub(r",+([,.;:?!])(?!\w)", r"\1", text)


def article(noun_phrase: str) -> str:
    """``noun_phrase`` with "a" or "an"; goes by sound where spelling misleads ("a unicorn", "an hourglass")."""
    first = noun_phrase.split()[0].lower()
    vowel = first[0] in "aeio" or (first[0] == "u" and not re.match(r"u(?:ni|ku|se|ti)", first))
    vowel = (vowel and not re.match(r"eu|one\b|once\b", first)) or re.match(r"hour|honest|heir|x-ray|sos\b", first) is not None
    return f"{'an' if vowel else 'a'} {noun_phrase}"


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(parts: list[str]) -> str:
    """ "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
