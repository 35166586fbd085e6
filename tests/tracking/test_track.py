"""`gan_tui.track`: a script's own loop as a run."""

import json
import math
import os
import stat
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import gan_tui
from gan_tui import clocks
from gan_tui.config import ScriptConfig
from gan_tui.errors import UserError
from gan_tui.run import mailbox, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import LAST_STEP, Answer, Changed, Checkpoint, Error, Metrics, Note, Samples, Started, Verdict
from gan_tui.run.images import Images, read_npy
from gan_tui.run.log import read_all, read_state
from gan_tui.run.state import RunState
from gan_tui.spec.commands import CommandName
from gan_tui.spec.tasks import EXACT, SCRIPT
from gan_tui.tracking import numbers, writing
from gan_tui.tracking.pixels import checked
from tests.conftest import events_of, wait_for
from tests.patience import CEILING

NEVER = 10**9


@pytest.fixture(autouse=True)
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def directory_of(run: gan_tui.Run) -> RunDirectory:
    assert run.path is not None
    return RunDirectory(run.path)


def numbers_of(run: RunDirectory) -> dict[str, float]:
    return {name: value for name, value in read_state(run.events).scalars.items() if name != "steps/s"}


def script(tmp_path: Path, text: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A program of its own, to its end."""
    path = tmp_path / "train.py"
    path.write_text(f"import os, sys, gan_tui\n{text}")
    known = os.environ | {"PYTHONPATH": str(Path(gan_tui.__file__).parents[1])} | environment
    return subprocess.run([sys.executable, str(path)], capture_output=True, text=True, env=known, check=False)


@pytest.mark.parametrize(("behind", "outcome"), [("run.log(loss=2.0)", "completed"), ("", "failed")])
def test_at_a_prompt_an_error_ends_the_run_where_nothing_is_logged_behind_it(
    tmp_path: Path, runs_dir: Path, behind: str, outcome: str
) -> None:
    typed = f"import gan_tui\nrun = gan_tui.track('mine')\nrun.log(loss=1.0)\n1 / 0\n{behind}\nexit()\n"
    known = os.environ | {"PYTHONPATH": str(Path(gan_tui.__file__).parents[1])}
    subprocess.run([sys.executable, "-i", "-q"], input=typed, capture_output=True, text=True, env=known, cwd=tmp_path, check=True)
    assert read_state(runs_dir / "mine" / "events.jsonl").outcome == outcome


# The run that is made


def test_three_lines_make_a_run(runs_dir: Path) -> None:
    with gan_tui.track("my-gan", config={"lr": 0.5, "net": {"width": 64}, "odd": object}, epochs=2, steps_per_epoch=3) as run:
        for _ in range(2):
            for step, batch in run.steps([1.0, 2.0, 3.0]):  # noqa: B007
                run.log(d_loss=batch, g_loss=torch.tensor(2.25), **{"D(x)": np.float32(0.75), "D(G(z))": torch.tensor([0.25])})
    assert (step, run.step) == (6, 6)
    made = directory_of(run)
    state = read_state(made.events)
    assert (state.outcome, state.step, state.epochs_done, state.total_steps) == ("completed", 6, 2, 6)
    assert numbers_of(made) == {"d_loss": 3.0, "g_loss": 2.25, "D(x)": 0.75, "D(G(z))": 0.25}
    assert not made.alive
    kept = tomllib.loads(made.config_file.read_text())
    assert kept["config"]["lr"] == 0.5
    assert kept["config"]["net"] == {"width": 64}
    assert stat.S_IMODE((runs_dir / "my-gan").stat().st_mode) == 0o700


def test_settings_that_are_known_later_are_written_by_the_writing_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    with gan_tui.track("mine", config={"lr": 0.5}) as run:
        writers: list[int] = []
        sync = os.fsync

        def told(descriptor: int) -> None:
            writers.append(threading.get_ident())
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", told)
        run.settings({"width": 64})
        run.settings({"depth": 3, "net": Path("net.py")})
    kept = directory_of(run).settings_of(ScriptConfig).config
    assert kept == {"lr": 0.5, "width": 64, "depth": 3, "net": "net.py"}
    assert writers
    assert threading.get_ident() not in writers


def test_a_run_toml_that_is_damaged_costs_settings_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with gan_tui.track("mine") as run:
        directory_of(run).config_file.write_text("= damaged")
        run.settings({"width": 64})
        run.log(loss=1.0)
    assert "run.settings " in "".join(capsys.readouterr())
    assert directory_of(run).config_file.read_text() == "= damaged"
    assert gan_tui.open_run("mine").state.outcome == "completed"


def test_names_that_are_taken_get_a_number_and_two_runs_may_be_open_at_once(runs_dir: Path) -> None:
    with gan_tui.track("mine") as first, gan_tui.track("mine") as second:
        first.log(loss=1.0)
        second.log(loss=2.0)
    assert (first.name, second.name) == ("mine", "mine-2")
    assert [numbers_of(RunDirectory(runs_dir / name)) for name in ("mine", "mine-2")] == [{"loss": 1.0}, {"loss": 2.0}]


def test_a_name_that_cannot_be_comes_with_one_that_can() -> None:
    with pytest.raises(ValueError, match=r"'my gan!'.*'my-gan'"):
        gan_tui.track("my gan!")


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "-x", "a\nb", "latest", "x" * 101])
def test_a_name_is_checked(name: str, runs_dir: Path) -> None:
    with pytest.raises(UserError) as raised:
        gan_tui.track(name)
    assert isinstance(raised.value, ValueError), "what a program has called with cannot be"
    assert len(raised.traceback) <= 3, "this line, and two of ours"
    assert not runs_dir.exists()


def test_settings_are_a_dict() -> None:
    with pytest.raises(UserError, match="vars"):
        gan_tui.track("mine", config=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"epochs": -1}, {"epochs": 1.5}, {"steps_per_epoch": "600"}, {"step": True}])
def test_a_plan_is_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(UserError, match="a whole number"):
        gan_tui.track("mine", **wrong)  # type: ignore[arg-type]


def test_the_import_is_light(tmp_path: Path) -> None:
    text = "run = gan_tui.track('mine')\nrun.log(loss=1)\nrun.finish()\nprint({'torch', 'textual', 'rich', 'numpy'} & set(sys.modules))"
    done = script(tmp_path, text)
    assert (done.stdout, done.returncode) == ("set()\n", 0)


# Numbers


def test_a_name_that_comes_again_begins_a_step() -> None:
    with gan_tui.track("mine") as run:
        for _ in range(5):
            run.log(d_loss=1.0)
            run.log({"g_loss": 2.0})
    assert run.step == 5


def test_steps_may_be_said() -> None:
    with gan_tui.track("mine", steps_per_epoch=100) as run:
        run.log(loss=1.0, step=250)
        wait_for(lambda: read_state(directory_of(run).events).step == 250)
        run.log(loss=3.0, step=np.int64(300))
    assert read_state(directory_of(run).events).epochs_done == 3


@pytest.mark.parametrize("said", [True, False])
def test_a_number_that_comes_alone_stays_at_its_step(said: bool) -> None:
    """A validation's, at the end of an epoch, stood at the first step of the next one."""
    with gan_tui.track("mine") as run:
        for epoch in range(3):
            for step, _ in enumerate(range(10), 10 * epoch + 1) if said else run.steps(range(10)):
                run.log(loss=0.5, step=step if said else None)
            run.log(val_loss=0.25, step=step if said else None)
    rows = [(event.step, event.scalars) for event in read_all(directory_of(run).events) if isinstance(event, Metrics)]
    assert [step for step, row in rows if "val_loss" in row] == [10, 20, 30]
    assert [step for step, row in rows if "loss" in row] == list(range(1, 31))


def test_a_run_is_resumed_whose_validation_was_logged_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """No step lies between such numbers and those before them: what was logged in the resumed run was lost, with a traceback."""
    with gan_tui.track("mine") as run:
        for step in range(100, 1001, 100):
            run.log(loss=0.5, step=step)
            if step == 700:
                wait_for(lambda: read_state(directory_of(run).events).step == 700)
                run.log(val_loss=0.25, step=700)
    with gan_tui.track(resume="mine") as run:
        run.log(val_loss=0.125, step=1000)
    assert "Error" not in capsys.readouterr().err
    assert numbers_of(directory_of(run))["val_loss"] == 0.125


def test_names_are_ours_where_we_have_one() -> None:
    with gan_tui.track("mine") as run:
        run.log(errD=1.0, lossG=2.0, real_score=0.75, acc=0.5)
    assert numbers_of(directory_of(run)) == {"d_loss": 1.0, "g_loss": 2.0, "D(x)": 0.75, "acc": 0.5}


def test_what_is_no_number_is_said_once_and_nothing_is_raised() -> None:
    with gan_tui.track("mine") as run:
        for _ in range(3):
            run.log(loss=1.0, name="adam", many=torch.zeros(7), none=None, **{"\x1b[31mred": 2.0})
        run.log(loss=1.0, step="x")
    notes = [event.text for event in events_of(directory_of(run), Note) if isinstance(event, Note)]
    assert sum(text.startswith(("not logged: ", "run.log did nothing: ")) for text in notes) == 4
    assert any("many" in text and "(7,)" in text for text in notes)
    assert set(numbers_of(directory_of(run))) == {"loss", " [31mred"}


@pytest.mark.parametrize("exact", [EXACT, 2])
def test_each_number_is_kept_until_there_are_many_then_a_mean_and_steps_never_fall(monkeypatch: pytest.MonkeyPatch, exact: int) -> None:
    monkeypatch.setattr(writing, "MEAN_SECONDS", CEILING)  # all of it in the last turn
    monkeypatch.setattr(numbers, "EXACT", exact)
    with gan_tui.track("mine") as run:
        for step in range(1, 5):
            run.log(loss=float(step), step=step)
            run.note(f"at {step}")
    made = directory_of(run)
    events = read_all(made.events)
    logged = {event.step: event.scalars["loss"] for event in events if isinstance(event, Metrics) and event.scalars}
    assert logged == ({1: 1.0, 2: 2.0, 3: 3.0, 4: 4.0} if exact == EXACT else {1: 1.0, 2: 2.0, 4: 3.5})
    thinned = [SCRIPT.thinned] if exact == 2 else []
    assert [event.text for event in events if isinstance(event, Note)] == ["at 1", "at 2", "at 3", "at 4", *thinned]
    assert [event.step for event in events] == sorted(event.step for event in events)


def test_a_number_beyond_all_floats_costs_nothing_else() -> None:
    with gan_tui.track("mine") as run:
        run.log(huge=10**400, loss=1)
    assert numbers_of(directory_of(run)) == {"loss": 1.0}


def test_a_step_that_no_log_can_hold_costs_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with gan_tui.track("mine") as run:
        run.log(step=10**30, loss=0.5)
        run.log(step=LAST_STEP + 1, loss=0.5)
        run.log(step=7, loss=0.25)
    assert gan_tui.open_run("mine").metrics()["step"] == [7]
    assert "step=1e+30 " in capsys.readouterr().err


def test_an_error_that_cannot_even_be_printed_goes_on_as_it_was() -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    with pytest.raises(OddError), gan_tui.track("mine"):
        raise OddError
    assert gan_tui.open_run("mine").state.error == "OddError"


@pytest.mark.parametrize("limits", [(0, 0), (1, 0), (0, float("nan")), "x", (0, 1, 2)])
def test_a_range_that_is_none_is_said(limits: object) -> None:
    with pytest.raises(UserError, match="value_range"):
        checked(limits)  # type: ignore[arg-type]


def test_nan_and_infinity_are_news() -> None:
    with gan_tui.track("mine") as run:
        run.log(d_loss=math.nan, g_loss=torch.tensor(math.inf))
    state = read_state(directory_of(run).events)
    assert math.isnan(state.scalars["d_loss"])
    assert math.isinf(state.scalars["g_loss"])
    assert state.verdict is not None
    assert (state.verdict.rule, state.verdict.level) == ("diverging", "bad")


def test_a_critics_scores_are_no_probabilities() -> None:
    with gan_tui.track("mine") as run:
        run.log(**{"D(x)": 12.5, "D(G(z))": -3.0})
    state = read_state(directory_of(run).events)
    assert state.started is not None
    assert not state.started.probabilities
    assert numbers_of(directory_of(run)) == {"D(x) score": 12.5, "D(G(z)) score": -3.0}


def test_the_verdict_speaks() -> None:
    with gan_tui.track("mine") as run:
        for step in range(100, 1300, 100):
            run.log(step=step, **{"D(x)": 0.99, "D(G(z))": 0.01})
            wait_for(lambda last=step: read_state(directory_of(run).events).step == last)  # type: ignore[misc]
    assert {event.rule for event in events_of(directory_of(run), Verdict) if isinstance(event, Verdict)} == {"d-won"}


def test_a_million_logs_cost_no_memory_and_no_file() -> None:
    with gan_tui.track("mine") as run:
        for _ in range(50_000):
            run.log(loss=1.0)
    made = directory_of(run)
    assert read_state(made.events).step == 50_000
    assert made.events.stat().st_size < 3_000_000
    assert EXACT <= len(events_of(made, Metrics)) < EXACT + 5_000


# Images

GREY = torch.linspace(-1, 1, 16 * 784).reshape(16, 784)


def shown(*arguments: object, **options: object) -> tuple[Images, RunDirectory]:
    with gan_tui.track("mine") as run:
        run.images(*arguments, **options)  # type: ignore[arg-type]
    found = preview.read(directory_of(run).path)
    assert found is not None
    assert found.images is not None
    return found.images, directory_of(run)


@pytest.mark.parametrize(
    ("images", "shape"),
    [
        (GREY, (16, 28, 28, 1)),
        (GREY.reshape(16, 1, 28, 28), (16, 28, 28, 1)),
        (GREY.reshape(16, 28, 28).numpy(), (16, 28, 28, 1)),
        (GREY[0].reshape(28, 28), (1, 28, 28, 1)),
        (torch.zeros(4, 3072), (4, 32, 32, 3)),
        (torch.zeros(200, 3, 8, 10), (100, 8, 10, 3)),
        (np.zeros((5, 8, 10, 3), np.uint8), (5, 8, 10, 3)),
        (np.zeros((5, 8, 10, 4), np.uint8), (5, 8, 10, 3)),
        (torch.zeros(3, 20, 30), (1, 20, 30, 3)),
        (torch.zeros(200, 300), (1, 200, 300, 1)),
    ],
)
def test_layouts_are_found(images: object, shape: tuple[int, ...]) -> None:
    found, _ = shown(images)
    assert (found.count, found.height, found.width, found.channels) == shape


@pytest.mark.parametrize(
    ("least", "largest", "options", "expected"),
    [
        (-1.0, 1.0, {}, (0, 255)),
        (0.0, 1.0, {}, (0, 255)),
        (0.0, 255.0, {}, (0, 255)),
        (-1.0, 0.0, {}, (0, 128)),
        (0.0, 0.5, {"value_range": (0.0, 1.0)}, (0, 128)),
        (0.0, 1.0, {"value_range": (-1.0, 1.0)}, (128, 255)),
        (math.nan, 1.0, {}, (0, 255)),
    ],
)
def test_ranges_are_found_or_said(least: float, largest: float, options: dict[str, object], expected: tuple[int, int]) -> None:
    images = torch.full((1, 1, 8, 8), largest)
    images[0, 0, 0, 0] = least
    found, _ = shown(images, **options)
    assert (found.pixels[0], found.pixels[-1]) == expected


def test_a_picture_is_what_it_was_when_it_was_shown_and_the_next_one_waits_its_time() -> None:
    images = torch.full((1, 1, 8, 8), 1.0)
    with gan_tui.track("mine") as run:
        run.images(images, every=NEVER)
        images.fill_(-1.0)
        run.images(images, every=NEVER)
    found = preview.read(directory_of(run).path)
    assert found is not None
    assert found.images is not None
    assert found.images.pixels[0] == 255


def test_each_epoch_keeps_a_file_and_real_images_their_own() -> None:
    with gan_tui.track("mine", epochs=3) as run:
        run.images(GREY, real=True)
        wait_for(lambda: directory_of(run).real_images.exists())
        for _ in run.epochs():
            for _ in run.steps(range(2)):
                pass
            run.images(GREY, every=0)
            wait_for(lambda: read_state(directory_of(run).events).grids.keys() >= {run.step // 2})
    made = directory_of(run)
    assert sorted(path.name for path in made.samples.iterdir()) == [f"fake_images-000{number}.png" for number in (1, 2, 3)]
    assert read_npy(made.real_preview) is not None


def test_images_within_an_epoch_are_of_that_one_and_without_epochs_of_their_step() -> None:
    with gan_tui.track("within") as run:
        for _ in range(2):
            for _ in run.steps(iter(range(3))):
                run.log(loss=0.5)
                run.images(GREY, every=0)
                wait_for(lambda: read_state(directory_of(run).events).step == run.step)
    assert list(read_state(directory_of(run).events).grids) == [1, 2]
    with gan_tui.track("without") as run:
        for step in (1, 100):
            run.log(loss=0.5, step=step)
            run.images(GREY, every=0)
            wait_for(lambda last=step: last in read_state(directory_of(run).events).grids)  # type: ignore[misc]
    assert read_state(directory_of(run).events).grids_by_step


@pytest.mark.parametrize("epochs", [2, 0])
def test_the_last_images_of_an_epoch_and_of_a_run_are_kept_beside_the_first(epochs: int) -> None:
    """The first are no more than noise, of an epoch in which many are shown; nothing is written over."""
    with gan_tui.track("mine", epochs=epochs, steps_per_epoch=4 if epochs else 0) as run:
        for step in range(1, 9):
            run.log(loss=0.5, step=100 + step if not epochs else step)
            run.images(np.full((1, 28, 28), 10 * step, np.uint8), every=0)
            wait_for(lambda: (seen := preview.read(directory_of(run).path)) is not None and seen.step == run.step)
    made = directory_of(run)
    last = [f"fake_images-step-00000000{step}.png" for step in (4, 8)] if epochs else ["fake_images-step-000000108.png"]
    first = [f"fake_images-000{epoch}.png" for epoch in (1, 2)] if epochs else ["fake_images-step-000000101.png"]
    assert sorted(path.name for path in made.samples.iterdir()) == sorted(first + last)
    pixels = [Image.open(made.samples / name).getpixel((14, 14)) for name in first + last]
    assert pixels == ([10, 50, 40, 80] if epochs else [10, 80])
    state = read_state(made.events)
    assert list(state.grids) == ([1, 2] if epochs else [101, 108])
    assert [Path(grid.path).name for grid in state.grids.values()][-len(last) :] == last, "what stands for each from then on"
    assert len(events_of(made, Samples)) == (4 if epochs else 2), "a line of the log at each would be too many"


@pytest.mark.parametrize("images", [torch.zeros(2, 5, 8, 8), "digits.png", torch.zeros(0, 1, 8, 8), None, [[1, 2], [3]]])
def test_what_is_no_image_is_a_note(images: object) -> None:
    with gan_tui.track("mine") as run:
        run.images(images)
    assert any("shown" in event.text for event in events_of(directory_of(run), Note) if isinstance(event, Note))


# Its end


@pytest.mark.parametrize(
    ("ending", "outcome", "error"),
    [
        ("raise ValueError('no such shape')", "failed", "ValueError: no such shape"),
        ("raise KeyboardInterrupt", "stopped", None),
        ("sys.exit(3)", "failed", "the script ended with exit status 3"),
        ("sys.exit('no images in /data')", "failed", "no images in /data"),
        ("sys.exit(0)", "completed", None),
        ("pass", "completed", None),
    ],
)
@pytest.mark.parametrize(
    "form", ["with gan_tui.track('mine') as run:\n    run.log(loss=1)\n    {}", "run = gan_tui.track('mine')\nrun.log(loss=1)\n{}"]
)
def test_how_it_ends_is_recorded_and_goes_on_as_it_was(
    tmp_path: Path, runs_dir: Path, ending: str, outcome: str, error: str | None, form: str
) -> None:
    plain = subprocess.run([sys.executable, "-c", f"import sys\n{ending}"], capture_output=True, text=True, check=False)
    done = script(tmp_path, form.format(ending))
    # CPython forgets that ctrl+c ended it where anything is evaluated behind that, as a first event is.
    assert done.returncode in (plain.returncode, 1 if "KeyboardInterrupt" in ending else plain.returncode)
    assert done.stderr.splitlines()[-1:] == (plain.stderr.splitlines()[-1:] or done.stderr.splitlines()[-1:])
    state = read_state(runs_dir / "mine" / "events.jsonl")
    if "with" not in form and outcome == "failed" and "exit" in ending:  # nobody can see the exit status from within
        outcome, error = "completed", None
    assert (state.outcome, state.error) == (outcome, error)


def test_a_run_that_nobody_holds_any_more_has_ended() -> None:
    run = gan_tui.track("mine")
    made = directory_of(run)
    assert made.alive
    run = gan_tui.track("other")
    wait_for(lambda: not made.alive)
    assert read_state(made.events).outcome == "completed"
    run.finish()
    run.finish()
    run.log(loss=1.0)


def test_it_goes_on_where_it_was(runs_dir: Path) -> None:
    for _ in range(2):
        with gan_tui.track(resume="mine", steps_per_epoch=2) as run:
            for step, _ in run.steps(range(2)):
                run.log(loss=float(step))
    assert step == 4
    assert [path.name for path in runs_dir.iterdir()] == ["mine"]
    state = read_state(directory_of(run).events)
    assert (state.step, state.epochs_done, state.outcome) == (4, 2, "completed")
    assert [event.resumed for event in events_of(directory_of(run), Started) if isinstance(event, Started)] == [False, True]
    with gan_tui.track("mine", resume=True, step=1) as run:
        assert run.step == 1
    assert "loss" in (directory_of(run).path / "events-cut.jsonl").read_text()
    notes = [event.text for event in events_of(directory_of(run), Note) if isinstance(event, Note)]
    assert notes == ["the script goes on at step 1: what was logged behind it is in events-cut.jsonl"]


def test_a_command_to_a_script_that_is_gone_is_none_to_the_next_one() -> None:
    with gan_tui.track("mine") as run:
        run.log(loss=1.0)
    mailbox.send(directory_of(run).control, "bookmark")
    with gan_tui.track("mine", resume=True) as run:
        run.log(loss=2.0)
        assert answer(run, "bookmark").ok
    assert len(read_state(directory_of(run).events).answers) == 1


@pytest.mark.slow
def test_a_run_that_is_being_written_is_left_alone() -> None:
    with gan_tui.track("mine"), gan_tui.track("mine", resume=True) as second:
        assert second.name == "mine-2"


# Other processes


def test_a_forked_child_is_silent_and_leaves_the_run_alone(tmp_path: Path, runs_dir: Path) -> None:
    text = """
run = gan_tui.track("mine")
run.log(loss=1.0)
if os.fork() == 0:
    run.log(loss=100.0)
    run.images([[0.5] * 8] * 8)
    assert run.path is None and not run.should_stop
    sys.exit(0)
os.wait()
run.log(loss=3.0)
run.finish()
"""
    done = script(tmp_path, text)
    assert done.returncode == 0, done.stderr
    made = RunDirectory(runs_dir / "mine")
    assert numbers_of(made)["loss"] <= 3.0
    assert [json.loads(line)["kind"] for line in made.events.read_text().splitlines()].count("finished") == 1


def test_an_orphan_does_not_keep_a_run_alive(tmp_path: Path) -> None:
    text = """
import time
read, write = os.pipe()
run = gan_tui.track("mine")
if os.fork() == 0:
    os.close(write)
    for number in (0, 1, 2):
        os.close(number)
    os.read(read, 1)
    os._exit(0)
run.finish()
while RunDirectory(run.path).alive:  # the child has yet to let go of the lock, which it does first of all
    time.sleep(0.01)
print("over")
"""
    done = script(tmp_path, f"from gan_tui.run.directory import RunDirectory\n{text}")
    assert done.stdout == "over\n", done.stderr


@pytest.mark.slow
def test_two_threads_that_fork_at_once_do_not_stop_the_writing() -> None:
    with gan_tui.track("mine") as run:
        writing = run._writing
        assert writing is not None
        writing.before_fork()

        def fork() -> None:
            writing.before_fork()
            writing.after_fork_in_parent()

        other = threading.Thread(target=fork)
        other.start()
        other.join()
        writing.after_fork_in_parent()
        run.log(loss=1.0)
        wait_for(lambda: "loss" in numbers_of(directory_of(run)))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_dataloaders_workers_write_nothing(tmp_path: Path, runs_dir: Path, method: str) -> None:
    text = f"""
import torch
class Data(torch.utils.data.Dataset):
    def __len__(self): return 8
    def __getitem__(self, index):
        gan_tui.track("worker").log(loss=100.0)
        return torch.tensor(float(index))
run = gan_tui.track("mine")
if __name__ == "__main__":
    loader = torch.utils.data.DataLoader(Data(), batch_size=4, num_workers=2, multiprocessing_context="{method}")
    for step, batch in run.steps(loader):
        run.log(loss=batch.mean())
"""
    done = script(tmp_path, text)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in runs_dir.iterdir()] == ["mine"]
    assert read_state(runs_dir / "mine" / "events.jsonl").outcome == "completed"


def test_only_the_first_rank_writes(monkeypatch: pytest.MonkeyPatch, runs_dir: Path) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    with gan_tui.track("mine") as run:
        assert [step for step, _ in run.steps("abc")] == [1, 2, 3]
        run.log(loss=1.0)
        run.images(GREY)
        assert (run.path, run.name, run.paused(), run.should_stop, run.evaluate(GREY, GREY)) == (None, "", False, False, {})
        run.knob("lr", lambda: 1.0, print)
        run.on_save(print)
    assert not runs_dir.exists()
    monkeypatch.setenv("RANK", "0")
    with gan_tui.track("mine"):
        assert (runs_dir / "mine").is_dir()


# Trouble


def test_a_folder_that_cannot_be_made_is_a_line_and_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = script(
        tmp_path, "with gan_tui.track('mine') as run:\n    run.log(loss=1)\n    print(run.path)", GAN_TUI_RUNS=str(tmp_path / "file")
    )
    assert (done.returncode, done.stdout) == (0, "None\n")
    assert "nothing is recorded of this training" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("step", [None, 1])
def test_a_run_whose_log_cannot_be_written_is_let_go(step: int | None, capsys: pytest.CaptureFixture[str]) -> None:
    with gan_tui.track("mine") as run:
        run.log(loss=1.0)
    made = directory_of(run)
    made.events.unlink()
    made.events.mkdir()
    assert gan_tui.track(resume="mine", step=step).path is None
    assert str(made.events) in capsys.readouterr().err
    assert not made.alive


def test_a_full_disk_costs_numbers_and_not_the_training(tmp_path: Path, runs_dir: Path) -> None:
    text = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
run = gan_tui.track("mine")
run.log(loss=1.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
while not run._writing._told:
    run.log(loss=2.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
run.log(loss=4.0)
run.finish()
"""
    done = script(tmp_path, text)
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stderr
    assert read_state(runs_dir / "mine" / "events.jsonl").outcome == "completed"


def test_where_no_run_can_be_made_none_is_left_and_its_name_stays_free(tmp_path: Path, runs_dir: Path) -> None:
    text = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
with gan_tui.track("mine") as run:
    run.log(loss=1.0)
print(run.path)
"""
    done = script(tmp_path, text)
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr
    assert f"cannot make a run in {runs_dir}: file too large" in done.stderr
    assert not list(runs_dir.iterdir())


def test_a_folder_that_is_removed_is_a_line(tmp_path: Path, runs_dir: Path) -> None:
    text = """
import shutil
run = gan_tui.track("mine")
shutil.rmtree(run.path)
while not run._writing._told:
    run.log(loss=2.0)
run.finish()
"""
    done = script(tmp_path, text)
    assert done.returncode == 0, done.stderr
    assert "its folder is gone" in done.stderr
    assert not (runs_dir / "mine").exists()


# Commands


def send(run: gan_tui.Run, name: CommandName, text: str = "") -> Callable[[], Answer | None]:
    """Send it; what comes back looks for the answer."""
    made = directory_of(run)
    identity = mailbox.send(made.control, name, text)
    return lambda: read_state(made.events).answers.get(identity)


def answer(run: gan_tui.Run, name: CommandName, text: str = "") -> Answer:
    found = send(run, name, text)
    for _ in run.steps(iter(int, 1)):
        if (said := found()) is not None:
            return said
    raise AssertionError


def test_nothing_is_promised_that_was_not_offered() -> None:
    with gan_tui.track("mine") as run:
        wanted: dict[CommandName, str] = {"pause": "run.paused()", "save": "run.on_save", "set": "run.knob", "stop": "run.should_stop"}
        for name, words in wanted.items():
            found = send(run, name)
            wait_for(found)
            said = found()
            assert said is not None
            assert not said.ok
            assert words in said.text


def test_it_saves_and_turns_knobs_between_steps() -> None:
    rate = {"lr": 0.5}
    with gan_tui.track("mine") as run:
        run.on_save(lambda: "weights.pt")
        run.knob("lr", lambda: rate["lr"], lambda value: rate.update(lr=value))
        run.knob("broken", lambda: 1.0, lambda _: 1 / 0)
        assert answer(run, "save").text.startswith("saved weights.pt")
        assert answer(run, "set", "lr=0.25").ok
        assert rate == {"lr": 0.25}
        for text, words in (("lr=x", "no number"), ("nothing=1", "no knob"), ("broken=2", "ZeroDivisionError")):
            said = answer(run, "set", text)
            assert not said.ok
            assert words in said.text
    made = directory_of(run)
    assert [event.path for event in events_of(made, Checkpoint) if isinstance(event, Checkpoint)] == ["weights.pt"]
    assert [(event.before, event.value) for event in events_of(made, Changed) if isinstance(event, Changed)] == [(0.5, 0.25)]
    assert read_state(made.events).offers is not None


def test_a_knob_is_finite() -> None:
    rate = {"lr": 0.5}
    with gan_tui.track("mine") as run:
        run.knob("bad", lambda: math.nan, print)
        run.knob("lr", lambda: rate["lr"], lambda value: rate.update(lr=math.inf if value > 1 else value))
        said = answer(run, "set", "lr=2")
        assert (said.ok, " inf" in said.text) == (False, True)
        made = directory_of(run)
        offers = read_state(made.events).offers
        assert offers is not None
        assert ("set" in offers.commands, offers.knobs) == (True, {})
        assert answer(run, "set", "lr=0.25").ok
    offers = read_state(made.events).offers
    assert offers is not None
    assert offers.knobs == {"lr": 0.25}
    assert any("a knob is a number that is finite" in event.text for event in events_of(made, Note) if isinstance(event, Note))


@pytest.mark.parametrize("resumed_first", [True, False])
def test_a_pause_before_the_first_step_is_none_of_the_training(monkeypatch: pytest.MonkeyPatch, resumed_first: bool) -> None:
    now = [100.0]
    monkeypatch.setattr(clocks, "time", SimpleNamespace(monotonic=lambda: now[0]))
    found = clocks.Stopwatch()
    found.hold()
    now[0] = 150.0
    if resumed_first:
        found.go_on()
    found.start()
    assert found.seconds == 0.0
    now[0] = 160.0
    found.go_on()
    now[0] = 165.0
    assert found.seconds == (15.0 if resumed_first else 5.0)


def test_it_waits_while_it_is_paused(tmp_path: Path, runs_dir: Path) -> None:
    text = """
run = gan_tui.track("mine")
for step, _ in run.steps(iter(int, 1)):
    run.log(loss=1.0)
    time.sleep(0.001)
"""
    path = tmp_path / "train.py"
    path.write_text(f"import time, gan_tui\n{text}")
    process = subprocess.Popen([sys.executable, str(path)], env=os.environ | {"PYTHONPATH": str(Path(gan_tui.__file__).parents[1])})
    try:
        made = RunDirectory(runs_dir / "mine")
        wait_for(lambda: read_state(made.events).offers is not None)
        mailbox.send(made.control, "pause")
        wait_for(lambda: read_state(made.events).phase == "paused")
        mailbox.send(made.control, "bookmark", "here")
        wait_for(lambda: read_state(made.events).marks)
        before = read_state(made.events).step
        mailbox.send(made.control, "resume")
        wait_for(lambda: read_state(made.events).step > before)
        mailbox.send(made.control, "stop")
        assert process.wait(CEILING) == 0
        assert read_state(made.events).outcome == "stopped"
    finally:
        process.kill()
        process.wait()


def test_samples_that_are_asked_for_become_a_file() -> None:
    with gan_tui.track("mine") as run:
        run.images(GREY, every=NEVER)
        wait_for(lambda: directory_of(run).preview.exists())
        assert answer(run, "sample").ok
        run.images(GREY, every=NEVER)
        wait_for(lambda: len(events_of(directory_of(run), Samples)) == 2)


def test_with_other_ranks_nobody_waits_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    with gan_tui.track("mine") as run:
        refused: tuple[CommandName, ...] = ("pause", "stop")
        for name in refused:
            said = answer(run, name)
            assert not said.ok
            assert "several processes" in said.text


# Quality


def test_samples_are_measured_beside_real_images() -> None:
    real = torch.rand(400, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with gan_tui.track("mine") as run:
        run.log(loss=1.0)
        found = run.evaluate(real[:150].flip(3), real)
        worse = run.evaluate(torch.zeros(150, 784), real.numpy())
    assert found["fd"] < worse["fd"]
    assert {"fd_floor", "density", "coverage", "kid"} <= found.keys()
    state = read_state(directory_of(run).events)
    assert state.evaluation is not None
    assert state.evaluation.network == "random-conv-v1"
    with gan_tui.track(resume="mine") as run:
        run.evaluate(torch.zeros(150, 784), real)
    best = read_state(directory_of(run).events).best
    assert best is not None
    assert best.scalars["fd"] == found["fd"], "the best of all starts"


def test_other_real_images_are_not_taken_for_those_before() -> None:
    samples = torch.rand(150, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with gan_tui.track("mine") as run:
        like, unlike = (run.evaluate(samples, torch.rand(200, 1, 28, 28) * bright)["fd"] for bright in (1.0, 0.5))
    assert unlike > 2 * like


@pytest.mark.parametrize(
    ("samples", "real", "words"),
    [
        (torch.zeros(5, 1, 28, 28), torch.zeros(300, 1, 28, 28), "too few"),
        (torch.zeros(200, 1, 28, 28), torch.zeros(300, 3, 28, 28), "cannot be measured beside"),
        ("no", torch.zeros(300, 1, 28, 28), "did nothing"),
    ],
)
def test_what_cannot_be_measured_is_a_note(samples: object, real: object, words: str) -> None:
    with gan_tui.track("mine") as run:
        assert run.evaluate(samples, real) == {}
    assert any(words in event.text for event in events_of(directory_of(run), Note) if isinstance(event, Note))
    assert not events_of(directory_of(run), Error)


def test_what_is_not_known_of_epochs_stays_unknown_and_none_is_above_its_total() -> None:
    def state_after(steps: int, *, counted: bool = False, **plan: int) -> RunState:
        with gan_tui.track(**plan) as run:  # type: ignore[arg-type]
            for _ in run.epochs() if counted else (0,):
                for _ in range(steps):
                    run.log(loss=1.0)
        return read_state(directory_of(run).events)

    plain = state_after(60, epochs=1)
    assert (plain.step, plain.epochs, plain.epochs_done, plain.total_steps) == (60, 0, 0, 0)
    each = state_after(4, epochs=4)
    assert (each.epochs, each.epochs_done) == (4, 4), "a loop that logs once an epoch"
    told = state_after(5, epochs=3, counted=True)
    assert (told.step, told.epochs, told.epochs_done, told.epoch) == (15, 3, 3, 3)
    longer = state_after(30, epochs=2, steps_per_epoch=10)
    assert (longer.epochs_done, longer.share_done) == (2, 1.0)


def test_a_list_of_tensors_is_shown_as_it_was() -> None:
    images = [torch.zeros(1, 8, 8, requires_grad=True) for _ in range(4)]
    with gan_tui.track("mine") as run:
        run.images(images)
        with torch.no_grad():
            images[0].fill_(1.0)
    found = preview.read(directory_of(run).path)
    assert found is not None
    assert found.images == Images(4, 8, 8, 1, bytes(4 * 8 * 8))


def test_a_list_of_tensors_of_different_shapes_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with gan_tui.track("mine") as run:
        run.images([torch.zeros(3, 8, 8), torch.zeros(3, 9, 9)])
    assert "[3, 8, 8] at entry 0 and [3, 9, 9] at entry 1" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", " ", 3])
def test_a_number_without_a_name_is_not_logged_and_said_once(name: Any) -> None:
    with gan_tui.track("mine") as run:
        for _ in range(3):
            run.log({name: 1.0, "loss": 2.0})
    state = read_state(directory_of(run).events)
    assert set(numbers_of(directory_of(run))) == {"loss"}
    assert [entry.text for entry in state.entries].count(f"not logged: {name!r} is no name of a number") == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda run: run.log(0.0), "run.log did nothing: float has no name: run.log(loss=...) gives it one"),
        (lambda run: run.log({3: "x"}), "not logged: 3 is no number but str"),
        (lambda run: run.log(big=10**400), "not logged: big is too large a number"),
        (lambda run: run.length(epochs="3"), "run.length did nothing: length(epochs='3'): a whole number, 0 or more, is wanted"),
        (
            lambda run: run.length(steps_per_epoch=-1),
            "run.length did nothing: length(steps_per_epoch=-1): a whole number, 0 or more, is wanted",
        ),
        (
            lambda run: run.length(steps_per_epoch=9.5),
            "run.length did nothing: length(steps_per_epoch=9.5): a whole number, 0 or more, is wanted",
        ),
    ],
)
def test_a_wrong_call_is_said_and_the_run_goes_on(wrong: Callable[[gan_tui.Run], None], why: str) -> None:
    with gan_tui.track("mine", epochs=2) as run:
        wrong(run)
        run.length(steps_per_epoch=np.int64(5))
        run.log(loss=2.0)
    state = read_state(directory_of(run).events)
    assert why in [entry.text for entry in state.entries]
    assert (numbers_of(directory_of(run)), state.outcome, state.epochs) == ({"loss": 2.0}, "completed", 2)
