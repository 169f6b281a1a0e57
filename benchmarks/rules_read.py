"""Which rules of its lessons does a policy read? ``python benchmarks/rules_read.py DEMONSTRATIONS --adapter FOLDER``

For each row of ``quirk_demonstrations.py`` that stands under a lesson: every rule of the lesson that the answer keeps is turned
into that of another option, one rule at a time, and the answer is scored again. Printed for each quirk: how many nats the
answer lost, mean, least and most over the rows that have such a rule. About 0: the policy does not read that rule. The
demonstrations need a seed that the cold start did not have.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean

from genevolve.core.message import Message, Role
from genevolve.policies.local.model import load_model
from genevolve.policies.local.template import ChatTemplate
from genevolve.train.scoring import scored_logprobs
from genevolve.world.quirks.misled import next_option
from genevolve.world.quirks.profile import QUIRKS, kept_rules


def turned(system: str, name: str, option: str) -> str:
    """``system`` with the rule of another option in the place of that of ``option``."""
    own, other = QUIRKS[name].options[option], QUIRKS[name].options[next_option(QUIRKS[name], option)]
    return system.replace(own.advice, other.advice).replace(own.guard, other.guard)


def told(system: str) -> list[tuple[str, str]]:
    """(quirk, option) of every rule in ``system``."""
    return [
        (name, option)
        for name, quirk in QUIRKS.items()
        for option, rule in quirk.options.items()
        if rule.advice in system or rule.guard in system
    ]


def losses(rows: list[dict[str, str]], adapter: str, dtype: str) -> Mapping[str, list[float]]:
    """Nats that the answers lose, by the name of the quirk."""
    loaded = load_model("smollm2", adapter=adapter, dtype=dtype)
    template = ChatTemplate(loaded.tokenizer)
    lost: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        answer = template.reply(row["assistant"])

        def scored(system: str, asked: str = row["user"], answer: list[int] = answer) -> float:
            opened = template.opening([Message(role=Role.SYSTEM, text=system), Message(role=Role.USER, text=asked)])
            return float(scored_logprobs(loaded.model, opened, answer).sum())

        kept = kept_rules(json.loads(row["assistant"].split("<answer>")[1].split("</answer>")[0])["gen_prompt"])
        right = scored(row["system"])
        for name, option in told(row["system"]):
            if (name, option) in kept:
                lost[name].append(right - scored(turned(row["system"], name, option)))
    return lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demonstrations", type=Path)
    parser.add_argument("--adapter", required=True)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--dtype", default="auto")
    chosen = parser.parse_args()
    lines = chosen.demonstrations.read_text(encoding="utf-8").splitlines()
    rows = [{one["role"]: one["content"] for one in json.loads(line)["messages"]} for line in lines]
    taught = [row for row in rows if told(row["system"])][: chosen.rows]
    found = losses(taught, chosen.adapter, chosen.dtype)
    for name in QUIRKS:
        if lost := found.get(name):
            print(f"{name}: {fmean(lost):.1f} nats ({min(lost):.1f} to {max(lost):.1f}), {len(lost)} rows")
        else:
            print(f"{name}: in no lesson that an answer keeps")


if __name__ == "__main__":
    main()
