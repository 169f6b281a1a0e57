"""Which chat model a component asks, where it is, and how it samples."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal
from urllib.parse import urlsplit

from genevolve.core.errors import UsageError
from genevolve.core.grouped import Grouped
from genevolve.core.limit import finite
from genevolve.services.prices import FREE, Price

PATIENCE = 600.0  # seconds: a whole reply comes at once, after all of it has been written
READERS = ("OPENAI_API_BASE", "GENEVOLVE_EVAL_MODEL")  # where the address and the model of judges and summarisers may stand
WRITERS = ("OPENAI_BASE_URL", "GENEVOLVE_MODEL")  # … and of policies and realisers
TokensField = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Grouped):
    """The settings that all components share which ask a chat model. What is None may stand in the environment.

    ``timeout`` is that of a whole attempt, in seconds. ``omit`` names sampling fields that the model does not take
    (reasoning models refuse ``temperature`` and ``top_p``); ``extra_body`` is sent as it is. With no key in
    ``api_key_env`` a plain ``http`` endpoint is called without one.
    """

    base_url: str | None = None
    model: str | None = None
    api_key_env: str | None = None
    temperature: float = 0.6
    top_p: float = 0.9
    max_tokens: int = 4096
    max_tokens_field: TokensField = "max_tokens"
    stop: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = PATIENCE
    price: Price = FREE

    def found(self, setting: str, environ: Mapping[str, str], variables: tuple[str, str] = READERS) -> "ChatSettings":
        """These settings for the table ``setting``; address and model that are not given are those in ``variables``.

        ``OPENAI_API_KEY`` belongs to the endpoint of the environment: one that is given never gets it unasked. Raises
        ``UsageError`` naming the setting.
        """
        if self.api_key_env is None and self.base_url and self.base_url.startswith("https:"):
            raise UsageError(
                f'{setting}.base_url is set: name the variable of its key in {setting}.api_key_env ("" for no key)'
            )
        chosen = {each.name: getattr(self, each.name) for each in fields(Endpoint)}
        chosen["base_url"] = _configured(self.base_url, f"{setting}.base_url", environ, variables[0])
        chosen["model"] = _configured(self.model, f"{setting}.model", environ, variables[1])
        if self.api_key_env is None:
            chosen["api_key_env"] = "" if self.base_url else "OPENAI_API_KEY"
        return ChatSettings(setting=setting, **chosen)


READER = Endpoint(temperature=0.0, top_p=1.0, max_tokens=8192)  # a component that reads and judges


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings(Endpoint):
    """An endpoint that is known whole. ``setting`` is the table of the profile, for messages."""

    setting: str
    base_url: str
    model: str
    api_key_env: str = "OPENAI_API_KEY"

    def __post_init__(self) -> None:
        if not _is_address(self.base_url):
            shown = "the address" if "@" in self.base_url else repr(self.base_url)
            raise UsageError(f"{self.setting}.base_url: {shown} is not an http(s) address, or holds a user name or password")
        if not (0 <= self.temperature <= 2 and 0 < self.top_p <= 1 and self.max_tokens > 0 and self.timeout > 0):
            raise UsageError(f"{self.setting}: temperature is from 0 to 2, top_p in (0, 1], max_tokens and timeout more than 0")
        finite(f"{self.setting}.timeout", self.timeout, more_than=0)

    @property
    def sampling(self) -> dict[str, Any]:
        """The fields of the request body that do not depend on the conversation."""
        fields: dict[str, Any] = {"temperature": self.temperature, "top_p": self.top_p, self.max_tokens_field: self.max_tokens}
        if self.stop:
            fields["stop"] = list(self.stop)
        return {name: value for name, value in fields.items() if name not in self.omit}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:  # brackets that do not match, a port that is no number
        return False


def _configured(value: str | None, setting: str, environ: Mapping[str, str], variable: str) -> str:
    """``value`` of the profile, else that of the environment. Raises ``UsageError`` naming both places."""
    if chosen := value or environ.get(variable):
        return chosen
    raise UsageError(f"{setting} is not set: set it in the profile, or the environment variable {variable}")
