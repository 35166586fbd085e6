"""`gan-tui animate`: what a run has saved, as a film, a strip, or a walk between its samples."""

import io
import math
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from gan_tui.cli import cli as command_line
from gan_tui.config import InversionConfig, InversionPictures, RunConfig, ScriptConfig, StyleConfig, StylePictures
from gan_tui.errors import UserError
from gan_tui.film import encode, frames, moments
from gan_tui.film.frames import Frame
from gan_tui.run import preview
from gan_tui.run.directory import RunDirectory, create
from gan_tui.run.events import Evaluation, Samples
from gan_tui.run.images import GAP, Images
from gan_tui.run.log import EventWriter
from gan_tui.run.preview import Preview
from gan_tui.training import sampling
from gan_tui.training.walk import slerp
from tests.conftest import SMALL, Cli, wait_for

SIDE = 8
HANGS = 30


def grid(level: int) -> Image.Image:
    """Two rows of three images, each of one grey: `level`, `level` + 1 and so on."""
    picture = Image.new("L", (GAP + 3 * (SIDE + GAP), GAP + 2 * (SIDE + GAP)))
    for index in range(6):
        left, top = GAP + index % 3 * (SIDE + GAP), GAP + index // 3 * (SIDE + GAP)
        picture.paste(level + index, (left, top, left + SIDE, top + SIDE))
    return picture.convert("RGB")


@pytest.fixture
def run(cli: Cli) -> RunDirectory:
    """Four epochs whose grids are 40, 80, 120 and 160, and the distance that was measured at the second."""
    made = create(cli.runs_dir, RunConfig(), "mine")
    with EventWriter(made.events) as log:
        log.write(Samples(path="real_images.png", epoch=0, real=True))
        for epoch in range(1, 5):
            path = made.samples / f"fake_images-{epoch:04d}.png"
            grid(40 * epoch).save(path)
            log.write(Samples(step=100 * epoch, path=f"samples/{path.name}", epoch=epoch))
            if epoch == 2:
                log.write(Evaluation(step=200, scalars={"fd": 1.25}, network="mnist-cnn-v1", seconds=1.0))
    preview.write(made.path, Preview(images=Images(6, SIDE, SIDE, 1, bytes(6 * SIDE * SIDE))))
    return made


def frames_of(path: Path) -> Iterator[tuple[Image.Image, float]]:
    with Image.open(path) as film:
        for index in range(getattr(film, "n_frames", 1)):
            film.seek(index)
            yield film.convert("RGB"), film.info.get("duration", 0.0) / 1000


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_a_film_goes_from_the_first_epoch_to_the_newest(cli: Cli, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"film{suffix}"
    done = cli("animate", "mine", "-o", str(target), "--seconds", "8", "--size", "128")
    assert done.returncode == 0, done.stderr
    found = list(frames_of(target))
    middle = 4 * (GAP + SIDE // 2)
    assert [abs(image.getpixel((middle, middle))[0] - 40 * epoch) < 4 for epoch, (image, _) in enumerate(found, 1)] == [True] * 4  # type: ignore[index]
    assert [round(seconds, 2) for _, seconds in found] == [2.0] * 4
    assert {image.size for image, _ in found} == {found[0][0].size}
    width, height = found[0][0].size
    assert f"({width} x {height} pixels, " in done.stderr + done.stdout
    again = cli("animate", "mine", "-o", str(target))
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1


def test_captions_know_the_distance_that_was_known_then(run: RunDirectory) -> None:
    found = moments.moments(run)
    assert [(moment.epoch, moment.step, moment.fd) for moment in found] == [(1, 100, None), (2, 200, 1.25), (3, 300, 1.25), (4, 400, 1.25)]
    assert moments.caption(run, found[0]) == "epoch 1 · step 100"
    assert moments.caption(run, found[1]) == "epoch 2 · step 200 · FD 1.25"


def test_a_film_is_as_long_as_is_asked_and_its_end_stands_longest() -> None:
    for seconds, count in ((8.0, 4), (8.0, 200), (0.5, 2), (1.0, 25)):
        found = frames.durations(count, seconds)
        assert len(found) == count
        assert sum(found) == pytest.approx(seconds)
        assert found[-1] >= found[0] > 0
    assert frames.durations(200, 8.0)[-1] == frames.HOLD_SECONDS


def test_a_strip_of_fewer_moments_says_so_and_tells_the_columns_apart(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles: list[str] = []
    monkeypatch.setattr(frames, "write", lambda _canvas, _place, text, *_: titles.append(text))
    with EventWriter(run.events) as log:
        log.write(Samples(step=450, path="samples/fake_images-0001.png", epoch=4))
    words = ["animate", str(run.path), "--strip", "6", "-o", str(tmp_path / "strip.png")]
    done = CliRunner().invoke(command_line, words, standalone_mode=False, catch_exceptions=False)
    assert titles == [f"step {step}" for step in (100, 200, 300, 400, 450)]
    assert "5 moments" in done.output


def test_a_long_run_is_thinned_evenly_and_keeps_its_ends() -> None:
    assert frames.evenly(range(1000), 4) == [0, 333, 666, 999]
    assert frames.evenly([7], 4) == [7]
    assert frames.affordable(1e9, 1024) * 1024**2 <= frames.MOST_PIXELS
    assert frames.affordable(1e9, 32) == frames.MOST_FRAMES


@pytest.mark.usefixtures("run")
def test_a_strip_has_the_same_latents_side_by_side(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "strip.png"
    assert cli("animate", "mine", "--strip", "3", "--size", "32", "-o", str(target)).returncode == 0
    with Image.open(target) as strip:
        gap, title = 2, strip.height - 6 * (32 + 2)
        greys = [strip.getpixel((gap + column * 34 + 16, title + row * 34 + 16)) for column in range(3) for row in (0, 5)]
    assert [grey[0] for grey in greys] == [40, 45, 120, 125, 160, 165]  # type: ignore[index]


@pytest.mark.usefixtures("run")
@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_an_mp4_plays(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    done = cli("animate", "mine", "-o", str(target), "--seconds", "2", "--size", "65")
    assert done.returncode == 0, done.stderr
    decoded = subprocess.run(["ffmpeg", "-loglevel", "error", "-i", target, "-f", "null", "-"], capture_output=True, check=False)
    assert (decoded.returncode, decoded.stderr) == (0, b"")


def test_without_ffmpeg_an_mp4_is_refused_and_says_what_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match=r"ffmpeg.*\.gif"):
        encode.check(".mp4")


def test_an_ffmpeg_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'no \033[31mencoder' >&2\nexit 3\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(UserError, match="encoder") as raised:
        encode.encode([Frame(grid(1), "", 0.1)] * 3, ".mp4")
    assert "\033" not in str(raised.value)


def fake_ffmpeg(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """An ffmpeg that takes nothing and ends of itself when the test has long failed; where it writes its number."""
    program, number = folder / "ffmpeg", folder / "number"
    program.write_text(f"#!/bin/sh\necho $$ > {number}.new && mv {number}.new {number}\nexec sleep {HANGS}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return number


@pytest.mark.parametrize("side", [8, 300])
def test_an_ffmpeg_that_hangs_is_ended_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, side: int) -> None:
    """Small frames it leaves in the pipe, and never ends; large ones do not go into it."""
    fake_ffmpeg(monkeypatch, tmp_path)
    monkeypatch.setattr(encode, "FFMPEG_SECONDS", 0.5)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*words: Any, **options: Any) -> "subprocess.Popen[bytes]":
        started.append(popen(*words, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(UserError, match=r"ffmpeg .* 0\.5 seconds.*\.gif"):
        encode.encode([Frame(Image.new("RGB", (side, side)), "", 0.04)] * 2, ".mp4")
    assert [has_ended(process.pid) for process in started] == [True]


def test_a_frame_that_cannot_be_read_leaves_no_ffmpeg_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    number = fake_ffmpeg(monkeypatch, tmp_path)

    def damaged() -> Iterator[Frame]:
        yield Frame(grid(1), "", 0.1)
        wait_for(number.exists, what="ffmpeg")
        raise UserError("2.png cannot be read")

    with pytest.raises(UserError, match=r"2\.png cannot be read"):
        encode.encode(damaged(), ".mp4")
    assert has_ended(int(number.read_text()))


def has_ended(pid: int) -> bool:
    """And was waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_bad_input_is_one_line_and_nothing_is_written(cli: Cli, run: RunDirectory, tmp_path: Path) -> None:
    pictures = sorted(run.samples.iterdir())
    outside = tmp_path / "outside.png"
    shutil.copy(pictures[0], outside)
    cases: list[tuple[list[str], str]] = [
        (["-o", "film.avi"], ".gif"),
        (["-o", "film.gif", "--strip", "3"], ".png"),
        (["-o", "film.png", "--strip", "3", "--walk"], "--walk"),
        (["-o", "film.gif", "--class", "3"], "--walk"),
        (["-o", "film.gif", "--stops", "3", "--seed", "0"], "--walk"),
        (["-o", "film.gif", "--walk"], "checkpoint"),
        (["-o", str(tmp_path / "nowhere" / "film.gif")], "nowhere"),
    ]
    for words, said in cases:
        done = cli("animate", "mine", *[str(tmp_path / word) if word.startswith("film") else word for word in words])
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert said in done.stderr
    pictures[1].write_bytes(b"\x89PNG\r\n\x1a\n torn")
    done = cli("animate", "mine", "-o", str(tmp_path / "film.gif"))
    assert (done.returncode, done.stderr.count("\n"), pictures[1].name in done.stderr) == (2, 1, True)
    for picture in pictures[1:]:
        picture.unlink()
    for words in ([str(tmp_path / "film.gif")], [str(tmp_path / "film.png"), "--strip", "3"]):
        done = cli("animate", "mine", "-o", *words)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    pictures[1].symlink_to(outside)
    assert len(moments.moments(run)) == 1, "a link out of the run's folder is not followed"
    assert not list(tmp_path.glob("film*"))


def test_a_walk_goes_through_the_samples_and_home_again(cli: Cli, tmp_path: Path) -> None:
    assert cli("--headless", "--name", "told", "--conditional", "--epochs", "1", "--set", "train.batch_size=50", *SMALL).returncode == 0
    target = tmp_path / "walk.png"
    done = cli(
        "animate", "told", "--walk", "--stops", "2", "--tiles", "4", "--seconds", "1", "--seed", "3", "--class", "7", "-o", str(target)
    )
    assert done.returncode == 0, done.stderr
    found = [image for image, _ in frames_of(target)]
    assert len(found) == 20
    assert len({image.tobytes() for image in found}) > 10
    first = sampling.sample(cli.run("told"), 4, 3, "7").images
    shown = list(frames.cells(found[0].resize((62, 62), Image.Resampling.NEAREST), (28, 28), GAP))
    for index in range(4):
        want = (first[index, 0] * 255).round()
        got = torch.tensor(list(shown[index].convert("L").tobytes())).view(28, 28)
        assert (want - got).abs().max() <= 2
    grid_file = tmp_path / "grid.png"
    assert cli("sample", "told", "--grid", "-n", "3", "--truncation", "0.5", "-o", str(grid_file)).returncode == 0
    with Image.open(grid_file) as picture:
        grid = GAP + 3 * (28 + GAP)
        names = picture.width - grid
        assert 0 < names < grid
        assert picture.height == GAP + 10 * (28 + GAP)
        for row in range(10):
            top = GAP + row * (28 + GAP)
            assert picture.crop((0, top, names, top + 28)).convert("L").getbbox(), f"the name of row {row}"


def test_halfway_is_as_long_as_the_ends() -> None:
    a, b = torch.randn(2, 50, 64, generator=torch.Generator().manual_seed(0)).unbind()
    assert torch.allclose(slerp(a, b, 0.0), a, atol=1e-5)
    assert torch.allclose(slerp(a, b, 1.0), b, atol=1e-5)
    assert torch.allclose(slerp(a, b, 0.5).norm(dim=1), (a.norm(dim=1) + b.norm(dim=1)) / 2, rtol=1e-4)


def test_parallel_and_opposite_latents_are_joined_by_a_straight_line() -> None:
    """Latents of one number are always one or the other."""
    a = torch.tensor([[2.0, 0, 0], [0.3, 0.4, 0.5]])
    torch.testing.assert_close(slerp(a, a, 0.25), a)
    torch.testing.assert_close(slerp(a, 3 * a, 0.5), 2 * a)
    one, other = torch.tensor([[1.5], [1.0]]), torch.tensor([[-0.5], [2.0]])
    torch.testing.assert_close(slerp(one, other, 0.5), torch.tensor([[0.5], [1.5]]))


def test_truncated_latents_are_normal_ones_that_were_cut_off() -> None:
    z = torch.randn(200_000, generator=torch.Generator().manual_seed(0))
    cut = sampling.truncated(z, 1.0)
    assert cut.abs().max() <= 1
    inside = z[z.abs() < 1]
    assert math.isclose(float(cut.std()), float(inside.std()), rel_tol=0.01)
    assert bool((cut[z.argsort()].diff() >= 0).all()), "in the same order"
    assert torch.equal(sampling.truncated(z, None), z)


def test_a_film_of_pictures_of_other_sizes_has_one_size() -> None:
    small, large = Image.new("RGB", (30, 20), (255, 0, 0)), Image.new("RGB", (300, 200), (0, 255, 0))
    size = frames.size_for(large, 150)
    content = encode.encode((Frame(frames.scaled(one, size), "scale 1", 0.2) for one in (small, large)), ".webp")
    with Image.open(io.BytesIO(content)) as film:
        assert getattr(film, "n_frames", 1) == 2
        assert film.width == 150


def test_a_style_transfer_with_one_picture_is_told_how_more_are_kept(cli: Cli, tmp_path: Path) -> None:
    """It was told of epochs, which it has none of."""
    pictures = StylePictures(content="/cat.jpg", styles=("/waves.png",), width=96, height=64)
    create(cli.runs_dir, StyleConfig(pictures=pictures), "cat")
    refused = cli("animate", "cat", "-o", str(tmp_path / "film.gif"))
    assert refused.returncode == 2
    assert "cat has saved no pictures: a film is made of two at least, one a scale; `--frames K` saves one every K steps" in refused.stderr


def test_a_search_with_one_picture_is_told_how_more_are_kept(cli: Cli, tmp_path: Path) -> None:
    create(cli.runs_dir, InversionConfig(pictures=InversionPictures(generator="/runs/g", held_out=1)), "found")
    refused = cli("animate", "found", "-o", str(tmp_path / "film.gif"))
    assert refused.returncode == 2
    assert "a film is made of two at least, one a group, and one whenever `g` is pressed while it runs" in refused.stderr


def test_a_script_without_pictures_is_told_how_some_are_kept(cli: Cli, tmp_path: Path) -> None:
    create(cli.runs_dir, ScriptConfig(), "loop")
    refused = cli("animate", "loop", "-o", str(tmp_path / "film.gif"))
    assert refused.returncode == 2
    assert "one an epoch in which the script gives some to `run.images(...)`" in refused.stderr
