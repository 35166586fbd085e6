"""`style` with folders: a contact sheet, slowly as a run or in one pass a cell."""

from pathlib import Path

import pytest
from PIL import Image

from gan_tui.config import StyleConfig
from gan_tui.run.events import Epoch, Samples, Verdict
from gan_tui.run.log import read_all, read_state
from gan_tui.spec.tasks import STYLE_SHEET
from tests.conftest import Cli, events_of, last_step, wait_for
from tests.training.transfer.pictures import saved, size_of

SHORT = ("--size", "64", "--scales", "1", "--headless", "--name", "it")
SIDE, GAP, LABEL = 200, 6, 24


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two contents, one lying and one standing, and a file that is none; two styles."""
    contents, styles = tmp_path / "contents", tmp_path / "styles"
    for folder in (contents, styles):
        folder.mkdir()
    disc, stripes = saved(tmp_path)
    with Image.open(disc) as picture:
        picture.save(contents / "lying.png")
        picture.rotate(90, expand=True).save(contents / "standing.png")
    (contents / "notes.txt").write_text("no picture")
    with Image.open(stripes) as picture:
        picture.save(styles / "a.png")
        picture.rotate(180).save(styles / "b.png")
    return contents, styles


@pytest.mark.slow
def test_a_sheet_is_a_run_that_stops_and_goes_on(cli: Cli, folders: tuple[Path, Path], tmp_path: Path) -> None:
    contents, styles = folders
    target = tmp_path / "sheet.png"
    process = cli.start("style", "--content", str(contents), "--style", str(styles), "-o", str(target), "--steps", "5", *SHORT)
    run = cli.run("it")
    wait_for(lambda: run.alive and last_step(run) >= 6, what="the second cell")
    cli("control", "it", "stop")
    said, _ = process.communicate()
    assert "left out of" in said
    assert "notes.txt is not a picture" in said
    assert 6 <= last_step(run) < 20
    resumed = cli("resume", "it", "--headless")
    assert resumed.returncode == 0, resumed.stderr
    state = read_state(run.events)
    assert (state.outcome, state.step, state.epochs_done) == ("completed", 20, 4)
    assert len({event.epoch for event in events_of(run, Epoch) if isinstance(event, Epoch)}) == 4
    cells = [run.samples / f"cell-{number}.png" for number in (1, 2, 3, 4)]
    assert [size_of(cell) for cell in cells] == [(64, 48), (64, 48), (48, 64), (48, 64)]
    width, height = GAP + 3 * (SIDE + GAP), GAP + (150 + LABEL + GAP) + (150 + LABEL + GAP) + (200 + LABEL + GAP)
    assert size_of(run.picture) == size_of(target) == (width, height)
    with Image.open(run.picture) as sheet:
        for left in (GAP + SIDE + GAP, GAP + 2 * (SIDE + GAP)):
            assert len(sheet.crop((left, height - 150, left + SIDE, height - 60)).getcolors(1 << 20) or []) > 50, "a cell is drawn"
    assert run.settings_of(StyleConfig).pictures.contents[0].endswith("lying.png")
    said_last = [event for event in read_all(run.events) if isinstance(event, Verdict)][-1]
    assert said_last.text.startswith("standing in the style of b (4 of 4): content: ")
    assert [event.path for event in read_all(run.events) if isinstance(event, Samples)][-1] == "samples/cell-4.png"
    film = cli("animate", "it", "-o", str(tmp_path / "film.gif"))
    assert film.returncode == 2
    assert f"it is {STYLE_SHEET.what}" in film.stderr


def test_one_pass_a_cell(cli: Cli, folders: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "fast.png"
    done = cli("style", "--fast", "--content", str(folders[0]), "--style", "mosaic", "--style", "3", "--size", "48", "-o", str(target))
    assert done.returncode == 0, done.stderr
    assert size_of(target)[0] == GAP + 3 * (SIDE + GAP)
    assert not cli.runs_dir.exists()


@pytest.mark.parametrize(("ways", "most"), [(("--fast", "--style", "mosaic"), 16), (("--style", "a.png"), 64)])
def test_a_folder_of_too_many_is_refused_and_not_cut(ways: tuple[str, ...], most: int, cli: Cli, tmp_path: Path) -> None:
    many, picture = tmp_path / "many", Image.new("RGB", (20, 20))
    many.mkdir()
    picture.save(tmp_path / "a.png")
    for number in range(most + 1):
        picture.save(many / f"{number}.png")
    (many / "notes.txt").write_text("no picture")
    target = tmp_path / "sheet.png"
    words = [str(tmp_path / word) if word == "a.png" else word for word in ways]
    refused = cli("style", "--content", str(many), *words, "--size", "32", "-o", str(target), "--headless")
    assert refused.returncode == 2
    assert (
        refused.stderr == f"gan-tui: there are more than {most} pictures in the folder {many}, the most of a sheet: take fewer pictures\n"
    )
    assert not target.exists()
    assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--fast", "--style", "3", "--share", "1"], "of a folder each --style is a column"),
        (["--compare", "--style", "3"], "--compare is of one picture"),
        (["--fast", "--style", "paintings"], "'paintings'"),
        (["--style", "styles", "--share", "2"], "each --style is a column of its own: leave --share out"),
        (["--style", "styles", "--frames", "2"], "--frames 2: "),
        (["--style", "empty"], "/empty"),
        (["--style", "many"], "are more than the 64 cells of a sheet"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_run(words: list[str], why: str, cli: Cli, folders: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "many").mkdir()
    for number in range(33):
        Image.new("RGB", (20, 20), (number, 0, 0)).save(tmp_path / "many" / f"{number}.png")
    here = [str(tmp_path / word) if (tmp_path / word).is_dir() else word for word in words]
    refused = cli("style", str(folders[0]), *here, "--headless")
    assert refused.returncode == 2
    assert why in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir())
