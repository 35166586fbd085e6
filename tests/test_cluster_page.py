"""The Slurm script of docs/cluster.md, with Slurm and gan-tui played by two small programs."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import wait_for

PAGE = (Path(__file__).parents[1] / "docs/cluster.md").read_text("utf-8")
TRAINS = """#!/bin/sh
mkdir -p "$GAN_TUI_RUNS/big"
trap 'echo "saved" >> "$CALLS"; exit 0' USR2
echo "gan-tui $*" >> "$CALLS"
[ "$LASTS" ] || exit 3
while :; do sleep 0.01; done
"""
NOTES = '#!/bin/sh\necho "scontrol $*" >> "$CALLS"\n'


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    script = re.search(r"<!-- slurm script -->\n```sh\n(.*?)\n```", PAGE, re.DOTALL)
    assert script
    program(tmp_path, "job", script[1])
    program(tmp_path, "gan-tui", TRAINS)
    program(tmp_path, "scontrol", NOTES)
    return {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "GAN_TUI_RUNS": str(tmp_path / "runs"),
        "CALLS": str(tmp_path / "calls"),
        "SLURM_JOB_ID": "42",
    }


def test_a_job_saves_before_its_time_is_up_and_goes_on_in_the_next(tmp_path: Path, surroundings: dict[str, str]) -> None:
    calls = tmp_path / "calls"

    def one_job(began: str) -> None:
        job = subprocess.Popen([tmp_path / "job"], env=surroundings | {"LASTS": "yes"})
        wait_for(lambda: calls.is_file() and calls.read_text().endswith(f"{began}\n"))
        job.send_signal(signal.SIGUSR1)
        assert job.wait() == 0
        assert calls.read_text().splitlines()[-3:] == [began, "saved", "scontrol requeue 42"]

    one_job("gan-tui --headless --name big --preset dcgan")
    one_job("gan-tui resume big --headless")


def test_a_job_that_ends_by_itself_is_not_queued_again(tmp_path: Path, surroundings: dict[str, str]) -> None:
    assert subprocess.run([tmp_path / "job"], env=surroundings, check=False).returncode == 3
    assert "scontrol" not in (tmp_path / "calls").read_text()
