"""What a card says between commas beside its particulars: "costumes required", "bring your own mat", "everything must go"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from genevolve.world.language import colours
from genevolve.world.language.form_clauses import (
    clauses,
    counts_things,
    names_things,
    of_image,
    of_picture,
    placed_in_picture,
    says_place,
    without_picture,
)
from genevolve.world.language.form_events import names_event
from genevolve.world.language.form_lines import FormLine, apart, capital
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.scenic import sets_scene
from genevolve.world.language.vocabulary import Vocabulary

_OPENS = word_set(
    """
    a an the with on in at for of from to by and or but draw make use add show put include keep leave write place show
    showing featuring not without my his her its their i it she he they that which
    then also maybe something
    """
)
# Said to whoever reads it, or of what is offered.
_TO_READERS = word_set(
    """
    you your yours us our we we're free please per each every all daily weekly wanted needed required welcome available included
    provided sale closed open until max min minimum maximum off half must entry tickets ticket admission prize prizes everyone
    everybody anyone nobody o'clock limited reserved invited coming starring permitted allowed forbidden prohibited
    only ages age aged optional
    """
)
_CALLS = word_set(
    """
    bring win learn read meet call join come visit buy get save help vote wash take turn return raise park give donate dress
    wear see book try ring ask email text reply order sign register enjoy celebrate discover find do don't let stay stop wait
    be eat drink dance sing play cut taste collect pay know
    """
)
_DESIGN = word_set(
    """
    rustic vintage retro elegant modern minimalist minimal cute pretty simple bright colourful colorful playful fun funny clean
    fancy nice beautiful classy festive cheerful soft glossy matte plain friendly cosy cozy warm cool lovely
    """
)
_NOT_TOLD = word_set(
    "people person humans text words writing letters background border frame shadow shadows logo picture image"
    " pictures images photos drawings decorations"
)
_NUMBER_BEHIND = re.compile(r"[^\W\d_][^\d]* [€£$]?\d+(?:[.,]\d+)?[a-z]?", re.IGNORECASE)
_SENDER = re.compile(
    r"(?:(?:with )?(?:lots of |all (?:our|my) )?(?:love|yours|hugs|kisses|best wishes|kind regards)\b,? ?)?"
    r"(?:from|by) (?:[A-Z]|all of us|the (?:team|family|kids|children|gang|class|whole)|everyone|us|me|mum|dad|your)"
    r"|[Ll]ove,? [A-Z]"
)
_GREETED = re.compile(
    r"(?:^|[,;:.!?]\s+|\bwith\s+)(?P<said>(?:Good luck|Happy|Merry|Welcome|Thank you|Thanks|Congratulations|Congrats|Get well"
    r"|Best wishes|Greetings from|Well done|Dear|To (?=[A-Z])|Bon voyage|Goodbye|Farewell|Hello|Season's greetings)\b)"
)
_NAMES = r"[A-Z][\w'’]*(?:(?:, | and | & | )[A-Z][\w'’]*)*"
_LOVE = re.compile(rf"(?:\bwith |\band )?(?P<said>(?:lots of )?[Ll]ove from {_NAMES})")
_PROPER = re.compile(r"(?:[Tt]he )?[A-Z][\w'’.-]*(?:(?: (?:of|the|and|&|at|on|by|to|de|la|du))* (?:[A-Z][\w'’.-]*|\d+[A-Z]?))*")
_TITLE = r"(?:\x00+|[A-Z][\w'’]*(?: [\w'’]+){0,6}?)"
MEANT = re.compile(  # "titled X - sorry, I meant Y"
    rf"\b(?:titled|title|headline|called|named|saying|says):? (?P<was>{_TITLE})\s*[,.–—-]+\s*(?:[Oo]h,? |[Oo]ops,? |[Nn]o,? )*"
    r"(?:[Ss]orry|[Ww]ait|[Nn]o|[Aa]ctually)?,?\s*(?:I meant|I mean|make (?:that|it)|it should (?:be|say)|rather|instead)"
    rf" (?P<now>{_TITLE})(?=[,.;]|\s*$)"
)
_CELEBRATING = word_set("card postcard invitation invite tag banner")
_SPEAKING = word_set("sign notice placard")  # "tickets please"
_PLEASE = re.compile(r"(?:some |and )?(?P<things>[a-z][a-z ,'’-]*?),? (?:please|pls|plz)", re.IGNORECASE)
_LED = re.compile(r"(?:(?:and|with|that|which|it)\s+)*(?:saying|says|reading)\s+(?=[A-Z])")  # "…, saying Hello"
_LONGEST = 12  # words


def remarks(plain: str, head: re.Match[str], taken: Sequence[Span], *, sure: bool, beside: bool) -> Iterator[Span]:
    """Clauses that name nothing to draw and nothing of how the image looks, and so are there to be read; ``sure``: what stands
    on such a card is text ("adult" on a ticket), unless it is said of the picture; ``beside``: beside other texts."""
    own = next((clause for clause in clauses(plain) if clause.start <= head.start() < clause.end), None)
    for clause in clauses(plain):
        ahead = clause.end <= head.start()
        if own is None or clause == own or (ahead and own.start == 0):
            continue
        led = _LED.match(plain, clause.start, clause.end)
        span = without_picture(plain, clause if led is None else Span(start=led.end(), end=clause.end))
        if placed_in_picture(plain, clause):
            continue
        named = plain[clause.end :].lstrip()[:1] in {":", "\x00"} and not ahead  # "title “…”" names what follows
        if head[0].lower() in _CELEBRATING and kept_out(plain[span.start : span.end]):
            continue
        if head[0].lower() not in _SPEAKING and asked_to_draw(plain[span.start : span.end]):
            continue
        alone = plain[: span.start].rstrip()[-1:] in {"", ".", "!", "?"}  # a sentence begins: its capital is no name
        if (
            span.end > span.start
            and not named
            and apart(span, taken)
            and to_be_read(plain[span.start : span.end], sure=sure, beside=beside, begins=alone)
        ):
            yield span


def kept_out(said: str) -> bool:
    """ "no balloons" of a card, on which it would make no sense."""
    return said.lower().startswith("no ") and lookup(said[3:], Vocabulary.ICONS) is not None


def asked_to_draw(said: str) -> bool:
    """ "cupcakes and bunting please": things, every one of which can be drawn."""
    asked = _PLEASE.fullmatch(said)
    parts = re.split(r"\s*,\s*|\s+and\s+", asked["things"]) if asked is not None else []
    return bool(parts) and all(counts_things(part) or lookup(part, Vocabulary.ICONS) is not None for part in parts)


def greetings(plain: str, head: re.Match[str]) -> Iterator[Span]:
    """What is wished, and by whom, in capitals that no sentence gives it: "…, Good luck Hanna from all of us"."""
    for found in _GREETED.finditer(plain):
        end = next((clause.end for clause in clauses(plain, found.start("said"))), found.end())
        span = without_picture(plain, Span(start=found.start("said"), end=end))
        if apart(span, [Span(start=head.start(), end=head.end())]):
            yield span
    for found in _LOVE.finditer(plain):
        yield Span(start=found.start("said"), end=found.end())


def to_be_read(said: str, *, sure: bool, beside: bool, begins: bool) -> bool:
    """Whether the clause is text and not a part of the picture. ``begins``: it begins its sentence."""
    words = re.findall(r"[^\W\d_][\w'’-]*", said.lower().replace("’", "'"))
    if len(words) > _LONGEST or not (words or re.search(r"\d", said)):
        return False
    if says_place(said) or sets_scene(said):
        return False
    if _SENDER.match(said):
        return True
    if names_event(said):
        return True
    if words[:1] == ["no"]:
        return beside and len(words) > 1 and _NOT_TOLD.isdisjoint(words)
    if of_picture(said) or of_image(said):
        return False
    if words and all(_is_quality(word) for word in words):
        return sure and not any(_is_look(word) for word in words)
    if beside and _PROPER.fullmatch(said) and not (begins and len(words) < 2) and lookup(said, Vocabulary.ICONS) is None:
        return True
    if re.match(r"in (?:aid|memory|stock|cinemas|theat|shops|stores|concert)", said, re.IGNORECASE):
        return beside
    if (words and words[0] in _OPENS) or (counts_things(said) and not sure):
        return False
    if not _TO_READERS.isdisjoint(words) or (len(words) > 1 and words[0] in _CALLS) or _NUMBER_BEHIND.fullmatch(said):
        return True
    return sure or (beside and not names_things(said))


def _is_quality(word: str) -> bool:
    known = lexicon()
    listed = word in known.words["adjectives"] or word in known.sizes or word in {"and", "very"}
    return listed or colours.named(word) is not None


def _is_look(word: str) -> bool:
    """Whether the word says how something looks, and not how it is."""
    return word in _DESIGN or word in lexicon().sizes or colours.named(word) is not None


_TURNS = re.compile(r"^([A-Za-z][\w'’. -]*?),? who(?:['’]s| is)? (?=turn)")  # "Grandma Rose who turns 90"
_WITH_NUMBER = re.compile(r"\bwith (?:the |a |an )?(?:big |large )?$", re.IGNORECASE)


def as_read(plain: str, span: Span) -> str:
    """ "Rosa who turns 80" as it is written on a card, and the "7" of "a banner with the number 7"."""
    said = plain[span.start : span.end]
    number = re.fullmatch(r"number (\d+)", said, re.IGNORECASE)
    if number is not None and _WITH_NUMBER.search(plain[: span.start]) is not None:
        return number[1]
    return _TURNS.sub(r"\1 ", said)


_SAID_FIRST = re.compile(r"^(?P<said>[^:\x00]{3,60}?) [-–—] (?:an? )?(?:[\w-]+ ){0,2}$")
_SAYS = re.compile(r"\b(?:says?|saying|reads?|reading):? (?P<said>[A-Z][^\x00,;:.]*)$")
_SHOUTED_ON = re.compile(r"\s[–—-]\s(?=[A-Z]{2,})")
_FOR_A_PLACE = re.compile(
    r" for (?:the|an?|my|our) (?:[\w'’-]+ ){1,3}?"
    r"(?P<says>saying|(?:that|which) (?:just )?says?|that reads|reading(?=[: ]+[A-Z]))[: ]+(?P<said>[^\W\d_])"
)
_BY = re.compile(r"^(?P<title>.{2,40}?),? by (?P<who>[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*){0,3})$")


def said_first(plain: str, head: re.Match[str], particulars: Sequence[Span]) -> FormLine | None:
    """ "Quiet please, exam in progress - door sign"."""
    found = _SAID_FIRST.match(plain[: head.start()])
    if found is None or not re.match(r"[.,]|$", plain[head.end() :]):
        return None
    first = next(clauses(plain))
    several = any(span.start >= first.end and span.end <= found.end("said") for span in particulars)
    whole = first if several else Span(start=0, end=found.end("said"))  # "yoga in the park, every Sunday": a line for each
    return FormLine(content=capital(plain[whole.start : whole.end]), span=whole, role=TextRole.TITLE)


def said_whole(plain: str, head: re.Match[str], particulars: Sequence[Span]) -> FormLine | None:
    """ "a sign that says BACK AT 1:30": the particular is the end of what it says. "A sign for the door saying BACK SOON": it
    is not on the door."""
    if (told := _FOR_A_PLACE.match(plain, head.end())) is not None:
        end = next((clause.end for clause in clauses(plain, told.start("said"))), told.end())
        while (further := _SHOUTED_ON.match(plain, end)) is not None:  # "CLOSED - BACK AT 1:30"
            end = next(clauses(plain, further.end())).end
        at = without_picture(plain, Span(start=told.start("said"), end=end))
        whole = Span(start=told.start("says"), end=at.end)
        return FormLine(content=plain[at.start : at.end], span=whole, role=TextRole.TITLE)
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
