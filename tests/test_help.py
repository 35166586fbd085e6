"""What `--help` says fits into 80 columns."""

import re

import click
import pytest
from click.testing import CliRunner

from gan_tui.cli import cli

COLUMNS = 80


def helped(*words: str) -> list[str]:
    done = CliRunner().invoke(cli, [*words, "--help"], terminal_width=COLUMNS)
    assert done.exit_code == 0
    return done.output.splitlines()


def test_every_command_has_a_line_that_is_said_whole() -> None:
    lines = helped()
    listed = [line.strip() for line in lines[lines.index("Commands:") + 1 :]]
    assert len(listed) == sum(not command.hidden for command in cli.commands.values())
    assert not [line for line in listed if line.endswith("...")]
    assert all(len(line) <= COLUMNS for line in lines)


@pytest.mark.parametrize("name", sorted(name for name, command in cli.commands.items() if not command.hidden))
def test_no_line_is_too_long_and_values_are_called_as_a_person_calls_them(name: str) -> None:
    lines = helped(name)
    assert all(len(line) <= COLUMNS for line in lines), lines
    assert not [line for line in lines if re.search(r"\w-$", line)], "a word is broken"
    assert not [line for line in lines if re.search(r"--[\w-]+ (INTEGER|FLOAT|DIRECTORY|PATH|TEXT)\b|\d{15}", line)]
    options = [one for one in cli.commands[name].params if isinstance(one, click.Option) and not one.hidden]
    assert all(one.help for one in options)


def test_a_grid_is_said_to_take_numbers_only() -> None:
    assert "A grid takes numbers; with --trials, words as well" in " ".join(" ".join(helped("sweep")).split())


def test_a_newcomer_is_told_where_the_options_of_the_default_command_are() -> None:
    words = " ".join(" ".join(helped()).split())
    named = re.search(r"`gan-tui train --help` lists the options of that \((.+?) \.\.\.\), `gan-tui presets` the presets\.", words)
    assert named is not None
    assert set(named[1].split(", ")) <= {name for option in cli.commands["train"].params for name in option.opts}
