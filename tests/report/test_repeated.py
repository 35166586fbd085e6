"""The command of a report that does its run again."""

import shlex
from itertools import pairwise

import click
import pytest

from gan_tui import config
from gan_tui.cli import cli as commands
from gan_tui.report import facts
from gan_tui.run.directory import RunDirectory, create
from gan_tui.run.events import Started
from gan_tui.run.log import EventWriter
from tests.conftest import Cli

HOSTILE = "</title><script>alert(1)</script>|`\x1b[31m"


def test_its_command_makes_the_run_again(cli: Cli) -> None:
    said = {
        "data": {"dataset": "folder:/photos", "classes": ("big cats", "b")},
        "model": {"conditional": True},
        "optimizer": {"d_lr": 0.125},
    }
    settings = config.resolve("mlp-r3", tables=[said])
    run = create(cli.runs_dir, settings, "mine")
    words = shlex.split(first_command(run))
    assignments = [config.parse_assignment(word) for before, word in pairwise(words) if before == "--set"]
    assert config.resolve(words[words.index("--preset") + 1], assignments) == settings


SEARCHES = (
    ("repair", {"files": ("/my pictures/a.png",), "holes": ((8, 8, 12, 12),)}, ["/my pictures/a.png", "--hole", "8,8,12,12"]),
    ("sharpen", {"held_out": 4, "factor": 2}, ["--held-out", "4", "--factor", "2"]),
    ("project", {"files": ("/a.png", "/b.png")}, ["/a.png", "/b.png", "--set", "search.blend=0.01"]),
)


@pytest.mark.parametrize(("purpose", "pictures", "words"), SEARCHES, ids=[purpose for purpose, *_ in SEARCHES])
def test_the_command_of_a_search_is_there(purpose: str, pictures: dict[str, object], words: list[str], cli: Cli) -> None:
    table = {"task": "inversion", "pictures": {"purpose": purpose, "generator": "/runs/mnist", **pictures}, "search": {"steps": 7}}
    run = create(cli.runs_dir, config.settings_from_table(table, config.InversionConfig), "mine")
    told = shlex.split(first_command(run))
    assert sorted(told) == sorted(["gan-tui", purpose, "/runs/mnist", *words, "--set", "search.steps=7"])
    assert made_context(told)


def test_the_command_of_a_style_transfer_takes_the_copies_in_its_folder(cli: Cli) -> None:
    said = {"content": "/gone.png", "styles": ("/gone too.jpg",), "height": 64, "width": 48, "preserve_color": True}
    table = {"task": "style", "pictures": said, "transfer": {"steps": 9}}
    run = create(cli.runs_dir, config.settings_from_table(table, config.StyleConfig), "mine")
    told = shlex.split(first_command(run))
    assert told[:5] == ["gan-tui", "style", str(run.content), "--style", str(run.style(0))]
    assert told[5:] == ["--size", "64", "--steps", "9", "--set", "pictures.preserve_color=true"]
    assert made_context(told)


SHEETS = (
    (("/photos/a b.png", "/photos/c.png"), ("/s/1.png", "/t/2.png"), ["/photos", "--style", "/s/1.png", "--style", "/t/2.png"]),
    (("/photos/a.png",), ("/s/1.png", "/s/2.png", "/t/3.png"), ["/photos/a.png", "--style", "/s", "--style", "/t/3.png"]),
    (("/photos/a.png",), ("/s/1.png",), ["/photos", "--style", "/s/1.png"]),
)


@pytest.mark.parametrize(("contents", "styles", "words"), SHEETS)
def test_the_command_of_a_sheet_has_a_folder_in_it(contents: tuple[str, ...], styles: tuple[str, ...], words: list[str], cli: Cli) -> None:
    table = {"task": "style-sheet", "pictures": {"contents": contents, "styles": styles, "height": 48, "width": 64}}
    told = shlex.split(first_command(create(cli.runs_dir, config.settings_from_table(table, config.StyleConfig), "mine")))
    assert told == ["gan-tui", "style", *words, "--size", "64", "--steps", "60"]
    assert made_context(told)


def test_the_command_of_a_style_network_takes_the_copies_too(cli: Cli) -> None:
    data = {"styles": ("/gone.png", "/too.png"), "shares": (1, 0.5), "dataset": "folder:/my photos", "image_size": 64}
    table = {"task": "style-net", "data": data, "train": {"epochs": 9, "start": "scratch"}, "weights": {"style": 30}}
    settings = config.settings_from_table(table, config.StyleNetConfig)
    run = create(cli.runs_dir, settings, "mine")
    told = shlex.split(first_command(run))
    assert made_context(told)
    styles = [word for before, word in pairwise(told) if before == "--style"]
    assert styles == [str(run.style(0)), str(run.style(1))]
    said = {"dataset": told[told.index("--dataset") + 1], "epochs": told[told.index("--epochs") + 1]}
    assert said == {"dataset": "folder:/my photos", "epochs": "9"}
    assert [word for before, word in pairwise(told) if before == "--share"] == ["1", "0.5"]
    assignments = [word for before, word in pairwise(told) if before == "--set"]
    assert sorted(assignments) == ["data.image_size=64", "train.start=scratch", "weights.style=30.0"]


def first_command(run: RunDirectory) -> str:
    """Of the report of a run that has begun."""
    with EventWriter(run.events) as log:
        log.write(Started(device="cpu", device_name="", epochs=1, steps_per_epoch=10))
    return facts.gather(run).commands[0]


def made_context(words: list[str]) -> click.Context:
    """As the shell would have it. Raises UsageError for what is no command."""
    command = commands.get_command(click.Context(commands), words[1])
    assert command is not None
    return command.make_context(words[1], words[2:])
