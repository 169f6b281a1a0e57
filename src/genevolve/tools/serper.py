"""Web search through Serper (google.serper.dev): text and images."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from genevolve.core.errors import AuthError, ServiceError, UsageError
from genevolve.core.event import TextHit
from genevolve.core.finding import Finding, failed, ok, skipped
from genevolve.core.picture import Picture
from genevolve.services.check import tried
from genevolve.services.http import Service, attempt, exchange_json, parsed, without
from genevolve.services.prices import FREE, Price
from genevolve.services.secrets import Secrets, learn, shown_address
from genevolve.tools.candidates import Candidate, address_of, check_question, pictures_of, searched, text_hits, text_of
from genevolve.tools.fetch import ImageFetcher

BASE_URL = "https://google.serper.dev"
SOURCE = "serper"
_TIMEOUT = 30.0
_ONE_CREDIT = 10  # up to so many results cost the same
_FULL_SIZE = ("imageUrl", "image_url")
_ANY_SIZE = ("thumbnailUrl", "url")


class _Account:
    """One way of asking Serper. The key is looked up at the first question, so that a replayed cache needs none."""

    def __init__(
        self, *, client: httpx.AsyncClient, secrets: Secrets, environ: Mapping[str, str], base_url: str | None, **market: str
    ) -> None:
        self.base_url = (base_url or environ.get("SERPER_BASE_URL") or BASE_URL).rstrip("/")
        learn(self.base_url)
        self.market = {name: value for name, value in market.items() if value}
        self._client = client
        self._secrets = secrets
        self._service = Service(
            name="Serper", key_setting="SERPER_API_KEY", url_setting="SERPER_BASE_URL (base_url)", secrets=secrets
        )

    def require_key(self) -> None:
        """Raise ``UsageError`` naming SERPER_API_KEY when it is not set."""
        self._secrets.require("SERPER_API_KEY", service="Serper search")

    async def check(self) -> list[Finding]:
        """Whether the key is set and accepted, by the account's balance, which costs nothing."""
        try:
            key = self._secrets.require("SERPER_API_KEY", service="Serper search")
        except UsageError as problem:
            return [failed(str(problem), "set SERPER_API_KEY, or choose ddgs, which needs no key")]
        found = [ok("the key is in SERPER_API_KEY")]
        request = self._client.get(f"{self.base_url}/account", headers={"X-API-KEY": key.reveal()})
        fix = "see SERPER_BASE_URL or base_url, and the network"
        response = await tried(attempt(self._service, request, total=_TIMEOUT), fix=fix)
        if isinstance(response, Finding):
            return [*found, response]
        if response.status_code in {401, 403}:
            return [*found, failed("Serper refused the key", "put a valid key into SERPER_API_KEY")]
        if response.status_code >= 500:
            return [*found, failed(f"{self.base_url} answers HTTP {response.status_code}", fix)]
        return [*found, ok(f"{self.base_url} answers"), _credits(response)]

    async def ask(self, path: str, query: str, count: int, field: str) -> list[dict[str, Any]]:
        """The entries of ``field``. A body of another shape is a ``ServiceError``; entries that are no objects are left out."""
        key = self._secrets.require("SERPER_API_KEY", service="Serper search")
        try:
            body = await exchange_json(
                self._client,
                self._service,
                "POST",
                self.base_url + path,
                total=_TIMEOUT,
                json={"q": query, "num": count, **self.market},
                headers={"X-API-KEY": key.reveal()},
            )
        except ServiceError as problem:
            if "not enough credits" in str(problem).lower():  # comes as a 400
                raise AuthError("Serper says that the account of SERPER_API_KEY has no credits left") from None
            raise
        return _entries(body, field, self._service)


def _credits(response: httpx.Response) -> Finding:
    try:
        balance = parsed(response.content)["balance"] if response.is_success else None
    except (ValueError, KeyError, TypeError):
        balance = None
    if isinstance(balance, bool) or not isinstance(balance, int | float):
        return skipped("Serper did not say whether it takes the key", "--call makes a search (1 credit)")
    if balance < 1:
        return failed("the account of SERPER_API_KEY has no credits left", "add credits at serper.dev")
    return ok(f"the key is accepted; {balance:g} credits are left")


def _entries(body: Mapping[str, Any], field: str, service: Service) -> list[dict[str, Any]]:
    if field not in body and "searchParameters" in body:
        return []  # a real answer without anything of this kind
    found = body.get(field)
    if not isinstance(found, list):
        raise without(body, service, f"a list of {field!r}")
    entries = [entry for entry in found if isinstance(entry, dict)]
    if found and not entries:
        raise ServiceError(f"Serper answered with {field!r} entries that are no objects", retryable=True)
    return entries


class SerperSearch:
    """Text search. ``country`` and ``language`` are Google's codes (``gl``, ``hl``), left out unless set."""

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        environ: Mapping[str, str],
        base_url: str | None = None,
        country: str = "",
        language: str = "",
        price: Price = FREE,
    ) -> None:
        self._account = _Account(client=client, secrets=secrets, environ=environ, base_url=base_url, gl=country, hl=language)
        self._price = price

    @property
    def least_price(self) -> float:
        """The price of a search."""
        return self._price.least()

    @property
    def identity(self) -> dict[str, Any]:
        """What the answers depend on beside the question: the cache keeps answers of different identities apart."""
        return {"provider": SOURCE, "base_url": shown_address(self._account.base_url), **self._account.market}

    def require_key(self) -> None:
        self._account.require_key()

    async def check(self, *, call: bool) -> Sequence[Finding]:
        found = await self._account.check()
        return [*found, await searched(self.search, "text")] if call else found

    async def search(self, query: str, top_k: int) -> Sequence[TextHit]:
        check_question(query, top_k)
        entries = await self._account.ask("/search", query, top_k, "organic")
        return text_hits(entries, top_k, address="link", snippet="snippet", source=SOURCE, who="Serper")


class SerperImageSearch:
    """Image search; asks for twice as many candidates as pictures are wanted, since many image addresses are dead."""

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        secrets: Secrets,
        environ: Mapping[str, str],
        fetcher: ImageFetcher,
        base_url: str | None = None,
        country: str = "",
        language: str = "",
        price: Price = FREE,
    ) -> None:
        self._account = _Account(client=client, secrets=secrets, environ=environ, base_url=base_url, gl=country, hl=language)
        self._price = price
        self._fetcher = fetcher

    @property
    def least_price(self) -> float:
        """The price of a search."""
        return self._price.least()

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "provider": SOURCE,
            "base_url": shown_address(self._account.base_url),
            **self._account.market,
            **self._fetcher.identity,
        }

    def require_key(self) -> None:
        self._account.require_key()

    async def check(self, *, call: bool) -> Sequence[Finding]:
        found = await self._account.check()
        return [*found, await searched(self.search_images, "image")] if call else found

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        check_question(query, top_k)
        entries = await self._account.ask("/images", query, max(_ONE_CREDIT, 2 * top_k), "images")
        candidates = [candidate for entry in entries if (candidate := _candidate(entry)).urls]
        if entries and not candidates:
            raise ServiceError("Serper answered with images that have no address", retryable=True)
        return await pictures_of(candidates, self._fetcher, top_k=top_k, source=SOURCE)


def _candidate(entry: dict[str, Any]) -> Candidate:
    urls = (address_of(entry, *_FULL_SIZE), *(address_of(entry, name) for name in _ANY_SIZE))
    return Candidate(
        title=text_of(entry, "title"),
        urls=tuple(dict.fromkeys(url for url in urls if url)),
        page_url=address_of(entry, "link", "source"),
    )
