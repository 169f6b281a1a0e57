"""Tokens a second of the local policy's engine against the model's own batched decoding, on the same prompts.

    python benchmarks/rollout_speed.py [--model smollm2] [--rows 12] [--prompt 300] [--tokens 32] [--episodes 12]

Both sample the same number of tokens for the same rows, greedily and without a stop. The second measure is how rollouts use the
engine: the rows begin alike (siblings of one request), and a second turn adds an observation of 80 tokens, for which the
model's own decoding has to compute the whole conversation anew. ``--episodes``: so many whole episodes of
the shipped adapter, four for a request, with and without guesses (see ``policies/local/speculation.py``); the time holds tools,
pictures and judges, too.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import torch

from genevolve.app.environment import environment, home
from genevolve.app.evolve import put_together
from genevolve.policies.local.adapters import adapter_folder
from genevolve.policies.local.engine import RaggedEngine
from genevolve.policies.local.merged import merged
from genevolve.policies.local.model import load_model
from genevolve.policies.local.sampling import Sampling
from genevolve.run.folder import RunFolder
from genevolve.train.cases import attempted, generated
from genevolve.train.recipe import changed, load_recipe
from genevolve.world.recipes.source import AtlasRequests

OBSERVED = 80


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--rows", type=int, default=12)
    parser.add_argument("--prompt", type=int, default=300)
    parser.add_argument("--tokens", type=int, default=32)
    parser.add_argument("--episodes", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.episodes:
        with tempfile.TemporaryDirectory() as scratch:
            plain, guessing = (episode_seconds(Path(scratch), chosen.episodes, chosen.seed, on) for on in (False, True))
        print(f"{chosen.episodes} episodes: with guesses {guessing:.1f} s, without {plain:.1f} s, ratio {guessing / plain:.2f}")
        return
    loaded = load_model(chosen.model, device="cpu", home=home(environment()))
    loaded.model.eval()
    random = Random(chosen.seed)

    def ids(count: int) -> list[int]:
        return [random.randrange(10, 1000) for _ in range(count)]

    apart = [ids(chosen.prompt) for _ in range(chosen.rows)]
    alike = [list(apart[0]) for _ in range(chosen.rows)]
    seen = [ids(OBSERVED) for _ in range(chosen.rows)]
    for name, prompts in (("rows apart, one turn", apart), ("siblings, two turns", alike)):
        turns = 1 if prompts is apart else 2
        ours = engine_seconds(loaded.model, prompts, seen, chosen.tokens, turns)
        theirs = library_seconds(loaded.model, prompts, seen, chosen.tokens, turns)
        total = chosen.rows * chosen.tokens * turns
        print(f"{name}: engine {total / ours:.1f} tokens/s, own decoding {total / theirs:.1f}, ratio {theirs / ours:.2f}")


def episode_seconds(scratch: Path, episodes: int, seed: int, guesses: bool) -> float:
    recipe = changed(load_recipe("atlas"), {"model": {"adapter": adapter_folder("smollm2", None)}, "sdl": {"lambda": 0.0}})
    cases = [case for case in generated(AtlasRequests(), -(-episodes // 4), seed, validation=False) for _ in range(4)][
        :episodes
    ]
    with put_together(recipe, RunFolder(scratch / str(guesses))) as members, merged(members.loaded.model):
        stops = sorted({members.sampler.template.end, *members.loaded.tokenizer.all_special_ids})
        members.sampler.engine = RaggedEngine(members.loaded.model, stops, guesses=guesses)

        async def every() -> None:
            await asyncio.gather(*(attempted(case, f"{n}", members.setup, seed=seed) for n, case in enumerate(cases)))

        began = time.monotonic()
        members.runner.run(every())
        return time.monotonic() - began


def engine_seconds(model: Any, prompts: list[list[int]], seen: list[list[int]], tokens: int, turns: int) -> float:
    engine = RaggedEngine(model, stops=())
    greedy = Sampling(temperature=0.0, max_tokens=tokens)

    async def episodes() -> None:
        talks = [list(prompt) for prompt in prompts]
        for _ in range(turns):
            said = await asyncio.gather(*(engine.sample(str(n), talk, greedy) for n, talk in enumerate(talks)))
            for talk, one, observation in zip(talks, said, seen, strict=True):
                talk += [*one.ids, *observation]

    began = time.monotonic()
    asyncio.run(episodes())
    return time.monotonic() - began


def library_seconds(model: Any, prompts: list[list[int]], seen: list[list[int]], tokens: int, turns: int) -> float:
    talks = torch.tensor(prompts)
    began = time.monotonic()
    for _ in range(turns):
        with torch.inference_mode():
            out = model.generate(
                talks,
                attention_mask=torch.ones_like(talks),
                max_new_tokens=tokens,
                min_new_tokens=tokens,
                do_sample=False,
                pad_token_id=0,
            )
        talks = torch.cat([out, torch.tensor(seen)], 1)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
