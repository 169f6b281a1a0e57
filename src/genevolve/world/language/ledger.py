"""What became of every word of a request, from the scene that was read of it. A pure function; nothing is guessed.

The words come from ``judges.content``, which reads no grammar; the scene must account for each of them. A word that no field of
the scene explains is *not understood*, whatever the reader may have thought of it.
"""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from genevolve.core.ledger import Fate, Ledger, LedgerEntry
from genevolve.core.program import ordinal_phrases
from genevolve.judges.content import Unit, UnitKind, content
from genevolve.world.language import colours
from genevolve.world.language.asked import COUNTED, COUNTING, MIXING, SHADE
from genevolve.world.language.claims import Knowledge, label
from genevolve.world.language.cuts import edge_of, held_paper
from genevolve.world.language.edging import told_of
from genevolve.world.language.fate import DrawnSettings, FateOfWords, every_setting, stem
from genevolve.world.language.fates import (
    before_canvas,
    left_out,
    of_action,
    of_canvas,
    of_form,
    of_object,
    of_place,
    of_scene,
    of_text,
    whole_answer,
)
from genevolve.world.language.fates_dials import of_dial
from genevolve.world.language.inventory import lookup
from genevolve.world.language.lexicon import lexicon
from genevolve.world.language.model import AskedFact, Scene, SceneObject, Span, TextElement
from genevolve.world.language.name_labels import asks_for_names
from genevolve.world.language.parts import of_part
from genevolve.world.language.rims import of_rim
from genevolve.world.language.ties import of_bearing, ties
from genevolve.world.language.variety import of_variety
from genevolve.world.language.views import of_view
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.language.wishes import of_aside
from genevolve.world.language.young import of_young

_ASKED = re.compile(
    r"\b(?:how (?:many|much|old|tall|far|long|big|heavy)|(?:what|which|when|where) (?:it|they|the))\b[^?]*$", re.I
)
_NEXT_WORD = re.compile(r"[ -]([^\W\d_]+)")
_UP_TO_CANVAS = re.compile(r"(?: [^\W\d_]+){0,2} (?P<last>[^\W\d_]+) (?P<canvas>[^\W\d_]+)\b")
_ABSENT_WITHIN = 60  # characters between a negation and what it keeps out


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What this house can show: ``knowledge`` of looks and wordings, which settings can be drawn and which of their words that
    shows, and how many ``references`` the user handed over (None: not known)."""

    knowledge: Knowledge
    setting: DrawnSettings = every_setting
    references: int | None = None


def ledger(scene: Scene, means: Means) -> Ledger:
    """Every content word, number, quotation, name and negation of ``scene.text`` in exactly one entry, and of a free request
    every small word that ties two of its things together."""
    reading = _Reading(scene, means)
    answers = [(unit, reading.answer(unit)) for unit in content(scene.text)]
    taken = {position for unit, _ in answers for position in range(unit.start, unit.end)}
    answers += [(unit, answer) for unit, answer in ties(scene) if unit.start not in taken]
    answers += _wordless_gaps(scene, taken)
    return Ledger(entries=tuple(_entry(unit, answer) for unit, answer in sorted(answers, key=lambda pair: pair[0].start)))


def _wordless_gaps(scene: Scene, taken: Container[int]) -> Iterator[tuple[Unit, FateOfWords]]:
    """What a form leaves open and only small words ask for: "with pictures"."""
    for gap in scene.form.gaps if scene.form is not None else ():
        if not any(position in taken for position in range(gap.span.start, gap.span.end)):
            said = scene.text[gap.span.start : gap.span.end]
            words = said.strip(" ,;.")
            start = gap.span.start + said.find(words)
            unit = Unit(kind=UnitKind.WORD, start=start, end=start + len(words), text=words)
            yield unit, FateOfWords(Fate.NOT_POSSIBLE, gap.why, "layout")


def _entry(unit: Unit, answer: FateOfWords) -> LedgerEntry:
    return LedgerEntry(
        start=unit.start, end=unit.end, words=unit.text, fate=answer.fate, becomes=answer.becomes,
        aspect=answer.aspect, key=answer.key,
    )  # fmt: skip


class _Reading:
    def __init__(self, scene: Scene, means: Means) -> None:
        self.scene = scene
        self.means = means
        self.shown = {obj.key: shown(obj, means) for obj in scene.objects}
        self.untold = [span for text in scene.texts for span in _facts_within(text, scene, means.knowledge)]
        self.mentions = [(mention.start, mention.end, mention.ordinal) for mention in ordinal_phrases(scene.text)]

    def answer(self, unit: Unit) -> FateOfWords:
        if (told := of_dial(unit, self.scene)) is not None:
            return told
        meant = next((fix.word for fix in self.scene.corrections if _inside(unit, fix.span)), None)
        if meant is not None:
            found = self._answer(replace(unit, text=meant.rpartition(" ")[2]))
            return found._replace(becomes=f"read as “{meant}”: {found.becomes}")
        return self._answer(unit)

    def _answer(self, unit: Unit) -> FateOfWords:
        if (whole := self._of_sheet(unit)) is not None:
            return whole
        if _within(unit, self.scene.excluded):
            return self._ruled_out(unit)
        if _within(unit, self.scene.asides):
            return of_aside(unit, self.scene, self.scene.asides)
        told = of_part(unit, self.scene) or of_variety(unit, self.scene) or of_young(unit, self.scene)
        if (fact := told or self._asked(unit)) is not None:
            return fact
        if any(_inside(unit, span) for span in self.untold):
            return FateOfWords(Fate.NOT_POSSIBLE, "written as it stands: a fact is looked up only as a text of its own", "text")
        if unit.kind is UnitKind.QUOTE:
            return self._quoted(unit)
        if unit.kind is UnitKind.NEGATION:
            return self._negated(unit)
        for found in (of_bearing(unit, self.scene), self._mentioned(unit), self._own(unit), self._elsewhere(unit)):
            if found is not None:
                return found
        return (
            of_form(unit, self.scene)
            or of_rim(unit, self.scene)
            or held_paper(unit, self.scene)
            or of_canvas(unit)
            or self._kind_of_image(unit)
            or of_place(unit, self.scene)
            or of_action(unit, self.scene)
            or FateOfWords(Fate.NOT_UNDERSTOOD, "no part of the image came from it")
        )

    def _of_sheet(self, unit: Unit) -> FateOfWords | None:
        """By the layout, the form and the view of the image as a whole, whatever else the word may be."""
        gaps = self.scene.form.gaps if self.scene.form is not None else ()
        if (gap := next((gap for gap in gaps if _inside(unit, gap.span)), None)) is not None:
            return FateOfWords(Fate.NOT_POSSIBLE, gap.why, "layout")
        if (layout := of_form(unit, self.scene)) is not None and layout.fate is Fate.NOT_POSSIBLE:
            return layout
        if self.scene.sheet is not None and _within(unit, self.scene.sheet.words):
            return FateOfWords(Fate.DRAWN, edge_of(self.scene.sheet.cut), "sheet")
        if self.scene.edging is not None and _inside(unit, self.scene.edging.span):
            return FateOfWords(Fate.DRAWN, f"a {told_of(self.scene.edging)} all around", "edging")
        if self.scene.shape is not None and _inside(unit, self.scene.shape):
            return FateOfWords(Fate.APPLIED, "the shape of the image")
        return of_view(unit, self.scene)

    def _ruled_out(self, unit: Unit) -> FateOfWords:
        colour = colours.named(unit.text)
        owner = next((obj for obj in self.scene.objects if colour is not None and colour in obj.avoided), None)
        if owner is None:
            return FateOfWords(Fate.APPLIED, "it says how something is not")
        return FateOfWords(Fate.APPLIED, f"the {owner.noun} in another colour than {colour}", "not_coloured", owner.key)

    def _asked(self, unit: Unit) -> FateOfWords | None:
        """By the fact that the words ask for: what they say was needed to find it."""
        fact = next((fact for fact in self.scene.facts if _inside(unit, fact.span)), None)
        if fact is None:
            return None
        if fact.noun in {SHADE, MIXING}:
            return self._shaded(fact.question)
        if fact.noun in {COUNTED, COUNTING} and not fact.each:
            return self._counted(unit, fact)
        shown = (obj for obj in self.scene.objects if obj.of == fact.question and (obj.of or obj.noun == fact.noun))
        if fact.each:
            several = [obj for obj in self.scene.objects if obj.of in fact.each]
            return self.shown[several[0].key] if len(several) == len(fact.each) else None
        if fact.noun and (obj := next(shown, None)) is not None:
            return self.shown[obj.key]
        text = next((text for text in self.scene.texts if text.describes == fact.question), None)
        if text is None:
            return None
        wording = self.means.knowledge.wording(text.describes)
        if wording is None:
            return FateOfWords(Fate.NOT_POSSIBLE, "what should be written was not found", "lettering", text.key)
        return FateOfWords(Fate.LOOKED_UP, f"the text “{wording}”", "lettering", text.key)

    def _counted(self, unit: Unit, fact: AskedFact) -> FateOfWords | None:
        """By the things that there are so many of; of the word for these themselves the object says it."""
        number = int(fact.question)
        obj = next((obj for obj in self.scene.objects if obj.count.number == number), None)
        if obj is None or (obj.span.start <= unit.start < obj.span.end and unit.text.lower() not in {"as", "many", "one"}):
            return None
        return FateOfWords(Fate.LOOKED_UP, f"{number} × {obj.noun}", "counted", obj.key)

    def _shaded(self, colour: str) -> FateOfWords | None:
        """By the thing that has the colour which was found out."""
        obj = next((obj for obj in self.scene.objects if obj.colour == colour), None)
        if obj is None:
            return None
        return FateOfWords(Fate.LOOKED_UP, f"the {obj.noun} in {colour}", "coloured", obj.key)

    def _quoted(self, unit: Unit) -> FateOfWords:
        wanted = " ".join(unit.text.split()).strip(" .,;:").casefold()
        for text in self.scene.texts:
            if " ".join(text.content.split()).strip(" .,;:").casefold() == wanted:
                return FateOfWords(Fate.DRAWN, f"the {text.role.value}", "lettering", text.key)
        return FateOfWords(Fate.NOT_UNDERSTOOD, "it is not written in the image")

    def _negated(self, unit: Unit) -> FateOfWords:
        for text in self.scene.texts:
            if not text.quoted and text.content and _inside(unit, text.span):
                return FateOfWords(Fate.DRAWN, f"the {text.role.value}", "lettering", text.key)
        for obj in self.scene.objects:
            if obj.noun.startswith("no ") and _inside(unit, obj.span):
                return self.shown[obj.key]
        after = self.scene.text[unit.end : unit.end + _ABSENT_WITHIN].casefold()
        words = {stem(word) for word in after.replace(",", " ").split()}
        absent = next((noun for noun in self.scene.absent if set(map(stem, noun.split())) & words), None)
        if absent is not None:
            return left_out(absent, self.scene)
        if self.scene.nothing_else:
            return FateOfWords(Fate.APPLIED, "nothing else is drawn", "nothing_else")
        return FateOfWords(Fate.NOT_UNDERSTOOD, "what it excludes was not understood")

    def _mentioned(self, unit: Unit) -> FateOfWords | None:
        """ "the first reference image"."""
        for start, end, ordinal in self.mentions:
            if start <= unit.start < end:
                owner = next((obj for obj in self.scene.objects if obj.reference == ordinal), None)
                if owner is None:
                    return FateOfWords(Fate.NOT_UNDERSTOOD, "nothing uses this reference image")
                return self.shown[owner.key]
        return None

    def _own(self, unit: Unit) -> FateOfWords | None:
        """By the object or text in whose phrase the word stands: no other may account for its colours and numbers."""
        for text in self.scene.texts:
            if _inside(unit, text.span) and (found := self._of_text(unit, text)):
                return found
        for obj in self.scene.objects:
            if _inside(unit, obj.span):
                if obj.noun.startswith("no "):
                    return self.shown[obj.key]  # "a no smoking sign"
                found = of_object(unit, obj, self.shown[obj.key], self.scene, own=True)
                whole = whole_answer(unit, self.scene, self.means.setting)
                return found or whole or of_form(unit, self.scene) or of_canvas(unit) or _lost_in(obj)
        return None

    def _elsewhere(self, unit: Unit) -> FateOfWords | None:
        """By anything that the word may be said of, the nearest phrase first."""
        near = sorted(self.scene.objects, key=lambda obj: abs(obj.span.start - unit.start))
        said_of_all: Iterator[FateOfWords | None] = iter(
            (
                *(of_object(unit, obj, self.shown[obj.key], self.scene, own=False) for obj in near),
                *(self._of_text(unit, text) for text in self.scene.texts),
                of_scene(unit, self.scene, self.means.setting),
            )
        )
        return next((found for found in said_of_all if found is not None), None)

    def _kind_of_image(self, unit: Unit) -> FateOfWords | None:
        """ "birthday" of "a birthday card"."""
        follows = _NEXT_WORD.match(self.scene.text, unit.end)
        led = _UP_TO_CANVAS.match(self.scene.text, unit.end) if unit.kind is not UnitKind.SIGN else None
        led = led if led is not None and not lexicon().has("articles", led["last"].lower()) else None  # "the year as a poster"
        if led is not None and self._purpose(led["last"], led["canvas"]) and not lexicon().has("adjectives", unit.text.lower()):
            return FateOfWords(Fate.ASIDE, "what the image is for")  # "film" of "a film night poster"
        kind = of_canvas(replace(unit, text=follows[1])) if follows is not None else None
        if colours.named(unit.text) is not None:
            return None  # "a white card": of the background, or lost
        if follows is None or kind is None or kind.fate is not Fate.ASIDE or unit.kind is UnitKind.SIGN:
            return None
        if follows[1].lower() in {"only", "please"}:  # "three colours only"
            return None
        return before_canvas(unit, follows[1].lower(), self.scene.vocabulary)

    def _purpose(self, last: str, canvas: str) -> bool:
        """Whether ``last``, right before the kind of image, says what it is for."""
        kind = of_canvas(Unit(kind=UnitKind.WORD, start=0, end=0, text=canvas))
        form = self.scene.form.words if self.scene.form is not None else ()
        if colours.named(last) is not None or not (kind is not None and (kind.fate is Fate.ASIDE or canvas.lower() in form)):
            return False
        before = before_canvas(Unit(kind=UnitKind.WORD, start=0, end=0, text=last), canvas.lower(), self.scene.vocabulary)
        return before is not None and before.fate is Fate.ASIDE

    def _of_text(self, unit: Unit, text: TextElement) -> FateOfWords | None:
        if unit.kind is UnitKind.SIGN and not text.quoted and unit.text in text.content and _inside(unit, text.span):
            return FateOfWords(Fate.DRAWN, f"the {text.role.value}", "lettering", text.key)
        if _inside(unit, text.span) and str(lexicon().numbers.get(unit.text.lower())) == text.content:  # "the number seven"
            return FateOfWords(Fate.DRAWN, f"the {text.role.value}", "lettering", text.key)
        if _inside(unit, text.span) and asks_for_names(self.scene.text[text.span.start : text.span.end]):
            return FateOfWords(Fate.DRAWN, f"the {text.role.value}", "lettering", text.key)
        wording = text.content or (self.means.knowledge.wording(text.describes) if text.describes else None)
        return of_text(unit, text, wording or "")


def _lost_in(obj: SceneObject) -> FateOfWords:
    return FateOfWords(Fate.NOT_UNDERSTOOD, f"said of the {obj.noun}, and not drawn")


def shown(obj: SceneObject, means: Means) -> FateOfWords:
    """How the object itself comes into the image."""
    knowledge = means.knowledge
    if obj.reference is not None and means.references is not None and obj.reference > means.references:
        return FateOfWords(Fate.NOT_POSSIBLE, "no such reference image was given", "present", obj.key)
    if obj.reference is not None:
        return FateOfWords(Fate.DRAWN, f"reference image {obj.reference}", "present", obj.key)
    if obj.of.startswith(("reference image ", "library picture ")) and knowledge.looks(obj.noun, obj.of):
        return FateOfWords(Fate.LOOKED_UP, f"your own picture of the {obj.noun}", "present", obj.key)
    name = (knowledge.wording(obj.of) or "") if obj.of else obj.noun  # "chrysanthemum", of "the national flower of Japan"
    stands = lookup(name.lower() if obj.of else name, Vocabulary.ICONS) if name else None
    if stands is not None and stands.kind and knowledge.looks(obj.noun, obj.of):
        return FateOfWords(
            Fate.NOT_POSSIBLE, f"no picture of it is known here: a {stands.kind} stands for it", "present", obj.key
        )
    plain = lookup(obj.noun.removeprefix("national "), Vocabulary.ICONS) if obj.noun.startswith("national ") else None
    if plain is not None and set(knowledge.looks(obj.noun, obj.of)) == set(plain.looks):  # "the national flower of Japan"
        return FateOfWords(Fate.NOT_POSSIBLE, f"which it is was not found: any {obj.noun} stands for it", "present", obj.key)
    if knowledge.looks(obj.noun, obj.of):
        fate = Fate.LOOKED_UP if obj.of else Fate.DRAWN
        chosen = "; how many was left open: a small number was chosen" if obj.count.number is None else ""
        return FateOfWords(fate, f"a picture of the {label(obj)}{chosen}", "present", obj.key)
    return FateOfWords(Fate.NOT_POSSIBLE, "no picture of it is known here", "present", obj.key)


def _facts_within(text: TextElement, scene: Scene, knowledge: Knowledge) -> Iterator[Span]:
    """The fact in the middle of a text that is none itself: "hello from | the capital of Australia"."""
    if text.quoted or text.describes or scene.vocabulary is not Vocabulary.ICONS:
        return
    said = scene.text[text.span.start : text.span.end]
    heads = scene.form is not None and scene.form.worked_out  # the head of a table that answers it
    if not heads and (asked := _ASKED.search(said)) is not None:  # "write | how many sides it has"
        yield Span(start=text.span.start + asked.start(), end=text.span.end)
    for hit in re.finditer(r"(?<=\s)the [^,.;:!?]+", said):
        if knowledge.wording(hit[0]) is not None:
            yield Span(start=text.span.start + hit.start(), end=text.span.start + hit.end())


def _within(unit: Unit, spans: Sequence[Span]) -> bool:
    return any(span.start <= unit.start and unit.end <= span.end for span in spans)


def _inside(unit: Unit, span: Span) -> bool:
    return span.start <= unit.start and unit.end <= span.end
