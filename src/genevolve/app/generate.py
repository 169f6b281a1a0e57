"""The Python interface: one request to a judged image, with the power of the command line."""

import json
import math
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from genevolve.app.arguments import Count, Seed, checked
from genevolve.app.assemble import assemble, describe, order_limits
from genevolve.app.blocking import blocking
from genevolve.app.followed import Followed, followed, made_with
from genevolve.app.library import EveryLibrary
from genevolve.app.profile import Profile, ProfileChanges, chosen_profile
from genevolve.app.registry import found_for, handed_to
from genevolve.app.signing import Sign, signer_of
from genevolve.app.story import maker_of
from genevolve.core.episode import Episode
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.event import Event, Rendered
from genevolve.core.picture import Picture
from genevolve.core.request import Earlier, Request
from genevolve.core.score import Score, Unscored
from genevolve.report.generations import earlier_ones, variations_shown
from genevolve.report.notebook import generation_html
from genevolve.report.trajectory import trajectory_page
from genevolve.run.again import as_before, asked_again, gone_on, made_by, others, taken_up, unfinished
from genevolve.run.components import Components
from genevolve.run.drive import Keep, drive
from genevolve.run.execute import shapes_of
from genevolve.run.folder import RunFolder, safe_name
from genevolve.run.generations import Recorded, free_id, keep_page, keep_result, page_of, recorded, write_down
from genevolve.run.result import result
from genevolve.run.rows import request_text
from genevolve.run.seeds import drawn
from genevolve.run.sizes import settled_size, size_for, sizes_of
from genevolve.run.story import Maker, Storyteller
from genevolve.run.variations import best_first, check_number, side_by_side, variations
from genevolve.store.decode import Decoded, read_image
from genevolve.store.images import ImageStore, write_atomically
from genevolve.store.journal import Journal
from genevolve.store.metadata import FileKind
from genevolve.store.vectors import VECTOR_KINDS, vector_file
from genevolve.store.wire import entry_to_json, request_to_json

MAX_OWN_REFERENCES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A finished request. ``image`` and ``page`` are files in ``folder``; ``image`` is None when there is none.

    Of several variations it is the best by the judge; ``others`` are the rest, the best first, and ``stopped`` says why there
    are fewer than were asked for.
    """

    trajectory: Episode
    folder: Path
    image: Path | None
    page: Path
    others: "tuple[Generation, ...]" = ()
    stopped: str = ""

    @property
    def id(self) -> str:
        """Its name in ``folder``."""
        return self.trajectory.request.id

    @property
    def score(self) -> Score | Unscored:
        return self.trajectory.verdict

    def _repr_html_(self) -> str:
        """What notebooks show of it."""
        return generation_html(self.trajectory, [each.trajectory for each in self.others], RunFolder(self.folder), self.page)

    def _repr_png_(self) -> bytes | None:
        """Its picture, for what shows no HTML; None where there is none, or where it is gone."""
        drawn = self.trajectory.rendering
        try:
            return RunFolder(self.folder).images.load(drawn.digest) if isinstance(drawn, Rendered) else None
        except ServiceError:
            return None

    def to_json(self) -> dict[str, Any]:
        """The object that ``genevolve generate --json`` prints."""
        shown = result(self.trajectory, image_path=str(self.image) if self.image else None)
        several = {"others": [each.to_json() for each in self.others]} if self.others else {}
        told = {"stopped": self.stopped} if self.stopped else {}
        return {"id": self.id, **shown, "run_dir": str(self.folder), "page": str(self.page), **several, **told}


@checked
async def generate_async(
    request: str,
    *,
    after: "Generation | Path | str | None" = None,
    n: Count = 1,
    format: FileKind = "png",
    out: Path | str | None = None,
    references: Sequence[Path | str] = (),
    libraries: Sequence[str] | None = None,
    size: tuple[int, int] | str | None = None,
    seed: Seed | None = None,
    profile: str | Profile | None = None,
    cache: str | None = None,
    rounds: int | None = None,
    takes: int | None = None,
    reviewer: object = None,
    on_entry: Callable[[Event], None] = lambda entry: None,
    on_step: Callable[[Request, Event], None] = lambda request, entry: None,
    **members: object,
) -> Generation:
    """Make an image for ``request``. ``members`` replaces single members of the profile: ``generate(…, policy="raw")``.

    ``after``: ``request`` is a change of an earlier generation (itself, its directory, DIRECTORY/ID, ``latest``); what it does
    not mention stays, with size, seed, profile and directory, where they are not given. ``n``: variations, see
    ``Generation.others``. ``size``: pixels, "auto" (of the first reference), or None (of the format that the request names).
    ``format`` is that of the file ``image``; a generator that draws shapes gives svg and pdf, too. ``seed`` -1 is drawn.
    ``libraries``: those searched (None: as before, else all). ``on_entry`` sees each step as it happens, ``on_step`` also whose
    it is. Raises ``UsageError`` for what cannot be used; a failure on the way is told by ``Generation.score``.
    """
    source = followed(after) if after is not None else None
    changes = ProfileChanges(cache=cache, rounds=rounds, takes=takes, reviewer=reviewer)
    named = chosen_profile(profile or made_with(source), members, **changes)
    text, tell = request_text(request, setting="REQUEST"), Tell(on_entry=on_entry, on_step=on_step)
    given: dict[str, Any] = {"references": references, "libraries": libraries, "size": size, "seed": seed, "kind": format}
    return await _Order(text=text, source=source, n=n, tell=tell, **given).carried_out(named, out)


generate = blocking(generate_async)
"""``generate_async`` for programs that run no event loop: the same arguments, and the finished ``Generation``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Who is told of each step."""

    on_entry: Callable[[Event], None] = lambda entry: None
    on_step: Callable[[Request, Event], None] = lambda request, entry: None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What one call asks for, but the profile; the fields are the arguments of ``generate``."""

    text: str
    source: Followed | None
    n: int
    references: Sequence[Path | str]
    libraries: Sequence[str] | None
    size: tuple[int, int] | str | None
    seed: int | None
    kind: FileKind
    tell: Tell

    async def carried_out(self, profile: Profile, out: Path | str | None) -> Generation:
        """Every variation, each of its events in the journal before it is shown."""
        own = len(self.references) + (len(self.source.earlier.request.own) if self.source else 0)
        chosen = with_room(free_vocabulary(profile), own)
        check_number(self.n)
        before = self.source.earlier if self.source is not None else None
        size = self.size if self.size is None or isinstance(self.size, str) else f"{self.size[0]}x{self.size[1]}"
        pixels, given = settled_size(self.text, size, before, setting="--size"), _opened(self.references)
        home = self.source.home if out is None and self.source is not None else out
        with _held(home, self.text, signer_of(chosen)) as folder:
            known = recorded(folder)
            earlier, copies = self.source.within(folder) if self.source is not None else (None, ())
            asked = self._request(given, pixels, earlier, folder)
            libraries = tuple(self.libraries or (self.source.libraries if self.source is not None else ()))
            about = describe(chosen, seed=asked.seed, size=list(asked.size), libraries=list(libraries) or None)
            again = asked_again(unfinished(folder, known), asked, made_by(about))
            asked, copies = as_before(asked, again), () if again else copies
            taken = [each.request.id for each in (*known, *copies)]
            step = chosen.episode.takes or 1
            several = variations(asked, self.n, step=step, name=lambda used: "")
            several = taken_up(several, again, lambda used: free_id(folder, [*taken, *used]))
            async with assemble(chosen, folder.images, libraries=libraries or all_libraries(chosen)) as setup:
                setup.takes.check_size(asked.size)
                setup.takes.check_kind(self.kind)
                write_atomically(folder.about, json.dumps(about, indent=2, ensure_ascii=False).encode())
                ended, stopped = await self._episodes(several, setup, folder, copies, again, made_by(about))
                show = await self._shown_by(ended, setup, folder, maker_of(chosen))
            return _finish(ended, stopped, folder, about, (*others(known, several), *copies), show)

    async def _shown_by(
        self, ended: Sequence[Episode], setup: Components, folder: RunFolder, maker: Maker
    ) -> Callable[[Episode], Path | None]:
        """What makes the file of each of the pictures that are ``ended``."""
        shapes = [await shapes_of(each, setup) for each in ended] if self.kind in VECTOR_KINDS else []
        drawn = {each.request.id: svg for each, svg in zip(ended, shapes, strict=False) if svg is not None}
        return partial(_shown, folder, Storyteller(maker, folder.images, setup.redact), self.kind, drawn)

    def _request(
        self, given: Sequence[tuple[Path, Decoded]], size: tuple[int, int] | None, earlier: Earlier | None, folder: RunFolder
    ) -> Request:
        usual = earlier.seed if earlier is not None else 0
        return Request(
            id="",
            text=self.text,
            references=tuple(own_picture(path, image.png, folder.images) for path, image in given),
            size=size or size_for(self.text, sizes_of(given)),
            seed=drawn(usual if self.seed is None else self.seed),
            after=earlier,
        )

    async def _episodes(
        self,
        several: Sequence[Request],
        setup: Components,
        folder: RunFolder,
        copies: Sequence[Recorded],
        again: Sequence[Recorded],
        made: str,
    ) -> tuple[list[Episode], str]:
        before = {each.request.id: each for each in again}
        with Journal(folder.journal) as journal:
            for each in copies:
                write_down(journal, each)

            async def episode(asked: Request) -> Episode:
                begun, known = setup.begin(asked), before.get(asked.id)
                gone = gone_on(begun, known, setup) if known is not None else None
                keep = keeper(journal, asked, self.tell, made, known.events if known is not None and gone is not None else None)
                return await drive(gone or begun, setup, keep=keep, settle=len(several) > 1)

            return await side_by_side([episode(asked) for asked in several])


@contextmanager
def _held(out: Path | str | None, text: str, sign: Sign | None) -> Iterator[RunFolder]:
    """The directory of a generation. One of its own is taken away again where the call is refused before it has begun."""
    folder = RunFolder(Path(out) if out is not None else own_folder(text))
    folder.sign = sign
    try:
        with folder.held():
            yield folder
    except BaseException:
        if out is None and not (folder.journal.exists() and folder.journal.stat().st_size):
            shutil.rmtree(folder.path, ignore_errors=True)
        raise


def _opened(references: Sequence[Path | str]) -> tuple[tuple[Path, Decoded], ...]:
    """The user's own images. Raises ``UsageError`` for too many, before one is read, and for one that cannot be used."""
    if len(references) > MAX_OWN_REFERENCES:
        raise UsageError(f"--reference was given {len(references)} times; at most {MAX_OWN_REFERENCES} images are taken")
    return tuple((Path(path), read_image(Path(path), setting="--reference")) for path in references)


def with_room(profile: Profile, references: int) -> Profile:
    """Room for every reference that the user hands over, where the generator takes any number and nothing else is set.

    A policy that goes by rules has room for all that a request may name; one that was trained keeps the number it knows.
    """
    episode = profile.episode
    by_rules = "vocabulary" in handed_to("policy", profile.policy)
    room = MAX_OWN_REFERENCES if by_rules else min(references, MAX_OWN_REFERENCES)
    if "max_references" in episode.model_fields_set or episode.max_references >= room:
        return profile
    if order_limits(profile, found_for("generator", profile.generator).made).references != math.inf:
        return profile
    return profile.model_copy(update={"episode": episode.model_copy(update={"max_references": room})})


def all_libraries(profile: Profile) -> tuple[str, ...] | None:
    """The names of all that the user has; None where there are none, or the image search does not look into them."""
    return tuple(every_library(profile) or ()) or None


def every_library(profile: Profile) -> EveryLibrary | None:
    """Those that the user has at any time; None where the image search does not look into them."""
    return EveryLibrary() if "libraries" in handed_to("image_search", profile.image_search) else None


def free_vocabulary(profile: Profile) -> Profile:
    """A free request may name anything that can be drawn; suites and recipes keep to what policies were trained with."""
    return profile if profile.vocabulary else profile.model_copy(update={"vocabulary": "icons"})


def keeper(journal: Journal, request: Request, tell: Tell, made: str, known: Sequence[Event] | None = None) -> Keep:
    """A ``keep`` that journals each entry before it shows it. What the journal has already, ``known``, is shown at once.

    ``made`` is the digest of what makes it (``run.again``).
    """

    def show(entry: Event) -> None:
        tell.on_entry(entry)
        tell.on_step(request, entry)

    def keep(entry: Event) -> None:
        journal.append({"row": request.id, "entry": entry_to_json(entry)})
        show(entry)

    if known is None:
        journal.append({"row": request.id, "request": request_to_json(request), "about": {"made": made}})
    for entry in known or ():
        show(entry)
    return keep


def _shown(folder: RunFolder, tell: Storyteller, kind: FileKind, shapes: Mapping[str, str], episode: Episode) -> Path | None:
    """The file of the picture, which tells its story; None where there is no picture. ``shapes``: its drawing by its id."""
    drawn, name, texts = episode.rendering, episode.request.id, tell(episode)
    if not isinstance(drawn, Rendered):
        return None
    if kind == "svg" or kind == "pdf":
        drawing = vector_file(shapes[name], kind, texts, tell.redact(episode.request.text))
        return folder.path / folder.keep_file(drawing, name, kind, texts)
    return folder.path / folder.show_as(drawn.digest, name, texts, kind=kind)


def _finish(
    ended: Sequence[Episode],
    stopped: str,
    folder: RunFolder,
    about: dict[str, Any],
    earlier: tuple[Recorded, ...],
    show: Callable[[Episode], Path | None],
) -> Generation:
    """Results, images and pages of the generations of one call, the best first, beside those of ``earlier`` ones."""
    keep_page(folder, earlier)
    made = [_kept(trajectory, folder, about, show(trajectory)) for trajectory in ended]
    by_judge = sorted(made, key=lambda each: best_first(each.trajectory))
    best = replace(by_judge[0], page=folder.page, others=tuple(by_judge[1:]), stopped=stopped)
    page = trajectory_page(
        best.trajectory,
        folder.images,
        about=about,
        earlier=earlier_ones(earlier, folder),
        variations=variations_shown([each.trajectory for each in by_judge], folder, stopped),
    )
    write_atomically(folder.page, page.encode())
    told = json.dumps(best.to_json(), indent=2, ensure_ascii=False)
    write_atomically(folder.path / "result.json", told.encode())
    return best


def _kept(trajectory: Episode, folder: RunFolder, about: dict[str, Any], image: Path | None) -> Generation:
    """One generation with its image, its line of ``results.jsonl`` and its own page."""
    own = page_of(folder, trajectory.request.id)
    own.parent.mkdir(exist_ok=True)
    about = {**about, "seed": trajectory.request.seed}
    write_atomically(own, trajectory_page(trajectory, folder.images, about=about, newest="../index.html").encode())
    generation = Generation(trajectory=trajectory, folder=folder.path, image=image, page=own)
    keep_result(folder, generation.to_json())
    return generation


def own_picture(path: Path, png: bytes, images: ImageStore) -> Picture:
    """A picture that the user hands over; its title is its file name in words."""
    title = " ".join(path.stem.replace("_", " ").replace("-", " ").split()) or "reference"
    return Picture(title=title, digest=images.put(png), source="request", url=path.name)


def own_folder(text: str) -> Path:
    """A new directory ``runs/DATE-TIME-WORDS`` below the working directory, numbered where another call had the same
    thought.
    """
    words = safe_name("-".join(text.lower().split()[:6]))[:48].strip("-")
    name = f"{datetime.now():%Y%m%d-%H%M%S}-{words}"
    for number in count(1):
        path = Path("runs") / (name if number == 1 else f"{name}-{number}")
        try:
            path.parent.mkdir(exist_ok=True)
            path.mkdir()
        except FileExistsError:
            if not path.is_dir():
                raise UsageError(f"{path.parent} is not a directory; choose one with --out") from None
            continue
        except OSError as error:
            raise UsageError(f"{path}: this directory cannot be made ({error.strerror}); choose one with --out") from None
        return path
    raise AssertionError("count never ends")
