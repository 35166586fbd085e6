"""The README's commands are the ones that CI runs."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]


def command_after(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```[a-z]*\n(.*?)\n```", (CHECKOUT / "README.md").read_text("utf-8"), re.DOTALL)
    assert found, f"README.md has no block after <!-- {mark} -->"
    return found[1]


def test_both_commands_are_one_line_and_install_what_they_need() -> None:
    run, test = command_after("run command"), command_after("test command")
    for command in (run, test):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert run.endswith("&& .venv/bin/gan-tui")
    assert test.endswith("&& .venv/bin/python -m pytest")
