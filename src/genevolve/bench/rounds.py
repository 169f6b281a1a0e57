"""A stored row after each of its pictures: the score of what would be the result, and what was spent."""

from dataclasses import dataclass

from genevolve.bench.measure import Measure, ResultRow
from genevolve.data.records import json_object, number, objects, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundScore:
    """A request after one of its pictures. ``value``: the final judge's score, in the measure's first column, of the picture
    that would be the result had it ended there; None where that has none. What was spent, all up to there."""

    value: float | None
    images: int
    turns: int
    tokens: int
    money: float


_OF_THE_RESULT = ("score", "unscored", "program_score", "gen_prompt", "reference_images", "error")  # a round has its own


def rounds_of(row: ResultRow, measure: Measure) -> tuple[RoundScore, ...]:
    """The pictures of a result row, as the run wrote it; none where it could have one only. Raises ``ValueError`` for what is
    no score."""
    asked = {name: value for name, value in row.items() if name not in _OF_THE_RESULT}
    made = objects(json_object(row.get("revision")).get("rounds"))
    found: list[RoundScore] = []
    images = turns = tokens = 0
    money = 0.0
    for each in made:
        cost = json_object(each.get("cost"))
        images, turns = images + whole(cost.get("images")), turns + whole(cost.get("turns"))
        tokens += whole(cost.get("prompt_tokens")) + whole(cost.get("completion_tokens"))
        money += number(cost.get("money") or 0.0)
        values = measure.values({**asked, **made[whole(each.get("best_so_far"), 1) - 1]})
        value = values[next(iter(measure.columns))] if values is not None else None
        found.append(RoundScore(value=value, images=images, turns=turns, tokens=tokens, money=money))
    return tuple(found)
