"""The command that does a run of pictures, or one of another program, once more.

Of a style transfer and a style network it takes the copies in its folder, of a contact sheet and a search their own files.
"""

import shlex
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from gan_tui import config
from gan_tui.config import CommandConfig, InversionConfig, OptimisationConfig, StyleConfig, StyleNetConfig
from gan_tui.config.style_net import PRESET
from gan_tui.run.directory import RunDirectory

GIVEN = ("content", "contents", "styles", "shares", "output", "height", "width")
"""Of the pictures of a transfer, what its arguments say."""
LEARNED = ("data.styles", "data.shares", "data.dataset", "train.epochs")
"""Likewise of a style network."""


def again(run: RunDirectory, settings: OptimisationConfig) -> str:
    """The same once more; empty for a kind of run that has no such command."""
    match settings:
        case StyleConfig():
            return style_again(run, settings, settings.transfer.steps)
        case StyleNetConfig():
            return _network_again(run, settings)
        case InversionConfig():
            return _search_again(settings)
        case _:
            return ""


def command_again(settings: CommandConfig, variables: Iterable[str]) -> str:
    """The same program in a new run, read as in this one; `variables`: names of what it was given, whose values nothing shows."""
    words = ["--cwd", settings.cwd, *["--no-pty"] * (not settings.pty), *["--no-pause"] * (not settings.pause)]
    words += _options("--env", variables)
    if settings.pictures == "":
        words.append("--no-pictures")
    elif isinstance(settings.pictures, str):
        words += ["--pictures", settings.pictures]
    words += _options("--map", settings.maps) + _options("--pattern", settings.patterns)
    return shlex.join(("gan-tui", "run", *words, "--", *settings.command))


def style_again(run: RunDirectory, settings: StyleConfig, steps: int) -> str:
    """The same transfer, or the same sheet, with so many steps."""
    said = settings.pictures
    if settings.task == "style-sheet":
        content, styles = _sheet_words(said.contents, said.styles)
    else:
        content, styles = str(run.content), [str(run.style(index)) for index in range(len(said.styles))]
    size = str(max(said.height, said.width))
    other = _others(settings, StyleConfig(), (*(f"pictures.{name}" for name in GIVEN), "transfer.steps"))
    words = (*_options("--style", styles), *_shares(said.shares), "--size", size, "--steps", str(steps), *other)
    return shlex.join(("gan-tui", "style", content, *words))


def _sheet_words(contents: Sequence[str], styles: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Content and styles as they may be said. A folder makes it a sheet: that of the contents, or, where one is in it, of its styles."""
    folders = [(folder, list(files)) for folder, files in groupby(styles, lambda file: str(Path(file).parent))]
    if len(contents) == 1 and any(len(files) > 1 for _, files in folders):
        return contents[0], [folder if len(files) > 1 else files[0] for folder, files in folders]
    return str(Path(contents[0]).parent), styles


def _network_again(run: RunDirectory, settings: StyleNetConfig) -> str:
    said = settings.data
    styles = _options("--style", (str(run.style(index)) for index in range(len(said.styles))))
    words = (*styles, *_shares(said.shares), "--dataset", said.dataset, "--epochs", str(settings.train.epochs))
    return shlex.join(("gan-tui", "train", "--preset", PRESET, *words, *_others(settings, StyleNetConfig(), LEARNED)))


def _options(name: str, values: Iterable[str]) -> list[str]:
    return [word for value in values for word in (name, value)]


def _shares(shares: Iterable[float]) -> list[str]:
    return _options("--share", (f"{share:g}" for share in shares))


def _search_again(settings: InversionConfig) -> str:
    """The same search with the same generator."""
    said, usual = settings.pictures, InversionConfig()
    if said.purpose == "project":  # as the command begins it
        usual = msgspec.structs.replace(usual, search=msgspec.structs.replace(usual.search, blend=0.0))
    words = [said.generator, *said.files]
    words += ["--held-out", str(said.held_out)] * bool(said.held_out) + ["--mask", said.mask] * bool(said.mask)
    words += _options("--hole", (",".join(map(str, hole)) for hole in said.holes))
    words += ["--factor", str(said.factor)] * bool(said.factor)
    return shlex.join(("gan-tui", said.purpose, *words, *_others(settings, usual, ("pictures", "model", "data"))))


def _others(settings: OptimisationConfig, usual: OptimisationConfig, given: Collection[str]) -> list[str]:
    """`--set` of what is another than `usual`, and not among the sections and keys that are `given` otherwise."""
    found = []
    for key in (setting.key for setting in config.settings(type(settings))):
        value = config.get(settings, key)
        known = key == "task" or key in given or key.partition(".")[0] in given
        if not known and value != config.get(usual, key):
            found += ["--set", f"{key}={str(value).lower() if isinstance(value, bool) else value}"]
    return found
