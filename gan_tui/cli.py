"""The command line: arguments only. torch and Textual are imported by the command that needs them, after parsing."""

import json
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem, get_completion_class

from gan_tui import __version__, config
from gan_tui.config import RunConfig
from gan_tui.errors import FAILED, MISTAKEN, UserError
from gan_tui.run import directory, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import trainer_command
from gan_tui.run.summary import summarise

COMPLETION_VARIABLE = "_GAN_TUI_COMPLETE"
ANSWER_SECONDS = 15.0
"""How long `control` waits: a trainer answers within 0.1 s, but first it may be saving to a slow disk."""
STOP_SECONDS = 120.0
"""How long `control stop` waits for the trainer to have saved and gone."""


def main() -> NoReturn:
    """Run the command line; every mistake is one line on stderr and exit status 2."""
    try:
        status = cli.main(prog_name="gan-tui", standalone_mode=False)
    except click.Abort:
        status = 130
    except click.ClickException as error:
        status = _complain(error.format_message())
    except UserError as error:
        status = _complain(str(error))
    except OSError as error:  # mostly a closed pipe, or a full disk behind standard output
        sys.stdout = open(os.devnull, "w")
        if not isinstance(error, BrokenPipeError):
            _complain(f"cannot {f'use {error.filename}' if error.filename else 'write the output'}: {error.strerror}")
        status = FAILED
    sys.exit(status if isinstance(status, int) else 0)


def _complain(message: str) -> int:
    click.echo(f"gan-tui: {' '.join(message.split())}", err=True)
    return MISTAKEN


class DefaultToTrain(click.Group):
    """`gan-tui --epochs 3` is `gan-tui train --epochs 3`, and `gan-tui` alone is `gan-tui train`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `train` where no command is named."""
        own = {option for parameter in self.get_params(ctx) for option in parameter.opts}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["train", *args]
        return super().parse_args(ctx, args)


class RunParameter(click.ParamType[str]):
    """A run by path, name, beginning of a name, or `latest`."""

    name = "run"

    def shell_complete(self, ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of the runs that are there."""
        runs = directory.all_runs(ctx.params.get("runs_dir") or directory.default_runs_dir())
        return [CompletionItem(name) for name in [directory.LATEST, *(run.name for run in runs)] if name.startswith(incomplete)]


def _complete_presets(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in config.preset_names() if name.startswith(incomplete)]


def _complete_themes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from gan_tui.dashboard.themes import theme_names

    return [name for name in theme_names() if name.startswith(incomplete)]


def _complete_settings(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [f"{setting.key}=" for setting in config.settings() if setting.key.startswith(incomplete)]


runs_dir_option = click.option(
    "--runs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    callback=lambda _ctx, _param, value: directory.expand(str(value)) if value else directory.default_runs_dir(),
    help=f"Folder that holds the runs.  [default: ${directory.RUNS_VARIABLE}, else ~/gan-tui-runs]",
)
theme_option = click.option("--theme", metavar="NAME", shell_complete=_complete_themes, help="Colours; `gan-tui themes` lists them.")
headless_option = click.option("--headless", is_flag=True, help="No screen: train in the foreground and print the tutorial's lines.")
run_argument = click.argument("run", type=RunParameter(), metavar="RUN")


@click.group(cls=DefaultToTrain, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", message="gan-tui %(version)s")
def cli() -> None:
    """Train a GAN and watch its digits appear.

    Without a command, `gan-tui` starts a new run with the preset `classic` on MNIST and opens its dashboard. Training goes on
    when the screen closes; `gan-tui attach` brings it back.

    RUN is a path, a name, an unambiguous beginning of a name, or `latest`.
    """


@cli.command()
@click.option("--preset", metavar="NAME", shell_complete=_complete_presets, help="Where the settings start from.  [default: classic]")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="A TOML file of settings, such as a run.toml.")
@click.option("--dataset", metavar="NAME", help="Data set.  [default: mnist]")
@click.option("--epochs", metavar="N", help="Passes over the data.")
@click.option("--batch-size", metavar="N", help="Images a step.")
@click.option("--lr", metavar="RATE", help="Learning rate of both networks.")
@click.option("--latent-dim", metavar="N", help="Length of the noise vector z.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
@click.option("--devices", metavar="N", help="Share each batch among N GPUs (or N processes on the CPU).")
@click.option("--engine", metavar="ENGINE", help="auto, plain, lean, compiled or graph: how steps are carried out.")
@click.option("--seed", metavar="N", help="Same seed, same run.")
@click.option("--log-every", metavar="STEPS", help="Steps between printed lines.")
@click.option("--checkpoint-every", metavar="STEPS", help="Steps between checkpoints, besides one every 30 seconds.")
@click.option(
    "--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, shell_complete=_complete_settings,
    help="Any other setting; `gan-tui settings` lists them. May be repeated.",
)  # fmt: skip
@click.option("--name", help="Name of the run.  [default: time, data set and preset]")
@runs_dir_option
@headless_option
@theme_option
def train(
    preset: str | None,
    config_file: Path | None,
    assignments: tuple[str, ...],
    name: str | None,
    runs_dir: Path,
    headless: bool,
    theme: str | None,
    **options: str | None,
) -> int:
    """Start a new run (the default command).

    Settings come from the preset, then --config, then the options, then --set; the later one wins.
    """
    _check_theme(theme)
    settings = _resolve(preset, config_file, options, assignments)
    if _follows_another_rank():
        return _follow()
    run = directory.create(runs_dir, settings, name)
    return _train(run, headless, theme)


@cli.command()
@click.argument("run", type=RunParameter(), metavar="[RUN]", required=False)
@runs_dir_option
@theme_option
def attach(run: str | None, runs_dir: Path, theme: str | None) -> None:
    """Open the dashboard of a run that is training, by default the newest."""
    if run:
        found = directory.find(runs_dir, run)
        if not found.alive:
            raise UserError(f"{found.name} is not being trained: `gan-tui watch {found.name}` shows it, `gan-tui resume` goes on")
    else:
        live = [candidate for candidate in directory.all_runs(runs_dir) if candidate.alive]
        if not live:
            raise UserError(f"no run in {runs_dir} is being trained: `gan-tui` starts one, `gan-tui watch latest` shows the newest")
        found = live[0]
    _open_dashboard(found, "ATTACH", theme)


@cli.command()
@run_argument
@runs_dir_option
@theme_option
def watch(run: str, runs_dir: Path, theme: str | None) -> None:
    """Look at a run, live or finished, without commanding it."""
    _open_dashboard(directory.find(runs_dir, run), "WATCH", theme)


@cli.command()
@run_argument
@click.option("--epochs", metavar="N", help="Train to this many epochs in all.  [default: as the run says]")
@runs_dir_option
@headless_option
@theme_option
def resume(run: str, epochs: str | None, runs_dir: Path, headless: bool, theme: str | None) -> int:
    """Go on with a run from its newest checkpoint."""
    _check_theme(theme)
    if _follows_another_rank():
        return _follow()
    found = directory.find(runs_dir, run)
    if found.alive:
        raise UserError(f"{found.name} is being trained already: `gan-tui attach {found.name}` shows it")
    settings = found.config()
    if epochs is not None:
        settings = config.override(settings, {"train": {"epochs": epochs}})
    summary = summarise(found)
    done = summary.epoch
    # A trainer that was killed after its last step has weights to leave behind yet.
    if done > settings.train.epochs or (done == settings.train.epochs and summary.state == "completed"):
        raise UserError(f"{found.name} has done {done} of {settings.train.epochs} epochs: say how many it shall be with --epochs")
    return _train(found, headless, theme, settings.train.epochs)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@runs_dir_option
def runs(as_json: bool, runs_dir: Path) -> None:
    """List the runs, the newest first."""
    summaries = [summarise(run) for run in directory.all_runs(runs_dir)]
    if as_json:
        click.echo(json.dumps([summary.to_json() for summary in summaries], indent=2))
        return
    if not summaries:
        click.echo(f"no runs in {runs_dir}; `gan-tui` starts one")
    width = max((len(summary.name) for summary in summaries), default=0)
    for summary in summaries:
        started = datetime.fromtimestamp(summary.started).strftime("%Y-%m-%d %H:%M") if summary.started else "-"
        mark = "●" if summary.alive else " "
        epochs = f"{summary.epoch}/{summary.epochs or '?'}"
        name = "".join(sign if sign.isprintable() else "?" for sign in summary.name)
        click.echo(f"{mark} {name:<{width}}  {summary.state:<11}  epoch {epochs:>9}  step {summary.step:>9}  {started}")


@cli.command()
@run_argument
@click.argument("command", type=click.Choice(mailbox.COMMANDS), metavar="|".join(mailbox.COMMANDS))
@runs_dir_option
def control(run: str, command: mailbox.CommandName, runs_dir: Path) -> int:
    """Tell a training run what to do, and wait for its answer.

    Exit status 0: done; 1: the trainer refused or did not answer; 2: no such run, or it is not training.
    """
    from gan_tui.run.log import EventReader

    found = directory.find(runs_dir, run)
    if not found.alive:
        raise UserError(f"{found.name} is not being trained, so nobody can {command} it")
    reader = EventReader(found.events, from_end=True)
    try:
        identity = mailbox.send(found.control, command)
    except OSError as error:
        raise UserError(f"cannot write to {found.control}: {error.strerror}; only the run's owner can command it") from None
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        for event in reader.read().events:
            if getattr(event, "id", None) == identity:
                answer: Any = event
                click.echo(answer.text)
                return (0 if answer.ok else FAILED) if command != "stop" else _wait_until_gone(found)
        if not found.alive:
            break
        time.sleep(0.02)
    taken = "it was taken back" if mailbox.take_back(found.control, identity) else "the trainer has taken it"
    silence = f"{found.name} did not answer to {command} within {ANSWER_SECONDS:.0f} s"
    click.echo(f"gan-tui: {silence} ({taken}); see {found.trainer_log}", err=True)
    return FAILED


def _wait_until_gone(run: RunDirectory) -> int:
    """So that `control RUN stop && resume RUN` works."""
    deadline = time.monotonic() + STOP_SECONDS
    while run.alive:
        if time.monotonic() > deadline:
            click.echo(f"gan-tui: {run.name} is still saving after {STOP_SECONDS:.0f} s", err=True)
            return FAILED
        time.sleep(0.02)
    return 0


@cli.command()
@run_argument
@click.option("-n", "--count", type=click.IntRange(1, 100_000), default=64, show_default=True, help="How many images.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write them as one PNG grid.")
@click.option("--npy", type=click.Path(path_type=Path, dir_okay=False), help="Write them as a NumPy array, uint8 N x 28 x 28.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Same seed, same images.")
@runs_dir_option
def sample(run: str, count: int, output: Path | None, npy: Path | None, seed: int, runs_dir: Path) -> None:
    """Draw images from a run's generator as it was saved last."""
    if not output and not npy:
        raise UserError("say where the images shall go: -o grid.png, --npy images.npy, or both")
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training import sampling

    sampling.sample_to_files(directory.find(runs_dir, run), count, seed, output, npy)


@cli.command()
def presets() -> None:
    """List the presets."""
    for name in config.preset_names():
        preset = config.load_preset(name)
        click.echo(f"{name}\n  {preset.description}\n  source: {preset.source}")


@cli.command()
def themes() -> None:
    """List the themes of the screen."""
    from gan_tui.dashboard.themes import theme_names

    for name in theme_names():
        click.echo(name)


@cli.command()
def settings() -> None:
    """List every setting with its default and meaning, for --set and --config."""
    for setting in config.settings():
        click.echo(f"{f'{setting.key} = {json.dumps(setting.default)}':<36}  {setting.meaning}")


@cli.command()
def doctor() -> None:
    """Show what this machine offers: devices, engines, data, runs."""
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training.doctor import examine

    for what, finding in examine():
        click.echo(f"{what:<16}  {finding}")


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
def completion(shell: str) -> None:
    """Print the shell's completion script.

    bash, zsh: eval "$(gan-tui completion bash)" in ~/.bashrc or ~/.zshrc; fish: gan-tui completion fish | source
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(cli, {}, "gan-tui", COMPLETION_VARIABLE).source())


SHORT_OPTIONS = {
    "dataset": ("data.dataset",),
    "epochs": ("train.epochs",),
    "batch_size": ("train.batch_size",),
    "lr": ("optimizer.d_lr", "optimizer.g_lr"),
    "latent_dim": ("model.latent_dim",),
    "device": ("train.device",),
    "devices": ("train.devices",),
    "engine": ("train.engine",),
    "seed": ("train.seed",),
    "log_every": ("log.print_every",),
    "checkpoint_every": ("checkpoints.every_steps",),
}
"""The settings behind the options that have a name of their own."""


def _resolve(preset: str | None, config_file: Path | None, options: dict[str, str | None], assignments: tuple[str, ...]) -> RunConfig:
    tables: list[dict[str, Any]] = []
    if config_file:
        tables.append(config.read_file(config_file))
        preset = preset or tables[0].get("preset")
    for option, keys in SHORT_OPTIONS.items():
        value = options[option]
        for key in keys if value is not None else ():
            section, name = key.split(".")
            tables.append({section: {name: value}})
    tables += [config.parse_assignment(text) for text in assignments]
    return config.resolve(preset or config.DEFAULT_PRESET, tables)


def _follows_another_rank() -> bool:
    """Under torchrun every process gets this command line, and only the first may make or change a run."""
    return os.environ.get("RANK", "0") != "0" and "TORCHELASTIC_RUN_ID" in os.environ


def _follow() -> int:
    from gan_tui.training.follow import follow

    return follow()


def _has_terminal() -> bool:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"


def _check_theme(theme: str | None) -> None:
    """Complain before a run is made, not after. Raises UserError for a theme that is unknown or broken."""
    if theme is None:
        return
    from gan_tui.dashboard.themes import find_theme

    find_theme(theme)


def _train(run: RunDirectory, headless: bool, theme: str | None, epochs: int | None = None) -> int:
    """Train here or behind a dashboard; `epochs`, where it is said, replaces the run's own number once the run goes on."""
    if headless or not _has_terminal():
        from gan_tui.training.main import train as train_here

        click.echo(f"gan-tui: training {run.path}", err=True)
        return train_here(run, epochs)
    _open_dashboard(run, "TRAIN", theme, trainer_command(str(run.path.absolute()), *([str(epochs)] if epochs else [])))
    return 0


def _open_dashboard(run: RunDirectory, mode: str, theme: str | None, command: list[str] | None = None) -> None:
    _check_theme(theme)
    if not _has_terminal():
        raise UserError("the dashboard needs a terminal; `gan-tui runs` and `gan-tui control` do without")
    from gan_tui.dashboard.app import Mode, open_dashboard

    open_dashboard(run, Mode[mode], theme, trainer_command=command)
