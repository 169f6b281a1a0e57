"""Content Credentials (C2PA 2.2): a signed statement inside a picture of how it was made, and what a reader says of one.

A picture is signed with the user's own certificate and key by the ``c2pa`` library. Nothing is asked of the network.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any, Literal

from genevolve.core.errors import UsageError
from genevolve.store.metadata import MEDIA_TYPES

Algorithm = Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"]
INSTALL = "pip install 'genevolve[c2pa]'"
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_UNTRUSTED = "signingCredential.untrusted"  # nobody's list has the certificate; the signature may be right all the same
_QUIET: dict[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_MARKS = (b"jumdc2pa", b"<c2pa:manifest")  # of a manifest, for who has no library to read it
_SMALLEST = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\nIDATx\x9cc`"
    b"\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """A reference that a picture was made from."""

    title: str
    licence: str = ""
    source: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is signed: the ``title`` of a picture, what drew it (``agent``), in which ``version`` of genevolve, from what.

    ``trained``: by a trained model, not by an algorithm alone.
    """

    title: str
    agent: str
    version: str
    trained: bool
    ingredients: Sequence[Ingredient] = ()

    @property
    def source_type(self) -> str:
        """The IPTC digital source type."""
        if self.trained:
            return f"{_SOURCES}trainedAlgorithmicMedia"
        return f"{_SOURCES}{'composite' if self.ingredients else 'algorithmicMedia'}"

    def manifest(self) -> dict[str, Any]:
        """As the library takes it."""
        used = [{"title": each.title, "relationship": "inputTo", "label": f"reference {number}", **_described(each)}
                for number, each in enumerate(self.ingredients, start=1)]  # fmt: skip
        created: dict[str, Any] = {
            "action": "c2pa.created",
            "digitalSourceType": self.source_type,
            "softwareAgent": {"name": self.agent, "version": self.version},
        }
        if used:
            created["parameters"] = {"ingredientIds": [each["label"] for each in used]}
        return {
            "claim_generator_info": [{"name": "genevolve", "version": self.version}],
            "title": self.title,
            "ingredients": used,
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created]}}],
        }


def _described(each: Ingredient) -> dict[str, str]:
    """Where it is from and under which licence, in words, and a link."""
    words = ", ".join(filter(None, (each.source, f"licence: {each.licence}" if each.licence else "")))
    return {
        "format": "image/png",
        **({"description": words} if words else {}),
        **({"informational_URI": each.page} if each.page else {}),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A chain of certificates (PEM, the signer's first) with its key (PEM), which no text shows."""

    certificate: str
    key: str = field(repr=False)
    algorithm: Algorithm = "es256"

    def signed(self, data: bytes, kind: str, statement: Statement) -> bytes:
        """The picture file of ``kind`` with the signed statement in it. Raises ``UsageError`` where that cannot be."""
        import c2pa

        info = c2pa.C2paSignerInfo(self.algorithm.encode(), self.certificate.encode(), self.key.encode(), None)
        out = io.BytesIO()
        try:
            signer = c2pa.Signer.from_info(info)
            with signer, c2pa.Builder(json.dumps(statement.manifest()), context=_context()) as builder:
                builder.sign(signer, MEDIA_TYPES[kind], io.BytesIO(data), out)
        except c2pa.C2paError as error:
            raise UsageError(f"signing: the picture cannot be signed with this certificate and key ({_said(error)})") from None
        return out.getvalue()

    def check(self) -> None:
        """Sign a picture of one pixel and read it back. Raises ``UsageError``."""
        if find_spec("c2pa") is None:
            raise UsageError(f"signing: pictures are signed by the package c2pa-python: {INSTALL}")
        made = self.signed(_SMALLEST, "png", Statement(title="a pixel", agent="genevolve", version="0", trained=False))
        found = signature_of(made, "png")
        if found is None or not found.valid:
            why = ", ".join(found.problems) if found is not None else "nothing is found in the picture"
            raise UsageError(f"signing: what this certificate signs is not valid: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a reader says of a signed picture: ``valid`` None where nothing here can check it. ``trusted``: the certificate is
    on a list that the library knows. ``problems`` are the codes of C2PA (``assertion.dataHash.mismatch``: it was changed)."""

    valid: bool | None
    trusted: bool = False
    by: str = ""
    issuer: str = ""
    made_with: str = ""
    source_type: str = ""
    ingredients: Sequence[Ingredient] = ()
    problems: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For ``genevolve show --json``."""
        return {
            "valid": self.valid,
            "trusted": self.trusted,
            "by": self.by,
            "issuer": self.issuer,
            "made_with": self.made_with,
            "source_type": self.source_type,
            "ingredients": [{"title": each.title, "about": each.source, "page": each.page} for each in self.ingredients],
            "problems": list(self.problems),
        }


def signature_of(data: bytes, kind: str) -> Signature | None:
    """Of a picture file of ``kind`` (png, jpg, webp, svg, pdf); None where it has none."""
    if find_spec("c2pa") is None:
        return Signature(valid=None) if any(mark in data for mark in _MARKS) else None
    import c2pa

    try:
        with c2pa.Reader(MEDIA_TYPES[kind], io.BytesIO(data), context=_context()) as reader:
            return _read(json.loads(reader.json()), reader.get_validation_state() or "")
    except c2pa.C2paError.ManifestNotFound:
        return None
    except (c2pa.C2paError, ValueError) as error:
        return Signature(valid=False, problems=(_said(error),))


@cache
def _context() -> Any:
    """The library without the network."""
    import c2pa

    return c2pa.Context.from_dict(_QUIET)


def _read(store: Mapping[str, Any], state: str) -> Signature:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signed, made = manifest.get("signature_info") or {}, (manifest.get("claim_generator_info") or [{}])[0]
    codes = (str(each.get("code")) for each in store.get("validation_status") or ())
    return Signature(
        valid=state in ("Valid", "Trusted"),
        trusted=state == "Trusted",
        by=str(signed.get("common_name") or ""),
        issuer=str(signed.get("issuer") or ""),
        made_with=f"{made.get('name', '')} {made.get('version', '')}".strip(),
        source_type=_source_type(manifest),
        ingredients=tuple(
            Ingredient(
                title=str(each.get("title") or ""),
                source=str(each.get("description") or ""),
                page=str(each.get("informational_URI") or ""),
            )
            for each in manifest.get("ingredients") or ()
        ),
        problems=tuple(dict.fromkeys(code for code in codes if code != _UNTRUSTED)),
    )


def _source_type(manifest: Mapping[str, Any]) -> str:
    """The last word of the digital source type of the first action that has one."""
    for assertion in manifest.get("assertions") or ():
        for action in (assertion.get("data") or {}).get("actions") or ():
            if isinstance(action, Mapping) and action.get("digitalSourceType"):
                return str(action["digitalSourceType"]).rpartition("/")[2]
    return ""


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
