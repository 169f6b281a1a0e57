"""What a picture file tells of itself: written by every command that makes pictures, read back from any file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from genevolve.app.arguments import checked
from genevolve.app.profile import Profile
from genevolve.app.roles import IN_PROFILE
from genevolve.core.errors import UsageError
from genevolve.run.story import Infotext, Maker, Story, read_infotext, read_story
from genevolve.store.credentials import Signature, signature_of
from genevolve.store.decode import MAX_BYTES
from genevolve.store.metadata import OWN, PARAMETERS, texts_of
from genevolve.store.vectors import is_svg, texts_of_svg


def maker_of(profile: Profile) -> Maker:
    """What pictures made under ``profile`` tell of it: no address, path or key that it may hold."""
    drawing = profile.generator.settings
    return Maker(
        profile=Path(profile.name).stem,
        members={role: profile.choice(role).member for role in IN_PROFILE},
        model=_text(drawing.get("model")),
        steps=steps if isinstance(steps := drawing.get("steps"), int) else None,
        negative_prompt=_text(drawing.get("negative_prompt")),
        genevolve=metadata.version("genevolve"),
    )


def _text(value: object) -> str:
    """A name that a setting holds; of a path only what it leads to."""
    if not isinstance(value, str):
        return ""
    return Path(value).name if Path(value).is_absolute() else value


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureStory:
    """``story`` is that of a picture of ours, ``infotext`` what it or another program says in the common form, ``others`` every
    further text by its key. ``problem`` says why the picture's own story cannot be read, where it has one. ``signature`` is
    that of its Content Credentials (C2PA), None where it has none."""

    path: Path
    story: Story | None = None
    infotext: Infotext | None = None
    others: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    signature: Signature | None = None

    def to_json(self) -> dict[str, Any]:
        """What ``genevolve show --json`` prints."""
        told = self.infotext
        common = {"prompt": told.prompt, "negative_prompt": told.negative_prompt, "settings": told.settings} if told else None
        story = self.story.model_dump(mode="json") if self.story else None
        signed = {"signature": self.signature.to_json()} if self.signature is not None else {}
        return {"story": story, "infotext": common, "others": dict(self.others), "problem": self.problem or None, **signed}


@checked
def picture_story(path: Path | str) -> PictureStory:
    """What the image file at ``path`` says of how it was made. Raises ``UsageError`` for a file that is no image or whose
    texts are too large to be read."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"PICTURE {path}: the file has more than {MAX_BYTES:,} bytes")
        data = path.read_bytes()
        texts = texts_of_svg(data) if is_svg(data) else texts_of(data)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"PICTURE {str(path)[:300]}: {why}") from None
    own, common = texts.pop(OWN, ""), texts.pop(PARAMETERS, "")
    story, problem = None, ""
    try:
        story = read_story(own) if own else None
    except ValueError as error:
        problem = f"its story (the text {OWN!r}) cannot be read: {error}"
    infotext = read_infotext(common) if common.strip() else None
    signature = signature_of(data, _kind(data))
    return PictureStory(path=path, story=story, infotext=infotext, others=texts, problem=problem, signature=signature)


def _kind(data: bytes) -> str:
    """Of a picture file whose texts could be read; what is none of ours is looked at as PNG, and has no signature then."""
    if is_svg(data):
        return "svg"
    return "jpg" if data.startswith(b"\xff\xd8") else "webp" if data[8:12] == b"WEBP" else "png"
