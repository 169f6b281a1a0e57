"""Content Credentials: pictures that are signed with the user's certificate, read back, and found out when changed."""

import datetime
import io
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genevolve import generate, picture_story, run_file
from genevolve.cli.main import cli, exit_code
from genevolve.core.errors import UsageError
from genevolve.core.protocols import PolicyCall, Rendering, RenderOrder, Reply
from genevolve.store import credentials
from genevolve.store.credentials import Ingredient, Statement, signature_of
from genevolve.store.metadata import copy_of
from genevolve.store.vectors import vector_file
from tests.conftest import png

c2pa = pytest.importorskip("c2pa")
x509 = pytest.importorskip("cryptography.x509")

KEY_NAME = "MY_C2PA_KEY"


def made(name: str, issuer: Any = None, *, ca: bool = False, until: int = 2090, mail: bool = True) -> tuple[Any, Any]:
    """A certificate of the kind that C2PA asks for, and its key; signed by ``issuer`` or by itself."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ours")])
    above, above_key = issuer or (None, key)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"),
        False,
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(above.subject if above is not None else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(until, 1, 1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above_key.public_key()), critical=False)
    )
    if mail and not ca:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return built.sign(above_key, hashes.SHA256()), key


def pem(*certificates: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return "".join(each.public_bytes(Encoding.PEM).decode() for each in certificates)


def key_text(key: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    text: str = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The signer's key, with its chain in ``chain.pem`` and profiles that name both."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    root = made("Root", ca=True)
    leaf, own = made("Ann Example", root)
    text = key_text(own)
    Path("chain.pem").write_text(pem(leaf, root[0]))
    Path("key.pem").write_text(text)
    monkeypatch.setenv(KEY_NAME, text.replace("\n", "\\n"))
    for name, where in (("file", 'key_file = "key.pem"'), ("env", f'key_env = "{KEY_NAME}"')):
        Path(f"{name}.toml").write_text(f'extends = "offline"\n[signing]\ncertificate = "chain.pem"\n{where}\n')
    return text


def call(*arguments: str) -> int:
    return exit_code(lambda: cli.main(list(arguments), standalone_mode=False))


def test_a_generated_picture_is_signed_and_a_changed_one_is_found_out(key: str, capfd: pytest.CaptureFixture[str]) -> None:
    done = generate("the flag of Chad", out="out", profile="env.toml")
    assert done.image is not None
    told = picture_story(done.image)
    assert told.story is not None and told.signature is not None, "it tells its story, too"
    found = told.signature
    assert (found.valid, found.trusted, found.problems) == (True, False, ())
    assert (found.by, found.issuer, found.made_with.split()[0]) == ("Ann Example", "Ours", "genevolve")
    (flag,) = found.ingredients
    assert flag.title == told.story.references[0].title and "CC BY-SA 4.0" in flag.source and flag.page.startswith("https://")
    assert found.source_type == "composite"
    assert call("show", str(done.image)) == 0 and "valid, by Ann Example (Ours)" in flat(capfd)
    done.image.write_bytes(retouched(done.image.read_bytes()))
    assert call("show", str(done.image)) == 1 and "NOT VALID (assertion.dataHash.mismatch)" in flat(capfd)


def retouched(png: bytes) -> bytes:
    """The file with another last pixel, and all else in it as it was."""
    written, pixels, at = png[:8], b"", 8
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        chunk, at = png[at : at + 12 + length], at + 12 + length
        if kind == b"IDAT":
            pixels += chunk[8:-4]
            continue
        if kind == b"IEND":
            raw = bytearray(zlib.decompress(pixels))
            raw[-1] ^= 1
            body = b"IDAT" + zlib.compress(raw)
            written += (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        written += chunk
    return written


@pytest.mark.parametrize("kind", ["jpg", "webp", "svg"])
def test_every_kind_of_file_is_signed(key: str, kind: Any) -> None:
    signer = credentials.Credentials(certificate=Path("chain.pem").read_text(), key=key)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">\n<text>hello</text></svg>'
    file = vector_file(svg, "svg", {"k": "v"}, "x") if kind == "svg" else copy_of(png(), kind, {"parameters": "v"})
    signed = signer.signed(file, kind, Statement(title="a", agent="x", version="1", trained=True))
    Path(f"it.{kind}").write_bytes(signed)
    found = picture_story(f"it.{kind}")
    assert found.signature is not None and found.signature.valid and (found.infotext or found.others)
    data = bytearray(signed)
    data[data.index(b"hello") if kind == "svg" else len(data) - 12] ^= 1
    changed = signature_of(bytes(data), kind)
    assert changed is not None and changed.valid is False and changed.problems


def flat(capfd: pytest.CaptureFixture[str]) -> str:
    return " ".join(capfd.readouterr().out.split())


def test_the_key_is_in_nothing_that_is_written(key: str) -> None:
    generate("a photo of two dogs", out="out", profile="file.toml", policy="raw")
    Path("rows.jsonl").write_text('{"id": "a", "prompt": "a photo of a cat"}\n')
    run_file("rows.jsonl", out="rows", profile="file.toml", policy="raw", until="image")
    secret = key.splitlines()[1]
    for path in [*Path("out").rglob("*"), *Path("rows").rglob("*")]:
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path
    assert picture_story("rows/images/a.png").signature is not None
    assert "key.pem" in Path("out/run.json").read_text()
    Path("file.toml").write_text('extends = "offline"\n')
    run_file(
        "rows.jsonl", out="rows", profile="file.toml", policy="raw", until="image"
    )  # who signs decides nothing that is made


class Nobody:
    """A policy and generator that nobody may ask."""

    async def reply(self, call: PolicyCall) -> Reply:
        raise AssertionError("it was paid for")

    async def generate(self, order: RenderOrder) -> Rendering:
        raise AssertionError("it was paid for")


@pytest.mark.parametrize(
    ("signing", "message"),
    [
        ('certificate = "no.pem"\nkey_file = "key.pem"', r"signing\.certificate = 'no\.pem' cannot be read"),
        ('certificate = "chain.pem"\nkey_env = "NOT_SET"', r"NOT_SET \(signing\.key_env\) is not set"),
        ('certificate = "chain.pem"', "key_file or by key_env"),
        ('certificate = "key.pem"\nkey_file = "key.pem"', "cannot be signed with this certificate"),
        ('certificate = "chain.pem"\nkey_file = "other.pem"', "cannot be signed with this certificate"),
        ('certificate = "old.pem"\nkey_file = "old-key.pem"', "cannot be signed|is not valid"),
        ('certificate = "no-use.pem"\nkey_file = "no-use-key.pem"', "cannot be signed|is not valid"),
    ],
)
def test_what_cannot_sign_is_refused_before_anything_is_paid(key: str, signing: str, message: str) -> None:
    Path("other.pem").write_text(key_text(made("Other")[1]))
    root = made("Root", ca=True)
    for name, more in (("old", {"until": 2021}), ("no-use", {"mail": False})):
        leaf, own = made(name, root, **more)  # type: ignore[arg-type]
        Path(f"{name}.pem").write_text(pem(leaf, root[0]))
        Path(f"{name}-key.pem").write_text(key_text(own))
    Path("p.toml").write_text(f'extends = "offline"\n[signing]\n{signing}\n')
    with pytest.raises(UsageError, match=message) as refused:
        generate("a cat", out="out", profile="p.toml", policy=Nobody(), generator=Nobody())
    assert key.splitlines()[1] not in str(refused.value) and not Path("out").exists()


def test_what_is_signed_says_what_drew_it(key: str) -> None:
    signer = credentials.Credentials(certificate=Path("chain.pem").read_text(), key=key)
    assert key.splitlines()[1] not in repr(signer)
    one = Ingredient(title="<b>\x1b[31m", licence="CC0", source="library:mine")
    kinds = {(True, ()): "trainedAlgorithmicMedia", (False, ()): "algorithmicMedia", (False, (one,)): "composite"}
    for (trained, used), source in kinds.items():
        statement = Statement(title="a", agent="genevolve x", version="1", trained=trained, ingredients=used)
        data = signer.signed(png(), "png", statement)
        found = signature_of(data, "png")
        assert found is not None and found.valid and found.source_type == source and len(found.ingredients) == len(used)
        with Image.open(io.BytesIO(data)) as shown, Image.open(io.BytesIO(png())) as before:
            assert shown.tobytes() == before.tobytes()
        actions = json.loads(c2pa.Reader("image/png", io.BytesIO(data)).json())["manifests"].popitem()[1]["assertions"]
        assert actions[0]["data"]["actions"][0]["action"] == "c2pa.created"


def test_without_the_library_a_signature_is_told_and_not_judged(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = credentials.Credentials(certificate=Path("chain.pem").read_text(), key=key)
    data = signer.signed(png(), "png", Statement(title="a", agent="x", version="1", trained=True))
    monkeypatch.setattr(credentials, "find_spec", lambda name: None)
    found = signature_of(data, "png")
    assert found is not None and found.valid is None and signature_of(png(), "png") is None
    with pytest.raises(UsageError, match="c2pa-python"):
        signer.check()
    assert signature_of(b"\x89PNG", "png") is None
