"""GPU kernels of our own: beside their twins in torch, and where there are none."""

import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gan_tui import config
from gan_tui.training.engines import builds_kernels
from gan_tui.training.engines.own_kernels import NO_COMPILER, obstacle, own_kernels
from tests.fake_cuda import card

GPU = torch.device("cuda", 0)


@pytest.mark.slow
def test_steps_by_our_kernels_are_those_of_their_twins() -> None:
    pytest.importorskip("triton")
    done = subprocess.run([sys.executable, "-m", "tests.training.triton_twin"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("off by") == 5


@pytest.mark.slow
@pytest.mark.parametrize("capability", [80, 90])
def test_they_compile_without_a_gpu(capability: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton")
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    command = [sys.executable, "-m", "tests.training.triton_compiles", str(capability)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (
        done.stdout.split()
        == ["product"] * 6 + ["last_layer"] * 10 + ["one_column_back", "one_column_gradients", "finite", "adam"] + ["layer_steps"] * 2
    )


@pytest.mark.slow
def test_programs_that_share_a_product_have_room_for_what_they_leave() -> None:
    pytest.importorskip("triton")
    from gan_tui.training.engines.triton_tiles import LONG, MOST_SHARING, TILES, Plan

    shared, sizes = 0, ((1, 16, 100, 200, 512, 1024, 5000), (1, 64, 256, 784, 3072), (1, 64, 256, 784, 3072), (1, 2, 8, 32))
    for tiles, (m, n, k, networks) in itertools.product(TILES.values(), itertools.product(*sizes)):
        (rows, columns, _), (down, across), programs = plan = Plan.of(m, n, k, tiles, networks)
        assert down * rows >= m > (down - 1) * rows
        assert across * columns >= n > (across - 1) * columns
        assert Plan.of(m, n, 0, tiles, networks) == plan._replace(sharing=1)
        if programs > 1:
            shared += 1
            assert k >= LONG
            assert plan.tile == tiles[0]
            assert down * across * networks * programs <= MOST_SHARING
    assert shared > 100


@pytest.mark.slow
def test_the_more_networks_the_larger_are_the_tiles() -> None:
    pytest.importorskip("triton")
    from gan_tui.training.engines.triton_tiles import TILES, Plan

    tiles = TILES["ieee"]
    plans = [Plan.of(200, 256, 784, tiles, networks) for networks in (1, 2, 8, 32)]
    assert [tiles.index(plan.tile) for plan in plans] == [0, 0, 1, 2]
    assert [plan.sharing for plan in plans] == [4, 2, 1, 1]


def test_they_are_for_recent_cards_with_a_compiler_and_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    assert obstacle(torch.device("cpu"))
    with card(capability=(7, 5)):
        assert "Ampere" in str(obstacle(GPU))
    with card():
        assert "libcuda" in str(obstacle(GPU)) or torch.version.cuda is None
        monkeypatch.setattr(shutil, "which", lambda name: None)  # noqa: ARG005
        assert "gcc" in str(obstacle(GPU))


def test_a_first_build_is_known_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.training.engines.own_kernels.obstacle", lambda device: None)  # noqa: ARG005
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    with card():
        assert builds_kernels(config.resolve(), GPU)
        assert not builds_kernels(config.resolve("conv-small"), GPU), "its networks are torch's"
        (tmp_path / "cache" / "hash").mkdir(parents=True)
        (tmp_path / "cache" / "hash" / "last_layer.cubin").touch()
        assert not builds_kernels(config.resolve(), GPU)
    assert not builds_kernels(config.resolve(), torch.device("cpu"))


def test_without_a_home_the_notice_of_a_build_does_not_end_a_run(no_home: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setattr("gan_tui.training.engines.own_kernels.obstacle", lambda device: None)  # noqa: ARG005
    for name in ("TRITON_CACHE_DIR", "TRITON_HOME"):
        monkeypatch.delenv(name, raising=False)
    with card():
        assert builds_kernels(config.resolve(), GPU)


def test_where_there_are_none_nothing_is_wrong_but_what_can_be_mended_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with card(capability=(7, 5)):
        assert own_kernels("float32", GPU) == (None, None)
    monkeypatch.setattr(shutil, "which", lambda name: None)  # noqa: ARG005
    with card():
        assert own_kernels("float32", GPU) == (None, NO_COMPILER)


def test_a_compiler_of_ones_own_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "my-cc")
    monkeypatch.setattr(shutil, "which", lambda name: "/opt/my-cc" if name == "my-cc" else None)
    with card():
        assert obstacle(GPU) != NO_COMPILER


@pytest.mark.parametrize(
    ("off", "fault"), [(0.5, "a product is off by 0.5 of its length"), (1e-7, None), (RuntimeError("no cubin"), "no cubin")]
)
def test_kernels_that_are_wrong_or_do_not_compile_are_not_used(
    monkeypatch: pytest.MonkeyPatch, off: float | Exception, fault: str | None
) -> None:
    def distance(*_: object) -> float:
        if isinstance(off, Exception):
            raise off
        return off

    pytest.importorskip("triton")
    monkeypatch.setattr("gan_tui.training.engines.own_kernels.obstacle", lambda device: None)  # noqa: ARG005
    monkeypatch.setattr("gan_tui.training.engines.own_kernels.distance_from_exact", distance)
    with card():
        made, said = own_kernels("float32", GPU)
    assert said == fault
    assert (made is None) is (fault is not None)
