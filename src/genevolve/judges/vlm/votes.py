"""Several readings of one case as one: the median of each score, and how far the judge agrees with itself."""

from collections.abc import Sequence
from dataclasses import replace

from genevolve.judges.vlm.answer import JudgeAnswer


def combine(verdicts: Sequence[JudgeAnswer]) -> JudgeAnswer:
    """The median verdict; of an even number the lower middle one, so that every score stays on a level.

    "Not applicable" needs more than half of the votes. Diagnostics and rationale are those of the vote that is nearest
    to the median, the first of them; with more than one vote the rationale opens with the agreement.
    """
    if len(verdicts) == 1:
        return verdicts[0]
    levels = {key: _median([verdict.levels[key] for verdict in verdicts]) for key in verdicts[0].levels}
    shares = {key: sum(verdict.levels[key] == level for verdict in verdicts) / len(verdicts) for key, level in levels.items()}
    nearest = max(verdicts, key=lambda verdict: sum(verdict.levels[key] == level for key, level in levels.items()))
    agreement = ", ".join(f"{key} {share:.2f}" for key, share in shares.items())
    rationale = f"[{len(verdicts)} votes; agreement: {agreement}] {nearest.rationale}".rstrip()
    return replace(nearest, levels=levels, rationale=rationale)


def _median(values: Sequence[float | None]) -> float | None:
    numbers = sorted(value for value in values if value is not None)
    if 2 * len(numbers) < len(values) or not numbers:
        return None
    return numbers[(len(numbers) - 1) // 2]
