"""MCP: the tools that an assistant is given, over standard input and output or over HTTP, on the official SDK."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from mcp.server.mcpserver import Context, Image, ListRoots, MCPServer, Resolve
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ContentBlock, ListRootsResult, ResourceLink, TextContent, ToolAnnotations
from pydantic import Field

from genevolve import __version__
from genevolve.core.errors import ServiceError, UsageError
from genevolve.core.picture import Picture
from genevolve.server.job import Job, Submission
from genevolve.server.show import final_digest, preview, thumbnail, whole
from genevolve.server.steps import Steps
from genevolve.server.studio import MOST_AT_ONCE, Studio
from genevolve.server.trouble import NotServed
from genevolve.store.decode import MAX_BYTES

_INSTRUCTIONS = (
    "GenEvolve makes an image from a plain-language request: it looks up facts and reference pictures, writes a generation "
    "program, draws it and judges the result. Hand the user's request over in full, with the words in quotes that must be "
    "written in the picture; what failed in the verdict tells what to ask for next."
)
_MOST_FOUND = 8  # pictures of one search
_REMEMBERED = 500  # pictures that were found
_LONGEST = 1500  # characters of one text in a trajectory
_DATA = re.compile(r"data:image/[a-z+.-]{1,20};base64,(?P<data>.*)", re.DOTALL)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_READ_ONLY = ToolAnnotations(read_only_hint=True, open_world_hint=True)
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)

References = Annotated[
    list[str],
    Field(
        description="Reference pictures, five at most: picture:… from search_pictures, generation:… of an earlier image, a "
        "data URL, or, where the server runs on the client's own machine, a file inside the client's roots."
    ),
]


def _is_file(reference: str) -> bool:
    return not reference.startswith(("picture:", "generation:", "data:"))


def _roots(references: list[str], ctx: Context) -> ListRoots | None:
    """Ask the client for its roots where a reference is a file, and the client has roots."""
    known = ctx.client_capabilities
    return ListRoots() if any(map(_is_file, references)) and known is not None and known.roots is not None else None


class Assistant:
    """The tools, over ``studio``. ``link`` gives the address of a file of a generation, by both names.

    ``local``: the client started this process, so files of its roots may be read, and those in ``allowed``.
    """

    def __init__(
        self, studio: Studio, link: Callable[[str, str], str], *, local: bool = False, allowed: Sequence[Path] = ()
    ) -> None:
        self._studio = studio
        self._link = link
        self._local = local
        self._allowed = tuple(allowed)
        self._found: dict[str, Picture] = {}

    def server(self) -> MCPServer[Any]:
        made: MCPServer[Any] = MCPServer("genevolve", instructions=_INSTRUCTIONS, version=__version__, log_level="ERROR")
        made.add_tool(self.generate_image, annotations=_ADDS, structured_output=False)
        made.add_tool(self.revise_image, annotations=_ADDS, structured_output=False)
        made.add_tool(self.search_pictures, annotations=_READ_ONLY, structured_output=False)
        made.add_tool(self.read_trajectory, annotations=_READ_ONLY, structured_output=False)
        return made

    # ---- the tools ------------------------------------------------------------------------------------------------------

    async def generate_image(
        self,
        request: Annotated[str, Field(description="What the image should show, in plain language")],
        ctx: Context,
        roots: Annotated[ListRootsResult | None, Resolve(_roots)],
        references: References = [],  # noqa: B006 - the schema of the tool
        size: Annotated[str, Field(description="WIDTHxHEIGHT in pixels, or auto")] = "auto",
        seed: Annotated[int, Field(description="-1 draws one")] = -1,
        number: Annotated[int, Field(description="Pictures, each with another seed", ge=1, le=MOST_AT_ONCE)] = 1,
        rounds: Annotated[int | None, Field(description="Pictures at most, each after reading the verdict on the last")] = None,
        profile: Annotated[str | None, Field(description="One of the server's profiles")] = None,
    ) -> list[ContentBlock]:
        """Make an image from a request. Returns a preview, a link to the full picture, the program that it was drawn from, and
        a verdict: what of the request was checked, and what failed."""
        with _told():
            files, found = await self._references(references, roots)
            asked = Submission(
                text=request, references=files, found=found, size=size, seed=seed,
                number=number, rounds=rounds, profile=profile, via="mcp",
            )  # fmt: skip
            return await self._delivered(asked, ctx)

    async def revise_image(
        self,
        generation: Annotated[str, Field(description="The image to change: its id, as generate_image told it")],
        change: Annotated[str, Field(description="What should be different; what is not mentioned stays")],
        ctx: Context,
        roots: Annotated[ListRootsResult | None, Resolve(_roots)],
        references: References = [],  # noqa: B006 - the schema of the tool
        size: Annotated[str | None, Field(description="WIDTHxHEIGHT in pixels; as before if not given")] = None,
        seed: Annotated[int | None, Field(description="As before if not given; -1 draws one")] = None,
        number: Annotated[int, Field(description="Pictures, each with another seed", ge=1, le=MOST_AT_ONCE)] = 1,
        rounds: Annotated[int | None, Field(description="As of generate_image")] = None,
    ) -> list[ContentBlock]:
        """Change something in an image that was made before. Returns what generate_image returns."""
        with _told():
            files, found = await self._references(references, roots)
            asked = Submission(
                text=change, after=generation.removeprefix("generation:"), references=files, found=found, size=size, seed=seed,
                number=number, rounds=rounds, via="mcp", called="change",
            )  # fmt: skip
            return await self._delivered(asked, ctx)

    async def search_pictures(
        self,
        query: Annotated[str, Field(description="What the pictures should show: a few words", min_length=1, max_length=400)],
        count: Annotated[int, Field(ge=1, le=_MOST_FOUND)] = 4,
    ) -> list[ContentBlock]:
        """Look for reference pictures in the user's libraries and in what this server searches. Each has a name (picture:…)
        that generate_image takes as a reference, its source and its licence."""
        with _told():
            found = list(await self._studio.pictures(query, count))[:count]
            self._found |= {picture.digest: picture for picture in found}
            for digest in list(self._found)[:-_REMEMBERED]:
                del self._found[digest]
            named = [
                {"reference": f"picture:{picture.digest}", "title": picture.title, "source": picture.source}
                | {"licence": picture.licence, "page": picture.page_url}
                for picture in found
            ]
            images = [_image(await thumbnail(self._studio, picture.digest)) for picture in found]
            return [_text(named), *images]

    async def read_trajectory(
        self,
        generation: Annotated[str, Field(description="Its id, as generate_image told it; empty: the newest one")] = "",
    ) -> list[ContentBlock]:
        """What the agent did for an image, step by step: what it looked up, which pictures it chose and why, the program, and
        the verdict on every word of the request."""
        with _told():
            name = generation.removeprefix("generation:") or next((each.id for each in self._studio.archive.newest()), "")
            return [_text(_shortened(whole(self._studio, name, lambda path: self._link(name, path.rpartition("/")[2]))))]

    # ---- their parts ----------------------------------------------------------------------------------------------------

    async def _delivered(self, asked: Submission, ctx: Any) -> list[ContentBlock]:
        """What ``asked`` comes to, its steps told on the way."""
        shown: list[ContentBlock] = []
        for job in await self._studio.submit(asked):
            if isinstance(job, Job):
                await self._report(job, ctx)
            shown += await self._outcome(job.id, await self._studio.end_of(job))
        return shown

    async def _report(self, job: Job, ctx: Any) -> None:
        """Progress for the client, a step at a time."""
        steps, number = Steps(job.request, lambda file: self._link(job.id, file)), 0
        async for event in job.follow():
            number += 1
            await ctx.report_progress(number, None, _in_words(steps.of(event)))

    async def _outcome(self, name: str, row: dict[str, Any]) -> list[ContentBlock]:
        digest = final_digest(self._studio, name)
        score = row.get("score") or {}
        failed = [d["requirement"] for d in score.get("diagnostics", ()) if not d["passed"]]
        told = {
            "generation": f"generation:{name}",
            "gen_prompt": (row.get("program") or {}).get("gen_prompt"),
            "kscore": score.get("kscore_renormalized"),
            "failed": failed,
            **{key: row[key] for key in ("unscored", "error", "notes", "seed") if row.get(key)},
        }
        if digest is None:
            raise ToolError(json.dumps(told, ensure_ascii=False))
        link = ResourceLink(name=f"{name}.png", uri=self._link(name, "image.png"), mime_type="image/png")
        return [_image(await preview(self._studio, digest)), link, _text(told)]

    async def _references(
        self, references: Sequence[str], roots: ListRootsResult | None
    ) -> tuple[list[tuple[str, bytes]], list[Picture]]:
        """(files with their names, pictures of the store). Raises ``NotServed``."""
        files: list[tuple[str, bytes]] = []
        found: list[Picture] = []
        for reference in references:
            kind, _, name = reference.partition(":")
            if kind == "picture":
                found.append(self._picture(name))
            elif kind == "generation":
                found.append(self._made(name))
            elif kind == "data":
                files.append(("reference.png", _decoded(reference)))
            else:
                files.append(self._file(reference, roots))
        return files, found

    def _picture(self, digest: str) -> Picture:
        if (known := self._found.get(digest)) is not None:
            return known
        if not _DIGEST.fullmatch(digest) or not self._studio.folder.images.path(digest).is_file():
            raise NotServed("references: there is no picture of this name; search_pictures tells names")
        return Picture(title="reference", digest=digest, source="request")

    def _made(self, name: str) -> Picture:
        digest = final_digest(self._studio, name)
        if digest is None:
            raise NotServed(f"references: generation {name} has no picture")
        return Picture(title=self._studio.request(name).text[:80], digest=digest, source="request", url=f"generation:{name}")

    def _file(self, reference: str, roots: ListRootsResult | None) -> tuple[str, bytes]:
        """A file of the client's roots, whatever links lead there. Raises ``NotServed``."""
        if not self._local:
            raise NotServed("references: this server reads no files; send the picture as a data URL")
        places = [*self._allowed, *(_path(str(root.uri)) for root in (roots.roots if roots else ()))]
        if not places:
            raise NotServed("references: the client has no roots; name a folder with `genevolve mcp --allow DIR`")
        try:
            path = (places[0] / _path(reference)).resolve(strict=True)
            inside = any(path.is_relative_to(place.resolve()) for place in places)
            if not inside or not path.is_file() or path.stat().st_size > MAX_BYTES:
                raise NotServed(f"references: {reference[:200]!r} is no image file inside the client's roots")
            return path.name, path.read_bytes()
        except (OSError, ValueError):
            raise NotServed(f"references: {reference[:200]!r} is no image file inside the client's roots") from None


@contextmanager
def _told() -> Iterator[None]:
    """What cannot be served becomes what the assistant reads."""
    try:
        yield
    except (NotServed, UsageError, ServiceError) as problem:
        raise ToolError(str(problem)) from None


def _path(reference: str) -> Path:
    parts = urlsplit(reference)
    return Path(url2pathname(unquote(parts.path)) if parts.scheme == "file" else reference)


def _decoded(reference: str) -> bytes:
    found = _DATA.fullmatch(reference)
    try:
        return base64.b64decode(found["data"] if found else "", validate=True) or b""
    except binascii.Error:
        raise NotServed("references: a data URL is written data:image/png;base64,…") from None


def _in_words(step: dict[str, Any]) -> str:
    """A step in one line."""
    match step["step"]:
        case "action":
            return f"{step['action']}: {step['detail']}"[:200]
        case "found":
            titles = [hit["title"] for fact in step["facts"] for hit in fact["hits"]] + [p["title"] for p in step["pictures"]]
            return "found: " + (", ".join(titles[:4]) or "nothing")[:200]
        case "program":
            return f"program: {step['gen_prompt']}"[:200]
        case "verdict" | "review" if "score" in step:
            return f"verdict: {step['score']['kscore_renormalized']}"
    return str(step.get("message") or step["step"])[:200]


def _text(value: Any) -> TextContent:
    return TextContent(text=json.dumps(value, ensure_ascii=False, indent=1))


def _image(jpeg: bytes) -> ContentBlock:
    return Image(data=jpeg, format="jpeg").to_image_content()


def _shortened(value: Any) -> Any:
    """``value`` with long texts cut, so that an assistant can read all of it."""
    match value:
        case str() if len(value) > _LONGEST:
            return value[:_LONGEST] + " …"
        case list():
            return [_shortened(each) for each in value]
        case dict():
            return {key: _shortened(each) for key, each in value.items()}
    return value
