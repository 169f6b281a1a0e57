"""Guesses of what a reply will say next, from what was said before: checking some costs little more than decoding one token.

Speculative sampling (Leviathan et al. 2023) with n-grams for a draft model: a policy repeats its protocol, its phrases and
the words of the request. Every token is still drawn from the model's own distribution with the same random numbers; a guess
that was drawn anyway saves a pass, and from the first other one on they are thrown away. Replies do not depend on guesses.
"""

from collections.abc import Sequence

_SHARED = (8, 3)  # tokens of context in what all replies said: siblings of one request repeat each other word for word
_OWN = 2  # in the conversation alone
_MOST = 100_000  # contexts of one size that are kept of all replies
_SURE = 0.5  # guesses end where they are all right with less than this chance: a wrong one costs as much as a token
_PRIOR = 0.5  # times that a context is taken to have been followed by something else, before it was ever seen
REACH = 16  # tokens guessed at most


class NgramTable:
    """What followed each context of ``size`` tokens the last time, and how often it was what had followed the time before."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._after: dict[tuple[int, ...], tuple[int, int, int]] = {}  # context → token, times it was the same, times seen

    def learn(self, ids: Sequence[int], new: int) -> None:
        """``new`` tokens were added at the end of ``ids``."""
        if len(self._after) > _MOST:
            self._after.clear()
        for place in range(max(self._size, len(ids) - new), len(ids)):
            context, token = tuple(ids[place - self._size : place]), ids[place]
            before, same, seen = self._after.get(context, (token, 0, 0))
            self._after[context] = (token, same + (before == token), seen + 1)

    def next(self, ids: Sequence[int]) -> tuple[float, int] | None:
        """The chance of the likeliest token behind ``ids``, and that token; None for a context that never occurred."""
        found = self._after.get(tuple(ids[-self._size :]))
        if found is None:
            return None
        token, same, seen = found
        return same / (seen + _PRIOR), token


class Speculation:
    """Guesses for one reply. ``shared`` are phrases of all replies; ``ids`` is the conversation so far."""

    def __init__(self, shared: Sequence[NgramTable], ids: Sequence[int]) -> None:
        own = NgramTable(_OWN)
        own.learn(ids, len(ids))
        self._phrases = (*shared, own)
        self._ids = list(ids)

    @staticmethod
    def phrases() -> tuple[NgramTable, ...]:
        """What replies of one engine share."""
        return tuple(NgramTable(size) for size in _SHARED)

    def guess(self, most: int) -> list[int]:
        """Up to ``most`` tokens that may come next, as many as are rather right than wrong together."""
        seen = self._ids[-max(_SHARED) :]
        start = len(seen)
        chance = 1.0
        while len(seen) - start < min(most, REACH):
            sure, token = max((found for phrases in self._phrases if (found := phrases.next(seen))), default=(0.0, 0))
            chance *= sure
            if chance < _SURE:
                break
            seen.append(token)
        return seen[start:]

    def drawn(self, tokens: Sequence[int]) -> None:
        """``tokens`` were drawn."""
        self._ids += tokens
        for phrases in self._phrases:
            phrases.learn(self._ids, len(tokens))
