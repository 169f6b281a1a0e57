"""A form with slots as one sentence of a prompt, in fixed wording that any generator can follow; and that sentence read again.

``sentence`` and ``told`` are inverse to each other. One row of ``_LEADS`` for each form that has slots.
"""

import re
from collections.abc import Iterator, Mapping

from genevolve.world.language import colours
from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot
from genevolve.world.language.model import Form, FormKind, FormPart, Scene, SceneObject, Span

_LEADS: Mapping[FormKind, str] = {
    FormKind.LIST: "A list with one entry per row from top to bottom, its second part at the right",
    FormKind.BARS: "A bar chart of upright bars from left to right, each as high as its value and with its name under it",
    FormKind.TIMELINE: "A timeline with its points in their order along one line, each date beside what happened",
    FormKind.STEPS: "A flow of steps in their order, an arrow from each to the next",
    FormKind.CYCLE: "A cycle of steps clockwise in a circle, an arrow from each to the next",
    FormKind.GRID: "A grid of {rows} rows and {columns} columns, filled row by row, each name under its picture",
    FormKind.COMPARISON: "A comparison in columns from left to right, each heading over its points",
    FormKind.TILE: "A square tile with a number over a large symbol over a name",
    FormKind.PIE: "A pie chart whose slices are as large as their values, and under it a square of each colour before its name",
    FormKind.LINES: "A line graph of points from left to right, each as high as its value and over its name, joined by a line",
    FormKind.VENN: "A Venn diagram of {columns} overlapping circles, what is of one alone in it, last what all have",
    FormKind.TABLE: "A table of {rows} rows and {columns} columns, ruled, the first row its head",
    FormKind.TREE: "A tree of boxes, each joined by a line to the one that it hangs from",
    FormKind.PYRAMID: "A pyramid of levels from top to bottom, each wider than the one above",
    FormKind.DIAGRAM: "A diagram of one thing in the middle, its labels on the left and right of it, a line from each to it",
    FormKind.CHECKS: "A list of boxes to tick from top to bottom, an entry behind each, a picture in the box of what is ticked",
    FormKind.MAP: "A mind map with the first text in the middle, the others around it, a line from the middle to each",
    FormKind.PLOT: "The curve of a function of x on two axes that cross in the middle, its equation over it",
    FormKind.FRAMED: "A sheet in a frame, with one text under another",
}
_ENTRY = re.compile(
    r"(?:after (?P<skip>\d+) empty cells? ?)?"
    r'(?P<texts>"[^"]+"(?:, "[^"]+")*)?(?: as (?:high|large) as (?P<value>\d+(?:\.\d+)?), marked "(?P<said>[^"]*)")?'
    r"(?: ?under number (?P<under>\d+))?"
    r'(?: ?with)?(?: ?a picture of (?P<picture>[^;".]+))?'
)
_PATTERNS = {
    kind: re.compile(re.escape(lead).replace(r"\{rows\}", r"(?P<rows>\d+)").replace(r"\{columns\}", r"(?P<columns>\d+)") + ": ")
    for kind, lead in _LEADS.items()
}


def sentence(scene: Scene) -> str:
    """The form of ``scene`` with what fills its slots; empty where it has none."""
    form = scene.form
    if form is None or not form.parts:
        return ""
    told_parts = filter(None, (_entry(scene, part) for part in form.parts))
    return f"{_LEADS[form.kind].format(rows=form.rows, columns=form.columns)}: {'; '.join(told_parts)}."


def _entry(scene: Scene, part: FormPart) -> str:
    contents = {text.key: text.content for text in scene.texts}
    unknown = "–" if scene.form is not None and scene.form.kind is FormKind.TABLE else ""  # no cell moves up
    said = ", ".join(f'"{content}"' for key in part.texts if (content := contents.get(key) or unknown))
    if part.skip:
        said = f"after {part.skip} empty cell{'s' if part.skip > 1 else ''} {said}".rstrip()
    if part.value is not None:
        high = "large" if scene.form is not None and scene.form.kind is FormKind.PIE else "high"
        said += f' as {high} as {part.value:.10g}, marked "{part.said.replace(chr(34), chr(39))}"'
    if part.under is not None:
        said += f" under number {part.under + 1}"
    shown = next((obj for obj in scene.objects if obj.key == part.picture), None)
    if shown is not None:
        said += f"{' with ' if said else ''}a picture of {_phrase(shown)}"
    return said


def _phrase(obj: SceneObject) -> str:
    said = " ".join(filter(None, (obj.colour, obj.noun)))
    return f"{'an' if said[0].lower() in 'aeiou' else 'a'} {said}"


def told(text: str) -> FormMatch | None:
    """The form that a sentence of ``sentence`` in ``text`` tells of."""
    for kind, pattern in _PATTERNS.items():
        if lead := pattern.search(text):
            slots = tuple(_slots(text, lead.end()))
            rows, columns = (int(lead.groupdict().get(name) or 0) for name in ("rows", "columns"))
            end = slots[-1].span.end + 1 if slots else lead.end()
            form = Form(kind=kind, words=frozenset(), rows=rows, columns=columns)
            return FormMatch(form=form, slots=slots, masked=(Span(start=lead.start(), end=min(end, len(text))),))
    return None


def _slots(text: str, at: int) -> Iterator[FormSlot]:
    while (found := _ENTRY.match(text, at)) and found[0]:
        span = Span(start=found.start(), end=found.end())
        noun, colour = pictured(found["picture"] or "")
        value = float(found["value"]) if found["value"] else None
        yield FormSlot(
            span=span, lines=tuple(_lines(text, found)), picture=noun, colour=colour, value=value, said=found["said"] or "",
            under=int(found["under"]) - 1 if found["under"] else None, skip=int(found["skip"] or 0),
        )  # fmt: skip
        at = found.end() + 2
        if text[found.end() : at] != "; ":
            return


def _lines(text: str, found: re.Match[str]) -> Iterator[FormLine]:
    start, end = found.span("texts")
    for one in re.finditer(r'"([^"]+)"', text[max(0, start) : end] if start >= 0 else ""):
        yield FormLine(content=one[1], span=Span(start=start + one.start(), end=start + one.end()), quoted=True)


def pictured(words: str) -> tuple[str, str | None]:
    """The noun and the colour of "a red apple"."""
    said = re.sub(r"^(?:an?|the|one) ", "", words.strip(), flags=re.IGNORECASE)
    parts = said.split()
    for count in range(min(colours.MAX_WORDS, len(parts) - 1), 0, -1):
        if (colour := colours.named(" ".join(parts[:count]))) is not None:
            return " ".join(parts[count:]), colour
    return said, None
