"""The browser of runs with the runs of other machines, which an `ssh` of our own plays."""

import asyncio
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gan_tui.dashboard.browser import Choice, RunsBrowser
from gan_tui.dashboard.far_runs import FarRuns
from gan_tui.dashboard.screens import followed_runs
from gan_tui.run import hosts, places
from gan_tui.run.places import Place, Way
from gan_tui.run.selection import Listed
from gan_tui.run.summary import Summary
from tests.dashboard.conftest import PtyStart
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import append, judged, make_run, run_async, screen_text, until
from tests.fake_ssh import entry, fake_ssh, far_tui
from tests.patience import CEILING

RUNS = (sys.executable, "-m", "gan_tui", "runs")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ssh was told; one run is here."""
    append(make_run(tmp_path, "near"), *judged())
    return fake_ssh(tmp_path, monkeypatch)


def names(app: RunsBrowser) -> list[str]:
    return [row.name for row in app.browser.runs.rows]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (133, 37), (200, 60)])
def test_runs_of_hosts_and_of_here_are_one_list_with_a_column_of_hosts(size: tuple[int, int], log: Path) -> None:
    async def case() -> None:
        with FarRuns(["me@server", "."], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far)
            async with app.run_test(size=size):
                assert "near" in screen_text(app), "nothing waits for a host"
                place = "this machine" if size[0] > 60 else "here"
                await until(lambda: len(names(app)) == 3 and f"me@server and {place} " in screen_text(app))
                await until(lambda: "stopped" not in screen_text(app))
                assert names(app)[0] == "me@server:far-1", "what trains comes first"
                text = uncut(app)
                assert "host" in text
                assert any(line.split()[:3] == ["●", "me@server", "far-1"] for line in text.splitlines())
                assert any("here" in line and "near" in line for line in text.splitlines())
                app.browser.filter_input.value = "tag:good"
                await until(lambda: names(app) == ["me@server:far-2"])

    run_async(case)


def test_what_a_style_transfer_there_has_done_is_no_epochs(log: Path) -> None:
    far_tui(log.parent, [entry(name="painted", task="style", epoch=2, epochs=3)])

    async def case() -> None:
        with FarRuns(["server"], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far)
            async with app.run_test(size=(120, 30)):
                await until(lambda: "painted" in screen_text(app))
                assert "scales" in screen_text(app).splitlines()[1]

    run_async(case)


def test_a_host_may_answer_while_the_list_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list was searched no more then, and nothing said so."""

    class Meanwhile(list[Listed]):
        def __iter__(self) -> Iterator[Listed]:
            asyncio.run(far.ask("second", settings=False))
            return super().__iter__()

    def answered(host: str, *_: object, **__: object) -> hosts.Answer:
        summary = Summary(f"{host}:far", "/far", "completed", False, 1, 1, 1, None, None, 1.0, None, None)
        runs = [Listed(summary, {}, host)]
        return hosts.Answer(host, Meanwhile(runs) if host == "first" else runs)

    monkeypatch.setattr(hosts, "list_of", answered)
    with FarRuns(["first", "second"], "far-tui") as far:
        asyncio.run(far.ask("first", settings=False))
        assert [one.name for one in far.found] == ["first:far"]
        assert [one.name for one in far.found] == ["first:far", "second:far"]


def test_settings_are_asked_for_where_a_filter_needs_them(log: Path) -> None:
    far_tui(log.parent, [entry(settings={"preset": "classic"}), entry(name="far-2", settings={"preset": "mlp-r3"})])

    async def case() -> None:
        with FarRuns(["server"], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far)
            async with app.run_test(size=(80, 24)):
                await until(lambda: len(names(app)) == 2)
                assert "--all-settings" not in log.read_text()
                app.browser.filter_input.value = "preset=mlp-r3"
                await until(lambda: "--all-settings" in log.read_text() and names(app) == ["server:far-2"])

    run_async(case)


@pytest.mark.slow
def test_a_host_that_does_not_answer_is_said_and_holds_nothing_up(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_runs, "ASK_SECONDS", 0.1)

    async def case() -> None:
        with FarRuns(["gone", "slow", "server"], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far)
            async with app.run_test(size=(84, 24)) as pilot:
                await until(lambda: len(names(app)) == 2 and "No route to host" in screen_text(app))
                await until(lambda: "gone (No route to host), slow (asked) and server 1 live" in " ".join(screen_text(app).split()))
                await pilot.resize_terminal(80, 24)
                await until(lambda: "gone (No route to…), slow (asked) and server 1 live" in " ".join(screen_text(app).split()))
                await pilot.press("down")
                assert app.browser.runs.position == 1
                (log.parent / "bin" / "far-tui").write_text("#!/bin/sh\nexit 255\n")
                await until(lambda: "unknown" in screen_text(app).split("far-1")[-1])
                await until(lambda: "server: ssh ended with status 255" in " ".join(screen_text(app).split()))
                assert "│ ssh ended with status 255" in screen_text(app), "of the highlighted run too"
                assert "live" not in screen_text(app), "nobody knows whether it is still being trained"
                assert len(names(app)) == 2
                far_tui(log.parent, [entry(name="far-3")])
                await until(lambda: names(app) == ["server:far-3"])

    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (133, 37), (200, 60)])
def test_why_each_host_is_silent_is_said_to_the_end_where_no_run_is(size: tuple[int, int], log: Path) -> None:
    async def case() -> None:
        with FarRuns(["gone", "denied"], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far)
            async with app.run_test(size=size):
                await until(lambda: "lets it in" in " ".join(uncut(app).split()))
                said = " ".join(uncut(app).split())
                assert "gone: ssh: connect to host gone port 22: No route to host; denied: me@denied: Permission denied (publickey," in said
                assert "gone: No route to host · denied: Permission denied" in said
                assert "gone ✗ and denied ✗" in said or "gone (No route to host) and denied (Permission denied)" in said

    run_async(case)


def test_a_command_that_a_far_run_names_is_the_one_that_works_here(log: Path) -> None:
    why = "out of memory: `gan-tui resume far-2 --batch-size 32` goes on"
    far_tui(log.parent, [entry(name="far-2", state="failed", alive=False, verdict=why, level="bad")])

    async def case() -> None:
        with FarRuns(["server"], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far)
            async with app.run_test(size=(120, 40)) as pilot:
                await until(lambda: "`ssh -t server far-tui resume far-2 --batch-size 32` goes on" in screen_text(app))
                assert screen_text(app).splitlines()[-1].split() == "enter open / filter o order ? help q quit".split()  # noqa: SIM905
                places.come_from(Way("home", "gan-tui", ""))
                app.browser.tell("gone: `gan-tui resume mine` goes on")
                await until(lambda: "`ssh -t home gan-tui resume mine`" in screen_text(app))
                await pilot.press("slash", *"zzz")

    try:
        run_async(case)
    finally:
        places.come_from(None)


def test_what_needs_the_files_of_a_run_is_not_done_to_one_elsewhere(log: Path) -> None:
    async def press(app: RunsBrowser, pilot: "Pilot[Choice]", key: str, words: str) -> None:
        await pilot.press(key)
        await until(lambda: words in screen_text(app))

    async def case() -> None:
        with FarRuns(["server"], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far, at="server:far-2")
            async with app.run_test(size=(120, 40)) as pilot:
                await until(lambda: len(names(app)) == 2)
                app.browser.runs.go_to("server:far-2")
                await press(app, pilot, "space", "the files of this one are on server")
                await press(app, pilot, "d", "only runs of this machine are deleted")
                await press(app, pilot, "a", "`ssh -t server far-tui archive far-2` puts it away")
                await press(app, pilot, "r", "`ssh -t server far-tui resume far-2` goes on")
                await pilot.press("enter")
                await until(lambda: not app.is_running)
                assert app.return_value is not None
                assert (app.return_value.place, app.return_value.alive) == (Place("server", "far-2"), False)

    run_async(case)


def test_a_sweep_of_another_machine_is_a_row_that_opens_its_trials_there(log: Path, terminal: PtyStart) -> None:
    words = "lr: take 0.001: FD 3.5; enter: its trials; `gan-tui sweep --show rates`: table and chart"
    sweep = entry(name="rates", path="/home/me/rates", state="interrupted", alive=False, epoch=2, epochs=3, verdict=words, sweep=True)
    far_tui(log.parent, [sweep])

    async def case() -> None:
        with FarRuns(["server"], "far-tui") as far:
            app = RunsBrowser(log.parent / "runs", far=far)
            async with app.run_test(size=(80, 24)) as pilot:
                await until(lambda: "0 runs, 1 sweep" in uncut(app))
                assert re.search(r"server +rates +sweep +2/3", uncut(app))
                await until(lambda: "`ssh -t server far-tui sweep --show rates`: table and chart" in uncut(app))
                await pilot.press("r")
                await until(lambda: "`ssh -t server far-tui sweep --resume rates` goes on with it" in screen_text(app))

    run_async(case)
    program = log.parent / "bin" / "far-tui"
    program.write_text(program.read_text().replace("\n", '\ncase "$*" in *--reached-by*) exit 3;; esac\n', 1))
    screen = terminal((*RUNS, "--host", "server", "--no-mouse"), {hosts.VARIABLE: "far-tui"})
    screen.wait_for("rates")
    screen.wait_for("›  ✗ server  rates")
    screen.send("\r")
    told = "far-tui runs --reached-by server far-tui --no-mouse --runs-dir /home/me/rates --sort fd"
    deadline = time.monotonic() + CEILING
    while told not in log.read_text().splitlines():
        assert time.monotonic() < deadline, log.read_text()
        screen.pump()
    screen.wait_for("`runs --runs-dir /home/me/rates --sort fd`")
    screen.send("\r")
    screen.wait_for("/ filter")
    screen.send("q")
    assert screen.wait_exit() == 0


def test_enter_opens_it_there_and_comes_back_to_the_list(log: Path, terminal: PtyStart) -> None:
    far_tui(log.parent, [entry(), entry(name="far-2", state="completed", alive=False)], 'echo "the far screen"; read line; exit 3')
    screen = terminal((*RUNS, "--host", "server", "--host", ".", "--no-mouse"), {hosts.VARIABLE: "far-tui"})
    screen.wait_for("far-1")
    screen.send("k")
    screen.wait_for("›  ● server  far-1")
    screen.send("\r")
    screen.wait_for("the far screen")
    assert log.read_text().splitlines()[-4:] == ["-t", "--", "server", "far-tui attach --reached-by server far-tui --no-mouse -- far-1"]
    screen.send("x\r")
    screen.wait_for("`attach far-1` has ended with status 3; enter goes back")
    screen.send("\r")
    screen.wait_for("/ filter")
    screen.wait_for("far-1")
    assert any(line.startswith(" ›") and "far-1" in line for line in screen.text.splitlines())
    screen.send("q")
    assert screen.wait_exit() == 0
