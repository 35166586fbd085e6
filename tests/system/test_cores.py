"""How many cores may be used: the limits of containers are heeded."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_tui.system import cores


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def second_version(root: Path) -> None:
    write(root / "cgroup", "0::/jobs/17\n")
    write(root / "fs" / "jobs" / "17" / "cpu.max", "max 100000\n")
    write(root / "fs" / "jobs" / "cpu.max", "150000 100000\n")


def first_version(root: Path) -> None:
    write(root / "cgroup", "4:memory:/x\n3:cpu,cpuacct:/jobs\n")
    write(root / "fs" / "cpu,cpuacct" / "jobs" / "cpu.cfs_quota_us", "150000\n")
    write(root / "fs" / "cpu,cpuacct" / "jobs" / "cpu.cfs_period_us", "100000\n")


def without(root: Path) -> None:
    write(root / "cgroup", "0::/\n")
    write(root / "fs" / "cpu.max", "nonsense\n")


@pytest.mark.parametrize(("made", "expected"), [(second_version, 1.5), (first_version, 1.5), (without, math.inf)])
def test_the_limits_of_control_groups_are_heeded(made: Callable[[Path], None], expected: float, tmp_path: Path) -> None:
    made(tmp_path)
    assert cores._quota(tmp_path / "fs", tmp_path / "cgroup") == expected


@pytest.mark.parametrize(("has", "times"), [(0.5, True), (2.0, True), (2.5, False), (64.0, False)])
def test_on_few_cores_less_is_done_for_those_who_look(has: float, times: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: has)
    assert (cores.sparing() > 1) is times
