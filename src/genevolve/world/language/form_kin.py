"""Family trees in everyday words: "grandma and grandpa at the top, mum and dad and auntie Jo below, then me and my brother".

A couple is one box; the next generation hangs from the couple that can be its parents. Who hangs from whom is never guessed
beyond that: where it is open, the ledger says so.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from genevolve.world.language.form_gaps import filled, titled
from genevolve.world.language.form_lines import FormMatch, FormSlot, span_of
from genevolve.world.language.form_pieces import MOST_SLOTS, Piece
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import FormKind, Gap, Span

_HEAD = re.compile(r"\bfamily tree\b", re.IGNORECASE)
_OPENS = re.compile(
    r"\s*(?:of (?P<of>[^:,;–—-]{2,30}?)(?=[:,;]|\s[–—-]\s| with\b))?\s*(?:[:,;]|\s?[–—-]\s|with|showing)\s*", re.IGNORECASE
)
_THEN = re.compile(r",?\s*\b(?:and )?then\b\s*|\s*[;\n]\s*|\.\s+", re.IGNORECASE)
_PLACE = re.compile(
    r"[,:]?\s*\b(?:(?:are |is )?(?:at|on|in) (?:the )?(?:very )?(?:top|bottom|middle|next (?:row|level|line))(?: (?:row"
    r"|level|line))?"
    r"|(?:right |just )?(?:below|under|underneath|beneath|above)(?: (?:us|me|them|that|those|it|her|him))?|next(?: come"
    r"| comes| row"
    r"| level)?"
    r"|(?:the )?(?:first|second|third|last) (?:row|level|generation)|(?:top|middle|bottom)(?= ?:))\b[,:]?\s*",
    re.IGNORECASE,
)
_FROM_BELOW = re.compile(r"[^,;.]*?\b(?:at|on|in) the bottom\b|bottom ?:", re.IGNORECASE)
_SAID_ROLE = re.compile(r",\s*(?=(?:the |my )?(?:grand)?(?:parents?|children|kids)\b)", re.IGNORECASE)
_ROLE = re.compile(
    r"^(?:the |my |their |two |three |four |\d )*(?:great[- ])?(?P<role>grandparents?|parents?|children|kids"
    r"|grandchildren|siblings)"
    r"(?P<named>:? (?=[A-Z])|$)",
    re.IGNORECASE,
)
_AND = re.compile(r",(?: and)?\s*|\s+and\s+|\s*&\s*|\s+plus\s+")
_STOP = re.compile(
    r"\s*[,.]?\s*\b(?:with (?:a |an |the |small |their )?(?:pictures?|photos?|faces|lines|names?|hearts?|tree|leaves"
    r"|frames?|background|boxes)|(?:with )?(?:empty|blank) (?:name ?)?(?:boxes|spaces|lines|frames)"
    r"|on an?|in (?:\w+ )?(?:style|colou?rs?))\b.*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(  # the name of one is how that of several begins
    r"(?P<count>an?|one|two|three|four|five|six|[1-6]) (?:(?:little|small|young|older|younger) )?"
    r"(?P<one>(?:grand)?(?:child|son|daughter)|kid|brother|sister|cousin|uncle|aunt|sibling|baby)(?:ren|s)?",
    re.IGNORECASE,
)
_COUPLE = re.compile(r"(?:two|2|both) (?P<they>(?:great[- ])?(?:grand)?parents)", re.IGNORECASE)
_SIDE = word_set("aunt auntie aunty uncle cousin cousins")
_PAIRS = tuple(
    frozenset(pair.split("/"))
    for pair in word_set(
        """
        grandma/grandpa grandma/grandad grandmother/grandfather granny/grandpa granny/grandad nan/grandad nana/grandad
        nanny/grandad gran/grandad gran/grandpa nan/pop nana/papa mum/dad mom/dad mother/father mummy/daddy mama/papa
        mommy/daddy oma/opa wife/husband aunt/uncle auntie/uncle aunty/uncle
        """
    )
)
_RANKS = (
    word_set("great-grandma great-grandpa great-grandad great-grandmother great-grandfather great-granny"),
    word_set("grandma grandpa grandad grandmother grandfather granny gran nan nana nanny pop oma opa grandparents"),
    word_set("mum dad mom mother father mummy daddy mama papa mommy parents aunt auntie aunty uncle"),
    word_set("me i brother sister cousin child children kid kids son daughter grandchild grandson sibling baby"),
)
_OPEN = "whose child each of them is was not given: they hang from the first couple"
_SAID = (
    "family tree top bottom below above under underneath beneath middle next row level then at on my our generation first"
    " second third last"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """One person or a couple of one generation."""

    piece: Piece
    couple: bool


def family(text: str, plain: str) -> FormMatch | None:
    head = _HEAD.search(plain)
    opened = _OPENS.match(plain, head.end()) if head is not None else None
    if head is None or opened is None:
        return None
    levels = [boxes for start, end in _levels(plain, opened.end()) if (boxes := _boxes(text, plain, start, end))]
    levels = [level for boxes in levels for level in _by_kin(boxes)]
    levels = levels[::-1] if _FROM_BELOW.match(plain, opened.end()) else levels
    count = sum(1 + box.couple for boxes in levels for box in boxes)
    if len(levels) < 2 or not 3 <= count <= MOST_SLOTS or len(levels[0]) != 1:
        return None
    return _tree(text, plain, head, levels)


def _by_kin(boxes: Sequence[_Box]) -> list[list[_Box]]:
    """ "grandma and grandpa, mum and dad, me": a generation for each, where all are known and in their order."""
    ranks = [next((rank for rank, words in enumerate(_RANKS) if _kin(box.piece.words) in words), None) for box in boxes]
    known = [rank for rank in ranks if rank is not None]
    if len(known) < len(boxes) or known != sorted(known):
        return [list(boxes)]
    return [[box for box, rank in zip(boxes, known, strict=True) if rank == one] for one in dict.fromkeys(known)]


def _levels(plain: str, start: int) -> list[tuple[int, int]]:
    stop = _STOP.search(plain, start)
    end = stop.start() if stop is not None else len(plain.rstrip(" ."))
    cuts = [start]
    for hit in _PLACE.finditer(plain, start, end):  # "below them Ann and Bo" opens a level, "Ann and Bo below" ends one
        before = plain[start : hit.start()].rstrip()
        leads = hit[0].lstrip()[:1] in ",:" or not before or before[-1] in ",;:–—-." or before.endswith((" and", " then"))
        cuts.append(hit.start() if leads else hit.end())
    cuts += [hit.end() for hit in _THEN.finditer(plain, start, end)]
    cuts += [hit.end() for hit in _SAID_ROLE.finditer(plain, start, end)]
    return list(itertools.pairwise([*sorted(cuts), end]))


def _boxes(text: str, plain: str, start: int, end: int) -> list[_Box]:
    """The people of one generation, without the words that say where it stands; two who can be a couple are one box."""
    masked = plain[start:end]
    for mark in (_PLACE, _THEN):
        masked = mark.sub(lambda hit: "\x00" * len(hit[0]), masked)
    people = [piece for piece in _people(text, masked, start) if piece.words]
    found: list[_Box] = []
    here = 0
    while here < len(people):
        pair = here + 1 < len(people) and _coupled(people, here)
        last = people[here + 1] if pair else people[here]
        begin = people[here].start
        whole = Piece(words=text[begin : last.start + len(last.words)], start=begin)
        found.append(_Box(piece=whole, couple=bool(pair)))
        here += 2 if pair else 1
    return found


def _people(text: str, masked: str, start: int) -> list[Piece]:
    found, here = [], 0
    for cut in [*(hit.span() for hit in re.finditer(rf"{_AND.pattern}|\x00+", masked)), (len(masked), len(masked))]:
        said = masked[here : cut[0]]
        lead = len(said) - len(said.lstrip())
        words = said.strip(" ,:.")
        role = _ROLE.match(words)
        if role is not None and role["named"]:
            lead, words = lead + role.end(), words[role.end() :]
        led = re.match(r"(?:and |with |come |comes |are |is |the )+", words)
        if led is not None:
            lead, words = lead + led.end(), words[led.end() :]
        if words:
            piece = Piece(words=text[start + here + lead : start + here + lead + len(words)], start=start + here + lead)
            found += _each(piece)
        here = cut[1]
    return found


def _each(piece: Piece) -> list[Piece]:
    """ "two children" as two boxes, each of a child; everybody else stays as written."""
    if (couple := _COUPLE.fullmatch(piece.words)) is not None:
        return [Piece(words=couple["they"], start=piece.start + couple.start("they"))]
    counted = _COUNTED.fullmatch(piece.words)
    if counted is None:
        return [piece]
    one = Piece(words=counted["one"], start=piece.start + counted.start("one"))
    return [one] * (lexicon().numbers.get(counted["count"].lower(), 1) if counted["count"].isalpha() else int(counted["count"]))


def _coupled(people: Sequence[Piece], here: int) -> bool:
    """Whether the person at ``here`` and the next are a couple: "mum and dad", or the only two, both with a name alone."""
    one, other = (people[at].words for at in (here, here + 1))
    kin = {_kin(one), _kin(other)}
    if any(kin <= pair and len(kin) == 2 for pair in _PAIRS):
        return True
    return len(people) == 2 and not kin & _ALONE and all(word[:1].isupper() for word in (one, other))


_ALONE = word_set("me brother sister son daughter cousin uncle aunt auntie aunty baby i")


def _kin(words: str) -> str:
    plain = re.sub(r"^(?:my|our|the|an?|one|two|three|four) ", "", words.lower().replace("great grand", "great-grand"))
    return plain.split()[0] if plain else ""


def _tree(text: str, plain: str, head: re.Match[str], levels: Sequence[Sequence[_Box]]) -> FormMatch:
    slots: list[FormSlot] = []
    open_spans: list[Span] = []
    above: int | None = None
    for depth, boxes in enumerate(levels):
        last = depth == len(levels) - 1
        split = [piece for box in boxes for piece in (_apart(text, box) if last and depth else [box.piece])]
        first = len(slots)
        slots += [FormSlot(span=piece.span, lines=(piece.line(piece.words),), under=above) for piece in split]
        parents = [n for n, box in enumerate(boxes) if box.couple] or [
            n for n, box in enumerate(boxes) if _kin(box.piece.words) not in _SIDE
        ]
        if not last and len(parents) != 1:
            open_spans.append(slots[first].span)
        above = first + (parents[0] if parents else 0)
    opened = _OPENS.match(plain, head.end())
    end = opened.end("of") if opened is not None and opened["of"] else head.end()
    title = titled(text, 0, end) if head.start() < 30 else None
    masked = [Span(start=head.start(), end=slots[-1].span.end), *([title.span] if title is not None else [])]
    masked += [span_of(hit) for hit in _PLACE.finditer(plain, head.end())]
    gaps = [Gap(span=span, why=_OPEN) for span in open_spans]
    words = f"{_SAID} grandparents grandparent parents parent children kids grandchildren siblings boxes lines names"
    words += " one two three four five six 1 2 3 4 5 6"
    return filled(FormKind.TREE, slots, words, masked, title=title, gaps=gaps)


def _apart(text: str, box: _Box) -> list[Piece]:
    """The last generation: each in a box of its own."""
    if not box.couple:
        return [box.piece]
    cut = _AND.search(box.piece.words)
    if cut is None or {_kin(box.piece.words[: cut.start()])} & {name for pair in _PAIRS for name in pair}:
        return [box.piece]
    start = box.piece.start
    return [
        Piece(words=box.piece.words[: cut.start()], start=start),
        Piece(words=box.piece.words[cut.end() :], start=start + cut.end()),
    ]
