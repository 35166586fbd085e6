"""What an error advises exists: every command and every option that a text of the program names."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click

from gan_tui import cli

PACKAGE = Path(cli.__file__).parents[1]
COMMAND = re.compile(r"`(gan-tui[^`]*)`")
OPTION = re.compile(r"(?<![\w-])(?<!var\()(--[a-z][a-z-]+)(?![a-z:-])")
"""Not CSS's own names, which are written alike."""
OTHERS = ("--upgrade", "--nproc-per-node", "--worker", "--help", "--version", "--force-reinstall", "--gpus", "--gres")
"""Options of other programs, and of all."""
PARTS_OF_THE_PALETTE = ("--command-palette", "--container")
"""Names that Textual gives."""
PROGRAMS = ("train_classifier.py",)
"""With command lines of their own."""


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text in the code that is no docstring, with 1 where something is put in."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inside |= {id(part.value) for part in node.body if isinstance(part, ast.Expr)}
        elif isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else put_in(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.lineno, node.value


def put_in(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    value = part.value
    if isinstance(value, ast.IfExp) and isinstance(value.body, ast.Constant):
        return str(value.body.value)
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("looking_in"):
        return ""  # an option of its own, where the runs are elsewhere
    return "1"


@cache
def everything() -> list[tuple[Path, int, str]]:
    """Every text of the program, and where it stands."""
    return [
        (path, line, text)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name not in PROGRAMS
        for line, text in texts(ast.parse(path.read_text("utf-8")))
    ]


TYPED = re.compile(r"gan-tui (attach|control|resume|runs|sweep|watch) \S")


def why_not(command: str) -> str:
    """What is wrong with an advised command; empty where it can be typed."""
    words = shlex.split(re.sub(r"\b(RUN|N|FOLDER|SWEEP)\b", "1", command).replace("VERB", "pause").replace("COMMAND", "train"))[1:]
    if words == ["--version"]:
        return ""  # of the program itself
    name, *rest = words if words and not words[0].startswith("-") else ["train", *words]
    found = cli.cli.get_command(click.Context(cli.cli), name)
    if found is None:
        return "there is no such command"
    if words == [name]:
        return ""  # a command is spoken of, and not what to type
    try:
        with found.make_context(name, rest):
            return ""
    except click.exceptions.Exit:  # of --help
        return ""
    except click.ClickException as error:
        return error.message


def test_an_advised_command_can_be_typed() -> None:
    advised = {found for _, _, text in everything() for found in COMMAND.findall(text)}
    advised |= {text for _, _, text in everything() if TYPED.match(text)}
    # Of these the words are put in.
    put_together = {"gan-tui 1", "gan-tui control RUN 1", "gan-tui resume 1 1", "gan-tui runs1", "gan-tui settings1"}
    advised -= put_together
    assert {command: why for command in sorted(advised) if (why := why_not(command))} == {}


def test_the_walk_finds_them() -> None:
    found = {command for _, _, text in everything() for command in COMMAND.findall(text)}
    assert {"gan-tui settings", "gan-tui resume 1", "gan-tui runs"} <= found
    assert len(found) > 12


def test_an_advised_option_exists() -> None:
    known = {
        option
        for name in cli.cli.commands
        for parameter in cli.cli.commands[name].params
        for option in parameter.opts + parameter.secondary_opts
    }
    said = ((path.name, line, option) for path, line, text in everything() for option in OPTION.findall(text))
    assert [found for found in said if found[2] not in known | {*OTHERS, *PARTS_OF_THE_PALETTE}] == []
