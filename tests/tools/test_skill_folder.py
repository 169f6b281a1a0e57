"""The skills tool: our own texts, and a user's in place of single ones."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from genevolve.app.assemble import assemble
from genevolve.app.profile import load_profile
from genevolve.core.detail import Detail
from genevolve.core.episode import Limits
from genevolve.core.errors import UsageError
from genevolve.core.event import SKILLS
from genevolve.core.tool import Toolbox
from genevolve.protocol.parse import parse
from genevolve.protocol.render import default_system_prompt
from genevolve.store.images import ImageStore
from genevolve.tools.skills import SkillFiles
from genevolve.tools.standard import STANDARD
from tests.conftest import tool_call

DIGESTS = ["bcd22e2c7074208d", "a03e67ee0500e0b2", "a6a362852e5ffd45", "4d5c3c419d78291a"]


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


def test_a_ninth_skill_is_one_file(tmp_path: Path) -> None:
    """A file with a name of its own is a skill that the policy is offered, beside the eight."""
    (tmp_path / "glass_and_water.md").write_text("Say what is behind the glass.\n")
    (tmp_path / "brief").mkdir()
    (tmp_path / "brief" / "glass_and_water.md").write_text("Name what is behind.\n")
    skills = SkillFiles(tmp_path)
    assert skills.names == (*SKILLS, "glass_and_water")
    assert asyncio.run(skills.guidance("glass_and_water")) == "Say what is behind the glass."
    assert asyncio.run(SkillFiles(tmp_path, Detail.BRIEF).guidance("glass_and_water")) == "Name what is behind."
    profile = tmp_path / "p.toml"
    profile.write_text(f'extends = "offline"\n[skills]\nfolder = "{tmp_path}"\n')

    async def offered() -> Toolbox:
        async with assemble(load_profile(str(profile)), ImageStore(tmp_path)) as run:
            assert "glass_and_water" in run.system
            return run.tools

    box = asyncio.run(offered())
    assert parse(tool_call("query_knowledge", '{"skill_name": "glass_and_water"}'), box).kind == "tool_call"
    assert parse(tool_call("query_knowledge", '{"skill_name": "glass_and_water"}'), STANDARD).kind == "malformed"


def test_the_prompt_of_the_eight_is_what_adapters_were_trained_on() -> None:
    """Digests of the system prompts of f7a0aec; who changes them needs other adapters."""
    prompts = [
        default_system_prompt(Limits(), STANDARD),
        default_system_prompt(Limits(), STANDARD, native_tools=True),
        default_system_prompt(Limits(), STANDARD, detail=Detail.BRIEF),
        json.dumps([tool.schema for tool in STANDARD]),
    ]
    assert [hashlib.sha256(prompt.encode()).hexdigest()[:16] for prompt in prompts] == DIGESTS
