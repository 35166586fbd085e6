"""What a shell offers behind options and arguments: names that are there, and the values that a setting may have."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.files import read_at_most
from gan_tui.printable import printable
from gan_tui.run import directory, finding, label
from gan_tui.run.places import check_host
from gan_tui.spec.metrics import CHARTS, EVALUATION, METRICS

Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
FAR = ("attach", "watch")
"""Commands that take `server:RUN`."""
TAG = "tag:"
SSH_CONFIG = Path(".ssh") / "config"
"""Below the home; `Include` is not followed."""
LARGEST_CONFIG = 1 << 18
MOST_HOSTS = 200
TAGGED = 500
"""Runs whose tags are looked at, the newest."""
PLACES = {"data.dir": "dir", "data.labels": "file"}
"""Settings that are places on the disk, which a shell knows."""


def among(names: Callable[[], Iterable[str]]) -> Completion:
    """Those of `names` that begin as what was typed; a name that would damage a terminal is not offered."""

    def complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(name) for name in names() if name.startswith(incomplete) and name == printable(name)]

    return complete


def place(kind: str) -> Completion:
    """`file` or `dir`, which the shell looks for."""
    return lambda _ctx, _param, incomplete: [CompletionItem(incomplete, type=kind)]


def runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the runs that are there; of a sweep that is begun with, its trials."""
    folder = _runs_dir(ctx)
    names = [directory.LATEST, *(run.name for run in directory.all_runs(folder))]
    for sweep in _sweeps(folder):
        if sweep.name.startswith(incomplete.partition("/")[0]):
            trials: list[str] = []
            with suppress(UserError):  # of a sweep that may not be read, its name
                trials = [f"{sweep.name}/{trial.name}" for trial in directory.all_runs(sweep)] if incomplete else []
            names += trials or [f"{sweep.name}/"]
    if incomplete and ctx.command.name in FAR:
        names += [f"{host}:" for host in hosts_known()]
    return among(lambda: names)(ctx, param, incomplete)


def hosts_known() -> list[str]:
    """What ssh's settings of this person call hosts, patterns left out; none where they cannot be read."""
    found: dict[str, None] = {}
    with suppress(OSError, ValueError, RuntimeError):
        text = read_at_most(Path.home() / SSH_CONFIG, LARGEST_CONFIG).decode("utf-8", "replace")
        for line in text.splitlines():
            key, *words = line.replace("=", " ", 1).replace('"', " ").split() or [""]
            for word in words if key.lower() == "host" else ():
                with suppress(UserError):  # a pattern, which is no host
                    found[check_host(word)] = None
    return list(found)[:MOST_HOSTS]


def tags(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Those that runs have; behind `-r`, those that the run has."""
    folder, word = _runs_dir(ctx), ctx.params.get("run")
    chosen = directory.all_runs(folder)[:TAGGED]
    if param.name == "remove" and word:
        with suppress(UserError):
            chosen = [finding.find(folder, str(word))]
    return among(lambda: dict.fromkeys(tag for run in chosen for tag in label.read(run.path).tags))(ctx, param, incomplete)


def filters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Conditions of a list of runs, as far as they can be listed: tags."""
    turned = "!" if incomplete.startswith("!") else ""
    found = tags(ctx, param, incomplete.removeprefix(f"{turned}{TAG}")) if incomplete.startswith(f"{turned}{TAG}") else tags(ctx, param, "")
    names = [f"{turned}{TAG}{item.value}" for item in found]
    return among(lambda: names)(ctx, param, incomplete)


def sweeps(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the sweeps that are there."""
    return among(lambda: (directory.LATEST, *(folder.name for folder in _sweeps(_runs_dir(ctx)))))(ctx, param, incomplete)


def _runs_dir(ctx: click.Context) -> Path:
    return Path(ctx.params.get("runs_dir") or directory.default_runs_dir())


def _sweeps(runs_dir: Path) -> list[Path]:
    from gan_tui.sweep.report import folders

    return folders(runs_dir)


def _themes() -> Sequence[str]:
    from gan_tui.dashboard.themes import theme_names

    return theme_names()


def _hosts() -> Sequence[str]:
    from gan_tui.run.hosts import HERE

    return (HERE, *hosts_known())


def _orders() -> Sequence[str]:
    from gan_tui.run.selection import ORDERS

    return (*ORDERS, *(one.key for one in config.settings()))


themes = among(_themes)
hosts = among(_hosts)
presets = among(config.preset_names)
all_presets = among(config.all_preset_names)
measured = among(lambda: [metric.name for metric in EVALUATION])
charted = among(lambda: dict.fromkeys([*(chart.name for chart in CHARTS), *METRICS]))
orders = among(_orders)
swept = among(lambda: [f"{setting.key}=" for setting in config.settings() if type(setting.default) in (int, float)])


def values_of(key: str) -> Sequence[str]:
    """What the setting of that key may be, as far as it can be listed."""
    kinds = (config.RunConfig, *config.KINDS.values())
    return next((setting.names for kind in kinds for setting in config.settings(kind) if setting.key == key), ())


def setting(key: str) -> Completion:
    """Behind the option of one setting."""
    if key == "train.begin_from":
        return runs
    return place(PLACES[key]) if key in PLACES else among(lambda: values_of(key))


def assignment(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Behind `--set`: the keys, and behind a whole key its values."""
    key, equals, _ = incomplete.partition("=")
    names = [f"{key}={value}" for value in values_of(key)] if equals else [f"{one.key}=" for one in config.settings()]
    return among(lambda: names)(ctx, param, incomplete)
