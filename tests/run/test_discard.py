"""A run that nobody ever trained leaves nothing behind."""

from pathlib import Path

import pytest

from gan_tui.run.delete import discard_unused
from gan_tui.run.lock import RunLock
from tests.conftest import Cli
from tests.dashboard.helpers import make_run


def test_only_what_no_trainer_has_touched_is_discarded(tmp_path: Path) -> None:
    for index, touched in enumerate(("events", "trainer_log")):
        run = make_run(tmp_path, f"touched{index}")
        getattr(run, touched).touch()
        assert not discard_unused(run)
        assert run.config_file.exists()
    held = make_run(tmp_path, "held")
    with RunLock(held.lock):
        assert not discard_unused(held)
    assert held.config_file.exists()
    fresh = make_run(tmp_path, "fresh")
    assert discard_unused(fresh)
    assert not fresh.path.exists()
    assert not discard_unused(fresh), "a second time there is nothing to do"


def test_ctrl_c_before_there_is_a_screen_leaves_no_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import gan_tui.cli.train as train

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "_train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train.train.callback(
            preset=None, config_file=None, assignments=(), name="brief", runs_dir=cli.runs_dir, headless=False, theme=None, fps=None,
            mouse=True, images="ascii", **dict.fromkeys(train.SHORT_OPTIONS),
        )  # type: ignore[misc]  # fmt: skip
    assert list(cli.runs_dir.iterdir()) == []
