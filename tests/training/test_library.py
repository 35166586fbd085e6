"""`gan_tui.Trainer`: a run in a program's own process."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import gan_tui
from gan_tui import RunConfig, Trainer
from gan_tui.errors import UserError
from gan_tui.run.events import AnyEvent, Epoch, Finished, Metrics
from gan_tui.run.log import read_state
from gan_tui.training.session import Session
from tests.training.quick import QUICK, give_few_images


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    give_few_images(monkeypatch)


def test_a_run_is_trained_here_and_is_like_any_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[AnyEvent] = []
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    trainer = Trainer(RunConfig(), QUICK, name="mine", runs_dir=tmp_path, callbacks=[lambda _, event: heard.append(event)])
    assert trainer.path is None
    assert not any(tmp_path.iterdir())
    first = trainer.train(steps=2)
    assert (first.state, first.step, first.epoch) == ("stopped", 2, 0)
    done = trainer.fit()
    assert (done.state, done.step, done.epoch, done.alive) == ("completed", 6, 2, False)
    assert trainer.fit() == done
    assert [event.epoch for event in heard if isinstance(event, Epoch)] == [1, 2]
    assert [event.outcome for event in heard if isinstance(event, Finished)] == ["stopped", "completed"]
    run = gan_tui.open_run("mine", tmp_path)
    assert run.path == trainer.path
    assert run.metrics()["step"] == [event.step for event in heard if isinstance(event, Metrics)]
    assert gan_tui.load_generator("mine", tmp_path).sample(2).shape == (2, 1, 28, 28)
    assert (torch.get_num_threads(), signal.getsignal(signal.SIGINT)) == (threads, handler)
    assert not capfd.readouterr().out


def test_time_in_which_the_trainer_was_held_is_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """As by SIGSTOP: the clock of the wall goes on, and that of the processors does not."""
    clock, late, launches = time.monotonic, [0.0], [0]
    advance = Session.advance

    def held(session: Session, most: int) -> torch.Tensor:
        launches[0] += 1
        late[0] += 1000.0 * (launches[0] == 30)
        return advance(session, most)

    monkeypatch.setattr(time, "monotonic", lambda: clock() + late[0])
    monkeypatch.setattr(Session, "advance", held)
    Trainer("classic", QUICK | {"train.epochs": 40}, name="mine", runs_dir=tmp_path).fit()
    state = read_state(tmp_path / "mine" / "events.jsonl")
    assert late[0] == 1000.0
    assert state.elapsed < 500
    (said,) = (entry.text for entry in state.entries if "stood still" in entry.text)
    assert re.fullmatch("the trainer stood still for 1[67]m.*, which is no training time", said)
    assert said in capfd.readouterr().err


def test_two_halves_are_the_whole_to_the_bit(tmp_path: Path) -> None:
    whole, halves = (Trainer("classic", QUICK, name=name, runs_dir=tmp_path) for name in ("whole", "halves"))
    whole.fit()
    for _ in range(3):
        halves.train(steps=2)
    weights = [torch.load(tmp_path / name / "generator.pt", weights_only=True) for name in ("whole", "halves")]
    assert weights[0].keys() == weights[1].keys()
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert Trainer.resume("halves", {"train.epochs": 3}, runs_dir=tmp_path).fit().step == 9


def test_a_callback_stops_it_and_one_that_fails_ends_it(tmp_path: Path) -> None:
    def stop(trainer: Trainer, event: AnyEvent) -> None:
        if isinstance(event, Epoch):
            trainer.stop("that is enough")

    def fail(_: Trainer, event: AnyEvent) -> None:
        if isinstance(event, Epoch):
            raise ZeroDivisionError("of the script's own")

    summary = Trainer("classic", QUICK, name="short", runs_dir=tmp_path, callbacks=[stop]).fit()
    assert (summary.state, summary.step) == ("stopped", 3)
    with pytest.raises(ZeroDivisionError):
        Trainer("classic", QUICK, name="broken", runs_dir=tmp_path, callbacks=[fail]).fit()
    state = read_state(tmp_path / "broken" / "events.jsonl")
    assert state.outcome == "failed"
    assert state.error == "ZeroDivisionError: of the script's own"


@pytest.fixture
def ctrl_c_is_heard() -> Iterator[None]:
    """Behind a shell's `&` it is not, and Python leaves that so."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_is_heard")
def test_ctrl_c_saves_and_goes_on_as_ever(tmp_path: Path) -> None:
    def interrupt(_: Trainer, event: AnyEvent) -> None:
        if isinstance(event, Epoch):
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Trainer("classic", QUICK, name="mine", runs_dir=tmp_path, callbacks=[interrupt]).fit()
    assert read_state(tmp_path / "mine" / "events.jsonl").outcome == "stopped"
    assert Trainer.resume("mine", runs_dir=tmp_path).fit().state == "completed"


def test_it_prints_the_tutorials_lines_where_it_is_asked_to(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Trainer("classic", {**QUICK, "log.print_every": 3}, runs_dir=tmp_path, verbose=True).fit()
    assert [line.partition(", d_loss")[0] for line in capfd.readouterr().out.splitlines()] == [
        "Epoch [0/2], Step[3/3]",
        "Epoch [1/2], Step[3/3]",
    ]


def test_a_line_comes_by_the_clock_too_where_steps_are_slow_or_epochs_short(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_tui.training.printed_lines.LINE_SECONDS", 1e-9)
    Trainer("classic", {**QUICK, "log.print_every": 300}, runs_dir=tmp_path, verbose=True).fit()
    assert "Epoch [1/2], Step[3/3]" in [line.partition(", d_loss")[0] for line in capfd.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train.epoch": 3}, "'train.epoch'"),
        ({"train.epochs": -1}, "train.epochs = -1 "),
        ({"data.dataset": "folder:nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_is_a_line_and_no_run(changes: dict[str, object], words: str, tmp_path: Path) -> None:
    for settings in ("classic", RunConfig()):
        with pytest.raises(UserError, match=words):
            Trainer(settings, changes, runs_dir=tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "named", "words"),
    [
        ((3,), {}, r"Trainer\(3\): a preset's name"),
        ((None,), {}, r"Trainer\(None\): a preset's name"),
        (("classic", ["x"]), {}, "a dict of settings"),
        (("classic", {"train.seed": "x"}), {}, "train.seed"),
        (("classic", {3: 4}), {}, "'3'"),
        ((), {"callbacks": print}, "a list of functions"),
        ((), {"callbacks": [3]}, "a list of functions"),
        ((), {"name": 3}, "name=3: a text"),
        ((), {"name": "taken"}, r"name='taken': .* Trainer.resume\('taken'\)$"),
    ],
)
def test_arguments_that_cannot_be_are_a_line_at_once(arguments: tuple[Any, ...], named: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(UserError, match=words) as caught:
        Trainer(*arguments, runs_dir=tmp_path, **named)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_stop_before_it_begins_counts_once_and_samples_are_asked_for_in_words(tmp_path: Path) -> None:
    trainer = Trainer("classic", QUICK, name="mine", runs_dir=tmp_path)
    trainer.stop("at once")
    early = trainer.fit()
    assert early.state == "stopped"
    assert early.step <= 1
    assert trainer.fit().state == "completed"
    generator = gan_tui.load_generator("mine", tmp_path)
    wrong: list[tuple[Any, dict[str, Any]]] = [
        (2.5, {}), ("4", {}), (True, {}), (4, {"labels": []}), (4, {"labels": 2.5}), (4, {"labels": 3}), (4, {"seed": "x"}),
        (4, {"seed": -1}), (4, {"truncation": -1}), (4, {"truncation": "x"}), (4, {"truncation": float("nan")}),
    ]  # fmt: skip
    for count, named in wrong:
        with pytest.raises(UserError, match=r"^(sample\(|labels=3: )"):
            generator.sample(count, **named)


def test_what_cannot_begin_leaves_no_run(tmp_path: Path) -> None:
    trainer = Trainer("classic", {**QUICK, "train.engine": "graph", "train.device": "cpu"}, name="mine", runs_dir=tmp_path)
    with pytest.raises(UserError, match="engine 'graph' runs on cuda only"):
        trainer.fit()
    assert not any(tmp_path.iterdir())
    with pytest.raises(UserError, match="1 or more"):
        trainer.train(steps=0)
    with pytest.raises(UserError, match="one device"):
        Trainer("classic", {"train.devices": 2}, runs_dir=tmp_path).fit()
    with gan_tui.track("script", runs_dir=tmp_path), pytest.raises(UserError, match="Trainer trains GANs"):
        Trainer.resume("script", runs_dir=tmp_path)
