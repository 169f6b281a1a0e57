"""The columns of a data set's files, said once: as Arrow types, and as the features that the library ``datasets`` reads.

A kind is ``TEXT``, ``WHOLE``, ``PICTURE``, a list ``[kind]``, or a struct ``{name: kind}``.
"""

import json
from pathlib import Path
from typing import Any, TypeAlias

from genevolve.data.records import Json, objects

TEXT, WHOLE, PICTURE = "string", "int64", "image"
Kind: TypeAlias = "str | list[Kind] | dict[str, Kind]"

_LABELS: dict[str, Kind] = dict.fromkeys(("eval_type", "category", "difficulty"), TEXT)
_MADE: dict[str, Kind] = dict.fromkeys(("recipe", "realiser", "teacher", "profile", "commit", "genevolve", "audit"), TEXT)
_META: dict[str, Kind] = {"entities": [TEXT], "claims": TEXT, "seed": WHOLE, "gt_sha256": TEXT, "provenance": _MADE}


def columns(name: str, *, picture: str = PICTURE, weighted: bool = False) -> dict[str, Kind]:
    """The columns of the file ``name``. ``picture`` is what its pictures are: in a table pictures, in JSON lines paths.
    ``weighted``: some of its replies are not to be imitated."""
    if name.startswith("sft"):
        said: dict[str, Kind] = {"role": TEXT, "content": TEXT, **({"weight": WHOLE} if weighted else {})}
        return {"id": TEXT, "messages": [said], "images": [picture], **_LABELS, "provenance": _MADE}
    if name == "test":
        return {"id": WHOLE, "question": TEXT, "gt_image": picture, **_LABELS}
    return {"id": TEXT, "prompt": TEXT, "gt_image": picture, **_LABELS, "meta": _META}


def arrow_schema(name: str, arrow: Any, *, weighted: bool = False) -> Any:
    """As Arrow types, with the features in the schema's metadata: that is where ``datasets`` and viewers find the pictures."""
    kinds = columns(name, weighted=weighted)
    told = {"info": {"features": {column: _feature(kind) for column, kind in kinds.items()}}}
    schema = arrow.schema([(column, _arrow(kind, arrow)) for column, kind in kinds.items()])
    return schema.with_metadata({"huggingface": json.dumps(told)})


def _arrow(kind: Kind, arrow: Any) -> Any:
    if isinstance(kind, list):
        return arrow.list_(_arrow(kind[0], arrow))
    if isinstance(kind, dict):
        return arrow.struct([(name, _arrow(inner, arrow)) for name, inner in kind.items()])
    if kind == PICTURE:
        return arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
    return arrow.int64() if kind == WHOLE else arrow.string()


def _feature(kind: Kind) -> object:
    if isinstance(kind, list):
        return [_feature(kind[0])]
    if isinstance(kind, dict):
        return {name: _feature(inner) for name, inner in kind.items()}
    return {"_type": "Image"} if kind == PICTURE else {"dtype": kind, "_type": "Value"}


def card_features(name: str, *, picture: str = PICTURE, weighted: bool = False) -> list[Json]:
    """As the front matter of a card declares them."""
    return [{"name": column, **_declared(kind)} for column, kind in columns(name, picture=picture, weighted=weighted).items()]


def is_weighted(path: Path) -> bool:
    """Whether a reply in the JSON lines of trajectories at ``path`` has a weight."""
    with path.open("rb") as file:
        return any(b'"weight": ' in line and _has_weight(json.loads(line)) for line in file)


def _has_weight(row: Json) -> bool:
    return any("weight" in message for message in objects(row.get("messages")))


def _declared(kind: Kind) -> Json:
    if isinstance(kind, dict):
        return {"struct": [{"name": name, **_declared(inner)} for name, inner in kind.items()]}
    if isinstance(kind, str):
        return {"dtype": kind}
    inner = kind[0]
    if isinstance(inner, dict):
        return {"list": [{"name": name, **_declared(part)} for name, part in inner.items()]}
    return {"list": inner}
