"""``genevolve evolve`` as a function: a recipe's components put together, and the run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from genevolve.app.arguments import Count, Seed, checked
from genevolve.app.data_members import request_source
from genevolve.app.environment import environment, home
from genevolve.app.profile import MemberChoice, load_profile, with_quirks, with_rounds
from genevolve.app.registry import Context, build_choice
from genevolve.app.served import published, served_engine
from genevolve.app.training import NotYet, about_run, chosen_recipe, need_packages, run_folder, with_detail
from genevolve.app.workers import assembled
from genevolve.core.errors import UsageError
from genevolve.run.folder import RunFolder
from genevolve.train.loop import SharedLoop

if TYPE_CHECKING:
    from genevolve.core.case import Case
    from genevolve.experience.memory import Memory
    from genevolve.experience.retrieve import Retriever
    from genevolve.policies.local.model import LoadedModel
    from genevolve.policies.local.sampler import ChatSampler, Engine
    from genevolve.train.components import TrainingComponents
    from genevolve.train.evolve import Evolved
    from genevolve.train.kept import AttemptJournal
    from genevolve.train.lessons import ExperienceLoop
    from genevolve.train.published import PublishedWeights
    from genevolve.train.ranks import Ranks
    from genevolve.train.recipe import Recipe
    from genevolve.train.sft_trainer import OnStep
    from genevolve.train.term import LossTerm


@checked
def evolve(
    recipe: "str | Path | Recipe",
    *,
    out: Path | str | None = None,
    data: Path | str | None = None,
    model: Path | str | None = None,
    adapter: Path | None = None,
    steps: Count | None = None,
    seed: Seed | None = None,
    resume: bool = False,
    on_step: "OnStep" = lambda step, steps, logs: None,
    on_start: "Callable[[Sequence[Case], Sequence[Case]], None]" = lambda training, validation: None,
) -> "Evolved":
    """Evolve the recipe's policy in the directory ``out`` (default: ``runs/evolve-`` and its name); the same one goes on.

    ``data``, ``adapter``, ``steps`` and ``seed`` take the place of the recipe's. ``model`` is what to start from in the place
    of its model: the folder of a run, such as a cold start, of weights or of an adapter, or a name. ``resume``: there must be a
    run to go on with.
    Raises ``UsageError``, ``ServiceError``, ``OSError``.
    """
    need_packages()
    from genevolve.train.cases import cases_of
    from genevolve.train.continuing import check_run
    from genevolve.train.evolve import evolve_policy, known_identity
    from genevolve.train.launch import held_by_one, sharded_sampling, splits_weights
    from genevolve.train.sft import check_model, trains_on_cpu

    chosen = chosen_recipe(recipe, adapter, {"evolve": {"steps": steps, "seed": seed}}, model=model)
    folder = RunFolder(run_folder(chosen, out, "evolve-"))
    check_model(chosen)
    if splits_weights(environment()) and not chosen.evolve.server:
        raise sharded_sampling()
    with held_by_one(folder, on_cpu=trains_on_cpu(chosen.model.device), timeout=chosen.evolve.patience):
        requests = partial(request_source, chosen.data.source)
        training, validation = cases_of(chosen, Path(data) if data else None, folder.path, requests)
        check_run(folder, known_identity(chosen, training), resume=resume)
        on_start(training, validation)
        with put_together(chosen, folder) as members:
            options: dict[str, Any] = {"about": about_run(chosen, data), "on_step": on_step}
            return evolve_policy(chosen, members, training=training, validation=validation, folder=folder, **options)


@contextmanager
def put_together(recipe: "Recipe", folder: RunFolder) -> Iterator["TrainingComponents"]:
    """The model in training as the policy among the components of the recipe's profile, on one event loop."""
    from genevolve.train.components import TrainingComponents
    from genevolve.train.ranks import Ranks

    named = with_quirks(load_profile(recipe.evolve.profile), recipe.evolve.quirks)
    profile = with_rounds(with_detail(named, recipe), recipe.evolve.rounds)
    context = Context(home=home(environment()), images=folder.images, environ=environment(), profile=profile)
    stack = AsyncExitStack()
    stack.push_async_callback(context.aclose)
    with SharedLoop() as runner:
        try:
            terms = loss_terms(recipe, context)
            journal = _journal(folder, stack)
            ranks = Ranks.of_run(recipe.evolve.patience)
            local = stack.enter_context(TemporaryDirectory(prefix="genevolve-memory-")) if ranks.count > 1 else None
            experience = experience_loop(recipe, context, folder, terms, journal, ranks, local)
            if experience is not None and experience.memory is not None:
                stack.callback(experience.memory.close)
            opened = assembled(profile, folder.images, workers=recipe.evolve.workers, policy=NotYet())
            setup, _ = runner.run(stack.enter_async_context(opened))
            journal.charge(setup)
            loaded = _trained_model(recipe)
            sampler, weights = runner.run(_sampling(recipe, loaded, folder, stack, ranks))
            yield TrainingComponents(
                loaded=loaded,
                setup=replace(setup, policy=sampler),
                sampler=sampler,
                runner=runner,
                experience=experience,
                journal=journal,
                terms=terms,
                published=weights,
                ranks=ranks,
            )
        finally:
            runner.end(stack.aclose())


def _trained_model(recipe: "Recipe") -> "LoadedModel":
    from genevolve.policies.local.lora import train_upper
    from genevolve.train.sft import model_of

    loaded = model_of(recipe, home(environment()))
    if recipe.evolve.trained_layers is not None:
        train_upper(loaded.model, recipe.evolve.trained_layers)
    _onto_gpu(loaded)
    return loaded


async def _sampling(
    recipe: "Recipe", loaded: "LoadedModel", folder: RunFolder, stack: AsyncExitStack, ranks: "Ranks"
) -> "tuple[ChatSampler, PublishedWeights | None]":
    """The sampler, and the weights as files where servers sample, with connections that end with the run."""
    weights = published(recipe, loaded, folder.path, ranks)
    if weights is None:
        return _sampler(recipe, loaded, folder, None), None
    from genevolve.services.http import new_client

    client = await stack.enter_async_context(new_client())
    engine = await served_engine(recipe, loaded, folder.images, weights, client, ranks)
    return _sampler(recipe, loaded, folder, engine), weights


def _sampler(recipe: "Recipe", loaded: "LoadedModel", folder: RunFolder, engine: "Engine | None") -> "ChatSampler":
    from genevolve.policies.local.build import sampler_for
    from genevolve.policies.local.sampling import Sampling

    chosen = recipe.evolve
    return sampler_for(
        loaded,
        Sampling(temperature=chosen.temperature, top_p=chosen.top_p, max_tokens=chosen.max_tokens, seed=chosen.seed),
        folder.images,
        shown=chosen.show_images,
        engine=engine,
        max_completion=chosen.max_completion,
        cache_gib=chosen.cache_gib,
    )


def _onto_gpu(loaded: "LoadedModel") -> None:
    """Where training will be on a GPU, the model goes there now: the engine that samples is chosen by where it is.

    Sharded weights stay: FSDP and DeepSpeed spread them from the CPU.
    """
    from accelerate import PartialState

    device = PartialState().device
    sharded = any(environment().get(name) == "true" for name in ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"))
    if device.type == "cuda" and not sharded:
        loaded.model.to(device)


def loss_terms(recipe: "Recipe", context: Context) -> "tuple[LossTerm, ...]":
    """What the recipe adds to the policy gradient. ``sdl`` is set by ``[sdl]``, and left out where its lambda is 0."""
    found = []
    for choice in recipe.evolve.losses:
        own = dict(choice)
        if own.get("member") == "sdl":
            if recipe.sdl.lambda_ == 0:
                continue
            own = {"settings": recipe.sdl, **own}
        found.append(training_component("loss", own, context, where="recipe: evolve"))
    return tuple(found)


def _journal(folder: RunFolder, stack: AsyncExitStack) -> "AttemptJournal":
    """What earlier processes were answered from the last whole checkpoint on, and a place for what comes."""
    from accelerate import PartialState

    from genevolve.train.continuing import step_of
    from genevolve.train.kept import AttemptJournal
    from genevolve.train.sft_trainer import last_checkpoint

    path = folder.path / f"attempts.{PartialState().process_index}.jsonl"
    return stack.enter_context(AttemptJournal(path, since=step_of(last_checkpoint(folder.path / "checkpoints"))))


def experience_loop(
    recipe: "Recipe",
    context: Context,
    folder: RunFolder,
    terms: "Sequence[LossTerm]",
    journal: "AttemptJournal",
    ranks: "Ranks | None" = None,
    local: str | None = None,
) -> "ExperienceLoop | None":
    """None where nothing is learnt from experience: no term of the loss has a teacher that reads it.

    The first of the ``ranks`` holds the memory: in ``folder`` or, where several share that, perhaps over a network, in the
    folder ``local`` of its machine.
    """
    if all(term.needs.teacher is None for term in terms):
        return None
    from genevolve.train.lessons import ExperienceLoop, pair_rule
    from genevolve.train.ranks import ALONE

    ranks = ranks or ALONE
    summariser = training_component("summariser", recipe.experience.summariser, context)
    if not ranks.first:
        return ExperienceLoop(summariser, None, pair_rule(recipe), journal, ranks)
    retriever = _retriever(recipe, context, folder.path if local is None else Path(local))
    publish = partial(_published, retriever.memory, folder)
    return ExperienceLoop(summariser, retriever, pair_rule(recipe), journal, ranks, publish)


def _retriever(recipe: "Recipe", context: Context, where: Path) -> "Retriever":
    """The memory of the run, which lies in ``where``, and who looks things up in it."""
    from genevolve.experience.memory import Memory
    from genevolve.experience.retrieve import Retriever
    from genevolve.train.evolve import MEMORY

    chosen = recipe.experience
    embedder = training_component("embedder", chosen.embedder, context)
    memory = Memory(where / MEMORY, chosen.capacity, embedder=embedder.name, dimension=embedder.dimension)
    how = {"mismatch": chosen.mismatch, "seed": recipe.evolve.seed, "pooled": chosen.pooled}
    return Retriever(memory, embedder, chosen.gate, chosen.when, **how)


def _published(memory: "Memory", folder: RunFolder) -> None:
    """A memory that lies elsewhere is copied into the run's folder, whole, for those who look at the run."""
    from genevolve.train.evolve import MEMORY

    if memory.path != folder.path / MEMORY:
        memory.snapshot(folder.path / MEMORY)


def training_component(role: str, choice: Mapping[str, Any], context: Context, *, where: str = "recipe: experience") -> Any:
    """The component of a training role that the recipe names. Raises ``UsageError`` naming the setting."""
    try:
        chosen = MemberChoice.model_validate(choice)
    except ValidationError as error:
        raise UsageError(f"{where}.{role}: {error.errors()[0]['msg']}; it needs a member") from None
    return build_choice(role, chosen, context, where=where)
