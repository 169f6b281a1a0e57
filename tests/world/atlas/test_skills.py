"""The skills tool: our own texts, and a user's in place of single ones."""

import asyncio
from pathlib import Path

import pytest

from genevolve.core.errors import UsageError
from genevolve.core.event import SKILLS
from genevolve.tools.skills import SkillFiles


@pytest.mark.parametrize("skill", SKILLS)
def test_every_skill_has_a_text(skill: str) -> None:
    assert len(asyncio.run(SkillFiles().guidance(skill))) > 200


def test_a_users_file_takes_the_place_of_ours_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "text_rendering.md").write_text("  Write in capitals.\n")
    skills = SkillFiles(tmp_path)
    assert asyncio.run(skills.guidance("text_rendering")) == "Write in capitals."
    assert asyncio.run(skills.guidance("spatial_layout")) == asyncio.run(SkillFiles().guidance("spatial_layout"))


@pytest.mark.parametrize("name", ["", "../secret", "text_rendering.md", "poetry", "/etc/passwd"])
def test_other_names_are_misuse(tmp_path: Path, name: str) -> None:
    (tmp_path / "text_rendering.md").write_text("x")
    with pytest.raises(UsageError, match="there is no skill"):
        asyncio.run(SkillFiles(tmp_path).guidance(name))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text_renderin.md", b"x", "names no skill"),
        ("text_rendering.md", b"", "is empty"),
        ("text_rendering.md", b"\xff\xfe\xfa", "UTF-8"),
        ("text_rendering.md", b"x" * 300_000, "more than"),
        ("notes.txt", b"x", "no skill file"),
    ],
)
def test_a_folder_that_cannot_be_used_is_said_at_once(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message):
        SkillFiles(tmp_path)


def test_what_is_no_folder_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a folder"):
        SkillFiles(tmp_path / "nowhere")
