"""How well questions of fact in varied wording are answered: precision and recall by kind, without a network.

python benchmarks/facts.py            # the table
python benchmarks/facts.py --failures # and every question that is not answered rightly

Two lists: wordings written by hand (``facts_questions.tsv``; those without an answer must stay unanswered; of several right
answers, divided by `` | ``, one is enough), and wordings filled from the tables, drawn with a fixed seed. The tables are both
source and key of the generated ones, so these measure the reading of wordings and not whether a source is right.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from genevolve.world.atlas.answers import answer
from genevolve.world.atlas.countries import countries
from genevolve.world.atlas.entities import entities
from genevolve.world.atlas.factbook import profiles
from genevolve.world.atlas.knowledge import exact_wording
from genevolve.world.atlas.text import fold

WORDINGS = {
    "capital": ("the capital of {}", "{}'s capital city", "what is the capital of {}", "which city is the capital of {}"),
    "currency": ("the currency of {}", "the money that people use in {}", "what currency does {} use", "{}'s currency"),
    "phone": ("the telephone code of {}", "the code to call {}", "{}'s dialling code", "the international prefix of {}"),
    "domain": ("the internet domain of {}", "{}'s top-level domain", "the web domain of {}"),
    "country": ("the country whose capital is {}", "the country governed from {}", "the nation where you find {}"),
    "element-value": ("the chemical symbol of {}", "how do chemists write {}", "{}'s chemical symbol"),
    "mountain": ("the highest mountain of {}", "the tallest peak in {}", "{}'s highest point"),
}


def generated(seed: int, each: int) -> Iterator[tuple[str, str, str]]:
    """(kind, question, answer)."""
    rng = random.Random(seed)
    sovereign = [country for country in countries() if country.sovereign and country.capital]
    for kind, wordings in WORDINGS.items():
        if kind == "element-value":
            elements = rng.sample([held for held in entities() if held.kind == "chemical element"], each)
            rows = [(element.name, element.facts["chemical symbol"]) for element in elements]
        else:
            rows = []
            for country in rng.sample(sovereign, each):
                profile = profiles().get(country.iso2)
                values = {
                    "capital": country.capital, "currency": country.currency, "domain": country.domain, "country": country.name,
                    "phone": f"+{country.phone}", "mountain": profile.highest if profile else "",
                }  # fmt: skip
                rows.append((country.capital if kind == "country" else country.with_article, values[kind]))
        for number, (name, value) in enumerate(rows):
            if value:
                yield kind, wordings[number % len(wordings)].format(name), value


def written() -> Iterator[tuple[str, str, str]]:
    lines = Path(__file__).with_name("facts_questions.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            kind, question, *rest = line.split("\t")
            yield kind, question, rest[0] if rest else ""


def said(question: str) -> str:
    found = answer(question)
    return exact_wording(question) or (found.text if found is not None else "")


def _values(text: str) -> set[str]:
    """Of several values the order does not count."""
    return {re.sub(r"[^\w+.]+", "", fold(value)) for value in re.split(r",(?!\d) ?| and ", text)}


def table(title: str, rows: list[tuple[str, str, str]], failures: bool) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])  # held, answered, right, asked
    for kind, question, wanted in rows:
        found = said(question)
        right = bool(wanted) and any(_values(found) == _values(one) for one in wanted.split(" | "))
        for name in (kind, "all"):
            for n, one in enumerate((bool(wanted), bool(found), right, True)):
                counts[name][n] += one
        if failures and (found or wanted) and not right:
            print(f"    {question}: {found or 'not found'}, wanted {wanted or 'no answer'}")
    print(f"{title:16}{'asked':>7}{'held':>7}{'answered':>10}{'right':>7}{'wrong':>7}{'precision':>11}{'recall':>8}")
    for kind, (held, answered, good, asked) in counts.items():
        precision = good / answered if answered else 1.0
        recall = good / held if held else 1.0
        print(f"{kind:16}{asked:>7}{held:>7}{answered:>10}{good:>7}{answered - good:>7}{precision:>11.3f}{recall:>8.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--each", type=int, default=30, help="generated questions of each kind")
    parser.add_argument("--failures", action="store_true")
    options = parser.parse_args()
    table("by hand", list(written()), options.failures)
    table("generated", list(generated(options.seed, options.each)), options.failures)


if __name__ == "__main__":
    main()
