"""The tile of an element in the periodic table: its number, symbol and name; what is not said is looked up."""

import re

from genevolve.world.language.form_lines import FormLine, FormMatch, FormSlot, capital, span_of
from genevolve.world.language.model import Form, FormKind, TextRole

TILE = re.compile(
    r"\b(?:periodic table|element) (?:tile|card|square|entry|box)(?: (?:of|for) (?:the element )?(?P<name>[A-Z][a-z]+))?",
    re.IGNORECASE,
)
_TILE_SYMBOL = re.compile(r"(?:\bwith )?(?:\b(?:the|its) )?\bsymbol:? (?P<said>[A-Z][a-z]?)\b")
_TILE_NAME = re.compile(r"(?:\b(?:and|with) )?(?:\b(?:the|its) )?\bname:? (?P<said>[A-Z][a-z]+)\b")
_TILE_NUMBER = re.compile(r"(?:\b(?:and|with) )?(?:\b(?:the|its) )?\b(?:atomic )?number:? (?P<said>\d{1,3})\b", re.IGNORECASE)


def tile(plain: str, head: re.Match[str]) -> FormMatch:
    """Symbol, number and name of an element; what is not said is looked up."""
    called = _TILE_NAME.search(plain, head.end())
    name = called["said"] if called is not None else head["name"] or ""
    symbol, number = _TILE_SYMBOL.search(plain, head.end()), _TILE_NUMBER.search(plain, head.end())
    lines = []
    for found, role, asked in ((number, TextRole.LABEL, "atomic number"), (symbol, TextRole.TITLE, "chemical symbol")):
        if found is not None:
            lines.append(FormLine(content=found["said"], span=span_of(found, "said"), role=role))
        elif name and "\x00" not in plain:
            lines.append(
                FormLine(
                    content="", describes=f"the {asked} of {name}", span=span_of(head, "name" if head["name"] else 0), role=role
                )
            )
    if name:
        lines.append(
            FormLine(content=capital(name), span=span_of(called, "said") if called is not None else span_of(head, "name"))
        )
    masked = (span_of(head), *(span_of(found) for found in (symbol, number, called) if found is not None))
    words = frozenset(re.findall(r"[^\W_]+", f"{head[0]} symbol atomic number name".lower()))
    form = Form(kind=FormKind.TILE, words=words)
    return FormMatch(form=form, slots=(FormSlot(span=span_of(head), lines=tuple(lines)),), masked=masked)
