"""Signals with which a cluster says that the end is near: what they do, wherever they find the trainer."""

import re
import signal

import pytest

from gan_tui.config import Signals
from gan_tui.run import events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.training.stop import StopRequest
from tests.conftest import SMALL, Cli, events_of, last_step, wait_for
from tests.patience import CEILING
from tests.training.test_resume import newest_state

LONG = ("--headless", "--epochs", "1000000", "--batch-size", "75", "--set", "checkpoints.every_seconds=0", *SMALL)
"""No checkpoint of its own accord."""


def outcomes(run: RunDirectory) -> list[str]:
    return [event.outcome for event in events_of(run, events.Finished) if isinstance(event, events.Finished)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "settings"),
    [(signal.SIGUSR1, ()), (signal.SIGUSR2, ("--set", "signals.usr2=save"))],
)
def test_a_signal_that_saves(cli: Cli, number: signal.Signals, settings: tuple[str, ...]) -> None:
    process = cli.start(*LONG, "--name", "told", *settings)
    run = cli.run("told")
    wait_for(lambda: last_step(run) > 3, what="training")
    process.send_signal(number)
    wait_for(lambda: run.newest_step > 0, what="the checkpoint")
    saved = run.newest_step
    wait_for(lambda: last_step(run) > saved + 3, what="training on")
    process.send_signal(number)
    wait_for(lambda: run.newest_step > saved, what="the second checkpoint")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=CEILING)
    assert process.returncode == 0, errors
    assert re.search(rf"^gan-tui: .*{number.name}: .* {saved}\b", errors, re.MULTILINE)
    assert outcomes(run) == ["stopped"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "settings"),
    [(signal.SIGUSR2, ()), (signal.SIGUSR1, ("--set", "signals.usr1=stop")), (signal.SIGQUIT, ()), (signal.SIGXCPU, ())],
)
def test_a_signal_that_saves_and_ends(cli: Cli, number: signal.Signals, settings: tuple[str, ...]) -> None:
    process = cli.start(*LONG, "--name", "told", *settings)
    run = cli.run("told")
    wait_for(lambda: last_step(run) > 3, what="training")
    process.send_signal(number)
    _, errors = process.communicate(timeout=CEILING)
    assert process.returncode == 0, errors
    assert number.name in errors
    assert outcomes(run) == ["stopped"]
    assert newest_state(run)["step"] == last_step(run)
    assert cli("resume", "told", "--headless", "--epochs", "1000", "--set", "train.epochs=999").returncode == 2


@pytest.mark.slow
def test_an_ignored_signal(cli: Cli) -> None:
    process = cli.start(*LONG, "--name", "told", "--set", "signals.usr1=ignore")
    run = cli.run("told")
    wait_for(lambda: last_step(run) > 3, what="training")
    process.send_signal(signal.SIGUSR1)
    before = last_step(run)
    wait_for(lambda: last_step(run) > before + 5, what="training on")
    assert run.newest_step == 0
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=CEILING)
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(("number", "ends"), [(signal.SIGUSR1, False), (signal.SIGUSR2, True), (signal.SIGQUIT, True)])
def test_a_paused_run_heeds_them_too(cli: Cli, number: signal.Signals, ends: bool) -> None:
    process = cli.start(*LONG, "--name", "told")
    run = cli.run("told")
    wait_for(lambda: last_step(run) > 3, what="training")
    mailbox.send(run.control, "pause")
    wait_for(lambda: any(isinstance(event, events.Answer) for event in events_of(run, events.Answer)), what="the pause")
    process.send_signal(number)
    wait_for(lambda: run.newest_step > 0, what="the checkpoint")
    if not ends:
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=CEILING)
    assert process.returncode == 0
    assert run.newest_step == last_step(run)


@pytest.mark.slow
def test_while_torch_is_imported_they_wait(cli: Cli) -> None:
    """A batch system's signal may come at any instant: before the settings are known it is kept, and then obeyed."""
    process = cli.start(*LONG, "--name", "told", "--set", "signals.usr1=stop")
    run = cli.run("told")
    wait_for(lambda: run.events.exists(), what="the first event")
    process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=CEILING)
    assert process.returncode == 0
    assert outcomes(run) == ["stopped"]


def test_early_signals_are_obeyed_in_their_order() -> None:
    request = StopRequest()
    before = [
        (number, signal.getsignal(number))
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU)
    ]
    try:
        request.listen()
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            signal.raise_signal(number)
        assert (request.reason, request.take_save()) == (None, None)
        request.take_settings(Signals())
        assert (request.reason, request.take_save()) == ("received SIGUSR2", "received SIGUSR1")
    finally:
        for number, handler in before:
            signal.signal(number, handler)
