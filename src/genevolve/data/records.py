"""The rows of a data set as records, one for each thing that a stage writes; JSON only at the edges, in a fixed order.

A request becomes a prompt (``Prompt``), a policy's work on it a trajectory (``Collected``), and from there a ``TrajectoryRow``
grows: it gets the marks of the audit, then a ground truth, then its split. Fields that these stages do not know are carried.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from genevolve.core.case import TruthProgram
from genevolve.core.claim import Claim
from genevolve.data.claims_json import claims_to_json
from genevolve.data.labels import Labels
from genevolve.data.splits import Split
from genevolve.run.result import judged_by

Json = dict[str, object]  # a JSON object


class StageRow(Protocol):
    """A row of a stage's file."""

    def to_json(self) -> Json: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RowId:
    """A row of which only the id is known: one that is counted and has nothing to carry."""

    id: str = ""

    def to_json(self) -> Json:
        return {"id": self.id} if self.id else {}


def text(value: object) -> str:
    return "" if value is None else str(value)


def json_object(value: object) -> Json:
    return dict(value) if isinstance(value, Mapping) else {}


def objects(value: object) -> tuple[Json, ...]:
    return tuple(dict(entry) for entry in value if isinstance(entry, Mapping)) if isinstance(value, list | tuple) else ()


def whole(value: object, default: int = 0) -> int:
    return value if isinstance(value, int) else default


def number(value: object) -> float:
    """Raises ``ValueError`` for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a number")
    return value


def _split(value: object) -> Split | None:
    return Split(value) if isinstance(value, str) and value in {*Split} else None


# ---- prompts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeKnowledge:
    """The field ``hidden`` of a row: what judges may know and agents may not. ``recipe`` and ``claims`` are as they lie in
    files, ``answers`` what an agent has to find out; None where the request came without."""

    recipe: object | None = None
    claims: object | None = None
    program: Json | None = None
    answers: tuple[str, ...] | None = None

    @classmethod
    def of(cls, recipe: object, claims: Iterable[Claim], truth: TruthProgram, answers: tuple[str, ...]) -> "RecipeKnowledge":
        program: Json = {"prompt": truth.prompt, "references": list(truth.references)}
        return cls(recipe=recipe, claims=claims_to_json(claims), program=program, answers=answers)

    @classmethod
    def from_json(cls, value: object) -> "RecipeKnowledge":
        told = json_object(value)
        answers, program = told.get("answers"), told.get("program")
        return cls(
            recipe=told.get("recipe"),
            claims=told.get("claims"),
            program=json_object(program) if program is not None else None,
            answers=tuple(map(str, answers)) if isinstance(answers, list) else None,
        )

    def to_json(self) -> Json:
        answers = list(self.answers) if self.answers is not None else None
        told = {"recipe": self.recipe, "claims": self.claims, "program": self.program, "answers": answers}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A request of the data set: drawn (``prompt`` is empty until its recipe is worded) or the user's own.

    ``provenance`` says what made it, in the order in which that happened.
    """

    id: str
    prompt: str = ""
    split: Split | None = None
    labels: Labels = field(default_factory=Labels)
    entities: tuple[str, ...] = ()
    seed: int | None = None
    hidden: RecipeKnowledge = RecipeKnowledge()
    provenance: Json = field(default_factory=dict)
    more: Json = field(default_factory=dict)

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> "Prompt":
        entities, seed = row.get("entities"), row.get("seed")
        return cls(
            id=text(row.get("id")),
            prompt=said if isinstance(said := row.get("prompt"), str) else "",
            split=_split(row.get("view")),
            labels=Labels(**{name: text(row.get(name)) for name in _LABELS}),
            entities=tuple(map(str, entities)) if isinstance(entities, list) else (),
            seed=whole(seed) if seed is not None else None,
            hidden=RecipeKnowledge.from_json(row.get("hidden")),
            provenance=json_object(row.get("provenance")),
            more={name: value for name, value in row.items() if name not in _PROMPT_FIELDS},
        )

    def to_json(self) -> Json:
        return {
            "id": self.id,
            **self.carried(),
            **({"seed": self.seed} if self.seed is not None else {}),
            "hidden": self.hidden.to_json(),
            "provenance": self.provenance,
        }

    def carried(self) -> Json:
        """What every later row says of its prompt, beside what is hidden."""
        said: Json = {"prompt": self.prompt} if self.prompt else {}
        split: Json = {"view": self.split.value} if self.split is not None else {}
        return {**said, **split, **self.labels.to_json(), "entities": list(self.entities), **self.more}


_LABELS = ("eval_type", "category", "difficulty")
_PROMPT_FIELDS = {"id", "prompt", "view", *_LABELS, "entities", "seed", "hidden", "provenance"}


# ---- trajectories -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A message as the policy's endpoint got it; ``images`` are digests in the image store. ``context``: a reply that is shown
    and not imitated (``"weight": 0``, as in OpenAI's format for fine-tuning)."""

    role: str
    content: str
    images: tuple[str, ...] = ()
    context: bool = False

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> "Spoken":
        images = value.get("images")
        listed = tuple(map(str, images)) if isinstance(images, list) else ()
        context = value.get("weight") == 0
        return cls(role=text(value.get("role")), content=text(value.get("content")), images=listed, context=context)

    def to_json(self) -> Json:
        weight: Json = {"weight": 0} if self.context else {}
        return {"role": self.role, "content": self.content, "images": list(self.images), **weight}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A policy's work on a prompt, kept whole. ``error`` is set when the teacher or its endpoint failed; ``messages`` is None
    when it never began. ``program`` and ``references`` are as result rows hold them; ``made_by`` names teacher and profile,
    ``degraded`` what no service gave it.
    """

    id: str
    prompt_id: str
    seed: int = 0
    termination: str | None = None
    error: str | None = None
    rounds: int = 0
    tool_calls: int = 0
    messages: tuple[Spoken, ...] | None = None
    program: Json | None = None
    references: tuple[Json, ...] = ()
    usage: Json = field(default_factory=dict)
    made_by: Json = field(default_factory=dict)
    degraded: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> "Collected":
        messages, program, degraded = row.get("messages"), row.get("program"), row.get("degraded")
        termination, error = row.get("termination"), row.get("error")
        return cls(
            id=text(row.get("id")),
            prompt_id=text(row.get("prompt_id", row.get("id"))),
            seed=whole(row.get("seed")),
            termination=None if termination is None else str(termination),
            error=None if error is None else str(error),
            rounds=whole(row.get("rounds")),
            tool_calls=whole(row.get("tool_calls")),
            messages=tuple(map(Spoken.from_json, objects(messages))) if messages is not None else None,
            program=json_object(program) if program is not None else None,
            references=objects(row.get("references")),
            usage=json_object(row.get("usage")),
            made_by=json_object(row.get("taught")),
            degraded=tuple(map(str, degraded)) if isinstance(degraded, list) else (),
        )

    def to_json(self) -> Json:
        return {**self.shown(), "taught": self.made_by}

    def shown(self) -> Json:
        """Everything but who made it, which later rows say in their provenance."""
        return {
            "id": self.id,
            "prompt_id": self.prompt_id,
            "seed": self.seed,
            "termination": self.termination,
            "error": self.error,
            "rounds": self.rounds,
            "tool_calls": self.tool_calls,
            "messages": None if self.messages is None else [message.to_json() for message in self.messages],
            "program": self.program,
            "references": list(self.references),
            "usage": self.usage,
            **({"degraded": list(self.degraded)} if self.degraded else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedTruth:
    """The ground truth of a row, ``image_path`` relative to the folder of ground truths; ``judge`` with its version."""

    image_path: str
    digest: str
    kscore: float
    judge: str

    @classmethod
    def from_json(cls, value: object) -> "RenderedTruth":
        told = json_object(value)
        score = told.get("kscore")
        return cls(
            image_path=text(told.get("image_path")),
            digest=text(told.get("digest")),
            kscore=score if isinstance(score, int | float) else 0.0,
            judge=judged_by(told),
        )

    def to_json(self) -> Json:
        return {"image_path": self.image_path, "digest": self.digest, "kscore": self.kscore, "judge": self.judge}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryRow:
    """A trajectory with its prompt, and what later stages found: ``audit`` are its marks, ``truth`` its ground truth."""

    prompt: Prompt
    collected: Collected
    audit: Json | None = None
    truth: RenderedTruth | None = None

    @property
    def id(self) -> str:
        return self.collected.id

    @property
    def prompt_id(self) -> str:
        return self.collected.prompt_id

    @property
    def marks(self) -> float:
        """The total of the audit."""
        return number((self.audit or {}).get("total"))

    @classmethod
    def from_json(cls, row: Mapping[str, object]) -> "TrajectoryRow":
        prompt = Prompt.from_json({name: value for name, value in row.items() if name not in _LESSON_FIELDS})
        collected, audit, truth = Collected.from_json(row), row.get("audit"), row.get("truth")
        return cls(
            prompt=prompt,
            collected=collected,
            audit=json_object(audit) if audit is not None else None,
            truth=RenderedTruth.from_json(truth) if truth is not None else None,
        )

    def to_json(self) -> Json:
        found: Json = {
            **self.prompt.carried(),
            "hidden": self.prompt.hidden.to_json(),
            **self.collected.shown(),
            "provenance": self.prompt.provenance,
        }
        if self.audit is not None:
            found["audit"] = self.audit
        if self.truth is not None:
            found["truth"] = self.truth.to_json()
        return found


_LESSON_FIELDS = {
    "id", "prompt_id", "seed", "termination", "error", "rounds", "tool_calls", "messages", "program", "references", "usage",
    "taught", "degraded", "audit", "truth",
}  # fmt: skip
