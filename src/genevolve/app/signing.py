"""Who signs pictures: the certificate and the key that a profile names, tried before anything is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genevolve.app.environment import environment
from genevolve.app.profile import Profile, SigningSettings
from genevolve.app.registry import found_for
from genevolve.core.errors import UsageError
from genevolve.run.story import Story, read_story
from genevolve.services.secrets import learn
from genevolve.store.credentials import Credentials, Ingredient, Statement
from genevolve.store.metadata import OWN, FileKind
from genevolve.store.user_file import expanded, utf8_text

Sign = Callable[[bytes, FileKind, Mapping[str, str]], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureSigner:
    """Signs a picture file by what its texts tell. ``trained``: a trained model draws."""

    credentials: Credentials
    trained: bool

    def __call__(self, data: bytes, kind: FileKind, texts: Mapping[str, str]) -> bytes:
        """The signed file; as it is where no program was drawn."""
        return self.credentials.signed(data, kind, statement_of(read_story(texts[OWN]), self.trained)) if OWN in texts else data


def statement_of(story: Story, trained: bool) -> Statement:
    """What is signed of a picture that tells ``story``."""
    made = story.made_by
    drawing = made.members.get("generator", "")
    return Statement(
        title=story.request[:200],
        agent=" ".join(filter(None, ("genevolve", drawing, made.model))),
        version=made.genevolve or "unknown",
        trained=trained,
        ingredients=tuple(
            Ingredient(title=each.title, licence=each.licence, source=each.source, page=each.page_url or each.url)
            for each in story.references
        ),
    )


def signer_of(profile: Profile) -> Sign | None:
    """None where ``profile`` signs nothing. Raises ``UsageError`` where what it names cannot sign."""
    if (settings := profile.signing) is None:
        return None
    credentials = Credentials(
        certificate=_read(settings.certificate, "certificate"), key=_key(settings), algorithm=settings.algorithm
    )
    learn({"signing_key": credentials.key})
    credentials.check()
    trained = getattr(found_for("generator", profile.generator).made, "trained", True) is not False
    return PictureSigner(credentials=credentials, trained=trained)


def _key(settings: SigningSettings) -> str:
    if settings.key_env is None:
        return _read(settings.key_file or "", "key_file")
    held = environment().get(settings.key_env, "").replace("\\n", "\n").strip()  # as CI systems hold texts of several lines
    if not held:
        raise UsageError(f"signing: the environment variable {settings.key_env} (signing.key_env) is not set")
    return f"{held}\n"


def _read(name: str, setting: str) -> str:
    try:
        return utf8_text(expanded(name).read_bytes())
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no PEM file"
        raise UsageError(f"signing.{setting} = {name!r} cannot be read ({why})") from None
