"""Every command to the trainer can be given by key, from the palette and with `gan-tui control`, and the trainer knows it."""

from pathlib import Path

import click
import pytest

from gan_tui.cli import cli
from gan_tui.config import settings
from gan_tui.dashboard.commands import COMMANDS as KEYS
from gan_tui.run import events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.spec.commands import COMMANDS, LIVE_SETTINGS, CommandName
from tests.dashboard.helpers import HeldRun, append, make_run, opened, recorded, run_async, show_preview, until
from tests.spec.docs import ROOT

KEYS_OF: dict[CommandName, tuple[str, ...]] = {
    "pause": ("space",),
    "resume": ("space",),
    "save": ("s",),
    "sample": ("g",),
    "evaluate": ("e",),
    "neighbours": ("2", "enter"),
    "bookmark": ("b", "enter"),
    "set": ("k", "right", "enter"),
    "stop": ("q", "s"),
}
"""What a person presses for each, from the overview on."""


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = make_run(tmp_path)
    append(made, *recorded(3))
    return made


@pytest.mark.parametrize("name", COMMANDS)
def test_keys_send_it(name: CommandName, run: RunDirectory) -> None:
    if name == "resume":
        append(run, events.Phase(name="paused"))
    show_preview(run)

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            assert KEYS_OF[name][-1] in COMMANDS[name].key.split(",") or KEYS_OF[name][0] in COMMANDS[name].key.split(",")
            for key in KEYS_OF[name]:
                await pilot.press(key)
                await pilot.pause()
            await until(lambda: any(run.control.iterdir()))
            assert [command.name for command in mailbox.receive(run.control)] == [name]
            del app

    with HeldRun(run):
        run_async(case)


def test_the_palette_has_each_of_them(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            found = {command.title for command in app.get_system_commands(app.screen)}
            await pilot.press("2")
            found |= {command.title for command in app.get_system_commands(app.screen)}
            assert {command.title for command in COMMANDS.values()} <= found

    with HeldRun(run):
        run_async(case)


def test_keys_palette_and_help_say_what_is_declared() -> None:
    sent = {key.sends: key for key in KEYS if key.sends}
    assert sent.keys() == COMMANDS.keys() - {"resume"}, "space does both"
    assert all((key.title, key.meaning) == (COMMANDS[name].title, COMMANDS[name].meaning) for name, key in sent.items())


def test_control_takes_each_of_them() -> None:
    control = cli.get_command(click.Context(cli), "control")
    assert control is not None
    verbs = next(parameter for parameter in control.params if parameter.name == "command").type
    assert isinstance(verbs, click.Choice)
    assert list(verbs.choices) == list(COMMANDS)


def test_what_can_be_set_is_a_setting() -> None:
    assert LIVE_SETTINGS.keys() <= {setting.key for setting in settings()}


def test_the_readme_lists_them() -> None:
    (row,) = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("| `gan-tui control ")]
    assert ", ".join(COMMANDS) in row
