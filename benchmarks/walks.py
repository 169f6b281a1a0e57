"""How far an object walks: the functions that are handed it and the shapes it has, counted while a command runs.

    W="python benchmarks/walks.py"
    $W --mark "three cats on a red sofa" -- generate "three cats on a red sofa" --out runs/walk
    $W --mark "[a-z]+-0-[0-9]{6}([.][0-9]+)?" -- data build examples/data-atlas.toml --count 6 --out runs/walk-data

A value belongs to the walk when it is one of our records, or a dict, and holds a text that ``--mark`` matches as a whole,
at most three levels deep. A hop is a function of ours that takes or gives such a value (as ``self`` it does not count);
each counts once. A shape is a class, or the keys of a dict. What policies, searches, generators and judges do with it is
left out. Another tree is counted with ``PYTHONPATH=OTHER/src``.
"""

import argparse
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

DEEPEST = 3
MEMBERS = frozenset({"world", "policies", "generators", "judges"} | {"atlas", "scene"})  # the last two: before the rebuilding


@dataclass
class Walk:
    """What was seen of the object that ``mark`` names, in the code below ``source``."""

    mark: re.Pattern[str]
    source: Path
    hops: dict[CodeType, str] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)

    def profile(self, frame: FrameType, event: str, arg: Any) -> None:
        if event not in ("call", "return") or frame.f_code.co_name.startswith("<"):
            return
        where = self._place(frame.f_code)
        if where is None:
            return
        code = frame.f_code
        taken = set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) - {"self", "cls"}
        values = [frame.f_locals.get(name) for name in taken] if event == "call" else [arg]
        if found := [shape for value in values if (shape := self._shape(value))]:
            self.hops.setdefault(code, where)
            for shape in found:
                self.shapes.setdefault(shape, where)

    def _place(self, code: CodeType) -> str | None:
        try:
            inside = Path(code.co_filename).relative_to(self.source)
        except ValueError:
            return None
        return None if inside.parts[0] in MEMBERS else f"{inside.as_posix()} {code.co_qualname}"

    def _shape(self, value: Any) -> str | None:
        if not self._holds(value, 0):
            return None
        return f"dict {sorted(map(str, value))}" if type(value) is dict else type(value).__qualname__

    def _holds(self, value: Any, depth: int) -> bool:
        if isinstance(value, str):
            return depth > 0 and self.mark.fullmatch(value) is not None
        return depth < DEEPEST and any(self._holds(part, depth + 1) for part in _parts(value, depth))


def _parts(value: Any, depth: int) -> Iterator[Any]:
    """The fields of one of our records, or the values of a dict; the first elements of a list inside of them."""
    if type(value) is dict:
        yield from value.values()
    elif isinstance(value, list | tuple) and depth:
        yield from value[:3]
    elif type(value).__module__.startswith("genevolve") and not isinstance(value, type | ModuleType):
        for name in getattr(type(value), "__dataclass_fields__", ()):
            yield getattr(value, name, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mark", required=True, help="a regular expression: the request's text, or the row's id")
    parser.add_argument("--list", action="store_true", help="also print every hop and every shape")
    parser.add_argument("command", nargs="+", help="a command of genevolve, after --")
    chosen = parser.parse_args()
    import genevolve
    from genevolve.cli.main import main as command

    source = Path(genevolve.__file__).parent
    walk = Walk(mark=re.compile(chosen.mark), source=source)
    sys.argv = ["genevolve", *chosen.command]
    threading.setprofile(walk.profile)
    sys.setprofile(walk.profile)
    try:
        command()
    except SystemExit as end:
        assert not end.code, end.code
    finally:
        sys.setprofile(None)
    packages = Counter(where.split("/")[0].split(".")[0] for where in walk.hops.values())
    print(f"{len(walk.hops)} hops, {len(walk.shapes)} shapes, {sum(s.startswith('dict') for s in walk.shapes)} of them dicts")
    print(", ".join(f"{name} {count}" for name, count in packages.most_common()))
    if chosen.list:
        print(*walk.hops.values(), *(f"shape {shape} ({where})" for shape, where in walk.shapes.items()), sep="\n")


if __name__ == "__main__":
    main()
