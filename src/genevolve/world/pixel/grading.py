"""From verdicts to the four dimensions, each 0, ½ or 1. The mapping is written down in docs/judges.md."""

from collections.abc import Sequence

from genevolve.core.claim import Claim, TextShown
from genevolve.core.score import Dimension, Score
from genevolve.world.pixel.verdict import ClaimVerdict

JUDGE = "pixel"
# 2: what is not checked is no pass; 3: colours of own shapes, acting fails; 4: layouts slot by slot; 5: places of texts;
# 6: what is worn, held, pictured or in a vessel, small words that tie things, more layouts, texts that read nearly right;
# 7: weather is looked for, the middle one and the only one of its colour, materials and leaning;
# 8: colours that are ruled out, who sits on what has a back;
# 9: every word of a setting, settings by themselves, what is told of a thing that bears a text, rows and columns
VERSION = "11"
_PLACING = frozenset(("spatial_layout", "quantity_counting"))


def grade(verdicts: Sequence[ClaimVerdict], rationale: str = "") -> Score:
    """Text accuracy is None when no text was required. A dimension without a verdict of its own borrows its neighbour's."""
    text = _text([v for v in verdicts if v.dimension is Dimension.TEXT_ACCURACY])
    vital = [v for v in verdicts if v.vital]
    faithful = [v for v in verdicts if v.dimension is Dimension.FAITHFULNESS] + vital
    visual = [v for v in verdicts if v.dimension is Dimension.VISUAL_CORRECTNESS]
    faithfulness = _share(faithful)
    correctness = _identity(visual)
    borrowed = [value for value in (faithfulness, correctness, text) if value is not None]
    return Score(
        faithfulness=borrowed[0] if faithfulness is None else faithfulness,
        visual_correctness=borrowed[0] if correctness is None else correctness,
        text_accuracy=text,
        aesthetics=_aesthetics([v for v in verdicts if v.dimension is Dimension.AESTHETICS]),
        judge=JUDGE,
        version=VERSION,
        diagnostics=tuple(verdict.diagnostic() for verdict in verdicts),
        rationale=rationale,
    )


def misplaced(verdicts: Sequence[ClaimVerdict]) -> list[ClaimVerdict]:
    """A failed requirement of how the picture looks, where things are not where, or not as many as, they should be: a picture
    of the right things in the wrong places is not right."""
    wrong = [one for one in verdicts if one.dimension is Dimension.FAITHFULNESS and not one.passed and one.skill in _PLACING]
    if not wrong:
        return []
    detail = "; ".join(one.requirement for one in wrong[:3])
    return [
        ClaimVerdict(
            skill=wrong[0].skill,
            dimension=Dimension.VISUAL_CORRECTNESS,
            requirement="everything is where it should be, and as many as it should be",
            value=0.0,
            detail=f"not so: {detail}",
        )
    ]


def as_intended(claims: Sequence[Claim]) -> Score:
    """The score of an image that is the ground truth again: right by definition."""
    text = 1.0 if any(isinstance(claim, TextShown) for claim in claims) else None
    return Score(
        faithfulness=1.0,
        visual_correctness=1.0,
        text_accuracy=text,
        aesthetics=1.0,
        judge=JUDGE,
        version=VERSION,
        rationale="the image is the same as the intended one",
    )


def _share(verdicts: Sequence[ClaimVerdict]) -> float | None:
    """1: all met; ½: at least half; else 0."""
    if not verdicts:
        return None
    met = sum(verdict.passed for verdict in verdicts)
    return 1.0 if met == len(verdicts) else 0.5 if met >= len(verdicts) / 2 else 0.0


def _identity(verdicts: Sequence[ClaimVerdict]) -> float | None:
    """As ``_share``, but 0 also when half of the subjects or more are missing or are not what they should be."""
    vital = [verdict for verdict in verdicts if verdict.vital]
    missing = sum(not verdict.passed for verdict in vital)
    if vital and missing >= len(vital) / 2:
        return 0.0
    return _share(verdicts)


def _text(verdicts: Sequence[ClaimVerdict]) -> float | None:
    """1: every text exact; ½: on average at least half right (a misspelling is half); else 0."""
    if not verdicts:
        return None
    mean = sum(verdict.value for verdict in verdicts) / len(verdicts)
    return 1.0 if mean == 1.0 else 0.5 if mean >= 0.5 else 0.0


def _aesthetics(verdicts: Sequence[ClaimVerdict]) -> float:
    failed = sum(not verdict.passed for verdict in verdicts)
    return (1.0, 0.5)[failed] if failed < 2 else 0.0
