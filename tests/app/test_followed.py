"""Several results for one request, and follow-ups: what the policy reads, what stays, what is kept, and what is refused."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from genevolve.app.generate import Generation, generate
from genevolve.app.library import add_library
from genevolve.app.run import run_file
from genevolve.core.errors import UsageError
from genevolve.core.event import Event
from genevolve.core.message import Message, Role
from genevolve.core.protocols import ImageCase, PolicyCall, ProgramCase, Rendering, RenderOrder, Reply
from genevolve.core.request import Request
from genevolve.core.score import ProgramScore, Score, Unscored
from genevolve.run.folder import RunFolder
from genevolve.run.generations import read_back
from tests.conftest import png


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


@dataclass(kw_only=True)
class Notes:
    """A policy that searches once and answers with what it was asked last; it keeps what it was shown."""

    calls: list[PolicyCall] = field(default_factory=list)

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls.append(call)
        last = call.messages[-1]
        if not any("<tool_call>" in message.text for message in call.messages if message.role is Role.ASSISTANT):
            return Reply(text='<tool_call>{"name": "search", "arguments": {"queries": ["capital of Chad"]}}</tool_call>')
        asked = last.text if last.role is Role.USER and not last.text.startswith("<tool") else "A first picture"
        prompt = f"{asked.splitlines()[0]}, large, in the center, on a plain white background."
        return Reply(text=f"<answer>{json.dumps({'gen_prompt': prompt, 'reference_images': []})}</answer>")


@dataclass(kw_only=True)
class Shades:
    """A generator whose picture is its seed; it keeps its orders."""

    orders: list[RenderOrder] = field(default_factory=list)
    edits: bool = False
    max_references: int = 2

    async def generate(self, order: RenderOrder) -> Rendering:
        self.orders.append(order)
        return Rendering(data=png((order.seed % 256, len(self.orders), 0), order.size))


@dataclass(kw_only=True)
class Grades:
    """Both judges; a picture whose seed divides by three is flawless."""

    cases: list[ImageCase] = field(default_factory=list)
    programs: list[ProgramCase] = field(default_factory=list)

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        self.cases.append(case)
        with Image.open(io.BytesIO(case.image)) as image:
            red, _, _ = image.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
            level = 0.5 if red % 3 else 1.0
        return Score(faithfulness=level, visual_correctness=level, text_accuracy=None, aesthetics=level, judge="grades")

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored:
        self.programs.append(case)
        return ProgramScore(value=1.0, judge="grades")


@dataclass(kw_only=True)
class World:
    policy: Notes = field(default_factory=Notes)
    generator: Shades = field(default_factory=Shades)
    image_judge: Grades = field(default_factory=Grades)

    def make(self, request: str, **options: Any) -> Generation:
        options |= {"image_judge": self.image_judge, "program_judge": self.image_judge}
        return generate(request, policy=self.policy, generator=self.generator, **options)


# ---- variations


def test_variations_have_seeds_of_their_own_and_the_best_comes_first(workdir: Path) -> None:
    world, steps = World(), list[tuple[Request, Event]]()
    made = world.make("a photo of a cat", n=3, seed=5, out="out", on_step=lambda request, event: steps.append((request, event)))
    assert {order.seed for order in world.generator.orders} == {5, 6, 7}
    assert (made.id, [each.id for each in made.others]) == ("image-2", ["image", "image-3"])
    told = made.to_json()
    assert told["id"] == "image-2" and [each["id"] for each in told["others"]] == ["image", "image-3"]
    assert json.loads((workdir / "out" / "result.json").read_text()) == told
    assert len((workdir / "out" / "results.jsonl").read_text().splitlines()) == 3
    page = (workdir / "out" / "index.html").read_text()
    assert [name for name in ("image", "image-2", "image-3") if f'href="pages/{name}.html"' in page] == [
        "image",
        "image-2",
        "image-3",
    ]
    assert {request.id for request, _ in steps} == {"image", "image-2", "image-3"}


def test_variations_and_takes_draw_no_seed_twice() -> None:
    world = World()
    world.make("a photo of a cat", n=2, takes=2)
    assert sorted(order.seed for order in world.generator.orders) == [0, 2, 3], "nothing failed with seed 0"


def test_a_budget_that_ends_between_variations_keeps_what_there_is(workdir: Path) -> None:
    profile = workdir / "tight.toml"
    profile.write_text('extends = "offline"\n[limits.generator]\nbudget_calls = 2\n')
    made = World().make("a photo of a cat", n=3, profile=str(profile), out="out")
    assert len(made.others) == 1 and "limits.generator.budget_calls" in made.stopped
    assert made.stopped in (workdir / "out" / "index.html").read_text()
    with pytest.raises(UsageError, match="n is 0"):
        World().make("a photo of a cat", n=0)


# ---- follow-ups


def texts(messages: tuple[Message, ...]) -> list[str]:
    return [message.text for message in messages if message.role is not Role.SYSTEM]


def test_a_follow_up_reads_what_went_before_in_the_protocol_of_every_episode() -> None:
    world = World()
    first = world.make("a photo of a cat", seed=9, size="320x256")
    told = len(world.policy.calls)
    second = world.make("the same, but at night", after=first)
    assert len(world.policy.calls) == told + 1, "nothing is searched for again"
    request, call, found, answer, change = texts(world.policy.calls[-1].messages)
    assert request == "a photo of a cat" and "capital of Chad" in call and found.startswith("<tool_response>")
    assert answer == first.trajectory.turns[-1].text
    assert change.startswith("the same, but at night\n\n") and first.trajectory.rendering is not None
    so_far = world.policy.calls[-1].messages[-1].images
    assert so_far == (first.trajectory.rendering.digest,)  # type: ignore[union-attr]
    assert second.folder == first.folder and second.id == "image-2"
    assert world.generator.orders[-1].seed == 9 and world.generator.orders[-1].size == (320, 256)


def test_judges_are_told_every_wish_and_the_facts_that_were_found_before() -> None:
    world = World()
    first = world.make("a photo of a cat")
    world.make("two cats", after=world.make("at night", after=first))
    case, program = world.image_judge.cases[-1], world.image_judge.programs[-1]
    assert case.wishes == ("a photo of a cat", "at night", "two cats") == program.wishes
    assert all(wish in case.request for wish in case.wishes) and case.request == program.request
    assert program.facts == world.image_judge.programs[0].facts and program.facts


def test_a_chain_is_in_the_result_on_the_page_and_read_back_from_the_journal(workdir: Path) -> None:
    world = World()
    world.make("a photo of a cat", out="runs/one")
    world.make("at night", after="runs/one")
    third = world.make("two cats", after="latest")
    assert [each["request"] for each in third.to_json()["after"]] == ["a photo of a cat", "at night"]
    page = (workdir / "runs" / "one" / "index.html").read_text()
    assert page.index("1. a photo of a cat") < page.index("2. at night") < page.index("<h1>two cats")
    branch = world.make("a dog", after="runs/one/image")
    assert [each["id"] for each in branch.to_json()["after"]] == ["image"]


def test_a_follow_up_elsewhere_takes_what_went_before_with_it(workdir: Path) -> None:
    world = World()
    first = world.make("a photo of a cat", out="one")
    world.make("a photo of a dog", out="two")
    there = world.make("at night", after=first, out="two")
    assert there.id == "image-3" and [each["id"] for each in there.to_json()["after"]] == ["image-2"]
    (workdir / "one").rename(workdir / "gone")
    last = world.make("two cats", after="two")
    assert [each["request"] for each in last.to_json()["after"]] == ["a photo of a cat", "at night"]
    assert texts(world.policy.calls[-1].messages)[0] == "a photo of a cat"


class Killed(Exception):
    """What the end of the process is to the test."""


def killed_after(steps: int) -> tuple[list[Event], Callable[[Event], None]]:
    told: list[Event] = []

    def on_entry(entry: Event) -> None:
        told.append(entry)
        if len(told) == steps:
            raise Killed

    return told, on_entry


@pytest.mark.parametrize(
    ("steps", "out"),
    [(2, "one"), *(pytest.param(*case, marks=pytest.mark.slow) for case in ((1, "one"), (3, "two"), (4, "two")))],
)
def test_a_change_that_a_kill_left_goes_on_when_it_is_asked_for_again(workdir: Path, steps: int, out: str) -> None:
    """In the same directory and in another one: what was answered is asked of nobody again."""
    world = World()
    first = world.make("A cup on a table", out="one", seed=3)
    told, on_entry = killed_after(steps)
    with pytest.raises(Killed):
        world.make("make it red", after=first, out=out, on_entry=on_entry)
    seen: list[Event] = []
    done = world.make("make it red", after=first, out=out, on_entry=seen.append)
    assert (seen[:steps], len(seen), done.id) == (told, 4, "image-2")
    judge = world.image_judge
    asked = len(world.policy.calls), len(world.generator.orders), len(judge.programs), len(judge.cases)
    assert asked == (3, 2, 2, 2)  # two calls and an answer; and two of each other
    assert [each.request.id for each in read_back(RunFolder(workdir / out))] == ["image", "image-2"]


@pytest.mark.slow
def test_only_the_same_wish_with_the_same_members_goes_on(workdir: Path) -> None:
    """What was begun otherwise stays as it is, however often the directory is described anew; variations go on together."""
    world = World()
    with pytest.raises(Killed):
        world.make("a photo of a cat", n=2, seed=5, out="out", on_entry=killed_after(1)[1])
    others: list[dict[str, Any]] = [{"seed": 9}, {"takes": 2}, {"size": "96x96"}]
    names = [world.make("a photo of a cat", out="out", **{"seed": 5, **other}).id for other in others]
    assert names == ["image-3", "image-4", "image-5"]
    before = len(world.policy.calls)
    made = world.make("a photo of a cat", n=3, seed=5, out="out")
    assert {made.id, *(each.id for each in made.others)} == {"image", "image-2", "image-6"}
    assert len(world.policy.calls) - before <= 2 * 3 - 1  # at least what the one had said was known
    assert {each.request.id for each in read_back(RunFolder(workdir / "out"))} == {
        "image",
        *(f"image-{n}" for n in range(2, 7)),
    }
    assert world.make("a photo of a cat", seed=5, out="out").id == "image-7"


def test_a_row_of_a_file_can_be_followed_up(workdir: Path) -> None:
    world = World()
    (workdir / "rows.jsonl").write_text('{"id": "r7", "prompt": "a photo of a cat"}\n')
    run_file("rows.jsonl", out="batch", policy=world.policy, generator=world.generator, image_judge=world.image_judge)
    made = world.make("at night", after="batch/r7")
    assert made.folder.parent.name == "runs" and made.trajectory.request.wishes == ("a photo of a cat", "at night")


def test_the_best_round_is_what_is_changed() -> None:
    world = World()
    first = world.make("a photo of a cat", takes=3, seed=4)
    assert first.trajectory.best is not None and first.trajectory.best.take == 2
    second = world.make("at night", after=first)
    assert second.trajectory.request.seed == 6, "the seed that the picture was drawn with"


@pytest.mark.parametrize("after", ["nowhere", "latest", "one/image-9", "one"])
def test_what_cannot_be_followed_up_is_refused_in_words(workdir: Path, after: str) -> None:
    class Fails:
        async def generate(self, order: RenderOrder) -> Rendering:
            raise UnicodeError("no luck")

    generate("a photo of a cat", out="one", generator=Fails())
    with pytest.raises(UsageError, match=r"no generation|no image"):
        generate("at night", after=after)


@pytest.mark.parametrize(("edits", "taken", "handed"), [(True, 1, True), (True, 2, False), (False, 2, False)])
def test_a_generator_that_edits_is_handed_the_picture_so_far(workdir: Path, edits: bool, taken: int, handed: bool) -> None:
    world = World(policy=Copies(taken=taken))
    world.generator.edits = edits
    own = [str(workdir / f"{number}.png") for number in (1, 2)]
    for number, name in enumerate(own):
        Path(name).write_bytes(png((number, 9, 9)))
    first = world.make("a photo of a cat", references=own)
    second = world.make("at night", after=first)
    assert world.generator.orders[0].edit is None
    edit = world.generator.orders[1].edit
    assert (edit is not None) is handed
    told = [note for note in second.to_json()["notes"] if "all of its 2 places" in note]
    assert len(told) == (edits and not handed), "the result says so where there was no place"
    if edit is not None:
        assert edit.data == first._repr_png_()


@dataclass(kw_only=True)
class Copies(Notes):
    """A policy that selects the first ``taken`` pictures that it was handed."""

    taken: int = 2

    async def reply(self, call: PolicyCall) -> Reply:
        places = list(enumerate(("first", "second")[: self.taken], start=1))
        prompt = " and ".join(f"the {ordinal} reference image" for _, ordinal in places)
        images = [{"img_id": f"IMG_{number:03d}", "note": ordinal} for number, ordinal in places]
        return Reply(text=f"<answer>{json.dumps({'gen_prompt': f'A photo of {prompt}.', 'reference_images': images})}</answer>")


def test_a_follow_up_searches_the_libraries_that_were_searched_before(workdir: Path) -> None:
    (workdir / "photos").mkdir()
    (workdir / "photos" / "cat.png").write_bytes(png())
    for name in ("mine", "ours"):
        add_library(workdir / "photos", name=name)
    world = World()

    def searched(**options: Any) -> object:
        made = world.make("a photo of a cat", **options)
        return json.loads((made.folder / "run.json").read_text())["libraries"]

    assert searched(out="all") is None and searched(after="all") is None
    assert searched(out="one", libraries=["mine"]) == ["mine"]
    assert searched(after="one", out="two") == ["mine"] and searched(after="two") == ["mine"]
    assert searched(after="two", libraries=["ours"]) == ["ours"]
