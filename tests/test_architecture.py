"""docs/architecture.md has every folder of the package on its map, and names no file that is not there."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PAGE = (CHECKOUT / "docs" / "architecture.md").read_text("utf-8")
ROOTS = (CHECKOUT, CHECKOUT / "gan_tui", CHECKOUT / "gan_tui" / "training", CHECKOUT / "gan_tui" / "training" / "distributed",
         CHECKOUT / "gan_tui" / "training" / "health", CHECKOUT / "gan_tui" / "config", CHECKOUT / "gan_tui" / "dashboard")  # fmt: skip
"""Where the page's paths begin: it is clear from its sentences."""


def test_every_folder_is_on_the_map_and_no_other() -> None:
    there = {folder.relative_to(CHECKOUT).as_posix() for folder in (CHECKOUT / "gan_tui").rglob("*") if folder.is_dir()}
    there = {folder for folder in there if "__pycache__" not in folder}
    on_map = set(re.findall(r"^\| `(gan_tui/[\w/]+)/` \|", PAGE, re.MULTILINE))
    assert on_map == there, f"docs/architecture.md lacks {sorted(there - on_map)} and has {sorted(on_map - there)} too many"


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:[\w.]+/)*[\w.]+\.(?:py|md|toml))`", PAGE)) | set(re.findall(r"\b(run/\w+\.py)\b", PAGE))
    run_files = {"run.toml"}  # of a run, not of the tree
    missing = [name for name in sorted(named - run_files) if not any((root / name).exists() for root in ROOTS)]
    assert not missing, f"docs/architecture.md names {missing}"
