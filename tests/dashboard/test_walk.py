"""The latent walk: its screen, the process behind it, and what it generates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest
import torch
from textual.pilot import Pilot

from gan_tui import config
from gan_tui.dashboard.companion import Companion
from gan_tui.dashboard.screens import walk
from gan_tui.dashboard.screens.walk import STEP, WalkScreen
from gan_tui.errors import UserError
from gan_tui.render.images import ImageMode
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images
from gan_tui.run.launch import Mode, module_command
from gan_tui.run.lock import RunLock
from gan_tui.run.walking import DIALOGUE, Reply, Wanted
from gan_tui.training.walking import Walker, around, directions, place
from tests.conftest import SMALL, Cli
from tests.dashboard.helpers import append, make_run, opened, recorded, run_async, screen_text, show_preview, until


def fake(run: RunDirectory) -> Companion[Wanted, Reply]:
    return Companion(replace(DIALOGUE, module="tests.dashboard.fake_walker"), str(run.path))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    monkeypatch.setattr(walk, "companion", fake)
    monkeypatch.setattr("gan_tui.dashboard.companion.module_command", lambda *words: [module_command(*words)[0], "-m", *words])
    made = make_run(tmp_path)
    append(made, *recorded(3))
    show_preview(made)
    return made


@asynccontextmanager
async def walking_in(run: RunDirectory, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[WalkScreen, Pilot[None]]]:
    async with opened(run, Mode.WATCH, size) as (app, pilot):
        await pilot.press("2", "l")
        await until(lambda: isinstance(app.screen, WalkScreen))
        assert isinstance(app.screen, WalkScreen)
        yield app.screen, pilot


def is_at(run: RunDirectory, x: int, y: int) -> bool:
    now = wanted(run)
    return now is not None and (round(now.x / STEP), round(now.y / STEP)) == (x, y)


def wanted(run: RunDirectory) -> Wanted | None:
    try:
        return DIALOGUE.read_wanted((run.path / "wanted").read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def test_arrows_walk_along_two_directions(run: RunDirectory) -> None:
    @run_async
    async def _() -> None:
        async with walking_in(run) as (screen, pilot):
            await until(lambda: screen.grid.images is not None)
            first = wanted(run)
            assert first is not None
            assert (first.x, first.y, first.columns % 2, first.rows % 2) == (0.0, 0.0, 1, 1)
            assert screen.grid.selected == first.columns * first.rows // 2, "the middle is where one is"
            for keys, x, y in (
                (("right", "right"), 2, 0),
                (("up",), 2, 1),
                (("shift+left",), -2, 1),
                (("down",), -2, 0),
                (("home",), 0, 0),
            ):
                await pilot.press(*keys)
                await until(partial(is_at, run, x, y))
            await pilot.press("n")
            await until(lambda: (now := wanted(run)) is not None and now.seed == 1)
            await pilot.press("minus", "minus", "plus")
            await until(lambda: (now := wanted(run)) is not None and now.truncation == 2.0)
            assert "truncation 2" in screen_text(pilot.app)
            await pilot.press("escape")
            await until(lambda: not isinstance(pilot.app.screen, WalkScreen))


def test_it_plays_until_a_key(run: RunDirectory) -> None:
    @run_async
    async def _() -> None:
        async with walking_in(run) as (screen, pilot):
            await until(lambda: screen.grid.images is not None)
            await pilot.press("space")
            await until(lambda: (now := wanted(run)) is not None and now.x >= 3 * STEP)
            await pilot.press("left")
            await until(lambda: "playing" not in screen_text(pilot.app))


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 60)])
def test_neighbours_in_the_map_are_neighbours_on_the_screen_in_every_mode(run: RunDirectory, size: tuple[int, int]) -> None:
    @run_async
    async def _() -> None:
        async with walking_in(run, size) as (screen, _):
            await until(lambda: screen.grid.images is not None)
            now = wanted(run)
            assert now is not None
            for mode in (ImageMode.ASCII, ImageMode.BRAILLE, ImageMode.HALF):
                screen.grid.set_mode(mode)
                screen.grid.show(Images(now.columns * now.rows, 28, 28, 1, bytes(28 * 28 * now.columns * now.rows)), across=now.columns)
                grid = screen.grid.grid
                assert grid is not None
                assert (grid.columns, grid.rows) == (now.columns, now.rows), mode


def test_of_a_run_with_classes_there_is_one_image_a_class(run: RunDirectory) -> None:
    @run_async
    async def _() -> None:
        (run.path / "classes").write_text("10")
        async with walking_in(run, (120, 40)) as (screen, _):
            await until(lambda: screen.grid.count == 10)
            assert screen.grid.selected is None


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
def test_each_group_has_its_name_below_its_image(run: RunDirectory, size: tuple[int, int]) -> None:
    told = config.resolve(tables=[config.parse_assignment(text) for text in ("model.conditional=true", "data.clusters=30")])
    run.config_file.write_text(config.to_toml(told))

    @run_async
    async def _() -> None:
        (run.path / "classes").write_text("30")
        async with walking_in(run, size) as (screen, pilot):
            await until(lambda: screen.grid.count == 30)
            shown = screen.grid.shown
            assert shown >= 5
            await until(lambda: f"group {shown - 1} " in screen_text(pilot.app))
            assert all(f"group {number} " in screen_text(pilot.app) for number in range(shown))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
def test_of_many_classes_it_is_said_that_these_are_the_first(run: RunDirectory, size: tuple[int, int]) -> None:
    @run_async
    async def _() -> None:
        (run.path / "classes").write_text("1000")
        async with walking_in(run, size) as (screen, pilot):
            await until(lambda: screen.grid.count == 64)
            hidden = 64 - screen.grid.shown
            await until(lambda: "latents – the first 64 of 1,000 classes" in screen_text(pilot.app))
            assert (f"classes – {hidden} hidden ─" in screen_text(pilot.app)) == (hidden > 0)


@pytest.mark.parametrize("how", ["refuse", "die"])
def test_a_process_that_ends_says_why_and_esc_goes_back(run: RunDirectory, how: str) -> None:
    @run_async
    async def _() -> None:
        (run.path / how).write_text("nothing was saved yet")
        async with walking_in(run) as (screen, pilot):
            await until(lambda: bool(screen.trouble))
            assert ("nothing was saved" if how == "refuse" else "exit code 3") in screen.trouble
            await pilot.press("right", "space", "escape")
            await until(lambda: not isinstance(pilot.app.screen, WalkScreen))


def test_a_run_that_has_saved_nothing_yet_is_waited_for(run: RunDirectory) -> None:
    @run_async
    async def _() -> None:
        (run.checkpoints / "step-000022000.pt").unlink()
        with RunLock(run.lock):
            async with walking_in(run) as (screen, pilot):
                await until(lambda: "waiting for the first checkpoint: s on the run's screen saves one now" in screen_text(pilot.app))
                (run.checkpoints / "step-000000600.pt").touch()
                await until(lambda: screen.grid.images is not None)
                assert not screen.trouble


def test_the_map_is_around_the_place_and_up_is_up() -> None:
    places = around(Wanted(0, seed=0, x=1.0, y=2.0, columns=3, rows=3, spacing=0.5)).view(3, 3, 2)
    assert places[1, 1].tolist() == [1.0, 2.0]
    assert places[1, 2].tolist() == [1.5, 2.0]
    assert places[0, 1].tolist() == [1.0, 2.5]


def test_every_place_is_as_far_from_the_middle_as_the_beginning() -> None:
    begin, u, v = directions(3, 64)
    assert float(begin @ u) == pytest.approx(0, abs=1e-3)
    assert float(v @ u) == pytest.approx(0, abs=1e-3)
    z = place(begin, u, v, torch.randn(200, 2, generator=torch.Generator().manual_seed(0)) * 3)
    assert torch.allclose(z.norm(dim=1), begin.norm().expand(200), rtol=1e-4)
    assert torch.allclose(place(begin, u, v, torch.zeros(1, 2))[0], begin)


def test_it_generates_from_the_newest_checkpoint(cli: Cli) -> None:
    assert cli("--headless", "--name", "told", "--conditional", "--epochs", "1", "--set", "train.batch_size=75", *SMALL).returncode == 0
    run = cli.run("told")
    walker = Walker(run)
    assert (walker.classes, walker.step) == (10, run.newest_step)
    here = Wanted(0, seed=0, x=0.0, y=0.0, columns=1, rows=1, spacing=STEP)
    images = walker.images(here)
    assert images.shape == (10, 1, 28, 28)
    assert not torch.equal(images, walker.images(msgspec.structs.replace(here, x=1.0)))
    newest = run.newest_step
    (run.checkpoints / "best.pt").write_bytes((run.checkpoints / f"step-{newest:09}.pt").read_bytes())
    for checkpoint in run.checkpoints.glob("step-*"):
        checkpoint.unlink()
    assert Walker(run).step == newest, "the best says by itself of which step it is"
    (run.checkpoints / "best.pt").unlink()
    assert Walker(run).step == 0, "of generator.pt alone nobody knows"
    run.generator.unlink()
    with pytest.raises(UserError):
        Walker(run)
