"""What the two nodes are and do, whichever of ComfyUI's interfaces they are offered by."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import host, pictures
from .client import Generation, Order, Server

MOST_REFERENCES = 5
SHOWN = 3  # references that *GenEvolve Program* hands on one by one
CATEGORY = "GenEvolve"


@dataclass(frozen=True)
class Input:
    """``kind`` is ComfyUI's type; ``options`` are those of its V3 inputs."""

    id: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True)
class Output:
    """``name`` is what people see."""

    name: str
    kind: str
    tooltip: str


@dataclass(frozen=True)
class Node:
    """``run`` takes the inputs by their ids and returns the outputs in their order."""

    id: str
    name: str
    description: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    run: Callable[..., tuple[Any, ...]]


_COMMON = (
    Input("request", "STRING", {"multiline": True, "default": "", "dynamic_prompts": False,
        "tooltip": "What the picture should show, in plain language"}),
    Input("profile", "STRING", {"default": "", "tooltip": "A profile that the server offers; empty: its first one"}),
    Input("width", "INT", {"default": 0, "min": 0, "max": 4096, "step": 8,
        "tooltip": "Pixels; 0 for both sides: of the first reference, else of the format that the request names"}),
    Input("height", "INT", {"default": 0, "min": 0, "max": 4096, "step": 8}),
    Input("seed", "INT", {"default": 0, "min": 0, "max": 2**31 - 2000, "control_after_generate": True}),
    Input("server", "STRING", {"default": "",
        "tooltip": "Address of `genevolve serve`; empty: GENEVOLVE_SERVER, else this machine"}),
    Input("references", "IMAGE", {"tooltip": f"Up to {MOST_REFERENCES} pictures of your own, as one batch"}, optional=True),
)  # fmt: skip
_PICKED = Output("references", "IMAGE", "The pictures that the prompt names first, second, …, as one batch on white")


def _order(values: dict[str, Any], **more: Any) -> Order:
    files = pictures.to_png(values.get("references"))
    if len(files) > MOST_REFERENCES:
        raise ValueError(f"references has {len(files)} pictures; GenEvolve takes up to {MOST_REFERENCES}")
    width, height = values["width"], values["height"]
    if bool(width) != bool(height):
        raise ValueError(f"width is {width} and height is {height}; set both, or both to 0")
    size = f"{width}x{height}" if width else "auto"
    asked = {"request": values["request"], "profile": values["profile"], "seed": values["seed"], "size": size, **more}
    return Order(fields={name: str(value) for name, value in asked.items() if value != ""}, references=files)


def _made(values: dict[str, Any], **more: Any) -> tuple[Server, Generation]:
    if not values["request"].strip():
        raise ValueError("request is empty: say what the picture should show")
    server = Server.chosen(values["server"], host.environment())
    return server, server.make(_order(values, **more), progress=host.progress(), interrupted=host.raise_if_interrupted)


def _references(server: Server, made: Generation) -> list[bytes]:
    return [server.file(path) for path in made.references]


def agent(**values: Any) -> tuple[Any, ...]:
    """(image, prompt, references, score, verdict, id). A picture that nobody could score has the score NaN."""
    more = {"rounds": values["rounds"] or "", "after": values.get("after") or ""}
    server, made = _made(values, **more)
    image = pictures.batch([server.file(made.image)])
    score = math.nan if made.score is None else made.score
    chosen = pictures.batch(_references(server, made))
    return image, made.prompt, host.blocked() if chosen is None else chosen, score, made.verdict, made.id


def program(**values: Any) -> tuple[Any, ...]:
    """(prompt, references, then each of the first references in its own size, None where there are fewer)."""
    server, made = _made(values, until="program")
    files = _references(server, made)
    chosen = pictures.batch(files)
    single = [pictures.batch([file]) for file in files[:SHOWN]]
    return made.prompt, host.blocked() if chosen is None else chosen, *single, *[None] * (SHOWN - len(single))


NODES = (
    Node(
        id="GenEvolveAgent",
        name="GenEvolve Agent",
        description="Looks up facts and reference pictures, writes the program, has it drawn, and judges the picture.",
        inputs=(
            *_COMMON,
            Input(
                "rounds", "INT", {"default": 0, "min": 0, "max": 10, "tooltip": "How often it may draw; 0: as the profile says"}
            ),
            Input(
                "after",
                "STRING",
                {"force_input": True, "tooltip": "The id of an earlier picture: the request changes it"},
                True,
            ),
        ),
        outputs=(
            Output("image", "IMAGE", "The picture"),
            Output("prompt", "STRING", "The program that it was drawn from"),
            _PICKED,
            Output("score", "FLOAT", "0 to 1 by the server's judge; NaN where nobody could judge"),
            Output("verdict", "STRING", "Each requirement, and whether the picture meets it"),
            Output("id", "STRING", "For the input `after` of another GenEvolve Agent"),
        ),
        run=agent,
    ),
    Node(
        id="GenEvolveProgram",
        name="GenEvolve Program",
        description="Looks up facts and reference pictures and writes the program for a sampler of your own: nothing is drawn.",
        inputs=_COMMON,
        outputs=(
            Output("prompt", "STRING", "For a text encoder that is given the references in their order"),
            _PICKED,
            *(Output(f"reference {n}", "IMAGE", "In its own size; nothing where there are fewer") for n in range(1, SHOWN + 1)),
        ),
        run=program,
    ),
)
