"""No text from outside makes a terminal do anything: every command, every view, an escape sequence in every place."""

import re
import signal
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gan_tui import cli as command_line
from gan_tui import config
from gan_tui.cli import cli, complete
from gan_tui.cli.which_run import RunParameter
from gan_tui.dashboard import themes
from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.dashboard.summary import summary_lines
from gan_tui.printable import printable, printable_lines
from gan_tui.render.glyphs import ASCII, UNICODE
from gan_tui.run import directory, events, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter
from tests.dashboard.helpers import BIRTH, metrics, opened, run_async, screen_text, settle, started, until
from tests.sweep.test_best import grid

CLIPBOARD = "\x1b]52;c;ZXZpbA==\x07"
EVIL = f"evil{CLIPBOARD}\x1b[31m\x9b32m\x9d52;c;eA\x9c\u202eabc\u200b\u2066\x08\r\x7f"
UNPAIRED = EVIL + "\udc9b\ud800"
"""With halves of signs: what Python makes of a file's name that is not UTF-8, and of careless JSON."""
TOML = EVIL.encode("unicode_escape").decode().replace("\\x", "\\u00")


def silent(text: str) -> bool:
    """Does it hold nothing that a terminal could obey, or that turns a line round?"""
    return all(sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs") for sign in text)


def test_the_one_function() -> None:
    assert not silent(EVIL)
    assert silent(printable(UNPAIRED))
    assert printable("plain, übel, 日本, €") == "plain, übel, 日本, €"
    assert printable("two\nlines\x85three\u2028four") == "two lines three four"
    assert printable_lines("  two\nlines\t|") == "  two\nlines |"


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """A trainer in this process listens to signals, and the next test shall not."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which everything that has a name or a text is evil."""
    folder = tmp_path / f"runs{EVIL}"
    monkeypatch.setenv("GAN_TUI_RUNS", str(folder))
    run = told(directory.create(folder, config.resolve(), "told"))
    (run.checkpoints / "step-000000005.pt").write_bytes(EVIL.encode())
    made = directory.create(folder, config.resolve(), "made")
    told(RunDirectory(made.path.rename(folder / EVIL)))
    for name, text in (
        ("key", f'"{TOML}" = 1'),
        ("inner", f'[model]\n"{TOML}" = 1'),
        ("value", f'[train]\ndevice = "{TOML}"'),
        ("preset", f'preset = "{TOML}"'),
        ("raw", EVIL),
    ):
        damaged = directory.create(folder, config.resolve(), name)
        damaged.config_file.write_text(text, "utf-8")
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    grid(folder / "rates", 3.5, 9.0)
    sweep = folder / f"sweep{EVIL}"
    sweep.mkdir()
    (sweep / "sweep.json").write_text(f'{{"settings": ["{TOML}"]}}', "utf-8")
    theme = msgspec.to_builtins(themes.find_theme(None).colours)
    mine = themes.own_folder()
    mine.mkdir(parents=True, exist_ok=True)
    shipped = (themes.shipped_folder() / f"{themes.DEFAULT_THEME}.toml").read_text("utf-8")
    assert theme["description"] in shipped
    (mine / f"own{EVIL}.toml").write_text(shipped.replace(theme["description"], TOML), "utf-8")
    (mine / f"broken{EVIL}.toml").write_text(f'"{TOML}" = "{TOML}"', "utf-8")
    themes.memory_file().parent.mkdir(parents=True, exist_ok=True)
    themes.memory_file().write_text(f"broken{EVIL}", "utf-8")
    presets = config.preset_folder()
    presets.mkdir(parents=True, exist_ok=True)
    (presets / "evil.toml").write_text(f'[about]\ndescription = "{TOML}"\nsource = "{TOML}"\nmeasured = "{TOML}"\n', "utf-8")
    (presets / f"own{EVIL}.toml").write_text("[train]\nepochs = 1\n", "utf-8")
    (presets / "broken.toml").write_text(f'[train]\ndevice = "{TOML}"\n', "utf-8")
    yield folder
    for path in (*mine.iterdir(), *presets.iterdir(), themes.memory_file()):
        path.unlink()


def told(run: RunDirectory) -> RunDirectory:
    """Its log speaks in all the ways that a log can."""
    shares = (0.5, 0.5)
    with EventWriter(run.events) as log:
        log.write(started(device_name=EVIL, device=EVIL))
        log.write(events.Phase(t=BIRTH, name="training"))
        for step in range(1, 60):
            log.write(metrics(step))
            log.write(events.Metrics(t=BIRTH + step, scalars={EVIL: 1.0 * step, f"x{EVIL}": 2.0}, elapsed=1.0 * step, rate=1.0, step=step))
        scores: dict[str, events.Scalar] = {"fd": 3.0, EVIL: 1.0}
        log.write(events.Evaluation(t=BIRTH, scalars=scores, network=EVIL, seconds=1.0, outlook=EVIL, shares=shares, best=True, step=59))
        log.write(events.Verdict(t=BIRTH, rule=EVIL, level="bad", text=EVIL, advice=EVIL, step=59))
        log.write(events.Samples(t=BIRTH, path=f"samples/{EVIL}.png", epoch=1, step=59))
        log.write(events.Checkpoint(t=BIRTH, path=f"checkpoints/{EVIL}", seconds=1.0, step=59))
        log.write(events.Changed(t=BIRTH, setting=EVIL, before=1.0, value=2.0, step=59))
        log.write(events.Bookmark(t=BIRTH, text=EVIL, step=59))
        log.write(events.RolledBack(t=BIRTH, from_step=59, count=1, limit=3, reason=EVIL, step=58))
        log.write(events.Answer(t=BIRTH, id=EVIL, command=EVIL, ok=False, text=EVIL, step=58))
        log.write(events.Note(t=BIRTH, text=EVIL, step=58))
        log.write(events.Error(t=BIRTH, text=EVIL, step=58))
        log.write(events.Finished(t=BIRTH, outcome="failed", epoch=0, elapsed=59.0, step=58))
    run.trainer_log.write_text(f"gan-tui: {EVIL}\n", "utf-8")
    return run


COMMANDS: dict[str, list[list[str]]] = {
    "presets": [[], ["--nope" + EVIL]],
    "themes": [[]],
    "settings": [[]],
    "doctor": [["--nope" + EVIL]],
    "completion": [[EVIL], ["bash"]],
    "control": [[EVIL, "pause"], ["told", EVIL], ["told", "set", EVIL], ["told", "save", EVIL], [f"no{EVIL}", "stop"]],
    "attach": [
        [f"a:{EVIL}"],
        ["a:b", "--remote-command", EVIL],
        [],
        [EVIL],
        [f"no{EVIL}"],
        ["told", "--theme", EVIL],
        ["told", "--images", EVIL],
    ],
    "watch": [[EVIL], [f"no{EVIL}"], ["told", "--theme", f"broken{EVIL}"], ["told", "--fps", EVIL]],
    "runs": [
        [],
        ["--plain"],
        ["--json"],
        ["--runs-dir", f"/nowhere{EVIL}"],
        [EVIL],
        [f"fd<{EVIL}"],
        ["--sort", EVIL],
        ["--settings"],
        [f"{EVIL}=1"],
    ],
    "replay": [["told"], [EVIL], [f"no{EVIL}"], ["told", "--theme", EVIL], ["told", "--speed", EVIL]],
    "cast": [
        ["told", "-o", f"a{EVIL}.mkv"],
        [f"no{EVIL}", "-o", "a.svg"],
        ["told", "-o", "a.gif", "--font", EVIL],
        ["told", "-o", "a.gif", "--size", EVIL],
    ],
    "tag": [["told"], ["told", EVIL], ["told", "-r", EVIL], [EVIL, "good"], [f"no{EVIL}"]],
    "archive": [[f"no{EVIL}"], [EVIL]],
    "rename": [["told", EVIL], [f"no{EVIL}", "x"], [EVIL, "told"]],
    "sample": [["told", "-o", f"a{EVIL}.png"], [EVIL, "-n", EVIL], ["value", "-o", "a.png"], [f"no{EVIL}", "-o", "a.png"]],
    "render": [["told", f"a{EVIL}.png"], [EVIL, "a.png"], ["told", "a.png", "-o", f"a{EVIL}.png"], [f"no{EVIL}", "a.png", "--lines", EVIL]],
    "draw": [["told"], [EVIL], [f"no{EVIL}"], ["told", "--theme", EVIL]],
    "evaluate": [["told"], [EVIL, "--samples", EVIL], ["inner"], [f"no{EVIL}"]],
    "reset": [[EVIL], ["-" + EVIL]],
    "status": [[EVIL], ["--runs-dir", EVIL]],
    "export": [["told", "-o", f"told{EVIL}.csv"], [f"no{EVIL}"], ["told", "-o", f"a{EVIL}/b.csv"]],
    "plot": [
        ["told"],
        [EVIL],
        ["told", EVIL],
        ["told", EVIL, "--color"],
        ["told", "-m", EVIL],
        ["told", "-m", f"no{EVIL}"],
        ["told", "--color", "-m", EVIL, "--theme", f"own{EVIL}"],
        ["told", "-o", f"a{EVIL}.gif"],
        ["told", "-o", f"a{EVIL}/b.txt"],
    ],
    "serve": [[f"no{EVIL}"], ["--host", EVIL], ["--port", EVIL]],
    "served": [[]],  # all else that it prints is the screen, which has a test of its own
    "sweep": [
        ["--show", f"sweep{EVIL}"],
        ["--show", f"no{EVIL}"],
        ["--resume", f"sweep{EVIL}"],
        ["--over", EVIL],
        ["--over", f"{EVIL}=1..2"],
        ["--lr", EVIL],
        ["--trials", "2", "--over", f"loss.name={EVIL},hinge"],
        ["--trials", "2", "--over", f"loss.r1=0..{EVIL}"],
        ["--trials", "2", "--minimise", EVIL],
        ["--join", f"no{EVIL}"],
        ["--show", "rates", "--preset-out", f"a{EVIL}.toml"],
        ["--show", "rates", "-o", f"a{EVIL}.svg"],
        ["--set", EVIL],
        ["--preset", EVIL],
        ["--preset", "broken"],
        ["--name", EVIL],
        ["-o", f"a{EVIL}.gif"],
        ["-o", f"no{EVIL}/a.txt"],
    ],
    "train": [
        ["--preset", EVIL],
        ["--dataset", EVIL],
        ["--dataset", f"folder:/no{EVIL}"],
        ["--data-dir", f"/no{EVIL}"],
        ["--config", f"/no{EVIL}"],
        *(["--config", f"{name}.toml"] for name in ("key", "inner", "value", "preset", "raw")),
        ["--set", EVIL],
        ["--set", f"{EVIL}=1"],
        ["--set", f"train.device={EVIL}"],
        ["--epochs", EVIL],
        ["--name", EVIL],
        ["--theme", f"broken{EVIL}"],
        ["--device", EVIL, "--headless"],
        [f"--{EVIL}"],
        [EVIL],
    ],
    "resume": [
        [f"no{EVIL}"],
        *([name] for name in ("key", "inner", "value", "raw")),
        ["told", "--epochs", EVIL],
        ["told", "--headless"],
        [EVIL, "--headless"],
    ],
    "style": [
        [EVIL],
        [f"no{EVIL}.png", "--style", f"no{EVIL}.png"],
        [f"no{EVIL}.png", "--content", f"no{EVIL}.png", "--style", "b.png"],
        ["a.png", "--style", "b.png", "-o", f"no{EVIL}/a.png"],
        ["a.png", "--style", "b.png", "-o", f"no{EVIL}.jpg"],
        ["a.png", "--style", "b.png", "--set", f"{EVIL}=1"],
        ["a.png", "--style", "b.png", "--init", EVIL],
        ["a.png", "--style", "b.png", "--device", EVIL],
        ["--fast", f"no{EVIL}.png", "--style", "3"],
        ["--fast", "a.png", "--style", EVIL],
    ],
    "repair": [
        [EVIL],
        ["told", f"no{EVIL}.png", "--hole", "1,1,2,2"],
        ["told", "a.png", "--hole", EVIL],
        ["told", "a.png", "--mask", f"no{EVIL}.png"],
    ],
    "sharpen": [
        [f"no{EVIL}", "a.png"],
        ["told", f"no{EVIL}.png"],
        ["told", "--held-out", "3"],
        ["told", "a.png", "--factor", EVIL],
    ],
    "project": [
        [f"no{EVIL}", "a.png"],
        ["told", f"no{EVIL}.png"],
        ["told", "a.png", "-o", f"no{EVIL}.jpg"],
        ["told", "a.png", "--set", f"{EVIL}=1"],
        ["told", "a.png", "--device", EVIL],
    ],
    "run": [
        [],
        [EVIL],
        ["--dry-run", f"no{EVIL}"],
        ["--cwd", f"no{EVIL}", "true"],
        ["--map", EVIL, "true"],
        ["--pattern", f"({EVIL}", "true"],
        ["--name", EVIL, "true"],
    ],
    "animate": [
        [EVIL, "-o", "x.gif"],
        ["told", "-o", "x.gif"],
        ["told", "-o", f"{EVIL}.gif"],
        ["told", "-o", f"{EVIL}.png", "--strip", "3"],
        ["told", "-o", "x.gif", "--walk"],
        [EVIL, "-o", f"{EVIL}.avi"],
    ],
    "notify": [[], ["--test"], ["--example"], [EVIL]],
    "play": [[], [EVIL], ["--theme", EVIL]],
    "report": [
        [EVIL, "-o", "-"],
        ["told", "-o", "-"],
        ["told", "-o", "-", "--format", "md"],
        ["told", "made", "-o", "-"],
        ["told", "-o", f"{EVIL}.html"],
        ["told", "-o", f"no{EVIL}/{EVIL}.html"],
        ["raw", "-o", "-"],
    ],
    "styles": [[], [f"no{EVIL}.png"], [f"no{EVIL}.png", "-o", f"no{EVIL}.jpg"], ["-o", EVIL]],
}


@pytest.mark.parametrize("command", [*cli.commands, ""])
def test_no_command_repeats_an_escape(
    command: str, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert runs.is_dir()
    monkeypatch.chdir(tmp_path)
    spoken = 0
    for arguments in COMMANDS[command] if command else [[EVIL], ["-" + EVIL], ["--version"]]:
        monkeypatch.setattr(sys, "argv", ["gan-tui", *([command] if command else []), *arguments])
        with pytest.raises(SystemExit):
            command_line.main()
        sys.stdout.flush()
        said = capfd.readouterr()
        coloured = "--color" in arguments
        for text in (_without_colours(said.out) if coloured else said.out, said.err):
            assert silent(text), (arguments, text)
        spoken += bool(said.out or said.err)
    assert spoken, "it said something"


def _without_colours(text: str) -> str:
    """What our own colours are made of is ours to send: `ESC [ numbers m`, and nothing else."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_an_answer_is_printed_in_plain(runs: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    run = RunDirectory(runs / "told")

    def answered(control: Path, name: str, text: str = "") -> str:
        assert (control, name) == (run.control, "bookmark")
        with EventWriter(run.events) as log:
            log.write(events.Answer(id="it", command=name, ok=True, text=f"{text}{EVIL}"))
        return "it"

    monkeypatch.setattr(mailbox, "send", answered)
    monkeypatch.setattr(sys, "argv", ["gan-tui", "control", "told", "bookmark", EVIL])
    lock = RunLock(run.lock)
    with pytest.raises(SystemExit):
        command_line.main()
    lock.release()
    said = capfd.readouterr().out
    assert said.startswith("evil")
    assert silent(said)


def test_completion_offers_no_such_names(runs: Path) -> None:
    context = cli.make_context("gan-tui", ["runs", "--plain"])
    context.params["runs_dir"] = runs
    names = [item.value for item in RunParameter().shell_complete(context, cli.params[0], "")]
    names += [item.value for item in complete.themes(context, cli.params[0], "")]
    assert "told" in names
    assert themes.DEFAULT_THEME in names
    assert all(silent(name) for name in names)


KEYS = ("1", "2", "3", "tab", "enter", "right", "escape", "4", "5", "6", "slash", "escape", "question_mark", "escape", "T")
"""Through all views, into a chart, the search of the log, the help and the themes."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["told", EVIL])
def test_no_view_shows_an_escape(name: str, runs: Path) -> None:
    run = RunDirectory(runs / name)

    async def case() -> None:
        for glyphs in (UNICODE, ASCII):
            async with opened(run, Mode.WATCH, (120, 40), glyphs) as (app, pilot):
                seen = []
                for keys in KEYS:
                    await pilot.press(keys)
                    await settle(app)
                    seen.append(screen_text(app))
                assert any("evil" in text for text in seen)
                assert all(silent(text) for text in seen)
                assert silent("\n".join(summary_lines(run, app.snapshot, glyphs)))
                assert silent(app.title)

    run_async(case)


@pytest.mark.slow
def test_the_list_of_runs_shows_no_escape(runs: Path) -> None:
    async def case() -> None:
        app = RunsBrowser(runs, glyphs=UNICODE)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(lambda: "told" in screen_text(app))
            seen = []
            for keys in ("down", "down", "space", "down", "space", "down", "c", "escape", "home"):
                await pilot.press(keys)
                await pilot.pause(0.2)
                seen.append(screen_text(app))
            assert any("evil" in text for text in seen)
            assert all(silent(text) for text in seen)

    run_async(case)
