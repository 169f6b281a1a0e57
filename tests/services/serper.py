"""Serper as it behaves: what it would reject is rejected, with its own words."""

from dataclasses import dataclass, field
from typing import Any

from tests.services.wire import Rejected, Reply, Request, answer

KEY = "serper-key-123456"
_FIELDS = {"q": str, "num": int, "gl": str, "hl": str, "location": str, "page": int, "tbs": str, "autocorrect": bool}


@dataclass(slots=True)
class Serper:
    """``organic`` and ``images`` are what it finds, cut to ``num``."""

    organic: list[Any] = field(default_factory=list)
    images: list[Any] = field(default_factory=list)
    balance: int = 2500
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("x-api-key") != KEY:
            raise Rejected("unauthorized", status=403, body={"message": "Unauthorized.", "statusCode": 403})
        if (request.method, request.path) == ("GET", "/account"):
            return answer({"balance": self.balance, "rateLimit": 50})
        if request.method != "POST" or request.path not in {"/search", "/images"}:
            raise Rejected(f"{request.method} {request.path}", status=404, body={"message": "Not found."})
        if request.headers.get("content-type") != "application/json" or request.query:
            raise Rejected("only a JSON body is read")
        body = request.json()
        for name, value in body.items():
            if name not in _FIELDS or type(value) is not _FIELDS[name]:
                raise Rejected(f"unknown or ill-typed field {name}", body={"message": f"Invalid {name}", "statusCode": 400})
        if not body.get("q", "").strip() or not 1 <= body.get("num", 10) <= 100:
            raise Rejected("q or num", body={"message": "Missing query parameter", "statusCode": 400})
        self.asked.append((request.path, body))
        kind = "search" if request.path == "/search" else "images"
        found = {"organic": self.organic} if kind == "search" else {"images": self.images}
        name, entries = next(iter(found.items()))
        return answer({"searchParameters": {**body, "type": kind}, name: entries[: body.get("num", 10)], "credits": 1})
