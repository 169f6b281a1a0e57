"""Graphs of functions: "plot of y = |x| with labelled axes", "graph of a parabola".

The curve is worked out from the formula; a request for several, or for a range, is not claimed here.
"""

import re
from collections.abc import Mapping

from genevolve.world.language.form_gaps import filled
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, span_of
from genevolve.world.language.functions import Formula, formula
from genevolve.world.language.model import FormKind, Span

_GRAPH = re.compile(r"\b(?:(?:line |function )?(?:plot|graph|sketch|curve|chart)|plotting|graphing)\b", re.IGNORECASE)
_EQUATION = re.compile(
    r"(?:\b(?:the )?(?:function|equation|line|straight line|curve) )?\b(?P<left>y|f ?\(x\))\s*=\s*", re.IGNORECASE
)
_NAMED: Mapping[str, str] = {
    r"parabola|(?:simple )?quadratic(?: function| curve)?": "x^2",
    r"sine?(?: wave| curve| function)?|sinusoid": "sin x",
    r"cosine(?: wave| curve| function)?": "cos x",
    r"absolute value(?: function)?": "|x|",
    r"square root(?: function| of x)?": "sqrt x",
    r"cubic(?: function| curve)?": "x^3",
    r"exponential(?: function| curve)?": "e^x",
    r"(?:straight|linear) (?:line|function)": "x",
}
_NAMES = re.compile(
    r"\b(?:plot|graph|sketch|curve|chart) of (?:an? |the )?(?:"
    + "|".join(rf"(?P<n{n}>{name})" for n, name in enumerate(_NAMED))
    + r")\b",
    re.IGNORECASE,
)
_AXES = re.compile(
    r",?\s*\b(?:(?:with|whose|and|on|showing) )?(?:(?:both|its|the|clearly) )*(?:(?:labell?ed|named) axes|(?:x and y )?axes"
    r"(?: (?:are|clearly))*(?: (?:labell?ed|named|marked)(?: (?:with )?x and y)?)?|axis labels|labels (?:on|for) (?:the"
    r"|both) axes"
    r"|x[ -]?axis and (?:a |the )?y[ -]?axis)(?: labell?ed)?\b",
    re.IGNORECASE,
)
_SAID = "plot graph sketch curve chart function equation straight line of the y x f with whose axes axis labelled labeled"
" named both are"


def plot(text: str, plain: str) -> FormMatch | None:
    """One function of x on two axes."""
    graph, equations, named = _GRAPH.search(plain), list(_EQUATION.finditer(plain)), _NAMES.search(plain)
    if graph is None or len(equations) > 1 or not (equations or named):
        return None
    found = _written(text, equations[0]) if equations else _known(named) if named is not None else None
    if found is None or found[1].window() is None:
        return None
    line, _, span = found
    axes = _AXES.search(plain)
    lines = (line, *(FormLine(content=name, span=span_of(axes)) for name in ("x", "y") if axes is not None))
    masked = [span, span_of(graph), *([span_of(axes)] if axes is not None else [])]
    masked += [span_of(equations[0])] if equations else []
    masked += [span_of(named)] if named is not None else []
    words = f"{_SAID} {text[span.start : span.end]} {named[0] if named is not None else ''}"
    slot = FormSlot(span=span, lines=lines, said=text[span.start : span.end])
    return filled(FormKind.PLOT, [slot], words, masked, worked_out=True)


def _written(text: str, equation: re.Match[str]) -> tuple[FormLine, Formula, Span] | None:
    right = formula(text[equation.end() : equation.end() + 60])
    if right is None:
        return None
    span = Span(start=equation.start("left"), end=equation.end() + right.length)
    return FormLine(content=f"{equation['left']} = {right.words}", span=span), right, span


def _known(named: re.Match[str]) -> tuple[FormLine, Formula, Span] | None:
    group = next(name for name, said in named.groupdict().items() if said)
    right = formula(list(_NAMED.values())[int(group[1:])])
    span = span_of(named, group)
    return None if right is None else (FormLine(content=f"y = {right.words}", span=span), right, span)


def formula_of(label: str) -> Formula | None:
    """The function that the label of a curve says."""
    return formula(label.partition("=")[2])
