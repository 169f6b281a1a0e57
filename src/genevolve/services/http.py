"""Plain HTTP to services: one client for a run, one attempt a call, and what each kind of trouble means.

Nothing here retries: ``run.limits.RateLimiter`` does. Redirects are not followed, so that a key never travels to another host.
"""

import asyncio
import json
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.core.strict_json import strict_json
from genevolve.services.packing import BadBody
from genevolve.services.secrets import Secrets

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
MAX_REPLY_BYTES = 64 * 1024 * 1024
DEFAULT_TOTAL = 300.0  # seconds for a whole attempt
_RETRYABLE_4XX = frozenset({408, 409, 423, 425, 429})
_SHOWN = 300
_DEEPEST = 100  # lists and objects inside each other; answers have about ten
_LONGEST_WISH = 31 * 86_400.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. ``read`` is the longest silence between two packets, ``total`` the longest whole attempt."""

    connect: float = 10.0
    read: float = 120.0
    total: float = DEFAULT_TOTAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Who is called: the name and the settings that error messages point to, and the keys they must not show."""

    name: str
    key_setting: str
    url_setting: str
    secrets: Secrets

    def clean(self, text: object) -> str:
        """``text`` from the service as one short line without keys, fit for an error message."""
        line = re.sub(r"\s+", " ", self.secrets.redact(str(text))).strip()
        printable = "".join(char for char in line if char.isprintable())
        return printable if len(printable) <= _SHOWN else printable[: _SHOWN - 1] + "…"


def new_client(
    *,
    timeouts: Timeouts | None = None,
    max_connections: int = 512,
    max_reply_bytes: int = MAX_REPLY_BYTES,
    trust_env: bool = True,
    transport: "httpx.AsyncBaseTransport | None" = None,
) -> "httpx.AsyncClient":
    """A client to be shared by all members of a run; close it with ``aclose``.

    Proxies of the environment are used, but never for this machine itself. Replies over ``max_reply_bytes`` (unpacked)
    are cut off with an error. ``transport`` is for tests.
    """
    try:
        import httpx

        from genevolve.services.transport import Client, Connections
    except ModuleNotFoundError as error:
        raise missing(error.name) from None
    times = timeouts or Timeouts()
    made = Connections(max_connections=max_connections, max_reply_bytes=max_reply_bytes, trust_env=trust_env)
    return Client(
        timeout=httpx.Timeout(times.read, connect=times.connect, pool=times.total),
        transport=transport or made,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # keeps none
        headers={"accept-encoding": "identity", "user-agent": "genevolve"},
    )


def missing(package: str | None) -> UsageError:
    """What to say when a package that services need is not installed."""
    return UsageError(f"services need the package {package!r}: pip install 'genevolve[services]'")


async def attempt(service: Service, call: Awaitable[T], *, total: float) -> T:
    """Await ``call`` for at most ``total`` seconds; whatever HTTP throws becomes a ``ServiceError`` of ``service``."""
    import httpx

    try:
        async with asyncio.timeout(total):
            return await call
    except TimeoutError:
        raise ServiceError(
            f"{service.name} did not answer in {total:g} seconds; see {service.url_setting}", retryable=True
        ) from None
    except BadBody as error:
        said = f"the reply of {service.name} {error}; see {service.url_setting}"
        raise ServiceError(said, retryable=error.retryable) from None
    except httpx.HTTPError as error:
        raise failure_of(error, service) from None
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UsageError(f"{service.url_setting}: this is not a usable address ({service.clean(error)})") from None


async def exchange(
    client: "httpx.AsyncClient",
    service: Service,
    method: str,
    url: str,
    *,
    total: float = DEFAULT_TOTAL,
    **request: Any,
) -> "httpx.Response":
    """One request and its whole reply. Raises ``ServiceError`` or ``AuthError`` for everything that is not a 2xx reply.

    ``request`` takes what ``httpx.AsyncClient.request`` takes: ``json``, ``headers``, ``params``, ``content``, ``files``, ….
    """
    response = await attempt(service, client.request(method, url, **request), total=total)
    check(response, service)
    return response


async def exchange_json(
    client: "httpx.AsyncClient",
    service: Service,
    method: str,
    url: str,
    *,
    total: float = DEFAULT_TOTAL,
    **request: Any,
) -> dict[str, Any]:
    """``exchange`` whose reply must be a JSON object; anything else is a retryable ``ServiceError``."""
    return json_object(await exchange(client, service, method, url, total=total, **request), service)


def json_object(response: "httpx.Response", service: Service) -> dict[str, Any]:
    """The JSON object in ``response``. A wrong content type, broken JSON, NaN and other values are retryable failures."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        shown = service.clean(kind) or "nothing"
        raise ServiceError(f"{service.name} answered with {shown} instead of JSON; see {service.url_setting}", retryable=True)
    try:
        value = parsed(response.content)
    except ValueError as error:
        said = f"{service.name} answered with broken JSON ({service.clean(error)}); see {service.url_setting}"
        raise ServiceError(said, retryable=True) from None
    if not isinstance(value, dict):
        said = f"{service.name} answered with a JSON {type(value).__name__}, not an object; see {service.url_setting}"
        raise ServiceError(said, retryable=True)
    return value


def parsed(text: str | bytes) -> Any:
    """The JSON value in ``text``. Raises ``ValueError`` for anything else, and for what is nested deeper than any answer is."""
    return strict_json(text, unique=False, deepest=_DEEPEST)


def origin(url: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port of ``url``; None for what is no address."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None


def said_error(value: Mapping[str, Any], service: Service) -> str:
    """The text of the ``error`` that a reply with status 200 may hold in the place of an answer; empty where it holds none."""
    return service.clean(_message({"error": value["error"]})) if value.get("error") else ""


def without(value: Mapping[str, Any], service: Service, what: str) -> ServiceError:
    """The retryable error that ``value`` stands for, an answer without ``what``."""
    said = said_error(value, service)
    return ServiceError(f"{service.name} answered without {what}{f': {said}' if said else ''}", retryable=True)


def check(response: "httpx.Response", service: Service) -> None:
    """Raise what ``response`` means unless it is a 2xx reply."""
    if not response.is_success:
        raise trouble(response.status_code, response.headers, response.text, service)


def trouble(status: int, headers: Mapping[str, str], body: str, service: Service) -> ServiceError | AuthError:
    """The error that a reply with ``status`` (not 2xx) stands for."""
    said = service.clean(_error_text(body))
    suffix = f": {said}" if said else ""
    if status in {401, 403}:
        return AuthError(f"{service.name} refused the key (HTTP {status}); check {service.key_setting}{suffix}")
    if status == 402 or (status == 429 and "insufficient_quota" in body):
        return AuthError(
            f"{service.name} says that the account has no credit left (HTTP {status}); check {service.key_setting}{suffix}"
        )
    if 300 <= status < 400:
        return ServiceError(
            f"{service.name} redirects (HTTP {status}), which is not followed: set {service.url_setting} to the final address"
        )
    retryable = status >= 500 or status in _RETRYABLE_4XX or status < 200
    wait = retry_after(headers) if retryable else None
    return ServiceError(f"{service.name} answered HTTP {status}{suffix}", retryable=retryable, retry_after=wait)


def _error_text(body: str) -> str:
    """The message in an error body: the usual JSON shapes, else the text itself without markup."""
    try:
        value = parsed(body[:100_000])
    except ValueError:
        return re.sub(r"<[^>]{0,200}>", " ", body[:4000])
    return _message(value)


def _message(value: Any) -> str:
    if isinstance(value, list) and value:  # Google wraps the error object in a list
        value = value[0]
    for key in ("error", "message", "detail", "error_description"):
        if isinstance(value, dict) and value.get(key):
            value = value[key]
    return value if isinstance(value, str) else json.dumps(value)[:4000]


def failure_of(error: Exception, service: Service) -> ServiceError | UsageError:
    """The ``ServiceError`` that an exception of ``httpx`` stands for. Timeouts and cut connections may pass; the rest does
    not.
    """
    import httpx

    what = service.clean(error) or type(error).__name__
    match error:
        case httpx.UnsupportedProtocol():
            return UsageError(f"{service.url_setting}: this is not a usable address ({what})")
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return ServiceError(f"{service.name} cannot be reached ({what}); see {service.url_setting}", retryable=True)
        case httpx.TimeoutException():
            said = f"{service.name} was silent for too long ({type(error).__name__}); see {service.url_setting}"
            return ServiceError(said, retryable=True)
        case httpx.TransportError() | httpx.DecodingError() | httpx.StreamError():
            return ServiceError(f"the connection to {service.name} broke ({what}); see {service.url_setting}", retryable=True)
    return ServiceError(f"{service.name}: {type(error).__name__}: {what}", retryable=False)


def retry_after(headers: Mapping[str, str], *, now: Callable[[], float] = time.time) -> float | None:
    """Seconds that a reply asks us to wait: ``retry-after-ms``, or ``retry-after`` in seconds or as an HTTP date.

    A date is counted from the reply's own ``date`` where there is one, so that a wrong clock does no harm. What lies
    beyond a month is nobody's wish, and is not read.
    """
    wished = _wished(headers, now)
    return wished if wished is not None and wished <= _LONGEST_WISH else None


def _wished(headers: Mapping[str, str], now: Callable[[], float]) -> float | None:
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if (seconds := _number(value)) is not None:
        return seconds
    until = _moment(value)
    if until is None:
        return None
    sent = _moment(headers.get("date"))
    return max(0.0, until - (sent if sent is not None else now()))


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _moment(value: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
