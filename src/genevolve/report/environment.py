"""The templates of all pages: everything is escaped, and a name that is missing is an error."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from genevolve.report.palette import DARK, EITHER, LIGHT


@cache
def templates() -> Environment:
    loader = PackageLoader("genevolve.report", "templates")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {"light_palette": LIGHT, "dark_palette": DARK, "palette_of_either": EITHER}
    return made
