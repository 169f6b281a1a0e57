"""Collecting trajectories: any policy through the same batch, attempt and drive as everything else.

A lesson is one trajectory of one prompt, kept whole: the conversation with the images that it showed, and the program. With
several rounds its pictures are drawn and judged; replies of a round that brought nothing are context.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from genevolve.core.case import Case, Hidden
from genevolve.core.episode import Episode, Goal
from genevolve.core.errors import UsageError
from genevolve.core.message import Role
from genevolve.core.outcome import Termination
from genevolve.data.records import Collected, Json, Prompt, Spoken, TrajectoryRow, whole
from genevolve.protocol.render import messages
from genevolve.run.batch import Batch, BatchCounts, RowRunners
from genevolve.run.components import Components
from genevolve.run.folder import RunFolder
from genevolve.run.result import program, references, usage
from genevolve.run.revision import fruitless, halted
from genevolve.run.row import RowWork

OnResult = Callable[[dict[str, object]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """How a stage that runs episodes works: how many rows at once, whether failures are tried again, who is told of each."""

    concurrency: int = 4
    retry_failed: bool = False
    on_row: OnResult = lambda row: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """``trajectories`` lessons for each prompt, in ``folder``. ``made_by`` (teacher, profile, commit) becomes part of each
    lesson's provenance."""

    folder: RunFolder
    trajectories: int = 1
    made_by: Json = field(default_factory=dict)
    working: Working = field(default_factory=Working)

    @property
    def job(self) -> "LessonJob":
        return LessonJob(made_by=self.made_by)

    async def run(self, rows: Iterable[Prompt], setup: Components, runners: RowRunners | None = None) -> BatchCounts:
        """Goes on where it stopped. Raises ``UsageError``."""
        batch = Batch(
            folder=self.folder,
            setup=setup,
            work=self.job(setup),
            runners=runners,
            concurrency=self.working.concurrency,
            retry_failed=self.working.retry_failed,
            on_row=self.working.on_row,
        )
        return await batch.run(tasks(rows, self.trajectories))


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonJob:
    """What is done with each task of a ``Collection``."""

    made_by: Json

    def __call__(self, setup: Components) -> RowWork:
        goal = Goal.SCORE if setup.limits.rounds > 1 else Goal.PROGRAM
        return RowWork(begin=partial(self._begin, setup=setup), shape=partial(self._shape, setup=setup), goal=goal)

    async def _begin(self, case: Case, setup: Components) -> Episode:
        return setup.begin(case.request(seed=whole(case.hidden.fields["seed"])))

    def _shape(self, case: Case, trajectory: Episode, image: str | None, setup: Components) -> Json:
        return collected(case, trajectory, setup, made_by=self.made_by).to_json()


def tasks(rows: Iterable[Prompt], trajectories: int) -> Iterator[Case]:
    """One task for each trajectory; a task holds nothing of the recipe."""
    for row in rows:
        for number in range(trajectories):
            fields = {"prompt_id": row.id, "seed": ((row.seed or 0) + number) % 2**31}
            yield Case(id=lesson_id(row.id, number), text=row.prompt, hidden=Hidden(fields=fields))


def lesson_id(prompt_id: str, number: int) -> str:
    return f"{prompt_id}.{number}"


def collected(case: Case, trajectory: Episode, setup: Components, *, made_by: Json) -> Collected:
    """What is kept of a finished trajectory. ``error`` is set when the teacher or its endpoint failed, or a service between
    two rounds."""
    outcome = trajectory.outcome
    assert outcome is not None
    stopped = halted(trajectory)
    said = messages(trajectory, system=setup.system, detail=setup.detail)
    replies = count()
    context = fruitless(trajectory)
    return Collected(
        id=case.id,
        prompt_id=str(case.hidden.fields["prompt_id"]),
        seed=whole(case.hidden.fields["seed"]),
        termination=str(Termination.ERROR if stopped else outcome.termination),
        error=stopped or outcome.error or None,
        rounds=len(trajectory.turns),
        tool_calls=trajectory.tool_calls,
        messages=tuple(
            Spoken(
                role=str(one.role),
                content=one.text,
                images=tuple(one.images),
                context=one.role is Role.ASSISTANT and next(replies) in context,
            )
            for one in said
        ),
        program=program(trajectory),
        references=tuple(references(trajectory)),
        usage=usage(trajectory),
        made_by=made_by,
        degraded=trajectory.degraded,
    )


def lessons(rows: Iterable[Prompt], results: Iterable[Mapping[str, object]]) -> Iterator[TrajectoryRow]:
    """Each result as a lesson with its prompt; both come in the order of the prompts. Raises ``UsageError`` if they do not."""
    waiting = iter(rows)
    row: Prompt | None = None
    for result in results:
        found = Collected.from_json(result)
        while row is None or row.id != found.prompt_id:
            row = next(waiting, None)
            if row is None:
                raise UsageError(f"the lesson {found.id!r} belongs to none of the prompts, or they are in another order")
        yield TrajectoryRow(prompt=replace(row, provenance={**row.provenance, **found.made_by}), collected=found)
