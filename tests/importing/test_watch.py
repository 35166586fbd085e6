"""`gan-tui watch PATH`: what other programs have written becomes a run, and goes on becoming one."""

import csv
import gzip
import importlib.util
import json
import os
import shutil
import subprocess
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from PIL import Image

from gan_tui.cli import cli as command_line
from gan_tui.config.foreign import ScriptConfig
from gan_tui.errors import UserError
from gan_tui.importing import following
from gan_tui.importing.following import QUIET_SECONDS, Following, follow
from gan_tui.importing.sources import check, sources_at
from gan_tui.notify import settings
from gan_tui.run import directory, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Metrics
from gan_tui.run.log import read_state
from gan_tui.run.state import RunState
from tests.conftest import Cli, events_of, wait_for
from tests.patience import CEILING

needs_tensorboard = pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")


class Watched:
    """A path that is followed."""

    def __init__(self, path: Path, folder: Path) -> None:
        (source,) = sources_at(path)
        self.run: RunDirectory = directory.create(folder / "runs", ScriptConfig(task="file", script=str(path)), "watched")
        self._following = Following(source, self.run)

    def look(self) -> RunState:
        while self._following.look():
            pass
        return read_state(self.run.events)

    def close(self) -> None:
        self._following.close()


def numbers(state: RunState) -> dict[str, float]:
    return {name: value for name, value in state.scalars.items() if name != "steps/s"}


def test_a_csv_file_is_followed(tmp_path: Path) -> None:
    """As Keras' CSVLogger writes it."""
    path = tmp_path / "training.csv"
    path.write_text("epoch,accuracy,d_loss,val_loss\n0,0.5,1.5,2.0\n1,0.75,1.25,")
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert (state.step, numbers(state), state.phase) == (1, {"accuracy": 0.5, "d_loss": 1.5, "val_loss": 2.0}, "training")
    assert (state.rate, state.trained) == (None, None), "nobody knows how fast it was"
    assert "steps/s" not in state.history
    assert [entry.text for entry in state.entries if "no times" in entry.text] == [following.NO_TIMES]
    with open(path, "a") as file:
        file.write("1.75\n")
    state = watched.look()
    assert (state.step, state.epochs_logged, state.epoch, numbers(state)) == (2, 1, 2, {"accuracy": 0.75, "d_loss": 1.25, "val_loss": 1.75})
    watched.close()


@pytest.mark.parametrize("name", ["training.csv.gz", "training.csv", "training.jsonl"])
def test_a_compressed_file_is_called_so(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(gzip.compress(b"step,loss\n1,0.5\n"))
    with pytest.raises(UserError, match=r"compressed \(gzip\): `gzip -dc "):
        check(sources_at(tmp_path / name)[0])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["my log.csv", "log.tsv", "stats.jsonl"])
def test_text_that_is_not_utf_8_is_called_so_with_the_command_that_makes_it_that(tmp_path: Path, name: str, encoding: str) -> None:
    """As PowerShell's `>` and Excel's "Unicode text" write it. It was called a binary file."""
    path, text = tmp_path / name, '{"loss": 0.5}\n' if name.endswith("l") else "step,loss\r\n1,0.5\r\n"
    path.write_bytes((text if encoding != "utf-16-be" else "\ufeff" + text).encode(encoding))
    with pytest.raises(UserError, match=rf"it is {encoding[:6].upper()}, not UTF-8: `iconv ") as refused:
        check(sources_at(path)[0])
    if shutil.which("iconv"):
        subprocess.run(str(refused.value).split("`")[1], shell=True, check=True)
        check(sources_at(path.with_name(f"plain-{name}"))[0])


@pytest.mark.parametrize(("name", "text"), [("a.csv", "loss,acc\n0.5,1\n"), ("a.jsonl", '{"loss": 0.5, "acc": 1}\n')])
def test_a_mark_of_utf_8_is_no_part_of_what_is_read(tmp_path: Path, name: str, text: str) -> None:
    """PowerShell's `Out-File -Encoding utf8` writes one. JSON lines with it were called none."""
    (tmp_path / name).write_text(text, "utf-8-sig")
    check(sources_at(tmp_path / name)[0])
    watched = Watched(tmp_path / name, tmp_path)
    assert numbers(watched.look()) == {"loss": 0.5, "acc": 1}
    watched.close()


def test_in_a_folder_only_what_is_called_like_a_table_is_called_compressed(tmp_path: Path) -> None:
    """A folder of MNIST's files was told to unpack them, one with a checkpoint to unzip that."""
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(99)))
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("data", b"")
    with pytest.raises(UserError, match="holds nothing that can be watched"):
        sources_at(tmp_path)
    with pytest.raises(UserError, match=r"model\.pt is no file that can be watched"):
        sources_at(tmp_path / "model.pt")
    (tmp_path / "stats.jsonl.gz").write_bytes(gzip.compress(b"{}"))
    with pytest.raises(UserError, match=r"stats\.jsonl\.gz cannot be watched: it is compressed"):
        sources_at(tmp_path)


def test_zeros_that_a_crash_has_left_make_no_binary_file(tmp_path: Path) -> None:
    (tmp_path / "stats.jsonl").write_bytes(b'{"step": 1, "loss": 0.5}\n' + bytes(300) + b'\n{"step": 2, "loss": 0.25}\n')
    (source,) = sources_at(tmp_path)
    check(source)
    assert len([*source.reader().read()]) == 2


def test_a_cell_may_be_long(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"step,loss,text\n1,0.5,{'x' * 200_000}\n2,0.25,\n")
    (source,) = sources_at(tmp_path)
    check(source)
    assert len([*source.reader().read()]) == 2


def test_a_log_of_printed_lines_names_what_reads_it(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text("loss: 0.5")
    with pytest.raises(UserError, match=r"`gan-tui run --dry-run .*train\.log`"):
        sources_at(tmp_path / "train.log")


def test_the_speed_of_a_file_without_times_is_that_at_which_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(float(second) for second in range(1_000, 2_000, 10))
    now = [next(clock)]
    monkeypatch.setattr(time, "time", lambda: now[0])
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f'{{"loss": {row}}}\n' for row in range(5)))
    watched = Watched(path, tmp_path)
    state = watched.look()
    for _ in range(4):
        now[0] = next(clock)
        with open(path, "a") as file:
            file.write("".join(f'{{"loss": {row}}}\n' for row in range(20)))
        state = watched.look()
    assert (state.step, state.rate, state.trained) == (85, 2.0, None)
    watched.close()


def test_a_file_that_says_times_says_how_long_the_training_took(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f'{{"step": {row}, "loss": 1, "time": {1_795_770_000 + 2 * row}}}\n' for row in range(50)))
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert (state.trained, state.rate) == (98.0, 0.5)
    assert not [entry for entry in state.entries if "no times" in entry.text]
    watched.close()


@pytest.mark.parametrize("first", [0, 1])
def test_epochs_are_counted_from_0_or_from_1_as_the_first_row_does(first: int, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n" + "".join(f"{first + row},0.5\n" for row in range(3)))
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert (state.step, state.epoch, len(state.history["loss"].buckets)) == (3, 3, 3)
    watched.close()


@pytest.mark.parametrize(
    ("epochs", "epoch", "done"),
    [
        ((1, 2, 3, 4, 5), 5, 5),
        ((0, 1, 2, 3, 4), 5, 5),
        ((5, 6, 7), 8, 8),
        ((10, 20, 30), 30, 30),
        ((0.5, 1.0, 1.5, 2.0), 2, 2),
        ((1.0, 1.5), 2, 1),
        ((0, 0), 1, 1),
        ((0, 0, 0, 1), 2, 2),
        ((1, 1, 2), 2, 2),
    ],
)
def test_a_table_is_in_the_epoch_of_its_last_row_which_is_done_when_nobody_writes_more(
    epochs: tuple[float, ...], epoch: int, done: int, tmp_path: Path
) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n" + "".join(f"{epoch},0.5\n" for epoch in epochs))
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert (state.epoch, state.epochs_logged) == (epoch, epoch - 1)
    os.utime(path, (time.time() - 2 * QUIET_SECONDS,) * 2)
    assert watched.look().epochs_logged == done
    watched.close()


def curve(state: RunState, name: str = "loss") -> list[tuple[int, float | None]]:
    return [(point.step, point.low) for point in state.history[name].buckets]


@pytest.mark.parametrize("at_once", [True, False])
def test_steps_that_go_back_replace_what_was_read_before_and_that_is_said(at_once: bool, tmp_path: Path) -> None:
    """A training that is resumed from an older checkpoint appends them."""
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n10,1\n20,2\n" + "5,9\n15,8\n" * at_once)
    watched = Watched(path, tmp_path)
    watched.look()
    if not at_once:
        with open(path, "a") as file:
            file.write("5,9\n15,8\n")
    state = watched.look()
    assert (state.step, curve(state)) == (15, [(5, 9.0), (15, 8.0)])
    assert [entry.text for entry in state.entries if entry.text.startswith("its steps go back from 20 to 5")]
    with open(path, "a") as file:
        file.write("16,7\n12,6\n")
    state = watched.look()
    assert (state.step, curve(state)) == (12, [(5, 9.0), (12, 6.0)])
    watched.close()


def test_epochs_that_go_back_are_done_once(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n" + "".join(f"{epoch},{value}\n" for epoch, value in [(0, 5), (1, 4), (2, 3), (3, 2), (2, 30)]))
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert (state.step, state.epoch, curve(state)) == (3, 3, [(1, 5.0), (2, 4.0), (3, 30.0)])
    watched.close()


def test_a_number_that_comes_late_takes_no_other_back(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [{"step": 5, "loss": 1}, {"step": 9, "loss": 2}, {"step": 6, "acc": 0.5}]))
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert (state.step, curve(state), curve(state, "acc")) == (9, [(5, 1.0), (9, 2.0)], [(6, 0.5)])
    watched.close()


def test_steps_that_begin_anew_with_each_epoch_go_on(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,step,loss\n" + "".join(f"{epoch},{step},{epoch}\n" for epoch in range(3) for step in range(0, 40, 10)))
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert [step for step, _ in curve(state)] == list(range(0, 120, 10))
    assert state.epoch == 3
    with open(path, "a") as file:
        file.write("1,20,7\n")
    state = watched.look()
    assert (state.epoch, [step for step, _ in curve(state)]) == (2, [*range(0, 70, 10)])
    watched.close()


def test_a_header_that_comes_once_more_brings_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("step,d_loss\n1,0.5\nstep,d_loss,acc\n2,0.25,0.75\n")
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert (state.step, numbers(state)) == (2, {"d_loss": 0.25, "acc": 0.75})
    watched.close()


def test_lightnings_table_has_gaps_and_is_written_anew_when_a_column_comes(tmp_path: Path) -> None:
    folder = tmp_path / "version_0"
    folder.mkdir()
    path = folder / "metrics.csv"
    path.write_text("epoch,step,train_loss\n0,9,1.5\n0,19,1.25\n")
    watched = Watched(folder, tmp_path)
    assert watched.look().step == 19
    path.write_text("epoch,step,train_loss,val_loss\n0,9,1.5,\n0,19,1.25,\n0,19,,3.5\n")
    state = watched.look()
    assert (state.step, numbers(state)) == (19, {"train_loss": 1.25, "val_loss": 3.5})
    assert len(state.history["train_loss"].buckets) == 2
    watched.close()


@pytest.mark.parametrize(("suffix", "header", "row"), [("csv", "loss\n", "{}\n"), ("jsonl", "", '{{"loss": {}}}\n')])
def test_a_file_that_is_seen_empty_before_it_is_written_anew_is_another_run(tmp_path: Path, suffix: str, header: str, row: str) -> None:
    path = tmp_path / f"log.{suffix}"
    path.write_text(header + row.format(1.5) + row.format(1.25))
    watched = Watched(path, tmp_path)
    assert watched.look().step == 2
    for seen in ("", header):
        path.write_text(seen)
        assert watched.look().step == 2
    path.write_text(header + row.format(9.5))
    state = watched.look()
    assert (state.step, numbers(state), len(state.history["loss"].buckets)) == (1, {"loss": 9.5}, 1)
    watched.close()


@pytest.mark.parametrize("then", ["nothing", "pipe"])
def test_a_file_that_goes_is_its_runs_error_and_the_others_go_on(tmp_path: Path, then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.02)
    pairs = []
    for name in ("first", "second"):
        (tmp_path / f"{name}.csv").write_text("loss\n1.5\n")
        made = directory.create(tmp_path / "runs", ScriptConfig(task="file", script=name), name)
        pairs.append((sources_at(tmp_path / f"{name}.csv")[0], made))
    reading = threading.Thread(target=follow, args=(pairs, tmp_path / "runs"), daemon=True)
    reading.start()
    (first, one), (second, other) = pairs
    wait_for(lambda: read_state(other.events).step == 1)
    first.path.unlink()
    if then == "pipe":
        os.mkfifo(first.path)
    wait_for(lambda: read_state(one.events).outcome == "failed")
    assert f"{first.path} " in str(read_state(one.events).error)
    with open(second.path, "a") as file:
        file.write("1.25\n")
    wait_for(lambda: read_state(other.events).step == 2)
    (tmp_path / "runs").rename(tmp_path / "gone")
    reading.join(CEILING)
    assert not reading.is_alive()


def test_a_file_of_another_program_calls_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings.path().parent.mkdir(parents=True)
    settings.path().write_text(f"command = \"touch '{tmp_path}/called'\"")
    settings.path().chmod(0o600)
    path = tmp_path / "log.csv"
    path.write_text("loss\n1.5\n")
    os.utime(path, (time.time() - 2 * QUIET_SECONDS,) * 2)
    watched = Watched(path, tmp_path)
    assert watched.look().outcome == "completed"
    watched.close()
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(("delimiter", "suffix"), [(",", "csv"), ("\t", "tsv"), (";", "csv")])
def test_a_table_without_steps_counts_its_rows(tmp_path: Path, delimiter: str, suffix: str) -> None:
    path = tmp_path / f"log.{suffix}"
    with open(path, "w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([["g loss", "note"], [1.5, "a"], ["nan", "b"], [2.5, "x"]])
    state = Watched(path, tmp_path).look()
    assert (state.step, numbers(state)) == (3, {"g_loss": 2.5})


def test_with_semicolons_a_decimal_comma_is_read(tmp_path: Path) -> None:
    path = tmp_path / "semi.csv"
    path.write_text("step;loss;val loss;lr;note\n1;0,5;3;1,5e-4;a\n2;-,25;2;1E-4;1,2,3\n")
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert numbers(state) == {"loss": -0.25, "val loss": 2.0, "lr": 1e-4}
    assert curve(state, "lr")[0] == (1, 1.5e-4)
    watched.close()


def test_json_lines_are_flattened_and_broken_ones_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 5, "train": {"loss": 1.5}, "name": "x", "ok": true}\n{broken\n{"step": 6, "train": {"loss": 1.25}}\n')
    state = Watched(path, tmp_path).look()
    assert (state.step, numbers(state)) == (6, {"train/loss": 1.25})


def test_a_whole_number_beyond_all_floats_is_infinite(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(f'{{"step": 1{"0" * 400}, "loss": -1{"0" * 400}}}\n{{"loss": 1.5}}\n')
    watched = Watched(path, tmp_path)
    assert (watched.look().step, numbers(watched.look())) == (2, {"loss": 1.5})
    assert [event.scalars["loss"] for event in events_of(watched.run, Metrics) if isinstance(event, Metrics)] == ["-inf", 1.5]


def test_stylegans_stats_with_its_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "00000-ffhq"
    folder.mkdir()
    rows = [
        {"Loss/G/loss": {"num": 8, "mean": 1.5 + tick, "std": 0.1}, "Loss/D/loss": {"num": 8, "mean": 0.5, "std": 0.1},
         "Progress/tick": {"num": 1, "mean": tick, "std": 0}, "timestamp": 1_790_000_000 + 60 * tick}
        for tick in range(1, 4)
    ]  # fmt: skip
    (folder / "stats.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for name in ("fakes000010.png", "reals.png"):
        Image.new("RGB", (64, 64), (200, 20, 20)).save(folder / name)
        os.utime(folder / name, (time.time() - 60,) * 2)
    watched = Watched(folder, tmp_path)
    state = watched.look()
    assert (state.step, state.elapsed) == (3, 120.0)
    assert {"g_loss": 4.5, "d_loss": 0.5}.items() <= numbers(state).items()
    wait_for(lambda: watched.look().samples is not None and watched.run.preview.exists() and watched.run.real_preview.exists())
    watched.close()


def test_what_nobody_writes_any_more_is_complete_until_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("loss\n1.5\n")
    os.utime(path, (time.time() - 2 * QUIET_SECONDS,) * 2)
    watched = Watched(path, tmp_path)
    assert watched.look().outcome == "completed"
    with open(path, "a") as file:
        file.write("1.25\n")
    state = watched.look()
    assert (state.outcome, state.step) == (None, 2)


@pytest.mark.parametrize(("name", "content"), [("log.csv", "1,2,3\n4,5,6\n"), ("log.jsonl", "[1, 2]\n")])
def test_what_is_no_such_file_is_the_runs_error(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    state = Watched(tmp_path / name, tmp_path).look()
    assert state.outcome == "failed"
    assert name in str(state.error)


@pytest.mark.parametrize("name", ["notes.txt", "empty"])
def test_what_cannot_be_watched_is_a_line(cli: Cli, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("x") if "." in name else path.mkdir()
    done = cli("watch", str(path))
    assert done.returncode == 2
    assert "be watched" in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_written_where_it_lies(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "log.csv").write_text("loss\n1.5\n\x1b[31m\n")
    before = (folder / "log.csv").read_bytes()
    Watched(folder, tmp_path).look()
    assert [path.name for path in folder.iterdir()] == ["log.csv"]
    assert (folder / "log.csv").read_bytes() == before


@needs_tensorboard
def test_tensorboards_folder_is_followed(tmp_path: Path) -> None:
    import torch
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(tmp_path / "theirs"))
    for step in range(1, 4):
        writer.add_scalar("Loss/D", step / 2, step)
        writer.add_scalar("acc", 0.25, step)
    writer.add_image("fake", torch.rand(1, 20, 20), 3)
    writer.flush()
    watched = Watched(tmp_path / "theirs", tmp_path)
    state = watched.look()
    assert (state.step, numbers(state)) == (3, {"d_loss": 1.5, "acc": 0.25})
    found = preview.read(watched.run.path)
    assert found is not None
    assert found.step == 3
    writer.add_scalar("Loss/D", 9.0, 4)
    writer.close()
    wait_for(lambda: watched.look().step == 4)
    watched.close()


@needs_tensorboard
def test_steps_that_tensorboard_has_twice_after_a_restart_are_read(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "theirs")) as writer:
        for step in range(1, 7):
            writer.add_scalar("loss", step / 2, step)
    watched = Watched(tmp_path / "theirs", tmp_path)
    assert numbers(watched.look()) == {"loss": 3.0}
    with SummaryWriter(str(tmp_path / "theirs"), purge_step=3) as writer:
        writer.add_scalar("loss", 30.0, 3)
        writer.add_scalar("loss", 40.0, 4)
    assert numbers(watched.look()) == {"loss": 40.0}
    watched.close()


@needs_tensorboard
def test_a_folder_of_tensorboard_that_goes_is_its_runs_error(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "theirs")) as writer:
        writer.add_scalar("loss", 1.5, 1)
    watched = Watched(tmp_path / "theirs", tmp_path)
    assert watched.look().step == 1
    (tmp_path / "theirs").rename(tmp_path / "gone")
    state = watched.look()
    assert (state.outcome, str(tmp_path / "theirs") in str(state.error)) == ("failed", True)
    watched.close()


@needs_tensorboard
def test_several_runs_below_a_folder_are_found(tmp_path: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    for name in ("a", "b/c"):
        with SummaryWriter(str(tmp_path / "runs" / name)) as writer:
            writer.add_scalar("loss", 1.0, 1)
    assert [source.name for source in sources_at(tmp_path / "runs")] == ["runs-a", "runs-b-c"]


@needs_tensorboard
def test_a_run_with_others_below_it_is_printed_by_its_name(tmp_path: Path) -> None:
    """`add_scalars` and `add_hparams` write folders below that of their run, which could not be named then."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "mine")) as writer:
        writer.add_scalar("loss", 0.25, 100)
        writer.add_scalars("scores", {"real": 0.7, "fake": 0.3}, 100)
    words = ["watch", str(tmp_path / "mine"), "--once", "--size", "80x24", "--runs-dir", str(tmp_path / "runs")]
    assert "0.25" in CliRunner().invoke(command_line, words, standalone_mode=False, catch_exceptions=False).output


def test_without_its_library_tensorboards_folder_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tensorboard.backend.event_processing.event_accumulator", None)
    (tmp_path / "events.out.tfevents.1.host").write_bytes(b"")
    (source,) = sources_at(tmp_path)
    with pytest.raises(UserError, match=r"gan-tui\[tensorboard\]"):
        source.reader()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "hello world\n", None),
        ("a.csv", "1,2\n3,4\n", "has no header"),
        ("a.csv", "name,city\nBob,Paris\nEve,Rome\n", "has no numbers: below its first line there are only words"),
        ("a.jsonl", "[1, 2]\n", "its first line is no object"),
        ("a.jsonl", '{"a": "b"}\n{"a": "c"}\n', "has no numbers"),
        ("a.csv", "", None),
        ("a.csv", "\0\1garbage", "is a binary file, no table"),
        ("a.jsonl", '{"loss": 1', "has no whole line"),
    ],
)
def test_a_useless_file_is_known_before_a_screen_is_opened(tmp_path: Path, name: str, content: str, words: str | None) -> None:
    (tmp_path / name).write_text(content)
    (source,) = sources_at(tmp_path / name)
    if words is None:
        check(source)  # it may be written yet
        return
    with pytest.raises(UserError, match=words):
        check(source)


def test_a_table_is_printed_as_one_frame(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("step,loss\n100,0.5\n200,0.25\n")
    words = ["watch", str(tmp_path / "mine.csv"), "--once", "--size", "80x24", "--runs-dir", str(tmp_path / "runs")]
    done = CliRunner().invoke(command_line, words, standalone_mode=False, catch_exceptions=False)
    assert "step 200" in done.output
    assert "0.25" in done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.csv"]


def test_a_file_is_complete_though_the_clock_was_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.csv"
    path.write_text("loss\n1.5\n")
    os.utime(path, (time.time() + 3600,) * 2)
    later, clock = [0.0], time.monotonic
    monkeypatch.setattr(following, "time", SimpleNamespace(time=time.time, monotonic=lambda: clock() + later[0]))
    watched = Watched(path, tmp_path)
    assert watched.look().outcome is None
    later[0] = 2 * QUIET_SECONDS
    assert watched.look().outcome == "completed"
    watched.close()


@pytest.mark.parametrize(("age", "words"), [(0, "● training"), (60, "● stalled"), (10_000, "● completed")])
def test_a_frame_of_a_file_says_since_when_no_row_has_come(tmp_path: Path, age: float, words: str) -> None:
    """Its rows are as old as the file, and not as new as the look at it."""
    path = tmp_path / "mine.csv"
    path.write_text("epoch,loss\n" + "".join(f"{row},0.5\n" for row in range(12)))
    os.utime(path, (time.time() - age,) * 2)
    asked = ["watch", str(path), "--once", "--size", "80x24", "--runs-dir", str(tmp_path / "runs")]
    frame = CliRunner().invoke(command_line, asked, standalone_mode=False, catch_exceptions=False).output
    assert words in frame.splitlines()[0]
    assert ("no new row for 1 min" in frame) is (age == 60)
    axis = next(line for line in frame.splitlines() if " step 0 " in line).rstrip(" │")
    assert (len(axis) > 75) is (age > 0), "no room is kept for what may never come"


@pytest.mark.parametrize("name", ["nix.csv", "some/folder"])
def test_a_path_that_is_not_there_is_no_runs_name(cli: Cli, name: str) -> None:
    done = cli("watch", name)
    assert (done.returncode, done.stderr) == (2, f"gan-tui: there is no file or folder {name}, and no run '{name}' in {cli.runs_dir}\n")


def test_all_tables_of_a_folder_are_runs_unless_one_has_a_known_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "notes.txt"):
        (tmp_path / name).write_text("step,loss\n1,2\n")
    assert [source.name for source in sources_at(tmp_path)] == ["a.csv", "b.csv"]
    (tmp_path / "metrics.csv").write_text("step,loss\n1,2\n")
    assert [source.path.name for source in sources_at(tmp_path)] == ["metrics.csv"]


def test_a_loss_that_is_finite_again_is_another_verdict(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("step,d_loss,g_loss,acc\n1,1,1,\n2,nan,1,\n3,,,0.5\n")
    watched = Watched(path, tmp_path)
    state = watched.look()
    assert state.verdict is not None
    assert state.verdict.rule == "diverging"
    with open(path, "a") as file:
        file.write("4,0.9,1,\n")
    state = watched.look()
    assert state.verdict is not None
    assert state.verdict.rule != "diverging"
    watched.close()


def test_a_binary_file_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"a,b\n1,2\n\0\xff\xfe,\n" * 9)
    with pytest.raises(UserError, match="is a binary file, no table"):
        check(sources_at(tmp_path / "r.csv")[0])
