"""What the operating system refuses a trainer is said with its cause and with what to do."""

import errno
import os
from pathlib import Path

import pytest

from gan_tui.config import RunConfig
from gan_tui.run import directory
from gan_tui.training.main import explain


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EFBIG, "ulimit -f"), (errno.EDQUOT, "disk quota"), (errno.EMFILE, "ulimit -n"), (errno.ENOSPC, "no space left")],
)
def test_a_limit_is_named(number: int, said: str, tmp_path: Path) -> None:
    run = directory.create(tmp_path, RunConfig(), "mine")
    line = explain(run, OSError(number, os.strerror(number), str(run.path / "best.pt")))
    assert said in line
    assert "then `gan-tui resume " in line
    assert "mend that" not in line
