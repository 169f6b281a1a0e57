"""Components from their names and settings: every role of ``app/roles.py`` is built here, from inside and outside alike.

A component's constructor takes its settings as keyword arguments with types; parameters named in ``HANDED`` are handed in,
and the fields of a ``Grouped`` value are settings like the others.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, PydanticUserError, ValidationError, create_model

from genevolve.app import plugins
from genevolve.app.environment import private_fetching
from genevolve.app.plugins import Found, Plugin, load
from genevolve.app.profile import MemberChoice, Profile
from genevolve.app.roles import IN_PROFILE, LIBRARIES, ROLES, Component
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import SKILLS
from genevolve.core.grouped import Grouped
from genevolve.protocol.detail import Detail
from genevolve.services.secrets import Secrets
from genevolve.store.images import ImageStore

T = TypeVar("T")
HANDED = frozenset(
    {"home", "images", "environ", "libraries", "secrets", "client", "fetcher", "detail", "skill_names", "vocabulary"}
)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What components may ask for by parameter name, beside their own settings. Services are made when first asked for."""

    home: Path
    images: ImageStore
    environ: Mapping[str, str]
    profile: Profile
    libraries: Sequence[str] | None = None
    _made: dict[str, Any] = field(default_factory=dict)
    _built: list[Any] = field(default_factory=list)

    @cached_property
    def policy(self) -> Any:
        return build("policy", self.profile, self)

    @cached_property
    def skills(self) -> Any:
        return build("skills", self.profile, self)

    @property
    def skill_names(self) -> tuple[str, ...]:
        """The skills that the policy may read about."""
        return tuple(getattr(self.skills, "names", SKILLS))

    @property
    def detail(self) -> Detail:
        """How much the policy is told: what the profile says, else what the policy was trained with."""
        if self.profile.episode.detail is not None:
            return self.profile.episode.detail
        try:
            return Detail(getattr(self.policy, "detail", Detail.FULL))
        except UsageError:  # told where the policy itself is built
            return Detail.FULL

    @property
    def vocabulary(self) -> str:
        """What the offline world draws without a reference: what the profile says, else what policies were trained with."""
        return self.profile.vocabulary or "everyday"

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.environ)

    @cached_property
    def client(self) -> Any:
        from genevolve.services.http import new_client

        return new_client()

    @cached_property
    def fetcher(self) -> Any:
        from genevolve.tools.fetch import FetchLimits, ImageFetcher

        caps = self.profile.fetch.model_dump(exclude={"allow_private"}, exclude_none=True)
        return ImageFetcher(store=self.images, allow_private=self.allow_private, limits=FetchLimits(**caps))

    async def fetch(self, url: str) -> str:
        """Download a web image safely into ``images``; its digest."""
        fetched: str = (await self.fetcher.fetch(url)).digest
        return fetched

    @property
    def allow_private(self) -> bool:
        """The laboratory's opt-out: by the profile, or by GENEVOLVE_ALLOW_PRIVATE_FETCH=1."""
        return private_fetching(self.profile.fetch.allow_private, self.environ) is not None

    def made(self, place: str) -> Any:
        """What the class or function ``module:Name`` makes, once for all components of this context that name it."""
        if place not in self._made:
            factory: Any = load(place)
            self._made[place] = factory(**self.handed(inspect.signature(factory).parameters))
        return self._made[place]

    def handed(self, parameters: Iterable[str]) -> dict[str, Any]:
        """Those of ``parameters`` that are handed in, by name."""
        return {name: getattr(self, name) for name in sorted(HANDED & set(parameters))}

    def keep(self, component: T) -> T:
        """``component``, which is closed with this context."""
        self._built.append(component)
        return component

    async def aclose(self) -> None:
        """Close what was opened: components that have ``aclose`` or ``close``, the last first, then the connections."""
        while self._built:
            component = self._built.pop()
            if (aclose := getattr(component, "aclose", None)) is not None:
                await aclose()
            elif (close := getattr(component, "close", None)) is not None:
                close()
        for name in ("client", "fetcher"):
            if name in self.__dict__:
                await getattr(self, name).aclose()


# ---- building ---------------------------------------------------------------------------------------------------------


def build(role: str, profile: Profile, context: Context) -> Any:
    """The component that ``profile`` chooses for ``role``. Raises ``UsageError`` naming the setting that cannot be used."""
    return build_choice(role, profile.choice(role), context, where=f"profile {profile.name}")


def build_choice(role: str, choice: MemberChoice, context: Context, *, where: str) -> Any:
    """As ``build``, for a ``choice`` that stands in no profile; ``where`` says in messages where it stands."""
    found = found_for(role, choice)
    if not _constructs(found.made):
        if choice.settings:
            setting = f"{role}.{min(choice.settings)}"
            raise UsageError(f"{where}: {setting} is set, but {found} is made already and takes no settings")
        return _fitting(found, found.made)
    factory: Any = found.made
    parameters = _parameters(factory)
    given = {name: context.made(place) for name, place in found.component.given.items()}
    asked = set(parameters) - {"detail"} if role == "policy" else parameters  # the detail is the policy's own to say
    handed = {**context.handed(asked), **given}
    own = {name: each for name, each in _flat(parameters).items() if name not in handed}
    settings = _checked(found, choice.settings, own, where)
    try:
        return _fitting(found, context.keep(factory(**gathered(factory, settings), **handed)))
    except (UsageError, ServiceError):
        raise
    except Exception as error:
        if found.plugin is None:
            raise
        raise UsageError(f"{where}: {found} cannot be made ({type(error).__name__}: {error})") from error


def found_for(role: str, choice: MemberChoice) -> Found:
    """The component of ``choice``, imported but not built. Raises ``UsageError``."""
    if choice.given is not None:
        return plugins.found_object(role, choice.member, choice.given)
    return plugins.find(role, choice.member)


def handed_to(role: str, choice: MemberChoice) -> frozenset[str]:
    """What the constructor of a choice asks for by name and is handed in (of ``HANDED``). Raises ``UsageError``."""
    made = found_for(role, choice).made
    return HANDED.intersection(_parameters(made)) if _constructs(made) else frozenset()


def component_of(role: str, choice: MemberChoice) -> Component:
    """What is known of a choice without building it; our own are not even imported. Raises ``UsageError``."""
    own = ROLES[role].components.get(choice.member) if choice.given is None else None
    return own if own is not None else found_for(role, choice).component


def plugin_of(role: str, choice: MemberChoice) -> Plugin | None:
    """Where a component from outside comes from; None for our own. Raises ``UsageError`` where it cannot be imported."""
    own = choice.given is None and choice.member in ROLES[role].components
    return None if own else found_for(role, choice).plugin


def plugins_of(profile: Profile) -> dict[str, Plugin]:
    """The roles of ``profile`` that components from outside play, and where those come from."""
    found = {role: plugin_of(role, profile.choice(role)) for role in IN_PROFILE}
    return {role: plugin for role, plugin in found.items() if plugin is not None}


def user_libraries(home: Path) -> Any:
    """The user's image libraries below ``home`` (``app.library.UserLibraries``). Raises ``UsageError`` where their extra is
    not installed."""
    opened: Any = plugins.ours("image_search", "atlas", LIBRARIES)
    return opened(home)


# ---- settings ---------------------------------------------------------------------------------------------------------


def _constructs(made: object) -> bool:
    return isinstance(made, type) or inspect.isroutine(made)


def _parameters(factory: Any) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(factory).parameters
    except ValueError:  # a class without a constructor of its own, written in C
        return {}


def _flat(parameters: Mapping[str, inspect.Parameter]) -> dict[str, inspect.Parameter]:
    """``parameters`` with the fields of each group in its place."""
    flat: dict[str, inspect.Parameter] = {}
    for name, each in parameters.items():
        group = each.default
        if not isinstance(group, Grouped):
            flat[name] = each
            continue
        for part, said in inspect.signature(type(group)).parameters.items():
            flat[part] = said.replace(annotation=_type(said, type(group)), default=getattr(group, part))
    return flat


def gathered(factory: Callable[..., object], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Flat ``settings`` as the arguments of ``factory``: those of a ``Grouped`` parameter as one value, over its defaults."""
    arguments = dict(settings)
    for name, each in _parameters(factory).items():
        if isinstance(group := each.default, Grouped):
            said = {part: arguments.pop(part) for part in inspect.signature(type(group)).parameters if part in arguments}
            arguments[name] = replace(group, **said)  # type: ignore[type-var]  # every group is a dataclass
    return arguments


def _checked(
    found: Found, settings: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter], where: str
) -> dict[str, Any]:
    """The settings, converted to the types of the constructor. Raises ``UsageError``."""
    role = found.role
    takes = {name: each for name, each in parameters.items() if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)}
    anything = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    for name in settings:
        if name not in takes and not anything:
            known = f"it takes {', '.join(sorted(takes))}" if takes else "it takes none"
            raise UsageError(f"{where}: {role}.{name} is not a setting of {found.name!r}; {known}")
    for name, parameter in takes.items():
        if parameter.default is parameter.empty and name not in settings:
            raise UsageError(f"{where}: {role}.{name} is not set; {found.name!r} needs it")
    return _converted(found, settings, {name: _type(takes[name], found.made) for name in settings if name in takes}, where)


def _converted(found: Found, settings: Mapping[str, Any], types: Mapping[str, Any], where: str) -> dict[str, Any]:
    """``settings`` as ``types``; what has none stays as it is. Raises ``UsageError``."""
    typed: dict[str, Any] = {name: (types.get(name, Any), ...) for name in settings}
    for name, value in settings.items():
        _no_others(f"{where}: {found.role}.{name}", value, types.get(name))
    try:
        model = create_model("Settings", __config__=ConfigDict(arbitrary_types_allowed=True, allow_inf_nan=False), **typed)
        converted = model.model_validate(dict(settings))
    except PydanticUserError as error:
        raise UsageError(f"{where}: {found}: the types of its settings cannot be read ({error.message})") from None
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{where}: {found.role}.{setting} = {first.get('input')!r}: {first['msg']}") from None
    return {name: getattr(converted, name) for name in settings}


def _no_others(setting: str, value: object, kind: Any) -> None:
    """Raises ``UsageError`` for a key of a table that its type has no field for; it would change nothing in silence."""
    if not (isinstance(kind, type) and is_dataclass(kind) and isinstance(value, Mapping)):
        return
    takes = [each.name for each in fields(kind)]
    if unknown := [str(key) for key in value if key not in takes]:
        raise UsageError(f"{setting}.{unknown[0]} is not a setting; {setting.rpartition('.')[2]} takes {', '.join(takes)}")


def _type(parameter: inspect.Parameter, factory: Any) -> Any:
    """The type of a setting; anything where none is written. Types that are written as text are looked up in their module."""
    kind = parameter.annotation
    if kind is parameter.empty:
        return Any
    if not isinstance(kind, str):
        return kind
    module = sys.modules.get(getattr(factory, "__module__", ""))
    try:
        return eval(kind, vars(module) if module else {})
    except Exception:  # a name that is imported for type checkers only
        return Any


# ---- shapes -----------------------------------------------------------------------------------------------------------


def _fitting(found: Found, made: Any) -> Any:
    """``made`` where it has the role's protocol. Raises ``UsageError`` naming what is missing or has another shape."""
    place = ROLES[found.role].protocol
    if place is None:
        return made
    protocol: Any = load(place)
    name = protocol.__name__
    for attribute in inspect.get_annotations(protocol):
        if not hasattr(made, attribute):
            raise UsageError(f"{found} is no {name}: it has no attribute {attribute!r}")
    for method, promised in vars(protocol).items():
        if not method.startswith("_") and inspect.isfunction(promised) and (wrong := _mismatch(made, method, promised)):
            raise UsageError(f"{found} is no {name}: {wrong}")
    return made


def _mismatch(made: object, name: str, promised: Callable[..., Any]) -> str | None:
    """In what the method differs from the one that the protocol promises."""
    method = getattr(made, name, None)
    keyword = "async def" if inspect.iscoroutinefunction(promised) else "def"
    parameters = inspect.signature(promised).parameters
    written = f"`{keyword} {name}({', '.join(parameters)})`"
    if not callable(method):
        return f"it has no method {written}"
    if inspect.iscoroutinefunction(promised) and inspect.ismethod(method) and not inspect.iscoroutinefunction(method):
        return f"{name} must be {written}, not a plain function"
    try:
        inspect.signature(method).bind(*list(parameters)[1:])
    except TypeError:
        return f"{name} must be {written}, but takes {inspect.signature(method)}"
    except ValueError:  # written in C: nothing can be known of it
        return None
    return None
