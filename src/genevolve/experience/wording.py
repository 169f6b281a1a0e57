"""What a bullet may say: an instruction, of the right length, in the language of actions, about no particular request.

Names are not looked up in a list. A bullet is general when it has no capitals inside a sentence, no identifiers, and shares
with its source (the request, the titles and names that were found) only words that belong to guidance as such.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from genevolve.protocol.escape import one_line, unescape

MIN_WORDS, MAX_WORDS = 12, 22
_TOKEN = re.compile(r"[^\W_]+(?:[-'’_][^\W_]+)*")
_CONDITIONS = frozenset(
    ("after", "as", "before", "during", "for", "if", "in", "once", "unless", "until", "when", "whenever", "where", "with")
)
_ADVERBS = frozenset(
    (
        "always",
        "carefully",
        "deliberately",
        "directly",
        "explicitly",
        "first",
        "immediately",
        "instead",
        "never",
        "only",
        "then",
    )
)
_NEGATIONS = ("do not", "don't", "don’t")
_REPORT = re.compile(
    r"\b(?:trajector(?:y|ies)|rollouts?|rewards?|kscore"
    r"|the (?:best|worst|winning|losing|better|worse) (?:attempt|run|one|agent|episode)"
    r"|the (?:agent|policy|student|teacher|model) (?:should|must|did|was|has|had)"
    r"|(?:was|were) (?:not )?(?:better|worse|used|missing|wrong))\b",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(
    r"\bIMG_\d+|https?:|www\.|\b[\w-]+\.(?:png|jpe?g|webp|gif|svg|com|org|net)\b|[0-9a-f]{16,}|\b\d{4,}\b", re.IGNORECASE
)
_ENDINGS = (
    *(("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", "")),
    *(("er", ""), ("est", "")),
)
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]*)[\"“”«»]")
_SENTENCE_END = re.compile(r"[.!?:]\s*[\"”»)]*\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The words of a source that no bullet may repeat, in lower case. None of them is general."""

    words: frozenset[str] = frozenset()


def tokens(text: str) -> list[str]:
    """Words as people count them: "top_k" and "cross-check" are one word each."""
    return _TOKEN.findall(text)


def names_of(texts: Iterable[str], quoted: Iterable[str] = ()) -> Names:
    """The telling words of a source: every word of ``texts`` that is not general, and the capitalised ones of ``quoted``.

    ``texts`` are the request and the titles that were found; ``quoted`` is running text (snippets, prompts), of which a
    lower-case word says nothing about what it names.
    """
    telling = {word.lower() for text in texts for word in tokens(text)}
    telling |= {word.lower() for text in quoted for word in tokens(text) if word[:1].isupper() or not word.isascii()}
    return Names(words=frozenset(word for word in telling if not is_general(word)))


def faults_of(text: str, names: Names) -> Iterator[str]:
    """Everything that is wrong with ``text`` as a bullet, each in words that its author can act on."""
    count = len(tokens(text))
    if not MIN_WORDS <= count <= MAX_WORDS:
        yield f"it has {count} words; a bullet has {MIN_WORDS} to {MAX_WORDS}"
    if not is_instruction(text):
        yield "it is not an instruction: begin with a verb (“Search …”, “Never select …”), or with a condition and then a verb"
    if report := _REPORT.search(text):
        yield f"it reports on what happened (“{report[0]}”); say what to do instead"
    yield from particular(text, names)


def particular(text: str, names: Names) -> Iterator[str]:
    """What ties ``text`` to one request: names, identifiers, and words of that request."""
    if found := _IDENTIFIER.search(text):
        yield f"it holds the identifier “{found[0]}”"
    if named := list(_capitals(text)):
        yield f"it names {', '.join(f'“{word}”' for word in named[:4])}; write about the kind of thing, without capitals"
    words = [word.lower() for word in tokens(text)]
    if shared := list(dict.fromkeys(word for word in words if _roots(word) & names.words or word in names.words)):
        yield f"it repeats {', '.join(f'“{word}”' for word in shared[:4])} from its source; write about the kind of thing"
    for quote in _QUOTED.findall(text):
        if odd := [word for word in tokens(quote) if not is_general(word)]:
            yield f"it quotes “{odd[0]}”"
    if one_line(text) != text.strip() and unescape(one_line(text)) != text.strip():
        yield "it holds line breaks or invisible characters"


def _capitals(text: str) -> Iterator[str]:
    """Capitalised words that do not open a sentence with a general word, and words of other scripts."""
    for found in _TOKEN.finditer(text):
        word = found[0]
        opening = found.start() == 0 or _SENTENCE_END.search(text[: found.start()])
        if not any(letter.isupper() for letter in word):
            if any(letter.isalpha() and not letter.isascii() for letter in word):
                yield word
        elif not (opening and word[1:].islower() and (is_general(word) or word.lower() in _CONDITIONS)) and not (
            opening and len(word) == 1
        ):
            yield word


def is_instruction(text: str) -> bool:
    """Whether a verb in its base form leads, at once or after a condition that a comma ends."""
    lowered = text.strip().lower()
    first = (tokens(lowered) or [""])[0]
    if first in _CONDITIONS:
        return any(_leads(part) for part in lowered.split(",")[1:])
    return _leads(lowered)


def _leads(clause: str) -> bool:
    clause = clause.strip()
    for negation in _NEGATIONS:
        clause = clause.removeprefix(f"{negation} ")
    words = tokens(clause)
    while words and words[0] in _ADVERBS:
        words = words[1:]
    return bool(words) and words[0] in _lists()["verbs"]


def is_general(word: str) -> bool:
    return bool(_roots(word.lower()) & _lists()["general"])


def _roots(word: str) -> set[str]:
    """The word and what it may be a form of. Wrong guesses do no harm: they are no words."""
    word = word.replace("’", "'").removesuffix("'s")
    roots = {word}
    for suffix, fixed in _ENDINGS:
        if word.endswith(suffix) and len(word) - len(suffix) >= 2:
            stem = word.removesuffix(suffix) + fixed
            roots |= {stem, stem[:-1]} if stem[-2:-1] == stem[-1:] else {stem}
    if "-" in word:
        roots |= {word.replace("-", "")}
    return roots


@cache
def _lists() -> dict[str, frozenset[str]]:
    """Verbs, and general words: our own list, and those of the skills without their examples."""
    raw = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    verbs = frozenset(raw["verbs"]["base"].split())
    general = {word for group in raw["general"].values() for word in group.split()}
    skills = files("genevolve.skills")
    for skill in skills.iterdir():
        if skill.name.endswith(".md"):
            advice = skill.read_text(encoding="utf-8").partition("Example")[0]
            general |= {word.lower() for word in tokens(_QUOTED.sub(" ", advice))}
    return {"verbs": verbs, "general": frozenset(general | verbs)}
