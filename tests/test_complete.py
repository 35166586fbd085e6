"""What a shell offers, by the words that click hands over: names of runs, trials and sweeps, and values of settings."""

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from gan_tui import config
from gan_tui.cli import cli
from gan_tui.run import directory


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run, and a sweep of two trials."""
    monkeypatch.setenv(directory.RUNS_VARIABLE, str(tmp_path))
    directory.create(tmp_path, config.resolve(), "harvest")
    for name in ("001", "002"):
        directory.create(tmp_path / "rates", config.resolve(), name)
    (tmp_path / "rates" / "sweep.json").write_text("{}")
    return tmp_path


def offered(words: str) -> list[str]:
    """Behind these words; the last one is what has been typed so far."""
    *before, incomplete = words.split(" ")
    return [item.value for item in ShellComplete(cli, {}, "gan-tui", "_GAN_TUI_COMPLETE").get_completions(before, incomplete)]


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("wat", ["watch"]),
        ("--budg", ["--budget"]),
        ("watch ", ["latest", "harvest", "rates/"]),
        ("watch ha", ["harvest"]),
        ("plot rates/", ["rates/001", "rates/002"]),
        ("report harvest ra", ["rates/001", "rates/002"]),
        ("watch nothing/", []),
        ("sweep --show ", ["latest", "rates"]),
        ("sweep --join ra", ["rates"]),
        ("sweep --preset mlp-r", ["mlp-r3"]),
        ("sweep --minimise fd", ["fd", "fd_floor"]),
        ("sweep --over loss.r", ["loss.r1=", "loss.r2="]),
        ("sweep --set model.cond", ["model.conditional="]),
        ("plot harvest --metric lo", ["losses"]),
        ("runs --sort st", ["step", "state"]),
        ("train --dataset mn", ["mnist"]),
        ("train --fit ", ["crop", "pad", "stretch"]),
        ("train --device c", ["cpu", "cuda", "cuda:0"]),
        ("train --engine man", ["manual-grad"]),
        ("train --from h", ["harvest"]),
        ("train --set model.conditional=", ["model.conditional=true", "model.conditional=false"]),
        ("train --set train.stop=p", ["train.stop=plateau"]),
    ],
)
def test_offered(words: str, wanted: list[str]) -> None:
    assert sorted(offered(words)) == sorted(wanted)
