"""Who opens a screen on classic, which takes its time, is told once which preset is the faster one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.run import directory, events
from tests.conftest import SMALL, Cli, events_of
from tests.training.fork_server import ForkServer

WORD = "--preset conv-small"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    made = ForkServer(tmp_path_factory.mktemp("outputs"))
    yield made
    made.close()


@pytest.mark.parametrize(("preset", "told"), [("classic", 1), ("mlp-r3", 0)])
def test_a_trainer_behind_a_screen_says_it_at_its_beginning(server: ForkServer, tmp_path: Path, preset: str, told: int) -> None:
    words = ("train.epochs=1", *SMALL[1::2])
    run = directory.create(tmp_path, config.resolve(preset, [config.parse_assignment(word) for word in words]), "run")
    trainer = server.start(run)
    assert trainer.wait() == 0, trainer.errors
    hints = [event for event in events_of(run, events.Hint) if isinstance(event, events.Hint) and WORD in event.text]
    assert [event.step for event in hints] == [0] * told


def test_who_has_no_screen_is_told_nothing(cli: Cli) -> None:
    done = cli("--headless", "--epochs", "1", "--batch-size", "3000", "--name", "night", *SMALL)
    assert done.returncode == 0, done.stderr
    assert WORD not in done.stdout + done.stderr + cli.run("night").events.read_text("utf-8")
