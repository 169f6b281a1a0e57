"""One guided episode as a page: every sampled token with how much the teacher, who read the lesson, disagreed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genevolve.report.environment import templates

_FULL = 4.0  # |log p - log q| from which a colour is at its strongest


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownToken:
    """``gap`` is log p(student) - log q(teacher): above 0 the teacher finds the token less likely. ``strength`` 0 to 1."""

    text: str
    gap: float
    chosen: bool

    @property
    def strength(self) -> float:
        return min(1.0, abs(self.gap) / _FULL)


def tokens_page(episode: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """``episode`` as the step log keeps it, ``found`` the line of the same row (see ``train.disagreement``)."""
    turns: list[list[ShownToken]] = []
    columns = (found[name] for name in ("tokens", "turns", "student", "teacher", "chosen"))
    for text, turn, student, teacher, chosen in zip(*columns, strict=True):
        while len(turns) <= turn:
            turns.append([])
        turns[turn].append(ShownToken(text=text, gap=student - teacher, chosen=bool(chosen)))
    heard = [message["content"] for message in episode["messages"][2:] if message["role"] == "user"]
    gaps = [abs(token.gap) for turn in turns for token in turn]
    picked = [abs(token.gap) for turn in turns for token in turn if token.chosen]
    return (
        templates()
        .get_template("tokens.html")
        .render(
            episode=episode,
            turns=turns,
            heard=heard,
            lesson=episode["lesson"],
            mean=sum(gaps) / len(gaps) if gaps else 0.0,
            mean_chosen=sum(picked) / len(picked) if picked else 0.0,
            count=len(gaps),
            count_chosen=len(picked),
        )
    )
