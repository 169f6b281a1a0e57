"""A file of requests as a job: profile, run directory and rows put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genevolve.api import MAX_OWN_REFERENCES, own_picture
from genevolve.config.assemble import assemble, describe
from genevolve.config.profile import Profile, load_profile
from genevolve.core.failure import Misuse
from genevolve.core.request import Request
from genevolve.run.attempt import Stage, Truth
from genevolve.run.batch import Batch, Tally
from genevolve.run.folder import RunFolder
from genevolve.run.rows import Row, image_size, read_rows
from genevolve.store.decode import read_image


@dataclass(frozen=True, kw_only=True)
class FileRun:
    """``genevolve run`` with everything checked but nothing started."""

    source: Path
    folder: RunFolder
    profile: Profile
    about: dict[str, Any]
    until: Stage
    size: tuple[int, int]
    seed: int
    concurrency: int
    libraries: tuple[str, ...] | None
    retry_failed: bool

    @classmethod
    def prepare(
        cls,
        source: Path,
        *,
        out: Path,
        profile: str = "offline",
        members: Mapping[str, str] | None = None,
        until: str = "score",
        size: str = "512x512",
        seed: int = 0,
        concurrency: int = 4,
        libraries: Sequence[str] = (),
        retry_failed: bool = False,
    ) -> "FileRun":
        """Raises ``Misuse``."""
        if not source.is_file():
            raise Misuse(f"INPUT {source}: there is no such file")
        chosen = load_profile(profile, members)
        pixels = image_size(size, setting="--size")
        settings = {"size": list(pixels), "seed": seed, "libraries": sorted(libraries)}
        return cls(
            source=source,
            folder=RunFolder(out),
            profile=chosen,
            about=describe(chosen, file=str(source.absolute()), input=settings, until=until),
            until=Stage[until.upper()],
            size=pixels,
            seed=seed,
            concurrency=concurrency,
            libraries=tuple(libraries) or None,
            retry_failed=retry_failed,
        )

    def count(self) -> int:
        return sum(1 for _ in read_rows(self.source))

    async def run(self, on_row: Callable[[dict[str, Any]], None] = lambda row: None) -> Tally:
        """Run what is not done yet. Raises ``Misuse`` (another process, another profile) and ``OSError`` (full disk)."""
        with self.folder.held():
            self.folder.describe(self.about)
            async with assemble(self.profile, self.folder.images, libraries=self.libraries) as setup:
                batch = Batch(
                    folder=self.folder,
                    setup=setup,
                    request_of=self._request,
                    truth_of=self._truth,
                    until=self.until,
                    concurrency=self.concurrency,
                    retry_failed=self.retry_failed,
                    on_row=on_row,
                )
                return await batch.run(read_rows(self.source))

    def _request(self, row: Row) -> Request:
        """The request of a row. Raises ``Misuse`` for a size, seed or reference that cannot be used."""
        size = row.fields.get("size")
        seed = row.fields.get("seed", self.seed)
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise Misuse(f"row {row.key!r}: seed is {seed!r}; it must be a whole number")
        listed = row.fields.get("references", [])
        if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
            raise Misuse(f"row {row.key!r}: references must be a list of file names")
        if len(listed) > MAX_OWN_REFERENCES:
            raise Misuse(f"row {row.key!r}: {len(listed)} references are given; at most {MAX_OWN_REFERENCES} are taken")
        paths = [self.source.parent / name for name in listed]
        opened = [read_image(path, setting=f"row {row.key!r}: references") for path in paths]
        return Request(
            id=row.key,
            text=row.text,
            references=tuple(
                own_picture(path, image.png, self.folder.images) for path, image in zip(paths, opened, strict=True)
            ),
            size=self.size if size is None else _row_size(size, row.key),
            seed=seed,
        )

    def _truth(self, row: Row) -> Truth:
        """The row's ``gt_image`` (relative to the input file), for the judge only."""
        name = row.fields.get("gt_image")
        if not isinstance(name, str) or self.until < Stage.SCORE:
            return Truth()
        return Truth(image=read_image(self.source.parent / name, setting=f"row {row.key!r}: gt_image").png)


def _row_size(value: object, key: str) -> tuple[int, int]:
    if isinstance(value, list) and len(value) == 2:
        value = f"{value[0]}x{value[1]}"
    if not isinstance(value, str):
        raise Misuse(f'row {key!r}: size is {value!r}; write it as "768x512" or [768, 512]')
    return image_size(value, setting=f"row {key!r}: size")
