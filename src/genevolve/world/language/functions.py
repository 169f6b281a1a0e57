"""Functions of x as people write them ("2x + 1", "|x|", "x^2 - 3", "sin x"), evaluated; nothing else is."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Function = Callable[[float], float]
_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|sin|cos|tan|sqrt|abs|exp|ln|log|pi|π|e|x|[-+−*×·/^()|²³√])", re.IGNORECASE)
_GOES_ON = re.compile(r"\w|\s*[\^*×·/+|(=²³]")
_CALLS: Mapping[str, Function] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "sqrt": math.sqrt, "√": math.sqrt, "abs": abs, "exp": math.exp,
    "ln": math.log, "log": math.log10,
}  # fmt: skip
_CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}
_SIGNS = {"−": "-", "×": "*", "·": "*"}
_HIGHEST_POWER = 9
_WINDOWS = (5, 10, 20, 50)
_SAMPLES = 201
_IN_VIEW = 0.08  # of the samples of a curve that a window must show


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """``words``: as written; ``length``: how many characters of what was given they are."""

    words: str
    length: int
    function: Function

    def at(self, x: float) -> float | None:
        """None where the function has no value."""
        try:
            y = self.function(x)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        return y if isinstance(y, float | int) and math.isfinite(y) else None

    def window(self) -> int | None:
        """The half side of the smallest square around the origin that shows the curve well; None where none does."""
        for half in _WINDOWS:
            xs = [half * (2 * n / (_SAMPLES - 1) - 1) for n in range(_SAMPLES)]
            ys = [y for x in xs if (y := self.at(x)) is not None and abs(y) <= half]
            if len(ys) >= _IN_VIEW * _SAMPLES and (min(ys) < 0.8 * half or half == _WINDOWS[-1]):
                return half
        return None


def formula(said: str) -> Formula | None:
    """The longest beginning of ``said`` that is a function of x: "x^2 with labelled axes" is "x^2"."""
    tokens: list[tuple[str, int]] = []
    at = 0
    while (hit := _TOKEN.match(said, at)) is not None:
        tokens.append((_SIGNS.get(hit[1], hit[1].lower()), hit.end()))
        at = hit.end()
    while tokens:
        end = tokens[-1][1]
        whole = _GOES_ON.match(said, end) is None  # not the "e" of "elephant", nor "x" of "x ^ y"
        function = _Reader([token for token, _ in tokens]).whole() if whole and any(t == "x" for t, _ in tokens) else None
        if function is not None:
            return Formula(words=said[:end].strip(), length=end, function=function)
        tokens.pop()
    return None


class _Reader:
    """Sums of products of powers, with signs left out: "2x", "3(x + 1)", "sin x"."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.bars = 0  # open ones

    def whole(self) -> Function | None:
        try:
            found = self._sum()
        except (SyntaxError, IndexError):
            return None
        return found if self.at == len(self.tokens) else None

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _sum(self) -> Function:
        sign = -1 if self._next() in {"-", "+"} and self._take() == "-" else 1
        first = self._product()
        terms = [(sign, first)]
        while self._next() in {"+", "-"}:
            terms.append((-1 if self._take() == "-" else 1, self._product()))
        return lambda x: sum(sign * term(x) for sign, term in terms)

    def _product(self) -> Function:
        factors = [(False, self._power())]
        while (word := self._next()) and word not in {"+", "-", ")"} and not (word == "|" and self.bars):
            divides = word in {"*", "/"} and self._take() == "/"
            factors.append((divides, self._power()))
        return lambda x: math.prod(1 / factor(x) if divides else factor(x) for divides, factor in factors)

    def _power(self) -> Function:
        base = self._atom()
        word = self._next()
        if word in {"²", "³"}:
            self._take()
            count = 2.0 if word == "²" else 3.0
            return lambda x: _raised(base(x), count)
        if word != "^":
            return base
        self._take()
        negative = self._next() == "-" and self._take() == "-"
        exponent = self._atom()
        return lambda x: _raised(base(x), -exponent(x) if negative else exponent(x))

    def _atom(self) -> Function:
        word = self._take()
        if word == "x":
            return lambda x: x
        if word in _CONSTANTS:
            return lambda _: _CONSTANTS[word]
        if word in _CALLS:
            inner = self._power()
            return lambda x: float(_CALLS[word](inner(x)))
        if word in {"(", "|"}:
            return self._enclosed(word)
        if re.fullmatch(r"[\d.]+", word) is None:
            raise SyntaxError(word)
        return lambda _: float(word)

    def _enclosed(self, opened: str) -> Function:
        outer, self.bars = self.bars, int(opened == "|")
        inner = self._sum()
        self.bars = outer
        if self._take() != (")" if opened == "(" else "|"):
            raise SyntaxError(opened)
        return inner if opened == "(" else lambda x: abs(inner(x))


def _raised(base: float, exponent: float) -> float:
    if abs(exponent) > _HIGHEST_POWER and abs(base) > math.e:
        raise OverflowError
    found = base**exponent
    if isinstance(found, complex):
        raise ValueError("no real power")
    return float(found)
