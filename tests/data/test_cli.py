"""Data sets from the command line: a whole run on a folder of images, and mistakes as one line."""

import os
from pathlib import Path

import numpy
import pytest
from PIL import Image

from gan_tui.run import events, preview
from gan_tui.run.summary import summarise
from tests.conftest import SMALL, Cli, events_of
from tests.data.test_image_folder import fill


@pytest.mark.slow
def test_a_run_on_a_folder_of_images(cli: Cli, tmp_path: Path) -> None:
    photos = tmp_path / "my photos"
    fill(photos, 65)
    (photos / "torn.png").write_bytes(b"junk")
    done = cli("--headless", "--dataset", f"folder:{photos}", "--epochs", "1", "--batch-size", "20", "--log-every", "3", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "Epoch [0/1], Step[3/3]" in done.stdout
    line = f"data: 65 images below {photos} (33 PNG, 32 BMP), 40 x 30 pixels; "
    line += "65 cropped to the middle square (25% of each cut off); 65 enlarged to 32 x 32; "
    line += "59 to train on, 6 held back to test with; "
    assert f"gan-tui: {line}left out 1: damaged 1 (torn.png)\n" in done.stderr
    (path,) = cli.runs_dir.iterdir()
    assert path.name.endswith("-my-photos-classic")
    run = cli.run(path.name)
    noted = [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]
    noted = [text for text in noted if "train.products" not in text]  # of which some processors give reason to speak
    left_out, found, short = noted
    assert found == f"{line}left out 1: damaged 1 (torn.png)"
    assert "only 3 steps" in short
    assert left_out == "left out, damaged: torn.png (it is none of the known kinds)"
    with Image.open(run.samples / "fake_images-0001.png") as grid:
        assert grid.size == (4 * 34 + 2, 4 * 34 + 2)
    seen = preview.read(run.path)
    assert seen is not None
    assert seen.images is not None
    assert (seen.images.count, seen.images.height, seen.images.channels) == (16, 32, 3)
    assert numpy.load(run.real_preview).shape == (16, 32, 32, 3)
    sampled = cli("sample", "latest", "-n", "5", "-o", str(tmp_path / "grid.png"), "--npy", str(tmp_path / "images.npy"))
    assert sampled.returncode == 0, sampled.stderr
    assert numpy.load(tmp_path / "images.npy").shape == (5, 32, 32, 3)
    evaluated = cli("evaluate", "latest", "--samples", "100")
    assert evaluated.returncode == 0, evaluated.stderr
    assert "random-conv-v1" in evaluated.stdout
    photos.rename(tmp_path / "elsewhere")
    again = cli("sample", "latest", "-n", "5", "--npy", str(tmp_path / "again.npy"))
    assert again.returncode == 0, "it needs no data"
    lost = cli("evaluate", "latest", "--samples", "100")
    assert (lost.returncode, "--data-dir FOLDER" in lost.stderr) == (2, True), lost.stderr
    moved = cli("evaluate", "latest", "--samples", "100", "--data-dir", str(tmp_path / "elsewhere"))
    assert (moved.returncode, moved.stdout) == (0, evaluated.stdout), moved.stderr
    (tmp_path / "elsewhere").rename(photos)
    for left in photos.rglob("*"):
        if left.is_file():
            left.unlink()
    gone = cli("resume", "latest", "--headless", "--epochs", "3")
    assert gone.returncode == 2
    assert str(photos) in gone.stderr.splitlines()[-1]


@pytest.mark.slow
def test_resume_goes_on_with_other_data_where_it_is_told_to(cli: Cli, tmp_path: Path) -> None:
    fill(tmp_path / "photos", 60)
    begun = cli("--headless", "--dataset", f"folder:{tmp_path / 'photos'}", "--epochs", "1", "--name", "first", *SMALL)
    assert begun.returncode == 0, begun.stderr
    (tmp_path / "photos" / "a" / "000.png").rename(tmp_path / "photos" / "a" / "other.png")
    refused = cli("resume", "first", "--headless", "--epochs", "2")
    assert refused.returncode == 2, "as of a folder that is not there"
    assert "`gan-tui resume first --epochs 2 --data-changed ok`" in refused.stderr.splitlines()[-1], "and no word of a completed run"
    assert summarise(cli.run("first")).state == "completed"
    command = ("resume", "first", "--epochs", "2", "--data-changed")
    assert cli(*command, "yes").returncode == 2
    went_on = cli(*command, "ok", "--headless")
    assert went_on.returncode == 0, went_on.stderr
    assert "--data-changed ok" in went_on.stderr
    assert "completed 2 epochs" in went_on.stderr


@pytest.mark.slow
def test_a_folder_whose_name_is_no_utf_8(cli: Cli, tmp_path: Path) -> None:
    photos = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    fill(Path(photos), 60)
    done = cli("--headless", "--dataset", f"folder:{photos}", "--epochs", "1", "--name", "cafe", *SMALL)
    assert done.returncode == 0, done.stderr
    assert f" {tmp_path}/caf\\xe9 " in done.stderr
    assert cli("resume", "cafe", "--epochs", "2", "--headless").returncode == 0
    set_done = cli("--headless", "--set", f"data.dataset=folder:{photos}", "--epochs", "1", "--name", "set", *SMALL)
    assert set_done.returncode == 0, set_done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--dataset folder:nowhere", "--dataset folder:nowhere: "),
        ("--dataset cifar10 --data-dir nowhere", "--data-dir nowhere: "),
        ("--headless --dataset cifar10 --data-dir .", "cifar-10-binary.tar.gz"),
        ("--headless --dataset emnist --data-dir .", "gzip.zip"),
        ("--headless --dataset fashion-mnist --data-dir .", "train-images-idx3-ubyte.gz"),
        ("--headless --dataset folder:themes", "/themes "),
        ("--headless --data-dir .", "train-images-idx3-ubyte.gz"),
        ("--headless --dataset stacked-mnist --data-dir .", "train-images-idx3-ubyte.gz"),
        ("--dataset folder:. --data-dir .", "--data-dir .: "),
        ("--epochs 1 --set train.epochs=2", "--epochs 1 and --set train.epochs=2 contradict each other: leave one of them out"),
        ("--lr 1e-3 --set optimizer.d_lr=1e-4", "--lr 1e-3 and --set optimizer.d_lr=1e-4 "),
        ("--dataset kmnist --set data.dataset=mnist", "--dataset kmnist and --set data.dataset=mnist "),
        ("--conditional --set model.conditional=false", "--conditional and --set model.conditional=false "),
        ("--image-size 64", "--image-size 64: "),
        ("--dataset folder:. --image-size 20", "--image-size 20: "),
    ],
)
def test_a_mistake_is_one_line(cli: Cli, arguments: str, words: str) -> None:
    done = cli(*arguments.split())
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("gan-tui: training ")]
    assert len(lines) == 1, done.stderr
    assert words in lines[0]
    if "--headless" not in arguments:
        assert not cli.runs_dir.exists(), "a mistake makes no run"


@pytest.mark.slow
def test_the_same_value_said_twice_is_no_contradiction(cli: Cli) -> None:
    done = cli("--headless", "--epochs", "1", "--set", "train.epochs=1", "--lr", "1e-3", "--set", "optimizer.g_lr=0.001", "--data-dir", ".")
    assert "contradict" not in done.stderr
    assert "train-images-idx3-ubyte.gz" in done.stderr
