"""Every command that a text names is one: the program's messages, and the documents."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from gan_tui.cli import cli

CHECKOUT = Path(__file__).parents[1]
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
SOURCES = sorted((CHECKOUT / "gan_tui").rglob("*.py"))
BARE = re.compile(r"(?<![`\w/.-])(gan-tui [a-z-]+[^`\n]*)")
"""A command that is made by itself, and comes into a message or a list of commands elsewhere."""
QUOTED = re.compile(r"`(gan-tui(?: [^` ][^`]*)?)`")
FENCED = re.compile(r"^(?:\$ |[A-Z_]+=\S+ )*(gan-tui(?: .*)?)$", re.MULTILINE)
FREE = "{}"
"""What stands in a message where a name is filled in."""


def texts(path: Path) -> Iterator[str]:
    """The string literals of a module, each filled-in value as FREE; none where none stands in the module."""
    source = path.read_text("utf-8")
    for node in ast.walk(ast.parse(source)) if "gan-tui " in source else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else FREE for part in node.values)


def commands(text: str) -> Iterator[str]:
    for found in QUOTED.findall(text):
        yield " ".join(found.split())


def bare_commands(text: str) -> Iterator[str]:
    """Where the word behind `gan-tui` is a command: of another one nobody can say whether it was meant to be one."""
    for found in BARE.findall(text):
        if found.split()[1] in cli.commands:
            yield " ".join(found.split())


def what_is_wrong(line: str) -> str:
    """Empty where there is such a command with such options."""
    line = re.split(r" [|&>;#]| -- ", line)[0]
    words = [word.strip("\"'()[],:") for word in line.split()[1:]]
    own = {option for parameter in cli.params for option in parameter.opts}
    name = next((word for word in words[:1] if not word.startswith("-")), "train")
    if words and words[0] in own:
        return ""
    if FREE in name or name in ("COMMAND", "VERB", "..."):
        return ""
    if name not in cli.commands:
        return f"no command {name}"
    if name == "run":  # what stands behind a script is the script's
        words = words[: next((at for at, word in enumerate(words) if word.endswith(".py")), len(words))]
    known = {option for parameter in cli.commands[name].params for option in (*parameter.opts, *parameter.secondary_opts)}
    asked = [re.split(r"[={]", word)[0] for word in words if re.match(r"--?[a-z]", word)]
    return ", ".join(f"no option {word} of {name}" for word in asked if word not in {*known, "--help", "-h"})


def named_in(path: Path) -> list[str]:
    if path.suffix == ".py":
        return [command for text in texts(path) for command in (*commands(text), *bare_commands(text))]
    page = path.read_text("utf-8")
    blocks = "\n".join(re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```", page, re.DOTALL | re.MULTILINE)).replace("\\\n", " ")
    return [*commands(re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)), *FENCED.findall(blocks)]


@pytest.mark.parametrize("paths", [SOURCES, PAGES], ids=["messages", "documents"])
def test_it_exists(paths: list[Path]) -> None:
    found = [(path.relative_to(CHECKOUT), command) for path in paths for command in named_in(path)]
    assert len(found) > 100
    wrong = {f"{path}: {command}": why for path, command in found if (why := what_is_wrong(command))}
    assert not wrong


def test_the_check_sees_what_is_wrong() -> None:
    assert what_is_wrong("gan-tui evaluate RUN --newest") == ""
    assert what_is_wrong("gan-tui --epochs 3") == ""
    assert what_is_wrong("gan-tui dance") == "no command dance"
    assert what_is_wrong("gan-tui evaluate --best") == "no option --best of evaluate"
    assert what_is_wrong("gan-tui --best") == "no option --best of train"
    assert what_is_wrong("gan-tui run --best train.py --epochs 3") == "no option --best of run"
    assert isinstance(cli, click.Group)
