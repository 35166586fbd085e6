"""Code of a person's own: who names it on the command line allows it to be run (gan_tui/own_code.py)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from gan_tui import config, own_code
from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.tasks import GAN

Command = TypeVar("Command", bound=Callable[..., object])


def own_model_option(command: Command) -> Command:
    """`--model` of a command that looks at a run."""
    return click.option(
        "--model", metavar="NAME", help="Of a run with networks of somebody's own: allow this code, package.module:factory."
    )(command)  # fmt: skip


def own_loss_option(command: Command) -> Command:
    """`--loss`, likewise."""
    return click.option("--loss", metavar="NAME", help="The same of its loss.")(command)


def allow_named(settings: RunConfig, said: Iterable[str]) -> None:
    """Remember the code that `settings` name where its setting is among those that were `said` here. Raises UserError."""
    for key in set(said) & own_code.OPTIONS.keys():
        if own_code.is_own(name := config.get(settings, key)):
            own_code.allow(key, name)


def allow_of_run(run: RunDirectory, model: str | None, loss: str | None = None) -> None:
    """The same of code that a run names. Raises UserError where it names other code than was said."""
    for key, said in (("model.family", model), ("loss.name", loss)):
        if said is None:
            continue
        name = config.get(run.config(), key) if run.task is GAN else ""
        if name != said:
            there = f"{key} of {run.name} is {name}" if name else f"{run.name} has no networks of its own"
            raise UserError(f"{own_code.OPTIONS[key].name} {said}: {there}")
        if own_code.is_own(name):
            own_code.allow(key, name)
