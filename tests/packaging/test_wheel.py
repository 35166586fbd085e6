"""The wheel carries everything: installed elsewhere and run from another folder, it trains, and its themes are there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.patience import CEILING


def test_the_wheel_holds_data_presets_themes_and_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for name in ("data/mnist/train-images-idx3-ubyte.xz", "data/mnist/README.md", "presets/classic.toml", "themes/midnight.toml",
                 "dashboard/dashboard.tcss"):  # fmt: skip
        assert f"gan_tui/{name}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in names)


@pytest.mark.slow
def test_the_installed_wheel_trains_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    environment = os.environ | {"PYTHONPATH": str(site), "GAN_TUI_RUNS": str(tmp_path / "runs"), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def run(*command: str) -> str:
        return subprocess.run(
            [sys.executable, *command], cwd=elsewhere, env=environment, capture_output=True, text=True, check=True, timeout=CEILING
        ).stdout

    assert run("-c", "import gan_tui; print(gan_tui.__file__)").strip() == str(site / "gan_tui" / "__init__.py")
    assert "okabe-ito" in run("-m", "gan_tui", "themes")
    printed = run("-m", "gan_tui", "--headless", "--epochs", "1", "--batch-size", "6000", "--log-every", "10", "--set", "model.hidden=16")
    assert printed.startswith("Epoch [0/1], Step[10/10], d_loss: ")
    assert (tmp_path / "cache" / "gan-tui" / "MNIST" / "raw" / "train-images-idx3-ubyte").exists()
