"""Skill guidance from Markdown files: our own, or a user's, file by file."""

from importlib.resources import files
from pathlib import Path

from genevolve.core.errors import UsageError
from genevolve.core.event import SKILLS
from genevolve.protocol.detail import Detail

MAX_BYTES = 256 * 1024


class SkillFiles:
    """Reads ``SKILL.md`` for each of the eight skills. A file in ``folder`` takes the place of ours; the others stay."""

    def __init__(self, folder: Path | None = None, detail: Detail = Detail.FULL) -> None:
        self._folder = folder.expanduser() if folder is not None else None
        self._texts = files("genevolve.skills") / ("brief" if detail is Detail.BRIEF else "")
        if self._folder is not None:
            _check(self._folder)

    async def guidance(self, skill_name: str) -> str:
        """Raises ``UsageError`` for a name that is none of the eight skills."""
        if skill_name not in SKILLS:
            raise UsageError(f"there is no skill {skill_name[:80]!r}; the skills are {', '.join(SKILLS)}")
        if self._folder is not None and (own := self._folder / f"{skill_name}.md").is_file():
            return _read(own)
        return self._texts.joinpath(f"{skill_name}.md").read_text(encoding="utf-8").strip()


def _check(folder: Path) -> None:
    """Every mistake shows before the first episode: a missing folder, a misspelt file name, an unreadable file."""
    if not folder.is_dir():
        raise UsageError(f"skills.folder = {str(folder)!r} is not a folder")
    found = sorted(path for path in folder.glob("*.md") if not path.name.startswith("."))
    for path in found:
        if path.stem not in SKILLS and path.stem.lower() != "readme":
            raise UsageError(
                f"skills.folder: {path} names no skill; the file names are {', '.join(f'{name}.md' for name in SKILLS)}"
            )
        if path.stem in SKILLS:
            _read(path)
    if not any(path.stem in SKILLS for path in found):
        raise UsageError(f"skills.folder = {str(folder)!r} holds no skill file, such as {SKILLS[0]}.md")


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"skills.folder: {path} has more than {MAX_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"skills.folder: {path} cannot be read as UTF-8 text ({error})") from None
    if not text:
        raise UsageError(f"skills.folder: {path} is empty; delete it to use our own text")
    return text
