"""``genevolve library`` as functions: images of the user's own, searched together with the pictograms."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from genevolve.app.arguments import checked
from genevolve.app.environment import environment, home
from genevolve.app.registry import user_libraries
from genevolve.core.errors import UsageError


class RefusedImage(Protocol):
    """A file that was left out, and why."""

    @property
    def path(self) -> Path: ...

    @property
    def reason(self) -> str: ...


class LibraryChange(Protocol):
    """What ``add_library`` did: images that are new or changed, as they were, gone, and files that were left out."""

    @property
    def name(self) -> str: ...

    @property
    def added(self) -> int: ...

    @property
    def unchanged(self) -> int: ...

    @property
    def removed(self) -> int: ...

    @property
    def refused(self) -> Sequence[RefusedImage]: ...


class LibraryEntry(Protocol):
    """A library: its name, the user's folder, and how many images it has."""

    @property
    def name(self) -> str: ...

    @property
    def folder(self) -> Path: ...

    @property
    def images(self) -> int: ...


class UserLibraries(Protocol):
    """Where libraries are kept; the offline world has them, with the index that searches them."""

    def add(self, folder: Path, name: str | None, progress: Callable[[int, int], None] | None) -> LibraryChange: ...

    def listing(self) -> Sequence[LibraryEntry]: ...

    def remove(self, name: str) -> None: ...


@checked
def add_library(
    folder: Path | str, name: str | None = None, *, on_image: Callable[[int, int], None] | None = None
) -> LibraryChange:
    """Index the images of ``folder`` with their captions as library ``name`` (None: the folder's name), or the
    icons of a set in Iconify's JSON format.

    The same folder again brings the library up to date. ``on_image`` is told (done, of). Raises ``UsageError`` for a name that
    cannot be used and for a folder without one usable image.
    """
    return _opened().add(Path(folder), name, on_image)


def list_libraries() -> Sequence[LibraryEntry]:
    """Every library, by name."""
    return _opened().listing()


@checked
def remove_library(name: str) -> None:
    """Forget library ``name``; the user's own files stay. Raises ``UsageError`` where there is none of this name."""
    _opened().remove(name)


class EveryLibrary(Sequence[str]):
    """The names of all libraries that there are at the moment, whoever adds or removes one meanwhile."""

    def __getitem__(self, place: Any) -> Any:
        return self._names()[place]

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> tuple[str, ...]:
        try:
            return tuple(library.name for library in list_libraries())
        except UsageError:  # the offline extra is not installed
            return ()


def _opened() -> UserLibraries:
    opened: UserLibraries = user_libraries(home(environment()))
    return opened
