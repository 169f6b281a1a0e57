"""``genevolve evolve`` as a function: a recipe's members put together, and the run."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from genevolve.app.assemble import assemble, origin
from genevolve.app.environment import environment, home
from genevolve.app.profile import MemberChoice, Profile, load_profile
from genevolve.app.registry import Context, build_choice
from genevolve.app.workers import assembled
from genevolve.core.errors import UsageError
from genevolve.protocol.detail import Detail
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder

if TYPE_CHECKING:
    from genevolve.policies.local.build import Served
    from genevolve.policies.local.model import LoadedModel
    from genevolve.train.evolve import Evolved, TrainingComponents
    from genevolve.train.lessons import ExperienceLoop
    from genevolve.train.recipe import Recipe
    from genevolve.train.sft_trainer import OnStep


def run_evolution(
    recipe: "Recipe",
    out: Path,
    *,
    data: Path | None = None,
    resume: bool = False,
    on_step: "OnStep" = lambda step, steps, logs: None,
    on_start: Any = lambda training, validation: None,
) -> "Evolved":
    """Evolve the recipe's policy in the directory ``out``. Raises ``UsageError``, ``Failure``, ``OSError``."""
    from genevolve.app.data_members import request_source
    from genevolve.train.cases import cases_of
    from genevolve.train.evolve import evolve
    from genevolve.train.launch import held_by_one
    from genevolve.train.sft import trains_on_cpu

    folder = RunFolder(out)
    with held_by_one(folder, on_cpu=trains_on_cpu(recipe.model.device)):
        training, validation = cases_of(recipe, data, folder.path, request_source)
        on_start(training, validation)
        with put_together(recipe, folder) as members:
            about = {**origin(), "recipe": recipe.model_dump(mode="json"), "data": str(data.absolute()) if data else None}
            return evolve(
                recipe,
                members,
                training=training,
                validation=validation,
                folder=folder,
                about=about,
                resume=resume,
                on_step=on_step,
            )


async def write_guided(recipe: "Recipe", path: Path, *, on_row: Any = lambda done, total: None) -> int:
    """Write trajectories of the recipe's teacher under a guide to ``path``, whole or not at all; how many there are.

    Raises ``UsageError``, ``OSError``.
    """
    from genevolve.app.data_members import request_source
    from genevolve.train.cases import for_imitation
    from genevolve.train.guided import Tutor

    async with _teacher(recipe, path) as (setup, context):
        tutor = Tutor(setup=setup, summariser=_member("summariser", recipe.experience.summariser, context), recipe=recipe)
        rows = await tutor.rows(for_imitation(request_source(), recipe.data.guided, recipe.data.seed), on_row)
    return _write_rows(path, rows)


async def write_dawdling(recipe: "Recipe", path: Path, *, on_row: Any = lambda done, total: None) -> int:
    """The same for trajectories in which the teacher dawdles; their requests are others."""
    from genevolve.app.data_members import request_source
    from genevolve.train.cases import for_imitation
    from genevolve.train.dawdling import Dawdler

    chosen = recipe.data
    cases = for_imitation(request_source(), chosen.guided + chosen.dawdling, chosen.seed)[chosen.guided :]
    async with _teacher(recipe, path) as (setup, _):
        rows = await Dawdler(setup=setup).rows(cases, on_row)
    return _write_rows(path, rows)


@asynccontextmanager
async def _teacher(recipe: "Recipe", path: Path) -> AsyncIterator[tuple[Components, Context]]:
    """The workflow of the recipe's teacher; its pictures lie beside the data set that ``path`` is a file of."""
    from genevolve.store.images import ImageStore

    profile = _with_detail(load_profile(recipe.data.teacher), recipe)
    images = ImageStore(path.parent.parent / "guided")
    context = Context(home=home(environment()), images=images, environ=environment(), profile=profile)
    try:
        async with assemble(profile, images) as setup:
            yield setup, context
    finally:
        await context.aclose()


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> int:
    from genevolve.store.images import write_atomically

    write_atomically(path, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode())
    return len(rows)


@contextmanager
def put_together(recipe: "Recipe", folder: RunFolder) -> Iterator["TrainingComponents"]:
    """The model in training as the policy among the members of the recipe's profile, on one event loop."""
    from genevolve.policies.local.build import speaker_for
    from genevolve.policies.local.lora import train_upper
    from genevolve.policies.local.sampling import Sampling
    from genevolve.train.evolve import TrainingComponents
    from genevolve.train.sft import model_of

    profile = _with_detail(load_profile(recipe.evolve.profile), recipe)
    loaded = model_of(recipe, home(environment()))
    if recipe.evolve.trained_layers is not None:
        train_upper(loaded.model, recipe.evolve.trained_layers)
    _onto_gpu(loaded)
    sampling = Sampling(
        temperature=recipe.evolve.temperature,
        top_p=recipe.evolve.top_p,
        max_tokens=recipe.evolve.max_tokens,
        seed=recipe.evolve.seed,
    )
    stack = AsyncExitStack()
    served = _served(recipe, loaded, folder, stack)
    speaker = speaker_for(
        loaded,
        sampling,
        folder.images,
        shown=recipe.evolve.show_images,
        served=served,
        max_completion=recipe.evolve.max_completion,
        cache_gib=recipe.evolve.cache_gib,
    )
    with asyncio.Runner() as runner:
        try:
            opened = assembled(profile, folder.images, workers=recipe.evolve.workers, policy=speaker)
            setup, _ = runner.run(stack.enter_async_context(opened))
            context = Context(home=home(environment()), images=folder.images, environ=environment(), profile=profile)
            stack.push_async_callback(context.aclose)
            school = _school(recipe, context, folder)
            if school is not None:
                stack.callback(school.memory.close)
            yield TrainingComponents(loaded=loaded, setup=setup, speaker=speaker, runner=runner, school=school)
        finally:
            runner.run(stack.aclose())


def _onto_gpu(loaded: "LoadedModel") -> None:
    """Where training will be on a GPU, the model goes there now: the engine that samples is chosen by where it is.

    Sharded weights stay: FSDP and DeepSpeed spread them from the CPU.
    """
    from accelerate import PartialState

    device = PartialState().device
    sharded = any(environment().get(name) == "true" for name in ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"))
    if device.type == "cuda" and not sharded:
        loaded.model.to(device)


def _served(recipe: "Recipe", loaded: "LoadedModel", folder: RunFolder, stack: AsyncExitStack) -> "Served | None":
    """What makes the engine of a vLLM server, where the recipe names one. Raises ``UsageError``."""
    from accelerate import PartialState

    chosen = recipe.evolve
    if chosen.server is None:
        return None
    if not hasattr(loaded.model, "peft_config") or loaded.vision or PartialState().num_processes > 1:
        raise UsageError(
            "evolve.server: weights reach a server as LoRA adapters of a text model that is trained in one process; set "
            "lora.r, start one process, or leave evolve.server out"
        )
    from genevolve.policies.local.lora import save_adapter
    from genevolve.policies.local.served import ServedEngine
    from genevolve.services.http import new_client

    client = new_client()
    stack.push_async_callback(client.aclose)
    return partial(
        ServedEngine,
        chosen.server,
        chosen.server_model or loaded.name,
        client=client,
        folder=folder.path / "served",
        export=partial(save_adapter, loaded.model, exact=True),
    )


def _with_detail(profile: Profile, recipe: "Recipe") -> Profile:
    """``profile`` with as much detail as the policy is trained with, unless it says so itself."""
    if profile.episode.detail is not None:
        return profile
    episode = profile.episode.model_copy(update={"detail": Detail(recipe.data.detail)})
    return profile.model_copy(update={"episode": episode})


def _school(recipe: "Recipe", context: Context, folder: RunFolder) -> "ExperienceLoop | None":
    """None where nothing is learnt from experience: lambda is 0."""
    if recipe.sdl.lambda_ == 0:
        return None
    from genevolve.experience.memory import Memory
    from genevolve.experience.retrieve import Retriever
    from genevolve.train.evolve import MEMORY
    from genevolve.train.lessons import ExperienceLoop, pair_rule

    chosen = recipe.experience
    embedder = _member("embedder", chosen.embedder, context)
    memory = Memory(folder.path / MEMORY, chosen.capacity, embedder=embedder.name, dimension=embedder.dimension)
    retriever = Retriever(memory, embedder, chosen.gate, chosen.when, mismatch=chosen.mismatch, seed=recipe.evolve.seed)
    summariser = _member("summariser", chosen.summariser, context)
    return ExperienceLoop(summariser, retriever, pair_rule(recipe))


def _member(role: str, choice: Mapping[str, Any], context: Context) -> Any:
    """The member of a training role that the recipe names. Raises ``UsageError`` naming the setting."""
    try:
        chosen = MemberChoice.model_validate(choice)
    except ValidationError as error:
        raise UsageError(f"recipe: experience.{role}: {error.errors()[0]['msg']}; it needs a member") from None
    return build_choice(role, chosen, context, where="recipe: experience")
