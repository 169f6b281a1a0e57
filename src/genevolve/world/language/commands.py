"""What a change wishes, clause by clause, and as plain commands: "the cup should be blue" is "make the cup blue"."""

import re

from genevolve.world.language.reader import read
from genevolve.world.language.vocabulary import Vocabulary

_LEAD = re.compile(
    r"^\s*(?:(?:please|ok|okay|now|and|but|then|also|this time|(?:can|could|would|will) you(?: please)?"
    r"|i(?:'d| would) like|i want|let's|let us"
    r"|(?:(?:exactly )?the )?same(?: (?:picture|image|scene|one|thing|again))?(?: as before)?"
    r"|keep (?:everything|it|all)(?: else)?(?: the same| as it is)?"
    r"|everything else (?:stays|the same)|just|only|instead)\b[\s,:;]*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,]+(?:please|instead|now|this time|too|as well|again|in(?:to)? (?:it|the picture|the image|the scene))$", re.I
)
_PARTS = re.compile(r"\s*(?:[.;!]\s+|,\s*and\s+|,\s*but\s+|,\s+|\s+and\s+|\s+but\s+)", re.IGNORECASE)
_SHOULD = r"(?:should|must|shall|has to|have to|needs? to|ought to)(?: now| also| all)?"
_THE = r"(?:(?:all|both) )?(?:of )?(?:the|its|his|her|their)"
_WHERE = (
    r"(?:on|in|at|to|onto|inside|above|over|below|under|beside|next to|behind|near|between|left of|right of|to the \w+ of"
    r"|in front of)\b"
)
_COMPARED = r"(?:bigger|larger|taller|smaller|closer|nearer|farther|further|darker|brighter|lighter)"
_ONE = r"(?:an?|some|two|three|four|five|\d+)"
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE), command)
    for pattern, command in (
        (rf"\b(?:a (?:bit|little|lot)|slightly|much|somewhat|even) (?={_COMPARED}\b)", ""),
        (rf"^(?:can|could|may|might) (?P<x>{_THE} .+?|it|there) be\b", r"\g<x> should be"),
        (rf"^there {_SHOULD} be ", ""),
        (rf"^(?:it|everything|the (?:picture|image|scene)) {_SHOULD} (?:be|become) ", "make it "),
        (rf"^(?P<x>{_THE} .+?) {_SHOULD} (?:have|wear|hold|carry|get) (?P<y>{_ONE} )", r"give \g<x> \g<y>"),
        (rf"^(?P<x>{_THE} .+?) {_SHOULD} (?:be|stand|sit|lie|go|come) (?P<y>{_WHERE} (?:the|an?|each) )", r"move \g<x> \g<y>"),
        (rf"^(?P<x>{_THE} .+?) {_SHOULD} (?:be|stand|sit|lie|come) (?P<y>{_COMPARED})", r"make \g<x> \g<y>"),
        (rf"^(?P<x>{_THE} .+?) (?:{_SHOULD} (?:be|become|turn|get)|becomes?|turns|gets) (?!read)", r"make \g<x> "),
        (rf"^(?:move|bring|put|make|set) (?P<x>{_THE} .+?) (?:closer|nearer) to ", r"move \g<x> next to "),
        (rf"^(?:move|bring|put|make|set) (?P<x>{_THE} .+?) (?:closer|nearer)$", r"make \g<x> bigger"),
        (rf"^(?:move|put|make|set|bring) (?P<x>{_THE} .+?) (?:farther|further)(?: away)?$", r"make \g<x> smaller"),
        (rf"^(?:make|turn) (?P<x>{_THE} .+?) (?:into )?(?P<y>an? (?!{_COMPARED}))", r"replace \g<x> with \g<y>"),
    )
)


def as_command(clause: str) -> str:
    """``clause`` as a command where it wishes the same; else as it is."""
    for pattern, command in _FORMS:
        clause = pattern.sub(command, clause, count=1)
    return clause


def clauses(wish: str, vocabulary: Vocabulary) -> list[str]:
    """The parts of a change that say something of their own; "red and white" stays one."""
    quotes = re.findall(r'"[^"]*"|“[^”]*”', wish)
    veiled = wish.strip()
    for number, quote in enumerate(quotes):
        veiled = veiled.replace(quote, f"§{number}§", 1)
    parts: list[str] = []
    for part in _PARTS.split(veiled.rstrip(" .!?")):
        bare = _TAIL.sub("", _LEAD.sub("", part)).strip(" ,")
        if parts and parts[-1].lower().startswith("give ") and re.match(r"the .+ an? \w", bare, re.IGNORECASE):
            bare = f"give {bare}"  # "give the man a hat and the woman an umbrella"
        if parts and bare and not _stands_alone(bare, vocabulary):
            parts[-1] = f"{parts[-1]} and {bare}"
        elif bare:
            parts.append(bare)
    return [re.sub(r"§(\d+)§", lambda found: quotes[int(found[1])], part) for part in parts]


def _stands_alone(part: str, vocabulary: Vocabulary) -> bool:
    if re.match(
        r"(?:make|put|move|give|add|remove|replace|swap|change|turn|paint|with|without|no|draw|show|use|on|in|at|under)\b",
        part,
        re.I,
    ):
        return True
    seen = read(part, vocabulary)
    return bool(seen.objects or seen.texts or seen.background or seen.light or seen.style or "§" in part)
