"""What a run of self-evolution will need, worked out from its recipe and not measured: memory, time, calls, disk.

The arithmetic is that of docs/scale.md. GB are 10⁹ bytes. What depends on the policy and on services is assumed (``Assumed``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genevolve.policies.local.gguf import SMOLLM2
from genevolve.store.user_file import expanded
from genevolve.train.recipe import Recipe

GB = 1e9
_TILE = 4096 * 32768  # logits that TRL's fused output layer holds at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Of a language model: ``queries`` and ``keys`` are the widths of their projections, ``vision`` the weights of a tower."""

    layers: int
    width: int
    inner: int
    queries: int
    keys: int
    words: int
    tied: bool = False
    vision: float = 0.0

    @property
    def layer(self) -> int:
        return 2 * self.width * self.queries + 2 * self.width * self.keys + 3 * self.width * self.inner

    @property
    def embedding(self) -> int:
        return self.words * self.width

    @property
    def language(self) -> int:
        return self.layers * self.layer + self.embedding * (1 if self.tied else 2)

    def flops(self, tokens: float) -> float:
        """Of one forward pass, for each of ``tokens`` in one row."""
        return 2 * (self.layers * self.layer + self.embedding) + 4 * tokens / 2 * self.queries * self.layers


KNOWN = {
    "Qwen/Qwen3-VL-8B-Instruct": Shape(
        layers=36, width=4096, inner=12288, queries=4096, keys=1024, words=151_936, vision=0.6e9
    ),
    SMOLLM2: Shape(layers=30, width=576, inner=1536, queries=576, keys=192, words=49_152, tied=True),
    "smollm2": Shape(layers=30, width=576, inner=1536, queries=576, keys=192, words=49_152, tied=True),
    "tiny": Shape(layers=2, width=64, inner=128, queries=64, keys=32, words=1024, tied=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What no recipe says: tokens of an episode, what it calls, and how fast GPUs and services are. Seconds, bytes."""

    tokens: int = 12_000
    sampled: int = 4_000
    tokens_a_second: float = 100.0
    searches: int = 4
    image_searches: int = 4
    tool: float = 2.0
    tools: int = 10
    slowest: float = 1.5  # the slowest episode of a step, against the mean
    render: float = 40.0
    judge: float = 5.0
    flops: float = 0.4 * 989e12  # of a GPU, reached
    episode_bytes: float = 3e6  # pictures found and made


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """``memory`` of one GPU in GB, ``step`` in seconds, ``disk`` in GB, all by part; ``calls`` of each role in all."""

    gpus: int
    row: int
    memory: Mapping[str, float] | None
    step: Mapping[str, float]
    seconds: float
    episodes: int
    calls: Mapping[str, int]
    disk: Mapping[str, float]


def shape_of(name: str) -> Shape | None:
    """Of a model that is known, or lies in a folder; None where only the hub could say."""
    if name in KNOWN:
        return KNOWN[name]
    try:
        whole = json.loads((expanded(name) / "config.json").read_text(encoding="utf-8"))
        text = whole.get("text_config", whole)
        heads, width = int(text["num_attention_heads"]), int(text["hidden_size"])
        size = int(text.get("head_dim") or width // heads)
        return Shape(
            layers=int(text["num_hidden_layers"]),
            width=width,
            inner=int(text["intermediate_size"]),
            queries=heads * size,
            keys=int(text.get("num_key_value_heads") or heads) * size,
            words=int(text["vocab_size"]),
            tied=bool(whole.get("tie_word_embeddings", text.get("tie_word_embeddings", False))),
            vision=_tower(whole.get("vision_config")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _tower(config: Any) -> float:
    if not isinstance(config, dict):
        return 0.0
    width, inner = float(config.get("hidden_size", 0)), float(config.get("intermediate_size", 0))
    return float(config.get("depth", 0)) * (4 * width**2 + 2 * width * inner)


def memory(recipe: Recipe, shape: Shape, gpus: int) -> dict[str, float]:
    """GB of one of ``gpus`` over which everything is split, with one micro-batch of the longest rows."""
    chosen, row = recipe.evolve, longest(recipe)
    tokens, whole = row * chosen.micro_batch, shape.language + shape.vision
    lora = recipe.lora.r
    learnt = (
        shape.language
        if not lora
        else shape.layers * lora * (7 * shape.width + 2 * (shape.queries + shape.keys) + 3 * shape.inner)
    )
    found = {
        "weights, gradients, Adam (float32)": learnt * 16 / gpus,
        "frozen weights": shape.vision * 4 / gpus if not lora else whole * 2 / gpus,
        "reference policy of the KL term": whole * 2 / gpus if chosen.beta and not lora else 0.0,
        "gathered: two layers, embeddings, tower": (2 * shape.layer + shape.embedding * (1 if shape.tied else 2) + shape.vision)
        * 2,
        "inputs of the layers": tokens * shape.width * 2 * shape.layers,
        "one layer with gradients": tokens * (3 * shape.inner + 2 * shape.queries + 2 * shape.keys) * 2 * 2,
        "output layer in tiles": _TILE * 2 + (0 if lora else shape.embedding * 4) + tokens * shape.width * 4,
    }
    return {name: value / GB for name, value in found.items() if value}


def longest(recipe: Recipe) -> int:
    """Tokens of the longest row."""
    return (recipe.evolve.max_prompt or 0) + recipe.evolve.max_completion


def planned(recipe: Recipe, gpus: int, at_once: Mapping[str, int], assumed: Assumed | None = None) -> RunPlan:
    """``at_once``: calls in flight that the profile allows each role."""
    assumed, chosen, shape = assumed or Assumed(), recipe.evolve, shape_of(recipe.model.name)
    rows = chosen.requests * chosen.generations
    rounds = chosen.steps // chosen.eval_steps if chosen.eval_steps else 1
    tried = (rounds + chosen.eval_at_start) * recipe.data.validation
    step = _step(recipe, shape, gpus, rows, at_once, assumed)
    trial = _services(recipe.data.validation, at_once, assumed) if recipe.data.validation else {}
    episodes = chosen.steps * rows + tried
    return RunPlan(
        gpus=gpus,
        row=longest(recipe),
        memory=memory(recipe, shape, gpus) if shape is not None else None,
        step=step,
        seconds=chosen.steps * _each(step, chosen.ahead) + (rounds + chosen.eval_at_start) * sum(trial.values()),
        episodes=episodes,
        calls=_calls(recipe, episodes, assumed),
        disk=_disk(recipe, shape, episodes, assumed),
    )


def _each(step: Mapping[str, float], ahead: int) -> float:
    """Seconds from one step to the next: with ``ahead`` the trainer learns while the next rollout is made."""
    learning = step.get("learning", 0.0)
    rollout = sum(step.values()) - learning
    return max(rollout, learning) if ahead else rollout + learning


def _step(
    recipe: Recipe, shape: Shape | None, gpus: int, rows: int, at_once: Mapping[str, int], assumed: Assumed
) -> dict[str, float]:
    found = _services(rows, at_once, assumed)
    if shape is not None:
        tokens = min(assumed.tokens, longest(recipe))
        passes = 4 + bool(recipe.evolve.beta) + bool(recipe.sdl.lambda_)  # student, again for checkpointing, backward twice
        found["learning"] = rows * tokens * shape.flops(tokens) * passes / (gpus * assumed.flops)
    return found


def _services(rows: int, at_once: Mapping[str, int], assumed: Assumed) -> dict[str, float]:
    """Seconds of each part of a rollout of ``rows``, one after the other."""
    episode = assumed.sampled / assumed.tokens_a_second + assumed.tools * assumed.tool
    return {
        "episodes": episode * assumed.slowest,
        "rendering": rows * assumed.render / max(1, min(rows, at_once.get("generator", 1))),
        "judging": 2 * rows * assumed.judge / max(1, min(2 * rows, at_once.get("image_judge", 1))),
    }


def _calls(recipe: Recipe, episodes: int, assumed: Assumed) -> dict[str, int]:
    taught = recipe.experience.max_pairs * recipe.evolve.steps if recipe.sdl.lambda_ else 0
    return {
        "search": episodes * assumed.searches,
        "image_search": episodes * assumed.image_searches,
        "generator": episodes,
        "image_judge": episodes,
        "program_judge": episodes if recipe.reward.alpha else 0,
        "summariser": taught,
    }


def _disk(recipe: Recipe, shape: Shape | None, episodes: int, assumed: Assumed) -> dict[str, float]:
    found = {"pictures and steps": episodes * assumed.episode_bytes / GB}
    if shape is not None and not recipe.lora.r:
        one = (shape.language * 12 + shape.vision * 4) / GB
        found[f"{recipe.evolve.keep_checkpoints + 1} checkpoints"] = one * (recipe.evolve.keep_checkpoints + 1)
        found["the model at the end"] = (shape.language + shape.vision) * 4 / GB
    return found
