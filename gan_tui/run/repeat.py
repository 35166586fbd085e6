"""The command that does a run of pictures once more: of a style transfer from the copies in its folder, of a search from its files."""

import shlex
from collections.abc import Collection

import msgspec

from gan_tui import config
from gan_tui.config import InversionConfig, OptimisationConfig, StyleConfig
from gan_tui.run.directory import RunDirectory

GIVEN = ("content", "contents", "styles", "shares", "output", "height", "width")
"""Of the pictures of a transfer, what its arguments say."""


def style_again(run: RunDirectory, settings: StyleConfig, steps: int) -> str:
    """The same transfer with so many steps."""
    styles = (word for index in range(len(settings.pictures.styles)) for word in ("--style", str(run.style(index))))
    size = str(max(settings.pictures.height, settings.pictures.width))
    shares = (word for share in settings.pictures.shares for word in ("--share", f"{share:g}"))
    other = _others(settings, StyleConfig(), (*(f"pictures.{name}" for name in GIVEN), "transfer.steps"))
    return shlex.join(("gan-tui", "style", str(run.content), *styles, *shares, "--size", size, "--steps", str(steps), *other))


def search_again(settings: InversionConfig) -> str:
    """The same search with the same generator."""
    said, usual = settings.pictures, InversionConfig()
    if said.purpose == "project":  # as the command begins it
        usual = msgspec.structs.replace(usual, search=msgspec.structs.replace(usual.search, blend=0.0))
    words = [said.generator, *said.files]
    words += ["--held-out", str(said.held_out)] * bool(said.held_out) + ["--mask", said.mask] * bool(said.mask)
    words += [word for hole in said.holes for word in ("--hole", ",".join(map(str, hole)))]
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
