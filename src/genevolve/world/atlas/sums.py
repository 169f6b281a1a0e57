"""Sums that are put as a question: "what is 7 times 8", "the sum of 3 and 4", "half of 50"."""

import re
from fractions import Fraction

from genevolve.world.atlas.text import fold

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SAID = "|".join(sorted((*_SMALL, *_TENS), key=len, reverse=True))
_NUMBER = rf"(?:\d{{1,9}}|(?:{'|'.join(_TENS)})[- ](?:{'|'.join(_SMALL[1:10])})|{_SAID}|a hundred|one hundred|hundred)"
_SIGN = r"plus|and|\+|minus|less|-|–|times|multiplied by|x|×|\*|divided by|over|÷|/|:"
_TWO = rf"(?P<left>{_NUMBER}) ?(?P<sign>{_SIGN}) ?(?P<right>{_NUMBER})"
_ASKED = re.compile(
    r"(?:what(?:'?s| is| are| does)?|how much is|calculate|work out|(?:the )?(?:answer|result|solution|value) (?:of|to))"
    rf" {_TWO}(?: ?=| equals?| makes?)?"
)
_NAMED = re.compile(rf"(?:what(?:'?s| is) )?(?:the )?(?P<what>sum|total|difference|product|quotient) (?:of|between) {_TWO}")
_ALONE = re.compile(
    r"(?:what(?:'?s| is) (?:the )?|the )(?P<what>half|double|twice|triple|quarter|a quarter|square|square root)(?: of)?"
    rf" (?P<one>{_NUMBER})"
    rf"|what(?:'?s| is) (?P<squared>{_NUMBER}) squared"
)
_PLUS, _MINUS, _TIMES, _BY = {"plus", "+"}, {"minus", "less", "-", "–"}, {"times", "multiplied by", "x", "×", "*"}, {
    "divided by", "over", "÷", "/", ":"
}  # fmt: skip
_FACTORS = {
    "half": Fraction(1, 2), "double": Fraction(2), "twice": Fraction(2), "triple": Fraction(3), "quarter": Fraction(1, 4),
    "a quarter": Fraction(1, 4),
}  # fmt: skip
_OF_AND = {"sum": "+", "total": "+", "difference": "-", "product": "*", "quotient": "/"}


def sum_of(question: str) -> str | None:
    """The result as it is written; none where it is not a whole number, or nothing is asked."""
    plain = " ".join(fold(question).split()).strip(" .!?")
    if (found := _NAMED.fullmatch(plain)) is not None:
        return _whole(
            _result(_OF_AND[found["what"]] if found["sign"] == "and" else found["sign"], found["left"], found["right"])
        )
    if (found := _ASKED.fullmatch(plain)) is not None and found["sign"] != "and":
        return _whole(_result(found["sign"], found["left"], found["right"]))
    if (found := _ALONE.fullmatch(plain)) is not None:
        return _alone(found["what"] or "square", _value(found["one"] or found["squared"]))
    return None


def _alone(what: str, number: int) -> str | None:
    if what == "square":
        return _whole(Fraction(number * number))
    if what == "square root":
        root = int(number**0.5 + 0.5)
        return _whole(Fraction(root)) if root * root == number else None
    return _whole(number * _FACTORS[what])


def _result(sign: str, left: str, right: str) -> Fraction | None:
    one, other = Fraction(_value(left)), Fraction(_value(right))
    if sign in _PLUS:
        return one + other
    if sign in _MINUS:
        return one - other
    if sign in _TIMES:
        return one * other
    return one / other if sign in _BY and other else None


def _whole(number: Fraction | None) -> str | None:
    return f"{number.numerator:,}" if number is not None and number.denominator == 1 else None


def _value(said: str) -> int:
    if said.isdigit():
        return int(said)
    if said.endswith("hundred"):
        return 100
    tens, _, ones = said.replace("-", " ").partition(" ")
    return (_TENS.index(tens) + 2) * 10 + (_SMALL.index(ones) if ones else 0) if tens in _TENS else _SMALL.index(tens)
