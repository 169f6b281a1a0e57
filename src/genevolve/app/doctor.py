"""Whether a profile can be run: every member is built and asked to check itself, and settings that contradict each other."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from genevolve.app.arguments import checked
from genevolve.app.blocking import waited_for
from genevolve.app.environment import cache_folders, environment, home, private_fetching
from genevolve.app.plugins import shadowed
from genevolve.app.profile import MemberChoice, Profile, chosen_profile
from genevolve.app.registry import Context, build_choice, component_of, plugin_of
from genevolve.app.roles import IN_PROFILE, ROLES, Component
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.finding import Checkable, Finding, Status, failed, ok, skipped, warning
from genevolve.store.images import ImageStore
from genevolve.store.user_file import expanded
from genevolve.tools.cache import CacheMode

_LITTLE_SPACE = 1024**3  # bytes
_PATIENCE = 120.0  # seconds for a member that makes no call
_REVIEWER = "reviewer"
_PRICED = ("policy", "search", "image_search", "generator", "image_judge", "program_judge")  # that may have a price


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRole:
    """A finding and what it is about: a role with its member, or something that all share."""

    about: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What ``doctor`` found about a profile, role by role. ``well``: nothing must be fixed before a run."""

    profile: str
    found: tuple[CheckedRole, ...]

    @property
    def well(self) -> bool:
        return all(each.finding.status is not Status.FAILED for each in self.found)


@checked
def doctor(
    profile: str | Profile = "offline",
    *,
    out: Path | str = "runs",
    call: bool = False,
    cache: str | None = None,
    rounds: int | None = None,
    takes: int | None = None,
    reviewer: object = None,
    **members: object,
) -> Diagnosis:
    """Check every component of ``profile``: packages, keys, addresses, models, folders, settings that contradict each other.

    ``call`` also makes one small real call to each service, which may cost money (``paid_members`` says where). ``out`` is
    where runs will be written. ``members`` replaces single components, as in ``generate``. Raises ``UsageError`` for a profile
    that cannot be read; everything else is a finding.
    """
    chosen = chosen_profile(profile, members, cache=cache, rounds=rounds, takes=takes, reviewer=reviewer)
    return Diagnosis(profile=chosen.name, found=tuple(waited_for(examine(chosen, Path(out), call=call))))


async def examine(profile: Profile, out: Path, *, call: bool = False) -> list[CheckedRole]:
    """Everything that was found, member by member; keys are taken out. ``out`` is where runs will be written."""
    environ = environment()
    with tempfile.TemporaryDirectory(prefix="genevolve-doctor-") as scratch:
        context = Context(home=home(environ), images=ImageStore(Path(scratch)), environ=environ, profile=profile)
        members, found = _built(profile, context)
        try:
            checked = await asyncio.gather(*(_check(role, member, profile, call) for role, member in members.items()))
            found += [each for group in checked for each in group]
        finally:
            await context.aclose()
    order = tuple(_seats(profile))
    found.sort(key=lambda each: order.index(each.about.split(":")[0]))
    found += [CheckedRole(about="packages", finding=each) for each in _packages(profile)]
    found += [CheckedRole(about="folders", finding=each) for each in _folders(profile, environ, out)]
    found += [CheckedRole(about="settings", finding=each) for each in _settings(profile, members, environ)]
    redact = context.secrets.redact
    return [replace(each, finding=_redacted(each.finding, redact)) for each in found]


def paid_members(profile: Profile) -> list[str]:
    """The members that a call may cost money."""
    asking = ((name, seat) for name, seat in _seats(profile).items() if (known := _known(seat)) and known.service)
    return [f"{name} {seat.choice.member}" for name, seat in asking]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seat:
    """A place of a profile that a component takes."""

    role: str
    choice: MemberChoice


def _seats(profile: Profile) -> dict[str, _Seat]:
    """Every one by its name: the roles, and the reviewer, who is an image judge."""
    seats = {role: _Seat(role=role, choice=profile.choice(role)) for role in IN_PROFILE}
    if profile.reviewer is not None:
        seats[_REVIEWER] = _Seat(role="image_judge", choice=profile.reviewer)
    return seats


def _known(seat: _Seat) -> Component | None:
    """Its component, None where it cannot be found: that is told where it is built."""
    try:
        return component_of(seat.role, seat.choice)
    except UsageError:
        return None


def _redacted(finding: Finding, redact: Any) -> Finding:
    return replace(finding, what=redact(finding.what), fix=redact(finding.fix))


def _built(profile: Profile, context: Context) -> tuple[dict[str, Any], list[CheckedRole]]:
    """Every member that can be built; for the others why not."""
    members: dict[str, Any] = {}
    found: list[CheckedRole] = []
    for name, seat in _seats(profile).items():
        about = f"{name}: {seat.choice.member}"
        where = f"profile {profile.name}" if name == seat.role else f"profile {profile.name}: {name}"
        try:
            members[name] = build_choice(seat.role, seat.choice, context, where=where)
            if (plugin := plugin_of(seat.role, seat.choice)) is not None:
                found.append(CheckedRole(about=about, finding=ok(f"it is {plugin}")))
        except (UsageError, ServiceError) as problem:
            found.append(CheckedRole(about=about, finding=failed(str(problem), _hint(str(problem), name))))
        except Exception as error:
            broken = failed(f"it cannot be made ({type(error).__name__}: {error})", f"see [{name}] in the profile")
            found.append(CheckedRole(about=about, finding=broken))
    return members, found


def _hint(message: str, role: str) -> str:
    if command := re.search(r"pip install '[^']+'", message):
        return command[0]
    if variables := re.search(r"environment variable ([A-Z_]+(?: or [A-Z_]+)*)", message):
        return f"export {variables[1]}=…"
    return f"correct [{role}] in the profile"


async def _check(name: str, member: Any, profile: Profile, call: bool) -> list[CheckedRole]:
    about = f"{name}: {_seats(profile)[name].choice.member}"
    return [CheckedRole(about=about, finding=each) for each in await _findings(name, member, profile, call)]


async def _findings(role: str, member: Any, profile: Profile, call: bool) -> Sequence[Finding]:
    if role in ("search", "image_search") and hasattr(member, "identity") and profile.cache.mode is CacheMode.REPLAY:
        return [skipped("not needed: the cache mode replay never goes out")]
    if not isinstance(member, Checkable):
        return [ok("ready; it needs no service")]
    try:
        async with asyncio.timeout(None if call else _PATIENCE):
            return await member.check(call=call)
    except TimeoutError:
        return [failed(f"the check did not end in {_PATIENCE:g} s")]
    except Exception as error:
        return [failed(f"the check broke off ({type(error).__name__}: {error})")]


def _packages(profile: Profile) -> Iterator[Finding]:
    """Whether the extras that the members need are installed whole."""
    components = map(_known, _seats(profile).values())
    for extra in sorted({each.extra for each in components if each is not None and each.extra is not None}):
        absent = [name for name in _required(extra) if not _installed(name)]
        if absent:
            yield failed(f"missing: {', '.join(absent)}", f"pip install 'genevolve[{extra}]'")
        else:
            yield ok(f"genevolve[{extra}] is installed")
    for role in ROLES:
        for told in shadowed(role):
            said = f"{told} as {role}, but a component of this package has that name"
            yield warning(said, "choose it as module:Name")


def _required(extra: str) -> list[str]:
    wanted = re.compile(rf"extra\s*==\s*['\"]{extra}['\"]")
    lines = metadata.requires("genevolve") or []
    return [re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0] for line in lines if wanted.search(line)]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _folders(profile: Profile, environ: Mapping[str, str], out: Path) -> Iterator[Finding]:
    yield _folder("GENEVOLVE_HOME", home(environ))
    yield _folder("--out", out)
    searches = (_known(seat) for name, seat in _seats(profile).items() if name in ("search", "image_search"))
    if not any(each is not None and each.service for each in searches) or profile.cache.mode is CacheMode.OFF:
        return
    answers, images = cache_folders(environ, profile.cache.folder)
    written = profile.cache.mode is not CacheMode.REPLAY
    yield _folder("cache.folder", answers, written=written)
    if images.parent != answers:
        yield _folder("IMAGE_DOWNLOAD_DIR", images, written=written)


def _folder(setting: str, folder: Path, *, written: bool = True) -> Finding:
    """Whether ``folder`` can be written to, or made; nothing is left behind."""
    if not written:
        return ok(f"{folder} is there") if folder.is_dir() else failed(f"{folder} is not there", f"correct {setting}")
    nearest = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=nearest, prefix=".genevolve-doctor-"):
            pass
        free = shutil.disk_usage(nearest).free
    except OSError as error:
        return failed(f"{folder} cannot be written to ({error.strerror})", f"choose another folder with {setting}")
    if free < _LITTLE_SPACE:
        return warning(f"{folder}: only {free / 1024**2:,.0f} MiB are free on this disk", f"choose another disk with {setting}")
    return ok(f"{folder} can be written to")


def _settings(profile: Profile, members: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[Finding]:
    """What is possible but hardly meant."""
    if where := private_fetching(profile.fetch.allow_private, environ):
        yield warning("images are fetched from private networks too", f"unset {where} unless you keep an image store there")
    if profile.episode.system_prompt is not None and not expanded(profile.episode.system_prompt).is_file():
        shown = profile.episode.system_prompt
        yield failed(f"episode.system_prompt = {shown!r} is not a file", "correct it in the profile")
    yield from _judges(profile, members)
    yield from _references(profile, members)
    yield from _budgets(profile)


def _judges(profile: Profile, members: Mapping[str, Any]) -> Iterator[Finding]:
    policy = getattr(members.get("policy"), "endpoint", None)
    for role in ("image_judge", "program_judge", _REVIEWER):
        judge = getattr(members.get(role), "endpoint", None)
        if policy is None or judge is None or policy.settings.model != judge.settings.model:
            continue
        if policy.settings.base_url.rstrip("/") == judge.settings.base_url.rstrip("/"):
            said = f"{role} asks the policy's own model ({judge.settings.model}), which then judges itself"
            yield warning(said, f"choose another model with {role}.model")
    if profile.reviewer is not None and (profile.episode.rounds or 1) == (profile.episode.takes or 1) == 1:
        yield warning("a reviewer is chosen, but there is one round: nobody asks it", "set episode.rounds to 2 or more")
    if profile.image_judge.member == "pixel" and profile.generator.member != "sketch":
        yield warning(
            "the pixel judge knows pictograms, not photographs: it says little about images of this generator",
            'choose member = "vlm" for [image_judge]',
        )


def _references(profile: Profile, members: Mapping[str, Any]) -> Iterator[Finding]:
    most = getattr(members.get("generator"), "max_references", None)
    episode = profile.episode
    if isinstance(most, int) and episode.max_references > most and "max_references" in episode.model_fields_set:
        said = f"episode.max_references is {episode.max_references}, but {profile.generator.member} takes at most {most}"
        yield failed(f"{said}; every run is refused", f"set episode.max_references to {most} or less")


def _budgets(profile: Profile) -> Iterator[Finding]:
    for boundary, limits in profile.limits.items():
        role = str(boundary)
        if limits.budget_money is None or role not in IN_PROFILE:
            continue
        if role not in _PRICED or not profile.choice(role).settings.get("price"):
            said = f"limits.{role}.budget_money is set, but no price is: nothing is ever counted as spent"
            yield warning(said, f"set {role}.price" if role in _PRICED else f"use limits.{role}.budget_calls")
