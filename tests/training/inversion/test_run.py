"""A search in latents as a run, through the command line: its folder, its log, its end, and going on."""

import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from gan_tui.config import InversionConfig
from gan_tui.errors import FAILED
from gan_tui.run.events import Checkpoint, Note, Started, Verdict
from gan_tui.run.lock import RunLock
from gan_tui.run.log import read_all, read_state
from gan_tui.run.preview import read as read_preview
from gan_tui.spec.tasks import INVERSION
from tests.conftest import Cli, events_of, last_step, wait_for
from tests.training.inversion.trained import SIZE, disc, photos, trained
from tests.training.transfer.pictures import size_of

SHORT = ("--headless", "--name", "it", "--steps", "12", "--starts", "4", "--set", "search.pool=32", "--set", "log.metrics_hz=100")


pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def data(cli: Cli, tmp_path: Path) -> Path:
    folder = photos(tmp_path / "photos")
    trained(cli.runs_dir, folder)
    return folder


def notes_of(cli: Cli) -> list[str]:
    return [event.text for event in events_of(cli.run("it"), Note) if isinstance(event, Note)]


def test_a_repair_from_its_command_to_its_picture(cli: Cli, tmp_path: Path) -> None:
    picture, target = tmp_path / "damaged.png", tmp_path / "out.png"
    disc(99).save(picture)
    done = cli("repair", "g", str(picture), "--hole", "8,8,12,12", "-o", str(target), *SHORT)
    assert done.returncode == 0, done.stderr
    assert "Group [1/1], Step[10/12], error: " in done.stdout
    table = [line for line in done.stdout.splitlines() if "dB" in line and "Step" not in line]
    assert [line.split("  ")[0] for line in table] == ["G", "nearest training image", "mean training image", "bicubic interpolation"]
    assert re.search(r"completed 1 group, 12 steps, error [0-9.]+, PSNR [0-9.]+ dB \(nearest training image [0-9.]+ dB, mean ", done.stderr)
    run = cli.run("it")
    assert target.read_bytes() == run.picture.read_bytes()
    with Image.open(target).convert("L") as repaired:
        for place in ((7, 10), (20, 10), (0, 0), (31, 31)):
            assert repaired.getpixel(place) == disc(99).getpixel(place)
        assert repaired.crop((8, 8, 20, 20)).tobytes() != disc(99).crop((8, 8, 20, 20)).tobytes()
    state = read_state(run.events)
    assert state.outcome == "completed"
    assert {"error", "prior", "psnr", "psnr_nearest", "psnr_mean", "psnr_bicubic"} <= set(state.scalars)
    said = [event for event in events_of(run, Verdict) if isinstance(event, Verdict)]
    doubt = "against what lies in your picture inside the hole, which may be what is to be repaired"
    assert said[-1].text.startswith(f"{doubt}: PSNR of G ")
    assert said[-1].level == "info", "how near G is to the damage is no success"
    assert f"{doubt}:" in done.stdout.splitlines()
    assert "the original" not in done.stdout, "a row without a number"
    assert "inverted?" not in done.stderr
    preview = read_preview(run.path)
    assert preview is not None
    assert preview.images is not None
    assert preview.names[:4] == ("repaired", "target", "mask", "cand. 1")
    assert preview.images.count == len(preview.names)
    assert run.path.stat().st_mode & 0o777 == 0o700


def test_of_held_out_images_the_truth_is_known(cli: Cli) -> None:
    done = cli("repair", "g", "--held-out", "2", "--hole", "8,8,12,12", *SHORT)
    assert done.returncode == 0, done.stderr
    assert "your picture" not in done.stdout
    said = [event for event in events_of(cli.run("it"), Verdict) if isinstance(event, Verdict)]
    assert said[-1].text.startswith("inside the hole: PSNR of G ")


def test_a_picture_that_is_dark_on_light_looks_inverted_to_a_generator_of_light_on_dark(cli: Cli, tmp_path: Path) -> None:
    ImageChops.invert(disc(99)).save(tmp_path / "black-on-white.png")
    done = cli("project", "g", str(tmp_path / "black-on-white.png"), *SHORT)
    assert done.returncode == 0, done.stderr
    assert "black-on-white.png: inverted? G draws white on black, and this is black on white: invert it first" in done.stderr


def test_a_mask_is_a_picture_that_is_white_where_something_is_missing(cli: Cli, tmp_path: Path) -> None:
    large = disc(99, 4 * SIZE)
    large.save(tmp_path / "large.png")
    mask = Image.new("L", large.size)
    mask.paste(255, (32, 32, 80, 80))
    mask.save(tmp_path / "mask.png")
    out = tmp_path / "out.png"
    done = cli("repair", "g", str(tmp_path / "large.png"), "--mask", str(tmp_path / "mask.png"), "-o", str(out), *SHORT)
    assert done.returncode == 0, done.stderr
    assert re.search(r"large\.png .*128 x 128 .* 32 x 32", done.stderr)
    assert re.search(r"\(whole\.png, -o\).* 4 x 4", done.stderr)
    with Image.open(out) as whole:
        changed = ImageChops.difference(whole.convert("L"), large).point(lambda value: 255 * (value > 0))
    assert whole.size == large.size
    assert changed.getbbox() == (32, 32, 80, 80)
    assert not ImageChops.subtract(changed, mask).getbbox(), "nothing is changed that is not covered"
    preview = read_preview(cli.run("it").path)
    assert preview is not None
    assert preview.images is not None
    shown = preview.images.image(preview.names.index("mask"))
    assert [y * SIZE + x for y in range(SIZE) for x in range(SIZE) if shown[y * SIZE + x]] == [
        y * SIZE + x for y in range(8, 20) for x in range(8, 20)
    ]


def test_a_small_picture_is_sharpened_by_what_its_size_says(cli: Cli, tmp_path: Path) -> None:
    disc(99).resize((8, 8), Image.Resampling.BOX).save(tmp_path / "small.png")
    done = cli("sharpen", "g", str(tmp_path / "small.png"), "-o", str(tmp_path / "out.png"), *SHORT)
    assert done.returncode == 0, done.stderr
    assert size_of(tmp_path / "out.png") == (SIZE, SIZE)
    assert "psnr" not in read_state(cli.run("it").events).scalars
    assert "dB" not in done.stdout


def test_held_out_images_are_made_small_first_and_compared(cli: Cli) -> None:
    done = cli("sharpen", "g", "--held-out", "3", "--factor", "4", *SHORT)
    assert done.returncode == 0, done.stderr
    assert "3 pictures" in done.stdout
    assert len([line for line in done.stdout.splitlines() if "dB" in line and "Step" not in line]) >= 3, "G, and what needs none"


def test_what_a_generator_cannot_draw(cli: Cli, tmp_path: Path) -> None:
    done = cli("project", "g", "--held-out", "50", "-o", str(tmp_path / "worst.png"), "--set", "search.group=3", *SHORT)
    assert done.returncode == 0, done.stderr
    assert "there are 6 held-out images" in done.stderr
    assert "completed 2 groups, 24 steps" in done.stderr
    assert "6 pictures" in done.stdout
    run = cli.run("it")
    report = json.loads((run.path / "report.json").read_text())
    errors = {one["name"]: one["hidden"] for one in report["pictures"]}
    worst = max(errors, key=errors.__getitem__)
    assert f"the worst: {worst} (" in done.stdout
    assert {"picture.png", "ranked.png", "targets.npy", "generator.pt"} <= set(os.listdir(run.path))
    assert size_of(tmp_path / "worst.png") == size_of(run.picture)


def test_every_picture_of_a_folder_is_written_by_itself(cli: Cli, tmp_path: Path) -> None:
    folder = photos(tmp_path / "mine", 3)
    (folder / "words.txt").write_text("no picture")
    done = cli("repair", "g", str(folder), "--hole", "0,0,8,8", *SHORT)
    assert done.returncode == 0, done.stderr
    assert "words.txt" in done.stderr
    made = sorted(os.listdir(cli.run("it").path / "pictures"))
    assert made == ["0001-00.png", "0002-01.png", "0003-02.png"]
    assert size_of(cli.run("it").path / "pictures" / made[0]) == (SIZE, SIZE)


def test_grey_16_bit_transparent_and_animated_pictures_are_taken(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    Image.new("I;16", (SIZE, SIZE), 30_000).save(folder / "deep.png")
    Image.new("RGBA", (SIZE, SIZE), (9, 9, 9, 0)).save(folder / "clear.png")
    Image.new("RGB", (40, SIZE), (200, 20, 20)).save(folder / "red.png")
    disc(1).save(folder / "moving.gif", save_all=True, append_images=[disc(2)])
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    done = cli("project", "g", str(folder), *SHORT)
    assert done.returncode == 0, done.stderr
    for text in (
        "clear.png is transparent in places",
        "red.png is in colour, and G draws grey",
        "red.png has 40 x 32 pixels and G draws 32 x 32: its middle, 32 x 32, is scaled to that",
        "moving.gif has several images: the first is taken",
        "dot.png has 1 x 1 pixels",
    ):
        assert text in done.stderr


def test_a_generator_in_colour(cli: Cli, data: Path, tmp_path: Path) -> None:
    trained(cli.runs_dir, data, 3, name="colour")
    disc(99).save(tmp_path / "grey.png")
    done = cli("project", "colour", str(tmp_path / "grey.png"), *SHORT)
    assert done.returncode == 0, done.stderr
    with Image.open(cli.run("it").picture) as drawn:
        assert drawn.mode == "RGB"
    preview = read_preview(cli.run("it").path)
    assert preview is not None
    assert preview.images is not None
    assert preview.names[:2] == ("drawn by G", "target")
    assert preview.images.image(1) == disc(99).convert("RGB").tobytes()


@pytest.mark.slow
def test_stopped_and_resumed_it_ends_with_the_same_picture(cli: Cli, tmp_path: Path) -> None:
    disc(99).save(tmp_path / "it.png")
    words = ["repair", "g", str(tmp_path / "it.png"), "--hole", "8,8,12,12", "--headless", "--starts", "4", "--steps", "400"]
    words += ["--set", "search.threads=1"]
    whole = cli(*words, "--name", "whole")
    assert whole.returncode == 0, whole.stderr
    process = cli.start(*words, "--name", "parts")
    run = cli.run("parts")
    wait_for(lambda: run.alive and last_step(run) >= 5, what="some steps")
    assert cli("control", "parts", "stop").returncode == 0
    process.communicate()
    assert 5 <= last_step(run) < 400
    (tmp_path / "it.png").unlink()  # copies of all that it needs are in its folder
    (cli.run("g").checkpoints / "step-000000000.pt").unlink()
    resumed = cli("resume", "parts", "--headless")
    assert resumed.returncode == 0, resumed.stderr
    assert run.picture.read_bytes() == cli.run("whole").picture.read_bytes()
    assert [event.resumed for event in read_all(run.events) if isinstance(event, Started)] == [False, True]
    again = cli("resume", "parts", "--headless")
    assert again.returncode == 2
    assert run.cli_name in again.stderr


def test_commands_are_answered(cli: Cli, tmp_path: Path) -> None:
    disc(99).save(tmp_path / "it.png")
    process = cli.start("project", "g", str(tmp_path / "it.png"), "--headless", "--name", "it", "--steps", "100000", "--starts", "2")
    run = cli.run("it")
    wait_for(lambda: run.alive and last_step(run) >= 1, what="a step")
    assert cli("control", "it", "pause").returncode == 0
    assert read_state(run.events).phase == "paused"
    assert cli("control", "it", "save").returncode == 0
    assert events_of(run, Checkpoint)
    assert "samples/picture-step-" in cli("control", "it", "sample").stdout
    assert cli("control", "it", "set", "search.rate=0.05").returncode == 0
    assert run.settings_of(InversionConfig).search.rate == 0.05
    for command in ("evaluate", "neighbours"):
        assert cli("control", "it", command).returncode == FAILED
    assert cli("control", "it", "set", "search.starts=3").returncode == FAILED
    assert cli("control", "it", "stop").returncode == 0
    process.communicate()
    for words in ("sample it -o x.png", "evaluate it", f"project it {tmp_path}/it.png"):
        refused = cli(*words.split())
        assert refused.returncode == 2
        assert f"it is {INVERSION.what}" in refused.stderr


def test_the_run_of_the_generator_is_left_as_it_is(cli: Cli, tmp_path: Path) -> None:
    disc(99).save(tmp_path / "it.png")
    theirs = cli.run("g").path
    before = sorted((path, path.stat().st_mtime_ns) for path in theirs.rglob("*"))
    assert cli("project", "g", str(tmp_path / "it.png"), *SHORT).returncode == 0
    assert sorted((path, path.stat().st_mtime_ns) for path in theirs.rglob("*")) == before


def test_a_generator_that_is_being_trained_is_taken_as_it_was_saved_last(cli: Cli, tmp_path: Path) -> None:
    disc(99).save(tmp_path / "it.png")
    with RunLock(cli.run("g").lock):
        done = cli("project", "g", str(tmp_path / "it.png"), *SHORT)
    assert done.returncode == 0, done.stderr
    empty = trained(cli.runs_dir, tmp_path / "photos", save=False, name="empty")
    with RunLock(empty.lock):
        refused = cli("project", "empty", str(tmp_path / "it.png"), "--headless")
    assert refused.returncode == 2
    assert "`gan-tui control empty save`" in refused.stderr


def test_a_torn_checkpoint_is_passed_over(cli: Cli, tmp_path: Path) -> None:
    disc(99).save(tmp_path / "it.png")
    (cli.run("g").checkpoints / "step-000000007.pt").write_bytes(b"torn")
    done = cli("project", "g", str(tmp_path / "it.png"), *SHORT)
    assert done.returncode == 0, done.stderr
    assert "step-000000007.pt" in done.stderr


def test_an_output_that_comes_to_be_there_meanwhile_is_untouched(cli: Cli, tmp_path: Path) -> None:
    disc(99).save(tmp_path / "it.png")
    target = tmp_path / "out.png"
    process = cli.start("project", "g", str(tmp_path / "it.png"), "-o", str(target), "--headless", "--name", "it", "--steps", "300")
    wait_for(lambda: cli.run("it").alive and last_step(cli.run("it")) >= 1, what="a step")
    target.write_text("mine")
    process.communicate()
    assert target.read_text() == "mine"
    assert (tmp_path / "out-2.png").read_bytes() == cli.run("it").picture.read_bytes()


def test_without_its_training_images_a_generator_draws_all_the_same(cli: Cli, data: Path, tmp_path: Path) -> None:
    disc(99).save(tmp_path / "it.png")
    data.rename(tmp_path / "elsewhere")
    done = cli("repair", "g", str(tmp_path / "it.png"), "--hole", "8,8,12,12", *SHORT)
    assert done.returncode == 0, done.stderr
    assert "no comparison with the training images: " in done.stderr
    assert "nearest training image" not in done.stdout
    assert "bicubic interpolation" in done.stdout
