"""What docs/your-own-training.md and docs/library.md say of `gan_tui.track` and `gan_tui.Trainer` is so."""

import re
import runpy
import sys
from pathlib import Path

import pytest
import torch

from gan_tui import Trainer
from gan_tui.data import registry
from gan_tui.data.dataset import Dataset
from gan_tui.run.log import read_state
from gan_tui.tracking.run import Run

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("your-own-training.md", "library.md")
PAGE = "\n".join((DOCS / page).read_text("utf-8") for page in PAGES)
NETWORKS = re.findall(r"<!-- nets.py -->\n```python\n(.*?)```", PAGE, re.DOTALL)[0]
BLOCKS, LIBRARY = (re.findall(r"(?<!<!-- nets.py -->\n)```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL) for page in PAGES)


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAN_TUI_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_the_script_is_what_the_page_shows_of_it_and_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = DOCS / "tracked_dcgan.py"
    assert BLOCKS[0] in script.read_text("utf-8")
    monkeypatch.setattr(sys, "argv", ["tracked_dcgan.py", "--images", "96", "--batch-size", "32", "--width", "4", "--epochs", "2"])
    runpy.run_path(str(script), run_name="__main__")
    state = read_state(tmp_path / "runs" / "dcgan" / "events.jsonl")
    assert (state.outcome, state.epochs_done, state.step) == ("completed", 2, 6)
    assert {"d_loss", "g_loss", "D(x)", "D(G(z))"} <= state.scalars.keys()
    assert state.grids
    assert (tmp_path / "generator.pt").exists()


@pytest.fixture
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.arange(200 * 784).remainder(251).to(torch.uint8).view(200, 1, 28, 28)
    monkeypatch.setattr(registry, "load", lambda *_, **__: Dataset("mnist", images, images))


@pytest.mark.usefixtures("few_images")
def test_the_networks_and_the_loss_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "nets", raising=False)
    (tmp_path / "nets.py").write_text(NETWORKS)
    changes = {"model.family": "nets:make", "loss.name": "nets:hinge", "train.epochs": 1, "evaluation.budget": 0}
    assert Trainer("classic", changes).fit().state == "completed"


@pytest.mark.usefixtures("few_images")
@pytest.mark.parametrize("block", BLOCKS[1:])
def test_every_other_example_runs(block: str, tmp_path: Path) -> None:
    exec(compile(block, "an example", "exec"), {})
    (run,) = (tmp_path / "runs").iterdir()
    assert read_state(run / "events.jsonl").outcome == "completed"


@pytest.mark.usefixtures("few_images")
def test_the_librarys_examples_run_pasted_one_after_the_other(tmp_path: Path) -> None:
    names: dict[str, object] = {}
    for block in LIBRARY:
        exec(compile(block, "an example", "exec"), names)
    runs = sorted((tmp_path / "runs").iterdir())
    assert len(runs) == len(LIBRARY) == 2
    assert [read_state(run / "events.jsonl").outcome for run in runs] == ["completed"] * 2


def test_the_page_knows_all_that_a_run_has() -> None:
    public = {name for name in vars(Run) if not name.startswith("_")} - {"path", "name", "step", "finish", "before_end", "become_silent"}
    assert public <= set(re.findall(r"run\.(\w+)", PAGE))
