"""View 6 of a script's run: what it printed last, from the file that has all of it."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.config import CommandConfig
from gan_tui.dashboard.printed import MOST_BYTES, Printed
from gan_tui.render.text import LONGEST
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.lock import RunLock
from tests.dashboard.helpers import BIRTH, append, judged, opened, run_async, screen_text, until


@pytest.fixture
def script(tmp_path: Path) -> RunDirectory:
    run = directory.create(tmp_path, CommandConfig(command=("python", "train.py"), cwd="/"), "theirs")
    append(
        run,
        events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0),
        events.Phase(t=BIRTH, name="training"),
        events.Metrics(t=BIRTH + 1, step=39, scalars={"loss": 0.25}, elapsed=1.0, rate=900.0),
    )
    run.trainer_log.write_text("".join(f"line {number}: loss 0.25\n" for number in range(40)))
    return run


@pytest.mark.parametrize("size", ["60x20", "80x24", "120x40"])
def test_the_last_ten_lines_at_least_and_the_file_that_has_them_all(script: RunDirectory, size: str) -> None:
    frame = CliRunner().invoke(cli, ["watch", str(script.path), "--once", "--size", size, "--view", "6"]).output
    path = next(line for line in frame.splitlines() if line.startswith(" printed  /"))
    assert path.endswith(".log"), "a long one is cut in its middle"
    shown = [line.strip() for line in frame.splitlines() if line.strip().startswith("line ")]
    assert len(shown) >= 10
    assert shown == [f"line {number}: loss 0.25" for number in range(40 - len(shown), 40)]
    assert "started on host" in frame, "what happened is there as well"


def test_a_line_that_is_cut_says_so(script: RunDirectory) -> None:
    script.trainer_log.write_text("x" * (LONGEST - 1) + "yz" + "\n")
    frame = CliRunner().invoke(cli, ["watch", str(script.path), "--once", "--size", "120x40", "--view", "6"]).output
    assert "x…" in frame
    assert "y" not in frame.partition("xxx")[2].partition("…")[0]


def test_a_bar_that_there_is_no_room_for_is_left_out_and_words_stay_whole(script: RunDirectory) -> None:
    words = ("Epoch 8/40:  16%", " 16/100 [00:00<00:02, 31.23it/s, d_loss=0.9663, g_loss=0.8864]")
    script.trainer_log.write_text(f"{words[0]}|{'█' * 6}▌{' ' * 33}|{words[1]}\n")
    frame = CliRunner().invoke(cli, ["watch", str(script.path), "--once", "--size", "40x12", "--view", "6"]).output
    rows = [line.strip() for line in frame.splitlines()[-4:-1]]
    assert rows == ["Epoch 8/40: 16% 16/100 [00:00<00:02,", "31.23it/s, d_loss=0.9663,", "g_loss=0.8864]"]


@pytest.mark.slow
def test_what_comes_is_followed_and_a_bar_that_is_drawn_over_itself_is_one_line(script: RunDirectory) -> None:
    async def case() -> None:
        with RunLock(script.lock):
            async with opened(script) as (app, pilot):
                await pilot.press("6")
                await until(lambda: "line 39" in screen_text(app))
                with script.trainer_log.open("ab") as file:
                    file.write("".join(f"\r{done:3d}%|{'█' * done}{' ' * (100 - done)}| {done}/100" for done in range(101)).encode())
                    file.write("\n\x1b[31mred\x1b[0m \x1b]52;c;aGk=\x07 \u202eturned\tend\n".encode())
                await until(lambda: "turned" in screen_text(app))
                lines = [line for line in screen_text(app).splitlines() if "█|" in line or "/100" in line]
                assert len(lines) == 1, "narrower than it was drawn, and whole"
                assert lines[0].strip().startswith("100%|█")
                assert lines[0].strip().endswith("█| 100/100")
                assert not {"\x1b", "\u202e", "\x07"} & set(screen_text(app))
                assert "aGk" not in screen_text(app)

    run_async(case)


def test_f_gives_it_the_whole_view_and_there_it_is_scrolled(script: RunDirectory) -> None:
    async def case() -> None:
        async with opened(script) as (app, pilot):
            await pilot.press("6")
            await until(lambda: "line 39" in screen_text(app))
            assert "line 20:" not in screen_text(app)
            await pilot.press(*"fffff")
            await until(lambda: "started on host" not in screen_text(app) and "line 25:" in screen_text(app))
            await pilot.press("home")
            await until(lambda: "line 0:" in screen_text(app) and "line 39:" not in screen_text(app))
            await pilot.press("end")
            await until(lambda: "line 39:" in screen_text(app))
            await pilot.press("f")
            await until(lambda: "started on host" in screen_text(app))

    run_async(case)


def test_of_a_large_file_the_end_is_read(script: RunDirectory) -> None:
    with script.trainer_log.open("wb") as file:
        file.truncate(20 * MOST_BYTES)  # zeros without an end of a line
        file.seek(0, 2)
        file.write(b"\nthe last words\n")
    printed = Printed(script, lambda: 0.0)
    assert printed.look()
    assert list(printed.lines) == ["the last words"]
    assert not printed.look(), "nothing is new"


@pytest.mark.parametrize("kind", ["none", "empty", "pipe"])
def test_where_nothing_came_the_log_has_the_room(script: RunDirectory, kind: str) -> None:
    script.trainer_log.unlink()
    if kind == "empty":
        script.trainer_log.touch()
    elif kind == "pipe":
        os.mkfifo(script.trainer_log)
    frame = CliRunner().invoke(cli, ["watch", str(script.path), "--once", "--size", "80x24", "--view", "log"]).output
    assert "started on host" in frame
    assert "printed" not in frame


def test_gan_tuis_own_training_has_its_log_alone(run: RunDirectory) -> None:
    append(run, *judged())
    run.trainer_log.write_text("a warning of torch's\n")
    frame = CliRunner().invoke(cli, ["watch", str(run.path), "--once", "--size", "80x24", "--view", "log"]).output
    assert "a warning" not in frame
