"""A greeting that begins a request without naming a card is what is written: "Merry Christmas from Ann, with a tree"."""

import re
from dataclasses import dataclass

from genevolve.world.language.discourse import Discourse, Last
from genevolve.world.language.drafts import TextDraft
from genevolve.world.language.form_clauses import without_picture
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon, word_set
from genevolve.world.language.model import Span, TextRole
from genevolve.world.language.tokens import Kind
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.words import Words

_DAYS = (
    r"Christmas|Xmas|Easter|Hallowe['’]?en|(?:Lunar |Chinese )?New Year(?:['’]?s(?: Eve)?)?(?: \d{4})?|Anniversary|Holidays?"
    r"|Diwali|Eid|Hanukkah|Passover|Ramadan|Thanksgiving|Graduation(?: Day)?|Retirement|Pride|Weekend|Weekending|Housewarming"
    r"|Name ?day|(?:(?:Mother|Father|Valentine|Women|Teacher|Grandparent|St\.? Patrick|Children)s?['’]?s?|Earth) Day"
    r"|Valentines?"
    r"|(?:\d{1,3}(?:st|nd|rd|th) |belated |first |early )?(?:B(?:irth|-)?day|Anniversary|Wedding Anniversary)"
)
_KIN = "|".join(sorted((word for word in lexicon().words["kin"]), key=len, reverse=True))
_WHOM = (
    rf"(?:(?i:to you(?: all)?|(?:the )?best (?:{_KIN})(?: ever)?|(?:(?:my|our|the) )?(?:(?:little|big|dear|lovely|beautiful) )?"
    rf"(?:{_KIN}|my love|newlyweds|happy couple|baby(?: boy| girl)?))\b"
    rf"|(?!(?:With|In|On|A|An)\b)[A-Z][\w'’-]*(?: \d{{1,2}}\b)?)"
)
_GREETING = re.compile(
    rf"^\s*(?P<said>(?i:(?:Merry|Happy|Have a (?:great|happy|lovely)|Blessed) (?:{_DAYS})"
    r"(?: and a happy new year(?: \d{4})?)?"
    r"|(?:Many )?Congratulations|Congrats|Get well(?: soon)?|Season['’]s greetings|(?:With )?(?:Best|Warm(?:est)?) wishes"
    r"|Bon voyage|Good luck|Farewell|Good ?bye|(?:Eid|Ramadan) (?:Mubarak|Kareem)|Safe travels|Sweet dreams|Cheers"
    r"|(?:A (?:big|huge) )?Thank[ -](?:you|u)(?: (?:so|very) much)?|(?:Many )?Thanks(?: so much| a lot)?"
    r"|Welcome(?: home| back)?|(?:(?:I|We)(?:['’]ll| will)? (?:all )?)?(?:love|miss)(?: you|\b(?= u\b) u)(?: so much)?"
    r"|Well done|Good job|Good night|Good morning|See you soon|Thinking of you|(?:I['’]?m |We['’]?re )?(?:so )?sorry"
    r"|(?:The |World['’]?s )?best (?:mum|mom|dad|grandma|grandad|grandpa|gran|nan|teacher|friend|sister|brother|boss"
    r"|coach)(?: ever)?)"
    rf"(?P<whom>(?:(?:,? |\s*,\s*)(?i:(?:my )?dear(?:est)? )?{_WHOM}(?:,? (?:and|&) {_WHOM}){{0,3}})?))(?![\w-])",
)
# "good luck in your exams", "thanks for everything", "welcome to the team", "congratulations on passing your test"
_WHY = re.compile(
    r"(?P<said>,? (?i:(?:in|on|for|with|to|at|of) (?:(?:your|everything|all|being|having|helping|passing|getting|becoming"
    r"|coming|listening|looking|our|my|us|me|you|another|\d+|the (?:team|club|family|party|big day|new|best|help|job|show"
    r"|wedding|world|moon))\b)"
    r"|(?:that )?(?:i|we) (?:missed|forgot|broke|can|could|was|were|am|are|did|have)"
    r"|you(?:['’]re| are|['’]ve| have) |both\b)(?:[^,.;:!?\x00\n]*))"
)
_NAMED = re.compile(r" (?P<name>[a-z]{3,12})(?=\s*(?:$|[,.!;]| with an? | from ))")
_SIGNED = re.compile(
    r",?\s*(?P<from>(?:(?:lots of )?love from|love|from|to|for)\s+(?:the\s+|my\s+|our\s+|all\s+(?:of\s+)?)?"
    r"(?:us\b(?: all)?(?: at [^,.;:!]{2,30}?(?=[,.;:!]|$| with\b))?|[A-Z][\w'’-]*)"
    r"(?:\s(?:and|&|family|team|[A-Z][\w'’-]*))*)"
)
_ENDS = re.compile(r"\s*(?:$|[,.!;:]|(?:with|from|to|for|love|and|on|in|written)\b)")
_POLITE = re.compile(
    r"(?:thanks(?: a lot| so much)?|cheers|(?:so )?sorry|good morning|goodbye|well done|good job)", re.IGNORECASE
)
_LONGEST = 9  # words of what is wished
_NO_NAMES = word_set(
    "note charm message text song sign wishes letter quote meme gif image theme scene day art design everything everyone"
    " everybody someone somebody anyone anybody work school church both all any each him her them you"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What is written, and where it stands in the request."""

    content: str
    span: Span


def begins_with_greeting(text: str) -> list[Greeting]:
    """The greeting at the start of ``text`` and, behind it, whom it is from or to; empty where there is none."""
    said = _GREETING.match(text)
    if said is None:
        return []
    end = _whole(text, said)
    if _POLITE.fullmatch(text[:end].strip()) and text[end:].strip(" .!"):  # "Thanks! A cat, please"
        return []
    if _ENDS.match(text, end) is None:  # "Thank you note", "Happy Birthday balloons"
        return []
    signed = _SIGNED.match(text, end)
    spans = [Span(start=said.start("said"), end=end)]
    spans += [] if signed is None else [Span(start=signed.start("from"), end=signed.end())]
    return [Greeting(content=_written(text, span), span=span) for span in spans]


def greeting_before(text: str, end: int) -> Greeting | None:
    """The greeting that takes all of ``text`` up to ``end``, but for an article: "a welcome home Ben" of such a banner."""
    lead = re.match(r"\s*(?:(?i:an?|the|please|draw|make|create|design|my|our)\s+)*", text)
    start = lead.end() if lead is not None else 0
    said = text[start:end].rstrip()
    found = _GREETING.match(said)
    if found is None or _whole(said, found) != len(said):
        return None
    span = Span(start=start + found.start("said"), end=start + len(said))
    return Greeting(content=_written(text, span), span=span)


def _whole(text: str, said: re.Match[str]) -> int:
    """Where the greeting ends: behind whom it greets and what is wished."""
    end = said.end()
    why = _WHY.match(text, end)
    if why is not None:
        wished = without_picture(text, Span(start=end, end=why.end())).end
        return wished if 0 < len(text[end:wished].split()) <= _LONGEST else end
    name = _NAMED.match(text, end) if not said["whom"] and said["said"][:1].lower() in {"h", "m"} else None
    return name.end() if name is not None and is_name(name["name"]) else end


def is_name(word: str) -> bool:
    """Whether a word in small letters behind a greeting can be nothing but a name: "happy birthday priya"."""
    known = lexicon()
    listed = any(known.has(group, word) for group in ("canvas", "carriers", "adjectives", "verbs", "text_nouns", "remarks"))
    return lookup(word, Vocabulary.ICONS) is None and not listed and word not in _NO_NAMES


def _written(text: str, span: Span) -> str:
    said = " ".join(text[span.start : span.end].split()).strip(" ,")
    return re.sub(r"\bi\b(?=['’ ])", "I", said[0].upper() + said[1:])


class Greetings:
    """``found``: what ``begins_with_greeting`` found, where no card is asked for."""

    def __init__(self, words: Words, discourse: Discourse, found: list[Greeting]) -> None:
        self.words = words
        self.discourse = discourse
        self.found = found

    def read(self, here: int) -> int:
        """The end of a greeting that begins at token ``here``: a text of the image."""
        greeting = next((one for one in self.found if one.span.start == self.words.tokens[here].start), None)
        if greeting is None:
            return here
        role = TextRole.TITLE if greeting is self.found[0] else TextRole.CAPTION
        self.discourse.add(TextDraft(span=greeting.span, content=greeting.content, role=role))
        self.discourse.last = Last.START
        end = self.words.past(greeting.span.end, here)
        return end + (self.words.kind(end) is Kind.STOP)
