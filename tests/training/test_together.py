"""Several runs in one process, whose steps are taken together: each is what it is alone, and has all that a run has."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_tui import clocks, config
from gan_tui.config.together import OWN, difference, lone
from gan_tui.data import mnist, registry
from gan_tui.data.dataset import Dataset
from gan_tui.errors import FAILED
from gan_tui.run import directory, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Note, Started
from gan_tui.run.log import read_all, read_state
from gan_tui.training import checkpoint, products
from gan_tui.training.engines import many_proof
from gan_tui.training.engines.manual_grad import ManualGradEngine
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.engines.many_mlps import ManyMlps, ManySteps
from gan_tui.training.found import Found, Host
from gan_tui.training.main import train_found
from gan_tui.training.stop import StopRequest
from gan_tui.training.together import common_steps
from gan_tui.training.together.process import train_together
from gan_tui.training.together.seats import Seat

IMAGES, LABELS = (part[:230] for part in mnist.load(train=True))
"""Two batches of 100 and an odd one of 30."""
SMALL = {
    "train.precision": "float32",
    "model.hidden": 32,
    "train.epochs": 4,
    "train.threads": 1,
    "samples.count": 4,
    "samples.columns": 2,
    "evaluation.budget": 0,
}
RATES = (1e-4, 3e-4, 1e-3)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few images; and signals and threads are afterwards as they were."""
    monkeypatch.setattr(registry, "load", lambda *_, **__: Dataset("mnist", IMAGES, IMAGES[:100], LABELS, LABELS[:100], 10))
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGXCPU, signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP)
    handlers, threads = [signal.getsignal(number) for number in numbers], torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


def make(folder: Path, *changes: dict[str, Any]) -> list[RunDirectory]:
    """Runs of three rates and seeds; `changes` of each."""
    folder.mkdir()
    runs = []
    for number, (rate, more) in enumerate(zip(RATES, changes or ({},) * 3, strict=True)):
        said = SMALL | {"optimizer.d_lr": rate, "optimizer.g_lr": rate, "train.seed": number} | more
        settings = config.resolve("mlp-r3", [config.parse_assignment(f"{key}={value}") for key, value in said.items()])
        runs.append(directory.create(folder, settings, f"trial-{number}"))
    return runs


def weights(run: RunDirectory) -> dict[str, torch.Tensor]:
    loaded = checkpoint.read_weights(run.generator, 1 << 30)
    assert loaded is not None
    return loaded


def engine_of(run: RunDirectory) -> str:
    return next(event.engine for event in read_all(run.events) if isinstance(event, Started))


def notes_of(run: RunDirectory) -> str:
    return " ".join(event.text for event in read_all(run.events) if isinstance(event, Note))


def tensors_in(state: Any) -> Iterator[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        yield state
    elif isinstance(state, dict | list):
        for value in state.values() if isinstance(state, dict) else state:
            yield from tensors_in(value)


def test_each_ends_as_it_does_alone_and_has_all_that_a_run_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part, parts = ManySteps.part, list[slice]()

    def counted_part(self: ManySteps, rows: slice) -> ManySteps:
        parts.append(rows)
        return part(self, rows)

    monkeypatch.setattr(ManySteps, "part", counted_part)
    together, alone = make(tmp_path / "together"), make(tmp_path / "alone")
    assert train_together(together) == 0
    assert len(parts) == 3, "one of each for the odd batches of all epochs"
    assert [train_found(run, StopRequest(), Found()) for run in alone] == [0, 0, 0]
    for run, twin in zip(together, alone, strict=True):
        assert (engine_of(run), engine_of(twin)) == ("together", "manual-grad")
        assert not run.alive
        state, wanted = read_state(run.events), read_state(twin.events)
        assert (state.outcome, state.step, state.epochs_done) == ("completed", 12, 4)
        assert state.scalars["d_loss"] == pytest.approx(wanted.scalars["d_loss"], rel=0.5), "the windows are not the same"
        for name, weight in weights(twin).items():
            torch.testing.assert_close(weights(run)[name], weight, rtol=1e-3, atol=2e-4)
        assert "together with 2 other runs" in notes_of(run)
        saved = torch.load(run.checkpoints / "step-000000012.pt", weights_only=True)
        assert all(tensor.untyped_storage().nbytes() == tensor.nbytes for tensor in tensors_in(saved)), "rates are no part of others' rates"
        (size, its_size) = ((one.checkpoints / "step-000000012.pt").stat().st_size for one in (run, twin))
        assert size < 1.2 * its_size, "the networks of the others are none of its own"
        assert len(list(run.samples.iterdir())) == len(list(twin.samples.iterdir()))


def test_those_that_are_shorter_or_asked_to_stop_leave_the_others_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = make(tmp_path / "runs", {"train.epochs": 2}, {}, {"checkpoints.every_steps": 5})
    save = checkpoint.save

    def save_and_stop_the_last(run: RunDirectory, *rest: Any) -> Path:
        if run == runs[2]:
            mailbox.send(run.control, "stop")
        return save(run, *rest)

    monkeypatch.setattr(checkpoint, "save", save_and_stop_the_last)
    monkeypatch.setattr("gan_tui.training.commands.MAILBOX_SECONDS", 1e-9)
    due, shares = clocks.Interval.due, list[float]()

    def noted_due(self: clocks.Interval, now: float, times: float = 1.0) -> bool:
        shares.append(times)
        return due(self, now, times)

    monkeypatch.setattr(clocks.Interval, "due", noted_due)
    assert train_together(runs) == 0
    assert set(shares) == {1, 2, 3}, "who is left has the time to itself"
    states = [read_state(run.events) for run in runs]
    assert [(state.outcome, state.step) for state in states] == [("completed", 6), ("completed", 12), ("stopped", 5)]

    twin = make(tmp_path / "twin")[1]
    train_found(twin, StopRequest(), Found())
    for name, weight in weights(twin).items():
        torch.testing.assert_close(weights(runs[1])[name], weight, rtol=1e-3, atol=2e-4)


def test_a_run_alone_goes_on_from_what_was_trained_together(tmp_path: Path) -> None:
    runs = make(tmp_path / "runs", *({"train.epochs": 2},) * 3)
    assert train_together(runs) == 0
    twin = make(tmp_path / "twin")[0]
    assert train_found(twin, StopRequest(), Found()) == 0
    assert train_found(runs[0], StopRequest(), Found(["train.epochs=4"])) == 0
    assert train_together(runs[1:]) == 0, "complete runs need no steps"
    for name, weight in weights(twin).items():
        torch.testing.assert_close(weights(runs[0])[name], weight, rtol=1e-3, atol=2e-4)


def test_they_may_stand_at_different_steps(tmp_path: Path) -> None:
    runs, twins = make(tmp_path / "runs"), make(tmp_path / "twins")
    assert train_found(runs[0], StopRequest(), Found(host=Host(lambda _: None, steps=5))) == 0
    assert train_together(runs) == 0
    for run, twin in zip(runs, twins, strict=True):
        assert train_found(twin, StopRequest(), Found()) == 0
        assert read_state(run.events).step == 12
        for name, weight in weights(twin).items():
            torch.testing.assert_close(weights(run)[name], weight, rtol=1e-3, atol=2e-4)


def test_one_that_diverges_is_alone_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = {"optimizer.d_lr": 10.0, "loss.r1": 1e6, "checkpoints.every_steps": 2}
    runs = make(tmp_path / "runs", *({"train.epochs": 8} | more for more in (bad, {}, {})))
    assert train_together(runs) == FAILED
    states = [read_state(run.events) for run in runs]
    assert (states[0].outcome, states[0].diverged, states[0].rollbacks) == ("failed", True, 3)
    assert "this run trains by itself: it went back to a checkpoint" in capsys.readouterr().err
    assert [(state.outcome, state.step) for state in states[1:]] == [("completed", 24)] * 2


def test_one_that_differs_too_much_trains_by_itself(tmp_path: Path) -> None:
    runs = make(tmp_path / "runs", {}, {}, {"model.hidden": 40})
    assert train_together(runs) == 0
    assert [engine_of(run) for run in runs] == ["together", "together", "manual-grad"]
    assert "model.hidden" in notes_of(runs[2])
    assert "together with 1 other run of" in notes_of(runs[0])


def test_each_multiplies_by_its_own_library_though_others_have_their_turn_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance, seen = ManualGradEngine.advance, dict[str, set[bool]]()

    def noted(self: ManualGradEngine, *place: int) -> torch.Tensor:
        seen.setdefault(threading.current_thread().name, set()).add(products.by_onednn())
        return advance(self, *place)

    monkeypatch.setattr(ManualGradEngine, "advance", noted)
    monkeypatch.setattr(products, "trial", lambda: products.Trial(2.0, 0.0))
    runs = make(tmp_path / "runs", *({"train.products": library} for library in ("torch", "onednn", "torch")))
    with products.as_it_was():
        products.use(True)
        if not products.by_onednn():
            pytest.skip("this torch has no switch between libraries")
        assert train_together(runs) == 0
    assert seen == {runs[1].name: {True}}


def test_one_whose_checkpoint_keeps_another_library_trains_by_itself_and_changes_no_digit_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the last to sit down: when it leaves, it takes the steps of those that have asked."""
    runs = make(tmp_path / "runs")
    for run, gain in zip(runs, (1.0, 1.0, 2.0), strict=True):
        monkeypatch.setattr(products, "trial", lambda gain=gain: products.Trial(gain, 0.0))
        assert train_found(run, StopRequest(), Found(host=Host(lambda _: None, steps=3))) == 0
    with products.as_it_was():
        products.use(True)
        if not products.by_onednn():
            pytest.skip("this torch has no switch between libraries")
    seen = dict[str, set[bool]]()

    def note(kind: type, name: str) -> None:
        take = getattr(kind, name)

        def noted(*words: Any) -> torch.Tensor:
            seen.setdefault(kind.__name__, set()).add(products.by_onednn())
            taken: torch.Tensor = take(*words)
            return taken

        monkeypatch.setattr(kind, name, noted)

    note(ManySteps, "__call__")
    note(ManualGradEngine, "advance")
    with products.as_it_was():
        assert train_together(runs) == 0
    assert seen == {"ManySteps": {False}, "ManualGradEngine": {True}}
    assert "by itself: oneDNN multiplies its matrices, and not theirs" in notes_of(runs[2])
    assert "together with 1 other run of" in notes_of(runs[0])
    kept = [torch.load(checkpoint.list_newest_first(run)[0][1], weights_only=True)["products"] for run in runs]
    assert kept == ["torch", "torch", "onednn"]


def test_a_change_of_when_g_is_trained_takes_a_run_from_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, save = make(tmp_path / "runs", *({"checkpoints.every_steps": 4},) * 3), checkpoint.save
    asked = list[RunDirectory]()

    def save_and_ask(run: RunDirectory, *rest: Any) -> Path:
        if run == runs[0] and not asked:
            asked.append(run)
            mailbox.send(run.control, "set", "train.d_steps=2")
        return save(run, *rest)

    monkeypatch.setattr(checkpoint, "save", save_and_ask)
    monkeypatch.setattr("gan_tui.training.commands.MAILBOX_SECONDS", 1e-9)
    assert train_together(runs) == 0
    assert [read_state(run.events).step for run in runs] == [12] * 3
    assert ["by itself: its train.d_steps is another one now" in notes_of(run) for run in runs] == [True, False, False]


def test_runs_that_train_g_in_other_steps_are_not_held_up_by_each_other(tmp_path: Path) -> None:
    runs, twins = (make(tmp_path / name, *({"train.d_steps": 2},) * 3) for name in ("runs", "twins"))
    assert train_found(runs[2], StopRequest(), Found(host=Host(lambda _: None, steps=5))) == 0
    assert train_together(runs) == 0
    assert ["by itself: it trains G in other steps" in notes_of(run) for run in runs] == [False, False, True]
    for run, twin in zip(runs, twins, strict=True):
        assert train_found(twin, StopRequest(), Found()) == 0
        for name, weight in weights(twin).items():
            torch.testing.assert_close(weights(run)[name], weight, rtol=1e-3, atol=2e-4)


def test_a_device_that_fails_for_good_ends_all_and_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advance, sync, failed = ManyEngine.advance, ManyEngine.sync, list[int]()

    def broken_advance(self: ManyEngine, places: Sequence[Place]) -> torch.Tensor:
        if places[0].step >= 6:
            failed.append(places[0].step)
            raise RuntimeError("CUDA error: an illegal memory access")
        return advance(self, places)

    def broken_sync(self: ManyEngine, row: int | None = None) -> None:
        if failed:
            raise RuntimeError("CUDA error: an illegal memory access")
        sync(self, row)

    monkeypatch.setattr(ManyEngine, "advance", broken_advance)
    monkeypatch.setattr(ManyEngine, "sync", broken_sync)
    runs, together = make(tmp_path / "runs"), common_steps.Together(3)

    def train(seat: Seat, run: RunDirectory) -> None:
        def work() -> None:
            train_found(run, StopRequest(), Found(seat=seat))

        with suppress(RuntimeError):
            seat.work(work)

    seats = [Seat(together, number) for number in range(3)]
    threads = [threading.Thread(target=train, args=pair, daemon=True) for pair in zip(seats, runs, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert seats[0].count == 0
    assert all("illegal memory access" in str(read_state(run.events).error) for run in runs)


def test_who_leaves_without_having_its_optimisers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    together = common_steps.Together(1)

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(together, "sync", broken)
    with pytest.raises(RuntimeError):
        together.leave(0)
    together.leave(0)


def test_where_there_is_no_memory_for_all_or_their_steps_are_wrong_each_trains_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(many_proof, "ManyEngine", short)
        runs = make(tmp_path / "short")
        assert train_together(runs) == 0
    assert all("memory for 3 at once" in notes_of(run) for run in runs)
    with monkeypatch.context() as patch:
        patch.setattr(ManyMlps, "add_gradient_penalty", lambda self, *_: self._steps * 0)
        wrong = make(tmp_path / "wrong")
        assert train_together(wrong) == 0
    assert all("steps together are not what they are alone" in notes_of(run) for run in wrong)
    for run, other in zip(runs, wrong, strict=True):
        assert read_state(run.events).step == 12
        for name, weight in weights(run).items():
            torch.testing.assert_close(weights(other)[name], weight)


def test_one_that_cannot_begin_keeps_nobody_waiting(tmp_path: Path) -> None:
    runs = make(tmp_path / "runs")
    runs[1].config_file.write_text("nonsense", "utf-8")
    assert train_together(runs) != 0
    assert [read_state(run.events).outcome for run in runs] == ["completed", "failed", "completed"]


def test_what_all_must_have_in_common_is_told() -> None:
    base = config.resolve("mlp-r3")
    for key in sorted(OWN - {"train.begin_from", "optimizer.hold", "optimizer.until"}):
        value = {"optimizer.schedule": "cosine", "train.stop": "plateau", "train.bfloat16_holds": "true"}.get(key, "1")
        if key in ("optimizer.beta1", "optimizer.beta2"):
            value = "0.3"
        assert difference(base, config.override(base, config.parse_assignment(f"{key}={value}"))) is None, key
    for text in (
        "model.hidden=3",
        "train.batch_size=7",
        "loss.name=hinge",
        "optimizer.eps=1e-6",
        "ema.half_life=0",
        "data.dataset=kmnist",
        "train.threads=2",
    ):
        assert difference(base, config.override(base, config.parse_assignment(text))) == text.partition("=")[0]
    assert lone(base) is None
    for text in ("train.devices=2", "train.budget=5m", "model.conditional=true", "loss.gp=1", "train.engine=eager", "train.augment=ada"):
        assert str(lone(config.override(base, config.parse_assignment(text)))).startswith(text.partition("=")[0])
