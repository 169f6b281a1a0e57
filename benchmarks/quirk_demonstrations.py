"""Trajectories for a cold start that can read lessons: ``python benchmarks/quirk_demonstrations.py OUT --rows N [--seed S]``.

Each row is what the expert writes for another profile of quirks, at a request that needs no search, as the answer of a policy
that calls no tool (profile ``quirks``). Every request comes twice, for two profiles, so that nothing but the lesson tells which
of two wordings is wanted. A share ``--taught`` of the rows has up to seven of that profile's rules in the system prompt, as a
lesson stands there, among them some that make no difference to the request; in the others nothing tells which wording is
wanted: a policy that learns from them tries all. Profiles have numbers below 1,000: those from there on are for tests. The file
is data for ``genevolve sft``.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from genevolve.app.assemble import assemble
from genevolve.app.profile import load_profile
from genevolve.core.case import Case
from genevolve.core.episode import Episode, Goal
from genevolve.data.splits import EntitySplit
from genevolve.experience.bundle import Bullet, Bundle, Guidance, RetrievalKey
from genevolve.experience.pooling import MOST
from genevolve.experience.teacher_view import teacher_system
from genevolve.protocol.render import messages
from genevolve.run.components import Components
from genevolve.run.drive import drive
from genevolve.store.images import ImageStore
from genevolve.world.contrast.differences import focuses
from genevolve.world.contrast.standard import standard_bullet
from genevolve.world.contrast.traits import traits_of
from genevolve.world.expert import ExpertPolicy
from genevolve.world.language.reader import read
from genevolve.world.quirks.profile import QUIRKS, QuirkProfile, kept_rules
from genevolve.world.suites.adaptation import UNSEEN, adaptation_cases

PARTS = ("recommended_tool_plan", "search_query_guidance", "skill_routing_guidance", "reference_selection_guidance")


def lesson(trajectory: Episode, profile: QuirkProfile, dice: Random) -> Bundle | None:
    """Some rules of ``profile``, as a lesson holds them: most that the program of ``trajectory`` keeps, and a few others."""
    assert trajectory.program is not None
    kept = sorted(kept_rules(trajectory.program.prompt) & set(profile.chosen.items()))
    if not kept:
        return None
    dice.shuffle(kept)
    others = sorted(set(profile.chosen.items()) - set(kept))
    told = kept[: dice.randint(2, MOST)] + dice.sample(others, min(len(others), dice.randint(0, 2)))
    dice.shuffle(told)
    rules = [QUIRKS[name].options[option] for name, option in told[:MOST]]
    advised = dice.choice([len(rules), dice.randint(1, len(rules))])
    guarded = rules[dice.randint(0, advised) :]  # what is to be avoided follows from the same rules, or from others
    seen = traits_of(trajectory, read(trajectory.request.text))
    standard = {part: (Bullet(text=standard_bullet(part, seen), standard=True),) for part in PARTS}
    guidance = Guidance(
        focus=(Bullet(text=focuses()[QUIRKS[told[0][0]].about[0]]),),
        prompt_program_guidance=tuple(Bullet(text=rule.advice) for rule in rules[:advised]),
        failure_guards=tuple(Bullet(text=rule.guard) for rule in guarded),
        **standard,
    )
    trigger = RetrievalKey(trigger="the request asks for a picture", source_prompt_summary="a picture")
    return Bundle(retrieval_key=trigger, decision_guidance=guidance)


async def row(
    case: Case, number: int, setup: Components, direct: str, characters: int, taught: float
) -> tuple[dict[str, Any], bool]:
    """One conversation under the system prompt ``direct``, and whether it stands under a lesson: a share ``taught`` does."""
    dice = Random(f"demonstration {number} {case.text}")
    quirks = dice.randrange(UNSEEN)
    own = replace(setup, policy=ExpertPolicy(quirks=quirks))
    ended = await drive(own.begin(case.request(seed=number)), own, goal=Goal.PROGRAM)
    bundle = lesson(ended, QuirkProfile.drawn(quirks), dice) if dice.random() < taught else None
    system = teacher_system(direct, bundle, max_characters=characters) if bundle else direct
    first, asked, *_, answer = messages(ended, system=system, detail=setup.detail)
    shown = (first, asked, answer)  # without the skills that were read between
    told = [{"role": str(message.role), "content": message.text} for message in shown]
    return {"id": f"{case.id}.quirks-{quirks}", "prompt": case.text, "messages": told}, bundle is not None


async def rows(cases: Sequence[Case], characters: int, taught: float) -> list[tuple[dict[str, Any], bool]]:
    reading, direct = (load_profile(name, {"policy": "expert"}) for name in ("laptop", "quirks"))
    with tempfile.TemporaryDirectory() as scratch:
        images = ImageStore(Path(scratch))
        async with assemble(reading, images) as setup, assemble(direct, images) as pupil:
            work = ((case, number, setup, pupil.system, characters, taught) for number, case in enumerate(cases))
            return [await row(*each) for each in work]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--characters", type=int, default=1000, help="of a lesson (experience.guide_characters)")
    parser.add_argument("--taught", type=float, default=0.5, help="share of the rows that stand under a lesson")
    chosen = parser.parse_args()
    asked = adaptation_cases((chosen.rows + 1) // 2, EntitySplit.TRAIN, chosen.seed)
    cases = [case for case in asked for _ in range(2)][: chosen.rows]
    made = asyncio.run(rows(cases, chosen.characters, chosen.taught))
    chosen.out.write_text("".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each, _ in made), encoding="utf-8")
    print(f"{len(made)} trajectories, {sum(taught for _, taught in made)} of them under a lesson: {chosen.out}")


if __name__ == "__main__":
    main()
