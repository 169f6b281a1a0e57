"""GenEvolve: image-generation agents that get better by themselves.

``__all__`` is the contract with programs and plug-ins (docs/plugins.md lists it): the commands as functions, the protocols of
the roles, the values that they take and give, and the errors. Each name is imported when it is first used, so that
``import genevolve`` stays light.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genevolve.app.ablate import ablate as ablate
    from genevolve.app.bench import run_benchmark as run_benchmark
    from genevolve.app.data import BuiltDataset as BuiltDataset
    from genevolve.app.data import DataCheck as DataCheck
    from genevolve.app.data import build_data as build_data
    from genevolve.app.data import check_data as check_data
    from genevolve.app.doctor import Diagnosis as Diagnosis
    from genevolve.app.doctor import doctor as doctor
    from genevolve.app.evolve import evolve as evolve
    from genevolve.app.generate import Generation as Generation
    from genevolve.app.generate import generate as generate
    from genevolve.app.generate import generate_async as generate_async
    from genevolve.app.library import (
        add_library as add_library,
    )
    from genevolve.app.library import (
        list_libraries as list_libraries,
    )
    from genevolve.app.library import (
        remove_library as remove_library,
    )
    from genevolve.app.profile import Profile as Profile
    from genevolve.app.profile import load_profile as load_profile
    from genevolve.app.push import Published as Published
    from genevolve.app.push import push as push
    from genevolve.app.report import write_report as write_report
    from genevolve.app.run import run_file as run_file
    from genevolve.app.run import run_file_async as run_file_async
    from genevolve.app.runs import MadeEntry as MadeEntry
    from genevolve.app.runs import list_runs as list_runs
    from genevolve.app.sft import sft as sft
    from genevolve.app.start import write_profile as write_profile
    from genevolve.app.story import PictureStory as PictureStory
    from genevolve.app.story import picture_story as picture_story
    from genevolve.app.suites import open_suite as open_suite
    from genevolve.bench.measure import Measure as Measure
    from genevolve.bench.suite import Suite as Suite
    from genevolve.bench.suite import SuiteFactory as SuiteFactory
    from genevolve.bench.suite import Uncovered as Uncovered
    from genevolve.core.case import Case as Case
    from genevolve.core.case import Hidden as Hidden
    from genevolve.core.case import Needs as Needs
    from genevolve.core.case import TruthFile as TruthFile
    from genevolve.core.case import TruthImage as TruthImage
    from genevolve.core.case import TruthProgram as TruthProgram
    from genevolve.core.claim import Claim as Claim
    from genevolve.core.errors import (
        AuthError as AuthError,
    )
    from genevolve.core.errors import (
        Notice as Notice,
    )
    from genevolve.core.errors import (
        SafetyRefusal as SafetyRefusal,
    )
    from genevolve.core.errors import (
        ServiceError as ServiceError,
    )
    from genevolve.core.errors import (
        UsageError as UsageError,
    )
    from genevolve.core.event import TextHit as TextHit
    from genevolve.core.event import ToolCall as ToolCall
    from genevolve.core.event import ToolResult as ToolResult
    from genevolve.core.event import Usage as Usage
    from genevolve.core.finding import Checkable as Checkable
    from genevolve.core.finding import Finding as Finding
    from genevolve.core.finding import Status as Status
    from genevolve.core.message import Message as Message
    from genevolve.core.message import Role as Role
    from genevolve.core.picture import Picture as Picture
    from genevolve.core.program import Program as Program
    from genevolve.core.protocols import (
        Generator as Generator,
    )
    from genevolve.core.protocols import (
        ImageCase as ImageCase,
    )
    from genevolve.core.protocols import (
        ImageJudge as ImageJudge,
    )
    from genevolve.core.protocols import (
        ImageSearch as ImageSearch,
    )
    from genevolve.core.protocols import (
        Policy as Policy,
    )
    from genevolve.core.protocols import (
        PolicyCall as PolicyCall,
    )
    from genevolve.core.protocols import (
        ProgramCase as ProgramCase,
    )
    from genevolve.core.protocols import (
        ProgramJudge as ProgramJudge,
    )
    from genevolve.core.protocols import (
        ReferenceImage as ReferenceImage,
    )
    from genevolve.core.protocols import (
        Rendering as Rendering,
    )
    from genevolve.core.protocols import (
        RenderOrder as RenderOrder,
    )
    from genevolve.core.protocols import (
        Reply as Reply,
    )
    from genevolve.core.protocols import (
        Skills as Skills,
    )
    from genevolve.core.protocols import (
        TextSearch as TextSearch,
    )
    from genevolve.core.request import Request as Request
    from genevolve.core.score import (
        Diagnostic as Diagnostic,
    )
    from genevolve.core.score import (
        Dimension as Dimension,
    )
    from genevolve.core.score import (
        ProgramScore as ProgramScore,
    )
    from genevolve.core.score import (
        Score as Score,
    )
    from genevolve.core.score import (
        Unscored as Unscored,
    )
    from genevolve.core.tool import BadCall as BadCall
    from genevolve.core.tool import Desk as Desk
    from genevolve.core.tool import Finds as Finds
    from genevolve.core.tool import Tool as Tool
    from genevolve.data.requests import RequestSource as RequestSource
    from genevolve.experience.bundle import Bundle as Bundle
    from genevolve.experience.embed import Embedder as Embedder
    from genevolve.experience.pairing import Pair as Pair
    from genevolve.experience.summariser import NotSummarised as NotSummarised
    from genevolve.experience.summariser import Summariser as Summariser
    from genevolve.protocol.observations import request_of as request_of
    from genevolve.services.secrets import Secrets as Secrets
    from genevolve.store.images import ImageStore as ImageStore
    from genevolve.tools.fetch import ImageFetcher as ImageFetcher
    from genevolve.train.term import LossTerm as LossTerm
    from genevolve.train.term import TermNeeds as TermNeeds
    from genevolve.train.term import TermRows as TermRows

__version__ = "0.1.0"

_PLACES = {
    "app.ablate": ("ablate",),
    "app.bench": ("run_benchmark",),
    "app.data": ("BuiltDataset", "DataCheck", "build_data", "check_data"),
    "app.doctor": ("Diagnosis", "doctor"),
    "app.evolve": ("evolve",),
    "app.generate": ("Generation", "generate", "generate_async"),
    "app.library": ("add_library", "list_libraries", "remove_library"),
    "app.profile": ("Profile", "load_profile"),
    "app.push": ("Published", "push"),
    "app.report": ("write_report",),
    "app.run": ("run_file", "run_file_async"),
    "app.runs": ("MadeEntry", "list_runs"),
    "app.sft": ("sft",),
    "app.start": ("write_profile",),
    "app.story": ("PictureStory", "picture_story"),
    "app.suites": ("open_suite",),
    "bench.measure": ("Measure",),
    "bench.suite": ("Suite", "SuiteFactory", "Uncovered"),
    "core.case": ("Case", "Hidden", "TruthFile", "TruthImage", "TruthProgram", "Needs"),
    "core.claim": ("Claim",),
    "core.errors": ("AuthError", "Notice", "SafetyRefusal", "ServiceError", "UsageError"),
    "core.event": ("TextHit", "ToolCall", "ToolResult", "Usage"),
    "core.finding": ("Checkable", "Finding", "Status"),
    "core.message": ("Message", "Role"),
    "core.picture": ("Picture",),
    "core.program": ("Program",),
    "core.protocols": (
        "Generator", "ImageCase", "ImageJudge", "ImageSearch", "Policy", "PolicyCall", "ProgramCase", "ProgramJudge",
        "ReferenceImage", "RenderOrder", "Rendering", "Reply", "Skills", "TextSearch",
    ),
    "core.request": ("Request",),
    "core.score": ("Diagnostic", "Dimension", "ProgramScore", "Score", "Unscored"),
    "core.tool": ("BadCall", "Desk", "Finds", "Tool"),
    "data.requests": ("RequestSource",),
    "experience.bundle": ("Bundle",),
    "experience.embed": ("Embedder",),
    "experience.pairing": ("Pair",),
    "experience.summariser": ("NotSummarised", "Summariser"),
    "protocol.observations": ("request_of",),
    "services.secrets": ("Secrets",),
    "store.images": ("ImageStore",),
    "tools.fetch": ("ImageFetcher",),
    "train.term": ("LossTerm", "TermNeeds", "TermRows"),
}  # fmt: skip
_PLACE = {name: place for place, names in _PLACES.items() for name in names}
__all__ = ["__version__", *sorted(_PLACE)]


def __getattr__(name: str) -> object:
    """A name of ``__all__``, imported now."""
    if name not in _PLACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACE[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
