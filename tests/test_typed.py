"""A mistake on the command line begins with what was typed, and says what is allowed."""

import math
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gan_tui.cli import cli, main
from gan_tui.cli.run_options import TRAIN_OPTIONS, flag_of
from gan_tui.errors import UserError
from tests.conftest import Cli


def said(*arguments: str) -> str:
    """The line; empty where nothing was wrong."""
    found = CliRunner().invoke(cli, arguments, standalone_mode=False).exception
    assert found is None or isinstance(found, UserError | click.ClickException), found
    return "" if found is None else found.format_message() if isinstance(found, click.ClickException) else str(found)


def options() -> Iterator[tuple[str, click.Option]]:
    """Of all commands."""
    for name, command in sorted(cli.commands.items()):
        yield from ((name, one) for one in command.params if isinstance(one, click.Option) and not one.is_flag and not one.hidden)


BAD = ("abc", "nan", "inf", "1e999", "-1", "9" * 400, "ü", "a\x1bb\n")
NUMBERS = [name for name, option in TRAIN_OPTIONS.items() if option.metavar in ("N", "RATE", "TIME", "STEPS", "PIXELS")]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_setting_is_called_by_the_option_that_was_typed(name: str) -> None:
    flag = flag_of(name)
    for value in BAD:
        words = said("train", flag, value)
        assert words.startswith(f"{flag} "), words
        assert ": a " in words
        assert f", as in {flag} " in words


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--batch-size 0", "--batch-size 0: a whole number, 1 to 60,000, as in --batch-size 100"),
        ("--lr=0", "--lr 0: a number above 0, at most 10, as in --lr 0.0003"),
        ("--budget 5", "--budget 5: a time above 0 with its units: s, m, h or d, as in --budget 5m"),
        ("--set train.batch_size=0", "--set train.batch_size=0: a whole number, 1 to 60,000, as in --set train.batch_size=100"),
        ("--set model.leak=2", "--set model.leak=2: a number, 0 or more, below 1, as in --set model.leak=0.2"),
        ("--set abc", "--set abc: not of the form section.key=value"),
        ("--set a.b=1", "--set a.b=1: no setting is called 'a.b'"),
        ("--image-size 64", "--image-size 64: mnist has a size of its own"),
        ("--augment ada --preset outline", "--augment ada: not allowed with model.family = unet"),
        ("--data-dir /nowhere", "--data-dir /nowhere: there is no folder /nowhere"),
        ("--fit round", "--fit round: crop, pad or stretch, as in --fit crop"),
        ("--set optimizer.dlr=1", "--set optimizer.dlr=1: no setting is called 'optimizer.dlr' (optimizer.d_lr?); `gan-tui settings`"),
        ("sweep --over lr_d=1..2", "no setting is called 'lr_d' (optimizer.d_lr?): write --over"),
        ("runs hidde=3", "'hidde=3': there is no 'hidde' (model.hidden?) to be asked for: "),
        ("--preset none", "--preset none: unknown preset: choose one of classic"),
        ("--preset mlp", "--preset mlp: unknown preset (mlp-r3?): choose one of classic"),
        (
            "sweep --preset style-net",
            "--preset style-net: no GAN is trained by it: `gan-tui train --preset style-net`",
        ),
        ("--theme none", "--theme none: unknown theme: choose one of midnight"),
        (
            "sweep --over loss.name=hinge,foo",
            "--over loss.name=hinge,foo: a grid takes numbers, and these are not all: ",
        ),
        ("style a.png --style mosaic", "there is no file mosaic; it is one of the 26 styles of --fast: add --fast"),
        ("style a.png --fast --style README.md", "README.md is a file, and --fast knows 26 styles by name: leave --fast out"),
        ("--name a/b", "--name a/b: cannot name a run: use letters"),
        ("--fps 0", "--fps 0: a number, 0.1 to 20, as in --fps 4"),
        ("--colors pink", "--colors pink: auto, none, 16, 256 or true"),
        ("--from nobody", "--from nobody: there are no runs in "),
        ("sweep --epochs 0", "--epochs 0: a whole number, 1 to 1,000,000"),
        ("sweep --lr abc", "--lr abc: no range: write it as 1e-5..1e-2"),
        ("sweep --over loss.r1", "--over loss.r1: no values"),
        ("sweep --over loss.r1=x..y --trials 4", "--over loss.r1=x..y: no range of numbers"),
        ("style a.png --style b.png --steps 0", "--steps 0: a whole number, 1 to 100,000, as in --steps 60"),
        ("control mine dance", "dance: VERB is pause, resume"),
        ("play dance", "dance: LESSON is begin, collapse"),
        ("--preset conv-small --set loss.gp=10", "loss.penalty = fd is not allowed with loss.gp: "),
        ("sweep --preset conv-small --set loss.gp=10", "loss.penalty = fd is not allowed with loss.gp: "),
        ("sweep --preset none", "--preset none: unknown preset: choose one of classic"),
        ("--set data.classes=[1]", "--set 'data.classes=[1]': a list of names"),
        ("--set data.classes=3", "--set data.classes=3: a list of names"),
    ],
)
def test_the_line_says_what_is_allowed(arguments: str, line: str) -> None:
    assert said(*arguments.split()).startswith(line)


def test_help_comes_before_what_is_wrong() -> None:
    for name in {name for name, option in options() if option.name == "runs_dir"}:
        found = CliRunner().invoke(cli, [name, "--runs-dir", "", "--help"])
        assert found.exit_code == 0, name
        assert found.output.startswith("Usage: "), name


def test_a_flag_of_the_default_command_takes_no_value_though_another_command_has_one(tmp_path: Path) -> None:
    assert said("--dry-run", "--runs-dir", "runs", "--preset", "none").startswith("--preset none: ")
    assert said("--runs-dir", str(tmp_path), "--no-mouse", "watch") == said("watch", "--no-mouse", "--runs-dir", str(tmp_path))


def test_no_argument_is_an_empty_word() -> None:
    """A folder of pictures would be the current one."""
    for words in (("styles", ""), ("style", "", "--style", "a.png"), ("repair", "mine", ""), ("render", "mine", ""), ("tag", "mine", "")):
        line = said(*words)
        assert line.startswith("'': "), line
        assert line.endswith(" is empty: is a variable not set?"), line


def test_no_option_takes_an_empty_value_or_a_number_that_is_none() -> None:
    for name, option in options():
        typed = option.opts[0]
        if option.name != "resume_args":
            assert said(name, typed, "").startswith(f"{typed} ''"), (name, typed)
        if isinstance(option.type, click.types.FloatParamType):
            assert said(name, typed, str(math.nan)).startswith(f"{typed} nan: a number"), (name, typed)


def test_of_a_missing_argument_it_is_said_where_it_stands(tmp_path: Path) -> None:
    assert said("repair") == "RUN is missing: gan-tui repair [OPTIONS] RUN [PICTURE]..."
    assert said("render", "mine") == "OUTLINE is missing: gan-tui render [OPTIONS] RUN OUTLINE"
    (tmp_path / "digit.png").touch()
    assert said("project", str(tmp_path / "digit.png")).endswith(f"the run comes before it: gan-tui project RUN {tmp_path / 'digit.png'}")


@pytest.mark.parametrize("name", ["cast", "animate"])
def test_an_option_that_must_be_said_is_explained_where_it_is_missing(name: str) -> None:
    assert said(name, "mine").startswith("-o FILE is missing: its name says what is made: .")


@pytest.mark.parametrize(
    ("arguments", "near", "far"),
    [
        ("train --epohcs 3", "--epochs", "--fps"),
        ("watch --onec", "--once", "--mouse"),
        ("plot --foo", "", "Did you mean"),
        ("resmue", "(resume?)", "rename"),
        ("wat", "(watch?)", "animate"),
        ("foo", "'foo': `gan-tui --help` lists them", "?)"),
        ("serv", "(serve?)", "served"),
        ("help", "`gan-tui COMMAND --help` explains one", "?)"),
        ("compare a b", "`gan-tui plot RUN RUN` compares runs", "?)"),
        ("stop mine", "`gan-tui control RUN stop` does that", "?)"),
        ("train.py", "`gan-tui run train.py` runs a script", "?)"),
        ("--dataset minst", "(mnist?)", "emnist?"),
        ("--loss hindge", "(hinge?)", "wasserstein?"),
        ("--set model.family=mpl", "(mlp?)", "r3?"),
        ("export mine --format tensorbord", "(tensorboard?)", "wandb?"),
        ("play colapse", "(collapse?)", "cure?"),
        ("sweep --minimise coverge --trials 2", "(coverage?)", "copies?"),
        ("--theme midnigt", "(midnight?)", "paper?"),
    ],
)
def test_only_what_is_near_is_suggested(
    arguments: str, near: str, far: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--foo` was answered with --color, --log and --smooth, `--epohcs` with --fps besides."""
    monkeypatch.setattr("sys.argv", ["gan-tui", *arguments.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    line = capsys.readouterr().err
    assert (ended.value.code, line.count("\n")) == (2, 1)
    assert near in line
    assert far not in line


def test_an_option_that_is_not_there_names_the_help(cli: Cli) -> None:
    assert "`gan-tui train --help` lists the options" in cli("--frobnicate").stderr
    assert "`gan-tui presets --help` says what it takes" in cli("presets", "nix").stderr
