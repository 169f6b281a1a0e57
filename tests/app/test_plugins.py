"""Components from outside: by module:Name, by entry point, as a class or an instance; their mistakes are told as theirs."""

import asyncio
import sys
import textwrap
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from genevolve.app import plugins
from genevolve.app.assemble import describe
from genevolve.app.profile import MemberChoice, chosen_profile, load_profile
from genevolve.app.registry import Context, build, build_choice, component_of, plugins_of
from genevolve.app.roles import IN_PROFILE, ROLES
from genevolve.core.errors import UsageError
from genevolve.core.protocols import PolicyCall, Reply
from genevolve.store.images import ImageStore

BLUNT = '''
from genevolve.core.protocols import Reply

class Blunt:
    """Paints the request as it is."""

    def __init__(self, *, flavour: str = "plain", times: "int" = 1) -> None:
        self.flavour, self.times = flavour, times

    async def reply(self, call):
        return Reply(text=self.flavour)

class Sync(Blunt):
    def reply(self, call):
        return Reply(text="")

class Short(Blunt):
    async def reply(self):
        return Reply(text="")

class Other:
    parallel = True

    async def generate(self, order): ...

class Client(Other):
    offline = False

class Breaks(Blunt):
    def __init__(self):
        raise RuntimeError("no luck")
'''


class Given:
    """An instance that a program hands over."""

    offline = True

    async def reply(self, call: PolicyCall) -> Reply:
        return Reply(text="given")


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [entry for entry in sys.path if entry])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("mine"):
            del sys.modules[name]


@pytest.fixture
def module(workdir: Path) -> Path:
    path = workdir / "mine_blunt.py"
    path.write_text(textwrap.dedent(BLUNT))
    return path


def context(tmp_path: Path) -> Context:
    return Context(home=tmp_path, images=ImageStore(tmp_path), environ={}, profile=load_profile("offline"))


def built(tmp_path: Path, role: str, member: str, **settings: object) -> object:
    choice = MemberChoice.model_validate({"member": member, **settings})
    return build_choice(role, choice, context(tmp_path), where="profile mine")


def test_a_module_of_the_working_directory_is_named(module: Path, tmp_path: Path) -> None:
    made = built(tmp_path, "policy", "mine_blunt:Blunt", flavour="bold", times="3")
    assert (made.flavour, made.times) == ("bold", 3)  # type: ignore[attr-defined]


def test_its_settings_are_checked_like_our_own(module: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"policy\.flavor is not a setting of 'mine_blunt:Blunt'; it takes flavour, times"):
        built(tmp_path, "policy", "mine_blunt:Blunt", flavor="bold")
    with pytest.raises(UsageError, match=r"policy\.times = 'many'"):
        built(tmp_path, "policy", "mine_blunt:Blunt", times="many")


@pytest.mark.parametrize(
    ("role", "member", "said"),
    [
        ("policy", "mine_blunt:Sync", r"policy 'mine_blunt:Sync' .*no Policy: reply must be `async def reply\(self, call\)`"),
        ("policy", "mine_blunt:Short", r"reply must be `async def reply\(self, call\)`, but takes \(\)"),
        ("policy", "mine_blunt:Other", r"is no Policy: it has no method `async def reply\(self, call\)`"),
        ("policy", "mine_blunt:Breaks", r"mine_blunt:Breaks.* cannot be made \(RuntimeError: no luck\)"),
        ("policy", "mine_blunt:Blund", r"has no 'Blund'; did you mean 'Blunt'\?"),
        (
            "generator",
            "mine_nowhere:X",
            r"generator 'mine_nowhere:X': there is no module 'mine_nowhere', neither installed nor",
        ),
        ("policy", "mine_broken:X", r"policy 'mine_broken:X': mine_broken cannot be imported \(ZeroDivisionError"),
        ("policy", "mine_needy:X", r"policy 'mine_needy:X': mine_needy needs the package 'not_there_at_all'"),
        ("policy", "mine blunt:X", r"is not of the form module:Name"),
        ("policy", "expret", r"choose one of expert, raw, chat, local; did you mean 'expert'\?"),
    ],
)
def test_what_is_wrong_with_it_is_said(module: Path, tmp_path: Path, role: str, member: str, said: str) -> None:
    (tmp_path / "mine_broken.py").write_text("1 / 0\n")
    (tmp_path / "mine_needy.py").write_text("import not_there_at_all\n")
    with pytest.raises(UsageError, match=said):
        built(tmp_path, role, member)


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, distribution: str, points: str) -> None:
    """A plug-in as an installer leaves it: ``points`` are its entry points."""
    info = folder / f"{distribution.replace('-', '_')}-1.2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(textwrap.dedent(points))
    monkeypatch.syspath_prepend(str(folder))


def test_entry_points_are_names(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = """
        [genevolve.policies]
        blunt = mine_blunt:Blunt
        expert = mine_blunt:Blunt
        [genevolve.generators]
        other = mine_blunt:Other
        client = mine_blunt:Client
    """
    install(tmp_path, monkeypatch, "mine-blunt", points)
    assert plugins.names("policy") == ("expert", "raw", "chat", "local", "blunt")
    assert built(tmp_path, "policy", "blunt", flavour="x").flavour == "x"  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match=r"did you mean 'blunt'\?"):
        built(tmp_path, "policy", "blund")
    with pytest.raises(UsageError, match=r"policy\.no is not a setting of 'blunt'"):
        built(tmp_path, "policy", "blunt", no=1)
    profile = load_profile("offline", {"policy": "blunt", "generator": "other"})
    known = {name: component_of("generator", MemberChoice(member=name)) for name in ("other", "client")}
    assert known["other"].parallel and known["client"].parallel
    assert (known["other"].service, known["client"].service) == (False, True)
    assert component_of("policy", profile.choice("policy")).service, "what says nothing of itself may cost money"
    about = describe(profile)
    assert about["plugins"]["policy"] == {"place": "mine_blunt:Blunt", "distribution": "mine-blunt", "version": "1.2"}
    assert list(plugins.shadowed("policy")) == ["mine-blunt brings 'expert'"]
    assert type(build("policy", load_profile("offline"), context(tmp_path))).__module__.startswith("genevolve.")


def test_a_name_of_two_plugins_is_not_guessed(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "a", monkeypatch, "mine-a", "[genevolve.policies]\nblunt = mine_blunt:Blunt\n")
    install(tmp_path / "b", monkeypatch, "mine-b", "[genevolve.policies]\nblunt = mine_blunt:Sync\n")
    with pytest.raises(UsageError, match=r"name of two plug-ins.*mine_blunt:Blunt of mine-a or mine_blunt:Sync of mine-b"):
        built(tmp_path, "policy", "blunt")


def test_classes_and_instances_are_taken(tmp_path: Path) -> None:
    given = Given()
    profile = load_profile("offline", {"policy": given})
    assert build("policy", profile, context(tmp_path)) is given
    assert profile.choice("policy").member == f"{__name__}:Given"
    assert profile.model_dump(mode="json")["policy"] == {"member": f"{__name__}:Given"}
    assert isinstance(build("policy", load_profile("offline", {"policy": Given}), context(tmp_path)), Given)
    replaced = chosen_profile(load_profile("paper"), {"policy": given})
    assert replaced.choice("policy").given is given and replaced.choice("generator").settings["urls"]
    assert plugins_of(profile)["policy"].place == f"{__name__}:Given"
    with pytest.raises(UsageError, match=r"polcy is not a role of a profile: did you mean 'policy'\?"):
        load_profile("offline", {"polcy": given})


def test_our_own_class_may_be_given_too(tmp_path: Path) -> None:
    from genevolve.policies.raw import RawPolicy

    profile = load_profile("offline", {"policy": RawPolicy()})
    assert plugins_of(profile) == {}
    assert "plugins" not in describe(profile)


def test_every_role_of_a_profile_has_a_protocol_whose_members_fit() -> None:
    for role in ROLES.values():
        assert role.protocol is None or plugins.load(role.protocol)
        for name in role.components:
            assert plugins.find(role.name, name).made is not None
    assert set(IN_PROFILE) <= set(ROLES)


def test_a_policy_may_have_a_setting_called_detail(tmp_path: Path) -> None:
    class Detailed(Given):
        def __init__(self, detail: str = "brief") -> None:
            self.detail = detail

    made = context(tmp_path)
    assert build("policy", load_profile("offline", {"policy": Detailed}), made).detail == "brief"


def test_what_was_built_is_closed_and_what_was_given_is_not(tmp_path: Path) -> None:
    closed: list[str] = []

    class Closing(Given):
        def close(self) -> None:
            closed.append("close")

    class ClosingLater(Closing):
        async def aclose(self) -> None:
            closed.append("aclose")

    for given in (Closing, ClosingLater, Closing()):
        made = context(tmp_path)
        build("policy", load_profile("offline", {"policy": given}), made)
        asyncio.run(made.aclose())
    assert closed == ["close", "aclose"]


GROUPED = """
from dataclasses import dataclass
from typing import Literal
from genevolve.core.grouped import Grouped

@dataclass(frozen=True, slots=True, kw_only=True)
class Ink(Grouped):
    colour: "Literal['red', 'blue']" = "red"
    drops: int = 1

class Writer:
    def __init__(self, *, ink: Ink = Ink(drops=7), tone: str = "plain") -> None:
        self.ink = ink

    async def reply(self, call):
        raise AssertionError
"""


def test_settings_that_travel_as_one_value_are_written_flat(workdir: Path) -> None:
    """A component's own defaults hold for what is not written; messages name the flat key."""
    (workdir / "mine_grouped.py").write_text(GROUPED)

    def ink(**settings: object) -> tuple[str, int]:
        made: Any = built(workdir, "policy", "mine_grouped:Writer", **settings)
        return made.ink.colour, made.ink.drops

    assert (ink(), ink(colour="blue", tone="x"), ink(drops="3")) == (("red", 7), ("blue", 7), ("red", 3))
    for settings, said in (
        ({"drops": "many"}, r"policy\.drops = 'many'"),
        ({"colour": "green"}, r"policy\.colour = 'green'"),
        ({"ink": 1}, r"policy\.ink is not a setting of 'mine_grouped:Writer'; it takes colour, drops, tone"),
    ):
        with pytest.raises(UsageError, match=said):
            ink(**settings)


def test_what_is_installed_is_listed_once(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a second on a machine with hundreds of packages; a profile may name a component for each role."""
    listed: list[str] = []

    def packages_distributions() -> dict[str, list[str]]:
        listed.append("")
        return {}

    monkeypatch.setattr(metadata, "packages_distributions", packages_distributions)
    plugins._installed.cache_clear()
    world: Any = Kept()
    describe(load_profile("offline", {"policy": world, "generator": world, "image_judge": world, "search": world}))
    assert len(listed) == 1
    plugins._installed.cache_clear()


class Kept:
    async def reply(self, call: PolicyCall) -> Reply:
        raise AssertionError
