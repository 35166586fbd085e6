"""Small pictures on disk, for commands that read some."""

import shutil
from pathlib import Path

from PIL import Image

from gan_tui.run.directory import RunDirectory
from gan_tui.training.grids import grid_png
from tests.conftest import Cli
from tests.style import gatys


def saved(folder: Path, height: int = 48, width: int = 64) -> tuple[Path, Path]:
    """A content and a style."""
    paths = folder / "disc.png", folder / "stripes.png"
    for path, picture in zip(paths, gatys.pictures(height, width), strict=True):
        path.write_bytes(grid_png(picture, 1))
    return paths


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def not_begun(cli: Cli, folder: Path) -> RunDirectory:
    """A transfer of six steps that has taken none."""
    content, style = saved(folder)
    words = ("--size", "64", "--steps", "6", "--headless", "--set", "log.metrics_hz=100", "--name", "it")
    assert cli("style", str(content), "--style", str(style), *words).returncode == 0
    made = cli.run("it")
    shutil.rmtree(made.checkpoints)
    made.checkpoints.mkdir(mode=0o700)
    made.events.unlink()
    return made
