"""`gan_tui.Trainer`: a run that is trained in a program's own process, without a screen; `gan-tui attach` shows it all the same."""

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

import torch

from gan_tui import config, own_code
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError, UserError
from gan_tui.run import directory, finding
from gan_tui.run.delete import Skeleton
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent
from gan_tui.run.lock import RunLock
from gan_tui.run.summary import Summary, summarise
from gan_tui.run.whole_paths import with_whole_paths
from gan_tui.spec.tasks import GAN
from gan_tui.training import products
from gan_tui.training.distributed.ranks import under_torchrun
from gan_tui.training.found import Found, Host
from gan_tui.training.main import explain, train_locked
from gan_tui.training.stop import StopRequest

Callback = Callable[["Trainer", AnyEvent], object]
"""Called in the training thread with each event of gan_tui/run/events.py, once it is in the log. What it raises ends the run."""
Changes = Mapping[str, Any]
"""Settings by their keys: `{"train.epochs": 3}`; `gan-tui settings` lists them."""


class Trainer:
    """One run. It is made by the first `fit` or `train`, and each later one goes on from its newest checkpoint, exactly."""

    def __init__(
        self,
        settings: RunConfig | str = config.DEFAULT_PRESET,
        changes: Changes | None = None,
        *,
        name: str | None = None,
        runs_dir: str | Path | None = None,
        callbacks: Iterable[Callback] = (),
        verbose: bool = False,
    ) -> None:
        """`settings`: whole ones, or a preset by name or file; `changes` are laid over them. `name`: a new run's, else time and preset.

        `verbose`: print the tutorial's lines. Raises UserError for a setting or a name that cannot be.
        """
        self._runs_dir = directory.expand(str(runs_dir)) if runs_dir is not None else directory.default_runs_dir()
        self._name = name
        self._refuse_the_name()
        self._callbacks, self._verbose = _checked(callbacks), verbose
        self.settings = with_whole_paths(_resolve(settings, _mapping(changes)), self._runs_dir)
        self._run: RunDirectory | None = None
        self._assignments: tuple[str, ...] = ()
        self._stop = StopRequest()

    @classmethod
    def resume(
        cls,
        word: str = directory.LATEST,
        changes: Changes | None = None,
        *,
        runs_dir: str | Path | None = None,
        callbacks: Iterable[Callback] = (),
        verbose: bool = False,
    ) -> Self:
        """A run that is there, by path, name, the beginning of a name, or `latest`; `changes`: what may change in a run that has begun.

        Raises UserError.
        """
        folder = directory.expand(str(runs_dir)) if runs_dir is not None else directory.default_runs_dir()
        run = finding.find(folder, word)
        if run.task is not GAN:
            raise UserError(f"{run.name} is {run.task.what}, and Trainer trains GANs")
        assignments = tuple(f"{key}={_as_typed(value)}" for key, value in _mapping(changes).items())
        made = cls(runs_dir=folder, callbacks=callbacks, verbose=verbose)
        made.settings = config.change(run.config(), assignments, begun=run.has_checkpoint)
        made._run, made._assignments = run, assignments
        return made

    @property
    def path(self) -> Path | None:
        """The run's folder; None before it is made."""
        return self._run.path if self._run else None

    @property
    def name(self) -> str:
        """The run's name; empty before it is made, where none was chosen."""
        return self._run.name if self._run else self._name or ""

    def stop(self, reason: str = "the program has asked for it") -> None:
        """End after the step in hand, with a checkpoint; from a callback or another thread. Made before `fit`, it ends that one at once."""
        self._stop.request(reason)

    def fit(self) -> Summary:
        """Train to the end that the settings say, and tell where the run stands. A run that is complete is left as it is.

        A first ctrl+c ends it after the step in hand, saves, and is then raised as ever. Raises UserError where the run cannot begin or go
        on, as when a loss stays not finite, and what a callback raises; the reason is in the run, too.
        """
        return self._train(0)

    def train(self, steps: int) -> Summary:
        """Train so many steps, at most to the end, and save; otherwise as `fit`."""
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise UserError(f"train(steps={steps!r}): a whole number, 1 or more, is wanted")
        return self._train(steps)

    def _train(self, steps: int) -> Summary:
        if under_torchrun() or self.settings.train.devices > 1:
            raise UserError("Trainer trains on one device, in its own process: `gan-tui train --devices N` (or torchrun) shares a batch")
        try:
            return self._train_until(self._stop, steps)
        finally:
            self._stop = StopRequest()  # only now: one that was made before it got here counts

    def _train_until(self, stop: StopRequest, steps: int) -> Summary:
        made = None
        if self._run is None:
            self._refuse_the_name()
            self._run = directory.create(self._runs_dir, self.settings, self._name)
            made = Skeleton(self._run)
        elif not self._assignments and summarise(self._run).state == "completed":
            return summarise(self._run)
        run = self._run
        try:
            with _as_it_was(), _interrupts(stop) as interrupted, RunLock(run.lock, stop.request):
                train_locked(run, stop, Found(self._assignments, host=Host(self._hear, steps, self._verbose)))
        except OSError as error:
            raise UserError(explain(run, error)) from error
        except SettingsError:
            if made is not None and made.discard(mistaken=True):  # the next try finds its name free
                self._run = None
            raise
        self._assignments = ()
        if interrupted:
            raise KeyboardInterrupt
        return summarise(run)

    def _refuse_the_name(self) -> None:
        """What cannot name a run, and what names one already."""
        if self._name is None:
            return
        if not isinstance(self._name, str):
            raise UserError(f"name={self._name!r}: a text is wanted")
        if os.path.lexists(self._runs_dir / directory.check_name(self._name)):
            raise UserError(
                f"name='{self._name}': a run of this name exists already in {self._runs_dir}: "
                f"choose another one, or go on with it: Trainer.resume('{self._name}')"
            )

    def _hear(self, event: AnyEvent) -> None:
        for callback in self._callbacks:
            callback(self, event)


def _mapping(changes: Changes | None) -> Changes:
    if changes is not None and not isinstance(changes, Mapping):
        raise UserError(f"changes={changes!r}: a dict of settings is wanted, as {{'train.epochs': 3}}")
    return changes or {}


def _checked(callbacks: Iterable[Callback]) -> tuple[Callback, ...]:
    """A mistake is said before a run is made."""
    found = tuple(callbacks) if isinstance(callbacks, Iterable) else ()
    if not isinstance(callbacks, Iterable) or not all(map(callable, found)):
        raise UserError(f"callbacks={callbacks!r}: a list of functions is wanted, each called with the trainer and an event")
    return found


def _resolve(settings: RunConfig | str, changes: Changes) -> RunConfig:
    if not isinstance(settings, RunConfig | str):
        raise UserError(f"Trainer({settings!r}): a preset's name or file, as a text, or a RunConfig is wanted")
    tables = [config.parse_assignment(f"{key}={_as_typed(value)}") for key, value in changes.items()]
    if isinstance(settings, str):
        resolved = config.resolve(settings, tables)
    else:
        resolved = settings
        for table in ({}, *tables):
            resolved = config.override(resolved, table)
    for key in own_code.OPTIONS:  # what a program names itself is its own; a preset's file is not
        name = config.get(resolved, key)
        if own_code.is_own(name) and (key in changes or not isinstance(settings, str)):
            own_code.allow(key, name)
    return config.shareable(resolved)


def _as_typed(value: object) -> str:
    """A value as behind `--set`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def _as_it_was() -> Iterator[None]:
    """The program gets its number of CPU threads back, and multiplies as it did."""
    threads = torch.get_num_threads()
    try:
        with products.in_a_program():
            yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _interrupts(stop: StopRequest) -> Iterator[list[int]]:
    """Ctrl+c asks for the end once, and what came is in the list; a second one breaks off. A program that takes it itself is left alone."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield came
        return

    def receive(number: int, _frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)
        stop.request("ctrl+c")

    signal.signal(signal.SIGINT, receive)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
