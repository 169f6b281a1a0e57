"""The pixel judge itself: image bytes and claims in, a score out."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from genevolve.core.claim import (
    Absent,
    Arranged,
    Claim,
    Counted,
    Direction,
    Intact,
    NoText,
    Piling,
    Related,
    Styled,
    Subject,
    TextRelated,
    TextShown,
)
from genevolve.core.finding import Finding, ok
from genevolve.core.protocols import ImageCase
from genevolve.core.score import Dimension, Score, Unscored
from genevolve.store.decode import NotAnImage
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.claims import Knowledge
from genevolve.world.language.follow_up import merged
from genevolve.world.language.model import Form, FormKind, Weather
from genevolve.world.language.senses import has_legs, is_shelter
from genevolve.world.language.vocabulary import Vocabulary
from genevolve.world.pixel import weather
from genevolve.world.pixel.action_signs import told_apart
from genevolve.world.pixel.assign import assign
from genevolve.world.pixel.canvas import opened, picture, same_picture
from genevolve.world.pixel.checks import check, subjects
from genevolve.world.pixel.contact import uninvited
from genevolve.world.pixel.coverage import COVERAGE_FLOOR, Check, checks_of, coverage, lost_requirements, unchecked, wordless
from genevolve.world.pixel.cuts import sheet_seen
from genevolve.world.pixel.derive_claims import DerivedClaims, derive_claims, look_of
from genevolve.world.pixel.detect import Rigour, Templates, detect, wanted_of
from genevolve.world.pixel.detections import Detections
from genevolve.world.pixel.edging import border_seen
from genevolve.world.pixel.forms import laid_out
from genevolve.world.pixel.grading import JUDGE, VERSION, as_intended, grade, misplaced
from genevolve.world.pixel.layout import layout
from genevolve.world.pixel.ocr import NEAR, TextLine, best_match, closer, credible, read_lines, required_lines
from genevolve.world.pixel.setting import lit_as, set_in
from genevolve.world.pixel.signs import apart_from, is_sign, lone_sign, same_sign
from genevolve.world.pixel.slots import slots_laid_out
from genevolve.world.pixel.stand_in import stand_ins
from genevolve.world.pixel.style import LINES_ONLY, hides_colours, smoothed
from genevolve.world.pixel.tables import pictured_cells, ruled_table
from genevolve.world.pixel.templates import Raster
from genevolve.world.pixel.verdict import ClaimVerdict

if TYPE_CHECKING:
    from genevolve.world.pixel.arrays import Bytes


_NOTHING = "the request names nothing that this judge can check on pixels"
_UNKNOWN = "none of the claims can be checked on pixels: their looks are unknown"

TOUCHING = (Direction.ON, Direction.INSIDE, Direction.BEHIND, Direction.IN_FRONT_OF, *BORNE)


class PixelJudge:
    """Scores what can be seen: it gets the claims and the pixels, never the prompt or the generator's plan.

    ``knowledge`` names the looks of what a free request asks for; ``template`` turns a look and a size into RGBA pixels and
    raises ``KeyError`` for a look that does not exist. The work runs in a thread; one judge may be used from many tasks.
    """

    def __init__(self, knowledge: Knowledge, template: Raster, vocabulary: Vocabulary = Vocabulary.EVERYDAY) -> None:
        self._knowledge = knowledge
        self._vocabulary = Vocabulary(vocabulary)
        self._templates = Templates(template)

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        return await asyncio.to_thread(self._judge, case)

    async def check(self, *, call: bool) -> Sequence[Finding]:
        """With ``call`` the OCR models are loaded and read one blank image."""
        if not call:
            return [ok("ready; it looks at pixels on this machine")]
        import numpy as np

        await asyncio.to_thread(read_lines, np.full((64, 64, 3), 255, np.uint8))
        return [ok("the OCR models load")]

    def _judge(self, case: ImageCase) -> Score | Unscored:
        try:
            image = opened(case.image)
            for reference in (*case.own_references, *case.chosen):
                self._templates.add(look_of(reference), picture(reference.data))
        except NotAnImage as problem:
            return Unscored(reason=f"the image, or a reference, cannot be read: {problem}", judge=JUDGE, version=VERSION)
        if case.claims is not None:
            return self._of_shipped(image, case.claims)
        request = merged(case.wishes, self._vocabulary) if case.wishes else case.request
        asked = derive_claims(request, self._knowledge, case.own_references, self._vocabulary, chosen=case.chosen)
        if case.ground_truth is not None and same_picture(image, case.ground_truth):
            return replace(as_intended(asked.claims), coverage=1.0, ledger=asked.ledger)
        return self._of_free(image, asked)

    def _of_shipped(self, image: "Bytes", claims: Sequence[Claim]) -> Score | Unscored:
        """A case with claims of its own: they are complete by construction."""
        if not claims:
            return Unscored(reason=_NOTHING, judge=JUDGE, version=VERSION)
        seen = self._look(image, claims)
        verdicts, _ = _checked(claims, seen)
        if not verdicts:
            return Unscored(reason=_UNKNOWN, judge=JUDGE, version=VERSION)
        score = grade([*verdicts, *_layout(claims, seen)], _unchecked(claims, seen))
        return replace(score, coverage=1.0)

    def _of_free(self, image: "Bytes", asked: DerivedClaims) -> Score | Unscored:
        """Claims that were derived from the words; what they do not cover is failed, or lowers the coverage, or both."""
        claims, ledger = asked.claims, asked.ledger
        left_out = "; ".join(asked.derived.unclaimed)
        if not claims and asked.setting is None:
            reason = f"{_NOTHING}: {left_out}" if left_out else _NOTHING
            return Unscored(reason=reason, judge=JUDGE, version=VERSION, coverage=0.0, ledger=ledger)
        stacked = bool(asked.form and asked.form.parts) or not any(subjects(claim) for claim in claims)
        seen = self._look(image, claims, stacked=stacked, form=asked.form, again=True)
        verdicts, done = _checked(claims, seen)
        answered = {check for claim in done for check in checks_of(claim, asked.derived)}
        told, more = _whole(image, asked, seen)
        verdicts, answered = [*verdicts, *told], answered | more
        share = coverage(ledger, answered)
        if not _something_seen(claims, verdicts):
            reason = "nothing that was asked for is seen in the image, and that something is absent is no score by itself"
            return Unscored(reason=reason, judge=JUDGE, version=VERSION, coverage=share, ledger=ledger)
        if not verdicts or share <= COVERAGE_FLOOR:
            reason = f"only {share:.0%} of the request could be checked: {ledger.summary()}" if verdicts else _UNKNOWN
            return Unscored(reason=reason, judge=JUDGE, version=VERSION, coverage=share, ledger=ledger)
        verdicts += lost_requirements(ledger, pebbles=bool(stand_ins(seen.image)))
        if self._vocabulary is Vocabulary.ICONS:
            verdicts += uninvited(seen, claims) if asked.form is None else []
            verdicts += misplaced(verdicts)
        verdicts += wordless(asked.derived, text_seen=bool(seen.text_lines))
        alone = ", ".join(f"“{words}”" for words in unchecked(ledger, answered))
        notes = [f"not checked: {alone}" if alone else "", _unchecked(claims, seen), left_out]
        score = grade([*verdicts, *_layout(claims, seen)], "; ".join(filter(None, notes)))
        return replace(score, coverage=round(share, 4), ledger=ledger)

    def _look(
        self,
        image: "Bytes",
        claims: Sequence[Claim],
        *,
        stacked: bool = False,
        form: Form | None = None,
        again: bool = False,
    ) -> Detections:
        """``again``: what reads nearly as it should is read once more, enlarged ("train" comes out as "tram" at its size)."""
        import numpy as np

        named = {subject.key: subject for claim in claims for subject in subjects(claim)}
        bodies = {claim.subject.key for claim in claims if isinstance(claim, Intact)}
        read = _read(image, form)
        signs = _signs(image, claims) if again else ()
        read = (*(line for line in read if not any(same_sign(line, sign) for sign in signs)), *signs)
        texts = [claim.text for claim in claims if isinstance(claim, TextShown)]
        text_lines = credible(read, texts, stacked=stacked)
        required = required_lines(read, texts, stacked=stacked)
        pixels = image.astype(np.float32)
        wanted = wanted_of(tuple(named.values()), self._templates, _counts(claims), bodies)
        found = (
            detect(smoothed(pixels, _styles(claims)), wanted, [line.box for line in required], _rigour(claims))
            if wanted
            else []
        )
        seen = Detections(
            image=pixels,
            read=read,
            text_lines=text_lines,
            required=required,
            instances=told_apart(assign(pixels, found, claims), claims),
            stacked=stacked,
            free=again,
        )
        if signs and len(kept := _without_outlines(seen, signs, claims)) < len(read):
            seen = _read_anew(seen, kept, texts)
        nearer = _closer_look(image, seen, claims, again=again)
        return seen if nearer is None else _read_anew(seen, nearer, texts)


def _read_anew(seen: Detections, read: tuple[TextLine, ...], texts: Sequence[str]) -> Detections:
    """The same things, with the lines ``read`` instead."""
    return replace(
        seen,
        read=read,
        text_lines=credible(read, texts, stacked=seen.stacked),
        required=required_lines(read, texts, stacked=seen.stacked),
    )


def _read(image: "Bytes", form: Form | None) -> tuple[TextLine, ...]:
    """Every line of text; of a table cell by cell, too."""
    cells = ruled_table(image, pictured_cells(form)) if form is not None and form.kind is FormKind.TABLE else None
    return (*read_lines(image), *(cells.lines if cells is not None else ()))


def _closer_look(image: "Bytes", seen: Detections, claims: Sequence[Claim], *, again: bool) -> tuple[TextLine, ...] | None:
    """What is read when the things that were to bear a text, and on which it was not read well, are looked at by themselves;
    ``again``: and the lines that read nearly as they should."""
    read = seen.read
    for text in (claim.text for claim in claims if again and isinstance(claim, TextShown)):
        match = best_match(text, read, stacked=seen.stacked)
        if NEAR <= match.likeness < 1:
            left, top, right, bottom = match.box
            pad = 0.6 * match.lines[0].height
            read = closer(image, (left - pad, top - pad, right + pad, bottom + pad), text, read)
    for claim in claims:
        if not isinstance(claim, TextRelated) or claim.direction not in (Direction.ON, Direction.INSIDE):
            continue
        for instance in seen.instances.get(claim.subject.key, ()):
            read = closer(image, instance.pose.box, claim.text, read)
    return None if read is seen.read else read


def _signs(image: "Bytes", claims: Sequence[Claim]) -> tuple[TextLine, ...]:
    """Single signs that are asked for."""
    texts = [claim.text for claim in claims if isinstance(claim, TextShown) and is_sign(claim.text)]
    found = (lone_sign(image, text) for text in dict.fromkeys(texts))
    return tuple(sign for sign in found if sign is not None)


def _without_outlines(seen: Detections, signs: Sequence[TextLine], claims: Sequence[Claim]) -> tuple[TextLine, ...]:
    """What was read, without signs that are a part of a thing which is to bear none."""
    related = [claim for claim in claims if isinstance(claim, TextRelated)]
    bear = {(claim.text, claim.subject.key) for claim in related if claim.direction in (Direction.ON, Direction.INSIDE)}
    false = [
        sign
        for sign in signs
        for key, found in seen.instances.items()
        if (sign.text, key) not in bear and not apart_from(sign, (one.pose.box for one in found))
    ]
    return tuple(line for line in seen.read if line not in false)


def _laid_out(asked: DerivedClaims, seen: Detections) -> list[ClaimVerdict]:
    """The verdicts on the layout that the request asks for; none where nothing tells."""
    if asked.form is None:
        return []
    if asked.form.parts:
        return slots_laid_out(asked.form, asked.request, asked.derived.wordings, seen)
    told = laid_out(asked.form, asked.claims, seen)
    return [] if told is None else [told]


def _checked(claims: Sequence[Claim], seen: Detections) -> tuple[list[ClaimVerdict], list[Claim]]:
    """The verdicts, and the claims that got one."""
    by_claim = [(claim, check(claim, seen, claims)) for claim in claims]
    return [verdict for _, found in by_claim for verdict in found], [claim for claim, found in by_claim if found]


def _something_seen(claims: Sequence[Claim], verdicts: Sequence[ClaimVerdict]) -> bool:
    """False where the claims only keep things out ("no text"): a blank picture would pass them. A setting that was
    recognised is something."""
    recognised = any(verdict.skill == "aesthetic_drawing" and verdict.value for verdict in verdicts)
    return not verdicts or recognised or not all(isinstance(claim, Absent | NoText) for claim in claims)


def _layout(claims: Sequence[Claim], seen: Detections) -> list[ClaimVerdict]:
    unwanted = {claim.subject.key for claim in claims if isinstance(claim, Absent)}
    wanted = {key: found for key, found in seen.instances.items() if key not in unwanted}
    complete = all(len(found) >= _counts(claims).get(key, 1) for key, found in wanted.items())
    stylised = any(hides_colours(style) for style in _styles(claims))
    return layout(seen, _together(claims, free=seen.free), complete=complete, stylised=stylised)


def _set_in(place: str) -> ClaimVerdict:
    return ClaimVerdict(
        skill="aesthetic_drawing", dimension=Dimension.FAITHFULNESS, requirement=f"the setting is {place}", value=1.0
    )


def _lit_as(image: "Bytes", asked: DerivedClaims) -> bool:
    return asked.setting is not None and lit_as(image, asked.setting, asked.light, asked.weather)


def _weather(kind: Weather, seen: Detections, setting: str | None) -> list[ClaimVerdict]:
    """Fog of another generator may look otherwise, so that it is met or not told; rain and snow are met or missed."""
    there = weather.seen(kind, seen.image, seen.background(), setting)
    if kind is Weather.FOG and not there:
        return []
    return [
        ClaimVerdict(
            skill="aesthetic_drawing",
            dimension=Dimension.FAITHFULNESS,
            requirement=f"{kind.value} is seen",
            value=1.0 if there else 0.0,
            detail="" if there else f"no {kind.value} is seen between the things",
        )
    ]


def _rigour(claims: Sequence[Claim]) -> Rigour:
    """What an asked-for style leaves of a look."""
    styles = _styles(claims)
    if styles & LINES_ONLY:
        return Rigour.LINES
    return Rigour.TONES if any(hides_colours(style) for style in styles) else Rigour.COLOURS


def _styles(claims: Sequence[Claim]) -> set[str]:
    return {claim.style for claim in claims if isinstance(claim, Styled)}


def _whole(image: "Bytes", asked: DerivedClaims, seen: Detections) -> tuple[list[ClaimVerdict], set[Check]]:
    """What can be said of the image as a whole, its weather, setting, light, layout and edge, and which checks that answers."""
    verdicts: list[ClaimVerdict] = []
    answered: set[Check] = set()
    for kind in asked.weather:
        told = _weather(kind, seen, asked.setting)
        answered |= {("weather", kind.value)} if told else set()
        verdicts += told
    if asked.setting is not None and set_in(image, asked.setting, asked.weather, asked.light):
        answered |= {("setting", "")} | ({("light", "")} if _lit_as(image, asked) else set())
        verdicts += [_set_in(asked.setting)]
    if told := _laid_out(asked, seen):
        answered.add(("layout", ""))
        verdicts += told
    if asked.sheet is not None:
        answered.add(("sheet", ""))
        verdicts.append(sheet_seen(asked.sheet, asked.request, seen.image))
    if asked.edging is not None:
        answered.add(("edging", ""))
        verdicts.append(border_seen(asked.edging, asked.request, seen.image))
    return verdicts, answered


def _counts(claims: Sequence[Claim]) -> dict[str, int]:
    return {claim.subject.key: claim.count for claim in claims if isinstance(claim, Counted)}


def _together(claims: Sequence[Claim], *, free: bool) -> set[frozenset[str]]:
    """Pairs of subjects that are asked to touch; in a ``free`` request what is under a tree may stand before its trunk, and the
    sign of what somebody does may be before what that one is on, in or under."""
    related = [claim for claim in claims if isinstance(claim, Related)]
    signed = {
        frozenset({one.subject.key, target.key})
        for one in related
        if one.direction is Direction.SIGN
        for other in related
        if other.subject.key in {doer.key for doer in one.targets}
        for target in other.targets
    }
    piled = {
        frozenset({claim.subject.key})
        for claim in claims
        if isinstance(claim, Arranged) and claim.arrangement in (Piling.STACK, Piling.PILE)
    }
    return (
        piled
        | signed
        | {
            frozenset({claim.subject.key, target.key})
            for claim in claims
            if isinstance(claim, Related) and (claim.direction in TOUCHING or (free and _under_a_tree(claim)))
            for target in claim.targets
            if target.key != claim.subject.key
        }
    )


def _under_a_tree(claim: Related) -> bool:
    """Or between the legs of a table."""
    names = {Direction.BELOW: claim.targets[0].label, Direction.ABOVE: claim.subject.label}
    name = names.get(claim.direction, "thing")
    return is_shelter(name) or has_legs(name)


def _unchecked(claims: Sequence[Claim], seen: Detections) -> str:
    """Plain words on what was left out of the score."""
    named: dict[str, Subject] = {subject.key: subject for claim in claims for subject in subjects(claim)}
    unknown = [subject.label for key, subject in named.items() if key not in seen.instances]
    return f"not checked, because no look of it is known: {', '.join(unknown)}" if unknown else ""
