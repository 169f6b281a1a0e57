"""Signs, notices and stickers: what is asked for is the sheet itself, and what stands before its name is what it says.

"no dogs on the grass sign", "a yellow wet floor sign", "“OPEN” sign for a flower shop". A sign that stands somewhere ("a “For
Rent” sign on a fence") is a thing of the picture.
"""

import re

from genevolve.world.language import colours
from genevolve.world.language.form_clauses import clauses, without_picture
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span
from genevolve.world.language.vocabulary import Vocabulary

_DETERMINERS = re.compile(
    r"^(?:an?|the|our|my|your|simple|elegant|nice|cute|vintage|modern|small|large|funny)\s+", re.IGNORECASE
)
KIND_OF_CARD = re.compile(
    r"(?:^|\s)(?:flash|greeting|gift|business|place|name|book|album|magazine|comic|luggage|jar|movie|film|tear-off|wine|door"
    r"|noticeboard|notice-board|window|counter|shelf|desk|wall|yard|street|shop window|gate|fence|fridge"
    r"|corridor|hallway|(?:classroom|garage|office|bedroom|kitchen|front|shop) door)$",
    re.IGNORECASE,
)
_SHEETS = word_set("sign notice sticker placard plaque label poster banner")
_SAYS = word_set("make draw create show design paint two three four a an the")
_TOLD = word_set(  # what speaks to its reader begins so
    """
    no do don't never please keep mind beware caution warning danger stop wash close shut turn ring knock push pull watch use
    quiet silence private wet staff fragile handle this only out slippery hot high exit way reserved closed open adults
    welcome dont save vote join recycle support protect help ban be think
    """
)
_JOINTS = word_set("a an the with of on in at by for holding carrying under beside near behind his her its their my our")
_SORTS = word_set("road traffic street shop warning safety information hazard neon roadside pub inn house garden door wall")
_LOOKS = word_set("wooden metal neon plastic paper rustic vintage old round square big small large little bright simple")
_MADE = re.compile(r"-(?:lettered|painted|made|drawn|written|carved|printed|stitched)$")  # "a hand-lettered sign"
_SAID_ON, _FEWEST = word_set("sign label"), 2
_OF_LABELS = word_set("name gift address price wine luggage shipping care food product bottle jar return")
_PICTURED = frozenset({"no smoking", "no entry", "no littering", "no pedestrians"})  # beside what else the sign says
_SYMBOLS = word_set(
    "plus minus equals equal multiplication division dollar pound euro yen percent hash at peace ok victory infinity star stars"
)
_WORDS = re.compile(r"\s*(?P<said>(?:[\w'’&]+(?:-\w+)*,? ){1,8})$")
_QUOTED = re.compile(
    r"\s*(?:(?:please|draw|make|create|design|me|an?|the|one)\s+)*(?P<looks>(?:[a-z]+\s+){0,3}?)\x00+\s+(?P<sort>(?:[a-z]+\s+){0,2})$",
    re.IGNORECASE,
)
_STANDS = re.compile(
    r"\s*,?\s*(?:(?:that|which) is )?(?:(?:hanging|hung|nailed|stuck|pinned|taped|held|standing|stands|mounted|attached"
    r"|leaning|fixed)\b"
    r"|(?:on|in|at|next to|beside|by|above|below|under|behind|in front of|over|against|between|near|inside|outside)\s+"
    r"(?:an?|the|my|our|his|her|some|two|three)\s+(?!(?:[a-z]+\s+){0,2}(?:background|backdrop|paper|sheet|board|letters|style"
    r"|font|top|bottom|middle|corner)\b))"
)
STANDS_THERE = re.compile(
    r"\s+(?:(?:is|are) (?:(?:on|to) the (?:left|right)|in the (?:center|centre|middle)|at the (?:top|bottom)|above|below"
    r"|behind|beside|next to|in front of)\b|stands?\b|hangs?\b|lies\b)"
)
_SPEAKS = word_set("sign notice sticker placard plaque")
_TELLS = re.compile(
    r"\s+(?P<said>(?:do not|don['’]t|no|never|keep|beware|caution|danger|stop|quiet|mind|wash|private|closed|knock|ring|push"
    r"|pull|please(?! (?:with|make|draw|add|use|show))) [a-z])",
    re.IGNORECASE,
)
_BEGUN = re.compile(
    r"\s*(?:(?:please|draw|make|create|design|me|an?|the|one|simple|round|big|road|street|traffic|prohibition|warning)\s+)*",
    re.IGNORECASE,
)
_BANS = word_set("prohibition prohibitory ban")
_BANNING = r"(?:that |which )?(?:bans|banning|forbid\w+|prohibit\w+)"
_SHOWS = re.compile(rf"\s+(?:with|showing|of|for|against|that shows|which shows|{_BANNING})\s", re.IGNORECASE)
_CROSSED = re.compile(
    rf"^\s{_BANNING}\b|\b(?:crossed|struck)[- ](?:out|through)\b"
    r"|\b(?:red|prohibition) (?:circle|ring|line|bar|slash)\b",
    re.IGNORECASE,
)
_MOST_WORDS, _MOST_TOLD = 4, 8


def sheet_of_quotation(plain: str, head: re.Match[str]) -> bool:
    """Whether the sign right behind a quotation is the image itself."""
    begun = _QUOTED.fullmatch(plain[: head.start()])
    if begun is None or head[0].lower() not in _SHEETS or _STANDS.match(plain, head.end()) is not None:
        return False
    said = [*begun["looks"].lower().split(), *begun["sort"].lower().split()]
    return all(word in _LOOKS | _SORTS or colours.named(word) is not None for word in said)


def forbids(plain: str, head: re.Match[str]) -> bool:
    """ "a sign with a crossed-out phone", "a sign showing a dog in a red ring with a bar": the image itself."""
    begun = _BEGUN.fullmatch(plain[: head.start()]) is not None and _SHOWS.match(plain, head.end()) is not None
    bans = plain[: head.start()].lower().split()[-1:] or [""]
    told = bans[0] in _BANS or _CROSSED.search(plain[head.end() :]) is not None
    return begun and told and head[0].lower() in _SPEAKS


def sign_words(plain: str, head: re.Match[str]) -> Span | None:
    """ "a wet floor sign", "a no parking notice": where that stands what it says, unless there is a picture of such a sign."""
    kind = head[0].lower()
    begins = _WORDS.fullmatch(plain[: head.start()]) if kind in _SHEETS else None
    said = _undressed(undetermined(begins["said"].strip())) if begins is not None else ""
    words = said.lower().replace(",", "").split()
    if begins is None or not words or _STANDS.match(plain, head.end()) is not None:
        return None
    told = words[0].replace("’", "'") in _TOLD
    if len(words) > (_MOST_TOLD if told else _MOST_WORDS) or not (told or kind in _SAID_ON):
        return None
    if kind == "label" and not told and (len(words) < _FEWEST or words[-1] in _OF_LABELS):
        return None
    if words[-1] in _JOINTS or (not told and _JOINTS & set(words)) or _names_sort(said, plain[head.end() :], told=told):
        return None
    start = begins.start("said") + begins["said"].rstrip().rindex(said)
    return Span(start=start, end=start + len(said))


def words_behind(plain: str, head: re.Match[str]) -> Span | None:
    """What a sign tells its reader right behind its name: "door sign do not disturb with a moon"."""
    told = _TELLS.match(plain, head.end()) if head[0].lower() in _SPEAKS else None
    if told is None:
        return None
    clause = next(clauses(plain, told.start("said")))
    said = without_picture(plain, clause)
    return said if len(plain[said.start : said.end].split()) > 1 else None


def _names_sort(said: str, behind: str, *, told: bool) -> bool:
    """Whether ``said`` names what sort of sign it is ("road", "hand-lettered", "dollar"), or one that there is a picture of."""
    words, known = said.lower().split(), lexicon().words
    quoted = "\x00" in behind or re.match(r" (?:that )?(?:says?|saying|reads|reading)\b", behind) is not None
    if said.lower() in _SYMBOLS or words[0].startswith("no-") or words[0] in _BANS or (quoted and said.lower() in _PICTURED):
        return True
    if lookup(f"{said} sign", Vocabulary.ICONS) is not None or f"{said} sign".lower() in known["compounds"]:
        return True
    if all(word in known["adjectives"] or _MADE.search(word) for word in words):
        return True
    sort = quoted and len(words) == 1 and words[0] in _SORTS
    coloured = not told and colours.named(words[-1]) is not None  # "no ice cream"
    return words[0] in _SAYS or sort or coloured or (KIND_OF_CARD.search(said) is not None and not told)


def _undressed(said: str) -> str:
    """Without how the sign looks: "wooden", "big yellow"."""
    while len(words := said.split(maxsplit=1)) == 2 and (words[0].lower() in _LOOKS or colours.named(words[0]) is not None):
        said = words[1]
    return said


def undetermined(said: str) -> str:
    """Without determiners and matters of taste."""
    if _DETERMINERS.fullmatch(f"{said} "):
        return ""
    while trimmed := _DETERMINERS.match(said):
        said = said[trimmed.end() :]
    return said
