"""`gan-tui run --dry-run`: what would be read from a saved log."""

import importlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.errors import UserError
from gan_tui.foreign import patterns, report

LOG = (
    "batch size: 100\n"
    "Epoch [0/200], Step[300/600], d_loss: 0.1963, g_loss: 5.4862, D(x): 0.98, D(G(z)): 0.12\n"
    "Epoch [0/200], Step[600/600], d_loss: nan, g_loss: 2.3454, D(x): 0.90, D(G(z)): 0.13\n"
)


def dry_run(log: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["run", "--dry-run", str(log), *options])
    return result.exit_code, result.output


def test_the_object_has_all_numbers_the_last_progress_and_what_was_ignored(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(LOG)
    status, text = dry_run(log, "--json")
    assert status == 0
    assert json.loads(text) == {
        "metrics": [
            {"name": "d_loss", "canonical": "d_loss", "values": [0.1963, "nan"]},
            {"name": "g_loss", "canonical": "g_loss", "values": [5.4862, 2.3454]},
            {"name": "D(x)", "canonical": "D(x)", "values": [0.98, 0.9]},
            {"name": "D(G(z))", "canonical": "D(G(z))", "values": [0.12, 0.13]},
        ],
        "progress": {"epoch": 0, "epochs": 200, "step": 600, "steps_per_epoch": 600, "global_step": None},
        "ignored": 1,
    }


def test_a_person_sees_the_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(LOG.replace("d_loss", "errD"))
    status, text = dry_run(log)
    assert status == 0
    assert text.splitlines()[0].startswith("      2  [epoch 0]  [epochs 200]")
    assert "errD (d_loss) = 0.1963" in text
    assert re.findall(r"\d+", text.splitlines()[-1]) == ["4", "8", "1"], "names, numbers, lines without"


def test_of_a_long_log_both_ends_are_looked_at_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("BLOCK", 100), ("END", 1000)):
        monkeypatch.setattr(report, name, size)
    log = tmp_path / "log"
    log.write_text("".join(f"Epoch [{number}/300], d_loss: 0.{number}1\n" for number in range(1, 301)))
    _, text = dry_run(log)
    *read, summary, told = text.splitlines()
    numbers = [int(line.split()[0]) for line in read]
    assert (numbers[0], numbers[-1]) == (1, 300)
    assert all(f"[epoch {line.split()[0]}]" in line for line in read), "lines have their own numbers"
    assert len(read) < 100
    assert str(len(read)) in summary
    assert int(re.findall(r"(\d+) lines between them were not", told)[0]) + len(read) == 300
    status, whole = dry_run(log, "--json")
    assert status == 0
    assert len(json.loads(whole)["metrics"][0]["values"]) == 300


@pytest.mark.parametrize("before", ["", "Epoch [1/3], d_loss: 0.5\n"])
@pytest.mark.parametrize("after", ["", "\nEpoch [2/3], d_loss: 0.25\n"])
def test_a_line_longer_than_both_ends_of_a_log_is_said_to_be_left_out(
    before: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in (("BLOCK", 100), ("END", 1000)):
        monkeypatch.setattr(report, name, size)
    log = tmp_path / "log"
    log.write_text(f"{before}{'d_loss: 0.125 ' * 500}{after}")
    _, text = dry_run(log)
    *read, summary, told = text.splitlines()
    assert [int(line.split()[0]) for line in read] == [1] * bool(before) + [2 + bool(before)] * bool(after)
    assert re.findall(r"\d+", summary)[-1] == "0", "what was not looked at is not without numbers"
    assert "1 line between them was not" in told


def test_a_log_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for log in (tmp_path, tmp_path / "none"):
        result = CliRunner().invoke(cli, ["run", "--dry-run", str(log)])
        assert f"cannot read {log}" in str(result.exception)


def test_a_map_and_a_pattern_that_nothing_printed_fits_are_said(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(LOG)
    options = ["--map", "d_loss=D_loss", "--map", "x=nothing", "--map", "g=g_loss", "--pattern", "judge (?P<d>[.0-9]+)"]
    status, text = dry_run(log, *options)
    assert status == 0
    said = [line.strip() for line in text.splitlines() if "--" in line]
    assert said == [
        "--map d_loss=D_loss: no number named 'D_loss' has been read (d_loss?)",
        "--map x=nothing: no number named 'nothing' has been read",
        "--pattern 'judge (?P<d>[.0-9]+)': no line has fitted",
    ]
    result = CliRunner().invoke(cli, ["run", "--dry-run", str(log), "--json", *options])
    assert json.loads(result.stdout)["metrics"], "an object and nothing else"
    assert all(line in result.stderr for line in said)


def test_a_pattern_that_is_nested_without_end_is_refused_in_plain_words() -> None:
    with pytest.raises(UserError, match=r"\(+\N{HORIZONTAL ELLIPSIS}' is no regular expression: it is nested too deeply"):
        patterns.compiled(["(" * 5000 + "(?P<a>x)" + ")" * 5000])


@pytest.mark.parametrize(("kind", "ending"), [("gzip", ".gz"), ("bz2", ".bz2"), ("lzma", ".xz"), ("gzip", "")])
def test_a_compressed_log_names_the_command_that_makes_a_plain_one(kind: str, ending: str, tmp_path: Path) -> None:
    def command_named() -> str:
        error = CliRunner().invoke(cli, ["run", "--dry-run", str(packed)]).exception
        assert isinstance(error, UserError)
        return "".join(re.findall("`(.*)`", str(error)))

    packed = tmp_path / f"train.log{ending}"
    packed.write_bytes(importlib.import_module(kind).compress(LOG.encode()))
    command = command_named()
    if shutil.which(command.split()[0]):
        subprocess.run(command, shell=True, check=True)
        assert dry_run(tmp_path / ("train.log" if ending else "plain-train.log"))[0] == 0
    (tmp_path / "train.log").touch()
    assert command_named().endswith("plain-train.log"), "what is there is not overwritten"
