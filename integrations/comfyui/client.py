"""Asking ``genevolve serve`` with the standard library alone."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HERE = "http://127.0.0.1:8400"
_PATIENCE = 60.0  # seconds that a server which does not answer is given to come back: it goes on with what it has
_PAUSE = 0.3  # seconds between two looks
_LONGEST_CALL = 120.0  # seconds
_MOST_BYTES = 64 * 1024 * 1024  # of one answer


class Refused(RuntimeError):
    """What the user reads at the node."""


class _Gone(Refused):
    """Nobody answers."""


@dataclass(frozen=True)
class Order:
    """The fields of a request, and PNG files that go with it."""

    fields: Mapping[str, str]
    references: Sequence[bytes] = ()


@dataclass(frozen=True)
class Generation:
    """What came of an order. ``image`` and ``references`` are paths of the server; ``score`` None: nobody could judge."""

    id: str
    image: str
    prompt: str
    references: tuple[str, ...]
    score: float | None
    verdict: str


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token would go along."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Server:
    """``token`` is sent with every call."""

    address: str
    token: str = field(default="", repr=False)

    @classmethod
    def chosen(cls, named: str, environ: Mapping[str, str]) -> "Server":
        """The one that the node names, else that of GENEVOLVE_SERVER, else this machine's. Raises ``Refused``.

        A workflow of somebody else may name any address: GENEVOLVE_TOKEN goes only to the server that this machine's user set.
        """
        own = (environ.get("GENEVOLVE_SERVER") or HERE).strip().rstrip("/")
        address = named.strip().rstrip("/") or own
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise Refused(f"server is {address[:200]!r}; write it as {HERE}")
        return cls(address=address, token=environ.get("GENEVOLVE_TOKEN", "") if address == own else "")

    def make(self, order: Order, *, progress: Callable[[int, int], None], interrupted: Callable[[], None]) -> Generation:
        """Ask, and wait for the end; an interruption ends the generation, too. Raises ``Refused``."""
        body, kind = _form(order)
        headers = {"content-type": kind, "idempotency-key": uuid.uuid4().hex}
        name = self._ask("POST", "/api/generations", body, headers)["generations"][0]["id"]
        path = f"/api/generations/{name}"
        try:
            return _read(self._followed(path, progress, interrupted))
        except Refused:
            raise
        except BaseException:
            self._cancel(path)
            raise

    def _followed(self, path: str, progress: Callable[[int, int], None], interrupted: Callable[[], None]) -> dict[str, Any]:
        heard = time.monotonic()
        while True:
            interrupted()
            try:
                found = self._ask("GET", path)
                heard = time.monotonic()
            except _Gone:
                if time.monotonic() - heard > _PATIENCE:
                    raise
                found = {"state": "queued", "steps": []}
            if found["state"] not in ("queued", "running"):
                return found
            done = len(found["steps"])
            progress(done, done + 3)  # how many are to come is not known
            time.sleep(_PAUSE)

    def _cancel(self, path: str) -> None:
        try:
            self._ask("DELETE", path)
        except Refused:  # it is finished, or the server is gone: there is nothing to end
            return

    def file(self, path: str) -> bytes:
        """The bytes behind a link of the server. Raises ``Refused``."""
        if not path.startswith("/"):
            raise Refused(f"the server at {self.address} names a file elsewhere: {path[:200]!r}")
        return self._call("GET", path)

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Any:
        answer = self._call(method, path, body, headers)
        try:
            return json.loads(answer)
        except ValueError:
            raise Refused(f"what answers at {self.address} is no GenEvolve server; check the node's field server") from None

    def _call(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        told = {**(headers or {}), **({"authorization": f"Bearer {self.token}"} if self.token else {})}
        request = urllib.request.Request(self.address + path, data=body, headers=told, method=method)
        try:
            with self._opener().open(request, timeout=_LONGEST_CALL) as reply:
                data: bytes = reply.read(_MOST_BYTES + 1)
        except urllib.error.HTTPError as problem:
            raise self._refusal(problem) from None
        except (OSError, ValueError) as problem:
            why = getattr(problem, "reason", problem)
            raise _Gone(
                f"no GenEvolve server answers at {self.address} ({why}): start `genevolve serve`, or set its address in the "
                "node's field server, or in GENEVOLVE_SERVER before ComfyUI is started"
            ) from None
        if len(data) > _MOST_BYTES:
            raise Refused(f"the answer of {self.address}{path[:80]} is larger than {_MOST_BYTES >> 20} MiB")
        return data

    def _opener(self) -> urllib.request.OpenerDirector:
        """What is on this machine is asked without a proxy."""
        here = urllib.parse.urlsplit(self.address).hostname in ("127.0.0.1", "localhost", "::1")
        return urllib.request.build_opener(_NoRedirects, *([urllib.request.ProxyHandler({})] if here else []))

    def _refusal(self, problem: urllib.error.HTTPError) -> Refused:
        if problem.code == 401:
            where = "" if self.token else "; it is sent to the server of GENEVOLVE_SERVER alone, whatever a workflow names"
            return Refused(
                f"the server at {self.address} wants its token: set GENEVOLVE_TOKEN before ComfyUI is started{where}"
            )
        try:
            said = json.loads(problem.read(_MOST_BYTES))["error"]["message"]
        except (OSError, ValueError, KeyError, TypeError):
            return Refused(f"the server at {self.address} answered with {problem.code}; is it `genevolve serve`?")
        return Refused(f"GenEvolve: {said}")


def _form(order: Order) -> tuple[bytes, str]:
    """(body, content type) of a multipart form (RFC 7578)."""
    edge = uuid.uuid4().hex
    parts = [(f'name="{name}"', value.encode()) for name, value in order.fields.items()]
    for number, data in enumerate(order.references, start=1):
        parts.append((f'name="reference"; filename="reference {number}.png"\r\nContent-Type: image/png', data))
    heads = ((f"--{edge}\r\nContent-Disposition: form-data; {about}\r\n\r\n", data) for about, data in parts)
    body = b"".join(head.encode() + data + b"\r\n" for head, data in heads)
    return body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def _read(found: Mapping[str, Any]) -> Generation:
    """Raises ``Refused`` for a generation that came to nothing."""
    if found["state"] != "done":
        why = found.get("error") or found.get("problem") or "it came to nothing"
        raise Refused(f"GenEvolve made no picture: {why} (generation {found['id']})")
    result = found["result"]
    score = result.get("score")
    return Generation(
        id=found["id"],
        image=found["links"]["image"] or "",
        prompt=result["program"]["gen_prompt"],
        references=tuple(each["image"] for each in result["references"]),
        score=score["kscore_renormalized"] if score else None,
        verdict=_verdict(result),
    )


def _verdict(result: Mapping[str, Any]) -> str:
    """Each requirement in a line."""
    checks = (result.get("score") or {}).get("diagnostics", ())
    lines = [f"{'met' if each['passed'] else 'NOT met'}: {each['requirement']}" for each in checks]
    unscored = (result.get("unscored") or {}).get("reason")
    return "\n".join([*([f"nobody could judge: {unscored}"] if unscored else []), *lines])
