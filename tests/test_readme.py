"""The README says what is: its commands, keys, presets, options, figures and links are those of the program."""

import re
from pathlib import Path

import click
import pytest

from gan_tui import config
from gan_tui.cli import cli
from gan_tui.dashboard.commands import COMMANDS

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text("utf-8")
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md", CHECKOUT / "CHANGELOG.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
SECTIONS = [
    "Install and run",
    "The first five minutes",
    "Keys",
    "Commands",
    "Your own images",
    "Presets",
    "Results",
    "Troubleshooting",
    "More",
]


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, without its heading."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def command_after(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n```[a-z]*\n(.*?)\n```", README, re.DOTALL)
    assert found, f"README.md has no block after <!-- {mark} -->"
    return found[1]


def test_its_order_and_its_length() -> None:
    assert re.findall(r"^## (.*)", README, re.MULTILINE) == SECTIONS
    assert len(README.splitlines()) <= 150
    assert README.index("![") < README.index("## "), "a picture first"


def test_both_commands_are_one_line_and_install_what_they_need() -> None:
    run, test = command_after("run command"), command_after("test command")
    for command in (run, test):
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert run.endswith("&& .venv/bin/gan-tui")
    assert test.endswith("&& .venv/bin/python -m pytest")


def test_every_key_has_its_row() -> None:
    named = {key for cells in rows("Keys") for key in re.findall(r"`([^`]+)`", cells[0])}
    signs = {sign for command in COMMANDS for sign in re.split(r"[ /](?=.)", command.sign)}
    assert named <= signs, "keys that do nothing"
    everywhere = {command.sign for command in COMMANDS if not command.view} - set("2345")  # `1` to `6`
    assert everywhere <= named, "keys that are not told"


def test_every_command_has_its_row() -> None:
    told = set(re.findall(r"`(?:gan-tui )?([a-z]+)\b", " ".join(cells[0] + cells[1].split(";")[-1] for cells in rows("Commands"))))
    shown = {name for name, command in cli.commands.items() if not command.hidden} - {"train"}  # the default one
    assert shown <= told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_a_page_names_commands_and_options_that_there_are(page: Path) -> None:
    text = page.read_text("utf-8")
    for words in re.findall(r"`gan-tui ([a-z]+)[ `]", text):
        assert words in cli.commands, f"{page.name}: gan-tui {words}"
    options = {name for command in cli.commands.values() for each in command.params for name in (*each.opts, *each.secondary_opts)}
    options |= {name for each in cli.params if isinstance(each, click.Option) for name in each.opts} | {"--help"}
    for call in re.findall(r"(?<![\w-])gan-tui ([^`\n|]*)", text):
        for option in re.findall(r"(?<=\s)--[a-z][a-z-]+", f" {call}"):
            assert option in options, f"{page.name}: gan-tui {call}"


def test_every_preset_has_its_row() -> None:
    assert sorted(cells[0].strip("`") for cells in rows("Presets")) == sorted(config.shipped_presets())


def test_every_preset_has_the_figure_that_it_tells() -> None:
    for name, _, _, figure in rows("Presets"):
        assert re.search(rf"\b{re.escape(re.split('[ ,]', figure)[0])}\b", config.load_preset(name.strip("`")).measured)


def test_the_results_are_those_that_the_presets_tell_and_the_page_behind_has() -> None:
    behind = (CHECKOUT / "docs" / "results.md").read_text("utf-8")
    assert rows("Results")
    for what, fd, coverage, _ in rows("Results"):
        name = re.findall(r"`([^`]+)`", what)[0]
        measured = config.load_preset(name).measured
        assert f"FD {fd.strip('*')} " in measured
        assert f"coverage {coverage}" in measured
        assert fd in behind


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            headings = re.findall(r"^#+ (.*)", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, f"{page.name}: {link}"
