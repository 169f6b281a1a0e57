"""What a run of self-evolution will need, in words: ``genevolve evolve RECIPE --dry-run``."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from genevolve.app.profile import Profile, load_profile
from genevolve.services.prices import Price

if TYPE_CHECKING:
    from genevolve.train.plan import RunPlan
    from genevolve.train.recipe import Recipe

_TOKENS = (3000, 500)  # of a judgement, read and written: assumed


def plan_of(recipe: "Recipe", gpus: int) -> str:
    """Memory, time, services, disk and money of a run by ``recipe`` on ``gpus`` GPUs for the trainer, line by line."""
    from genevolve.train.plan import planned

    profile = load_profile(recipe.evolve.profile)
    roles = [role for role in ("generator", "image_judge") if role in profile.limits]
    at_once = {role: profile.limits[role].max_concurrency for role in roles}
    plan, remote = planned(recipe, gpus, at_once), "generator" in profile.limits
    return "\n".join(
        [*_machine(recipe, plan, remote=remote), *_services(recipe, profile, plan), *_money(profile, plan, remote=remote)]
    )


def _machine(recipe: "Recipe", plan: "RunPlan", *, remote: bool) -> Iterator[str]:
    """``remote``: pictures are made by a service."""
    yield "Worked out from the recipe, not measured (docs/scale.md has the arithmetic and what is assumed)."
    if recipe.evolve.requests % plan.gpus:
        yield (
            f"refused as it is: requests = {recipe.evolve.requests} do not split over {plan.gpus} processes, one for each GPU; "
            "train on fewer and let the others sample and draw, or make evolve.requests a multiple"
        )
    yield f"memory of each of {plan.gpus} GPUs, weights split over all:"
    if plan.memory is None:
        yield f"  not known: only the hub knows the shape of {recipe.model.name}; download it and name its folder with --model"
    else:
        rows = f"{recipe.evolve.micro_batch} row{'s' if recipe.evolve.micro_batch > 1 else ''} of {plan.row:,} tokens"
        yield from _parts(plan.memory, "GB", f"sum, micro-batch of {rows}")
    if remote:
        yield f"time of a step of {recipe.evolve.requests} × {recipe.evolve.generations} episodes:"
        yield from _parts(plan.step, "s", "sum")
        if recipe.evolve.ahead:
            yield "  learning goes on beside the next rollout (evolve.ahead = 1): a step takes as long as the longer of the two"
        yield f"time of {recipe.evolve.steps} steps with their evaluations: {plan.seconds / 3600:.1f} h"
    else:
        yield "time: not planned, as pictures are made on this machine; run a step and look at time/episodes in log.jsonl"
    yield "disk:"
    yield from _parts(plan.disk, "GB", "sum")


def _parts(parts: Mapping[str, float], unit: str, last: str) -> Iterator[str]:
    for name, value in {**parts, last: sum(parts.values())}.items():
        yield f"  {name:<48} {value:>9.3g} {unit}" if value < 100 else f"  {name:<48} {value:>9,.0f} {unit}"


def _services(recipe: "Recipe", profile: Profile, plan: "RunPlan") -> Iterator[str]:
    yield f"services of the profile {recipe.evolve.profile}, and calls for {plan.episodes:,} episodes:"
    yield f"  {'policy':<16} {_server(recipe)}"
    for role, calls in plan.calls.items():
        if calls and role != "summariser":
            yield f"  {role:<16} {profile.choice(role).member:<24} {calls:>9,} calls"
    if plan.calls.get("summariser"):
        yield f"  {'summariser':<16} {recipe.experience.summariser['member']:<24} {plan.calls['summariser']:>9,} calls at most"


def _server(recipe: "Recipe") -> str:
    server = recipe.evolve.server
    if server:
        return f"sampled by {server if isinstance(server, str) else ', '.join(server)}"
    return "sampled by the trainer itself: where the weights are split over GPUs, set evolve.server"


def _money(profile: Profile, plan: "RunPlan", *, remote: bool) -> Iterator[str]:
    """What calls cost by the profile's prices; GPU hours have no price here."""
    hours = f"{plan.gpus * plan.seconds / 3600:,.0f} GPU hours of the trainer, and " if remote else ""
    yield f"money: {hours}calls, of which token prices take 3,000 read and 500 written as one judgement:"
    for role, calls in plan.calls.items():
        if calls and role != "summariser":
            price = profile.choice(role).settings.get("price")
            said = f"{calls * _cost(role, price):>12,.2f}" if price else f"no price is set ({role}.price)"
            yield f"  {role:<16} {said}"


def _cost(role: str, price: Mapping[str, float]) -> float:
    prompt, completion = _TOKENS if "judge" in role else (0, 0)
    return Price(**price).cost(prompt=prompt, completion=completion, images=int(role == "generator"))
