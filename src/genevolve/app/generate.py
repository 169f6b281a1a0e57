"""The Python interface: one request to a judged image, with the power of the command line."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from genevolve.app.assemble import assemble, describe
from genevolve.app.profile import Profile, chosen_profile
from genevolve.core.episode import Episode
from genevolve.core.errors import UsageError
from genevolve.core.event import Event, Rendered
from genevolve.core.format import asked_format
from genevolve.core.picture import Picture
from genevolve.core.request import DEFAULT_SIZE, Request
from genevolve.core.score import Score, Unscored
from genevolve.report.trajectory import trajectory_page
from genevolve.run.drive import Keep, drive
from genevolve.run.folder import RunFolder, safe_name
from genevolve.run.result import result
from genevolve.run.rows import image_size, request_text
from genevolve.store.decode import read_image
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


def generate(
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
    happens. Raises ``UsageError`` for what cannot be used; a failure on the way is told by ``Generation.score``.
    """
    return asyncio.run(
        generate_async(
            request,
            out=out,
            references=references,
            libraries=libraries,
            size=size,
            seed=seed,
            profile=profile,
            cache=cache,
            on_entry=on_entry,
            **members,
        )
    )


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
    """``generate`` for programs that run an event loop of their own."""
    text = request_text(request, setting="REQUEST")
    chosen = _free(chosen_profile(profile, members, cache=cache))
    pixels = _size(text, size)
    opened = [read_image(Path(path), setting="--reference") for path in references]
    if len(opened) > MAX_OWN_REFERENCES:
        raise UsageError(f"--reference was given {len(opened)} times; at most {MAX_OWN_REFERENCES} images are taken")
    folder = RunFolder(Path(out) if out is not None else default_folder(text))
    with folder.held():
        own = tuple(own_picture(Path(path), image.png, folder.images) for path, image in zip(references, opened, strict=True))
        asked = Request(id=_free_id(folder), text=text, references=own, size=pixels, seed=seed)
        about = describe(chosen, seed=seed, size=list(pixels), libraries=list(libraries) if libraries else None)
        write_atomically(folder.about, json.dumps(about, indent=2, ensure_ascii=False).encode())
        searched = tuple(libraries) if libraries else None
        async with assemble(chosen, folder.images, libraries=searched) as setup:
            with Journal(folder.journal) as journal:
                begun = setup.begin(asked)
                trajectory = await drive(begun, setup, keep=keeper(journal, asked, on_entry))
        return _finish(trajectory, folder, about)


def _size(text: str, size: tuple[int, int] | str | None) -> tuple[int, int]:
    """The size that was set, else the shape that the request names, else the square that is usual."""
    if size is None:
        asked = asked_format(text)
        return asked.size if asked is not None else DEFAULT_SIZE
    return image_size(size if isinstance(size, str) else f"{size[0]}x{size[1]}", setting="--size")


def _free(profile: Profile) -> Profile:
    """A free request may name anything that can be drawn; suites and recipes keep to what policies were trained with."""
    return profile if profile.vocabulary else profile.model_copy(update={"vocabulary": "icons"})


def keeper(journal: Journal, request: Request, on_entry: Callable[[Event], None]) -> Keep:
    """A ``keep`` that journals each entry before it shows it."""
    journal.append({"row": request.id, "request": request_to_json(request)})

    def keep(entry: Event) -> None:
        journal.append({"row": request.id, "entry": entry_to_json(entry)})
        on_entry(entry)

    return keep


def _finish(trajectory: Episode, folder: RunFolder, about: dict[str, Any]) -> Generation:
    image = None
    if isinstance(trajectory.rendering, Rendered):
        image = folder.path / folder.show_as(trajectory.rendering.digest, trajectory.request.id)
    page = trajectory_page(trajectory, folder.images, about=about)
    write_atomically(folder.page, page.encode())
    generation = Generation(trajectory=trajectory, folder=folder.path, image=image, page=folder.page)
    write_atomically(folder.path / "result.json", json.dumps(generation.to_json(), indent=2, ensure_ascii=False).encode())
    return generation


def own_picture(path: Path, png: bytes, images: ImageStore) -> Picture:
    """A picture that the user hands over; its title is its file name in words."""
    title = " ".join(path.stem.replace("_", " ").replace("-", " ").split()) or "reference"
    return Picture(title=title, digest=images.put(png), source="request", url=path.name)


def default_folder(text: str) -> Path:
    """``runs/DATE-TIME-WORDS`` below the working directory."""
    words = safe_name("-".join(text.lower().split()[:6]))[:48].strip("-")
    return Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{words}"


def _free_id(folder: RunFolder) -> str:
    """``image``, ``image-2``, …: a directory may take several requests without losing any."""
    number = 1
    while (folder.images.folder / f"image{'' if number == 1 else f'-{number}'}.png").exists():
        number += 1
    return "image" if number == 1 else f"image-{number}"
