"""What a card says between commas beside its particulars: "costumes required", "bring your own mat", "everything must go"."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.world.language import colours
from genevolve.world.language.form_lines import FormLine
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.vocabulary import Vocabulary

_PART = re.compile(r"[^,.;:!?\n\x00()\"“”]+")
_OF_THE_IMAGE = word_set(
    """
    background backdrop style styled theme themed colour colours color colors font border frame design look letters text print
    layout format size photo illustration drawing painting feel vibe mood tone resolution orientation portrait landscape square
    quality digital vector flat watercolor watercolour minimal icon picture image logo graphic banner poster card sign flyer
    pastel realistic cartoon sketch render centred centered bold big large small huge tiny corner top bottom left right
    middle side edge around above below next beside between behind front
    """
)
_OPENS = word_set(
    """
    a an the with on in at for of from to by and or but draw make use add show put include keep leave write place please show
    showing featuring no not without one two three four five six my our his her its their some i we it she he they that which
    then also maybe something
    """
)
_TITLE = r"(?:\x00+|[A-Z][\w'’]*(?: [\w'’]+){0,6}?)"
MEANT = re.compile(  # "titled X - sorry, I meant Y"
    rf"\b(?:titled|title|headline|called|named|saying|says):? (?P<was>{_TITLE})\s*[,.–—-]+\s*(?:[Oo]h,? |[Oo]ops,? |[Nn]o,? )*"
    r"(?:[Ss]orry|[Ww]ait|[Nn]o|[Aa]ctually)?,?\s*(?:I meant|I mean|make (?:that|it)|it should (?:be|say)|rather|instead)"
    rf" (?P<now>{_TITLE})(?=[,.;]|\s*$)"
)
_LONGEST = 7  # words


def remarks(plain: str, start: int, taken: Sequence[Span]) -> Iterator[Span]:
    """Parts behind ``start`` that name nothing to draw and nothing of how the image looks, and so are there to be read."""
    for part in _PART.finditer(plain, start):
        begin = part.start() + len(part[0]) - len(part[0].lstrip())
        said = part[0].strip()
        words = re.findall(r"[^\W\d_][\w'’-]*", said.lower())
        before = plain[:begin].rstrip()[-1:]
        if not words or len(words) > _LONGEST or before not in {",", ":", ";", ".", "!"} or re.search(r"\d", said):
            continue
        overlaps = any(span.start < begin + len(said) and begin < span.end for span in taken)
        named = plain[part.end() :].lstrip()[:1] in {":", "\x00"}  # "title “…”" names what follows
        if not overlaps and not named and words[0] not in _OPENS and _to_be_read(words):
            yield Span(start=begin, end=begin + len(said))


def _to_be_read(words: Sequence[str]) -> bool:
    if not _OF_THE_IMAGE.isdisjoint(words) or all(_is_quality(word) for word in words):
        return False
    pairs = [f"{one} {other}" for one, other in itertools.pairwise(words)]
    return not any(lookup(name, Vocabulary.ICONS) is not None and not lexicon().has("verbs", name) for name in (*words, *pairs))


def _is_quality(word: str) -> bool:
    known = lexicon()
    listed = word in known.words["adjectives"] or word in known.sizes or word in {"and", "very"}
    return listed or colours.named(word) is not None


_SAID_FIRST = re.compile(r"^(?P<said>[^:\x00]{3,60}?) [-–—] (?:an? )?(?:[\w-]+ ){0,2}$")
_SAYS = re.compile(r"\b(?:says?|saying|reads?|reading):? (?P<said>[A-Z][^\x00,;:.]*)$")
_BY = re.compile(r"^(?P<title>.{2,40}?),? by (?P<who>[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*){0,3})$")


def said_first(plain: str, head: re.Match[str]) -> FormLine | None:
    """ "Quiet please, exam in progress - door sign"."""
    found = _SAID_FIRST.match(plain[: head.start()])
    if found is None or not re.match(r"[.,]|$", plain[head.end() :]):
        return None
    return FormLine(content=found["said"], span=Span(start=0, end=found.end("said")), role=TextRole.TITLE)


def said_whole(plain: str, particulars: Sequence[Span]) -> FormLine | None:
    """ "a sign that says BACK AT 1:30": the particular is the end of what it says."""
    for span in particulars:
        found = _SAYS.search(plain[: span.start])
        if found is not None:
            at = Span(start=found.start("said"), end=span.end)
            return FormLine(content=plain[at.start : at.end], span=at, role=TextRole.TITLE)
    return None


def as_cover(plain: str, kind: str, lines: Sequence[FormLine]) -> Iterator[FormLine]:
    """The first line of a cover is its title, "by …" the next; other cards keep their ``lines``."""
    found = _BY.match(lines[0].content) if lines and kind.lower() == "cover" else None
    if not lines or kind.lower() != "cover":
        yield from lines
        return
    first = lines[0]
    cut = first.span.start + (found.end("title") if found is not None else first.span.end - first.span.start)
    title = found["title"] if found is not None else first.content
    yield replace(first, content=title, span=Span(start=first.span.start, end=cut), role=TextRole.TITLE)
    if found is not None:
        yield FormLine(
            content=f"by {found['who']}", span=Span(start=first.span.end - len(found["who"]) - 3, end=first.span.end)
        )
    yield from lines[1:]
