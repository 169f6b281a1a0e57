"""Result rows to numbers: the values that each measure averages, and why a row has none."""

from collections.abc import Mapping
from typing import Any

from genevolve.bench.suite import Measure
from genevolve.bench.suites.wise import wiscore
from genevolve.core.episode import Termination
from genevolve.core.score import Dimension, NotApplicable, reward

NO_PROGRAM_ZERO = "no_program_zero"  # a policy that gives up on the hard rows must not gain by it
REWARD = "reward"  # what self-evolution rewards, where programs were judged
OWN_FAULT_ZERO = frozenset((NO_PROGRAM_ZERO, REWARD))
_OWN_FAULT = (Termination.NO_ANSWER, Termination.MAX_ROUNDS)
COLUMNS: Mapping[Measure, Mapping[str, str]] = {
    "kscore": {
        NotApplicable.RELEASE: "KScore (release: no text counts 0.5)",
        NotApplicable.RENORMALIZED: "KScore (renormalized: no text leaves)",
        NO_PROGRAM_ZERO: "KScore (release; no valid program counts 0)",
        REWARD: "reward (half KScore, half sufficiency; no valid program counts 0)",
    },
    "wiscore": {"wiscore": "WiScore (legacy)"},
    "correct": {"correct": "correct"},
}
PARTS: Mapping[Measure, Mapping[str, str]] = {
    "kscore": {dimension: dimension.replace("_", " ") for dimension in Dimension},
    "wiscore": {"consistency": "consistency (0–2)", "realism": "realism (0–2)", "aesthetic": "aesthetic (0–2)"},
    "correct": {},
}


def values(row: Mapping[str, Any], measure: Measure) -> dict[str, float] | None:
    """What is averaged of ``row``, by column; None for an unscored row, which is counted instead.

    A row whose program nobody judged has no reward.
    """
    if measure == "wiscore":
        found = row.get("wise")
        if not isinstance(found, dict) or "consistency" not in found:
            return None
        return {"wiscore": wiscore(found["consistency"], found["realism"], found["aesthetic"])}
    score = row.get("score")
    if not isinstance(score, dict):
        return None
    if measure == "correct":
        return {"correct": float(correct(score))}
    release, renormalized = _figure(score["kscore"]), _figure(score["kscore_renormalized"])
    found = {NotApplicable.RELEASE: release, NotApplicable.RENORMALIZED: renormalized, NO_PROGRAM_ZERO: release}
    judged = row.get("program_score")
    if isinstance(judged, dict) and "value" in judged:
        found[REWARD] = reward(release, _figure(judged["value"]))
    return found


def _figure(value: object) -> float:
    """Raises ``ValueError`` for what is no score: nothing but a number from 0 to 1 is averaged."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{value!r} is no score from 0 to 1")
    return float(value)


def no_program(row: Mapping[str, Any]) -> bool:
    """The policy's own doing left the row without a valid program; a failed service or a bad input did not."""
    return row.get("termination") in _OWN_FAULT and not row.get("bad_input")


def parts(row: Mapping[str, Any], measure: Measure) -> dict[str, float]:
    """The parts of a scored row's value; text accuracy is missing where the request needs no text."""
    holder = row.get("wise") if measure == "wiscore" else row.get("score")
    if not isinstance(holder, dict):
        return {}
    return {name: holder[name] for name in PARTS[measure] if isinstance(holder.get(name), int | float)}


def correct(score: Mapping[str, Any]) -> bool:
    """GenEval's verdict: every object, count, colour and position is as asked; how the image looks beside does not count."""
    checked = [found for found in score["diagnostics"] if found["dimension"] != Dimension.AESTHETICS]
    return bool(checked) and all(found["passed"] for found in checked)


def judge_of(row: Mapping[str, Any], measure: Measure) -> str:
    """Who scored the row, empty for an unscored one."""
    holder = row.get("wise") if measure == "wiscore" else row.get("score")
    return str(holder.get("judge") or "") if isinstance(holder, dict) and values(row, measure) is not None else ""


def unscored(row: Mapping[str, Any], measure: Measure) -> str:
    """Why ``row`` has no score; empty where it has one."""
    if values(row, measure) is not None:
        return ""
    for name in ("wise", "unscored"):
        holder = row.get(name)
        if isinstance(holder, dict) and holder.get("reason"):
            return str(holder["reason"])
    return str(row.get("error") or "not scored")
