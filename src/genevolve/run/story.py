"""What a picture tells of itself: its program, references, maker, seed and score, as texts inside its file.

Two texts: ``parameters`` in the form that most programs for image models write and read ("infotext"), and ``genevolve``, a
``Story`` as JSON. Neither holds a time, a path or an address of this machine: the same generation tells the same story.
"""

import json
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from genevolve.core.episode import Episode
from genevolve.core.event import Rendered
from genevolve.core.picture import Picture
from genevolve.core.score import Score, Unscored
from genevolve.run.result import judgement
from genevolve.services.secrets import cleaned
from genevolve.store.images import ImageStore
from genevolve.store.metadata import OWN, PARAMETERS
from genevolve.store.tables import key_path
from genevolve.store.user_file import json_value

_WEB = ("http://", "https://")
_SETTING = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_FEWEST = 3  # settings in a last line that is one of settings
_NEGATIVE = "Negative prompt:"


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class ToldReference(_Told):
    """A reference in ordinal order: what was taken from it, where it came from, and under which licence it stands."""

    title: str
    note: str = ""
    source: str = ""
    url: str = ""
    page_url: str = ""
    licence: str = ""


class ToldBefore(_Told):
    """A request that this one follows up on, and the prompt that was drawn for it."""

    request: str
    gen_prompt: str


class ToldCheck(_Told):
    """One requirement that the judge looked at."""

    requirement: str
    passed: bool
    detail: str = ""


class ToldScore(_Told):
    """As ``result.json`` has it; ``judge_version`` says which judge: scores of two versions are not to be compared."""

    kscore: float
    kscore_renormalized: float
    faithfulness: float
    visual_correctness: float
    text_accuracy: float | None
    aesthetics: float
    judge: str
    judge_version: str = ""
    coverage: float | None = None
    diagnostics: tuple[ToldCheck, ...] = ()


class Maker(_Told):
    """Who made it: the profile's name, the member of each role, and the model of the generator where one is set.

    ``steps`` and ``negative_prompt`` are those that the profile sets itself.
    """

    profile: str
    members: dict[str, str]
    model: str = ""
    steps: int | None = None
    negative_prompt: str = ""
    genevolve: str = ""


class Story(_Told):
    """``seed`` is the one that was drawn with, ``size`` (width, height) in pixels; ``after`` is what it follows."""

    request: str
    after: tuple[ToldBefore, ...] = ()
    gen_prompt: str
    references: tuple[ToldReference, ...] = ()
    made_by: Maker
    seed: int
    size: tuple[int, int]
    credits: tuple[str, ...] = ()
    score: ToldScore | None = None
    unscored: str = ""

    @property
    def infotext(self) -> str:
        """Prompt, negative prompt where there is one, and a line of settings."""
        made = self.made_by
        settings = {
            **({"Steps": str(made.steps)} if made.steps is not None else {}),
            "Seed": str(self.seed),
            "Size": f"{self.size[0]}x{self.size[1]}",
            "Model": made.model or made.members.get("generator", ""),
            "Version": f"genevolve {made.genevolve}".strip(),
        }
        negative = [f"{_NEGATIVE} {made.negative_prompt}"] if made.negative_prompt.strip() else []
        line = ", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items() if value)
        return "\n".join([self.gen_prompt, *negative, line])


@dataclass(frozen=True, slots=True)
class Storyteller:
    """Finished episodes, whose pictures lie in ``images``, to the texts of these. ``redact`` takes keys out of what is told."""

    maker: Maker
    images: ImageStore
    redact: Callable[[str], str]

    def __call__(self, episode: Episode) -> dict[str, str]:
        """The texts; none where there is no picture of a program."""
        drawn = episode.rendering
        if not isinstance(drawn, Rendered) or episode.program is None:
            return {}
        told = story_of(episode, drawn, self.maker, size=_size(self.images, drawn.digest))
        clean = Story.model_validate(cleaned(told.model_dump(), self.redact))
        return {PARAMETERS: clean.infotext, OWN: json.dumps(clean.model_dump(exclude_defaults=True))}


def _size(images: ImageStore, digest: str) -> tuple[int, int]:
    """(width, height) as the head of the stored PNG has them. Raises ``ServiceError`` where it is gone."""
    width, height = struct.unpack_from(">II", images.load(digest), 16)
    return width, height


def story_of(episode: Episode, drawn: Rendered, maker: Maker, *, size: tuple[int, int]) -> Story:
    program, request = episode.program, episode.request
    assert program is not None
    return Story(
        request=request.text,
        after=tuple(ToldBefore(request=each.request.text, gen_prompt=each.program.prompt) for each in request.chain),
        gen_prompt=program.prompt,
        references=tuple(_reference(episode.picture(s.img_id), s.note) for s in program.references),
        made_by=maker,
        seed=request.seed + (episode.best.take if episode.best else 0),
        size=size,
        credits=drawn.credits,
        score=_score(episode.verdict),
        unscored=episode.verdict.reason if isinstance(episode.verdict, Unscored) else "",
    )


def _reference(picture: Picture, note: str) -> ToldReference:
    """Without addresses that open nowhere else: files of this machine."""
    url, page = (address if address.startswith(_WEB) else "" for address in (picture.url, picture.page_url))
    return ToldReference(title=picture.title, note=note, source=picture.source, url=url, page_url=page, licence=picture.licence)


def _score(verdict: Score | Unscored) -> ToldScore | None:
    return ToldScore.model_validate(judgement(verdict)["score"]) if isinstance(verdict, Score) else None


# ---- reading back -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Infotext:
    """A ``parameters`` text of any program: the prompts, and the settings as they are written."""

    prompt: str
    negative_prompt: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def read_story(text: str) -> Story:
    """The story in a ``genevolve`` text. Raises ``ValueError`` for one that is none."""
    try:
        return Story.model_validate(json_value(text, finite=True))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{key_path(first['loc'])}: {first['msg'][:200]}") from None


def read_infotext(text: str) -> Infotext:
    """The parts of a ``parameters`` text; what has no line of settings is all prompt."""
    *lines, last = text.strip().split("\n")
    found = _SETTING.findall(last)
    if len(found) < _FEWEST:
        lines, found = [*lines, last], []
    start = next((n for n, line in enumerate(lines) if line.strip().startswith(_NEGATIVE)), len(lines))
    negative = "\n".join(lines[start:]).strip().removeprefix(_NEGATIVE).strip()
    settings = {key: _unquoted(value) for key, value in found}
    return Infotext(prompt="\n".join(lines[:start]).strip(), negative_prompt=negative, settings=settings)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if any(mark in value for mark in ",:\n") else value


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value.strip()
    try:
        found: Any = json.loads(value)
    except ValueError:
        return value
    return str(found)
