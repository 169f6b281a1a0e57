"""``python -m tests.train.scripted_run RECIPE OUT``: ``genevolve evolve`` whose policy is a tiny model that says what the
expert says. A random model reaches neither a generator nor a judge."""

import json
import sys

from genevolve.app import evolve as app
from genevolve.cli.main import cli, exit_code
from genevolve.policies.local.model import LoadedModel
from genevolve.policies.local.sampler import ChatSampler, Engine
from genevolve.run.folder import RunFolder
from genevolve.train.recipe import Recipe
from tests.scripted import ScriptedSampler

VAGUE = "A nice picture of some things that look good"


def spoilt(episode: str, text: str) -> str:
    """Every second attempt answers vaguely instead of well, with the same references."""
    odd = int(episode.rpartition("row")[2]) % 2 if "row" in episode else 0
    if not odd or "<answer>" not in text:
        return text
    answer = json.loads(text.partition("<answer>")[2].partition("</answer>")[0])
    chosen = ("the first", "the second")[: len(answer["reference_images"])]
    named = "".join(f" and {word} reference image" for word in chosen)
    return f"<answer>{json.dumps(answer | {'gen_prompt': VAGUE + named})}</answer>"


def _scripted(recipe: Recipe, loaded: LoadedModel, folder: RunFolder, engine: Engine | None) -> ChatSampler:
    own = _usual(recipe, loaded, folder, engine)
    return ScriptedSampler(loaded.model, own.engine, own.template, loaded.tokenizer, own.sampling, spoil=spoilt)


_usual = app._sampler

if __name__ == "__main__":
    app._sampler = _scripted
    recipe, out = sys.argv[1:]
    sys.exit(exit_code(lambda: cli.main(["evolve", recipe, "--out", out], standalone_mode=False)))
