"""From what a script says of where it is to the steps and epochs of a run."""

from pathlib import Path

import pytest

from gan_tui.command import recorder as recorder_module
from gan_tui.command.recorder import Recorder
from gan_tui.foreign.line import Line
from gan_tui.foreign.reader import Reader
from gan_tui.run.events import LAST_STEP, Bookmark, Epoch, Metrics, Started
from gan_tui.run.log import EventWriter, read_all
from gan_tui.run.state import RunState


def recorded(folder: Path, *texts: str, completed: bool = False) -> RunState:
    with EventWriter(folder / "events.jsonl") as writer:
        reader = Reader()
        recorder = Recorder(writer, reader, "host", 1)
        for number, text in enumerate(texts, 1):
            recorder.take(reader.read([Line(number, text)]), float(number))
        recorder.end(float(len(texts) + 1), completed=completed)
        return writer.state


def test_epochs_of_unknown_length_are_counted_by_what_the_script_says(tmp_path: Path) -> None:
    state = recorded(
        tmp_path, *(f"Epoch {epoch}/50, iter: {400 * epoch + 100 * part}, loss: 0.5" for epoch in (1, 2, 3) for part in (0, 1))
    )
    assert (state.step, state.epochs_done, state.epoch, state.epochs) == (1300, 2, 3, 50)
    assert state.share_done == pytest.approx(2 / 50)


def test_steps_that_begin_anew_in_each_epoch_are_none_of_the_whole_training(tmp_path: Path) -> None:
    state = recorded(tmp_path, *(f"Epoch {epoch}/50, iter: {step}, loss: 0.5" for epoch in (1, 2) for step in (100, 200)))
    assert (state.step, state.epochs_done, state.epoch) == (4, 1, 2)


@pytest.mark.parametrize("line", ["epoch {} step {} loss: 0.5", '{{"epoch": {}, "step": {}, "loss": 0.5}}'])
@pytest.mark.parametrize("anew", [True, False])
@pytest.mark.parametrize("first", [0, 1])
def test_every_step_has_its_own_number_and_the_last_epoch_is_done(tmp_path: Path, first: int, anew: bool, line: str) -> None:
    texts = [line.format(epoch + first, step + first + (0 if anew else 4 * epoch)) for epoch in range(3) for step in range(4)]
    state = recorded(tmp_path, *texts, completed=True)
    assert [bucket.step for bucket in state.history["loss"].buckets] == list(range(1, 13))
    assert (state.step, state.epochs_done) == (12, 3)
    (tmp_path / "within").mkdir()
    assert recorded(tmp_path / "within", *texts[:-1], completed=True).epochs_done == 2, "it stopped early"


def test_where_only_epochs_are_said_they_are_the_steps(tmp_path: Path) -> None:
    state = recorded(tmp_path, *(f"Epoch {epoch}/50 loss: 0.5" for epoch in (1, 2, 3)))
    assert (state.step, state.total_steps, state.epochs_done) == (3, 50, 3)
    assert recorded(tmp_path, *(f"Epoch {epoch}/50 loss: 0.5" for epoch in range(4, 9))).remaining == pytest.approx(42)


def test_a_bar_before_the_first_epoch_does_not_count_as_epochs(tmp_path: Path) -> None:
    state = recorded(tmp_path, " 98%|####| 49/50 [00:01<00:01, 9.0it/s, loss=0.98]", "Epoch 1/2 loss: 0.25")
    assert (state.epochs_done, state.epoch, state.epochs) == (0, 1, 2)


@pytest.mark.parametrize("first", [0, 1])
def test_the_last_epoch_is_done_once_the_script_has_ended_as_it_should(tmp_path: Path, first: int) -> None:
    texts = [f"Epoch [{epoch}/3] iter {100 * part} loss: 0.5" for epoch in range(first, 3 + first) for part in (1, 2)]
    for completed, done in ((False, 2), (True, 3)):
        (tmp_path / str(completed)).mkdir()
        assert recorded(tmp_path / str(completed), *texts, completed=completed).epochs_done == done
    (tmp_path / "early").mkdir()
    assert recorded(tmp_path / "early", *texts[:-2], completed=True).epochs_done == 2, "it stopped early, behind an epoch"
    (tmp_path / "within").mkdir()
    assert recorded(tmp_path / "within", *texts[:-3], completed=True).epochs_done == 1, "it stopped early, within an epoch"


LONG = "9" * 20


@pytest.mark.parametrize(
    "line",
    [
        f'{{"step": {LONG}, "big": {"9" * 400}, "loss": 0.5}}',
        f"{LONG}/{LONG} [==>] loss: 0.5",
        f"Epoch 0/5 ━━━━━━ {LONG}/{LONG} 0:00:01 loss: 0.5",
        f"  5%|█ | {LONG}/{LONG} [00:01<00:02, 3.2it/s, loss=0.5]",
        "[999999999999/999999999999][999999999999/999999999999] loss: 0.5",
    ],
)
def test_what_is_larger_than_a_log_can_hold_is_no_step(tmp_path: Path, line: str) -> None:
    """The log could not be read from there on: the run was said to be gone without a word."""
    recorded(tmp_path, line, line, line, completed=True)
    events = read_all(tmp_path / "events.jsonl")
    assert all(event.step <= LAST_STEP for event in events)
    assert [event.scalars["loss"] for event in events if isinstance(event, Metrics)] == [0.5] * 3


@pytest.mark.parametrize(("last", "done"), [(40, (3, 150)), (30, (2, 130))])
def test_an_epoch_of_which_nothing_more_was_to_be_printed_is_done_when_the_script_ends_well(
    tmp_path: Path, last: int, done: tuple[int, int]
) -> None:
    places = [(epoch, step) for epoch in (1, 2, 3) for step in range(0, 50, 10) if epoch < 3 or step <= last]
    state = recorded(tmp_path, *(f"Epoch [{epoch}/10], Step [{step}/50], loss: 0.5" for epoch, step in places), completed=True)
    assert (state.epochs_done, state.step) == done


def test_numbers_before_the_first_word_on_epochs_are_logged_as_they_were_printed(tmp_path: Path) -> None:
    recorded(tmp_path, *(f"step {step} loss 0.{step}" for step in range(1, 7)))
    metrics = [event for event in read_all(tmp_path / "events.jsonl") if isinstance(event, Metrics)]
    assert [(event.step, event.scalars["loss"]) for event in metrics] == [(step, step / 10) for step in range(1, 7)]


def test_lines_that_say_parts_of_epochs_and_no_steps_are_counted(tmp_path: Path) -> None:
    lines = [f"{{'loss': 0.{9 - part}, 'learning_rate': 5e-05, 'epoch': {part / 4}}}" for part in range(1, 9)]
    state = recorded(tmp_path, *lines, "{'eval_loss': 0.25, 'epoch': 2.0}", completed=True)
    assert (state.step, state.epochs_done) == (9, 2)
    assert [bucket.step for bucket in state.history["loss"].buckets] == list(range(1, 9))


def test_a_bar_over_epochs_above_bars_of_each_does_not_count_one_more(tmp_path: Path) -> None:
    def lines(epoch: int) -> list[str]:
        inner = f"Epoch {epoch}/3: 100%|####| 50/50 [00:01<00:00, 49.0it/s, loss=0.{9 - epoch}]"
        return [inner, f"Epochs: {33 * epoch}%|###| {epoch}/3 [00:0{epoch}<00:01, 1.1s/it, val_loss=0.5]"]

    texts = ["Epochs:   0%|    | 0/3 [00:00<?, ?it/s]", *(text for epoch in (1, 2, 3) for text in lines(epoch))]
    state = recorded(tmp_path, *texts, completed=True)
    assert (state.step, state.epochs_done, state.epochs) == (150, 3, 3)
    assert [bucket.step for bucket in state.history["loss"].buckets] == [50, 100, 150]
    (tmp_path / "alone").mkdir()
    alone = recorded(tmp_path / "alone", *texts[::2])
    assert alone.epochs_done == 3, "a bar over epochs alone says how many are done"


@pytest.mark.parametrize("first", [["Epoch 0 loss: 0.5"], ["Epoch 0", "loss: 0.5"]])
def test_an_epoch_0_that_says_numbers_and_no_steps_is_one(first: list[str], tmp_path: Path) -> None:
    later = [f"Epoch {epoch} step {step}/10 loss: 0.{step}" for epoch in (1, 2) for step in range(1, 11)]
    state = recorded(tmp_path, *first, *later, completed=True)
    assert (state.step, state.epochs_done) == (30, 3)


@pytest.mark.parametrize("total", ["", "/3"])
def test_a_script_that_says_epochs_and_nothing_else_has_done_each_that_it_says(tmp_path: Path, total: str) -> None:
    state = recorded(tmp_path, *(f"Epoch {epoch}{total} loss: 0.5" for epoch in (1, 2, 3)), completed=True)
    assert (state.step, state.epochs_done, state.epochs) == (3, 3, 3 if total else 0)


def test_every_line_of_a_quick_script_is_logged(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "events.jsonl") as writer:
        reader = Reader()
        recorder = Recorder(writer, reader, "host", 1)
        recorder.take(reader.read(Line(step, f"step {step}/120 loss {1 / step:.4f} acc 0.5") for step in range(1, 121)), 0.5)
        recorder.end(0.6, completed=True)
    logged = [event for event in read_all(tmp_path / "events.jsonl") if isinstance(event, Metrics)]
    assert [(event.step, event.scalars["loss"]) for event in logged] == [(step, round(1 / step, 4)) for step in range(1, 121)]
    assert in_order(tmp_path)[0] is Started


def test_what_comes_faster_than_it_is_logged_is_a_mean_and_the_log_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "EXACT", 0)
    with EventWriter(tmp_path / "events.jsonl") as writer:
        reader = Reader()
        recorder = Recorder(writer, reader, "host", 1)
        for number in range(1, 5):
            lines = [Line(number, f"epoch 1/9 loss 0.{number}"), Line(number, f"epoch 1/9 loss 0.{number + 2}")]
            recorder.take(reader.read(lines), float(number))
        recorder.flush(5.0)
        assert writer.state.scalars["loss"] == pytest.approx(0.5)
    assert (tmp_path / "events.jsonl").read_text().count("is logged as its mean") == 1
    assert in_order(tmp_path)[0] is Started


def in_order(folder: Path) -> list[type]:
    """The kinds of events in a log whose steps and times never fall."""
    found = read_all(folder / "events.jsonl")
    assert [event.step for event in found] == sorted(event.step for event in found)
    assert [event.t for event in found] == sorted(event.t for event in found)
    return [type(event) for event in found]


def test_what_is_held_until_the_script_is_known_keeps_its_place(tmp_path: Path) -> None:
    recorded(tmp_path, *(f"Epoch {epoch}/50, iter: {400 * epoch + 100 * part}, loss: 0.5" for epoch in (1, 2, 3) for part in (0, 1)))
    kinds = in_order(tmp_path)
    assert kinds[0] is Started
    assert kinds.index(Epoch) > kinds.index(Metrics)


def test_what_others_log_comes_behind_what_is_held(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "events.jsonl") as writer:
        reader = Reader()
        recorder = Recorder(writer, reader, "host", 1)
        recorder.take(reader.read([Line(1, f"step {step} loss 0.5") for step in (7, 8)]), 1.0)
        assert writer.state.started is None
        recorder.write(Bookmark(step=recorder.step, text="here"))
        recorder.take(reader.read([Line(2, "epoch 1/9 loss 0.5")]), 2.0)
        recorder.end(3.0, completed=False)
    kinds = in_order(tmp_path)
    assert kinds[0] is Started
    assert kinds.index(Metrics) < kinds.index(Bookmark)


def test_steps_that_were_not_printed_are_done_once_the_script_has_ended_as_it_should(tmp_path: Path) -> None:
    texts = [f"Epoch {epoch}/3 step {step}/40 loss: 0.5" for epoch in (1, 2, 3) for step in (0, 10, 20, 30)]
    for completed, done in ((False, (110, 2)), (True, (120, 3))):
        (tmp_path / str(completed)).mkdir()
        state = recorded(tmp_path / str(completed), *texts, completed=completed)
        assert (state.step, state.epochs_done) == done


def test_a_last_moment_that_is_short_has_the_pace_before_it(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "events.jsonl") as writer:
        recorder, reader = Recorder(writer, Reader(), "host", 1), Reader()
        for step in range(1, 5):
            recorder.take(reader.read([Line(step, f"step {step} loss: 0.5")]), step / 2)
        recorder.take(reader.read([Line(5, "step 5 loss: 0.5")]), 2.01)
        recorder.end(2.01, completed=True)
        assert [event.rate for event in writer.state.recent][1:] == [2.0, 2.0, 2.0, 2.0]


def test_a_loop_of_a_known_length_has_an_end_though_it_has_no_epochs(tmp_path: Path) -> None:
    state = recorded(tmp_path, *(f"step {step}/500 loss: 0.5" for step in range(1, 6)))
    assert (state.step, state.total_steps, state.epoch, state.epochs_done) == (5, 500, 0, 0)
    assert state.share_done == pytest.approx(0.01)
    assert state.remaining == pytest.approx(495)


@pytest.mark.parametrize(
    "texts",
    [
        [f"step {step}/3 loss: 0.5" for _ in range(3) for step in (1, 2, 3)],
        ["step 1/500 loss: 0.5", "step 2/500 loss: 0.5", "step 1/20 loss: 0.4"],
        ["step 1/500 loss: 0.5", "step 2/500 loss: 0.5", "Epoch 1 loss: 0.4"],
    ],
)
def test_several_bars_are_not_the_whole_of_a_training(tmp_path: Path, texts: list[str]) -> None:
    state = recorded(tmp_path, *texts)
    assert state.total_steps == 0
    assert state.remaining is None


def test_a_bar_without_a_title_behind_that_of_an_epoch_is_a_validation(tmp_path: Path) -> None:
    """Keras' `evaluate` was an epoch of another length, its loss the training's."""
    texts = [
        text
        for epoch in (1, 2)
        for text in (f"Epoch {epoch}/2", *(f"{step}/4 ━━━━━━━━━━ 0s 1ms/step - loss: {epoch + step / 10}" for step in (1, 2, 3, 4)))
    ]
    texts += ["1/6 ━━━━━━━━━━ 0s 1ms/step - loss: 9.5 - accuracy: 0.5", "6/6 ━━━━━━━━━━ 0s 1ms/step - loss: 9 - accuracy: 0.75"]
    state = recorded(tmp_path, *texts, completed=True)
    assert (state.step, state.total_steps, state.epochs_done, state.epochs) == (8, 8, 2, 2)
    assert [state.history[name].buckets[-1].high for name in ("loss", "accuracy")] == [2.4, 0.75]


def test_an_epoch_that_is_printed_behind_a_bar_of_the_whole_training_is_not_the_bars(tmp_path: Path) -> None:
    """`tqdm(range(epochs * len(loader)))` and a print at the end of each epoch, as in the examples of Accelerate: four times the steps."""
    texts = [
        f" 50%|#####     | {step}/12 [00:01<00:01, 9.0it/s, loss=0.5]" + f"epoch {step // 4 - 1}: loss 0.25" * (step % 4 == 0)
        for step in range(1, 13)
    ]
    state = recorded(tmp_path, *texts, completed=True)
    assert (state.step, state.total_steps, state.epochs_done) == (12, 12, 3)
    assert state.history["loss"].buckets[-1].step == 12


@pytest.mark.parametrize("seen", [56, 60])
def test_a_bar_that_ends_behind_the_step_of_the_bar_of_epochs_is_of_the_epoch_before(tmp_path: Path, seen: int) -> None:
    """Rich draws some ten times a second: the last steps of an epoch are seen when the bar above it has gone on."""
    texts = ["epochs ━━━━━━ 0/3", "batches ━━━━━━ 0/60 loss=0.5"]
    for epoch in range(3):
        texts += [f"batches ━━━━━━ {step}/60 loss=0.5" for step in (1, 30, seen)]
        texts += [f"epochs ━━━━━━ {epoch + 1}/3", "batches ━━━━━━ 60/60 loss=0.25"]
        (tmp_path / str(epoch)).mkdir()
        state = recorded(tmp_path / str(epoch), *texts)
        assert (state.step, state.epochs_done, state.epochs, state.total_steps) == (60 * (epoch + 1), epoch + 1, 3, 180)


def test_lightnings_epochs_count_from_0_whichever_is_seen_first(tmp_path: Path) -> None:
    """Through a pipe only the last bar is printed, and a training that is resumed begins behind the first epochs."""
    texts = [f"Epoch {epoch}/5 ━━━━━━━━━━━━ 4/4 0:00:01 • 0:00:00 34.83it/s v_num: 0.000 loss: 0.5" for epoch in (3, 4, 5)]
    state = recorded(tmp_path, *texts[:2])
    assert (state.epochs_done, state.epochs, state.step) == (5, 6, 20)
    (tmp_path / "last").mkdir()
    state = recorded(tmp_path / "last", *texts[2:], completed=True)
    assert (state.epochs_done, state.epochs, state.step) == (6, 6, 24)


def test_the_bar_of_an_evaluation_is_not_that_of_the_whole_training(tmp_path: Path) -> None:
    def bar(done: int, total: int) -> str:
        return f" 50%|#####     | {done}/{total} [00:01<00:01, 9.0it/s]"

    texts = [text for done in (0, 10, 20) for text in (bar(done, 40), str({"loss": 0.5, "epoch": done / 10 + 0.5}), bar(done + 5, 40))]
    end = [str({"loss": 0.5, "epoch": 4.0}), bar(40, 40)]
    evaluation = [bar(0, 8), bar(8, 8), str({"eval_loss": 0.25, "epoch": 4.0})]
    state = recorded(tmp_path, *texts, *end, *evaluation)
    assert (state.step, state.total_steps, state.epochs_done, state.epoch) == (40, 40, 4, 4)
    assert state.history["eval_loss"].buckets[-1].step == 40


def test_of_a_script_that_falls_silent_everything_is_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    with EventWriter(log) as writer:
        reader = Reader()
        recorder = Recorder(writer, reader, "host", 1)
        for number in range(1, 51):
            recorder.take(reader.read([Line(number, f"iter {number} loss 0.5")]), number / 20)
        for now in (3.0, 6.0):
            recorder.flush(now)
        assert max(event.step for event in read_all(log) if isinstance(event, Metrics)) == 50


@pytest.mark.parametrize("each", [0.25, 1.0])
def test_a_bar_that_goes_on_over_epochs_is_of_the_whole_training(tmp_path: Path, each: float) -> None:
    """As Hugging Face's trainer prints them."""
    texts = []
    for number in range(1, 7):
        texts.append(f" 33%|###   | {50 * number}/600 [00:01<00:04, 80.2it/s]")
        texts.append(f"{{'loss': 0.{number}, 'learning_rate': 5e-05, 'epoch': {each * number}}}")
    state = recorded(tmp_path, *texts)
    assert (state.step, state.total_steps) == (300, 600)
    assert state.share_done == pytest.approx(0.5)
    assert state.epochs_done == int(each * 6) - (each == 1.0)


def test_speed_and_time_left_of_a_script_that_logs_quick_steps_are_those_of_seconds(tmp_path: Path) -> None:
    with EventWriter(tmp_path / "events.jsonl") as writer:
        reader = Reader()
        recorder = Recorder(writer, reader, "host", 1)
        for step in range(1, 1001):
            recorder.take(reader.read([Line(step, f"step {step}/2000 loss 0.5")]), step * 0.005 + (0.002 if step % 2 else 0.0))
        recorder.flush(5.0)
        assert writer.state.rate == pytest.approx(200, rel=0.02)
        assert writer.state.remaining == pytest.approx(5, rel=0.02)
