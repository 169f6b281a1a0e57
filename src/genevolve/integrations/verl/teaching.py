"""Lessons of a step and the rows that their teacher reads: the student's own ids behind a prompt that holds the lesson."""

import pickle
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from genevolve.app.environment import environment, home
from genevolve.app.evolve import experience_loop
from genevolve.app.registry import Context
from genevolve.core.episode import start
from genevolve.core.errors import ServiceError, UsageError
from genevolve.experience.teacher_view import teacher_system
from genevolve.integrations.episodes import EpisodePlayer
from genevolve.policies.local.padded import picture
from genevolve.policies.local.template import ChatTemplate
from genevolve.protocol.render import messages
from genevolve.run.folder import RunFolder
from genevolve.train.attempt import Attempt
from genevolve.train.distillation import SelfDistillation
from genevolve.train.kept import AttemptJournal
from genevolve.train.lessons import ExperienceLoop
from genevolve.train.settings import Teacher


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """``guides``: by the row's key, the ids of the prompt that the teacher reads in place of the student's."""

    guides: Mapping[str, tuple[int, ...]]
    metrics: Mapping[str, float]


class Teaching:
    """The way of experience, beside verl's trainer: one for a run, in its single controller.

    ``folder`` holds the memory and the bundles. Raises ``UsageError`` for a recipe that needs what verl does not have.
    """

    def __init__(self, player: EpisodePlayer, template: ChatTemplate, folder: Path, *, vision: bool) -> None:
        recipe = player.recipe
        self.term = SelfDistillation(recipe.sdl)
        if recipe.sdl.full_vocab or recipe.sdl.teacher not in (Teacher.LIVE, Teacher.SNAPSHOT):
            raise UsageError("on verl the teacher is the policy itself: set sdl.teacher = live, and sdl.full_vocab = false")
        self._player, self._template, self._folder, self._vision = player, template, folder, vision
        self._stack = AsyncExitStack()
        self._loop: ExperienceLoop | None = None

    def experience(self) -> ExperienceLoop:
        """The memory of the run, with the summariser and the embedder of the recipe."""
        if self._loop is None:
            player, environ = self._player, environment()
            context = Context(home=home(environ), images=player.images, environ=environ, profile=player.profile)
            self._stack.push_async_callback(context.aclose)
            journal = self._stack.enter_context(AttemptJournal(self._folder / "lessons.jsonl"))
            made = experience_loop(player.recipe, context, RunFolder(self._folder), [self.term], journal)
            assert made is not None
            self._loop = made
        return self._loop

    async def teach(self, step: int, rows: Mapping[str, bytes], groups: Mapping[str, str]) -> Taught:
        """``rows``: by key the pickled attempt, ``groups``: by key the request of the step that it is an attempt at.
        Raises ``ServiceError`` where not one was scored: nothing is to be learnt from such a step."""
        numbers = {name: number for number, name in enumerate(dict.fromkeys(groups[key] for key in rows))}
        keys = sorted(rows, key=lambda key: numbers[groups[key]])
        attempts = [replace(_opened(rows[key]), group=numbers[groups[key]]) for key in keys]
        if all(one.value is None for one in attempts):
            said = attempts[0].reward.reason if attempts else "there is none"
            raise ServiceError(f"step {step + 1}: not one of {len(attempts)} episodes could be scored ({said})", retryable=True)
        found = await self.experience().teach(step, attempts)
        setup = await self._player.setup()
        guides: dict[str, tuple[int, ...]] = {}
        for key, one in zip(keys, found.attempts, strict=True):
            if one.lesson is not None:
                most = self._player.recipe.experience.guide_characters
                system = teacher_system(setup.system, one.lesson.bundle, max_characters=most)
                guides[key] = self._opening(one, system, setup.detail)
        return Taught(guides=guides, metrics=found.metrics)

    def _opening(self, one: Attempt, system: str, detail: Any) -> tuple[int, ...]:
        """The ids of an attempt's prompt with ``system`` in it, pictures and all else as the student saw them."""
        fresh = start(one.episode.request, one.episode.limits, one.episode.tools)
        shown = self._player.recipe.evolve.show_images if self._vision else 0
        seen = [replace(told, images=told.images[:shown]) for told in messages(fresh, system=system, detail=detail)]
        images = {digest: picture(self._player.images, digest) for told in seen for digest in told.images}
        return tuple(self._template.opening(seen, images))

    async def aclose(self) -> None:
        await self._stack.aclose()
        await self._player.aclose()


def _opened(packed: bytes) -> Attempt:
    found: Attempt = pickle.loads(packed)
    return found


def teacher_row(student: Mapping[str, Any], guide: Sequence[int]) -> dict[str, Any]:
    """The row that the teacher scores: ``guide`` in the place of the prompt, all else the student's own. Of ``student`` are
    needed prompts, responses, response_mask, position_ids, and multi_modal_inputs, as verl's agent loop made them."""
    prompt, response = student["prompts"], student["responses"]
    told = torch.tensor(list(guide), dtype=prompt.dtype)
    return {
        "prompts": told,
        "responses": response,
        "response_mask": student["response_mask"],
        "loss_mask": student["response_mask"],
        "input_ids": torch.cat([told, response]),
        "position_ids": shifted_positions(student["position_ids"], prompt, told),
        "multi_modal_inputs": student.get("multi_modal_inputs", {}),
    }


def shifted_positions(positions: Tensor, prompt: Tensor, guide: Tensor) -> Tensor:
    """Positions (…, tokens) of the student's row for one whose prompt is ``guide``: what both prompts end with, and all behind
    it, moves by as much as the guide is longer, on every axis; what comes before it is text, whose axes are alike."""
    same = 0
    while same < min(len(prompt), len(guide)) and prompt[-1 - same] == guide[-1 - same]:
        same += 1
    longer = len(guide) - len(prompt)
    opening = torch.arange(len(guide) - same, dtype=positions.dtype).expand(*positions.shape[:-1], -1)
    return torch.cat([opening, positions[..., len(prompt) - same :] + longer], dim=-1)
