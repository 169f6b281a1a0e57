"""Profiles: strict reading, inheritance, and members built by name with settings and what they ask for."""

from pathlib import Path

import pytest

from genevolve.app.profile import PROFILES, load_profile
from genevolve.app.registry import Context, build
from genevolve.app.roles import IN_PROFILE, ROLES
from genevolve.core.errors import UsageError
from genevolve.core.event import Boundary
from genevolve.store.images import ImageStore


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return str(path)


def context(tmp_path: Path, profile: str, **environ: str) -> Context:
    return Context(home=tmp_path, images=ImageStore(tmp_path), environ=environ, profile=load_profile(profile))


@pytest.mark.parametrize("name", PROFILES.shipped())
def test_built_in_profiles_are_valid(name: str) -> None:
    profile = load_profile(name)
    for role in IN_PROFILE:
        assert profile.choice(role).member in ROLES[role].components


def test_the_teacher_works_in_the_world_of_its_student() -> None:
    student, teacher = load_profile("laptop"), load_profile("careless")
    assert (student.policy.member, teacher.policy.member) == ("local", "expert")
    assert teacher.policy.settings == {"lapse": 0.3}
    assert teacher.episode == student.episode and teacher.image_search == student.image_search
    assert student.image_search.settings == {"order": "mixed"}


def test_directories_from_before_are_gone_on_with() -> None:
    """What ``run.json`` of commit f7a0aec holds of a profile is what it would hold now, to the last key."""
    shown = load_profile("offline").model_dump(mode="json")
    members = {"policy": "expert", "search": "atlas", "image_search": "atlas", "skills": "files", "generator": "sketch"}
    judges = {"image_judge": "pixel", "program_judge": "lint"}
    caps = dict.fromkeys(("max_bytes", "max_pixels", "max_side", "max_redirects", "timeout"))
    assert shown == {
        "name": "offline",
        **{role: {"member": member} for role, member in (members | judges).items()},
        "episode": {"max_tool_calls": 10, "max_turns": 11, "max_references": 2, "system_prompt": None, "detail": None},
        "cache": {"mode": "read", "folder": None},
        "fetch": {"allow_private": False, **caps},
        "traffic": {"max_concurrency": 512},
        "limits": {},
    }


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(UsageError, match=r"careless, comfyui, .*laptop, offline, .*paper.*did you mean 'laptop'"):
        load_profile("laptap")


def test_a_file_extends_another_profile(tmp_path: Path) -> None:
    name = written(tmp_path, 'extends = "paper"\n[policy]\ntemperature = 0.1\n[generator]\nmember = "sketch"\n')
    profile = load_profile(name)
    assert profile.policy.member == "chat" and profile.policy.settings["temperature"] == 0.1
    assert profile.policy.settings["top_p"] == 0.9, "settings of the same member are kept"
    assert profile.generator.settings == {}, "settings of another member are not"
    assert profile.limits[Boundary.GENERATOR].max_concurrency == 8


def test_single_members_are_replaced() -> None:
    profile = load_profile("paper", {"generator": "sketch", "policy": "chat"}, cache="replay")
    assert profile.generator.member == "sketch" and profile.generator.settings == {}
    assert profile.policy.settings["temperature"] == 0.6
    assert profile.cache.mode == "replay"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[policy\n", "TOML"),
        ('extends = "offline"\n[polcy]\nmember = "raw"\n', "polcy"),
        ('extends = "offline"\n[episode]\nmax_turns = 0\n', "max_turns"),
        ('extends = "offline"\n[limits.policy]\nmax_attempts = 0\n', "max_attempts"),
        ('extends = "offline"\n[limits.weather]\nmax_attempts = 1\n', "weather"),
        ('extends = "offline"\n[cache]\nmode = "sometimes"\n', "cache.mode"),
        ("extends = 3\n", "extends"),
        ('[policy]\nmember = "raw"\n', "search"),
    ],
)
def test_mistakes_in_files_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_profile(written(tmp_path, text))


def test_a_circle_of_profiles_is_named(tmp_path: Path) -> None:
    name = str(tmp_path / "mine.toml")
    written(tmp_path, f'extends = "{name}"\n')
    with pytest.raises(UsageError, match="circle"):
        load_profile(name)


def test_unknown_profile_and_member_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no built-in profile"):
        load_profile("papre")
    profile = load_profile("offline", {"policy": "expret"})
    with pytest.raises(UsageError, match="did you mean 'expert'"):
        build("policy", profile, context(tmp_path, "offline"))


def test_settings_are_checked_by_name_and_type(tmp_path: Path) -> None:
    profile = load_profile(written(tmp_path, 'extends = "offline"\n[policy]\nmember = "expert"\nsearches = true\n'))
    with pytest.raises(UsageError, match=r"policy\.searches is not a setting"):
        build("policy", profile, context(tmp_path, "offline"))
    profile = load_profile(written(tmp_path, 'extends = "offline"\n[policy]\nmember = "expert"\nsearch = "perhaps"\n'))
    with pytest.raises(UsageError, match=r"policy\.search = 'perhaps'"):
        build("policy", profile, context(tmp_path, "offline"))


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    profile = load_profile("paper", {"generator": "gemini"})
    with pytest.raises(UsageError, match="GOOGLE_API_KEY or GEMINI_API_KEY"):
        build("generator", profile, context(tmp_path, "paper"))


def test_the_judge_does_not_fall_back_to_the_policys_server(tmp_path: Path) -> None:
    environ = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-policy-key", "GENEVOLVE_MODEL": "m"}
    with pytest.raises(UsageError, match=r"image_judge"):
        build("image_judge", load_profile("paper"), context(tmp_path, "paper", **environ))


def test_private_fetching_is_off_by_default(tmp_path: Path) -> None:
    assert not context(tmp_path, "paper").allow_private
    assert context(tmp_path, "paper", GENEVOLVE_ALLOW_PRIVATE_FETCH="1").allow_private
    opened = written(tmp_path, 'extends = "paper"\n[fetch]\nallow_private = true\n')
    assert context(tmp_path, opened).allow_private
