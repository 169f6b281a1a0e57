"""The engine of the local policy on a CPU: every pass is one ragged batch, without padding, of whatever waits.

Beside its next token a row brings guesses of those that may come behind it (see ``drafts``): a pass checks them all at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genevolve.policies.local.ragged import SequenceRow, copy, forward, ragged, supports
from genevolve.policies.local.sampling import draw
from genevolve.policies.local.speculation import Speculation
from genevolve.policies.local.stream import SamplingJob, StreamEngine


@dataclass(slots=True)
class SpeakingRow(SequenceRow):
    """``draft`` guesses the reply that is being made."""

    draft: Speculation | None = None


class RaggedEngine(StreamEngine[SpeakingRow]):
    """``memory`` bounds the bytes of kept rows. Without ``guesses`` a pass decodes one token for a row, to the same replies."""

    def __init__(
        self, model: Any, stops: Sequence[int], *, pass_tokens: int = 2048, memory: int = 4 << 30, guesses: bool = True
    ) -> None:
        super().__init__(model, stops, pass_tokens=pass_tokens)
        self._memory = memory
        self._phrases = Speculation.phrases() if guesses else None

    @staticmethod
    def fits(model: Any) -> bool:
        return supports(model)

    def _new_row(self) -> SpeakingRow:
        return SpeakingRow()

    def _copy(self, source: SpeakingRow, row: SpeakingRow, tokens: int) -> None:
        copy(source, row, tokens, self._model)

    def _pass(self, active: Sequence[SamplingJob[SpeakingRow]]) -> None:
        """One forward pass: every row that is decoding, with guesses, and as many new tokens as there is room for."""
        room = self._pass_tokens
        chosen: list[tuple[SamplingJob[SpeakingRow], SpeakingRow, Sequence[int], Sequence[int]]] = []
        for job in sorted(active, key=lambda job: len(job.pending)):
            if room <= 0:
                break
            assert job.row is not None
            new = job.pending[:room]
            guessed = self._guessed(job, job.row, room - len(new))
            chosen.append((job, job.row, new, guessed))
            room -= len(new) + len(guessed)
        with ragged(self._model):
            logits = forward(self._model, [(row, [*new, *guessed], 1 + len(guessed)) for _, row, new, guessed in chosen])
        for (job, row, new, guessed), row_logits in zip(chosen, logits, strict=True):
            row.used = self.passes
            job.pending = job.pending[len(new) :]
            self.computed += len(new) + len(guessed)
            if not job.pending:
                self._draw(job, row, row_logits, guessed)
        self._evict(keep={id(job.row) for job in active})

    def _guessed(self, job: SamplingJob[SpeakingRow], row: SpeakingRow, room: int) -> Sequence[int]:
        """What a row that is decoding may say behind its next token."""
        if not job.drawn or row.draft is None:
            return ()
        return row.draft.guess(min(room, job.sampling.max_tokens - len(job.drawn) - 1))

    def _draw(self, job: SamplingJob[SpeakingRow], row: SpeakingRow, logits: Any, guessed: Sequence[int]) -> None:
        """A token behind each id, as long as it is what was guessed; the row forgets the guesses from the first miss on."""
        if not job.drawn and self._phrases is not None:
            row.draft = Speculation(self._phrases, job.ids)
        before = len(job.drawn)
        for place, own in enumerate(logits):
            drawn = draw(own, job.sampling, job.random)
            ended = job.take(drawn, self._stops)
            if ended or place == len(guessed) or drawn.token != guessed[place]:
                break
        del row.ids[len(row.ids) - len(guessed) + place :]
        if row.draft is not None:
            row.draft.drawn(job.drawn[before:])
        job.go_on(ended, self._stops)

    def _evict(self, keep: set[int]) -> None:
        """Drop the rows that were used longest ago, so that kept rows stay within the memory."""
        with self._guard:
            sizes = {key: row.store.nbytes for key, row in self._rows.items() if row.store is not None}
            total = sum(sizes.values())
            for key in sorted(sizes, key=lambda key: self._rows[key].used):
                if total <= self._memory:
                    return
                if id(self._rows[key]) not in keep:
                    total -= sizes[key]
                    del self._rows[key]
