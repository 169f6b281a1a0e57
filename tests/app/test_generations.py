"""Directories of `generate`: each call has its own or shares one, and what is kept, checked and recorded."""

import inspect
import json
import math
import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from genevolve.app import assemble as assembly
from genevolve.app import generate as module
from genevolve.app import library
from genevolve.app.generate import generate, generate_async
from genevolve.app.run import run_file, run_file_async
from genevolve.cli.main import FAILURE, exit_code
from genevolve.core.errors import UsageError
from genevolve.core.picture import Picture
from genevolve.core.protocols import ImageCase, PolicyCall, Rendering, RenderOrder, Reply
from genevolve.core.score import Unscored
from tests.conftest import png
from tests.services.paper import ENVIRON


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


def told(path: Path) -> Any:
    return json.loads(path.read_text())


class Counting:
    """A policy that counts its calls, which would all be paid for, and answers at once."""

    def __init__(self) -> None:
        self.calls = 0

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls += 1
        program = {"gen_prompt": "A red circle, large, in the center, on a plain white background.", "reference_images": []}
        return Reply(text=f"<answer>{json.dumps(program)}</answer>")


# ---- a directory of its own for each call


def test_calls_in_one_second_get_directories_of_their_own(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Standing(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Standing":
            return cls(2026, 11, 28, 12, 0, 0)

    monkeypatch.setattr(module, "datetime", Standing)
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: generate("a photo of a cat"), range(3)))
    folders = {each.folder for each in made}
    assert len(folders) == 3 and all(each.image and each.image.is_file() for each in made)
    assert {folder.name for folder in folders} == {f"20261128-120000-a-photo-of-a-cat{end}" for end in ("", "-2", "-3")}


# ---- one directory for several calls


def test_a_directory_keeps_all_its_generations(workdir: Path) -> None:
    requests = ["a photo of a cat", "a photo of a dog", "a photo of a red apple"]
    made = [generate(text, out="out", seed=number) for number, text in enumerate(requests)]
    out = workdir / "out"
    assert [each.image.name for each in made if each.image] == ["image.png", "image-2.png", "image-3.png"]
    results = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [(row["id"], row["request"], row["seed"]) for row in results] == [
        ("image", requests[0], 0), ("image-2", requests[1], 1), ("image-3", requests[2], 2)
    ]  # fmt: skip
    assert told(out / "result.json")["request"] == requests[2]
    page = (out / "index.html").read_text()
    places = [page.index(text) for text in reversed(requests)]
    assert places == sorted(places), "the newest first"
    assert page.count('class="panel earlier"') == 2
    for name, text in zip(("image", "image-2"), requests, strict=False):
        assert f'href="pages/{name}.html"' in page
        own = (out / "pages" / f"{name}.html").read_text()
        assert text in own and 'href="../index.html"' in own and 'class="panel earlier"' not in own


def test_a_generation_without_an_image_takes_nobodys_name(workdir: Path) -> None:
    class Fails:
        async def generate(self, order: RenderOrder) -> Rendering:
            raise UnicodeError("no luck")

    first = generate("a photo of a cat", out="out", generator=Fails())
    second = generate("a photo of a dog", out="out")
    assert first.image is None and second.trajectory.request.id == "image-2"
    page = (workdir / "out" / "index.html").read_text()
    assert "no luck" in page and "no image" in page
    assert len((workdir / "out" / "results.jsonl").read_text().splitlines()) == 2


def test_a_directory_from_before_keeps_its_page(workdir: Path) -> None:
    generate("a photo of a cat", out="out")
    before = (workdir / "out" / "index.html").read_text()
    for path in (workdir / "out" / "pages").iterdir():
        path.unlink()
    (workdir / "out" / "results.jsonl").unlink()
    generate("a photo of a dog", out="out")
    assert (workdir / "out" / "pages" / "image.html").read_text() == before
    assert "a photo of a cat" in (workdir / "out" / "index.html").read_text()


def test_a_directory_of_a_run_is_left_alone(workdir: Path) -> None:
    (workdir / "rows.jsonl").write_text('{"prompt": "a photo of a cat"}\n')
    run_file("rows.jsonl", out="out")
    before = (workdir / "out" / "run.json").read_bytes()
    with pytest.raises(UsageError, match="holds a run over a file"):
        generate("a photo of a dog", out="out")
    assert (workdir / "out" / "run.json").read_bytes() == before


# ---- refused before anything is paid


def test_a_size_that_the_generator_does_not_draw(workdir: Path) -> None:
    policy = Counting()
    with pytest.raises(UsageError, match=r"--size is 4000x4000, which sketch does not draw: .* 64 to 2048"):
        generate("a red circle", out="out", size="4000x4000", policy=policy)
    assert policy.calls == 0


@pytest.mark.parametrize(
    "refused",
    [{"size": "4000x4000"}, {"size": "wide"}, {"references": ["none.png"]}, {"search": "serper"}, {"policy": "x"}],
)
def test_what_is_refused_leaves_no_directory(workdir: Path, monkeypatch: pytest.MonkeyPatch, refused: dict[str, Any]) -> None:
    monkeypatch.delenv("SERPER_KEY_ID", raising=False)
    with pytest.raises(UsageError):
        generate("a red circle", **refused)
    assert not [*workdir.glob("runs/*")]


class Deleting(Counting):
    """A policy in whose first turn somebody deletes the directory that is worked in."""

    async def reply(self, call: PolicyCall) -> Reply:
        shutil.rmtree("out", ignore_errors=True)
        return await super().reply(call)


@pytest.mark.parametrize(
    "work", [lambda given: generate("a red circle", **given), lambda given: run_file("rows.json", **given)]
)
def test_a_directory_that_is_deleted_meanwhile_ends_the_work(
    workdir: Path, work: Callable[[dict[str, Any]], object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its journal would be written to no one; no further service is asked."""
    (workdir / "rows.json").write_text(json.dumps([{"id": str(place), "prompt": "a red circle"} for place in range(40)]))
    policy = Deleting()
    assert exit_code(lambda: work({"out": "out", "policy": policy})) == FAILURE
    assert "journal.jsonl" in capsys.readouterr().err and policy.calls < 20


def test_a_row_of_a_size_that_the_generator_does_not_draw(workdir: Path) -> None:
    rows = [{"id": "big", "prompt": "a red circle", "size": "4000x4000"}, {"id": "small", "prompt": "a red circle"}]
    (workdir / "rows.json").write_text(json.dumps(rows))
    policy = Counting()
    assert run_file("rows.json", out="out", policy=policy).failed == 1
    assert policy.calls == 1
    big, _ = (json.loads(line) for line in (workdir / "out" / "results.jsonl").read_text().splitlines())
    assert big["bad_input"] and "64 to 2048" in big["error"]
    with pytest.raises(UsageError, match="--size is 4000x4000"):
        run_file("rows.json", out="other", policy=policy, size="4000x4000")
    assert policy.calls == 1


class OneReference:
    max_references: float | None = 1

    async def generate(self, order: RenderOrder) -> Rendering:
        return Rendering(data=png())


def test_more_references_than_the_generator_takes(workdir: Path) -> None:
    """Who asks for them is refused; who did not is offered as many as there are."""
    policy = Counting()
    (workdir / "p.toml").write_text('extends = "offline"\n[episode]\nmax_references = 2\n')
    with pytest.raises(UsageError, match=r"episode\.max_references to 1 or less"):
        generate("a red circle", profile="p.toml", policy=policy, generator=OneReference())
    assert policy.calls == 0
    made = generate("a red circle", policy=policy, generator=OneReference())
    assert made.trajectory.limits.max_references == 1


class Unsaid(OneReference):
    max_references = None


class AnyNumber(OneReference):
    max_references = math.inf


@pytest.mark.parametrize(("generator", "room"), [(AnyNumber(), 3), (Unsaid(), 2)])
def test_a_generator_that_takes_any_number_has_room_for_all_that_are_handed_over(
    workdir: Path, generator: OneReference, room: int
) -> None:
    (workdir / "a.png").write_bytes(png())
    made = generate("a red circle", policy=Counting(), generator=generator, image_judge=Unseen(), references=["a.png"] * 3)
    assert made.trajectory.limits.max_references == room


@pytest.mark.parametrize(("setting", "used"), [("", 4), ("[episode]\nmax_references = 2\n", 2)])
def test_rules_find_as_many_references_as_a_request_names(workdir: Path, setting: str, used: int) -> None:
    """Four flags are four pictures, unless the profile allows fewer; a policy that was trained keeps its number (above)."""
    (workdir / "p.toml").write_text(f'extends = "offline"\n{setting}')
    made = generate("flags of Spain, Japan, Kenya and Norway in a row", profile="p.toml")
    program = made.trajectory.program
    assert program is not None and len(program.references) == used


class Unseen:
    """A judge that gives no marks."""

    async def judge_image(self, case: ImageCase) -> Unscored:
        return Unscored(reason="not looked at", judge="none", retryable=False)


class Pictures:
    """An image search from outside."""

    async def search_images(self, query: str, top_k: int) -> list[Picture]:
        return []


@pytest.mark.parametrize("asks", [True, False])
def test_an_image_search_that_asks_for_the_libraries_is_given_all_of_them(
    asks: bool, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[str, ...] | None] = []

    class PicturesOfMine(Pictures):
        def __init__(self, *, libraries: tuple[str, ...] | None) -> None:
            given.append(libraries)

    monkeypatch.setattr(library, "list_libraries", lambda: [SimpleNamespace(name="brand")])
    monkeypatch.setattr(assembly, "user_libraries", lambda home: SimpleNamespace(checked=given.append))
    generate("a red circle", policy=Counting(), image_judge=Unseen(), image_search=PicturesOfMine if asks else Pictures)
    assert given == ([("brand",)] * 2 if asks else [])


def test_a_plain_call_and_its_coroutine_have_one_signature() -> None:
    for plain, coroutine in ((generate, generate_async), (run_file, run_file_async)):
        assert inspect.signature(plain) == inspect.signature(coroutine)
        assert (plain.__doc__, f"{plain.__name__}_async") == (coroutine.__doc__, coroutine.__name__)
        assert not inspect.iscoroutinefunction(plain)


def test_a_row_with_more_references_than_the_generator_takes(workdir: Path) -> None:
    (workdir / "a.png").write_bytes(png())
    (workdir / "b.png").write_bytes(png((1, 2, 3)))
    references = [{"img_id": f"IMG_00{n}", "note": "n", "local_path": f"{name}.png"} for n, name in ((1, "a"), (2, "b"))]
    prompt = "The first reference image beside the second reference image."
    (workdir / "rows.json").write_text(json.dumps([{"prompt": "x y", "gen_prompt": prompt, "reference_images": references}]))
    assert run_file("rows.json", out="out", start="program", until="image", generator=OneReference()).failed == 1
    assert "takes at most 1" in (workdir / "out" / "results.jsonl").read_text()


@pytest.mark.parametrize(("cache", "refused"), [("read", True), ("off", True), ("replay", False)])
def test_a_missing_key_of_a_later_role(workdir: Path, monkeypatch: pytest.MonkeyPatch, cache: str, refused: bool) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SERPER_API_KEY")
    (workdir / "p.toml").write_text('extends = "offline"\nsearch = "serper"\nimage_search = "serper"\n')
    policy = Counting()
    if refused:
        with pytest.raises(UsageError, match="SERPER_API_KEY"):
            generate("a red circle", profile="p.toml", cache=cache, policy=policy)
    else:
        generate("a red circle", profile="p.toml", cache=cache, policy=policy)
    assert policy.calls == (0 if refused else 1)


@pytest.mark.parametrize("name", ["images", "journal.jsonl", "index.html", "results.jsonl"])
def test_a_directory_that_cannot_be_written(workdir: Path, name: str) -> None:
    policy = Counting()
    if name == "images":
        (workdir / "out").mkdir()
        (workdir / "out" / "images").write_text("a file")
    else:
        (workdir / "out" / name).mkdir(parents=True)
    with pytest.raises(UsageError, match=f"--out out: .*{re.escape(name)} cannot be used"):
        generate("a red circle", out="out", policy=policy)
    assert policy.calls == 0


def test_too_many_references_are_not_even_opened(workdir: Path) -> None:
    with pytest.raises(UsageError, match="at most 5"):
        generate("a red circle", references=["missing.png"] * 6)


# ---- what is chosen for the user, and recorded


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("a poster of a cat in landscape format", (768, 512)),
        ("a poster of a cat, portrait orientation", (512, 768)),
        ("a cat on a mat, in portrait", (512, 768)),
        ("a square poster of a cat in landscape format", (512, 512)),
        ("a painting of a landscape", (512, 512)),
        ("a portrait of a landscape gardener on a square", (512, 512)),
    ],
)
def test_the_size_follows_the_request(workdir: Path, text: str, size: tuple[int, int]) -> None:
    made = generate(text, size="auto", out="out", policy=Counting())
    assert made.trajectory.request.size == size
    assert told(workdir / "out" / "result.json")["size"] == told(workdir / "out" / "run.json")["size"] == list(size)


@pytest.mark.parametrize(
    ("reference", "size"),
    [((768, 512), (768, 512)), ((4000, 3000), (1024, 768)), ((120, 90), (344, 256)), ((3000, 30), (1024, 64))],
)
def test_the_size_follows_the_first_reference(workdir: Path, reference: tuple[int, int], size: tuple[int, int]) -> None:
    Image.new("RGB", reference, (9, 90, 9)).save("r.png")
    made = generate("a card in portrait format", references=["r.png"], size="auto", policy=Counting())
    assert made.trajectory.request.size == size and made.image
    with Image.open(made.image) as image:
        assert image.size == size


def test_a_drawn_seed_is_recorded_and_gives_the_image_again(workdir: Path) -> None:
    first = generate("a photo of three dogs", out="out", seed=-1)
    second = generate("a photo of three dogs", out="out", seed=-1)
    seeds = [each.trajectory.request.seed for each in (first, second)]
    assert min(seeds) >= 0 and len(set(seeds)) == 2
    assert told(workdir / "out" / "run.json")["seed"] == told(workdir / "out" / "result.json")["seed"] == seeds[1]
    again = generate("a photo of three dogs", seed=seeds[0])
    assert again.image and first.image and again.image.read_bytes() == first.image.read_bytes()


def test_drawn_seeds_of_a_run_stay_when_it_goes_on(workdir: Path) -> None:
    rows = [{"id": n, "prompt": "a red circle", **({"seed": -1} if n == 2 else {})} for n in range(3)]
    (workdir / "rows.json").write_text(json.dumps(rows))

    def seeds(out: str) -> list[int]:
        return [json.loads(line)["seed"] for line in Path(out, "results.jsonl").read_text().splitlines()]

    run_file("rows.json", out="out", seed=-1, policy=Counting(), size="auto")
    before = seeds("out")
    assert len(set(before)) == 3 and min(before) >= 0
    Path("out/results.jsonl").write_text("")
    policy = Counting()
    run_file("rows.json", out="out", seed=-1, policy=policy, size="auto")
    assert seeds("out") == before and policy.calls == 0
    run_file("rows.json", out="other", seed=-1, policy=policy)
    assert seeds("other") != before


def test_a_run_from_before_drawn_seeds_goes_on_with_what_it_has(workdir: Path) -> None:
    (workdir / "rows.json").write_text(json.dumps([{"prompt": "a red circle"}]))
    run_file("rows.json", out="out", seed=-1, policy=Counting())
    about = told(workdir / "out" / "run.json")
    del about["draw"]
    (workdir / "out" / "run.json").write_text(json.dumps(about))
    for name in ("results.jsonl", "journal.jsonl"):
        (workdir / "out" / name).write_text("")
    run_file("rows.json", out="out", seed=-1, policy=Counting())
    assert json.loads((workdir / "out" / "results.jsonl").read_text())["seed"] == -1
