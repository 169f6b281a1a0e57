"""The shared HTTP client without the 50 ms that loading certificates takes."""

import httpx

from genevolve.services.http import new_client


def local_client() -> httpx.AsyncClient:
    return new_client(transport=httpx.AsyncHTTPTransport(verify=False))
