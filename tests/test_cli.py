"""The command line as a process."""

import errno
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from click.testing import CliRunner
from PIL import Image

import gan_tui.cli
from gan_tui.cli import cli as group
from gan_tui.cli.wrapping import wrapped
from gan_tui.config import InversionConfig, parse_assignment, resolve
from gan_tui.errors import UserError
from gan_tui.run import directory, events
from tests.conftest import SMALL, Cli, events_of, last_step, wait_for
from tests.patience import CEILING

LINE = re.compile(
    r"Epoch \[(\d+)/(\d+)\], Step\[(\d+)/(\d+)\], d_loss: (\d+\.\d{4}), g_loss: (\d+\.\d{4}), D\(x\): (\d\.\d\d), D\(G\(z\)\): (\d\.\d\d)"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("--lr -1", "--lr -1: "),
        ("train --epochs many", "--epochs many: "),
        ("--preset nope", "--preset nope: "),
        ("--dataset nope", "--dataset nope: "),
        ("--theme nope", "--theme nope: "),
        ("--set nope=1", "--set nope=1: "),
        ("--config nope.toml", "nope.toml"),
        ("--name ../up", "--name ../up: "),
        ("--runs-dir /dev/null/x", "/dev/null/x"),
        ("--headless --device cuda:99", "'cuda:99'"),
        ("--headless --device cuda:999", "'cuda:999'"),
        ("--headless --engine graph --device cpu", "'graph'"),
        ("--headless --device cpu --set model.hidden=65536 --set model.hidden_layers=64", "model.hidden"),
        ("--runs-dir ~nosuch/x", "home of an unknown user"),
        (f"watch {'x' * 3000}", "--runs-dir"),
        ("watch ~nosuch/x", "home of an unknown user"),
        ("--bogus", "--bogus"),
        ("nope", "'nope'"),
        ("attach", "is being trained"),
        ("watch nope", "--runs-dir"),
        ("resume nope", "--runs-dir"),
        ("control nope pause", "--runs-dir"),
        ("control nope dance", "dance: VERB is "),
        ("sample nope", "say where the images shall go"),
        ("sample nope -o a.png", "--runs-dir"),
        ("sample nope -o s.txt", "s.txt"),
        ("sample nope -o grid", " grid "),
        ("sample nope --npy s.png", "s.png"),
        ("sweep --lr 1e-4..1e-3 -o chart.png", "chart.png"),
        ("sample nope -n 0 -o a.png", "-n 0: "),
        ("completion csh", "csh: "),
    ],
)
def test_every_mistake_is_one_line_that_names_it(cli: Cli, arguments: str, named: str) -> None:
    done = cli(*arguments.split())
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("gan-tui: training ")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("gan-tui: ")
    assert named in lines[0]
    assert done.stdout == ""
    if "--headless" not in arguments:
        assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir()), "a mistake makes no run"


WITH_ASCII = sorted(name for name, command in group.commands.items() if any("--ascii" in option.opts for option in command.params))


@pytest.mark.parametrize("name", WITH_ASCII)
def test_an_option_may_stand_before_its_command(name: str) -> None:
    seen = CliRunner().invoke(group, ["--theme", "paper", "--ascii", name, "--help"])
    assert f"Usage: cli {name} " in seen.output
    assert {"style", "attach", "train"} < set(WITH_ASCII)


def test_the_name_of_a_command_as_an_options_value_is_none() -> None:
    assert "Usage: cli train " in CliRunner().invoke(group, ["--name", "style", "--ascii", "--help"]).output


@pytest.mark.parametrize(("columns", "widest"), [(80, 80), (120, 120), (10, 40)])
def test_lines_for_a_terminal_break_between_words(columns: int, widest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    finding = "steps captured in CUDA graphs: the MLPs' as in manual-grad, others as in eager; runs on cuda; chosen by itself on cuda"
    lead = "engine graph        "
    assert wrapped(finding, io.StringIO(), lead) == [lead + finding], "a file has whole lines"
    lines = wrapped(finding, FakeTerminal(), lead)
    assert max(map(len, lines)) <= widest
    assert {line[:20] for line in lines[1:]} == {" " * 20}
    assert " ".join(line[20:] for line in lines) == finding


@pytest.mark.parametrize("columns", [20, 30, 50, 80])
def test_a_command_stays_whole_where_a_line_is_broken(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    command = "`gan-tui resume my-first-run --budget 5m`"
    text = f"gan-tui: my-first-run is complete and not being trained any more: {command} goes on with it"
    lines = wrapped(text, FakeTerminal())
    assert " ".join(lines) == text
    assert any(command in line for line in lines)
    assert max(len(line) for line in lines if command not in line) <= columns


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_settings_of_a_section_or_by_a_part_of_their_names(cli: Cli) -> None:
    listed = cli("settings", "search").stdout.splitlines()
    assert listed[0] == "gan-tui repair, sharpen and project:"
    assert all(line.startswith("search.") for line in listed[1:])
    found = {line.partition(" = ")[0] for line in cli("settings", "lr").stdout.splitlines()}
    assert {"optimizer.g_lr", "optimizer.d_lr", "train.lr"} == {word for word in found if "." in word}
    wrong = cli("settings", "serach")
    assert (wrong.returncode, "called 'serach' (search?)" in wrong.stderr) == (2, True)


def test_an_unknown_setting_of_another_kind_of_run_is_one_short_line(cli: Cli) -> None:
    wrong = cli("style", "a.png", "--style", "b.png", "--set", "transfer.step=1")
    assert wrong.returncode == 2
    assert "(transfer.steps?); `gan-tui settings transfer` lists those of such a run" in wrong.stderr
    assert len(wrong.stderr) < 200
    with pytest.raises(UserError) as caught:
        parse_assignment("model.hiden=1", InversionConfig)
    assert "hidden" not in str(caught.value), "which is for the training of its generator"


def test_the_lists(cli: Cli) -> None:
    assert "classic" in cli("presets").stdout
    assert {"midnight", "okabe-ito"} <= set(cli("themes").stdout.split())
    every = cli("settings").stdout
    assert "optimizer.g_lr = 0.0003" in every
    assert {f"{key} =" for key in ("search.rate", "pictures.styles", "transfer.steps", "train.lr")} <= {
        f"{line.partition(' = ')[0]} =" for line in every.splitlines()
    }, "all that --set changes"
    assert cli("--version").stdout.startswith("gan-tui ")
    top, train = cli("--help").stdout, cli("train", "--help").stdout
    for command in ("attach", "watch", "resume", "runs", "plot", "control", "sample", "presets", "themes"):
        assert f"  {command} " in top
    for option in ("--preset", "--dataset", "--epochs", "--batch-size", "--lr", "--latent-dim", "--device", "--seed", "--runs-dir",
                   "--name", "--headless", "--log-every", "--checkpoint-every", "--theme", "--set", "--config"):  # fmt: skip
        assert option in train
    assert json.loads(cli("runs", "--json").stdout) == []
    doctor = cli("doctor")
    assert doctor.returncode == 0, doctor.stderr
    columns = {len(line) - len(line.split("  ", 1)[1].lstrip()) for line in doctor.stdout.splitlines()}
    assert len(columns) == 1, doctor.stdout
    assert re.search(r"^engine manual-grad .*chosen by itself on cpu$", doctor.stdout, re.MULTILINE)
    assert re.search(r"^MNIST .*intact", doctor.stdout, re.MULTILINE)


def test_shell_completion(cli: Cli) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_GAN_TUI_COMPLETE" in cli("completion", shell).stdout
    directory.create(cli.runs_dir, resolve(), "harvest")

    program = Path(sys.executable).with_name("gan-tui")

    def complete(words: str) -> str:
        environment = cli.environment | {"_GAN_TUI_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()))}
        return subprocess.run([program], env=environment, capture_output=True, text=True, check=False).stdout

    assert "plain,harvest" in complete("gan-tui watch ")
    assert "plain,classic" in complete("gan-tui train --preset ")
    assert "plain,midnight" in complete("gan-tui train --theme ")


@pytest.mark.slow
def test_one_headless_epoch_of_classic_is_the_tutorials(cli: Cli) -> None:
    cli.digits = 0
    done = cli("train", "--headless", "--epochs", "1", "--name", "one")
    assert done.returncode == 0, done.stderr
    matches = [LINE.fullmatch(line) for line in done.stdout.splitlines()]
    assert all(matches), done.stdout
    assert [(m[1], m[2], m[3], m[4]) for m in matches if m] == [("0", "1", "300", "600"), ("0", "1", "600", "600")]
    run = cli.run("one")
    # A single step's numbers swing with every rounding; their means over the second half of the epoch do not.
    half = [event for event in events_of(run, events.Metrics) if isinstance(event, events.Metrics) and event.step > 300]
    means = {name: sum(float(event.scalars[name]) for event in half) / len(half) for name in half[0].scalars}
    assert 0.1 <= means["d_loss"] <= 1.1
    assert 1 <= means["g_loss"] <= 7
    assert 0.6 <= means["D(x)"] <= 1.0
    assert 0.05 <= means["D(G(z))"] <= 0.4
    for path in (run.real_images, run.samples / "fake_images-0001.png"):
        with Image.open(path) as grid:
            assert grid.size == (302, 302), "ten by ten digits, two pixels apart"
    for path in (run.preview, run.generator, run.discriminator, run.checkpoints / "step-000000600.pt"):
        assert path.exists()
    kinds = [type(event).__name__ for event in events_of(run, events.AnyEvent)]  # type: ignore[arg-type]
    assert {"Started", "Metrics", "Epoch", "Samples", "Checkpoint", "Finished"} <= set(kinds)

    listed = json.loads(cli("runs", "--json").stdout)
    assert [(entry["name"], entry["state"], entry["alive"], entry["epoch"], entry["step"]) for entry in listed] == [
        ("one", "completed", False, 1, 600)
    ]
    assert listed[0]["path"] == str(run.path)
    assert listed[0]["started"].startswith("20")
    assert "completed" in cli("runs").stdout


@pytest.mark.slow
def test_sample(cli: Cli, tmp_path: Path) -> None:
    assert cli("--headless", "--epochs", "1", "--batch-size", "150", "--name", "quick", *SMALL).returncode == 0
    grid, array = tmp_path / "grid.png", tmp_path / "images.npy"
    done = cli("sample", "quick", "-n", "5", "-o", str(grid), "--npy", str(array), "--seed", "3")
    assert done.returncode == 0, done.stderr
    images = numpy.load(array)
    assert images.shape == (5, 28, 28)
    assert images.dtype == numpy.uint8
    assert images.std() > 0
    with Image.open(grid) as picture:
        assert picture.size == (3 * 30 + 2, 2 * 30 + 2)
    assert cli("sample", "qui", "-n", "3", "--npy", str(tmp_path / "again.npy"), "--seed", "3").returncode == 0
    assert (numpy.load(tmp_path / "again.npy") == images[:3]).all(), "same seed, same images"
    assert cli("sample", "latest", "-n", "5", "--npy", str(tmp_path / "other.npy"), "--seed", "4").returncode == 0
    assert (numpy.load(tmp_path / "other.npy") != images).any()
    assert f"wrote {grid}" in done.stdout
    kept = grid.read_bytes()
    refused = cli("sample", "quick", "-n", "5", "-o", str(grid), "--seed", "9")
    assert (refused.returncode, grid.read_bytes()) == (2, kept), "nothing is overwritten"
    assert cli("sample", "quick", "-o", "/dev/null").returncode == 0, "a device has no kind"
    refused = cli("sample", "quick", "-o", "/dev/null/x.png")
    assert refused.returncode == 2
    assert "/dev/null/x.png" in refused.stderr


@pytest.mark.slow
def test_what_cannot_be_measured_is_named_with_its_reason(cli: Cli) -> None:
    assert cli("--headless", "--epochs", "1", "--batch-size", "150", "--name", "quick", *SMALL).returncode == 0
    done = cli("evaluate", "quick", "--samples", "100", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["missing"]) == {name for name, value in found["scalars"].items() if value is None} == {"diversity", "diversity_min"}
    lines = [line for line in cli("evaluate", "quick", "--samples", "100").stdout.splitlines() if "diversity" in line]
    assert len(lines) == 2
    assert all(why in line for why, line in zip(found["missing"].values(), lines, strict=True)), "and people are told the same"


def test_a_completed_run_is_gone_on_with_as_attach_says(cli: Cli) -> None:
    assert cli("--headless", "--epochs", "1", "--batch-size", "150", "--name", "quick", *SMALL).returncode == 0
    refused = cli("attach", "quick")
    assert refused.returncode == 2
    (command,) = re.findall(r"`gan-tui (resume [^`]*)`", refused.stderr)
    done = cli(*command.replace("N", "2").split(), "--headless")
    assert done.returncode == 0, done.stderr


def test_control_reaches_a_training_run(cli: Cli) -> None:
    cli.start("--headless", "--epochs", "1000", "--batch-size", "75", "--name", "live", *SMALL)
    run = cli.run("live")
    wait_for(lambda: run.alive and last_step(run) > 5, what="training")

    assert cli("control", "live", "pause").stdout.startswith("paused at step ")
    paused_at = last_step(run)
    listed = json.loads(cli("runs", "--json").stdout)[0]
    assert (listed["state"], listed["alive"]) == ("paused", True)
    assert cli("control", "live", "save").returncode == 0
    assert (run.checkpoints / f"step-{paused_at:09d}.pt").exists()
    assert cli("control", "live", "sample").returncode == 0
    assert last_step(run) == paused_at, "it stood still"
    assert cli("resume", "live", "--headless").returncode == 2
    assert cli("control", "live", "resume").returncode == 0
    wait_for(lambda: last_step(run) > paused_at, what="training on")
    assert cli("control", "live", "stop").returncode == 0
    assert not run.alive
    assert events_of(run, events.Finished)
    gone = cli("control", "live", "pause")
    assert gone.returncode == 2
    assert "not being trained" in gone.stderr


def test_config_file_and_precedence(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[train]\nepochs = 7\nbatch_size = 6000\n[optimizer]\ng_lr = 0.001\n")
    done = cli(
        "--headless", "--config", str(tmp_path / "mine.toml"), "--epochs", "1", "--set", "optimizer.d_lr=2e-4", "--name", "mixed", *SMALL
    )
    assert done.returncode == 0, done.stderr
    settings = cli.run("mixed").config()
    assert (settings.train.epochs, settings.train.batch_size) == (1, 6000)
    assert (settings.optimizer.g_lr, settings.optimizer.d_lr) == (0.001, 0.0002)
    assert "torch = " in cli.run("mixed").config_file.read_text()


def test_a_closed_pipe_stops_and_saves(cli: Cli) -> None:
    process = cli.start("--headless", "--epochs", "1000", "--batch-size", "75", "--log-every", "5", "--name", "piped", *SMALL)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(CEILING) == 0
    assert events_of(cli.run("piped"), events.Finished)


@pytest.mark.slow
def test_a_diverging_run_says_so_and_keeps_its_checkpoint(cli: Cli) -> None:
    wild = ["optimizer.eps=1e-30", "optimizer.beta2=0", "model.hidden_layers=20", "model.hidden=512", "samples.count=4"]
    options = [word for setting in wild for word in ("--set", setting)]
    done = cli("--headless", "--epochs", "3", "--batch-size", "75", "--name", "wild", "--lr", "10", *options)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert re.search(r"gan-tui: .*(nan|inf|NaN).*--lr", done.stderr), done.stderr
    assert "failed" in cli("runs").stdout


def test_one_strange_run_does_not_hide_the_others(cli: Cli) -> None:
    for name in ("good", "late", "pipe", "odd\x1b[31m\nname"):
        run = cli.run(name)
        run.path.mkdir(parents=True)
        run.config_file.write_text("")
    cli.run("late").events.write_text('{"kind":"note","t":1e300,"text":"from the far future"}\n{"kind":"note","t":1,"step":-5,"text":""}\n')
    os.mkfifo(cli.run("pipe").events)
    listed = cli("runs")
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == 4
    assert "\x1b" not in listed.stdout
    assert listed.stdout.count(" 0/200 epochs done  step") == 4
    assert len(json.loads(cli("runs", "--json").stdout)) == 4


def test_output_that_cannot_be_written_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-m", "gan_tui", "presets"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(f": {os.strerror(errno.ENOSPC).lower()}\n")
    assert done.stderr.count("\n") == 1


def test_a_command_is_imported_by_itself_and_every_module_is_where_its_commands_are_looked_for() -> None:
    """`gan-tui status` in a shell's prompt does not wait for those of all others."""
    asked = "import sys; from gan_tui.cli import cli; cli.get_command(None, 'status'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "gan_tui.cli.status" in loaded
    assert not {"gan_tui.cli.sweep", "gan_tui.cli.style", "gan_tui.dashboard", "torch", "textual"} & set(loaded)
    assert set(group.homes) == set(group.commands)
    folder = Path(gan_tui.cli.__file__).parent
    assert {path.stem for path in folder.glob("*.py") if "@cli.command" in path.read_text()} == set(group.homes.values())
