"""No test has a ceiling of its own: a busy machine would run into it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import CEILING

TESTS = Path(__file__).parent
SHORT = 5.0
"""Seconds. What is shorter is no ceiling, but something that a test wants to pass."""
WAITS = ("wait", "timeout", "communicate", "wait_for", "until")


def ceilings(tree: ast.AST) -> Iterator[tuple[int, float]]:
    """Line and seconds of every number that is given to something that waits, and of every deadline."""
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.Call):
            found += [keyword.value for keyword in node.keywords if keyword.arg == "timeout"]
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
            found += node.args if name in WAITS else []
        elif isinstance(node, ast.BinOp) and ast.unparse(node.left) == "time.monotonic()" and isinstance(node.op, ast.Add):
            found.append(node.right)
        for value in found:
            if isinstance(value, ast.Constant) and isinstance(value.value, int | float) and value.value > SHORT:
                yield value.lineno, value.value


@pytest.mark.parametrize(
    "line",
    [
        "process.wait(60)",
        "run(command, timeout=120)",
        "asyncio.timeout(30)",
        "wait_for(ready, 60, 'it')",
        "end = time.monotonic() + 10",
    ],
)
def test_a_ceiling_is_recognised(line: str) -> None:
    assert len(list(ceilings(ast.parse(line)))) == 1


def test_no_test_has_a_ceiling_of_its_own() -> None:
    found = [
        f"{path.relative_to(TESTS)}:{line}: {seconds} s: use tests.patience.CEILING"
        for path in sorted(TESTS.rglob("*.py"))
        for line, seconds in ceilings(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []
    assert CEILING >= 600
