"""A workflow in worker processes: its rows, or those of its members that compute on this machine."""

import pickle
import socket
import warnings
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from genevolve.app.assemble import assemble, order_limits
from genevolve.app.environment import adopt, environment, usable_cores
from genevolve.app.profile import MemberChoice, Profile
from genevolve.app.registry import component_of, found_for, plugin_of
from genevolve.app.roles import IN_PROFILE
from genevolve.core.errors import Notice, UsageError
from genevolve.run.components import Components
from genevolve.run.crew import Crew
from genevolve.run.ray_place import RayPlace, ray_place
from genevolve.run.row import Job
from genevolve.run.row_workers import Opened, Opener, RowWorkers, noticed, work
from genevolve.run.sharing import FarMember
from genevolve.run.workers import Workers
from genevolve.services.secrets import learn
from genevolve.store.images import ImageStore

MOST_WORKERS = 4  # that are started unasked
Engine = Literal["local", "ray"]  # where worker processes are: on this machine, or on those of a Ray cluster
_COMPUTING = ("policy", "generator", "image_judge")
_FIELDS = {"search": "text_search"}  # role → its place in ``Components``, where that has another name


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


def worker_number(profile: Profile, roles: Iterable[str] = IN_PROFILE) -> int:
    """How many worker processes are started unasked: as many as there are cores, where a member of ``roles`` computes here."""
    computing = any(component_of(role, profile.choice(role)).parallel for role in _COMPUTING if role in roles)
    return min(MOST_WORKERS, usable_cores()) if computing else 1


@asynccontextmanager
async def row_workers(
    profile: Profile,
    setup: Components,
    job: Job,
    *,
    number: int,
    engine: Engine = "local",
    roles: Collection[str] = IN_PROFILE,
    libraries: tuple[str, ...] | None = None,
) -> AsyncIterator[RowWorkers | None]:
    """``number`` processes that run rows with ``profile``'s members for ``roles``; None for fewer than two on this machine.

    ``setup`` is that of this process. Members that neither ask a service of ours nor are ``parallel`` stay in it, and so do
    instances that cannot be sent; on a cluster, what needs a GPU has a process for each. Raises ``UsageError`` where something
    else cannot be sent.
    """
    if engine == "local" and number < 2:
        yield None
        return
    moving = _Moving(profile=profile, setup=setup, roles=frozenset(roles), libraries=libraries, engine=engine)
    if engine == "local":
        async with RowWorkers(number, opener=moving.opener(), job=job, setup=setup) as runners:
            yield runners
        return
    with ray_place(number + 1) as cluster:
        async with moving.on_gpus(cluster) as own:
            opened = RowWorkers(number, opener=moving.opener(), job=job, setup=own, place=cluster)
            async with opened as runners:
                yield runners


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moving:
    """What goes to other processes, and what stays."""

    profile: Profile
    setup: Components
    roles: frozenset[str]
    libraries: tuple[str, ...] | None
    engine: Engine

    def opener(self) -> Opener:
        """Makes the setup of a process that runs rows."""
        profile, setup = self.profile, self.setup
        near = frozenset(role for role in self.roles if role == "skills" or _apart(role, profile.choice(role)))
        reviewed = profile.reviewer is not None and "generator" in near and _apart("image_judge", profile.reviewer)
        far = [_FIELDS.get(role, role) for role in IN_PROFILE if role in self.roles - near]
        far += ["reviewer"] if setup.reviewer is not None and not reviewed else []
        episode = profile.episode.model_copy(update={"detail": setup.detail})
        changed = {"episode": episode, "reviewer": profile.reviewer if reviewed else None}
        return self._opened(
            sendable(profile, near).model_copy(update=changed),
            tuple(near | {"policy"} & self.roles),
            far=tuple(far),
            told={name: getattr(setup, name) for name in ("system", "detail", "limits", "takes")},
        )

    def _opened(self, profile: Profile, roles: tuple[str, ...], **more: Any) -> Opener:
        elsewhere = (environment(), Path.cwd()) if self.engine != "local" else None
        return partial(_in_worker, profile=profile, roles=roles, libraries=self.libraries, elsewhere=elsewhere, **more)

    @asynccontextmanager
    async def on_gpus(self, cluster: RayPlace) -> AsyncIterator[Components]:
        """The setup of this process, whose generator is one process for each GPU where it needs one."""
        choice = self.profile.generator
        if "generator" not in self.roles or choice.given is not None or not component_of("generator", choice).accelerated:
            yield self.setup
            return
        opener = self._opened(sendable(self.profile, frozenset({"generator"})), ("generator",), far=(), told={})
        number, folder = cluster.accelerators, str(self.setup.images.folder.absolute())
        place = replace(cluster, gpus=1 if number else 0)
        crew = Crew(max(1, number), work=work, plan=(opener, None, folder), place=place)
        crew.answer({"warn": noticed})
        try:
            yield replace(self.setup, generator=FarMember(crew, "generator"))
        finally:
            await crew.aclose()


@asynccontextmanager
async def _in_worker(
    opened: Opened,
    *,
    profile: Profile,
    roles: tuple[str, ...],
    far: tuple[str, ...],
    told: Mapping[str, Any],
    libraries: tuple[str, ...] | None,
    elsewhere: tuple[Mapping[str, str], Path] | None,
) -> AsyncIterator[Components]:
    """The setup of a worker process. ``far``: fields whose members stay in the main process; ``told``: fields to take over.

    ``elsewhere``: the environment and the folder of the main process, where that may be on another machine. Raises
    ``UsageError`` where the run's folder is not to be seen from here.
    """
    if elsewhere is not None:
        adopt(*elsewhere)
        if not opened.images.folder.parent.is_dir():
            raise UsageError(
                f"--engine ray: the folder {opened.images.folder.parent} is not there on {socket.gethostname()}; --out must be "
                "on a file system that all machines of the cluster see"
            )
    learn(profile.model_dump(mode="json"))
    members: dict[str, Any] = {field: opened.far(field) for field in far}
    policy = members.get("policy")
    assembled = assemble(profile, opened.images, roles=roles, libraries=libraries, policy=policy, sharing=opened.sharing)
    async with assembled as setup:
        yield replace(setup, **members, **told)


def _apart(role: str, choice: MemberChoice) -> bool:
    """Whether each worker process may have a component of its own for ``choice``."""
    component = component_of(role, choice)
    ours = choice.given is None and plugin_of(role, choice) is None
    return (component.parallel or (ours and component.service)) and _sent(role, choice)


def movable(profile: Profile, *roles: str) -> frozenset[str]:
    """Those of ``roles`` whose component may run in worker processes: it computes on one core and remembers nothing.

    An instance that cannot be sent to another process stays here, and a warning says so.
    """
    parallel = (role for role in roles if component_of(role, profile.choice(role)).parallel)
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
