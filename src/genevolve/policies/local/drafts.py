"""Guesses of what a reply will say next, from what was said before: checking some costs little more than decoding one token.

Speculative sampling (Leviathan et al. 2023) with n-grams for a draft model: a policy repeats its protocol, its phrases and
the words of the request. Every token is still drawn from the model's own distribution with the same random numbers; a guess
that was drawn anyway saves a pass, and from the first other one on they are thrown away. Replies do not depend on guesses.
"""

from collections.abc import Sequence

_SHORT, _LONG = 2, 3  # tokens of context
_MOST = 200_000  # contexts kept of all replies
REACH = 10  # tokens guessed at most


class Phrases:
    """What followed which context of ``size`` tokens the last time."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._after: dict[tuple[int, ...], int] = {}

    def learn(self, ids: Sequence[int], new: int) -> None:
        """``new`` tokens were added at the end of ``ids``."""
        if len(self._after) > _MOST:
            self._after.clear()
        for place in range(max(self._size, len(ids) - new), len(ids)):
            self._after[tuple(ids[place - self._size : place])] = ids[place]

    def next(self, ids: Sequence[int]) -> int | None:
        return self._after.get(tuple(ids[-self._size :]))


class Draft:
    """Guesses for one reply. ``shared`` are phrases of all replies; ``ids`` is the conversation so far."""

    def __init__(self, shared: Phrases, ids: Sequence[int]) -> None:
        self._shared = shared
        self._own = (Phrases(_LONG), Phrases(_SHORT))
        self._ids = list(ids)
        self._reach = REACH // 2
        for phrases in self._own:
            phrases.learn(self._ids, len(self._ids))

    @staticmethod
    def phrases() -> Phrases:
        """What replies of one engine share."""
        return Phrases(_LONG)

    def guess(self, most: int) -> list[int]:
        """Up to ``most`` tokens that may come next."""
        seen = self._ids[-_LONG:]
        start = len(seen)
        while len(seen) - start < min(most, self._reach):
            token = self._next(seen)
            if token is None:
                break
            seen.append(token)
        return seen[start:]

    def _next(self, seen: Sequence[int]) -> int | None:
        longest, shortest = self._own
        for phrases in (longest, self._shared, shortest):
            if (token := phrases.next(seen)) is not None:
                return token
        return None

    def drawn(self, tokens: Sequence[int], guessed: int) -> None:
        """``tokens`` were drawn where ``guessed`` had been guessed: guess further after a hit, less far after a miss."""
        self._ids += tokens
        for phrases in (*self._own, self._shared):
            phrases.learn(self._ids, len(tokens))
        if guessed:
            hits = len(tokens) - 1
            self._reach = min(REACH, 2 * self._reach) if hits == guessed else hits + 1
