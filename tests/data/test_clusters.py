"""Groups of alike images in place of classes: which they are, and a run that is told them."""

from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image
from torch import Tensor

from gan_tui import config
from gan_tui.data import clusters, mnist
from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError, UserError
from gan_tui.run.images import GAP
from gan_tui.training import sampling
from tests.conftest import SMALL, Cli
from tests.data.test_image_folder import fill


def three_kinds() -> tuple[Tensor, Tensor]:
    """Images that are dark, half bright or bright, 100, 60 and 40 of them, and which they are."""
    kinds = torch.tensor([0] * 100 + [1] * 60 + [2] * 40)[torch.randperm(200, generator=torch.Generator().manual_seed(1))]
    noise = torch.randint(0, 40, (200, 1, 28, 28), generator=torch.Generator().manual_seed(2))
    bright = torch.zeros(3, 1, 28, 28, dtype=torch.int64)
    bright[1, :, :, 14:], bright[2] = 200, 200
    return (noise + bright[kinds]).to(torch.uint8), kinds


def test_alike_images_are_in_one_group_the_largest_first() -> None:
    images, kinds = three_kinds()
    data = Dataset("own", images[:150], images[150:180], validation=images[180:])
    found = clusters.with_clusters(data, 3)
    assert found.labels is not None
    assert found.test_labels is not None
    assert found.validation_labels is not None
    assert torch.cat([found.labels, found.test_labels, found.validation_labels]).tolist() == kinds.tolist()
    assert (found.clusters, found.label_count, found.classes) == (3, 3, 0)
    sizes = found.labels.bincount()
    assert found.notes == (f"3 groups of alike images found: of {sizes[2]} to {sizes[0]} images",)


def test_digits_of_a_group_are_mostly_the_same_and_the_groups_do_not_depend_on_threads() -> None:
    images, digits = (part[:2000] for part in mnist.load(train=True))
    data, threads = Dataset("mnist", images, images[:100]), torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        one = clusters.with_clusters(data, 30).labels  # which takes one thread
        assert torch.get_num_threads() == 2
        two = clusters._grouped(data, 30).labels
    finally:
        torch.set_num_threads(threads)
    assert one is not None
    assert two is not None
    assert torch.equal(one, two)
    most = sum(int(digits[one == group].bincount().max()) for group in range(30))
    assert most > 0.8 * len(digits)  # one group of all: 0.11


def test_images_that_are_all_the_same_are_no_obstacle() -> None:
    data = Dataset("own", torch.full((60, 3, 32, 32), 7, dtype=torch.uint8), torch.zeros(5, 3, 32, 32, dtype=torch.uint8))
    found = clusters.with_clusters(data, 4)
    assert found.labels is not None
    assert found.labels.tolist() == [0] * 60


def test_few_images_make_few_groups() -> None:
    images = torch.arange(60, dtype=torch.uint8).view(60, 1, 1, 1).expand(60, 1, 28, 28)
    found = clusters.with_clusters(Dataset("own", images, images), 7)
    assert found.label_count == 6
    assert found.notes == (
        "6 groups of alike images, not data.clusters = 7: there are 60 images",
        "6 groups of alike images found: of 8 to 12 images",
    )
    with pytest.raises(SettingsError, match="15 images are too few to group"):
        clusters.with_clusters(Dataset("own", images[:15], images), 2)


@pytest.mark.parametrize(
    "change", [{"data.clusters": "1"}, {"model.conditional": "false"}, {"data.classes": '["a", "b"]', "data.dataset": "folder:x"}]
)
def test_what_groups_do_not_go_with(change: dict[str, str]) -> None:
    said = {"data.clusters": "30", "model.conditional": "true"} | change
    with pytest.raises(UserError, match=r"data\.clusters = \d+ is not allowed"):
        config.resolve(tables=[config.parse_assignment(f"{key}={value}") for key, value in said.items()])


def test_many_groups_are_said_in_a_short_line_and_each_is_named_in_the_picture(cli: Cli, tmp_path: Path) -> None:
    """Thirty names were one line of three hundred signs, and the picture had none."""
    done = cli("--headless", "--epochs", "1", "--batch-size", "6000", "--conditional", "--clusters", "30", "--name", "thirty", *SMALL)
    assert done.returncode == 0, done.stderr
    grid = cli("sample", "thirty", "--grid", "-n", "4", "-o", str(tmp_path / "grid.png"))
    assert grid.returncode == 0, grid.stderr
    said = [line for line in (grid.stderr + grid.stdout).splitlines() if "rows from the top" in line]
    assert said == ["rows from the top: group 0 to group 29, 30 in all"]
    with Image.open(tmp_path / "grid.png") as picture:
        names = picture.width - (GAP + 4 * (28 + GAP))
        assert names > 0
        left = picture.convert("L").crop((0, 0, names, picture.height))
    named = [left.crop((0, top, names, top + 30)).getbbox() is not None for top in range(GAP, left.height - 28, 28 + GAP)]
    assert named == [True] * 30


@pytest.mark.slow
def test_a_run_is_told_groups_and_draws_each(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--conditional", "--clusters", "5", "--name", "grouped", *SMALL)
    done = cli("--headless", "--epochs", "1", "--batch-size", "6000", *options)
    assert done.returncode == 0, done.stderr
    grid = cli("sample", "grouped", "--grid", "-n", "10", "--npy", str(tmp_path / "grid.npy"))
    assert grid.returncode == 0, grid.stderr
    assert "rows from the top: group 0, group 1, group 2, group 3, group 4" in grid.stderr + grid.stdout
    monkeypatch.setattr(sampling, "CHUNK", 30)
    told: list[str] = []
    parts = sampling.class_grid(cli.run("grouped"), 10, 0, tell=told.append)
    assert told == ["drawing images: 0 of 50", "drawing images: 30 of 50"]
    assert abs(numpy.load(tmp_path / "grid.npy").reshape(50, -1) / 255 - parts.view(50, -1).numpy()).max() < 1 / 255
    one = cli("sample", "grouped", "--class", "group 2", "-n", "3", "--npy", str(tmp_path / "one.npy"))
    assert one.returncode == 0, one.stderr
    assert numpy.load(tmp_path / "one.npy").shape == (3, 28, 28)
    none = cli("sample", "grouped", "--class", "7", "--npy", str(tmp_path / "none.npy"))
    assert (none.returncode, "groups 0 to 4" in none.stderr) == (2, True), none.stderr
    evaluated = cli("evaluate", "grouped", "--samples", "200")
    assert evaluated.returncode == 0, evaluated.stderr
    resumed = cli("resume", "grouped", "--headless", "--epochs", "2")
    assert resumed.returncode == 0, resumed.stderr


@pytest.mark.slow
def test_groups_of_other_images_are_no_groups_of_the_run(cli: Cli, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    fill(photos, 85)
    options = ("--dataset", f"folder:{photos}", "--conditional", "--clusters", "9", "--name", "grouped", "--batch-size", "20", *SMALL)
    done = cli("--headless", "--epochs", "1", *options)
    assert done.returncode == 0, done.stderr
    assert "7 groups of alike images, not data.clusters = 9: there are 77 images" in done.stderr
    assert cli.run("grouped").config().data.clusters == 7
    for path in sorted(photos.rglob("*.png"))[:12]:
        path.unlink()
    for words in (
        ("resume", "grouped", "--headless", "--epochs", "2", "--data-changed", "ok"),
        ("evaluate", "grouped", "--samples", "100"),
    ):
        refused = cli(*words)
        assert (refused.returncode > 0, "data.clusters" in refused.stderr, "put them back" in refused.stderr) == (True,) * 3, refused.stderr


def test_processes_that_find_other_groups_do_not_train_together() -> None:
    images, _ = three_kinds()
    data = Dataset("own", images, images[:5], digest="same")
    assert clusters.with_clusters(data, 3).identity != clusters.with_clusters(data, 2).identity
    assert data.identity == "same"
