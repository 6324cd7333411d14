"""Would the tests notice? Small faults are put into the rules one by one, and the tests are run.

`make mutants`, or `python -m bench.mutants [--every N] [MODULE …]` for every N-th fault. What
stands in docs/explanation/mutation-testing.md is printed here. A fault is a changed comparison,
condition, number or truth, an argument or an element left out; it survives where all tests pass
with it.

Each fault is tried in a forked process in which the module is imported with it, first by the
examples, and where these pass by the properties. One core.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[1]
UNIT = "tests/unit"
_CASES = [f"{UNIT}/cases", f"{UNIT}/test_decide.py", f"{UNIT}/test_why.py"]
_POLICY = [f"{UNIT}/test_{name}.py" for name in ("calendar", "limits", "policy", "explain")]
_ANYTHING = [f"{UNIT}/test_engine_properties.py"]

#: The modules whose mistakes would be unfair to somebody, and who judges them.
MODULES: dict[str, list[str]] = {
    f"grid.policy.{name}": [*_POLICY, *_CASES] for name in ("limits", "calendar")
} | {
    f"grid.cases.{name}": _CASES
    for name in (
        "rising", "ticking", "checking", "asking", "lights", "deadlines", "assigning", "working",
        "ending",
        "standing", "charges", "filing", "case",
    )
}  # fmt: skip

#: Tests that take more than this of the processor's time never end: they have noticed.
_PATIENCE_S = 90

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_EXTREMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
#: What only speaks: its arguments are words.
_SPEAKING = {"refuse", "refuse_role", "need_note", "need_word", "Rejected", "ValueError"}


@dataclass(frozen=True)
class Fault:
    """One change of a module: where it stands, what stood there, and the tree with it."""

    line: int
    was: str
    now: str
    tree: ast.Module


def faults(source: str) -> Iterator[Fault]:
    """All small changes of a module that the operators know."""
    tree = ast.parse(source)
    for place, node in enumerate(_mutable(tree)):
        for number in range(len(list(_changes(copy.deepcopy(node))))):
            changed = copy.deepcopy(tree)
            twin = list(_mutable(changed))[place]
            was = ast.unparse(twin)
            change = list(_changes(twin))[number]
            change()
            compile(ast.fix_missing_locations(changed), "<fault>", "exec")
            yield Fault(node.lineno, was, ast.unparse(twin), changed)


def _mutable(tree: ast.AST) -> Iterator[Any]:
    """The nodes that may be changed, always in the same order."""
    for field, value in ast.iter_fields(tree):
        children = value if isinstance(value, list) else [value]
        for child in children:
            if not isinstance(child, ast.AST) or _left_alone(tree, field, child):
                continue
            if isinstance(child, ast.expr | ast.keyword):
                yield child
            yield from _mutable(child)


def _left_alone(parent: ast.AST, field: str, child: ast.AST) -> bool:
    """Annotations, decorators, words, invariants: no rule stands in them."""
    if field in {"annotation", "returns", "decorator_list", "slice"}:
        return True
    if isinstance(child, ast.Assert | ast.Import | ast.ImportFrom | ast.Raise):
        return True
    if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
        return True
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True
    speaks = isinstance(child, ast.Call) and _called(child) in _SPEAKING
    return speaks or isinstance(parent, ast.JoinedStr)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _changes(node: Any) -> Iterator[Any]:
    """The changes of one node, each a function that makes it in place."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _COMPARED:
            yield lambda: setattr(node, "ops", [_COMPARED[type(op)]()])
        case ast.Compare(ops=[first, second]):
            yield lambda: setattr(node, "ops", [_COMPARED[type(first)](), second])
            yield lambda: setattr(node, "ops", [first, _COMPARED[type(second)]()])
        case ast.BoolOp(op=op, values=values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield lambda: setattr(node, "op", other)
            for gone in range(len(values)):
                silent = ast.Constant(isinstance(op, ast.And))
                yield lambda gone=gone, silent=silent: values.__setitem__(gone, silent)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), operand))
        case ast.BinOp(op=op) if type(op) in _COUNTED:
            yield lambda: setattr(node, "op", _COUNTED[type(op)]())
        case ast.Constant(value=bool() as truth):
            yield lambda: setattr(node, "value", not truth)
        case ast.Constant(value=int() as number):
            yield lambda: setattr(node, "value", number + 1)
        case ast.IfExp(body=body, orelse=orelse):
            yield lambda: setattr(node, "orelse", body)
            yield lambda: setattr(node, "body", orelse)
        case ast.Set(elts=parts) | ast.Tuple(elts=parts, ctx=ast.Load()) if len(parts) > 1:
            for gone in range(len(parts)):
                yield lambda gone=gone: setattr(
                    node, "elts", [p for n, p in enumerate(parts) if n != gone]
                )
        case ast.Call(func=ast.Name(id=name)) if name in _EXTREMES:
            yield lambda: setattr(node.func, "id", _EXTREMES[name])
        case ast.Call(keywords=keywords) if _called(node) == "replace" and keywords:
            for gone in range(len(keywords)):
                yield lambda gone=gone: setattr(
                    node, "keywords", [k for n, k in enumerate(keywords) if n != gone]
                )


class _Loader(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Finds one module, and loads it with its fault."""

    def __init__(self, name: str, tree: ast.Module, path: Path) -> None:
        self.name, self.tree, self.path = name, tree, path

    def find_spec(self, name: str, *_: Any) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self.path))

    def exec_module(self, module: Any) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def noticed(name: str, fault: Fault, path: Path, tests: Sequence[str]) -> bool:
    """True when one of the tests fails with the fault, or never ends."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (_PATIENCE_S, _PATIENCE_S))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        sys.meta_path.insert(0, _Loader(name, fault.tree, path))
        options = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        os._exit(int(pytest.main([*options, *tests])))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def survivors(name: str, every: int, tests: Sequence[str]) -> tuple[int, list[Fault]]:
    """How many faults were tried, and those that nobody noticed."""
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    if name.startswith("grid.cases"):  # read once, before the forks
        policies: Any = importlib.import_module("geo_data.policies")
        for policy in ("default", "with-street"):
            policies.load_shipped(policy)
    sound = Fault(0, "", "", ast.parse(source))
    if noticed(name, sound, path, tests) or noticed(name, sound, path, _ANYTHING):
        sys.exit(f"the tests of {name} do not pass as it is")
    tried, found = list(faults(source))[::every], []
    for fault in tried:
        if noticed(name, fault, path, tests) or noticed(name, fault, path, _ANYTHING):
            continue
        found.append(fault)
        print(f"{name}:{fault.line}: {fault.was}  ->  {fault.now}", flush=True)
    return len(tried), found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES), metavar="MODULE")
    parser.add_argument("--every", type=int, default=1, help="try every N-th fault only")
    asked = parser.parse_args()
    os.chdir(ROOT)
    assert all((hypothesis, np, shapely)), "imported once, before the forks"
    print("| module | faults | noticed | share |\n| --- | ---: | ---: | ---: |")
    rows = []
    for name in asked.modules:
        own = f"{UNIT}/cases/test_{name.rpartition('.')[2]}.py"  # most likely to notice: first
        tests = [test for test in (own, *MODULES[name]) if (ROOT / test).exists()]
        tried, left = survivors(name, asked.every, tests)
        rows.append((name, tried, tried - len(left)))
        print(_row(*rows[-1]), flush=True)
    print(_row("all", sum(r[1] for r in rows), sum(r[2] for r in rows)))


def _row(name: str, tried: int, killed: int) -> str:
    return f"| `{name}` | {tried} | {killed} | {killed / max(tried, 1):.0%} |"


if __name__ == "__main__":
    main()
