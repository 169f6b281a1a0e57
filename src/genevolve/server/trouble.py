"""What a client is told when its request cannot be served, in the form that all surfaces share."""

from typing import Any


class NotServed(Exception):
    """A request that is not served: an HTTP ``status``, and the error object of OpenAI's API.

    ``again``: whether the same request may do better later; clients that try again by themselves are told so.
    """

    def __init__(
        self, message: str, *, status: int = 400, param: str | None = None, code: str | None = None, again: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code
        self.again = again

    def to_json(self) -> dict[str, Any]:
        """``{"error": {message, type, param, code}}``."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": str(self), "type": kind, "param": self.param, "code": self.code}}
