"""Worker processes on the machines of a Ray cluster: the same processes as on this machine, reached over a TCP connection.

Ray chooses the machine and gives it its share of cores and GPUs. Everything that there is one of stays where the run was
started: the journal, the limits and budgets, and the members that must not be there twice.
"""

import asyncio
import hmac
import importlib
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from genevolve.core.errors import UsageError
from genevolve.run.crew import Launched

WAIT = 600.0  # seconds in which the cluster must have a place for a process: it may have to start a machine
_TOKEN = 32  # bytes that a process shows before anything that it says is read
_LOOK = 0.5  # seconds between two looks at a process that has not called yet


class RayProcess:
    """What Ray starts; it calls back to where the run is."""

    def work(self, work: Callable[[socket.socket], None], address: tuple[str, int], token: bytes) -> None:
        """``work`` with a connection to ``address``, to its end."""
        with socket.create_connection(address, timeout=60) as sock:
            sock.sendall(token)
            work(sock)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started:
    """A process of Ray, as ``multiprocessing`` has it. Ray does not say how a process ended.

    A process whose work is done stays, and keeps its share of the machine: it is ended when that is seen.
    """

    ray: Any
    actor: Any
    ended: Any

    @property
    def exitcode(self) -> int | None:
        return None

    def join(self, timeout: float | None = None) -> None:
        if self.ray.wait([self.ended], timeout=timeout)[0]:
            self.kill()

    def is_alive(self) -> bool:
        return not self.ray.wait([self.ended], timeout=0)[0]

    def kill(self) -> None:
        self.ray.kill(self.actor, no_restart=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RayPlace:
    """A cluster. ``gpus``: how many of them each process has for itself."""

    ray: Any
    host: str  # this machine's address for the others
    gpus: int = 0

    @property
    def accelerators(self) -> int:
        """The GPUs of the whole cluster."""
        return int(self.ray.cluster_resources().get("GPU", 0))

    async def launch(self, work: Callable[[socket.socket], None]) -> tuple[socket.socket, Launched]:
        """A process on the machine that Ray chooses. Raises ``UsageError`` where there is none."""
        return await asyncio.to_thread(self._launch, work)

    def _launch(self, work: Callable[[socket.socket], None]) -> tuple[socket.socket, Launched]:
        token = secrets.token_bytes(_TOKEN)
        with socket.create_server((self.host, 0)) as listener:
            listener.settimeout(_LOOK)
            remote = self.ray.remote(RayProcess).options(num_cpus=1, num_gpus=self.gpus, max_restarts=0)
            actor = remote.remote()
            ended = actor.work.remote(work, listener.getsockname(), token)
            process = _Started(ray=self.ray, actor=actor, ended=ended)
            return self._called(listener, token, process), process

    def _called(self, listener: socket.socket, token: bytes, process: _Started) -> socket.socket:
        """The connection of ``process``; any other caller is sent away."""
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            if not process.is_alive():
                self.ray.get(process.ended)  # raises what ended it
                raise UsageError("--engine ray: a process of Ray ended before it did anything")
            try:
                sock, _ = listener.accept()
            except TimeoutError:
                continue
            sock.settimeout(_LOOK)
            if hmac.compare_digest(_first(sock, _TOKEN), token):
                sock.setblocking(False)
                return sock
            sock.close()
        process.kill()
        raise UsageError(
            f"--engine ray: in {WAIT:.0f} s the cluster had no place for a process of 1 CPU and {self.gpus} GPUs (it has "
            f"{self.ray.cluster_resources()}); use fewer --workers, or a larger cluster"
        )


def _first(sock: socket.socket, length: int) -> bytes:
    """The first bytes of a connection; fewer where no more come in time."""
    found = b""
    try:
        while len(found) < length and (more := sock.recv(length - len(found))):
            found += more
    except OSError:
        pass
    return found


@contextmanager
def ray_place(processes: int) -> Iterator[RayPlace]:
    """The cluster that ``RAY_ADDRESS`` names or that runs on this machine, else one of this machine for ``processes``
    processes, which ends with this one. Raises ``UsageError`` without Ray."""
    try:
        ray: Any = importlib.import_module("ray")
    except ModuleNotFoundError:
        raise UsageError("--engine ray needs the package 'ray': pip install 'genevolve[ray]'") from None
    begun = not ray.is_initialized()
    if begun:
        _joined(ray, processes)
    try:
        yield RayPlace(ray=ray, host=ray.util.get_node_ip_address())
    finally:
        if begun:
            ray.shutdown()


def _joined(ray: Any, processes: int) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    try:
        ray.init(address="auto", **quiet)
    except ConnectionError:
        ray.init(address="local", num_cpus=processes, include_dashboard=False, _node_ip_address="127.0.0.1", **quiet)
