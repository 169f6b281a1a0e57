"""Nonsense in the arguments of every public function is refused by name, before anything is done."""

import asyncio
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import genevolve
from genevolve.app.arguments import Count, Seed, checked, fitting
from genevolve.app.bench import Benchmark
from genevolve.app.run import FileRun
from genevolve.cli.main import cli, exit_code
from genevolve.core.errors import UsageError

# (function, its other arguments, what each argument is given)
PUBLIC: dict[str, tuple[Callable[..., Any], dict[str, Any], dict[str, tuple[Any, ...]]]] = {
    "generate": (
        genevolve.generate,
        {"request": "a dog"},
        {
            "request": (5, None, b"a dog", ["a dog"]),
            "seed": (-2, math.nan, 1.5, True, "7", 2**63),
            "n": (0, -1, 2.0, True, None),
            "size": (math.nan, (512,), (512, math.nan), (512.0, 512), 512, ("512", "512"), True),
            "references": ("a.png", 5, None, [5]),
            "libraries": ("mine", 5, [None]),
            "out": (5, math.nan, b"out"),
            "profile": (5, ["offline"]),
            "cache": (5, True),
            "on_entry": (None, 5, "print"),
        },
    ),
    "run_file": (
        genevolve.run_file,
        {"source": "rows.jsonl", "out": "out"},
        {
            "source": (5, None),
            "out": (5, None),
            "on_row": (None, "print"),
            "seed": (-2, math.nan, "1", 2**63),
            "concurrency": (0, -1, math.inf, 1.0, True, "4", None),
            "workers": (0, math.nan, None),
            "libraries": ("mine",),
            "start": (5,),
            "until": (5, None),
            "size": (512, None),
            "retry_failed": ("yes", None, 1),
            "column": (5,),
        },
    ),
    "run_benchmark": (
        genevolve.run_benchmark,
        {"suite": "atlas", "out": Path("out")},
        {"seeds": (0, math.nan, None), "rows": (0, -3, 1.5), "workers": (0, "2"), "concurrency": (0,), "name": (5,)},
    ),
    "open_suite": (genevolve.open_suite, {"chosen": "atlas"}, {"rows": (0, math.nan, "3"), "data": (5, "folder")}),
    "evolve": (genevolve.evolve, {"recipe": "atlas-smoke"}, {"steps": (0, -1, math.nan), "seed": (-2, math.nan), "out": (5,)}),
    "sft": (genevolve.sft, {"recipe": "atlas-smoke"}, {"resume": ("no",), "out": (5,), "data": (5,), "adapter": ("x", 5)}),
    "ablate": (genevolve.ablate, {"plan": "ablation-smoke", "out": "out"}, {"workers": (0, math.nan, 2.0), "out": (None,)}),
    "build_data": (
        genevolve.build_data,
        {"plan": None, "out": Path("out")},
        {"retry_failed": (1, None), "out": (5, None), "changes": (5,)},
    ),
    "check_data": (
        genevolve.check_data,
        {"folders": []},
        {"folders": ("folder", Path("x"), None), "near": (math.nan, "a"), "judge": (5,)},
    ),
    "add_library": (genevolve.add_library, {"folder": "x"}, {"folder": (5, None), "name": (5,), "on_image": ("print",)}),
    "remove_library": (genevolve.remove_library, {"name": "x"}, {"name": (5, None)}),
    "write_report": (genevolve.write_report, {"folders": []}, {"folders": ("run", Path("run")), "out": (5,), "plots": ("x",)}),
    "push": (
        genevolve.push,
        {"folder": "x", "repo": "me/x"},
        {
            **dict.fromkeys(("folder", "repo"), (5, None)),
            **dict.fromkeys(("dry_run", "licence", "base_model"), (5,)),
            "private": ("yes", None),
        },
    ),
    "list_runs": (genevolve.list_runs, {}, {"folder": (5, None)}),
    "picture_story": (genevolve.picture_story, {"path": "x.png"}, {"path": (5, None)}),
    "write_profile": (
        genevolve.write_profile,
        {"path": "x.toml", "draws": "sketch", "plans": "rules", "searches": "offline"},
        {"path": (5, None), "draws": (5, "nothing"), "plans": (None,), "searches": ("moon",), "replace": ("yes",)},
    ),
    "load_profile": (genevolve.load_profile, {"name": "offline"}, {"name": (5, None), "overrides": (5,), "cache": (5,)}),
    "doctor": (genevolve.doctor, {}, {"profile": (5,), "out": (5, None), "call": ("yes", 1), "cache": (5,)}),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_nonsense_is_refused_by_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text('{"prompt": "a dog"}\n')
    function, others, nonsense = PUBLIC[name]
    for argument, values in nonsense.items():
        for value in values:
            with pytest.raises(UsageError, match=rf"^{argument} is .*; it must be "):
                function(**{**others, argument: value})
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"], "nothing was begun"


def test_every_public_command_is_checked() -> None:
    """Those that take no argument, or are a value, have nothing to check."""
    values = {name for name in genevolve.__all__ if inspect.isfunction(getattr(genevolve, name))}
    assert values - PUBLIC.keys() == {"generate_async", "run_file_async", "list_libraries", "request_of"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("generate", "a dog", "--seed", "-2"), "seed is -2; it must be a whole number from -1 to "),
        (("run", "rows.jsonl", "--out", "out", "--seed", "-2"), "seed is -2; it must be a whole number from -1 to "),
        (
            ("run", "rows.jsonl", "--out", "out", "--concurrency", "0"),
            "concurrency is 0; it must be a whole number of 1 or more",
        ),
        (("bench", "atlas", "--out", "out", "--seeds", "0"), "seeds is 0; it must be a whole number of 1 "),
    ],
)
def test_the_command_line_says_the_same(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.jsonl").write_text('{"prompt": "a dog"}\n')
    assert exit_code(lambda: cli.main(list(words), standalone_mode=False)) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists() and not (tmp_path / "runs").exists()


def test_what_fits_is_taken(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("{}\n")
    given: tuple[dict[str, Any], ...] = ({}, {"seed": -1, "libraries": ("a",), "concurrency": 9})
    for more in given:
        assert FileRun.prepare(tmp_path / "rows.jsonl", out=tmp_path / "out", **more).count() == 1
    assert Benchmark.prepare("atlas", out=tmp_path / "out", rows=3, seeds=2).count == 6
    assert asyncio.iscoroutinefunction(genevolve.generate_async)
    for value, annotation in (
        (-1, Seed),
        (1, Count),
        (0.5, float),
        (1, float),
        ([1, 2], tuple[int, int]),
        (None, Count | None),
    ):
        fitting("it", value, annotation)


def test_an_argument_that_a_function_does_not_have_stays_an_error_of_the_program() -> None:
    @checked
    def one(number: Count) -> int:
        return number

    assert one(3) == 3
    with pytest.raises(TypeError, match="unexpected keyword"):
        one(3, more=4)  # type: ignore[call-arg]
