"""`resume`: a run goes on from its newest checkpoint."""

import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

from gan_tui import config
from gan_tui.cli.group import (
    ScreenOptions,
    check_theme,
    cli,
    echo,
    headless_option,
    runs_dir_option,
    screen_options,
)
from gan_tui.cli.own_code import allow_of_run, own_loss_option, own_model_option
from gan_tui.cli.run_options import (
    DEVICE,
    RESUME_OPTIONS,
    Said,
    as_typed,
    flag_of,
    refuse_contradictions,
    said_settings,
    set_option,
    setting_options,
)
from gan_tui.cli.style_net import OPTIONS, resumed
from gan_tui.cli.trainer import is_worker, run_worker_here, train_run
from gan_tui.cli.which_run import find_to_resume, run_or_newest
from gan_tui.command.environment import kept
from gan_tui.config import CommandConfig, OptimisationConfig, RunConfig, StyleConfig
from gan_tui.counted import counted
from gan_tui.errors import DamagedError, UserError
from gan_tui.printable import printable
from gan_tui.run import length
from gan_tui.run.cut import ASIDE
from gan_tui.run.directory import RunDirectory
from gan_tui.run.repeat import command_again, style_again
from gan_tui.run.summary import summarise
from gan_tui.run.whole_paths import whole_path
from gan_tui.spec.tasks import COMMAND, INVERSION, SCRIPT, STYLE, STYLE_NET, STYLE_SHEET


@cli.command(short_help="Go on with a run from its newest checkpoint.")
@run_or_newest
@setting_options(RESUME_OPTIONS)
@click.option("--data-changed", type=click.Choice(["ok"]), help="ok: go on though the data is other than before.")
@set_option(" that may change; networks, loss, data and the size of a batch may not")
@own_model_option
@own_loss_option
@click.option("--resume-args", metavar="ARGS", help="Of `gan-tui run`: arguments besides the command's own, as in '--resume last.pt'.")
@runs_dir_option
@headless_option
@screen_options
def resume(
    run: str | None,
    assignments: tuple[str, ...],
    data_changed: str | None,
    resume_args: str | None,
    model: str | None,
    loss: str | None,
    runs_dir: Path,
    headless: bool,
    screen: ScreenOptions,
    **options: str | None,
) -> int:
    """Go on with a run from its newest checkpoint; of `gan-tui run`, start the same command again.

    One of `gan-tui run` that is complete wants --resume-args, for its command would begin anew; '' is none.

    Without RUN it is the newest that is not being trained.
    """
    check_theme(screen.theme)
    if is_worker():
        return run_worker_here()
    found = find_to_resume(runs_dir, run)
    allow_of_run(found, model, loss)
    if found.alive:
        raise UserError(f"{found.name} is being trained already: `gan-tui attach {found.cli_name}` shows it")
    if found.task is SCRIPT:
        how = f'start the script again, with `gan_tui.track(..., resume="{found.name}")` in it'
        raise UserError(f"{found.name} is a script's own run, which gan-tui cannot go on with: {how}")
    if found.task is COMMAND:
        return _start_again(found, resume_args, options, assignments, headless, screen)
    if resume_args is not None:
        raise UserError(f"--resume-args is for another program's run, and {found.name} is {found.task.what}")
    if found.task is STYLE_NET:
        with as_typed(OPTIONS, options, assignments):
            changes = resumed(found, options, assignments)
        return train_run(found, headless, screen, changes, data_changed=data_changed is not None)
    if found.task in (STYLE, STYLE_SHEET, INVERSION):
        return _resume_optimisation(found, options, assignments, headless, screen)
    with as_typed(RESUME_OPTIONS, options, assignments):
        changes = _assignments(options, assignments)
        settings, changes = _changed(found, changes)
    if settings is not None:
        _refuse_what_is_done(found, settings)
        _mention_another_end(found, settings)
    return train_run(found, headless, screen, changes, data_changed=data_changed is not None)


def _changed(run: RunDirectory, changes: list[str]) -> tuple[RunConfig | None, list[str]]:
    """The settings to go on with, None where they are damaged and the trainer rebuilds them; and what changes them. Raises UserError."""
    try:
        before = run.config()
    except DamagedError:
        for text in changes:
            config.change(RunConfig(), [text], begun=False)
        return None, changes
    if before.data.folder is not None:  # where the images are now
        now = f"data.dataset={config.FOLDER}"
        changes = [text.replace("data.dir=", now, 1) if text.startswith("data.dir=") else text for text in changes]
    return config.change(before, changes, begun=run.has_checkpoint), changes


def _refuse_what_is_done(run: RunDirectory, settings: RunConfig) -> None:
    """Raises SettingsError where a run is as long as it is to be. One killed after its last step has weights to leave behind yet."""
    done, train = length.behind(run), settings.train
    if not train.seconds:
        length.refuse_epochs(run.name, done, train.epochs)
    elif done.completed or run.config().train.seconds != train.seconds:
        length.refuse_budget(run.name, done.elapsed, train.seconds, train.budget)


def _mention_another_end(run: RunDirectory, settings: RunConfig) -> None:
    """Say where epochs take the place of a budget, or a budget that of epochs."""
    with suppress(UserError):  # damaged settings are the trainer's
        before = run.config()
        if bool(before.train.seconds) != bool(settings.train.seconds):
            was, now = (
                f"a budget of {one.train.budget} (--budget)" if one.train.seconds else f"{counted(one.train.epochs, 'epoch')} (--epochs)"
                for one in (before, settings)
            )
            echo(f"gan-tui: {run.name} had {was} and now has {now}", err=True)


def _start_again(
    run: RunDirectory,
    resume_args: str | None,
    options: Mapping[str, str | None],
    assignments: Sequence[str],
    headless: bool,
    screen: ScreenOptions,
) -> int:
    """The command of another program's run. Raises UserError for settings, of which it has none."""
    from gan_tui.cli.run import start

    given = [f"--{option.replace('_', '-')}" for option, value in options.items() if value is not None]
    if given or assignments or headless:
        word = (given or (["--set"] if assignments else ["--headless"]))[0]
        instead = f"leave {word} out, and say what the program itself is to be told with --resume-args 'ARGS'"
        raise UserError(f"{word} is for gan-tui's own training, and {run.name} is {run.task.what}: {instead}")
    settings = run.settings_of(CommandConfig)
    command = printable(command_again(settings, kept(run)))
    try:
        more = tuple(shlex.split(resume_args or ""))
    except ValueError as error:
        raise UserError(f"--resume-args {resume_args}: {str(error).lower()}") from None
    if resume_args is None and summarise(run).state == "completed":
        here = f"`gan-tui resume {run.cli_name} --resume-args 'ARGS'` goes on in this one, if the script can"
        raise UserError(f"{run.name} is complete, and its command would begin anew: `{command}` is a new run of it; {here}")
    echo(f"gan-tui: {run.name} runs its command again; steps that come once more replace those logged, which {ASIDE} keeps", err=True)
    return start(run, screen, more)


def _assignments(said: Said, assignments: Sequence[str]) -> list[str]:
    """What `resume` shall change, as `section.key=value`. Raises UserError for a setting that is given two values."""
    for text in assignments:
        config.parse_assignment(text)
    refuse_contradictions(assignments, RESUME_OPTIONS, said)
    if said["data_dir"]:
        said = {**said, "data_dir": whole_path(str(said["data_dir"]), "data.dir", "folder or zip file")}
    asked = [tuple(word.strip() for word in text.split("=", 1)) for text in assignments]
    length = [("train.budget", "")] if said["epochs"] is not None else []  # the newest word on how long the run is
    return [f"{key}={value}" for key, value in (*length, *said_settings(RESUME_OPTIONS, said), *asked)]


def _resume_optimisation(run: RunDirectory, said: Said, assignments: Sequence[str], headless: bool, screen: ScreenOptions) -> int:
    """The same of a run that trains no network and has a device and weights. Raises UserError for every other option."""
    for option, value in said.items():
        if value is not None and option != "device":
            raise UserError(f"{flag_of(option)} is for the training of a GAN, and {run.name} is {run.task.what}")
    settings = run.settings()
    assert isinstance(settings, OptimisationConfig)
    changes = [*([f"{settings.PLACE}.device={said['device']}"] if said["device"] else []), *assignments]
    device = {"device": DEVICE._replace(keys=(f"{settings.PLACE}.device",))}
    with as_typed(device, said, assignments):
        config.change_optimisation(settings, changes, begun=run.has_checkpoint)
    if summarise(run).state == "completed":
        other = f"`gan-tui {settings.words[0].partition('-')[0]}` begins another one"
        twice = style_again(run, settings, 2 * settings.transfer.steps) if isinstance(settings, StyleConfig) else ""
        again = f"`{twice}` takes twice the steps" if run.task is STYLE else other
        raise UserError(f"{run.name} is complete, and {run.picture} is its picture: {again}")
    return train_run(run, headless, screen, changes)
