"""Layouts that makers ask for most, each with its own reading; the first that understands the request is taken."""

from collections.abc import Callable

from genevolve.world.language.form_around import flow, mind_map, number_line
from genevolve.world.language.form_boxes import empty_boxes
from genevolve.world.language.form_kin import family
from genevolve.world.language.form_lines import FormMatch
from genevolve.world.language.form_panels import before_after, strip
from genevolve.world.language.form_parts import parts
from genevolve.world.language.form_plots import plot
from genevolve.world.language.form_rounds import bingo, loyalty
from genevolve.world.language.form_sets import known_set
from genevolve.world.language.form_sides import sides
from genevolve.world.language.form_steps import steps
from genevolve.world.language.form_weeks import weeks

MADE_OFTEN: tuple[Callable[[str, str], FormMatch | None], ...] = (
    before_after,
    strip,
    steps,
    sides,
    weeks,
    family,
    parts,
    empty_boxes,
    number_line,
    flow,
    mind_map,
    known_set,
    plot,
    bingo,
    loyalty,
)
