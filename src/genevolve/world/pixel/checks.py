"""Each kind of claim against what was seen: a verdict, or None where pixels cannot tell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from genevolve.core import claim as kinds
from genevolve.core.claim import Arrangement, Claim, Direction, Piling, Subject
from genevolve.core.score import Dimension
from genevolve.world.language.ambiguities import BORNE
from genevolve.world.language.bodies import seat_of
from genevolve.world.language.part_looks import CROSSED_OUT
from genevolve.world.language.patterns import Pattern, pattern_of
from genevolve.world.language.senses import has_legs
from genevolve.world.pixel import geometry, paint, style
from genevolve.world.pixel.action_signs import shown_by_sign
from genevolve.world.pixel.arrays import Box
from genevolve.world.pixel.bearing import borne, dips, turned_to
from genevolve.world.pixel.contact import between_legs, nearer, on_it, seen_whole, stacked, upright
from genevolve.world.pixel.crossed import crossing_fault
from genevolve.world.pixel.detect import Instance
from genevolve.world.pixel.detections import Detections, boxes
from genevolve.world.pixel.dials import shows_value
from genevolve.world.pixel.ground import has_contact_shadow, held_up, strangers
from genevolve.world.pixel.ocr import NEAR, best_match
from genevolve.world.pixel.own_names import at_its_own
from genevolve.world.pixel.parts import is_pictured_so, part_has_colour
from genevolve.world.pixel.patterns import has_pattern
from genevolve.world.pixel.verdict import ClaimVerdict

BACKGROUND_SHARE = 0.35
LARGER = 1.12  # ratio of sides from which one object is drawn larger than another
F, V, T = Dimension.FAITHFULNESS, Dimension.VISUAL_CORRECTNESS, Dimension.TEXT_ACCURACY


def check(claim: Claim, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    """The verdicts on one claim; none where it cannot be seen (unknown looks, a setting, a style without a measure)."""
    verdicts = _CHECKS[claim.kind](claim, seen, claims)
    return [verdict for verdict in verdicts if verdict is not None]


def subjects(claim: Claim) -> tuple[Subject, ...]:
    """Every subject that a claim names."""
    match claim:
        case kinds.Related(subject=subject, targets=targets):
            return (subject, *targets)
        case kinds.Larger(subject=subject, other=other):
            return (subject, other)
        case kinds.TextRelated(subject=subject):
            return (subject,)
        case kinds.NothingElse(subjects=named):
            return named
        case kinds.TextShown() | kinds.BackgroundColour() | kinds.Styled() | kinds.NoText():
            return ()
    return (claim.subject,)


def _verdict(
    skill: str, dimension: Dimension, requirement: str, passed: bool, detail: str = "", vital: bool = False
) -> ClaimVerdict:
    value = 1.0 if passed else 0.0
    return ClaimVerdict(
        skill=skill,
        dimension=dimension,
        requirement=requirement,
        value=value,
        detail="" if passed else detail,
        vital=vital,
    )


def _found(seen: Detections, subject: Subject) -> tuple[Instance, ...] | None:
    """None: the judge has no template of it."""
    return seen.instances.get(subject.key)


def _present(claim: kinds.Present, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None:
        return []
    requirement = f"{claim.subject.label} is there and recognisable"
    return [_verdict("attribute_binding", V, requirement, bool(found), "it was not recognised anywhere", vital=True)]


def _counted(claim: kinds.Counted, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None:
        return []
    requirement = f"exactly {claim.count} of {claim.subject.label}"
    hidden = sum(not seen_whole(one) for one in found) if seen.free else 0
    detail = f"{len(found)} were counted" + (f", {hidden} of them mostly hidden" if hidden else "")
    return [_verdict("quantity_counting", F, requirement, len(found) == claim.count and not hidden, detail)]


def _coloured(claim: kinds.Coloured, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None or _colours_hidden(claims) or not paint.known(claim.colour):
        return []
    requirement = f"{claim.subject.label} is {claim.colour}"
    if not found:
        return [_verdict("attribute_binding", V, requirement, False, "it was not recognised anywhere")]
    colours = [paint.has_colour(seen.image, instance, claim.colour, seen.hides(instance)) for instance in found]
    wrong = next((name for right, name in colours if right is False), "")
    if not wrong and any(right is None for right, _ in colours):
        return []
    if not wrong and _all_alike(claim, seen, claims):
        return [_verdict("attribute_binding", V, f"only {requirement}", False, "the others of its kind are, too")]
    return [_verdict("attribute_binding", V, requirement, not wrong, f"it is {wrong}")]


def _not_coloured(claim: kinds.NotColoured, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if not found or _colours_hidden(claims) or not paint.known(claim.colour):
        return []
    told = [paint.has_colour(seen.image, instance, claim.colour, seen.hides(instance))[0] for instance in found]
    if None in told:
        return []
    requirement = f"{claim.subject.label} is not {claim.colour}"
    return [_verdict("attribute_binding", V, requirement, not any(told), f"it is {claim.colour}")]


def _part_coloured(claim: kinds.PartColoured, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None or _colours_hidden(claims) or not paint.known(claim.colour):
        return []
    told = [part_has_colour(seen.image, one, claim.part, claim.colour, seen.hides(one)) for one in found]
    wrong = next((name for right, name in told if right is False), "")
    if not wrong and any(right is None for right, _ in told):
        return []
    requirement = f"the {claim.part} of {claim.subject.label} is {claim.colour}"
    detail = f"it is {wrong}" if found else "it was not recognised anywhere"
    return [_verdict("attribute_binding", V, requirement, bool(found) and not wrong, detail)]


def _patterned(
    claim: kinds.PartShown, pattern: Pattern, found: Sequence[Instance], seen: Detections, claims: Sequence[Claim]
) -> list[ClaimVerdict]:
    told = [has_pattern(seen.image, one, pattern, seen.hides(one)) for one in found]
    requirement = f"{claim.subject.label} with {claim.part}"
    if _colours_hidden(claims):
        return [_verdict("attribute_binding", V, requirement, False, "the style of the image leaves no such colours")]
    if None in told:
        return []
    return [_verdict("attribute_binding", V, requirement, bool(told) and all(told), "the pattern is not seen on it")]


def _part_shown(claim: kinds.PartShown, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None:
        return []
    if (pattern := pattern_of(claim.part)) is not None:
        return _patterned(claim, pattern, found, seen, claims)
    requirement = f"{claim.subject.label} is pictured so: {claim.part}"
    if claim.part == CROSSED_OUT:
        detail = next((fault for one in found if (fault := crossing_fault(seen.image, one, claim.subject.looks))), "")
        return [_verdict("attribute_binding", V, requirement, bool(found) and not detail, detail or "nothing is crossed out")]
    passed = bool(found) and all(is_pictured_so(seen.image, one) for one in found)
    return [_verdict("attribute_binding", V, requirement, passed, "its picture is the plain one")]


def _all_alike(claim: kinds.Coloured, seen: Detections, claims: Sequence[Claim]) -> bool:
    """Whether of "three cups, one of them red" the ones that nothing is said of have its colour, too."""
    own = claim.subject
    coloured = {other.subject.key for other in claims if isinstance(other, kinds.Coloured)}
    rest = {
        other.subject.key
        for other in claims
        if isinstance(other, kinds.Counted) and other.subject.looks == own.looks and other.subject.key not in coloured
    }
    others = [one for key in rest for one in seen.instances.get(key, ())]
    return any(paint.has_colour(seen.image, one, claim.colour, seen.hides(one))[0] for one in others)


def _colours_hidden(claims: Sequence[Claim]) -> bool:
    """Whether the style of the whole image leaves no colour as it was asked for."""
    return any(isinstance(claim, kinds.Styled) and style.hides_colours(claim.style) for claim in claims)


def _placed(claim: kinds.Placed, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None:
        return []
    requirement = f"{claim.subject.label} at the {claim.place.value}"
    passed = bool(found) and geometry.in_place(geometry.bounds(boxes(found)), claim.place, seen.size)
    return [_verdict("spatial_layout", F, requirement, passed, _where(found, seen))]


def _related(claim: kinds.Related, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    groups = [_found(seen, subject) for subject in (claim.subject, *claim.targets)]
    known = [group for group in groups if group is not None]
    if len(known) < len(groups):
        return []
    if claim.direction is Direction.SIGN:
        return [shown_by_sign(claim, known[0], known[1], seen)]
    targets = " and ".join(target.label for target in claim.targets)
    requirement = f"{claim.subject.label} {claim.direction.value} {targets}"
    if not all(known):
        return [_verdict("spatial_layout", F, requirement, False, "one of them was not recognised")]
    if claim.direction in BORNE:
        passed = borne(
            claim.direction, claim.subject.label, known[0], [one for group in known[1:] for one in group], seen.image
        )
        return [_verdict("spatial_layout", F, requirement, passed, _where(known[0], seen))]
    if claim.direction is Direction.TURNED_TO:
        passed = turned_to(known[0], known[1])
        return [_verdict("spatial_layout", F, requirement, passed, "it looks elsewhere")]
    if claim.direction is Direction.BETWEEN and claim.targets[0].looks == claim.subject.looks:
        passed = geometry.in_the_middle(boxes(known[0]), boxes(known[1]))
        middle = f"{claim.subject.label} in the middle of the others"
        return [_verdict("spatial_layout", F, middle, passed, _where(known[0], seen))]
    passed = _stands_so(claim, known, seen)
    return [_verdict("spatial_layout", F, requirement, passed, _where(known[0], seen))]


def _stands_so(claim: kinds.Related, known: Sequence[tuple[Instance, ...]], seen: Detections) -> bool:
    """Whether what was found (the subject's instances first) stands to its targets as ``claim`` says."""
    seated = claim.direction is Direction.ON and seen.free
    targets_at = [[_from_seat(one) for one in group] if seated else boxes(group) for group in known[1:]]
    passed = geometry.related(claim.direction, boxes(known[0]), targets_at)
    if not passed and claim.direction is Direction.INSIDE:
        passed = all(dips(one, known[1]) for one in known[0])
    if passed and claim.direction in (Direction.BEHIND, Direction.IN_FRONT_OF):
        passed = _depth(claim.direction, known[0], [i for group in known[1:] for i in group], seen)
    if claim.direction is Direction.BELOW and seen.free and has_legs(claim.targets[0].label):
        passed = all(any(between_legs(one, host) for host in known[1]) for one in known[0])
    if passed and claim.direction is Direction.ON:
        passed = all(held_up(seen, one, known[1]) and (not seen.free or on_it(seen, one, known[1])) for one in known[0])
        passed = passed and not (seen.free and upright(claim.targets[0].label, known[1]))
    return passed


def _from_seat(instance: Instance) -> Box:
    """Its box from a little above the seat down: who stands on the back of a sofa is not on the sofa."""
    left, top, right, bottom = instance.pose.box
    seat = seat_of(instance.template.look)
    return (left, top + (0.0 if seat is None else max(0.0, seat[1] - 0.12)) * (bottom - top), right, bottom)


def _depth(direction: Direction, ones: Sequence[Instance], others: Sequence[Instance], seen: Detections) -> bool:
    """What is behind is covered, or, where nothing is covered, stands no lower than what is in front."""
    behind, front = (ones, others) if direction is Direction.BEHIND else (others, ones)
    told = [nearer(seen, far, near) for far in behind for near in front] if seen.free else []
    if any(one is not None for one in told):
        return all(one is not False for one in told)
    if not seen.free and any(instance.behind for instance in (*behind, *front)):
        return any(instance.behind for instance in behind) and not any(instance.behind for instance in front)
    low = max(instance.pose.box[3] for instance in front)
    return max(instance.pose.box[3] for instance in behind) <= low + 0.05 * max(i.pose.height for i in front)


def _larger(claim: kinds.Larger, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    ones, others = _found(seen, claim.subject), _found(seen, claim.other)
    if ones is None or others is None:
        return []
    requirement = f"{claim.subject.label} is larger than {claim.other.label}"
    passed = bool(ones and others) and _side(ones) > LARGER * _side(others)
    return [_verdict("spatial_layout", F, requirement, passed, "it is not drawn clearly larger")]


def _side(instances: Sequence[Instance]) -> float:
    import statistics

    return float(statistics.median((instance.pose.width * instance.pose.height) ** 0.5 for instance in instances))


def _arranged(claim: kinds.Arranged, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None:
        return []
    requirement = f"{claim.subject.label} in a {claim.arrangement.value}"
    passed = geometry.arranged(claim.arrangement, boxes(found))
    if claim.arrangement is Piling.STACK:
        passed = passed and stacked(seen, found)
    return [_verdict("spatial_layout", F, requirement, passed, f"the {len(found)} that were found are not")]


def _in_columns(claim: kinds.InColumns, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None:
        return []
    across = max((len(row) for row in geometry.rows_of(boxes(found))), default=0)
    requirement = f"{claim.subject.label} in rows of {claim.columns}"
    return [_verdict("spatial_layout", F, requirement, across == claim.columns, f"the longest row has {across}")]


def _shows(claim: kinds.Shows, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    """Measured in the picture, at the places where such a thing has its hands, pips, lamps or level."""
    found = _found(seen, claim.subject)
    told = [shows_value(seen.image, instance) for instance in found or ()]
    wrong = next((value for value in told if value and not value.right), None)
    styled = any(isinstance(other, kinds.Styled) for other in claims)
    if not told or any(value is None for value in told) or (styled and wrong is not None):
        return []
    detail = f"it shows {wrong.measured}" if wrong is not None else ""
    return [_verdict("attribute_binding", V, claim.subject.label, wrong is None, detail)]


def _text_shown(claim: kinds.TextShown, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict | None]:
    match = best_match(claim.text, seen.read, stacked=seen.stacked)
    requirement = f'the text "{claim.text}"'
    near = match.likeness >= NEAR
    detail = "" if match.exact else f'it reads "{match.text}"' if near else "it is not there"
    value = 1.0 if match.exact else 0.5 if near else 0.0
    verdicts: list[ClaimVerdict | None] = [
        ClaimVerdict(skill="text_rendering", dimension=T, requirement=requirement, value=value, detail=detail)
    ]
    if claim.place is not None:
        passed = near and geometry.in_place(match.box, claim.place, seen.size)
        verdicts.append(
            _verdict("text_rendering", F, f"{requirement} at the {claim.place.value}", passed, "it stands elsewhere")
        )
    if claim.colour is not None and paint.known(claim.colour) and near and not _colours_hidden(claims):
        right, name = paint.text_has_colour(seen.image, [line.box for line in match.lines], claim.colour)
        verdicts.append(_verdict("attribute_binding", V, f"{requirement} in {claim.colour}", right, f"it is {name}"))
    return verdicts


def _text_related(claim: kinds.TextRelated, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    """On a thing: within the box of one of its instances; in a ring of them: amid them all; else as things stand to each
    other."""
    found = _found(seen, claim.subject)
    if found is None:
        return []
    match = best_match(claim.text, seen.read, stacked=seen.stacked)
    requirement = f'the text "{claim.text}" {claim.direction.value} {claim.subject.label}'
    if match.likeness < NEAR or not found:
        return [_verdict("text_rendering", F, requirement, False, "one of them was not recognised")]
    rings = [one.subject for one in claims if isinstance(one, kinds.Arranged) and one.arrangement is Arrangement.CIRCLE]
    within = claim.direction in (Direction.ON, Direction.INSIDE)
    direction = Direction.INSIDE if within else claim.direction
    within = within and claim.subject not in rings
    groups = [[box] for box in boxes(found)] if within else [boxes(found)]
    passed = any(geometry.related(direction, [match.box], [group]) for group in groups)
    verdicts = [_verdict("text_rendering", F, requirement, passed, "it stands elsewhere")]
    if (own := at_its_own(claim, match.box, seen, claims)) is not None:
        named = f'"{claim.text}" stands at the {claim.subject.label} and at no other thing'
        verdicts.append(_verdict("text_rendering", V, named, own, "another thing is nearer"))
    return verdicts


def _background_colour(claim: kinds.BackgroundColour, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    if _colours_hidden(claims) or not paint.known(claim.colour):
        return []
    part = paint.background_share(seen.image, seen.background(), claim.colour)
    requirement = f"the background is {claim.colour}"
    return [_verdict("attribute_binding", F, requirement, part >= BACKGROUND_SHARE, f"only {part:.0%} of it is")]


def _styled(claim: kinds.Styled, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    wanted = style.visible(claim.style)
    if wanted is None:
        return []
    passed = style.has_style(seen.image, wanted, [line.box for line in seen.text_lines])
    requirement = f"the whole image in the style {claim.style}"
    return [_verdict("creative_drawing", V, requirement, passed, "parts of the image are not")]


def _grounded(claim: kinds.Grounded, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if not found or any(isinstance(other, kinds.Styled) and other.style in style.SHADOWLESS for other in claims):
        return []
    passed = all(has_contact_shadow(seen, instance) for instance in found)
    requirement = f"{claim.subject.label} stands on something"
    return [_verdict("physical_material_consistency", V, requirement, passed, "no contact shadow lies under it")]


def _intact(claim: kinds.Intact, seen: Detections, claims: Sequence[Claim]) -> list[ClaimVerdict]:
    """A body that is missing while something unknown stands in the image counts as bent beyond recognition."""
    found = _found(seen, claim.subject)
    if found is None:
        return []
    wanted = [c.count for c in claims if isinstance(c, kinds.Counted) and c.subject.key == claim.subject.key]
    unrecognisable = len(found) < max(wanted, default=1) and bool(strangers(seen, smallest=0.03))
    passed = bool(found) and all(instance.intact for instance in found) and not unrecognisable
    requirement = f"{claim.subject.label} has a whole, undistorted body"
    return [_verdict("anatomy_body_coherence", V, requirement, passed, "its shape is not that of its look")]


def _nothing_else(claim: kinds.NothingElse, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    if any(_found(seen, subject) is None for subject in claim.subjects):
        return []
    extra = strangers(seen)
    unasked = [line for line in seen.text_lines if line not in seen.required]
    detail = f"something else is seen near {_spot(extra[0], seen)}" if extra else ""
    if unasked and not extra:
        detail = f"it also says “{unasked[0].text}”"
    return [_verdict("quantity_counting", V, "nothing else is in the image", not (extra or unasked), detail)]


def _absent(claim: kinds.Absent, seen: Detections, _: Sequence[Claim]) -> list[ClaimVerdict]:
    found = _found(seen, claim.subject)
    if found is None:
        return []
    return [_verdict("attribute_binding", V, f"no {claim.subject.label}", not found, _where(found, seen))]


def _no_text(_: kinds.NoText, seen: Detections, __: Sequence[Claim]) -> list[ClaimVerdict]:
    detail = f"it says “{seen.text_lines[0].text}”" if seen.text_lines else ""
    return [_verdict("text_rendering", V, "no text", not seen.text_lines, detail)]


def _where(found: Sequence[Instance], seen: Detections) -> str:
    if not found:
        return "it was not recognised anywhere"
    return f"it is near {_spot(geometry.bounds(boxes(tuple(found))), seen)}"


def _spot(box: tuple[float, float, float, float], seen: Detections) -> str:
    x, y = geometry.centre(box)
    return f"{x / seen.size[0]:.0%} from the left, {y / seen.size[1]:.0%} from the top"


_CHECKS: Mapping[str, Callable[[Any, Detections, Sequence[Claim]], Sequence[ClaimVerdict | None]]] = {
    "present": _present,
    "counted": _counted,
    "coloured": _coloured,
    "not_coloured": _not_coloured,
    "part_coloured": _part_coloured,
    "part_shown": _part_shown,
    "placed": _placed,
    "related": _related,
    "larger": _larger,
    "arranged": _arranged,
    "columns": _in_columns,
    "shows": _shows,
    "lettering": _text_shown,
    "text_related": _text_related,
    "backdrop": _background_colour,
    "styled": _styled,
    "grounded": _grounded,
    "intact": _intact,
    "nothing_else": _nothing_else,
    "absent": _absent,
    "no_text": _no_text,
}
