"""What a shell offers, by the words that click hands over: names of runs, trials and sweeps, and values of settings."""

import shlex
import subprocess
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from gan_tui import config
from gan_tui.cli import cli
from gan_tui.cli.bash_words import BashWords
from gan_tui.run import directory, label


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run, and a sweep of two trials."""
    monkeypatch.setenv(directory.RUNS_VARIABLE, str(tmp_path))
    directory.create(tmp_path, config.resolve(), "harvest")
    for name in ("001", "002"):
        directory.create(tmp_path / "rates", config.resolve(), name)
    (tmp_path / "rates" / "sweep.json").write_text("{}")
    label.write(tmp_path / "harvest", label.Label(tags=("good", "paper")))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "config").write_text(SSH)
    return tmp_path


SSH = """
Host *
  User me
host gpu1 gpu2 *.example.org !gpu3 -oProxyCommand
Match host other
Host = "quoted" gpu1
  HostName host.example.org
"""


def offered(words: str) -> list[str]:
    """Behind these words; the last one is what has been typed so far."""
    *before, incomplete = words.split(" ")
    return [item.value for item in ShellComplete(cli, {}, "gan-tui", "_GAN_TUI_COMPLETE").get_completions(before, incomplete)]


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("wat", ["watch"]),
        ("--budg", ["--budget"]),
        ("watch ", ["latest", "harvest", "rates/"]),
        ("watch ha", ["harvest"]),
        ("plot rates/", ["rates/001", "rates/002"]),
        ("report harvest ra", ["rates/001", "rates/002"]),
        ("watch nothing/", []),
        ("attach gp", ["gpu1:", "gpu2:"]),
        ("watch q", ["quoted:"]),
        ("plot gp", []),
        ("runs --host ", [".", "gpu1", "gpu2", "quoted"]),
        ("runs --host gp", ["gpu1", "gpu2"]),
        ("runs ta", ["tag:good", "tag:paper"]),
        ("runs tag:p", ["tag:paper"]),
        ("runs !tag:", ["!tag:good", "!tag:paper"]),
        ("tag harvest p", ["paper"]),
        ("tag harvest -r g", ["good"]),
        ("sweep --show ", ["latest", "rates"]),
        ("sweep --join ra", ["rates"]),
        ("sweep --preset mlp-r", ["mlp-r3"]),
        ("sweep --minimise fd", ["fd", "fd_floor"]),
        ("sweep --over loss.r", ["loss.r1=", "loss.r2="]),
        ("sweep --set model.cond", ["model.conditional="]),
        ("plot harvest --metric lo", ["losses"]),
        ("runs --sort st", ["step", "state"]),
        ("train --dataset mn", ["mnist"]),
        ("train --fit ", ["crop", "pad", "stretch"]),
        ("train --device c", ["cpu", "cuda", "cuda:0"]),
        ("train --engine man", ["manual-grad"]),
        ("train --from h", ["harvest"]),
        ("train --set model.conditional=", ["model.conditional=true", "model.conditional=false"]),
        ("train --set train.stop=p", ["train.stop=plateau"]),
    ],
)
def test_offered(words: str, wanted: list[str]) -> None:
    assert sorted(offered(words)) == sorted(wanted)


def in_bash(pieces: str, line: str, folder: Path) -> tuple[list[str], list[str]]:
    """Of words as bash splits them: what the program was asked for, and what bash puts in place of the last piece."""
    answers = "plain,model.conditional=true\nplain,cuda:0\nplain,harvest\n"
    program, asked = folder / "gan-tui", shlex.quote(str(folder / "asked"))
    program.write_text(f'#!/bin/sh\nprintf \'%s\\n\' "$COMP_WORDS" "$COMP_CWORD" > {asked}\nprintf %s {shlex.quote(answers)}\n')
    program.chmod(0o700)
    words = pieces.split(" ")
    script = f"""{BashWords(cli, {}, "gan-tui", "_GAN_TUI_COMPLETE").source()}
        COMP_LINE={shlex.quote(line)}; COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}
        _gan_tui_completion {shlex.quote(str(program))}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)
    assert not done.stderr
    return (folder / "asked").read_text().split("\n")[:-1], done.stdout.splitlines()


@pytest.mark.parametrize(
    ("pieces", "line", "words", "replies"),
    [
        ("gan-tui train --set model.conditional = t", "", "--set model.conditional=t", "true cuda:0"),
        ("gan-tui train --set model.conditional =", "gan-tui train --set model.conditional=", "--set model.conditional=", "true cuda:0"),
        (
            "gan-tui train --set model.conditional = ",
            "gan-tui train --set model.conditional= ",
            "--set model.conditional= ",
            "model.conditional=true cuda:0",
        ),
        ("gan-tui train --device cuda :", "gan-tui train  --device cuda:", "--device cuda:", "model.conditional=true 0"),
        ("gan-tui train --device = cuda :", "gan-tui train --device=cuda:", "--device=cuda:", "model.conditional=true 0"),
        ("gan-tui train --set a=b", "gan-tui train --set a=b", "--set a=b", "model.conditional=true cuda:0"),
    ],
)
def test_bash_splits_words_at_equals_signs_and_colons(pieces: str, line: str, words: str, replies: str, tmp_path: Path) -> None:
    asked, found = in_bash(pieces, line, tmp_path)
    wanted = ["gan-tui", "train", *words.split(" ")]
    assert asked == [*wanted, str(len(wanted) - 1)]
    assert found == [*replies.split(" "), "harvest"]
