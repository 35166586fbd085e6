"""What a sweep was begun with holds when it goes on, unless other words are said."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gan_tui.cli import cli
from gan_tui.run.presence import WORKER, is_anybody
from gan_tui.sweep.slots import Slot, Slots, Together

Chosen = list[tuple[int | None, Together]]


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Chosen:
    """How many trials were to be trained at once, and whether together, of each sweep that was run; none is trained."""
    found: Chosen = []

    def choose(_base: object, parallel: int | None, _trials: int, together: Together, _examples: object) -> Slots:
        found.append((parallel, together))
        return Slots([Slot("", None)], "as asked")

    monkeypatch.setattr("gan_tui.cli.sweep.choose_slots", choose)
    monkeypatch.setattr("gan_tui.cli.sweep.show_lines", lambda *_: None)
    monkeypatch.setattr("gan_tui.cli.search_screen.show_search_lines", lambda *_: None)
    return found


@pytest.mark.parametrize("what", ["--lr 1e-4,1e-3", pytest.param("--trials 4 --reduction 2 --maximise coverage", marks=pytest.mark.optuna)])
def test_a_sweep_goes_on_as_it_was_begun(what: str, chosen: Chosen, tmp_path: Path) -> None:
    def said(words: str) -> Result:
        return CliRunner().invoke(cli, ["sweep", *words.split(), "--runs-dir", str(tmp_path)])

    preset = f" --preset-out {tmp_path}/best.toml"
    first = said(f"{what} --name mine --parallel 3 --together never -o {tmp_path}/chart.svg{preset}")
    assert f"wrote {tmp_path}/chart.svg" in first.output
    hint = f"sweep --resume {tmp_path}/mine{preset}"
    assert f"`gan-tui {hint}` goes on" in first.stderr
    again = said(hint.removeprefix("sweep "))
    assert str(again.exception) == str(first.exception)  # there is no best preset without a result
    said("--resume mine --parallel 2")
    said("--resume mine --together always")
    said("--resume mine")
    if what.startswith("--trials"):
        said("--join mine")  # perhaps on another machine
    joined: Chosen = [(None, "never")] if what.startswith("--trials") else []
    assert chosen == [(3, "never"), (3, "never"), (2, "never"), (3, "always"), (3, "never"), *joined]


@pytest.mark.usefixtures("chosen")
def test_while_it_works_that_can_be_seen_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    monkeypatch.setattr("gan_tui.cli.sweep.show_lines", lambda *_: seen.append(is_anybody(tmp_path / "mine", WORKER)))
    CliRunner().invoke(cli, ["sweep", "--lr", "1e-4,1e-3", "--name", "mine", "--runs-dir", str(tmp_path)])
    assert seen == [True]
    assert not is_anybody(tmp_path / "mine", WORKER)
    assert not list((tmp_path / "mine").glob(WORKER))
