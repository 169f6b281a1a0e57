"""The one table of roles: what each is for, which protocol it has, and the components that come with the package.

A component of ours is one line in its role; a role is one entry of ``ROLES``. Everything else is read from here: the keys of a
profile, the options of the command line, the limits, who may run in worker processes, and what must be installed. Components
of other packages are found by their entry points (``group``) or written as ``module:Name``; see ``app/plugins.py``.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from functools import partial


@dataclass(frozen=True, slots=True)
class Component:
    """A class of ours (or a function, or a value) that plays a role.

    ``place`` is ``module:Name``. ``extra`` is the extra of the package that it needs. ``service``: it asks a service, so a call
    may cost money. ``parallel``: it computes on one core and remembers nothing between calls. Worker processes have services
    and what is ``parallel`` of their own; of all else there is one for all rows, or on a cluster one for each GPU, where it
    needs one: ``accelerated``.
    ``given``: parameters of its constructor that are made once and handed in, as ``module:Name`` of what makes each.
    """

    place: str
    _: KW_ONLY
    extra: str | None = None
    service: bool = False
    parallel: bool = False
    accelerated: bool = False
    given: Mapping[str, str] = field(default_factory=dict)


class Chosen(StrEnum):
    """How components of a role are chosen: one for each profile, several for each profile, or by a recipe or a command."""

    ONE = "one"
    SEVERAL = "several"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRole:
    """``protocol`` is ``module:Name`` of the protocol that its components have (None: they are checked where they are used).

    ``group`` is the entry-point group of plug-ins. ``title`` is what an option of the command line says of it ("": it has no
    option), ``flags`` are names of that option beside ``--role``. ``limited``: ``limits.ROLE`` holds for its calls. ``stage``
    is where it plays its part: 1 planning, 2 rendering, 3 judging.
    """

    name: str
    protocol: str | None
    group: str
    components: Mapping[str, Component]
    chosen: Chosen = Chosen.ONE
    title: str = ""
    flags: tuple[str, ...] = ()
    limited: bool = True
    stage: int = 1
    judges_programs: bool = False

    @property
    def key(self) -> str:
        """Its key in a profile."""
        return f"{self.name}s" if self.chosen is Chosen.SEVERAL else self.name


_offline = partial(Component, extra="offline")
_service = partial(Component, extra="services", service=True)
_train = partial(Component, extra="train")
_CORE = "genevolve.core.protocols"
_PICTOGRAMS = {
    "knowledge": "genevolve.world.atlas.knowledge:AtlasKnowledge",
    "template": "genevolve.world.atlas.looks:LookLoader",
}

_TABLE = (
    ComponentRole(
        name="policy",
        protocol=f"{_CORE}:Policy",
        group="genevolve.policies",
        title="Who plans",
        components={
            "expert": _offline("genevolve.world.expert:ExpertPolicy", parallel=True),
            "raw": Component("genevolve.policies.raw:RawPolicy", parallel=True),
            "chat": _service("genevolve.policies.chat:ChatPolicy"),
            "local": _train("genevolve.policies.local:LocalPolicy"),
        },
    ),
    ComponentRole(
        name="search",
        protocol=f"{_CORE}:TextSearch",
        group="genevolve.searches",
        title="Where facts are looked up",
        components={
            "atlas": _offline("genevolve.world.atlas.searches:AtlasSearch", parallel=True),
            "serper": _service("genevolve.tools.serper:SerperSearch"),
            "ddgs": _service("genevolve.tools.ddgs:DdgsSearch"),
        },
    ),
    ComponentRole(
        name="image_search",
        protocol=f"{_CORE}:ImageSearch",
        group="genevolve.searches",
        title="Where reference images are looked up",
        components={
            "atlas": _offline("genevolve.world.atlas.searches:AtlasImageSearch", parallel=True),
            "serper": _service("genevolve.tools.serper:SerperImageSearch"),
            "ddgs": _service("genevolve.tools.ddgs:DdgsImageSearch"),
        },
    ),
    ComponentRole(
        name="skills",
        protocol=f"{_CORE}:Skills",
        group="genevolve.skills",
        components={"files": Component("genevolve.tools.skills:SkillFiles", parallel=True)},
    ),
    ComponentRole(
        name="tool",  # what the policy may call
        protocol=None,
        group="genevolve.tools",
        chosen=Chosen.SEVERAL,
        components={
            "search": Component("genevolve.tools.search:SEARCH"),
            "image_search": Component("genevolve.tools.image_search:IMAGE_SEARCH"),
            "query_knowledge": Component("genevolve.tools.skills:query_knowledge"),
            "browse": _service("genevolve.tools.browse:browse"),
            "draft": Component("genevolve.tools.draft:draft", extra="services", parallel=True),
        },
    ),
    ComponentRole(
        name="generator",
        protocol=f"{_CORE}:Generator",
        group="genevolve.generators",
        title="What renders",
        stage=2,
        components={
            "sketch": _offline("genevolve.world.sketch:Sketch", parallel=True),
            "qwen_service": _service("genevolve.generators.qwen_service:QwenEditService"),
            "diffusers": Component("genevolve.generators.diffusers:QwenEditPipeline", extra="diffusers", accelerated=True),
            "klein": Component("genevolve.generators.diffusers:KleinPipeline", extra="diffusers", accelerated=True),
            "gemini": _service("genevolve.generators.gemini:GeminiImage"),
            "openai": _service("genevolve.generators.openai_images:OpenAIImages"),
            "comfyui": _service("genevolve.generators.comfyui:ComfyUI"),
        },
    ),
    ComponentRole(
        name="image_judge",
        protocol=f"{_CORE}:ImageJudge",
        group="genevolve.judges",
        title="Who scores the image",
        flags=("--judge",),
        stage=3,
        components={
            "pixel": _offline("genevolve.world.pixel:PixelJudge", parallel=True, given=_PICTOGRAMS),
            "vlm": _service("genevolve.judges.vlm:VlmJudge"),
        },
    ),
    ComponentRole(
        name="program_judge",
        protocol=f"{_CORE}:ProgramJudge",
        group="genevolve.judges",
        title="Who scores the program",
        stage=3,
        judges_programs=True,
        components={
            "lint": _offline("genevolve.world.lint:LintJudge", parallel=True),
            "llm": _service("genevolve.judges.vlm:LlmJudge"),
        },
    ),
    ComponentRole(
        name="summariser",
        protocol="genevolve.experience.summariser:Summariser",
        group="genevolve.summarisers",
        chosen=Chosen.ELSEWHERE,
        limited=False,
        components={
            "contrast": Component("genevolve.world.contrast.summarise:Contrast"),
            "llm": _service("genevolve.experience.summarise:LlmSummariser"),
        },
    ),
    ComponentRole(
        name="loss",
        protocol="genevolve.train.term:LossTerm",
        group="genevolve.losses",
        chosen=Chosen.ELSEWHERE,
        limited=False,
        components={"sdl": _train("genevolve.train.distillation:self_distillation")},
    ),
    ComponentRole(
        name="embedder",
        protocol="genevolve.experience.embed:Embedder",
        group="genevolve.embedders",
        chosen=Chosen.ELSEWHERE,
        limited=False,
        components={
            "minilm": _train("genevolve.experience.embed:MiniLmEmbedder"),
            "sentence_transformers": _train("genevolve.experience.embed:SentenceTransformerEmbedder"),
        },
    ),
    ComponentRole(
        name="requests",
        protocol="genevolve.data.requests:RequestSource",
        group="genevolve.requests",
        chosen=Chosen.ELSEWHERE,
        limited=False,
        components={
            "atlas": _offline("genevolve.world.recipes.source:AtlasRequests"),
            "everyday": _offline("genevolve.world.recipes.source:EverydayRequests"),
        },
    ),
    ComponentRole(
        name="suite",
        protocol=None,
        group="genevolve.suites",
        chosen=Chosen.ELSEWHERE,
        limited=False,
        components={
            "atlas": _offline("genevolve.world.suites.atlas:atlas_suite"),
            "adaptation": _offline("genevolve.world.suites.adaptation:adaptation_suite"),
            "genevolve": Component("genevolve.bench.suites.public:genevolve_suite"),
            "wise": Component("genevolve.bench.suites.wise:wise_suite"),
            "geneval": _offline("genevolve.world.suites.geneval:geneval_suite"),
            "jsonl": Component("genevolve.bench.suites.public:jsonl_suite"),
        },
    ),
    ComponentRole(
        name="measure",
        protocol=None,
        group="genevolve.measures",
        chosen=Chosen.ELSEWHERE,
        limited=False,
        components={
            "kscore": Component("genevolve.bench.measures.kscore:KScore"),
            "wiscore": Component("genevolve.bench.measures.wiscore:WiScore"),
            "correct": Component("genevolve.bench.measures.correct:Correct"),
        },
    ),
)

ROLES: Mapping[str, ComponentRole] = {role.name: role for role in _TABLE}
IN_PROFILE = tuple(role.name for role in _TABLE if role.chosen is Chosen.ONE)
LIBRARIES = _offline("genevolve.world.atlas.library:Libraries")  # images of the user's own, searched by the atlas

_FIRST_STAGE = {"request": 1, "program": 2, "image": 3}


def roles_between(start: str, until: int) -> tuple[str, ...]:
    """The roles that play a part from ``start`` (request, program or image) to stage ``until``; an image has no program."""
    parts = (ROLES[name] for name in IN_PROFILE)
    return tuple(
        role.name
        for role in parts
        if _FIRST_STAGE[start] <= role.stage <= until and not (role.judges_programs and start == "image")
    )
