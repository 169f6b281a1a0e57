"""Claims as plain JSON and back: what judges may know about a row and agents may not."""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Annotated

from genevolve.core.claim import Claim
from genevolve.store.user_file import json_of_ours

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class BadClaims(ValueError):
    """Claims that this version cannot read."""


def claims_to_json(claims: Iterable[Claim]) -> list[dict[str, object]]:
    value: list[dict[str, object]] = _adapter().dump_python(tuple(claims), mode="json")
    return value


def claims_from_json(value: object) -> tuple[Claim, ...]:
    """From a list, or the JSON text of one. Raises ``BadClaims``."""
    from pydantic import ValidationError

    try:
        return _adapter().validate_python(json_of_ours(value) if isinstance(value, str) else value)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadClaims(f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:300]) from None
    except ValueError as error:
        raise BadClaims(str(error)) from None


@cache
def _adapter() -> "TypeAdapter[tuple[Claim, ...]]":
    from pydantic import Field, TypeAdapter

    return TypeAdapter(tuple[Annotated[Claim, Field(discriminator="kind")], ...])
