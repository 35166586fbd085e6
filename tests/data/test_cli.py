"""Data sets from the command line: a whole run on a folder of images, and mistakes as one line."""

from pathlib import Path

import numpy
import pytest
from PIL import Image

from gan_tui.run import events, preview
from tests.conftest import SMALL, Cli, events_of
from tests.data.test_image_folder import fill


def test_a_run_on_a_folder_of_images(cli: Cli, tmp_path: Path) -> None:
    photos = tmp_path / "my photos"
    fill(photos, 65)
    (photos / "torn.png").write_bytes(b"junk")
    done = cli("--headless", "--dataset", f"folder:{photos}", "--epochs", "1", "--batch-size", "20", "--log-every", "3", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "Epoch [0/1], Step[3/3]" in done.stdout
    assert f"1 file below {photos} cannot be read as images, the first torn.png" in done.stderr
    (path,) = cli.runs_dir.iterdir()
    assert path.name.endswith("-my-photos-classic")
    run = cli.run(path.name)
    assert any("torn.png" in event.text for event in events_of(run, events.Note) if isinstance(event, events.Note))
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
    assert cli("resume", "latest", "--headless", "--epochs", "2").returncode == 0
    (photos / "a" / "000.png").unlink()
    fewer = cli("resume", "latest", "--headless", "--epochs", "3")
    assert fewer.returncode == 1
    assert f"was trained on 59 images, and folder:{photos} has 58 now" in fewer.stderr
    for left in photos.rglob("*"):
        if left.is_file():
            left.unlink()
    gone = cli("resume", "latest", "--headless", "--epochs", "3")
    assert gone.returncode == 2
    assert gone.stderr.splitlines()[-1].startswith(f"gan-tui: there are no images below {photos}")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--dataset folder:nowhere", "data.dataset: there is no folder"),
        ("--dataset cifar10 --data-dir nowhere", "data.dir: there is no folder"),
        ("--headless --dataset cifar10 --data-dir .", "cifar-10-binary.tar.gz is in "),
        ("--headless --dataset emnist --data-dir .", "neither the files emnist-letters-*-ubyte nor gzip.zip"),
        ("--headless --dataset fashion-mnist --data-dir .", "train-images-idx3-ubyte.gz is not in"),
        ("--headless --dataset folder:themes", "there are no images below"),
        ("--image-size 64", "mnist has a size of its own"),
        ("--dataset folder:. --image-size 50", "data.image_size = '50' is not allowed: expected 32 or 64"),
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
