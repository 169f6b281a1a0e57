"""What each OpenMoji pictogram shows: titles, further names, and loose tags.

``pictograms.tsv`` is condensed from OpenMoji's own ``data/openmoji.csv`` (CC BY-SA 4.0), without skin-tone variants;
further names come from the ``emoji`` package, names of flags from the tables of countries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from genevolve.world.atlas.countries import Country, countries
from genevolve.world.atlas.raster import PREFIX
from genevolve.world.atlas.text import name_key

LICENCE = "CC BY-SA 4.0"
SOURCE = "openmoji"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictogram:
    """``names`` are as good as the title; ``tags`` only hint at what is shown.

    ``plainness`` from 0 to 1: how likely somebody who names an object means this picture (a logo: hardly ever).
    """

    hexcode: str
    title: str
    names: tuple[str, ...]
    tags: tuple[str, ...]
    group: str
    subgroup: str
    plainness: float

    @property
    def look(self) -> str:
        return PREFIX + self.hexcode

    @property
    def page_url(self) -> str:
        return f"https://openmoji.org/library/emoji-{self.hexcode}/"


@cache
def pictograms() -> tuple[Pictogram, ...]:
    """Every pictogram that can be found by name (no skin tones), sorted by hexcode."""
    flags = {country.flag: country for country in countries()}
    aliases = _aliases()
    lines = files(__package__).joinpath("pictograms.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return tuple(_pictogram(line.split("\t"), flags, aliases) for line in lines)


@cache
def by_name() -> dict[str, tuple[Pictogram, ...]]:
    """``name_key`` of each title and further name → the pictograms that are called so, best first."""
    found: dict[str, list[tuple[int, Pictogram]]] = {}
    for pictogram in pictograms():
        for position, name in enumerate((pictogram.title, *pictogram.names)):
            found.setdefault(name_key(name), []).append((min(position, 1), pictogram))
    return {key: _ranked(held) for key, held in found.items() if key}


def _ranked(held: list[tuple[int, Pictogram]]) -> tuple[Pictogram, ...]:
    ordered = sorted(held, key=lambda entry: (entry[1].plainness < 0.5, entry[0], -entry[1].plainness))
    return tuple(dict.fromkeys(pictogram for _, pictogram in ordered))


def _pictogram(row: list[str], flags: dict[str, Country], aliases: dict[str, tuple[str, ...]]) -> Pictogram:
    hexcode, group, subgroup, raw, tags = row
    country = flags.get(hexcode)
    title = f"Flag of {country.with_article}" if country else _title(raw, subgroup)
    names = [*(_flag_names(country) if country else aliases.get(hexcode.replace("-FE0F", ""), ()))]
    if subgroup == "brand":
        names += [f"{raw} logo", f"{raw} brand"]
    if subgroup == "queer-symbols":
        names += [f"{raw} flag", f"{raw} pride flag"]
    if not country and title != raw:
        names += [raw, title.removeprefix("Flag of ") + " flag"]
    return Pictogram(
        hexcode=hexcode,
        title=title,
        names=tuple(dict.fromkeys(name for name in names if name_key(name) != name_key(title))),
        tags=tuple(tag for tag in tags.split(", ") if tag),
        group=group,
        subgroup=subgroup,
        plainness=_plainness(group, subgroup),
    )


def _title(raw: str, subgroup: str) -> str:
    if raw.startswith("flag: "):
        return "Flag of " + raw.removeprefix("flag: ")
    if subgroup == "subdivision-flag":
        region = raw.removesuffix(" flag").title().replace("And ", "and ").replace("Dc", "DC")
        return f"Flag of {_REGIONS.get(region, region)}"
    return raw


_REGIONS = {
    "Asturian": "Asturias", "Basque": "the Basque Country", "Bretagne": "Brittany", "Castile-La Mancha": "Castilla-La Mancha",
    "Navarra Chartered Community": "Navarre", "Queretaro": "Querétaro", "Yucatan": "Yucatán",
    "Valencian Community": "the Valencian Community", "Canary Islands": "the Canary Islands",
    "Balearic Islands": "the Balearic Islands", "Madrid Autonomous Community": "the Community of Madrid",
}  # fmt: skip


def _flag_names(country: Country) -> Iterator[str]:
    for name in country.names:
        yield f"flag of {name}"
    for demonym in country.demonyms:
        yield f"{demonym} flag"
    yield from country.names


def _plainness(group: str, subgroup: str) -> float:
    if not group.startswith("extras"):
        return 0.6 if subgroup in _ABSTRACT else 1.0
    return 0.2 if subgroup == "brand" else 0.4 if subgroup in _SIGNS else 0.9


_ABSTRACT = {
    "heart", "geometric", "alphanum", "av-symbol", "arrow", "keycap", "other-symbol", "punctuation", "math",
    "transport-sign", "emotion", "time", "flags",
}  # fmt: skip
# Among OpenMoji's own additions those that are signs or parts of user interfaces.
_SIGNS = {"ui-element", "symbol-other", "regional-indicator", "emergency", "interaction", "queer-symbols", "symbols"}


def _aliases() -> dict[str, tuple[str, ...]]:
    """Hexcode without FE0F selectors → names of the ``emoji`` package, digits and two-letter codes left out."""
    from emoji import EMOJI_DATA

    found = {}
    for char, entry in EMOJI_DATA.items():
        names = [entry["en"], *entry.get("alias", [])]
        spoken = [name.strip(":").replace("_", " ") for name in names]
        usable = tuple(name for name in spoken if len(name) > 2 and not name[-1].isdigit() and name != "flags")
        found["-".join(f"{ord(part):04X}" for part in char).replace("-FE0F", "")] = usable
    return found
