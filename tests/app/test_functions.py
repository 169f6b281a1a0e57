"""Commands as functions, with components that a program hands over: a policy, a generator and judges from outside at once."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from genevolve import (
    Finding,
    ImageCase,
    PolicyCall,
    ProgramCase,
    ProgramScore,
    Rendering,
    RenderOrder,
    Reply,
    Score,
    Status,
    Unscored,
    UsageError,
    doctor,
    generate,
    load_profile,
    run_file,
)
from genevolve.app.workers import movable, sendable
from tests.conftest import png

PROMPT = "A bold picture of the request, large, in the center, on a white background."


@dataclass(kw_only=True)
class Blunt:
    """Answers at once."""

    calls: int = 0

    async def reply(self, call: PolicyCall) -> Reply:
        self.calls += 1
        return Reply(text=f"<answer>{json.dumps({'gen_prompt': PROMPT, 'reference_images': []})}</answer>")


class Flat:
    """One colour. It may run in worker processes."""

    parallel = True

    def __init__(self, *, red: int = 9) -> None:
        self.red = red

    async def generate(self, order: RenderOrder) -> Rendering:
        return Rendering(data=png((self.red, 0, 0), order.size))


class Locked(Flat):
    """As ``Flat``, but no other process can have it."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class Strict:
    """Both judges."""

    async def judge_image(self, case: ImageCase) -> Score | Unscored:
        return Score(faithfulness=0.5, visual_correctness=0.5, text_accuracy=None, aesthetics=0.5, judge="strict")

    async def judge_program(self, case: ProgramCase) -> ProgramScore | Unscored:
        return ProgramScore(value=0.25, judge="strict")


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENEVOLVE_HOME", str(tmp_path / "home"))
    return tmp_path


def test_one_request_with_everything_from_outside(workdir: Path) -> None:
    policy = Blunt()
    made = generate("three cats", out="o", policy=policy, generator=Flat(red=77), image_judge=Strict(), program_judge=Strict)
    assert policy.calls == 1, "the instance itself has worked"
    assert isinstance(made.score, Score) and made.score.judge == "strict"
    assert made.trajectory.program_score == ProgramScore(value=0.25, judge="strict")
    about = json.loads((workdir / "o/run.json").read_text())
    assert set(about["plugins"]) == {"policy", "generator", "image_judge", "program_judge"}
    assert about["plugins"]["policy"]["place"] == f"{__name__}:Blunt" and about["profile"]["search"]["member"] == "atlas"


def test_a_file_of_requests_and_its_stages(workdir: Path) -> None:
    (workdir / "rows.jsonl").write_text('{"id": "a", "prompt": "one cat"}\n{"id": "b", "prompt": "two cats"}\n')
    policy, shown = Blunt(), list[str]()
    counts = run_file("rows.jsonl", out="one", until="program", policy=policy, on_row=lambda row: shown.append(row["id"]))
    assert (counts.done, counts.failed, policy.calls, sorted(shown)) == (2, 0, 2, ["a", "b"])
    assert run_file("rows.jsonl", out="one", until="program", policy=policy).earlier == 2 and policy.calls == 2
    assert run_file("one/results.jsonl", out="two", start="program", until="image", generator=Flat()).done == 2
    assert run_file("two/results.jsonl", out="three", start="image", image_judge=Strict()).done == 2
    with pytest.raises(UsageError, match=r"start is 'middle'; it is one of request, program, image"):
        run_file("rows.jsonl", out="four", start="middle")
    with pytest.raises(UsageError, match=r"until is 'end'"):
        run_file("rows.jsonl", out="four", until="end")


def test_a_profile_is_diagnosed(workdir: Path) -> None:
    made = doctor(generator=Flat, image_judge="vlm")
    said = {each.about: each.finding.what for each in made.found}
    assert not made.well and "OPENAI_API_BASE" in " ".join(each.finding.what + each.finding.fix for each in made.found)
    assert f"generator: {__name__}:Flat" in said
    assert doctor(policy=Blunt(), generator=Flat).well


def test_instances_go_to_worker_processes_where_they_can() -> None:
    profile = load_profile("offline", {"policy": Blunt(), "generator": Flat(red=3), "image_judge": Strict()})
    moved = movable(profile, "policy", "generator", "image_judge")
    assert moved == {"generator"}, "what remembers something, or does not say that it does not, stays"
    sent = sendable(profile, moved)
    assert sent.choice("generator").given is profile.choice("generator").given
    assert sent.choice("policy").given is None, "what stays is not sent"
    with pytest.warns(UserWarning, match=r"generator '.*Locked' runs in the main process, because it cannot be sent"):
        assert movable(load_profile("offline", {"generator": Locked()}), "generator", "image_judge") == {"image_judge"}


# ---- rounds, as on the command line


def test_rounds_and_a_reviewer_are_arguments(workdir: Path) -> None:
    class Lenient(Strict):
        async def judge_image(self, case: ImageCase) -> Score | Unscored:
            return Score(faithfulness=1.0, visual_correctness=1.0, text_accuracy=None, aesthetics=0.5, judge="lenient")

    made = generate(
        "a red circle", rounds=2, takes=2, reviewer=Lenient(), policy=Blunt(), generator=Flat(), image_judge=Strict()
    )
    limits, told = made.trajectory.limits, made.trajectory.best
    assert (limits.rounds, limits.takes) == (2, 2) and told is not None
    assert isinstance(told.review, Score) and isinstance(told.image_score, Score)
    assert (told.review.judge, told.image_score.judge) == ("lenient", "strict")
    with pytest.raises(UsageError, match="--rounds is 11"):
        generate("a red circle", rounds=11)


def test_rounds_of_a_file_are_arguments(workdir: Path) -> None:
    (workdir / "rows.txt").write_text("a red circle\n")
    run_file("rows.txt", out="out", rounds=3, policy=Blunt(), generator=Flat(), image_judge=Strict())
    assert json.loads((workdir / "out" / "run.json").read_text())["profile"]["episode"]["rounds"] == 3
    assert "revision" in json.loads((workdir / "out" / "results.jsonl").read_text())


def test_doctor_checks_the_reviewer() -> None:
    class Sick(Strict):
        async def check(self, *, call: bool) -> list[Finding]:
            return [Finding(status=Status.FAILED, what="it is ill", fix="let it rest")]

    found = {each.about: each.finding for each in doctor(reviewer=Sick(), rounds=2).found}
    about = next(about for about in found if about.startswith("reviewer: "))
    assert found[about].what == "it is ill"
    absent = doctor(reviewer="nobody", rounds=2)
    assert not absent.well and any(each.about == "reviewer: nobody" for each in absent.found)
    idle = doctor(reviewer="pixel")
    assert idle.well and any("one round" in each.finding.what for each in idle.found)
