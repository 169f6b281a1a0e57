"""A workflow whose generator and judge, where they compute on this machine, run in processes of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from genevolve.app.assemble import assemble
from genevolve.app.profile import ROLES, Profile
from genevolve.app.registry import OFFLINE_MEMBERS
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
    moved = _moved(profile) if workers > 1 else set()
    pool = Workers(workers, partial(assemble, profile, roles=tuple(moved)), images.folder) if moved else None
    async with assemble(profile, images, roles=[role for role in ROLES if role not in moved], **more) as setup:
        with pool or nullcontext():
            yield setup if pool is None else pool.around(setup, moved), pool


def _moved(profile: Profile) -> set[str]:
    return {role for role in ("generator", "image_judge") if profile.choice(role).member in OFFLINE_MEMBERS}
