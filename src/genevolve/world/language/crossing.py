"""What is crossed out, as on a sign that forbids it: "a crossed-out car", "a dog with a red bar through it", "no dogs sign".

Where nothing but a text says it ("no dogs sign"), the thing that is forbidden is drawn, crossed out.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from genevolve.world.language.discourse import Discourse, Last, objects_in
from genevolve.world.language.drafts import Draft, ObjectDraft
from genevolve.world.language.form_lines import FormMatch
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import word_set
from genevolve.world.language.model import FormKind, NamedPart, Span, TextRole
from genevolve.world.language.part_looks import CROSSED_OUT, can_show
from genevolve.world.language.tokens import Token
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.words import Words

_BAR = r"(?:diagonal )?(?:line|bar|slash|stroke|strike)"
_RING = (
    r"(?:an? |the )?(?:(?:big|large|thick|bold|round|red|prohibition) )*"
    rf"(?:(?:circle|ring)(?: and| with)(?: an?| the)?(?: red)? {_BAR}"
    r"|(?:prohibition|prohibited|forbidden|no|ban) (?:sign|symbol|circle|ring)|circle-slash)"
)
_ACROSS = r"(?: (?:through|over|across|on)(?: top of)?(?: (?:it|them|him|her))?)?"
_BEHIND = re.compile(
    rf"(?:(?:that|which) )?(?:(?:is|are) )?(?:crossed|struck)[- ](?:out|through|off)(?: (?:in|with) red)?\b"
    rf"|(?:with|in|inside|within|behind|under) {_RING}{_ACROSS}(?![\w-])"
    rf"|with (?:an? )?(?:(?:big|thick|bold) )?red (?:bar|slash) (?:through|over|across) (?:it|them)\b"
    r"|in (?:an? |the )?(?:(?:big|round) )?red (?:circle|ring),? (?:and )?crossed[- ]out\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"{_RING}(?: (?:through|across) it)?,? (?:over|on|across|around)(?: top of)? (?=\w)"
    r"|(?:an? |the )?(?:prohibition|prohibitory|ban) (?:sign|symbol) (?:for|of|against) (?=\w)"
    r"|(?:(?:sign|symbol|notice) )?(?:(?:that|which) )?(?:bans|banning|forbids|forbidding|prohibits|prohibiting) (?=\w)",
    re.IGNORECASE,
)
_BEFORE_NOUN = re.compile(r"\b(?:crossed|struck)[- ](?:out|through|off)\b", re.IGNORECASE)
_FORBIDS = re.compile(
    r"no (?P<what>[a-z][\w -]*?)(?: (?:allowed|permitted|please|here|zone|beyond this point|inside))*!?", re.IGNORECASE
)
_STRIKES = {"crossed": ("out", "through", "off"), "struck": ("out", "through", "off")}
_LEADS = word_set("a an the one two three and with of showing big large")
_SHEETS = word_set("sign notice sticker placard")


def struck(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """ "crossed out" before a noun as one word."""
    kept: list[Token] = []
    for token in tokens:
        last = kept[-1] if kept else None
        before = kept[-2].lower if len(kept) > 1 else "a"
        if last is not None and before in _LEADS and token.lower in _STRIKES.get(last.lower, ()):
            kept[-1] = replace(last, text=CROSSED_OUT, lower=CROSSED_OUT, end=token.end)
        else:
            kept.append(token)
    return tuple(kept)


class StruckOut:
    def __init__(self, words: Words, discourse: Discourse, found: FormMatch) -> None:
        self._words = words
        self._discourse = discourse
        self._found = found

    def read(self, here: int) -> int:
        """The end of what says that the thing before it, or the one that follows, is crossed out."""
        words = self._words
        if not words.free:
            return here
        start = words.tokens[here].start
        if (behind := _BEHIND.match(words.text, start)) is not None:
            named = [obj for obj in objects_in(self._discourse.group)[-1:] if _fit(obj)]
            end = self._past(here, behind.end())
            span = Span(start=start, end=behind.end())
            for obj in named:
                obj.parts.append(NamedPart(name=CROSSED_OUT, colour=None, span=span))
                self._discourse.last = Last.OBJECT
            return end if named else here
        before = _BEFORE.match(words.text, start)
        if before is None:
            return here
        span = Span(start=start, end=before.end() - 1)

        def mark(draft: Draft) -> None:
            if isinstance(draft, ObjectDraft) and _fit(draft):
                draft.parts.append(NamedPart(name=CROSSED_OUT, colour=None, span=span))
                draft.number = draft.number or 1  # "bans dogs": one stands for all

        self._discourse.await_next(mark)
        return self._past(here, before.end() - 1)

    def _past(self, here: int, end: int) -> int:
        while here < len(self._words) and self._words.tokens[here].start < end:
            here += 1
        return here

    def settle(self) -> None:
        for obj in self._discourse.objects if self._words.free else ():
            hit = _BEFORE_NOUN.search(self._words.text, obj.span.start, obj.span.end)
            if hit is not None and CROSSED_OUT in obj.modifiers:
                obj.modifiers.remove(CROSSED_OUT)
                obj.parts.append(NamedPart(name=CROSSED_OUT, colour=None, span=Span(start=hit.start(), end=hit.end())))
        for obj in self._discourse.objects:  # "a crossed-out red car": a picture with its own colours only
            told = [part for part in obj.parts if part.name == CROSSED_OUT]
            if told and not _fit(obj, told[0]):
                obj.parts.remove(told[0])
                obj.modifiers.append(CROSSED_OUT)
        self._forbidden()

    def _forbidden(self) -> None:
        """ "no dogs sign": a dog that is crossed out, where nothing else is to be seen on it."""
        form = self._found.form
        if form is None or form.kind is not FormKind.CARD or not form.words & _SHEETS or self._discourse.objects:
            return
        title = next((line for line in self._found.lines if line.role is TextRole.TITLE), None)
        said = _FORBIDS.fullmatch(title.content) if title is not None else None
        entry = lookup(said["what"].lower(), Vocabulary.ICONS) if said is not None else None
        if title is None or said is None or entry is None or entry.kind:
            return
        start = title.span.start + said.start("what")
        span = Span(start=start, end=start + len(said["what"]))
        draft = ObjectDraft(noun=entry.noun, span=span, known=True, living=entry.living)
        if _fit(draft):
            draft.parts.append(NamedPart(name=CROSSED_OUT, colour=None, span=span))
            self._discourse.mention([draft])


def _fit(obj: ObjectDraft, told: NamedPart | None = None) -> bool:
    """Whether it can be drawn so: a known thing as it is, in its own colours, of which nothing but ``told`` is said."""
    entry = lookup(obj.noun, Vocabulary.ICONS) if not (obj.of or obj.reference or obj.made_of or obj.colour) else None
    part = NamedPart(name=CROSSED_OUT, colour=None, span=obj.span)
    alone = all(one is told for one in obj.parts)
    return entry is not None and not entry.kind and alone and any(can_show(look, part) for look in entry.looks)
