"""A style transfer as a run, through the command line: its folder, its log, its end, and going on."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from gan_tui.config import StyleConfig
from gan_tui.errors import FAILED
from gan_tui.run.events import Checkpoint, Epoch, Finished, Metrics, Started, Verdict
from gan_tui.run.log import read_all, read_state
from gan_tui.run.preview import read as read_preview
from gan_tui.spec.tasks import STYLE
from gan_tui.spec.transfer import METRICS
from gan_tui.style import features
from gan_tui.style.transfer import measure, target_of
from gan_tui.training.found import Found
from gan_tui.training.optimisation.convergence import WINDOW
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.begin import transfer
from gan_tui.training.transfer.pictures import to_tensor
from tests.conftest import Cli, events_of, last_step, wait_for
from tests.training.transfer.pictures import not_begun, saved, size_of

SHORT = ("--headless", "--size", "64", "--set", "log.metrics_hz=100", "--name", "it")


def test_a_style_transfer_from_its_command_to_its_picture(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    target = tmp_path / "out.png"
    done = cli("style", "--content", str(content), "--style", str(style), "-o", str(target), "--steps", "12", "--scales", "2", *SHORT)
    assert done.returncode == 0, done.stderr
    assert "Scale [1/1], Step[10/12], content: " in done.stdout
    run = cli.run("it")
    assert f"completed 1 scale, 12 steps, content {read_state(run.events).scalars['content']:.3g}" in done.stderr
    assert size_of(target) == size_of(run.picture) == (64, 48)
    assert target.read_bytes() == run.picture.read_bytes()
    assert {"run.toml", "content.png", "style-1.png", "picture.png", "real.npy", "events.jsonl", "summary.json"} <= set(
        os.listdir(run.path)
    )
    state = read_state(run.events)
    assert state.outcome == "completed"
    assert set(state.scalars) >= {metric.name for metric in METRICS}
    assert events_of(run, Epoch)
    assert run.path.stat().st_mode & 0o777 == 0o700
    preview = read_preview(run.path)
    assert preview is not None
    assert preview.images is not None
    assert (preview.images.count, preview.images.width, preview.images.height) == (1, 64, 48)


def test_a_line_comes_by_the_clock_too_where_steps_are_slow(
    cli: Cli, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = not_begun(cli, tmp_path)
    for seconds, lines in ((1e9, 0), (1e-9, 6)):
        monkeypatch.setattr("gan_tui.training.printed_lines.LINE_SECONDS", seconds)
        shutil.rmtree(run.checkpoints)
        run.checkpoints.mkdir(mode=0o700)
        run.events.unlink(missing_ok=True)
        capfd.readouterr()
        transfer(run, StopRequest(), Found())
        assert capfd.readouterr().out.count("Scale [1/1], Step[") == lines


def test_it_is_listed_and_its_distances_can_be_plotted(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    cli("style", str(content), "--style", str(style), "--steps", "5", "--tv", "2", *SHORT)
    assert "1/1 scales done" in cli("runs", "--plain").stdout
    assert "style" in cli("plot", "it", "--no-color").stdout
    for command in (("sample", "it", "-o", "x.png"), ("evaluate", "it")):
        refused = cli(*command)
        assert refused.returncode == 2
        assert f"it is {STYLE.what}" in refused.stderr
        assert "Traceback" not in refused.stderr
    again = cli("resume", "it", "--headless")
    assert again.returncode == 2
    words = shlex.split(again.stderr.split("`")[1])
    more = cli(*words[1:], "--headless", "--name", "more")
    assert more.returncode == 0, more.stderr
    assert cli.run("more").settings_of(StyleConfig).transfer.steps == 10
    assert cli.run("more").settings_of(StyleConfig).weights.tv == 2
    watched = cli("attach", "it")
    assert watched.returncode == 2
    assert "`gan-tui watch" in watched.stderr


@pytest.mark.slow
def test_stopped_and_resumed_it_ends_with_the_same_picture(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    words = ("style", str(content), "--style", str(style), "--size", "64", "--steps", "40", "--headless", "--set", "transfer.threads=1")
    whole = cli(*words, "--name", "whole")
    assert whole.returncode == 0, whole.stderr
    process = cli.start(*words, "--name", "parts")
    run = cli.run("parts")
    wait_for(lambda: run.alive and last_step(run) >= 5, what="some steps")
    stopped = cli("control", "parts", "stop")
    process.communicate()
    assert process.returncode == 0
    assert stopped.returncode == 0
    assert 5 <= last_step(run) < 40
    resumed = cli("resume", "parts", "--headless")
    assert resumed.returncode == 0, resumed.stderr
    assert run.picture.read_bytes() == cli.run("whole").picture.read_bytes()
    starts = [event for event in read_all(run.events) if isinstance(event, Started)]
    assert [event.resumed for event in starts] == [False, True]


def test_commands_are_answered(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    process = cli.start("style", str(content), "--style", str(style), "--steps", "100000", *SHORT)
    run = cli.run("it")
    wait_for(lambda: run.alive and last_step(run) >= 1, what="a step")
    assert cli("control", "it", "pause").returncode == 0
    assert read_state(run.events).phase == "paused"
    assert cli("control", "it", "save").returncode == 0
    assert events_of(run, Checkpoint)
    assert "samples/picture-step-" in cli("control", "it", "sample").stdout
    assert cli("control", "it", "set", "weights.tv=4").returncode == 0
    assert run.settings_of(StyleConfig).weights.tv == 4
    for command in ("evaluate", "neighbours"):
        assert cli("control", "it", command).returncode == FAILED
    assert cli("control", "it", "set", "transfer.steps=3").returncode == FAILED
    assert cli("control", "it", "resume").returncode == 0
    assert read_state(run.events).phase != "paused"
    assert cli("control", "it", "stop").returncode == 0
    process.communicate()


@pytest.mark.slow
def test_a_torn_checkpoint_is_set_aside(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    process = cli.start("style", str(content), "--style", str(style), "--steps", "30", *SHORT)
    run = cli.run("it")
    wait_for(lambda: run.alive and last_step(run) >= 2, what="a step")
    cli("control", "it", "stop")
    process.communicate()
    newest = max(run.checkpoints.glob("step-*.pt"))
    newest.write_bytes(newest.read_bytes()[:1000])
    resumed = cli("resume", "it", "--headless")
    assert resumed.returncode == 0, resumed.stderr
    assert newest.name in resumed.stderr
    assert list(run.checkpoints.glob("*.damaged"))
    finished = events_of(run, Finished)[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "completed"


def test_noise_strength_and_colours(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    options = ("--init", "noise", "--seed", "3", "--strength", "0.5", "--preserve-color", "--style-scale", "0.5", "--steps", "4")
    done = cli("style", str(content), "--style", str(style), *options, *SHORT)
    assert done.returncode == 0, done.stderr
    assert size_of(cli.run("it").style(0)) == (32, 24)


def test_two_styles_with_shares(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    other = tmp_path / "other.png"
    torch.manual_seed(0)
    from gan_tui.training.grids import grid_png

    other.write_bytes(grid_png(torch.rand(1, 3, 40, 40), 1))
    words = ("style", str(content), "--style", str(style), "--style", str(other), "--share", "3", "--share", "1", "--steps", "3")
    done = cli(*words, *SHORT)
    assert done.returncode == 0, done.stderr
    assert cli.run("it").settings_of(StyleConfig).pictures.shares == (3.0, 1.0)
    assert size_of(cli.run("it").real_images) == (192, 48)


def test_frames_are_kept_and_become_a_film(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path, 96, 128)
    words = ("--steps", "4", "--frames", "2", "--size", "128", "--headless", "--name", "it")
    done = cli("style", str(content), "--style", str(style), *words)
    assert done.returncode == 0, done.stderr
    assert re.search(r"\b5 frames .* 1 MB", done.stdout + done.stderr)
    run = cli.run("it")
    assert sorted(path.name for path in run.samples.iterdir()) == [
        "frame-000000000.png", "frame-000000002.png", "frame-000000006.png", "scale-1.png", "scale-2.png",
    ]  # fmt: skip
    film = cli("animate", "it", "-o", str(tmp_path / "film.gif"), "--size", "64")
    assert film.returncode == 0, film.stderr
    with Image.open(tmp_path / "film.gif") as frames:
        assert frames.n_frames == 5  # type: ignore[attr-defined]
    many = cli("style", str(content), "--style", str(style), "--steps", "1000", "--frames", "1", "--headless")
    assert many.returncode == 2
    assert re.search(r"\b600 .* 4\b", many.stderr)


@pytest.mark.slow
def test_an_output_that_comes_to_be_there_meanwhile_is_untouched(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    target = tmp_path / "out.png"
    process = cli.start("style", str(content), "--style", str(style), "-o", str(target), "--steps", "60", *SHORT)
    run = cli.run("it")
    wait_for(lambda: run.alive and last_step(run) >= 1, what="a step")
    target.write_text("mine")
    process.communicate()
    assert target.read_text() == "mine"
    assert (tmp_path / "out-2.png").read_bytes() == run.picture.read_bytes()


@pytest.mark.slow
def test_an_output_that_cannot_be_written_at_the_end_is_said_and_resume_writes_it(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    target = tmp_path / "stick" / "out.png"
    target.parent.mkdir()
    process = cli.start("style", str(content), "--style", str(style), "-o", str(target), "--steps", "60", *SHORT)
    run = cli.run("it")
    wait_for(lambda: run.alive and last_step(run) >= 1, what="a step")
    target.parent.rmdir()
    said = process.communicate()[1]
    assert process.returncode == FAILED
    again = "`gan-tui resume it` tries once more"
    assert f"cannot write {target}: no such file or directory; the picture is {run.picture}, and {again}\n" in said
    assert read_state(run.events).outcome == "failed"
    target.parent.mkdir()
    done = cli("resume", "it", "--headless")
    assert f"gan-tui: wrote {target}\n" in done.stderr
    assert target.read_bytes() == run.picture.read_bytes()
    assert (done.returncode, read_state(run.events).outcome) == (0, "completed")


@pytest.mark.slow
def test_what_the_numbers_add_up_to_is_said(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    cli("style", str(content), "--style", str(style), "--steps", "40", *SHORT)
    said = [event for event in read_all(cli.run("it").events) if isinstance(event, Verdict)]
    assert said
    assert said[0].text.startswith("scale 1 of 1: the total fell by ")
    assert said[-1].step == 40, "at the end it is of the end"


@pytest.mark.slow
def test_what_is_said_of_a_scale_rests_on_its_own_steps(cli: Cli, tmp_path: Path) -> None:
    """The total leaps up where a scale begins, and is soon what it was at the end of the one before: that is not settled."""
    content, style = saved(tmp_path)
    cli("style", str(content), "--style", str(style), "--steps", "14", "--scales", "2", *SHORT, "--size", "128")
    said = [event for event in read_all(cli.run("it").events) if isinstance(event, Verdict)]
    assert {event.text[:12] for event in said} == {"scale 1 of 2", "scale 2 of 2"}
    assert all(event.step > 14 + WINDOW for event in said if event.text.startswith("scale 2"))


def test_the_last_numbers_are_those_of_the_picture(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    cli("style", str(content), "--style", str(style), "--steps", "6", *SHORT)
    run = cli.run("it")
    pictures = [to_tensor(Image.open(path).convert("RGB")) for path in (run.picture, run.content, run.style(0))]
    network = features.shipped()
    found = measure(network, pictures[0], target_of(network, pictures[1], [pictures[2]]))
    assert read_state(run.events).scalars["content"] == pytest.approx(found.content.item(), rel=0.02)


def test_the_rest_of_the_time_is_known(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path, 96, 128)
    cli("style", str(content), "--style", str(style), "--steps", "8", "--size", "128", *SHORT[:1], *SHORT[3:])
    told = [event.remaining for event in read_all(cli.run("it").events) if isinstance(event, Metrics)]
    known = [value for value in told if isinstance(value, float) and value >= 0]
    assert known
    assert known[-1] == 0
    assert known[0] > known[-2]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--style", "stripes.png"], "say which picture"),
        (["disc.png"], "--style"),
        (["disc.png", "--content", "disc.png", "--style", "stripes.png"], "two contents"),
        (["disc.png", "--style", "disc.png"], "the same picture"),
        (["disc.png", "--style", "stripes.png", "--style", "stripes.png"], "the same picture"),
        (["disc.png", "--style", "none.png"], "none.png"),
        (["disc.png", "--style", "words.png"], "words.png"),
        (["dot.png", "--style", "stripes.png"], "dot.png"),
        (["long.png", "--style", "stripes.png", "--size", "64"], "too long for 64 pixels"),
        (["disc.png", "--style", "stripes.png", "-o", "there.png"], "there.png"),
        (["disc.png", "--style", "stripes.png", "-o", "out.jpg"], "ends in .png"),
        (["disc.png", "--style", "stripes.png", "-o", "none/out.png"], " none:"),
        (["disc.png", "--style", "stripes.png", "--share", "1", "--share", "2"], "2 --share for 1 --style"),
        (["disc.png", "--style", "stripes.png", "--steps", "0"], "--steps 0: "),
        (["disc.png", "--style", "stripes.png", "--set", "weights.nose=1"], "'weights.nose'"),
        (["disc.png", "--style", "stripes.png", "--device", "cuda:77"], "device 'cuda:77'"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_run(words: list[str], why: str, cli: Cli, tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "words.png").write_text("no picture")
    (tmp_path / "there.png").write_text("mine")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    Image.new("RGB", (600, 20)).save(tmp_path / "long.png")
    here = [str(tmp_path / word) if word.endswith((".png", ".jpg")) else word for word in words]
    refused = cli("style", *here, "--headless")
    assert refused.returncode == 2
    assert why in refused.stderr.replace(f"{tmp_path}/", "")
    assert "Traceback" not in refused.stderr
    assert (tmp_path / "there.png").read_text() == "mine"
    assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir())
