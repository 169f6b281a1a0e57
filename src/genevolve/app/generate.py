"""The Python interface: one request to a judged image, with the power of the command line."""

import json
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from genevolve.app.assemble import assemble, describe, order_limits
from genevolve.app.blocking import blocking
from genevolve.app.library import list_libraries
from genevolve.app.profile import Profile, chosen_profile
from genevolve.app.registry import found_for, handed_to
from genevolve.core.episode import Episode
from genevolve.core.errors import UsageError
from genevolve.core.event import Event, Rendered
from genevolve.core.picture import Picture
from genevolve.core.request import Request
from genevolve.core.score import Score, Unscored
from genevolve.report.generations import earlier_ones
from genevolve.report.trajectory import trajectory_page
from genevolve.run.components import Components
from genevolve.run.drive import Keep, drive
from genevolve.run.folder import RunFolder, safe_name
from genevolve.run.generations import Recorded, free_id, keep_page, keep_result, page_of, recorded
from genevolve.run.result import result
from genevolve.run.rows import request_text
from genevolve.run.seeds import drawn
from genevolve.run.sizes import size_for, sizes_of, wished_size
from genevolve.store.decode import Decoded, read_image
from genevolve.store.images import ImageStore, write_atomically
from genevolve.store.journal import Journal
from genevolve.store.wire import entry_to_json, request_to_json

MAX_OWN_REFERENCES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A finished request. ``image`` and ``page`` are files in ``folder``; ``image`` is None when there is none."""

    trajectory: Episode
    folder: Path
    image: Path | None
    page: Path

    @property
    def score(self) -> Score | Unscored:
        return self.trajectory.verdict

    def to_json(self) -> dict[str, Any]:
        """The object that ``genevolve generate --json`` prints."""
        shown = result(self.trajectory, image_path=str(self.image) if self.image else None)
        return {**shown, "run_dir": str(self.folder), "page": str(self.page)}


async def generate_async(
    request: str,
    *,
    out: Path | str | None = None,
    references: Sequence[Path | str] = (),
    libraries: Sequence[str] | None = None,
    size: tuple[int, int] | str | None = None,
    seed: int = 0,
    profile: str | Profile = "offline",
    cache: str | None = None,
    on_entry: Callable[[Event], None] = lambda entry: None,
    **members: object,
) -> Generation:
    """Make an image for ``request``. ``members`` replaces single members of the profile: ``generate(…, policy="raw")``.

    ``size`` None: the shape that the request names ("landscape format", "a wide banner"), else 512 × 512.
    ``libraries`` limits the search to these libraries of yours; None searches all. ``on_entry`` sees each step as it
    happens. ``size`` "auto" follows the first reference or the format that the request names; ``seed`` -1 is drawn, and
    recorded. A directory ``out`` keeps all its generations. Raises ``UsageError`` for what cannot be used; a failure on the
    way is told by ``Generation.score``.
    """
    text = request_text(request, setting="REQUEST")
    chosen = with_room(free_vocabulary(chosen_profile(profile, members, cache=cache)), len(references))
    pixels, given = _size(text, size), _opened(references)
    with _held(out, text) as folder:
        earlier = recorded(folder)
        own = tuple(own_picture(path, image.png, folder.images) for path, image in given)
        wanted = pixels or size_for(text, sizes_of(given))
        asked = Request(id=free_id(folder, earlier), text=text, references=own, size=wanted, seed=drawn(seed))
        about = describe(chosen, seed=asked.seed, size=list(asked.size), libraries=list(libraries) if libraries else None)
        searched = tuple(libraries) if libraries else all_libraries(chosen)
        async with assemble(chosen, folder.images, libraries=searched) as setup:
            trajectory = await _carried_out(asked, setup, folder, about, on_entry)
        return _finish(trajectory, folder, about, earlier)


generate = blocking(generate_async)
"""``generate_async`` for programs that run no event loop: the same arguments, and the finished ``Generation``."""


async def _carried_out(
    asked: Request, setup: Components, folder: RunFolder, about: dict[str, Any], on_entry: Callable[[Event], None]
) -> Episode:
    """The episode of ``asked``, each of its events in the journal before it is shown."""
    setup.takes.check_size(asked.size)
    write_atomically(folder.about, json.dumps(about, indent=2, ensure_ascii=False).encode())
    with Journal(folder.journal) as journal:
        return await drive(setup.begin(asked), setup, keep=keeper(journal, asked, on_entry))


@contextmanager
def _held(out: Path | str | None, text: str) -> Iterator[RunFolder]:
    """The directory of a generation. One of its own is taken away again where the call is refused before it has begun."""
    folder = RunFolder(Path(out) if out is not None else own_folder(text))
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
    """Room for every reference that the user hands over, where the generator takes any number and nothing else is set."""
    episode = profile.episode
    if "max_references" in episode.model_fields_set or episode.max_references >= references:
        return profile
    if order_limits(profile, found_for("generator", profile.generator).made).references != math.inf:
        return profile
    room = min(references, MAX_OWN_REFERENCES)
    return profile.model_copy(update={"episode": episode.model_copy(update={"max_references": room})})


def all_libraries(profile: Profile) -> tuple[str, ...] | None:
    """The names of all that the user has; None where there are none, or the image search does not look into them."""
    if "libraries" not in handed_to("image_search", profile.image_search):
        return None
    try:
        return tuple(library.name for library in list_libraries()) or None
    except UsageError:  # the offline extra is not installed
        return None


def _size(text: str, size: tuple[int, int] | str | None) -> tuple[int, int] | None:
    """The size that was set (None: to follow the references), else that of the format that the request names, or the usual."""
    if size is None:
        return size_for(text, ())
    return wished_size(size if isinstance(size, str) else f"{size[0]}x{size[1]}", setting="--size")


def free_vocabulary(profile: Profile) -> Profile:
    """A free request may name anything that can be drawn; suites and recipes keep to what policies were trained with."""
    return profile if profile.vocabulary else profile.model_copy(update={"vocabulary": "icons"})


def keeper(journal: Journal, request: Request, on_entry: Callable[[Event], None]) -> Keep:
    """A ``keep`` that journals each entry before it shows it."""
    journal.append({"row": request.id, "request": request_to_json(request)})

    def keep(entry: Event) -> None:
        journal.append({"row": request.id, "entry": entry_to_json(entry)})
        on_entry(entry)

    return keep


def _finish(trajectory: Episode, folder: RunFolder, about: dict[str, Any], earlier: tuple[Recorded, ...]) -> Generation:
    """Result, image and pages of a generation, beside those of ``earlier`` ones."""
    image, name = None, trajectory.request.id
    if isinstance(trajectory.rendering, Rendered):
        image = folder.path / folder.show_as(trajectory.rendering.digest, name)
    keep_page(folder, earlier)
    generation = Generation(trajectory=trajectory, folder=folder.path, image=image, page=folder.page)
    result = generation.to_json()
    keep_result(folder, {"id": name, **result})
    own = page_of(folder, name)
    own.parent.mkdir(exist_ok=True)
    write_atomically(own, trajectory_page(trajectory, folder.images, about=about, newest="../index.html").encode())
    page = trajectory_page(trajectory, folder.images, about=about, earlier=earlier_ones(earlier, folder))
    write_atomically(folder.page, page.encode())
    write_atomically(folder.path / "result.json", json.dumps(result, indent=2, ensure_ascii=False).encode())
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
                raise UsageError(f"{path.parent} is no directory; choose one with --out") from None
            continue
        except OSError as error:
            raise UsageError(f"{path}: this directory cannot be made ({error.strerror}); choose one with --out") from None
        return path
    raise AssertionError("count never ends")
