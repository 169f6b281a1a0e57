"""A workflow whose generator and judge, where they compute on this machine, run in processes of their own."""

import pickle
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from genevolve.app.assemble import assemble, order_limits
from genevolve.app.profile import MemberChoice, Profile
from genevolve.app.registry import component_of, found_for
from genevolve.app.roles import IN_PROFILE, ROLES
from genevolve.core.errors import Notice
from genevolve.run.components import Components
from genevolve.run.workers import Workers
from genevolve.store.images import ImageStore


@asynccontextmanager
async def assembled(
    profile: Profile, images: ImageStore, *, workers: int, **more: Any
) -> AsyncIterator[tuple[Components, Workers | None]]:
    """The members of ``profile`` and the worker processes, if there are any: with fewer than two everything stays here.

    ``more`` goes to ``assemble``.
    """
    moved = movable(profile, "generator", "image_judge") if workers > 1 else frozenset()
    opener = partial(assemble, sendable(profile, moved), roles=tuple(moved))
    pool = Workers(workers, opener, images.folder) if moved else None
    async with assemble(profile, images, roles=[role for role in IN_PROFILE if role not in moved], **more) as setup:
        if "generator" in moved:
            setup = replace(setup, takes=order_limits(profile, found_for("generator", profile.generator).made))
        with pool or nullcontext():
            yield setup if pool is None else pool.around(setup, moved), pool


def movable(profile: Profile, *roles: str) -> frozenset[str]:
    """Those of ``roles`` whose component may run in worker processes: it computes on one core and remembers nothing.

    An instance that cannot be sent to another process stays here, and a warning says so.
    """
    asked = roles or tuple(role for role in IN_PROFILE if ROLES[role].workers)
    parallel = (role for role in asked if ROLES[role].workers and component_of(role, profile.choice(role)).parallel)
    return frozenset(role for role in parallel if _sent(role, profile.choice(role)))


def _sent(role: str, choice: MemberChoice) -> bool:
    if choice.given is None:
        return True
    try:
        pickle.dumps(choice.given)
    except Exception as error:
        warnings.warn(
            f"{role} {choice.member!r} runs in the main process, because it cannot be sent to worker processes "
            f"({type(error).__name__}: {error})",
            Notice,
            stacklevel=2,
        )
        return False
    return True


def sendable(profile: Profile, roles: frozenset[str]) -> Profile:
    """``profile`` for a worker process: only components of ``roles`` are there as the instances that a program gave."""
    given = (role for role in IN_PROFILE if role not in roles and profile.choice(role).given is not None)
    named = {role: MemberChoice.model_validate(profile.choice(role).model_dump()) for role in given}
    return profile.model_copy(update=named) if named else profile
